"""Findings: what is no mistake and worth a look; and what no token can ever meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    ANY_CLIENT,
    AUTHENTICATED,
    MACHINE,
    PERSON,
    PUBLIC,
    Acr,
    Amr,
    Api,
    Claim,
    Client,
    Group,
    IdentityPool,
    Issuer,
    LoadBalancer,
    OIDCIssuer,
    Policy,
    Route,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
    UserPool,
)
from cogauth.chances import chance, worlds_of
from cogauth.findings import Finding, Topic, findings
from cogauth.issuers import AnyIssuer
from cogauth.rules import IdentityProvider
from tests.support.principals import principal
from tests.support.tokens import ABSENT, CLIENT, NOW, POOL_ID

ACCESS = UserPool(POOL_ID, clients={CLIENT}, name="staff")
ID = UserPool(POOL_ID, clients={CLIENT}, name="staff", token_use="id")
BOTH = UserPool(POOL_ID, clients=ANY_CLIENT, name="staff", token_use="any")
BOUND = UserPool(POOL_ID, clients={CLIENT}, name="staff", audience="https://api.example")
PARTNER = OIDCIssuer("https://login.example", audience=["api"], name="partner")
GROUPED = OIDCIssuer("https://login.example", audience=["api"], name="partner", groups_claim="g", acr_levels=["gold"])
GUESTS = IdentityPool("eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000", name="guests")
FRONT = LoadBalancer(
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188",
    client="web",
    issuer="https://login.example",
)
A = Group("a")


def topics(policy: Policy, *issuers: AnyIssuer | LoadBalancer) -> list[tuple[str, str]]:
    """What is found, and where."""
    return [(str(finding.topic), finding.where) for finding in findings(policy, issuers)]


# -- What can be met ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "issuers"),
    [
        pytest.param(MACHINE & PERSON, [], id="a machine and a person"),
        pytest.param(TokenUse("access") & TokenUse("id"), [], id="two uses"),
        pytest.param(MACHINE & TokenUse("id"), [], id="a machine's ID token"),
        pytest.param(MACHINE & A, [], id="a machine's groups"),
        pytest.param(MACHINE & SignedInWithin(60), [], id="a machine's sign-in"),
        pytest.param(MACHINE & Acr("gold"), [], id="a machine's level"),
        pytest.param(MACHINE & Amr("mfa"), [], id="a machine's methods"),
        pytest.param(MACHINE & IdentityProvider("Google"), [], id="a machine's provider"),
        pytest.param(~AUTHENTICATED, [], id="nobody"),
        pytest.param(AUTHENTICATED & ~(MACHINE | PERSON), [], id="neither a machine nor a person"),
        pytest.param(Client("a") & Client("b"), [], id="two clients"),
        pytest.param(Claim("x", equals=1) & Claim("x", equals=True), [], id="two values"),
        pytest.param(Claim("x", one_of=[1, 2]) & A & Claim("x", equals="1"), [], id="a value that is none of some"),
        pytest.param(Issuer("staff") & Issuer("partner"), [ACCESS, PARTNER], id="two issuers"),
        pytest.param((MACHINE & PERSON) | (A & MACHINE), [], id="neither of two"),
        pytest.param(Scope("x"), [ID], id="scopes of ID tokens"),
        pytest.param(Scope("x") & TokenUse("id"), [BOTH], id="scopes of an ID token"),
        pytest.param(TokenUse("id"), [ACCESS], id="an ID token where access tokens are accepted"),
        pytest.param(TokenUse("access"), [ID], id="an access token where ID tokens are"),
        pytest.param(MACHINE, [ID], id="a machine where ID tokens are"),
        pytest.param(MACHINE, [BOUND], id="a machine where tokens must be bound"),
        pytest.param(A, [PARTNER], id="groups of a provider without any"),
        pytest.param(A, [GUESTS], id="groups of an identity pool"),
        pytest.param(Issuer("partner") & A, [ACCESS, PARTNER], id="groups of the wrong issuer"),
        pytest.param(Scope("x") | SignedInWithin(9) | Acr("a"), [GUESTS], id="what an identity pool does not know"),
        pytest.param(Acr("gold"), [ACCESS], id="a level that the pool does not list"),
        pytest.param(Acr("urn:cognito:loa:3"), [PARTNER], id="a level of a provider without any"),
        pytest.param(IdentityProvider("Google"), [PARTNER], id="providers of a provider"),
        pytest.param(Client("other"), [ACCESS], id="a client that is not accepted"),
        pytest.param(Claim("token_use", equals="refresh"), [BOTH], id="a use that there is not"),
        pytest.param(Claim("token_use", equals="id"), [ACCESS], id="a use that is not accepted"),
        pytest.param(Claim("sub", equals=5), [ACCESS], id="a subject that is a number"),
    ],
)
def test_what_nobody_can_meet_is_found(rule: Rule, issuers: Sequence[AnyIssuer]) -> None:
    """In a role, in what a route allows, and in what it denies."""
    policy = Policy(roles={"r": rule}, routes=[Route("GET /", "r")])
    assert [("unmeetable", "roles.r"), ("unmeetable", "route 'GET /': allow")] == topics(policy, *issuers)


@pytest.mark.parametrize(
    ("rule", "issuers"),
    [
        pytest.param(AUTHENTICATED, [ACCESS], id="authenticated"),
        pytest.param(MACHINE | PERSON, [], id="a machine or a person"),
        pytest.param(MACHINE & Scope("x") & Client(CLIENT), [ACCESS], id="a machine with a scope"),
        pytest.param(A & SignedInWithin(60) & Acr("urn:cognito:loa:3"), [ACCESS], id="a person with all"),
        pytest.param(A & Scope("x"), [ACCESS, ID], id="in one kind of token"),
        pytest.param(A & Acr("gold"), [GROUPED], id="a provider with groups and levels"),
        pytest.param(A | Scope("x"), [PARTNER], id="one of two ways"),
        pytest.param(Scope("x") & TokenUse("id"), [PARTNER], id="a provider's ID token with scopes"),
        pytest.param(~A & Amr("authenticated"), [GUESTS], id="not to be in a group"),
        pytest.param(IdentityProvider("accounts.google.com"), [GUESTS], id="a provider of an identity pool"),
        pytest.param(MACHINE & Acr("gold", default="gold"), [GROUPED], id="a level by default"),
        pytest.param(MACHINE & Amr("mfa", default=["mfa"]), [ACCESS], id="methods by default"),
        pytest.param(Client("other"), [BOTH], id="any client"),
        pytest.param(Claim("token_use", one_of=["id", "x"]), [ID], id="the use that it is"),
        pytest.param(Claim("sub", equals="x"), [ACCESS], id="a subject"),
        pytest.param(Claim("sub", starts_with="x"), [ACCESS], id="the start of a subject"),
        pytest.param(Claim("x", equals=1) & Claim("x", one_of=[1, 2]), [], id="a value twice"),
        pytest.param(Claim("x", equals=1) & Claim("y", equals=2), [], id="values of two claims"),
        pytest.param(Claim("x", contains=1) & Claim("x", contains=2), [], id="a list with two"),
        pytest.param(Issuer("staff") & A | Issuer("partner") & Scope("x"), [ACCESS, PARTNER], id="each its own"),
        pytest.param(A, [ACCESS, FRONT], id="beside a load balancer"),
    ],
)
def test_what_somebody_can_meet_is_not(rule: Rule, issuers: Sequence[AnyIssuer]) -> None:
    """A warning that is wrong is worse than none."""
    assert [] == topics(Policy(roles={"r": rule}, routes=[Route("GET /", "r")]), *issuers)


WHO = [
    principal({"acr": "urn:cognito:loa:3", "amr": ["mfa"]}, groups="a", scopes=["x"]),
    principal(scopes=["x"]),
    principal({"username": ABSENT, "auth_time": ABSENT}, scopes=["x"]),
    principal({"x": 1}, groups="b"),
]
LEAVES: list[Rule] = [
    A,
    Scope("x"),
    MACHINE,
    PERSON,
    TokenUse("access"),
    TokenUse("id"),
    SignedInWithin(10**6),
    Acr("urn:cognito:loa:3", default=""),
    Client(CLIENT),
    Client("other"),
    Claim("x", equals=1, default=2),
    Claim("token_use", equals="access", default=""),
    AUTHENTICATED,
]
RULES: st.SearchStrategy[Rule] = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.tuples(inner, inner).map(lambda two: two[0] & two[1])
        | st.tuples(inner, inner).map(lambda two: two[0] | two[1])
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(rule=RULES, negated=st.booleans(), who=st.sampled_from(WHO))
def test_what_a_principal_meets_can_be_met(rule: Rule, negated: bool, who: Any) -> None:  # noqa: FBT001  drawn
    """Whatever the rule: who is let in by it is a token of one of the kinds that could be."""
    plain = rule if not negated or any(leaf.silent_on_absence for leaf in rule.leaves()) else ~rule
    pool = UserPool(POOL_ID, clients=ANY_CLIENT, name=who.issuer_name)
    worlds = [world for world in worlds_of([pool]) if world.machine is who.is_machine and world.use == who.token_use]
    for chances in ([chance(plain, world) for world in worlds], [chance(plain, world) for world in worlds_of([])]):
        assert any(each.yes for each in chances) or not plain.holds(who, NOW)
        assert any(each.no for each in chances) or plain.holds(who, NOW)


# -- Other findings ----------------------------------------------------------------------------------------------------


def test_roles_that_no_route_uses_are_found() -> None:
    """Those too that only such roles use; what an api's route or a denial uses is used."""
    policy = Policy(
        roles={"a": A, "b": "a", "c": "b", "d": A, "e": A, "f": "e", "g": A},
        routes=[Route("GET /", "b | b", deny="d")],
        apis=[Api("x", [Route("GET /x", "g")])],
    )
    assert [("unused_role", f"roles.{name}") for name in "cef"] == topics(policy)


