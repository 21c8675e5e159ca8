"""Attempts: one at a time, one end to each, and nobody who waits is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cogauth import _fork
from cogauth.keyring.attempts import Attempt, Attempts
from cogauth.keyring.pace import Budget, Pace
from cogauth.keys import KeyDocumentError
from cogauth.transport import FetchError
from tests.support.clocks import Clocks
from tests.support.sources import PATIENCE


class World:
    """The attempts at one document, and their clock."""

    def __init__(self, *, at_once: int = 8, never: bool = False) -> None:
        self.clocks = Clocks()
        self.budget = Budget(at_once=at_once)
        self.attempts = Attempts(self.clocks.monotonic, Pace(lambda: 0.0), self.budget, never=never)

    def begun(self, runs: Callable[[], bool] | None = None) -> Attempt:
        """Begin one, now."""
        attempt = self.attempts.begin(self.attempts.turn, runs)
        assert attempt
        return attempt

    @property
    def room(self) -> int:
        """How many more the budget lets begin."""
        inside: Any = self.budget
        return int(inside._at_once) - len(inside._under_way)


def nothing() -> None:
    """Keep nothing."""


# -- One attempt -------------------------------------------------------------------------------------------------------


def test_an_attempt_has_one_end() -> None:
    """Of fifty who come at once, one may say what it was."""
    attempt, start = Attempt(0.0), threading.Barrier(50, timeout=PATIENCE)

    def end() -> bool:
        start.wait()
        return attempt.take_end()

    with ThreadPoolExecutor(50) as pool:
        ends = [one.result(PATIENCE) for one in [pool.submit(end) for _ in range(50)]]
    assert 1 == sum(ends)
    assert not attempt.take_end()


def test_who_waits_is_told() -> None:
    """When it is over, and at once when it is over already; nobody is told before."""
    attempt, told = Attempt(0.0), list[str]()
    attempt.tell(lambda: told.append("first"))
    attempt.tell(lambda: told.append("second"))
    assert (False, []) == (attempt.over, told)
    attempt.finish()
    assert (True, ["first", "second"]) == (attempt.over, sorted(told))
    attempt.tell(lambda: told.append("late"))
    assert "late" in told


def test_who_has_gone_is_not_told() -> None:
    """And to go after the end, or without having come, is no error."""
    attempt, told = Attempt(0.0), list[str]()

    def gone() -> None:
        told.append("gone")

    attempt.tell(gone)
    attempt.tell(lambda: told.append("there"))
    attempt.forget(gone)
    attempt.finish()
    attempt.forget(gone)
    assert ["there"] == told


def test_nobody_is_forgotten_who_comes_as_it_ends() -> None:
    """Threads that come and go all the while: each is told."""
    for _ in range(20):
        attempt, start = Attempt(0.0), threading.Barrier(9, timeout=PATIENCE)

        def wait(attempt: Attempt = attempt, start: threading.Barrier = start) -> bool:
            start.wait()
            for _ in range(50):
                gone = threading.Event()
                attempt.tell(gone.set)
                attempt.forget(gone.set)
            told = threading.Event()
            attempt.tell(told.set)
            return told.wait(PATIENCE)

        with ThreadPoolExecutor(8) as pool:
            waiters = [pool.submit(wait) for _ in range(8)]
            start.wait()
            attempt.finish()
            assert [True] * 8 == [waiter.result(PATIENCE) for waiter in waiters]


@pytest.mark.parametrize(("runs", "stranded"), [(None, False), (lambda: True, False), (lambda: False, True)])
def test_a_maker_that_has_stopped(runs: Callable[[], bool] | None, *, stranded: bool) -> None:
    """It is asked for, where it can be."""
    assert stranded == Attempt(0.0, runs).stranded


# -- One at a time -----------------------------------------------------------------------------------------------------


def test_one_begins_at_a_time() -> None:
    """Of fifty threads that come at once with the same turn."""
    world, start = World(), threading.Barrier(50, timeout=PATIENCE)

    def begin() -> Attempt | None:
        start.wait()
        return world.attempts.begin(0)

    with ThreadPoolExecutor(50) as pool:
        begun = [one.result(PATIENCE) for one in [pool.submit(begin) for _ in range(50)]]
    assert [world.attempts.current] == [attempt for attempt in begun if attempt]
    assert 7 == world.room


class Meanwhile(Clocks):
    """A clock that has something happen at one of the looks at it."""

    def __init__(self, look: int, happens: Callable[[], object]) -> None:
        super().__init__()
        self._left = look
        self._happens = happens

    def monotonic(self) -> float:
        self._left -= 1
        if not self._left:
            self._happens()
        return super().monotonic()


def meanwhile(world: World, look: int, happens: Callable[[], object]) -> None:
    """Have something happen when the clock is looked at so many times."""
    inside: Any = world.attempts
    inside._monotonic = Meanwhile(look, happens).monotonic


@pytest.mark.parametrize("look", [1, 2])
def test_another_thread_was_quicker(look: int) -> None:
    """It begins while this one still looks whether it may: there is one attempt, and it is that one's."""
    world, other = World(), list[Attempt | None]()
    meanwhile(world, look, lambda: other.append(world.attempts.begin(0)))
    assert world.attempts.begin(0) is None
    assert [world.attempts.current] == other
    assert other[0]


@pytest.mark.parametrize("look", [1, 2])
def test_another_thread_was_done_already(look: int) -> None:
    """Its attempt has begun and ended while this one looked: none is due any more, and the way is clear."""
    world = World()
    meanwhile(world, look, lambda: world.attempts.succeed(world.begun(), nothing))
    assert world.attempts.begin(0) is None
    assert (1, None, 8) == (world.attempts.turn, world.attempts.current, world.room)
    assert world.attempts.begin(1)


