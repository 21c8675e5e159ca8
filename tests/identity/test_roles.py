"""The choice of a role: for guests, logins of every kind of provider, and whoever has nothing to sign in with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import ConfigurationError, Principal, Verifier
from cogauth.identity import (
    Because,
    Doubt,
    IdentityPoolRoles,
    MappingRule,
    PrincipalTags,
    RoleChoice,
    RoleMapping,
    UserGroup,
    group_claims,
)
from cogauth.testing import LocalUserPool
from tests.identity.cases import (
    EVERYBODY,
    GUEST,
    PROVIDER,
    A,
    B,
    C,
    user,
    user_of,
    user_of_identity_pool,
    user_of_updated_issuer,
    user_with_access_token,
)
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import CLIENT, ISSUER, POOL_ID

GOOGLE = "https://accounts.google.com"
PARTNER = "https://login.partner.example/tenant"
PARTNER_ARN = "arn:aws:iam::111122223333:oidc-provider/login.partner.example/tenant"
ELSEWHERE_ARN = "arn:aws:iam::444455556666:oidc-provider/login.partner.example/tenant"
SAML = "arn:aws:iam::111122223333:saml-provider/Corp"

BY_RULE = RoleMapping("Rules", "Deny", [MappingRule("email", "StartsWith", "ana@", A)])
BY_TOKEN = RoleMapping("Token", "Deny")


def pool(**options: Any) -> IdentityPoolRoles:
    """The roles of a pool that has both defaults."""
    complete: dict[str, Any] = {"authenticated": EVERYBODY, "unauthenticated": GUEST, **options}
    return IdentityPoolRoles(IDENTITY_POOL_ID, **complete)


# -- Who gets which role -----------------------------------------------------------------------------------------------

# AWS, "Using role-based access control", and `SetIdentityPoolRoles` of the API reference.
CHOICES: list[Any] = [
    pytest.param({}, None, GUEST, Because.GUEST_ROLE, id="a guest"),
    pytest.param({"mappings": {PROVIDER: BY_RULE}}, None, GUEST, Because.GUEST_ROLE, id="a guest has no mapping"),
    pytest.param({"unauthenticated": None}, None, None, Because.NO_GUEST_ROLE, id="a guest where there is no role"),
    pytest.param({}, user(), EVERYBODY, Because.DEFAULT_ROLE, id="no mapping"),
    pytest.param({"authenticated": None}, user(), None, Because.NO_DEFAULT_ROLE, id="nor a default"),
    pytest.param({"mappings": {PROVIDER: BY_RULE}}, user(), A, Because.RULE, id="a rule"),
    pytest.param(
        {"mappings": {PROVIDER: BY_RULE}}, user({"email": "bo@example.com"}), None, Because.AMBIGUOUS_DENIED, id="none"
    ),
    pytest.param(
        {"mappings": {PROVIDER: RoleMapping("Rules", "AuthenticatedRole", BY_RULE.rules)}},
        user({"email": "bo@example.com"}),
        EVERYBODY,
        Because.AMBIGUOUS_DEFAULT,
        id="none, and a default",
    ),
    pytest.param(
        {"mappings": {PROVIDER: RoleMapping("Token", "AuthenticatedRole")}, "authenticated": None},
        user({"cognito:roles": [A, B]}),
        None,
        Because.NO_DEFAULT_ROLE,
        id="ambiguous, and no default",
    ),
    pytest.param(
        {"mappings": {PROVIDER: RoleMapping("Token", "AuthenticatedRole")}},
        user({"cognito:roles": [A, B]}),
        EVERYBODY,
        Because.AMBIGUOUS_DEFAULT,
        id="ambiguous, and a default",
    ),
    pytest.param(
        {"mappings": {PROVIDER: BY_TOKEN}},
        user({"cognito:roles": [A, B], "cognito:preferred_role": B}),
        B,
        Because.PREFERRED_ROLE,
        id="the preferred role",
    ),
    pytest.param(
        {"mappings": {PROVIDER: RoleMapping("Token", "AuthenticatedRole")}},
        user({"cognito:preferred_role": "Admin"}),
        None,
        Because.MALFORMED_CLAIM,
        id="malformed, in spite of a default",
    ),
    pytest.param({"mappings": {PROVIDER[:-1]: BY_RULE}}, user(), EVERYBODY, Because.DEFAULT_ROLE, id="another client"),
    pytest.param({"mappings": {PROVIDER.upper(): BY_RULE}}, user(), EVERYBODY, Because.DEFAULT_ROLE, id="in capitals"),
    pytest.param(
        {"mappings": {f"{ISSUER}:{CLIENT}": BY_RULE}}, user(), EVERYBODY, Because.DEFAULT_ROLE, id="with the scheme"
    ),
    pytest.param(
        {"mappings": {PROVIDER.partition(":")[0]: BY_RULE}}, user(), EVERYBODY, Because.DEFAULT_ROLE, id="no client"
    ),
    pytest.param({}, user_with_access_token(), None, Because.ACCESS_TOKEN, id="an access token"),
    pytest.param({"mappings": {PROVIDER: BY_RULE}}, user_with_access_token(), None, Because.ACCESS_TOKEN, id="mapped"),
    pytest.param(
        {"mappings": {"accounts.google.com": BY_RULE}},
        user_of(GOOGLE, {"email": "ana@x"}),
        A,
        Because.RULE,
        id="Google",
    ),
    pytest.param(
        {"mappings": {"https://accounts.google.com": BY_RULE}},
        user_of(GOOGLE, {"email": "ana@x"}),
        EVERYBODY,
        Because.DEFAULT_ROLE,
        id="Google with a scheme",
    ),
    pytest.param(
        {"mappings": {PARTNER_ARN: BY_RULE}}, user_of(PARTNER, {"email": "ana@x"}), A, Because.RULE, id="by its ARN"
    ),
    pytest.param(
        {"mappings": {PARTNER_ARN: BY_RULE}},
        user_of(PARTNER + "/x", {"email": "ana@x"}),
        EVERYBODY,
        Because.DEFAULT_ROLE,
        id="another issuer's ARN",
    ),
    pytest.param(
        {"mappings": {PARTNER_ARN + "/x": BY_RULE}},
        user_of(PARTNER, {"email": "ana@x"}),
        EVERYBODY,
        Because.DEFAULT_ROLE,
        id="an ARN that begins like it",
    ),
    pytest.param(
        {"mappings": {f"x{PARTNER_ARN}": BY_RULE}},
        user_of(PARTNER, {"email": "ana@x"}),
        EVERYBODY,
        Because.DEFAULT_ROLE,
        id="what is no ARN",
    ),
    pytest.param(
        {"mappings": {PARTNER_ARN: BY_RULE, ELSEWHERE_ARN: BY_RULE}},
        user_of(PARTNER, {"email": "ana@x"}),
        None,
        Because.UNCLEAR_PROVIDER,
        id="two ARNs of one issuer",
    ),
    pytest.param(
        {"mappings": {f"arn:aws:iam::111122223333:oidc-provider/{ISSUER.partition('://')[2]}": BY_RULE}},
        user(),
        A,
        Because.RULE,
        id="a user pool as an OpenID provider",
    ),
    pytest.param(
        {}, user_of_identity_pool(["authenticated", "p"]), EVERYBODY, Because.DEFAULT_ROLE, id="its own token"
    ),
    pytest.param({}, user_of_identity_pool(["unauthenticated"]), None, Because.NO_LOGIN, id="a guest's own token"),
    pytest.param(
        {},
        user_of_identity_pool(["authenticated"], "eu-west-1:aaaaaaaa-0000-4000-8000-5f0e3f1c0000"),
        None,
        Because.OTHER_POOL,
        id="another pool's token",
    ),
]


@pytest.mark.parametrize(("options", "who", "role", "because"), CHOICES)
def test_choices(options: dict[str, Any], who: Principal | None, role: str | None, because: Because) -> None:
    """As AWS documents them, without a doubt."""
    choice = pool(**options).choose_role(who)
    assert (role, because, frozenset()) == (choice.role_arn, choice.because, choice.doubts)


def test_what_a_choice_says() -> None:
    """The mapping, and of rules which one and on which claim."""
    choice = pool(mappings={PROVIDER: BY_RULE}).choose_role(user())
    assert (PROVIDER, 1, "email") == (choice.provider, choice.rule, choice.claim)
    assert f"a role: the first rule that matches; mapping of {PROVIDER}, rule 1 on email" == str(choice)
    assert f"<RoleChoice {choice}>" == repr(choice)
    assert choice == pool(mappings={PROVIDER: BY_RULE}).choose_role(user())
    denied = pool(unauthenticated=None).choose_role(None)
    assert (None, None, None) == (denied.provider, denied.rule, denied.claim)
    assert "denied: the pool has no role for guests" == str(denied)


@pytest.mark.parametrize("because", Because)
def test_every_reason_has_words(because: Because) -> None:
    """None says what a token said."""
    said = str(RoleChoice(None, because))
    assert said.startswith("denied: ")
    assert repr(RoleChoice(A, because)) == f"<RoleChoice a role: {said.removeprefix('denied: ')}>"


def test_no_claim_in_words() -> None:
    """Neither the role of a token nor what a rule compared it with."""
    rules = RoleMapping("Rules", "Deny", [MappingRule("email", "Equals", "ana@example.com", A)])
    token = user({"cognito:preferred_role": B})
    for mapping in (rules, BY_TOKEN):
        choice = pool(mappings={PROVIDER: mapping}).choose_role(token)
        assert choice.role_arn is not None
        for secret in ("ana@", A, B, "/A", "/B"):
            assert secret not in f"{choice} {choice!r}"


# -- A role that is asked for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "who", "custom", "role", "because", "doubts"),
    [
        pytest.param({}, None, GUEST, None, Because.CUSTOM_ROLE_REFUSED, {Doubt.CUSTOM_ROLE}, id="a guest"),
        pytest.param({}, user(), EVERYBODY, None, Because.CUSTOM_ROLE_REFUSED, {Doubt.CUSTOM_ROLE}, id="no mapping"),
        pytest.param(
            {"mappings": {PROVIDER: BY_RULE}}, user(), A, A, Because.CUSTOM_ROLE, (), id="one that a rule gives"
        ),
        pytest.param(
            {"mappings": {PROVIDER: RoleMapping("Rules", "AuthenticatedRole", BY_RULE.rules)}},
            user(),
            EVERYBODY,
            None,
            Because.CUSTOM_ROLE_REFUSED,
            {Doubt.CUSTOM_ROLE},
            id="the default, which no rule gives",
        ),
        pytest.param(
            {"mappings": {PROVIDER: RoleMapping("Token", "AuthenticatedRole")}},
            user({"cognito:roles": [A]}),
            B,
            None,
            Because.CUSTOM_ROLE_REFUSED,
            (),
            id="one that the token does not have, in spite of a default",
        ),
        pytest.param(
            {"mappings": {PROVIDER: BY_TOKEN}},
            user({"cognito:roles": [A, B], "cognito:preferred_role": A}),
            B,
            B,
            Because.CUSTOM_ROLE,
            (),
            id="one that the token has",
        ),
        pytest.param({}, user_with_access_token(), A, None, Because.ACCESS_TOKEN, (), id="an access token"),
    ],
)
def test_a_role_that_is_asked_for(
    options: dict[str, Any], who: Principal | None, custom: str, role: str | None, because: Because, doubts: Any
) -> None:
    """Is given where token or rules give it, and never falls back to another."""
    choice = pool(**options).choose_role(who, custom)
    assert (role, because, frozenset(doubts)) == (choice.role_arn, choice.because, choice.doubts)


@given(
    claims=st.fixed_dictionaries(
        {},
        optional={
            "cognito:roles": st.lists(st.sampled_from([A, B, C]), max_size=3),
            "cognito:preferred_role": st.sampled_from([A, B, C]),
            "email": st.sampled_from(["ana@x", "bo@x"]),
        },
    ),
    mapping=st.sampled_from([BY_RULE, BY_TOKEN, RoleMapping("Token", "AuthenticatedRole"), None]),
    custom=st.none() | st.sampled_from([A, B, C, EVERYBODY]),
)
def test_whoever_asks_for_a_role_gets_that_or_none(
    claims: dict[str, Any], mapping: RoleMapping | None, custom: str | None
) -> None:
    """And every role that is given is one that configuration or token names."""
    choice = pool(mappings={} if mapping is None else {PROVIDER: mapping}).choose_role_of_claims(
        claims, PROVIDER, custom
    )
    assert custom is None or choice.role_arn in (None, custom)
    named = {EVERYBODY, A, claims.get("cognito:preferred_role"), *claims.get("cognito:roles", ())}
    assert choice.role_arn in named | {None}


# -- Under which name the pool knows a login ---------------------------------------------------------------------------


def test_the_updated_issuer() -> None:
    """Is taken for the original one, which is not documented; whoever knows better says so."""
    who = user_of_updated_issuer()
    choice = pool(mappings={PROVIDER: BY_RULE}).choose_role(who)
    assert (A, frozenset((Doubt.PROVIDER,))) == (choice.role_arn, choice.doubts)
    updated = f"issuer-{PROVIDER}"
    choice = pool(mappings={updated: BY_RULE}).choose_role(who, provider=updated)
    assert (A, frozenset()) == (choice.role_arn, choice.doubts)
    assert Because.DEFAULT_ROLE is pool(mappings={updated: BY_RULE}).choose_role(who).because


def test_a_provider_that_is_named() -> None:
    """Is believed, also where two would fit; without a mapping it has the default."""
    roles = pool(mappings={PARTNER_ARN: BY_RULE, ELSEWHERE_ARN: BY_TOKEN})
    who = user_of(PARTNER, {"email": "ana@x"})
    assert A == roles.choose_role(who, provider=PARTNER_ARN).role_arn
    assert Because.AMBIGUOUS_DENIED is roles.choose_role(who, provider=ELSEWHERE_ARN).because
    assert Because.DEFAULT_ROLE is roles.choose_role(who, provider="login.partner.example").because
    assert Because.ACCESS_TOKEN is roles.choose_role(user_with_access_token(), provider=PARTNER_ARN).because


def test_a_provider_without_a_token() -> None:
    """Is no guest."""
    choice = pool().choose_role(None, provider=PROVIDER)
    assert (None, Because.NO_LOGIN) == (choice.role_arn, choice.because)


def test_role_claims_of_other_providers() -> None:
    """Are read, which is not documented."""
    roles = pool(mappings={"accounts.google.com": BY_TOKEN})
    choice = roles.choose_role(user_of(GOOGLE, {"cognito:preferred_role": A}))
    assert (A, frozenset((Doubt.FOREIGN_ROLES,))) == (choice.role_arn, choice.doubts)
    arn = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER.partition('://')[2]}"
    assert {Doubt.FOREIGN_ROLES, Doubt.NO_ROLES} == pool(mappings={arn: BY_TOKEN}).choose_role(user()).doubts


def test_a_provider_whose_tokens_look_like_a_user_pools() -> None:
    """Is none: its issuer does not end with the id of a user pool."""
    who = user_of(PARTNER, {"token_use": "id", "email": "ana@x"})
    assert A == pool(mappings={PARTNER_ARN: BY_RULE}).choose_role(who).role_arn


def test_logins_without_a_token_that_is_seen_here() -> None:
    """Such as SAML assertions are asked about by their claims."""
    rules = RoleMapping("Rules", "Deny", [MappingRule("https://x.example/dept", "Equals", "risk", A)])
    roles = pool(mappings={SAML: rules})
    assert A == roles.choose_role_of_claims({"https://x.example/dept": "risk"}, SAML).role_arn
    assert Because.AMBIGUOUS_DENIED is roles.choose_role_of_claims({}, SAML).because
    assert EVERYBODY == roles.choose_role_of_claims({}, "graph.facebook.com").role_arn


# -- From the groups to the role ---------------------------------------------------------------------------------------


def test_groups_before_they_are_deployed() -> None:
    """What a user pool would write leads to the role, as the token of an embedded pool does."""
    groups = [UserGroup("editors", 5, B), UserGroup("admins", 0, A), UserGroup("readers")]
    roles = pool(mappings={PROVIDER: BY_TOKEN})
    assert A == roles.choose_role_of_claims(group_claims(groups), PROVIDER).role_arn
    local = LocalUserPool(POOL_ID, clients={CLIENT})
    for group in groups:
        local.add_group(group.name, precedence=group.precedence, role=group.role)
    local.add_user("ana", groups=[group.name for group in groups])
    who = Verifier(local.issuer(token_use="id")).verify(local.sign_in("ana").id)
    assert A == roles.choose_role(who).role_arn
    assert B == roles.choose_role(who, B).role_arn
    assert None is roles.choose_role(who, C).role_arn
    assert group_claims(groups).items() <= dict(who.claims).items()


# -- Tags --------------------------------------------------------------------------------------------------------------


def test_tags_of_a_session() -> None:
    """Those of the login's provider, which for a user pool is named without the client."""
    mapped = PrincipalTags(PROVIDER.partition(":")[0], {"mail": "email", "dept": "custom:dept"})
    roles = pool(tags=[mapped])
    found = roles.tags_for(user())
    assert found is not None
    assert ({"mail": "ana@example.com"}, {"dept": "absent"}) == (found.tags, found.unfit)
    assert roles.needs_tag_session
    assert found == roles.tags_for(user_of_updated_issuer())
    assert None is roles.tags_for(user_with_access_token())
    assert None is roles.tags_for(user_of(GOOGLE))
    own = pool(tags=[PrincipalTags("cognito-identity.amazonaws.com", {"id": "sub"})])
    assert None is not own.tags_for(user_of_identity_pool(["authenticated"]))
    assert None is own.tags_for(user_of_identity_pool(["unauthenticated"]))
    assert found == roles.tags_for(user(), provider=PROVIDER)
    assert None is roles.tags_for(user(), provider=f"x{PROVIDER}")
    assert None is pool().tags_for(user())
    assert not pool().needs_tag_session
    by_arn = pool(tags=[PrincipalTags(PARTNER_ARN, {"id": "sub"})]).tags_for(user_of(PARTNER))
    assert by_arn is not None
    assert {"id": "s"} == by_arn.tags


