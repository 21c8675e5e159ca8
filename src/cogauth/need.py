"""What a keyring asks of whoever drives it, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    # A type only: a need is a ring's, and rings are made of what is below them.
    from cogauth.keyring import Keyring

T = TypeVar("T")


class Need:
    """Have this ring's document fetched, wait for it *wait* seconds at most, and resume me."""

    __slots__ = ("refused", "ring", "turn", "wait")

    def __init__(self, ring: Keyring, turn: int, wait: float) -> None:
        self.ring: Keyring = ring
        self.turn: int = turn
        self.wait: float = wait
        self.refused: bool = False
        """Whether an attempt was due, and there were too many of other issuers."""

    def begin(self) -> bool:
        """Start an attempt; False if none is due, or the process makes too many: then this need is refused."""
        begun = self.ring.begin(self.turn)
        self.refused = not begun and self.ring.due(self.turn)
        return begun


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
