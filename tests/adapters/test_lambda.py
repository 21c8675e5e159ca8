"""The Lambda authorizer answers in API Gateway's words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cogauth import AUTHENTICATED, Authorizer, ConfigurationError, KeysUnavailable, Policy, Principal, Route, Verifier
from cogauth_lambda import lambda_authorizer
from devtools.iam_matcher import allows
from tests.adapters.conftest import Pool, broken
from tests.support.lambda_events import (
    GATEWAYS,
    STAGE,
    Event,
    arn,
    http_2,
    offered,
    rest_request,
    rest_token,
    status,
    websocket,
)

CASES = [
    pytest.param(200, "GET /orders/7", "bo", id="authenticated"),
    pytest.param(200, "PUT /orders/7", "ana", id="in the group"),
    pytest.param(200, "POST /jobs", "machine", id="machine with the scope"),
    pytest.param(200, "GET /healthz", None, id="public"),
    pytest.param(200, "GET /orders/a:b", "ana", id="path with a colon"),
    pytest.param(200, "GET /orders/2021-08-01T00:00:00Z", "ana", id="path with a time"),
    pytest.param(200, "GET /orders/a%20b", "ana", id="encoded path"),
    pytest.param(200, "HEAD /orders/7", "ana", id="HEAD"),
    pytest.param(401, "GET /orders/7", None, id="no token"),
    pytest.param(401, "GET /orders/7", "expired", id="expired"),
    pytest.param(401, "GET /orders//7", "ana", id="odd path"),
    pytest.param(401, "GET /orders/%2e%2e/healthz", "ana", id="encoded dot segments"),
    pytest.param(401, "GET /orders%2F7", "ana", id="encoded slash"),
    pytest.param(401, "GET /%6frders/7", "ana", id="needlessly encoded"),
    pytest.param(403, "PUT /orders/7", "bo", id="not in the group"),
    pytest.param(403, "GET /nowhere", "ana", id="no route"),
    pytest.param(403, "get /orders/7", "ana", id="method in small letters"),
]


def token_of(pool: Pool, who: str | None) -> str | None:
    return None if who is None else getattr(pool, who)


@pytest.mark.parametrize("options", [{}, {"cache_ttl": 0}], ids=["kept", "not kept"])
@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize(("expected", "line", "who"), CASES)
def test_policy(pool: Pool, kind: str, expected: int, line: str, who: str | None, options: dict[str, Any]) -> None:
    """A policy allows the request that the decision allows, and no other answer of it does."""
    handler = lambda_authorizer(pool.authorizer(), **options)
    # An HTTP API knows no 401.
    expected = 403 if expected == 401 and kind.startswith("HTTP") else expected

    assert expected == status(handler, GATEWAYS[kind](token_of(pool, who), line))


@pytest.mark.parametrize("kind", GATEWAYS)
def test_path_that_is_no_text(pool: Pool, kind: str) -> None:
    """
    Where each request is asked about it is refused, and simple responses refuse it.

    A document that is kept cannot name such paths: they stay within what their pattern is allowed.
    """
    event = GATEWAYS[kind](pool.bo, "GET /orders/%FF")

    assert (403 if "HTTP" in kind else 401) == status(lambda_authorizer(pool.authorizer(), cache_ttl=0), event)
    assert (200 if "HTTP" in kind else 401) == status(lambda_authorizer(pool.authorizer()), event)
    if kind == "HTTP 2.0":
        assert 403 == status(lambda_authorizer(pool.authorizer(), http_api="simple"), event)


@pytest.mark.parametrize("line", ["GET /healthz", "GET /nowhere", "PUT /orders/7", "GET /orders//7"])
@pytest.mark.parametrize("kind", ["HTTP 1.0", "HTTP 2.0"])
def test_what_is_kept(pool: Pool, kind: str, line: str) -> None:
    """Whatever was asked first, the answer that is kept is right for each route, and says who is calling."""
    answer = lambda_authorizer(pool.authorizer())(GATEWAYS[kind](pool.bo, line), None)

    assert answer["context"]["username"] == "bo"
    assert answer["principalId"] == answer["context"]["subject"] != "anonymous"
    for expected, path in [
        (True, "GET /orders/7"),
        (True, "GET /healthz"),
        (False, "PUT /orders/7"),
        (False, "GET /orders/7/items"),
        (False, "DELETE /orders/7"),
        (False, "POST /jobs"),
        (False, "GET /orders/../live"),
    ]:
        assert expected == allows(answer["policyDocument"], arn(path)), path


@pytest.mark.parametrize("path", ["*", "?", "${aws:username}", "x" * 600, "a*b/c", "**"])
@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize("ttl", [None, 0])
def test_nothing_of_the_request_is_in_a_policy(pool: Pool, kind: str, path: str, ttl: int | None) -> None:
    """Neither path nor method, whoever sends what reads as a pattern; and no resource is too long."""
    handler = lambda_authorizer(pool.authorizer(), cache_ttl=ttl)

    told = {
        json.dumps(handler(GATEWAYS[kind](pool.bo, f"{method} /orders/{path}"), None)["policyDocument"])
        for method in ("GET", "GET*", "*", "$x")
    }

    assert all(path not in text or path in "*?" for text in told)
    for text in told:
        for statement in json.loads(text)["Statement"]:
            assert all(resource.startswith(f"{STAGE}/") and len(resource) <= 512 for resource in statement["Resource"])
            assert statement["Effect"] == "Deny" or f"{STAGE}/*" not in statement["Resource"]


@pytest.mark.parametrize(("expected", "line", "who"), CASES)
def test_simple(pool: Pool, expected: int, line: str, who: str | None) -> None:
    """A simple response is a boolean, and of an allowed request a context."""
    answer = lambda_authorizer(pool.authorizer(), http_api="simple")(http_2(token_of(pool, who), line), None)

    assert (expected == 200) is answer["isAuthorized"]
    assert ({"isAuthorized", "context"} if expected == 200 else {"isAuthorized"}) == answer.keys()


@pytest.mark.parametrize("kind", ["REST TOKEN", "REST REQUEST", "HTTP 1.0"])
def test_simple_responses_are_of_http_apis_alone(pool: Pool, kind: str) -> None:
    """What else asks cannot be configured to expect them."""
    answer = lambda_authorizer(pool.authorizer(), http_api="simple")(GATEWAYS[kind](pool.bo, "GET /orders/7"), None)

    assert "policyDocument" in answer


@pytest.mark.parametrize("simple", ["iam", "simple"])
@pytest.mark.parametrize("kind", ["HTTP 1.0", "HTTP 2.0"])
@pytest.mark.parametrize(
    ("expected", "line", "who"),
    [
        pytest.param(401, "GET /orders/7", None, id="no token"),
        pytest.param(401, "GET /orders/7", "expired", id="expired"),
        pytest.param(401, "GET /orders//7", "bo", id="odd path"),
        pytest.param(403, "PUT /orders/7", "bo", id="not in the group"),
        pytest.param(200, "GET /orders/7", "bo", id="allowed"),
    ],
)
def test_http_401(pool: Pool, kind: str, simple: Any, expected: int, line: str, who: str | None) -> None:
    """An HTTP API is told as a REST API is, if that is wanted."""
    handler = lambda_authorizer(pool.authorizer(), http_401="raise", http_api=simple)

    assert expected == status(handler, GATEWAYS[kind](token_of(pool, who), line))


@pytest.mark.parametrize(
    "stage",
    [
        "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/prod",
        "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:a1b2c3d4e5/prod",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/GET",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/$default",
    ],
)
@pytest.mark.parametrize("kind", GATEWAYS)
def test_stage(pool: Pool, kind: str, stage: str) -> None:
    """The answer is of the partition and stage that ask, whatever these are called."""
    handler = lambda_authorizer(pool.authorizer())

    assert 200 == status(handler, GATEWAYS[kind](pool.bo, "GET /orders/7", stage))
    assert STAGE not in json.dumps(handler(GATEWAYS[kind](pool.bo, "GET /orders/7", stage), None))


def test_console(pool: Pool) -> None:
    """A test in the console is of stage `*`; it gets an answer, which is for no stage that there is."""
    stage = f"{STAGE.rpartition('/')[0]}/*"
    answer = lambda_authorizer(pool.authorizer())(rest_token(pool.bo, "GET /orders/7", stage), None)

    assert allows(answer["policyDocument"], f"{stage.removesuffix('*')}test-invoke-stage/GET/orders/7")
    assert not allows(answer["policyDocument"], arn("GET /orders/7"))


APIS: dict[str, Any] = {
    "version": 1,
    "api": [
        {"name": "shop", "gateway": ["a1b2c3d4e5/prod"], "route": [{"match": "GET /orders", "allow": "authenticated"}]},
        {"name": "test", "gateway": ["a1b2c3d4e5"], "route": [{"match": "GET /tests", "allow": "authenticated"}]},
        {"name": "chat", "gateway": ["chat/prod"], "route": [{"match": "GET /$connect", "allow": "authenticated"}]},
    ],
}


@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize(
    ("expected", "gateway", "line"),
    [
        (200, "a1b2c3d4e5/prod", "GET /orders"),
        (200, "a1b2c3d4e5/dev", "GET /tests"),
        (403, "a1b2c3d4e5/prod", "GET /tests"),
        (403, "a1b2c3d4e5/dev", "GET /orders"),
        (403, "other/prod", "GET /orders"),
        (403, "a1b2c3d4e5x/prod", "GET /orders"),
        (403, "chat/prod", "GET /orders"),
    ],
)
def test_apis(pool: Pool, kind: str, expected: int, gateway: str, line: str) -> None:
    """The gateway's id and stage choose the api; one that no api has finds no route."""
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), Policy.from_dict(APIS)))
    stage = f"arn:aws:execute-api:eu-west-1:123456789012:{gateway}"

    assert expected == status(handler, GATEWAYS[kind](pool.bo, line, stage))


