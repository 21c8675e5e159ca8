"""Role choices, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from cogauth.cli.demo.role_scenes import RolePlayed
from cogauth.cli.demo.ruled import ruled
from cogauth.cli.output import NO, YES, Output
from cogauth.identity import RoleChoice
from cogauth.identity.arn import role_name


def show_roles(played: Iterable[RolePlayed], output: Output) -> None:
    """Print which role each token leads to, and why."""
    output.show(Text("Which IAM role the identity pool gives", "bold"))
    output.show()
    output.show("The groups editors and admins have a role each; ana's department is risk, and a kiosk goes by it.")
    output.show()
    output.show(_table(played))
    output.show()


def role_as_json(one: RolePlayed) -> dict[str, Any]:
    """Give one choice as a JSON object; it has `role_arn` where a decision has `status`."""
    scene, choice = one.scene, one.outcome
    return {
        "token": scene.token,
        "custom_role": scene.asked,
        "allowed": one.role_arn is not None,
        "role_arn": one.role_arn,
        "reason": one.reason,
        "provider": choice.provider if isinstance(choice, RoleChoice) else None,
        "rule": choice.rule if isinstance(choice, RoleChoice) else None,
        "not_documented": sorted(choice.doubts) if isinstance(choice, RoleChoice) else [],
        "as_expected": one.as_expected,
    }


def _table(played: Iterable[RolePlayed]) -> Table:
    table = ruled()
    table.add_column("token")
    table.add_column("asks for")
    table.add_column("role", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in played:
        role = Text("denied", NO) if one.role_arn is None else Text(role_name(one.role_arn), YES)
        asked = "" if one.scene.asked is None else role_name(one.scene.asked)
        table.add_row(one.scene.token, asked, role, _why(one))
    return table


def _why(one: RolePlayed) -> Text:
    choice = one.outcome
    why = Text(one.reason)
    if not isinstance(choice, RoleChoice):
        why.append(": the token is refused, and nothing is chosen")
    else:
        why.append(f": {str(choice).partition(': ')[2].partition('; mapping of ')[0]}")
        if choice.rule is not None:
            why.append(f", rule {choice.rule} on {choice.claim}")
        if choice.doubts:
            why.append(f" (AWS does not document: {', '.join(sorted(choice.doubts))})")
    if not one.as_expected:
        expected = one.scene.role_arn
        why.append(f", expected {one.scene.reason}, {'denied' if expected is None else role_name(expected)}", NO)
    return why
