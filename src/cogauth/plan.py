"""Questions: what a route or rule asks, and what it says of a principal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from cogauth.principal import Principal
from cogauth.routes import Route
from cogauth.rules import Everybody, Not, Rule, answer, depends_on_time

_MAX_VERDICTS = 16_384
"""Verdicts kept with one principal: more than any policy has rules, and a bound for rules made by the request."""

_WORTH_COMPILING = 100
"""Answers after which a plan compiles its rules: as many as cost, interpreted, what compiling costs."""


class Verdict(msgspec.Struct, frozen=True):
    """What a plan says of a principal, and until when (seconds since the epoch)."""

    allowed: bool
    until: float
    denied: bool = False
    unmet: tuple[Rule, ...] = ()


class Plan:
    """
    One distinct question, asked once of each principal, with whom the answer is kept.

    Its rules answer for themselves at first and are compiled when the question has come up often enough to repay it:
    a policy of ten thousand rules loads as fast as one of ten, and a process that answers one request compiles none.
    """

    __slots__ = ("_allows", "_answers", "_denies", "_timed", "allow", "deny", "public")

    def __init__(self, allow: Rule, deny: Rule | None = None) -> None:
        self.allow: Rule = allow
        self.deny: Rule | None = deny
        self.public: bool = isinstance(allow, Everybody)
        self._allows: Callable[[Principal, float], bool] = partial(answer, allow)
        self._denies: Callable[[Principal, float], bool] | None = None if deny is None else partial(answer, deny)
        self._timed: tuple[Rule, ...] = tuple(
            rule for rule in (allow, deny) if rule is not None and depends_on_time(rule)
        )
        self._answers: int = 0

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
        self._answers += 1
        if self._answers == _WORTH_COMPILING:
            self._compile()
        until = float(who.expires_at)
        for rule in self._timed:
            until = min(until, rule.until(who, now))
        if self._denies is not None and self.deny is not None and self._denies(who, now):
            return Verdict(allowed=False, until=until, denied=True, unmet=(Not(self.deny),))
        if self._allows(who, now):
            return Verdict(allowed=True, until=until)
        return Verdict(allowed=False, until=until, unmet=self.allow.unmet(who, now))

    def _compile(self) -> None:
        # Trees are made by the standard library's `ast`, which an importer need not wait for.
        from cogauth.rules.compiler import compiled

        self._allows = compiled(self.allow)
        if self.deny is not None:
            self._denies = compiled(self.deny)


class Guarded(msgspec.Struct, frozen=True, eq=False):
    """A line of the route table with what it asks."""

    line: str
    plan: Plan
    route: Route | None
