"""Rules of a mapping: what they take, and what they match."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import ConfigurationError
from cogauth.identity import Doubt, MappingRule, MatchType
from tests.identity.cases import ROLE, A

# AWS, "Using role-based access control", section "Using rule-based mapping to assign roles to users".
DOCUMENTED = [
    pytest.param("Equals", "Sales", {"c": "Sales"}, True, id="equal"),
    pytest.param("Equals", "Sales", {"c": "Sales team"}, False, id="more than equal"),
    pytest.param("Equals", "Sales", {}, False, id="equal, absent"),
    pytest.param("NotEqual", "Sales", {"c": "Legal"}, True, id="not equal"),
    pytest.param("NotEqual", "Sales", {"c": "Sales"}, False, id="not not equal"),
    pytest.param("NotEqual", "Sales", {}, False, id="not equal, absent: not evaluated"),
    pytest.param("NotEqual", "Sales", {"d": "Legal"}, False, id="not equal, another claim"),
    pytest.param("StartsWith", "Sal", {"c": "Sales"}, True, id="begins so"),
    pytest.param("StartsWith", "Sal", {"c": "Sal"}, True, id="begins so and ends"),
    pytest.param("StartsWith", "ales", {"c": "Sales"}, False, id="goes on so"),
    pytest.param("StartsWith", "Sales", {"c": "Sal"}, False, id="too short"),
    pytest.param("StartsWith", "Sal", {}, False, id="begins, absent"),
    pytest.param("Contains", "ale", {"c": "Sales"}, True, id="a part"),
    pytest.param("Contains", "Sales", {"c": "Sales"}, True, id="the whole"),
    pytest.param("Contains", "Sales team", {"c": "Sales"}, False, id="no part"),
    pytest.param("Contains", "ale", {}, False, id="a part, absent"),
]

# Nowhere documented; docs/identity-pools.md has what is decided here.
DECIDED = [
    pytest.param("Equals", "sales", "Sales", False, {"letter_case"}, id="another case"),
    pytest.param("NotEqual", "sales", "Sales", True, {"letter_case"}, id="not the case"),
    pytest.param("StartsWith", "SAL", "Sales", False, {"letter_case"}, id="begins in another case"),
    pytest.param("Contains", "ALE", "Sales", False, {"letter_case"}, id="a part in another case"),
    pytest.param("Equals", "a", ["a", "b"], True, {"array"}, id="an element"),
    pytest.param("Equals", "b", ["a", "b"], True, {"array"}, id="the last element"),
    pytest.param("Equals", "c", ["a", "b"], False, {"array"}, id="no element"),
    pytest.param("Equals", "a,b", ["a", "b"], False, {"array"}, id="elements joined"),
    pytest.param("Contains", "admin", ["admin"], True, {"array"}, id="contains an element"),
    pytest.param("Contains", "admin", ["not-admin"], False, {"array"}, id="contains a part of an element"),
    pytest.param("StartsWith", "ad", ["x", "admin"], True, {"array"}, id="an element begins so"),
    pytest.param("NotEqual", "a", ["b", "c"], True, {"array"}, id="no element is it"),
    pytest.param("NotEqual", "a", ["b", "a"], False, {"array"}, id="an element is it"),
    pytest.param("NotEqual", "a", [], False, {"empty"}, id="an empty array"),
    pytest.param("Equals", "a", [], False, {"empty"}, id="equal to an empty array"),
    pytest.param("NotEqual", "a", "", True, {"empty"}, id="an empty string"),
    pytest.param("StartsWith", "a", "", False, {"empty"}, id="an empty string begins"),
    pytest.param("Equals", "true", True, True, {"not_string"}, id="true"),
    pytest.param("Equals", "True", True, False, {"not_string", "letter_case"}, id="True"),
    pytest.param("Equals", "1", True, False, {"not_string"}, id="true is not one"),
    pytest.param("NotEqual", "true", False, True, {"not_string"}, id="false is not true"),
    pytest.param("Equals", "17", 17, True, {"not_string"}, id="an integer"),
    pytest.param("Equals", "1.5", 1.5, False, {"not_string"}, id="a fraction"),
    pytest.param("NotEqual", "1.5", 2.5, False, {"not_string"}, id="a fraction is nothing else either"),
    pytest.param("Equals", "null", None, False, {"not_string"}, id="null"),
    pytest.param("NotEqual", "x", None, False, {"not_string"}, id="null is nothing else either"),
    pytest.param("NotEqual", "x", {"a": "b"}, False, {"not_string"}, id="an object is nothing else either"),
    pytest.param("Contains", "a", {"a": "b"}, False, {"not_string"}, id="a member of an object"),
    pytest.param("Equals", "1", [1, "a"], True, {"array", "not_string"}, id="an integer in an array"),
    pytest.param("NotEqual", "x", ["a", None], False, {"array", "not_string"}, id="null in an array"),
    pytest.param("Equals", "a", [["a"]], False, {"array", "not_string"}, id="an array in an array"),
]


@pytest.mark.parametrize(("match_type", "value", "claims", "met"), DOCUMENTED)
def test_what_aws_documents(match_type: str, value: str, claims: dict[str, Any], met: bool) -> None:  # noqa: FBT001  a column
    """A claim that is a string, or absent; there is no doubt about it."""
    assert (met, frozenset()) == MappingRule("c", match_type, value, A).match(claims)


@pytest.mark.parametrize(("match_type", "value", "claim", "met", "doubts"), DECIDED)
def test_what_is_decided(match_type: str, value: str, claim: Any, met: bool, doubts: set[str]) -> None:  # noqa: FBT001  a column
    """What AWS does not document has an answer, and is told as a doubt."""
    assert (met, frozenset(map(Doubt, doubts))) == MappingRule("c", match_type, value, A).match({"c": claim})


@pytest.mark.parametrize(
    ("match_type", "value", "claim", "met"),
    [
        pytest.param("Contains", "admin", ["not-admin"], True, id="a part of an element"),
        pytest.param("Contains", "a, b", ["a", "b"], False, id="what lies between elements"),
        pytest.param("Equals", "admin", ["not-admin"], False, id="no other way to compare"),
        pytest.param("StartsWith", "admin", ["not-admin"], False, id="nor to begin"),
        pytest.param("Contains", "dmi", "admin", True, id="a string as always"),
    ],
)
def test_contains_as_text(match_type: str, value: str, claim: Any, met: bool) -> None:  # noqa: FBT001  a column
    """Whoever wants it takes `Contains` for a part of an element."""
    assert met is MappingRule("c", match_type, value, A).match({"c": claim}, "substring").met


TEXTS = st.text(st.sampled_from("aAb "), min_size=1, max_size=3)


@given(value=TEXTS, claim=TEXTS)
def test_a_string_is_equal_or_not(value: str, claim: str) -> None:
    """Exactly one of the two matches; whoever is equal begins so and has it as a part."""
    met = {each: MappingRule("c", each, value, A).match({"c": claim}).met for each in MatchType}
    assert met[MatchType.EQUALS] is not met[MatchType.NOT_EQUAL]
    assert met[MatchType.EQUALS] <= met[MatchType.STARTS_WITH] <= met[MatchType.CONTAINS]


@given(value=TEXTS, claim=st.lists(TEXTS, min_size=1, max_size=3))
def test_an_array_of_one_is_asked_as_its_element(value: str, claim: list[str]) -> None:
    """As text, an array matches where one of its elements does; and `NotEqual` where all of them do."""
    for each in MatchType:
        rule = MappingRule("c", each, value, A)
        alone = [rule.match({"c": element}).met for element in claim]
        wanted = all(alone) if each is MatchType.NOT_EQUAL else any(alone)
        assert wanted is rule.match({"c": tuple(claim)}, "substring").met


# -- What the API takes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "match_type", "value"),
    [("c" * 64, "Equals", "v" * 128), ("custom:größe", "NotEqual", " "), ("a+b/[c]", MatchType.CONTAINS, "ü")],
)
def test_what_the_api_takes(claim: str, match_type: str, value: str) -> None:
    """It is kept as it was given."""
    rule = MappingRule(claim, match_type, value, A)
    assert (claim, match_type, value, A) == (rule.claim, rule.match_type, rule.value, rule.role_arn)
    assert MappingRule(claim, match_type, value, A) == rule
    assert rule == eval(repr(rule))
    assert f"{claim} {match_type} {value!r}" == str(rule)


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"claim": ""}, "claim"),
        ({"claim": "c" * 65}, "claim"),
        ({"claim": "two words"}, "claim"),
        ({"claim": "c\n"}, "claim"),
        ({"claim": None}, "claim"),
        ({"match_type": "equals"}, "match_type"),
        ({"match_type": ""}, "match_type"),
        ({"match_type": None}, "match_type"),
        ({"match_type": ["Equals"]}, "match_type"),
        ({"value": ""}, "value"),
        ({"value": "v" * 129}, "value"),
        ({"value": True}, "value"),
        ({"role_arn": ""}, "role_arn"),
        ({"role_arn": None}, "role_arn"),
        ({"role_arn": "Admin"}, "role_arn"),
        ({"role_arn": "arn:aws:iam::111122223333:user/Ana"}, "role_arn"),
        ({"role_arn": "arn:aws:iam::1111222233:role/A"}, "role_arn"),
        ({"role_arn": f"{A}\n"}, "role_arn"),
        ({"role_arn": ROLE}, "role_arn"),
        ({"role_arn": f"{ROLE}a b"}, "role_arn"),
        ({"role_arn": ROLE + "x" * 2018}, "role_arn"),
    ],
    ids=str,
)
def test_what_the_api_would_not_take_is_refused(changes: dict[str, Any], argument: str) -> None:
    """The message names the argument."""
    arguments: dict[str, Any] = {"claim": "c", "match_type": "Equals", "value": "v", "role_arn": A, **changes}
    with pytest.raises(ConfigurationError) as caught:
        MappingRule(**arguments)
    assert [True] == [problem.startswith(f"MappingRule: {argument}: ") for problem in caught.value.problems]


def test_all_mistakes_are_told() -> None:
    """At once."""
    with pytest.raises(ConfigurationError) as caught:
        MappingRule("", "", "", "")
    assert 4 == len(caught.value.problems)
