"""
How keys are fetched: one flight per ring at a time, and any number who wait for it.

A flight belongs to nobody who waits: each waiter has a deadline of its own, and one that goes away, by time or by
cancellation, leaves the flight to the others.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cogauth._fork import renew_in_child
from cogauth.keyring import Keyring
from cogauth.need import Need
from cogauth.transport import DEADLINE, AsyncFetch, Fetch

if TYPE_CHECKING:
    import asyncio


class Flights:
    """Fetches in daemon threads, for callers who block."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._landings: dict[Keyring, threading.Event] = {}
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Forget, in a forked child, the flights under way: their threads are the parent's, and land there only."""
        self._lock = threading.Lock()
        for ring in self._landings:
            ring.abandon()
        self._landings = {}

    def meet(self, need: Need) -> None:
        """Start a flight for *need* or join the one that is under way, and wait as long as *need* says."""
        with self._lock:
            landing = self._landings.get(need.ring)
            if landing is None or not need.ring.flying:  # what has landed is no longer joined
                # Noted before it begins: a fork in between must find every ring that waits.
                landing = self._landings[need.ring] = threading.Event()
                if not need.begin():
                    del self._landings[need.ring]
                    return
                flight = threading.Thread(target=self._fly, args=(need.ring, landing), name="cogauth-keys", daemon=True)
                try:
                    flight.start()
                except RuntimeError as error:  # there is no thread to be had; the ring must not wait for this one
                    del self._landings[need.ring]
                    need.ring.fail(error)
                    return
        if need.wait > 0:
            landing.wait(need.wait)

    def join(self, ring: Keyring) -> None:
        """Wait for the flight of *ring* that is under way, if there is one."""
        with self._lock:
            landing = self._landings.get(ring)
        if landing is not None:
            landing.wait(DEADLINE)

    def _fly(self, ring: Keyring, landing: threading.Event) -> None:
        try:
            asking = ring.asking()
            url = next(asking)
            while True:
                url = asking.send(self._fetch(url))
        except StopIteration as end:
            ring.learn(end.value)
        except BaseException as error:  # noqa: BLE001  a flight that ends without a word would leave its ring waiting
            ring.fail(error)
        finally:
            with self._lock:
                if self._landings.get(ring) is landing:  # else the next one has begun already
                    del self._landings[ring]
            landing.set()


class AsyncFlights:
    """Fetches in tasks of the running event loop, for callers who await."""

    def __init__(self, fetch: AsyncFetch) -> None:
        self._fetch = fetch
        self._flights: dict[Keyring, asyncio.Task[None]] = {}
        renew_in_child(self)

    def renew(self) -> None:
        """Forget, in a forked child, the flights under way: their loop is the parent's, and goes on there only."""
        for ring in self._flights:
            ring.abandon()
        self._flights = {}

    async def meet(self, need: Need) -> None:
        """Start a flight for *need* or join the one that is under way, and wait as long as *need* says."""
        import asyncio  # whoever awaits has it already, and nobody else needs it

        loop = asyncio.get_running_loop()
        flight = self._flights.get(need.ring)
        if flight is not None and (flight.done() or flight.get_loop() is not loop):
            # A task of a loop that has ended will never land; its ring must not wait for it.
            if not flight.done():
                need.ring.abandon()
            del self._flights[need.ring]
            flight = None
        if flight is None:
            if not need.begin():
                return
            flight = self._flights[need.ring] = loop.create_task(self._fly(need.ring), name="cogauth-keys")
        if need.wait > 0:
            await asyncio.wait({flight}, timeout=need.wait)

    async def join(self, ring: Keyring) -> None:
        """Wait for the flight of *ring* that is under way, if there is one."""
        import asyncio  # see meet

        flight = self._flights.get(ring)
        if flight is not None:
            await asyncio.wait({flight}, timeout=DEADLINE)

    async def _fly(self, ring: Keyring) -> None:
        try:
            asking = ring.asking()
            url = next(asking)
            while True:
                url = asking.send(await self._fetch(url))
        except StopIteration as end:
            ring.learn(end.value)
        except Exception as error:  # noqa: BLE001  a fetcher may be anybody's code; its failure is the ring's to judge
            ring.fail(error)
        except BaseException:
            # Called off, or the loop itself is to end: either way the ring must not wait for it.
            ring.abandon()
            raise
