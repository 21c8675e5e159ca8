"""What the tests of roles have in common: pools, and policies that are right until something is changed."""

from __future__ import annotations

from typing import Any

POOL = "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
OTHER = "eu-west-1:0a1b2c3d-0000-4000-8000-0a1b2c3d0000"
GOVERNMENT = "us-gov-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
NAMESPACE = "cognito-identity.amazonaws.com"
USER_POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"
SUB = "${cognito-identity.amazonaws.com:sub}"
AUD = {"StringEquals": {f"{NAMESPACE}:aud": POOL}}
NOTHING: set[str] = set()
SIGNED_IN = {"ForAnyValue:StringLike": {f"{NAMESPACE}:amr": "authenticated"}}


def trust(condition: dict[str, Any], *more: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """Make a trust policy with *condition* and other elements than the usual ones; None leaves one out."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": NAMESPACE},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
        **elements,
    }
    given = {key: value for key, value in statement.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [given, *more]}


def permission(
    action: str | list[str], resource: str | list[str], condition: dict[str, Any] | None = None, **elements: Any
) -> dict[str, Any]:
    """Make a permission policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **elements}
    if condition is not None:
        statement["Condition"] = condition
    given = {key: value for key, value in statement.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": given}
