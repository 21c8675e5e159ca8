"""A connection from the proxy: heads that are slow or long, and more connections than there may be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from cogauth_asgi.serve.connection import HEAD_SECONDS, IDLE_SECONDS, MAX_HEAD, BoundedProtocol

HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"


class Timer:
    """A call that is to be made later."""

    def __init__(self, seconds: float, call: Callable[[], object]) -> None:
        self.seconds = seconds
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """An event loop in which nothing happens by itself."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []
        self.requests = 0

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        self.timers.append(Timer(seconds, call))
        return self.timers[-1]

    def create_task(self, coroutine: Any) -> asyncio.Future[None]:
        coroutine.close()
        self.requests += 1
        return cast("asyncio.Future[None]", self)

    def add_done_callback(self, call: object) -> None: ...

    def due(self, seconds: float) -> list[Timer]:
        """The timers of that length that still run."""
        return [timer for timer in self.timers if timer.seconds == seconds and not timer.cancelled]


class Transport:
    """The other end of a connection."""

    def __init__(self) -> None:
        self.sent = b""
        self.state = "open"

    def write(self, octets: bytes) -> None:
        self.sent += octets

    def close(self) -> None:
        if self.state == "open":
            self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"

    def is_closing(self) -> bool:
        return self.state != "open"

    def get_extra_info(self, name: str) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Server:
    """What connections have in common."""

    def __init__(self, *, connections: int = 10) -> None:
        self.loop = Loop()
        self.state = ServerState()
        self.config = uvicorn.Config(
            app, http=BoundedProtocol, ws="none", lifespan="off", log_config=None, limit_concurrency=connections + 1,
            timeout_keep_alive=IDLE_SECONDS,
        )  # fmt: skip

    def connect(self) -> tuple[BoundedProtocol, Transport]:
        protocol = BoundedProtocol(self.config, self.state, {}, cast("asyncio.AbstractEventLoop", self.loop))
        transport = Transport()
        protocol.connection_made(cast("asyncio.Transport", transport))
        return protocol, transport


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Be an application that nobody gets to."""


def test_a_slow_head() -> None:
    """It has so much time from its first byte, however often another byte comes."""
    server = Server()
    protocol, transport = server.connect()
    assert [] == server.loop.due(HEAD_SECONDS)
    for octet in HEAD:
        protocol.data_received(bytes([octet]))
    (timer,) = server.loop.due(HEAD_SECONDS)
    timer.call()
    assert ("aborted", 0) == (transport.state, server.loop.requests)


def test_a_head_in_time() -> None:
    """With its end the time is no longer counted; a body has no such limit, nor one of length."""
    server = Server()
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"Content-Length: 1000000\r\n")
    assert 1 == len(server.loop.due(HEAD_SECONDS))
    protocol.data_received(b"\r\n")
    assert ([], 1) == (server.loop.due(HEAD_SECONDS), server.loop.requests)
    for _ in range(10):
        protocol.data_received(b"b" * 100_000)
    assert ("open", b"", []) == (transport.state, transport.sent, server.loop.due(HEAD_SECONDS))


@pytest.mark.parametrize(("length", "state"), [(MAX_HEAD - 2000, "open"), (MAX_HEAD + 1, "closed")])
def test_a_long_head(length: int, state: str) -> None:
    """It is cut off, in the middle of one header as well, with 431; and whatever comes after is not read."""
    server = Server()
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"X-Long: ")
    for _ in range(length // 1000):
        protocol.data_received(b"a" * 1000)
    protocol.data_received(b"a" * 1000)
    assert state == transport.state
    assert transport.sent.startswith(b"HTTP/1.1 431 ") == (state == "closed")
    protocol.data_received(b"\r\n\r\n")
    assert (1 if state == "open" else 0) == server.loop.requests


def test_a_connection_without_a_request() -> None:
    """It is closed after a while, from its beginning on, and by then the proxy has closed it itself."""
    server = Server()
    _, transport = server.connect()
    (timer,) = server.loop.due(IDLE_SECONDS)
    timer.call()
    assert "closed" == transport.state


def test_one_connection_too_many() -> None:
    """It is closed unheard, and does not count; one that has gone makes room."""
    server = Server(connections=2)
    (first, _), (_, transport) = server.connect(), server.connect()
    assert "open" == transport.state
    for _ in range(2):
        protocol, transport = server.connect()
        protocol.data_received(HEAD + b"\r\n")
        protocol.connection_lost(None)
        assert ("aborted", b"", 0) == (transport.state, transport.sent, server.loop.requests)
    first.connection_lost(None)
    assert "open" == server.connect()[1].state
