"""FastAPI's dependencies beside the middleware, in mounted apps, and on websockets."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient, WebSocketDenialResponse

from cogauth import AUTHENTICATED, Api, AsyncAuthorizer, AsyncVerifier, Policy, Route, Scope
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.fastapi import CogAuth
from tests.adapters.conftest import Pool, bearer
from tests.support.asgi import http, run
from tests.support.fastapi_app import api, headers


@pytest.fixture(scope="module")
def app(pool: Pool) -> FastAPI:
    return api(pool.async_authorizer())


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="both allow"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="both allow by a rule"),
        pytest.param(200, "GET", "/healthz", None, id="both let whoever comes pass"),
        pytest.param(401, "GET", "/healthz", "expired", id="public, and optional refuses a bad token"),
        pytest.param(403, "GET", "/inner/plain", "ana", id="no route, though the dependency allows"),
        pytest.param(403, "HEAD", "/orders/7", "bo", id="a route, though the dependency refuses"),
        pytest.param(401, "GET", "/orders/7", None, id="neither"),
    ],
)
def test_beside_the_middleware(pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A request passes when the policy and the endpoint's rule both allow it."""
    authorizer = pool.async_authorizer()
    guarded = CogAuthMiddleware(api(authorizer), authorizer=authorizer)

    assert status == TestClient(guarded).request(method, path, headers=headers(pool, who)).status_code


def test_resource(pool: Pool) -> None:
    """The challenge of a dependency names the resource of the api that the middleware was told of."""
    apis = [
        Api(name, [Route("GET /", AUTHENTICATED)], resource=f"https://{name}.example.com") for name in ("one", "two")
    ]
    policy = Policy(apis=apis)
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.issuer), policy)
    app = FastAPI(dependencies=[Depends(CogAuth(authorizer).requires(Scope("jobs/run")))])
    app.get("/")(lambda: None)

    for name in ("one", "two"):
        guarded = CogAuthMiddleware(app, authorizer=authorizer, api=name)
        answer = TestClient(guarded).get("/", headers=headers(pool, "ana"))
        assert (403, "missing_scope") == (answer.status_code, answer.json()["reason"])
        assert f"https://{name}.example.com/" in answer.headers["WWW-Authenticate"]


def takes_body(number: int, body: dict[str, Any]) -> None:
    raise AssertionError("nobody gets here")


def test_body(pool: Pool) -> None:
    """FastAPI reads the body before it asks a dependency; the middleware refuses before that."""
    authorizer = pool.async_authorizer()
    app = FastAPI(dependencies=[Depends(CogAuth(authorizer).principal)])
    app.put("/orders/{number}")(takes_body)
    kind = {"Content-Type": "application/json"}

    assert 422 == TestClient(app).put("/orders/7", content=b"{", headers=kind).status_code
    assert (
        401
        == TestClient(CogAuthMiddleware(app, authorizer=authorizer))
        .put("/orders/7", content=b"{", headers=kind)
        .status_code
    )


def test_encoded_slash(pool: Pool) -> None:
    """Whether a slash may be hidden in a segment is the route's business: the middleware decides it."""
    routes = [
        Route("GET /files/{name}/x", AUTHENTICATED, encoded_slash=True),
        Route("GET /other/{name}/x", AUTHENTICATED),
    ]
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.issuer), Policy(routes=routes))
    app = FastAPI(dependencies=[Depends(CogAuth(authorizer).principal)])
    app.get("/{rest:path}")(lambda: "inside")
    guarded = CogAuthMiddleware(app, authorizer=authorizer)

    for status, folder in ((200, "files"), (400, "other")):
        scope = http("GET", f"/{folder}/a/x", bearer(pool.ana), raw_path=f"/{folder}/a%2fx".encode(), query_string=b"")
        assert status == run(guarded, scope)[0]["status"]


@pytest.mark.parametrize(("root_path", "prefix"), [("", "/sub"), ("/prod", "/prod/sub")])
def test_mounted(pool: Pool, root_path: str, prefix: str) -> None:
    """In an app below another one the rules count, and the answer is the same."""
    outer = FastAPI()
    outer.mount("/sub", api(pool.async_authorizer()))
    client = TestClient(outer, root_path=root_path)

    assert 200 == client.get(f"{prefix}/orders/7", headers=headers(pool, "bo")).status_code
    refused = client.put(f"{prefix}/orders/7", headers=headers(pool, "bo"))
    assert (403, "missing_group") == (refused.status_code, refused.json()["reason"])


def test_prefix_stripped(pool: Pool, app: FastAPI) -> None:
    """A proxy that takes a prefix off, and a server that is told of it, change nothing."""
    client = TestClient(app, root_path="/prod")

    assert [200, 401] == [client.get("/orders/7", headers=headers(pool, who)).status_code for who in ("bo", None)]


@pytest.mark.parametrize("path", ["/rest/a//b", "/rest/a/../b", "/rest/a\0b", "/rest/a\\b", "http://other/rest"])
def test_odd_path(pool: Pool, path: str) -> None:
    """A path that routers read differently is refused, whatever endpoint it led to."""
    app = FastAPI()
    app.get("{rest:path}", dependencies=[Depends(CogAuth(pool.async_authorizer()).principal)])(lambda: "inside")

    sent = run(app, http("GET", path, bearer(pool.ana), query_string=b""))

    assert 400 == sent[0]["status"]
    assert b'"reason":"odd_path"' in sent[1]["body"]


@pytest.mark.parametrize("beside", [False, True])
def test_websocket(pool: Pool, app: FastAPI, *, beside: bool) -> None:
    """A websocket's endpoint is told who calls."""
    guarded: Any = CogAuthMiddleware(app, authorizer=pool.async_authorizer()) if beside else app

    with TestClient(guarded).websocket_connect("/live", headers=headers(pool, "ana")) as websocket:
        assert "ana" == websocket.receive_json()


def test_websocket_of_a_browser(pool: Pool, app: FastAPI) -> None:
    """The middleware keeps a token that came in a subprotocol, so that a dependency finds none, and refuses."""
    offered = "base64url.bearer.authorization." + base64.urlsafe_b64encode(pool.ana.encode()).decode().rstrip("=")
    client = TestClient(CogAuthMiddleware(app, authorizer=pool.async_authorizer()))

    with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("/live", ["chat", offered]):
        pass

    assert (401, "missing_token") == (denied.value.status_code, denied.value.json()["reason"])
