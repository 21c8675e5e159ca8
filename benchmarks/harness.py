"""
The harness: contenders take turns in one process, and what counts is the ratio of their medians.

Machines are shared and noisy. Each round runs every contender for a slice of time, in a new random order, and notes the
CPU time per call; a disturbance then meets all of them alike, and the median over rounds forgets it.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

Call = Callable[[str], object]

SLICE = 0.05
"""Seconds of CPU that a contender gets in a round."""

RESULTS = Path(__file__).parent / "results"


@dataclass
class Contender:
    """One way to do the work: *call* takes a token and raises if it is refused."""

    name: str
    call: Call
    gaps: tuple[str, ...] = ()
    """What it accepts though it should not: a number is worth as much as the work behind it."""
    times: list[float] = field(default_factory=list[float])

    @property
    def median(self) -> float:
        """Microseconds of CPU per call."""
        return statistics.median(self.times)


def prove(contender: Contender, good: str, bad: Mapping[str, str]) -> None:
    """Have *contender* accept *good*, and note which of *bad* it accepts too."""
    contender.call(fresh(good))
    contender.gaps = tuple(name for name, token in bad.items() if accepts(contender.call, token))


def accepts(call: Call, token: str) -> bool:
    """Does *call* take *token*?"""
    try:
        call(fresh(token))
    except Exception:  # noqa: BLE001  whatever a library raises is its way to refuse
        return False
    return True


def fresh(token: str) -> str:
    """Give *token* as a new string, as a server would: nothing about it is cached."""
    return token.encode().decode()


def run(contenders: Sequence[Contender], tokens: Sequence[str], rounds: int) -> None:
    """Time all *contenders*, in turns, on *tokens*."""
    counts = {contender.name: _calibrate(contender, tokens) for contender in contenders}
    turns = random.Random(1)  # noqa: S311  an order, not a secret
    for _ in range(rounds):
        for contender in turns.sample(contenders, len(contenders)):
            contender.times.append(_slice(contender.call, tokens, counts[contender.name]))


def _calibrate(contender: Contender, tokens: Sequence[str]) -> int:
    count = 8
    while True:
        spent = _slice(contender.call, tokens, count) * count / 1e6
        if spent > SLICE / 5:
            return max(1, int(count * SLICE / spent))
        count *= 4


def _slice(call: Call, tokens: Sequence[str], count: int) -> float:
    """Give the microseconds of CPU per call, over *count* calls."""
    work = [fresh(tokens[turn % len(tokens)]) for turn in range(count)]
    gc.collect()
    gc.disable()
    start = time.thread_time_ns()
    for token in work:
        call(token)
    spent = time.thread_time_ns() - start
    gc.enable()
    return spent / count / 1000


def report(title: str, contenders: Sequence[Contender], floor: Contender) -> dict[str, object]:
    """Print the medians and their ratio to *floor*, and give the same as data."""
    print(f"\n{title}\n")
    print(f"{'':58} {'median':>9}  {'best':>8}  {'x floor':>8}  accepts too")
    rows: list[dict[str, object]] = []
    for contender in sorted(contenders, key=lambda contender: contender.median):
        ratio = contender.median / floor.median
        gaps = ", ".join(contender.gaps) or "-"
        best = min(contender.times)
        print(f"{contender.name:58} {contender.median:7.2f}us {best:7.2f}us  {ratio:8.3f}  {gaps}")
        rows.append(
            {
                "name": contender.name,
                "median_us": round(contender.median, 3),
                "best_us": round(best, 3),
                "ratio": round(ratio, 4),
                "rounds": len(contender.times),
                "gaps": list(contender.gaps),
            }
        )
    return {"title": title, "floor": floor.name, "rows": rows}


def save(name: str, *reports: Mapping[str, object]) -> Path:
    """Write *reports* with what they were measured on, and give the file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps({"machine": machine(), "reports": reports}, indent=2) + "\n")
    return file


def machine() -> dict[str, object]:
    """Tell what the figures were measured on."""
    packages = ("cryptography", "msgspec", "pyjwt")
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "architecture": platform.machine(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "packages": {package: version(package) for package in packages},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
