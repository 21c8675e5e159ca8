"""The same with PyJWT's own client for keys, which fetches them with the first token."""

from __future__ import annotations

import os
from typing import Any

import jwt

ISSUER, CLIENT = os.environ["ISSUER"], os.environ["CLIENT"]
KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])


def handler(event: dict[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001  Lambda's signature
    """Allow the request, or raise what makes a 401."""
    scheme, _, token = event["authorizationToken"].partition(" ")
    try:
        key = KEYS.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]})
    except (jwt.PyJWTError, KeyError):
        raise Exception("Unauthorized") from None  # noqa: TRY002  the text is what API Gateway looks at
    if scheme != "Bearer" or claims.get("token_use") != "access" or claims.get("client_id") != CLIENT:
        raise Exception("Unauthorized")  # noqa: TRY002  see above
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [event["methodArn"]]}
    return {"principalId": claims["sub"], "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
