"""Apis: sets of routes of their own, found by name, by host or by gateway."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import AUTHENTICATED, Api, ConfigurationError, Group, Policy, Route
from tests.support.principals import principal
from tests.support.tokens import NOW

A, B = Group("a"), Group("b")
NONE: list[Any] = []


def test_an_api_keeps_what_it_is_told() -> None:
    """Hosts as they are compared; and it is a value."""
    api = Api(
        "billing", [Route("GET /a", A)], hosts=["B.example.com:8443", "b.example.com."], gateway=["x1/prod", "x2"]
    )
    assert ("billing", (Route("GET /a", A),), frozenset({"b.example.com"}), frozenset({"x1/prod", "x2"})) == (
        api.name,
        api.routes,
        api.hosts,
        api.gateway,
    )
    assert "Api('billing', 1 routes)" == repr(api)
    assert Api("billing", NONE) == Api("billing", (), hosts=(), gateway=())
    assert Api("billing", NONE) != Api("billing", [Route("GET /a", A)])


@pytest.mark.parametrize(
    ("arguments", "options", "problem"),
    [
        pytest.param(("", NONE), {}, "name: must be letters", id="no name"),
        pytest.param(("a/b", NONE), {}, "name: must be letters", id="a slash in the name"),
        pytest.param((".a", NONE), {}, "name: must be letters", id="a dot first"),
        pytest.param(("a\n", NONE), {}, "name: must be letters", id="a line break behind the name"),
        pytest.param(("é", NONE), {}, "name: must be letters", id="beyond ASCII"),
        pytest.param((None, NONE), {}, "name: must be letters", id="None"),
        pytest.param(("a", None), {}, "routes: must be a list of Route", id="no routes"),
        pytest.param(("a", ["GET /a"]), {}, "routes: must be a list of Route", id="a line for a route"),
        pytest.param(("a", 5), {}, "routes: must be a list of Route", id="a number for routes"),
        *(
            pytest.param(("a", NONE), {"hosts": [host]}, "hosts: must be host names", id=f"host {host!a}")
            for host in (
                "*",
                "*.a.example",
                "https://a.example",
                "a.example/x",
                "a b",
                "-a",
                "a..b",
                "é.example",
                ":80",
            )
        ),
        pytest.param(("a", NONE), {"hosts": "a.example"}, "hosts: must be a list", id="a host for a list"),
        pytest.param(("a", NONE), {"hosts": [""]}, "hosts: must be a list", id="an empty host"),
        pytest.param(("a", NONE), {"hosts": None}, "hosts: must be a list", id="no list of hosts"),
        pytest.param(("a", NONE), {"hosts": ["a" * 64]}, "hosts: must be host names", id="a label that is too long"),
        *(
            pytest.param(("a", NONE), {"gateway": [each]}, "gateway: must be ids", id=f"gateway {each!a}")
            for each in ("/prod", "x/", "x/*", "*", "x/prod/y", "x/$other", "x/prod\n", "arn:aws:execute-api")
        ),
        pytest.param(("a", NONE), {"gateway": "x/prod"}, "gateway: must be a list", id="a gateway for a list"),
    ],
)
def test_what_is_no_api_is_refused(arguments: Any, options: Any, problem: str) -> None:
    """No patterns: which requests an api is for is not guessed."""
    with pytest.raises(ConfigurationError) as caught:
        Api(*arguments, **options)
    (told,) = caught.value.problems
    assert told.startswith(problem)


def test_all_mistakes_of_an_api_are_told() -> None:
    """One error, with a line for each."""
    nonsense: Any = 5
    with pytest.raises(ConfigurationError) as caught:
        Api(nonsense, nonsense, hosts=nonsense, gateway=["*"])
    assert 4 == len(caught.value.problems)


# -- Within a policy ---------------------------------------------------------------------------------------------------

POLICY = Policy(
    roles={"a": A},
    routes=[Route("GET /shared", A), Route("ANY /{rest*}", AUTHENTICATED), Route("GET /s", A, mode="shadow")],
    apis=[
        Api(
            "billing",
            [Route("GET /bills/{id}", B), Route("POST /shared", "a"), Route("GET /t", A, mode="shadow")],
            hosts=["billing.example.com", "[::1]"],
            gateway=["x1/prod", "x1", "x2/$default"],
        ),
        Api("stock", [Route("GET /bills/{x}", A)], hosts=["stock.example.com"], gateway=["x1/dev", "X1/prod"]),
    ],
)


@pytest.mark.parametrize(
    ("api", "method", "path", "line"),
    [
        pytest.param(None, "GET", "/shared", "GET /shared", id="a route of every api"),
        pytest.param("billing", "GET", "/shared", "GET /shared", id="the same, for one"),
        pytest.param("stock", "HEAD", "/shared/", "GET /shared", id="the same, for the other"),
        pytest.param("billing", "POST", "/shared", "POST /shared", id="beside it one of its own"),
        pytest.param("stock", "POST", "/shared", "ANY /{rest*}", id="which is not the other's"),
        pytest.param(None, "POST", "/shared", "ANY /{rest*}", id="nor everybody's"),
        pytest.param("billing", "GET", "/bills/7", "GET /bills/{id}", id="its own, more specific"),
        pytest.param("stock", "GET", "/bills/7", "GET /bills/{x}", id="another's of the same shape"),
        pytest.param(None, "GET", "/bills/7", "ANY /{rest*}", id="not without the api"),
        pytest.param("billing", "GET", "/bills/7/8", "ANY /{rest*}", id="back to every api's"),
        pytest.param("nobody", "GET", "/shared", None, id="an api that there is not"),
        pytest.param("Billing", "GET", "/shared", None, id="another case"),
        pytest.param("", "GET", "/shared", None, id="an empty name"),
    ],
)
def test_an_api_has_its_routes_and_everybodys(api: str | None, method: str, path: str, line: str | None) -> None:
    """Of both together the most specific one decides."""
    found = POLICY.find(method, path, api)
    assert line == (found.line if found else None)


def test_shadows_are_found_by_api_as_well() -> None:
    """Everybody's and its own."""
    lines = [
        found.line if (found := POLICY.find_shadow("GET", path, api)) else None
        for api in (None, "billing", "stock", "nobody")
        for path in ("/s", "/t")
    ]
    assert ["GET /s", None, "GET /s", "GET /t", "GET /s", None, None, None] == lines


