"""Whose tokens are accepted: for each issuer string its keys, and the pools that write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cogauth.issuers import KeySource, UserPool
from cogauth.keyring import Keyring
from cogauth.keys import KeyTable


class Trust(NamedTuple):
    """One accepted issuer string: its keys, and the pools whose tokens carry it."""

    ring: Keyring
    pools: tuple[UserPool, ...]


def trusts(
    issuers: tuple[UserPool, ...], shared: Mapping[str, Keyring], make: Callable[[KeySource], Keyring]
) -> dict[str, Trust]:
    """
    Lay out *issuers* by issuer string, with rings that are *shared* where there are, else made.

    One ring serves every string that one document is configured for: both forms of a pool behind one `jwks_uri`.
    """
    documents: dict[tuple[str, KeyTable | None, KeyTable | None], Keyring] = {}
    laid_out: dict[str, Trust] = {}
    for pool in issuers:
        for source in pool.sources:
            known = laid_out.get(source.issuer)
            if known is not None:
                laid_out[source.issuer] = Trust(known.ring, (*known.pools, pool))
                continue
            document = (source.url, source.pinned, source.seed)
            ring = shared.get(source.issuer) or documents.get(document) or make(source)
            documents.setdefault(document, ring)
            laid_out[source.issuer] = Trust(ring, (pool,))
    return laid_out


def disagreements(issuers: tuple[UserPool, ...]) -> list[str]:
    """Complain about issuers of which one token could be meant for two, or whose keys are said to be in two places."""
    if not issuers:
        return ["no issuer given; name at least one UserPool"]
    if any(not isinstance(issuer, UserPool) for issuer in issuers):
        return ["issuers: each must be a UserPool"]
    problems: list[str] = []
    seen: dict[str, list[UserPool]] = {}
    for pool in issuers:
        for source in pool.sources:
            for other in seen.get(source.issuer, ()):
                if pool.overlaps(other):
                    problems.append(
                        f"{pool.name}: the same pool twice, and neither token_use nor clients tell the two apart"
                    )
                if source not in other.sources:
                    problems.append(f"{pool.name}: the same pool twice, with keys from different places")
            seen.setdefault(source.issuer, []).append(pool)
    names = [pool.name for pool in issuers]
    # Rules tell issuers apart by name. One pool given twice is one issuer, two pools are two.
    problems.extend(
        f"{name}: two different pools have this name"
        for name in dict.fromkeys(names)
        if len({pool.pool_id for pool in issuers if pool.name == name}) > 1
    )
    return list(dict.fromkeys(problems))
