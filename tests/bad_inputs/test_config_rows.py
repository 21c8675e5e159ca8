"""Issuers, keys, times, rules and files as they are misconfigured, row by row of the list of bad inputs."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    AsyncVerifier,
    Authorizer,
    Claim,
    ConfigurationError,
    Group,
    OIDCIssuer,
    Policy,
    Route,
    Scope,
    UserPool,
    Verifier,
)
from cogauth.config import read
from tests.bad_inputs.trials import ACCESS, OTHER_CLIENT, claiming, row, with_keys
from tests.support.tokens import CLIENT, POOL_ID

EXAMPLE: Final = "https://issuer.example"


def pool(pool_id: Any = POOL_ID, **options: Any) -> UserPool:
    chosen: dict[str, Any] = {"clients": {CLIENT}, **options}
    return UserPool(pool_id, **chosen)


def provider(**options: Any) -> OIDCIssuer:
    chosen: dict[str, Any] = {"audience": {"api1"}, **options}
    return OIDCIssuer(EXAMPLE, **chosen)


# -- Pools -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pool_id",
    [
        pytest.param(pool_id, id=f"C-010 {pool_id!a}".replace("\\", "/"))
        for pool_id in (
            "us-east-1_abc\n",
            "us-east-1_abc/../us-east-1_evil",
            "us-east-1_",
            "US-EAST-1_abc",
            "us-east-1_\u00e4bc",
            "us-east-1_abc?x",
            "us-east-\u0663_abc",
            None,
            b"us-east-1_abc",
        )
    ],
)
def test_a_pool_id_has_one_form(pool_id: object) -> None:
    """It becomes a part of a URL that keys are fetched from."""
    with pytest.raises(ConfigurationError, match="user pool id"):
        pool(pool_id)


@row("C-011")
def test_a_region_is_said_once(row: str, tmp_path: Path) -> None:
    """The pool's id has it; there is no second place that could say another."""
    file = tmp_path / "cogauth.toml"
    table = f'user_pool = "eu-west-1_abc"\nclients = ["{CLIENT}"]\nregion = "us-east-1"'
    file.write_text(f'version = 1\n[[issuer]]\n{table}\n[[route]]\nmatch = "GET /"\nallow = "authenticated"\n')
    with pytest.raises(ConfigurationError, match="unknown key 'region'"):
        Authorizer.from_file(file)
    assert "region" not in inspect.signature(UserPool).parameters
    assert "eu-west-1" == pool("eu-west-1_abc").region


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        pytest.param({}, {}, False, id="C-012 the same"),
        pytest.param({}, {"clients": {CLIENT, OTHER_CLIENT}}, False, id="C-012 a client of both"),
        pytest.param({"token_use": "any"}, {"token_use": "id"}, False, id="C-012 a use of both"),
        # Nothing is ambiguous where no token can be meant for both.
        pytest.param({}, {"clients": {OTHER_CLIENT}}, True, id="C-012 other clients"),
        pytest.param({}, {"token_use": "id"}, True, id="C-012 another use"),
    ],
)
def test_a_pool_comes_twice_when_tokens_tell_which(one: dict[str, Any], other: dict[str, Any], *, fits: bool) -> None:
    """It must not be chance which of them accepts one."""
    issuers = (pool(**one), pool(**other))
    if fits:
        assert issuers == Verifier(*issuers).issuers
        return
    for make in (Verifier, AsyncVerifier):
        with pytest.raises(ConfigurationError, match="the same pool twice"):
            make(*issuers)


# -- Audience ----------------------------------------------------------------------------------------------------------


@row("C-021")
def test_a_use_is_one_of_three(row: str) -> None:
    """Left out it is the stricter one, for calling an API; nothing is no use."""
    assert "access" == pool().token_use
    uses: tuple[Any, ...] = (None, "", "ACCESS", "access ", "refresh", ["access"], True)
    for use in uses:
        for make in (pool, provider):
            with pytest.raises(ConfigurationError, match="token_use"):
                make(token_use=use)


@pytest.mark.parametrize(
    "audience",
    [
        pytest.param(audience, id=f"C-022 {audience!r}")
        for audience in (None, "", [], set[str](), "api1", [""], [1], b"api1", True)
    ],
)
def test_a_provider_needs_an_audience(audience: Any) -> None:
    """Whoever else the provider writes tokens for could use them here."""
    with pytest.raises(ConfigurationError, match="audience"):
        provider(audience=audience)


@row("C-022")
def test_an_audience_cannot_be_left_out(row: str) -> None:
    """There is no default."""
    options: dict[str, Any] = {}
    with pytest.raises(TypeError, match="audience"):
        OIDCIssuer(EXAMPLE, **options)


# -- Time and size -----------------------------------------------------------------------------------------------------

NUMBERS: Final[list[tuple[str, str, object]]] = [
    *(("C-050", "leeway", value) for value in (-1, 301, math.nan, math.inf, True, "60", dt.timedelta(days=1), None)),
    *(("C-051", "cache_size", value) for value in (-1, math.nan, math.inf, 10**9, True, "4096", None)),
    *(("C-051", "max_stale", value) for value in (0, -1, 299, 604_801, math.nan, math.inf, 10**9, True, "60", None)),
]


