"""
How keys are fetched: one flight per ring at a time, and any number who wait for it.

A flight belongs to nobody who waits: each waiter has a deadline of its own, and one that goes away, by time or by
cancellation, leaves the flight to the others. Nor does it matter whose flight it is: threads wait for the task of an
event loop, and tasks for a thread, or for another loop's task, where several verifiers share their keys.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from cogauth.keyring.attempts import Attempt
from cogauth.keyring.need import Flow, Need
from cogauth.keyring.ring import Keyring
from cogauth.transport import DEADLINE, AsyncFetch, Fetch

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

Landed: TypeAlias = Callable[[Keyring, Attempt], object]
"""What is called with the ring and the attempt when a flight has landed, well or not; it must not raise."""


def unseen(ring: Keyring, attempt: Attempt) -> None:
    """Let a flight land where nobody looks."""


class Flights:
    """
    Fetches in daemon threads, for callers who block.

    A thread cannot be ended from outside: a *fetch* that never returns keeps its own, though nobody waits for it.
    """

    def __init__(self, fetch: Fetch, landed: Landed = unseen) -> None:
        self._fetch = fetch
        self._landed = landed

    def run(self, flow: Flow[T]) -> T:
        """Give what *flow* comes to, blocking where it needs a document."""
        try:
            need = next(flow)
            while True:
                self.meet(need)
                need = next(flow)
        except StopIteration as end:
            result: T = end.value
            return result

    def meet(self, need: Need) -> None:
        """Start a flight for *need* or join the one that is under way, and wait as long as *need* says."""
        attempt = need.begin()
        if attempt is not None:
            flight = threading.Thread(target=self._fly, args=(need.ring, attempt), name="cogauth-keys", daemon=True)
            try:
                flight.start()
            except RuntimeError as error:  # there is no thread to be had; the ring must not wait for this one
                need.ring.attempts.fail(attempt, error)
        _wait(need.join(), need.wait)

    def join(self, ring: Keyring) -> None:
        """Wait for the flight of *ring* that is under way, if there is one."""
        _wait(ring.attempts.current, DEADLINE)

    def _fly(self, ring: Keyring, attempt: Attempt) -> None:
        try:
            asking = ring.asking(attempt)
            url = next(asking)
            while True:
                url = asking.send(self._fetch(url))
        except StopIteration as end:
            ring.learn(attempt, end.value)
        except BaseException as error:  # noqa: BLE001  a flight that ends without a word would leave its ring waiting
            ring.attempts.fail(attempt, error)
        self._landed(ring, attempt)


class AsyncFlights:
    """Fetches in tasks of the running event loop, for callers who await."""

    def __init__(self, fetch: AsyncFetch, landed: Landed = unseen) -> None:
        self._fetch = fetch
        self._landed = landed

    async def run(self, flow: Flow[T]) -> T:
        """Give what *flow* comes to, waiting where it needs a document."""
        try:
            need = next(flow)
            while True:
                await self.meet(need)
                need = next(flow)
        except StopIteration as end:
            result: T = end.value
            return result

    async def meet(self, need: Need) -> None:
        """Start a flight for *need* or join the one that is under way, and wait as long as *need* says."""
        import asyncio  # whoever awaits has it already, and nobody else needs it

        loop = asyncio.get_running_loop()
        attempt = need.begin(loop.is_running)
        if attempt is not None:
            flight = loop.create_task(self._fly(need.ring, attempt), name="cogauth-keys")
            # The loop holds its tasks but weakly: this keeps the task, and ends it when nobody will hear of it.
            attempt.tell(partial(_soon, loop, flight.cancel))
            # One that was called off, perhaps before its first step, has said nothing; its ring must not wait for it.
            flight.add_done_callback(lambda _: need.ring.attempts.abandon(attempt))
        await _await(need.join(), need.wait)

    async def join(self, ring: Keyring) -> None:
        """Wait for the flight of *ring* that is under way, if there is one."""
        await _await(ring.attempts.current, DEADLINE)

    async def _fly(self, ring: Keyring, attempt: Attempt) -> None:
        try:
            asking = ring.asking(attempt)
            url = next(asking)
            while True:
                url = asking.send(await self._fetch(url))
        except StopIteration as end:
            ring.learn(attempt, end.value)
        except Exception as error:  # noqa: BLE001  a fetcher may be anybody's code; its failure is the ring's to judge
            ring.attempts.fail(attempt, error)
        self._landed(ring, attempt)


def _wait(attempt: Attempt | None, seconds: float) -> None:
    if attempt is None:
        return
    over = threading.Event()
    attempt.tell(over.set)
    try:
        over.wait(seconds)
    finally:
        attempt.forget(over.set)


async def _await(attempt: Attempt | None, seconds: float) -> None:
    import asyncio  # see AsyncFlights.meet

    if attempt is None:
        return
    over = asyncio.Event()
    call = partial(_soon, asyncio.get_running_loop(), over.set)
    attempt.tell(call)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await over.wait()
    finally:
        attempt.forget(call)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Have *loop* make *call*, from whatever thread."""
    with contextlib.suppress(RuntimeError):  # the loop has been closed, and nobody waits there any more
        loop.call_soon_threadsafe(call)
