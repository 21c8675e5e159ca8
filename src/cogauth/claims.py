"""Verified claims become a principal, or are refused: here is what a Cognito token must say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, cast

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

Claims: TypeAlias = Mapping[str, Any]
"""Verified claims on their way to a principal: of any JSON type each, until looked at."""

_MAX_SUBJECT = 255
_MAX_USERNAME = 512
_NONE: frozenset[str] = frozenset()
_EMPTY_NAME = frozenset({""})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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
    exp, iat = _times(claims, now, leeway)
    if len(pools) == 1:
        return _accept(claims, pools[0], issuer, exp, iat, now)
    refusals: list[TokenError] = []
    for pool in pools:
        try:
            return _accept(claims, pool, issuer, exp, iat, now)
        except TokenError as error:
            refusals.append(error)
    # The most telling refusal is that of a pool whose use and client did fit, then of one whose use did.
    raise min(refusals, key=lambda error: (isinstance(error, WrongUse), isinstance(error, WrongClient)))


def _times(claims: Claims, now: float, leeway: float) -> tuple[int, int]:
    exp, iat = claims.get("exp"), claims.get("iat")
    # `type(x) is int` and not isinstance: True is an int, and not a time.
    if type(exp) is not int:
        raise BadClaim("claims.exp_type" if "exp" in claims else "claims.exp_missing")
    if not 0 < exp <= MAX_TIME:
        raise BadClaim("claims.exp_range")
    if now >= exp + leeway:
        raise Expired("claims.expired")
    if type(iat) is not int or iat <= 0:
        raise BadClaim("claims.iat_type" if "iat" in claims else "claims.iat_missing")
    if iat > now + MAX_AHEAD:
        raise NotYetValid("claims.iat_future")
    if exp - iat > MAX_LIFETIME:
        raise BadClaim("claims.lifetime_implausible")
    if "nbf" in claims:
        nbf = claims["nbf"]
        if type(nbf) is not int:
            raise BadClaim("claims.nbf_type")
        if nbf > now + leeway:
            raise NotYetValid("claims.not_yet_valid")
    return exp, iat


def _accept(claims: Claims, pool: UserPool, issuer: str, exp: int, iat: int, now: float) -> Principal:
    get = claims.get
    use = get("token_use")
    if use == "access":
        if pool.token_use == "id":
            raise WrongUse("claims.token_use")
        client, audience = _access_client(claims, pool)
        name, scope = "username", get("scope", "")
    elif use == "id":
        if pool.token_use == "access":
            raise WrongUse("claims.token_use")
        client, audience = _id_client(claims, pool)
        name, scope = "cognito:username", ""
    else:
        raise BadClaim("claims.token_use_unknown" if "token_use" in claims else "claims.token_use_missing")
    if type(scope) is not str:
        raise BadClaim("claims.scope_type")
    if "cnf" in claims:
        # Bound to a key of the sender's (RFC 7800): such a token must not pass as a bearer token.
        raise BadClaim("claims.cnf")
    auth_time = get("auth_time")
    if "auth_time" in claims and (type(auth_time) is not int or not 0 < auth_time <= now + MAX_AHEAD):
        raise BadClaim("claims.auth_time")
    username = _text(get(name), "claims.username", _MAX_USERNAME) if name in claims else None
    return Principal(
        subject=_text(get("sub"), "claims.sub", _MAX_SUBJECT),
        username=username,
        client_id=client,
        token_use=use,
        issuer=issuer,
        issuer_name=pool.name,
        groups=_names(claims, "cognito:groups", "claims.groups_type"),
        # Split at spaces only: `str.split()` would split at characters that a scope may not have and an attacker may.
        scopes=frozenset(scope.split(" ")) - _EMPTY_NAME if scope else _NONE,
        audience=audience,
        issued_at=iat,
        expires_at=exp,
        auth_time=auth_time,
        token_id=_optional(claims, "jti"),
        session_id=_optional(claims, "origin_jti"),
        acr=_optional(claims, "acr"),
        acr_levels=pool.acr_levels,
        amr=_names(claims, "amr", "claims.amr_type"),
        actor=_actor(claims, pool),
        identities=_identities(claims),
        # AWS: a token of the client credentials grant has no user, and so no username; `sub` is the client's then.
        is_machine=use == "access" and username is None,
        claims=MappingProxyType(claims),
    )


def _access_client(claims: Claims, pool: UserPool) -> tuple[str, frozenset[str]]:
    """Check `client_id`, and `aud` where there is one: an access token has it only when bound to a resource."""
    client = claims.get("client_id")
    if type(client) is not str:
        raise BadClaim("claims.client_type" if "client_id" in claims else "claims.client_missing")
    if pool.clients is not ANY_CLIENT and client not in pool.clients:
        raise WrongClient("claims.client_mismatch")
    if "aud" not in claims:
        if pool.audience:
            raise WrongAudience("claims.aud_missing")
        return client, _NONE
    aud = claims["aud"]
    audience = _names({"aud": (aud,) if type(aud) is str else aud}, "aud", "claims.aud_type")
    if not audience or "" in audience:
        raise BadClaim("claims.aud_type")
    # A pre token generation trigger may set `aud` to the client's own id, which binds the token to nothing.
    if pool.audience.isdisjoint(audience) if pool.audience else audience != {client}:
        raise WrongAudience("claims.aud_mismatch")
    return client, audience


def _id_client(claims: Claims, pool: UserPool) -> tuple[str, frozenset[str]]:
    """Check `aud`, which in a pool's ID token is one string, the client."""
    client = claims.get("aud")
    if type(client) is not str or not client:
        raise BadClaim("claims.aud_type" if "aud" in claims else "claims.aud_missing")
    if pool.clients is not ANY_CLIENT and client not in pool.clients:
        raise WrongClient("claims.aud_mismatch")
    return client, frozenset((client,))


def _text(value: object, claim: str, limit: int) -> str:
    """Take an identifier: a string of some length, without control characters; nothing is trimmed or folded."""
    if type(value) is not str:
        raise BadClaim(f"{claim}_type")
    if not 0 < len(value) <= limit:
        raise BadClaim(f"{claim}_invalid")
    if not value.isprintable() and _CONTROL.search(value):
        raise BadClaim(f"{claim}_invalid")
    return value


def _optional(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    if type(value) is str:
        return value
    if name in claims:
        raise BadClaim(f"claims.{name}_type")
    return None


def _names(claims: Claims, name: str, reason: str) -> frozenset[str]:
    """Take an array of strings; a bare string is refused, for its letters would be taken for names."""
    if name not in claims:
        return _NONE
    value: JSON = claims[name]
    if type(value) is not tuple:
        raise BadClaim(reason)
    for item in value:
        if type(item) is not str:
            raise BadClaim(reason)
    return frozenset(cast("tuple[str, ...]", value))


def _actor(claims: Claims, pool: UserPool) -> Mapping[str, JSON] | None:
    if "act" not in claims:
        return None
    value: JSON = claims["act"]
    if not pool.delegation or not isinstance(value, Mapping):
        raise BadClaim("claims.act")
    return value


def _identities(claims: Claims) -> tuple[Mapping[str, JSON], ...]:
    if "identities" not in claims:
        return ()
    value: JSON = claims["identities"]
    if type(value) is not tuple or not all(isinstance(item, Mapping) for item in value):
        raise BadClaim("claims.identities_type")
    return cast("tuple[Mapping[str, JSON], ...]", value)
