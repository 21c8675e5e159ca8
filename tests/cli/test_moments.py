"""Moments: seconds since the epoch, as people read them."""

from __future__ import annotations

import pytest

from cogauth.cli.moments import distance, moment, utc

NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("away", "said"),
    [
        pytest.param(0, "now", id="now"),
        pytest.param(0.4, "now", id="less than a second"),
        pytest.param(1, "in 1 s", id="a second"),
        pytest.param(119, "in 119 s", id="nearly two minutes"),
        pytest.param(720, "in 12 min", id="minutes"),
        pytest.param(-7_199, "119 min ago", id="nearly two hours"),
        pytest.param(-7_200, "2 h ago", id="hours"),
        pytest.param(172_800, "in 2 days", id="days"),
    ],
)
def test_distance(away: float, said: str) -> None:
    """A unit is used from two of it on, rounded down."""
    assert said == distance(NOW + away, NOW)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        pytest.param(NOW, "2023-11-14 22:13:20 UTC", id="an integer"),
        pytest.param(0.5, "1970-01-01 00:00:00 UTC", id="a fraction"),
        pytest.param(10**18, "(no date)", id="past the last year"),
        pytest.param(float("inf"), "(no date)", id="no number of a clock"),
    ],
)
def test_utc(seconds: float, written: str) -> None:
    """A number that is no date is said to be none."""
    assert written == utc(seconds)


def test_moment() -> None:
    """A moment is written with its distance."""
    assert "2023-11-14 22:25:20 UTC (in 12 min)" == moment(NOW + 720, NOW)
