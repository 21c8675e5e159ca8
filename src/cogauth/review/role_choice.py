"""Role choice by roles: which IAM role an identity pool gives to whoever has a role of the policy and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cogauth.identity.choice import Doubt
from cogauth.identity.login import of_user_pool
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.issuers import AnyIssuer, LoadBalancer, UserPool
from cogauth.policy import Policy
from cogauth.review.callers import Callers
from cogauth.rules import AUTHENTICATED, Rule


class Given(NamedTuple):
    """What an identity pool gives to whoever has a role."""

    role_arns: tuple[str | None, ...]
    """The IAM roles, several where the role is met in several ways; None is a denial. Empty: it cannot be told."""
    doubts: frozenset[Doubt] = frozenset()


class Choices(NamedTuple):
    """What an identity pool gives to the users of one client of a user pool."""

    identity_pool_id: str
    provider: str
    any_token: Given
    """To an ID token that has nothing."""
    cells: tuple[Given, ...]
    """One for each role of the policy, in their order."""


def choices_of(
    policy: Policy, issuers: Sequence[AnyIssuer | LoadBalancer], pools: Iterable[IdentityPoolRoles]
) -> tuple[Choices, ...]:
    """
    Work out what each mapping of *pools* gives to the ID tokens of *issuers*.

    An identity pool takes ID tokens even where the API takes access tokens only, so that it is asked about the ID token
    of the same user. A role that asks for what no ID token has, such as scopes, cannot be told.
    """
    return tuple(choices for pool in pools for choices in _of_pool(policy, issuers, pool))


def _of_pool(policy: Policy, issuers: Sequence[AnyIssuer | LoadBalancer], pool: IdentityPoolRoles) -> Iterator[Choices]:
    for provider in pool.mappings:
        user_pool, client = of_user_pool(provider) or ("", "")
        writers = [issuer for issuer in issuers if isinstance(issuer, UserPool) and issuer.pool_id == user_pool]
        if not writers or not client:
            continue
        issuer = UserPool(
            user_pool, clients={client}, token_use="id", name=writers[0].name, acr_levels=writers[0].acr_levels
        )
        callers = Callers([issuer], policy.roles.values())
        given = [_given(pool, provider, callers, rule) for rule in (AUTHENTICATED, *policy.roles.values())]
        yield Choices(pool.identity_pool_id, provider, given[0], tuple(given[1:]))


def _given(pool: IdentityPoolRoles, provider: str, callers: Callers, rule: Rule) -> Given:
    choices = [pool.choose_role(caller.principal, provider=provider) for caller in callers.alone(rule)]
    arns = dict.fromkeys(choice.role_arn for choice in choices)
    return Given(tuple(arns), frozenset(doubt for choice in choices for doubt in choice.doubts))
