"""`cogauth keys`: what are an issuer's keys, and can they be used?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cogauth import ANY_CLIENT, OIDCIssuer, UserPool
from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.keys_report import EVERY, Report, Subject, exit_of, judged, reports
from cogauth.cli.keys_view import as_json, show
from cogauth.cli.output import Output
from cogauth.cli.trust import CONFIGURATION
from cogauth.cli.world import World
from cogauth.config import load
from cogauth.issuers import AnyIssuer, KeySource, is_url
from cogauth.keys import MAX_DOCUMENT
from cogauth.transport import fetch

_EPILOG = """\b
Examples:
  cogauth keys eu-west-1_AbCdEf123
  cogauth keys https://accounts.google.com
  cogauth keys --jwks-uri https://login.partner.example/keys --json
  cogauth keys eu-west-1_AbCdEf123 --file jwks.json
  cogauth keys --config cogauth.toml

\b
Exit codes:
  0  usable: every document that was had, and one at least of each issuer
  1  refused: a document, or all keys of one
  2  the command line or the configuration is wrong
  3  the keys are unavailable: an issuer has none to be had
"""


@click.command(epilog=_EPILOG, short_help="Fetch, check and show an issuer's keys.")
@click.argument("issuer", required=False)
@click.option("--jwks-uri", metavar="URL", help="Where the key set is, if not at AWS or where discovery finds it.")
@click.option(
    "--file",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A key set at hand, - for standard input; nothing is fetched.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Instead of ISSUER: the issuers of a configuration.  [default: cogauth.toml]",
)
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document instead of tables.")
@click.pass_obj
def keys(
    world: World,
    *,
    issuer: str | None,
    jwks_uri: str | None,
    file: Path | None,
    config: Path | None,
    wants_json: bool,
) -> Exit:
    """
    Fetch, check and show the keys of an issuer: what a verifier would make of each, and why.

    ISSUER is a user pool's id, whose two issuer strings are both looked at (most pools use one of them), or the URL of
    an OpenID provider, whose keys are found by discovery. Keys of a user pool are for RS256; of others every algorithm
    that could be configured is taken.

    Only public members are shown, and a document with private ones is refused.
    """
    output = Output()
    subjects = _subjects(issuer, jwks_uri, file, config)
    found: list[tuple[Subject, tuple[Report, ...]]] = []
    for subject in subjects:
        if file is None:
            found.append((subject, reports(subject, world.fetch or fetch)))
        else:
            source = subject.sources[0]
            strings = tuple(source.issuer for source in subject.sources if source.issuer)
            found.append((subject, (judged(_read(file), source.algorithms, str(file), strings),)))
    if wants_json:
        output.show_json(as_json(found))
    else:
        show(found, output)
    return exit_of(found)


def _subjects(issuer: str | None, jwks_uri: str | None, file: Path | None, config: Path | None) -> list[Subject]:
    if file is not None and jwks_uri is not None:
        raise click.UsageError("--file and --jwks-uri are two places for one key set; give one of them.")
    if issuer is not None or jwks_uri is not None or file is not None:
        if config is not None:
            raise click.UsageError("--config names issuers of its own; leave out ISSUER, --jwks-uri and --file.")
        return [_named(issuer, jwks_uri) if issuer is not None else _unnamed(jwks_uri, file)]
    if config is None and not CONFIGURATION.exists():
        raise Mistakes([f"there is no {CONFIGURATION} here: name an ISSUER, --jwks-uri, --file or --config"])
    with told_as_mistakes():
        issuers, _ = load(config or CONFIGURATION)
    return [Subject(one.name, one.sources) for one in issuers]


def _named(issuer: str, jwks_uri: str | None) -> Subject:
    with told_as_mistakes():
        found: AnyIssuer = (
            OIDCIssuer(issuer, audience={"any"}, algorithms=EVERY, jwks_uri=jwks_uri)
            if "://" in issuer
            else UserPool(issuer, clients=ANY_CLIENT, jwks_uri=jwks_uri)
        )
    return Subject(issuer, found.sources)


def _unnamed(jwks_uri: str | None, file: Path | None) -> Subject:
    if jwks_uri is not None and not is_url(jwks_uri):
        raise click.BadParameter(
            "must be an https URL (http only to loopback) without user, query or fragment", param_hint="--jwks-uri"
        )
    place = jwks_uri or str(file)
    return Subject(place, (KeySource("", place, algorithms=EVERY),))


def _read(file: Path) -> bytes:
    """Read one byte more than a document may have: so it is told when there are too many."""
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_DOCUMENT + 1) if sys.stdin is not None else b""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_DOCUMENT + 1)
    except OSError as error:
        raise click.BadParameter(f"cannot be read: {error.strerror}", param_hint="--file") from None
