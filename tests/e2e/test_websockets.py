"""Websockets on real servers: refused, accepted, with a browser's token, and closed when that is over."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from cogauth.testing import LocalUserPool
from devtools.servers import ASGI_SERVERS
from tests.e2e.apps.guard import environment

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
CLIENT = "c1"
PATIENCE = 10.0


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """A pool with one user."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT})
    pool.add_user("ana")
    return pool


@pytest.fixture(scope="module", params=ASGI_SERVERS)
def url(pool: LocalUserPool, request: pytest.FixtureRequest) -> Generator[str]:
    """Where the application listens for websockets, under one server after the other."""
    server = ASGI_SERVERS[request.param]
    with pool.serve() as base:
        env = environment(pool.pool_id, frozenset({CLIENT}), f"{base}/.well-known/jwks.json", "access")
        with server("tests.e2e.apps.asgi_app:create", REPOSITORY, env) as http:
            yield f"ws{http.removeprefix('http')}"


def opened(url: str, token: str | None = None, *offered: str) -> ClientConnection:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    names = [Subprotocol(name) for name in offered]
    return connect(url, additional_headers=headers, subprotocols=names or None, proxy=None, open_timeout=PATIENCE)


def as_subprotocol(token: str) -> str:
    text = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return f"base64url.bearer.authorization.k8s.io.{text}"


def test_accepted(url: str, pool: LocalUserPool) -> None:
    """A good token in the header opens the websocket, and the application knows whose it is."""
    tokens = pool.sign_in("ana")

    with opened(f"{url}/articles/7", tokens.access, "chat") as socket:
        assert "chat" == socket.subprotocol
        assert ["chat"] == json.loads(socket.recv(PATIENCE))["offered"]
        socket.send("hello")
        assert "hello" == socket.recv(PATIENCE)


def test_public(url: str) -> None:
    """A public one needs no token."""
    with opened(f"{url}/healthz") as socket:
        assert {"subject": None, "offered": []} == json.loads(socket.recv(PATIENCE))


def test_token_as_subprotocol(url: str, pool: LocalUserPool) -> None:
    """A browser's token opens it as well; it is not told back, and the application does not see it."""
    token = as_subprotocol(pool.sign_in("ana").access)

    with opened(f"{url}/articles/7", None, token, "chat") as socket:
        assert "chat" == socket.subprotocol
        told = json.loads(socket.recv(PATIENCE))
        assert (str, ["chat"]) == (type(told["subject"]), told["offered"])
        assert socket.response is not None
        assert "base64url" not in str(socket.response.headers)


def test_long_token(url: str, pool: LocalUserPool) -> None:
    """A token of 6,000 bytes gets through every server's limits on the length of a line."""
    token = pool.mint({"padding": "x" * 3_720})
    assert 5_900 < len(token) <= 6_000

    with opened(f"{url}/articles/7", None, as_subprotocol(token), "chat") as socket:
        assert "chat" == socket.subprotocol


@pytest.mark.parametrize("case", ["no token", "bad token", "no route", "expired", "two tokens", "undecodable"])
def test_refused(url: str, pool: LocalUserPool, case: str) -> None:
    """A refused one gets no further than the handshake: the core's own answer, or at least a 403."""
    good = pool.sign_in("ana").access
    status, path, token, offered = {
        "no token": (401, "/articles/7", None, ["chat"]),
        "bad token": (401, "/articles/7", "a.b.c", ["chat"]),
        "no route": (403, "/nowhere", good, ["chat"]),
        "expired": (401, "/articles/7", pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}), ["chat"]),
        "two tokens": (400, "/articles/7", good, ["chat", as_subprotocol(good)]),
        "undecodable": (400, "/articles/7", None, ["chat", "base64url.bearer.authorization.k8s.io.A"]),
    }[case]

    with pytest.raises(InvalidStatus) as refused, opened(url + path, token, *offered):
        pass

    assert refused.value.response.status_code in {status, 403}
    if refused.value.response.status_code == status != 403:
        assert refused.value.response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("way", ["header", "subprotocol"])
def test_closed_at_expiry(url: str, pool: LocalUserPool, way: str) -> None:
    """When the token is over, so is the connection, with the code that says so; until then it works."""
    until = int(time.time()) + 3
    token = pool.mint({"exp": until})
    offered = [] if way == "header" else [as_subprotocol(token)]

    with opened(f"{url}/articles/7", token if way == "header" else None, *offered, "chat") as socket:
        socket.recv(PATIENCE)
        socket.send("hello")
        assert "hello" == socket.recv(PATIENCE)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(PATIENCE)

    assert until <= time.time() < until + 3
    assert closed.value.rcvd is not None
    assert (3000, "expired") == (closed.value.rcvd.code, closed.value.rcvd.reason)
