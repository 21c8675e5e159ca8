"""An accepted websocket ends when its token does: once, in time, and with nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cogauth import AsyncAuthorizer, AsyncVerifier
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.lease import LONGEST_SLEEP
from tests.adapters.conftest import Pool, bearer
from tests.support.asgi import Alarm, Message, Wire, settled, websocket

ACCEPT = {"type": "websocket.accept"}
HELLO = {"type": "websocket.send", "text": "hello"}
GONE = {"type": "websocket.disconnect", "code": 3000, "reason": "expired"}
END = {"type": "websocket.close", "code": 3000, "reason": "expired"}
LEFT = {"type": "websocket.disconnect", "code": 1000}

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Stage:
    """One connection: the middleware around an application, the wire, and the time."""

    def __init__(self, pool: Pool, application: Application, path: str = "/live", **options: Any) -> None:
        authorizer = pool.async_authorizer()
        self.until = float(asyncio.run(authorizer.verifier.verify(pool.ana)).expires_at)
        self.wire = Wire()
        self.alarm = Alarm(self.until - 100)
        self._scope = websocket(path, bearer(pool.ana) if path == "/live" else [])
        times: dict[str, Any] = {"clock": self.alarm.clock, "sleep": self.alarm.sleep}
        self._guarded = CogAuthMiddleware(application, authorizer=authorizer, **{**times, **options})

    def play(self, story: Callable[[asyncio.Task[None]], Awaitable[None]]) -> None:
        """Connect, have *story* happen, and see that the connection has ended and left nothing running."""

        async def scenario() -> None:
            complaints: list[Any] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            task = asyncio.ensure_future(self._guarded(self._scope, self.wire.receive, self.wire.send))
            await settled()
            await story(task)
            await settled()
            assert task.done(), "the connection does not end"
            assert {asyncio.current_task()} == asyncio.all_tasks(), "a task was left behind"
            gc.collect()
            assert [] == complaints, "a task failed, and nobody was told"
            await task

        asyncio.run(scenario())


class Echo:
    """An application that answers each message until there are no more, and notes them."""

    def __init__(self) -> None:
        self.received: list[Message] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return
            await send(HELLO)


async def nothing(_: asyncio.Task[None]) -> None:
    """Let the application be alone."""


def test_closed_in_time(pool: Pool) -> None:
    """The client is told with code 3000, the application that its client is gone, once each and not before."""
    app = Echo()
    stage = Stage(pool, app)

    async def story(task: asyncio.Task[None]) -> None:
        stage.wire.inbox.put_nowait(HELLO)
        await settled()
        await stage.alarm.ring(stage.until - 0.001)
        assert ["accept", "send"] == stage.wire.kinds
        assert not task.done()
        await stage.alarm.ring(stage.until)

    stage.play(story)
    assert [ACCEPT, HELLO, END] == stage.wire.sent
    assert [HELLO, GONE] == app.received


def test_clock_is_looked_at(pool: Pool) -> None:
    """No sleep is long, since a sleep does not notice that the clock is set, or that the machine slept."""
    stage = Stage(pool, Echo())

    async def story(_: asyncio.Task[None]) -> None:
        await stage.alarm.ring(stage.until - 90)
        await stage.alarm.ring(stage.until - 7)
        await stage.alarm.ring(stage.until + 1_000)

    stage.play(story)
    assert [LONGEST_SLEEP, LONGEST_SLEEP, 7.0] == stage.alarm.slept


def test_over_when_it_is_accepted(pool: Pool) -> None:
    """An application that takes so long to accept that the token ends meanwhile is closed at once."""
    slow = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await slow.wait()
        await send(ACCEPT)
        assert GONE == await receive()

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        await stage.alarm.ring(stage.until + 5)
        assert [] == stage.wire.sent
        slow.set()

    stage.play(story)
    assert [ACCEPT, END] == stage.wire.sent
    assert [] == stage.alarm.slept


def test_application_that_only_sends(pool: Pool) -> None:
    """It is closed all the same, and what it sends then ends in an `OSError`, as with any connection that is closed."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await go.wait()
        with pytest.raises(OSError, match="no longer holds"):
            await send(HELLO)
        assert [GONE, GONE] == [await receive(), await receive()]
        await send({"type": "websocket.close", "code": 1000})

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        await stage.alarm.ring(stage.until)
        assert [ACCEPT, END] == stage.wire.sent
        go.set()

    stage.play(story)
    assert [ACCEPT, END] == stage.wire.sent


