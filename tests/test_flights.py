"""Flights: one at a time for a ring, any number who wait for it, and nobody whose going away ends it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cogauth import _fork
from cogauth.flights import AsyncFlights, Flights
from cogauth.issuers import KeySource
from cogauth.keyring import Keyring
from cogauth.need import Need
from cogauth.pace import Budget
from cogauth.transport import FetchError
from tests.support.clocks import Clocks
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import ISSUER, key_document

URL = "https://keys.example/k"
ONE = key_document("k1")

ERRORS = [
    pytest.param(FetchError("jwks.tls"), "jwks.tls", id="a fetch error"),
    pytest.param(OSError("10.0.0.1"), "OSError", id="anybody's error"),
    pytest.param(RuntimeError(), "RuntimeError", id="a bug"),
]


def ring(budget: Budget | None = None) -> Keyring:
    clocks = Clocks()
    return Keyring(KeySource(ISSUER, URL), clock=clocks.wall, monotonic=clocks.monotonic, budget=budget)


def need(of: Keyring, wait: float = PATIENCE) -> Need:
    return Need(of, of.turn, wait)


# -- Threads -----------------------------------------------------------------------------------------------------------


def test_a_flight_brings_the_document() -> None:
    """It asks where the ring's keys are, and whoever waited finds them."""
    source, keys = Source(ONE), ring()
    Flights(source.fetch).meet(need(keys))
    assert ([URL], {"k1"}, False) == (source.urls, set(keys.keys), keys.flying)


@pytest.mark.parametrize(
    ("error", "reason"),
    [*ERRORS, pytest.param(KeyboardInterrupt(), "KeyboardInterrupt", id="an interruption")],
)
def test_a_flight_that_fails_has_landed(error: BaseException, reason: str) -> None:
    """Whatever was raised: nobody waits on, and the ring knows why."""
    keys = ring()
    Flights(Source(error).fetch).meet(need(keys))
    assert (reason, False, 1) == (keys.error, keys.flying, keys.turn)


def test_many_meet_in_one_flight() -> None:
    """Twenty threads that start at once: one asks, all wait."""
    source, keys = Source(ONE), ring()
    flights = Flights(source.fetch)
    start = threading.Barrier(20, timeout=PATIENCE)
    seen = need(keys)
    source.gate.clear()

    def wait() -> set[str]:
        start.wait()
        flights.meet(seen)
        return set(keys.keys)

    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(wait) for _ in range(20)]
        assert source.asked.wait(PATIENCE)
        source.gate.set()
        assert [{"k1"}] * 20 == [one.result(PATIENCE) for one in waiting]
    assert 1 == source.count


def test_nobody_waits_who_need_not() -> None:
    """A caller with a key in hand goes on while the flight is in the air."""
    source, keys = Source(ONE), ring()
    source.gate.clear()
    flights = Flights(source.fetch)
    flights.meet(need(keys, 0))
    flights.meet(need(keys, 0))
    assert keys.flying
    source.gate.set()
    flights.join(keys)
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_a_waiter_has_a_deadline_of_its_own() -> None:
    """It goes away, and the flight lands for those who come later."""
    source, keys = Source(ONE), ring()
    source.gate.clear()
    flights = Flights(source.fetch)
    flights.meet(need(keys, 0.01))
    assert keys.flying
    source.gate.set()
    flights.meet(need(keys))
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_a_need_of_an_earlier_turn_starts_nothing() -> None:
    """What it wanted has been done since."""
    source, keys = Source(ONE), ring()
    flights = Flights(source.fetch)
    seen = need(keys)
    flights.meet(seen)
    flights.meet(seen)
    assert 1 == source.count
    flights.meet(need(keys))
    assert 2 == source.count


def test_each_ring_has_a_flight_of_its_own() -> None:
    """A source that hangs holds nobody up but its own callers."""
    hanging, quick = ring(), Keyring(KeySource(ISSUER, "https://quick.example"))
    source = Source(ONE)
    source.gate.clear()

    def fetch(url: str) -> bytes:
        return ONE if "quick" in url else source.fetch(url)

    flights = Flights(fetch)
    flights.meet(need(hanging, 0))
    assert source.asked.wait(PATIENCE)
    flights.meet(need(quick))
    assert ({"k1"}, True) == (set(quick.keys), hanging.flying)
    source.gate.set()
    flights.join(hanging)
    assert not hanging.flying


def test_nobody_waits_for_what_is_not_in_the_air() -> None:
    """To join a flight that there is none of is no wait."""
    keys = ring()
    Flights(Source(ONE).fetch).join(keys)
    assert {} == keys.keys


