"""The spelling in a file: tables become the objects that Python code would write, or are refused with their place."""

from __future__ import annotations

from datetime import date
from typing import Any as Anything

import pytest

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    PUBLIC,
    Acr,
    Amr,
    Claim,
    Client,
    ConfigurationError,
    Group,
    IdentityProvider,
    Issuer,
    Role,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)
from cogauth.file.conditions import rule_of
from cogauth.rules import All, Any

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
        pytest.param({"identity_provider": ["Okta"]}, IdentityProvider("Okta"), id="identity provider"),
        pytest.param(
            {"identity_provider": ["Okta"], "issuer": "s", "default": ["Okta"]},
            Issuer("s") & IdentityProvider("Okta", default=["Okta"]),
            id="identity provider of an issuer with default",
        ),
        pytest.param(
            {"identity_provider": ["Okta", "Google"], "any_issuer": True, "default": []},
            IdentityProvider("Google", "Okta", any_issuer=True, default=()),
            id="identity providers of any issuer, by default none",
        ),
        pytest.param({"amr": ["mfa"]}, Amr("mfa"), id="amr"),
        pytest.param({"amr": ["mfa"], "default": []}, Amr("mfa", default=()), id="amr, by default none"),
        pytest.param({"amr": ["mfa"], "default": ["pwd"]}, Amr("mfa", default=["pwd"]), id="amr with default"),
        pytest.param({"acr_at_least": "gold"}, Acr("gold"), id="acr"),
        pytest.param({"acr_at_least": "b", "default": "a"}, Acr("b", default="a"), id="acr with default"),
        pytest.param({"signed_in_within": 900}, SignedInWithin(900), id="signed in within"),
        pytest.param({"role": "admin"}, Role("admin"), id="role"),
        pytest.param({"role": "authenticated"}, AUTHENTICATED, id="authenticated"),
        pytest.param({"role": "public"}, PUBLIC, id="public"),
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
        pytest.param({"any": [{"role": "public"}]}, "PUBLIC is a rule by itself", id="any of public"),
        pytest.param({"role": ["admin"]}, "Role: must be the name", id="a list of roles"),
        pytest.param({"amr": ["mfa"], "default": None}, "default: must not be null", id="amr, by default null"),
        pytest.param({"acr_at_least": "a", "default": None}, "default: must not be null", id="acr, by default null"),
        pytest.param({"claim": "a", "equals": 1, "default": None}, "default: must not", id="claim, by default null"),
    ],
)
def test_what_is_no_condition_is_refused(table: Anything, message: str) -> None:
    """A typo fails instead of leaving a condition out, and the message names the key."""
    with pytest.raises(ConfigurationError, match=message):
        rule_of(table)


def test_all_mistakes_of_a_condition_are_told() -> None:
    """Each with its own place, however deep it stands."""
    table: Anything = {"any": [{"grops": ["a"]}, {"all": [{"groups": 5}, {"role": "a", "x": 1, "y": 2}]}, {"not": 5}]}
    with pytest.raises(ConfigurationError) as caught:
        rule_of(table)
    assert ["any[1]", "any[2].all[1]", "any[2].all[2]", "any[2].all[2]", "any[3].not"] == [
        problem.split(": ")[0] for problem in caught.value.problems
    ]


@pytest.mark.parametrize("key", ["not", "any", "all"])
def test_conditions_are_nested_so_deep_and_no_deeper(key: str) -> None:
    """Fifty within each other are more than anybody reads; a table that holds itself has no bottom at all."""

    def nested(depth: int) -> Anything:
        table: Anything = {"groups": ["a"]}
        for _ in range(depth):
            table = {key: table if key == "not" else [table]}
        return table

    assert isinstance(rule_of(nested(50)), Rule)
    endless: Anything = {}
    endless[key] = endless if key == "not" else [endless]
    for table in (nested(51), nested(5_000), endless):
        with pytest.raises(ConfigurationError, match="nested too deep"):
            rule_of(table)
