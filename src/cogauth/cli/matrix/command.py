"""The subcommand `matrix`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from cogauth.cli.escapes import ascii_json
from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.matrix.page import page
from cogauth.cli.matrix.sheet import Sheet
from cogauth.cli.matrix.texts import as_csv, as_json, as_markdown, show
from cogauth.cli.output import Output
from cogauth.cli.trust import CONFIGURATION
from cogauth.cli.world import World
from cogauth.config import read

_EPILOG = """\b
Examples:
  cogauth matrix
  cogauth matrix --format html --output matrix.html
  cogauth matrix --format csv staging.toml > matrix.csv

\b
Exit codes:
  0  written
  2  the configuration or the command line is wrong, or the output cannot be written
"""


@click.command(epilog=_EPILOG, short_help="Show which role may use which route.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=CONFIGURATION, required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "csv", "html", "json"]),
    default="table",
    show_default=True,
    help="html is one page that needs nothing else, to be sent or printed.",
)
@click.option(
    "--output", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, over what it held."
)
@click.pass_obj
def matrix(
    world: World,
    *,
    file: Path,
    form: Literal["table", "markdown", "csv", "html", "json"],
    target: Path | None,
) -> Exit:
    """
    Show routes by roles, of FILE, by default cogauth.toml in the current folder.

    A cell says what whoever has that role, and nothing else that any rule mentions, may do: it is worked out by asking
    the rules about callers that are made up for it. "any token" is a caller with a good token and no role.
    """
    if target is not None and form == "table":
        raise click.UsageError("--output is for the formats that are files; add --format.")
    output = Output()
    with told_as_mistakes():
        sheet = Sheet.of(read(file), file.name, world.clock())
    if form == "table":
        show(sheet, output)
        return Exit.YES
    if form == "json" and target is None:
        output.show_json(as_json(sheet))
        return Exit.YES
    text = _written(sheet, form)
    if target is None:
        click.echo(text, nl=False)
        return Exit.YES
    try:
        target.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise Mistakes([f"{target}: cannot be written: {error.strerror}"]) from None
    return Exit.YES


def _written(sheet: Sheet, form: str) -> str:
    match form:
        case "markdown":
            return as_markdown(sheet)
        case "csv":
            return as_csv(sheet)
        case "json":
            return ascii_json(as_json(sheet)) + "\n"
        case _:
            return page(sheet)
