"""Mappings: what they take, and what they find in a token or by rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import ConfigurationError
from cogauth.identity import Ambiguity, Because, Doubt, MappingRule, MappingType, RoleMapping
from tests.identity.cases import A, B, C

TOKEN = RoleMapping("Token", "Deny")
RULE = MappingRule("c", "Equals", "v", A)

# AWS, "Using role-based access control", section "Using tokens to assign roles to users".
BY_TOKEN: list[Any] = [
    pytest.param({"cognito:preferred_role": A}, None, Because.PREFERRED_ROLE, A, id="the preferred one"),
    pytest.param({"cognito:roles": [B, A], "cognito:preferred_role": A}, None, Because.PREFERRED_ROLE, A, id="of two"),
    pytest.param({"cognito:roles": [B], "cognito:preferred_role": A}, None, Because.PREFERRED_ROLE, A, id="unlisted"),
    pytest.param({"cognito:roles": [A, B]}, None, Because.AMBIGUOUS_DENIED, None, id="two, none preferred"),
    pytest.param({"cognito:roles": [A]}, None, Because.AMBIGUOUS_DENIED, None, id="one, not preferred"),
    pytest.param({"cognito:roles": [A, B], "cognito:preferred_role": A}, B, Because.CUSTOM_ROLE, B, id="asked for"),
    pytest.param({"cognito:roles": [A, B]}, B, Because.CUSTOM_ROLE, B, id="asked for, none preferred"),
    pytest.param(
        {"cognito:roles": f"{A},{B}"}, B, Because.CUSTOM_ROLE, B, id="a string with commas, as AWS's page says"
    ),
    pytest.param({"cognito:roles": f" {A} , {B} "}, A, Because.CUSTOM_ROLE, A, id="and blanks"),
    pytest.param({"cognito:roles": f"{A},x,{B}"}, f"{A},x", Because.CUSTOM_ROLE, f"{A},x", id="a comma in a name"),
    pytest.param({"cognito:roles": f"{A},x,{B}"}, A, Because.CUSTOM_ROLE_REFUSED, None, id="which parts nothing"),
    pytest.param({"cognito:roles": [A]}, B, Because.CUSTOM_ROLE_REFUSED, None, id="another one"),
    pytest.param({"cognito:roles": [A]}, A.lower(), Because.CUSTOM_ROLE_REFUSED, None, id="in another case"),
    pytest.param({"cognito:roles": [A]}, "", Because.CUSTOM_ROLE_REFUSED, None, id="an empty one"),
    pytest.param({"cognito:preferred_role": A}, A, Because.CUSTOM_ROLE_REFUSED, None, id="preferred, but not allowed"),
    pytest.param({}, A, Because.CUSTOM_ROLE_REFUSED, None, id="without roles"),
]

MALFORMED: list[Any] = [
    {"cognito:preferred_role": ""},
    {"cognito:preferred_role": None},
    {"cognito:preferred_role": "Admin"},
    {"cognito:preferred_role": [A]},
    {"cognito:preferred_role": True},
    {"cognito:roles": None, "cognito:preferred_role": A},
    {"cognito:roles": "", "cognito:preferred_role": A},
    {"cognito:roles": 5, "cognito:preferred_role": A},
    {"cognito:roles": {A: A}, "cognito:preferred_role": A},
    {"cognito:roles": [A, None], "cognito:preferred_role": A},
    {"cognito:roles": [[A]], "cognito:preferred_role": A},
    {"cognito:roles": ["Admin"], "cognito:preferred_role": A},
    {"cognito:roles": f"{A}; {B}", "cognito:preferred_role": A},
]


@pytest.mark.parametrize(("claims", "custom", "because", "role"), BY_TOKEN)
def test_by_token(claims: Any, custom: str | None, because: Because, role: str | None) -> None:
    """As AWS describes it, without a doubt."""
    found = TOKEN.find(claims, custom, "element")
    assert (because, role, None, frozenset()) == found


@pytest.mark.parametrize("claims", MALFORMED, ids=str)
@pytest.mark.parametrize("custom", [None, A])
def test_malformed_role_claims(claims: Any, custom: str | None) -> None:
    """What no user pool writes leads to no role, and no default either."""
    assert (Because.MALFORMED_CLAIM, None) == TOKEN.find(claims, custom, "element")[:2]


@pytest.mark.parametrize("claims", [{}, {"cognito:groups": ["a"]}, {"cognito:roles": []}])
def test_no_roles_at_all(claims: Any) -> None:
    """That this is ambiguous is what happens, and not documented."""
    assert (Because.AMBIGUOUS_DENIED, None, None, frozenset((Doubt.NO_ROLES,))) == TOKEN.find(claims, None, "element")


RULES = RoleMapping(
    "Rules",
    "Deny",
    [
        MappingRule("c", "Equals", "v", A),
        MappingRule("c", "StartsWith", "v", B),
        MappingRule("d", "Equals", "w", C),
        MappingRule("d", "NotEqual", "w", A),
    ],
)


# AWS, "Using role-based access control", section "Using rule-based mapping to assign roles to users".
@pytest.mark.parametrize(
    ("claims", "custom", "because", "role", "rule"),
    [
        pytest.param({"c": "v", "d": "w"}, None, Because.RULE, A, 1, id="the first that matches"),
        pytest.param({"c": "vv", "d": "w"}, None, Because.RULE, B, 2, id="the first of the others"),
        pytest.param({"d": "w"}, None, Because.RULE, C, 3, id="a claim that is there"),
        pytest.param({"d": "x"}, None, Because.RULE, A, 4, id="the last"),
        pytest.param({"c": "x"}, None, Because.AMBIGUOUS_DENIED, None, None, id="none"),
        pytest.param({}, None, Because.AMBIGUOUS_DENIED, None, None, id="no claim"),
        pytest.param({"c": "v", "d": "w"}, C, Because.CUSTOM_ROLE, C, 3, id="one that is asked for, out of order"),
        pytest.param({"c": "vv", "d": "x"}, A, Because.CUSTOM_ROLE, A, 4, id="by a later rule"),
    ],
)
def test_by_rules(claims: Any, custom: str | None, because: Because, role: str | None, rule: int | None) -> None:
    """In order, the first that matches; a role that is asked for overrides the order."""
    assert (because, role, rule, frozenset()) == RULES.find(claims, custom, "element")


@pytest.mark.parametrize("claims", [{"c": "v"}, {"c": "x"}, {}])
def test_a_role_that_no_rule_gives(claims: Any) -> None:
    """Is refused, of which AWS says nothing."""
    assert (Because.CUSTOM_ROLE_REFUSED, None, None, frozenset((Doubt.CUSTOM_ROLE,))) == RULES.find(
        claims, C, "element"
    )


def test_doubts_of_rules_add_up() -> None:
    """Those of every rule that was looked at; not of those behind the one that decides."""
    claims = {"c": ["x"], "d": True, "e": ""}
    rules = [
        MappingRule("c", "Equals", "v", A),
        MappingRule("d", "Equals", "true", B),
        MappingRule("e", "NotEqual", "x", C),
    ]
    found = RoleMapping("Rules", "Deny", rules).find(claims, None, "element")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a list as JSON has it
    assert (Because.RULE, B, 2, frozenset((Doubt.ARRAY, Doubt.NOT_STRING))) == found


@given(
    claims=st.dictionaries(st.sampled_from("cd"), st.sampled_from(["v", "w", "vv", "x"])),
    custom=st.none() | st.sampled_from([A, B, C]),
)
def test_a_rule_that_decides_matches_and_no_earlier_one_does(claims: dict[str, Any], custom: str | None) -> None:
    """Whatever the claims say; a role that is found is that of the rule, and the one that was asked for."""
    found = RULES.find(claims, custom, "element")
    giving = [
        number
        for number, rule in enumerate(RULES.rules, 1)
        if rule.match(claims).met and custom in (None, rule.role_arn)
    ]
    assert (giving[0] if giving else None) == found.rule
    assert (RULES.rules[found.rule - 1].role_arn if found.rule else None) == found.role_arn


# -- What the API takes ------------------------------------------------------------------------------------------------


def test_what_the_api_takes() -> None:
    """It is kept as it was given."""
    mapping = RoleMapping("Rules", "AuthenticatedRole", [RULE] * 25)
    assert (MappingType.RULES, Ambiguity.AUTHENTICATED_ROLE) == (mapping.type, mapping.ambiguous_role_resolution)
    assert 25 == len(mapping.rules)
    assert mapping == RoleMapping(MappingType.RULES, Ambiguity.AUTHENTICATED_ROLE, (RULE,) * 25)
    assert mapping != RoleMapping("Rules", "Deny", [RULE] * 25)
    assert mapping == eval(repr(mapping))
    assert "RoleMapping('Token', 'Deny')" == repr(TOKEN)


REFUSED: list[Any] = [
    (("token", "Deny"), "type"),
    ((None, "Deny"), "type"),
    (("", "Deny"), "type"),
    (("Token", "deny"), "ambiguous_role_resolution"),
    (("Token", ""), "ambiguous_role_resolution"),
    (("Token", None), "ambiguous_role_resolution"),
    (("Token", "Deny", [RULE]), "rules"),
    (("Rules", "Deny"), "rules"),
    (("Rules", "Deny", []), "rules"),
    (("Rules", "Deny", [RULE] * 26), "rules"),
    (("Rules", "Deny", [{"Claim": "c"}]), "rules"),
    (("Rules", "Deny", "rules"), "rules"),
    (("Rules", "Deny", None), "rules"),
]


@pytest.mark.parametrize(("arguments", "argument"), REFUSED, ids=str)
def test_what_the_api_would_not_take_is_refused(arguments: Any, argument: str) -> None:
    """The message names the argument."""
    with pytest.raises(ConfigurationError) as caught:
        RoleMapping(*arguments)
    assert [True] == [problem.startswith(f"RoleMapping: {argument}: ") for problem in caught.value.problems]
