"""
The built zip behind an API Gateway of another's making, which keeps answers: REST, HTTP and WebSocket APIs.

Where the emulator differs from AWS, cogauth does as AWS asks, and a test here says what comes of it:

* A WebSocket API answers 401 where the authorizer raises `Unauthorized`; the emulator makes a 500 of any exception.
* An event of payload format 1.0 has `version: "1.0"`, and a refused token is a policy that denies. The emulator leaves
  it out, so that the event is a REST API's, and makes a 500 of the exception that REST APIs take for a 401.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from devtools.api_gateway import RUNTIME, Api, ApiGateway
from devtools.ministack import Ministack, MinistackMissingError, executable
from tests.e2e.scenarios import SCENARIOS, Scenario
from tests.e2e.world import PASSWORD, World, claims

pytestmark = pytest.mark.e2e

Apis: TypeAlias = Mapping[str, Api]
Fresh: TypeAlias = Callable[[str], str]

KEEPING = ("REST TOKEN", "REST REQUEST", "HTTP 1.0", "HTTP 2.0")
ASKING = ("HTTP 2.0 simple",)
ENVIRONMENT = {"COGAUTH_CONFIG": "cogauth.json", "COGAUTH_HTTP_API": "iam", "COGAUTH_CACHE_TTL": "300"}
SIMPLE = ENVIRONMENT | {"COGAUTH_HTTP_API": "simple", "COGAUTH_CACHE_TTL": "0"}


# The zip accepts access tokens. A bad token on a public route has an answer of its own, which is kept: see below.
ASKED = [s for s in SCENARIOS if s.accepts == "access" and not (s.error and s.status == 200)]


@pytest.fixture(scope="module")
def apis(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Apis]:
    """An API of each kind, all in front of the same zip; those that keep answers keep them for five minutes."""
    try:
        python = executable().with_name("python")
    except MinistackMissingError as missing:
        pytest.skip(str(missing))
    theirs = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
    if not theirs.startswith(f"Python {RUNTIME.removeprefix('python')}."):
        pytest.skip(f"the zip is for {RUNTIME}, and ministack runs functions with {theirs}")
    with Ministack("lambda", "apigateway") as emulator:
        gateway = ApiGateway(emulator.url, tmp_path_factory.mktemp("invocations"))
        content = package.read_bytes()
        policy = gateway.authorizer("policy", content, ENVIRONMENT)
        simple = gateway.authorizer("simple", content, SIMPLE)
        made = [
            gateway.rest("TOKEN", policy, ttl=300),
            gateway.rest("REQUEST", policy, ttl=300),
            gateway.http("1.0", policy, ttl=300),
            gateway.http("2.0", policy, ttl=300),
            gateway.http("2.0", simple, ttl=0, simple=True),
            gateway.websocket(policy),
        ]
        yield {api.kind: api for api in made}


@pytest.fixture(scope="module")
def fresh(cognito: Ministack, world: World) -> Fresh:
    """How somebody signs in once more: for a token that nobody has kept an answer for."""
    client = str(claims(world.tokens["ana access"])["client_id"])
    return lambda name: cognito.sign_in(client, name, PASSWORD).access


def expected(kind: str, scenario: Scenario) -> int:
    """What the caller sees."""
    # Where the identity source is missing, an API Gateway does not ask, and there is no public route.
    if scenario.token == "nothing":
        return 401
    if scenario.status == 401:
        return {"HTTP 1.0": 500}.get(kind, 403 if kind.startswith("HTTP") else 401)
    return scenario.status


@pytest.mark.parametrize("kind", KEEPING + ASKING)
@pytest.mark.parametrize("scenario", ASKED, ids=str)
def test_scenario(world: World, apis: Apis, kind: str, scenario: Scenario) -> None:
    """Each request is answered right, whichever answer was kept for its token before."""
    reply = apis[kind].ask(scenario.request, world.token(scenario.token))

    assert expected(kind, scenario) == reply.status


LINES = {
    "GET /articles/7": (200, 200),
    "GET /articles/8": (200, 200),
    "PUT /articles/7": (403, 200),
    "DELETE /articles/7": (403, 403),
    "GET /articles/7/comments": (403, 403),
    "GET /reports": (403, 403),
    "POST /jobs": (403, 403),
}


@pytest.mark.parametrize("kind", KEEPING)
@pytest.mark.parametrize("first", LINES)
def test_next_route(world: World, apis: Apis, fresh: Fresh, kind: str, first: str) -> None:
    """Whichever route is asked for first, the answer that is kept is right for all others: one invocation each."""
    api = apis[kind]
    for column, name in enumerate(("ben", "ana")):
        token = fresh(name)
        before = api.function.invoked()

        statuses = {line: api.ask(line, token).status for line in [first, *LINES]}

        assert {line: row[column] for line, row in LINES.items()} == statuses
        assert before + 1 == api.function.invoked()


@pytest.mark.parametrize("kind", ASKING)
def test_simple_answers_are_not_kept(world: World, apis: Apis, kind: str) -> None:
    """A simple response that was kept would be a yes to every route: each request is asked about."""
    api = apis[kind]
    before = api.function.invoked()

    statuses = {line: api.ask(line, world.tokens["ben access"]).status for line in LINES}

    assert {line: row[0] for line, row in LINES.items()} == statuses
    assert before + len(LINES) == api.function.invoked()


@pytest.mark.parametrize("kind", KEEPING + ASKING)
def test_handed_over(world: World, apis: Apis, kind: str) -> None:
    """The backend is told who is calling, in text, first and from a kept answer; and never the token."""
    token = world.tokens["ana access"]
    for _ in range(2):
        handed = apis[kind].ask("PUT /articles/7", token).handed
        assert handed is not None
        told = handed["lambda"] if kind.startswith("HTTP") else handed

        assert (world.subject("ana access"), "ana") == (told["subject"], told["username"])
        assert ["editors", "readers"] == json.loads(told["groups"])
        assert all(isinstance(value, str) for value in told.values())
        assert token.split(".")[2] not in json.dumps(handed)


@pytest.mark.parametrize("kind", ["REST TOKEN", "REST REQUEST", "HTTP 1.0"])
def test_an_exception_is_not_kept(world: World, apis: Apis, kind: str) -> None:
    """A refused token is asked about each time: it is an exception, and these no cache keeps."""
    api = apis[kind]
    before = api.function.invoked()

    statuses = [api.ask("GET /articles/7", world.tokens["hasty access"]).status for _ in range(3)]

    assert [500 if kind == "HTTP 1.0" else 401] * 3 == statuses
    assert before + 3 == api.function.invoked()


@pytest.mark.parametrize("kind", KEEPING)
def test_bad_token_on_a_public_route(apis: Apis, fresh: Fresh, kind: str) -> None:
    """What is kept of it allows public routes alone; elsewhere it is then refused by the document: 403 and no 401."""
    head, body, signature = fresh("ana").split(".")
    token = f"{head}.{body}.{signature[:100]}{'B' if signature[100] == 'A' else 'A'}{signature[101:]}"

    statuses = [apis[kind].ask(f"GET {path}", token).status for path in ("/healthz", "/articles/7", "/healthz")]

    assert [200, 403, 200] == statuses


def test_no_token_is_no_question(apis: Apis) -> None:
    """Without its identity source a gateway refuses by itself."""
    for api in apis.values():
        before = api.function.invoked()
        assert (401, before) == (api.ask("GET /articles/7", None).status, api.function.invoked())


@pytest.mark.parametrize(
    ("token", "status"),
    [
        pytest.param("ana access", 200, id="may connect"),
        pytest.param("ben access", 403, id="may not"),
        pytest.param("old access", 403, id="is denied"),
        pytest.param("hasty access", 500, id="expired: 401 on AWS"),
        pytest.param("ben promoted", 500, id="forged: 401 on AWS"),
        pytest.param("nothing", 401, id="no token"),
    ],
)
def test_websocket(world: World, apis: Apis, token: str, status: int) -> None:
    """The handshake is accepted or refused; a WebSocket API keeps no answer."""
    assert status == apis["WebSocket"].ask("GET /", world.token(token)).status
