"""Descriptions: their operations, how routes fit them, and a configuration to begin with."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, strategies as st

from cogauth import Group, Policy, Route
from cogauth.cli.exits import Mistakes
from cogauth.cli.openapi import Description, Operation, coverage_of, read_description, starter_of
from tests.cli.stage import Run

POOL = ("--pool", "eu-west-1_AbCdEf123", "--client", "web")
NONE: dict[str, Any] = {}
NO_SCOPES: list[Any] = [{"oauth": []}]
OAUTH = {"securitySchemes": {"oauth": {"type": "oauth2"}, "key": {"type": "apiKey"}}}


def described(tmp_path: Path, document: dict[str, Any], base_path: str | None = None) -> Description:
    """What is read of a document."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps({"openapi": "3.0.3", **document}))
    return read_description(file, base_path)


def operation(method: str, path: str, **options: Any) -> Operation:
    """One that says next to nothing."""
    chosen: dict[str, Any] = {"name": "", "tag": "", "security": None, "public": False, **options}
    return Operation(method=method, path=path, **chosen)


# -- Reading -----------------------------------------------------------------------------------------------------------


def test_operations_are_read(tmp_path: Path) -> None:
    """Methods of all versions and of API Gateway; what is no method is none."""
    item: dict[str, Any] = {
        "parameters": [],
        "get": {"operationId": "a", "tags": ["t", "u"]},
        "query": {},
        "additionalOperations": {"PURGE": {}, "odd": {}},
        "x-amazon-apigateway-any-method": None,
    }
    found = described(tmp_path, {"info": {"title": "T"}, "paths": {"/a": item, "x-y": {"get": {}}}})
    assert ["GET /a", "QUERY /a", "PURGE /a", "ANY /a"] == list(map(str, found.operations))
    assert ("T", ("a", "t"), ()) == (found.title, found.operations[0][2:4], found.notes)


@pytest.mark.parametrize(
    ("security", "scopes", "public"),
    [
        pytest.param(None, None, False, id="nothing is said"),
        pytest.param([], (), True, id="none is asked for"),
        pytest.param([NONE], (), True, id="none need be"),
        pytest.param([{"oauth": ["a", "b"]}], ({"a", "b"},), False, id="all of several"),
        pytest.param([{"oauth": ["a"]}, {"oauth": ["b"]}], ({"a"}, {"b"}), False, id="one of several"),
        pytest.param([{"oauth": ["a"]}, NONE], ({"a"},), True, id="optional"),
        pytest.param(NO_SCOPES, (), False, id="a token and no scope"),
        pytest.param([{"key": ["a"]}], (), False, id="roles of another scheme"),
        pytest.param([{"unknown": ["a"]}], (), False, id="a scheme that there is not"),
        pytest.param([{"pool": ["a"]}], ({"a"},), False, id="a user pool of API Gateway"),
        pytest.param([{"same": ["a"]}], ({"a"},), False, id="a scheme by reference"),
        pytest.param([{"oauth": ["a", 5]}, 7], ({"a"},), False, id="nonsense"),
    ],
)
def test_security(security: Any, scopes: tuple[set[str], ...] | None, public: bool, tmp_path: Path) -> None:  # noqa: FBT001  a case
    """What an operation asks for, or the document where it says nothing itself."""
    schemes = {
        **OAUTH["securitySchemes"],
        "pool": {"type": "apiKey", "x-amazon-apigateway-authtype": "cognito_user_pools"},
        "same": {"$ref": "#/components/securitySchemes/oauth"},
    }
    base = {"components": {"securitySchemes": schemes}}
    said: dict[str, Any] = {} if security is None else {"security": security}
    documents: list[dict[str, Any]] = [
        {**base, "paths": {"/a": {"get": said}}},
        {**base, "paths": {"/a": {"get": NONE}}, **said},
    ]
    for document in documents:
        (found,) = described(tmp_path, document).operations
        assert (scopes, public) == (found.security, found.public)


def test_references(tmp_path: Path) -> None:
    """Within the document they are followed, elsewhere not; a circle ends."""
    paths = {
        "/a": {"$ref": "#/components/pathItems/a~1b"},
        "/c": {"$ref": "other.yaml"},
        "/d": {"$ref": "#/paths/~1d"},
        "/e": {"$ref": "#/nowhere/at/all"},
    }
    found = described(tmp_path, {"paths": paths, "components": {"pathItems": {"a/b": {"get": {}}}}})
    assert ["GET /a"] == list(map(str, found.operations))
    assert tuple(f"/{name}: a reference to another document is not followed" for name in "cd") == found.notes


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        pytest.param(["https://a.example.com"], "", id="no path"),
        pytest.param(["https://a.example.com/", "/"], "", id="the root"),
        pytest.param(["https://a.example.com/v1/", "/v2"], "/v1, /v2", id="two"),
        pytest.param(["http://[", 5], "", id="nonsense"),
    ],
)
def test_servers(urls: list[Any], told: str, tmp_path: Path) -> None:
    """What their URLs begin with is told, unless it was said what counts; it is never guessed."""
    document: dict[str, Any] = {"servers": [{"url": url} for url in urls], "paths": {"/a": {"get": {}}}}
    found = described(tmp_path, document)
    assert (["GET /a"], bool(told)) == (list(map(str, found.operations)), bool(found.notes))
    assert told in "".join(found.notes)
    found = described(tmp_path, document, "/v3/")
    assert (["GET /v3/a"], ()) == (list(map(str, found.operations)), found.notes)


