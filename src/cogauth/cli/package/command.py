"""The command line of `cogauth package lambda`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.output import Output
from cogauth.cli.trust import CONFIGURATION
from cogauth.cli.world import World
from cogauth.transport import fetch

if TYPE_CHECKING:
    from cogauth.cli.package.target import Machine

_EPILOG = """\b
Examples:
  cogauth package lambda --pin-keys
  cogauth package lambda cogauth.toml --pin-keys --template deploy
  cogauth package lambda cogauth.toml --arch x86_64 --python 3.12 --requirements requirements.txt
  cogauth package lambda cogauth.toml --http-api simple --cache-ttl 0 --output authorizer.zip

\b
Exit codes:
  0  written
  1  not written: pip found no wheels
  2  the command line or the configuration is wrong, or answers that gateways keep would be
  3  keys that were to be on board are unavailable
"""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_NEEDED = ("packaging", "pip")
_VARIABLE = re.compile(r"COGAUTH_[A-Z0-9_]+")
_OURS = frozenset({"COGAUTH_CONFIG", "COGAUTH_HTTP_API", "COGAUTH_CACHE_TTL"})


@click.group(short_help="Put what runs elsewhere into one file.")
def package() -> None:
    """Put cogauth, a configuration and what both need into one file that runs elsewhere."""


@package.command("lambda", epilog=_EPILOG, short_help="A Lambda authorizer, as a zip.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=CONFIGURATION, required=False)
@click.option(
    "--arch",
    "machine",
    type=click.Choice(["arm64", "x86_64"]),
    default="arm64",
    show_default=True,
    help="The function's architecture.",
)
@click.option(
    "--python", type=click.Choice(PYTHONS), default="3.13", show_default=True, help="The Python of its runtime."
)
@click.option("--pin-keys", is_flag=True, help="Fetch the issuers' keys now; the function never fetches any.")
@click.option("--seed-keys", is_flag=True, help="Fetch them now, for the function to start with and to renew.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("cogauth-lambda.zip"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--template",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write SAM templates into this folder: the authorizer, and APIs that use it.",
)
@click.option(
    "--requirements",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which versions to take, as requirements.txt in an earlier zip says; without it the newest.",
)
@click.option("--powertools", is_flag=True, help="Take Powertools for AWS Lambda along: logs, metrics, traces.")
@click.option(
    "--http-api",
    type=click.Choice(["iam", "simple"]),
    default="iam",
    show_default=True,
    help="How HTTP APIs are answered.",
)
@click.option(
    "--cache-ttl",
    type=click.IntRange(0, 3600),
    default=300,
    show_default=True,
    help="For how many seconds gateways keep an answer; 0 is not at all.",
)
@click.option(
    "--env",
    "variables",
    metavar="NAME=VALUE",
    multiple=True,
    help="A variable of the function, such as COGAUTH_DELIVERS=none; docs/lambda.md lists them. May be repeated.",
)
@click.pass_obj
def package_lambda(world: World, /, *, file: Path, pin_keys: bool, seed_keys: bool, **options: Any) -> Exit:
    """
    Make a zip of FILE, by default cogauth.toml in the current folder, that runs in AWS Lambda as an authorizer.

    It holds cogauth, wheels of what cogauth needs for the function's architecture, the configuration with all that it
    includes, and the keys if you say so. Its handler is cogauth_lambda.handler.handler. The same cogauth,
    configuration, keys and versions give the same bytes, byte code included: it is made where the function's Python is
    found on this machine, and a start takes about half the time then.

    Answers that a gateway would keep and that would be wrong then are refused here: say --cache-ttl 0, and configure
    the gateways so.
    """
    if pin_keys and seed_keys:
        raise click.UsageError("--pin-keys and --seed-keys are two uses of the keys; give one of them.")
    variables = _variables(options["variables"])
    if options["template"] is not None and "COGAUTH_IDENTITY_SOURCES" in variables:
        raise click.UsageError("the templates keep answers by the Authorization header; leave out one of the two.")
    look_for()
    from cogauth.cli.package.build import Order, build  # needs what was just looked for
    from cogauth.cli.package.bytecode import run_compiler
    from cogauth.cli.package.pip import run_pip
    from cogauth.cli.package.target import Target
    from cogauth.cli.package.view import show
    from cogauth_lambda.deploy import Settings, templates

    machine: Machine = options["machine"]
    template: Path | None = options["template"]
    target: Path = options["output"]
    order = Order(
        file=file,
        target=Target(machine, options["python"]),
        environment={
            **variables,
            "COGAUTH_HTTP_API": options["http_api"],
            "COGAUTH_CACHE_TTL": str(options["cache_ttl"]),
        },
        keys="pin" if pin_keys else "seed" if seed_keys else None,
        versions=options["requirements"],
        powertools=options["powertools"],
    )
    with told_as_mistakes():
        made = build(
            order,
            pip=world.pip or run_pip,
            compiler=world.compile or run_compiler,
            fetch=world.fetch or fetch,
            now=world.clock(),
            environ=os.environ,
        )
    _write(target, made.octets)
    written: list[Path] = []
    if template is not None:
        settings = Settings(
            package=os.path.relpath(target, template),
            architecture=machine,
            runtime=order.target.runtime,
            environment=made.environment,
            cache_ttl=options["cache_ttl"],
            simple=options["http_api"] == "simple",
            challenge=made.challenge,
        )
        for name, text in templates(settings).items():
            _write(template / name, text.encode())
            written.append(template / name)
    show(order, made, target, written, Output())
    return Exit.YES


def _variables(given: Iterable[str]) -> dict[str, str]:
    """Take variables of the function apart. None is a secret's place: they are shown, and stand in the template."""
    variables: dict[str, str] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not _VARIABLE.fullmatch(name) or not value.isprintable():
            raise click.BadParameter("must be NAME=VALUE, and a name that begins with COGAUTH_", param_hint="--env")
        if name in _OURS:
            raise click.BadParameter(f"{name} has an option of its own, or none", param_hint="--env")
        variables[name] = value
    return variables


def look_for(find: Callable[[str], object] = find_spec) -> None:
    """
    Make sure that *find* finds what the command needs.

    Raises:
        Mistakes: it is not installed; the line has the command that installs it.
    """
    absent = [name for name in _NEEDED if find(name) is None]
    if absent:
        raise Mistakes([f"packaging needs {', '.join(absent)}: pip install 'cogauth[package]'"])


def _write(path: Path, octets: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    except OSError as error:
        raise Mistakes([f"{path}: cannot be written: {error.strerror}"]) from None
