"""The subcommand `demo`."""

from __future__ import annotations

import click

from cogauth.cli.demo.performance import perform
from cogauth.cli.demo.role_view import role_as_json
from cogauth.cli.demo.view import as_json, show
from cogauth.cli.exits import Exit
from cogauth.cli.output import Output
from cogauth.cli.world import World

_EPILOG = """\b
Examples:
  cogauth demo
  cogauth demo --json | jq '.[] | select(.allowed | not) | .reason'

\b
Exit codes:
  0  every decision was the expected one
  1  some were not
"""


@click.command(epilog=_EPILOG, short_help="See requests decided, without a network or an account.")
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON list with one object for each decision.")
@click.pass_obj
def demo(world: World, *, wants_json: bool) -> Exit:
    """
    Decide requests of all kinds, good and bad, with tokens of a user pool inside this process.

    The keys really are fetched over HTTP, from this machine; nothing leaves it, and no AWS account is needed. The
    configuration is shown first, then each decision: what was sent, whom it proves, what was asked for, the answer,
    and why. Last comes the IAM role that an identity pool would choose for each token, worked out without asking it.
    """
    output = Output()
    performance = perform(world)
    if wants_json:
        output.show_json([*map(as_json, performance.played), *map(role_as_json, performance.roles)])
    else:
        show(performance, output)
    return performance.exit