def test_context(pool: Pool) -> None:
    """The backend learns who is calling, in strings, groups in a form that any group's name survives."""
    handler = lambda_authorizer(pool.authorizer())
    ana = handler(rest_token(pool.ana, "GET /orders/7"), None)["context"]
    machine = handler(rest_token(pool.machine, "POST /jobs"), None)["context"]
    nobody = handler(rest_token(None, "GET /healthz"), None)

    assert {
        *("subject", "username", "client_id", "token_use", "issuer", "groups", "scopes", "roles", "api"),
        "valid_until",
    } == ana.keys()
    assert (["editors"], ["editor"]) == (json.loads(ana["groups"]), json.loads(ana["roles"]))
    assert ("ana", "c1", "access") == (ana["username"], ana["client_id"], ana["token_use"])
    assert ("", "jobs/run") == (machine["username"], machine["scopes"])
    assert int(ana["valid_until"]) == Verifier(pool.issuer).verify(pool.ana).expires_at
    assert ({""}, "anonymous") == (set(nobody["context"].values()), nobody["principalId"])


@pytest.mark.parametrize("subject", ["x\ny", "x\x7f", "\u2028", " x", "x" * 257])
def test_principal_id(pool: Pool, subject: str) -> None:
    """A subject that may be no name for a log is none."""
    token = pool.local.mint({"sub": subject, "username": "x"})

    try:
        answer = lambda_authorizer(pool.authorizer())(rest_token(token, "GET /orders/7"), None)
    except Exception as error:  # noqa: BLE001  the core may refuse it before
        assert str(error) == "Unauthorized"  # noqa: PT017  either is right
    else:
        assert "anonymous" == answer["principalId"]


