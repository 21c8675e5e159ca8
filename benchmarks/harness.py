"""
The harness: contenders take turns, and what counts is the ratio between them.

Machines are shared and noisy. Each round runs every contender for a slice of time, in a new random order, and notes the
CPU time per call. A disturbance then meets all of them alike; the median over rounds forgets a short one, and a long
one cancels out, as each round is compared with itself.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Absent(Exception):
    """A contender that cannot take part here; the message names it and says what is missing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many rounds, and how many seconds a contender gets in each."""

    rounds: int = 21
    slice: float = 0.05


def as_it_is(item: Item) -> Item:
    """Give *item* itself: nothing of it is kept from one call to the next."""
    return item


def fresh(token: str) -> str:
    """Give *token* as a new string, as a server would: nothing about it is cached."""
    return token.encode().decode()


@dataclass
class Contender(Generic[Item]):
    """
    One way to do the work.

    Args:
        name: what it is called in tables, pictures and ratios.
        call: takes an item, and raises if it refuses it.
        items: what it is called with, one after the other and then from the start again.
        note: its version, and what was done by hand in front of or behind it.
        renew: makes of an item what a call gets; `fresh` for tokens.
    """

    name: str
    call: Callable[[Item], object]
    items: Sequence[Item]
    note: str = ""
    renew: Callable[[Item], Item] = as_it_is
    gaps: tuple[str, ...] = ()
    """What it accepts though it should not: a number is worth as much as the work behind it."""
    times: list[float] = field(default_factory=list[float])
    """Microseconds per call, one for each round."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """What else was measured of it, by name."""
    _position: int = 0

    @property
    def median(self) -> float:
        """Microseconds per call."""
        return statistics.median(self.times)

    def accepts(self, item: Item) -> bool:
        """Does it take *item*?"""
        try:
            self.call(self.renew(item))
        except Exception:  # noqa: BLE001  whatever a library raises is its way to refuse
            return False
        return True

    def spend(self, work: Sequence[Item]) -> int:
        """Do *work*, and give the nanoseconds that it took: of CPU, unless a subclass says otherwise."""
        call = self.call
        start = time.thread_time_ns()
        for item in work:
            call(item)
        return time.thread_time_ns() - start

    def slice(self, count: int) -> float:
        """Give the microseconds per call over the next *count* items."""
        work = [self.renew(self.items[(self._position + turn) % len(self.items)]) for turn in range(count)]
        self._position = (self._position + count) % len(self.items)
        gc.collect()
        gc.disable()
        try:
            return self.spend(work) / count / 1000
        finally:
            gc.enable()


class AsyncContender(Contender[Item]):
    """A contender whose call is awaited. It awaits a whole slice at a time, so that no call pays for an event loop."""

    def __init__(
        self,
        name: str,
        call: Callable[[Item], Awaitable[object]],
        items: Sequence[Item],
        note: str = "",
        renew: Callable[[Item], Item] = as_it_is,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._await = call
        super().__init__(name, lambda item: self._loop.run_until_complete(self._all([item])), items, note, renew)

    def spend(self, work: Sequence[Item]) -> int:
        return self._loop.run_until_complete(self._all(work))

    async def _all(self, work: Sequence[Item]) -> int:
        call = self._await
        start = time.thread_time_ns()
        for item in work:
            await call(item)
        return time.thread_time_ns() - start

    def close(self) -> None:
        """Give the event loop back."""
        self._loop.close()


@dataclass
class Crowd(Contender[Item]):
    """A contender whose calls come from several threads at once; its times are of the clock on the wall."""

    threads: int = 1

    def spend(self, work: Sequence[Item]) -> int:
        shares = [list(islice(work, thread, None, self.threads)) for thread in range(self.threads)]
        gate = threading.Barrier(self.threads + 1)
        crowd = [threading.Thread(target=self._share, args=(share, gate)) for share in shares]
        for thread in crowd:
            thread.start()
        gate.wait()
        start = time.perf_counter_ns()
        for thread in crowd:
            thread.join()
        return time.perf_counter_ns() - start

    def _share(self, work: Sequence[Item], gate: threading.Barrier) -> None:
        call = self.call
        gate.wait()
        for item in work:
            call(item)


def prove(contender: Contender[Item], good: Sequence[Item], bad: Mapping[str, Item]) -> None:
    """
    Have *contender* accept all that is *good*, and note which of *bad* it accepts too.

    Raises:
        ValueError: it refuses what is good, so that its time would be that of something else.
    """
    refused = sum(not contender.accepts(item) for item in good)
    if refused:
        raise ValueError(f"{contender.name} refuses {refused} of {len(good)} good items")
    contender.gaps = tuple(name for name, item in bad.items() if contender.accepts(item))


def run(contenders: Sequence[Contender[Item]], effort: Effort) -> None:
    """Time all *contenders*, in turns."""
    # What was made to set the stage stays: a collection before each slice need not look at it again.
    gc.collect()
    gc.freeze()
    try:
        counts = [_calibrate(contender, effort) for contender in contenders]
        field_of = list(zip(contenders, counts, strict=True))
        turns = random.Random(1)  # noqa: S311  an order, not a secret
        for _ in range(effort.rounds):
            for contender, count in turns.sample(field_of, len(field_of)):
                contender.times.append(contender.slice(count))
    finally:
        gc.unfreeze()


def _calibrate(contender: Contender[Item], effort: Effort) -> int:
    """Find out how many calls fill a slice; this is the contender's warming up, too."""
    count = 1
    while True:
        spent = contender.slice(count) * count / 1e6
        if spent > effort.slice / 5:
            return max(1, int(count * effort.slice / spent))
        count *= 4
