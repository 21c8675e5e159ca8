"""Policies: default deny, roles and routes that fit each other, and every mistake told at once with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PUBLIC,
    Acr,
    Amr,
    Claim,
    Client,
    ConfigurationError,
    Group,
    Issuer,
    Policy,
    Principal,
    Role,
    Route,
    Rule,
    Scope,
    SignedInWithin,
)
from tests.support.principals import principal
from tests.support.tokens import NOW

A, B, C = Group("a"), Group("b"), Group("c")
SILENT = Claim("custom:status", equals="frozen")
FROZEN = Claim("custom:status", equals="frozen", default="")


def problems_of(**options: Any) -> tuple[str, ...]:
    """What is wrong with a policy."""
    with pytest.raises(ConfigurationError) as caught:
        Policy(**options)
    return caught.value.problems


def allowed(policy: Policy, method: str, path: str, who: Principal) -> bool:
    """Does a route lead there, and is *who* let in by it?"""
    guarded = policy.find(method, path)
    return guarded is not None and guarded.plan.verdict(who, NOW).allowed


# -- What a policy says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(), id="nothing"),
        pytest.param(Policy(roles={"a": A}), id="roles only"),
        pytest.param(Policy(roles={}, routes=()), id="empty lists"),
        pytest.param(Policy(routes=[Route("GET /a", AUTHENTICATED, mode="shadow")]), id="a shadow only"),
        pytest.param(Policy(routes=[Route("GET /b", AUTHENTICATED)]), id="another path"),
        pytest.param(Policy(routes=[Route("POST /a", AUTHENTICATED)]), id="another method"),
        pytest.param(Policy(cors_preflight=True), id="preflights only"),
    ],
)
def test_no_route_leads_nowhere(policy: Policy) -> None:
    """What no route allows is refused: there is nothing to find."""
    assert policy.find("GET", "/a") is None


def test_a_route_is_found_with_what_it_asks() -> None:
    """The line that matched, its route, and the same plan for the same question."""
    one, other = Route(["GET /a", "GET /b/{x}"], A, deny=B), Route("POST /a", A, deny=B)
    policy = Policy(routes=[one, other])
    found, again, third = policy.find("GET", "/b/1"), policy.find("GET", "/a"), policy.find("POST", "/a")
    assert found is not None
    assert again is not None
    assert third is not None
    assert ("GET /b/{x}", one) == (found.line, found.route)
    assert ("POST /a", other) == (third.line, third.route)
    assert found.plan is again.plan is third.plan
    assert (one, other) == policy.routes


@pytest.mark.parametrize(
    ("expression", "groups", "held"),
    [
        pytest.param("a", "a", True, id="a role"),
        pytest.param("a", "b", False, id="a role, without"),
        pytest.param("both", "ab", True, id="a role of roles"),
        pytest.param("both", "a", False, id="a role of roles, half"),
        pytest.param("spelled", "b", True, id="a role that is an expression"),
        pytest.param("spelled", "bc", False, id="a role that is an expression, negated"),
        pytest.param("deep & !c", "ab", True, id="roles of roles of roles"),
        pytest.param("deep & !c", "abc", False, id="roles of roles of roles, negated"),
        pytest.param("c | !deep", "a", True, id="the negation of a role of roles"),
        pytest.param("c | !deep", "ab", False, id="the negation of a role of roles, with"),
        pytest.param("authenticated", "", True, id="authenticated"),
        pytest.param("authenticated & a", "", False, id="authenticated, and more"),
        pytest.param("a | a & c", "a", True, id="the same role twice is no circle"),
    ],
)
def test_roles_are_replaced_by_their_rules(expression: str, groups: str, held: bool) -> None:  # noqa: FBT001  a column
    """However deep; in an expression and in Python alike."""
    roles: Mapping[str, Rule | str] = {
        "deep": Role("both") | (Role("both") & ~Role("c")),
        "both": Role("a") & Role("b"),
        "spelled": "b & !c",
        "a": A,
        "b": B,
        "c": C,
    }
    policy = Policy(roles=roles, routes=[Route("GET /a", expression)])
    assert held is allowed(policy, "GET", "/a", principal(groups=groups))


def test_the_names_of_roles_held_are_told() -> None:
    """All that hold now, used by a route or not."""
    policy = Policy(roles={"a": A, "new": SignedInWithin(90), "both": "a & new", "batch": MACHINE})
    assert {"a", "new", "both"} == policy.roles_held(principal(groups="a"), NOW)
    assert {"a"} == policy.roles_held(principal(groups="a"), NOW + 30)
    assert {"new"} == policy.roles_held(principal(), NOW)


def test_roles_held_are_worked_out_again_when_time_changes_them() -> None:
    """Of the same caller: until then they are remembered, by each policy for itself."""
    who = principal(groups="a")
    policy = Policy(roles={"a": A, "new": SignedInWithin(90)})
    plain = Policy(roles={"b": B, "a2": A})
    assert [{"a", "new"}, {"a", "new"}, {"a"}] == [policy.roles_held(who, NOW + later) for later in (0, 29, 30)]
    assert [{"a2"}, {"a2"}] == [plain.roles_held(who, NOW + later) for later in (0, 86_400)]
    assert plain.roles_held(who, NOW) is plain.roles_held(who, NOW)


def test_shadows_are_a_table_of_their_own() -> None:
    """The route in shadow mode is beside the one that decides, of the same shape even, and never in its place."""
    decides, tells = Route("GET /{x}", A), Route("GET /{y}", B, mode="shadow")
    policy = Policy(routes=[tells, decides])
    found, shadow = policy.find("GET", "/a"), policy.find_shadow("GET", "/a")
    assert found is not None
    assert shadow is not None
    assert (decides, tells) == (found.route, shadow.route)
    assert policy.find_shadow("POST", "/a") is None
    assert Policy(routes=[decides]).find_shadow("GET", "/a") is None


@pytest.mark.parametrize("path", ["/", "/a", "/a/b/c/"])
def test_a_bare_rule_guards_every_path(path: str) -> None:
    """Whatever the method; routes, if there were any, count no longer, roles do."""
    policy = Policy(roles={"a": A}, routes=[Route("GET /a", PUBLIC)]).guarding(Role("a"))
    assert allowed(policy, "DELETE", path, principal(groups="a"))
    assert not allowed(policy, "GET", path, principal())
    assert policy.find_shadow("GET", path) is None


@pytest.mark.parametrize(
    "rule", [None, "admin", True, A.holds, Group, Policy(), ()], ids=lambda rule: type(rule).__name__
)
def test_only_a_rule_guards(rule: Any) -> None:
    """There is no default: who forgets the rule has no policy."""
    with pytest.raises(ConfigurationError, match="there is no default"):
        Policy().guarding(rule)


def test_whoever_names_an_api_that_there_is_not_is_led_nowhere() -> None:
    """Bare rules and shadows included: he means another policy."""
    routes = [Route("GET /a", PUBLIC), Route("GET /a", PUBLIC, mode="shadow")]
    assert Policy(routes=routes).find("GET", "/a", "billing") is None
    assert Policy(routes=routes).find_shadow("GET", "/a", "billing") is None
    assert Policy().guarding(AUTHENTICATED).find("GET", "/a", "billing") is None


# -- Rules that are asked about one by one -----------------------------------------------------------------------------


def test_one_rule_has_one_plan() -> None:
    """Equal rules share it, also with a route; another deny is another question."""
    policy = Policy(roles={"a": A}, routes=[Route("GET /a", B)])
    found = policy.find("GET", "/a")
    assert found is not None
    assert policy.plan(Group("b")) is found.plan
    asked = policy.plan(Group("c"))
    assert policy.plan(Group("d")) is not asked
    assert policy.plan(Group("c")) is asked
    assert policy.plan(B, A) is not policy.plan(B)
    assert policy.plan(Role("a")).verdict(principal(groups="a"), NOW).allowed


def test_rules_made_by_the_request_do_not_fill_the_memory() -> None:
    """Plans that were asked for once are forgotten in time, those of the routes never."""
    policy = Policy(routes=[Route("GET /a", B)])
    found = policy.find("GET", "/a")
    first = policy.plan(A)
    for number in range(2_000):
        policy.plan(Client(str(number)))
    assert found is not None
    assert found.plan is policy.plan(B)
    assert first is not policy.plan(A)


@pytest.mark.parametrize(
    ("allow", "deny", "message"),
    [
        pytest.param(Role("x"), None, "role 'x': there is none; there are a, b", id="an unknown role"),
        pytest.param(A & ~Role("x"), None, "role 'x': there is none", id="an unknown role, deeper"),
        pytest.param(A, Role("x"), "role 'x': there is none", id="an unknown role in deny"),
        pytest.param(~Role("b"), None, "must say what absence means", id="a negated role that is silent on absence"),
        pytest.param(A, Role("b"), "must say what absence means", id="a denying role that is silent on absence"),
        pytest.param(PUBLIC, A, "deny beside public", id="public, but"),
        pytest.param(A, PUBLIC, "deny: public denies everybody", id="but public"),
    ],
)
def test_a_question_must_make_sense(allow: Rule, deny: Rule | None, message: str) -> None:
    """In the words of the policy, and with absence defined where it would help."""
    with pytest.raises(ConfigurationError, match=message):
        Policy(roles={"a": A, "b": SILENT}).plan(allow, deny)


# -- Several issuers ---------------------------------------------------------------------------------------------------

STAFF, BOTH = frozenset({"staff"}), frozenset({"staff", "partners"})


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"routes": [Route("GET /a", A)]}, id="a group"),
        pytest.param({"routes": [Route("GET /a", Scope("r"))]}, id="a scope"),
        pytest.param({"routes": [Route("GET /a", AUTHENTICATED, deny=A)]}, id="a denied group"),
        pytest.param({"routes": [Route("GET /a", A, mode="shadow")]}, id="in a shadow"),
        pytest.param({"roles": {"a": A}, "routes": [Route("GET /a", "a")]}, id="in a role"),
        pytest.param({"roles": {"a": A}}, id="in a role of no route"),
        pytest.param({"routes": [Route("GET /a", ~A)]}, id="negated"),
        pytest.param({"routes": [Route("GET /a", Issuer("staff") | A)]}, id="the issuer is another way"),
        pytest.param({"routes": [Route("GET /a", Issuer("staff") & B | A)]}, id="the issuer is on another way"),
    ],
)
def test_with_several_issuers_groups_and_scopes_need_one(options: Any) -> None:
    """An `admins` of the partners' pool is no admin of ours; with one issuer there is nothing to ask."""
    policy = Policy(**options)
    assert [] == policy.misuses(STAFF)
    (problem,) = policy.misuses(BOTH)
    assert problem.endswith(": of which issuer? there are several; add issuer or any_issuer = true")


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Issuer("staff") & A, id="named"),
        pytest.param(Issuer("staff", "partners") & (A | Scope("r")), id="named for several"),
        pytest.param(Group("a", any_issuer=True), id="any issuer"),
        pytest.param(Scope("r", any_issuer=True), id="any issuer's scope"),
        pytest.param(Client("c1") | MACHINE, id="neither groups nor scopes"),
        pytest.param(AUTHENTICATED, id="authenticated"),
        pytest.param(PUBLIC, id="public"),
    ],
)
def test_a_rule_that_fits_several_issuers(rule: Rule) -> None:
    """It names the issuer, says that any will do, or asks for what is the same everywhere."""
    assert [] == Policy(routes=[Route("GET /a", rule)]).misuses(BOTH)
    assert [] == Policy().guarding(rule).misuses(BOTH)
    assert [] == Policy().misuses(BOTH, (rule,))


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(routes=[Route("GET /a", Issuer("stuff"))]), id="a route"),
        pytest.param(Policy(routes=[Route("GET /a", AUTHENTICATED, deny=~Issuer("stuff"))]), id="a deny"),
        pytest.param(Policy(roles={"a": Issuer("stuff", "staff") & A}), id="a role"),
        pytest.param(Policy().guarding(Issuer("stuff")), id="a bare rule"),
    ],
)
def test_an_issuer_that_is_not_configured_is_found(policy: Policy) -> None:
    """A typo in its name would refuse everybody, and negated let everybody in."""
    meant = "; did you mean 'staff'?"
    assert [f"issuer 'stuff': not configured; there are partners, staff{meant}"] == policy.misuses(BOTH)
    assert [f"issuer 'stuff': not configured; there are staff{meant}"] == policy.misuses(STAFF)


