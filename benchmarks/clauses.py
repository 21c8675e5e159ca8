"""Rules of many clauses: what an answer costs that is not remembered, compiled and not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks import peers
from benchmarks.harness import Contender, Effort, prove, run
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, POOL_ID, SigningKey, json_bytes, payload_of, pool_url, user_pool
from cogauth import Claim, Group, Principal, Rule, Scope, UserPool, Verifier
from cogauth.plan import Plan
from cogauth.rules import All, Any
from cogauth.rules.compiler import compiled

SIZES: Final = (1, 5, 10, 50)

ENOUGH: Final = 200
"""Answers after which a plan has compiled its rule for certain."""

KINDS: Final[tuple[Callable[[int, str], Rule], ...]] = (
    lambda number, no: Group(f"{no}group-{number}"),
    lambda number, no: Claim(f"custom:c{number}", starts_with=f"{no}value"),
    lambda number, no: Scope(f"{no}api/scope-{number}"),
    lambda number, no: Claim(f"custom:c{number}", equals=f"{no}value-{number}"),
    lambda number, no: Claim(f"custom:c{number}", one_of={f"{no}value-{number}", f"{no}other"}),
)


def clauses(size: int, no: str = "") -> list[Rule]:
    """Make *size* conditions of all kinds in turn, which the caller of `callers` meets; with *no*, only the last."""
    return [KINDS[number % len(KINDS)](number, no if number < size - 1 else "") for number in range(size)]


def callers(size: int) -> tuple[Principal, Principal]:
    """Give a principal who meets up to *size* of `clauses`, and one who meets none."""
    key = SigningKey.generate("RS256")
    verifier = Verifier(UserPool(POOL_ID, clients={CLIENT}, jwks=key.publish()))
    plain = payload_of(pool_url(POOL_ID)) | {"cognito:groups": ["somebody"], "scope": "openid"}
    held = plain | {f"custom:c{number}": f"value-{number}" for number in range(size)}
    held["cognito:groups"] = [f"group-{number}" for number in range(size)]
    held["scope"] = " ".join(f"api/scope-{number}" for number in range(size))
    return verifier.verify(key.sign(json_bytes(held))), verifier.verify(key.sign(json_bytes(plain)))


def measure(effort: Effort, sizes: Sequence[int] = SIZES) -> Report:
    """Ask rules of each size of one who meets as much as makes them look at every clause."""
    who, nobody = callers(max(sizes))
    floor = peers.floor(user_pool(SigningKey.generate("RS256"), 1))
    field: list[Contender[Principal]] = [Contender(peers.FLOOR, lambda _: floor.call(""), [who], floor.note)]
    for size in sizes:
        every, last = All(*clauses(size)), Any(*clauses(size, "no-"))
        ways = [
            (f"cogauth, all of {size}, verdict", asking(every, who), "compiled; the verdict made and kept"),
            (f"cogauth, any of {size}, verdict", asking(last, who), "likewise; only the last clause is met"),
            (f"cogauth, all of {size}, compiled", answering(compiled(every)), "the rule alone"),
            (f"cogauth, all of {size}, interpreted", answering(every.holds), "as a plan's first 99 answers"),
        ]
        for name, call, note in ways:
            contender = Contender(name, call, [who], note)
            prove(contender, [who], {"nobody": nobody})
            field.append(contender)
    run(field, Effort(effort.rounds, effort.slice / 2))
    return Report.of("A rule of some clauses: CPU time per answer, and times the floor", field, peers.FLOOR)


def asking(rule: Rule, somebody: Principal) -> Callable[[Principal], None]:
    """Ask a plan that has been asked for a while, of a principal for the first time."""
    plan, clock = Plan(rule), time.time

    def call(who: Principal) -> None:
        who.memo.clear()
        if not plan.verdict(who, clock()).allowed:
            raise PermissionError

    for _ in range(ENOUGH):
        call(somebody)
    return call


def answering(holds: Callable[[Principal, float], bool]) -> Callable[[Principal], None]:
    """Ask a rule itself."""
    now = time.time()

    def call(who: Principal) -> None:
        if not holds(who, now):
            raise PermissionError

    return call
