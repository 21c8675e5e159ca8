"""The examples for Starlette and for websockets do as they read."""

from __future__ import annotations

import base64
import runpy
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from cogauth.testing import LocalUserPool
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """Stand in for the pool of the examples."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"})
    pool.add_user("ana", groups=["editors"])
    pool.add_user("bo")
    return pool


def client(pool: LocalUserPool, name: str) -> TestClient:
    names: dict[str, Any] = runpy.run_path(str(REPOSITORY / "examples" / name))
    names["authorizer"].verifier.replace_issuers(pool.issuer())
    return TestClient(names["app"])


@pytest.mark.parametrize("name", ["starlette_app.py", "websocket_app.py"])
def test_short(name: str) -> None:
    """An example is read at one look."""
    assert 40 > len((REPOSITORY / "examples" / name).read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("status", "told", "method", "path", "who", "scopes"),
    [
        pytest.param(200, {"for": "anybody"}, "GET", "/prices", None, [], id="public"),
        pytest.param(200, {"for": "bo"}, "GET", "/prices", "bo", [], id="public, known"),
        pytest.param(200, {"order": 7, "for": "bo"}, "GET", "/orders/7", "bo", ["orders/read"], id="both allow"),
        pytest.param(200, {"order": 7, "for": "ana"}, "DELETE", "/orders/7", "ana", ["orders/read"], id="an editor"),
        pytest.param(403, None, "GET", "/orders/7", "ana", [], id="without the scope"),
        pytest.param(403, "missing_group", "DELETE", "/orders/7", "bo", ["orders/read"], id="not an editor"),
        pytest.param(401, "missing_token", "GET", "/orders/7", None, [], id="nobody"),
        pytest.param(403, "no_route", "POST", "/prices", "ana", [], id="no route"),
    ],
)
def test_starlette(
    pool: LocalUserPool, status: int, told: Any, method: str, path: str, who: str | None, scopes: list[str]
) -> None:
    """The policy decides, and `@requires` after it; whatever is said, the shop's pages may read it."""
    headers = {"Origin": "https://shop.example"}
    if who is not None:
        headers["Authorization"] = f"Bearer {pool.sign_in(who, scopes=scopes or None).access}"

    answer = client(pool, "starlette_app.py").request(method, path, headers=headers)

    assert status == answer.status_code
    if told is not None:
        assert told == (answer.json()["reason"] if isinstance(told, str) else answer.json())
    assert "https://shop.example" == answer.headers["access-control-allow-origin"]


def as_subprotocol(token: str) -> str:
    return "base64url.bearer.authorization." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def test_websocket(pool: LocalUserPool) -> None:
    """A page is greeted by its user's name, and told the subprotocol that it meant."""
    token = pool.sign_in("bo", scopes=["orders/read"]).access

    with client(pool, "websocket_app.py").websocket_connect(
        "/orders", subprotocols=["orders.v1", as_subprotocol(token)]
    ) as socket:
        assert "orders.v1" == socket.accepted_subprotocol
        assert "hello, bo" == socket.receive_text()
        socket.send_text("how are you")
        assert "how are you" == socket.receive_text()


def test_websocket_of_a_program(pool: LocalUserPool) -> None:
    """A program sends its token in the header, and needs no subprotocol."""
    token = pool.machine_token(scopes=["orders/read"])

    with client(pool, "websocket_app.py").websocket_connect(
        "/orders", headers={"Authorization": f"Bearer {token}"}
    ) as socket:
        assert "hello, web" == socket.receive_text()


@pytest.mark.parametrize(("status", "known"), [(401, False), (403, True)], ids=["nobody", "without the scope"])
def test_websocket_refused(pool: LocalUserPool, status: int, *, known: bool) -> None:
    """Others do not get in, and are told why as with any request."""
    names = [as_subprotocol(pool.sign_in("bo").access)] if known else []

    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client(pool, "websocket_app.py").websocket_connect("/orders", subprotocols=["orders.v1", *names]),
    ):
        pass

    assert status == refused.value.status_code
    assert refused.value.headers["www-authenticate"].startswith("Bearer")
