"""The spelling in a file: tables become the objects that Python code would write, or are refused with their place."""

from __future__ import annotations

from datetime import date
from typing import Any as Anything

import pytest

from cogauth import (
    MACHINE,
    PERSON,
    Acr,
    Amr,
    Claim,
    Client,
    ConfigurationError,
    Group,
    Issuer,
    Role,
    Route,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)
from cogauth.rules import All, Any
from cogauth.spelling import roles_of, route_of, routes_of, rule_of

# -- Conditions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        pytest.param({"groups": ["a"]}, Group("a"), id="groups"),
        pytest.param({"groups": ["a", "b"]}, Group("a", "b"), id="groups, any of"),
        pytest.param({"groups": ("a",)}, Group("a"), id="groups, a tuple"),
        pytest.param({"groups": {"a"}}, Group("a"), id="groups, a set"),
        pytest.param({"groups": ["a"], "issuer": "s"}, Issuer("s") & Group("a"), id="groups of an issuer"),
        pytest.param({"issuer": ["s", "t"], "groups": ["a"]}, Issuer("s", "t") & Group("a"), id="groups of issuers"),
        pytest.param({"groups": ["a"], "any_issuer": True}, Group("a", any_issuer=True), id="groups of any issuer"),
        pytest.param({"groups": ["a"], "any_issuer": False}, Group("a"), id="groups, not of any issuer"),
        pytest.param({"scopes": ["o/r", "o/w"]}, Scope("o/r", "o/w"), id="scopes"),
        pytest.param({"scopes": ["r"], "issuer": "s"}, Issuer("s") & Scope("r"), id="scopes of an issuer"),
        pytest.param({"scopes": ["r"], "any_issuer": True}, Scope("r", any_issuer=True), id="scopes of any issuer"),
        pytest.param({"issuer": "s"}, Issuer("s"), id="issuer"),
        pytest.param({"issuer": ["s", "t"]}, Issuer("s", "t"), id="issuers"),
        pytest.param({"clients": ["c1", "c2"]}, Client("c1", "c2"), id="clients"),
        pytest.param({"token_use": "id"}, TokenUse("id"), id="token use"),
        pytest.param({"machine": True}, MACHINE, id="machine"),
        pytest.param({"machine": False}, PERSON, id="person"),
        pytest.param({"amr": ["mfa"]}, Amr("mfa"), id="amr"),
        pytest.param({"amr": ["mfa"], "default": []}, Amr("mfa", default=()), id="amr, by default none"),
        pytest.param({"amr": ["mfa"], "default": ["pwd"]}, Amr("mfa", default=["pwd"]), id="amr with default"),
        pytest.param({"acr_at_least": "gold"}, Acr("gold"), id="acr"),
        pytest.param({"acr_at_least": "b", "default": "a"}, Acr("b", default="a"), id="acr with default"),
        pytest.param({"signed_in_within": 900}, SignedInWithin(900), id="signed in within"),
        pytest.param({"role": "admin"}, Role("admin"), id="role"),
        pytest.param({"claim": "x", "equals": "a"}, Claim("x", equals="a"), id="claim equals"),
        pytest.param({"claim": "x", "equals": True}, Claim("x", equals=True), id="claim equals true"),
        pytest.param({"claim": "x", "equals": 1}, Claim("x", equals=1), id="claim equals a number"),
        pytest.param({"claim": "x", "not_equals": "a"}, Claim("x", not_equals="a"), id="claim not equals"),
        pytest.param({"claim": "x", "in": ["a", "b"]}, Claim("x", one_of={"a", "b"}), id="claim in"),
        pytest.param({"claim": "x", "contains": "a"}, Claim("x", contains="a"), id="claim contains"),
        pytest.param({"claim": "x", "starts_with": "a"}, Claim("x", starts_with="a"), id="claim starts with"),
        pytest.param({"claim": "x", "present": True}, Claim("x", present=True), id="claim present"),
        pytest.param(
            {"claim": "x", "equals": "a", "default": ""}, Claim("x", equals="a", default=""), id="claim with default"
        ),
        pytest.param(
            {"claim": "x", "contains": "a", "default": ["b"]},
            Claim("x", contains="a", default=["b"]),
            id="claim with a list for default",
        ),
        pytest.param({"any": [{"groups": ["a"]}, {"role": "b"}]}, Any(Group("a"), Role("b")), id="any"),
        pytest.param({"all": [{"machine": True}, {"scopes": ["r"]}]}, All(MACHINE, Scope("r")), id="all"),
        pytest.param({"all": [{"groups": ["a"]}]}, All(Group("a")), id="all of one"),
        pytest.param({"not": {"groups": ["a"]}}, ~Group("a"), id="not"),
        pytest.param(
            {"not": {"any": [{"groups": ["a"]}, {"all": [{"role": "b"}, {"machine": True}]}]}},
            ~(Group("a") | (Role("b") & MACHINE)),
            id="deeper",
        ),
    ],
)
def test_a_table_is_a_rule(table: Anything, rule: Rule) -> None:
    """Each form is the rule of the same name; a list means any of."""
    assert rule == rule_of(table)