def test_no_thread_to_be_had_is_a_failure() -> None:
    """The ring learns of it, and flies again when there is one."""
    source, keys = Source(ONE), ring()
    flights = Flights(source.fetch)
    before = threading.stack_size(1 << 46)  # more than there is, so that no thread starts
    try:
        flights.meet(need(keys))
    finally:
        threading.stack_size(before)
    assert ("RuntimeError", False, 0) == (keys.error, keys.flying, source.count)
    flights.join(keys)


def test_flights_do_not_keep_a_process() -> None:
    """An issuer that hangs must not hold up the end of a program."""
    daemons: list[bool] = []

    def fetch(_: str) -> bytes:
        daemons.append(threading.current_thread().daemon)
        return ONE

    Flights(fetch).meet(need(ring()))
    assert [True] == daemons


# -- Tasks -------------------------------------------------------------------------------------------------------------


def test_a_task_brings_the_document() -> None:
    """It asks where the ring's keys are, and whoever waited finds them."""
    source, keys = Source(ONE), ring()
    asyncio.run(AsyncFlights(source.afetch).meet(need(keys)))
    assert ([URL], {"k1"}, False) == (source.urls, set(keys.keys), keys.flying)


@pytest.mark.parametrize(("error", "reason"), ERRORS)
def test_a_task_that_fails_has_landed(error: BaseException, reason: str) -> None:
    """Whatever was raised: nobody waits on, and the ring knows why."""
    keys = ring()
    asyncio.run(AsyncFlights(Source(error).afetch).meet(need(keys)))
    assert (reason, False, 1) == (keys.error, keys.flying, keys.turn)


def test_many_tasks_meet_in_one_flight() -> None:
    """Two hundred at once: one asks, all wait."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)

    async def wait(seen: Need) -> set[str]:
        await flights.meet(seen)
        return set(keys.keys)

    async def main() -> list[set[str]]:
        source.gate.clear()
        seen = need(keys)
        waiting = [asyncio.create_task(wait(seen)) for _ in range(200)]
        await until(source.asked.is_set)
        source.gate.set()
        return await asyncio.gather(*waiting)

    assert [{"k1"}] * 200 == asyncio.run(main())
    assert 1 == source.count


async def until(come: Callable[[], bool]) -> None:
    """Let other tasks go on until it has come true."""
    async with asyncio.timeout(PATIENCE):
        while not come():  # noqa: ASYNC110  what comes is a thread's event or a ring's state
            await asyncio.sleep(0)


def test_no_task_waits_that_need_not() -> None:
    """A caller with a key in hand goes on while the flight is in the air."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)

    async def main() -> None:
        source.gate.clear()
        await flights.meet(need(keys, 0))
        await flights.meet(need(keys, 0))
        assert keys.flying
        source.gate.set()
        await flights.join(keys)

    asyncio.run(main())
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_a_waiting_task_has_a_deadline_of_its_own() -> None:
    """It goes away, and the flight lands for those who come later."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)

    async def main() -> None:
        source.gate.clear()
        await flights.meet(need(keys, 0.01))
        assert keys.flying
        source.gate.set()
        await flights.meet(need(keys))

    asyncio.run(main())
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_a_waiting_task_that_is_cancelled_leaves_the_flight_to_others() -> None:
    """Even the one for whom it began: its client hung up, theirs did not."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)

    async def main() -> None:
        source.gate.clear()
        first, second = (asyncio.create_task(flights.meet(need(keys))) for _ in range(2))
        await until(source.asked.is_set)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert keys.flying
        source.gate.set()
        await second

    asyncio.run(main())
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_a_need_of_an_earlier_turn_starts_no_task() -> None:
    """What it wanted has been done since."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)
    seen = need(keys)

    async def main() -> None:
        await flights.meet(seen)
        await flights.meet(seen)

    asyncio.run(main())
    assert 1 == source.count


def test_no_task_waits_for_what_is_not_in_the_air() -> None:
    """To join a flight that there is none of is no wait."""
    keys = ring()
    asyncio.run(AsyncFlights(Source(ONE).afetch).join(keys))
    assert {} == keys.keys


def test_a_loop_that_ends_calls_its_flights_off() -> None:
    """The ring does not wait for them, and the next loop begins another."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)
    source.gate.clear()
    asyncio.run(flights.meet(need(keys, 0.01)))
    assert (False, 0, None) == (keys.flying, keys.turn, keys.error)
    source.gate.set()
    asyncio.run(flights.meet(need(keys)))
    assert ({"k1"}, 2) == (set(keys.keys), source.count)


def ended(loop: asyncio.AbstractEventLoop) -> None:
    """Call off what a loop that just stopped has left, and close it."""

    async def end() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    loop.run_until_complete(end())
    loop.close()


