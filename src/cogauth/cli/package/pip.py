"""pip: the program that brings wheels, and what it is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cogauth.cli.package.failures import NotBuilt
from cogauth.cli.package.target import Target
from cogauth.cli.world import Pip

_SECONDS: Final = 600
_LINES: Final = 3


def install(pip: Pip, requirements: Sequence[str], target: Target, folder: Path, versions: Path | None) -> None:
    """
    Have the wheels for *requirements*, and for all that these require, unpacked into *folder*.

    Args:
        pip: runs pip.
        requirements: as pip reads them.
        target: what they are for.
        folder: one that is empty.
        versions: a file of requirements that says which versions to take.

    Raises:
        NotBuilt: pip failed: there is no network, no wheel for the target, or no version that fits.
    """
    constraint = () if versions is None else ("--constraint", str(versions))
    said = pip(
        [
            *("install", "--quiet", "--no-input", "--no-compile", "--disable-pip-version-check"),
            *("--target", str(folder), *target.pip_options, *constraint, *requirements),
        ]
    )
    if said is not None:
        raise NotBuilt([f"pip found no wheels for {target.runtime} on {target.machine}", *_gist(said)])


def run_pip(arguments: Sequence[str]) -> str | None:
    """Run pip, which has its configuration from where it always has; give what it says if it fails."""
    try:
        ran = subprocess.run(  # noqa: S603  our own interpreter and pip, without a shell
            [sys.executable, "-m", "pip", *arguments], capture_output=True, check=False, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"ERROR: it had not ended after {_SECONDS} seconds"
    return None if ran.returncode == 0 else ran.stderr


def _gist(said: str) -> list[str]:
    """Give the errors among what pip said, or else its last words."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
    return [f"pip: {line.removeprefix('ERROR:').strip()}" for line in errors[-_LINES:]]
