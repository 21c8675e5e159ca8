"""Compiled questions: what a route or rule asks, and what it says of a principal."""

from __future__ import annotations

import msgspec

from cogauth.principal import Principal
from cogauth.routes import Route
from cogauth.rules import Everybody, Not, Rule

_MAX_VERDICTS = 16_384
"""Verdicts kept with one principal: more than any policy has rules, and a bound for rules made by the request."""


class Verdict(msgspec.Struct, frozen=True):
    """What a plan says of a principal, and until when (seconds since the epoch)."""

    allowed: bool
    until: float
    denied: bool = False
    unmet: tuple[Rule, ...] = ()


class Plan:
    """One distinct question, compiled; asked once of each principal, with whom the answer is kept."""

    __slots__ = ("allow", "deny", "public")

    def __init__(self, allow: Rule, deny: Rule | None = None) -> None:
        self.allow: Rule = allow
        self.deny: Rule | None = deny
        self.public: bool = isinstance(allow, Everybody)

    def verdict(self, who: Principal, now: float) -> Verdict:
        """Say whether *who* may, at *now*."""
        found: Verdict | None = who.memo.get(self)
        if found is not None and now < found.until:
            return found
        verdict = self._judge(who, now)
        if len(who.memo) >= _MAX_VERDICTS and found is None:
            who.memo.clear()
        who.memo[self] = verdict
        return verdict

    def _judge(self, who: Principal, now: float) -> Verdict:
        until = min(float(who.expires_at), self.allow.until(who, now))
        if self.deny is not None:
            until = min(until, self.deny.until(who, now))
            if self.deny.holds(who, now):
                return Verdict(allowed=False, until=until, denied=True, unmet=(Not(self.deny),))
        if self.allow.holds(who, now):
            return Verdict(allowed=True, until=until)
        return Verdict(allowed=False, until=until, unmet=self.allow.unmet(who, now))


class Guarded(msgspec.Struct, frozen=True, eq=False):
    """A line of the route table with what it asks."""

    line: str
    plan: Plan
    route: Route | None
