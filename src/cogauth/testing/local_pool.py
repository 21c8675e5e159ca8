"""The pool: users and clients on one side, tokens and keys on the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Final, Literal, TypeAlias, Unpack

from cogauth import UserPool
from cogauth.errors import ConfigurationError
from cogauth.testing.app_clients import AppClient, app_clients
from cogauth.testing.issuer_options import IssuerOptions
from cogauth.testing.minting import mint_token
from cogauth.testing.payloads import Payload, access_payload, at_hash, id_payload, machine_payload
from cogauth.testing.publication import Publication
from cogauth.testing.refresh_tokens import RefreshTokens
from cogauth.testing.sessions import Session, Tokens, asked_scopes
from cogauth.testing.signing_keys import KeyDocument, SigningKeys, Use, checked_use
from cogauth.testing.users import User, new_user

IssuerForm: TypeAlias = Literal["original", "updated"]

_HOSTS: Final[Mapping[IssuerForm, str]] = {"original": "cognito-idp", "updated": "issuer-cognito-idp"}


class LocalUserPool:
    """
    A user pool inside the process: it signs users in and mints tokens as Amazon Cognito does.

    It has two RSA-2048 keys of its own, which it makes when it first needs them (some 0.1 s each): a test suite does
    well to share a pool among its tests, and no two pools share a key.

    Args:
        pool_id: such as `eu-west-1_AbCdEf123`; its first half is the region in the issuer.
        clients: the ids of the app clients, or a mapping of ids to `AppClient`, which says how long tokens live.
            Wherever a `client` may be left out, the first one by name is meant.
        clock: gives the time in seconds since the epoch; `lambda: 1_700_000_000` freezes it.
        issuer_form: which of the two issuer strings the pool writes, `https://cognito-idp.REGION...` or, with
            "updated", `https://issuer-cognito-idp.REGION...` (AWS page "User pool endpoints and managed login
            reference", `IssuerConfigurationType` of the API reference).

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
    ) -> None:
        self._clients = app_clients(clients)
        # What no verifier could be told to trust is refused here, in the verifier's words.
        UserPool(pool_id, clients=self.clients)
        if issuer_form not in _HOSTS:
            raise ConfigurationError(f"issuer_form must be one of {sorted(_HOSTS)}, not {issuer_form!r}")
        region = pool_id.partition("_")[0]
        self.pool_id: Final[str] = pool_id
        self.issuer_url: Final[str] = f"https://{_HOSTS[issuer_form]}.{region}.amazonaws.com/{pool_id}"
        """The `iss` of every token."""
        self._clock = clock
        self._keys = SigningKeys()
        self._users: dict[str, User] = {}
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

    # -- Users and their tokens ----------------------------------------------------------------------------------------

    def add_user(
        self, username: str, *, groups: Iterable[str] = (), attributes: Mapping[str, str | bool] | None = None
    ) -> User:
        """
        Create a user, with a `sub` of its own.

        Attributes go into ID tokens: standard ones (`email`), the pool's own (`custom:dept`), and any that a trigger
        would add.

        Raises:
            ConfigurationError: a user of this name exists, or an argument is one that a pool would not take.
        """
        if username in self._users:
            raise ConfigurationError(f"there is a user {username!r} already")
        user = self._users[username] = new_user(username, groups, attributes)
        return user

    def sign_in(self, username: str, *, client: str | None = None, scopes: Iterable[str] | None = None) -> Tokens:
        """
        Sign a user in, who needs no password.

        Without *scopes* this is a sign-in through the API, whose access token has the scope
        `aws.cognito.signin.user.admin`; with them it is one through the OAuth endpoints, which grant what is asked.
        (They give an ID token for the scope `openid` only; here there is always one.)

        Raises:
            ConfigurationError: an unknown user or client, or scopes that are none.
        """
        user, client = self._user(username), self._client(client)
        now = self._now()
        session = Session(user.username, client, None if scopes is None else asked_scopes(scopes), auth_time=now)
        expires_at = now + self._clients[client].refresh_validity
        return self._tokens(session, user, now, self._refresh_tokens.issue(session, expires_at))

    def refresh(self, refresh_token: str) -> Tokens:
        """
        Give a new access and ID token for a refresh token, which stays good and comes back with them.

        `origin_jti` and `auth_time` remain those of the sign-in (AWS page "Refresh tokens").

        Raises:
            NotAuthorized: the refresh token is not one of this pool's, was revoked, or has expired.
        """
        now = self._now()
        session = self._refresh_tokens.redeem(refresh_token, now)
        return self._tokens(session, self._user(session.username), now, refresh_token)

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
        client = self._client(client)
        validity = self._clients[client].access_validity
        return self._mint(
            "access", machine_payload(self.issuer_url, client, asked_scopes(scopes), self._now(), validity)
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
        subject = self._somebody if user is None else self._user(user)
        now = self._now()
        session = Session(subject.username, client, None, auth_time=now)
        if checked_use(token_use) == "access":
            payload = access_payload(self.issuer_url, session, subject, now, self._clients[client].access_validity)
        else:
            payload = id_payload(self.issuer_url, session, subject, now, self._clients[client].id_validity)
        return self._mint(token_use if key is None else key, _with(payload, overrides or {}), header or {})

    # -- Keys ----------------------------------------------------------------------------------------------------------

    @property
    def jwks(self) -> KeyDocument:
        """The published keys as a JWK set (RFC 7517 section 5), as they are now: a copy."""
        return self._keys.document()

    def rotate(self) -> None:
        """Sign with new keys from now on, and leave the old ones published, so that their tokens still verify."""
        self._keys.rotate()

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

    # -- Within --------------------------------------------------------------------------------------------------------

    def _tokens(self, session: Session, user: User, now: int, refresh_token: str) -> Tokens:
        app_client = self._clients[session.client]
        access = self._mint("access", access_payload(self.issuer_url, session, user, now, app_client.access_validity))
        payload = id_payload(self.issuer_url, session, user, now, app_client.id_validity)
        if session.scopes is not None:
            payload = {"at_hash": at_hash(access), **payload}
        return Tokens(access=access, id=self._mint("id", payload), refresh=refresh_token)

    def _mint(self, use: Use, payload: Payload, header: Mapping[str, object] | None = None) -> str:
        key = self._keys.current(checked_use(use))
        return mint_token(_with({"kid": key.kid, "alg": "RS256"}, header or {}), payload, key)

    def _now(self) -> int:
        return int(self._clock())

    def _user(self, username: str) -> User:
        try:
            return self._users[username]
        except KeyError:
            raise ConfigurationError(f"no user {username!r}; this pool has {sorted(self._users)}") from None

    def _client(self, client: str | None) -> str:
        if client is None:
            return min(self._clients)
        if client not in self._clients:
            raise ConfigurationError(f"no client {client!r}; this pool has {sorted(self._clients)}")
        return client


def _with(members: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**members, **overrides}.items() if value is not None}
