"""`cogauth diff`: who may do what by one configuration and not by another."""

from __future__ import annotations

from pathlib import Path

import click

from cogauth.cli.diff_view import Compared, as_json, show
from cogauth.cli.exits import Exit, told_as_mistakes
from cogauth.cli.output import Output
from cogauth.config import read

_EPILOG = """\b
Examples:
  cogauth diff main.toml cogauth.toml
  git show HEAD:cogauth.toml > /tmp/before.toml && cogauth diff /tmp/before.toml cogauth.toml
  cogauth diff --json old.toml new.toml | jq '.routes[] | select(.opened)'

\b
Exit codes:
  0  the same: nobody may do more or less, and nothing else that matters has changed
  1  different
  2  one of them cannot be read or has mistakes, or the command line is wrong
"""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog=_EPILOG, short_help="Show who gains and who loses what.")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document.")
def diff(*, old: Path, new: Path, wants_json: bool) -> Exit:
    """
    Compare two configurations by what they decide.

    Requests are compared, and not lines: where another route decides than before, it is a change if that route asks
    something else. Rules are compared by asking them about every kind of caller that they can tell apart, so that the
    same said otherwise is no change; where there are too many kinds, the route is listed for comparing by hand.

    Routes that are open to all and were not come first.
    """
    output = Output()
    with told_as_mistakes():
        compared = Compared.of(read(old), read(new))
    if wants_json:
        output.show_json(as_json(compared))
    else:
        show(compared, str(old), str(new), output)
    return compared.exit
