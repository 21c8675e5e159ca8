"""The clock: time that stands still until a test moves it."""

from __future__ import annotations

import math
import time

from cogauth.errors import ConfigurationError


class FrozenClock:
    """
    A clock that stands still, for every `clock` and `monotonic` argument: calling it gives the time.

    It starts at the present, so that tokens dated by it are good for code under test that reads the real clock, too.

    Args:
        now: the time to start at, in whole seconds since the epoch; the present one if left out.
    """

    def __init__(self, now: int | None = None) -> None:
        self._now: float = int(time.time()) if now is None else now

    def __call__(self) -> float:
        return self._now

    def __repr__(self) -> str:
        return f"<FrozenClock at {self._now}>"

    @property
    def now(self) -> int:
        """The time in whole seconds since the epoch, as the claims of a token have it."""
        return int(self._now)

    def advance(self, seconds: float) -> None:
        """
        Let *seconds* pass.

        Raises:
            ConfigurationError: a negative or an endless time. This is a monotonic clock as well, which never runs back.
        """
        if not 0 <= seconds < math.inf:
            raise ConfigurationError(f"a clock advances by zero or more seconds, not by {seconds!r}")
        self._now += seconds
