"""What every front is told: the user pool from the environment, and one policy for all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final, Literal

from cogauth import Policy, UserPool

POLICY: Final[Mapping[str, Any]] = {
    "version": 1,
    "roles": {
        "editor": {"groups": ["editors"]},
        "retired": {"groups": ["retired"]},
        "risk": {"claim": "custom:dept", "equals": "risk"},
        "runner": {"scopes": ["jobs/run"]},
    },
    "route": [
        {"match": "GET /articles/{id}", "allow": "authenticated", "deny": "retired"},
        {"match": "PUT /articles/{id}", "allow": "editor", "deny": "retired"},
        {"match": "POST /jobs", "allow": "runner"},
        {"match": "GET /reports", "allow": "risk"},
        {"match": "GET /healthz", "allow": "public"},
    ],
}


def environment(
    pool_id: str, clients: frozenset[str], jwks_uri: str, token_use: Literal["access", "id"]
) -> dict[str, str]:
    """Write down what `issuer` reads."""
    return {"POOL_ID": pool_id, "CLIENTS": " ".join(sorted(clients)), "JWKS_URI": jwks_uri, "TOKEN_USE": token_use}


def issuer(env: Mapping[str, str] = os.environ) -> UserPool:
    """Trust this pool and these clients, keys over loopback HTTP."""
    return UserPool(
        env["POOL_ID"],
        clients=env["CLIENTS"].split(),
        jwks_uri=env["JWKS_URI"],
        token_use="id" if env["TOKEN_USE"] == "id" else "access",
    )


def policy() -> Policy:
    """Compile the policy."""
    return Policy.from_dict(POLICY)
