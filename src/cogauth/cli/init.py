"""`cogauth init`: begin a configuration."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click

from cogauth import ConfigurationError, Policy, UserPool
from cogauth.cli.escapes import printable
from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.openapi import Operation, read_description, starter_of
from cogauth.cli.openapi.starter import TODO
from cogauth.cli.output import Output
from cogauth.cli.starter import starter
from cogauth.cli.trust import CONFIGURATION, accepted_clients
from cogauth.cli.world import World

_EPILOG = """\b
Examples:
  cogauth init
  cogauth init --pool eu-west-1_AbCdEf123 --client 1h57kf5cpq17m0eml12EXAMPLE
  cogauth init --pool eu-west-1_AbCdEf123 --client any-client --output staging.toml --force
  cogauth init --pool eu-west-1_AbCdEf123 --client any-client --openapi openapi.yaml

\b
Exit codes:
  0  written
  2  an id is none, the file is there already or cannot be written, or something was not given
"""


@click.command(epilog=_EPILOG, short_help="Begin a configuration.")
@click.option("--pool", metavar="ID", help="The user pool, such as eu-west-1_AbCdEf123.")
@click.option(
    "--client",
    "clients",
    metavar="ID",
    multiple=True,
    help="An app client whose tokens are accepted, or any-client. May be repeated.",
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=CONFIGURATION,
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--openapi",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a route for each operation of this OpenAPI 3 document, JSON or YAML.",
)
@click.option("--base-path", metavar="PATH", help="With --openapi: what stands before each of its paths, such as /v1.")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@click.pass_obj
def init(
    world: World,
    *,
    pool: str | None,
    clients: tuple[str, ...],
    target: Path,
    openapi: Path | None,
    base_path: str | None,
    force: bool,
) -> Exit:
    """
    Write a commented configuration that works: one user pool, a role, three routes.

    With --openapi there is a route for each operation instead: one that asks for scopes gets a rule on them, and every
    other is closed, allowed to a role that nobody can have, until you have put one of your own in its place.

    On a terminal, what is not given is asked for. The ids are in the Cognito console, under "User pool information"
    and "App clients".
    """
    if target.suffix != ".toml":
        raise click.BadParameter("the name must end in .toml", param_hint="--output")
    if base_path is not None and openapi is None:
        raise click.UsageError("--base-path says how to read a description; add --openapi.")
    if target.exists() and not force:
        raise Mistakes([f"{target} is there already; --force overwrites it, --output names another file"])
    if not world.somebody_types():
        missing = [name for name, given in (("--pool", pool), ("--client", clients)) if not given]
        if missing:
            raise click.UsageError(f"{' and '.join(missing)} not given, and nobody is there to be asked.")
    pool = pool if pool is not None else click.prompt("User pool id", value_proc=_pool_id, err=True)
    clients = clients or click.prompt("App client ids, separated by spaces", value_proc=_client_ids, err=True)
    problems = _problems(pool, clients)
    if problems:
        raise Mistakes(problems)
    output = Output()
    operations = _operations(openapi, base_path, output)
    text = starter(pool, clients) if openapi is None else starter(pool, clients, starter_of(operations))
    # The ids are good, and so is what this writes itself; of what a description says nobody can know.
    with told_as_mistakes():
        Policy.from_dict(tomllib.loads(text))
    try:
        with target.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise Mistakes([f"{target}: cannot be written: {error.strerror}"]) from None
    _say_what_next(target, openapi, len(operations), output)
    return Exit.YES


def _operations(openapi: Path | None, base_path: str | None, output: Output) -> tuple[Operation, ...]:
    if openapi is None:
        return ()
    description = read_description(openapi, base_path)
    for note in description.notes:
        output.remark("note", f"{openapi}: {note}")
    return description.operations


def _say_what_next(target: Path, openapi: Path | None, operations: int, output: Output) -> None:
    name = printable(str(target))
    config = "" if target == CONFIGURATION else f" --config {name}"
    if openapi is not None:
        output.show(f"Wrote {name}: {operations} operations; what asks for no scope is closed to everybody.")
        output.show()
        output.show("Next:")
        output.show(f"  1. Put roles of your own in the place of '{TODO}', route by route.")
        output.show(f"  2. See what is left:  cogauth check {name} --openapi {printable(str(openapi))}")
        output.show(f"  3. See who may what:  cogauth matrix {name}")
        return
    output.show(f"Wrote {name}: GET /healthz is public, any good token may read, admins may do the rest.")
    output.show()
    output.show("Next:")
    output.show("  1. Put your own roles and routes into it.")
    output.show(f"  2. Try a token:  cogauth verify{config} --method GET --path / < token.txt")
    output.show(f'  3. Use it:       Authorizer.from_file("{name}")')


def _problems(pool: str, clients: tuple[str, ...]) -> tuple[str, ...]:
    try:
        UserPool(pool, clients=accepted_clients(clients))
    except ConfigurationError as error:
        return tuple(problem.removeprefix("UserPool: ") for problem in error.problems)
    return ()


def _pool_id(text: str) -> str:
    pool = text.strip()
    _refuse(_problems(pool, ("any-client",)))
    return pool


def _client_ids(text: str) -> tuple[str, ...]:
    clients = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip(" ,"))))
    _refuse(_problems("eu-west-1_Any", clients))
    return clients


def _refuse(problems: tuple[str, ...]) -> None:
    """Have the question asked again."""
    if problems:
        raise click.UsageError("; ".join(problems))
