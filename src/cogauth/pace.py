"""How often an issuer may be asked for its keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

ATTEMPTS, WINDOW = 2, 30.0
"""How many attempts in how many seconds, for one issuer; failed ones count."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds to wait after a failure: at least, and at most."""


class Pace:
    """
    A bounded number of attempts in a time, and pauses after failures that grow.

    Their length is drawn by chance, so that a fleet does not come back in step.

    Args:
        chance: gives a number in [0, 1), anew at each call.
    """

    __slots__ = ("_attempts", "_chance", "_failures", "_quiet_until")

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._attempts: deque[float] = deque(maxlen=ATTEMPTS)
        self._failures = 0
        self._quiet_until = float("-inf")

    def allows(self, now: float) -> bool:
        """May an attempt begin at *now*?"""
        return now >= self._next()

    def wait(self, now: float) -> float:
        """Give the seconds until an attempt may begin."""
        return max(0.0, self._next() - now)

    def began(self, now: float) -> None:
        """Count an attempt."""
        self._attempts.append(now)

    def succeeded(self) -> None:
        """End the pauses."""
        self._failures = 0
        self._quiet_until = float("-inf")

    def failed(self, now: float, asked: float = 0.0) -> None:
        """Begin a pause, of at least the *asked* seconds."""
        self._failures += 1
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures, 10))
        pause = FIRST_PAUSE + (longest - FIRST_PAUSE) * self._chance()
        self._quiet_until = now + max(pause, asked)

    def _next(self) -> float:
        if len(self._attempts) < ATTEMPTS:
            return self._quiet_until
        return max(self._quiet_until, self._attempts[0] + WINDOW)
