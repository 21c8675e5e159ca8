"""Globs: what the strings of a policy match, with wildcards, variables, and references that nobody has resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Final, TypeAlias


class Wild(Enum):
    """A wildcard (AWS: "IAM JSON policy elements: Resource")."""

    RUN = "*"
    """Any run of characters, none included; slashes and colons are characters like others."""
    ONE = "?"


Token: TypeAlias = str | Wild
"""A wildcard, a character, or an unknown text as a whole: a string of two characters or more."""

Expand: TypeAlias = Callable[[str], str | None]
"""Gives the value of a variable by its name in lower case, None if it is not known."""

# Unicode's noncharacters, which no document has for another reason: what is between them is not known yet.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_REFERENCE: Final = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
# AWS: "IAM policy elements: Variables and tags"; a default value follows a comma, in single quotes.
_VARIABLE: Final = re.compile(r"\$\{([^${}]*|\$)\}")
_SPECIAL: Final = re.compile(f"[*?${_OPEN}]")
_PARTS: Final = re.compile(f"{_REFERENCE.pattern}|{_VARIABLE.pattern}|(.)", re.DOTALL)


def reference(name: str) -> str:
    """Make a text that stands for what *name* refers to and is not known."""
    return _OPEN + re.sub(f"[{_OPEN}{_CLOSE}]", "", name) + _CLOSE


def shown(text: str) -> str:
    """Write *text* for people, its references as `<Name>`."""
    return _REFERENCE.sub(r"<\1>", text)


def has_reference(text: str) -> bool:
    """Tell whether part of *text* is not known."""
    return _REFERENCE.search(text) is not None


def variables(text: str) -> Iterator[tuple[str, str | None]]:
    """Give each variable of *text* by its name, with its default value if it has one."""
    for inside in _VARIABLE.findall(text):
        if inside not in ("*", "?", "$"):
            name, comma, default = inside.partition(",")
            yield name.strip(), default.strip().strip("'") if comma else None


def tokens(text: str, expand: Expand | None, *, wild: bool = True) -> tuple[Token, ...]:
    """
    Take *text* apart.

    Args:
        text: of a policy.
        expand: gives the values of variables; None where the document's version has none.
        wild: whether `*` and `?` are wildcards.
    """
    if not _SPECIAL.search(text):
        return tuple(text)
    found: list[Token] = []
    for match in _PARTS.finditer(text):
        name, inside, _ = match.groups()
        if name is not None:
            found.append(_OPEN + name + _CLOSE)
        elif inside is None or expand is None:
            # Without variables, what looks like one is text like any other.
            found += [Wild(each) if wild and each in "*?" else each for each in match[0]]
        elif inside in ("*", "?", "$"):
            found.append(inside)
        else:
            value = expand(inside.partition(",")[0].strip().lower())
            # What a variable stands for is text, whatever characters it has.
            found += [_OPEN + inside + _CLOSE] if value is None else value
    return tuple(found)


def matches(pattern: Sequence[Token], text: str) -> bool | None:
    """Tell whether *pattern* takes all of *text*; None if that hangs on what is not known."""
    if not any(map(_is_open, pattern)):
        return tuple(pattern) == tuple(text)
    unknown = [isinstance(token, str) and len(token) > 1 for token in pattern]
    loose = [Wild.RUN if open_ else token for token, open_ in zip(pattern, unknown, strict=True)]
    if not meet(loose, tuple(text)):
        return False
    return None if any(unknown) else True


def _is_open(token: Token) -> bool:
    return isinstance(token, Wild) or len(token) > 1


def meet(one: Sequence[Token], other: Sequence[Token]) -> bool:
    """Tell whether some text is taken by both patterns; an unknown text is taken to be another than all else."""
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        here, there = todo.pop()
        mine = one[here] if here < len(one) else None
        theirs = other[there] if there < len(other) else None
        if mine is None and theirs is None:
            return True
        steps: list[tuple[int, int]] = []
        if mine is Wild.RUN:
            steps += [(here + 1, there)] + ([(here, there + 1)] if theirs is not None else [])
        if theirs is Wild.RUN:
            steps += [(here, there + 1)] + ([(here + 1, there)] if mine is not None else [])
        if mine is not None and theirs is not None and (mine == theirs or _one(mine, theirs) or _one(theirs, mine)):
            steps.append((here + 1, there + 1))
        for step in steps:
            if step not in reached:
                reached.add(step)
                todo.append(step)
    return False


def _one(wild: Token, token: Token) -> bool:
    return wild is Wild.ONE and token is not Wild.RUN and (isinstance(token, Wild) or len(token) == 1)