@pytest.mark.parametrize("name", ["custom:dept", "email", "preferred_username", "zoneinfo"])
def test_rules_on_what_users_write_are_found(name: str) -> None:
    """Where they are written, and not at every route that uses the role."""
    claim = Claim(name, equals="x", default="")
    policy = Policy(
        roles={"r": claim & A, "s": "r"}, routes=[Route("GET /", "s"), Route("GET /x", A, deny=claim | claim)]
    )
    assert [("user_writable", "roles.r"), ("user_writable", "route 'GET /x': deny")] == topics(policy)
    (text, _) = [finding.text for finding in findings(policy)]
    assert text.startswith(f"users can write {name} themselves unless the app client forbids it")


@pytest.mark.parametrize("name", ["sub", "email_verified", "cognito:username", "dept", "identities"])
def test_rules_on_what_users_cannot_write_are_not(name: str) -> None:
    """Cognito writes these itself, or a trigger does."""
    assert [] == topics(Policy(routes=[Route("GET /", Claim(name, present=True))]))


def test_routes_in_shadow_mode_are_found() -> None:
    """So that nobody believes in them for long."""
    policy = Policy(
        routes=[Route("GET /a", PUBLIC, mode="shadow")], apis=[Api("x", [Route("GET /b", A, mode="shadow")])]
    )
    assert [("shadow", "route 'GET /a'"), ("shadow", "api 'x': route 'GET /b'")] == topics(policy)