@pytest.mark.parametrize(
    ("host", "name"),
    [
        pytest.param("billing.example.com", "billing", id="as written"),
        pytest.param("BILLING.Example.com", "billing", id="another case"),
        pytest.param("billing.example.com:8443", "billing", id="a port"),
        pytest.param("billing.example.com.", "billing", id="the dot of a full name"),
        pytest.param("billing.example.com.:443", "billing", id="both"),
        pytest.param("[::1]:80", "billing", id="an address"),
        pytest.param("stock.example.com", "stock", id="the other"),
        pytest.param("example.com", "", id="the parent"),
        pytest.param("a.billing.example.com", "", id="a child"),
        pytest.param("billing.example.com:x", "", id="no port"),
        pytest.param("billing.example.com..", "", id="two dots"),
        pytest.param(" billing.example.com", "", id="a space"),
        pytest.param("billing.example.com,stock.example.com", "", id="two"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_api_of_a_host(host: str, name: str) -> None:
    """However a client may spell the same host; one that is nobody's finds no route."""
    assert name == POLICY.api_of_host(host)


@pytest.mark.parametrize(
    ("api_id", "stage", "name"),
    [
        pytest.param("x1", "prod", "billing", id="a stage"),
        pytest.param("x1", "dev", "stock", id="a stage of another api"),
        pytest.param("x1", "test-invoke-stage", "billing", id="a stage that no api names"),
        pytest.param("x2", "$default", "billing", id="the default stage"),
        pytest.param("x2", "prod", "", id="a stage of an id that is named with another"),
        pytest.param("X1", "prod", "stock", id="case counts"),
        pytest.param("x3", "prod", "", id="another id"),
        pytest.param("x1/prod", "", "", id="nothing is put together from parts"),
        pytest.param("", "x1", "", id="no id"),
    ],
)
def test_the_api_of_a_gateway(api_id: str, stage: str, name: str) -> None:
    """The stage's own first, then the one that has the id alone; else one for which no route is found."""
    assert name == POLICY.api_of_gateway(api_id, stage)


@pytest.mark.parametrize(
    ("api", "of_host", "of_gateway"),
    [
        pytest.param([], None, None, id="no api"),
        pytest.param([Api("a", [])], None, None, id="an api by name alone"),
        pytest.param([Api("a", [], hosts=["h"])], "", None, id="hosts"),
        pytest.param([Api("a", [], gateway=["x"])], None, "", id="gateways"),
        pytest.param([Api("a", []), Api("b", [], hosts=["h"], gateway=["x"])], "", "", id="both, of one of two"),
    ],
)
def test_what_no_api_has_chooses_nothing(api: list[Api], of_host: str | None, of_gateway: str | None) -> None:
    """Without any host the routes for every api count; beside known hosts an unknown one must not get these."""
    policy = Policy(routes=[Route("GET /shared", A)], apis=api)
    assert (of_host, of_gateway) == (policy.api_of_host("other"), policy.api_of_gateway("y", "prod"))
    assert (of_gateway,) == (policy.api_of_gateway("y/prod", "prod"),)
    for name in (of_host, of_gateway):
        assert (name is None) == (policy.find("GET", "/shared", name) is not None)


def test_a_bare_rule_guards_every_api() -> None:
    """Those that there are, and their hosts lead to them still."""
    policy = POLICY.guarding(A)
    assert "stock" == policy.api_of_host("stock.example.com")
    assert policy.find("GET", "/x", "nobody") is None
    for api in (None, "billing", "stock"):
        found = policy.find("DELETE", "/x", api)
        assert found is not None
        assert found.plan.verdict(principal(groups="a"), NOW).allowed
        assert not found.plan.verdict(principal(groups="b"), NOW).allowed


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"apis": [Api("a", []), Api("a", [])]}, "api 'a': name: another api is called 'a'", id="names"),
        pytest.param(
            {"apis": [Api("a", [], hosts=["h"]), Api("b", [], hosts=["H"])]},
            "api 'b': hosts: 'h' belongs to api 'a' already",
            id="hosts",
        ),
        pytest.param(
            {"apis": [Api("a", [], gateway=["x"]), Api("b", [], gateway=["x"])]},
            "api 'b': gateway: 'x' belongs to api 'a' already",
            id="gateways",
        ),
        pytest.param(
            {"routes": [Route("GET /{x}", A)], "apis": [Api("a", [Route("GET /{y}", A)])]},
            "api 'a': route 'GET /{y}': another route has this method and this shape",
            id="a route of its own and one of every api",
        ),
        pytest.param(
            {"apis": [Api("a", [Route("GET /a", A), Route("GET /a/", A)])]},
            "api 'a': route 'GET /a/': another route has",
            id="two routes of its own",
        ),
        pytest.param({"apis": [Api("a", [Route("GET /a", "x")])]}, "api 'a': route 'GET /a': role 'x'", id="no role"),
        pytest.param({"apis": ["a"]}, "apis[1]: must be of the class Api", id="a name"),
        pytest.param({"apis": Api("a", [])}, "apis: must be a list of Api", id="one api"),
        pytest.param({"apis": None}, "apis: must be a list of Api", id="None"),
        pytest.param({"routes": [Route("GET /a", A), "GET /b"]}, "routes[2]: must be of the class Route", id="a line"),
        pytest.param({"routes": Route("GET /a", A)}, "routes: must be a list of Route", id="one route"),
        pytest.param({"routes": "GET /a"}, "routes: must be a list of Route", id="a string"),
        pytest.param({"roles": [A]}, "roles: must be a mapping of names to rules", id="a list of roles"),
        pytest.param({"cors_preflight": "no"}, "cors_preflight: must be True or False", id="a string for a flag"),
    ],
)
def test_what_does_not_go_together_is_refused(options: Any, problem: str) -> None:
    """In Python as in a file; what is of another class is told and not stumbled over."""
    with pytest.raises(ConfigurationError) as caught:
        Policy(**options)
    (told,) = caught.value.problems
    assert told.startswith(problem)