# -- WebSocket ---------------------------------------------------------------------------------------------------------

SOCKETS = Policy(routes=[Route("GET /$connect", AUTHENTICATED)])


@pytest.mark.parametrize(
    ("expected", "headers", "query"),
    [
        pytest.param(200, [("Authorization", "Bearer {}")], None, id="header"),
        pytest.param(200, ["offered"], None, id="subprotocol"),
        pytest.param(200, [("SEC-websocket-protocol", "chat"), "offered"], None, id="subprotocols in two headers"),
        pytest.param(200, [], {"token": ["{}"]}, id="query"),
        pytest.param(401, [], None, id="none"),
        pytest.param(401, [], {"Token": ["{}"], "access_token": ["{}"]}, id="other parameters"),
        pytest.param(401, [], {"token": ["{}", "{}"]}, id="two in the query"),
        pytest.param(401, [], {"token": ["Bearer {}"]}, id="a scheme in the query"),
        pytest.param(401, [], {"token": [""]}, id="empty in the query"),
        pytest.param(401, ["offered", ("Authorization", "Bearer {}")], None, id="header and subprotocol"),
        pytest.param(401, ["offered", "offered"], None, id="two subprotocols"),
        pytest.param(401, ["offered"], {"token": ["{}"]}, id="subprotocol and query"),
        pytest.param(401, [("Authorization", "Bearer {}"), ("authorization", "Bearer {}")], None, id="two headers"),
        pytest.param(
            401, [("Sec-WebSocket-Protocol", "base64url.bearer.authorization.!")], None, id="undecodable subprotocol"
        ),
        pytest.param(401, [("Cookie", "token={}")], None, id="cookie"),
    ],
)
def test_websocket(pool: Pool, expected: int, headers: list[Any], query: dict[str, list[str]] | None) -> None:
    """A token is taken from wherever a page can put it, and from one place only."""
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), SOCKETS), websocket_query="token")
    event = websocket(
        [offered(pool.bo) if each == "offered" else (each[0], each[1].format(pool.bo)) for each in headers],
        query and {name: [value.format(pool.bo) for value in values] for name, values in query.items()},
    )

    assert expected == status(handler, event)
    assert pool.bo not in json.dumps([] if expected != 200 else handler(event, None))