def test_a_bare_rule_and_one_asked_about_need_an_issuer_too() -> None:
    """However a rule comes in, it is looked at."""
    assert 1 == len(Policy().guarding(A).misuses(BOTH))
    assert 1 == len(Policy().misuses(BOTH, (A,)))
    assert 1 == len(Policy(roles={"a": A}).misuses(BOTH, (Role("a"), A)))


# -- What cannot be a policy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "problems"),
    [
        pytest.param({"a": Role("a")}, {"roles.a: roles go in a circle: a -> a"}, id="itself"),
        pytest.param({"a": "b", "b": "a"}, {"roles.a: roles go in a circle: a -> b -> a"}, id="two"),
        pytest.param({"b": "a", "a": "b"}, {"roles.b: roles go in a circle: b -> a -> b"}, id="two, from the other"),
        pytest.param(
            {"a": "b & x", "b": "x | !c", "c": "(a)", "x": A},
            {"roles.a: roles go in a circle: a -> b -> c -> a"},
            id="three",
        ),
        pytest.param(
            {"a": "b & c", "b": "a", "c": "d", "d": "c | a"},
            {"roles.a: roles go in a circle: a -> b -> a", "roles.c: roles go in a circle: c -> d -> c"},
            id="two circles that touch",
        ),
        pytest.param(
            {"a": "b", "b": "b"}, {"roles.b: roles go in a circle: b -> b"}, id="one that leads to another is not told"
        ),
        pytest.param(
            {"a": "x & b & y", "b": "z"},
            {"roles.b: role 'z': there is none", "roles.a: role 'x': there is none", "roles.a: role 'y': there is"},
            id="several unknown roles, and one that uses one",
        ),
        pytest.param(
            {"editor": A, "a": "Editor"},
            {"roles.a: role 'Editor': there is none; there are a, editor; did you mean 'editor'?"},
            id="a near miss",
        ),
        pytest.param({"a": "x"}, {"roles.a: role 'x': there is none; there are a"}, id="an unknown role"),
        pytest.param({"a": A & Role("A")}, {"roles.a: role 'A': there is none; there are a"}, id="another case"),
        pytest.param({"a": "b &", "b": A}, {"roles.a: expression 'b &': it ends too early; "}, id="an expression"),
        pytest.param({"a": "!s", "s": SILENT}, {f"roles.a: {SILENT}: negated or used in deny, so it "}, id="absence"),
        pytest.param({"public": A}, {"roles.public: is not a role's name"}, id="public"),
        pytest.param({"authenticated": A}, {"roles.authenticated: is not a role's name"}, id="authenticated"),
        pytest.param({"": A}, {"roles.: is not a role's name"}, id="no name"),
        pytest.param({"a b": A}, {"roles.a b: is not a role's name"}, id="a space"),
        pytest.param({"1a": A}, {"roles.1a: is not a role's name"}, id="a digit first"),
        pytest.param({"a&b": A}, {"roles.a&b: is not a role's name"}, id="an operator"),
        pytest.param({"é": A}, {"roles.é: is not a role's name"}, id="beyond ASCII"),
        pytest.param({5: A}, {"roles.5: is not a role's name"}, id="a number"),
        pytest.param({"a": PUBLIC}, {"roles.a: must be a rule on a principal"}, id="a public role"),
        pytest.param({"a": "public"}, {"roles.a: must be a rule on a principal"}, id="a public role, spelled"),
        pytest.param({"a": None}, {"roles.a: must be a rule on a principal"}, id="None"),
        pytest.param({"a": ["admin"]}, {"roles.a: must be a rule on a principal"}, id="a list"),
    ],
)
def test_what_cannot_be_roles_is_refused(roles: Any, problems: set[str]) -> None:
    """Circles, unknown names and names that an expression could not say; each with the role's key."""
    told = problems_of(roles=roles)
    assert len(problems) == len(told)
    assert all(any(message.startswith(problem) for message in told) for problem in problems)