@pytest.mark.parametrize("first", ["application", "time"])
def test_two_closes_at_once(pool: Pool, first: str) -> None:
    """Of two closes that meet, one reaches the wire: the first."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await go.wait()
        await send({"type": "websocket.close", "code": 1000})

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        stage.wire.blocked.clear()
        if first == "application":
            go.set()
            await settled()
            await stage.alarm.ring(stage.until)
        else:
            await stage.alarm.ring(stage.until)
            go.set()
            await settled()
        stage.wire.blocked.set()

    stage.play(story)
    assert ["accept", "close"] == stage.wire.kinds
    assert (1000 if first == "application" else 3000) == stage.wire.sent[-1]["code"]


def test_close_gets_through(pool: Pool) -> None:
    """The application may return before the server has done with the close, which is not given up for that."""
    app = Echo()
    stage = Stage(pool, app)

    async def story(task: asyncio.Task[None]) -> None:
        stage.wire.blocked.clear()
        await stage.alarm.ring(stage.until)
        assert [GONE] == app.received
        assert not task.done()
        stage.wire.blocked.set()

    stage.play(story)
    assert [ACCEPT, END] == stage.wire.sent


def test_message_that_is_under_way(pool: Pool) -> None:
    """What is being sent when the time comes is sent to its end, and the close comes after it; nothing else does."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await go.wait()
        with contextlib.suppress(OSError):
            while True:
                await send(HELLO)

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        stage.wire.blocked.clear()
        go.set()
        await stage.alarm.ring(stage.until)
        stage.wire.blocked.set()

    stage.play(story)
    assert ["accept", "send", "close"] == stage.wire.kinds


def test_message_that_comes_too_late(pool: Pool) -> None:
    """A message that arrives in the same moment as the end is not given to the application any more."""
    app = Echo()
    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        stage.wire.inbox.put_nowait(HELLO)
        await stage.alarm.ring(stage.until)

    stage.play(story)
    assert app.received[-1] == GONE
    assert stage.wire.kinds in (["accept", "close"], ["accept", "send", "close"])


@pytest.mark.parametrize("leaving", ["client", "application"])
def test_nothing_to_close(pool: Pool, leaving: str) -> None:
    """A connection that has ended otherwise is not closed when its time comes."""
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        if leaving == "client":
            assert LEFT == await receive()
        else:
            await send({"type": "websocket.close", "code": 1000})
        await go.wait()

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        stage.wire.inbox.put_nowait(LEFT)
        await settled()
        await stage.alarm.ring(stage.until)
        go.set()

    stage.play(story)
    assert (["accept"] if leaving == "client" else ["accept", "close"]) == stage.wire.kinds


def test_server_that_cannot_close(pool: Pool) -> None:
    """If the client has gone without anybody having noticed, the server's complaint about the close is nobody's."""
    app = Echo()
    stage = Stage(pool, app)
    send = stage.wire.send

    async def complaining(message: Any) -> None:
        if message["type"] == "websocket.close":
            raise RuntimeError("unexpected message")
        await send(message)

    stage.wire.send = complaining  # type: ignore[method-assign]  # the wire that fails, for this test

    async def story(_: asyncio.Task[None]) -> None:
        await stage.alarm.ring(stage.until)

    stage.play(story)
    assert [GONE] == app.received


