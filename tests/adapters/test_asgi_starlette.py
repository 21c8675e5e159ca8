"""Starlette's own idioms work behind the middleware, and beside Starlette's own middleware."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route as Path, WebSocketRoute
from starlette.websockets import WebSocket

from cogauth import AsyncAuthorizer, AsyncVerifier, Policy
from cogauth_asgi import CogAuthMiddleware
from tests.adapters.conftest import Pool, bearer
from tests.support.asgi import Wire, websocket

PAGE = "https://shop.example"
PREFLIGHT = [("origin", PAGE), ("access-control-request-method", "GET")]
POLICY: dict[str, Any] = {
    "version": 1,
    "roles": {"reader": {"groups": ["editors"]}},
    "route": [
        {"match": ["GET /me", "GET /read", "GET /member", "GET /jobs"], "allow": "public"},
        {"match": "GET /api/me", "allow": "authenticated"},
        {"match": "GET /orders/{id}", "allow": "authenticated"},
    ],
}


async def whoami(request: Request) -> Response:
    return JSONResponse({"name": request.user and request.user.username, "scopes": sorted(request.auth.scopes)})


def page(*scopes: str) -> Any:
    async def view(request: Request) -> Response:
        return Response("in")

    return requires(list(scopes))(view)


ROUTES = [
    Path("/me", whoami),
    Path("/member", page("authenticated")),
    Path("/read", page("reader")),
    Path("/jobs", page("authenticated", "jobs/run")),
    Path("/orders/{id}", whoami),
]


def authorizer(pool: Pool, policy: dict[str, Any] = POLICY) -> AsyncAuthorizer:
    return AsyncAuthorizer(AsyncVerifier(pool.issuer), Policy.from_dict(policy))


def guarded(pool: Pool, policy: dict[str, Any] = POLICY) -> Middleware:
    return Middleware(CogAuthMiddleware, authorizer=authorizer(pool, policy))


async def ask(app: Any, method: str, path: str, headers: list[tuple[str, str]]) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", trust_env=False) as client:
        return await client.request(method, path, headers=headers)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("who", "name", "scopes"),
    [
        pytest.param(None, None, [], id="nobody"),
        pytest.param("expired", None, [], id="a token that is over"),
        pytest.param("ana", "ana", ["authenticated", "aws.cognito.signin.user.admin"], id="a person"),
        pytest.param("machine", None, ["authenticated", "jobs/run"], id="a machine"),
    ],
)
async def test_user_and_auth(pool: Pool, who: str | None, name: str | None, scopes: list[str]) -> None:
    """`request.user` is the principal or None, and `request.auth.scopes` are the scopes of its token."""
    app = Starlette(routes=ROUTES, middleware=[guarded(pool)])

    answer = await ask(app, "GET", "/me", bearer(who and getattr(pool, who)))

    assert {"name": name, "scopes": scopes} == answer.json()


@pytest.mark.parametrize(
    ("status", "path", "who"),
    [
        pytest.param(200, "/member", "bo", id="authenticated"),
        pytest.param(200, "/jobs", "machine", id="the scope"),
        pytest.param(403, "/member", None, id="nobody"),
        pytest.param(403, "/member", "expired", id="a token that is over"),
        pytest.param(403, "/jobs", "ana", id="without the scope"),
        pytest.param(403, "/jobs", None, id="neither"),
        pytest.param(403, "/read", "ana", id="a role of the same name is no scope"),
    ],
)
async def test_requires(pool: Pool, status: int, path: str, who: str | None) -> None:
    """`@requires` asks for scopes of the token, beside what the policy asks for."""
    app = Starlette(routes=ROUTES, middleware=[guarded(pool)])

    assert status == (await ask(app, "GET", path, bearer(who and getattr(pool, who)))).status_code


@pytest.mark.parametrize(
    ("status", "path"),
    [
        pytest.param(200, "/api/me", id="the whole path"),
        pytest.param(401, "/api/read", id="what the mount calls /read"),
    ],
)
async def test_mounted(pool: Pool, status: int, path: str) -> None:
    """Inside a mount the rules are still of whole paths: what is public as /read is not public as /api/read."""
    inner = CogAuthMiddleware(Starlette(routes=ROUTES), authorizer=authorizer(pool))
    app = Starlette(routes=[Mount("/api", inner)])

    token = pool.ana if path == "/api/me" else None

    assert status == (await ask(app, "GET", path, bearer(token))).status_code


CORS = Middleware(CORSMiddleware, allow_origins=[PAGE], allow_headers=["authorization"])
OPEN = {**POLICY, "cors_preflight": True}


@pytest.mark.parametrize(
    ("order", "policy", "preflight", "readable"),
    [
        pytest.param("cors outside", POLICY, 200, True, id="CORS outside"),
        pytest.param("cors outside", OPEN, 200, True, id="CORS outside, preflights open"),
        pytest.param("cors inside", POLICY, 401, False, id="CORS inside"),
        pytest.param("cors inside", OPEN, 200, False, id="CORS inside, preflights open"),
    ],
)
async def test_cors(pool: Pool, order: str, policy: dict[str, Any], preflight: int, *, readable: bool) -> None:
    """Outside of cogauth, CORSMiddleware answers preflights and lets pages read refusals; inside, it gets neither."""
    guard = guarded(pool, policy)
    app = Starlette(routes=ROUTES, middleware=[CORS, guard] if order == "cors outside" else [guard, CORS])

    before = await ask(app, "OPTIONS", "/orders/7", PREFLIGHT)
    allowed = await ask(app, "GET", "/orders/7", [("origin", PAGE), *bearer(pool.ana)])
    refused = await ask(app, "GET", "/orders/7", [("origin", PAGE)])

    assert preflight == before.status_code
    assert (PAGE if preflight == 200 else None) == before.headers.get("access-control-allow-origin")
    assert (200, PAGE) == (allowed.status_code, allowed.headers["access-control-allow-origin"])
    assert 401 == refused.status_code
    assert "Bearer" == refused.headers["www-authenticate"]
    assert (PAGE if readable else None) == refused.headers.get("access-control-allow-origin")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="bare"),
        pytest.param([("origin", PAGE)], id="without the method"),
        pytest.param([("access-control-request-method", "GET")], id="without the origin"),
    ],
)
@pytest.mark.parametrize("policy", [POLICY, OPEN], ids=["closed", "open"])
async def test_options_that_are_no_preflight(
    pool: Pool, policy: dict[str, Any], headers: list[tuple[str, str]]
) -> None:
    """Only a preflight passes without a token."""
    app = Starlette(routes=ROUTES, middleware=[guarded(pool, policy)])

    assert 401 == (await ask(app, "OPTIONS", "/orders/7", headers)).status_code


async def test_websocket_user(pool: Pool) -> None:
    """A websocket in Starlette knows its user as a request does."""

    async def greet(socket: WebSocket) -> None:
        await socket.accept(subprotocol="chat")
        await socket.send_text(socket.user.username)
        await socket.close()

    app = Starlette(routes=[WebSocketRoute("/orders/{id}", greet)], middleware=[guarded(pool)])
    headers = [*bearer(pool.ana), ("sec-websocket-protocol", "chat")]
    wire = Wire()
    wire.inbox.put_nowait({"type": "websocket.connect"})

    await app(websocket("/orders/7", headers, query_string=b""), wire.receive, wire.send)

    assert ["accept", "send", "close"] == wire.kinds
    assert ("chat", "ana") == (wire.sent[0]["subprotocol"], wire.sent[1]["text"])
