"""What every front is told by its environment: the keys, and how many tokens are remembered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import jwt

from benchmarks.served import Tokens
from benchmarks.tokens import CLIENT, POOL_ID, pool_url
from cogauth import Group, Policy, Route, Scope, UserPool

RULE: Final = Group("editors") & Scope("orders/read")
ISSUER: Final = pool_url(POOL_ID)


def environment(tokens: Tokens, cache_size: int = 4096) -> dict[str, str]:
    """Write down what the others read."""
    return {"BENCH_JWKS": str(tokens.jwks), "BENCH_JWKS_URL": tokens.jwks_url, "BENCH_CACHE": str(cache_size)}


def jwks() -> Path:
    """Tell where the keys are."""
    return Path(os.environ["BENCH_JWKS"])


def jwks_url() -> str:
    """Tell where the keys are served, for those who know no files."""
    return os.environ["BENCH_JWKS_URL"]


def cache_size() -> int:
    """Tell how many tokens are remembered."""
    return int(os.environ["BENCH_CACHE"])


def pool() -> UserPool:
    """Trust the pool, with its keys pinned."""
    return UserPool(POOL_ID, clients={CLIENT}, jwks=jwks())


def policy() -> Policy:
    """Make a policy of a few routes, of which one is asked for."""
    return Policy(
        roles={"reader": RULE, "writer": Group("editors") & Scope("orders/write")},
        routes=[
            Route("GET /orders/{id}", "reader"),
            Route(["PUT /orders/{id}", "DELETE /orders/{id}"], "writer"),
            Route("GET /healthz", "public"),
        ],
    )


class ByHand:
    """PyJWT as many write it: its client picks the key, and what it leaves out is checked by hand."""

    def __init__(self) -> None:
        self._keys = jwt.PyJWKClient(jwks_url())

    def claims(self, token: str) -> dict[str, Any]:
        """Verify *token*; raises whatever says no."""
        key = self._keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]})
        if claims["token_use"] != "access" or claims["client_id"] != CLIENT:
            raise jwt.InvalidTokenError
        return claims
