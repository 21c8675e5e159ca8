"""Events of API Gateway and AppSync, and what these make of an answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from cogauth_lambda.authorizer import Handler
from devtools.iam_matcher import allows

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"

Event = dict[str, Any]


def arn(line: str, stage: str = STAGE) -> str:
    method, path = line.split(" ", 1)
    return f"{stage}/{method}{path}"


def bearer(token: str | None) -> str | None:
    return None if token is None else f"Bearer {token}"


def rest_token(token: str | None, line: str, stage: str = STAGE) -> Event:
    return {"type": "TOKEN", "authorizationToken": bearer(token) or "", "methodArn": arn(line, stage)}


def rest_request(token: str | None, line: str, stage: str = STAGE) -> Event:
    headers = None if token is None else {"Authorization": bearer(token)}
    return {
        "type": "REQUEST",
        "methodArn": arn(line, stage),
        "path": "/healthz",  # what a base path mapping may make of it; rules do not look at it
        "headers": headers,
        "multiValueHeaders": headers and {name: [value] for name, value in headers.items()},
    }


def http_1(token: str | None, line: str, stage: str = STAGE) -> Event:
    source = bearer(token)
    event = {**rest_request(token, line, stage), "version": "1.0", "identitySource": source}
    return {**event, "authorizationToken": source}


def http_2(token: str | None, line: str, stage: str = STAGE) -> Event:
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn(line, stage),
        "routeKey": "$default",
        "identitySource": None if token is None else [bearer(token)],
        "rawPath": "/prod/healthz",
        "headers": {} if token is None else {"authorization": bearer(token)},
    }


GATEWAYS: dict[str, Callable[..., Event]] = {
    "REST TOKEN": rest_token,
    "REST REQUEST": rest_request,
    "HTTP 1.0": http_1,
    "HTTP 2.0": http_2,
}


def websocket(headers: list[tuple[str, str]], query: dict[str, list[str]] | None = None, stage: str = STAGE) -> Event:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    return {
        "type": "REQUEST",
        "methodArn": f"{stage}/$connect",
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": query and {name: values[-1] for name, values in query.items()},
        "multiValueQueryStringParameters": query,
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "stage": "prod", "apiId": "a1b2c3d4e5"},
    }


def offered(token: str) -> tuple[str, str]:
    """Offer *token* as a page does, which can set no other header."""
    text = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return ("Sec-WebSocket-Protocol", f"chat, base64url.bearer.authorization.{text}")


def graphql(token: str, api_id: str = "giy7kumfmvcqvbedntjwjvagii") -> Event:
    context = {"apiId": api_id, "queryString": "query Mine { orders { id } }", "operationName": "Mine"}
    return {"authorizationToken": token, "requestContext": {**context, "variables": {}}}


def channel(token: str, operation: str, path: str | None = None, api_id: str = "aaaaaa123123123example123") -> Event:
    context = {"apiId": api_id, "operation": operation, "channel": path}
    return {"authorizationToken": token, "requestContext": context, "requestHeaders": {}}


def connect(token: str) -> Event:
    return channel(token, "EVENT_CONNECT")


def status(handler: Handler, event: Event) -> int:
    """Say what the client gets, by the answer to its own request."""
    try:
        answer = handler(event, None)
    except Exception as error:  # noqa: BLE001  API Gateway looks at nothing but the text
        return 401 if str(error) == "Unauthorized" else 500
    json.dumps(answer)
    if "isAuthorized" in answer:
        return 200 if answer["isAuthorized"] is True else 403
    assert answer["principalId"]
    assert all(isinstance(value, str) for value in answer["context"].values())
    return (
        200
        if allows(answer["policyDocument"], event["methodArn"] if "methodArn" in event else event["routeArn"])
        else 403
    )
