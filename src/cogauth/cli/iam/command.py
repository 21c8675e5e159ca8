"""`cogauth iam`: the group of its three commands."""

from __future__ import annotations

import click

from cogauth.cli.iam.check import check
from cogauth.cli.iam.write import policy, trust

_EPILOG = """\b
Examples:
  cogauth iam trust --identity-pool eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000
  cogauth iam policy s3 --bucket my-bucket --per user
  cogauth iam check role.json --identity-pool eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000

\b
Exit codes:
  0  written, or nothing was found
  1  something was found
  2  a file cannot be read, or the command line is wrong
"""


@click.group(epilog=_EPILOG, short_help="Write and check the IAM policies of an identity pool's roles.")
def iam() -> None:
    """
    Write and check the IAM policies of the roles that an identity pool gives.

    Nothing is fetched and nothing is changed: the documents are printed, and read from files.
    """


for _subcommand in (check, policy, trust):
    iam.add_command(_subcommand)
