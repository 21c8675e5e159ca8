"""Conditions on who calls: names compared whole, and machines told from people."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from cogauth import (
    MACHINE,
    PERSON,
    Client,
    ConfigurationError,
    Group,
    Issuer,
    Principal,
    Rule,
    Scope,
    TokenUse,
)
from cogauth.rules import without_issuer
from tests.support.principals import principal
from tests.support.tokens import ABSENT, CLIENT, NOW

ID_TOKEN = {"token_use": "id", "client_id": ABSENT, "aud": CLIENT, "username": ABSENT, "cognito:username": "ana"}


@pytest.mark.parametrize(
    ("rule", "who", "held"),
    [
        pytest.param(Group("admins"), principal(groups=["x", "admins"]), True, id="group"),
        pytest.param(Group("a", "b"), principal(groups=["b"]), True, id="group, one of two"),
        pytest.param(Group("admins"), principal(groups=["Admins"]), False, id="group, another case"),
        pytest.param(Group("admins"), principal(groups=["admins "]), False, id="group, a space behind"),
        pytest.param(Group("admins"), principal(groups=["superadmins"]), False, id="group, a part"),
        pytest.param(Group("admins"), principal(groups=["x,admins"]), False, id="group, a comma is a character"),
        pytest.param(Group("admins"), principal(groups=["x admins"]), False, id="group, a space is a character"),
        pytest.param(Group("x,admins"), principal(groups=["x,admins"]), True, id="group, with a comma"),
        pytest.param(Group("admins"), principal(groups=["[admins]"]), False, id="group, brackets are characters"),
        pytest.param(Group("admins"), principal(), False, id="group, absent"),
        pytest.param(Group("r"), principal(scopes=["r"]), False, id="group, but it is a scope"),
        pytest.param(Group("admins", any_issuer=True), principal(issuer="partners"), False, id="group of any issuer"),
        pytest.param(Scope("orders/read"), principal(scopes=["openid", "orders/read"]), True, id="scope"),
        pytest.param(Scope("r", "w"), principal(scopes=["w"]), True, id="scope, one of two"),
        pytest.param(Scope("orders/read"), principal(scopes=["orders/read2"]), False, id="scope, longer"),
        pytest.param(Scope("orders/read"), principal(scopes=["orders"]), False, id="scope, shorter"),
        pytest.param(Scope("orders/read"), principal(scopes=["Orders/read"]), False, id="scope, another case"),
        pytest.param(Scope("r"), principal(), False, id="scope, absent"),
        pytest.param(Scope("r"), principal({"scope": "r,w"}), False, id="scope, a comma is a character"),
        pytest.param(Scope("r"), principal({"scope": "r\tw"}), False, id="scope, a tab is a character"),
        pytest.param(Scope("r"), principal({**ID_TOKEN, "scope": "r"}), False, id="scope of an ID token"),
        pytest.param(Client("c1"), principal(client="c1"), True, id="client"),
        pytest.param(Client("c1", "c2"), principal(client="c2"), True, id="client, one of two"),
        pytest.param(Client("c1"), principal(client="c11"), False, id="client, longer"),
        pytest.param(Client(CLIENT), principal(ID_TOKEN), True, id="client of an ID token"),
        pytest.param(Client("c1"), principal(ID_TOKEN), False, id="client of an ID token, another"),
        pytest.param(Issuer("staff"), principal(), True, id="issuer"),
        pytest.param(Issuer("staff", "partners"), principal(issuer="partners"), True, id="issuer, one of two"),
        pytest.param(Issuer("staff"), principal(issuer="partners"), False, id="issuer, another"),
        pytest.param(Issuer("Staff"), principal(), False, id="issuer, another case"),
        pytest.param(TokenUse("access"), principal(), True, id="access token"),
        pytest.param(TokenUse("id"), principal(), False, id="no ID token"),
        pytest.param(TokenUse("id"), principal(ID_TOKEN), True, id="ID token"),
        pytest.param(TokenUse("access"), principal(ID_TOKEN), False, id="no access token"),
        pytest.param(PERSON, principal(), True, id="person"),
        pytest.param(MACHINE, principal(), False, id="a person is no machine"),
        pytest.param(MACHINE, principal({"username": ABSENT}), True, id="machine"),
        pytest.param(PERSON, principal({"username": ABSENT}), False, id="a machine is no person"),
        pytest.param(PERSON, principal(ID_TOKEN), True, id="the person of an ID token"),
        pytest.param(MACHINE, principal({**ID_TOKEN, "cognito:username": ABSENT}), False, id="nameless, by ID token"),
    ],
)
def test_names_are_compared_whole(rule: Rule, who: Principal, held: bool) -> None:  # noqa: FBT001  a column
    """Element by element and case-sensitively; what looks like a list in a string is a name with odd characters."""
    assert held is rule.holds(who, NOW)
    assert held is not (~rule).holds(who, NOW)


@pytest.mark.parametrize("kind", [Group, Scope, Client, Issuer], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "names",
    [
        pytest.param((), id="nothing"),
        pytest.param(("",), id="empty"),
        pytest.param(("a", ""), id="one empty"),
        pytest.param((["a", "b"],), id="a list"),
        pytest.param((None,), id="None"),
        pytest.param((1,), id="a number"),
        pytest.param((b"a",), id="bytes"),
    ],
)
def test_a_condition_has_names(kind: type[Group | Scope | Client | Issuer], names: tuple[Any, ...]) -> None:
    """None would be met by nobody or everybody, a list is a forgotten star."""
    with pytest.raises(ConfigurationError, match=f"^{kind.__name__}: "):
        kind(*names)


@pytest.mark.parametrize("name", ["a b", 'a"b', "a\\b", "ä", "a\n", "a\x7f", "\ta"], ids=ascii)
def test_a_scope_has_the_characters_of_a_scope(name: str) -> None:
    """RFC 6749 section 3.3: no space, quote or backslash, nothing beyond ASCII; it goes into a header."""
    with pytest.raises(ConfigurationError, match="RFC 6749"):
        Scope(name)
    with pytest.raises(ConfigurationError, match="RFC 6749"):
        Scope("a", name)


@pytest.mark.parametrize("use", ["Access", "refresh", "any", "", None, True, ["access"]], ids=repr)
def test_a_token_is_for_access_or_identity(use: Any) -> None:
    """There is no third use to ask for."""
    with pytest.raises(ConfigurationError, match="TokenUse: must be"):
        TokenUse(use)


def test_a_member_of_an_enumeration_is_its_value() -> None:
    """Names are kept as plain strings, which hash and compare as the groups of a token do."""

    class Team(StrEnum):
        RISK = "risk"

    for names in (Group(Team.RISK).names, Client(Team.RISK).ids, Issuer(Team.RISK).names, Scope(Team.RISK).names):
        assert [str] == [type(name) for name in names]
    assert Group("risk") == Group(Team.RISK)


def test_the_order_of_groups_means_nothing_and_that_of_scopes_is_kept() -> None:
    """The first scope of several is the one that a caller is told to ask for."""
    assert Group("a", "b") == Group("b", "a", "b")
    assert ("w", "r") == Scope("w", "r", "w").names


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        pytest.param(Group("a"), [Group("a")], id="a group"),
        pytest.param(Scope("r"), [Scope("r")], id="a scope"),
        pytest.param(Group("a") | Scope("r"), [Group("a"), Scope("r")], id="both"),
        pytest.param(~Group("a"), [Group("a")], id="negated"),
        pytest.param(Issuer("s") | Group("a"), [Group("a")], id="an issuer as another way"),
        pytest.param(~Issuer("s") & Group("a"), [Group("a")], id="not that issuer"),
        pytest.param((Issuer("s") | Client("c")) & Group("a"), [Group("a")], id="that issuer or another client"),
        pytest.param((Issuer("s") & Group("a")) | Group("b"), [Group("b")], id="one of two ways"),
        pytest.param(Issuer("s") & Group("a"), [], id="named"),
        pytest.param(Issuer("s") & (Group("a") | ~Scope("r")), [], id="named for all"),
        pytest.param(Issuer("s") & (Client("c") | Group("a") & Client("d")), [], id="named for all, deeper"),
        pytest.param(Group("a", any_issuer=True) & Scope("r", any_issuer=True), [], id="of any issuer"),
        pytest.param(Client("c") & PERSON, [], id="neither groups nor scopes"),
    ],
)
def test_groups_of_no_issuer_are_found(rule: Rule, found: list[Rule]) -> None:
    """An issuer counts only where it must hold together with the group or scope."""
    assert found == list(without_issuer(rule))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(Group("b", "a"), "needs group any of [a, b]", id="group"),
        pytest.param(Scope("r"), "needs scope r", id="scope"),
        pytest.param(Client("c1"), "needs client c1", id="client"),
        pytest.param(Issuer("staff"), "needs issuer staff", id="issuer"),
        pytest.param(TokenUse("id"), "needs an id token", id="token use"),
        pytest.param(MACHINE, "needs a machine", id="machine"),
        pytest.param(PERSON, "needs a person", id="person"),
    ],
)
def test_it_reads_as_a_requirement(rule: Rule, text: str) -> None:
    """Logs show what is needed, in one order."""
    assert text == str(rule)
    assert text == repr(rule)
