"""Patterns: runs of path segments as a resource of IAM can say them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, TypeAlias

Shape: TypeAlias = tuple[str, ...]
"""A template's segments, as `cogauth.routes.parse` gives them: names, `{}` for one segment, `{*}` for one or more."""

Pattern: TypeAlias = tuple[str, ...]
"""A shape without `{}`: IAM has no word for "one segment", for its `*` crosses slashes."""

ONE: Final = "{}"
MORE: Final = "{*}"

_END: Final = "{end}"  # no segment has braces


def matches(pattern: Pattern, words: Iterable[str]) -> bool:
    """Tell whether *pattern* is met by a path of these *words*."""
    places = {0}
    for word in words:
        after: set[int] = set()
        for place in places:
            if place < len(pattern):
                if pattern[place] == MORE:
                    after |= {place, place + 1}
                elif pattern[place] == word:
                    after.add(place + 1)
        places = after
    return len(pattern) in places


def pruned(patterns: Iterable[Pattern]) -> list[Pattern]:
    """
    Leave out each pattern that another one covers.

    One covers another if it is met by the other's own segments, `{*}` taken as a word that stands nowhere else: what
    takes that word takes any, and what takes it by its `{*}` takes any number of them.
    """
    kept = dict.fromkeys(patterns)
    tree: dict[str, Any] = {}
    for pattern in kept:
        node = tree
        for segment in pattern:
            node = node.setdefault(segment, {})
        node[_END] = pattern
    return [pattern for pattern in kept if not _covered(tree, pattern)]


def _covered(tree: dict[str, Any], pattern: Pattern) -> bool:
    places: dict[tuple[int, bool], tuple[dict[str, Any], bool]] = {(id(tree), False): (tree, False)}
    for word in pattern:
        after: dict[tuple[int, bool], tuple[dict[str, Any], bool]] = {}
        for node, more in places.values():
            steps = [(node, True)] if more else []
            if MORE in node:
                steps.append((node[MORE], True))
            if word != MORE and word in node:
                steps.append((node[word], False))
            after |= {(id(step[0]), step[1]): step for step in steps}
        places = after
    return any(node.get(_END, pattern) != pattern for node, _ in places.values())


def texts(method: str, patterns: Collection[Pattern]) -> list[str]:
    """
    Spell *patterns* as the ends of resources, such as `GET/orders/?*`; `/x` and `/x/` are one route, and both are said.

    `?*` is at least one character, so that `/orders/{id}` does not take `/orders/`. As long as no segment is empty,
    which makes a path odd, it is one segment or more: it stands between slashes.
    """
    given = set(patterns)
    found: list[str] = []
    for pattern in patterns:
        text = "/".join((method, *("?*" if segment == MORE else segment for segment in pattern)))
        if not pattern:
            if (MORE,) not in given:
                found.append(f"{method}/")
        elif pattern[-1] == MORE:
            # Beside `/orders`, `/orders/*` says `/orders/` as well.
            found.append(f"{text[:-2]}*" if pattern[:-1] in given else text)
        else:
            found.append(text)
            if (*pattern, MORE) not in given:
                found.append(f"{text}/")
    return found
