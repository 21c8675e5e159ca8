"""Several observers as one: each is told, whatever the others do."""

from __future__ import annotations

from cogauth.events import Event, KeysFetched, Observe
from cogauth.observers import several

EVENT = KeysFetched("staff", "https://k.example", 0.1, 1)


def raising(event: Event) -> None:
    """An observer with a bug."""
    raise LookupError


async def later(event: Event) -> None:
    """An observer that nobody awaits."""


def test_each_is_told_in_turn() -> None:
    """The same event, and those behind one that raises or must be awaited as well."""
    told: list[tuple[str, Event]] = []

    def keeping(name: str) -> Observe:
        return lambda event: told.append((name, event))

    several(keeping("a"), raising, keeping("b"), later, keeping("c"))(EVENT)
    assert [("a", EVENT), ("b", EVENT), ("c", EVENT)] == told


def test_of_none_nobody_is_told() -> None:
    """There is nothing to raise about."""
    several()(EVENT)