@pytest.mark.parametrize(
    ("routes", "problem"),
    [
        pytest.param([Route("GET /a", "x")], "route 'GET /a': role 'x': there is none; there are a", id="unknown"),
        pytest.param([Route("GET /a", "a", deny="x")], "route 'GET /a': role 'x': there is none", id="unknown deny"),
        pytest.param([Route("GET /a", "a &")], "route 'GET /a': expression 'a &': it ends too early", id="allow"),
        pytest.param([Route("GET /a", "")], "route 'GET /a': expression '': it ends too early", id="nothing"),
        pytest.param([Route("GET /a", "a", deny="")], "route 'GET /a': expression '': it ends", id="deny nothing"),
        pytest.param([Route("GET /a", "!s")], "route 'GET /a': needs claim custom:status", id="negated, no default"),
        pytest.param(
            [Route("GET /a", "a", deny="s")], "route 'GET /a': needs claim custom:st", id="denied, no default"
        ),
        pytest.param([Route("GET /a", A, deny=B & SILENT)], "route 'GET /a': needs claim custom:", id="denied, deeper"),
        pytest.param([Route("GET /a", A, deny=Acr("x"))], "route 'GET /a': needs acr x", id="denied acr"),
        pytest.param([Route("GET /a", A, deny=Amr("x"))], "route 'GET /a': needs sign-in by x", id="denied amr"),
        pytest.param([Route("GET /a", A, deny=SignedInWithin(9))], "route 'GET /a': needs a sign-in", id="denied age"),
        pytest.param([Route("GET /a", "public", deny="a")], "route 'GET /a': deny beside public", id="public, but"),
        pytest.param([Route("GET /a", "a", deny="public")], "route 'GET /a': deny: public denies", id="but public"),
        pytest.param([Route("GET /a", "public | a")], "route 'GET /a': PUBLIC is a rule by itself", id="or public"),
        pytest.param([Route("GET /a", A), Route("GET /a", B)], "route 'GET /a': another route has", id="twice"),
        pytest.param(
            [Route("GET /a", A), Route("GET /a", A)], "route 'GET /a': another route has", id="the same twice"
        ),
        pytest.param([Route(["GET /{x}", "GET /{y}/"], A)], "route 'GET /{y}/': another route has", id="twice in one"),
        pytest.param(
            [Route("GET /a", A, mode="shadow"), Route("GET /a/", B, mode="shadow")],
            "route 'GET /a/': another route has",
            id="two shadows",
        ),
    ],
)
def test_what_cannot_be_routes_is_refused(routes: list[Route], problem: str) -> None:
    """Whatever is wrong with a route is told with its first line, or with the very line."""
    (told,) = problems_of(roles={"a": A, "s": SILENT}, routes=routes)
    assert told.startswith(problem)


