"""Clocks that stand until they are told to move."""

from __future__ import annotations

from tests.support.tokens import NOW


class Clocks:
    """A wall clock and a monotonic clock: both move with `tick`, one alone by assignment."""

    def __init__(self, wall: float = NOW, monotonic: float = 5_000.0) -> None:
        self.now = wall
        self.uptime = monotonic

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.uptime

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.uptime += seconds
