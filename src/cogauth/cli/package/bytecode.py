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

# What a start and a first fetch of keys import, and little else: compiled it is imported in half the time, but a
# package is to stay small. A name that a later version of a distribution does not have is of no consequence.
_COMPILED: Final = (
    "anyio/__init__.py",
    "anyio/_lazyimport.py",
    "certifi/",
    "cogauth/",
    "cogauth_lambda/",
    "cryptography/__",
    "cryptography/exceptions.py",
    "cryptography/hazmat/__init__.py",
    "cryptography/hazmat/bindings/",
    "cryptography/hazmat/primitives/_",
    "cryptography/hazmat/primitives/asymmetric/",
    "cryptography/hazmat/primitives/hashes.py",
    "cryptography/utils.py",
    "h11/",
    "httpcore/",
    "httpx/",
    "idna/__init__.py",
    "idna/core.py",
    "idna/idnadata.py",
    "idna/intranges.py",
    "idna/package_data.py",
    "msgspec/",
    "typing_extensions.py",
)
# Parts of cogauth that no authorizer imports.
_NOT_COMPILED: Final = ("cogauth/identity/",)
_PLACE: Final = "/var/task"
"""Where Lambda unpacks a function, and so what tracebacks are to show."""
_SECONDS: Final = 300


def compiled(entries: Iterable[Entry], python: str, *, compiler: Compile, folder: Path) -> tuple[Entry, ...] | None:
    """
    Give byte code for those of *entries* that a start imports; None if *compiler* cannot make any for *python*.

    The sources are not left out: a Python that knows other byte code reads them.
    """
    for entry in entries:
        wanted = entry.name.startswith(_COMPILED) and not entry.name.startswith(_NOT_COMPILED)
        if wanted and entry.name.endswith(".py"):
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
