"""Users: whom a pool can sign in, and what it knows of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cogauth.errors import ConfigurationError
from cogauth.testing.federation import Identity

# The claims that no attribute may carry, since the pool writes them itself: the list of the AWS page "Pre token
# generation Lambda trigger", and the two that are there whatever anybody asks for.
_WRITTEN_BY_THE_POOL: Final = frozenset(
    {
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "client_id",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "scope",
        "sub",
        "token_use",
        "username",
        "version",
    }
)
_VERIFIED: Final = ("email_verified", "phone_number_verified")


@dataclass(frozen=True, slots=True)
class User:
    """
    A user of a pool.

    `sub` is a random UUID that stays the same for the life of the pool. `attributes` are in the form in which an ID
    token carries them: strings, but for `email_verified` and `phone_number_verified`, which are booleans (AWS page
    "Understanding the identity (ID) token"). `identities` are the profiles at other providers, the oldest first.
    """

    username: str
    sub: str
    groups: tuple[str, ...]
    attributes: Mapping[str, str | bool]
    identities: tuple[Identity, ...] = ()


def new_user(username: str, groups: Iterable[str] = (), attributes: Mapping[str, str | bool] | None = None) -> User:
    """
    Make a user that nobody has seen before.

    Raises:
        ConfigurationError: an empty name, one string where a collection of groups belongs, an attribute that the pool
            writes itself or that is no string.
    """
    if not username:
        raise ConfigurationError("a username must not be empty")
    named = checked_groups(groups)
    stored = {name: _stored(name, value) for name, value in (attributes or {}).items()}
    return User(username, str(uuid.uuid4()), named, MappingProxyType(stored))


def checked_groups(groups: Iterable[str]) -> tuple[str, ...]:
    """
    Check the names of groups; repetitions are dropped, the order is kept.

    Raises:
        ConfigurationError: one string where a collection of groups belongs, or an empty name.
    """
    if isinstance(groups, str):
        # A string is an iterable of strings: "admins" would become the groups "a", "d", "m" and so on.
        raise ConfigurationError(f"groups must be a collection of names: write [{groups!r}]")
    named = tuple(dict.fromkeys(groups))
    if "" in named:
        raise ConfigurationError("a group's name must not be empty")
    return named


def _stored(name: str, value: object) -> str | bool:
    if name in _WRITTEN_BY_THE_POOL or name.startswith("cognito:"):
        raise ConfigurationError(
            f"the attribute {name!r} is a claim that the pool writes itself; mint() can override it"
        )
    if name in _VERIFIED:
        if value not in (True, False, "true", "false"):
            raise ConfigurationError(f"the attribute {name!r} must be a boolean")
        return value in (True, "true")
    if not isinstance(value, str):
        # A pool has string claims whatever the attribute's type; only a trigger writes others.
        raise ConfigurationError(f"the attribute {name!r} must be a string; mint() can write anything")
    return value
