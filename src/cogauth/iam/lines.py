"""Lines: the routes of one method as regions of its requests, and what a pattern reaches of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import TypeAlias

from cogauth.iam.pattern import MORE, ONE, Pattern, Shape, matches

Line: TypeAlias = "str | None"
"""A line of the route table; None is no route, where the gateway passes on what the policy has no line for."""

_FRESH = ONE
"""A segment that no template names: a name has no braces."""


class _Node:
    __slots__ = ("ends", "next", "rests")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.ends: list[Line] = []
        self.rests: list[Line] = []


def _any(line: Line) -> bool:  # noqa: ARG001  it takes what the others take
    return True


class Lines:
    """
    The lines that may decide a request of one method.

    A line's region is what it decides: the paths of its template without those that a more specific line takes. All
    that is said of regions here rests on one thing: whether a line takes a path depends on the segments that some
    template names. A path whose other segments stand nowhere else is decided as all paths that differ from it in those.

    Args:
        shapes: each line with the shape of its template.
        winner: gives the line that decides a path of these segments.
    """

    __slots__ = ("_least", "_longest", "_meets", "_of", "_root", "_winner", "shapes")

    def __init__(self, shapes: Iterable[tuple[Shape, Line]], winner: Callable[[Shape], Line]) -> None:
        self.shapes: tuple[tuple[Shape, Line], ...] = tuple(shapes)
        self._winner = winner
        self._longest = max((len(shape) for shape, _ in self.shapes), default=0)
        self._of: dict[Line, list[Shape]] = {}
        self._meets: dict[Pattern, dict[Line, tuple[Shape, ...]]] = {}
        self._least: dict[tuple[Shape, Line], tuple[Pattern, ...]] = {}
        self._root = _Node()
        for shape, line in self.shapes:
            self._of.setdefault(line, []).append(shape)
            node = self._root
            for segment in shape:
                if segment == MORE:
                    node.rests.append(line)
                    break
                node = node.next.setdefault(segment, _Node())
            else:
                node.ends.append(line)

    def least(self, shape: Shape, line: Line) -> tuple[Pattern, ...]:
        """
        Give the patterns that reach as little as any must that take what *line* decides of *shape*; none, if nothing.

        Whatever takes a segment that stands nowhere else, and as long as one likes, takes any run of characters in its
        place. So a `{}` must be widened; but a `{*}` need not take runs so short that a more specific line has them.
        """
        known = self._least.get((shape, line))
        if known is None:
            known = self._least[shape, line] = tuple(self._shortest(shape, line))
        return known

    def _shortest(self, shape: Shape, line: Line) -> Iterator[Pattern]:
        wide = [place for place, segment in enumerate(shape) if segment == MORE]
        waiting = [(1,) * len(wide)]
        seen, found = set(waiting), list[tuple[int, ...]]()
        for lengths in waiting:  # which grows, the shorter runs first
            if any(all(map(int.__le__, less, lengths)) for less in found):
                continue
            if self._winner(tuple(_with_runs(shape, lengths, _FRESH))) == line:
                found.append(lengths)
                yield tuple(_with_runs(shape, lengths, MORE))
                continue
            for place, length in enumerate(lengths):
                # Beyond the longest template there are only lines with `{*}`, which take any number alike.
                longer = (*lengths[:place], length + 1, *lengths[place + 1 :])
                if length <= self._longest and longer not in seen:
                    seen.add(longer)
                    waiting.append(longer)

    def reached(self, pattern: Pattern, wanted: Callable[[Line], bool] = _any) -> dict[Line, tuple[Pattern, ...]]:
        """Give the *wanted* lines that decide some path of *pattern*, with the least patterns that take those paths."""
        meets = self._meets.get(pattern)
        if meets is None:
            found: dict[Line, dict[Shape, None]] = {}
            for line, shape in _meets(self._root, pattern, 0, (), inside=False):
                found.setdefault(line, {})[shape] = None
            meets = self._meets[pattern] = {line: tuple(shapes) for line, shapes in found.items()}
        reached: dict[Line, tuple[Pattern, ...]] = {}
        for line, shapes in meets.items():
            if wanted(line):
                least = dict.fromkeys(pattern for shape in shapes for pattern in self.least(shape, line))
                if least:
                    reached[line] = tuple(least)
        return reached

    def hit(self, pattern: Pattern, wanted: Callable[[Line], bool] = _any) -> dict[str, bool]:
        """
        Give the *wanted* lines that decide some path of *pattern*, no route left out: each with whether only by name.

        That is, whether only such paths in which a parameter has a name for value that stands in a template.
        """
        reached = self.reached(pattern, wanted)
        return {line: not self._hits_plainly(pattern, line) for line in reached if line is not None}

    def _hits_plainly(self, pattern: Pattern, line: str) -> bool:
        # A run that is as long as the pattern: whatever takes a shorter one by `{*}` takes this one, too.
        run = (len(pattern),)
        return any(matches(pattern, _with_runs(shape, run, _FRESH)) for shape in self._of[line])


def _with_runs(shape: Shape, lengths: Iterable[int], word: str) -> Iterator[str]:
    runs = iter(lengths)
    for segment in shape:
        if segment == MORE:
            yield from repeat(word, next(runs))
        else:
            yield word if segment == ONE else segment


def _meets(node: _Node, pattern: Pattern, place: int, taken: Shape, *, inside: bool) -> Iterator[tuple[Line, Shape]]:
    """
    Walk down the templates along *pattern*, and give what each has in common with it, as shapes.

    *inside* a `{*}` at *place*, which has taken a segment, it may take another or be left.
    """
    if inside:
        yield from _meets(node, pattern, place + 1, taken, inside=False)
    left = pattern[place:]
    if not left:
        yield from ((line, taken) for line in node.ends)
        return
    # The `{*}` of a template takes all that is left, and there is at least a segment of it.
    yield from ((line, (*taken, *left)) for line in node.rests)
    if left[0] == MORE:
        for segment, child in node.next.items():
            yield from _meets(child, pattern, place, (*taken, segment), inside=True)
        return
    for segment in (left[0], ONE):
        if (step := node.next.get(segment)) is not None:
            yield from _meets(step, pattern, place + 1, (*taken, left[0]), inside=False)
