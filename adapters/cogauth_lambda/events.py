"""
Authorizer events of API Gateway, recognised strictly: REST TOKEN and REQUEST, HTTP API 1.0 and 2.0, WebSocket.

Powertools has data classes for these events, which are not used: they cut the path of an ARN at a colon, keep the last
of two Authorization headers, have none for WebSocket APIs, and raise KeyError where a real event lacks a member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from cogauth import subprotocol_token
from cogauth_lambda.members import Headers, UnknownEvent, headers_of, text_of, values_of
from cogauth_lambda.paths import decoded

Front = Literal["rest", "http-1.0", "http-2.0", "websocket"]

# The one route of a WebSocket API that can have an authorizer, as an ARN names it (AWS: "Control access to WebSocket
# APIs with AWS Lambda REQUEST authorizers").
_CONNECT = "$connect"

# AWS: "Amazon Resource Names" and "Actions, resources, and condition keys for Amazon API Gateway". What follows the
# stage is the caller's text, which may hold `:`, `/` and whatever else.
_ARN = re.compile(
    r"(?P<region>arn:[a-z-]{1,32}:execute-api:[a-z0-9-]{1,32}:[0-9]{1,12}):(?P<api>[A-Za-z0-9-]{1,64})"
    r"/(?P<stage>\$default|\*|[A-Za-z0-9_-]{1,128})/(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)

# A test in the console is of no stage, and says `*`. A policy for that would be one for all stages.
_NO_STAGE = "test-invoke-stage"


class Call(NamedTuple):
    """What an event asks, and where the answer must point."""

    front: Front
    base: str
    """The ARN of the stage, without wildcards."""
    api_id: str
    stage: str
    method: str
    path: str
    """Decoded; empty, which no route has, where the event does not tell it in a way that can be trusted."""
    raw_path: str
    headers: Headers

    def __repr__(self) -> str:
        return f"<Call of {self.front}>"  # the headers have the token, and the path may be anybody's


def call_of(event: Mapping[str, Any], websocket_query: str | None = None) -> Call:
    """
    Read *event*.

    AWS: "Input to an API Gateway Lambda authorizer", "Control access to HTTP APIs with AWS Lambda authorizers". Method
    and path come from the ARN: `path` and `rawPath` carry a stage or base path as it happens, the ARN never.

    Args:
        event: what Lambda is called with.
        websocket_query: the query parameter in which a WebSocket client may send its token.

    Raises:
        UnknownEvent: it is none of these.
    """
    method_arn, route_arn = event.get("methodArn"), event.get("routeArn")
    match event.get("version"), event.get("type"):
        case None, "TOKEN" if route_arn is None:
            return _call("rest", method_arn, [("authorization", text_of(event, "authorizationToken"))])
        case None, "REQUEST" if route_arn is None:
            call = _call("rest", method_arn, headers_of(event))
            return _websocket(call, event, websocket_query) if call.raw_path == _CONNECT else call
        case "1.0", "REQUEST" if route_arn is None and "routeKey" not in event:
            # One string, in which a comma stands between the sources: no token has one of its own.
            sources = (text_of(event, "identitySource") if event.get("identitySource") is not None else "").split(",")
            return _call("http-1.0", method_arn, _keyed(headers_of(event), sources))
        case "2.0", "REQUEST" if method_arn is None and "multiValueHeaders" not in event:
            # Absent or null where the authorizer has no identity source, and then nothing can be kept.
            return _call("http-2.0", route_arn, _keyed(headers_of(event), values_of(event.get("identitySource"))))
        case _:
            raise UnknownEvent


def _call(front: Front, arn: object, headers: Headers) -> Call:
    parts = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if parts is None:
        raise UnknownEvent
    stage = parts["stage"]
    base = f"{parts['region']}:{parts['api']}/{_NO_STAGE if stage == '*' else stage}"
    method, slash, rest = parts["rest"].partition("/")
    if not slash:
        # The key of a route (`$connect`, `$default`), and no method and path: of these nothing is known.
        return Call(front, base, parts["api"], stage, "", "", method, headers)
    raw_path = f"/{rest}"
    return Call(front, base, parts["api"], stage, method, decoded(raw_path), raw_path, headers)


def _keyed(headers: Headers, sources: list[str]) -> Headers:
    """
    Make sure that the token is what the gateway's cache goes by.

    Were an identity source something else, the answer to one token would be given to another. Then all of them are
    handed on as credentials, and the request has too many of these.
    """
    credentials = [value for name, value in headers if name.lower() == "authorization"]
    named = [source for source in sources if source]
    if not named or all(value in named for value in credentials):
        return headers
    return [*headers, *(("authorization", source) for source in named)]


def _websocket(call: Call, event: Mapping[str, Any], query: str | None) -> Call:
    """Take the token from wherever a page can put it, since it can set no header; two of them are too many."""
    headers = list(call.headers)
    for name, value in call.headers:
        if name.lower() == "sec-websocket-protocol":
            tokens = (subprotocol_token(offered.strip(" \t")) for offered in value.split(","))
            headers += [("authorization", f"Bearer {token}") for token in tokens if token is not None]
    if query is not None:
        found = headers_of(event, "queryStringParameters", "multiValueQueryStringParameters")
        headers += [("authorization", f"Bearer {value}") for name, value in found if name == query]
    # A websocket opens with GET (RFC 6455 section 4.1), and the policy says `GET /$connect`.
    return call._replace(front="websocket", method="GET", path=f"/{_CONNECT}", raw_path=f"/{_CONNECT}", headers=headers)
