"""What does an answer of a Lambda authorizer cost that has been running, by the median and the 99th percentile?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks.functions.contenders import (
    BLUEPRINT_PINNED,
    FLOOR,
    NODE_FLOOR,
    NODE_PINNED,
    PINNED,
    POWERTOOLS_PINNED,
    Kind,
    allows,
    event,
)
from benchmarks.functions.makers import every, setting
from benchmarks.functions.runtime import Function
from benchmarks.harness import Contender, Effort, run
from benchmarks.report import Report

HIT: Final = "cogauth, seen before"
MISS: Final = "cogauth, never seen before"
NAMES: Final = (FLOOR, PINNED, BLUEPRINT_PINNED, POWERTOOLS_PINNED, NODE_FLOOR, NODE_PINNED)
"""All have the keys at hand: what was fetched once is not fetched again for a while."""

LIVE: Final = 64
CALLS: Final = 100
"""Events that a function gets in its turn: one of a hundred takes longer than the others."""


@dataclass
class Warm(Contender[str]):
    """A contender whose call is an event for a function that is running; timed on the wall, from event to answer."""

    function: Function = field(kw_only=True)
    calls: int = CALLS
    late: list[float] = field(default_factory=list[float])
    """Microseconds within which 99 of 100 were answered, one for each round."""

    def slice(self, count: int) -> float:  # noqa: ARG002  the same number for all, so that all have a slowest
        """Ask with the next tokens, and give the median."""
        tokens = [self.items[(self._position + turn) % len(self.items)] for turn in range(self.calls)]
        self._position = (self._position + self.calls) % len(self.items)
        answers = [self.function.invoke(event(token)) for token in tokens]
        if not all(map(allows, answers)):
            raise ValueError(f"{self.name} refused a token")
        times = sorted(answer.nanoseconds / 1000 for answer in answers)
        self.late.append(times[-1 - len(times) // 100])
        return statistics.median(times)


def measure(effort: Effort, kinds: Sequence[Kind] | None = None, calls: int = CALLS) -> list[Report]:
    """
    Keep all functions running, and let them take turns.

    Args:
        effort: how many rounds.
        kinds: functions that are proven already; all that there are, unless given.
        calls: events in each turn.
    """
    if kinds is not None:
        return reports(kinds, effort, calls, [])
    # As many tokens as there will be events, the first ones aside, so that each can be one that was never seen.
    with setting((effort.rounds + 2) * calls) as made_of:
        made, absent = every(made_of, NAMES)
        return reports(made, effort, calls, absent)


def reports(kinds: Sequence[Kind], effort: Effort, calls: int, absent: Sequence[str]) -> list[Report]:
    """Give a report on the median and one on the 99th percentile."""
    field_of: list[Warm] = []
    with ExitStack() as stack:
        for kind in _twice(kinds):
            function = stack.enter_context(kind.start())
            tokens = kind.sample.good if kind.name == MISS else kind.sample.good[:LIVE]
            warm = Warm(
                kind.name, lambda _: None, tokens, kind.note, gaps=tuple(kind.gaps), function=function, calls=calls
            )
            field_of.append(warm)
        run(field_of, effort)
    floor = next(warm for warm in field_of if warm.name == FLOOR)
    facts = {f"{warm.name}: ms above the empty handler": _above(warm, floor) for warm in field_of if warm is not floor}
    facts |= {f"{warm.name}: MB of memory": round(warm.function.cost.resident / 1e6, 1) for warm in field_of}
    title = "A warm invocation: from event to answer on the wall, {}, and times the floor"
    late = [
        Contender(warm.name, warm.call, warm.items, warm.note, gaps=warm.gaps, times=warm.late[-len(warm.times) :])
        for warm in field_of
    ]
    return [
        Report.of(title.format("median"), field_of, FLOOR, absent, facts),
        Report.of(title.format("99th percentile"), late, FLOOR),
    ]


def _twice(kinds: Sequence[Kind]) -> list[Kind]:
    """Have ours run twice, for it remembers tokens."""
    made: list[Kind] = []
    for kind in kinds:
        made += [replace(kind, name=HIT), replace(kind, name=MISS)] if kind.name == PINNED else [kind]
    return made


def _above(warm: Warm, floor: Warm) -> float:
    """Tell how many milliseconds more it took than *floor*, by the median over the rounds."""
    return round(statistics.median(one - other for one, other in zip(warm.times, floor.times, strict=True)) / 1000, 3)