@pytest.mark.parametrize(
    ("name", "octets", "said"),
    [
        pytest.param("a.json", b"{", "cannot be parsed", id="no JSON"),
        pytest.param("a.yaml", b"a: [", "cannot be parsed", id="no YAML"),
        pytest.param("a.yaml", b"!!python/object/apply:os.getcwd []", "cannot be parsed", id="YAML that would run"),
        pytest.param("a.json", b"[" * 100_000, "cannot be parsed", id="too deep"),
        pytest.param("a.json", b"\xff", "is not UTF-8", id="no text"),
        pytest.param("a.json", b"[]", "is no OpenAPI 3 document", id="no object"),
        pytest.param("a.json", b'{"swagger": "2.0"}', "is no OpenAPI 3 document", id="Swagger"),
        pytest.param("a.yaml", b"openapi: 3.1", "is no OpenAPI 3 document", id="a number for a version"),
        pytest.param("a.json", None, "cannot be read: No such file", id="no file"),
    ],
)
def test_what_is_no_description(name: str, octets: bytes | None, said: str, tmp_path: Path) -> None:
    """It is a mistake, told in a line."""
    file = tmp_path / name
    if octets is not None:
        file.write_bytes(octets)
    with pytest.raises(Mistakes, match=said) as caught:
        read_description(file, None)
    assert "\n" not in caught.value.problems[0]


@pytest.mark.parametrize("base", ["v1", "/v1?x", "https://a/v1", "/v1#x"])
def test_what_is_no_base_path(base: str, tmp_path: Path) -> None:
    """It is refused, and not put before paths."""
    with pytest.raises(click.BadParameter):
        read_description(tmp_path, base)


def test_yaml_as_people_write_it(tmp_path: Path) -> None:
    """Status codes for keys and anchors are no reason to refuse a document that decides nothing."""
    file = tmp_path / "openapi.yaml"
    file.write_text(
        "openapi: 3.1.0\nx: &ok { description: ok }\n"
        "paths: { /a: { get: { responses: { 200: *ok } }, post: { deprecated: yes } } }\n"
    )
    assert ["GET /a", "POST /a"] == list(map(str, read_description(file, None).operations))


# -- Lines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        pytest.param("GET", "/orders/{id}", "GET /orders/{id}", id="as it is"),
        pytest.param("HEAD", "/a", "GET /a", id="HEAD follows GET"),
        pytest.param("GET", "/{order-id}/{1}/{}", "GET /{order_id}/{_1}/{x}", id="names"),
        pytest.param("GET", "/{a}/{a}", "GET /{a}/{a_}", id="the same name twice"),
        pytest.param("ANY", "/a/{proxy+}", "ANY /a/{proxy*}", id="the rest"),
        pytest.param("GET", "/{name}.json", "GET /{name}", id="a parameter in part"),
        pytest.param("GET", "/caf%C3%A9", "GET /café", id="an encoded letter"),
        pytest.param("GET", "/a/", "GET /a/", id="a slash at the end"),
        pytest.param("GET", "/{proxy+}/a", None, id="the rest in the middle"),
        pytest.param("GET", "/a b", None, id="a space"),
        pytest.param("GET", "/a//b", None, id="an odd path"),
        pytest.param("GET", "/a{b", None, id="half a parameter"),
    ],
)
def test_a_line(method: str, path: str, line: str | None) -> None:
    """What a route says for an operation, if one can."""
    found = operation(method, path)
    assert (line is None) is (found.pattern is None)
    if line is not None:
        assert line == found.line


