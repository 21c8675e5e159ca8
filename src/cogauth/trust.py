"""Whose tokens are accepted: for each issuer string its keys, and the issuers that write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from cogauth._strict import JSON
from cogauth.errors import WrongAudience
from cogauth.issuers import AnyIssuer, IdentityPool, KeySource, LoadBalancer, OIDCIssuer, UserPool
from cogauth.keyring.ring import Keyring
from cogauth.keys import KeyTable


class Trust(NamedTuple):
    """One accepted issuer string: its keys, and the issuers whose tokens carry it."""

    issuer: str
    ring: Keyring
    issuers: tuple[AnyIssuer, ...]
    by_audience: Mapping[object, IdentityPool] = MappingProxyType({})
    """The identity pools among them, which all share one string, by the audience that tells them apart."""

    def candidates(self, claims: Mapping[str, JSON]) -> Sequence[AnyIssuer]:
        """
        Give the issuers that *claims* may be of.

        Raises:
            WrongAudience: the claims are of an identity pool that is not configured.
        """
        if not self.by_audience:
            return self.issuers
        audience = claims.get("aud")
        pool = self.by_audience.get(audience) if isinstance(audience, str) else None
        if pool is None:
            raise WrongAudience("claims.aud_mismatch")
        return (pool,)


def trusts(
    issuers: Sequence[AnyIssuer], shared: Mapping[str, Keyring], make: Callable[[KeySource], Keyring]
) -> dict[str, Trust]:
    """
    Lay out *issuers* by issuer string, with rings that are *shared* where there are, else made.

    One ring serves every string that one document is configured for: both forms of a pool behind one `jwks_uri`.
    """
    documents: dict[tuple[str, str | None, KeyTable | None, KeyTable | None, tuple[str, ...]], Keyring] = {}
    rings: dict[str, Keyring] = {}
    writers: dict[str, list[AnyIssuer]] = {}
    for issuer in issuers:
        for source in issuer.sources:
            writers.setdefault(source.issuer, []).append(issuer)
            if source.issuer not in rings:
                # What is discovered is the keys of one issuer string: its metadata says so.
                whose = source.issuer if source.discovery else None
                document = (source.url, whose, source.pinned, source.seed, source.algorithms)
                ring = shared.get(source.issuer) or documents.get(document) or make(source)
                rings[source.issuer] = documents.setdefault(document, ring)
    return {
        string: Trust(
            string,
            rings[string],
            tuple(who),
            MappingProxyType({pool.pool_id: pool for pool in who if isinstance(pool, IdentityPool)}),
        )
        for string, who in writers.items()
    }


def disagreements(given: Sequence[AnyIssuer | LoadBalancer]) -> list[str]:
    """Complain about issuers of which one token could be meant for two, or whose keys are said to be in two places."""
    if not given:
        return ["no issuer given; name at least one UserPool"]
    issuers = [issuer for issuer in given if isinstance(issuer, UserPool | OIDCIssuer | IdentityPool)]
    signers = [issuer for issuer in given if isinstance(issuer, LoadBalancer)]
    if len(issuers) + len(signers) < len(given):
        return ["issuers: each must be a UserPool, an OIDCIssuer, an IdentityPool or a LoadBalancer"]
    problems: list[str] = []
    seen: dict[str, list[AnyIssuer]] = {}
    places: dict[str, KeySource] = {}
    pool_ids: set[str] = set()
    for issuer in issuers:
        if isinstance(issuer, IdentityPool):
            if issuer.pool_id in pool_ids:
                problems.append(f"{issuer.name}: the same identity pool twice")
            pool_ids.add(issuer.pool_id)
        for source in issuer.sources:
            others = seen.setdefault(source.issuer, [])
            if not isinstance(issuer, IdentityPool) or any(not isinstance(other, IdentityPool) for other in others):
                problems.extend(_overlap(issuer, other) for other in others if _overlaps(issuer, other))
            if places.setdefault(source.issuer, source) != source:
                problems.append(f"{issuer.name}: the same issuer twice, with keys from different places")
            others.append(issuer)
    if len({signer.arn for signer in signers}) < len(signers):
        problems.append("the same load balancer twice; give it once, with all clients")
    problems.extend(_namesakes(given))
    return list(dict.fromkeys(problems))


def _overlaps(one: AnyIssuer, other: AnyIssuer) -> bool:
    return not (isinstance(one, UserPool) and isinstance(other, UserPool)) or one.overlaps(other)


def _overlap(one: AnyIssuer, other: AnyIssuer) -> str:
    if isinstance(one, UserPool) and isinstance(other, UserPool):
        return f"{one.name}: the same pool twice, and neither token_use nor clients tell the two apart"
    return f"{one.name}: the same issuer twice; give it once, with all audiences"


def _namesakes(issuers: Sequence[AnyIssuer | LoadBalancer]) -> list[str]:
    """Rules tell issuers apart by name. One pool given twice is one issuer, two pools are two."""
    named: dict[str, set[str]] = {}
    for issuer in issuers:
        named.setdefault(issuer.name, set()).add(_identity(issuer))
    return [f"{name}: two different issuers have this name" for name, whose in named.items() if len(whose) > 1]


def _identity(issuer: AnyIssuer | LoadBalancer) -> str:
    match issuer:
        case OIDCIssuer():
            return issuer.issuer
        case LoadBalancer():
            return issuer.arn
        case _:
            return issuer.pool_id
