"""Claim rules: by type and value, false of what is absent, and never of a value that no claim can have."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from cogauth import Claim, ConfigurationError
from tests.support.principals import principal
from tests.support.tokens import ABSENT, NOW


def holds(rule: Claim, said: object) -> bool:
    """Ask the rule about a principal whose token says *said* of `custom:x`, or nothing."""
    return rule.holds(principal({"custom:x": said}), NOW)


# What differs from each other, though to Python some of it is equal.
SCALARS: list[str | int | float | bool] = [1, "1", True, 1.0, 0, False, "", "true", 0.5, "a"]


@pytest.mark.parametrize("value", SCALARS, ids=repr)
def test_one_value_equals_itself_alone(value: Any) -> None:
    """`1`, `"1"`, `true` and `1.0` are four things: each equals the one of its own type."""
    assert [repr(value)] == [repr(said) for said in SCALARS if holds(Claim("custom:x", equals=value), said)]


@pytest.mark.parametrize("value", SCALARS, ids=repr)
def test_every_test_compares_likewise(value: Any) -> None:
    """`one_of`, `contains` and `not_equals` know the same four things."""
    for said in SCALARS:
        same = holds(Claim("custom:x", equals=value), said)
        assert same is holds(Claim("custom:x", one_of=[value]), said)
        assert same is holds(Claim("custom:x", contains=value), (said,))
        assert same is not holds(Claim("custom:x", not_equals=value), said)


@pytest.mark.parametrize(
    ("rule", "said", "held"),
    [
        pytest.param(Claim("custom:x", equals="risk"), "risk", True, id="equals"),
        pytest.param(Claim("custom:x", equals="risk"), "Risk", False, id="equals, another case"),
        pytest.param(Claim("custom:x", equals="risk"), " risk", False, id="equals, a space before"),
        pytest.param(Claim("custom:x", equals="risk"), ("risk",), False, id="equals, an array of it"),
        pytest.param(Claim("custom:x", equals="risk"), None, False, id="equals, null"),
        pytest.param(Claim("custom:x", equals="risk"), MappingProxyType({"risk": 1}), False, id="equals, an object"),
        pytest.param(Claim("custom:x", equals="é"), "e\u0301", False, id="equals, another normal form"),
        pytest.param(Claim("custom:x", not_equals="risk"), "legal", True, id="not equals"),
        pytest.param(Claim("custom:x", not_equals="risk"), "risk", False, id="not equals, the same"),
        pytest.param(Claim("custom:x", not_equals="risk"), None, True, id="not equals, null"),
        pytest.param(Claim("custom:x", one_of={"risk", "legal"}), "legal", True, id="one of"),
        pytest.param(Claim("custom:x", one_of={"risk", "legal"}), "sales", False, id="one of, another"),
        pytest.param(Claim("custom:x", one_of={"risk", "legal"}), ("risk",), False, id="one of, an array"),
        pytest.param(Claim("custom:x", contains="risk"), ("legal", "risk"), True, id="contains"),
        pytest.param(Claim("custom:x", contains="risk"), ("legal",), False, id="contains, another"),
        pytest.param(Claim("custom:x", contains="risk"), (), False, id="contains, an empty array"),
        pytest.param(Claim("custom:x", contains="risk"), "risk", False, id="contains, the very string"),
        pytest.param(Claim("custom:x", contains="is"), "risk", False, id="contains, a part of a string"),
        pytest.param(Claim("custom:x", contains="a"), "[a b]", False, id="contains, a string that looks like a list"),
        pytest.param(Claim("custom:x", contains="risk"), (("risk",),), False, id="contains, deeper"),
        pytest.param(
            Claim("custom:x", contains="k"), MappingProxyType({"k": 1}), False, id="contains, an object's key"
        ),
        pytest.param(Claim("custom:x", starts_with="ri"), "risk", True, id="starts with"),
        pytest.param(Claim("custom:x", starts_with="ri"), "a risk", False, id="starts with, in the middle"),
        pytest.param(Claim("custom:x", starts_with="ri"), "RISK", False, id="starts with, another case"),
        pytest.param(Claim("custom:x", starts_with="ri"), ("risk",), False, id="starts with, an array"),
        pytest.param(Claim("custom:x", starts_with="1"), 17, False, id="starts with, a number"),
        pytest.param(Claim("custom:x", present=True), "anything", True, id="present"),
        pytest.param(Claim("custom:x", present=True), "", True, id="present, empty"),
        pytest.param(Claim("custom:x", present=True), False, True, id="present, false"),
        pytest.param(Claim("custom:X", present=True), "a", False, id="present, another name"),
    ],
)
def test_each_test_of_a_claim(rule: Claim, said: object, held: bool) -> None:  # noqa: FBT001  a column
    """A claim is compared whole, case-sensitively, and never as text that it is not."""
    assert held is holds(rule, said)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Claim("custom:x", equals=""), id="equals the empty string"),
        pytest.param(Claim("custom:x", equals=False), id="equals false"),
        pytest.param(Claim("custom:x", equals=0), id="equals zero"),
        pytest.param(Claim("custom:x", not_equals="suspended"), id="not equals"),
        pytest.param(Claim("custom:x", one_of=["", "a"]), id="one of"),
        pytest.param(Claim("custom:x", contains="a"), id="contains"),
        pytest.param(Claim("custom:x", starts_with="a"), id="starts with"),
        pytest.param(Claim("custom:x", present=True), id="present"),
    ],
)
def test_a_claim_that_is_absent_meets_nothing(rule: Claim) -> None:
    """Not even `not_equals`: who has no status is not thereby of another status."""
    assert not holds(rule, ABSENT)
    assert (rule,) == rule.unmet(principal(), NOW)


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        pytest.param(Claim("custom:x", equals="a", default="a"), True, id="equals its default"),
        pytest.param(Claim("custom:x", equals="a", default="b"), False, id="equals, another default"),
        pytest.param(Claim("custom:x", equals=1, default=True), False, id="equals, a default of another type"),
        pytest.param(Claim("custom:x", not_equals="a", default=""), True, id="not equals"),
        pytest.param(Claim("custom:x", not_equals="a", default="a"), False, id="not equals its default"),
        pytest.param(Claim("custom:x", one_of=["a", "b"], default="c"), False, id="one of"),
        pytest.param(Claim("custom:x", contains="a", default=["a", "b"]), True, id="contains"),
        pytest.param(Claim("custom:x", contains="a", default=()), False, id="contains, empty"),
        pytest.param(Claim("custom:x", starts_with="a", default=""), False, id="starts with"),
    ],
)
def test_a_default_stands_for_an_absent_claim(rule: Claim, held: bool) -> None:  # noqa: FBT001  a column
    """A token without the claim is taken to say the default, and a negation is the opposite of that."""
    assert held is holds(rule, ABSENT)
    assert held is not (~rule).holds(principal(), NOW)


def test_a_default_never_stands_for_what_is_said() -> None:
    """A claim that is there counts, null included."""
    rule = Claim("custom:x", equals="a", default="a")
    assert not holds(rule, None)
    assert not holds(rule, "b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({}, "say exactly one of", id="no test"),
        pytest.param({"default": "a"}, "say exactly one of", id="a default alone"),
        pytest.param({"equals": "a", "contains": "a"}, "say exactly one of", id="two tests"),
        pytest.param({"equals": None}, "a value is a string, number or boolean", id="equals null"),
        pytest.param({"equals": ["a"]}, "a value is a string, number or boolean", id="equals a list"),
        pytest.param({"equals": {"a": 1}}, "a value is a string, number or boolean", id="equals an object"),
        pytest.param({"equals": b"a"}, "a value is a string, number or boolean", id="equals bytes"),
        pytest.param({"equals": float("nan")}, "a value is a string, number or boolean", id="equals NaN"),
        pytest.param({"not_equals": float("inf")}, "a value is a string, number or boolean", id="not equals infinity"),
        pytest.param({"contains": ["a"]}, "a value is a string, number or boolean", id="contains a list"),
        pytest.param({"one_of": "risk"}, "one_of takes a list", id="one of a string's letters"),
        pytest.param({"one_of": b"risk"}, "one_of takes a list", id="one of bytes"),
        pytest.param({"one_of": []}, "one_of takes a list", id="one of nothing"),
        pytest.param({"one_of": {"a": 1}}, "one_of takes a list", id="one of an object's keys"),
        pytest.param({"one_of": 5}, "one_of takes a list", id="one of a number"),
        pytest.param({"one_of": ["a", None]}, "a value is a string, number or boolean", id="one of null"),
        pytest.param({"one_of": [["a"]]}, "a value is a string, number or boolean", id="one of lists"),
        pytest.param({"one_of": [float("nan")]}, "a value is a string, number or boolean", id="one of NaN"),
        pytest.param({"starts_with": ""}, "starts_with takes a string that is not empty", id="starts with nothing"),
        pytest.param({"starts_with": 1}, "starts_with takes a string that is not empty", id="starts with a number"),
        pytest.param({"equals": 10**19}, "more than 19 digits", id="equals a number too long"),
        pytest.param({"not_equals": -(10**19)}, "more than 19 digits", id="not equals a number too long"),
        pytest.param({"one_of": [1, 10**400]}, "more than 19 digits", id="one of numbers too long"),
        pytest.param({"present": False}, "absence never helps", id="absent"),
        pytest.param({"present": 1}, "absence never helps", id="present, 1"),
        pytest.param({"equals": "a", "default": None}, "a value is a string, number or boolean", id="default null"),
        pytest.param({"equals": "a", "default": {}}, "a value is a string, number or boolean", id="default object"),
        pytest.param({"contains": "a", "default": [None]}, "a value is a string", id="default list of null"),
    ],
)
def test_what_no_claim_can_say_is_refused(options: dict[str, Any], message: str) -> None:
    """A condition that could never hold, or means two things, is a mistake and found while building."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        Claim("custom:x", **options)
    assert str(caught.value).startswith("Claim custom:x: ")


