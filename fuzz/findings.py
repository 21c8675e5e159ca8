"""Findings, and how two readings of one text are compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast


class Finding(Exception):
    """The library did what it must not, whatever the input was."""


def spelled(value: object) -> str:
    """Spell a value in one way, so that 1, 1.0 and True differ."""
    return json.dumps(_thawed(value), sort_keys=True)


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its members, for `json.loads`, of which no two have the same name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Finding("a member stands twice")
    return members


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _thawed(item) for name, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple | list):
        return [_thawed(item) for item in cast("Sequence[Any]", value)]
    return value
