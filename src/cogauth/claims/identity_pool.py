"""What an identity pool's OpenID token must say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from msgspec import UNSET

from cogauth._strict import JSON
from cogauth.claims.common import MAX_SUBJECT, NOBODY, Typed, text
from cogauth.errors import BadClaim
from cogauth.issuers import IdentityPool
from cogauth.principal import Principal

MAX_LIFETIME = 86_400
"""Seconds; ten minutes as a rule, up to a day for developer-authenticated identities (AWS: GetOpenIdToken...)."""


def accept_identity_pool(
    claims: Mapping[str, JSON], typed: Typed, pool: IdentityPool, issuer: str, exp: int, iat: int
) -> Principal:
    """Make a principal of *claims*, which are meant for *pool*; raises `TokenError`."""
    if "token_use" in claims:
        raise BadClaim("claims.token_use_unknown")
    # What no identity pool writes, and no bearer token of another issuer may carry either.
    for claim in ("cnf", "act"):
        if claim in claims:
            raise BadClaim(f"claims.{claim}")
    return Principal(
        subject=text(typed.sub, "sub", MAX_SUBJECT),
        username=None,
        client_id=pool.pool_id,
        token_use="id",
        issuer=issuer,
        issuer_name=pool.name,
        groups=NOBODY,
        scopes=NOBODY,
        audience=frozenset((pool.pool_id,)),
        issued_at=iat,
        expires_at=exp,
        auth_time=None,
        token_id=None if typed.jti is UNSET else typed.jti,
        session_id=None,
        acr=None,
        acr_levels=(),
        amr=NOBODY if typed.amr is UNSET else typed.amr,
        actor=None,
        identities=(),
        is_machine=False,
        claims=MappingProxyType(cast("dict[str, JSON]", claims)),
    )
