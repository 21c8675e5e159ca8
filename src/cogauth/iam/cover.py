"""Covers: patterns to allow and to deny that together say of each request of a method what its line says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from cogauth.iam.lines import Line, Lines
from cogauth.iam.pattern import Pattern, pruned


class Cover(NamedTuple):
    """What is allowed, and what of it is denied again."""

    allow: list[Pattern]
    deny: list[Pattern]


class Clash(NamedTuple):
    """Three lines of which no patterns can allow the first and the last and refuse the one between."""

    allowed: str
    """Whatever allows this reaches requests of *refused*."""
    refused: Line
    spared: str
    """Whatever denies those reaches requests of this, which are to be allowed."""
    by_name: bool
    """Whether it reaches only those in which a parameter has a name for value that stands in a template."""

    def __str__(self) -> str:
        both = self.allowed if self.allowed == self.spared else f"{self.allowed} and {self.spared}"
        refused = "what no route allows" if self.refused is None else self.refused
        where = f", where a parameter of {self.spared} reads as a name of the other" if self.by_name else ""
        return f"IAM cannot allow {both} and refuse {refused}{where}"


def cover(lines: Lines, allows: Callable[[Line], bool], *, narrow: bool = False) -> Cover | Clash:
    """
    Give the cover that reaches least, or why there is none.

    There is none in IAM at all, not only none to be found here: the patterns to allow are those that `Lines.least`
    says any must reach, so that what they reach too far must be denied whatever else is said, and the patterns to deny
    it are again those that reach least. `NotResource` does not help: a denial of all but some patterns must spare what
    is allowed, and with it, for the same reason, all that the patterns to allow reach.

    With *narrow*, what clashes only by name is denied, as if such requests were nobody's.
    """
    meant: dict[Pattern, str] = {}
    for shape, line in lines.shapes:
        if line is not None and allows(line):
            meant |= dict.fromkeys(lines.least(shape, line), line)
    allow = pruned(meant)
    deny: dict[Pattern, None] = {}
    for pattern in allow:
        for refused, least in lines.reached(pattern, lambda line: not allows(line)).items():
            for each in least:
                for spared, by_name in () if each in deny else lines.hit(each, allows).items():
                    if not (narrow and by_name):
                        return Clash(meant[pattern], refused, spared, by_name)
                deny[each] = None
    return Cover(allow, pruned(deny))


def clashes(lines: Lines, line: str, differs: Callable[[Line, Line], bool]) -> Iterator[Clash]:
    """
    Give what *line* clashes with whenever it and the last are allowed and the one between is not.

    *differs* tells of two lines whether the first may be refused when the second is allowed.
    """
    for shape, each in lines.shapes:
        for pattern in lines.least(shape, each) if each == line else ():
            for refused, least in lines.reached(pattern, lambda other: differs(other, line)).items():
                for denied in least:
                    hit = lines.hit(denied, partial(differs, refused))
                    yield from (Clash(line, refused, spared, by_name) for spared, by_name in hit.items())
