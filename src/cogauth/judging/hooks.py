"""The two hooks of an authorizer: what they say counts only as a refusal, and what they break is nobody else's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from typing import TypeAlias

from cogauth.events import Event, Observe
from cogauth.principal import Principal

IsRevoked: TypeAlias = Callable[[Principal], object]


def is_revoked(ask: IsRevoked, who: Principal) -> bool:
    """
    Tell what *ask* says of *who*: anything but False revokes, None of a function that forgot to return included.

    Raises:
        Exception: whatever *ask* raises; the request ends as an internal error.
    """
    answer = ask(who)
    if answer is False:
        return False
    discard(answer)
    return True


def tell(observe: Observe, event: Event) -> None:
    """Tell *observe* of *event*; whatever it returns or raises is nobody's concern."""
    with contextlib.suppress(Exception):
        discard(observe(event))


def discard(answer: object) -> None:
    """Close *answer* if it is a coroutine, which nobody will await: Python would warn of it at some later time."""
    if isinstance(answer, Coroutine):
        answer.close()
