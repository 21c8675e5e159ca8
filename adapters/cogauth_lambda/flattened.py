"""Arrays that API Gateway has flattened to one string, taken apart where that can be done in one way only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal


def taken_apart(flat: str, form: Literal["[ ]", ","], known: Collection[str] | None = None) -> frozenset[str] | None:
    """
    Give the names in *flat*, or None where they could be others.

    Args:
        flat: the string.
        form: how it was flattened: in brackets with spaces between, or bare with commas between.
        known: all names that there are. Without them a separator may be part of a name: triggers write what they like.
    """
    separator = ","
    if form == "[ ]":
        if not (flat.startswith("[") and flat.endswith("]") and len(flat) > 1):
            return None
        flat, separator = flat[1:-1], " "
    if known is None:
        return None if separator in flat or not flat else frozenset((flat,))
    return _only_reading(flat.split(separator), separator, frozenset(known))


def _only_reading(parts: list[str], separator: str, known: frozenset[str]) -> frozenset[str] | None:
    """Read *parts* as known names, which may have separators themselves; None unless there is one way to."""
    # From the end: in how many ways what is left can be read, and in the last of them, which names it has.
    ways = [0] * len(parts) + [1]
    names: list[frozenset[str]] = [frozenset()] * (len(parts) + 1)
    for start in reversed(range(len(parts))):
        for end in range(start + 1, len(parts) + 1):
            name = separator.join(parts[start:end])
            if name in known and ways[end]:
                ways[start] += ways[end]
                names[start] = names[end] | {name}
    return names[0] if ways[0] == 1 else None