def test_clock_that_fails(pool: Pool) -> None:
    """Without a clock there is no telling how long a token holds, and so it does not."""

    def broken() -> float:
        raise ZeroDivisionError

    stage = Stage(pool, Echo(), clock=broken)

    stage.play(nothing)
    assert [ACCEPT, END] == stage.wire.sent


def test_application_that_ends(pool: Pool) -> None:
    """Once an application has returned or failed, nothing waits for the end of its token."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await settled()
        raise ZeroDivisionError

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await settled()

    with pytest.raises(ZeroDivisionError):
        Stage(pool, fails).play(nothing)
    stage = Stage(pool, returns)
    stage.play(nothing)
    assert [ACCEPT] == stage.wire.sent


def test_application_that_does_not_accept(pool: Pool) -> None:
    """What it answers instead is its own affair."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 1013})

    stage = Stage(pool, app)
    stage.play(nothing)
    assert [{"type": "websocket.close", "code": 1013}] == stage.wire.sent
    assert [] == stage.alarm.slept


@pytest.mark.parametrize("closing", [False, True])
def test_cancelled(pool: Pool, *, closing: bool) -> None:
    """A server that stops cancels its connections, one that is being closed as well."""
    stage = Stage(pool, Echo())

    async def story(task: asyncio.Task[None]) -> None:
        if closing:
            stage.wire.blocked.clear()
            await stage.alarm.ring(stage.until)
        task.cancel()

    with pytest.raises(asyncio.CancelledError):
        stage.play(story)
    assert ["accept"] == stage.wire.kinds


def test_own_timeouts(pool: Pool) -> None:
    """An application may wait for a message as long as it likes; what times out is told from the end of the token."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await receive()
            seen.append("no timeout")
        seen.append((await receive())["type"])
        assert GONE == await receive()

    stage = Stage(pool, app)

    async def story(_: asyncio.Task[None]) -> None:
        stage.wire.inbox.put_nowait(HELLO)
        await settled()
        await stage.alarm.ring(stage.until)

    stage.play(story)
    assert ["websocket.send"] == seen


def test_timeout_of_the_server(pool: Pool) -> None:
    """Nor is a timeout of the server's taken for it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await receive()

    stage = Stage(pool, app)

    async def impatient() -> Message:
        raise TimeoutError("the server's own")

    stage.wire.receive = impatient  # type: ignore[method-assign]  # the wire that gives up, for this test

    with pytest.raises(TimeoutError, match="the server's own"):
        stage.play(nothing)


@pytest.mark.parametrize(
    ("path", "options"),
    [pytest.param("/live", {"close_at_expiry": False}, id="turned off"), pytest.param("/healthz", {}, id="no token")],
)
def test_not_closed(pool: Pool, path: str, options: dict[str, Any]) -> None:
    """Who turns it off, or has no token that could end, keeps the connection."""
    app = Echo()
    stage = Stage(pool, app, path, **options)

    async def story(task: asyncio.Task[None]) -> None:
        await stage.alarm.ring(stage.until + 1_000)
        assert not task.done()
        stage.wire.inbox.put_nowait(LEFT)

    stage.play(story)
    assert [ACCEPT] == stage.wire.sent
    assert [LEFT] == app.received
    assert [] == stage.alarm.slept


def test_clock_of_the_verifier(pool: Pool) -> None:
    """Unless another one is given, the time is the verifier's: what stands still there stands still here."""
    alarm, wire = Alarm(0.0), Wire()

    async def scenario() -> None:
        until = (await AsyncVerifier(pool.issuer).verify(pool.ana)).expires_at
        authorizer = AsyncAuthorizer(AsyncVerifier(pool.issuer, clock=lambda: until - 7.0), pool.policy)
        guarded = CogAuthMiddleware(Echo(), authorizer=authorizer, sleep=alarm.sleep)
        task = asyncio.ensure_future(guarded(websocket("/live", bearer(pool.ana)), wire.receive, wire.send))
        await settled()
        wire.inbox.put_nowait(LEFT)
        await task

    asyncio.run(scenario())
    assert [7.0] == alarm.slept
