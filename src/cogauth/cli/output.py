"""Output: answers on standard output, remarks on standard error, in colour where that is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Literal, TypeAlias

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cogauth.cli.escapes import ascii_json, printable
from cogauth.cli.lines import Lines

Row: TypeAlias = tuple[str, str | Text]

YES, NO = "bold green", "bold red"
"""The styles of good answers and bad ones."""

_NO_WRAP = 10_000
"""Columns where no terminal sets a limit: what is piped is searched by the line."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Who stops reading has read enough. The exit code still answers, so the command goes on in silence.
        self.quiet = True
        silence_stdout()


class Output:
    """Where a command's words go. Text of strangers comes in by `rows` and `listing`, or escaped already."""

    def __init__(self) -> None:
        self._out = _console(error=False)
        self._err = _console(error=True)

    def show(self, renderable: RenderableType = "", *, prefix: str = "", style: str = "") -> None:
        """Print an answer, or an empty line."""
        self._out.print(Lines(renderable, prefix, style))

    def show_json(self, data: object) -> None:
        """Print an answer for machines."""
        self._out.print(ascii_json(data), soft_wrap=True)

    def remark(self, kind: Literal["note", "warning"], text: str) -> None:
        """Say something beside the answer."""
        self._err.print(Text.assemble((f"{kind}: ", "yellow"), printable(text)), soft_wrap=True)


def listing(rows: Iterable[Row]) -> Table:
    """Set names and values side by side."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    for name, shown in rows:
        table.add_row("  " + printable(name), Text(printable(shown)) if isinstance(shown, str) else shown)
    return table


def silence_stdout() -> None:
    """Let nothing more be written to a standard output that nobody reads; the interpreter flushes it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def tolerate_encoding() -> None:
    """Let a character that standard output cannot encode come out as an escape instead of as a crash."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _console(*, error: bool) -> Console:
    console = _Console(stderr=error, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _NO_WRAP
    return console