@pytest.mark.parametrize(
    ("argument", "value"), [pytest.param(name, value, id=f"{row} {name} {value!r}") for row, name, value in NUMBERS]
)
def test_a_number_is_one_within_bounds(argument: str, value: object) -> None:
    """What is compared with it must come out one way or the other."""
    options: dict[str, Any] = {argument: value}
    for make in (Verifier, AsyncVerifier):
        with pytest.raises(ConfigurationError, match=argument):
            make(pool(), **options)


@row("C-051")
def test_what_must_not_be_turned_is_no_argument(row: str) -> None:
    """How long a fetch may take, how often there may be one, whether TLS counts: nobody needs another answer."""
    arguments = {"issuers", "clock", "monotonic", "leeway", "cache_size", "max_stale", "fetch", "keyring"}
    for make in (Verifier, AsyncVerifier):
        assert arguments == set(inspect.signature(make).parameters)


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(value, id=f"C-051 {value!r}") for value in (0, -1, 1.5, math.nan, math.inf, 10**9, True, "60", None)],
)
def test_a_lifetime_is_one_within_bounds(seconds: Any) -> None:
    """A provider's tokens may be given a shorter or longer one, of a year at most."""
    with pytest.raises(ConfigurationError, match="max_lifetime"):
        provider(max_lifetime=seconds)


@row("C-050", "C-051")
def test_the_bounds_themselves_are_within(row: str) -> None:
    """Of either kind."""
    options: dict[str, list[dict[str, Any]]] = {
        "C-050": [{"leeway": 0}, {"leeway": 300}, {"leeway": 0.5}],
        "C-051": [{"cache_size": 0}, {"cache_size": 1_000_000}, {"max_stale": 300}, {"max_stale": 604_800}],
    }
    for each in options[row]:
        Verifier(*(party.pinned() for party in ACCESS), **each)


# -- Rules and routes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(), id="C-060 nothing"),
        pytest.param(Policy(roles={"a": Group("a")}), id="C-060 roles only"),
        pytest.param(Policy.from_dict({"version": 1, "roles": {}, "route": []}), id="C-060 empty lists"),
        pytest.param(Policy(routes=[Route("GET /b", PUBLIC)]), id="C-060 another path"),
    ],
)
def test_without_a_rule_nobody_is_let_in(policy: Policy) -> None:
    """Not without a token, and not with a good one."""
    authorizer = Authorizer(with_keys(*ACCESS), policy)
    decisions = [authorizer.authorize(token, "GET", "/a") for token in (None, claiming({}))]
    assert [(False, 401), (False, 403)] == [(decision.allowed, decision.status) for decision in decisions]


LINES: Final = (
    "ANY /",
    "ANY /{rest*}",
    "ANY /admin",
    "ANY /admin/{rest*}",
    "GET /{x}",
    "GET /{x}/{y}",
    "GET /admin/{x}",
)


@row("C-061")
@settings(max_examples=100, deadline=None)
@given(
    opened=st.sets(st.sampled_from(LINES)),
    guarded=st.sampled_from(LINES),
    path=st.sampled_from(["/", "/a", "/admin", "/admin/x", "/admin/x/y", "/a/b"]),
)
def test_one_more_rule_opens_nothing(row: str, opened: set[str], guarded: str, path: str) -> None:
    """A guarded route beside public ones leaves each path as guarded as it was, in whatever order they stand."""
    public = [Route(line, PUBLIC) for line in sorted(opened - {guarded})]
    answers: set[tuple[bool, ...]] = set()
    for routes in ([*public, Route(guarded, AUTHENTICATED)], [Route(guarded, AUTHENTICATED), *public[::-1]]):
        before, after = Policy(routes=public).find("GET", path), Policy(routes=routes).find("GET", path)
        answers.add((after is not None and after.plan.public,))
        assert after is None or not after.plan.public or (before is not None and before.line == after.line)
    assert 1 == len(answers)


@row("C-061")
def test_equals_are_refused(row: str) -> None:
    """Which of the two decided would be chance."""
    for other in ("GET /a", "GET /a/"):
        with pytest.raises(ConfigurationError, match="another route has this method and this shape"):
            Policy(routes=[Route("GET /a", PUBLIC), Route(other, AUTHENTICATED)])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=f"C-062 {path!a}".replace("\\", "|"))
        for path in ("admin", "/admin/*", "/a/../b", "/a//b", "/a%2fb", "/a?x", "/a b", "", "*", "/{", "/{x}/{x}")
    ],
)
def test_a_template_has_one_form(path: str, tmp_path: Path) -> None:
    """In Python and in a file alike."""
    with pytest.raises(ConfigurationError):
        Route(f"GET {path}", PUBLIC)
    with pytest.raises(ConfigurationError, match=r"route\[1\]: route 'GET "):
        Policy.from_dict({"version": 1, "route": [{"match": f"GET {path}", "allow": "public"}]})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("groups", "admin", id="C-063 a string for groups"),
        pytest.param("scopes", "a b", id="C-063 a string for scopes"),
        pytest.param("scopes", ["a b"], id="C-063 two scopes in one string"),
        pytest.param("groups", [1], id="C-063 a number"),
        pytest.param("groups", ["a", None], id="C-063 null"),
        pytest.param("clients", {"a": 1}, id="C-063 a table"),
    ],
)
def test_a_list_is_a_list_of_strings(key: str, value: object) -> None:
    """The letters of a string are no groups."""
    with pytest.raises(ConfigurationError, match=r"roles\.a: "):
        Policy.from_dict({"version": 1, "roles": {"a": {key: value}}})


