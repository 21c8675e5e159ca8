"""What do many live tokens cost: time for each that is seen again, hits and misses as they come, and memory?"""

from __future__ import annotations

import itertools
import random
import statistics
import tracemalloc
from collections.abc import Sequence
from typing import Final

from benchmarks import peers
from benchmarks.harness import Contender, Effort, fresh, prove, run
from benchmarks.report import Report
from benchmarks.tokens import API, CLIENT, POOL_ID, PROVIDER, SigningKey, json_bytes, payload_of, provider, user_pool
from cogauth import OIDCIssuer, UserPool, Verifier

LIVE: Final = (1, 100, 10_000, 100_000)
CROWD: Final = 20_000
"""Tokens of the Zipf mix, five times as many as the default cache holds."""
WARM_UP: Final = 40_000
"""Draws before the mix is measured, after which the cache has been full for long."""
DRAWS: Final = 60_000
REMEMBERED: Final = 1000
"""Tokens over which the memory of one is averaged."""


def measure(
    effort: Effort,
    live: Sequence[int] = LIVE,
    crowd: int = CROWD,
    warm_up: int = WARM_UP,
    draws: int = DRAWS,
    remembered: int = REMEMBERED,
) -> list[Report]:
    """Give a report on hits and memory, and one on the mix."""
    return [_hits(effort, live, remembered), _mix(effort, crowd, warm_up, draws)]


def _hits(effort: Effort, live: Sequence[int], remembered: int) -> Report:
    floor = peers.floor(user_pool(SigningKey.generate("RS256"), 1))
    # A hit looks at no signature, so that tokens are signed with EdDSA: 100,000 with RSA would take minutes. The
    # padding makes them as long as those of verify.py.
    key = SigningKey.generate("EdDSA")
    sample = provider(key, 1)
    issuer = OIDCIssuer(PROVIDER, audience={API}, algorithms=("EdDSA",), jwks=sample.jwks)
    payload = payload_of(PROVIDER, API) | {"padding": "x" * 190}
    tokens = [key.sign(json_bytes(payload | {"jti": str(number)})) for number in range(max(live))]
    random.Random(1).shuffle(tokens)  # noqa: S311  an order, not a secret
    field = [floor]
    for count in live:
        name = f"cogauth, {count:,} live {'token' if count == 1 else 'tokens'}"
        contender = Contender(name, Verifier(issuer, cache_size=count).verify, tokens[:count], "", fresh)
        prove(contender, contender.items, sample.bad)
        field.append(contender)
    run(field, effort)
    title = f"Seen before, {len(tokens[0]):,} characters: CPU time per call, and times the floor"
    return Report.of(title, field, peers.FLOOR, facts={"bytes per remembered token": _bytes_per_token(remembered)})


def _bytes_per_token(count: int) -> int:
    """Tell how much memory a remembered access token of a user pool takes, all that hangs on it included."""
    sample = user_pool(SigningKey.generate("RS256"), count)
    verifier = Verifier(UserPool(POOL_ID, clients={CLIENT}, jwks=sample.jwks), cache_size=count)
    verifier.verify(sample.good[0])  # what is made only once
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for token in sample.good[1:]:
            verifier.verify(token)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return round((after - before) / (count - 1))


def _mix(effort: Effort, crowd: int, warm_up: int, draws: int) -> Report:
    sample = user_pool(SigningKey.generate("RS256"), crowd)
    verifier = Verifier(UserPool(POOL_ID, clients={CLIENT}, jwks=sample.jwks))
    # Zipf's law with exponent 1: the second most frequent caller comes half as often as the first, and so on.
    weights = list(itertools.accumulate(1 / rank for rank in range(1, crowd + 1)))
    drawn = random.Random(1).choices(sample.good, cum_weights=weights, k=warm_up + draws)  # noqa: S311  a workload
    for token in drawn[:warm_up]:
        verifier.verify(token)
    mix = Contender("cogauth, as they come", verifier.verify, drawn[warm_up:], "", fresh)
    floor = peers.floor(sample)
    field = [floor, mix]
    for contender in field:
        prove(contender, drawn[:1], sample.bad if contender is mix else {})
    run(field, effort)
    facts = {
        "hit rate": _hit_rate(verifier, drawn[:warm_up], drawn[warm_up:]),
        "mean microseconds": round(statistics.mean(mix.times), 3),
    }
    title = f"Zipf mix of {crowd:,} tokens, default cache: CPU time per call, and times the floor"
    return Report.of(title, field, peers.FLOOR, facts=facts)


def _hit_rate(verifier: Verifier, before: Sequence[str], tokens: Sequence[str]) -> float:
    """Tell which share of *tokens* is remembered, *before* having come: a hit gives the principal of the last call."""
    last = {token: verifier.verify(token) for token in before}
    hits = 0
    for token in tokens:
        principal = verifier.verify(token)
        hits += principal is last.get(token)
        last[token] = principal
    return round(hits / len(tokens), 4)
