"""Users: what a pool takes, and the form in which it keeps it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing.users import new_user


def test_a_user_has_a_random_sub() -> None:
    """`sub` is a version 4 UUID, another one for each user."""
    first, second = new_user("ana"), new_user("ana")
    assert 4 == uuid.UUID(first.sub).version
    assert first.sub != second.sub


def test_groups_keep_their_order() -> None:
    """Repetitions are dropped; a comma is a character."""
    assert ("b", "a,c", "a") == new_user("ana", ["b", "a,c", "b", "a"]).groups


@pytest.mark.parametrize(
    ("given", "stored"), [(True, True), (False, False), ("true", True), ("false", False)], ids=repr
)
@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified"])
def test_verified_flags_are_booleans(name: str, given: Any, *, stored: bool) -> None:
    """The API speaks of them as strings, ID tokens as booleans."""
    assert new_user("ana", attributes={name: given}).attributes[name] is stored


def test_other_attributes_stay_strings() -> None:
    """The custom attribute "true" is a string like any other."""
    attributes = {"custom:flag": "true", "name": "Ana", "department": "risk"}
    assert attributes == new_user("ana", attributes=attributes).attributes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"username": ""}, "username"),
        ({"groups": "admins"}, r"\['admins'\]"),
        ({"groups": ["admins", ""]}, "group"),
        ({"attributes": {"email_verified": "yes"}}, "email_verified"),
        ({"attributes": {"custom:age": 7}}, "custom:age"),
        ({"attributes": {"custom:flag": True}}, "custom:flag"),
        ({"attributes": {"sub": "x"}}, "sub"),
        ({"attributes": {"exp": "x"}}, "exp"),
        ({"attributes": {"cognito:groups": "x"}}, "cognito:groups"),
    ],
)
def test_what_a_pool_would_not_take_is_refused(arguments: dict[str, Any], message: str) -> None:
    """The message names the argument."""
    complete: dict[str, Any] = {"username": "ana", **arguments}
    with pytest.raises(ConfigurationError, match=message):
        new_user(**complete)
