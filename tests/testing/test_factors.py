"""Factors: the level and the methods that Cognito reports for a sign-in."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing.factors import strength_of


@pytest.mark.parametrize(
    ("factors", "level", "more"),
    [
        (["pwd"], 1, []),
        (["sms"], 2, []),
        (["email_otp"], 2, []),
        (["swk"], 3, []),
        (["hwk"], 3, []),
        (["pwd", "sms"], 3, ["mfa"]),
        (["pwd", "email_otp"], 3, ["mfa"]),
        (["pwd", "otp"], 4, ["mfa"]),
        (["pwd", "sms", "otp"], 4, ["mfa"]),
    ],
    ids=str,
)
def test_levels(factors: list[str], level: int, more: list[str]) -> None:
    """The table of AWS, in any order and with repetitions; `mfa` is for two or more factors."""
    for order in permutations(factors):
        assert (f"urn:cognito:loa:{level}", (*order, *more)) == strength_of([*order, order[0]])


def test_a_provider_that_reports_nothing() -> None:
    """`fed` stands alone, and what level it is depends on the pool."""
    assert (None, ("fed",)) == strength_of(["fed"])


@pytest.mark.parametrize(
    "factors", [[], ["mfa"], ["PWD"], ["pwd", ""], ["otp"], ["fed", "pwd"], ["pwd", "fed"]], ids=str
)
def test_no_sign_in_is_like_that(factors: list[str]) -> None:
    """A second factor without a first, a placeholder beside factors, and what is no factor."""
    with pytest.raises(ConfigurationError, match="factors"):
        strength_of(factors)


def test_one_string_is_no_collection() -> None:
    """The message says how to write it."""
    one: Any = "pwd"
    with pytest.raises(ConfigurationError, match=r"\['pwd'\]"):
        strength_of(one)