@row("C-063")
def test_sets_and_tuples_are_lists(row: str) -> None:
    """Where Python code makes the table."""
    roles = {"a": {"groups": {"x"}}, "b": {"scopes": ("y",)}}
    assert {"a": Group("x"), "b": Scope("y")} == Policy.from_dict({"version": 1, "roles": roles}).roles


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param({"roles": {"a": {"scope": ["x"]}}}, "scope", id="C-064 scope for scopes"),
        pytest.param({"roles": {"a": {"group": ["x"]}}}, "group", id="C-064 group for groups"),
        pytest.param({"roles": {"a": {"groups": ["x"], "isuer": "y"}}}, "isuer", id="C-064 beside a condition"),
        pytest.param({"role": {}}, "role", id="C-064 at the top"),
        pytest.param({"routes": []}, "routes", id="C-064 routes for route"),
        pytest.param({"route": [{"match": "GET /", "alow": "x"}]}, "alow", id="C-064 in a route"),
        pytest.param({"api": [{"name": "x", "host": ["y"]}]}, "host", id="C-064 in an api"),
        pytest.param({"default": "allow"}, "default", id="C-064 a switch that there is not"),
    ],
)
def test_no_key_is_passed_over(data: dict[str, Any], key: str) -> None:
    """A typo fails, and does not open anything."""
    with pytest.raises(ConfigurationError, match=f"unknown key '{key}'"):
        Policy.from_dict({"version": 1, **data})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.toml", "version = 1\nversion = 1", id="C-065 TOML, a key twice"),
        pytest.param("a.toml", "[roles]\na = {}\n[roles]\na = {}", id="C-065 TOML, a table twice"),
        pytest.param("a.json", '{"version": 1, "version": 1}', id="C-065 JSON, a member twice"),
        pytest.param("a.json", '{"roles": {"a": {}, "\\u0061": {}}}', id="C-065 JSON, a member twice, once escaped"),
        pytest.param("a.yaml", "version: 1\nversion: 1", id="C-065 YAML, a key twice"),
        *(
            pytest.param(f"a.{kind}", f"\ufeff{text}", id=f"C-065 {kind}, a byte order mark")
            for kind, text in (("toml", "version = 1"), ("json", '{"version": 1}'), ("yaml", "version: 1"))
        ),
        pytest.param("a.toml", "version = nan", id="C-065 TOML, no number"),
        pytest.param("a.json", '{"version": NaN}', id="C-065 JSON, no number"),
        pytest.param("a.yaml", "version: .nan", id="C-065 YAML, no number"),
        pytest.param("a.toml", "version = 1\n[roles]\na = {claim = 'x', equals = nan}", id="C-065 TOML, deeper"),
        pytest.param("a.toml", "version = 1\n[roles]\na = {signed_in_within = inf}", id="C-065 TOML, endless"),
    ],
)
def test_a_file_is_read_strictly(tmp_path: Path, name: str, text: str) -> None:
    """What one reader takes for this and another for that is refused."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ConfigurationError):
        Policy.from_file(tmp_path / name)


@row("C-065")
def test_variables_are_read_strictly(row: str, tmp_path: Path) -> None:
    """One that is a typo, and one that is empty."""
    (tmp_path / "a.json").write_text(
        f'{{"version": 1, "issuer": [{{"name": "a", "user_pool": "{POOL_ID}", "clients": ["{CLIENT}"]}}]}}', "utf-8"
    )
    assert 1 == len(read(tmp_path / "a.json", {"OTHER": ""}).issuers)
    for environ in ({"COGAUTH_ISSUER_A_CLIENT": "x"}, {"COGAUTH_ISSUER_A_CLIENTS": ""}):
        with pytest.raises(ConfigurationError, match=r"environment: COGAUTH_ISSUER_A_CLIENTS?: "):
            read(tmp_path / "a.json", environ)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=f"C-067 {name}")
        for name in ("email", "custom:role", "preferred_username", "name", "zoneinfo")
    ],
)
def test_a_rule_on_what_users_write_is_warned_of(name: str) -> None:
    """It is no mistake: an app client may forbid users to write it, and only its owner knows."""
    policy = Policy(roles={"a": Claim(name, equals="admin")}, routes=[Route("GET /", "a")])
    (finding,) = policy.warnings()
    assert ("user_writable", "roles.a") == (finding.topic, finding.where)