def test_denials_that_everybody_meets_are_found() -> None:
    """Such a route refuses everybody."""
    policy = Policy(routes=[Route("GET /a", A, deny=AUTHENTICATED), Route("GET /b", A, deny=MACHINE | PERSON)])
    assert [("always_met", "route 'GET /a'"), ("always_met", "route 'GET /b'")] == topics(policy)
    assert [("always_met", "route 'GET /'")] == topics(Policy(routes=[Route("GET /", AUTHENTICATED, deny=~A)]), GUESTS)


def test_a_finding_says_why() -> None:
    """Which condition it is, or that they are at odds with each other."""
    assert ["roles.r: nobody can meet it: no accepted token can meet needs scope x"] == [
        str(finding)
        for finding in findings(Policy(roles={"r": Scope("x")}, routes=[Route("GET /", A, deny="r")]), [ID])
    ][:1]
    (finding,) = findings(Policy(routes=[Route("GET /", MACHINE & PERSON)]))
    text = "nobody can meet it: its conditions exclude each other"
    assert Finding(Topic.UNMEETABLE, "route 'GET /': allow", text) == finding


def test_policies_have_warnings_of_their_own() -> None:
    """Without issuers, what would be so with any."""
    policy = Policy(roles={"r": MACHINE & PERSON})
    assert findings(policy) == policy.warnings()
    assert findings(policy, [ID]) == policy.warnings([ID])
    assert 2 == len(policy.warnings())


