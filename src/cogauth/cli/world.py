"""World: what a command takes from outside, in one place, so that a test can hand it another."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cogauth.transport import Fetch

Pip: TypeAlias = Callable[[Sequence[str]], str | None]
"""Runs pip with arguments; gives what it said if it failed, else None."""

Compile: TypeAlias = Callable[[str, Path], bool]
"""Compiles a folder for a version of Python, such as `3.13`; tells whether it could."""


def _somebody_types() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class World:
    """The time, the network, pip, and whether somebody sits at standard input."""

    clock: Callable[[], float] = time.time
    fetch: Fetch | None = None
    """None is the network."""
    somebody_types: Callable[[], bool] = _somebody_types
    pip: Pip | None = None
    """None is the pip of this interpreter."""
    compile: Compile | None = None
    """None is whatever Pythons this machine has."""
