"""The compiler: whatever is compiled answers as the rule answers, to the type and to the error."""

from __future__ import annotations

from typing import Any as Anything

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    PUBLIC,
    Claim,
    Client,
    Group,
    Principal,
    Role,
    Rule,
    Scope,
    SignedInWithin,
)
from cogauth.rules import All, Any
from cogauth.rules.compiler import compiled, expresses_itself
from tests.support.principals import principal
from tests.support.rules import RULES, SCALARS, principals
from tests.support.tokens import ABSENT, NOW

A, B, C = Group("a"), Group("b"), Group("c")


@settings(max_examples=125, deadline=None)
@given(rule=RULES, who=principals(), later=st.sampled_from([0, 0.5, 29, 30, 60, 840]))
def test_a_compiled_rule_answers_as_the_rule_does(rule: Rule, who: Principal, later: float) -> None:
    """Of all kinds of conditions, in any depth, for any principal, at any time: the same bool."""
    assert rule.holds(who, NOW + later) is compiled(rule)(who, NOW + later)


@pytest.mark.parametrize("rule", [AUTHENTICATED, AUTHENTICATED & A, AUTHENTICATED | A, MACHINE, PERSON], ids=str)
def test_conditions_without_a_claim(rule: Rule) -> None:
    """They are met, or not, by whoever has a token."""
    for who in (principal(), principal(groups="a")):
        assert rule.holds(who, NOW) is compiled(rule)(who, NOW)


@pytest.mark.parametrize("value", SCALARS, ids=repr)
@pytest.mark.parametrize("test", ["equals", "not_equals", "contains"])
def test_constants_that_python_takes_for_equal_stay_apart(test: str, value: Anything) -> None:
    """`1`, `1.0` and `True` in one code object are three constants; each claim is compared with its own."""
    options: Anything = {test: value}
    both = Claim("custom:x", **options) & Claim("custom:y", **options)
    for said in SCALARS:
        who = principal({"custom:x": (said,) if test == "contains" else said, "custom:y": value})
        assert both.holds(who, NOW) is compiled(both)(who, NOW)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Any(*(Claim("custom:x", equals=value) for value in (1, 1.0, True, "1"))), id="any"),
        pytest.param(Claim("custom:x", one_of=[1, 1.0, True, "1"]), id="one of"),
        pytest.param(Claim("custom:x", one_of=[0, 2, 0.0, 0.5, False, "", "a"]), id="one of, several of each type"),
    ],
)
@pytest.mark.parametrize(
    "said", [1, 1.0, True, "1", 2, 2.0, 0, -0.0, False, "", None, (), (1,), {"a": 1}, ({"a": 1},)], ids=repr
)
def test_a_choice_of_several_types(rule: Rule, said: Anything) -> None:
    """What cannot be hashed, such as an object, is none of them and no error."""
    who = principal({"custom:x": said})
    assert rule.holds(who, NOW) is compiled(rule)(who, NOW)


@pytest.mark.parametrize("kind", [All, Any], ids=["all", "any"])
@pytest.mark.parametrize("named", ["a", "b", ABSENT])
@pytest.mark.parametrize("other", ["a", "b", "", 1, ABSENT])
def test_what_is_looked_at_as_one(kind: type[All | Any], named: object, other: object) -> None:
    """Groups, scopes and claims side by side are a single look each, and still all of them, or any."""
    conditions = [Claim("custom:x", equals="a"), Claim("custom:y", equals="b")]
    who = principal({"custom:x": named, "custom:y": other}, groups="ab", scopes="r")
    pairs = kind(Group("a", "c"), Group("b", "c"))
    for rule in (kind(*conditions), kind(*conditions, C), kind(*conditions, A, B, Scope("r")), ~~kind(C, A & B), pairs):
        assert rule.holds(who, NOW) is compiled(rule)(who, NOW)


@pytest.mark.parametrize("negations", [0, 1])
@pytest.mark.parametrize("depth", [1, 39, 40, 41, 100])
def test_rules_nested_deep(depth: int, negations: int) -> None:
    """Beyond what one code object takes, the rule itself is asked; the answer is the same."""
    rule: Rule = A
    for level in range(depth):
        rule = (rule & B if level % 2 else rule | C) if not negations else ~rule
    for groups in ("", "a", "b", "c", "ab", "bc", "abc"):
        who = principal(groups=groups)
        assert rule.holds(who, NOW) is compiled(rule)(who, NOW)


