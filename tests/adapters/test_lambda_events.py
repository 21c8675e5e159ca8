"""Events are recognised strictly, and read from where nobody else has put something."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import AUTHENTICATED, Authorizer, CogAuthError, Policy, Route, Verifier
from cogauth_lambda import lambda_authorizer
from cogauth_lambda.authorizer import Handler
from cogauth_lambda.events import call_of
from cogauth_lambda.paths import decoded
from tests.adapters.conftest import Pool
from tests.support.lambda_events import (
    GATEWAYS,
    STAGE,
    Event,
    arn,
    channel,
    graphql,
    http_1,
    http_2,
    rest_request,
    rest_token,
    status,
)

# Recorded and documented events for authorizers, and what their made-up credentials get.
RECORDED = {
    "apigw-rest-token__aws-lambda-go.json": 401,
    "apigw-rest-token__awsdocs.json": 401,
    "apigw-rest-token__powertools.json": 401,
    "apigw-rest-request-multivalue__aws-lambda-go.json": 401,
    "apigw-http-v1-request__aws-lambda-go.json": 403,
    "apigw-http-v1-request__awsdocs.json": 403,
    "apigw-http-v1-request__powertools.json": 403,
    "apigw-http-v2-request__aws-lambda-go.json": 403,
    "apigw-http-v2-request__powertools.json": 403,
    "apigw-websocket-connect__aws-lambda-rust.json": 401,
    "apigw-websocket-connect__awsdocs.json": 401,
    "appsync-events-request-connect__awsdocs-copy.json": 403,
    "appsync-events-request-subscribe__awsdocs-copy.json": 403,
    "appsync-graphql-request__aws-lambda-go.json": 403,
    "appsync-graphql-request__powertools.json": 403,
}
# Events for other functions than an authorizer; what begins so is none.
OTHERS = ("alb-target", "apigw-console", "apigw-http-v2-proxy", "apigw-rest-proxy", "lambda-function-url", "cognito-")
# Answers, and what is asked of others than Lambda.
NO_EVENTS = ("-response", "forward-auth-", "alb-oidc-headers", "appsync-identity")


@pytest.fixture(scope="module")
def guarded(pool: Pool) -> Handler:
    """Whoever has a token may use everything."""
    return lambda_authorizer(Authorizer(Verifier(pool.issuer), AUTHENTICATED))


def recorded(shared: Path) -> dict[str, Event]:
    folder = shared / "data" / "events"
    events = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    # The program that recorded it wrote its own members beside API Gateway's.
    events["apigw-websocket-connect__aws-lambda-rust.json"].pop("version")
    return {name: event for name, event in events.items() if not any(part in name for part in NO_EVENTS)}


def test_recorded_events(guarded: Handler, shared: Path) -> None:
    """Each recorded event for an authorizer is understood as it is; each other is one that is not answered."""
    for name, event in recorded(shared).items():
        untouched = copy.deepcopy(event)
        assert (500 if name.startswith(OTHERS) else RECORDED.get(name, 0)) == status(guarded, event), name
        assert untouched == event


def test_recorded_events_with_a_token(pool: Pool, guarded: Handler, shared: Path) -> None:
    """With a token in the place that is theirs, they are let through."""
    for name in RECORDED:
        event = recorded(shared)[name]
        place = "authorizationToken" if name.startswith(("appsync", "apigw-rest-token")) else "headers"
        value = pool.bo if name.startswith("appsync") else f"Bearer {pool.bo}"
        event[place] = value if place == "authorizationToken" else {"Authorization": value}
        event.pop("multiValueHeaders", None)
        if "identitySource" in event:
            event["identitySource"] = [value] if isinstance(event["identitySource"], list) else value
        if name.startswith("apigw-rest-token"):
            event["methodArn"] = event["methodArn"].replace("/*/", "/prod/")  # they are of tests in the console
        assert 200 == status(guarded, event), name


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="array"),
        pytest.param("x", id="string"),
        pytest.param({}, id="empty"),
        pytest.param({"type": "TOKEN"}, id="no ARN"),
        pytest.param({"type": "TOKEN", "methodArn": arn("GET /x")}, id="no token"),
        pytest.param({**rest_token("x", "GET /x"), "type": "FOO"}, id="unknown type"),
        pytest.param({**rest_token("x", "GET /x"), "type": "token"}, id="type in small letters"),
        pytest.param({**rest_token("x", "GET /x"), "version": "1.0"}, id="TOKEN with a version"),
        pytest.param({**rest_token("x", "GET /x"), "authorizationToken": ["Bearer x"]}, id="token of another type"),
        pytest.param({**rest_token("x", "GET /x"), "methodArn": 5}, id="ARN of another type"),
        pytest.param(
            {**rest_token("x", "GET /x"), "methodArn": "arn:aws:s3:::bucket/prod/GET/x"}, id="another service"
        ),
        pytest.param({**rest_token("x", "GET /x"), "methodArn": "a:b:execute-api:c:d:e/f/GET/x"}, id="no ARN at all"),
        pytest.param({**rest_token("x", "GET /x"), "methodArn": f"{STAGE}\n/GET/x"}, id="a line in the stage"),
        pytest.param({**rest_token("x", "GET /x"), "methodArn": arn("GET /x").replace("a1b2", "*")}, id="any API"),
        pytest.param(
            {**rest_token("x", "GET /x"), "methodArn": arn("GET /x").replace("eu-west-1", "*")}, id="any region"
        ),
        pytest.param({**rest_token("x", "GET /x"), "methodArn": STAGE}, id="nothing after the stage"),
        pytest.param({**rest_request("x", "GET /x"), "routeArn": arn("GET /x")}, id="both ARNs"),
        pytest.param({**rest_request("x", "GET /x"), "headers": [], "multiValueHeaders": None}, id="headers no map"),
        pytest.param({**rest_request("x", "GET /x"), "multiValueHeaders": {"a": "b"}}, id="values no list"),
        pytest.param({**rest_request("x", "GET /x"), "multiValueHeaders": {"a": [5]}}, id="values no text"),
        pytest.param({**rest_request(None, "GET /x"), "headers": {"a": 5}}, id="value no text"),
        pytest.param({**http_1("x", "GET /x"), "version": "2.0"}, id="1.0 that says 2.0"),
        pytest.param({**http_1("x", "GET /x"), "routeKey": "GET /x"}, id="1.0 with a key of 2.0"),
        pytest.param({**http_1("x", "GET /x"), "version": "3.0"}, id="version of tomorrow"),
        pytest.param({**http_1("x", "GET /x"), "version": 1}, id="version of another type"),
        pytest.param({**http_1("x", "GET /x"), "identitySource": ["Bearer x"]}, id="1.0 with sources of 2.0"),
        pytest.param({**http_2("x", "GET /x"), "version": "1.0"}, id="2.0 that says 1.0"),
        pytest.param({**http_2("x", "GET /x"), "methodArn": arn("GET /x")}, id="2.0 with both ARNs"),
        pytest.param({**http_2("x", "GET /x"), "multiValueHeaders": {}}, id="2.0 with headers of 1.0"),
        pytest.param({**http_2("x", "GET /x"), "identitySource": "Bearer x"}, id="2.0 with sources of 1.0"),
        pytest.param({**http_2("x", "GET /x"), "identitySource": [None]}, id="2.0 with a source that is none"),
        pytest.param({k: v for k, v in http_2("x", "GET /x").items() if k != "version"}, id="2.0 without version"),
        pytest.param({**graphql("x"), "requestContext": {"apiId": "a"}}, id="AppSync, neither kind"),
        pytest.param({**graphql("x"), "requestContext": None}, id="AppSync, nothing asked"),
        pytest.param(
            {**graphql("x"), "requestContext": {"apiId": "a", "queryString": "", "operation": "EVENT_CONNECT"}},
            id="AppSync, both kinds",
        ),
        pytest.param({**graphql("x"), "authorizationToken": None}, id="AppSync, no token"),
        pytest.param({**graphql("x"), "requestContext": {"queryString": ""}}, id="AppSync, no API"),
        pytest.param(channel("x", "EVENT_DELETE", "/news"), id="AppSync, another operation"),
        pytest.param(channel("x", "SUBSCRIBE", "/news"), id="AppSync, an operation of ours"),
        pytest.param(channel("x", "EVENT_SUBSCRIBE"), id="AppSync, no channel"),
        pytest.param(
            {**channel("x", "EVENT_CONNECT"), "requestContext": {"apiId": "a", "operation": None}},
            id="AppSync, no operation",
        ),
    ],
)
def test_other_events(guarded: Handler, event: object) -> None:
    """What is no event of the kinds that are answered is an error, which API Gateway makes a 500; never an Allow."""
    with pytest.raises(CogAuthError, match="not an event of"):
        guarded(event, None)


def test_a_call_says_nothing_of_the_token() -> None:
    """Not where it is shown by mistake."""
    assert "<Call of http-2.0>" == repr(call_of(http_2("a.b.c", "GET /secret")))


@pytest.mark.parametrize("tail", ["$default", "$disconnect", "GET", "", "$connect/"])
@pytest.mark.parametrize("kind", GATEWAYS)
def test_arn_without_path(guarded: Handler, pool: Pool, kind: str, tail: str) -> None:
    """Where an ARN names a route and no request, nothing is known of the request: refused, and no 500."""
    event = GATEWAYS[kind](pool.bo, "GET /x")
    event["routeArn" if kind == "HTTP 2.0" else "methodArn"] = f"{STAGE}/{tail}"
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), Policy(routes=[Route("GET /", AUTHENTICATED)])))

    assert status(handler, event) in (401, 403)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": ["{}", "{}"]}, id="repeated"),
        pytest.param({"Authorization": ["{}"], "authorization": ["{}"]}, id="in two cases"),
        pytest.param({"Authorization": ["{},{}"]}, id="joined"),
        pytest.param({"Authorization": ["Basic eDp5", "{}"]}, id="beside another scheme"),
        pytest.param({"X": ["{}"]}, id="only in the other map"),
    ],
)
@pytest.mark.parametrize("make", [rest_request, http_1])
def test_repeated_headers(guarded: Handler, pool: Pool, make: Any, headers: dict[str, list[str]]) -> None:
    """Two credentials are none, though `headers` shows the last of them."""
    event = make(pool.bo, "GET /orders/7")
    event["multiValueHeaders"] = json.loads(json.dumps(headers).replace("{}", f"Bearer {pool.bo}"))

    assert (401 if make is rest_request else 403) == status(guarded, event)


@pytest.mark.parametrize("value", ["Bearer {0},Bearer {0}", "Bearer {0}, Bearer {0}", "Bearer {0},", "bearer  {0}"])
def test_joined_headers(guarded: Handler, pool: Pool, value: str) -> None:
    """An HTTP API joins repeated headers by a comma, which is no character of a token."""
    event = http_2(pool.bo, "GET /orders/7")
    event["headers"]["authorization"] = value.format(pool.bo)
    event["identitySource"] = [value.format(pool.bo)]

    assert 403 == status(guarded, event)


@pytest.mark.parametrize(
    ("expected", "sources"),
    [
        pytest.param(200, None, id="none"),
        pytest.param(200, [], id="empty"),
        pytest.param(200, ["{}"], id="the token"),
        pytest.param(200, ["GET /orders", "{}", "tenant-7"], id="the token and more"),
        pytest.param(403, ["tenant-7"], id="something else"),
        pytest.param(403, ["Bearer x", "tenant-7"], id="another token"),
        pytest.param(403, ["{}x"], id="a longer token"),
    ],
)
@pytest.mark.parametrize("make", [http_1, http_2])
def test_identity_sources(guarded: Handler, pool: Pool, make: Any, expected: int, sources: list[str] | None) -> None:
    """Answers are kept by the identity sources: if the token is none of them, it gets another token's answer."""
    event = make(pool.bo, "GET /orders/7")
    given = sources and [source.format(f"Bearer {pool.bo}") for source in sources]
    event["identitySource"] = ",".join(given or []) if make is http_1 else given

    assert expected == status(guarded, event)


