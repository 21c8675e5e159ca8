"""Ruled tables: a line below the header and nothing else, in characters that every terminal has."""

from __future__ import annotations

from typing import Final

from rich.box import Box
from rich.table import Table

_RULED: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def ruled() -> Table:
    """Make a table without columns."""
    return Table(
        box=_RULED, border_style="dim", padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
