"""Capacity: the arithmetic, and that the page says what it comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.capacity import POOL_BYTES, Measured, Need, figures, gateway_table, spelled_pause, table

PAGE = Path(__file__).parent.parent / "docs" / "capacity.md"
ROUND = Measured(seen=60.0, unseen=120.0, process=1_000_000.0)


@pytest.mark.parametrize(
    ("rate", "cores", "unseen"),
    [
        pytest.param(10_000, 1, 2, id="one core that is busy for all of what it may"),
        pytest.param(10_001, 2, 3, id="one request more"),
        pytest.param(1_000_000, 100, 200, id="a million"),
    ],
)
def test_cores(rate: int, cores: int, unseen: int) -> None:
    """60 microseconds, six tenths of the time: 10,000 requests for each core."""
    need = Need.of(rate, ROUND)
    assert (cores, unseen) == (need.cores, need.cores_unseen)


def test_memory_and_fetches() -> None:
    """Each process has itself and all pools, and asks for each of them every 240 seconds."""
    need = Need.of(20_000, ROUND, pools=480)
    assert 4 == need.cores_unseen
    assert 4 * (1_000_000 + 480 * POOL_BYTES) == need.memory
    assert 8.0 == need.fetches


@pytest.mark.parametrize(("text", "seconds"), [("240.0 s", 240.0), ("250 ms", 0.25), ("1.0 s", 1.0)])
def test_pauses(text: str, seconds: float) -> None:
    """Seconds, and milliseconds below one."""
    assert text == spelled_pause(seconds)


def test_the_page_says_so() -> None:
    """What `python -m benchmarks.capacity` prints is what stands in the page, measured anew or not."""
    page, measured = PAGE.read_text(), Measured.last()
    assert [] == [part for part in (figures(measured), table(measured), gateway_table()) if part not in page]
