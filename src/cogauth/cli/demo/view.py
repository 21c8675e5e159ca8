"""A performance, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from rich.table import Table
from rich.text import Text

from cogauth import Reason
from cogauth.cli.demo.performance import Performance
from cogauth.cli.demo.role_view import show_roles
from cogauth.cli.demo.ruled import ruled
from cogauth.cli.demo.scenes import Played
from cogauth.cli.output import NO, YES, Output


def show(performance: Performance, output: Output) -> None:
    """Print the configuration, the decisions, and what they took."""
    output.show(Text("The configuration", "bold"))
    output.show()
    output.show(Text(performance.policy.rstrip(), "dim"), prefix="  ")
    output.show()
    output.show(Text("What it decides", "bold"))
    output.show()
    output.show("ana is in the group editors, eva in admins too, bo in none; a machine runs the jobs.")
    output.show()
    output.show(_table(performance.played))
    output.show()
    for one in performance.played:
        if one.decision.reason is Reason.WEAK_AUTHENTICATION:
            _show_answer(one, output)
    show_roles(performance.roles, output)
    good, every = performance.as_expected, performance.every
    output.show(Text(f"{good} of {every} decisions are as expected.", YES if good == every else NO))
    output.show(
        f"The keys came from {performance.jwks_uri} in {performance.requests} HTTP requests: "
        "the first token needed them, and the forger's names one that was not among them."
    )
    output.show(f"A decision on a token seen before takes {performance.seconds * 1e6:.0f} microseconds here.")


def _show_answer(one: Played, output: Output) -> None:
    """Print what the caller is told, and the client does: sign in again, as the challenge says (RFC 9470)."""
    scene, decision = one.scene, one.decision
    output.show(Text(f"What is answered to {scene.method} {scene.path} of {scene.token}", "bold"))
    output.show()
    output.show(f"HTTP {decision.status} {HTTPStatus(decision.status).phrase}", prefix="  ")
    for name, text in decision.headers:
        output.show(f"{name}: {text}", prefix="  ")
    output.show()
    output.show(decision.body.decode(), prefix="  ")
    output.show()


def as_json(one: Played) -> dict[str, Any]:
    """Give one decision as a JSON object."""
    scene, decision = one.scene, one.decision
    return {
        "token": scene.token,
        "who": one.who,
        "method": scene.method,
        "path": scene.path,
        "allowed": decision.allowed,
        "status": decision.status,
        "reason": decision.reason,
        "unmet": decision.unmet,
        "as_expected": one.as_expected,
    }


def _table(played: Iterable[Played]) -> Table:
    """Set out the decisions, one to a row."""
    table = ruled()
    table.add_column("token")
    table.add_column("proves")
    table.add_column("request", no_wrap=True)
    table.add_column("answer", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in played:
        scene, decision = one.scene, one.decision
        word, style = ("yes", YES) if decision.allowed else ("no", NO)
        answer = Text.assemble((f"{word:<3}", style), f" {decision.status}")
        table.add_row(scene.token, one.who, f"{scene.method} {scene.path}", answer, _why(one))
    return table


def _why(one: Played) -> Text:
    scene, decision = one.scene, one.decision
    why = Text(": ".join(filter(None, (decision.reason, "; ".join(decision.unmet)))))
    if not one.as_expected:
        bug = f" ({type(decision.error).__name__})" if decision.status == HTTPStatus.INTERNAL_SERVER_ERROR else ""
        why.append(f"{bug}, expected {scene.status} {scene.reason} for {scene.who}", NO)
    return why
