"""The claims that groups of a user pool lead to; whose role is preferred is in tests/testing/test_groups.py."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.identity import UserGroup, group_claims
from tests.identity.cases import A, B


# AWS, "Understanding the identity (ID) token" and "Adding groups to a user pool".
@pytest.mark.parametrize(
    ("groups", "claims"),
    [
        pytest.param([], {}, id="no group"),
        pytest.param([UserGroup("a")], {"cognito:groups": ("a",)}, id="no role"),
        pytest.param(
            [UserGroup("a", 1, A), UserGroup("b", 0, B)],
            {"cognito:groups": ("a", "b"), "cognito:roles": (A, B), "cognito:preferred_role": B},
            id="the best of two",
        ),
        pytest.param(
            [UserGroup("a", 1, A), UserGroup("b", 1, B)],
            {"cognito:groups": ("a", "b"), "cognito:roles": (A, B)},
            id="a tie",
        ),
        pytest.param([UserGroup("a"), UserGroup("a", 1)], {"cognito:groups": ("a",)}, id="one group twice"),
    ],
)
def test_claims(groups: list[UserGroup], claims: dict[str, Any]) -> None:
    """What would be empty is left out."""
    assert claims == group_claims(iter(groups))


def test_a_group_is_a_value() -> None:
    """Equal by content, and written as it is made."""
    group = UserGroup("a", 1, A)
    assert group == UserGroup("a", precedence=1, role=A)
    assert group != UserGroup("a", 1, B)
    assert group == eval(repr(group))


@pytest.mark.parametrize("arguments", [(None,), (5,), ("a", None, 5), ("a", "1")], ids=str)
def test_what_is_no_group(arguments: Any) -> None:
    """Whatever its type."""
    with pytest.raises(ConfigurationError):
        UserGroup(*arguments)
