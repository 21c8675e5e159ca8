"""The sections of a file: roles, routes and apis are made, or each mistake is told with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any as Anything

import pytest

from cogauth import MACHINE, PUBLIC, Api, ConfigurationError, Group, Policy, Role, Route, Rule
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.sections import read_roles, read_route, read_routes


def problems_of(mistakes: Mistakes) -> list[str]:
    """What was told."""
    try:
        mistakes.check()
    except ConfigurationError as error:
        return list(error.problems)
    return []


def route_of(table: Anything) -> Route:
    """The route of a table that has no place."""
    mistakes = Mistakes()
    route = read_route(table, Place(), mistakes)
    mistakes.check()
    assert route is not None
    return route


def test_roles_and_routes_are_read() -> None:
    """Good ones are made and nothing is told."""
    mistakes = Mistakes()
    roles = {"admin": {"groups": ["a"]}, "batch": {"machine": True}}
    assert ({"admin": Group("a"), "batch": MACHINE}, frozenset()) == read_roles(roles, Place(("roles",)), mistakes)
    tables = [{"match": "GET /a", "allow": "admin"}, {"match": ["ANY /b", "GET /c"], "allow": "batch", "deny": "admin"}]
    assert [
        (Route("GET /a", "admin"), Place(("route", 0))),
        (Route(["ANY /b", "GET /c"], "batch", deny="admin"), Place(("route", 1))),
    ] == read_routes(tables, Place(("route",)), mistakes)
    assert [] == problems_of(mistakes)


@pytest.mark.parametrize(
    ("spelled", "rule"),
    [
        pytest.param({"groups": ["a"]}, Group("a"), id="a condition"),
        pytest.param({"any": [{"groups": ["a"]}, {"role": "b"}]}, Group("a") | Role("b"), id="conditions"),
        pytest.param({"role": "public"}, PUBLIC, id="public"),
    ],
)
def test_a_route_may_have_a_condition_of_its_own(spelled: Anything, rule: Rule) -> None:
    """What is asked once need not have a name."""
    assert Route("GET /a", rule, deny="x") == route_of({"match": "GET /a", "allow": spelled, "deny": "x"})
    assert Route("GET /a", "x", deny=rule) == route_of({"match": "GET /a", "allow": "x", "deny": spelled})


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
        pytest.param({"match": "GET /a", "allow": {"groups": []}}, ["allow: groups: must be a list"], id="no group"),
        pytest.param(
            {"match": "GET /a", "allow": {}, "deny": {"any": [{"grops": 5}]}},
            ["allow: must be a table with one condition", "deny.any[1]: unknown key 'grops'"],
            id="two bad conditions",
        ),
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
    mistakes = Mistakes()
    spelled: Anything = {"a": {"groups": []}, "good": {"machine": True}, "b": {"x": 1}}
    roles, broken = read_roles(spelled, Place(("roles",)), mistakes)
    tables = [{"match": "GET /a", "allow": "a", "x": 1, "y": 2}, {"match": "GET /b", "allow": "b"}, 5]
    routes = read_routes(tables, Place(("route",)), mistakes)
    assert {"good": MACHINE} == roles
    assert frozenset({"a", "b"}) == broken
    assert [Route("GET /b", "b")] == [placed.route for placed in routes]
    assert ["roles.a", "roles.b", "route[1]", "route[1]", "route[3]"] == [
        told.split(": ")[0] for told in problems_of(mistakes)
    ]


@pytest.mark.parametrize("spelled", [None, "", "admin", [], ["admin"], 5, {5: {}}], ids=repr)
def test_roles_are_a_table(spelled: object) -> None:
    """Anything else has no roles, and says so."""
    mistakes = Mistakes()
    assert ({}, frozenset()) == read_roles(spelled, Place(("roles",)), mistakes)
    assert ["roles: must be a table of role names"] == problems_of(mistakes)


@pytest.mark.parametrize("spelled", [None, "", "GET /", {}, {"match": "GET /", "allow": "public"}, 5], ids=repr)
def test_routes_are_a_list(spelled: object) -> None:
    """`[route]` in place of `[[route]]` is a mistake that is easily made."""
    mistakes = Mistakes()
    assert [] == read_routes(spelled, Place(("route",)), mistakes)
    assert ["route: must be a list of tables, as in [[route]]"] == problems_of(mistakes)


# -- Apis --------------------------------------------------------------------------------------------------------------

NONE: list[Anything] = []
NOTHING: dict[str, Anything] = {}
BILLING: Anything = {
    "name": "billing",
    "hosts": ["Billing.example.com"],
    "gateway": ["a1b2c3d4e5/prod"],
    "route": [{"match": "GET /bills", "allow": "public"}],
}


def test_an_api_is_read() -> None:
    """As Python code would make it."""
    made = Api("billing", [Route("GET /bills", "public")], hosts=["billing.example.com"], gateway=["a1b2c3d4e5/prod"])
    assert {"billing": made} == Policy.from_dict({"version": 1, "api": [BILLING]}).apis
    assert {"empty": Api("empty", [])} == Policy.from_dict({"version": 1, "api": [{"name": "empty"}]}).apis


@pytest.mark.parametrize(
    ("spelled", "problems"),
    [
        pytest.param([], ["api: must be a list of tables that is not empty"], id="an empty list"),
        pytest.param({"name": "a"}, ["api: must be a list of tables"], id="one table"),
        pytest.param(None, ["api: must be a list of tables"], id="null"),
        pytest.param(["billing"], ["api[1]: must be a table with name"], id="a name"),
        pytest.param([NOTHING], ["api[1]: name is missing"], id="no name"),
        pytest.param([{"name": "a b"}], ["api[1]: name: must be letters"], id="a space in the name"),
        pytest.param([{"name": 5}], ["api[1]: name: must be letters"], id="a number for the name"),
        pytest.param([{"name": "a", "host": ["a"]}], ["api[1]: unknown key 'host'; an api has name, "], id="a typo"),
        pytest.param([{"name": "a", "hosts": NONE}], ["api[1]: hosts: must be a list of strings that"], id="no host"),
        pytest.param([{"name": "a", "hosts": "a.example"}], ["api[1]: hosts: must be a list"], id="a host for a list"),
        pytest.param([{"name": "a", "gateway": NONE}], ["api[1]: gateway: must be a list"], id="no gateway"),
        pytest.param([{"name": "a", "include": NONE}], ["api[1]: include: must be a list"], id="nothing to include"),
        pytest.param([{"name": "a", "include": [5]}], ["api[1]: include: must be a list"], id="a number to include"),
        pytest.param(
            [{"name": "a", "include": ["a.toml"]}],
            ["api[1].include[1]: only a file can include"],
            id="no file to be in",
        ),
        pytest.param([{"name": "a", "hosts": ["*.a"]}], ["api[1]: hosts: must be host names"], id="a pattern"),
        pytest.param([{"name": "a", "gateway": ["/prod"]}], ["api[1]: gateway: must be ids"], id="a stage alone"),
        pytest.param(
            [{"name": "a"}, {"name": "a"}], ["api[2]: name: another api is called 'a'"], id="one name for two"
        ),
        pytest.param(
            [{"name": "a", "hosts": ["h.example"]}, {"name": "b", "hosts": ["H.example:443"]}],
            ["api[2]: hosts: 'h.example' belongs to api 'a' already"],
            id="one host for two",
        ),
        pytest.param(
            [{"name": "a", "gateway": ["x/p"]}, {"name": "b", "gateway": ["x", "x/p"]}],
            ["api[2]: gateway: 'x/p' belongs to api 'a' already"],
            id="one stage for two",
        ),
        pytest.param(
            [{"name": "a", "x": 1, "route": [{"match": "GET /", "allow": "who"}, {"match": "GET /b"}]}, BILLING],
            ["api[1].route[2]: allow is missing", "api[1]: unknown key 'x'", "api[1].route[1]: role 'who': there"],
            id="an api that cannot be made has routes that are looked at",
        ),
        pytest.param(
            [{"name": "a", "route": {"match": "GET /", "allow": "public"}}],
            ["api[1].route: must be a list of tables, as in [[route]]"],
            id="one route",
        ),
    ],
)
def test_what_is_no_api_is_refused(spelled: Anything, problems: list[str]) -> None:
    """Each mistake with its place, also those that two apis make together."""
    with pytest.raises(ConfigurationError) as caught:
        Policy.from_dict({"version": 1, "api": spelled})
    assert len(problems) == len(caught.value.problems)
    for expected, told in zip(problems, caught.value.problems, strict=True):
        assert told.startswith(expected)


# -- Included files ----------------------------------------------------------------------------------------------------

ROUTES = '[[route]]\nmatch = "GET /bills"\nallow = "public"\n'


def including(folder: Path, *names: str) -> Path:
    """A policy file that includes others."""
    path = folder / "policy.toml"
    path.write_text(f'version = 1\n[[api]]\nname = "billing"\ninclude = {list(names)}\n', "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("bills.toml", ROUTES, id="beside it"),
        pytest.param("./bills.toml", ROUTES, id="beside it, with a dot"),
        pytest.param("apis/bills.toml", ROUTES, id="below it"),
        pytest.param("bills.json", '{"route": [{"match": "GET /bills", "allow": "public"}]}', id="of another kind"),
    ],
)
def test_routes_are_included(tmp_path: Path, name: str, content: str) -> None:
    """From files beside or below the one that includes them, wherever the process was started."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content, "utf-8")
    policy = Policy.from_file(including(tmp_path, name))
    assert {"billing": Api("billing", [Route("GET /bills", "public")])} == policy.apis
    assert policy.find("GET", "/bills") is None
    assert policy.find("GET", "/bills", "billing") is not None


