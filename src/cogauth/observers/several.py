"""Many observers as one."""

from __future__ import annotations

from cogauth.events import Event, Observe
from cogauth.judging.hooks import tell


def several(*observers: Observe) -> Observe:
    """Make one observer that tells each of *observers* in turn; one that raises keeps nothing from the next."""

    def observe(event: Event) -> None:
        for observer in observers:
            tell(observer, event)

    return observe
