"""Groups: whose role is preferred, and what a pool would not take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import ConfigurationError
from cogauth.testing import UserGroup
from cogauth.testing.groups import Roles, new_group, roles_of

A, B, C = (f"arn:aws:iam::111122223333:role/{name}" for name in "ABC")
GROUPS = st.builds(UserGroup, st.just("g"), st.none() | st.integers(0, 3), st.none() | st.sampled_from([A, B, C]))


@pytest.mark.parametrize(
    ("groups", "roles", "preferred"),
    [
        pytest.param([], (), None, id="no group"),
        pytest.param([(0, None), (None, None)], (), None, id="no role"),
        pytest.param([(None, A)], (A,), A, id="one role without precedence"),
        pytest.param([(5, A), (0, B)], (A, B), B, id="the lowest precedence wins"),
        pytest.param([(0, A), (5, B)], (A, B), A, id="in either order"),
        pytest.param([(None, A), (2_147_483_647, B)], (A, B), B, id="any number beats none"),
        pytest.param([(1, A), (1, A)], (A,), A, id="a tie of one role"),
        pytest.param([(1, A), (1, B)], (A, B), None, id="a tie of two roles"),
        pytest.param([(1, A), (1, B), (0, C)], (A, B, C), C, id="a tie that does not count"),
        pytest.param([(1, A), (1, B), (2, A)], (A, B), None, id="a tie is not broken by the next"),
        pytest.param([(None, A), (None, B)], (A, B), None, id="a tie without precedence"),
        pytest.param([(0, None), (5, A)], (A,), A, id="the best has no role, and one other does"),
    ],
)
def test_roles(groups: list[tuple[int | None, str | None]], roles: tuple[str, ...], preferred: str | None) -> None:
    """As AWS describes the two claims."""
    assert Roles(roles, preferred) == roles_of(UserGroup("g", precedence, role) for precedence, role in groups)


@given(groups=st.lists(GROUPS, max_size=5), order=st.randoms(use_true_random=False))
def test_the_preferred_role_does_not_depend_on_the_order(groups: list[UserGroup], order: Any) -> None:
    """It is one of the roles, or none, however the groups are listed."""
    roles = roles_of(groups)
    shuffled = list(groups)
    order.shuffle(shuffled)
    again = roles_of(shuffled)
    assert (set(roles.all), roles.preferred) == (set(again.all), again.preferred)
    assert roles.preferred is None or roles.preferred in roles.all


@given(groups=st.lists(GROUPS, max_size=5))
def test_a_better_group_always_wins(groups: list[UserGroup]) -> None:
    """Whoever comes before all others gives the preferred role; the others' roles stay."""
    worse = [UserGroup(g.name, None if g.precedence is None else g.precedence + 1, g.role) for g in groups]
    roles = roles_of([*worse, UserGroup("best", 0, A)])
    assert A == roles.preferred
    assert {A} | set(roles_of(worse).all) == set(roles.all)


@pytest.mark.parametrize(
    ("name", "precedence", "role"),
    [
        ("admins", 0, None),
        ("a,b/[c]", 2_147_483_647, A),
        ("x" * 128, None, "arn:aws-us-gov:iam::111122223333:role/path/to/Name"),
        ("größe", None, "arn:aws:iam::111122223333:role/" + "x" * 2017),
    ],
)
def test_what_a_pool_takes(name: str, precedence: int | None, role: str | None) -> None:
    """It is kept as it was given."""
    assert UserGroup(name, precedence, role) == new_group(name, precedence, role)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": ""}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "tab\t"}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"precedence": -1}, "precedence"),
        ({"precedence": 2**31}, "precedence"),
        ({"precedence": 1.0}, "precedence"),
        ({"precedence": True}, "precedence"),
        ({"precedence": "1"}, "precedence"),
        ({"role": ""}, "role"),
        ({"role": "Admin"}, "role"),
        ({"role": "arn:aws:iam::role/Admin"}, "role"),
        ({"role": f"{A}\n"}, "role"),
        ({"role": f"{A} {B}"}, "role"),
        ({"role": "arn:aws:iam::1:r/x"}, "role"),
        ({"role": "arn:aws:iam::111122223333:role/" + "x" * 2018}, "role"),
    ],
    ids=str,
)
def test_what_a_pool_would_not_take_is_refused(arguments: dict[str, Any], message: str) -> None:
    """The message names the argument."""
    complete: dict[str, Any] = {"name": "admins", **arguments}
    with pytest.raises(ConfigurationError, match=message):
        new_group(**complete)
