"""Escapes: text of strangers as it may be shown on a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_PLAIN = re.compile(r"[^\s,\"'()]+")
_BEYOND_BMP = 0x10000


def printable(text: str) -> str:
    r"""
    Write what is no visible character of *text* as `\n`, `\u001b` or `\U000e0001`.

    Escape sequences would move the cursor, change colours or retitle the window; marks of direction would turn what
    follows round; line ends would forge lines. The space is the one blank that stays.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    point = ord(char)
    return known or (f"\\u{point:04x}" if point < _BEYOND_BMP else f"\\U{point:08x}")


def names(values: Iterable[str]) -> str:
    """List *values* in order; one that could be read as two is quoted, since a comma or space is a character."""
    listed = [printable(name if _PLAIN.fullmatch(name) else json.dumps(name)) for name in sorted(values)]
    return ", ".join(listed) or "(none)"


def value(member: object) -> str:
    """Write a member of a token's JSON as JSON, on one line, fit for a terminal."""
    return printable(json.dumps(member, ensure_ascii=False, default=_thawed))


def ascii_json(data: object) -> str:
    """Write *data* as indented JSON in printable ASCII."""
    # JSON lets DEL stand as it is (RFC 8259 section 7), a terminal does not.
    return json.dumps(data, indent=2, default=_thawed).replace("\x7f", "\\u007f")


def _thawed(member: object) -> Any:
    """Give what `json` can write for the read-only mappings and the sets of a principal."""
    if isinstance(member, Mapping):
        return dict(member)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # JSON members
    if isinstance(member, frozenset):
        return sorted(member)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # strings
    raise TypeError(f"{type(member).__name__} is no JSON")
