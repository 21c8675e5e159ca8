"""An explanation, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from cogauth import MissingToken, Principal
from cogauth.cli.escapes import names, printable, value
from cogauth.cli.exits import Exit
from cogauth.cli.explain.assumed import Assumed
from cogauth.cli.explain.explanation import Candidate, Explanation
from cogauth.cli.explain.reading import reading
from cogauth.cli.explain.role_choice import choice_members, choice_rows
from cogauth.cli.finding_view import (
    decision_members,
    decision_rows,
    error_members,
    error_rows,
    headline,
    principal_members,
)
from cogauth.cli.output import NO, YES, Output, Row, listing
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.issuers import AnyIssuer
from cogauth.review.clauses import Clause

PREFIX = "ASSUMED, NOT VERIFIED | "

_HEADS = {"all": "all of", "any": "any of", "not": "not"}


def show(
    explanation: Explanation,
    assumed: Assumed | None,
    issuers: tuple[AnyIssuer, ...],
    now: float,
    output: Output,
    pools: tuple[IdentityPoolRoles, ...] = (),
) -> None:
    """Print an explanation; of assumed claims, each line with the words that they are."""
    prefix = "" if assumed is None else PREFIX

    def line(text: Text | str = "") -> None:
        output.show(text, prefix=prefix, style="yellow")

    def table(rows: list[Row]) -> None:
        output.show(listing(rows), prefix=prefix, style="yellow")

    finding = explanation.finding
    decision, who = finding.decision, finding.principal
    word = {Exit.YES: "allowed", Exit.NO: "denied"}.get(finding.exit, "unknown")
    line(headline(word, YES if finding.exit is Exit.YES else NO, str(finding.request)))
    if decision is not None:
        table([row for row in decision_rows(decision, now) if row[0] != "route"])
    line()
    line(Text("routes", "bold"))
    table([(_standing(candidate), _named(candidate)) for candidate in explanation.candidates] or [("(none)", "")])
    for title, spelled, clause in (
        ("allow", explanation.allow, explanation.allowed),
        ("deny", explanation.deny, explanation.denied),
    ):
        if spelled is not None:
            line()
            line(Text.assemble((title, "bold"), f"  {printable(spelled)}"))
        if clause is not None and who is not None:
            output.show(_tree(clause, who, now), prefix=prefix, style="yellow")
    line()
    line(Text("caller", "bold"))
    table(list(_caller_rows(explanation, assumed, issuers)))
    for pool in pools:
        line()
        line(Text.assemble(("identity pool", "bold"), f"  {pool.identity_pool_id}"))
        table(list(choice_rows(pool, finding)))


def _caller_rows(explanation: Explanation, assumed: Assumed | None, issuers: tuple[AnyIssuer, ...]) -> Iterator[Row]:
    finding = explanation.finding
    who = finding.principal
    if assumed is not None and assumed.made_up:
        yield "made up", ", ".join(f"{name}: {value(assumed.claims[name])}" for name in assumed.made_up)
    if isinstance(finding.error, MissingToken) or (who is None and finding.error is None):
        yield "(nobody)", "there is no token"
    elif finding.error is not None:
        yield from error_rows(finding, finding.error, issuers)
    if who is not None:
        yield "kind", "machine" if who.is_machine else "person"
        yield "issuer", who.issuer_name
        yield "roles", names(finding.roles or ())


def as_json(
    explanation: Explanation,
    assumed: Assumed | None,
    issuers: tuple[AnyIssuer, ...],
    pools: tuple[IdentityPoolRoles, ...] = (),
) -> dict[str, Any]:
    """Give an explanation as a JSON document."""
    finding = explanation.finding
    decision, who = finding.decision, finding.principal
    document: dict[str, Any] = {
        "verified": assumed is None and who is not None,
        "request": str(finding.request),
        "routes": [candidate._asdict() for candidate in explanation.candidates],
    }
    if assumed is not None:
        document["assumed"] = {"made_up": assumed.made_up}
    if decision is not None:
        headers = dict(decision.headers)
        challenge = next((text for name, text in headers.items() if name.lower() == "www-authenticate"), None)
        document["decision"] = {**decision_members(decision), "challenge": challenge}
    if finding.error is not None:
        document["error"] = error_members(finding, finding.error, issuers)
    if who is not None:
        document["principal"] = principal_members(who)
        document["roles"] = finding.roles
        for name, clause in (("allow", explanation.allowed), ("deny", explanation.denied)):
            if clause is not None:
                document[name] = _members(clause, who)
    if pools:
        document["identity_pools"] = [choice_members(pool, finding) for pool in pools]
    return document


def _standing(candidate: Candidate) -> str:
    if candidate.decides:
        return "decides"
    return "shadow" if candidate.shadow else "less specific"


def _named(candidate: Candidate) -> str:
    return f"{candidate.line}{f' (api {candidate.api})' if candidate.api else ''}"


def _tree(clause: Clause, who: Principal, now: float) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for depth, each in clause.walk(1):
        verdict = Text("  met" if each.met else "  missing", YES if each.met else NO)
        said = Text(f"{'  ' * (depth - 1)}{printable(_said(each))}")
        table.add_row(verdict, said, Text(_found(each, who, now), "dim"))
    return table


def _said(clause: Clause) -> str:
    said = _HEADS.get(clause.kind) or str(clause.rule)
    return f"{clause.role}: {said}" if clause.role else said


def _found(clause: Clause, who: Principal, now: float) -> str:
    found = reading(clause.rule, who) if clause.kind == "condition" else None
    return "" if found is None else found.told(now)


def _members(clause: Clause, who: Principal) -> dict[str, Any]:
    members: dict[str, Any] = {"kind": clause.kind, "met": clause.met}
    if clause.role is not None:
        members["role"] = clause.role
    if clause.kind != "condition":
        return {**members, "parts": [_members(part, who) for part in clause.parts]}
    found = reading(clause.rule, who)
    looked = {} if found is None else {"looks_at": found.name, "found": found.found}
    return {**members, "asks": str(clause.rule), **looked}
