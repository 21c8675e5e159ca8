"""The Lambda authorizer reads API Gateway's events strictly and answers in its words."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    Authorizer,
    CogAuthError,
    ConfigurationError,
    KeysUnavailable,
    Policy,
    Route,
    Verifier,
)
from cogauth_lambda import lambda_authorizer
from tests.adapters.conftest import Pool, broken

ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"


def token_event(token: str | None, line: str) -> dict[str, Any]:
    method, path = line.split(" ", 1)
    value = "" if token is None else f"Bearer {token}"
    return {"type": "TOKEN", "authorizationToken": value, "methodArn": f"{ARN}/{method}{path}"}


def request_event(token: str | None, line: str) -> dict[str, Any]:
    method, path = line.split(" ", 1)
    headers = None if token is None else {"Authorization": f"Bearer {token}"}
    return {
        "type": "REQUEST",
        "methodArn": f"{ARN}/{method}{path}",
        "path": "/healthz",  # what a base path mapping may make of it; rules do not look at it
        "headers": headers,
        "multiValueHeaders": headers and {name: [value] for name, value in headers.items()},
    }


def http_event(token: str | None, line: str) -> dict[str, Any]:
    method, path = line.split(" ", 1)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{ARN}/{method}{path}",
        "identitySource": None,
        "rawPath": "/prod/healthz",
        "headers": headers,
    }


EVENTS = {"token": token_event, "request": request_event, "http": http_event}

# Requests that the policy allows, but that no resource of an IAM policy can name.
NO_RESOURCE = [
    pytest.param(403, "GET /orders/*", "ana", id="a path that reads as a pattern"),
    pytest.param(403, "GET /orders/?", "ana", id="a path that reads as another pattern"),
    pytest.param(403, "GET /orders/${aws:username}", "ana", id="a path that reads as a variable"),
    pytest.param(403, "GET /orders/" + "x" * 500, "ana", id="a path too long for a resource"),
]

CASES = [
    pytest.param(200, "GET /orders/7", "bo", id="authenticated"),
    pytest.param(200, "PUT /orders/7", "ana", id="in the group"),
    pytest.param(200, "POST /jobs", "machine", id="machine with the scope"),
    pytest.param(200, "GET /healthz", None, id="public"),
    pytest.param(200, "GET /orders/a:b", "ana", id="path with a colon"),
    pytest.param(200, "GET /gr%C3%B6%C3%9Fe", "ana", id="encoded path"),
    pytest.param(401, "GET /orders/7", None, id="no token"),
    pytest.param(401, "GET /orders/7", "expired", id="expired"),
    pytest.param(401, "GET /orders//7", "ana", id="odd path"),
    pytest.param(401, "GET /orders/%2e%2e/healthz", "ana", id="encoded dot segments"),
    pytest.param(401, "GET /orders%2F7", "ana", id="encoded slash"),
    pytest.param(401, "GET /orders/%FF", "ana", id="path that is no text"),
    pytest.param(403, "PUT /orders/7", "bo", id="not in the group"),
    pytest.param(403, "GET /nowhere", "ana", id="no route"),
    *NO_RESOURCE,
]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize(("status", "line", "who"), CASES)
def test_policy(pool: Pool, kind: str, status: int, line: str, who: str | None) -> None:
    """A policy allows exactly the request that the decision allows, and denies every other by name."""
    event = EVENTS[kind](None if who is None else getattr(pool, who), line)
    handler = lambda_authorizer(pool.authorizer())
    if status == 401 and kind != "http":
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            handler(event, None)
        return

    answer = handler(event, None)

    (statement,) = answer["policyDocument"]["Statement"]
    assert ("Allow" if status == 200 else "Deny") == statement["Effect"]
    (resource,) = statement["Resource"]
    assert resource.startswith(f"{ARN}/{line.split(' ', maxsplit=1)[0]}/")
    assert "*" not in resource
    assert "$" not in resource
    assert len(resource) <= 512
    if status == 200:
        assert resource == event.get("methodArn", event.get("routeArn"))
    assert answer["principalId"]
    json.dumps(answer)


@pytest.mark.parametrize(("status", "line", "who"), CASES[: -len(NO_RESOURCE)])
def test_simple(pool: Pool, status: int, line: str, who: str | None) -> None:
    """A simple response is a boolean and a context."""
    event = http_event(None if who is None else getattr(pool, who), line)

    answer = lambda_authorizer(pool.authorizer(), http_api="simple")(event, None)

    assert {"isAuthorized", "context"} == answer.keys()
    assert (status == 200) is answer["isAuthorized"]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("method", ["*", "GET*", "$x"])
def test_method_that_reads_as_a_pattern(pool: Pool, kind: str, method: str) -> None:
    """A caller may send such a method, and a policy that allowed it would allow others too: it is denied by name."""
    policy = Policy(routes=[Route("ANY /orders/{id}", AUTHENTICATED)])
    event = EVENTS[kind](pool.ana, f"{method} /orders/7")

    answer = lambda_authorizer(Authorizer(Verifier(pool.issuer), policy))(event, None)

    (statement,) = answer["policyDocument"]["Statement"]
    named = method.replace("*", "?").replace("$", "?")
    assert ("Deny", [f"{ARN}/{named}/orders/7"]) == (statement["Effect"], statement["Resource"])


@pytest.mark.parametrize("stage", ["GET", "$default"])
def test_stage(pool: Pool, stage: str) -> None:
    """The stage is the API's own word, whatever it looks like."""
    arn = f"{ARN.removesuffix('prod')}{stage}/GET/orders/7"
    event = {"type": "TOKEN", "authorizationToken": f"Bearer {pool.bo}", "methodArn": arn}

    (statement,) = lambda_authorizer(pool.authorizer())(event, None)["policyDocument"]["Statement"]

    assert ("Allow", [arn]) == (statement["Effect"], statement["Resource"])


