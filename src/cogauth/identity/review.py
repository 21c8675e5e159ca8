"""What is no mistake in the roles of an identity pool and still worth a look, for `cogauth check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cogauth.findings import Finding, Topic, is_user_writable
from cogauth.identity.login import of_user_pool
from cogauth.identity.mapping import Ambiguity, MappingType, RoleMapping
from cogauth.identity.matching import MappingRule, MatchType
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.issuers import ANY_CLIENT, AnyIssuer, LoadBalancer, UserPool

_ARRAYS: Final = frozenset({"cognito:groups", "cognito:roles", "identities", "amr"})
"""Claims that are arrays in tokens of a user pool (AWS page "Understanding the identity (ID) token")."""

_EXACT: Final = (MatchType.EQUALS, MatchType.CONTAINS)


def role_findings(
    pools: Iterable[IdentityPoolRoles], issuers: Sequence[AnyIssuer | LoadBalancer] = ()
) -> list[Finding]:
    """Look at the roles of *pools*; with *issuers*, also at whose tokens there are."""
    return [finding for pool in pools for finding in _of_pool(pool, issuers)]


def _of_pool(pool: IdentityPoolRoles, issuers: Sequence[AnyIssuer | LoadBalancer]) -> Iterator[Finding]:
    where = f"identity pool {pool.identity_pool_id}"
    if pool.authenticated is not None and pool.authenticated == pool.unauthenticated:
        yield Finding(Topic.GUESTS, where, "guests have the same role as those who signed in")
    user_pools = [issuer for issuer in issuers if isinstance(issuer, UserPool)]
    for provider, mapping in pool.mappings.items():
        here = f"mapping of {provider}"
        yield from _of_provider(here, provider, user_pools)
        default = mapping.ambiguous_role_resolution is Ambiguity.AUTHENTICATED_ROLE
        if default and pool.authenticated is None:
            text = (
                "AuthenticatedRole denies here, for the pool has no role for those who signed in; give one, or say Deny"
            )
            yield Finding(Topic.UNREACHABLE, here, text)
        if mapping.type is MappingType.TOKEN and of_user_pool(provider) is None:
            text = "whether the type Token reads tokens that no user pool wrote is not documented"
            yield Finding(Topic.UNDOCUMENTED, here, text)
        yield from _of_rules(here, mapping)
    yield from _unmapped(where, pool, user_pools)


def _of_provider(where: str, provider: str, user_pools: Sequence[UserPool]) -> Iterator[Finding]:
    named = of_user_pool(provider)
    if named is None:
        return
    pool_id, client = named
    if not client:
        text = f"decides for nobody: a user pool is named with a client here, as {provider}:CLIENT"
        yield Finding(Topic.UNREACHABLE, where, text)
        return
    known = [issuer for issuer in user_pools if issuer.pool_id == pool_id]
    if user_pools and not known:
        yield Finding(Topic.UNREACHABLE, where, "no issuer is this user pool")
    elif known and not any(issuer.clients is ANY_CLIENT or client in _clients(issuer) for issuer in known):
        yield Finding(Topic.UNREACHABLE, where, "the issuer does not accept this client")


def _of_rules(where: str, mapping: RoleMapping) -> Iterator[Finding]:
    for number, rule in enumerate(mapping.rules, 1):
        here = f"{where}: rule {number}"
        hiding = [earlier for earlier, other in enumerate(mapping.rules[: number - 1], 1) if _covers(other, rule)]
        if hiding:
            text = f"decides for nobody: whoever matches it matches rule {hiding[0]} before"
            yield Finding(Topic.UNREACHABLE, here, text)
        elif _is_covered_by_both_sides(rule.claim, mapping.rules[: number - 1]):
            text = f"decides for nobody: whatever {rule.claim} says, a rule before matches"
            yield Finding(Topic.UNREACHABLE, here, text)
        if is_user_writable(rule.claim):
            text = f"users can write {rule.claim} themselves unless the app client forbids it, and so choose this role"
            yield Finding(Topic.USER_WRITABLE, here, text)
        if rule.claim in _ARRAYS:
            text = f"{rule.claim} is an array, and what a rule makes of one is not documented; the type Token is"
            yield Finding(Topic.UNDOCUMENTED, here, text)


def _covers(earlier: MappingRule, later: MappingRule) -> bool:  # noqa: PLR0911  one return for each pair
    """Tell whether whoever matches *later* matches *earlier*, as far as that is certain."""
    if earlier.claim != later.claim:
        return False
    if (earlier.match_type, earlier.value) == (later.match_type, later.value):
        return True
    if earlier.claim in _ARRAYS:
        # An array may have the elements of both, so that only what asks for one and the same element is covered.
        return earlier.value == later.value and earlier.match_type in _EXACT and later.match_type in _EXACT
    match earlier.match_type, later.match_type:
        case MatchType.STARTS_WITH, MatchType.EQUALS | MatchType.STARTS_WITH:
            return later.value.startswith(earlier.value)
        case MatchType.CONTAINS, MatchType.EQUALS | MatchType.STARTS_WITH | MatchType.CONTAINS:
            return earlier.value in later.value
        case MatchType.NOT_EQUAL, MatchType.EQUALS:
            return earlier.value != later.value
        case MatchType.NOT_EQUAL, MatchType.STARTS_WITH:
            return not earlier.value.startswith(later.value)
        case MatchType.NOT_EQUAL, MatchType.CONTAINS:
            return later.value not in earlier.value
        case _:
            return False


def _is_covered_by_both_sides(claim: str, earlier: Sequence[MappingRule]) -> bool:
    """Tell whether *earlier* rules match all that *claim* can be: a value, and anything but that value."""
    sides = {(rule.match_type, rule.value) for rule in earlier if rule.claim == claim}
    return claim not in _ARRAYS and any(
        (MatchType.EQUALS, value) in sides for match_type, value in sides if match_type is MatchType.NOT_EQUAL
    )


def _unmapped(where: str, pool: IdentityPoolRoles, user_pools: Iterable[UserPool]) -> Iterator[Finding]:
    """Tell of clients of which others of the same user pool have a mapping, and they have none."""
    mapped = {named for provider in pool.mappings if (named := of_user_pool(provider)) is not None}
    for issuer in user_pools:
        clients = _clients(issuer)
        missing = {client for client in clients if (issuer.pool_id, client) not in mapped}
        for client in sorted(missing if missing != clients else ()):
            text = f"client {client} of {issuer.name} has no mapping, as others have; its users get the default"
            yield Finding(Topic.UNMAPPED, where, text)


def _clients(issuer: UserPool) -> frozenset[str]:
    return frozenset() if issuer.clients is ANY_CLIENT else frozenset(issuer.clients)