@pytest.mark.parametrize("kind", [All, Any], ids=["all", "any"])
def test_a_thousand_conditions(kind: type[All | Any]) -> None:
    """Wide rules are one code object, whatever their conditions are."""
    claims = {f"custom:c{number}": "yes" for number in range(200)}
    conditions: list[Rule] = [
        *(Claim(f"custom:c{number}", equals="yes") for number in range(200)),
        *(Claim(f"custom:c{number}", starts_with=start) for number in range(200) for start in ("y", "ye", "yes")),
        *(Group(f"g{number}") for number in range(100)),
        *(Scope(f"s{number}") for number in range(100)),
    ]
    rule = kind(*conditions)
    groups, scopes = [f"g{number}" for number in range(100)], [f"s{number}" for number in range(100)]
    for who in (
        principal(claims, groups=groups, scopes=scopes),
        principal(claims, groups=groups[1:], scopes=scopes),
        principal(claims, groups=groups, scopes=scopes[:-1]),
        principal({**claims, "custom:c77": "no"}, groups=groups, scopes=scopes),
        principal(),
    ):
        assert rule.holds(who, NOW) is compiled(rule)(who, NOW)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Group("'] or True or ['"), id="a group"),
        pytest.param(Claim("__import__('os')", equals="who.groups"), id="a claim"),
        pytest.param(Client("now", "who"), id="clients"),
        pytest.param(Claim("said", one_of=["said", "type", "_8"]), id="names of its own"),
        pytest.param(Group("\ud800", "\x00"), id="no text"),
    ],
)
def test_no_name_becomes_a_program(rule: Rule) -> None:
    """Whatever a name looks like, it is a constant."""
    assert compiled(rule)(principal(), NOW) is False
    assert compiled(~rule if not rule.silent_on_absence else rule | A)(principal(groups="a"), NOW) is True


class Odd(Group):
    """A group of which one must not be a member."""

    __slots__ = ()

    def holds(self, who: Principal, now: float) -> bool:
        return not super().holds(who, now)


class OddAll(All):
    """A conjunction that is none."""

    __slots__ = ()

    def holds(self, who: Principal, now: float) -> bool:
        return not super().holds(who, now)


class Broken(Rule):
    """A condition that fails."""

    __slots__ = ()

    def holds(self, who: Principal, now: float) -> bool:
        raise LookupError


@pytest.mark.parametrize("rule", [Odd("a"), OddAll(A, B), Odd("a") & A, A | ~Odd("a"), Any(Odd("a"), A, B)], ids=repr)
def test_a_subclass_is_not_taken_for_its_parent(rule: Rule) -> None:
    """A class that answers otherwise is asked itself, wherever it stands."""
    for groups in ("", "a", "b", "ab"):
        who = principal(groups=groups)
        assert rule.holds(who, NOW) is compiled(rule)(who, NOW)
    assert not expresses_itself(Odd("a"))


@pytest.mark.parametrize(
    ("rule", "groups"),
    [
        pytest.param(Broken(), "", id="alone"),
        pytest.param(A & Broken() & B, "a", id="between what would be one look, the first part met"),
        pytest.param(Any(A, Broken(), B), "b", id="before the part that is met"),
        pytest.param(~(A & Broken()), "a", id="negated"),
        pytest.param(Role("admin"), "", id="a role of no policy"),
    ],
)
def test_a_failure_is_no_answer(rule: Rule, groups: str) -> None:
    """Where the rule fails the compiled one fails: it does not find a way around."""
    for ask in (rule.holds, compiled(rule)):
        with pytest.raises((LookupError, NotImplementedError)):
            ask(principal(groups=groups), NOW)


@pytest.mark.parametrize(
    ("rule", "groups", "held"),
    [
        pytest.param(A & Broken() & B, "b", False, id="and"),
        pytest.param(Any(A, Broken(), B), "a", True, id="or"),
    ],
)
def test_what_is_settled_before_is_settled(rule: Rule, groups: str, held: bool) -> None:  # noqa: FBT001  a column
    """Conditions behind the one that decides are not asked."""
    assert held is rule.holds(principal(groups=groups), NOW)
    assert held is compiled(rule)(principal(groups=groups), NOW)


def test_every_condition_of_ours_says_its_own_expression() -> None:
    """A new condition is compiled, or stands here with a reason: providers are asked of rarely, and roles never."""
    kinds = {kind for kind in Rule.__subclasses__() if kind.__module__.startswith("cogauth.rules")}
    silent = {kind.__name__ for kind in kinds if "expression" not in vars(kind)}
    assert {"All", "Any", "IdentityProvider", "Not", "Role"} == silent


def test_public_holds_for_all() -> None:
    """It is compiled like any other rule."""
    assert compiled(PUBLIC)(principal(), NOW) is True


def test_the_time_is_told() -> None:
    """The same function gives another answer at another time."""
    function = compiled(SignedInWithin(900))
    assert function(principal(), NOW + 839.5) is True
    assert function(principal(), NOW + 840) is False
    assert function(principal({"auth_time": ABSENT}), NOW) is False
