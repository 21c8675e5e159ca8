"""Request paths, taken only in the one spelling that every router reads alike."""

from __future__ import annotations

import re

# The plain case in one look: segments of unreserved and sub-delimiter characters (RFC 3986 section 3.3), none of them
# a dot segment. Anything else is looked at character by character below.
_PLAIN = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?", re.ASCII)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}", re.ASCII)
_ENCODED_SLASH = re.compile(rb"%2f", re.IGNORECASE)


def is_odd(path: str) -> bool:
    """
    Is *path*, decoded and without its query, one that some router may read differently from another?

    Odd are `//`, dot segments, a backslash, control characters, what is still percent-encoded after decoding, what is
    no Unicode text, and whatever does not begin with `/`. A request for such a path is refused before any rule.
    """
    if not path.startswith("/"):
        return True
    if _PLAIN.fullmatch(path):
        return False
    if "//" in path or "\\" in path or "\ufffd" in path or _ENCODED.search(path):
        return True
    if any(segment in (".", "..") for segment in path.split("/")):
        return True
    return any(char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char <= "\udfff" for char in path)


def has_encoded_slash(raw_path: str | bytes) -> bool:
    """Does *raw_path*, as it was sent, hide a `/` inside a segment?"""
    raw = raw_path if isinstance(raw_path, bytes) else raw_path.encode("utf-8", "surrogatepass")
    return b"%" in raw and _ENCODED_SLASH.search(raw) is not None


def canonical(path: str) -> str:
    """Give the spelling that routes are kept under: `/x/` and `/x` are one route."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path
