"""The story: what happens to the services while they are asked, from the first minute to the last."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.soak.crowd import Crowd
from benchmarks.soak.load import ask_on
from benchmarks.soak.stage import Service, Source, eventually
from benchmarks.soak.truth import RECOVERY, Score

CONNECTIONS: Final = 4
"""To each of the services."""

OUTAGE: Final = 0.6
"""At which part of the time the source of keys goes down."""

FLAT: Final = 1.02
"""How many times the memory of the settled service the memory at the end may be."""


@dataclass
class Outcome:
    """What came of a soak."""

    seconds: float
    score: Score
    events: dict[str, int]
    """How often each thing happened."""
    fetches: int
    """How often the services asked for the keys of the pool."""
    memory: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """Second, and resident KiB of the service that is never restarted."""

    @property
    def early(self) -> float:
        """KiB, over the fourth tenth, when its caches have filled."""
        return self._over(0.3, 0.4)

    @property
    def settled(self) -> float:
        """KiB, over the eighth tenth, when everything has happened once."""
        return self._over(0.7, 0.8)

    @property
    def end(self) -> float:
        """KiB, over the last tenth."""
        return self._over(0.9, 1.0)

    @property
    def flat(self) -> bool:
        """Has the memory stayed what it was when everything had happened once?"""
        return self.end <= self.settled * FLAT

    def _over(self, start: float, end: float) -> float:
        return statistics.median(
            size for second, size in self.memory if start * self.seconds <= second <= end * self.seconds
        )


class Story:
    """
    A soak.

    Args:
        folder: for files.
        seconds: how long it takes, 15 at least.
        rate: questions per second, of both services together.
        crowd: how many sign in at first; as many again over the rest of the time.
    """

    def __init__(self, folder: Path, seconds: float, rate: float, crowd: int) -> None:
        self._folder = folder
        self._seconds = seconds
        self._rate = rate
        self._people = crowd
        self._crowd = Crowd(random.Random(1))  # noqa: S311  an order, not a secret
        self._source = Source(self._crowd.pool)
        self._score = Score()
        self._events: dict[str, int] = {}
        self._memory: list[tuple[float, int]] = []

    async def tell(self) -> Outcome:
        """Tell it from beginning to end."""
        with self._source.serve() as keys, contextlib.ExitStack() as stack:
            self._steady = Service("steady", self._folder / "steady", keys, workers=1)
            self._shaken = Service("shaken", self._folder / "shaken", keys, workers=2)
            self._services = (self._steady, self._shaken)
            for service in self._services:
                stack.callback(service.stop)
                await asyncio.to_thread(service.start)
            await asyncio.to_thread(self._crowd.grow, self._people)
            self._crowd.renew_short()
            self._begin = time.monotonic()
            pause = CONNECTIONS * len(self._services) / self._rate
            background = [
                *(
                    asyncio.create_task(ask_on(service, self._crowd.ask, self._score, pause))
                    for service in self._services
                    for _ in range(CONNECTIONS)
                ),
                asyncio.create_task(self._newcomers()),
                asyncio.create_task(self._watch()),
            ]
            try:
                await self._happen()
            finally:
                for task in background:
                    task.cancel()
                ended = await asyncio.gather(*background, return_exceptions=True)
            for error in ended:
                if not isinstance(error, asyncio.CancelledError):
                    self._score.fault(f"the load itself failed: {error!r}")
            seconds = time.monotonic() - self._begin
        return Outcome(seconds, self._score, self._events, self._source.fetches, self._memory)

    async def _happen(self) -> None:
        """Have everything happen, some of it again and again, at its part of the time."""
        once: list[tuple[float, str, Callable[[], Awaitable[None]]]] = [
            (0.03, "keys rotated", self._rotate),
            (0.15, "key withdrawn", self._withdraw),
            (0.40, "keys rotated", self._rotate),
            (OUTAGE, "key source down", self._outage),
            (0.85, "keys rotated", self._rotate),
        ]
        # A service that starts while there are no keys truly has none: where there is time, none does.
        count = max(2, round(self._seconds / 60))
        turns = [
            ("policy changed", self._change),
            ("mistaken policy", self._mistake),
            ("worker killed", self._kill_worker),
            ("policy changed", self._change),
            ("service restarted", self._restart),
        ] * count
        spread = [(0.05 + 0.9 * number / len(turns), *turn) for number, turn in enumerate(turns)]
        around = (OUTAGE - 0.02, OUTAGE + 0.02 + RECOVERY / 2 / self._seconds)
        if self._seconds > RECOVERY * 4:
            spread = [event for event in spread if not around[0] <= event[0] <= around[1]]
        for moment, name, happen in sorted([*once, *spread], key=_when):
            await asyncio.sleep(max(0.0, self._begin + moment * self._seconds - time.monotonic()))
            await happen()
            self._events[name] = self._events.get(name, 0) + 1
        await asyncio.sleep(max(0.0, self._begin + self._seconds - time.monotonic()))

    async def _rotate(self) -> None:
        await asyncio.to_thread(self._crowd.rotate)

    async def _withdraw(self) -> None:
        await asyncio.to_thread(self._crowd.withdraw)
        await asyncio.to_thread(self._crowd.grow, self._people)  # everybody signs in again

    async def _outage(self) -> None:
        down = min(30.0, self._seconds * 0.05)
        for service in self._services:
            service.truth.trouble_until = time.monotonic() + down + RECOVERY
        self._source.down = True
        await asyncio.sleep(down)
        self._source.down = False

    async def _change(self) -> None:
        (policy,) = self._steady.truth.policies
        role = "auditor" if policy == "200" else "editor"
        await asyncio.gather(*(service.reload(role) for service in self._services))

    async def _mistake(self) -> None:
        await asyncio.gather(*(service.reload("no-such-role") for service in self._services))
        # Whoever starts now would not start: put the file right, as somebody would who reads the journal.
        (policy,) = self._steady.truth.policies
        for service in self._services:
            service.write("editor" if policy == "200" else "auditor")

    async def _kill_worker(self) -> None:
        service = self._shaken
        async with _unsettled(service):
            seen = 0
            while service.decides(seen + 1)():
                seen += 1
            service.signal(signal.SIGKILL, service.worker)
            await eventually(service.decides(seen + 1), "new worker")

    async def _restart(self) -> None:
        service = self._shaken
        async with _unsettled(service):
            await asyncio.to_thread(service.stop)
            await asyncio.to_thread(service.start)

    async def _newcomers(self) -> None:
        """Have more people sign in all the time, so that no cache holds them all."""
        pause = max(self._seconds, 1.0) / max(self._people, 1)
        while True:
            await asyncio.to_thread(self._crowd.grow, max(1, round(1 / pause)))
            await asyncio.to_thread(self._crowd.renew_short)
            await asyncio.sleep(max(pause, 1.0))

    async def _watch(self) -> None:
        while True:
            self._memory.append((round(time.monotonic() - self._begin, 1), self._steady.resident()))
            await asyncio.sleep(min(1.0, self._seconds / 100))


@contextlib.asynccontextmanager
async def _unsettled(service: Service) -> AsyncGenerator[None]:
    """Let connections to *service* be cut off while the block lasts."""
    service.unsettled = True
    yield
    await asyncio.sleep(0.5)  # what was cut off is noticed
    service.unsettled = False


def _when(event: tuple[float, str, object]) -> float:
    return event[0]
