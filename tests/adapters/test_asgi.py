"""The ASGI middleware transcribes a decision, for http and for websockets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route as Path

from cogauth import AsyncAuthorizer, AsyncVerifier, ConfigurationError
from cogauth_asgi import CogAuthMiddleware
from tests.adapters.conftest import Pool, bearer, broken

Message = dict[str, Any]


class App:
    """An application that notes the scopes it was called with."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})


def http(method: str, path: str, headers: list[tuple[str, str]], **more: Any) -> Message:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": pairs, **more}


def run(middleware: CogAuthMiddleware, scope: Message) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("a refusal reads no body")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(middleware(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "GET", "/nowhere", None, id="no route, no token"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "POST", "/jobs", "ana", id="without the scope"),
        pytest.param(403, "DELETE", "/orders/7", "ana", id="another method"),
        pytest.param(403, "get", "/orders/7", "ana", id="method in lower case"),
        pytest.param(400, "GET", "/orders//7", "ana", id="two slashes"),
        pytest.param(400, "GET", "/healthz/../orders/7", "ana", id="dot segments"),
        pytest.param(400, "GET", "http://other/healthz", None, id="absolute target"),
    ],
)
def test_http(pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A request reaches the application when the decision allows it, and never otherwise."""
    app = App()
    token = None if who is None else getattr(pool, who)

    sent = run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), http(method, path, bearer(token)))

    assert status == sent[0]["status"]
    assert (status == 200) == (len(app.scopes) == 1)
    if status != 200:
        headers = dict(sent[0]["headers"])
        assert str(len(sent[1]["body"])).encode() == headers[b"content-length"]
        assert all(name == name.lower() for name in headers)


def test_scope(pool: Pool) -> None:
    """The application finds the principal and the decision, whatever the server's scope held under these names."""
    app = App()
    scope = http("GET", "/healthz", [], user="root")
    scope["cogauth.decision"] = "forged"

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)
    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), http("GET", "/orders/7", bearer(pool.ana)))

    assert [None, "ana"] == [scope["user"] and scope["user"].username for scope in app.scopes]
    assert ["public", "allowed"] == [scope["cogauth.decision"].reason for scope in app.scopes]
    assert "root" == scope["user"], "the server's own scope is left as it was"


def test_request_user(pool: Pool) -> None:
    """In Starlette the principal is `request.user`."""

    async def whoami(request: Request) -> JSONResponse:
        return JSONResponse(request.user.username)

    app = Starlette(routes=[Path("/orders/{id}", whoami)])

    sent = run(
        CogAuthMiddleware(app, authorizer=pool.async_authorizer()),
        http("GET", "/orders/7", bearer(pool.bo), query_string=b""),
    )

    assert b'"bo"' == sent[1]["body"]


def test_head(pool: Pool) -> None:
    """A refused HEAD has the headers of the refusal and no body."""
    sent = run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), http("HEAD", "/orders/7", []))

    assert (401, b"") == (sent[0]["status"], sent[1]["body"])
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("authorization", "one"), ("authorization", "two")], id="two headers"),
        pytest.param([("authorization", "{}"), ("Authorization", "{}")], id="two headers in two cases"),
        pytest.param([("authorization", "{},{}")], id="joined"),
        pytest.param([("authorization", "Bearer")], id="no token after the scheme"),
    ],
)
def test_credentials(pool: Pool, headers: list[tuple[str, str]]) -> None:
    """More than one credential, or half of one, is a bad request even when each is good."""
    app = App()
    sent = run(
        CogAuthMiddleware(app, authorizer=pool.async_authorizer()),
        http("GET", "/orders/7", [(name, value.replace("{}", f"Bearer {pool.ana}")) for name, value in headers]),
    )

    assert 400 == sent[0]["status"]
    assert [] == app.scopes


