"""Lifetimes: until when a set of keys is fresh, and until when it may serve."""

from __future__ import annotations

import pytest

from cogauth.keyring.lifetime import FOR_GOOD, NEVER, Lifetime

ASKED, WALL, STALE = 1_000.0, 1_700_000_000.0, 3_600.0


@pytest.mark.parametrize(("chance", "fresh"), [(0.0, 216.0), (0.5, 240.0), (1.0, 264.0)])
def test_a_set_is_renewed_after_four_fifths_of_its_fresh_time(chance: float, fresh: float) -> None:
    """Which is five minutes, give or take a tenth."""
    assert fresh == pytest.approx(Lifetime.of(ASKED, WALL, chance, STALE).refresh_at - ASKED)


def test_the_distance_of_the_clocks_is_kept() -> None:
    """As it was when the set was asked for."""
    assert WALL - ASKED == Lifetime.of(ASKED, WALL, 0.5, STALE).drift


@pytest.mark.parametrize(
    ("now", "wall", "serves"),
    [
        pytest.param(0.0, 0.0, True, id="at once"),
        pytest.param(STALE - 0.1, STALE - 0.1, True, id="for its time"),
        pytest.param(STALE, 0.0, False, id="over by one clock"),
        pytest.param(0.0, STALE, False, id="over by the other"),
        pytest.param(STALE, STALE, False, id="over by both"),
    ],
)
def test_a_set_serves_by_both_clocks(now: float, wall: float, *, serves: bool) -> None:
    """A sleeping machine stops one of them, and a set clock jumps."""
    assert serves == Lifetime.of(ASKED, WALL, 0.5, STALE).serves(ASKED + now, WALL + wall)


def test_no_keys_serve_never_and_pinned_ones_for_good() -> None:
    """Wherever the clocks stand."""
    for now, wall in ((0.0, 0.0), (1e12, 1e12), (-1e12, -1e12)):
        assert (False, True) == (NEVER.serves(now, wall), FOR_GOOD.serves(now, wall))
