"""The pool: users and clients on one side, tokens and keys on the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Final, Literal, TypeAlias, Unpack

from cogauth import UserPool
from cogauth.errors import ConfigurationError
from cogauth.testing.app_clients import AppClient, app_clients
from cogauth.testing.directory import Directory
from cogauth.testing.factors import UNTOLD, Factor, strength_of
from cogauth.testing.issuer_options import IssuerOptions
from cogauth.testing.key_stock import KeyStock
from cogauth.testing.minting import Mint, overridden
from cogauth.testing.publication import Publication
from cogauth.testing.refresh_tokens import RefreshTokens
from cogauth.testing.sessions import Session, Tokens, asked_audience, asked_resource, asked_scopes
from cogauth.testing.signing_keys import KeyDocument, SigningKeys, Use, checked_use
from cogauth.testing.users import new_user

IssuerForm: TypeAlias = Literal["original", "updated"]

_HOSTS: Final[Mapping[IssuerForm, str]] = {"original": "cognito-idp", "updated": "issuer-cognito-idp"}
# What a sign-in through managed login asks for when it is told no scope.
_OPENID: Final = ("openid",)


class LocalUserPool(Directory):
    """
    A user pool inside the process: it signs users in and mints tokens as Amazon Cognito does.

    It has two RSA-2048 keys, which it makes when it first needs them (some 0.1 s each): a test suite does well to share
    either the pool or, by a `KeyStock`, its keys among the tests. Without a stock no two pools share a key.

    Args:
        pool_id: such as `eu-west-1_AbCdEf123`; its first half is the region in the issuer.
        clients: the ids of the app clients, or a mapping of ids to `AppClient`, which says how long tokens live.
            Wherever a `client` may be left out, the first one by name is meant.
        clock: gives the time in seconds since the epoch; `lambda: 1_700_000_000` freezes it.
        issuer_form: which of the two issuer strings the pool writes, `https://cognito-idp.REGION...` or, with
            "updated", `https://issuer-cognito-idp.REGION...` (AWS page "User pool endpoints and managed login
            reference", `IssuerConfigurationType` of the API reference).
        keys: where the keys come from, when pools are to share them.

    Raises:
        ConfigurationError: a pool id that is none, or no client.
    """

    def __init__(
        self,
        pool_id: str,
        *,
        clients: Iterable[str] | Mapping[str, AppClient],
        clock: Callable[[], float] = time.time,
        issuer_form: IssuerForm = "original",
        keys: KeyStock | None = None,
    ) -> None:
        super().__init__(pool_id, clock)
        self._clients = app_clients(clients)
        # What no verifier could be told to trust is refused here, in the verifier's words.
        UserPool(pool_id, clients=self.clients)
        if issuer_form not in _HOSTS:
            raise ConfigurationError(f"issuer_form must be one of {sorted(_HOSTS)}, not {issuer_form!r}")
        region = pool_id.partition("_")[0]
        self.issuer_url: Final[str] = f"https://{_HOSTS[issuer_form]}.{region}.amazonaws.com/{pool_id}"
        """The `iss` of every token."""
        self._keys = SigningKeys() if keys is None else SigningKeys(keys.deal().__next__)
        self._mint = Mint(self.issuer_url, self._clients, self._keys)
        # Whom mint() speaks of when it is told nobody: no user of the pool, so in no group and without attributes.
        self._somebody = new_user("somebody")
        self._refresh_tokens = RefreshTokens()
        self._publication = Publication(pool_id, self.issuer_url, self._keys)

    def __repr__(self) -> str:
        return f"<LocalUserPool {self.pool_id} clients={sorted(self.clients)} users={sorted(self._users)}>"

    @property
    def clients(self) -> frozenset[str]:
        """The ids of the app clients."""
        return frozenset(self._clients)

    # -- Tokens --------------------------------------------------------------------------------------------------------

    def sign_in(
        self,
        username: str,
        *,
        client: str | None = None,
        scopes: Iterable[str] | None = None,
        resource: str | None = None,
        factors: Iterable[Factor] | None = None,
    ) -> Tokens:
        """
        Sign a user in, who needs no password.

        Without *scopes* and *resource* this is a sign-in through the API, whose access token has the scope
        `aws.cognito.signin.user.admin`; with them it is one through the OAuth endpoints, which grant what is asked.
        (They give an ID token for the scope `openid` only; here there is always one.)

        Args:
            username: who signs in.
            client: through which app client.
            scopes: what is asked for; `openid` if a resource is asked for and nothing else.
            resource: the URL to which access tokens are bound by their `aud`, refreshed ones too (RFC 8707; AWS page
                "Scopes, M2M, and resource servers"). A machine token cannot be bound.
            factors: what the user proved, in the words of `amr`, such as `["pwd", "otp"]`; it gives tokens `acr` and
                `amr`. Left out, they have neither: AWS adds the claims gradually.

        Raises:
            ConfigurationError: an unknown user or client, or scopes, a resource or factors that are none.
        """
        user, client, now = self.user(username), self._client(client), self._now()
        bound_to = None if resource is None else asked_resource(resource)
        if bound_to is not None and scopes is None:
            scopes = _OPENID
        asked = None if scopes is None else asked_scopes(scopes)
        strength = UNTOLD if factors is None else strength_of(factors)
        session = Session(user.username, client, asked, now, bound_to, strength)
        refresh_token = self._refresh_tokens.issue(session, now + self._clients[client].refresh_validity)
        return self._mint.tokens(session, user, self._roles(user), now, refresh_token)

    def refresh(self, refresh_token: str) -> Tokens:
        """
        Give a new access and ID token for a refresh token, which stays good and comes back with them.

        `origin_jti` and `auth_time` remain those of the sign-in (AWS page "Refresh tokens").

        Raises:
            NotAuthorized: the refresh token is not one of this pool's, was revoked, or has expired.
        """
        now = self._now()
        session = self._refresh_tokens.redeem(refresh_token, now)
        user = self.user(session.username)
        return self._mint.tokens(session, user, self._roles(user), now, refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """
        Revoke a refresh token, as `RevokeToken` does; one that is unknown is no error (RFC 7009 section 2.2).

        Access and ID tokens of the same sign-in still verify: only Cognito itself knows that they are revoked (AWS page
        "Ending user sessions with token revocation").
        """
        self._refresh_tokens.revoke(refresh_token)

    def machine_token(self, *, scopes: Iterable[str], client: str | None = None) -> str:
        """
        Give an access token to a client that acts for itself (RFC 6749 section 4.4): no user, no groups.

        Raises:
            ConfigurationError: an unknown client, or scopes that are none.
        """
        return self._mint.machine_token(self._client(client), asked_scopes(scopes), self._now())

    def exchanged_token(
        self,
        username: str,
        *,
        audience: str,
        scopes: Iterable[str],
        actor: str | None = None,
        client: str | None = None,
    ) -> str:
        """
        Give an access token that a service got in exchange for a user's (RFC 8693; AWS: `GetDerivedToken`).

        AWS documents `aud` and `act` of it; that a claim of the sign-in itself, such as `auth_time`, is missing here is
        no promise that Cognito leaves it out.

        Args:
            username: whose token was exchanged.
            audience: whom the token is for, its `aud`; 1 to 256 characters, not necessarily a URL.
            scopes: what it may do.
            actor: the service that acts for the user, the `sub` of `act` (RFC 8693 section 4.1): delegation. Left out,
                the token reads as if the user acted: impersonation. What else Cognito writes into `act` is not
                documented.
            client: the app client that made the exchange.

        Raises:
            ConfigurationError: an unknown user or client, or scopes, an audience or an actor that are none.
        """
        user, client = self.user(username), self._client(client)
        if actor == "":
            raise ConfigurationError("an actor must not be empty; leave it out for impersonation")
        return self._mint.exchanged_token(
            client, user, asked_audience(audience), asked_scopes(scopes), actor, self._now()
        )

    def mint(
        self,
        overrides: Mapping[str, object] | None = None,
        *,
        token_use: Use = "access",
        key: Use | None = None,
        header: Mapping[str, object] | None = None,
        user: str | None = None,
        client: str | None = None,
    ) -> str:
        """
        Mint a token that no pool would: a complete one of a sign-in through the API, with *overrides*.

        Args:
            overrides: claims to replace or add; None removes one. Values are written as JSON, NaN included.
            token_use: which kind of token to start from.
            key: which key signs; that of *token_use* if left out.
            header: members to replace or add; None removes one. The signature is RS256 with *key*, whatever this says.
            user: of whom it speaks; a user "somebody" in no group if left out.
            client: whom it is issued to.

        Raises:
            ConfigurationError: an unknown user or client, or a use that is none.
            TypeError: a value that JSON has no form for.
        """
        client = self._client(client)
        subject = self._somebody if user is None else self.user(user)
        now = self._now()
        session = Session(subject.username, client, None, auth_time=now)
        payload = self._mint.payload(token_use, session, subject, self._roles(subject), now)
        return self._mint.sign(token_use if key is None else key, overridden(payload, overrides or {}), header)

    # -- Keys ----------------------------------------------------------------------------------------------------------

    @property
    def jwks(self) -> KeyDocument:
        """The published keys as a JWK set (RFC 7517 section 5), as they are now: a copy."""
        return self._keys.document()

    def rotate(self, *, keep_old: bool = True) -> None:
        """
        Sign with new keys from now on.

        The old ones stay published, so that their tokens still verify; without *keep_old* all of them are withdrawn.
        """
        self._keys.rotate(keep_old=keep_old)

    def withdraw_key(self, use: Use) -> None:
        """
        Take the key that signs access or ID tokens out of the document, as after its loss.

        Tokens that it signed are still around, and a verifier that has looked at the document must refuse them. The
        next token of this use is signed with a fresh key, which is published with it; until then there is none.

        Raises:
            ConfigurationError: *use* is neither "access" nor "id".
        """
        self._keys.withdraw(checked_use(use))

    def issuer(self, **options: Unpack[IssuerOptions]) -> UserPool:
        """
        Make the `cogauth.UserPool` that trusts this pool and all its clients; the options are its own.

        Its keys are pinned to those published now. After `rotate` or `withdraw_key` make another one, or give it
        `jwks_uri` (or `jwks_seed`), which pins nothing.

        Raises:
            ConfigurationError: whatever `UserPool` refuses.
        """
        settings: IssuerOptions = {"clients": self.clients}
        if not options.keys() & {"jwks", "jwks_seed", "jwks_uri"}:
            settings["jwks"] = self.jwks
        settings.update(options)
        return UserPool(self.pool_id, **settings)

    def serve(self) -> AbstractContextManager[str]:
        """
        Publish the keys over HTTP, on a free port of 127.0.0.1, while the context lasts.

        The value is the base URL `http://127.0.0.1:PORT/POOL_ID`, which stands in for the issuer string: the keys are
        at `base_url + "/.well-known/jwks.json"`, the discovery document (OpenID Connect Discovery 1.0 section 3) at
        `base_url + "/.well-known/openid-configuration"`. The `iss` of tokens and document remains `issuer_url`::

            with pool.serve() as base_url:
                verifier = Verifier(pool.issuer(jwks_uri=base_url + "/.well-known/jwks.json"))
        """
        return self._publication.serve()

    @property
    def requests(self) -> int:
        """How many requests `serve` has answered so far, whatever they asked for."""
        return self._publication.requests

    def _client(self, client: str | None) -> str:
        if client is None:
            return min(self._clients)
        if client not in self._clients:
            raise ConfigurationError(f"no client {client!r}; this pool has {sorted(self._clients)}")
        return client
