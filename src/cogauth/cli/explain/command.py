"""The subcommand `explain`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cogauth.cli.escapes import names
from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.explain.assumed import AssumedVerifier, described
from cogauth.cli.explain.explanation import explained
from cogauth.cli.explain.view import as_json, show
from cogauth.cli.finding import request_for
from cogauth.cli.output import Output
from cogauth.cli.token_text import token_text
from cogauth.cli.world import World
from cogauth.config import read
from cogauth.issuers import LoadBalancer
from cogauth.transport import Fetch
from cogauth.verifier import Verifier

_EPILOG = """\b
Examples:
  cogauth explain cogauth.toml GET /orders/17 --token-file token.txt
  cogauth explain cogauth.toml GET /orders/17 --token-file - < token.txt
  echo '{"cognito:groups": ["editors"]}' | cogauth explain cogauth.toml PUT /orders/17 --claims -
  cogauth explain cogauth.toml GET /healthz

\b
Exit codes:
  0  allowed
  1  denied
  2  the command line or the configuration is wrong
  3  the keys are unavailable, so that nothing can be said
"""

_FILE = click.Path(allow_dash=True, dir_okay=False, path_type=Path)


@click.command(epilog=_EPILOG, short_help="Explain a decision, from the route to the claim.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("method")
@click.argument("path")
@click.option("--token-file", type=_FILE, help="Verify the token in this file; - is standard input.")
@click.option(
    "--claims",
    type=_FILE,
    help="Instead of a token: a JSON object of claims that are taken as they are; - is standard input.",
)
@click.option("--api", metavar="NAME", help="The api that is asked, where there are several.")
@click.option(
    "--jwks",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A key set in a file, in place of all that is fetched.",
)
@click.option("--offline", is_flag=True, help="Fetch nothing: verify with keys that the configuration has.")
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document.")
@click.pass_obj
def explain(
    world: World,
    *,
    file: Path,
    method: str,
    path: str,
    token_file: Path | None,
    claims: Path | None,
    api: str | None,
    jwks: Path | None,
    offline: bool,
    wants_json: bool,
) -> Exit:
    """
    Decide METHOD on PATH by the configuration FILE, and show how it came to that.

    What is shown is the route that decides and those that were less specific, the route's rule with each condition met
    or missing and the claim that it looked at, the answer, and the challenge. This is the one place that prints claims
    beside rules: mind where its output goes.

    Where the file has [[identity_pool_roles]], the IAM role that the identity pool would choose stands beside it.

    With --claims no token is needed, and nothing is verified: the claims are assumed. What every token has and they do
    not say is made up, and named; null leaves a claim out. Without either the request comes without a token.
    """
    if claims is not None and (token_file is not None or jwks is not None or offline):
        raise click.UsageError("--claims are taken without a token and without keys; give one or the other.")
    if jwks is not None and offline:
        raise click.UsageError("--jwks and --offline both say where keys come from; give one of them.")
    output = Output()
    request = request_for(method, path)
    with told_as_mistakes():
        configuration = read(file)
    issuers, policy, pools = configuration.issuers, configuration.policy, configuration.identity_pools
    if api is not None and api not in policy.apis:
        raise click.BadParameter(f"there is none; there are {names(policy.apis)}", param_hint="--api")
    trusted = tuple(issuer for issuer in issuers if not isinstance(issuer, LoadBalancer))
    token = ""
    if claims is not None:
        assumed = described(_octets(claims), trusted, world.clock())
        verifier: Verifier = AssumedVerifier(assumed, *trusted, clock=world.clock)
        token = "assumed"
    else:
        assumed = None
        verifier = Verifier(*trusted, clock=world.clock, fetch=_fetch(jwks, world.fetch, offline=offline))
        if token_file is not None:
            standard = str(token_file) == "-"
            token = token_text("-" if standard else None, None if standard else token_file, world, output)
    explanation = explained(verifier, policy, token, request, api, world.clock())
    if wants_json:
        output.show_json(as_json(explanation, assumed, trusted, pools))
    else:
        show(explanation, assumed, trusted, world.clock(), output, pools)
    return explanation.finding.exit


def _fetch(jwks: Path | None, network: Fetch | None, *, offline: bool) -> Fetch | None:
    if offline:
        return _nowhere
    if jwks is None:
        return network
    octets = _octets(jwks)

    def copy(_: str) -> bytes:
        return octets

    return copy


def _nowhere(url: str) -> bytes:
    raise ConnectionError(url)


def _octets(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Mistakes([f"{file}: cannot be read: {error.strerror}"]) from None
