"""Lines: a table or text line by line, with a prefix on every one and nothing invisible at the end of any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style


class Lines:
    """
    What it holds, rendered.

    The prefix also stands before what a narrow terminal wraps, so that a warning in it cannot be scrolled or cut away
    from what it warns of.
    """

    def __init__(self, renderable: RenderableType, prefix: str = "", style: str = "") -> None:
        self._renderable = renderable
        self._prefix = prefix
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update_width(max(options.max_width - len(self._prefix), 20))
        prefix = Segment(self._prefix, Style.parse(self._style))
        for line in console.render_lines(self._renderable, inner, pad=False):
            yield from _stripped([prefix, *line])
            yield Segment.line()


def _stripped(line: Iterable[Segment]) -> Iterator[Segment]:
    segments = list(line)
    while segments:
        text, style, _ = segments.pop()
        if kept := text.rstrip(" "):
            return iter([*segments, Segment(kept, style)])
    return iter(())