@pytest.mark.parametrize("name", ["", None, 5, ["custom:x"]], ids=repr)
def test_a_claim_has_a_name(name: Any) -> None:
    """A name is a string and not empty."""
    with pytest.raises(ConfigurationError, match="name the claim"):
        Claim(name, present=True)


def test_rules_of_values_that_python_takes_for_equal_are_two() -> None:
    """Rules are told apart by type as well: they share plans only if they mean the same."""
    rules = {Claim("custom:x", equals=value) for value in (1, 1.0, True, "1")}
    assert 4 == len(rules)
    assert Claim("custom:x", equals=1) != Claim("custom:x", equals=1, default=1)
    assert Claim("custom:x", equals=1, default=1) != Claim("custom:x", equals=1, default=True)
    assert Claim("custom:x", one_of=[1]) != Claim("custom:x", one_of=[True])


class Department(StrEnum):
    """How a program may name what its rules compare."""

    RISK = "risk"


class Level(IntEnum):
    """A number with a name."""

    HIGH = 3


@pytest.mark.parametrize(
    ("value", "plain"),
    [pytest.param(Department.RISK, "risk", id="a name"), pytest.param(Level.HIGH, 3, id="a number")],
)
def test_a_member_of_an_enumeration_is_its_value(value: Any, plain: Any) -> None:
    """It would equal no claim otherwise, for a claim is of a plain type."""
    assert Claim("custom:x", equals=plain) == Claim("custom:x", equals=value)
    assert holds(Claim("custom:x", equals=value), plain)
    assert holds(Claim("custom:x", one_of=[value]), plain)
    assert holds(Claim("custom:x", equals=plain, default=value), ABSENT)


