"""Covers: what is allowed and denied of one method, and what no document can say."""

from __future__ import annotations

import pytest

from cogauth import PUBLIC, Policy, Route
from cogauth.iam.cover import Clash, Cover, clashes, cover
from cogauth.iam.lines import Line, Lines
from cogauth.iam.pattern import MORE, Pattern
from cogauth.routes import parse

ID, ITEMS, ITEM, NEW = "/o/{id}", "/o/{id}/items", "/o/{id}/items/{item}", "/o/new"


def lines_of(paths: list[str], *, anything: bool) -> Lines:
    policy = Policy(routes=[Route(f"GET {path}", PUBLIC) for path in paths])

    def winner(words: tuple[str, ...]) -> Line:
        guarded = policy.find("GET", "/" + "/".join(words))
        return None if guarded is None else guarded.line.removeprefix("GET ")

    shapes: list[tuple[tuple[str, ...], Line]] = [(parse(f"GET {path}")[1], path) for path in paths]
    return Lines([*shapes, ((), None), ((MORE,), None)] if anything else shapes, winner)


def spelled(patterns: list[Pattern]) -> list[str]:
    return sorted("/".join("*" if word == MORE else word for word in pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("paths", "allowed", "anything", "allow", "deny"),
    [
        ([ID, NEW], [], True, [], []),
        ([ID, NEW], [NEW], True, ["o/new"], []),
        ([ID, NEW], [ID], False, ["o/*"], ["o/new"]),
        ([ID, NEW], [ID], True, ["o/*"], ["o/*/*", "o/new"]),
        ([ID, NEW], [ID, NEW], False, ["o/*"], []),
        ([ID, ITEMS], [ID], False, ["o/*"], ["o/*/items"]),
        ([ID, ITEMS], [ITEMS], False, ["o/*/items"], []),
        ([ID, ITEMS], [ITEMS], True, ["o/*/items"], ["o/*/*/items"]),
        ([ID, ITEMS], [ID, ITEMS], False, ["o/*"], []),
        ([ID, ITEMS, ITEM], [ITEM], False, ["o/*/items/*"], []),
        (["/{a*}", "/{a}"], ["/{a}"], False, ["*"], ["*/*"]),
        (["/{a*}", "/{a}"], ["/{a*}"], False, ["*/*"], []),
        (["/{a*}", "/x/{b*}"], ["/{a*}"], True, ["*"], ["x/*"]),
        ([ID, ITEMS, "/o/7/items"], [ID], False, ["o/*"], ["o/*/items"]),
    ],
)
def test_cover(*, paths: list[str], allowed: list[str], anything: bool, allow: list[str], deny: list[str]) -> None:
    """Allowed is what must be, denied what of it is too much, and nothing besides."""
    found = cover(lines_of(paths, anything=anything), lambda line: line in allowed)

    assert isinstance(found, Cover)
    assert (allow, deny) == (spelled(found.allow), spelled(found.deny))


@pytest.mark.parametrize(
    ("paths", "allowed", "anything", "clash"),
    [
        ([ID, ITEMS], [ID, ITEMS], True, Clash(ID, None, ITEMS, by_name=False)),
        (["/{a*}", "/{a}/x"], ["/{a*}"], False, Clash("/{a*}", "/{a}/x", "/{a*}", by_name=True)),
        (
            ["/a/{x}", "/a/{x}/{y}", "/a/{x}/b"],
            ["/a/{x}", "/a/{x}/b"],
            False,
            Clash("/a/{x}", "/a/{x}/{y}", "/a/{x}/b", by_name=False),
        ),
        ([ID, ITEMS, ITEM], [ID, ITEM], False, Clash(ID, ITEMS, ITEM, by_name=True)),
    ],
)
def test_clash(*, paths: list[str], allowed: list[str], anything: bool, clash: Clash) -> None:
    """Two routes of which one's pattern reaches a third whose denial would hit the other are told."""
    assert clash == cover(lines_of(paths, anything=anything), lambda line: line in allowed)


def test_narrow() -> None:
    """On demand, what clashes by name alone is denied; what clashes otherwise is not."""
    lines = lines_of([ID, ITEMS, ITEM], anything=False)

    found = cover(lines, lambda line: line in (ID, ITEM), narrow=True)

    assert Cover([("o", MORE)], [("o", MORE, "items")]) == found
    anything = lines_of([ID, ITEMS], anything=True)
    assert isinstance(cover(anything, lambda line: line is not None, narrow=True), Clash)


@pytest.mark.parametrize(
    ("paths", "line", "anything", "found"),
    [
        ([ID, ITEMS, ITEM], ID, False, [Clash(ID, ITEMS, ITEM, by_name=True)]),
        ([ID, ITEMS, ITEM], ITEM, False, []),
        ([ID, ITEMS, ITEM], ITEMS, False, []),
        ([ID, NEW, "/x"], ID, False, []),
        ([ID, ITEMS], ID, True, [Clash(ID, None, ITEMS, by_name=False)]),
    ],
)
def test_clashes(paths: list[str], line: str, *, anything: bool, found: list[Clash]) -> None:
    """What may clash with a line is told ahead, whoever may use what."""
    lines = lines_of(paths, anything=anything)

    assert found == list(clashes(lines, line, lambda refused, allowed: allowed not in (None, refused)))


def test_what_never_differs_never_clashes() -> None:
    """Lines of one question are refused or allowed together."""
    assert [] == list(clashes(lines_of([ID, ITEMS, ITEM], anything=False), ID, lambda refused, allowed: False))


@pytest.mark.parametrize(
    ("clash", "text"),
    [
        (Clash("A", "B", "C", by_name=False), "IAM cannot allow A and C and refuse B"),
        (Clash("A", None, "A", by_name=False), "IAM cannot allow A and refuse what no route allows"),
        (
            Clash("A", "B", "C", by_name=True),
            "IAM cannot allow A and C and refuse B, where a parameter of C reads as a name of the other",
        ),
    ],
)
def test_a_clash_is_told(clash: Clash, text: str) -> None:
    """In the words of the route table."""
    assert text == str(clash)