def test_websocket_query_is_off(pool: Pool) -> None:
    """Unless somebody says so, no URL is looked at."""
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), SOCKETS))

    assert 401 == status(handler, websocket([], {"token": [pool.bo], "None": [pool.bo]}))


@pytest.mark.parametrize("line", ["GET /", "ANY /connect", "POST /$connect"])
def test_websocket_route(pool: Pool, line: str) -> None:
    """The policy says `GET /$connect`; without that nobody gets in."""
    policy = Policy(routes=[Route(line, AUTHENTICATED)])
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), policy))
    event = websocket([("Authorization", f"Bearer {pool.bo}")])

    assert 403 == status(handler, event)
    assert [f"{STAGE}/*"] == handler(event, None)["policyDocument"]["Statement"][0]["Resource"]


def test_websocket_with_many_groups(pool: Pool) -> None:
    """What has no room in 8 KB is left out as a whole; the rest and the answer stay."""
    groups = [f"{number:03}-{'x' * 100}" for number in range(80)]
    token = pool.local.mint({"cognito:groups": groups, "scope": "a b"})
    handler = lambda_authorizer(Authorizer(Verifier(pool.issuer), SOCKETS))

    answer = handler(websocket([("Authorization", f"Bearer {token}")]), None)

    assert len(json.dumps(answer)) <= 8192
    assert "groups" not in answer["context"]
    assert "a b" == answer["context"]["scopes"]
    assert allows(answer["policyDocument"], f"{STAGE}/$connect")


# -- Failures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"cache_ttl": 0}, {"http_api": "simple"}, {"http_401": "raise"}])
@pytest.mark.parametrize("make", [rest_token, rest_request, http_2])
def test_keys_unavailable(pool: Pool, make: Any, options: dict[str, Any]) -> None:
    """Without keys the handler fails, so that no cache keeps the answer."""
    handler = lambda_authorizer(Authorizer(Verifier(pool.keyless()), pool.policy), **options)

    with pytest.raises(KeysUnavailable):
        handler(make(pool.ana, "GET /orders/7"), None)


