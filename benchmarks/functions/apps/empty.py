"""The floor: a handler that does nothing."""

from __future__ import annotations

from typing import Any


def handler(event: Any, context: Any) -> dict[str, object]:  # noqa: ARG001  Lambda's signature
    """Answer as an authorizer would that looks at nothing."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [event["methodArn"]]}
    return {"principalId": "anybody", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
