"""`cogauth schema`: what a configuration file may hold, for editors."""

from __future__ import annotations

import click

from cogauth.cli.exits import Exit
from cogauth.cli.output import Output
from cogauth.file.schema import json_schema

_EPILOG = """\b
Examples:
  cogauth schema > cogauth.schema.json

\b
and as the first line of cogauth.toml, for editors that use Taplo:
  #:schema ./cogauth.schema.json

\b
Exit codes:
  0  it was printed
  2  the command line is wrong
"""


@click.command(epilog=_EPILOG, short_help="Print the JSON Schema of cogauth.toml.")
def schema() -> Exit:
    """
    Print the JSON Schema (2020-12) of a configuration file, which lets an editor complete and explain it.

    What it refuses cogauth refuses too. What several parts of a file must agree on only cogauth itself knows: ask
    'cogauth check'.
    """
    Output().show_json(json_schema())
    return Exit.YES
