"""Bytecode: what Python would compile at each start, since a function cannot write where its code lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cogauth.cli.package.archive import Entry
from cogauth.cli.world import Compile

# Compiled, they are imported in half the time. What fetches keys is imported late, and would take the package beyond
# what it is to stay below.
_COMPILED: Final = ("cogauth/", "cogauth_lambda/", "cryptography/", "msgspec/")
_PLACE: Final = "/var/task"
"""Where Lambda unpacks a function, and so what tracebacks are to show."""
_SECONDS: Final = 300


def compiled(entries: Iterable[Entry], python: str, *, compiler: Compile, folder: Path) -> tuple[Entry, ...] | None:
    """
    Give byte code for those of *entries* that a start imports; None if *compiler* cannot make any for *python*.

    The sources are not left out: a Python that knows other byte code reads them.
    """
    for entry in entries:
        if entry.name.startswith(_COMPILED) and entry.name.endswith(".py"):
            path = folder / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry.data)
    if not compiler(python, folder):
        return None
    found = sorted(folder.rglob("__pycache__/*.pyc"))
    return tuple(Entry(path.relative_to(folder).as_posix(), path.read_bytes()) for path in found)


def run_compiler(python: str, folder: Path) -> bool:
    """Compile all of *folder* with the Python of that version, if there is one on this machine; tell whether."""
    here = f"{sys.version_info[0]}.{sys.version_info[1]}" == python
    interpreter = sys.executable if here else shutil.which(f"python{python}")
    if interpreter is None:
        return False
    # By the hash of the source, which is not looked at again: a zip's dates say nothing (PEP 552).
    options = ("-q", "-j", "1", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", _PLACE)
    try:
        ran = subprocess.run(  # noqa: S603  an interpreter of this machine, without a shell
            [interpreter, "-I", "-m", "compileall", *options, str(folder)],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0