@pytest.mark.parametrize("make", [http_1, http_2])
def test_identity_source_is_no_credential(guarded: Handler, pool: Pool, make: Any) -> None:
    """The token is in the Authorization header, and taken from nowhere else."""
    event = make(None, "GET /orders/7")
    event["identitySource"] = f"Bearer {pool.bo}" if make is http_1 else [f"Bearer {pool.bo}"]

    assert 403 == status(guarded, event)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/a%20b", "/a b"),
        ("/gr%C3%B6%c3%9fe", "/größe"),
        ("/a%3Ab", "/a:b"),
        ("/a%2Fb", "/a/b"),  # refused by its raw path
        ("/%61", "/%61"),
        ("/%7e", "/%7e"),
        ("/%2E%2e", "/%2E%2e"),
        ("/%5F%30", "/%5F%30"),
        ("/%2561", "/%61"),
        ("/%zz", "/%zz"),
        ("/%FF", ""),
        ("", ""),
    ],
)
def test_decoded(raw: str, path: str) -> None:
    """A path is decoded, unless letters, digits or `-._~` are encoded in it."""
    assert path == decoded(raw)


@given(st.text(st.sampled_from("/a9.~%24EFfé \x00")))
def test_decoding_reveals_no_letters(raw: str) -> None:
    """The letters, digits and `-._~` of a decoded path are those that were sent as such: no segment gets a name."""
    path = decoded(raw)

    assert path in ("", raw) or unreserved(path) == unreserved(re.sub("%[0-9A-Fa-f]{2}", "", raw))


def unreserved(text: str) -> str:
    return "".join(re.findall(r"[A-Za-z0-9._~-]", text))
