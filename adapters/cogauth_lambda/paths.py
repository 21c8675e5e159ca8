"""Paths of events, decoded where that says nothing else than what was sent."""

from __future__ import annotations

import re
from urllib.parse import unquote

# Letters, digits, `-`, `.`, `_` and `~` need no encoding and mean the same with it (RFC 3986 section 2.3). Who compares
# paths as they were sent, as Powertools does, takes such a path for another one.
_NEEDLESS = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.ASCII | re.IGNORECASE)


def decoded(raw_path: str) -> str:
    """
    Decode *raw_path*; one that is needlessly encoded stays as it is, and is refused as odd for its percent sign.

    AWS does not say whether events have paths as they were sent. One that was decoded already, and decoded here once
    more, would be another path: since letters stay encoded, it is none that a route names.
    """
    if _NEEDLESS.search(raw_path):
        return raw_path
    try:
        return unquote(raw_path, errors="strict")
    except UnicodeDecodeError:
        return ""
