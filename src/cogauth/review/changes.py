"""Changes: who may do what by one policy and not by another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.plan import Guarded, Plan
from cogauth.policy import Policy
from cogauth.review.callers import NOW, Callers
from cogauth.review.matrix import Answer, Holders, rules_of
from cogauth.review.overlap import Pattern, Requests

MAX_KINDS: Final = 4_096
"""Kinds of callers that are asked about one pair of rules; rules that can tell more apart are compared by hand."""

MAX_PAIRS: Final = 250_000
"""Pairs of lines that are laid over each other."""


class Side(NamedTuple):
    """A policy, and whose tokens it is asked about."""

    policy: Policy
    issuers: Sequence[AnyIssuer | LoadBalancer] = ()


class Change(NamedTuple):
    """Requests that are not decided as before."""

    api: str | None
    requests: str
    """Which ones: a method and a template."""
    old: str | None
    """The line that decided them, None without one."""
    new: str | None
    gains: tuple[str, ...]
    """Roles that are enough by themselves, and were not."""
    loses: tuple[str, ...]
    """Roles that were enough by themselves, and are not."""
    opened: bool
    """Open to all, and was not."""
    closed: bool
    let_in: str | None
    """A caller who is allowed, and was not; None without one, or where there are too many kinds to look at."""
    shut_out: str | None
    """A caller who was allowed, and is not."""
    exact: bool
    """Whether all kinds of callers were looked at; where they were not, it must be compared by hand."""


class Changes(NamedTuple):
    """What changes from one policy to another."""

    decided: tuple[Change, ...]
    shadowed: tuple[Change, ...]
    """The same of routes in shadow mode, which decide nothing."""
    complete: bool
    """False where there were too many lines to lay all over each other."""


def changes(old: Side, new: Side) -> Changes:
    """
    Compare who may do what by *old* and by *new*.

    Requests are compared and not lines: one that another line decides than before has changed if that line asks
    something else, also where both lines are in both files. Rules are compared by what they say of callers, so that
    the same said otherwise is no change.
    """
    rules = (rules_of(old.policy), rules_of(new.policy))
    before = Holders(old.policy, old.issuers, rules[1])
    after = Holders(new.policy, new.issuers, rules[0])
    compare = _Comparison(old, new, before, after)
    enforced, whole = compare.all(shadow=False)
    shadowed, also_whole = compare.all(shadow=True)
    return Changes(tuple(enforced), tuple(shadowed), whole and also_whole)


class _Difference(NamedTuple):
    let_in: str | None
    shut_out: str | None
    exact: bool


_NONE: Final = _Difference(None, None, exact=True)


class _Comparison:
    def __init__(self, old: Side, new: Side, before: Holders, after: Holders) -> None:
        self._old, self._new = old, new
        self._before, self._after = before, after
        self._known: dict[tuple[Plan | None, Plan | None], _Difference] = {}

    def all(self, *, shadow: bool) -> tuple[list[Change], bool]:
        found: list[Change] = []
        whole = True
        apis = dict.fromkeys((None, *self._old.policy.apis, *self._new.policy.apis))
        told: set[tuple[str | None, ...]] = set()
        for api in apis:
            olds = _lines(self._old.policy, api, shadow=shadow)
            news = _lines(self._new.policy, api, shadow=shadow)
            pairs, enough = _overlaps(olds, news)
            whole = whole and enough
            requests = Requests([*olds, *news])
            for pattern in pairs:
                for method, path in requests.of(pattern):
                    was = _found(self._old.policy, method, path, api, shadow=shadow)
                    now = _found(self._new.policy, method, path, api, shadow=shadow)
                    lines = (was.line if was else None, now.line if now else None)
                    # What the routes of every api say is told once, for all of them.
                    if (api, *lines) in told or (None, *lines) in told:
                        continue
                    told.add((api, *lines))
                    change = self._change(api, was, now)
                    if change is not None:
                        found.append(change)
        return found, whole

    def _change(self, api: str | None, was: Guarded | None, now: Guarded | None) -> Change | None:
        old, new = (None if side is None else side.plan for side in (was, now))
        opened = new is not None and new.public and not (old is not None and old.public)
        closed = old is not None and old.public and not (new is not None and new.public)
        difference = self._difference(old, new)
        if difference == _NONE and not opened and not closed:
            return None
        gains: list[str] = []
        loses: list[str] = []
        for role in dict.fromkeys((*self._old.policy.roles, *self._new.policy.roles)):
            had = role in self._old.policy.roles and _may(self._before, role, old)
            has = role in self._new.policy.roles and _may(self._after, role, new)
            if has is not had:
                (gains if has else loses).append(role)
        return Change(
            api=api,
            requests=_told(was, now),
            old=was.line if was else None,
            new=now.line if now else None,
            gains=tuple(gains),
            loses=tuple(loses),
            opened=opened,
            closed=closed,
            let_in=difference.let_in,
            shut_out=difference.shut_out,
            exact=difference.exact,
        )

    def _difference(self, old: Plan | None, new: Plan | None) -> _Difference:
        key = (old, new)
        if key not in self._known:
            self._known[key] = self._compared(old, new)
        return self._known[key]

    def _compared(self, old: Plan | None, new: Plan | None) -> _Difference:
        if old is not None and new is not None and (old.allow, old.deny) == (new.allow, new.deny):
            return _NONE
        plans = [plan for plan in (old, new) if plan is not None]
        rules = [rule for plan in plans for rule in (plan.allow, plan.deny) if rule is not None]
        # By the issuers of now: whom a former one let in is told by the change of issuers.
        kinds = Callers(self._new.issuers, rules).everyone(MAX_KINDS)
        if kinds is None:
            return _Difference(None, None, exact=False)
        let_in = shut_out = None
        for caller in kinds:
            was = old is not None and old.verdict(caller.principal, NOW).allowed
            now = new is not None and new.verdict(caller.principal, NOW).allowed
            if now and not was:
                let_in = let_in or str(caller)
            if was and not now:
                shut_out = shut_out or str(caller)
        return _Difference(let_in, shut_out, exact=True)


def _may(holders: Holders, role: str, plan: Plan | None) -> bool:
    return plan is not None and holders.cell(role, plan).answer in (Answer.ALLOWED, Answer.PUBLIC)


def _lines(policy: Policy, api: str | None, *, shadow: bool) -> dict[Pattern, None]:
    """Give the lines that count for *api*: those of every api, and its own."""
    return {
        Pattern.of(line): None
        for of, route in policy.all_routes()
        if (route.mode == "shadow") is shadow and of in (None, api)
        for line in route.match
    }


def _overlaps(olds: dict[Pattern, None], news: dict[Pattern, None]) -> tuple[list[Pattern], bool]:
    """
    Give the patterns of requests that have to be looked at, and whether those are all.

    Which line decides can differ only where one of the two is in one policy alone: of two lines that both policies
    have, the more specific one decides in both.
    """
    found = {**olds, **news}
    gone = [line for line in olds if line not in news]
    come = [line for line in news if line not in olds]
    if len(gone) * len(news) + len(olds) * len(come) > MAX_PAIRS:
        return list(found), False
    for ones, others in ((gone, news), (come, olds)):
        for one in ones:
            for other in others:
                meeting = one.meeting(other)
                if meeting is not None:
                    found[meeting] = None
    return list(found), True


def _found(policy: Policy, method: str, path: str, api: str | None, *, shadow: bool) -> Guarded | None:
    # Where no api answers to a host, a front asks for none, and the routes of every api decide.
    api = api if api in policy.apis else None
    return policy.find_shadow(method, path, api) if shadow else policy.find(method, path, api)


def _told(was: Guarded | None, now: Guarded | None) -> str:
    """Name the requests that both lines have, as one of them does if it has no others."""
    lines = [side.line for side in (now, was) if side is not None]
    # They do have some in common: both were found for one request.
    common = Pattern.of(lines[0]).meeting(Pattern.of(lines[-1]))
    return next((line for line in lines if Pattern.of(line) == common), str(common))
