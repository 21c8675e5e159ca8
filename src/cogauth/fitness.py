"""Whether a rule fits the issuers that are configured: that it names those, and says whose groups it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cogauth.file.hints import listed, meant
from cogauth.issuers import AnyIssuer, IdentityPool, LoadBalancer
from cogauth.rules import Issuer, Rule, unknown_levels, without_issuer


class Trusted(NamedTuple):
    """What rules can say of the issuers whose bearer tokens are accepted; a load balancer's word is no token."""

    names: frozenset[str]
    levels: frozenset[str] | None = None
    """All their acr levels; None where these are not looked at."""

    @classmethod
    def of(cls, issuers: Iterable[AnyIssuer | LoadBalancer]) -> Trusted:
        """Tell of *issuers*."""
        bearers = [issuer for issuer in issuers if not isinstance(issuer, LoadBalancer)]
        levels = [level for each in bearers if not isinstance(each, IdentityPool) for level in each.acr_levels]
        return cls(frozenset(issuer.name for issuer in bearers), frozenset(levels))


def misfits(rule: Rule, trusted: Trusted) -> Iterator[str]:
    """
    Say what is wrong with *rule*, its roles replaced, for these issuers.

    Groups of another issuer are not these groups: with several issuers, a rule on groups or scopes must say whose.
    """
    names, levels = trusted
    for leaf in rule.leaves():
        if isinstance(leaf, Issuer):
            for name in sorted(leaf.names - names):
                known = sorted(names)
                yield f"issuer {name!r}: not configured; there are {', '.join(known)}{meant(name, known)}"
    if levels is not None:
        for leaf in unknown_levels(rule, levels):
            known = sorted(levels)
            yield f"{leaf}: no issuer has this level; there are {listed(known) or 'none'}{meant(leaf.level, known)}"
    if len(names) > 1:
        for leaf in without_issuer(rule):
            yield f"{leaf}: of which issuer? there are several; add issuer or any_issuer = true"
