"""What does the first answer of a Lambda authorizer cost, process and all, with keys on board and with keys fetched?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from benchmarks.functions.contenders import FLOOR, Kind, allows, event
from benchmarks.functions.makers import every, setting
from benchmarks.harness import Contender, Effort, run
from benchmarks.report import Report

TOKENS: Final = 8
ROUNDS: Final = 11
"""As many as there is time for: a round takes some seconds, and no start is shorter for the one before."""


class Start(NamedTuple):
    """One start, in microseconds and bytes."""

    init: float
    """Until the process asked for its first event."""
    first: float
    """Until the first answer was here."""
    cpu: float
    resident: int


@dataclass
class Cold(Contender[str]):
    """A contender whose call is a new process, timed on the wall until it has answered."""

    kind: Kind = field(kw_only=True)
    starts: list[Start] = field(default_factory=list[Start])

    def slice(self, count: int) -> float:  # noqa: ARG002  once is enough, however long a slice is
        """Start it once."""
        token = self.items[len(self.starts) % len(self.items)]
        with self.kind.start() as function:
            answer = function.invoke(event(token))
        if not allows(answer):
            raise ValueError(f"{self.name} refused a token")
        first = function.start + answer.nanoseconds
        self.starts.append(Start(function.start / 1000, first / 1000, function.cost.cpu / 1000, function.cost.resident))
        return self.starts[-1].first


def measure(effort: Effort, kinds: Sequence[Kind] | None = None) -> list[Report]:
    """
    Start each function once a round.

    Args:
        effort: how many rounds.
        kinds: functions that are proven already; all that there are, unless given.
    """
    if kinds is not None:
        return reports(kinds, effort, [])
    with setting(TOKENS) as made_of:
        made, absent = every(made_of)
        return reports(made, Effort(min(effort.rounds, ROUNDS), effort.slice), absent)


def reports(kinds: Sequence[Kind], effort: Effort, absent: Sequence[str]) -> list[Report]:
    """Give a report on the CPU time of a start, one on its time on the wall, and one on what of that is init."""
    field_of = [
        Cold(kind.name, lambda _: None, kind.sample.good, kind.note, gaps=tuple(kind.gaps), kind=kind) for kind in kinds
    ]
    run(field_of, effort)
    facts = {f"{kind.name}: MB of its zip": round(kind.bundle.size / 1e6, 2) for kind in kinds}
    facts |= {f"{cold.name}: MB of memory": round(_last(cold)[-1].resident / 1e6, 1) for cold in field_of}
    title = "A cold start: {}, and times the floor"
    return [
        Report.of(title.format("CPU time until the first answer"), _seen(field_of, "cpu"), FLOOR, absent, facts),
        Report.of(title.format("the same on the wall"), field_of, FLOOR),
        Report.of(title.format("of that until the handler is ready"), _seen(field_of, "init"), FLOOR),
    ]


def _last(cold: Cold) -> list[Start]:
    """Leave out the starts that were its warming up."""
    return cold.starts[-len(cold.times) :]


def _seen(field_of: Sequence[Cold], what: str) -> list[Contender[str]]:
    """Look at the same starts another way."""
    return [
        Contender(
            cold.name,
            cold.call,
            cold.items,
            cold.note,
            gaps=cold.gaps,
            times=[getattr(each, what) for each in _last(cold)],
        )
        for cold in field_of
    ]
