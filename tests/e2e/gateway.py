"""What API Gateway does around a Lambda authorizer: the event before, the status after."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from devtools.lambda_runtime import Outcome

STAGE = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod"


def arn(method: str, path: str) -> str:
    """Name the request as API Gateway does."""
    return f"{STAGE}/{method}{path}"


def rest_token(method: str, path: str, token: str | None) -> dict[str, Any]:
    """Build a REST API's event for a TOKEN authorizer: three members, nothing else."""
    return {"type": "TOKEN", "authorizationToken": _bearer(token) or "", "methodArn": arn(method, path)}


def rest_request(method: str, path: str, token: str | None) -> dict[str, Any]:
    """Build a REST API's event for a REQUEST authorizer."""
    credentials = _bearer(token)
    headers = {"Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"}
    headers |= {"Authorization": credentials} if credentials else {}
    return {
        "type": "REQUEST",
        "methodArn": arn(method, path),
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1"},
            "path": f"/prod{path}",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
    }


def http_api(method: str, path: str, token: str | None) -> dict[str, Any]:
    """Build an HTTP API's event, payload format 2.0, named stage: `rawPath` has the stage, `routeArn` has it once."""
    credentials = _bearer(token)
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn(method, path),
        "identitySource": [credentials] if credentials else None,
        "routeKey": "ANY /{proxy+}",
        "rawPath": f"/prod{path}",
        "rawQueryString": "",
        "headers": {"authorization": credentials} if credentials else {},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": f"/prod{path}",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "test",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "ANY /{proxy+}",
            "stage": "prod",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000,
        },
        "pathParameters": {"proxy": path.removeprefix("/")},
    }


EVENTS: Final[Mapping[str, Callable[[str, str, str | None], dict[str, Any]]]] = {
    "REST TOKEN": rest_token,
    "REST REQUEST": rest_request,
    "HTTP API 2.0": http_api,
}


def status(outcome: Outcome, request: str) -> int:
    """
    Tell what the caller would see, 200 standing for "the integration is called".

    An error of exactly `Unauthorized` is 401, any other 500; the first matching Deny, or no matching Allow, is 403.
    """
    if outcome.error is not None:
        return 401 if outcome.error_message == "Unauthorized" else 500
    effects = {
        statement["Effect"]
        for statement in outcome.result["policyDocument"]["Statement"]
        if any(_matches(resource, request) for resource in _listed(statement["Resource"]))
    }
    return 200 if effects == {"Allow"} else 403


def _matches(resource: str, request: str) -> bool:
    """Compare as IAM does: `*` is any run of characters, slashes too, `?` is one, and nothing else is special."""
    wild = {"*": ".*", "?": "."}
    pattern = "".join(wild.get(character) or re.escape(character) for character in resource)
    return re.fullmatch(pattern, request, re.DOTALL) is not None


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _bearer(token: str | None) -> str | None:
    return None if token is None else f"Bearer {token}"