@pytest.mark.parametrize(
    "name",
    [
        "/etc/bills.toml",
        "../bills.toml",
        "apis/../../bills.toml",
        "..",
        "apis\\bills.toml",
        "C:bills.toml",
        "a\nb.toml",
    ],
)
def test_what_lies_elsewhere_is_not_included(tmp_path: Path, name: str) -> None:
    """Whoever may write the file must not be able to have others read."""
    (tmp_path / "bills.toml").write_text(ROUTES, "utf-8")
    folder = tmp_path / "here"
    folder.mkdir()
    path = folder / "policy.json"
    path.write_text(json.dumps({"version": 1, "api": [{"name": "billing", "include": [name]}]}), "utf-8")
    with pytest.raises(ConfigurationError, match=r"api\[1\].include\[1\]: must be the name of a file beside or below"):
        Policy.from_file(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("", "holds no [[route]]", id="nothing"),
        pytest.param("route = []", "holds no [[route]]", id="an empty list"),
        pytest.param("version = 1\n" + ROUTES, "line 1: unknown key 'version'; an included file has", id="a version"),
        pytest.param(ROUTES + "[[api]]\nname = 'x'", "line 4: unknown key 'api'", id="an api"),
        pytest.param(ROUTES + "[roles]\na = {}", "line 4: unknown key 'roles'", id="roles"),
        pytest.param("include = ['policy.toml']\n" + ROUTES, "line 1: unknown key 'include'", id="another file"),
        pytest.param("\n[[route]]\nmatch = 'GET /'\n", "line 2: route[1]: allow is missing", id="no rule"),
        pytest.param("\n\n[[route]]\nmatch = '/'\nallow = 'a'", "line 4: route[1]: route '/': must", id="no method"),
        pytest.param("[[route]]\nmatch = 'GET /'\nallow = 'a'", "line 3: route[1]: role 'a': there", id="no role"),
        pytest.param(ROUTES + ROUTES, "line 5: route[2] 'GET /bills': another route has", id="twice"),
    ],
)
def test_mistakes_in_an_included_file_have_its_name(tmp_path: Path, content: str, problem: str) -> None:
    """With the line in that file."""
    (tmp_path / "bills.toml").write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        Policy.from_file(including(tmp_path, "bills.toml"))
    (told,) = caught.value.problems
    assert told.startswith(f"{tmp_path / 'bills.toml'}: {problem}")


def test_what_cannot_be_included_is_told(tmp_path: Path) -> None:
    """What is not there, what is no file of a kind that is known, and what was included already; the rest is read."""
    (tmp_path / "bad.toml").write_text("route =", "utf-8")
    (tmp_path / "bills.toml").write_text(ROUTES, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        Policy.from_file(including(tmp_path, "none.toml", "bad.toml", "bills.toml", "bills.toml"))
    told = [problem.removeprefix(f"{tmp_path / 'policy.toml'}: line 4: ") for problem in caught.value.problems]
    assert told[0].startswith(f"api[1].include[1]: {tmp_path / 'none.toml'}: cannot be read")
    assert told[1].startswith(f"api[1].include[2]: {tmp_path / 'bad.toml'}: Invalid value (at ")
    assert "api[1]: include: 'bills.toml' stands twice" == told[2]
