"""
Runs the benchmarks: all of them, or those that are named.

    python -m benchmarks
    python -m benchmarks verify live_tokens
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

from benchmarks import ratios
from benchmarks.harness import Absent, Effort
from benchmarks.picture import picture
from benchmarks.report import RESULTS, caption, save

QUESTIONS: Final = (
    *("verify", "algorithms", "issuers", "live_tokens", "cold_import", "threads", "decision"),
    *("iam_document", "lambda_cold", "lambda_warm"),
    *("asgi", "wsgi", "forward_auth"),
)


def main(names: list[str]) -> int:
    """Answer the questions, write each answer to results/, and tell what the ratios are now."""
    unknown = [name for name in names if name not in QUESTIONS]
    if unknown:
        print(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}", file=sys.stderr)
        return 2
    for name in names or QUESTIONS:
        try:
            reports = importlib.import_module(f"benchmarks.{name}").measure(Effort())
        except Absent as reason:
            print(f"\n{name}: not asked: {reason}", file=sys.stderr)
            continue
        for report in reports:
            print(f"\n{report}", flush=True)
        file = save(name, reports)
        file.with_suffix(".svg").write_text(picture(reports, caption()))
    print(f"\nwritten to {RESULTS}\n\n{ratios.table()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
