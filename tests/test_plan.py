"""Plans: deny beats allow, and a kept verdict never outlives what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AUTHENTICATED, PUBLIC, Claim, Client, Group, Principal, Rule, SignedInWithin
from cogauth.plan import Plan
from cogauth.rules import depends_on_time
from tests.support.principals import principal
from tests.support.rules import NEGATABLE, RULES, principals
from tests.support.tokens import NOW

A, B = Group("a"), Group("b")
FROZEN = Claim("custom:status", equals="frozen", default="")


@pytest.mark.parametrize(
    ("allow", "deny", "who", "allowed", "denied"),
    [
        pytest.param(A, None, principal(groups="a"), True, False, id="allowed"),
        pytest.param(A, B, principal(groups="a"), True, False, id="allowed and not denied"),
        pytest.param(A, B, principal(groups="ab"), False, True, id="allowed and denied"),
        pytest.param(A, B, principal(groups="b"), False, True, id="denied and not allowed"),
        pytest.param(A, B, principal(), False, False, id="neither"),
        pytest.param(A, None, principal(groups="b"), False, False, id="not allowed"),
        pytest.param(A, A, principal(groups="a"), False, True, id="the same rule"),
        pytest.param(AUTHENTICATED, A, principal(groups="a"), False, True, id="everybody but"),
        pytest.param(AUTHENTICATED, AUTHENTICATED, principal(), False, True, id="everybody but everybody"),
        pytest.param(A, FROZEN, principal({"custom:status": "frozen"}, groups="a"), False, True, id="frozen"),
        pytest.param(A, FROZEN, principal(groups="a"), True, False, id="not frozen by default"),
    ],
)
def test_deny_beats_allow(allow: Rule, deny: Rule | None, who: Principal, allowed: bool, denied: bool) -> None:  # noqa: FBT001  columns
    """Whoever meets `deny` is refused, whatever `allow` says, and is told so."""
    verdict = Plan(allow, deny).verdict(who, NOW)
    assert (allowed, denied) == (verdict.allowed, verdict.denied)


def test_what_is_unmet_is_kept_with_the_verdict() -> None:
    """Nothing of a yes; of a no what `allow` lacks; of a denial the opposite of `deny`."""
    plan = Plan(A & B, FROZEN)
    assert () == plan.verdict(principal(groups="ab"), NOW).unmet
    assert (B,) == plan.verdict(principal(groups="a"), NOW).unmet
    assert (~FROZEN,) == plan.verdict(principal({"custom:status": "frozen"}, groups="ab"), NOW).unmet


def test_only_public_is_public() -> None:
    """`AUTHENTICATED` needs a token."""
    assert Plan(PUBLIC).public
    assert not Plan(AUTHENTICATED).public
    assert not Plan(A).public


@pytest.mark.parametrize(
    ("allow", "deny", "until"),
    [
        pytest.param(A, None, NOW + 3_600, id="the token's end"),
        pytest.param(SignedInWithin(900), None, NOW + 840, id="the sign-in's age"),
        pytest.param(SignedInWithin(86_400), None, NOW + 3_600, id="the token's end, before the sign-in's age"),
        pytest.param(B, FROZEN, NOW + 3_600, id="a no"),
        pytest.param(SignedInWithin(30), None, NOW + 3_600, id="a sign-in that is too old already"),
    ],
)
def test_a_verdict_says_until_when(allow: Rule, deny: Rule | None, until: float) -> None:
    """The earliest moment at which it could be another one; the sign-in is a minute old here."""
    assert until == Plan(allow, deny).verdict(principal(groups="a"), NOW).until


def test_a_verdict_is_worked_out_once_for_each_principal_and_plan() -> None:
    """The same object comes back; another principal or another plan has its own."""
    who = principal(groups="a")
    plan = Plan(A)
    first = plan.verdict(who, NOW)
    assert not Plan(B).verdict(who, NOW).allowed
    assert first is plan.verdict(who, NOW + 3_599)
    assert first is not plan.verdict(principal(groups="a"), NOW)
    assert first.allowed


def test_a_verdict_is_not_kept_for_longer_than_it_holds() -> None:
    """To the second: a yes that depends on a sign-in is worked out again, and is a no then."""
    who = principal({"auth_time": NOW})
    plan = Plan(SignedInWithin(900))
    assert plan.verdict(who, NOW).allowed
    assert plan.verdict(who, NOW + 899).allowed
    assert not plan.verdict(who, NOW + 900).allowed
    assert not plan.verdict(who, NOW + 3_599).allowed


@settings(max_examples=150, deadline=None)
@given(
    allow=st.sampled_from(
        [A | SignedInWithin(100), A & SignedInWithin(300), SignedInWithin(100) | SignedInWithin(500)]
    ),
    deny=st.sampled_from([None, B, FROZEN]),
    groups=st.frozensets(st.sampled_from("ab")),
    age=st.integers(0, 600),
    steps=st.lists(st.integers(0, 200), max_size=6),
)
def test_the_memory_changes_no_verdict(
    allow: Rule, deny: Rule | None, groups: frozenset[str], age: int, steps: list[int]
) -> None:
    """As the clock moves on, the kept verdict is at each moment the one that a fresh look gives."""
    who = principal({"auth_time": NOW - age}, groups=groups)
    plan = Plan(allow, deny)
    now = NOW
    for step in steps:
        now += step
        kept, fresh = plan.verdict(who, now), Plan(allow, deny).verdict(who, now)
        assert (fresh.allowed, fresh.denied, fresh.unmet) == (kept.allowed, kept.denied, kept.unmet)


@settings(max_examples=60, deadline=None)
@given(
    allow=RULES,
    deny=st.one_of(st.none(), NEGATABLE),
    whoever=st.lists(principals(), min_size=1, max_size=3),
    steps=st.lists(st.sampled_from([0, 1, 29.5, 30, 60, 840]), min_size=1, max_size=5),
)
def test_a_plan_answers_alike_before_and_after_it_is_compiled(
    allow: Rule, deny: Rule | None, whoever: list[Principal], steps: list[float]
) -> None:
    """A plan that was asked often and one that is new say the same of anybody at any time; so does the memory."""
    often = Plan(allow, deny)
    for number in range(101):
        often.verdict(principal(client=str(number)), NOW)
    now: float = NOW
    for step in steps:
        now += step
        for who in whoever:
            known, fresh = often.verdict(who, now), Plan(allow, deny).verdict(who, now)
            assert (fresh.allowed, fresh.denied, fresh.unmet) == (known.allowed, known.denied, known.unmet)
            assert known.until == float(who.expires_at) or now < known.until <= who.expires_at


class Counted(Rule):
    """Somebody's own condition: it counts how often it is asked, and answers otherwise from a moment on."""

    __slots__ = ("asked", "ends")

    asked: list[float]
    ends: float

    def __init__(self, ends: float) -> None:
        self._set(asked=[], ends=ends)

    def _content(self) -> tuple[object, ...]:
        return (self.ends,)

    def holds(self, who: Principal, now: float) -> bool:
        self.asked.append(now)
        return now < self.ends

    def until(self, who: Principal, now: float) -> float:
        return self.ends if now < self.ends else super().until(who, now)