def test_the_order_of_routes_hides_no_mistake() -> None:
    """Two routes of one shape are refused whichever comes first."""
    routes = [Route("GET /a", A), Route("GET /b", A), Route("GET /a", PUBLIC)]
    assert problems_of(routes=routes) == problems_of(routes=routes[::-1])


def test_every_mistake_is_told_at_once() -> None:
    """An administrator sees all that is to be done, and each once."""
    told = problems_of(
        roles={"a": "a", "b": A, "public": A},
        routes=[Route("GET /a", "x"), Route("GET /b", "b", deny="y"), Route("GET /c", "b"), Route("GET /c", "b")],
    )
    assert ["roles.public", "roles.a", "route 'GET /a'", "route 'GET /b'", "route 'GET /c'"] == [
        problem.split(": ")[0] for problem in told
    ]


# -- Out of a table ----------------------------------------------------------------------------------------------------

TABLE: Mapping[str, Any] = {
    "version": 1,
    "roles": {
        "admin": {"groups": ["admins"]},
        "editor": {"any": [{"groups": ["editors"]}, {"role": "admin"}]},
        "auditor": {"all": [{"groups": ["audit"]}, {"claim": "custom:dept", "in": ["risk", "legal"]}]},
        "batch": {"all": [{"machine": True}, {"scopes": ["jobs/run"]}]},
        "frozen": {"claim": "custom:status", "equals": "suspended", "default": ""},
        "strong": {"all": [{"acr_at_least": "urn:cognito:loa:3"}, {"signed_in_within": 900}]},
    },
    "route": [
        {"match": ["GET /orders", "GET /orders/{id}"], "allow": "editor | auditor | batch", "deny": "frozen"},
        {"match": "ANY /orders/{id}/admin/{rest*}", "allow": "admin & strong"},
        {"match": "GET /healthz", "allow": "public"},
    ],
}

