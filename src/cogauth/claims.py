"""Verified claims become a principal, or are refused: here is what a Cognito token must say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from cogauth._strict import JSON
from cogauth.errors import BadClaim, Expired, NotYetValid, TokenError, WrongAudience, WrongClient, WrongUse
from cogauth.issuers import ANY_CLIENT, UserPool
from cogauth.principal import Principal

MAX_LIFETIME = 86_400
"""Seconds; a user pool's ID and access tokens live a day at most (AWS: CreateUserPoolClient)."""

MAX_AHEAD = 300
"""Seconds that `iat` may lie ahead: a clock that is slow must not refuse a fresh sign-in."""

MAX_TIME = 253_402_300_799
"""The last second of the year 9999; later ones overflow on the way to a date."""

_MAX_SUBJECT = 255
_MAX_USERNAME = 512
_NONE: frozenset[str] = frozenset()
_EMPTY_NAME = frozenset({""})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _Typed(msgspec.Struct, gc=False, rename={"cognito_username": "cognito:username", "groups": "cognito:groups"}):
    """The claims that decide, each of its one type or absent; null is a type of its own, and none of these."""

    token_use: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    nbf: int | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    aud: str | frozenset[str] | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    groups: frozenset[str] | UnsetType = UNSET
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


def accept(
    claims: Mapping[str, JSON], pools: tuple[UserPool, ...], issuer: str, now: float, leeway: float
) -> Principal:
    """
    Make a principal of verified *claims*, for the first of *pools* that accepts them; all share the string *issuer*.

    Args:
        claims: of a token whose signature is good and whose `iss` is *issuer*.
        pools: never empty; no two accept the same token.
        issuer: the accepted issuer string.
        now: seconds since the epoch.
        leeway: seconds by which `exp` and `nbf` are stretched.

    Raises:
        TokenError: Expired, NotYetValid, WrongUse, WrongClient, WrongAudience or BadClaim.
    """
    try:
        typed = msgspec.convert(claims, _Typed)
    except msgspec.ValidationError:
        raise BadClaim(_ill_typed(claims)) from None
    exp, iat = _times(typed, now, leeway)
    if len(pools) == 1:
        return _accept(claims, typed, pools[0], issuer, exp, iat)
    refusals: list[TokenError] = []
    for pool in pools:
        try:
            return _accept(claims, typed, pool, issuer, exp, iat)
        except TokenError as error:
            refusals.append(error)
    # The most telling refusal is that of a pool whose use and client did fit, then of one whose use did.
    raise min(refusals, key=lambda error: (isinstance(error, WrongUse), isinstance(error, WrongClient)))


def _ill_typed(claims: Mapping[str, JSON]) -> str:
    """Name the first claim that is of a wrong type; an array that holds anything but strings is of no type here."""
    ill_typed = (
        f"claims.{reason}"
        for name, (reason, kind) in _KINDS.items()
        if name in claims and not _is_a(kind, claims[name])
    )
    return next(ill_typed, "claims.type")


def _is_a(kind: type | tuple[type, ...], value: JSON) -> bool:
    if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
        return False
    return isinstance(value, kind) and not isinstance(value, bool)


def _times(typed: _Typed, now: float, leeway: float) -> tuple[int, int]:
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
    if exp - iat > MAX_LIFETIME:
        raise BadClaim("claims.lifetime_implausible")
    if nbf is not UNSET and nbf > now + leeway:
        raise NotYetValid("claims.not_yet_valid")
    if typed.auth_time is not UNSET and not 0 < typed.auth_time <= now + MAX_AHEAD:
        raise BadClaim("claims.auth_time")
    return exp, iat


