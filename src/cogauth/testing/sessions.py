"""Sessions: what one sign-in fixes for all the tokens that descend from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from cogauth.errors import ConfigurationError


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

    A refresh changes none of this: Cognito keeps `origin_jti` for every token of a sign-in and does not reset
    `auth_time` (AWS pages "Refresh tokens" and "Understanding the identity (ID) token").

    `scopes` is None for a sign-in through the API (`InitiateAuth`), which asks for no scopes; otherwise it holds
    what was asked of the OAuth endpoints. `auth_time` is in seconds since the epoch.
    """

    username: str
    client: str
    scopes: tuple[str, ...] | None
    auth_time: int
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
