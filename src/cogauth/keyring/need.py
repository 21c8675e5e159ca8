"""What a keyring asks of whoever drives it, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from cogauth.keyring.attempts import Attempt

if TYPE_CHECKING:
    # A type only: a need is a ring's, and rings are made of what is below them.
    from cogauth.keyring.ring import Keyring

T = TypeVar("T")


class Need:
    """Have this ring's document fetched, wait for it *wait* seconds at most, and resume me."""

    __slots__ = ("joined", "refused", "ring", "turn", "wait")

    def __init__(self, ring: Keyring, turn: int, wait: float) -> None:
        self.ring: Keyring = ring
        self.turn: int = turn
        self.wait: float = wait
        self.refused: bool = False
        """Whether an attempt was due, and there were too many of other issuers."""
        self.joined: Attempt | None = None
        """The attempt whose end was waited for."""

    def begin(self, runs: Callable[[], bool] | None = None) -> Attempt | None:
        """
        Start an attempt for the caller to make; None if none is due, or the process makes too many.

        In the latter case this need is refused. *runs* tells whether the caller's kind of maker still goes on.
        """
        attempt = self.ring.attempts.begin(self.turn, runs)
        self.refused = attempt is None and self.ring.attempts.due(self.turn)
        return attempt

    def join(self) -> Attempt | None:
        """Give the attempt whose end is to be waited for, whoever makes it; None where there is nothing to wait for."""
        self.joined = self.ring.attempts.of(self.turn) if self.wait > 0 else None
        return self.joined


class KeyHealth(NamedTuple):
    """How the keys of one issuer string are."""

    issuer: str
    """The issuer string."""
    name: str
    """What the configuration calls the issuer."""
    url: str
    """Where its keys are fetched; pinned keys are not."""
    keys: int
    """How many keys are usable."""
    generation: int
    """How many documents were learned so far."""
    age: float | None
    """Seconds since the keys were asked for; None if there are none or they are pinned."""
    error: str | None
    """Why the last attempt failed; None if it did not, or there was none."""
    next_attempt: float
    """Seconds until the next attempt is allowed; 0 if one is now."""


Flow: TypeAlias = Generator[Need, None, T]
