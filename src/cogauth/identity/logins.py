"""Logins: with which tokens of which providers somebody comes to an identity pool."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.identity.errors import AccessTokenSent, LoginRefused
from cogauth.identity.login import DEVELOPER
from cogauth.principal import Principal

MAX_LOGINS: Final = 10
"""How many logins AWS takes at once (`LoginsMap` of the Amazon Cognito Federated Identities API)."""

MAX_PROVIDER, MAX_TOKEN = 128, 50_000
"""The longest provider and the longest token that it takes, in characters (same page)."""

_IDENTITY_ID: Final = re.compile(r"(?=.{1,55}\Z)[\w-]+:[0-9a-f-]+", re.ASCII)
_SAML_PROVIDER: Final = ":saml-provider/"
_UPDATED, _ORIGINAL = "issuer-cognito-idp.", "cognito-idp."


class _Login(NamedTuple):
    token: str
    who: tuple[str, ...]
    """What says who this is and stays the same with the next token; the token, where nobody has verified more."""
    expires_at: float
    """After which the token proves nothing any more; infinite where that cannot be seen."""


class Logins:
    """
    The tokens that somebody signs in with at an identity pool; made by the methods below, joined by `|`.

    Nothing is verified here, that is AWS's part, but what cannot be right is refused before anything is sent. Joined
    logins are one identity, so that AWS links them if they were not (AWS: "GetCredentialsForIdentity", `Logins`).
    `repr` shows neither token nor user.
    """

    __slots__ = ("_logins", "identity_id")

    identity_id: str | None
    """The identity to sign in to, where the caller knows it."""

    def __init__(self, logins: Mapping[str, _Login], identity_id: str | None = None) -> None:
        self._logins = MappingProxyType(dict(sorted(logins.items())))
        self.identity_id = identity_id

    @classmethod
    def id_token(cls, token: str, principal: Principal | None = None, *, provider: str | None = None) -> Self:
        """
        Sign in with an ID token: of a user pool, of Google, of Apple or of any OpenID Connect provider.

        Args:
            token: the ID token, a compact JWS.
            principal: what a verifier made of this very token. With it a user's later tokens are known to be the same
                user's, so that the identity id need not be asked for again.
            provider: what the identity pool calls the provider; if not given, the token's `iss` without its scheme. For
                a user pool that writes the updated issuer AWS does not say what that is: the name with the host of the
                original issuer is assumed.

        Raises:
            AccessTokenSent: it is a user pool's access token.
            LoginRefused: it is no ID token, or *principal* is another's.
        """
        claims = _claims_of(token)
        if claims.get("token_use", "id") != "id":
            raise AccessTokenSent("login.access_token")
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or not issuer:
            raise LoginRefused("login.malformed_token")
        who: tuple[str, ...] = ()
        if principal is not None:
            if dict(principal.claims) != claims:
                raise LoginRefused("login.other_principal")
            who = (principal.issuer, principal.subject)
        return cls._of(provider or _provider_of(issuer), token, who, _expires_at(claims))

    @classmethod
    def facebook(cls, access_token: str) -> Self:
        """Sign in with a Facebook access token (AWS: "Facebook", identity pools). Raises `LoginRefused`: it is none."""
        return cls._of("graph.facebook.com", access_token)

    @classmethod
    def amazon(cls, access_token: str) -> Self:
        """Sign in with a Login with Amazon access token. Raises `LoginRefused`: it is none."""
        return cls._of("www.amazon.com", access_token)

    @classmethod
    def saml(cls, assertion: str, provider_arn: str) -> Self:
        """
        Sign in with a SAML response, base64 as it was posted; for credentials, not for OpenID tokens.

        Args:
            assertion: the response.
            provider_arn: of the SAML provider in IAM.

        Raises:
            LoginRefused: the ARN is of no SAML provider, or there is no assertion.
        """
        if _SAML_PROVIDER not in provider_arn or not provider_arn.startswith("arn:"):
            raise LoginRefused("login.saml_provider")
        return cls._of(provider_arn, assertion)

    @classmethod
    def developer(cls, token: str, identity_id: str) -> Self:
        """
        Sign in a user of your own, with what `GetOpenIdTokenForDeveloperIdentity` gave to your backend.

        Raises:
            LoginRefused: the token is no compact JWS, or not of this identity.
        """
        claims = _claims_of(token)
        if claims.get("sub") != identity_id:
            raise LoginRefused("login.other_identity")
        return cls._of(DEVELOPER, token, (), _expires_at(claims), _identity(identity_id))

    @classmethod
    def guest(cls, identity_id: str | None = None) -> Self:
        """
        Sign in nobody; the identity pool must let guests in.

        Without an *identity_id* a provider has one guest, whom all that ask it for a guest share. Give the id that a
        guest was given before (`Credentials.identity_id`) for that guest. Whoever knows the id is that guest: AWS asks
        for no more. Joined with a login, it makes the guest that user. Raises `LoginRefused`: it is no identity id.
        """
        return cls({}, None if identity_id is None else _identity(identity_id))

    @classmethod
    def _of(
        cls,
        provider: str,
        token: str,
        who: tuple[str, ...] = (),
        expires_at: float = float("inf"),
        identity_id: str | None = None,
    ) -> Self:
        if not _is_plain(provider, MAX_PROVIDER):
            raise LoginRefused("login.provider")
        if not _is_plain(token, MAX_TOKEN):
            raise LoginRefused("login.malformed_token")
        return cls({provider: _Login(token, who or ("token", token), expires_at)}, identity_id)

    @property
    def is_guest(self) -> bool:
        """Does nobody sign in?"""
        return not self._logins

    @property
    def has_saml(self) -> bool:
        """Is one of them a SAML response?"""
        return any(_SAML_PROVIDER in provider for provider in self._logins)

    @property
    def providers(self) -> tuple[str, ...]:
        """Whose tokens these are, as the identity pool calls them."""
        return tuple(self._logins)

    @property
    def expires_at(self) -> float:
        """When the first of the tokens ends, in seconds since the epoch, as they say themselves; else infinite."""
        return min((login.expires_at for login in self._logins.values()), default=float("inf"))

    def tokens(self) -> dict[str, str]:
        """Give the tokens by provider, to be sent."""
        return {provider: login.token for provider, login in self._logins.items()}

    def digest(self, *more: str) -> bytes:
        """Give what these tokens, with *more*, are known by; no token can be got back from it."""
        parts = [part for provider, login in self._logins.items() for part in (provider, login.token)]
        return _digest([*parts, self.identity_id or "", *more])

    def person(self) -> bytes:
        """Give what the user is known by: the next token of the same user has the same, if a principal says whose."""
        parts = [part for provider, login in self._logins.items() for part in (provider, *login.who)]
        return _digest([*parts, self.identity_id or ""])

    def __or__(self, other: Logins) -> Logins:
        """Join. Raises `LoginRefused`: two tokens of one provider, two identities, or more than ten logins."""
        if self._logins.keys() & other._logins.keys():
            raise LoginRefused("login.same_provider")
        if len(self._logins) + len(other._logins) > MAX_LOGINS:
            raise LoginRefused("login.too_many")
        ids = {each.identity_id for each in (self, other)} - {None}
        if len(ids) > 1:
            raise LoginRefused("login.two_identities")
        return Logins({**self._logins, **other._logins}, ids.pop() if ids else None)

    def __repr__(self) -> str:
        return f"<Logins {', '.join(self._logins) or 'of a guest'}>"


def is_identity_id(value: object) -> bool:
    """Tell whether *value* is the id of an identity: a region, a colon and a UUID (`IdentityId`, same page)."""
    return isinstance(value, str) and _IDENTITY_ID.fullmatch(value) is not None


def _is_plain(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isascii() and text.isprintable()


def _identity(identity_id: str) -> str:
    if not is_identity_id(identity_id):
        raise LoginRefused("login.identity_id")
    return identity_id


def _provider_of(issuer: str) -> str:
    name = issuer.partition("://")[2] or issuer
    return _ORIGINAL + name.removeprefix(_UPDATED) if name.startswith(_UPDATED) else name


def _claims_of(token: str) -> dict[str, JSON]:
    """Read what *token* says, though nothing of it is proven: only to see where it belongs and when it ends."""
    segments = token.split(".") if token.isascii() else []
    if len(segments) != 3 or len(token) > MAX_TOKEN:  # noqa: PLR2004  a compact JWS (RFC 7515 section 7.1)
        raise LoginRefused("login.malformed_token")
    try:
        return json_object(base64url(segments[1].encode()))
    except Unacceptable:
        raise LoginRefused("login.malformed_token") from None


def _expires_at(claims: Mapping[str, JSON]) -> float:
    exp = claims.get("exp")
    # A token that does not say when it ends proves nothing for any time.
    return exp if isinstance(exp, int | float) and not isinstance(exp, bool) else 0.0


def _digest(parts: Iterable[str]) -> bytes:
    # Of each part by itself, so that no two lists of parts are joined to the same.
    parted = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
    return hashlib.sha256(parted).digest()
