"""Ways: the choices of conditions that would meet a rule which is not met, the best one first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from cogauth.rules.algebra import Rule

MAX_WAYS: Final = 32
"""Ways that are looked at; of a rule with more, the best one found is short but perhaps not the shortest."""

Way: TypeAlias = "tuple[Rule, ...]"


class Remedy(IntEnum):
    """What who is refused for one condition can do about it, the easiest first."""

    SCOPE = 0
    """Ask for a scope (RFC 6750 section 3.1)."""

    SIGN_IN = 1
    """Sign in again (RFC 9470 section 3)."""

    NONE = 2


def best(ways: Iterable[Way]) -> list[Way]:
    """
    Give *ways* in order, each once: few conditions first, then what can be done about them, then as they stood.

    A way of no conditions is the only one.
    """
    once: dict[frozenset[Rule], Way] = {}
    for way in ways:
        if not way:
            return [()]
        once.setdefault(frozenset(way), way)
    return sorted(once.values(), key=_cost)[:MAX_WAYS]


def _cost(way: Way) -> tuple[int, Remedy]:
    remedies = {clause.remedy for clause in way}
    # A refusal has one challenge: who lacks a scope and a sign-in, or a scope and a group, is told neither.
    return len(way), remedies.pop() if len(remedies) == 1 else Remedy.NONE
