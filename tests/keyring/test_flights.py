"""Flights: one at a time for a ring, any number who wait for it, and nobody whose going away ends it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from cogauth import AsyncVerifier, UnknownKey, Verifier, _fork
from cogauth.issuers import KeySource
from cogauth.keyring.flights import AsyncFlights, Flights
from cogauth.keyring.need import Need
from cogauth.keyring.pace import Budget
from cogauth.keyring.ring import Keyring
from cogauth.transport import FetchError
from tests.support.clocks import Clocks
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import ISSUER, fetched, key_document, token

T = TypeVar("T")

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


def test_a_need_of_an_earlier_turn_waits_for_nobody() -> None:
    """What it wanted has been done since: the flight that is in the air now is another's."""
    source, keys = Source(ONE), ring()
    flights = Flights(source.fetch)
    seen = need(keys)
    flights.meet(seen)
    source.gate.clear()
    flights.meet(need(keys, 0))
    flights.meet(seen)
    assert keys.flying
    source.gate.set()
    flights.join(keys)
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
    """Its ring does not wait for a thread that is not there, and another one flies."""
    source, keys = Source(ONE), ring()
    source.gate.clear()
    flights = Flights(source.fetch)
    flights.meet(need(keys, 0))
    assert source.asked.wait(PATIENCE)
    parents = next(thread for thread in threading.enumerate() if thread.name == "cogauth-keys")
    _fork.renew_all()
    assert not keys.flying
    source.gate.set()
    flights.meet(need(keys))
    # In a child there would be no such thread; here it lands after all, and is in nobody's way.
    parents.join(PATIENCE)
    assert ({"k1"}, False, 1) == (set(keys.keys), keys.flying, keys.generation)


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


# -- Verifiers that share their keys -----------------------------------------------------------------------------------