@pytest.mark.parametrize(
    ("status", "root_path", "path"),
    [
        pytest.param(200, "/prod", "/prod/orders/7", id="below its mount"),
        pytest.param(400, "/prod", "/orders/7", id="outside of its mount"),
        pytest.param(400, "/prod", "/production", id="beside its mount"),
    ],
)
def test_root_path(pool: Pool, status: int, root_path: str, path: str) -> None:
    """Rules see the whole path, and a path that contradicts its mount is refused."""
    scope = http("GET", path, bearer(pool.ana), root_path=root_path)

    assert status == run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), scope)[0]["status"]


def test_encoded_slash(pool: Pool) -> None:
    """A slash hidden in a segment is refused where the server shows the path as it was sent."""
    scope = http("GET", "/orders/7", bearer(pool.ana), raw_path=b"/orders%2f7")

    assert 400 == run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), scope)[0]["status"]


@pytest.mark.parametrize(
    ("allowed", "path", "who"),
    [
        pytest.param(True, "/live", "ana", id="in the group"),
        pytest.param(False, "/live", "bo", id="not in the group"),
        pytest.param(False, "/live", None, id="no token"),
        pytest.param(False, "/nowhere", "ana", id="no route"),
    ],
)
def test_websocket(pool: Pool, *, allowed: bool, path: str, who: str | None) -> None:
    """A websocket is guarded like a GET, and a refused one is closed before it is accepted."""
    app = App()
    scope = http("", path, bearer(None if who is None else getattr(pool, who)))
    scope |= {"type": "websocket", "extensions": None}
    del scope["method"]

    sent = run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)

    assert (1 if allowed else 0) == len(app.scopes)
    assert ([] if allowed else [{"type": "websocket.close", "code": 1008, "reason": ""}]) == sent


def test_websocket_denial_response(pool: Pool) -> None:
    """Where the server can answer a websocket's handshake, it gets the whole refusal."""
    scope = http("", "/live", [], extensions={"websocket.http.response": {}}) | {"type": "websocket"}
    del scope["method"]

    sent = run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), scope)

    assert ["websocket.http.response.start", "websocket.http.response.body"] == [message["type"] for message in sent]
    assert 401 == sent[0]["status"]


def test_lifespan(pool: Pool) -> None:
    """Startup and shutdown pass untouched."""
    app = App()
    scope: Message = {"type": "lifespan"}

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)

    assert [scope] == app.scopes


def test_other_kinds(pool: Pool) -> None:
    """A kind of connection that nobody thought of is not let through."""
    app = App()

    with pytest.raises(RuntimeError, match="no other kind"):
        run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), {"type": "webtransport", "headers": []})

    assert [] == app.scopes


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503, and says when to come back."""
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless()), pool.policy)

    sent = run(CogAuthMiddleware(App(), authorizer=authorizer), http("GET", "/orders/7", bearer(pool.ana)))

    assert 503 == sent[0]["status"]
    assert b"retry-after" in dict(sent[0]["headers"])


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug makes a 500, and the application is not called."""
    app = App()
    authorizer = pool.async_authorizer(is_revoked=broken)

    sent = run(CogAuthMiddleware(app, authorizer=authorizer), http("GET", "/orders/7", bearer(pool.ana)))

    assert (500, []) == (sent[0]["status"], app.scopes)


def test_cancelled(pool: Pool) -> None:
    """A request that is cancelled while keys are fetched is cancelled, and not forwarded."""
    app = App()
    started = asyncio.Event()

    async def fetch(_: str) -> bytes:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def receive() -> Message:
        return {}

    async def send(_: Any) -> None:
        raise AssertionError("nothing is sent")

    async def scenario() -> None:
        verifier = AsyncVerifier(pool.keyless(), fetch=fetch)
        middleware = CogAuthMiddleware(app, authorizer=AsyncAuthorizer(verifier, pool.policy))
        task = asyncio.create_task(middleware(http("GET", "/orders/7", bearer(pool.ana)), receive, send))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert [] == app.scopes


def test_blocking_authorizer(pool: Pool) -> None:
    """An authorizer that would block the event loop is refused when the application is built."""
    blocking: Any = pool.authorizer()

    with pytest.raises(ConfigurationError, match="AsyncAuthorizer"):
        CogAuthMiddleware(App(), authorizer=blocking)
