"""Do two threads verify more than one does?"""

from __future__ import annotations

from typing import Final

from benchmarks import peers
from benchmarks.harness import Crowd, Effort, fresh, prove, run
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, POOL_ID, SigningKey, user_pool
from cogauth import UserPool, Verifier

THREADS: Final = (1, 2)
TOKENS: Final = 64
ONE: Final = "cogauth, never seen before, 1 thread"


def measure(effort: Effort) -> list[Report]:
    """Let the threads share a verifier; the time is the wall's, so that half of it is twice the throughput."""
    sample = user_pool(SigningKey.generate("RS256"), TOKENS)
    pool = UserPool(POOL_ID, clients={CLIENT}, jwks=sample.jwks)
    # As in verify.py; a cache of one is no place for two threads, as one finds what the other has just verified.
    calls = {
        "cogauth, never seen before": Verifier(pool, cache_size=0).verify,
        "cogauth, seen before": Verifier(pool).verify,
        "signature alone": peers.floor(sample).call,
    }
    field = [
        Crowd(f"{name}, {_threads(count)}", call, sample.good, "", fresh, threads=count)
        for name, call in calls.items()
        for count in THREADS
    ]
    for contender in field:
        prove(contender, sample.good, {} if "alone" in contender.name else sample.bad)
    run(field, effort)
    facts = {f"{contender.name}: calls per second": round(1e6 / contender.median) for contender in field}
    title = "cogauth in threads: wall time per call, and times that of one thread with tokens never seen before"
    return [Report.of(title, field, ONE, facts=facts)]


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"
