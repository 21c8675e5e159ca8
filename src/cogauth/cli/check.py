"""`cogauth check`: is this configuration right, and is there anything about it to look at?"""

from __future__ import annotations

from pathlib import Path

import click

from cogauth import ConfigurationError
from cogauth.cli.check_view import Checked, as_json, show
from cogauth.cli.escapes import names
from cogauth.cli.exits import Exit, Mistakes
from cogauth.cli.openapi import coverage_of, read_description
from cogauth.cli.output import Output
from cogauth.cli.trust import CONFIGURATION
from cogauth.config import read

_EPILOG = """\b
Examples:
  cogauth check
  cogauth check --strict --json staging.toml
  cogauth check --openapi openapi.yaml --base-path /v1

\b
Exit codes:
  0  no mistakes; with --strict: no warnings either
  1  mistakes, or with --openapi: operations without a rule, or rules without an operation
  2  a file cannot be read, or the command line is wrong
"""


@click.command(epilog=_EPILOG, short_help="Find what is wrong with a configuration.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=CONFIGURATION, required=False)
@click.option(
    "--openapi",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compare the routes with the operations of this OpenAPI 3 document, JSON or YAML.",
)
@click.option("--base-path", metavar="PATH", help="With --openapi: what stands before each of its paths, such as /v1.")
@click.option("--api", metavar="NAME", help="With --openapi: the api that it describes, where there are several.")
@click.option("--strict", is_flag=True, help="Let warnings count as mistakes.")
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document.")
def check(
    *, file: Path, openapi: Path | None, base_path: str | None, api: str | None, strict: bool, wants_json: bool
) -> Exit:
    """
    Check a configuration: FILE, by default cogauth.toml in the current folder.

    All mistakes are told at once, each with its line. Warnings are about what is no mistake and still worth a look:
    roles that no route uses or that nobody can have, conditions on attributes that users can write themselves, routes
    in shadow mode, mappings and rules of an identity pool that decide for nobody. With --openapi, operations without a
    route and routes without an operation are told as well.

    Variables of the environment that override the file (COGAUTH_ISSUER_...) are taken into account, and named.
    """
    if openapi is None and (base_path is not None or api is not None):
        raise click.UsageError("--base-path and --api say how to read a description; add --openapi.")
    if not file.is_file():
        raise Mistakes([f"{file}: there is no such file; write one with 'cogauth init'"])
    output = Output()
    description = None if openapi is None else read_description(openapi, base_path)
    try:
        configuration = read(file)
    except ConfigurationError as error:
        checked = Checked(file, error.problems)
    else:
        apis = configuration.policy.apis
        if api is not None and api not in apis:
            raise click.BadParameter(f"there is none; there are {names(apis)}", param_hint="--api")
        coverage = None if description is None else coverage_of(configuration.policy, api, description.operations)
        checked = Checked(file, (), configuration, openapi, coverage)
    for note in () if description is None else description.notes:
        output.remark("note", f"{openapi}: {note}")
    if wants_json:
        output.show_json(as_json(checked, strict=strict))
    else:
        show(checked, output)
    return checked.exit(strict=strict)
