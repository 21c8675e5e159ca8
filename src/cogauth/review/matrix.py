"""The matrix: for each route and role, what whoever has that role and nothing else may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from cogauth.chances import World
from cogauth.expression import written_rule
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.plan import Plan
from cogauth.policy import Policy
from cogauth.review.callers import NOW, Caller, Callers
from cogauth.routes import Route
from cogauth.rules import AUTHENTICATED, All, Rule


class Answer(StrEnum):
    """What a route says to a role: a closed list."""

    PUBLIC = "public"
    """Open to all, with a token or without."""
    ALLOWED = "allowed"
    """To whoever has the role, without anything else."""
    MORE = "more"
    """To those who have something besides."""
    NO = "no"
    """The role plays no part here."""
    DENIED = "denied"
    """The route's `deny` meets whoever has the role."""
    NOBODY = "nobody"
    """No token can have the role."""
    UNKNOWN = "unknown"
    """The role is met in more ways than were looked at."""


class Cell(NamedTuple):
    """What a route says to a role."""

    answer: Answer
    more: tuple[str, ...] = ()
    """What is needed besides, in one of the shortest ways; a role's name where one says just that."""


class Row(NamedTuple):
    """A line of the route table."""

    api: str | None
    """None where it is of every api."""
    line: str
    allow: str
    deny: str | None
    shadow: bool
    """Whether it is in shadow mode, so that it decides nothing."""
    any_token: Cell
    """What it says to a good token that has nothing."""
    cells: tuple[Cell, ...]
    """One for each role, in the order of the matrix."""

    @property
    def public(self) -> bool:
        """Whether it is open to all."""
        return self.any_token.answer is Answer.PUBLIC


class Matrix(NamedTuple):
    """Routes by roles."""

    roles: tuple[str, ...]
    rows: tuple[Row, ...]


class Holders:
    """
    Who has each role of a policy and nothing else, and what routes say to them.

    Args:
        policy: its roles.
        issuers: whose tokens are accepted; of none, all kinds of tokens there are.
        beside: rules of other policies that the same callers will be asked about.
    """

    __slots__ = ("_bare", "_callers", "_cells", "_holders", "_names")

    def __init__(
        self, policy: Policy, issuers: Sequence[AnyIssuer | LoadBalancer] = (), beside: Iterable[Rule] = ()
    ) -> None:
        self._callers = Callers(issuers, [*policy.roles.values(), *rules_of(policy), *beside])
        said = {_conditions(rule): name for name, rule in policy.roles.items()}
        self._names: Mapping[frozenset[Rule], str] = dict(sorted(said.items(), key=lambda each: -len(each[0])))
        self._holders: dict[str | None, list[Caller]] = {
            name: self._callers.alone(rule) for name, rule in policy.roles.items()
        }
        self._holders[None] = self._callers.alone(AUTHENTICATED)
        self._bare: dict[tuple[Plan, World], frozenset[frozenset[Rule]]] = {}
        self._cells: dict[tuple[str | None, Plan], Cell] = {}
        for name, rule in policy.roles.items():
            if not self._holders[name] and not self._callers.meetable(rule):
                del self._holders[name]

    def cell(self, role: str | None, plan: Plan) -> Cell:
        """Tell what *plan* says to whoever has *role* and nothing else; None is a good token that has nothing."""
        if role not in self._holders:
            return Cell(Answer.NOBODY)
        if plan.public:
            return Cell(Answer.PUBLIC)
        key = (role, plan)
        if key not in self._cells:
            self._cells[key] = self._judged(self._holders[role], plan)
        return self._cells[key]

    def _judged(self, holders: Sequence[Caller], plan: Plan) -> Cell:
        if not holders:
            return Cell(Answer.UNKNOWN)
        verdicts = [(caller, plan.verdict(caller.principal, NOW)) for caller in holders]
        refused = [(caller, verdict) for caller, verdict in verdicts if not verdict.allowed]
        if not refused:
            return Cell(Answer.ALLOWED)
        if all(verdict.denied for _, verdict in verdicts):
            return Cell(Answer.DENIED)
        lacked = [(None if verdict.denied else self._lacked(caller, plan), verdict) for caller, verdict in refused]
        if len(refused) == len(verdicts) and all(way is None for way, _ in lacked):
            return Cell(Answer.NO)
        # Some are let in, or nearly: what the others lack is all that keeps them out.
        more = dict.fromkeys(name for way, verdict in lacked for name in self._named(way or verdict.unmet))
        return Cell(Answer.MORE, tuple(more))

    def _lacked(self, caller: Caller, plan: Plan) -> tuple[Rule, ...] | None:
        """Give what *caller* lacks besides, None if what is there is no part of any way to be let in."""
        key = (plan, caller.world)
        if key not in self._bare:
            bare = self._callers.bare(caller.world)
            ways = plan.allow.ways(bare.principal, NOW) if bare is not None else []
            self._bare[key] = frozenset(map(frozenset, ways))
        nothing = self._bare[key]
        for way in plan.allow.ways(caller.principal, NOW):
            if frozenset(way) not in nothing and any(frozenset(way) < other for other in nothing):
                return way
        return None

    def _named(self, clauses: Iterable[Rule]) -> Iterator[str]:
        """Name the roles that say just what some of *clauses* say together, and spell out the others."""
        left = dict.fromkeys(clauses)
        for said, name in self._names.items():
            if said <= left.keys():
                yield name
                for clause in said:
                    del left[clause]
        yield from map(str, left)


def matrix_of(policy: Policy, issuers: Sequence[AnyIssuer | LoadBalancer] = ()) -> Matrix:
    """
    Work out the matrix of *policy* for the tokens of *issuers*; of none, for all kinds of tokens there are.

    A role is met in several ways where it says `any`, and by several kinds of tokens. ALLOWED is said where the route
    allows all of them; where it allows some, it is MORE, with what the others lack.
    """
    holders = Holders(policy, issuers)
    roles = tuple(policy.roles)
    rows = [
        _row(api, route, line, plan, holders, roles)
        for api, route in policy.all_routes()
        for plan in (plan_of(policy, route),)
        for line in route.match
    ]
    return Matrix(roles, tuple(rows))


def plan_of(policy: Policy, route: Route) -> Plan:
    """Give what *route* of *policy* asks."""
    return policy.plan(written_rule(route.allow), None if route.deny is None else written_rule(route.deny))


def rules_of(policy: Policy) -> list[Rule]:
    """Give what the routes of *policy* allow and deny, roles replaced by what they stand for."""
    plans = [plan_of(policy, route) for _, route in policy.all_routes()]
    return list(dict.fromkeys(rule for plan in plans for rule in (plan.allow, plan.deny) if rule is not None))


def _row(api: str | None, route: Route, line: str, plan: Plan, holders: Holders, roles: Sequence[str]) -> Row:
    return Row(
        api=api,
        line=line,
        allow=str(route.allow),
        deny=None if route.deny is None else str(route.deny),
        shadow=route.mode == "shadow",
        any_token=holders.cell(None, plan),
        cells=tuple(holders.cell(role, plan) for role in roles),
    )


def _conditions(rule: Rule) -> frozenset[Rule]:
    return frozenset(rule.parts if isinstance(rule, All) else (rule,))


def by_api(rows: Iterable[Row]) -> Mapping[str | None, list[Row]]:
    """Sort *rows* by their api, in the order in which these come."""
    sorted_: dict[str | None, list[Row]] = {}
    for row in rows:
        sorted_.setdefault(row.api, []).append(row)
    return sorted_
