"""`cogauth serve`: decide for a reverse proxy, as a service."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.trust import CONFIGURATION

_EPILOG = """\b
Examples:
  cogauth serve --behind nginx
  cogauth serve cogauth.toml --behind caddy --host 0.0.0.0 --workers 4 --log json
  cogauth serve cogauth.toml --behind envoy --grpc-port 9181
  cogauth serve cogauth.toml --behind nginx --unix /run/cogauth.sock

\b
Signals:
  HUP        read FILE again; one with mistakes changes nothing
  TERM, INT  stop, when what is under way is done

\b
Exit codes:
  0  stopped
  1  a worker could not begin, or did not stop in time
  2  the command line or the configuration is wrong, or an address cannot be listened on
"""

PROXIES = ("nginx", "ingress-nginx", "envoy", "caddy", "traefik", "haproxy")

_PORT = click.IntRange(0, 65_535)
_NEEDED = {"serve": ("httptools", "prometheus_client", "uvicorn"), "grpc": ("grpc",)}


@click.command(epilog=_EPILOG, short_help="Decide for a reverse proxy, as a service.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=CONFIGURATION, required=False)
@click.option("--behind", type=click.Choice(PROXIES), required=True, help="The proxy that asks.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; only the proxy may reach it."
)
@click.option("--port", type=_PORT, default=9180, show_default=True, help="0 is one that is free.")
@click.option("--unix", type=click.Path(path_type=Path), help="Listen on this socket instead of an address.")
@click.option("--grpc-port", type=_PORT, help="Answer Envoy's gRPC here, on the same host.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="How many processes decide.")
@click.option(
    "--max-connections",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="How many connections a worker has open; one more is closed.",
)
@click.option(
    "--cache-size",
    type=click.IntRange(0, 1_000_000),
    default=4096,
    show_default=True,
    help="How many verified tokens a worker remembers.",
)
@click.option(
    "--stop-seconds",
    type=click.IntRange(1, 3600),
    default=25,
    show_default=True,
    help="How long what is under way may take when told to stop.",
)
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="The form of a line."
)
@click.option(
    "--log-level",
    type=click.Choice(["info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Decisions that allow are info, refusals warnings.",
)
@click.pass_context
def serve(ctx: click.Context, /, *, file: Path, **options: Any) -> Exit:
    """
    Decide for a reverse proxy by FILE, by default cogauth.toml in the current folder.

    The proxy asks on /verify before it lets a request through; docs/forward-auth.md tells how it is configured. Beside
    it are /healthz, /readyz and /metrics. What happens is told on standard error, a line for each event.
    """
    if options["unix"] is not None and any(
        ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT for name in ("host", "port")
    ):
        raise click.UsageError("--unix takes the place of --host and --port; give one or the other.")
    look_for("serve")
    if options["grpc_port"] is not None:
        look_for("grpc")
    if not hasattr(os, "fork"):
        raise Mistakes(["serving needs processes and signals as POSIX has them, which this system has not"])
    from cogauth_asgi.serve import ListenError, Settings, serve as run  # needs what was just looked for

    with told_as_mistakes():
        try:
            return Exit(run(Settings(file=file, **options)))
        except ListenError as error:
            raise Mistakes([str(error)]) from None


def look_for(extra: str, find: Callable[[str], object] = find_spec) -> None:
    """
    Make sure that *find* finds what *extra* brings.

    Raises:
        Mistakes: it is not installed; the line has the command that installs it.
    """
    absent = [name for name in _NEEDED[extra] if find(name) is None]
    if absent:
        raise Mistakes([f"serving needs {', '.join(absent)}: pip install 'cogauth[{extra}]'"])
