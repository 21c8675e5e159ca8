"""A websocket that is closed when the decision that opened it no longer holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from cogauth_asgi.protocol import ASGIApp, Message, Receive, Scope, Send

UNAUTHORIZED = 3000
"""
The close code at the end: "Unauthorized" in the IANA registry of close codes (RFC 6455 section 11.7).

1008 is what applications close with for reasons of their own; by this one a page knows that a new token will do.
"""

LONGEST_SLEEP = 60.0
"""Seconds after which the clock is looked at again: while asleep nobody notices that it was set."""

_DISCONNECT = {"type": "websocket.disconnect", "code": UNAUTHORIZED, "reason": "expired"}
_CLOSE = {"type": "websocket.close", "code": UNAUTHORIZED, "reason": "expired"}


class Lease:
    """
    Runs an application on a websocket, and closes that in time, whatever the application does meanwhile.

    Then `receive` tells the application that it is disconnected, and `send` raises `ConnectionError`, an `OSError` as
    ASGI has it for a connection that is closed. A message that is being sent at that moment is sent to its end.

    Args:
        receive: the server's.
        send: the server's.
        until: seconds since the epoch.
        clock: seconds since the epoch.
        sleep: waits for as many seconds; `asyncio.sleep`.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        until: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._receive = receive
        self._send = send
        self._until = until
        self._clock = clock
        self._sleep = sleep
        # One message at a time, so that of two closes the second sees the first.
        self._turn = asyncio.Lock()
        self._waiting: set[asyncio.Timeout] = set()
        self._timer: asyncio.Task[None] | None = None
        self._expired = False
        self._over = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run *app* to its end, and leave no task behind."""
        try:
            await app(scope, self.receive, self.send)
        finally:
            await self._stop()

    async def receive(self) -> Message:
        """Give the server's next message; from the end of the lease on, that the client is gone."""
        if self._expired:
            return {**_DISCONNECT}
        # Ended from outside, which costs less than a task for each message.
        waiting = asyncio.timeout(None)
        self._waiting.add(waiting)
        try:
            async with waiting:
                message = await self._receive()
        except TimeoutError:
            if not waiting.expired():
                raise
            return {**_DISCONNECT}
        finally:
            self._waiting.discard(waiting)
        if message["type"] == "websocket.disconnect":
            self._over = True
        return message

    async def send(self, message: Message) -> None:
        """Send *message* while the lease lasts; raises `ConnectionError` after it."""
        kind = message["type"]
        async with self._turn:
            if self._expired:
                if kind == "websocket.close":
                    return  # as the application wants it
                raise ConnectionError("the websocket was closed because its token no longer holds")
            if kind == "websocket.close":
                self._over = True
            await self._send(message)
            if kind == "websocket.accept":
                self._timer = asyncio.create_task(self._close_in_time())

    async def _close_in_time(self) -> None:
        with contextlib.suppress(Exception):  # a clock that fails must not keep the door open
            while (left := self._until - self._clock()) > 0:
                await self._sleep(min(left, LONGEST_SLEEP))
        if self._over:
            return
        self._expired = True
        for waiting in self._waiting:
            waiting.reschedule(0.0)
        async with self._turn:
            with contextlib.suppress(Exception):  # who is gone already need not be told
                await self._send({**_CLOSE})

    async def _stop(self) -> None:
        timer = self._timer
        if timer is None:
            return
        if not self._expired:
            timer.cancel()
        try:
            await asyncio.wait({timer})  # a close that is under way has to get through
        finally:
            timer.cancel()