# -- Fitting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "operations", "without_rule", "without_operation"),
    [
        pytest.param(["GET /a/{x}"], ["GET /a/{y}"], [], [], id="by shape"),
        pytest.param(["ANY /{r*}"], ["GET /a", "PUT /b/{c}"], [], [], id="the rest"),
        pytest.param(["GET /a"], ["HEAD /a"], [], [], id="HEAD follows GET"),
        pytest.param(["GET /a/{x}", "GET /a/b"], ["GET /a/{x}"], [], [], id="a route for some of its requests"),
        pytest.param(["GET /a/b"], ["GET /a/{x}"], ["GET /a/{x}"], [], id="a route for no more than some"),
        pytest.param(["GET /a"], ["ANY /a"], ["ANY /a"], [], id="one method of any"),
        pytest.param(["GET /{x}"], ["GET /{p+}"], ["GET /{p+}"], [], id="one segment of many"),
        pytest.param(["POST /a"], ["GET /a"], ["GET /a"], ["POST /a"], id="another method"),
        pytest.param(["GET /A"], ["GET /a"], ["GET /a"], ["GET /A"], id="another case"),
        pytest.param(["ANY /a", "GET /a"], ["GET /a"], [], ["ANY /a"], id="a route that a better one replaces"),
        pytest.param([], ["GET /a b"], ["GET /a b"], [], id="a path that no route can say"),
        pytest.param(["GET /a"], ["OPTIONS /a"], ["OPTIONS /a"], ["GET /a"], id="OPTIONS"),
        pytest.param([], [], [], [], id="nothing"),
    ],
)
def test_how_they_fit(
    lines: list[str], operations: list[str], without_rule: list[str], without_operation: list[str]
) -> None:
    """In both directions."""
    policy = Policy(routes=[Route(line, "authenticated") for line in lines])
    asked = [operation(*each.split(" ", 1)) for each in operations]
    coverage = coverage_of(policy, None, asked)
    assert (without_rule, tuple(without_operation)) == (
        list(map(str, coverage.without_rule)),
        coverage.without_operation,
    )
    assert coverage.clean is (not without_rule and not without_operation)
    assert len(operations) == coverage.operations


def test_preflights_need_no_route() -> None:
    """Where they pass without one."""
    asked = [operation("GET", "/a"), operation("OPTIONS", "/a")]
    for policy in (
        Policy(routes=[Route("GET /a", "authenticated")], cors_preflight=True),
        Policy(routes=[Route("GET /a", "authenticated", cors_preflight=True)]),
    ):
        assert coverage_of(policy, None, asked).clean
        (found,) = coverage_of(policy, None, [*asked, operation("PUT", "/a")]).without_rule
        assert "PUT /a" == str(found)


def test_a_route_in_shadow_mode_is_no_rule() -> None:
    """It decides nothing; that it has an operation is looked at all the same."""
    policy = Policy(routes=[Route("GET /a", "authenticated", mode="shadow"), Route("GET /b", "public", mode="shadow")])
    coverage = coverage_of(policy, None, [operation("GET", "/a")])
    assert (["GET /a"], ("GET /b",)) == (list(map(str, coverage.without_rule)), coverage.without_operation)


# -- Beginning ---------------------------------------------------------------------------------------------------------


def test_a_starter() -> None:
    """By tag; scopes become rules, and all else is closed, with what was said of it."""
    text = starter_of(
        [
            operation("GET", "/a", tag="t", security=(frozenset({"x/r", "x/w"}), frozenset({"public"})), name="getA"),
            operation("POST", "/a", tag="t", security=(frozenset({"not a scope"}),)),
            operation("GET", "/b", public=True),
            operation("OPTIONS", "/c", tag="t"),
            operation("GET", "/a b", name="spaced"),
            operation("HEAD", "/b"),
            operation("GET", "/d", security=(frozenset({"x_r"}), frozenset({"5"}))),
        ]
    )
    roles, _, routes = text.partition("# ---- t ---")
    assert {
        "todo": {"all": [{"machine": True}, {"machine": False}]},
        "x_r": {"scopes": ["x/r"]},
        "x_w": {"scopes": ["x/w"]},
        "public_": {"scopes": ["public"]},
        "x_r_": {"scopes": ["x_r"]},
        "_5": {"scopes": ["5"]},
    } == tomllib.loads(text)["roles"]
    assert "Nobody can have this role" in roles
    assert [
        ("GET /a", "x_r & x_w | public_"),
        ("POST /a", "todo"),
        ("OPTIONS /c", "todo"),
        ("GET /b", "todo"),
        ("GET /d", "x_r_ | _5"),
    ] == [(route["match"], route["allow"]) for route in tomllib.loads(text)["route"]]
    for said in (
        "# getA\n[[route]]",
        '# The description asks for no security here. If that is meant: allow = "public"\n[[route]]\nmatch = "GET /b"',
        '# The description asks for no scope here.\n[[route]]\nmatch = "POST /a"',
        "# If this is for CORS, leave it out and set cors_preflight = true.\n",
        "# GET /a b spaced: left out: no route can say this path\n",
        "# HEAD /b: left out: a route above has these requests\n",
        "# ---- without a tag ---",
    ):
        assert said in routes, said


