"""What a file or a caller without a type checker may hand over, seen as a table or a list, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias, cast

Table: TypeAlias = Mapping[str, Any]


def as_table(value: object) -> Table | None:
    """Give *value* if it maps strings to something."""
    # The built-in kinds first: what a parser makes is of these, and abstract classes are slow to ask.
    if isinstance(value, dict | Mapping) and all(
        isinstance(key, str) for key in cast("Mapping[object, object]", value)
    ):
        return cast("Table", value)
    return None


def as_list(value: object) -> list[Any] | None:
    """Give the items of *value* if it is a list, tuple or set; a string is one value and not its letters."""
    if not isinstance(value, list) and (
        isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Collection)
    ):
        return None
    return list(cast("Collection[Any]", value))  # type: ignore[redundant-cast]  # pyright does not know the items


def as_names(value: object) -> list[str] | None:
    """Give the items of *value* if it is a list of strings, none of them empty; an empty list is given as it is."""
    items = as_list(value)
    return items if items is not None and all(isinstance(item, str) and item for item in items) else None