FORMS = (
    "groups",
    "scopes",
    "issuer",
    "clients",
    "token_use",
    "machine",
    "amr",
    "acr_at_least",
    "signed_in_within",
    "role",
    "claim",
    "any",
    "all",
    "not",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", [None, "", [], [""], [None], {}, 0, -1, 1.5, b"a", date(2026, 1, 1), float("nan")], ids=repr
)
def test_no_form_takes_nonsense(form: str, value: object) -> None:
    """Nothing empty, nothing of another type: what could be misread is a mistake and not a rule."""
    test = {"equals": "a"} if form == "claim" else {}
    with pytest.raises(ConfigurationError):
        rule_of({form: value, **test})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param(None, "must be a table with one condition", id="null"),
        pytest.param({}, "must be a table with one condition", id="an empty table"),
        pytest.param("admin", "must be a table with one condition", id="a name"),
        pytest.param(["admin"], "must be a table with one condition", id="a list"),
        pytest.param({5: ["a"]}, "must be a table with one condition", id="a number for a key"),
        pytest.param({"group": ["a"]}, "unknown key 'group'; one condition a table, of groups, ", id="a typo"),
        pytest.param({"scope": "a"}, "unknown key 'scope'", id="another typo"),
        pytest.param({"Groups": ["a"]}, "unknown key 'Groups'", id="another case"),
        pytest.param({"equals": "a"}, "unknown key 'equals'", id="a test without its claim"),
        pytest.param({"any_issuer": True}, "unknown key 'any_issuer'", id="any issuer of nothing"),
        pytest.param({"groups": ["a"], "scopes": ["b"]}, "groups and scopes in one table", id="two conditions"),
        pytest.param(
            {"groups": ["a"], "scopes": ["b"], "issuer": "s"}, "groups and scopes in one table", id="two of an issuer"
        ),
        pytest.param({"any": [{"role": "a"}], "role": "b"}, "any and role in one table", id="a list and more"),
        pytest.param({"groups": ["a"], "x": 1}, "unknown key 'x' beside groups; it takes issuer, any_", id="beside"),
        pytest.param({"machine": True, "default": False}, "unknown key 'default' beside machine$", id="no default"),
        pytest.param({"claim": "x", "equals": "a", "issuer": "s"}, "unknown key 'issuer' beside claim", id="issuer"),
        pytest.param({"issuer": "s", "any_issuer": True}, "unknown key 'any_issuer' beside issuer", id="any issuer"),
        pytest.param({"claim": "x", "one_of": ["a"]}, "unknown key 'one_of' beside claim", id="Python's spelling"),
        pytest.param({"groups": "admins"}, "groups: must be a list of strings", id="a string for a list"),
        pytest.param({"groups": {"admins": 1}}, "groups: must be a list of strings", id="a table for a list"),
        pytest.param({"groups": ["a", 1]}, "groups: must be a list of strings", id="a number in a list"),
        pytest.param({"clients": "c1"}, "clients: must be a list of strings", id="a client for a list"),
        pytest.param({"amr": "mfa"}, "amr: must be a list of strings", id="a method for a list"),
        pytest.param({"scopes": ["a b"]}, "RFC 6749", id="two scopes in one string"),
        pytest.param({"groups": ["a"], "any_issuer": "yes"}, "any_issuer: must be true or false", id="yes for true"),
        pytest.param({"groups": ["a"], "issuer": []}, "issuer: must be a list", id="of no issuer"),
        pytest.param({"machine": "true"}, "machine: must be true or false", id="a string for a flag"),
        pytest.param({"machine": 1}, "machine: must be true or false", id="a number for a flag"),
        pytest.param({"claim": "x"}, "say exactly one of", id="a claim without a test"),
        pytest.param({"claim": "x", "equals": 1, "in": [1]}, "say exactly one of", id="a claim with two tests"),
        pytest.param({"claim": "x", "present": False}, "absence never helps", id="a claim that is absent"),
        pytest.param({"claim": "x", "in": "ab"}, "takes a list of values", id="the letters of a string"),
        pytest.param({"claim": "x", "equals": date(2026, 1, 1)}, "a value is a string", id="a date"),
        pytest.param({"signed_in_within": "900"}, "SignedInWithin: takes seconds", id="text for seconds"),
        pytest.param({"signed_in_within": True}, "SignedInWithin: takes seconds", id="true for seconds"),
        pytest.param({"acr_at_least": ["a"]}, "Acr: takes names", id="a list of levels"),
        pytest.param({"acr_at_least": "a", "default": 1}, "Acr: default", id="a number for a level"),
        pytest.param({"amr": ["mfa"], "default": "pwd"}, "Amr: default", id="the letters of a default"),
        pytest.param({"any": {"role": "a"}}, "any: must be a list of conditions", id="any of a table"),
        pytest.param({"all": "ab"}, "all: must be a list of conditions", id="all of a string"),
        pytest.param({"all": [{"role": "a"}, "b"]}, "must be a table with one condition", id="a name in a list"),
        pytest.param({"not": "frozen"}, "must be a table with one condition", id="not a name"),
        pytest.param({"not": {"claim": "x", "equals": "a"}}, "must say what absence means", id="not, no default"),
        pytest.param({"not": {"signed_in_within": 9}}, "must say what absence means", id="not signed in lately"),
        pytest.param({"any": [{"all": [{"not": {"grops": ["a"]}}]}]}, "unknown key 'grops'", id="a typo, deeper"),
    ],
)
def test_what_is_no_condition_is_refused(table: Anything, message: str) -> None:
    """A typo fails instead of leaving a condition out, and the message names the key."""
    with pytest.raises(ConfigurationError, match=message):
        rule_of(table)


