"""A finding, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from cogauth import CogAuthError, Decision, KeysUnavailable, Principal
from cogauth.cli.advice import advice
from cogauth.cli.escapes import names, printable, value
from cogauth.cli.exits import Exit
from cogauth.cli.finding import Finding
from cogauth.cli.moments import moment
from cogauth.cli.output import NO, YES, Output, Row, listing
from cogauth.issuers import AnyIssuer

_NONE = "(none)"


def show(finding: Finding, issuers: tuple[AnyIssuer, ...], now: float, output: Output) -> None:
    """Print a finding as tables."""
    if finding.principal is not None:
        who = finding.principal
        output.show(headline("accepted", YES, f"an {who.token_use} token of {who.issuer_name}"))
        output.show(listing(_principal_rows(who, finding.roles, now)))
    if finding.error is not None:
        unavailable = isinstance(finding.error, KeysUnavailable)
        output.show(headline("unknown" if unavailable else "refused", NO, finding.error.message))
        output.show(listing(error_rows(finding, finding.error, issuers)))
    if finding.decision is not None:
        output.show()
        word = {Exit.YES: "allowed", Exit.NO: "denied"}.get(finding.exit, "unknown")
        output.show(headline(word, YES if finding.decision.allowed else NO, str(finding.request)))
        output.show(listing(decision_rows(finding.decision, now)))


def as_json(finding: Finding, issuers: tuple[AnyIssuer, ...]) -> dict[str, Any]:
    """Give a finding as a JSON document; `accepted` is null where the keys were not to be had."""
    document: dict[str, Any] = {
        "accepted": None if isinstance(finding.error, KeysUnavailable) else finding.error is None
    }
    if finding.principal is not None:
        document["principal"] = principal_members(finding.principal)
    if finding.roles is not None:
        document["roles"] = finding.roles
    if finding.error is not None:
        document["error"] = error_members(finding, finding.error, issuers)
    if finding.decision is not None:
        document["decision"] = decision_members(finding.decision)
    return document


def headline(word: str, style: str, text: str) -> Text:
    """Set the one word that answers before what it answers to."""
    return Text.assemble((word.upper(), style), "  ", printable(text))


def _principal_rows(who: Principal, roles: frozenset[str] | None, now: float) -> Iterator[Row]:
    yield "subject", who.subject
    yield "username", _NONE if who.username is None else who.username
    yield "kind", "machine" if who.is_machine else "person"
    yield "client", who.client_id
    yield "token use", who.token_use
    yield "issuer", who.issuer_name if who.issuer_name == who.issuer else f"{who.issuer_name}, {who.issuer}"
    yield "groups", names(who.groups)
    yield "scopes", names(who.scopes)
    if roles is not None:
        yield "roles", names(roles)
    yield "audience", names(who.audience)
    yield "signed in", _NONE if who.auth_time is None else moment(who.auth_time, now)
    yield "issued", moment(who.issued_at, now)
    yield "expires", moment(who.expires_at, now)
    yield "session id", _NONE if who.session_id is None else who.session_id
    yield "token id", _NONE if who.token_id is None else who.token_id
    yield "acr", _NONE if who.acr is None else who.acr
    yield "amr", names(who.amr)
    if who.actor is not None:
        yield "actor", value(who.actor)


def principal_members(who: Principal) -> dict[str, Any]:
    """Give a principal for machines."""
    members = (
        "subject",
        "username",
        "is_machine",
        "client_id",
        "token_use",
        "issuer",
        "issuer_name",
        "groups",
        "scopes",
        "audience",
        "issued_at",
        "expires_at",
        "auth_time",
        "token_id",
        "session_id",
        "acr",
        "amr",
        "actor",
        "identities",
        "claims",
    )
    return {name: getattr(who, name) for name in members}


def error_rows(finding: Finding, error: CogAuthError, issuers: tuple[AnyIssuer, ...]) -> Iterator[Row]:
    """Give what is known of a refusal, and what to do about it."""
    yield "error", type(error).__name__
    yield "code", error.code
    yield "reason", error.reason
    for url, why in finding.sources.items():
        yield "keys", f"{url}: {why}"
    yield "what to do", advice(error, issuers)


def error_members(finding: Finding, error: CogAuthError, issuers: tuple[AnyIssuer, ...]) -> dict[str, Any]:
    """Give the same for machines."""
    members: dict[str, Any] = {
        "class": type(error).__name__,
        "code": error.code,
        "reason": error.reason,
        "message": error.message,
        "advice": advice(error, issuers),
    }
    if isinstance(error, KeysUnavailable):
        members |= {"retry_after": error.retry_after, "sources": finding.sources}
    return members


def decision_rows(decision: Decision, now: float) -> Iterator[Row]:
    """Give what a decision says."""
    yield "status", str(decision.status)
    yield "reason", decision.reason
    yield "route", _NONE if decision.route is None else decision.route
    for clause in decision.unmet:
        yield "unmet", clause
    for name, text in decision.headers:
        if name.lower() == "www-authenticate":
            yield "challenge", text
    if decision.valid_until is not None:
        yield "holds until", moment(decision.valid_until, now)
    if decision.shadow is not None:
        said = "allowed" if decision.shadow.allowed else "denied"
        yield "shadow", f"{decision.shadow.route} would have {said}: {decision.shadow.reason}"


def decision_members(decision: Decision) -> Mapping[str, Any]:
    """Give the same for machines."""
    shadow = decision.shadow
    return {
        "allowed": decision.allowed,
        "status": decision.status,
        "reason": decision.reason,
        "route": decision.route,
        "unmet": decision.unmet,
        "valid_until": decision.valid_until,
        "shadow": shadow and {"route": shadow.route, "allowed": shadow.allowed, "reason": shadow.reason},
    }
