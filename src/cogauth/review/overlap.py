"""Overlap: which requests two lines of the route table have in common, and which lines a request matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cogauth.paths import canonical
from cogauth.routes import ANY, parse

_ONE, _REST = "{}", "{*}"


class Pattern(NamedTuple):
    """The requests of a line: its method, and its segments: literals, `{}` for any one, a last `{*}` for the rest."""

    method: str
    segments: tuple[str, ...]

    @classmethod
    def of(cls, line: str) -> Pattern:
        """
        Read a line of the route table.

        Raises:
            ConfigurationError: it is none.
        """
        return cls(*parse(line))

    def meeting(self, other: Pattern) -> Pattern | None:
        """Give the requests that both have, which are a pattern again; None where there are none."""
        method = _either(self.method, other.method, ANY)
        segments = _common(self.segments, other.segments)
        return None if method is None or segments is None else Pattern(method, segments)

    def takes(self, method: str, path: str) -> bool:
        """Tell whether a request is one of these; HEAD follows GET."""
        if self.method not in (ANY, "GET" if method == "HEAD" else method):
            return False
        path = canonical(path)
        asked = tuple(path.split("/")[1:]) if path != "/" else ()
        if self.segments[-1:] != (_REST,):
            return len(asked) == len(self.segments) and _agree(self.segments, asked)
        return len(asked) >= len(self.segments) and _agree(self.segments[:-1], asked)

    def __str__(self) -> str:
        shown = ("{x}" if segment == _ONE else "{rest*}" if segment == _REST else segment for segment in self.segments)
        return f"{self.method} /{'/'.join(shown)}"


class Requests:
    """
    Requests that stand for all others: whatever lines are asked, they decide a pattern's requests as these are decided.

    Args:
        patterns: the lines that are asked.
    """

    __slots__ = ("_depth", "_method", "_segment")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        every = list(patterns)
        self._method = _unlike("OTHER", {pattern.method for pattern in every})
        self._segment = _unlike("x", {segment for pattern in every for segment in pattern.segments})
        self._depth = max((len(pattern.segments) for pattern in every), default=0)

    def of(self, pattern: Pattern) -> Iterator[tuple[str, str]]:
        """
        Give a method and a path for each way in which *pattern* can be decided, the shortest path first.

        A segment that is any stands as one that no line names. Where any number may follow there is one path for each
        length up to one more than the longest line has: longer ones are decided like that.
        """
        method = self._method if pattern.method == ANY else pattern.method
        fixed = [self._segment if segment == _ONE else segment for segment in pattern.segments]
        if fixed[-1:] != [_REST]:
            yield method, "/" + "/".join(fixed)
            return
        fixed.pop()
        for more in range(1, max(self._depth - len(fixed), 0) + 2):
            yield method, "/" + "/".join(fixed + [self._segment] * more)


def _either(one: str, other: str, open_: str) -> str | None:
    if one in (other, open_):
        return other
    return one if other == open_ else None


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    merged: list[str] = []
    for place in range(max(len(one), len(other))):
        if one[place:] == (_REST,) and other[place:]:
            return (*merged, *other[place:])
        if other[place:] == (_REST,) and one[place:]:
            return (*merged, *one[place:])
        if place >= len(one) or place >= len(other):
            return None
        segment = _either(one[place], other[place], _ONE)
        if segment is None:
            return None
        merged.append(segment)
    return tuple(merged)


def _agree(segments: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    return all(segment in (_ONE, said) for segment, said in zip(segments, asked, strict=False))


def _unlike(word: str, taken: set[str]) -> str:
    while word in taken:
        word += "X"
    return word