# -- Roles and routes --------------------------------------------------------------------------------------------------


def test_roles_and_routes_are_read() -> None:
    """Good ones are made and nothing is complained of."""
    problems: list[str] = []
    assert {"admin": Group("a"), "batch": MACHINE} == roles_of(
        {"admin": {"groups": ["a"]}, "batch": {"machine": True}}, problems.append
    )
    assert [Route("GET /a", "admin"), Route(["ANY /b", "GET /c"], "batch", deny="admin")] == routes_of(
        [
            {"match": "GET /a", "allow": "admin"},
            {"match": ["ANY /b", "GET /c"], "allow": "batch", "deny": "admin"},
        ],
        problems.append,
    )
    assert [] == problems


def test_every_key_of_a_route_is_read() -> None:
    """All that a route can be told in Python can be told in a file."""
    table = {
        "match": ["GET /a"],
        "allow": "admin",
        "deny": "frozen",
        "mode": "shadow",
        "cors_preflight": True,
        "encoded_slash": True,
    }
    route = Route("GET /a", "admin", deny="frozen", mode="shadow", cors_preflight=True, encoded_slash=True)
    assert route == route_of(table)


@pytest.mark.parametrize(
    ("table", "problems"),
    [
        pytest.param(None, ["must be a table with match and allow"], id="null"),
        pytest.param("GET /a", ["must be a table with match and allow"], id="a line"),
        pytest.param({}, ["match is missing", "allow is missing"], id="an empty table"),
        pytest.param({"match": "GET /a"}, ["allow is missing"], id="no rule"),
        pytest.param({"allow": "public"}, ["match is missing"], id="no line"),
        pytest.param(
            {"match": "GET /a", "allow": "a", "alow": "b", "method": "GET"},
            ["unknown key 'alow'; a route has match,", "unknown key 'method'; a route has match,"],
            id="two typos",
        ),
        pytest.param({"match": "GET /a", "allow": None}, ["allow: must be an expression"], id="allow null"),
        pytest.param({"match": "GET /a", "allow": True}, ["allow: must be an expression"], id="allow true"),
        pytest.param({"match": "GET /a", "allow": ["a"]}, ["allow: must be an expression"], id="allow a list"),
        pytest.param({"match": "GET /a", "allow": {"groups": ["a"]}}, ["allow: must be an expr"], id="allow a table"),
        pytest.param({"match": "GET /a", "allow": "a", "deny": False}, ["deny: must be an expression"], id="deny"),
        pytest.param({"match": [], "allow": "a"}, ["match: must be a list of strings"], id="an empty list"),
        pytest.param({"match": [5], "allow": "a"}, ["match: must be a list of strings"], id="a number"),
        pytest.param({"match": "/a", "allow": "a"}, ["route '/a': must be a method in capitals"], id="no method"),
        pytest.param({"match": "GET /a", "allow": "a", "mode": 1}, ["route 'GET /a': mode must be"], id="mode"),
        pytest.param(
            {"match": "GET /a", "allow": "a", "cors_preflight": "false"},
            ["route 'GET /a': cors_preflight must be true or false"],
            id="a string for a flag",
        ),
    ],
)
def test_what_is_no_route_is_refused(table: Anything, problems: list[str]) -> None:
    """Every mistake of a route is told, and a typo is one."""
    with pytest.raises(ConfigurationError) as caught:
        route_of(table)
    assert len(problems) == len(caught.value.problems)
    for expected, told in zip(problems, caught.value.problems, strict=True):
        assert told.startswith(expected)