def test_a_loop_that_just_stops_leaves_no_flight_behind() -> None:
    """It neither ran its task to the end nor called it off: the next loop does not join it."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)
    source.gate.clear()
    stopped = asyncio.new_event_loop()
    stopped.run_until_complete(flights.meet(need(keys, 0)))
    assert keys.flying
    source.gate.set()
    asyncio.run(flights.meet(need(keys)))
    assert ({"k1"}, 1) == (set(keys.keys), keys.generation)
    ended(stopped)
    assert ({"k1"}, False) == (set(keys.keys), keys.flying)


def test_a_loop_that_just_stops_costs_an_attempt() -> None:
    """Where no further one is allowed, nothing begins and nobody waits."""
    source, keys = Source(ONE), ring()
    flights = AsyncFlights(source.afetch)
    source.gate.clear()
    loops = [asyncio.new_event_loop() for _ in range(3)]
    for loop in loops:
        loop.run_until_complete(flights.meet(need(keys, 0)))
    assert [1, 1, 0] == [len(asyncio.all_tasks(loop)) for loop in loops]
    assert not keys.flying
    for loop in loops:
        ended(loop)
    assert 0 == keys.turn


class Stop(BaseException):
    """What ends a whole program, as KeyboardInterrupt and SystemExit do."""


def test_an_end_of_the_program_is_not_kept_from_it() -> None:
    """It goes through, and the ring does not wait for the flight that it ended."""
    keys = ring()
    flights = AsyncFlights(Source(Stop()).afetch)

    async def main() -> None:
        await flights.meet(need(keys, 0))
        task = next(task for task in asyncio.all_tasks() if task.get_name() == "cogauth-keys")
        with pytest.raises(Stop):
            await task

    asyncio.run(main())
    assert (False, None) == (keys.flying, keys.error)


# -- Forked children ---------------------------------------------------------------------------------------------------


def test_a_forked_child_forgets_the_flights_of_its_parent() -> None:
    """Its ring does not wait for a thread that is not there, nor for a lock that it held, and another one flies."""
    source, keys = Source(ONE), ring()
    source.gate.clear()
    flights: Any = Flights(source.fetch)
    flights.meet(need(keys, 0))
    assert source.asked.wait(PATIENCE)
    parents = next(thread for thread in threading.enumerate() if thread.name == "cogauth-keys")
    with flights._lock:
        _fork.renew_all()
        assert not keys.flying
        source.gate.set()
        flights.meet(need(keys))
    # In a child there would be no such thread; here it lands after all, and is in nobody's way.
    parents.join(PATIENCE)
    assert ({"k1"}, False, {}) == (set(keys.keys), keys.flying, flights._landings)


def test_a_forked_child_forgets_the_tasks_of_its_parent() -> None:
    """Its ring does not wait for a loop that does not run there, and another flight begins."""
    source, keys = Source(ONE), ring()
    source.gate.clear()
    flights = AsyncFlights(source.afetch)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(flights.meet(need(keys, 0)))
    assert keys.flying
    _fork.renew_all()
    assert not keys.flying
    source.gate.set()
    asyncio.run(flights.meet(need(keys)))
    assert ({"k1"}, False) == (set(keys.keys), keys.flying)
    ended(loop)


def test_a_flight_that_the_process_has_no_room_for() -> None:
    """It does not begin, and is no failure; when there is room, it does."""
    budget = Budget(at_once=1)
    first, second = ring(budget), ring(budget)
    source = Source(ONE)
    source.gate.clear()
    flights = Flights(source.fetch)
    flights.meet(need(first, 0))
    refused = need(second)
    flights.meet(refused)
    assert (True, False, None, 0) == (refused.refused, second.flying, second.error, second.turn)
    source.gate.set()
    flights.join(first)
    again = need(second)
    flights.meet(again)
    assert (False, {"k1"}) == (again.refused, set(second.keys))


def test_a_task_that_was_called_off_gives_its_place_back() -> None:
    """As one that has landed does."""
    budget = Budget(at_once=1)
    first, second = ring(budget), ring(budget)
    source = Source(ONE)
    flights = AsyncFlights(source.afetch)

    async def main() -> bool:
        source.gate.clear()
        await flights.meet(need(first, 0))
        refused = need(second)
        await flights.meet(refused)
        return refused.refused

    assert asyncio.run(main())
    source.gate.set()
    asyncio.run(flights.meet(need(second)))
    assert {"k1"} == set(second.keys)


def test_a_flight_that_has_landed_is_not_joined() -> None:
    """Between its landing and its thread's end another may begin."""
    source, keys = Source(ONE), ring()
    flights: Any = Flights(source.fetch)
    flights._landings[keys] = threading.Event()
    flights.meet(need(keys))
    assert ({"k1"}, {}) == (set(keys.keys), flights._landings)
