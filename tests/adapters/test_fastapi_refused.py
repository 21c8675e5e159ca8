"""A refusal in FastAPI is the core's own answer, without a step of installation; an app may have one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from cogauth import Rule, Scope
from cogauth_asgi.fastapi import CogAuth, Refused
from tests.adapters.conftest import Pool, bearer
from tests.support.asgi import http, run
from tests.support.fastapi_app import EDITORS, api, headers


@pytest.fixture(scope="module")
def app(pool: Pool) -> FastAPI:
    return api(pool.async_authorizer())


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize(("rule", "who"), [(EDITORS, None), (EDITORS, "bo"), (Scope("jobs/run"), "ana")])
def test_answer(pool: Pool, rule: Rule, who: str | None) -> None:
    """The answer to a refusal is the decision's, to the letter."""
    authorizer = pool.async_authorizer()
    app = FastAPI(dependencies=[Depends(CogAuth(authorizer).requires(rule))])
    app.get("/")(lambda: None)
    sent = headers(pool, who)

    answer = TestClient(app).get("/", headers=sent)

    decision = asyncio.run(authorizer.guarding(rule).authorize_request("GET", "/", list(sent.items())))
    assert (decision.status, decision.body) == (answer.status_code, answer.content)
    assert sorted((key.lower(), value) for key, value in decision.headers) == sorted(answer.headers.items())


def test_head(app: FastAPI) -> None:
    """A refused HEAD has the headers of the refusal and no body."""
    sent = run(app, http("HEAD", "/orders/7", query_string=b""))

    assert (401, b"") == (sent[0]["status"], sent[1]["body"])
    assert b"Bearer" == dict(sent[0]["headers"])[b"www-authenticate"]
    assert int(dict(sent[0]["headers"])[b"content-length"]) > 0


@pytest.mark.parametrize(("status", "who"), [(401, None), (401, "expired"), (403, "bo")])
def test_websocket_refused(pool: Pool, client: TestClient, status: int, who: str | None) -> None:
    """A refused websocket is not accepted, and gets the whole answer."""
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/live", headers=headers(pool, who)),
    ):
        pass

    assert (status, "application/problem+json") == (denied.value.status_code, denied.value.headers["content-type"])
    assert status == denied.value.json()["status"]


@pytest.mark.parametrize("extensions", [{}, None, {"tls": {}}])
def test_websocket_closed(app: FastAPI, extensions: dict[str, Any] | None) -> None:
    """Where the server can deny no handshake with an answer, a refused one is closed before it is accepted."""
    sent: list[Any] = []
    scope: dict[str, Any] = {"type": "websocket", "path": "/live", "headers": [], "extensions": extensions}
    scope |= {"query_string": b"", "subprotocols": []}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert [("websocket.close", 1008)] == [(message["type"], message["code"]) for message in sent]


def test_websocket_accepted_before(client: TestClient) -> None:
    """A websocket that something else has accepted already is closed."""
    with client.websocket_connect("/late") as websocket, pytest.raises(WebSocketDisconnect) as closed:
        websocket.receive_json()

    assert 1008 == closed.value.code


@pytest.mark.parametrize(
    ("told", "known"),
    [
        pytest.param("mine: missing_group", {Refused}, id="for Refused"),
        pytest.param("status: missing_group", {403}, id="for the status"),
        pytest.param("status: missing_group", {403, Refused}, id="for both"),
        pytest.param(None, {HTTPException}, id="for every HTTPException: the core's answer"),
    ],
)
def test_own_handler(pool: Pool, told: str | None, known: set[Any]) -> None:
    """An app may answer in its own words where it says that it means these refusals."""
    app = api(pool.async_authorizer())

    def mine(_: Request, error: Any) -> PlainTextResponse:
        return PlainTextResponse(f"mine: {error.detail}", error.status_code)

    def of_status(_: Request, error: Any) -> PlainTextResponse:
        return PlainTextResponse(f"status: {error.detail}", error.status_code)

    for what in known:
        app.add_exception_handler(what, of_status if what == 403 else mine)
    answer = TestClient(app).put("/orders/7", headers=headers(pool, "bo"))

    assert 403 == answer.status_code
    assert told == (answer.text if told else None)
    assert (told is None) == (answer.headers["Content-Type"] == "application/problem+json")


@pytest.mark.parametrize(
    "handlers", [{}, {"starlette.exception_handlers": None}, {"starlette.exception_handlers": ((),)}]
)
def test_without_handlers(pool: Pool, handlers: dict[str, Any]) -> None:
    """Where no app's handlers are found, an HTTPException tells status, challenge, and the code for the caller."""
    auth = CogAuth(pool.async_authorizer())
    pairs = [(key.encode(), value.encode()) for key, value in bearer(pool.expired)]
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": pairs, **handlers})

    with pytest.raises(HTTPException) as refused:
        asyncio.run(auth.requires(EDITORS)(request))

    assert (401, "invalid_token") == (refused.value.status_code, refused.value.detail)
    assert {"Cache-Control": "no-store", "WWW-Authenticate": 'Bearer error="invalid_token"'} == refused.value.headers
    assert isinstance(refused.value, Refused)
    assert "expired" == refused.value.decision.reason
    assert not [part for part in pool.expired.split(".") if part in f"{refused.value!s}{refused.value!r}"]


def test_other_handlers_stay(pool: Pool) -> None:
    """What an app answers to errors of its own dependencies is not touched."""
    app = api(pool.async_authorizer())
    seen: list[Mapping[Any, Any]] = []

    @app.exception_handler(KeyError)
    async def missing(request: Request, error: Exception) -> JSONResponse:
        seen.append(request.scope["starlette.exception_handlers"][0])
        return JSONResponse("missing", 404)

    @app.get("/keys")
    def fails() -> None:
        raise KeyError

    client = TestClient(app)
    client.get("/orders/7")

    assert (404, "missing") == ((answer := client.get("/keys")).status_code, answer.json())
    assert Refused in seen[0]
    assert Refused not in app.exception_handlers, "the app's own table, which it may read, is as it was"
