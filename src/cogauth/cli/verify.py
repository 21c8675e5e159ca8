"""`cogauth verify`: is this token good here, and what may it do?"""

from __future__ import annotations

from pathlib import Path

import click

from cogauth.cli.exits import Exit
from cogauth.cli.finding import find, request_of
from cogauth.cli.finding_view import as_json, show
from cogauth.cli.output import Output
from cogauth.cli.token_text import token_options, token_text
from cogauth.cli.trust import TrustOptions, Use, trust_options
from cogauth.cli.world import World

_EPILOG = """\b
Examples:
  cogauth verify < token.txt
  cogauth verify --config cogauth.toml --method GET --path /orders/17 --file token.txt
  cogauth verify --pool eu-west-1_AbCdEf123 --client any-client --use id < token.txt
  pbpaste | cogauth verify --json | jq .principal.groups

\b
Exit codes:
  0  accepted; with --method and --path: allowed
  1  refused, or denied
  2  the command line or the configuration is wrong
  3  the keys are unavailable, so that nothing can be said
"""


@click.command(epilog=_EPILOG, short_help="Verify a token; decide a request.")
@token_options
@trust_options
@click.option("--method", metavar="NAME", help="With --path: decide this request too, by the configuration's routes.")
@click.option("--path", metavar="PATH", help="The path as it is sent, without host and query.")
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document instead of tables.")
@click.pass_obj
def verify(
    world: World,
    *,
    token: str | None,
    file: Path | None,
    config: Path | None,
    pool: str | None,
    clients: tuple[str, ...],
    use: Use | None,
    jwks: Path | None,
    jwks_uri: str | None,
    method: str | None,
    path: str | None,
    wants_json: bool,
) -> Exit:
    """
    Verify a token and show who it proves; with --method and --path, decide that request too.

    The token is read from standard input, from --file, or as an argument, which stays in the shell's history. Whom to
    trust stands in a configuration file, by default cogauth.toml in the current folder, or is given with --pool and
    --client. Keys are fetched from the pool, unless --jwks or the configuration names a copy.

    A token that is refused is told with its error, the finer reason, and what to do about it.
    """
    output = Output()
    request = request_of(method, path)
    options = TrustOptions(config=config, pool=pool, clients=clients, use=use, jwks=jwks, jwks_uri=jwks_uri)
    trust = options.trust()
    finding = find(token_text(token, file, world, output), trust, request, world)
    if wants_json:
        output.show_json(as_json(finding, trust.issuers))
    else:
        show(finding, trust.issuers, world.clock(), output)
    return finding.exit
