"""The clock: it stands still, and runs forward only."""

from __future__ import annotations

import math
import time

import pytest

from cogauth import ConfigurationError
from cogauth.testing import FrozenClock


def test_it_stands_still() -> None:
    """Asked twice it gives the same, by either of its faces."""
    clock = FrozenClock(1_700_000_000)
    assert [1_700_000_000] * 3 == [clock(), clock(), clock.now]


def test_it_starts_at_the_present() -> None:
    """In whole seconds, and never ahead of the real clock: a token from the future would be refused."""
    before = int(time.time())
    now = FrozenClock()()
    assert before <= now <= time.time()
    assert now == int(now)


@pytest.mark.parametrize(("seconds", "now"), [(0, 100), (1, 101), (0.9, 100), (3_600, 3_700), (1.5, 101)])
def test_it_advances(seconds: float, now: int) -> None:
    """By fractions too, which a claim does not show."""
    clock = FrozenClock(100)
    clock.advance(seconds)
    assert (100 + seconds, now) == (clock(), clock.now)


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan, math.inf, -math.inf])
def test_it_never_runs_back(seconds: float) -> None:
    """What is no step forward moves nothing."""
    clock = FrozenClock(100)
    with pytest.raises(ConfigurationError, match="advances"):
        clock.advance(seconds)
    assert 100 == clock()


def test_it_shows_the_time() -> None:
    """In its representation."""
    assert "<FrozenClock at 100>" == repr(FrozenClock(100))
