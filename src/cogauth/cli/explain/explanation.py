"""An explanation: a decision, the routes that could have made it, and the rule of the one that did, by its clauses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from cogauth import Authorizer, CogAuthError, Policy, Principal, Verifier
from cogauth.cli.exits import told_as_mistakes
from cogauth.cli.finding import Finding, Request
from cogauth.expression import written_rule
from cogauth.paths import is_odd
from cogauth.review.clauses import Clause, clauses_of
from cogauth.review.overlap import Pattern
from cogauth.routes import Route
from cogauth.rules import Everybody, Rule


class Candidate(NamedTuple):
    """A line of the route table that matches the request."""

    api: str | None
    line: str
    decides: bool
    shadow: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a decision came about."""

    finding: Finding
    candidates: tuple[Candidate, ...]
    """The one that decides first."""
    allow: str | None
    """What the route allows, as it is written; None without a route."""
    deny: str | None
    allowed: Clause | None
    """The same, taken apart; None where there is nobody to ask about."""
    denied: Clause | None


def explained(
    verifier: Verifier, policy: Policy, token: str, request: Request, api: str | None, now: float
) -> Explanation:
    """
    Decide *request* as an adapter would have it decided, and say how that came about.

    Raises:
        Mistakes: the policy does not fit the issuers.
    """
    with told_as_mistakes():
        authorizer = Authorizer(verifier, policy)
    path = unquote(request.path)
    headers = [("authorization", f"Bearer {token}")] if token else []
    decision = authorizer.authorize_request(request.method, path, headers, raw_path=request.path, api=api)
    who, error = decision.principal, decision.error
    finding = Finding(
        principal=who,
        error=error if isinstance(error, CogAuthError) else None,
        roles=None if who is None else policy.roles_held(who, now),
        request=request,
        decision=decision,
        sources={ring.source.url: ring.error for ring in verifier.keyring.values() if ring.error},
    )
    guarded = None if is_odd(path) else policy.find(request.method, path, api)
    route = None if guarded is None else guarded.route
    sides = (None, None) if route is None else (route.allow, route.deny)
    allow, deny = (None if side is None else str(side) for side in sides)
    allowed, denied = (_taken_apart(side, policy, who, now) for side in sides)
    candidates = () if is_odd(path) else _candidates(policy, request.method, path, api, guarded.line if guarded else "")
    return Explanation(finding, candidates, allow, deny, allowed, denied)


def _taken_apart(side: Rule | str | None, policy: Policy, who: Principal | None, now: float) -> Clause | None:
    if side is None or who is None:
        return None
    rule = written_rule(side)
    return None if isinstance(rule, Everybody) else clauses_of(rule, policy, who, now)


def _candidates(policy: Policy, method: str, path: str, api: str | None, line: str) -> tuple[Candidate, ...]:
    found = [
        Candidate(of, each, each == line and not _is_shadow(route), _is_shadow(route))
        for of, route in policy.all_routes()
        if of in (None, api)
        for each in route.match
        if Pattern.of(each).takes(method, path)
    ]
    return tuple(sorted(found, key=lambda candidate: not candidate.decides))


def _is_shadow(route: Route) -> bool:
    return route.mode == "shadow"
