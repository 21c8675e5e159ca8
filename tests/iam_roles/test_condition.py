"""Conditions: each operator where the key has a value, several, or none."""

from __future__ import annotations

import pytest

from cogauth.iam_roles.condition import Answer, Request, every, inverse, met, some
from cogauth.iam_roles.glob import reference
from cogauth.iam_roles.statement import Comparison

# AWS: "IAM JSON policy elements: Condition operators"; "Single-valued vs. multivalued context keys".
KNOWN = {"k:one": ("abc",), "k:many": ("abc", "xyz"), "k:empty": ()}


def answer(operator: str, key: str, *values: str, worst: bool = True, variables: bool = True) -> Answer:
    def is_open(name: str) -> bool:
        return name.startswith("aws:")

    request = Request(KNOWN, is_open, {"k:one": "abc"}.get if variables else None)
    return met([Comparison((), operator, key, values)], request, worst=worst)


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "k:one", ("abc",), True),
        ("StringEquals", "K:ONE", ("abc",), True),
        ("StringEquals", "k:one", ("x", "abc"), True),
        ("StringEquals", "k:one", ("ABC",), False),
        ("StringEquals", "k:one", ("a*",), False),
        ("StringEquals", "k:one", ("${k:one}",), True),
        ("StringEquals", "k:one", ("${k:two}",), None),
        ("StringEquals", "k:one", (reference("P"),), None),
        ("StringEquals", "k:one", (reference("P"), "abc"), True),
        ("StringNotEquals", "k:one", (reference("P"),), None),
        ("StringEquals", "k:none", ("abc",), False),
        ("StringEquals", "k:empty", ("abc",), False),
        ("StringEqualsIgnoreCase", "k:one", ("ABC",), True),
        ("StringEqualsIgnoreCase", "k:one", ("AB",), False),
        ("StringNotEquals", "k:one", ("abc", "x"), False),
        ("StringNotEquals", "k:one", ("x",), True),
        ("StringNotEquals", "k:none", ("abc",), True),
        ("StringNotEqualsIgnoreCase", "k:one", ("ABC",), False),
        ("StringLike", "k:one", ("a*",), True),
        ("StringLike", "k:one", ("A*",), False),
        ("StringNotLike", "k:one", ("a*",), False),
        ("StringEqualsIfExists", "k:one", ("x",), False),
        ("StringEqualsIfExists", "k:none", ("x",), True),
        ("ForAnyValue:StringEquals", "k:many", ("xyz",), True),
        ("ForAnyValue:StringEquals", "k:many", ("x",), False),
        ("ForAnyValue:StringEquals", "k:none", ("x",), False),
        ("ForAnyValue:StringNotEquals", "k:none", ("x",), False),
        ("ForAnyValue:StringNotEquals", "k:many", ("abc",), True),
        ("ForAllValues:StringEquals", "k:many", ("xyz",), False),
        ("ForAllValues:StringEquals", "k:many", ("xyz", "abc"), True),
        ("ForAllValues:StringEquals", "k:none", ("x",), True),
        ("ForAllValues:StringEquals", "k:empty", ("x",), True),
        ("ForAllValues:StringNotEquals", "k:many", ("abc",), False),
        ("Null", "k:none", ("true",), True),
        ("Null", "k:none", ("false",), False),
        ("Null", "k:empty", ("false",), False),
        ("Null", "k:one", ("false",), True),
        ("Null", "k:one", ("True",), False),
    ],
)
def test_operators(operator: str, key: str, values: tuple[str, ...], *, expected: Answer) -> None:
    """What AWS says, for each case; letter case of keys does not count."""
    assert expected is answer(operator, key, *values)


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        pytest.param("StringEquals", "aws:SourceIp", ("x",), id="of any request"),
        pytest.param("Null", "aws:SourceIp", ("true",), id="whether there is such a key"),
        pytest.param("NumericEquals", "k:one", ("1",), id="no string"),
        pytest.param("ArnLike", "k:one", ("x",), id="an ARN"),
        pytest.param("Nonsense", "k:one", ("x",), id="no operator"),
        pytest.param("StringEquals", "k:many", ("abc",), id="several values without a quantifier"),
    ],
)
def test_what_is_not_known_is_the_worst(operator: str, key: str, values: tuple[str, ...]) -> None:
    """Met where it allows, and not where it denies."""
    assert answer(operator, key, *values, worst=True) is True
    assert answer(operator, key, *values, worst=False) is False


def test_without_variables() -> None:
    """The older version of the language compares the text."""
    assert answer("StringEquals", "k:one", "${k:one}", variables=False) is False


@pytest.mark.parametrize(
    ("answers", "all_of", "one_of"),
    [
        ([], True, False),
        ([True], True, True),
        ([True, None], None, True),
        ([False, None], False, None),
        ([True, False], False, True),
        ([None], None, None),
    ],
)
def test_three_answers(answers: list[Answer], *, all_of: Answer, one_of: Answer) -> None:
    """What is not known counts only where it decides."""
    assert all_of is every(answers)
    assert one_of is some(answers)
    assert (None if one_of is None else not one_of) is inverse(one_of)
