"""Role choice by roles: who has a role of the policy and nothing else, and the IAM role that follows."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import Claim, Group, OIDCIssuer, Policy, Rule, Scope, UserPool
from cogauth.identity import Doubt, IdentityPoolRoles, MappingRule, RoleMapping
from cogauth.issuers import AnyIssuer
from cogauth.review.role_choice import Given, choices_of
from tests.identity.cases import EVERYBODY, PROVIDER, A, B
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import CLIENT, POOL_ID

STAFF = UserPool(POOL_ID, clients={CLIENT}, name="staff")
BY_RULES = RoleMapping(
    "Rules",
    "AuthenticatedRole",
    [MappingRule("custom:dept", "Equals", "risk", A), MappingRule("cognito:groups", "Contains", "admins", B)],
)


def given_to(rule: Rule, mapping: RoleMapping = BY_RULES) -> Given:
    """What is given to whoever meets *rule*; the API takes access tokens."""
    pool = IdentityPoolRoles(IDENTITY_POOL_ID, authenticated=EVERYBODY, mappings={PROVIDER: mapping})
    ((choices),) = choices_of(Policy(roles={"r": rule}), [STAFF], [pool])
    assert (IDENTITY_POOL_ID, PROVIDER) == choices[:2]
    assert Given((EVERYBODY if mapping is BY_RULES else None,), choices.any_token.doubts) == choices.any_token
    return choices.cells[0]


@pytest.mark.parametrize(
    ("rule", "role_arns", "doubts"),
    [
        pytest.param(Claim("custom:dept", equals="risk"), (A,), (), id="by a claim"),
        pytest.param(Claim("custom:dept", equals="legal"), (EVERYBODY,), (), id="by none"),
        pytest.param(Group("admins"), (B,), (Doubt.ARRAY,), id="by a group"),
        pytest.param(Group("admins", "others"), (B, EVERYBODY), (Doubt.ARRAY,), id="in two ways"),
        pytest.param(Scope("x"), (), (), id="what no ID token has"),
    ],
)
def test_what_a_role_leads_to(rule: Rule, role_arns: Any, doubts: Any) -> None:
    """By the ID token of the same user."""
    assert Given(role_arns, frozenset(doubts)) == given_to(rule)


def test_a_denial() -> None:
    """Is none of the roles."""
    assert Given((None,), frozenset((Doubt.NO_ROLES,))) == given_to(Group("admins"), RoleMapping("Token", "Deny"))


@pytest.mark.parametrize(
    "provider", ["accounts.google.com", PROVIDER.partition(":")[0], PROVIDER.replace("AbCdEf123", "Other")]
)
def test_mappings_that_cannot_be_told(provider: str) -> None:
    """Of other providers, without a client, and of pools that are no issuer here."""
    pool = IdentityPoolRoles(IDENTITY_POOL_ID, mappings={provider: BY_RULES})
    issuers: list[AnyIssuer] = [STAFF, OIDCIssuer("https://accounts.google.com", audience={"x"})]
    assert () == choices_of(Policy(), issuers, [pool])
