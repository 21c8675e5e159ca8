"""Lines: a prefix on every one, and nothing invisible at the end of any."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from cogauth.cli.lines import Lines
from cogauth.cli.output import listing


@pytest.mark.parametrize(
    ("renderable", "printed"),
    [
        pytest.param("short", "! short\n", id="one line"),
        pytest.param("", "!\n", id="an empty one"),
        pytest.param(Text("a" * 40), "! " + "a" * 28 + "\n! " + "a" * 12 + "\n", id="a wrapped one"),
        pytest.param(
            listing([("name", "b" * 30), ("n", "c")]),
            "!   name  " + "b" * 20 + "\n!         " + "b" * 10 + "\n!   n     c\n",
            id="a wrapped cell",
        ),
    ],
)
def test_every_line_has_the_prefix(renderable: RenderableType, printed: str) -> None:
    """What a narrow terminal wraps is no exception, and padding does not show."""
    console = Console(file=io.StringIO(), width=30)
    console.print(Lines(renderable, "! "))
    assert isinstance(console.file, io.StringIO)
    assert printed == console.file.getvalue()
