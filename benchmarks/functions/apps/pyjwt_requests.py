"""
What is written for want of a library: PyJWT, and the keys fetched with requests while the container starts.

It is careful: algorithm, issuer, `exp`, `token_use` and client are checked, and a `kid` that is unknown is refused.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

ISSUER, CLIENT = os.environ["ISSUER"], os.environ["CLIENT"]


def key_set() -> Any:
    """Read the keys that are on board, or else fetch them."""
    if "JWKS_FILE" in os.environ:
        return json.loads(Path(os.environ["JWKS_FILE"]).read_text())
    import requests  # who has the keys on board needs it not

    return requests.get(os.environ["JWKS_URL"], timeout=5).json()


KEYS: dict[str, Any] = {key["kid"]: RSAAlgorithm.from_jwk(key) for key in key_set()["keys"]}


def handler(event: dict[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001  Lambda's signature
    """Allow the request, or raise what makes a 401."""
    scheme, _, token = event["authorizationToken"].partition(" ")
    try:
        key = KEYS[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]})
    except (jwt.PyJWTError, KeyError):
        raise Exception("Unauthorized") from None  # noqa: TRY002  the text is what API Gateway looks at
    if scheme != "Bearer" or claims.get("token_use") != "access" or claims.get("client_id") != CLIENT:
        raise Exception("Unauthorized")  # noqa: TRY002  see above
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [event["methodArn"]]}
    return {"principalId": claims["sub"], "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
