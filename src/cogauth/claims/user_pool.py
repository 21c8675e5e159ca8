"""What a user pool's token must say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from msgspec import UNSET

from cogauth._strict import JSON
from cogauth.claims.common import MAX_SUBJECT, MAX_USERNAME, NOBODY, Typed, scopes, text
from cogauth.errors import BadClaim, WrongAudience, WrongClient, WrongUse
from cogauth.issuers import ANY_CLIENT, UserPool
from cogauth.principal import Principal

MAX_LIFETIME = 86_400
"""Seconds; a user pool's ID and access tokens live a day at most (AWS: CreateUserPoolClient)."""


def accept_user_pool(
    claims: Mapping[str, JSON], typed: Typed, pool: UserPool, issuer: str, exp: int, iat: int
) -> Principal:
    """Make a principal of *claims* if *pool* accepts them; raises `TokenError`."""
    use, scope = typed.token_use, typed.scope
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
    auth_time, token_id, session_id, acr, amr = typed.auth_time, typed.jti, typed.origin_jti, typed.acr, typed.amr
    # By position, in the order in which the principal lists them: by name it would cost ten times as much, which is a
    # tenth of a signature's verification.
    return Principal(
        text(typed.sub, "sub", MAX_SUBJECT),
        None if username is UNSET else text(username, "username", MAX_USERNAME),
        client,
        use,
        issuer,
        pool.name,
        NOBODY if typed.groups is UNSET else typed.groups,
        scopes(scope),
        audience,
        iat,
        exp,
        None if auth_time is UNSET else auth_time,
        None if token_id is UNSET else token_id,
        None if session_id is UNSET else session_id,
        None if acr is UNSET else acr,
        pool.acr_levels,
        NOBODY if amr is UNSET else amr,
        _actor(claims["act"], pool) if "act" in claims else None,
        _identities(claims["identities"]) if "identities" in claims else (),
        # AWS: a token of the client credentials grant has no user, and so no username; `sub` is the client's then.
        use == "access" and username is UNSET,
        MappingProxyType(cast("dict[str, JSON]", claims)),
    )


def _access_client(typed: Typed, pool: UserPool) -> tuple[str, frozenset[str]]:
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
        return client, NOBODY
    audience = frozenset((aud,)) if isinstance(aud, str) else aud
    if not audience or "" in audience:
        raise BadClaim("claims.aud_type")
    # A pre token generation trigger may set `aud` to the client's own id, which binds the token to nothing.
    if pool.audience.isdisjoint(audience) if pool.audience else audience != {client}:
        raise WrongAudience("claims.aud_mismatch")
    return client, audience


def _id_client(typed: Typed, pool: UserPool) -> tuple[str, frozenset[str]]:
    """Check `aud`, which in a pool's ID token is one string, the client."""
    client = typed.aud
    if client is UNSET:
        raise BadClaim("claims.aud_missing")
    if not isinstance(client, str) or not client:
        raise BadClaim("claims.aud_type")
    if pool.clients is not ANY_CLIENT and client not in pool.clients:
        raise WrongClient("claims.aud_mismatch")
    return client, frozenset((client,))


def _actor(value: JSON, pool: UserPool) -> Mapping[str, JSON]:
    if not pool.delegation or not isinstance(value, Mapping):
        raise BadClaim("claims.act")
    return value


def _identities(value: JSON) -> tuple[Mapping[str, JSON], ...]:
    if not isinstance(value, tuple) or not all(isinstance(item, Mapping) for item in value):
        raise BadClaim("claims.identities_type")
    return cast("tuple[Mapping[str, JSON], ...]", value)
