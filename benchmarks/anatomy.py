"""Where the time of a decision with a remembered token goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from benchmarks.harness import Contender, Effort, fresh, run
from benchmarks.report import Report
from benchmarks.workload import Callers, Line, policy_of
from cogauth import Authorizer, Decision, Verifier
from cogauth.decision import Reason
from cogauth.jws import octets
from cogauth.paths import is_odd

WHOLE: Final = "cogauth, authorize"
NOTHING: Final = "calling a function that does nothing"

Part = tuple[str, Callable[[Any], object], Sequence[Any], Callable[[Any], Any]]
"""Its name, what it does, to what, and how that is made new."""


def measure(effort: Effort, callers: Callers, table: Sequence[Line]) -> Report:
    """Time each step by itself, with what the steps before it have given, and the whole of them."""
    asks = callers.asks(table)
    verifier = Verifier(callers.pool)
    policy = policy_of(table)
    authorizer = Authorizer(verifier, policy)
    for ask in asks:
        assert authorizer.authorize(ask.token, ask.method, ask.path).allowed
    cache, clock = verifier.state.cache, verifier.clock
    # The principal of the cache is not the caller's of the table, though equal: it is the one with the verdicts.
    remembered = [verifier.verify(ask.token) for ask in asks]
    guards = [guarded for guarded in (policy.find(ask.method, ask.path) for ask in asks) if guarded is not None]
    found = [(guarded.plan, who) for guarded, who in zip(guards, remembered, strict=True)]

    def answer(who: Any) -> object:
        # By place and with all that the authorizer gives it.
        yes, until, roles = True, 1.0, policy.roles_held
        return Decision(yes, 200, Reason.ALLOWED, who, "GET /", (), None, until, (), b"", None, None, roles, until)

    def as_is(item: Any) -> Any:
        return item

    parts: list[Part] = [
        (NOTHING, as_is, asks, as_is),
        ("digest of the token", lambda token: cache.digest(octets(token)), [ask.token for ask in asks], fresh),
        ("cache", cache.get, [cache.digest(octets(ask.token)) for ask in asks], as_is),
        ("look at the path", is_odd, [ask.path for ask in asks], fresh),
        ("route", lambda path: policy.find("GET", path), [ask.path for ask in asks], fresh),
        ("verdict", lambda pair: pair[0].verdict(pair[1], clock()), found, as_is),
        ("Decision", answer, remembered, as_is),
        (
            WHOLE,
            lambda ask: authorizer.authorize(ask.token, ask.method, ask.path),
            asks,
            lambda ask: ask._replace(token=fresh(ask.token), path=fresh(ask.path)),
        ),
    ]
    field = [Contender(name, call, items, "", renew) for name, call, items, renew in parts]
    run(field, Effort(effort.rounds, effort.slice / 2))
    spent = {contender.name: contender.median for contender in field}
    rest = spent[WHOLE] - sum(spent[name] - spent[NOTHING] for name in spent if name not in {WHOLE, NOTHING})
    title = f"Where it goes, {len(table):,} routes, token seen before: CPU time per step, and its share"
    return Report.of(title, field, WHOLE, facts={"microseconds between the steps": round(rest, 2)})