# -- What the API takes ------------------------------------------------------------------------------------------------


def test_roles_are_values() -> None:
    """Equal by content, in whatever order the mappings stand; and silent."""
    one = pool(mappings={PROVIDER: BY_RULE, SAML: BY_TOKEN}, tags=[PrincipalTags(SAML)])
    other = pool(mappings={SAML: BY_TOKEN, PROVIDER: BY_RULE}, tags=[PrincipalTags(SAML)])
    assert one == other
    assert hash(one) == hash(other)
    for changed in ({"authenticated": A}, {"unauthenticated": None}, {"contains": "substring"}, {"tags": ()}):
        assert one != pool(**{"mappings": one.mappings, "tags": one.tags, **changed})
    assert f"<IdentityPoolRoles of {IDENTITY_POOL_ID}, 2 mappings>" == repr(one)
    with pytest.raises(AttributeError):
        one.authenticated = A
    with pytest.raises(TypeError):
        one.mappings[PROVIDER] = BY_TOKEN  # type: ignore[index]  # pyright: ignore[reportIndexIssue]  # what is tried


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"identity_pool_id": "eu-west-1_AbCdEf123"}, "identity_pool_id"),
        ({"identity_pool_id": None}, "identity_pool_id"),
        ({"authenticated": ""}, "authenticated"),
        ({"authenticated": "Admin"}, "authenticated"),
        ({"unauthenticated": 5}, "unauthenticated"),
        ({"mappings": [BY_RULE]}, "mappings"),
        ({"mappings": {PROVIDER: "Token"}}, "mappings"),
        ({"mappings": {5: BY_RULE}}, "mappings"),
        ({"mappings": {"": BY_RULE}}, "mappings"),
        ({"mappings": {"x" * 129: BY_RULE}}, "mappings"),
        ({"mappings": {f"p{number}": BY_TOKEN for number in range(11)}}, "mappings"),
        ({"tags": "x"}, "tags"),
        ({"tags": [{"dept": "custom:dept"}]}, "tags"),
        ({"tags": [PrincipalTags(SAML), PrincipalTags(SAML, {"a": "b"})]}, "tags"),
        ({"contains": "part"}, "contains"),
        ({"contains": None}, "contains"),
    ],
    ids=str,
)
def test_what_the_api_would_not_take_is_refused(options: dict[str, Any], argument: str) -> None:
    """The message names the argument."""
    complete: dict[str, Any] = {"identity_pool_id": IDENTITY_POOL_ID, **options}
    with pytest.raises(ConfigurationError) as caught:
        IdentityPoolRoles(**complete)
    assert [True] == [problem.startswith(f"IdentityPoolRoles: {argument}: ") for problem in caught.value.problems]


def test_as_much_as_the_api_takes() -> None:
    """Ten mappings, and provider names of 128 characters."""
    mappings = {f"{number:0128}": BY_TOKEN for number in range(10)}
    assert mappings == pool(mappings=mappings).mappings
