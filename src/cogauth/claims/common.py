"""Claims by type and time: what is asked of every token, whoever signed it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from cogauth._strict import JSON
from cogauth.errors import BadClaim, Expired, NotYetValid

MAX_AHEAD = 300
"""Seconds that `iat` may lie ahead: a clock that is slow must not refuse a fresh sign-in."""

MAX_TIME = 253_402_300_799
"""The last second of the year 9999; later ones overflow on the way to a date."""

MAX_SUBJECT = 255
MAX_USERNAME = 512

NOBODY: Final[frozenset[str]] = frozenset()
_EMPTY_NAME = frozenset({""})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


MAX_NAMES = 256
"""How many groups, or scopes, a token may list; Cognito's quotas are below that."""

Groups: TypeAlias = Annotated[
    frozenset[Annotated[str, msgspec.Meta(max_length=128)]], msgspec.Meta(max_length=MAX_NAMES)
]
"""A name has 128 characters at most (AWS: CreateGroup)."""


class Typed(msgspec.Struct, gc=False, rename={"cognito_username": "cognito:username", "groups": "cognito:groups"}):
    """The claims that decide, each of its one type or absent; null is a type of its own, and none of these."""

    token_use: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    nbf: int | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    aud: str | frozenset[str] | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    groups: Groups | UnsetType = UNSET
    username: str | UnsetType = UNSET
    cognito_username: str | UnsetType = UNSET
    auth_time: int | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    origin_jti: str | UnsetType = UNSET
    acr: str | UnsetType = UNSET
    amr: frozenset[str] | UnsetType = UNSET


# The same once more, for saying which claim it was; an array is a tuple once it is read.
_KINDS: Final[Mapping[str, tuple[str, type | tuple[type, ...]]]] = {
    "token_use": ("token_use_unknown", str),
    "sub": ("sub_type", str),
    "exp": ("exp_type", int),
    "iat": ("iat_type", int),
    "nbf": ("nbf_type", int),
    "client_id": ("client_type", str),
    "aud": ("aud_type", (str, tuple)),
    "scope": ("scope_type", str),
    "cognito:groups": ("groups_type", tuple),
    "username": ("username_type", str),
    "cognito:username": ("username_type", str),
    "auth_time": ("auth_time", int),
    "jti": ("jti_type", str),
    "origin_jti": ("origin_jti_type", str),
    "acr": ("acr_type", str),
    "amr": ("amr_type", tuple),
}


def typed_claims(claims: Mapping[str, JSON]) -> Typed:
    """
    Read the claims that decide.

    Raises:
        BadClaim: one of them is of a wrong type.
    """
    try:
        return msgspec.convert(claims, Typed)
    except msgspec.ValidationError:
        raise BadClaim(_ill_typed(claims)) from None


def _ill_typed(claims: Mapping[str, JSON]) -> str:
    """
    Name the first claim that is of a wrong type; an array that holds anything but strings is of no type here.

    When each is of its type there are too many groups, or one of them is too long.
    """
    ill_typed = (
        f"claims.{reason}"
        for name, (reason, kind) in _KINDS.items()
        if name in claims and not _is_a(kind, claims[name])
    )
    return next(ill_typed, "claims.groups_limit")


def _is_a(kind: type | tuple[type, ...], value: JSON) -> bool:
    if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
        return False
    return isinstance(value, kind) and not isinstance(value, bool)


def times(typed: Typed, now: float, leeway: float, lifetime: int) -> tuple[int, int]:
    """
    Check what a token says of time at *now*, and give `exp` and `iat` (RFC 7519 section 4.1).

    Raises:
        TokenError: Expired, NotYetValid or BadClaim; of a life longer than *lifetime* seconds, too.
    """
    exp, iat, nbf = typed.exp, typed.iat, typed.nbf
    if exp is UNSET:
        raise BadClaim("claims.exp_missing")
    if not 0 < exp <= MAX_TIME:
        raise BadClaim("claims.exp_range")
    if now >= exp + leeway:
        raise Expired("claims.expired")
    if iat is UNSET:
        raise BadClaim("claims.iat_missing")
    if iat <= 0:
        raise BadClaim("claims.iat_type")
    if iat > now + MAX_AHEAD:
        raise NotYetValid("claims.iat_future")
    if exp - iat > lifetime:
        raise BadClaim("claims.lifetime_implausible")
    if nbf is not UNSET and nbf > now + leeway:
        raise NotYetValid("claims.not_yet_valid")
    if typed.auth_time is not UNSET and not 0 < typed.auth_time <= now + MAX_AHEAD:
        raise BadClaim("claims.auth_time")
    return exp, iat


def scopes(scope: str | UnsetType) -> frozenset[str]:
    """Split at spaces only: `str.split()` would split at characters that a scope may not have and an attacker may."""
    if not scope:
        return NOBODY
    names = frozenset(scope.split(" ")) - _EMPTY_NAME
    if len(names) > MAX_NAMES:
        raise BadClaim("claims.scope_limit")
    return names


def text(value: str | UnsetType, claim: str, limit: int) -> str:
    """Take an identifier: a string of some length, without control characters; nothing is trimmed or folded."""
    if value is UNSET:
        raise BadClaim(f"claims.{claim}_type")
    if not 0 < len(value) <= limit or (not value.isprintable() and _CONTROL.search(value)):
        raise BadClaim(f"claims.{claim}_invalid")
    return value
