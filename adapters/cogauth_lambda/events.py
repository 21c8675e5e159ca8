"""API Gateway authorizer events, recognised strictly: REST TOKEN, REST REQUEST and HTTP API 2.0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import unquote

from cogauth import CogAuthError

_ARN = re.compile(r"arn:[^:]*:execute-api:[^:]*:[^:]*:[^:/]+/[^/]+/(?P<method>[^/]+)(?P<path>/.*)", re.DOTALL)


class UnknownEvent(CogAuthError):
    """The event is not one that this authorizer answers; API Gateway makes a 500 of it, and caches nothing."""

    code = "unknown_event"
    message = "not an authorizer event of a REST API or of an HTTP API with payload format 2.0"


class Call(NamedTuple):
    """What an event asks, and where the answer must point."""

    front: Literal["rest", "http"]
    arn: str
    method: str
    path: str
    raw_path: str
    headers: list[tuple[str, str]]


def call_of(event: object) -> Call:
    """
    Read *event* (API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer").

    Method and path come from the ARN: `path` and `rawPath` carry a stage or base path as it happens, the ARN never.
    Raises `UnknownEvent` if it is something else, a WebSocket's `$connect` or payload format 1.0 included.
    """
    if not isinstance(event, Mapping):
        raise UnknownEvent
    fields = cast("Mapping[str, Any]", event)
    match fields.get("version"), fields.get("type"):
        case None, "TOKEN":
            return _call("rest", fields.get("methodArn"), [("authorization", fields.get("authorizationToken"))])
        case None, "REQUEST":
            # `headers` has the last of a repeated header; `multiValueHeaders`, where it is given, has each.
            several = _map(fields, "multiValueHeaders")
            headers = [(name, value) for name, values in several.items() for value in values or ()]
            return _call("rest", fields.get("methodArn"), headers or list(_map(fields, "headers").items()))
        case "2.0", "REQUEST":
            return _call("http", fields.get("routeArn"), list(_map(fields, "headers").items()))
        case _:
            raise UnknownEvent


def _map(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give a map that may be absent or null."""
    value = event.get(key)
    if not isinstance(value, Mapping | None):
        raise UnknownEvent
    return cast("Mapping[str, Any]", value or {})


def _call(front: Literal["rest", "http"], arn: object, headers: list[tuple[str, Any]]) -> Call:
    # arn:partition:execute-api:region:account:api/stage/METHOD/path, whose path may hold `:` and `/` of its own.
    parts = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if parts is None:
        raise UnknownEvent
    raw_path = parts["path"]
    try:
        path = unquote(raw_path, errors="strict")
    except UnicodeDecodeError:
        path = ""
    texts = [(name, value) for name, value in headers if isinstance(value, str)]
    return Call(front, parts[0], parts["method"], path, raw_path, texts)
