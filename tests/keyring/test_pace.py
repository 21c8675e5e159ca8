"""How often an issuer is asked, twice in half a minute and after failures less and less, and all of them together."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cogauth.keyring.pace import PROCESS, Budget, Pace, budget_of
from tests.support.sources import PATIENCE


def pace(chance: float = 0.0) -> Pace:
    return Pace(lambda: chance)


def test_the_first_attempt_is_free() -> None:
    """At whatever time it is."""
    assert pace().allows(0)
    assert pace().allows(-1_000)
    assert 0 == pace().wait(0)


@pytest.mark.parametrize(
    ("now", "wait"), [(1, 29), (29.5, 0.5), (30, 0), (1_000, 0)], ids=["soon", "nearly", "then", "long after"]
)
def test_two_attempts_in_thirty_seconds(now: float, wait: float) -> None:
    """The third waits until the first is thirty seconds ago, however the two ended."""
    found = pace()
    found.began(0)
    assert found.allows(1)
    found.began(1)
    found.succeeded()
    assert wait == found.wait(now)
    assert (wait == 0) == found.allows(now)


def test_the_window_slides() -> None:
    """The fourth waits for the second."""
    found = pace()
    for now in (0, 20, 30):
        assert found.allows(now)
        found.began(now)
    assert 20 == found.wait(30)
    assert found.allows(50)


@pytest.mark.parametrize(
    ("chance", "pauses"),
    [
        pytest.param(0.0, [1, 1, 1, 1, 1, 1, 1, 1], id="the shortest"),
        pytest.param(0.5, [1.5, 2.5, 4.5, 8.5, 16.5, 30.5, 30.5, 30.5], id="half way"),
        pytest.param(1.0, [2, 4, 8, 16, 32, 60, 60, 60], id="the longest"),
    ],
)
def test_pauses_grow_with_failures(chance: float, pauses: list[float]) -> None:
    """From a second to a minute, by chance in between."""
    found = pace(chance)
    for pause in pauses:
        found.failed(100)
        assert pause == found.wait(100)
        assert not found.allows(100 + pause - 0.001)
        assert found.allows(100 + pause)


def test_pauses_stay_bounded() -> None:
    """A thousand failures later it is still a minute."""
    found = pace(1.0)
    for _ in range(1_000):
        found.failed(0)
    assert 60 == found.wait(0)


def test_success_ends_the_pauses() -> None:
    """The one under way, and the growth."""
    found = pace(1.0)
    for _ in range(5):
        found.failed(0)
    found.succeeded()
    assert found.allows(0)
    found.failed(0)
    assert 2 == found.wait(0)


@pytest.mark.parametrize(("asked", "wait"), [(0, 1), (0.5, 1), (7, 7), (300, 300)])
def test_a_pause_is_as_long_as_was_asked_for(asked: float, wait: float) -> None:
    """Or longer."""
    found = pace()
    found.failed(0, asked)
    assert wait == found.wait(0)


def test_a_pause_that_nobody_asked_for() -> None:
    """Is as long as chance has it."""
    found = pace()
    found.failed(0)
    assert 1 == found.wait(0)


# -- All issuers together ----------------------------------------------------------------------------------------------


def test_so_many_at_a_time() -> None:
    """The next one begins when one has ended, well or not."""
    found = Budget(at_once=2)
    assert [True, True, False] == [found.take(now) for now in (0, 1, 2)]
    found.give_back(0)
    assert [True, False] == [found.take(now) for now in (3, 4)]


def test_so_many_in_a_second() -> None:
    """Of any second, wherever it begins; those that were refused do not count."""
    found = Budget(at_once=100, per_second=3)
    assert [0, 1, 2, 8, 9, 10, 16, 17, 18] == [eighth for eighth in range(24) if found.take(eighth / 8)]


def test_a_place_is_only_lent() -> None:
    """Whoever never says that it ended has it for ten seconds, and gives back nobody else's then."""
    found = Budget(at_once=1)
    assert [True, False, True] == [found.take(now) for now in (0, 9.9, 10)]
    found.give_back(0)
    assert not found.take(11)
    found.give_back(10)
    assert found.take(12)


def test_a_lock_that_was_held_in_a_parent_is_made_anew() -> None:
    """What is under way is still counted: it may have been this very thread's."""
    found: Any = Budget(at_once=1)
    found.take(0)
    with found._lock:
        found.renew()
        assert not found.take(1)


def test_the_budget_of_a_clock() -> None:
    """The process's clock has one for all; times of another clock mean nothing to it."""
    assert PROCESS is budget_of(time.monotonic)
    assert PROCESS is not budget_of(lambda: 0)
    assert budget_of(lambda: 0) is not budget_of(lambda: 0)


def test_threads_share_a_budget() -> None:
    """However they fall into each other's steps."""
    found, start = Budget(at_once=100, per_second=50), threading.Barrier(10, timeout=PATIENCE)

    def work(_: int) -> int:
        start.wait()
        return sum(found.take(0) for _ in range(20))

    with ThreadPoolExecutor(10) as pool:
        assert 50 == sum(pool.map(work, range(10)))