# -- Routes that cannot decide -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "hidden"),
    [
        pytest.param(["GET /{r*}", "GET /{x}", "GET /{x}/{r*}"], "GET /{r*}", id="one segment, and more"),
        pytest.param(["GET /{r*}", "ANY /{x}", "ANY /{x}/{r*}"], "GET /{r*}", id="for any method"),
        pytest.param(
            ["ANY /a/{r*}", "ANY /a/{x}", "ANY /a/{x}/{y}", "ANY /a/{x}/{y}/{r*}"],
            "ANY /a/{r*}",
            id="one, two, and more",
        ),
        pytest.param(
            ["GET /{a}/b/{r*}", "GET /{c}/b/{x}", "GET /{d}/b/{x}/{r*}"], "GET /{a}/b/{r*}", id="below others"
        ),
        pytest.param(["ANY /{r*}", "GET /{x}", "GET /{x}/{r*}"], None, id="for one method of any"),
        pytest.param(["GET /{r*}", "POST /{x}", "GET /{x}/{r*}"], None, id="for another method"),
        pytest.param(["GET /{r*}", "GET /{x}/{r*}"], None, id="not for one segment"),
        pytest.param(["GET /{r*}", "GET /{x}", "GET /{x}/{y}"], None, id="not for three segments"),
        pytest.param(["GET /{r*}", "GET /a", "GET /{x}/{r*}"], None, id="for one name"),
        pytest.param(["GET /{r*}", "GET /{x}", "GET /a/{r*}"], None, id="for one name, and more"),
    ],
)
def test_a_route_that_others_hide_is_refused(lines: list[str], hidden: str | None) -> None:
    """It says something that never counts, which is not what its author thinks; in whatever order they stand."""
    for order in (lines, lines[::-1]):
        routes = [Route(line, A) for line in order]
        api = [Api("a", [Route("GET /other", A)])]
        if hidden is None:
            assert Policy(routes=routes, apis=api).find("GET", "/a") is not None
            continue
        both: list[dict[str, Any]] = [{"routes": routes}, {"apis": [Api("a", routes)]}]
        for options in both:
            with pytest.raises(ConfigurationError) as caught:
                Policy(**options)
            (told,) = caught.value.problems
            assert f"route {hidden!r}: can never decide" in told


def test_a_route_that_only_an_api_hides_is_not_hidden() -> None:
    """Everybody's decides elsewhere; the api's own that everybody's hide decides nowhere."""
    wide, one, more = (Route(line, A) for line in ("GET /{r*}", "GET /{x}", "GET /{x}/{r*}"))
    policy = Policy(routes=[wide], apis=[Api("a", [one, more])])
    found = policy.find("GET", "/z")
    assert found is not None
    assert wide == found.route
    with pytest.raises(ConfigurationError, match="can never decide"):
        Policy(routes=[one, more], apis=[Api("a", [wide])])


def test_a_shadow_hides_nothing() -> None:
    """It decides nothing; and of shadows one may hide another, which then tells nothing."""
    wide, one, more = ("GET /{r*}", "GET /{x}", "GET /{x}/{r*}")
    shadows = [Route(line, A, mode="shadow") for line in (one, more)]
    assert Policy(routes=[Route(wide, A), *shadows]).find("GET", "/a") is not None
    with pytest.raises(ConfigurationError, match="can never decide"):
        Policy(routes=[Route(wide, A, mode="shadow"), *shadows])
