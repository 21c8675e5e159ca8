"""Lines: what a pattern must take to take what a line decides, and what it reaches of others."""

from __future__ import annotations

import pytest

from cogauth import PUBLIC, Policy, Route
from cogauth.iam.lines import Lines
from cogauth.iam.pattern import MORE, ONE, Pattern
from cogauth.routes import parse


def lines_of(*paths: str, anything: bool = False) -> Lines:
    policy = Policy(routes=[Route(f"GET {path}", PUBLIC) for path in paths])

    def winner(words: tuple[str, ...]) -> str | None:
        guarded = policy.find("GET", "/" + "/".join(words))
        return None if guarded is None else guarded.line.removeprefix("GET ")

    shapes: list[tuple[tuple[str, ...], str | None]] = [(parse(f"GET {path}")[1], path) for path in paths]
    return Lines([*shapes, ((), None), ((MORE,), None)] if anything else shapes, winner)


def spelled(patterns: tuple[Pattern, ...]) -> list[str]:
    return ["/".join("*" if word == MORE else word for word in pattern) for pattern in patterns]


@pytest.mark.parametrize(
    ("paths", "line", "least"),
    [
        (["/"], "/", [""]),
        (["/a"], "/a", ["a"]),
        (["/a/{x}/b"], "/a/{x}/b", ["a/*/b"]),
        (["/a/{rest*}"], "/a/{rest*}", ["a/*"]),
        (["/a/{rest*}", "/a/{x}"], "/a/{rest*}", ["a/*/*"]),
        (["/a/{rest*}", "/a/{x}", "/a/{x}/{y}"], "/a/{rest*}", ["a/*/*/*"]),
        (["/a/{rest*}", "/a/b"], "/a/{rest*}", ["a/*"]),
        (["/{p}/{rest*}", "/a/{x}"], "/{p}/{rest*}", ["*/*"]),
    ],
)
def test_least(paths: list[str], line: str, least: list[str]) -> None:
    """A `{*}` takes no run that is so short that all of it is another line's."""
    assert least == spelled(lines_of(*paths).least(parse(f"GET {line}")[1], line))


def test_nothing_is_least_of_what_others_take() -> None:
    """Of what is all another line's, no pattern need take anything."""
    assert () == lines_of("/a/{x}", "/{x}/b").least(("a", "b"), "/{x}/b")


def test_no_route_is_a_line() -> None:
    """What no route takes is reached where a `{*}` runs on."""
    lines = lines_of("/a/{x}", anything=True)

    assert {"/a/{x}": ["a/*"], None: ["a/*/*"]} == {
        line: spelled(least) for line, least in lines.reached(("a", MORE)).items()
    }


def test_each_way_to_run_on_is_told() -> None:
    """With two parameters there are two of them, and neither covers the other."""
    lines = lines_of("/a/{x}/b/{y}", anything=True)

    assert ["a/*/b/*/*", "a/*/*/b/*"] == sorted(spelled(lines.reached(("a", MORE, "b", MORE))[None]), reverse=True)


@pytest.mark.parametrize(
    ("pattern", "reached"),
    [
        (("a",), ["/a", "/{x}"]),
        (("b",), ["/{x}"]),
        (("a", MORE), ["/a/b/c", "/a/{x}", "/a/{x}/{rest*}"]),
        ((MORE, "c"), ["/a/b/c", "/a/{x}", "/a/{x}/{rest*}"]),
        ((MORE, "d"), ["/a/{x}", "/a/{x}/{rest*}"]),
        (("d", MORE), []),
    ],
)
def test_reached(pattern: Pattern, reached: list[str]) -> None:
    """A line is reached if some path of the pattern is its own, and not if a more specific one takes them all."""
    lines = lines_of("/a", "/{x}", "/a/{x}", "/a/b/c", "/a/{x}/{rest*}")

    assert [line for line in reached if line != "/{x}" or pattern != ("a",)] == sorted(
        line or "" for line in lines.reached(pattern)
    )


def test_what_is_reached_is_looked_for_once() -> None:
    """Tables are asked the same for each caller."""
    asked: list[tuple[str, ...]] = []

    def winner(words: tuple[str, ...]) -> str:
        asked.append(words)
        return "/a/{x}"

    lines = Lines([(("a", ONE), "/a/{x}")], winner)

    assert lines.reached(("a", MORE)) == lines.reached(("a", MORE))
    assert 1 == len(asked)


def test_only_what_is_wanted_is_looked_at() -> None:
    """Of a thousand lines few are refused, or allowed."""
    lines = lines_of("/a/{x}", "/a/b")

    assert ["/a/b"] == list(lines.reached(("a", MORE), lambda line: line == "/a/b"))
    assert {"/a/b": False} == lines.hit(("a", MORE), lambda line: line == "/a/b")


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        (("a", MORE, "b"), {"/a/{x}/b": False, "/a/{x}/b/{y}": True}),
        (("a", MORE), {"/a/{x}": False, "/a/{x}/b": False, "/a/{x}/b/{y}": False}),
        (("a", "b"), {"/a/{x}": True}),
        (("c", MORE, "d", MORE), {"/c/{rest*}": True}),
        (("c", MORE, MORE, MORE, MORE, MORE, MORE), {"/c/{rest*}": False}),
    ],
)
def test_hit(pattern: Pattern, hit: dict[str, bool]) -> None:
    """What is hit only where a parameter reads as a name is told apart."""
    assert hit == dict(sorted(lines_of("/a/{x}", "/a/{x}/b", "/a/{x}/b/{y}", "/c/{rest*}").hit(pattern).items()))
