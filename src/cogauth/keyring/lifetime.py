"""For how long a set of keys is fresh and may serve, by both clocks of a machine."""

from __future__ import annotations

from math import inf
from typing import Final

FRESH = 300.0
"""Seconds for which a set is fresh, give or take a tenth, so that a fleet does not ask in step."""

AHEAD = 0.8
"""The part of its fresh time after which a used set is renewed."""

CLOCKS_APART = 60.0
"""Seconds by which the clocks may drift from each other before a set counts as old: a restored snapshot, a sleep."""


class Lifetime:
    """
    The times of one set of keys; a new set brings a new lifetime, so that no reader sees half of each.

    Args:
        refresh_at: when it is to be renewed (monotonic seconds).
        serve_until: until when it may serve (monotonic seconds).
        serve_until_wall: until when it may serve (seconds since the epoch).
        drift: how far the wall clock was ahead of the other one when the set was asked for (seconds).
    """

    __slots__ = ("drift", "refresh_at", "serve_until", "serve_until_wall")

    def __init__(self, refresh_at: float, serve_until: float, serve_until_wall: float, drift: float) -> None:
        self.refresh_at: float = refresh_at
        self.serve_until: float = serve_until
        self.serve_until_wall: float = serve_until_wall
        self.drift: float = drift

    @classmethod
    def of(cls, asked: float, asked_wall: float, chance: float, max_stale: float) -> Lifetime:
        """
        Give the lifetime of a set that was asked for at *asked*, which was *asked_wall* by the other clock.

        *chance*, a number in [0, 1), chooses among the fresh times; the set may serve *max_stale* seconds.
        """
        fresh = FRESH * (0.9 + 0.2 * chance)
        return cls(asked + fresh * AHEAD, asked + max_stale, asked_wall + max_stale, asked_wall - asked)

    def serves(self, now: float, wall: float) -> bool:
        """Tell whether the set may be used: by both clocks, for a sleeping machine stops one of them."""
        return now < self.serve_until and wall < self.serve_until_wall


NEVER: Final = Lifetime(-inf, -inf, -inf, 0.0)
"""That of the keys of a ring that has none."""

FOR_GOOD: Final = Lifetime(inf, inf, inf, 0.0)
"""That of pinned keys."""
