"""Callers: made up to have what rules mention, and made by the code that makes real principals."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import (
    ANY_CLIENT,
    AUTHENTICATED,
    MACHINE,
    PERSON,
    Acr,
    Amr,
    Claim,
    Client,
    Group,
    IdentityPool,
    IdentityProvider,
    Issuer,
    OIDCIssuer,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
    UserPool,
)
from cogauth.review.callers import NOW, Callers

POOL = UserPool("eu-west-1_AbCdEf123", clients={"web", "jobs"}, name="staff")
BOTH = UserPool("eu-west-1_AbCdEf123", clients=ANY_CLIENT, token_use="any", name="both")
PARTNERS = UserPool("eu-west-1_Partners1", clients={"app"}, name="partners")
OIDC = OIDCIssuer("https://id.example.com", audience={"api"}, name="other")
IDENTITIES = IdentityPool("eu-west-1:5f0e3a52-0c4e-4a3b-9d0e-2c1d3f6f7a10", name="guests")

A, B = Group("a"), Group("b")
LEVEL = "urn:cognito:loa:3"


def told(rule: Rule, *issuers: Any) -> list[str]:
    """Who meets a rule alone."""
    return [str(caller) for caller in Callers(issuers or (POOL,), [rule]).alone(rule)]


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        pytest.param(A, ["group a"], id="a group"),
        pytest.param(Group("a", "b"), ["group a", "group b"], id="any of two"),
        pytest.param(A | A & B, ["group a"], id="no more than needed"),
        pytest.param(A & (B | Scope("s")), ["group a, group b", "group a, scope s"], id="each way"),
        pytest.param(A & ~B, ["group a"], id="without another"),
        pytest.param(~(A & B), [""], id="what nobody has to have"),
        pytest.param(~(~A | ~B), ["group a, group b"], id="twice negated"),
        pytest.param(Amr("mfa"), ["signed in by mfa"], id="a method"),
        pytest.param(~Amr("mfa", default=["mfa"]), ["signed in by (another)"], id="another method"),
        pytest.param(Acr(LEVEL), [f"acr {LEVEL}"], id="a level"),
        pytest.param(~Acr(LEVEL, default=LEVEL), ["acr (another)"], id="another level"),
        pytest.param(SignedInWithin(900), ["signed in 899 s ago"], id="a sign-in"),
        pytest.param(IdentityProvider("Google"), ["through Google"], id="a provider"),
        pytest.param(Client("jobs") & A, ["client jobs, group a"], id="a client"),
        pytest.param(Client("web", "stranger"), ["client web"], id="a client that is accepted and one that is not"),
        pytest.param(Claim("custom:d", equals="x"), ['custom:d = "x"'], id="a claim"),
        pytest.param(Claim("custom:d", one_of=["x", 1]), ["custom:d = 1", 'custom:d = "x"'], id="any of two values"),
        pytest.param(
            Claim("custom:d", one_of=[1, True]), ["custom:d = 1", "custom:d = true"], id="a number is no flag"
        ),
        pytest.param(
            Claim("custom:d", one_of=[1, True]) & Claim("custom:d", equals=True), ["custom:d = true"], id="nor both"
        ),
        pytest.param(Claim("custom:d", not_equals="x"), ['custom:d = "(another)"'], id="another value"),
        pytest.param(Claim("custom:d", contains="x"), ['custom:d = ["x"]'], id="an element"),
        pytest.param(
            Claim("custom:d", one_of=["x", "y"]) & ~Claim("custom:d", equals="x", default=""),
            ['custom:d = "y"'],
            id="all of what it takes",
        ),
        pytest.param(Claim("custom:d", present=True), ['custom:d = "(another)"'], id="whatever it says"),
        pytest.param(
            Claim("custom:d", starts_with="x") & Claim("custom:d", not_equals="x"),
            ['custom:d = "x(another)"'],
            id="a beginning and no more",
        ),
        pytest.param(
            Claim("custom:d", contains="x") & Claim("custom:d", contains="y"),
            ['custom:d = ["x", "y"]'],
            id="two elements",
        ),
        pytest.param(~Claim("custom:d", equals="x", default=""), [""], id="a claim that is absent"),
        pytest.param(~Claim("custom:d", equals="x", default="x"), ['custom:d = "(another)"'], id="absence is bad"),
        pytest.param(AUTHENTICATED, [""], id="nothing"),
    ],
)
def test_who_meets_a_rule_alone(rule: Rule, who: list[str]) -> None:
    """Each way that takes no more than it must, and no other; everybody who is given meets the rule."""
    person = "a person with an access token of staff"
    expected = {person + (f", {traits}" if traits else "") for traits in who}
    callers = Callers((POOL,), [rule])
    assert expected == {str(caller) for caller in callers.alone(rule) if not caller.world.machine}
    assert all(rule.holds(caller.principal, NOW) for caller in callers.alone(rule))


def test_kinds_of_tokens() -> None:
    """A rule that a machine or an ID token meets as well gives one caller of each."""
    assert ["a person with an access token of staff, scope s", "a machine of staff, scope s"] == told(Scope("s"))
    assert ["a machine of staff, scope s"] == told(Scope("s") & MACHINE)
    assert ["a person with an access token of staff"] == told(PERSON)
    assert ["a person with an id token of both"] == told(TokenUse("id"), BOTH)
    assert ["a person with an id token of both, through Google"] == told(
        TokenUse("id") & IdentityProvider("Google"), BOTH
    )
    assert ["a person with an access token of partners, group a"] == told(Issuer("partners") & A, POOL, PARTNERS)
    assert ["a person with an id token of guests"] == told(AUTHENTICATED, IDENTITIES)
    assert ["a person with an access token", "a machine", "a person with an id token"] == [
        str(caller) for caller in Callers((), []).alone(AUTHENTICATED) if caller.world.use == "access"
    ] + [str(caller) for caller in Callers((), []).alone(AUTHENTICATED) if caller.world.use == "id"]


@pytest.mark.parametrize(
    ("rule", "issuer"),
    [
        pytest.param(MACHINE & PERSON, POOL, id="two kinds at once"),
        pytest.param(A & MACHINE, POOL, id="a machine in a group"),
        pytest.param(Client("stranger"), POOL, id="a client that is not accepted"),
        pytest.param(Client("web") & Client("jobs"), POOL, id="two clients"),
        pytest.param(Claim("username", equals=5), POOL, id="a claim of a type that no token has"),
        pytest.param(A, OIDC, id="groups of who gives none"),
        pytest.param(Acr(LEVEL), OIDC, id="a level of who has none"),
        pytest.param(Scope("s"), IDENTITIES, id="scopes of an identity pool"),
    ],
)
def test_who_nobody_can_be(rule: Rule, issuer: Any) -> None:
    """Nobody is made up whom no token could prove."""
    assert [] == told(rule, issuer)


def test_whether_anybody_can_be() -> None:
    """It is told apart from a rule that is only too much to look at."""
    callers = Callers((POOL,), [A])
    assert callers.meetable(A)
    assert not callers.meetable(A & MACHINE)


def kinds(*rules: Rule, issuers: tuple[Any, ...] = (POOL,), most: int = 100) -> list[str] | None:
    """Everyone whom rules can tell apart."""
    found = Callers(issuers, rules).everyone(most)
    return None if found is None else [str(caller) for caller in found]


def test_everyone() -> None:
    """Each combination once, of what each kind of token can have; the plainest first."""
    person, machine = "a person with an access token of staff", "a machine of staff"
    assert [person, machine] == kinds(AUTHENTICATED)
    found = kinds(A, Scope("s")) or []
    assert {
        *(person, f"{person}, group a", f"{person}, scope s", f"{person}, group a, scope s"),
        *(machine, f"{machine}, scope s"),
    } == set(found)
    assert [person, machine] == found[:2]
    assert 6 == len(found)


def test_a_client_that_there_must_be() -> None:
    """Where rules name each client that is accepted, nobody is of another."""
    assert {"client web", "client jobs"} == {each.partition(", ")[2] for each in kinds(Client("web", "jobs")) or []}
    assert {"client web", ""} == {each.partition(", ")[2] for each in kinds(Client("web")) or []}
    assert {"client web", ""} == {each.partition(", ")[2] for each in kinds(Client("web"), issuers=(BOTH,)) or []}


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([Group(f"g{number}") for number in range(8)], id="too many"),
        pytest.param([Claim("cognito:groups", contains="a")], id="a claim that other conditions read"),
        pytest.param([Claim("custom:d", contains=f"x{number}") for number in range(5)], id="too many elements"),
    ],
)
def test_not_everyone(rules: list[Rule]) -> None:
    """Where there are too many kinds, or not all that matters is known, it says so."""
    assert kinds(*rules) is None


def test_a_rule_of_another_class_is_not_known() -> None:
    """What it looks at nobody here can say."""

    class Odd(Rule):
        __slots__ = ()

        def holds(self, who: object, now: float) -> bool:
            return True

    assert kinds(Odd()) is None
