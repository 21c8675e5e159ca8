"""
What a forked child must make anew.

Of a process's threads the child gets the one that forked, and of its locks all, as they were at that moment: one that
another thread held stays locked for ever. Servers that load the application and then fork their workers do just this.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """What holds a lock, or waits for a thread."""

    def renew(self) -> None:
        """Make anew what a thread that is gone may have left."""
        ...


_renewables: WeakSet[Renewable] = WeakSet()


def renew_in_child(renewable: Renewable) -> None:
    """Have *renewable* renewed in every child that this process forks while *renewable* lives."""
    _renewables.add(renewable)


def renew_all() -> None:
    """Renew whatever there is to renew: what a child does first."""
    for renewable in tuple(_renewables):
        renewable.renew()


# Windows does not fork, and has no such function.
getattr(os, "register_at_fork", dict)(after_in_child=renew_all)