class Loop:
    """An event loop that runs in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin *work* in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Let the loop stand, with all that it has begun."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)

    def close(self) -> None:
        """End the loop, and what it has begun."""
        self.stop()
        ended(self._loop)

    def just_close(self) -> None:
        """End the loop and say nothing to what it has begun."""
        self.stop()
        self._loop.close()


class Driver:
    """Somebody with flights of a kind of their own, and one caller."""

    def __init__(self, kind: str, source: Source) -> None:
        self._loop = Loop() if kind == "tasks" else None
        self._pool = ThreadPoolExecutor(1)
        self._tasks = AsyncFlights(source.afetch)
        self._threads = Flights(source.fetch)

    def meet(self, needed: Need) -> Future[None]:
        """Have a caller meet *needed*, in a thread or a task."""
        if self._loop is not None:
            return self._loop.submit(self._tasks.meet(needed))
        return self._pool.submit(self._threads.meet, needed)

    def close(self) -> None:
        self._pool.shutdown()
        if self._loop is not None:
            self._loop.close()


KINDS = [
    pytest.param((one, two), id=f"{one} and {two}") for one in ("threads", "tasks") for two in ("threads", "tasks")
]


@pytest.fixture(params=KINDS)
def drivers(request: pytest.FixtureRequest) -> Generator[tuple[Driver, Driver, Source]]:
    """Two drivers and their one source, whose gate is closed."""
    source = Source(ONE)
    source.gate.clear()
    one, two = (Driver(kind, source) for kind in request.param)
    yield one, two, source
    source.gate.set()
    one.close()
    two.close()


def waiting(keys: Keyring, number: int) -> None:
    """Return when so many calls wait for the attempt under way."""
    attempt: Any = keys.attempts.current
    for _ in range(10_000):
        if len(attempt._waiting) >= number:
            return
        threading.Event().wait(0.001)
    raise AssertionError("nobody came to wait")


def test_each_waits_for_the_others_flight(drivers: tuple[Driver, Driver, Source]) -> None:
    """Whoever makes it: one request, and both callers find the keys, the second no sooner than they are there."""
    (one, two, source), keys = drivers, ring()
    first = one.meet(need(keys))
    assert source.asked.wait(PATIENCE)
    there = threading.Event()
    second = two.meet(need(keys))
    second.add_done_callback(lambda _: there.set() if keys.keys else None)
    waiting(keys, 2)
    assert not second.done()
    source.gate.set()
    for caller in (first, second):
        caller.result(PATIENCE)
    assert there.wait(PATIENCE)
    assert ({"k1"}, 1) == (set(keys.keys), source.count)


def test_each_has_a_deadline_of_its_own(drivers: tuple[Driver, Driver, Source]) -> None:
    """One that goes away leaves nothing behind, and the flight to the other."""
    (one, two, source), keys = drivers, ring()
    first = one.meet(need(keys))
    assert source.asked.wait(PATIENCE)
    two.meet(need(keys, 0.01)).result(PATIENCE)
    attempt: Any = keys.attempts.current
    assert (False, True) == (first.done(), keys.flying)
    waiting(keys, 1)
    calls = len(attempt._waiting)
    two.meet(need(keys, 0.01)).result(PATIENCE)
    assert calls == len(attempt._waiting)
    source.gate.set()
    first.result(PATIENCE)
    assert {"k1"} == set(keys.keys)


def test_a_flight_that_fails_has_landed_for_all(drivers: tuple[Driver, Driver, Source]) -> None:
    """Nobody waits on for what will not come."""
    (one, two, source), keys = drivers, ring()
    source.answer = OSError()
    callers = [one.meet(need(keys))]
    assert source.asked.wait(PATIENCE)
    callers.append(two.meet(need(keys)))
    waiting(keys, 2)
    source.gate.set()
    for caller in callers:
        caller.result(PATIENCE)
    assert ("OSError", 1, 1) == (keys.error, keys.turn, source.count)


def test_verifiers_share_one_flight() -> None:
    """A blocking one and two of asyncio start cold together, and none of them is told that there are no keys."""
    source, pool, clocks = Source(ONE), fetched(), Clocks()
    source.gate.clear()
    times: Any = {"clock": clocks.wall, "monotonic": clocks.monotonic}
    blocking = Verifier(pool, fetch=source.fetch, **times)
    loops = [Loop(), Loop()]
    awaiting = [AsyncVerifier(pool, fetch=source.afetch, keyring=blocking.keyring, **times) for _ in loops]
    (keys,) = blocking.keyring.values()
    try:
        with ThreadPoolExecutor(2) as threads:
            callers = [loops[0].submit(awaiting[0].verify(token()))]
            assert source.asked.wait(PATIENCE)
            callers += [threads.submit(blocking.verify, token()) for _ in range(2)]
            callers.append(loops[1].submit(awaiting[1].verify(token())))
            waiting(keys, 4)
            source.gate.set()
            assert ["ana"] * 4 == [caller.result(PATIENCE).username for caller in callers]
        assert 1 == source.count
    finally:
        source.gate.set()
        for loop in loops:
            loop.close()


def test_a_thread_goes_on_where_a_loop_has_stopped() -> None:
    """A flight of a loop that stands will not land: the next caller makes one, and nobody hears of the first again."""
    source, keys, loop = Source(ONE), ring(), Loop()
    source.gate.clear()
    tasks = AsyncFlights(source.afetch)
    left = loop.submit(tasks.meet(need(keys)))
    assert source.asked.wait(PATIENCE)
    loop.stop()
    source.gate.set()
    Flights(source.fetch).meet(need(keys))
    assert ({"k1"}, 2) == (set(keys.keys), source.count)
    loop.close()
    assert left.done()
    assert (1, False) == (keys.generation, keys.flying)


def test_of_those_who_waited_for_one_that_was_called_off_one_makes_the_next() -> None:
    """And the others wait for that, however late they notice: none of them is told that it took too long."""
    source, keys = Source(ONE), ring()
    called_off = keys.attempts.begin(keys.turn)
    assert called_off
    flows = [keys.find("k1", "RS256") for _ in range(2)]
    needs = [next(flow) for flow in flows]
    assert [called_off] * 2 == [one.join() for one in needs]
    keys.attempts.abandon(called_off)
    quick, slow = flows
    source.gate.clear()
    tried = next(quick)
    tried.wait = 0
    Flights(source.fetch).meet(tried)
    again = next(slow)
    assert keys.flying
    source.gate.set()
    Flights(source.fetch).meet(again)
    with pytest.raises(StopIteration) as found:
        next(slow)
    assert ("k1", 1) == (found.value.value.kid, source.count)


def test_a_waiter_whose_loop_was_closed_is_in_nobodys_way() -> None:
    """To tell it is in vain, and those who come after it are told all the same."""
    source, keys, loop = Source(ONE), ring(), Loop()
    source.gate.clear()
    threads, told = Flights(source.fetch), threading.Event()
    threads.meet(need(keys, 0))
    attempt = keys.attempts.current
    assert attempt
    attempt.tell(told.set)
    left = loop.submit(AsyncFlights(source.afetch).meet(need(keys)))
    waiting(keys, 2)
    loop.just_close()
    source.gate.set()
    assert told.wait(PATIENCE)
    assert ({"k1"}, False) == (set(keys.keys), left.done())


def test_a_fetcher_that_never_returns_keeps_nobody_from_trying() -> None:
    """When its time is over another flies, and what it brings in the end is not looked at."""
    clocks = Clocks()
    keys = Keyring(KeySource(ISSUER, URL), clock=clocks.wall, monotonic=clocks.monotonic, chance=lambda: 0.0)
    hanging, quick = Source(key_document("k2")), Source(ONE)
    hanging.gate.clear()
    Flights(hanging.fetch).meet(need(keys, 0.01))
    clocks.tick(60)
    assert "k1" == Flights(quick.fetch).run(keys.find("k1", "RS256")).kid
    assert 1 == quick.count
    thread = next(thread for thread in threading.enumerate() if thread.name == "cogauth-keys")
    hanging.gate.set()
    thread.join(PATIENCE)
    assert ({"k1"}, 1, 2) == (set(keys.keys), keys.generation, keys.turn)


def test_a_task_that_never_returns_is_called_off() -> None:
    """When its time is over another flies, and it does not stay behind."""
    clocks = Clocks()
    keys = Keyring(KeySource(ISSUER, URL), clock=clocks.wall, monotonic=clocks.monotonic)
    quick = Source(ONE)

    async def never(_: str) -> bytes:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("this never comes")

    async def main() -> None:
        await AsyncFlights(never).meet(need(keys, 0.01))
        (hanging,) = (task for task in asyncio.all_tasks() if task.get_name() == "cogauth-keys")
        clocks.tick(60)
        await AsyncFlights(quick.afetch).meet(next(keys.find("k1", "RS256")))
        await until(hanging.cancelled)

    asyncio.run(main())
    assert ({"k1"}, 1, None) == (set(keys.keys), quick.count, keys.error)


def test_a_task_that_is_called_off_before_its_first_step() -> None:
    """It has not even begun to ask; its ring does not wait for it."""
    source, keys = Source(ONE), ring()

    async def main() -> None:
        meeting = asyncio.create_task(AsyncFlights(source.afetch).meet(need(keys)))
        await until(lambda: keys.flying)
        (flight,) = (task for task in asyncio.all_tasks() if task.get_name() == "cogauth-keys")
        flight.cancel()
        await meeting

    asyncio.run(main())
    assert (False, 0, 0) == (keys.flying, source.count, keys.turn)


def test_a_flow_is_run_to_its_end() -> None:
    """Whatever it comes to, or raises."""
    source, keys = Source(ONE), ring()
    assert "k1" == Flights(source.fetch).run(keys.find("k1", "RS256")).kid
    with pytest.raises(UnknownKey):
        Flights(source.fetch).run(keys.find("k2", "RS256"))
    assert 2 == source.count
