"""Conditions on the sign-in: levels in the issuer's order, methods, and age by the clock that is told."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import Acr, Amr, ConfigurationError, Principal, Rule, SignedInWithin, UserPool
from cogauth.claims import accept
from cogauth.rules import unknown_levels
from tests.support.principals import claims_of_a_person, principal
from tests.support.tokens import ABSENT, CLIENT, ISSUER, NOW, POOL_ID

LOA = "urn:cognito:loa:"


def of_levels(acr: str, levels: list[str]) -> Principal:
    """A principal of a pool with its own *levels*."""
    pool = UserPool(POOL_ID, clients={CLIENT}, acr_levels=levels)
    return accept(claims_of_a_person({"acr": acr}, client=CLIENT), (pool,), ISSUER, NOW, 0)


@pytest.mark.parametrize(
    ("asked", "acr", "held"),
    [
        pytest.param(f"{LOA}3", f"{LOA}3", True, id="that level"),
        pytest.param(f"{LOA}3", f"{LOA}4", True, id="a stronger one"),
        pytest.param(f"{LOA}3", f"{LOA}2", False, id="a weaker one"),
        pytest.param(f"{LOA}1", ABSENT, False, id="none, and the weakest is asked"),
        pytest.param(f"{LOA}3", f"{LOA}5", False, id="one that is not listed"),
        pytest.param(f"{LOA}3", f"{LOA}3 ", False, id="one that looks like it"),
        pytest.param(f"{LOA}3", f"{LOA}3".upper(), False, id="another case"),
        pytest.param(f"{LOA}3", "", False, id="an empty one"),
        pytest.param("urn:else", f"{LOA}4", False, id="an unlisted one is asked"),
        pytest.param("urn:else", "urn:else", False, id="an unlisted one is asked and said"),
    ],
)
def test_levels_are_compared_in_the_order_of_the_issuer(asked: str, acr: object, held: bool) -> None:  # noqa: FBT001  a column
    """At least that level; one that the issuer does not list is below all and above none."""
    assert held is Acr(asked).holds(principal({"acr": acr}), NOW)


@pytest.mark.parametrize(
    ("acr", "held"),
    [
        pytest.param("gold", True, id="asked"),
        pytest.param("platinum", True, id="above"),
        pytest.param("bronze", False, id="below, though later in the alphabet"),
        pytest.param(f"{LOA}4", False, id="another pool's level"),
    ],
)
def test_a_pool_has_levels_of_its_own(acr: str, held: bool) -> None:  # noqa: FBT001  a column
    """What is stronger is what the pool lists later, whatever the names are."""
    assert held is Acr("gold").holds(of_levels(acr, ["bronze", "gold", "platinum"]), NOW)


def test_an_absent_level_is_the_default() -> None:
    """With a default a token without `acr` has that level, and may be asked for the opposite."""
    rule = Acr(f"{LOA}2", default=f"{LOA}1")
    assert not rule.holds(principal(), NOW)
    assert (~rule).holds(principal(), NOW)
    assert Acr(f"{LOA}2", default=f"{LOA}3").holds(principal(), NOW)
    assert not Acr(f"{LOA}2", default=f"{LOA}3").holds(principal({"acr": f"{LOA}1"}), NOW)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        pytest.param(Acr("gold"), [], id="a level that is listed"),
        pytest.param(Acr("platin"), [Acr("platin")], id="one that is not"),
        pytest.param(Acr("gold", default="platin"), [], id="as default it is below all"),
        pytest.param(~Acr("platin", default="") | Acr("gold"), [Acr("platin", default="")], id="deeper"),
        pytest.param(Amr("platin"), [], id="a method"),
    ],
)
def test_a_level_that_no_issuer_lists_is_found(rule: Rule, found: list[Rule]) -> None:
    """Nobody would ever meet it."""
    assert found == list(unknown_levels(rule, {"bronze", "gold"}))


@pytest.mark.parametrize("level", ["", None, 3, ["a"]], ids=repr)
def test_a_level_is_a_name(level: Any) -> None:
    """One name, as the issuer spells it."""
    with pytest.raises(ConfigurationError, match="Acr: "):
        Acr(level)


@pytest.mark.parametrize("level", [3, ["a"], True], ids=repr)
def test_a_default_level_is_a_name(level: Any) -> None:
    """So is what stands for an absent one."""
    with pytest.raises(ConfigurationError, match="Acr: default"):
        Acr(f"{LOA}2", default=level)


@pytest.mark.parametrize("level", ["a b", 'a"', "a\\", "a\r\nX-Evil: 1", "a\x00"], ids=ascii)
def test_a_level_goes_into_a_header(level: str) -> None:
    """`acr_values` is a quoted list with spaces between: what would break out of it is no level."""
    with pytest.raises(ConfigurationError, match="RFC 9470"):
        Acr(level)


@pytest.mark.parametrize(
    ("rule", "amr", "held"),
    [
        pytest.param(Amr("mfa"), ("pwd", "mfa"), True, id="among others"),
        pytest.param(Amr("mfa", "hwk"), ("hwk",), True, id="one of two"),
        pytest.param(Amr("mfa"), ("pwd",), False, id="another"),
        pytest.param(Amr("mfa"), (), False, id="none"),
        pytest.param(Amr("mfa"), ABSENT, False, id="absent"),
        pytest.param(Amr("mfa"), ("MFA",), False, id="another case"),
        pytest.param(Amr("mfa"), ("mfa,pwd",), False, id="a comma is a character"),
        pytest.param(Amr("mfa", default=("mfa",)), ABSENT, True, id="absent, the default"),
        pytest.param(Amr("mfa", default=()), ABSENT, False, id="absent, an empty default"),
        pytest.param(Amr("mfa", default=("mfa",)), (), False, id="empty is not absent"),
    ],
)
def test_methods_are_compared_whole(rule: Amr, amr: object, held: bool) -> None:  # noqa: FBT001  a column
    """One of the methods is enough; the default stands for an absent `amr` only."""
    assert held is rule.holds(principal({"amr": amr}), NOW)


@pytest.mark.parametrize(
    ("methods", "default"),
    [
        pytest.param((), None, id="no method"),
        pytest.param(("",), None, id="an empty one"),
        pytest.param((["mfa"],), None, id="a list"),
        pytest.param((None,), None, id="None"),
        pytest.param(("mfa",), "mfa", id="the letters of a default"),
    ],
)
def test_methods_are_names(methods: tuple[Any, ...], default: Any) -> None:
    """At least one name, and a list where a list is meant."""
    with pytest.raises(ConfigurationError, match="Amr: "):
        Amr(*methods, default=default)


@pytest.mark.parametrize(
    ("age", "held"),
    [
        pytest.param(0, True, id="just now"),
        pytest.param(899, True, id="a second before"),
        pytest.param(900, False, id="to the second"),
        pytest.param(901, False, id="a second after"),
        pytest.param(-200, True, id="the issuer's clock is ahead"),
        pytest.param(None, False, id="never"),
    ],
)
def test_a_sign_in_gets_too_old(age: int | None, held: bool) -> None:  # noqa: FBT001  a column
    """Seconds since `auth_time`, by the clock that is told; who never signed in has not lately."""
    who = principal({"auth_time": ABSENT if age is None else NOW - age})
    assert held is SignedInWithin(900).holds(who, NOW)


def test_time_is_told_and_not_read() -> None:
    """The same principal and rule give another answer at another time, and say when."""
    who = principal({"auth_time": NOW})
    rule = SignedInWithin(900)
    assert rule.holds(who, NOW + 899.5)
    assert NOW + 900 == rule.until(who, NOW + 899.5)
    assert not rule.holds(who, NOW + 900)
    assert float("inf") == rule.until(who, NOW + 900)


@pytest.mark.parametrize(
    "seconds",
    [0, -1, 0.5, 1.5, True, "900", None, float("nan"), float("inf"), 10**12, 10**400],
    ids=lambda seconds: repr(seconds)[:20],
)
def test_seconds_are_whole_and_some(seconds: Any) -> None:
    """No bool, no text, nothing that is no time span of a person."""
    with pytest.raises(ConfigurationError, match="SignedInWithin: takes"):
        SignedInWithin(seconds)


@pytest.mark.parametrize("seconds", [1, 10 * 366 * 86_400])
def test_the_shortest_and_the_longest_time(seconds: int) -> None:
    """A second, and as long as a refresh token can live."""
    assert seconds == SignedInWithin(seconds).seconds
    with pytest.raises(ConfigurationError, match="no more than ten years"):
        SignedInWithin(10 * 366 * 86_400 + seconds)


def test_seconds_may_be_written_with_a_point() -> None:
    """`900.0` is `900`."""
    assert SignedInWithin(900) == SignedInWithin(900.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(Acr("gold"), "needs acr gold or stronger", id="acr"),
        pytest.param(Amr("mfa", "hwk"), "needs sign-in by any of [hwk, mfa]", id="amr"),
        pytest.param(SignedInWithin(900), "needs a sign-in within 900 seconds", id="age"),
    ],
)
def test_it_reads_as_a_requirement(rule: Rule, text: str) -> None:
    """Logs show what is needed."""
    assert text == str(rule)
    assert text == repr(rule)
