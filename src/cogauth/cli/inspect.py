"""`cogauth inspect`: what does this token say of itself?"""

from __future__ import annotations

from pathlib import Path

import click

from cogauth.cli.anatomy import dissect
from cogauth.cli.anatomy_view import as_json, show
from cogauth.cli.exits import Exit
from cogauth.cli.output import Output
from cogauth.cli.token_text import token_options, token_text
from cogauth.cli.world import World

_EPILOG = """\b
Examples:
  cogauth inspect < token.txt
  cogauth inspect --json --file token.txt | jq .claims.members.scope

\b
Exit codes:
  0  it could be read
  1  it is malformed: no issuer can have written it
  2  the command line is wrong
"""


@click.command(epilog=_EPILOG, short_help="Look into a token WITHOUT verifying it.")
@token_options
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document instead of tables.")
@click.pass_obj
def inspect(world: World, *, token: str | None, file: Path | None, wants_json: bool) -> Exit:
    """
    Show a token's header and claims WITHOUT verifying it.

    Nothing that is shown is proven: anybody can write such a token. Every line says so, and so does every part of the
    JSON document. To know whether a token is good, use 'cogauth verify'.

    The token is read from standard input, from --file, or as an argument, which stays in the shell's history. Of one
    that is malformed as much is shown as can be read.
    """
    output = Output()
    anatomy = dissect(token_text(token, file, world, output))
    if wants_json:
        output.show_json(as_json(anatomy))
    else:
        show(anatomy, world.clock(), output)
    return Exit.YES if anatomy.error is None else Exit.NO
