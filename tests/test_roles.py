"""Roles: each name stands for a rule, and none for itself; what no policy could mean is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cogauth import Claim, ConfigurationError, Group, Policy, Principal, Role, Route, Rule
from cogauth.roles import roles_used
from cogauth.rules import All, Any

A, B = Group("a"), Group("b")


def nested(depth: int, bottom: Rule = A) -> Rule:
    """Conditions within conditions."""
    rule = bottom
    for number in range(depth):
        rule = (All, Any)[number % 2](rule, Group(str(number)))
    return rule


class Either(Any):
    """Somebody's own way to combine."""

    def holds(self, who: Principal, now: float) -> bool:
        return super().holds(who, now)


def test_a_rule_without_roles_is_taken_as_it_is() -> None:
    """Nothing is made anew for it."""
    rule = (A & ~B) | Claim("x", equals=1)
    assert rule is Policy(roles={"r": rule}).roles["r"]
    assert Policy(roles={"a": A, "r": (Role("a") & ~B) | B}).roles["r"] == (A & ~B) | B


def as_a_role(depth: int) -> Policy:
    return Policy(roles={"r": nested(depth)})


def in_a_route(depth: int) -> Policy:
    return Policy(routes=[Route("GET /", nested(depth))])


def with_a_role_in_it(depth: int) -> Policy:
    return Policy(roles={"a": nested(50), "r": nested(depth - 50, Role("a"))})


def with_a_role_negated(depth: int) -> Policy:
    return Policy(roles={"a": nested(depth - 1)}, routes=[Route("GET /", ~Role("a"))])


@pytest.mark.parametrize("make", [as_a_role, in_a_route, with_a_role_in_it, with_a_role_negated])
def test_rules_are_nested_so_deep_and_no_deeper(make: Callable[[int], Policy]) -> None:
    """Roles replaced; the limit is far from what would overflow."""
    assert make(100)
    for depth in (101, 200):
        with pytest.raises(ConfigurationError, match="nested too deep; 100 conditions"):
            make(depth)


def test_a_class_of_ones_own_cannot_be_made_of_roles() -> None:
    """Nobody but its author knows how to make it anew; of rules it may be made."""
    own = Either(A, B)
    assert own is Policy(roles={"r": own}).roles["r"]
    with pytest.raises(ConfigurationError, match="Either: a rule of your own class cannot be made of roles"):
        Policy(roles={"a": A, "r": Either(Role("a"), B)})


def test_the_roles_used_are_those_of_roles_too() -> None:
    """Each once, and names that there are not none."""
    written: dict[str, Rule] = {"a": A, "b": Role("a") & ~Role("c"), "c": A, "d": Role("a"), "e": A}
    assert {"a", "b", "c", "d"} == roles_used(written, [Role("b") | Role("d"), Role("x"), A])
    assert frozenset() == roles_used(written, [])
