"""Reports: what a question's contenders took, as a table for people and as data for the next one."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.harness import Contender

RESULTS: Final = Path(__file__).parent / "results"

LONG: Final = 10_000
"""Microseconds from which on a time is written in milliseconds."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender took: `times` are microseconds per call, one for each round, and `ratio` is to the floor's."""

    name: str
    median: float
    best: float
    ratio: float
    gaps: tuple[str, ...]
    note: str
    times: tuple[float, ...]
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """What else was measured, such as requests per second."""


def times_over(over: Sequence[float], under: Sequence[float]) -> float:
    """
    Tell how many times as long one contender took as another, by the median over the rounds.

    Each round is compared with itself: where the machine is slow for a while, it is so for both.
    """
    return statistics.median(one / other for one, other in zip(over, under, strict=True))


@dataclass(frozen=True, slots=True)
class Report:
    """
    An answer.

    Args:
        title: the question, and which time it is.
        floor: the row that ratios refer to.
        rows: the quickest first.
        absent: who could not take part, and why.
        facts: figures that are no contender's time.
    """

    title: str
    floor: str
    rows: tuple[Row, ...]
    absent: tuple[str, ...] = ()
    facts: Mapping[str, float] | None = None

    @classmethod
    def of(
        cls,
        title: str,
        contenders: Sequence[Contender[Item]],
        floor: str,
        absent: Sequence[str] = (),
        facts: Mapping[str, float] | None = None,
    ) -> Report:
        """Sum up what was measured; *floor* names one of *contenders*."""
        (base,) = (contender.times for contender in contenders if contender.name == floor)
        rows = (
            Row(
                contender.name,
                round(contender.median, 3),
                round(min(contender.times), 3),
                round(times_over(contender.times, base), 4),
                contender.gaps,
                contender.note,
                tuple(round(time, 3) for time in contender.times),
                contender.figures,
            )
            for contender in sorted(contenders, key=lambda contender: contender.median)
        )
        return cls(title, floor, tuple(rows), tuple(absent), facts)

    @classmethod
    def loaded(cls, data: Mapping[str, Any]) -> Report:
        """Read one that `save` has written."""
        rows = tuple(_row(row) for row in data["rows"])
        return cls(data["title"], data["floor"], rows, tuple(data["absent"]), data["facts"])

    def __str__(self) -> str:
        """Write the table."""
        width = max(len(row.name) for row in self.rows)
        lines = [
            self.title,
            "",
            f"{'':{width}} {'median':>11} {'best':>11} {'x floor':>8}  accepts too; how it was set up",
        ]
        for row in self.rows:
            figures = ", ".join(f"{name} {value:,}" for name, value in row.figures.items())
            remarks = "; ".join(filter(None, (", ".join(row.gaps) or "-", row.note, figures)))
            lines.append(
                f"{row.name:{width}} {spelled(row.median):>11} {spelled(row.best):>11} {row.ratio:8.3f}  {remarks}"
            )
        lines += [f"{name}: {value:,}" for name, value in (self.facts or {}).items()]
        lines += [f"absent: {who}" for who in self.absent]
        return "\n".join(lines)


def _row(data: Mapping[str, Any]) -> Row:
    members = dict(data)
    for name in ("gaps", "times"):
        members[name] = tuple(members[name])
    return Row(**members)


def spelled(microseconds: float) -> str:
    """Write a time with the unit that suits it."""
    return f"{microseconds:.2f} µs" if microseconds < LONG else f"{microseconds / 1000:.1f} ms"


def save(question: str, reports: Sequence[Report], folder: Path = RESULTS) -> Path:
    """Write *reports* with what they were measured on, and give the file."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{question}.json"
    data = {"machine": machine(), "reports": [asdict(report) for report in reports]}
    file.write_text(json.dumps(data, indent=2) + "\n")
    return file


def load(question: str, folder: Path = RESULTS) -> list[Report]:
    """Read what was measured last, or nothing if nothing was."""
    file = folder / f"{question}.json"
    if not file.is_file():
        return []
    return [Report.loaded(data) for data in json.loads(file.read_text())["reports"]]


def machine() -> dict[str, object]:
    """Tell what the figures were measured on, and how busy it was: the load over one, five and fifteen minutes."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "architecture": platform.machine(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "packages": _packages(),
    }


def caption() -> str:
    """Tell the same in a line, below a picture."""
    facts = machine()
    packages = ", ".join(f"{name} {number}" for name, number in _packages().items())
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"Python {facts['python']}, {packages}; {facts['processors']} x {facts['processor']}; load {load}"


def _packages() -> dict[str, str]:
    return {package: version(package) for package in ("cryptography", "msgspec", "pyjwt")}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
