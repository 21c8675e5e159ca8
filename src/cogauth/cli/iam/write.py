"""`cogauth iam trust` and `cogauth iam policy`: documents that pass the check."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cogauth.cli.exits import Exit, told_as_mistakes
from cogauth.cli.iam.formats import FORMATS, Format, formatted
from cogauth.cli.iam.pools import pools_of
from cogauth.cli.output import Output
from cogauth.iam_roles import dynamodb_policy, s3_policy, trust_policy
from cogauth.iam_roles.namespace import is_documented
from cogauth.iam_roles.recipes import Per

_CODES = """\b
Exit codes:
  0  it was printed
  2  the command line or the configuration is wrong
"""
_TRUST = f"""\b
Examples:
  cogauth iam trust --identity-pool eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000 --guests
  cogauth iam trust --config cogauth.toml --format cloudformation

{_CODES}"""
_POLICY = f"""\b
Examples:
  cogauth iam policy s3 --bucket my-bucket --per user --prefix home/
  cogauth iam policy dynamodb --table ARN --per tag --tag team

{_CODES}"""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")


def _name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise click.BadParameter("letters and digits, a letter first", param_hint="--name")
    return value


def _written(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how a document is written."""
    command = click.option(
        "--name", default="IdentityPoolRole", show_default=True, callback=_name, help="What the resource is called."
    )(command)
    return click.option(
        "--format", "form", type=click.Choice(FORMATS), default="json", show_default=True, help="What is written."
    )(command)


@click.command(epilog=_TRUST, short_help="Write a role's trust policy.")
@click.option("--identity-pool", "pool", metavar="ID", help="The identity pool that gives the role.")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take the identity pool, and whether claims are mapped to tags, from this configuration.",
)
@click.option("--guests", is_flag=True, help="The role is for guests, not for those who signed in.")
@click.option("--provider", metavar="NAME", help="The role is for users of this identity provider alone.")
@click.option("--tags", is_flag=True, help="Claims are mapped to tags: sessions are tagged.")
@_written
def trust(
    *, pool: str | None, config: Path | None, guests: bool, provider: str | None, tags: bool, form: Format, name: str
) -> Exit:
    """
    Write the trust policy of a role that an identity pool gives.

    Nobody can assume the role but users of this identity pool: those who signed in, or with --guests those who did not.
    """
    pools, tagged = pools_of((pool,) if pool else (), config)
    if len(pools) != 1:
        raise click.UsageError("several identity pools: say with --identity-pool which one gives the role.")
    with told_as_mistakes():
        document = trust_policy(pools[0], guests=guests, provider=provider, tags=tags or tagged)
    if not is_documented(pools[0]):
        Output().remark("note", "in China, AWS's examples spell the condition keys in several ways; try this one")
    click.echo(formatted(document, form, trust=True, name=name), nl=False)
    return Exit.YES


@click.command(epilog=_POLICY, short_help="Write a role's permission policy.")
@click.argument("service", type=click.Choice(["s3", "dynamodb"]))
@click.option("--bucket", help="With s3: the name of the bucket.")
@click.option("--prefix", default="", help="With s3: where the folders are, such as home/.")
@click.option("--table", metavar="ARN", help="With dynamodb: the table.")
@click.option(
    "--per", type=click.Choice(["user", "group", "tag"]), required=True, help="Whose a folder, or an item, is."
)
@click.option("--group", metavar="NAME", help="With --per group: its name; the policy is for the role of that group.")
@click.option("--tag", metavar="KEY", help="With --per tag: the key of the tag that a claim is mapped to.")
@click.option("--read-only", is_flag=True, help="Neither write nor delete.")
@click.option("--identity-pool", "pool", metavar="ID", help="Outside the commercial Regions: the identity pool.")
@_written
def policy(
    *,
    service: str,
    bucket: str | None,
    prefix: str,
    table: str | None,
    per: Per,
    group: str | None,
    tag: str | None,
    read_only: bool,
    pool: str | None,
    form: Format,
    name: str,
) -> Exit:
    """
    Write a permission policy by which each has a folder of a bucket, or the items of a table.

    A user is told from others by the identity id, which is not the user's sub in a user pool.
    """
    if (service == "s3") is not (bucket is not None) or (service == "dynamodb") is not (table is not None):
        raise click.UsageError("s3 goes with --bucket, dynamodb with --table.")
    if prefix and bucket is None:
        raise click.UsageError("--prefix goes with s3.")
    with told_as_mistakes():
        if bucket is not None:
            document = s3_policy(
                bucket, per, group=group, tag=tag, prefix=prefix, read_only=read_only, identity_pool=pool
            )
        else:
            document = dynamodb_policy(table or "", per, group=group, tag=tag, read_only=read_only, identity_pool=pool)
    click.echo(formatted(document, form, trust=False, name=name), nl=False)
    return Exit.YES