def test_the_place_of_every_mistake_is_told() -> None:
    """What is good is made all the same, so that one look shows all that is to be done."""
    problems: list[str] = []
    roles = roles_of({"a": {"groups": []}, "good": {"machine": True}, "b": {"x": 1}}, problems.append)
    routes = routes_of(
        [{"match": "GET /a", "allow": "a", "x": 1, "y": 2}, {"match": "GET /b", "allow": "b"}, 5], problems.append
    )
    assert {"good": MACHINE} == roles
    assert [Route("GET /b", "b")] == routes
    assert ["roles.a", "roles.b", "route[1]", "route[1]", "route[3]"] == [told.split(": ")[0] for told in problems]


@pytest.mark.parametrize("spelled", [None, "", "admin", [], ["admin"], 5, {5: {}}], ids=repr)
def test_roles_are_a_table(spelled: object) -> None:
    """Anything else has no roles, and says so."""
    problems: list[str] = []
    assert {} == roles_of(spelled, problems.append)
    assert ["roles: must be a table of role names"] == problems


@pytest.mark.parametrize("spelled", [None, "", "GET /", {}, {"match": "GET /", "allow": "public"}, 5], ids=repr)
def test_routes_are_a_list(spelled: object) -> None:
    """`[route]` in place of `[[route]]` is a mistake that is easily made."""
    problems: list[str] = []
    assert [] == routes_of(spelled, problems.append)
    assert ["route: must be a list of tables, as in [[route]]"] == problems