def test_a_route_that_could_never_decide() -> None:
    """It is left out, since a policy with one does not load; its requests have others."""
    asked = [operation("GET", path) for path in ("/{p+}", "/{x}", "/{x}/{p+}")]
    text = starter_of(asked)
    assert "# GET /{p+}: left out: more specific routes have all of its requests\n" in text
    assert coverage_of(Policy.from_dict({"version": 1, **tomllib.loads(text)}), None, asked).clean


def test_a_name_cannot_leave_its_comment() -> None:
    """Whatever an operation is called, it adds nothing to the file."""
    evil = '\n[[route]]\nmatch = "ANY /{rest*}"\nallow = "public"\n'
    text = starter_of([operation("GET", "/a", name=evil, tag=evil), operation("GET", f"/b{evil}", name=evil)])
    assert ["GET /a"] == [route["match"] for route in tomllib.loads(text)["route"]]


PATHS = st.lists(
    st.sampled_from(["a", "b", "{x}", "{y-z}", "{x}.json", "a b", "{p+}", "%2e", "é", '"', "\\", "{"]), max_size=3
).map(lambda segments: "/" + "/".join(segments))
OPERATIONS = st.lists(
    st.builds(
        operation,
        st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "ANY"]),
        PATHS,
        name=st.text(max_size=3),
        tag=st.sampled_from(["", "t", "\n"]),
        security=st.none()
        | st.lists(st.frozensets(st.text(min_size=1, max_size=3), min_size=1, max_size=2), max_size=2).map(tuple),
        public=st.booleans(),
    ),
    max_size=8,
)


@given(OPERATIONS)
def test_a_starter_always_fits(operations: list[Operation]) -> None:
    """It loads, opens nothing to whoever has no scope, and leaves out only what no route can say."""
    text = starter_of(operations)
    policy = Policy.from_dict({"version": 1, **tomllib.loads(text)})
    assert all(route.allow not in ("public", "authenticated") for route in policy.routes)
    coverage = coverage_of(policy, None, operations)
    assert () == coverage.without_operation
    assert all(each.pattern is None for each in coverage.without_rule)


DOCUMENT = """\
openapi: 3.1.0
info: { title: Orders, version: "1" }
servers: [{ url: https://api.example.com/v1 }]
components: { securitySchemes: { oauth: { type: oauth2 } } }
paths:
  /orders:
    get: { tags: [orders], security: [{ oauth: [orders/read] }] }
    post: { tags: [orders] }
"""


def test_init(run: Run, tmp_path: Path) -> None:
    """The file loads, and a check against the same description is clean."""
    description, file = tmp_path / "openapi.yaml", tmp_path / "cogauth.toml"
    description.write_text(DOCUMENT)
    ran = run("init", *POOL, "--openapi", description, "--output", file)
    assert (0, True) == (ran.exit, ran.err.startswith("note: "))
    assert f"Wrote {file}: 2 operations; what asks for no scope is closed to everybody." in ran.out
    assert f"  2. See what is left:  cogauth check {file} --openapi {description}\n" in ran.out
    ran = run("check", file, "--openapi", description, "--base-path", "")
    assert (0, "") == (ran.exit, ran.err)
    claims = '{"scope": "orders/read"}'
    assert (0, 1) == tuple(
        run("explain", file, method, "/orders", "--claims", "-", text=claims).exit for method in ("GET", "POST")
    )


def test_init_with_a_base_path(run: Run, tmp_path: Path) -> None:
    """It stands before each path."""
    description, file = tmp_path / "openapi.yaml", tmp_path / "cogauth.toml"
    description.write_text(DOCUMENT)
    ran = run("init", *POOL, "--openapi", description, "--base-path", "/v1", "--output", file)
    assert (0, "") == (ran.exit, ran.err)
    assert {"GET /v1/orders", "POST /v1/orders"} == {
        route["match"] for route in tomllib.loads(file.read_text())["route"]
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--base-path", "/v1"), "add --openapi", id="a base path of nothing"),
        pytest.param(("--openapi", "none.yaml"), "none.yaml: cannot be read", id="no description"),
    ],
)
def test_init_writes_nothing_then(arguments: tuple[str, ...], said: str, run: Run, tmp_path: Path) -> None:
    """A mistake leaves no file behind."""
    file = tmp_path / "cogauth.toml"
    ran = run("init", *POOL, *arguments, "--output", file)
    assert (2, True, False) == (ran.exit, said in ran.err, file.exists())


def test_a_starter_is_closed_to_admins() -> None:
    """The role that nobody can have is not one that a group could give."""
    policy = Policy.from_dict({"version": 1, **tomllib.loads(starter_of([operation("GET", "/a")]))})
    assert Group("admins") not in policy.roles.values()
    assert "todo" in policy.roles
