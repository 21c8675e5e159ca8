"""What docs/command.md shows is what the command prints."""

from __future__ import annotations

import re
import shlex
from contextlib import chdir
from pathlib import Path

from tests.cli.stage import Run

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "command.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page(run: Run, tmp_path: Path) -> None:
    """Each example runs, in the order of the page, with the files that the page shows, and prints what stands there."""
    shown: list[str] = []
    printed: list[str] = []
    with chdir(tmp_path):
        for kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
            if kind == "console":
                shown.append(text)
                printed.append("".join(_run(run, line) for line in text.splitlines() if line.startswith("$ ")))
            else:
                named = re.match(r"# ([\w.]+)\n", text)
                Path(named[1] if named else "claims.json").write_text(text)
    assert 6 == len(shown)
    assert shown == printed


def _run(run: Run, line: str) -> str:
    program, *arguments = shlex.split(line.removeprefix("$ "))
    assert program == "cogauth"
    ran = run(*arguments)
    assert ran.exit in (0, 1), ran.err
    return f"{line}\n{ran.err}{ran.out}"