def test_context(pool: Pool) -> None:
    """The backend learns who is calling, in strings only, groups in a form that any group name survives."""
    answer = lambda_authorizer(pool.authorizer())(token_event(pool.ana, "GET /orders/7"), None)
    machine = lambda_authorizer(pool.authorizer())(token_event(pool.machine, "POST /jobs"), None)

    assert ["editors"] == json.loads(answer["context"]["groups"])
    assert ("ana", "c1", "access") == tuple(answer["context"][key] for key in ("username", "client_id", "token_use"))
    assert answer["principalId"] == answer["context"]["subject"]
    assert "username" not in machine["context"]
    assert all(isinstance(value, str) for value in (answer["context"] | machine["context"]).values())
    assert pool.ana not in json.dumps(answer)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": ["{}", "{}"]}, id="repeated"),
        pytest.param({"Authorization": ["{}"], "authorization": ["{}"]}, id="in two cases"),
        pytest.param({"Authorization": ["{},{}"]}, id="joined"),
    ],
)
def test_credentials(pool: Pool, headers: dict[str, list[str]]) -> None:
    """Two credentials are none, though `headers` shows the last of them."""
    event = request_event(pool.ana, "GET /orders/7")
    event["multiValueHeaders"] = json.loads(json.dumps(headers).replace("{}", f"Bearer {pool.ana}"))

    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        lambda_authorizer(pool.authorizer())(event, None)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="array"),
        pytest.param("x", id="string"),
        pytest.param({}, id="empty"),
        pytest.param({"type": "TOKEN"}, id="no ARN"),
        pytest.param({"type": "FOO", "methodArn": f"{ARN}/GET/healthz"}, id="unknown type"),
        pytest.param({"type": "TOKEN", "methodArn": 5}, id="ARN of another type"),
        pytest.param(
            {"type": "TOKEN", "methodArn": "arn:aws:s3:::bucket/prod/GET/healthz"}, id="ARN of another service"
        ),
        pytest.param({"type": "TOKEN", "methodArn": "a:b:execute-api:c:d:e/f/GET/healthz"}, id="no ARN at all"),
        pytest.param({"type": "REQUEST", "methodArn": f"{ARN}/$connect"}, id="websocket"),
        pytest.param(
            {"type": "REQUEST", "methodArn": f"{ARN}/GET/healthz", "headers": []}, id="headers of another type"
        ),
        pytest.param({"version": "1.0", "type": "REQUEST", "methodArn": f"{ARN}/GET/healthz"}, id="payload format 1.0"),
        pytest.param(
            {"version": "2.0", "type": "REQUEST", "methodArn": f"{ARN}/GET/healthz"}, id="2.0 in the layout of 1.0"
        ),
    ],
)
def test_other_events(pool: Pool, event: object) -> None:
    """What is no event of the kinds that are answered is an error, which API Gateway makes a 500; never an Allow."""
    with pytest.raises(CogAuthError, match="not an authorizer event"):
        lambda_authorizer(pool.authorizer())(event, None)


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the handler fails, so that no cache keeps the answer."""
    handler = lambda_authorizer(Authorizer(Verifier(pool.keyless()), pool.policy))

    with pytest.raises(KeysUnavailable):
        handler(token_event(pool.ana, "GET /orders/7"), None)


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug fails the invocation."""
    handler = lambda_authorizer(pool.authorizer(is_revoked=broken))

    with pytest.raises(ZeroDivisionError):
        handler(token_event(pool.ana, "GET /orders/7"), None)


def test_built_wrongly(pool: Pool) -> None:
    """Mistakes show when the handler is made."""
    awaited: Any = pool.async_authorizer()
    form: Any = "both"

    with pytest.raises(ConfigurationError, match="takes an Authorizer"):
        lambda_authorizer(awaited)
    with pytest.raises(ConfigurationError, match="iam"):
        lambda_authorizer(pool.authorizer(), http_api=form)


@pytest.mark.parametrize(
    "name",
    [
        "apigw-rest-token__awsdocs.json",
        "apigw-rest-token__powertools.json",
        "apigw-rest-request-multivalue__aws-lambda-go.json",
    ],
)
def test_recorded_rest_events(pool: Pool, shared: Path, name: str) -> None:
    """Recorded events of REST APIs are understood as they are, and their made-up credentials refused."""
    event = json.loads((shared / "data" / "events" / name).read_text())
    untouched = copy.deepcopy(event)

    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        lambda_authorizer(pool.authorizer().guarding(AUTHENTICATED))(event, None)

    assert untouched == event


@pytest.mark.parametrize(
    "name", ["apigw-http-v2-request__powertools.json", "apigw-http-v2-request__aws-lambda-go.json"]
)
def test_recorded_http_events(pool: Pool, shared: Path, name: str) -> None:
    """Recorded events of HTTP APIs are understood as they are, and their made-up credentials refused."""
    event = json.loads((shared / "data" / "events" / name).read_text())

    answer = lambda_authorizer(pool.authorizer().guarding(AUTHENTICATED))(event, None)

    (statement,) = answer["policyDocument"]["Statement"]
    assert ("Deny", [event["routeArn"]]) == (statement["Effect"], statement["Resource"])


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
    events = [http_event(pool.bo, "GET /orders/7"), http_event(None, "GET /orders/7")]

    def run(config: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(events),
            env=os.environ | {"COGAUTH_CONFIG": str(config), "COGAUTH_HTTP_API": "simple"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert "[true, false]\n" == run(tmp_path / "cogauth.toml").stdout
    failed = run(tmp_path / "absent.toml")
    assert (1, True) == (failed.returncode, "absent.toml: cannot be read" in failed.stderr)
