"""The command: its name, its subcommands, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cogauth import __version__
from cogauth.cli.check import check
from cogauth.cli.demo import demo
from cogauth.cli.diff import diff
from cogauth.cli.exits import Exit
from cogauth.cli.explain import explain
from cogauth.cli.iam import iam
from cogauth.cli.init import init
from cogauth.cli.inspect import inspect
from cogauth.cli.keys import keys
from cogauth.cli.matrix import matrix
from cogauth.cli.output import silence_stdout, tolerate_encoding
from cogauth.cli.package import package
from cogauth.cli.schema import schema
from cogauth.cli.serve import serve
from cogauth.cli.verify import verify
from cogauth.cli.world import World

_EPILOG = """\b
Examples:
  cogauth demo
  cogauth init --pool eu-west-1_AbCdEf123 --client 1h57kf5cpq17m0eml12EXAMPLE
  cogauth verify --method GET --path /orders/17 < token.txt
  cogauth explain GET /orders/17 --token-file token.txt
  cogauth check --openapi openapi.yaml
  cogauth matrix --format html --output matrix.html
  cogauth diff main.toml cogauth.toml
  cogauth inspect --json --file token.txt
  cogauth keys eu-west-1_AbCdEf123
  cogauth package lambda cogauth.toml --pin-keys
  cogauth schema > cogauth.schema.json
  cogauth serve cogauth.toml --behind nginx
  cogauth iam trust --identity-pool eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000

\b
Exit codes:
  0  yes
  1  no: refused, denied, or mistakes were found
  2  the command line or the configuration is wrong
  3  the issuer's keys are unavailable, so that nothing can be said
"""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cogauth", message="%(prog)s %(version)s")
@click.pass_context
def cogauth(ctx: click.Context) -> None:
    """
    Decide whether an Amazon Cognito token may do what it asks.

    Tokens are read from standard input or from a file. One given as an argument is taken too, but stays in the
    shell's history.
    """
    ctx.ensure_object(World)
    tolerate_encoding()


@cogauth.result_callback()
@click.pass_context
def _end(ctx: click.Context, code: Exit) -> None:
    ctx.exit(code)


for _subcommand in (check, demo, diff, explain, iam, init, inspect, keys, matrix, package, schema, serve, verify):
    cogauth.add_command(_subcommand)


def run(argv: Sequence[str] | None) -> int:
    """Run the command and give its exit code."""
    try:
        code: int = cogauth.main(argv, prog_name="cogauth", standalone_mode=False)
        if sys.stdout is not None:  # closed by whoever started this: the exit code is all that is wanted
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        silence_stdout()
        return Exit.YES  # only help is printed past the commands' own output, which minds this itself
    except OSError as error:
        silence_stdout()
        click.echo(f"error: the output cannot be written: {error.strerror}", err=True)
        return Exit.USAGE
    return code