@pytest.mark.parametrize("asked", [0, 98, 99, 100, 200])
def test_a_condition_of_ones_own_is_asked_however_often(asked: int) -> None:
    """Once for each principal, compiled or not, and again when the answer that it gave is over."""
    rule = Counted(NOW + 10)
    plan = Plan(A & rule)
    for number in range(asked):
        assert plan.verdict(principal(client=str(number), groups="a"), NOW).allowed
    assert asked == len(rule.asked)
    who = principal(groups="a")
    assert NOW + 10 == plan.verdict(who, NOW).until
    assert plan.verdict(who, NOW + 9).allowed
    assert asked + 1 == len(rule.asked)
    assert not plan.verdict(who, NOW + 10).allowed


class Sloppy(Rule):
    """Somebody's own condition that answers with whatever it is given."""

    __slots__ = ("said",)

    said: object

    def __init__(self, said: object) -> None:
        self._set(said=said)

    def holds(self, who: Principal, now: float) -> bool:
        return cast("bool", self.said)


PLANS: dict[str, Callable[[Rule], Plan]] = {
    "alone": Plan,
    "and": lambda rule: Plan(A & rule),
    "or": lambda rule: Plan(B | rule),
    "deny": lambda rule: Plan(A, B | rule),
}


@pytest.mark.parametrize("said", [1, "yes", 0, None, (False,)], ids=str)
@pytest.mark.parametrize("before", [0, 99], ids=["interpreted", "compiled"])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_is_no_bool_is_no_answer(plan: Callable[[Rule], Plan], before: int, said: object) -> None:
    """A coroutine that nobody awaited would be a yes, and a forgotten `return` under `~` another."""
    asked = plan(Sloppy(said))
    for _ in range(before + 1):
        with pytest.raises(TypeError):
            asked.verdict(principal(groups="a"), NOW)


def test_a_plan_is_compiled_when_it_has_been_asked_often() -> None:
    """Not for the first answers, and once for all later ones."""
    plan: Any = Plan(A, B)
    for number in range(99):
        plan.verdict(principal(client=str(number)), NOW)
    asked = plan._allows
    assert not hasattr(asked, "__code__")
    plan.verdict(principal(), NOW)
    assert asked is not plan._allows
    allows, denies = plan._allows, plan._denies
    assert ["<rule>", "<rule>"] == [ask.__code__.co_filename for ask in (allows, denies)]
    plan.verdict(principal(), NOW)
    assert plan._allows is allows


@pytest.mark.parametrize(
    ("rule", "timed"),
    [
        pytest.param(A & B, False, id="groups"),
        pytest.param(~(A | FROZEN), False, id="a negation"),
        pytest.param(SignedInWithin(30), True, id="a sign-in"),
        pytest.param(A | (B & SignedInWithin(30)), True, id="deeper"),
        pytest.param(A & Counted(NOW), True, id="a condition of one's own"),
    ],
)
def test_time_is_asked_for_only_where_it_matters(rule: Rule, timed: bool) -> None:  # noqa: FBT001  a column
    """What cannot change with time is not asked until when it holds."""
    assert timed is depends_on_time(rule)


def test_verdicts_do_not_fill_the_memory() -> None:
    """Whoever is asked ever new questions of forgets the old answers, which are worked out again."""
    who = principal(groups="a")
    plans = [Plan(Client(str(number))) for number in range(20_000)]
    assert not any(plan.verdict(who, NOW).allowed for plan in plans)
    assert len(who.memo) < len(plans)
    assert not plans[0].verdict(who, NOW).allowed
