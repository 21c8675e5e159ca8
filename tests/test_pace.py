"""How often an issuer is asked: twice in half a minute, and after failures less and less."""

from __future__ import annotations

import pytest

from cogauth.pace import Pace


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