def test_keys_unavailable_for_a_websocket(pool: Pool) -> None:
    """Nor is a websocket refused for good."""
    with pytest.raises(KeysUnavailable):
        lambda_authorizer(Authorizer(Verifier(pool.keyless()), SOCKETS))(
            websocket([("Authorization", f"Bearer {pool.bo}")]), None
        )


@pytest.mark.parametrize("line", ["GET /orders/7", "GET /nowhere"])
def test_hook_that_fails(pool: Pool, line: str) -> None:
    """A hook with a bug fails the invocation."""
    with pytest.raises(ZeroDivisionError):
        lambda_authorizer(pool.authorizer(is_revoked=broken))(rest_token(pool.ana, line), None)


def revoked(_: Principal) -> bool:
    return True


def test_revoked(pool: Pool) -> None:
    """A revoked token is none."""
    handler = lambda_authorizer(pool.authorizer(is_revoked=revoked))

    assert 401 == status(handler, rest_request(pool.ana, "GET /orders/7"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"http_api": "both"}, "http_api"),
        ({"http_401": "401"}, "http_401"),
        ({"cache_ttl": -1}, "cache_ttl"),
        ({"cache_ttl": 3601}, "cache_ttl"),
        ({"cache_ttl": True}, "cache_ttl"),
        ({"cache_ttl": 1.5}, "cache_ttl"),
        ({"identity_sources": "$request.header.Authorization"}, "identity_sources"),
        ({"identity_sources": ["Authorization"]}, "identity_sources"),
        ({"identity_sources": [5]}, "identity_sources"),
        ({"delivers": "ANY /x"}, "delivers"),
        ({"delivers": ["/x"]}, "/x"),
        ({"narrow": 1}, "narrow"),
        ({"dated": "yes"}, "dated"),
        ({"closed": None}, "closed"),
        ({"websocket_query": ""}, "websocket_query"),
        ({"websocket_query": 5}, "websocket_query"),
        ({"appsync_prefix": None}, "appsync_prefix"),
    ],
)
def test_built_wrongly(pool: Pool, options: dict[str, Any], problem: str) -> None:
    """Mistakes show when the handler is made."""
    with pytest.raises(ConfigurationError, match=problem):
        lambda_authorizer(pool.authorizer(), **options)


def test_awaited(pool: Pool) -> None:
    """An awaited authorizer is none: Lambda awaits nothing."""
    awaited: Any = pool.async_authorizer()

    with pytest.raises(ConfigurationError, match="takes an Authorizer"):
        lambda_authorizer(awaited)


def test_deployed_handler(pool: Pool, tmp_path: Path) -> None:
    """What a deployment points at is configured by its environment, and fails at the start when that is wrong."""
    (tmp_path / "jwks.json").write_text(json.dumps(pool.local.jwks))
    (tmp_path / "cogauth.toml").write_text(
        'version = 1\n[[issuer]]\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["c1"]\njwks = "jwks.json"\n'
        '[[route]]\nmatch = "GET /orders/{id}"\nallow = "authenticated"\n'
    )
    script = (
        "import json, sys; from cogauth_lambda.handler import handler\n"
        "print(json.dumps([handler(event, None)['isAuthorized'] for event in json.load(sys.stdin)]))"
    )
    events: list[Event] = [http_2(pool.bo, "GET /orders/7"), http_2(None, "GET /orders/7")]

    def run(config: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(events),
            env=os.environ | {"COGAUTH_CONFIG": str(config), "COGAUTH_HTTP_API": "simple"} | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert "[true, false]\n" == run(tmp_path / "cogauth.toml", COGAUTH_CACHE_TTL="0").stdout
    failed = run(tmp_path / "absent.toml")
    assert (1, True) == (failed.returncode, "absent.toml: cannot be read" in failed.stderr)
    failed = run(tmp_path / "cogauth.toml", COGAUTH_CACHE_TTL="300")
    assert (1, True) == (failed.returncode, "a simple response that is kept" in failed.stderr)
