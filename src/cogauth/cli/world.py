"""World: what a command takes from outside, in one place, so that a test can hand it another."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from cogauth.transport import Fetch


def _somebody_types() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class World:
    """The time, the network, and whether somebody sits at standard input."""

    clock: Callable[[], float] = time.time
    fetch: Fetch | None = None
    """None is the network."""
    somebody_types: Callable[[], bool] = _somebody_types