PYTHON = Policy(
    roles={
        "admin": Group("admins"),
        "editor": Group("editors") | Role("admin"),
        "auditor": Group("audit") & Claim("custom:dept", one_of={"risk", "legal"}),
        "batch": MACHINE & Scope("jobs/run"),
        "frozen": Claim("custom:status", equals="suspended", default=""),
        "strong": Acr("urn:cognito:loa:3") & SignedInWithin(900),
    },
    routes=[
        Route(["GET /orders", "GET /orders/{id}"], "editor | auditor | batch", deny="frozen"),
        Route("ANY /orders/{id}/admin/{rest*}", "admin & strong"),
        Route("GET /healthz", "public"),
    ],
)

TOML = """
version = 1

[[issuer]]
name = "staff"
user_pool = 5                                  # left to others

[roles]
admin   = { groups = ["admins"] }
editor  = { any = [ { groups = ["editors"] }, { role = "admin" } ] }
auditor = { all = [ { groups = ["audit"] }, { claim = "custom:dept", in = ["risk", "legal"] } ] }
batch   = { all = [ { machine = true }, { scopes = ["jobs/run"] } ] }
frozen  = { claim = "custom:status", equals = "suspended", default = "" }
strong  = { all = [ { acr_at_least = "urn:cognito:loa:3" }, { signed_in_within = 900 } ] }

[[route]]
match = ["GET /orders", "GET /orders/{id}"]
allow = "editor | auditor | batch"
deny  = "frozen"
[[route]]
match = "ANY /orders/{id}/admin/{rest*}"
allow = "admin & strong"
[[route]]
match = "GET /healthz"
allow = "public"
"""