def _accept(claims: Mapping[str, JSON], typed: _Typed, pool: UserPool, issuer: str, exp: int, iat: int) -> Principal:
    use, scope, auth_time = typed.token_use, typed.scope, typed.auth_time
    if use is UNSET:
        raise BadClaim("claims.token_use_missing")
    if use == "access":
        if pool.token_use == "id":
            raise WrongUse("claims.token_use")
        client, audience = _access_client(typed, pool)
        username = typed.username
    elif use == "id":
        if pool.token_use == "access":
            raise WrongUse("claims.token_use")
        client, audience = _id_client(typed, pool)
        username, scope = typed.cognito_username, UNSET
    else:
        raise BadClaim("claims.token_use_unknown")
    if "cnf" in claims:
        # Bound to a key of the sender's (RFC 7800): such a token must not pass as a bearer token.
        raise BadClaim("claims.cnf")
    return Principal(
        subject=_text(typed.sub, "sub", _MAX_SUBJECT),
        username=None if username is UNSET else _text(username, "username", _MAX_USERNAME),
        client_id=client,
        token_use=use,
        issuer=issuer,
        issuer_name=pool.name,
        groups=_NONE if typed.groups is UNSET else typed.groups,
        # Split at spaces only: `str.split()` would split at characters that a scope may not have and an attacker may.
        scopes=frozenset(scope.split(" ")) - _EMPTY_NAME if scope else _NONE,
        audience=audience,
        issued_at=iat,
        expires_at=exp,
        auth_time=None if auth_time is UNSET else auth_time,
        token_id=None if typed.jti is UNSET else typed.jti,
        session_id=None if typed.origin_jti is UNSET else typed.origin_jti,
        acr=None if typed.acr is UNSET else typed.acr,
        acr_levels=pool.acr_levels,
        amr=_NONE if typed.amr is UNSET else typed.amr,
        actor=_actor(claims["act"], pool) if "act" in claims else None,
        identities=_identities(claims["identities"]) if "identities" in claims else (),
        # AWS: a token of the client credentials grant has no user, and so no username; `sub` is the client's then.
        is_machine=use == "access" and username is UNSET,
        claims=MappingProxyType(cast("dict[str, JSON]", claims)),
    )


def _access_client(typed: _Typed, pool: UserPool) -> tuple[str, frozenset[str]]:
    """Check `client_id`, and `aud` where there is one: an access token has it only when bound to a resource."""
    client, aud = typed.client_id, typed.aud
    if client is UNSET:
        raise BadClaim("claims.client_missing")
    if not client:
        raise BadClaim("claims.client_type")
    if pool.clients is not ANY_CLIENT and client not in pool.clients:
        raise WrongClient("claims.client_mismatch")
    if aud is UNSET:
        if pool.audience:
            raise WrongAudience("claims.aud_missing")
        return client, _NONE
    audience = frozenset((aud,)) if isinstance(aud, str) else aud
    if not audience or "" in audience:
        raise BadClaim("claims.aud_type")
    # A pre token generation trigger may set `aud` to the client's own id, which binds the token to nothing.
    if pool.audience.isdisjoint(audience) if pool.audience else audience != {client}:
        raise WrongAudience("claims.aud_mismatch")
    return client, audience


def _id_client(typed: _Typed, pool: UserPool) -> tuple[str, frozenset[str]]:
    """Check `aud`, which in a pool's ID token is one string, the client."""
    client = typed.aud
    if client is UNSET:
        raise BadClaim("claims.aud_missing")
    if not isinstance(client, str) or not client:
        raise BadClaim("claims.aud_type")
    if pool.clients is not ANY_CLIENT and client not in pool.clients:
        raise WrongClient("claims.aud_mismatch")
    return client, frozenset((client,))


def _text(value: str | UnsetType, claim: str, limit: int) -> str:
    """Take an identifier: a string of some length, without control characters; nothing is trimmed or folded."""
    if value is UNSET:
        raise BadClaim(f"claims.{claim}_type")
    if not 0 < len(value) <= limit or (not value.isprintable() and _CONTROL.search(value)):
        raise BadClaim(f"claims.{claim}_invalid")
    return value


def _actor(value: JSON, pool: UserPool) -> Mapping[str, JSON]:
    if not pool.delegation or not isinstance(value, Mapping):
        raise BadClaim("claims.act")
    return value


def _identities(value: JSON) -> tuple[Mapping[str, JSON], ...]:
    if not isinstance(value, tuple) or not all(isinstance(item, Mapping) for item in value):
        raise BadClaim("claims.identities_type")
    return cast("tuple[Mapping[str, JSON], ...]", value)
