"""Loading: what it costs to make an authorizer of many routes, each with a rule of its own, and what room it takes."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.engines import Casbin, Cedar, chain
from benchmarks.harness import Absent, Contender, Effort
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, POOL_ID, SigningKey
from benchmarks.workload import Line, lines, policy_of, toml_of
from cogauth import Authorizer, Policy, UserPool, Verifier
from cogauth.rules.compiler import compiled

ROUTES: Final = 10_000
ROUNDS: Final = 2
SAMPLE: Final = 1000
"""Routes of which the memory and the compiling is told."""
PYTHON: Final = "cogauth, of Python objects"
TOML: Final = "cogauth, of a TOML file"


def measure(effort: Effort, count: int = ROUTES) -> Report:
    """Load *count* routes a few times: the time is a second, not microseconds, and so needs no more rounds."""
    table, absent = lines(count), list[str]()
    verifier = Verifier(UserPool(POOL_ID, clients={CLIENT}, jwks=SigningKey.generate("RS256").publish()))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cogauth.toml"
        file.write_text(toml_of(table))
        field: list[Contender[Sequence[Line]]] = [
            Contender(PYTHON, lambda table: Authorizer(verifier, policy_of(table)), [table]),
            Contender(
                TOML, lambda _: Authorizer(verifier, Policy.from_file(file)), [table], f"{file.stat().st_size:,} bytes"
            ),
            Contender("if-chain by hand", chain, [table]),
        ]
        peers: dict[str, Callable[[Sequence[Line]], object]] = {
            "cedarpy": Cedar,
            "pycasbin": lambda table: Casbin(table, fast=False),
        }
        for name, load in peers.items():
            try:
                load(lines(2))
            except Absent as reason:
                absent.append(str(reason))
            else:
                field.append(Contender(name, load, [table]))
        # One call fills many a slice, and to find that out would take longer than the rounds.
        for _ in range(min(ROUNDS, effort.rounds)):
            for contender in field:
                contender.times.append(contender.slice(1))
    sample = lines(min(SAMPLE, count))
    facts = {
        "kilobytes per 1,000 routes": round(room(sample) * 1000 / len(sample) / 1024),
        "microseconds to compile one rule": compiling(sample),
    }
    return Report.of(f"Loading {count:,} routes: CPU time, and times the first way", field, PYTHON, absent, facts)


def compiling(table: Sequence[Line]) -> float:
    """Tell how many microseconds of CPU it takes to compile one rule of *table*, on average."""
    rules = [line.rule for line in table]
    start = time.thread_time_ns()
    for rule in rules:
        compiled(rule)
    return round((time.thread_time_ns() - start) / len(rules) / 1000, 1)


def room(table: Sequence[Line]) -> int:
    """Tell how many bytes a policy of *table* takes."""
    policy_of(table[:2])  # what is made only once
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        policy = policy_of(table)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert policy.routes
    return after - before
