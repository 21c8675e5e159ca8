"""A server's half of ASGI, without a server: scopes, what was sent, and a websocket that a test plays the client of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Message = dict[str, Any]
Pairs = Iterable[tuple[str, str]]
Guarded = Callable[[Any, Any, Any], Awaitable[None]]


def http(method: str, path: str, headers: Pairs = (), **more: Any) -> Message:
    """Make the scope of a request."""
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": encoded(headers), **more}


def websocket(path: str, headers: Pairs = (), **more: Any) -> Message:
    """Make the scope of a websocket, with the subprotocols that the headers offer."""
    pairs = encoded(headers)
    offered = [name.strip() for key, value in pairs if key == b"sec-websocket-protocol" for name in _names(value)]
    return {"type": "websocket", "path": path, "root_path": "", "headers": pairs, "subprotocols": offered, **more}


def encoded(headers: Pairs) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers]


def _names(value: bytes) -> list[str]:
    return value.decode("latin-1").split(",")


class App:
    """An application that notes the scopes it was called with."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})


def run(app: Guarded, scope: Message) -> list[Message]:
    """Run *app* for one connection on which the client says nothing; gives what was sent."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("a refusal reads no body")

    async def send(message: Any) -> None:
        sent.append(message)

    async def scenario() -> None:
        await app(scope, receive, send)
        assert {asyncio.current_task()} == asyncio.all_tasks(), "a task was left behind"

    asyncio.run(scenario())
    return sent


class Wire:
    """What is between the client of a websocket, played by the test, and the application."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.blocked = asyncio.Event()
        self.blocked.set()

    async def receive(self) -> Message:
        return await self.inbox.get()

    async def send(self, message: Any) -> None:
        await self.blocked.wait()
        self.sent.append(message)

    @property
    def kinds(self) -> list[str]:
        return [message["type"].removeprefix("websocket.") for message in self.sent]


class Alarm:
    """A clock and a sleep that only the test moves."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.slept: list[float] = []
        self._sleepers: set[asyncio.Future[None]] = set()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            self._sleepers.discard(sleeper)

    async def ring(self, now: float) -> None:
        """Let it be *now*, wake whoever sleeps, and let all that follows happen."""
        self.now = now
        for sleeper in self._sleepers:
            sleeper.set_result(None)
        await settled()


async def settled() -> None:
    """Let every task run until it waits for something that no other task will do."""
    for _ in range(20):
        await asyncio.sleep(0)
