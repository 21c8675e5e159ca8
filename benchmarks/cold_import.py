"""What does `import cogauth` add to a start: in a new process, its bytecode compiled before?"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.harness import Contender, Effort, run
from benchmarks.report import Report

OURS: Final = "import cogauth"
FLOOR: Final = "cryptography's rsa and padding, msgspec"

IMPORTS: Final = {
    FLOOR: "from cryptography.hazmat.primitives.asymmetric import padding, rsa; import msgspec",
    OURS: "import cogauth",
    "PyJWT": "import jwt",
    "joserfc": "import joserfc.jwt",
    "python-jose": "import jose.jwt",
    "Powertools auth_alpha": "import aws_lambda_powertools.utilities.auth_alpha.jwt.verifier",
    "fastapi-cognito": "import fastapi_cognito",
}
"""The second word is the package, without which a line is left out."""

TIMED: Final = "import time; start = time.process_time_ns(); {}; print(time.process_time_ns() - start)"


class ColdImport(Contender[str]):
    """A contender whose call is a new interpreter, which times the statement by its own CPU time."""

    def spend(self, work: Sequence[str]) -> int:
        return sum(spent(statement) for statement in work)


def spent(statement: str) -> int:
    """Give the nanoseconds of CPU that *statement* takes in a new interpreter."""
    command = [sys.executable, "-I", "-c", TIMED.format(statement)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603  ours


def measure(effort: Effort) -> list[Report]:
    """Start an interpreter for each import, in turns; one import fills a slice."""
    present = {
        name: text for name, text in IMPORTS.items() if importlib.util.find_spec(text.split()[1].partition(".")[0])
    }
    field = [ColdImport(name, spent, [text], text) for name, text in present.items()]
    run(field, effort)
    absent = [f"{name} is not installed" for name in IMPORTS if name not in present]
    return [Report.of("A cold import: CPU time in a new process, and times the floor", field, FLOOR, absent)]
