"""Sessions: what one sign-in fixes for all the tokens that descend from it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cogauth.errors import ConfigurationError
from cogauth.testing.factors import UNTOLD, Strength

# An absolute URI without a fragment (RFC 8707 section 2), of a scheme that a callback URL may have: https, http to
# localhost, or one of an application's own (AWS page "Scopes, M2M, and resource servers", section "Resource binding").
_RESOURCE: Final = re.compile(
    r"(?:https://[^\s#/?]+|http://localhost(?=[:/?]|\Z)|(?!https?:)[a-z][a-z0-9+.-]*://)[^\s#]*"
)
_MAX_AUDIENCE: Final = 256


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """The three tokens of a sign-in, or of a refresh; the representation shows none of them."""

    access: str
    id: str
    refresh: str

    def __repr__(self) -> str:
        return "<Tokens: access, id, refresh>"


@dataclass(frozen=True, slots=True)
class Session:
    """
    One sign-in of one user through one client.

    A refresh changes none of this: Cognito keeps `origin_jti` for every token of a sign-in, as well as `aud`, `acr` and
    `amr`, and does not reset `auth_time` (AWS pages "Refresh tokens", "Understanding the identity (ID) token",
    "Scopes, M2M, and resource servers" and "Authentication levels with ACR and AMR claims").

    `scopes` is None for a sign-in through the API (`InitiateAuth`), which asks for no scopes; otherwise it holds
    what was asked of the OAuth endpoints. `auth_time` is in seconds since the epoch. `resource` is what the access
    tokens are bound to, None if to nothing.
    """

    username: str
    client: str
    scopes: tuple[str, ...] | None
    auth_time: int
    resource: str | None = None
    strength: Strength = UNTOLD
    origin_jti: str = field(default_factory=lambda: str(uuid.uuid4()))
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def asked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """
    Check the scopes of a request; repetitions are dropped, the order is kept.

    Raises:
        ConfigurationError: one string where a collection belongs, no scope, or one that `scope`, a claim of scopes
            separated by spaces (RFC 6749 section 3.3), could not carry.
    """
    if isinstance(scopes, str):
        # A string is an iterable of strings: "orders/read" would become eleven scopes.
        raise ConfigurationError(f"scopes must be a collection: write [{scopes!r}]")
    asked = tuple(dict.fromkeys(scopes))
    if not asked:
        raise ConfigurationError("scopes must not be empty; leave them out for a sign-in through the API")
    for scope in asked:
        if scope.split() != [scope]:
            raise ConfigurationError(f"a scope must be one word, not {scope!r}")
    return asked


def asked_resource(resource: str) -> str:
    """
    Check the one resource of a request.

    Raises:
        ConfigurationError: no URL, or one that the authorize endpoint would not take.
    """
    if not isinstance(resource, str) or not _RESOURCE.fullmatch(resource):
        raise ConfigurationError("a resource must be one URL without a fragment: https, http to localhost, or app://")
    return resource


def asked_audience(audience: str) -> str:
    """
    Check the one audience of a token exchange, which need not be a URL (`GetDerivedToken`).

    Raises:
        ConfigurationError: not a string of 1 to 256 characters.
    """
    if not isinstance(audience, str) or not 0 < len(audience) <= _MAX_AUDIENCE:
        raise ConfigurationError(f"an audience must be one string of 1 to {_MAX_AUDIENCE} characters")
    return audience