def test_others_have_used_the_pace_up() -> None:
    """Two were begun and called off while this one looked: the turn is the same, and it would be the third."""
    world = World()

    def twice() -> None:
        for _ in range(2):
            world.attempts.abandon(world.begun())

    meanwhile(world, 2, twice)
    assert world.attempts.begin(0) is None
    assert (0, None, 8) == (world.attempts.turn, world.attempts.current, world.room)


def test_no_room_for_it() -> None:
    """Nothing has happened, and who came to wait meanwhile does not wait in vain."""
    world = World(at_once=0)
    assert world.attempts.begin(0) is None
    assert (None, 0, 0.0) == (world.attempts.current, world.attempts.turn, world.attempts.wait())


def test_where_there_is_nothing_to_ask_for() -> None:
    """None begins, however often it is asked for."""
    world = World(never=True)
    assert (None, False, False) == (world.attempts.begin(0), world.attempts.due(0), world.attempts.allowed())


# -- How they end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FetchError("jwks.tls"), "jwks.tls"),
        (KeyDocumentError("jwks.invalid"), "jwks.invalid"),
        (OSError("10.0.0.1"), "OSError"),
    ],
)
def test_a_failure_has_a_reason(error: Exception, reason: str) -> None:
    """Its own where it is ours, else its class: never a text of strangers."""
    world = World()
    world.attempts.fail(world.begun(), error)
    assert (reason, 1, None, 8) == (world.attempts.error, world.attempts.turn, world.attempts.current, world.room)
    assert 1 == world.attempts.wait()


def test_a_success_ends_the_growing_of_pauses() -> None:
    """The first failure after it is followed by as long a pause as the first of all; one amid failures by a longer."""
    clock, most = Clocks(), 0.999  # of what chance may give: each pause is about as long as it can be
    attempts = Attempts(clock.monotonic, Pace(lambda: most), Budget(at_once=8), never=False)
    pauses: list[float] = []
    for end in ("fail", "fail", "succeed", "fail"):
        attempt = attempts.begin(attempts.turn)
        assert attempt
        if end == "succeed":
            attempts.succeed(attempt, nothing)
        else:
            attempts.fail(attempt, OSError())
            pauses.append(round(attempts.wait()))
        clock.tick(60)
    assert [2, 4, 2] == pauses


def test_a_success_is_kept_before_it_is_told() -> None:
    """Whoever is told finds what there is to find; the failure before it is forgotten."""
    world, told = World(), list[object]()
    world.attempts.fail(world.begun(), OSError())
    world.clocks.tick(10)
    attempt, kept = world.begun(), list[str]()
    attempt.tell(lambda: told.extend([*kept, world.attempts.turn, world.attempts.current]))
    world.attempts.succeed(attempt, lambda: kept.append("keys"))
    assert ["keys", 2, None] == told
    assert (None, 8) == (world.attempts.error, world.room)


@pytest.mark.parametrize("first", ["succeed", "fail", "abandon", "time", "fork"])
@pytest.mark.parametrize("then", ["succeed", "fail", "abandon"])
def test_what_comes_after_the_end_is_nothing(first: str, then: str) -> None:
    """Whichever it was, and with another attempt under way: that one goes on, and nothing is kept or counted twice."""
    world, kept = World(), list[str]()

    def end(attempt: Attempt, how: str) -> None:
        match how:
            case "succeed":
                world.attempts.succeed(attempt, lambda: kept.append("keys"))
            case "fail":
                world.attempts.fail(attempt, OSError())
            case "abandon":
                world.attempts.abandon(attempt)
            case "time":
                world.clocks.tick(10)
                assert world.attempts.expected() is None
            case _:
                _fork.renew_all()

    old = world.begun()
    end(old, first)
    world.clocks.tick(5)
    new = world.begun()
    before = (world.attempts.turn, world.attempts.error, list(kept))
    end(old, then)
    assert (new, 7) == (world.attempts.current, world.room)
    assert before == (world.attempts.turn, world.attempts.error, kept)


def test_a_stranded_one_is_called_off_by_who_comes() -> None:
    """Its maker has stopped; who waited for it is told, and the next one may begin."""
    world, running, told = World(), [True], threading.Event()
    attempt = world.begun(lambda: running[0])
    attempt.tell(told.set)
    assert attempt is world.attempts.expected()
    running[0] = False
    assert world.attempts.expected() is None
    assert (True, 0, None, 8) == (told.is_set(), world.attempts.turn, world.attempts.error, world.room)


def test_one_that_does_not_end_has_failed_when_its_time_is_over() -> None:
    """Who waited for it is told; the pause counts from then, though it is noticed later."""
    world, told = World(), threading.Event()
    attempt = world.begun()
    attempt.tell(told.set)
    world.clocks.tick(9.99)
    assert attempt is world.attempts.expected()
    world.clocks.tick(0.51)
    assert world.attempts.expected() is None
    assert (True, 1, "jwks.deadline", 8) == (told.is_set(), world.attempts.turn, world.attempts.error, world.room)
    assert 0.5 == pytest.approx(world.attempts.wait())


def test_a_forked_child_forgets_the_one_of_its_parent() -> None:
    """And tells nobody: those who wait are the parent's, and their locks may be taken for ever."""
    world, told = World(), threading.Event()
    world.begun().tell(told.set)
    _fork.renew_all()
    assert (None, 0, None, 8) == (world.attempts.current, world.attempts.turn, world.attempts.error, world.room)
    assert not told.is_set()