@pytest.mark.parametrize("value", [10**19 - 1, 1 - 10**19, 2**53 + 1, 2**63])
def test_large_numbers_are_compared_to_the_last_digit(value: int) -> None:
    """An integer is no approximation: its neighbours are others, and so is the float nearest to it."""
    rule = Claim("custom:x", equals=value)
    assert holds(rule, value)
    assert not holds(rule, value - 1)
    assert not holds(rule, float(value))


def test_the_order_of_a_choice_means_nothing() -> None:
    """Two spellings of one set are one rule, whatever its types."""
    assert Claim("custom:x", one_of=["b", "a", 1, True]) == Claim("custom:x", one_of=(True, 1, "a", "b"))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(Claim("custom:x", present=True), "needs claim custom:x", id="present"),
        pytest.param(Claim("custom:x", equals="a"), "needs claim custom:x equals 'a'", id="equals"),
        pytest.param(Claim("custom:x", not_equals=1), "needs claim custom:x not equals 1", id="not equals"),
        pytest.param(Claim("custom:x", one_of={"b", "a"}), "needs claim custom:x one of ['a', 'b']", id="one of"),
        pytest.param(Claim("custom:x", starts_with="a"), "needs claim custom:x starts with 'a'", id="starts with"),
    ],
)
def test_a_claim_rule_reads_as_a_requirement(rule: Claim, text: str) -> None:
    """It shows what is asked for, of which type."""
    assert text == str(rule)
    assert text == repr(rule)
