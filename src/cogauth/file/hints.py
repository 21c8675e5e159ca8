"""What somebody who wrote an unknown word may have meant."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_COMPARED = 500
"""Names that a word is compared with: enough for any file that people write, and quick where a program wrote it."""
_MOST_LISTED = 12


def meant(word: object, known: Iterable[str]) -> str:
    """Give `; did you mean 'x'?` if one of *known* is close to *word*, else nothing."""
    names = list(known)
    if not isinstance(word, str) or len(names) > _MOST_COMPARED:
        return ""
    from difflib import get_close_matches  # needed for mistakes only

    # By small letters first: a name in another case is the nearest miss of all.
    near = [name for name in names if name.lower() == word.lower()] or get_close_matches(word, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """List *names*, the first of them if they are many."""
    every = list(names)
    more = len(every) - _MOST_LISTED
    return ", ".join(every[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
