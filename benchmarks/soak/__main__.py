"""
Soaks `cogauth serve`, and writes what came of it to results/soak.json.

    python -m benchmarks.soak --seconds 600
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.report import RESULTS, machine
from benchmarks.soak.story import Outcome, Story


def main() -> int:
    """Soak for as long as the command line says; give 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=300.0, help="questions per second")
    parser.add_argument("--people", type=int, default=5000, help="tokens at first: more than a cache holds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(Story(Path(folder), options.seconds, options.rate, options.people).tell())
    print(told(outcome))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.json").write_text(json.dumps(written(outcome), indent=2) + "\n")
    return 0 if outcome.score.wrongs == 0 and outcome.flat else 1


def told(outcome: Outcome) -> str:
    """Write it for people."""
    kinds = "\n".join(
        f"  {kind:20} {', '.join(f'{answer}: {count:,}' for answer, count in sorted(counts.items()))}"
        for kind, counts in sorted(outcome.score.answers.items())
    )
    return "\n".join(
        [
            f"{outcome.seconds:.0f} s, {outcome.score.asked:,} answers, {outcome.score.wrongs} wrong",
            kinds,
            f"memory: {', '.join(f'{kib / 1024:.1f} MiB' for kib in (outcome.early, outcome.settled, outcome.end))}",
            f"keys fetched: {outcome.fetches}",
            *(f"{name}: {count}" for name, count in outcome.events.items()),
            *(f"WRONG {text}" for text in outcome.score.wrong),
        ]
    )


def written(outcome: Outcome) -> dict[str, object]:
    """Give it as data."""
    return {
        "machine": machine(),
        "seconds": round(outcome.seconds, 1),
        "answers": outcome.score.answers,
        "asked": outcome.score.asked,
        "wrong": outcome.score.wrongs,
        "faults": outcome.score.wrong,
        "events": outcome.events,
        "fetches": outcome.fetches,
        "early_kib": outcome.early,
        "settled_kib": outcome.settled,
        "end_kib": outcome.end,
        "memory_kib": outcome.memory[::10],
    }


if __name__ == "__main__":
    sys.exit(main())
