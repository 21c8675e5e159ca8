"""Does it matter how many user pools are trusted: 1, 100 or 5,000?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks import peers
from benchmarks.harness import Contender, Effort, fresh, prove, run
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, SigningKey, json_bytes, payload_of, pool_url, user_pool
from cogauth import UserPool, Verifier

COUNTS: Final = (1, 100, 5000)
PAIRS: Final = 4
"""RSA pairs, which the pools share, as 5,000 would take minutes; each pool has a `kid` and a key object of its own."""
TOKENS: Final = 2000


def measure(effort: Effort, counts: Sequence[int] = COUNTS, tokens: int = TOKENS) -> list[Report]:
    """Verify as many tokens whatever the number of pools, spread over all of them."""
    pairs = [SigningKey.generate("RS256") for _ in range(PAIRS)]
    field: list[Contender[str]] = [peers.floor(user_pool(pairs[0], 1))]
    for count in counts:
        field += _contenders(pairs, count, tokens)
    run(field, effort)
    title = f"Verifying {tokens:,} tokens of many pools: CPU time per call, and times the floor"
    return [Report.of(title, field, peers.FLOOR)]


def _contenders(pairs: Sequence[SigningKey], count: int, tokens: int) -> list[Contender[str]]:
    keys = [pairs[number % len(pairs)].renamed() for number in range(count)]
    ids = [f"eu-west-1_Pool{number:05}" for number in range(count)]
    pools = [UserPool(pool_id, clients={CLIENT}, jwks=key.publish()) for pool_id, key in zip(ids, keys, strict=True)]
    # A stride that shares no factor with the number of pools meets all of them, and not in their order.
    chosen = [number * 7919 % count for number in range(tokens)]
    items = [keys[pool].sign(json_bytes(payload_of(pool_url(ids[pool])))) for pool in chosen]
    stranger = pairs[0].sign(json_bytes(payload_of(pool_url("eu-west-1_Nobody"))))
    # As in verify.py: a cache of one, in which nothing is found again, and one that has room for all.
    trusted = f"{count:,} pool" if count == 1 else f"{count:,} pools"
    never_seen = Contender(f"cogauth, {trusted}, never seen before", Verifier(*pools, cache_size=1).verify, items)
    seen = Contender(f"cogauth, {trusted}, seen before", Verifier(*pools, cache_size=tokens).verify, items)
    for contender in (never_seen, seen):
        contender.renew = fresh
        prove(contender, items, {"unknown pool": stranger})
    return [never_seen, seen]
