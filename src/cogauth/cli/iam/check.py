"""`cogauth iam check`: who may assume a role, and how far it reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes
from cogauth.cli.iam.check_view import Looked, as_json, show
from cogauth.cli.iam.pools import pools_of
from cogauth.cli.iam.reading import read_documents
from cogauth.cli.output import Output
from cogauth.iam_roles import check_permissions, check_trust, who_may_assume
from cogauth.iam_roles.template import Found, Kind, documents_in

_EPILOG = """\b
Examples:
  cogauth iam check role.json --identity-pool eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000
  cogauth iam check template.yaml --config cogauth.toml --per user
  terraform show -json plan | cogauth iam check - --config cogauth.toml

\b
Exit codes:
  0  nothing was found
  1  something was found
  2  a file cannot be read or has no such document, or the command line is wrong
"""


@click.command(epilog=_EPILOG, short_help="Find what is wrong with roles, or too wide.")
@click.argument("files", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--identity-pool", "pools", metavar="ID", multiple=True, help="The identity pool. May be repeated.")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take identity pools, and whether claims are mapped to tags, from this configuration.",
)
@click.option("--kind", type=click.Choice(["trust", "permissions"]), help="Look only at these documents.")
@click.option("--guests", is_flag=True, help="The roles are for guests; a template that says so need not be told.")
@click.option("--provider", metavar="NAME", help="The roles are for users of this identity provider alone.")
@click.option("--tags", is_flag=True, help="Claims are mapped to tags: sessions are tagged.")
@click.option(
    "--per", type=click.Choice(["user", "tag"]), help="Nobody may reach what is another user's, or another tag's."
)
@click.option(
    "--value", "values", metavar="NAME=TEXT", multiple=True, help="What NAME stands for in a template. May be repeated."
)
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON document.")
def check(
    *,
    files: tuple[Path, ...],
    pools: tuple[str, ...],
    config: Path | None,
    kind: Kind | None,
    guests: bool,
    provider: str | None,
    tags: bool,
    per: Literal["user", "tag"] | None,
    values: tuple[str, ...],
    wants_json: bool,
) -> Exit:
    """
    Find what is wrong with the IAM policies of an identity pool's roles, or too wide.

    FILE is a policy document, what 'aws iam get-role' prints, a CloudFormation template (JSON, or YAML by its name), or
    what 'terraform show -json' prints; - is standard input. Who may assume a role is worked out by asking its trust
    policy about made-up callers, and how far a role reaches by asking its permissions about two people.
    """
    named, tagged = pools_of(pools, config)
    known = dict(_pair(each) for each in values)
    looked: list[Looked] = []
    for file in files:
        document = read_documents(file)
        found = documents_in(document.table, values=known, identity_pool=named[0] if len(named) == 1 else None)
        wanted = [each for each in found if kind in (None, each.kind)]
        if not wanted:
            # What says nothing is no check that was passed.
            raise Mistakes([f"{file}: there is no {kind or 'policy'} document of an identity pool's role"])
        with told_as_mistakes():
            for each in wanted:
                if each.kind == "permissions":
                    looked.append(Looked(document, each, None, check_permissions(each.document, named[0], per=per)))
                    continue
                findings = check_trust(
                    each.document,
                    named,
                    guests=_for_guests(each, guests=guests),
                    provider=None if _for_guests(each, guests=guests) else provider,
                    tags=tags or tagged or each.tags,
                )
                looked.append(Looked(document, each, who_may_assume(each.document, named), findings))
    if wants_json:
        Output().show_json(as_json(looked))
    else:
        show(looked, Output())
    return Exit.NO if any(each.findings for each in looked) else Exit.YES


def _for_guests(found: Found, *, guests: bool) -> bool:
    return guests if found.guests is None else found.guests


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.BadParameter("must be NAME=TEXT", param_hint="--value")
    return name, value