# -- Resources ---------------------------------------------------------------------------------------------------------

HERE = "https://api.example"
OTHER = UserPool("eu-west-1_Other1234", clients={CLIENT}, name="other", audience="https://other.example")


@pytest.mark.parametrize(
    ("issuers", "pools"),
    [
        pytest.param([ACCESS], [POOL_ID], id="no audience"),
        pytest.param([BOUND], [], id="its own"),
        pytest.param([ACCESS, BOUND], [], id="its own, and none for machines"),
        pytest.param([BOUND, ACCESS], [], id="the other way round"),
        pytest.param([OTHER], [OTHER.pool_id], id="another"),
        pytest.param([ACCESS, OTHER], [POOL_ID, OTHER.pool_id], id="two pools"),
        pytest.param([ID], [], id="ID tokens, which nothing binds"),
        pytest.param([PARTNER, GUESTS, FRONT], [], id="no pool"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_a_resource_whose_tokens_would_be_refused(issuers: list[AnyIssuer | LoadBalancer], pools: list[str]) -> None:
    """Clients that find a pool by the resource ask it for a token that is bound to it, which `audience` must name."""
    for policy in (Policy(resource=HERE), Policy(apis=[Api("a", [], resource=HERE), Api("b", [])])):
        found = findings(policy, issuers)
        assert [("unbound", f"resource {HERE!r}")] * len(pools) == [(each.topic, each.where) for each in found]
        assert [True] * len(pools) == [pool in each.text for pool, each in zip(pools, found, strict=True)]
    assert [] == findings(Policy(apis=[Api("a", [])]), issuers)


# -- Guests ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param({"allow": AUTHENTICATED}, True, id="whoever has a token"),
        pytest.param({"allow": PERSON}, True, id="whoever is no machine"),
        pytest.param({"allow": Issuer("guests")}, True, id="the pool's own"),
        pytest.param({"allow": Amr("unauthenticated")}, True, id="guests by name"),
        pytest.param({"allow": AUTHENTICATED, "deny": Amr("mfa", default=[])}, True, id="a denial of others"),
        pytest.param({"allow": PUBLIC}, False, id="everybody"),
        pytest.param({"allow": Amr("authenticated")}, False, id="those who signed in"),
        pytest.param({"allow": Issuer("staff")}, False, id="another issuer's"),
        pytest.param({"allow": IdentityProvider("accounts.google.com", any_issuer=True)}, False, id="a provider's"),
        pytest.param({"allow": AUTHENTICATED, "deny": Amr("unauthenticated", default=[])}, False, id="denied"),
        pytest.param({"allow": AUTHENTICATED, "mode": "shadow"}, False, id="in shadow mode"),
    ],
)
def test_guests_of_an_identity_pool(options: Any, found: bool) -> None:  # noqa: FBT001  a column
    """Have good tokens, so that whoever lets all of these in lets in guests: worth a look."""
    policy = Policy(routes=[Route("GET /", **options)])
    told = topics(policy, ACCESS, GUESTS)
    assert found is (("guests", "route 'GET /'") in told)
    assert ("guests", "route 'GET /'") not in topics(policy, ACCESS)
