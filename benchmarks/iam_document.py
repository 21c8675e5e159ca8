"""What does the IAM document cost that says all that a caller may, for 10 to 1,000 routes, and how long is it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from benchmarks.harness import Contender, Effort, prove, run
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, POOL_ID, SigningKey, json_bytes, payload_of, pool_url
from cogauth import Authorizer, Gateway, Group, Policy, Route, UserPool, Verifier

COUNTS: Final = (10, 100, 1000)
STAGE: Final = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"
FIRST: Final = "first document"
SET: Final = "next set of routes"
ALIKE: Final = "next caller of a known set"
AGAIN: Final = "same caller again"
DECISION: Final = "the decision alone"

TEAMS: Final = 10
"""Groups that share out the routes; who is in half of them may use half of the routes."""


class Caller(NamedTuple):
    """Who asks, and what for."""

    token: str
    path: str
    routes: int
    """How many routes are theirs."""


def table(count: int) -> list[Route]:
    """Make *count* routes: five for each resource, of which the last two are below an item."""
    lines = (
        "GET /{name}",
        "POST /{name}",
        "GET /{name}/{{id}}",
        "GET /{name}/{{id}}/items",
        "PUT /{name}/{{id}}/items",
    )
    return [
        Route(lines[number % 5].format(name=f"things-{number // 5}"), Group(f"team-{number % TEAMS}"))
        for number in range(count)
    ]


def callers(key: SigningKey, count: int) -> tuple[list[Caller], dict[str, Caller]]:
    """Sign tokens of people who may use one route of each ten, half of them, or all; and of some who may use none."""

    def caller(groups: Sequence[str], path: str, routes: int, **changes: object) -> Caller:
        claims = payload_of(pool_url(POOL_ID)) | {"cognito:groups": groups} | changes
        return Caller(key.sign(json_bytes(claims)), path, routes)

    teams = [f"team-{number}" for number in range(TEAMS)]
    good = [caller(teams[:size], "/things-0", count * size // TEAMS) for size in (1, TEAMS // 2, TEAMS)]
    bad = {
        "no group": caller(["staff"], "/things-0", 0),
        "other issuer": caller(teams, "/things-0", 0, iss="https://issuer.example.org"),
        "expired": caller(teams, "/things-0", 0, exp=1_700_000_000, iat=1_699_996_400),
    }
    return good, bad


def measure(effort: Effort, counts: Sequence[int] = COUNTS) -> list[Report]:
    """Give a report for each number of routes."""
    key = SigningKey.generate("RS256")
    verifier = Verifier(UserPool(POOL_ID, clients={CLIENT}, jwks=key.publish()))
    return [_measured(effort, key, verifier, count) for count in counts]


def _measured(effort: Effort, key: SigningKey, verifier: Verifier, count: int) -> Report:
    authorizer = Authorizer(verifier, Policy(routes=table(count)))
    good, bad = callers(key, count)
    known = _gateway(authorizer)

    def decide(caller: Caller) -> None:
        authorizer.authorize(caller.token, "GET", caller.path).require()

    def first(caller: Caller) -> None:
        _document(_gateway(authorizer), caller)

    def next_set(caller: Caller) -> None:
        # What a gateway knows of the routes stays, and what it has said of a set of them is forgotten.
        known._compiled(authorizer.policy, None)._covers.clear()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        _document(known, caller)

    def alike(caller: Caller) -> None:
        verifier.verify(caller.token).memo.clear()
        _document(known, caller)

    ways: Sequence[tuple[str, Callable[[Caller], None], str]] = (
        (DECISION, decide, "no document"),
        (AGAIN, lambda caller: _document(known, caller), "verdicts remembered with the token"),
        (ALIKE, alike, "token verified before, each rule asked"),
        (SET, next_set, "routes laid out before"),
        (FIRST, first, "of a new process, its policy loaded"),
    )
    field = [Contender(f"{name}, {count:,}", call, good, note) for name, call, note in ways]
    for contender in field:
        prove(contender, good, bad)
    run(field, effort)
    title = f"An IAM document, {count:,} routes: CPU time per call, and times the decision alone"
    return Report.of(title, field, f"{DECISION}, {count:,}", facts=_sizes(known, good))


def _gateway(authorizer: Authorizer) -> Gateway:
    """Make one as `cogauth_lambda` does for APIs that have the policy's routes and no others."""
    return Gateway(authorizer, delivers=())


def _document(gateway: Gateway, caller: Caller) -> None:
    grant = gateway.authorize("GET", caller.path, [("authorization", f"Bearer {caller.token}")])
    document = grant.document(STAGE)
    if document is None or document["Statement"][0]["Effect"] != "Allow":
        raise PermissionError


def _sizes(gateway: Gateway, good: Sequence[Caller]) -> dict[str, float]:
    facts: dict[str, float] = {}
    for caller in good:
        grant = gateway.authorize("GET", caller.path, [("authorization", f"Bearer {caller.token}")])
        document = grant.document(STAGE) or {}
        facts[f"bytes, {caller.routes:,} routes allowed"] = len(json.dumps(document, separators=(",", ":")))
        facts[f"resources, {caller.routes:,} routes allowed"] = sum(
            len(each["Resource"]) for each in document["Statement"]
        )
    return facts
