"""Powertools' verifier as its documentation has it for an authorizer, for tokens that are bound to a resource."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.auth_alpha.jwt import JWTVerifier

# `JWTVerifier.cognito` would be the shorter way, but knows no other URL for keys than Cognito's own.
KEYS: dict[str, Any] = (
    {"jwks": json.loads(Path(os.environ["JWKS_FILE"]).read_text())}
    if "JWKS_FILE" in os.environ
    else {"jwks_uri": os.environ["JWKS_URL"]}
)
VERIFIER = JWTVerifier(
    issuer=os.environ["ISSUER"],
    audience=os.environ["AUDIENCE"],
    algorithms=["RS256"],
    expected_claims={"token_use": "access", "client_id": os.environ["CLIENT"]},
    clock_skew_seconds=0,
    **KEYS,
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001  Lambda's signature
    """Answer for the one request that the event is for."""
    return VERIFIER.authorize(event)
