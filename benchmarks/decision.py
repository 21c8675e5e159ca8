"""What does it cost to decide, with 10, 1,000 and 10,000 routes, each with a rule of its own, here and elsewhere?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, cast

from benchmarks import anatomy, clauses, engines, loading, peers
from benchmarks.harness import Contender, Effort, prove, run
from benchmarks.report import Report
from benchmarks.tokens import SigningKey, user_pool
from benchmarks.workload import Ask, Callers, Line, lines, policy_of, renewed
from cogauth import Authorizer, Policy, Verifier
from cogauth.paths import is_odd

COUNTS: Final = (10, 1000, 10_000)
ALONE: Final = "cogauth, decision alone"
ALONE_NEW: Final = "cogauth, alone, first time"
WARM: Final = "cogauth, seen before"
WARM_REQUEST: Final = "cogauth, seen before, headers"
WARM_BUSY: Final = "cogauth, seen before, 10 paths"
MISS: Final = "cogauth, never seen before"

BUSY: Final = 10
"""Paths among which nearly all traffic of some services is."""

PROVEN: Final = 6
"""Good requests on which each contender is proven, of all."""

HEADERS: Final = (
    (b"host", b"api.example.com"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"application/json, text/plain, */*"),
    (b"accept-language", b"en-GB,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"referer", b"https://app.example.com/orders"),
    (b"x-forwarded-for", b"203.0.113.7"),
    (b"x-forwarded-proto", b"https"),
    (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)
"""What comes with a browser's request through a proxy, beside `Authorization`."""


def measure(
    effort: Effort,
    counts: Sequence[int] = COUNTS,
    sizes: Sequence[int] = clauses.SIZES,
    load: int = loading.ROUTES,
) -> list[Report]:
    """Give a report for each number of routes, one on rules, one on loading, and one on where the time goes."""
    callers = Callers.of_one_pool()
    base = floor(callers)
    fields = [(count, *contenders(callers, lines(count))) for count in counts]
    # All in the same rounds, so that one number of routes can be compared with another.
    run([base, *(contender for _, field, _ in fields for contender in field)], Effort(effort.rounds, effort.slice / 2))
    title = "A decision, {:,} routes: CPU time per call, and times the floor"
    return [
        *(Report.of(title.format(count), [base, *field], base.name, absent) for count, field, absent in fields),
        clauses.measure(effort, sizes),
        anatomy.measure(effort, callers, lines(max(counts))),
        loading.measure(effort, load),
    ]


def floor(callers: Callers) -> Contender[Ask]:
    """Verify one signature: the floor of verify.py, in the same rounds."""
    contender = peers.floor(user_pool(SigningKey.generate("RS256"), 1))
    # It looks at nothing that it is given.
    call = cast("Callable[[Ask], object]", contender.call)
    return Contender(peers.FLOOR, call, callers.asks(lines(2), 1), contender.note)


def contenders(callers: Callers, table: Sequence[Line]) -> tuple[list[Contender[Ask]], list[str]]:
    """Set everybody up for *table*, proven; and say who is absent."""
    asks, bad = callers.asks(table), callers.refused(table)
    others, absent = engines.engines(table)
    ways = [(*way, asks) for way in (*ours(callers, table, asks), *others)]
    if len(table) > BUSY:
        warm = next(call for name, call, _, _ in ways if name == WARM)
        busy = [ask._replace(token=token, who=who) for token, who in callers.good for ask in asks[:BUSY]]
        ways.append((WARM_BUSY, warm, "authorize, all requests for 10 of the routes", busy))
    field = [Contender(f"{name}, {len(table):,}", call, items, note, renewed) for name, call, note, items in ways]
    for contender in field:
        prove(contender, contender.items[:: len(contender.items) // PROVEN], bad)
    return field, absent


def ours(callers: Callers, table: Sequence[Line], asks: Sequence[Ask]) -> list[tuple[str, engines.Decide, str]]:
    """Set cogauth up: alone with a principal, and with a token that it remembers or does not."""
    policy = policy_of(table)
    settle(policy, asks)
    # The default cache holds all tokens; one of a single place holds none until it comes again, as in verify.py.
    warm, miss = (Authorizer(Verifier(callers.pool, cache_size=size), policy) for size in (4096, 1))
    return [
        (ALONE, alone(policy, forget=False), "the principal at hand, its verdicts remembered"),
        (ALONE_NEW, alone(policy, forget=True), "the principal at hand, no verdict remembered"),
        (WARM, by_token(warm), "authorize"),
        (WARM_REQUEST, by_headers(warm), f"authorize_request, {len(HEADERS) + 1} headers, made for each"),
        (MISS, by_token(miss), "authorize, the signature verified"),
    ]


def settle(policy: Policy, asks: Sequence[Ask]) -> None:
    """Ask each question so often that its rules are compiled, as they are in a process that has run for a while."""
    for ask in {ask.path: ask for ask in asks}.values():
        guarded = policy.find(ask.method, ask.path)
        assert guarded is not None
        for _ in range(100):
            ask.who.memo.clear()
            guarded.plan.verdict(ask.who, time.time())


def alone(policy: Policy, *, forget: bool) -> engines.Decide:
    """Do what an authorizer does once it has the principal, but for the `Decision`."""
    find, clock = policy.find, time.time

    def call(ask: Ask) -> None:
        _, method, path, who, _ = ask
        if forget:
            who.memo.clear()
        guarded = None if is_odd(path) else find(method, path)
        if guarded is None or not guarded.plan.verdict(who, clock()).allowed:
            raise PermissionError

    return call


def by_token(authorizer: Authorizer) -> engines.Decide:
    """Authorize a token, a method and a path."""
    authorize = authorizer.authorize

    def call(ask: Ask) -> None:
        token, method, path, _, _ = ask
        if not authorize(token, method, path).allowed:
            raise PermissionError

    return call


def by_headers(authorizer: Authorizer) -> engines.Decide:
    """Authorize a request with all its headers, as an ASGI server gives them."""
    authorize = authorizer.authorize_request

    def call(ask: Ask) -> None:
        token, method, path, _, _ = ask
        headers = [*HEADERS, (b"authorization", b"Bearer " + token.encode())]
        if not authorize(method, path, headers, raw_path=path.encode()).allowed:
            raise PermissionError

    return call