def test_both_spellings_are_one_policy(tmp_path: Path) -> None:
    """A file, a table and Python code give the same roles and routes; a file's issuers are left to others."""
    path = tmp_path / "policy.toml"
    path.write_text(TOML, "utf-8")
    for policy in (Policy.from_dict(TABLE), Policy.from_file(path)):
        assert PYTHON.roles == policy.roles
        assert PYTHON.routes == policy.routes
        assert PYTHON.cors_preflight is policy.cors_preflight is False


def test_preflights_may_be_let_through_everywhere() -> None:
    """When the top of the file says so."""
    assert Policy.from_dict({"version": 1, "cors_preflight": True}).cors_preflight


@pytest.mark.parametrize(
    ("who", "method", "path", "held"),
    [
        pytest.param(principal(groups=["editors"]), "GET", "/orders", True, id="an editor"),
        pytest.param(principal(groups=["admins"]), "GET", "/orders/17", True, id="an admin is an editor"),
        pytest.param(principal({"custom:dept": "risk"}, groups=["audit"]), "GET", "/orders", True, id="an auditor"),
        pytest.param(principal({"custom:dept": "sales"}, groups=["audit"]), "GET", "/orders", False, id="of sales"),
        pytest.param(principal(groups=["audit"]), "GET", "/orders", False, id="an auditor of no department"),
        pytest.param(principal(scopes=["jobs/run"]), "GET", "/orders", False, id="a scope does not make a machine"),
        pytest.param(principal({"custom:dept": "risk"}), "GET", "/orders", False, id="a department alone"),
        pytest.param(
            principal({"custom:status": "suspended"}, groups=["admins"]), "GET", "/orders", False, id="a frozen admin"
        ),
        pytest.param(principal(groups=["editors"]), "POST", "/orders", False, id="another method"),
        pytest.param(principal(groups=["editors"]), "GET", "/orders/17/items", False, id="another path"),
        pytest.param(principal(groups=["admins"]), "GET", "/orders/1/admin/x", False, id="an admin, signed in weakly"),
        pytest.param(
            principal({"acr": "urn:cognito:loa:4"}, groups=["admins"]), "PUT", "/orders/1/admin/x", True, id="strongly"
        ),
        pytest.param(
            principal({"acr": "urn:cognito:loa:4", "auth_time": NOW - 901}, groups=["admins"]),
            "PUT",
            "/orders/1/admin/x",
            False,
            id="strongly, but long ago",
        ),
        pytest.param(
            principal({"acr": "urn:cognito:loa:4"}, groups=["admins"]), "PUT", "/orders/1/admin", False, id="no rest"
        ),
    ],
)
def test_a_policy_of_a_table_decides(who: Principal, method: str, path: str, held: bool) -> None:  # noqa: FBT001  a column
    """Who is let in by the example of the documentation, and who is not."""
    assert held is allowed(Policy.from_dict(TABLE), method, path, who)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        pytest.param({"version": None}, ["version: must be 1"], id="version null"),
        pytest.param({"version": 2}, ["version: must be 1"], id="another version"),
        pytest.param({"version": "1"}, ["version: must be 1"], id="version in quotes"),
        pytest.param({"version": True}, ["version: must be 1"], id="version true"),
        pytest.param({"version": 1.0}, ["version: must be 1"], id="version as a real number"),
        pytest.param({"default": "allow"}, ["unknown key 'default'; at the top stand version, issuer,"], id="default"),
        pytest.param({"routes": []}, ["unknown key 'routes'; at the top stand"], id="routes"),
        pytest.param({"x": 1, "y": 2}, ["unknown key 'x'", "unknown key 'y'"], id="two unknown keys"),
        pytest.param({"cors_preflight": "true"}, ["cors_preflight: must be true or false"], id="a string for a flag"),
        pytest.param({"cors_preflight": 1}, ["cors_preflight: must be true or false"], id="a number for a flag"),
        pytest.param({"roles": []}, ["roles: must be a table of role names"], id="a list of roles"),
        pytest.param({"route": {}}, ["route: must be a list of tables, as in [[route]]"], id="one route"),
        pytest.param(
            {"roles": {"a": {"grops": ["a"]}, "b": {"groups": []}}, "route": [{"match": "/a", "allow": "c d"}, 5]},
            ["roles.a: unknown key 'grops'", "roles.b: groups: must be", "route[1]: route '/a'", "route[2]: must be"],
            id="a mistake in each part",
        ),
        pytest.param(
            {"version": 0, "roles": {"a": {"role": "a"}}, "route": [{"match": "GET /a", "allow": "x"}]},
            ["version: must be 1", "roles.a: roles go in a circle", "route[1]: role 'x': there is none"],
            id="a mistake in each part that only shows when all is read",
        ),
    ],
)
def test_what_is_no_policy_is_refused(changes: Mapping[str, Any], problems: list[str]) -> None:
    """All mistakes at once, each with the path of its key."""
    with pytest.raises(ConfigurationError) as caught:
        Policy.from_dict({"version": 1, **changes})
    assert len(problems) == len(caught.value.problems)
    for expected, told in zip(problems, caught.value.problems, strict=True):
        assert told.startswith(expected)


@pytest.mark.parametrize("data", [None, [], "version = 1", 1], ids=repr)
def test_a_policy_is_a_table(data: Any) -> None:
    """Anything else is refused as a whole."""
    with pytest.raises(ConfigurationError, match="policy: must be a table"):
        Policy.from_dict(data)


def test_an_empty_table_is_no_policy() -> None:
    """Its version is missing."""
    with pytest.raises(ConfigurationError, match="version is missing"):
        Policy.from_dict({})
