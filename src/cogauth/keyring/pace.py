"""How often an issuer may be asked for its keys, and how often all of them together."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from cogauth._fork import renew_in_child

ATTEMPTS, WINDOW = 2, 30.0
"""How many attempts in how many seconds, for one issuer; failed ones count."""

MAX_ABSENT = 128
"""How many invented `kid`s are remembered for one issuer."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds to wait after a failure: at least, and at most."""

AT_ONCE, PER_SECOND = 8, 50
"""How many attempts may be under way, and begin within a second, for all issuers of the process together."""

LEASE = 10.0
"""Seconds after which an attempt that nobody ended counts as ended: twice what a whole fetch may take."""


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


class Absent:
    """The `kid`s lately looked for in vain: none of them is worth an attempt so soon."""

    __slots__ = ("_kids",)

    def __init__(self) -> None:
        self._kids: dict[str, float] = {}

    def lately(self, kid: str, now: float) -> bool:
        """Was *kid* looked for in vain in the `WINDOW` before *now*?"""
        return now < self._kids.get(kid, float("-inf"))

    def note(self, kid: str, now: float) -> None:
        """Remember *kid*; when there are too many, the others are forgotten together."""
        # All who waited for one attempt come here at once, each in a thread of its own: nothing here takes two steps
        # that would have to be one.
        if len(self._kids) >= MAX_ABSENT:
            self._kids = {}
        self._kids[kid] = now + WINDOW


class Budget:
    """
    A bounded number of attempts at a time and in a second, for many issuers together.

    Each of five thousand issuers may keep to its own pace, and all of them be a storm. Whoever is refused here has not
    asked: neither the issuer's pace nor its failures know of it, and a second later there is room again.

    An attempt may end without a word: its event loop just stopped, its process was forked, its fetcher hangs. So a
    place is only lent, for `LEASE` seconds. Any number of threads may call.
    """

    __slots__ = ("__weakref__", "_at_once", "_begun", "_lock", "_under_way")

    def __init__(self, at_once: int = AT_ONCE, per_second: int = PER_SECOND) -> None:
        self._at_once = at_once
        self._under_way: list[float] = []
        self._begun: deque[float] = deque(maxlen=per_second)
        self.renew()
        renew_in_child(self)

    def take(self, now: float) -> bool:
        """May an attempt begin at *now*? If so, it has a place, until that is given back."""
        with self._lock:
            for began in tuple(self._under_way):
                if now - began >= LEASE:
                    self.give_back(began)
            if len(self._under_way) >= self._at_once:
                return False
            if len(self._begun) == self._begun.maxlen and now - self._begun[0] < 1.0:
                return False
            self._under_way.append(now)
            self._begun.append(now)
            return True

    def give_back(self, began: float) -> None:
        """End the attempt that began at *began*."""
        # One step and no lock: a forked child calls this for the attempts that it left behind.
        with contextlib.suppress(ValueError):  # lent for too long, and taken back
            self._under_way.remove(began)

    def renew(self) -> None:
        """Make the lock anew: a forked child may have got it locked, by a thread that it did not get."""
        self._lock = threading.Lock()


PROCESS: Final = Budget()
"""The budget of all who go by the process's own clock."""


def budget_of(monotonic: Callable[[], float]) -> Budget:
    """Give the process's budget, or a new one for a clock of one's own, whose times tell the others nothing."""
    return PROCESS if monotonic is time.monotonic else Budget()
