"""The way back: what a policy says as a table, equality by content, and the fingerprint that identifies it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any as Anything

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    PUBLIC,
    Acr,
    Amr,
    Api,
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
    TokenUse,
)
from cogauth.file.conditions import rule_of
from cogauth.rules import All, Any, IdentityProvider

# -- Random policies, of every form ------------------------------------------------------------------------------------

NAMES = st.text(st.sampled_from("abé ,\"'\\#\n"), min_size=1, max_size=3)
SCOPES = st.sampled_from(["orders/read", "orders/write", "https://api.example/x"])
SCALARS = st.one_of(
    NAMES, st.integers(-5, 5), st.booleans(), st.sampled_from([0.5, 1.0, -2.25, 1e300, 10**15]), st.just("")
)
SOME = st.lists(NAMES, min_size=1, max_size=3)


def claims(default: bool) -> st.SearchStrategy[Rule]:  # noqa: FBT001  which of two strategies
    tests: list[st.SearchStrategy[dict[str, Anything]]] = [
        st.fixed_dictionaries({"equals": SCALARS}),
        st.fixed_dictionaries({"not_equals": SCALARS}),
        st.fixed_dictionaries({"one_of": st.lists(SCALARS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"contains": SCALARS}),
        st.fixed_dictionaries({"starts_with": NAMES}),
        st.just({"present": True}),
    ]
    defaults: st.SearchStrategy[Anything] = (
        st.one_of(SCALARS, st.lists(SCALARS, max_size=2)) if default else st.nothing()
    )
    options: st.SearchStrategy[dict[str, Anything]] = (
        st.fixed_dictionaries({"default": defaults}) if default else st.just({})
    )
    return st.tuples(NAMES, st.one_of(*tests), options).map(lambda drawn: Claim(drawn[0], **drawn[1], **drawn[2]))


CERTAIN: st.SearchStrategy[Rule] = st.one_of(
    st.tuples(SOME, st.booleans()).map(lambda drawn: Group(*drawn[0], any_issuer=drawn[1])),
    st.tuples(st.lists(SCOPES, min_size=1), st.booleans()).map(lambda drawn: Scope(*drawn[0], any_issuer=drawn[1])),
    SOME.map(lambda names: Issuer(*names)),
    SOME.map(lambda names: Client(*names)),
    st.sampled_from(["access", "id"]).map(TokenUse),
    st.sampled_from([MACHINE, PERSON, AUTHENTICATED]),
    st.tuples(SOME, st.lists(NAMES, max_size=2)).map(lambda drawn: Amr(*drawn[0], default=drawn[1])),
    st.sampled_from(["", "gold", "bronze"]).map(lambda default: Acr("gold", default=default)),
    st.tuples(SOME, st.booleans(), st.lists(NAMES, max_size=2)).map(
        lambda drawn: IdentityProvider(*drawn[0], any_issuer=drawn[1], default=drawn[2])
    ),
    claims(default=True),
)
"""What may be negated."""
LEAVES: st.SearchStrategy[Rule] = st.one_of(
    CERTAIN,
    SOME.map(lambda names: Amr(*names)),
    st.just(Acr("gold")),
    st.builds(SignedInWithin, st.integers(1, 9_000)),
    SOME.map(lambda names: IdentityProvider(*names)),
    claims(default=False),
)


def combined(leaves: st.SearchStrategy[Rule], *, negated: bool) -> st.SearchStrategy[Rule]:
    def more(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
        several = st.lists(inner, min_size=1, max_size=3)
        made = several.map(lambda rules: All(*rules)) | several.map(lambda rules: Any(*rules))
        return made | inner.map(lambda rule: ~rule) if negated else made

    return st.recursive(leaves, more, max_leaves=5)


def several(rules: tuple[Rule, Rule]) -> Rule:
    return rules[0] & rules[1]


CERTAIN_RULES = combined(CERTAIN, negated=True)
RULES = st.one_of(combined(LEAVES, negated=False), st.tuples(LEAVES, CERTAIN_RULES).map(several))
ROLE_NAMES = ("admin", "team-a.x_1", "_")
ROLES = st.fixed_dictionaries(
    {"admin": RULES, "certain": CERTAIN_RULES, "team": RULES.map(lambda rule: rule | Role("admin"))}
)
ALLOWED = st.one_of(
    RULES,
    st.sampled_from(["admin", "team & (admin | certain)", "!certain", "authenticated", AUTHENTICATED]),
    st.just(Role("admin") & ~Role("certain")),
)
DENIED = st.one_of(st.none(), CERTAIN_RULES, st.sampled_from(["certain", "!certain", Role("certain")]))


def routes(prefix: str) -> st.SearchStrategy[list[Route]]:
    """Routes of different shapes, some in shadow mode, at most one of them public."""

    def made(drawn: list[tuple[Anything, Anything, bool, bool, int]]) -> list[Route]:
        return [
            Route(
                [f"GET /{prefix}{place}/{{x}}", f"ANY /{prefix}{place}"][: 1 + lines % 2],
                allow,
                deny=deny,
                mode="shadow" if lines > 2 else "enforce",
                cors_preflight=preflight,
                encoded_slash=slash,
            )
            for place, (allow, deny, preflight, slash, lines) in enumerate(drawn)
        ]

    one = st.tuples(ALLOWED, DENIED, st.booleans(), st.booleans(), st.integers(0, 3))
    opened: st.SearchStrategy[list[Route]] = st.sampled_from(
        [[], [Route(f"GET /{prefix}open", PUBLIC)], [Route(f"GET /{prefix}open", "public")]]
    )
    return st.tuples(st.lists(one, max_size=4), opened).map(lambda drawn: made(drawn[0]) + drawn[1])


APIS = st.lists(
    st.tuples(
        routes("own"),
        st.lists(st.sampled_from(["h1", "h2.example"]), max_size=2),
        st.lists(st.sampled_from(["x/prod", "y"]), max_size=2),
    ),
    max_size=2,
).map(
    lambda drawn: [
        Api(
            f"api{place}",
            some,
            hosts=[f"{place}.{host}" for host in hosts],
            gateway=[f"{place}{each}" for each in more],
        )
        for place, (some, hosts, more) in enumerate(drawn)
    ]
)
POLICIES = st.tuples(ROLES, routes(""), APIS, st.booleans()).map(
    lambda drawn: Policy(roles=drawn[0], routes=drawn[1], apis=drawn[2], cors_preflight=drawn[3])
)


@settings(max_examples=75, deadline=None)
@given(policy=POLICIES)
def test_a_policy_comes_back_from_its_table(policy: Policy) -> None:
    """Through JSON as well; the same roles, routes and apis, and not only what is taken for the same."""
    table = policy.to_dict()
    for again in (Policy.from_dict(table), Policy.from_dict(json.loads(json.dumps(table)))):
        assert policy == again
        assert policy.fingerprint == again.fingerprint
        assert hash(policy) == hash(again)
        assert table == again.to_dict()
        assert policy.roles == again.roles
        assert policy.apis.keys() == again.apis.keys()
        assert [route.match for route in policy.routes] == [route.match for route in again.routes]


@settings(max_examples=75, deadline=None)
@given(rule=RULES)
def test_a_rule_comes_back_from_its_table(rule: Rule) -> None:
    """The very rule."""
    (role,) = Policy(roles={"a": rule}).to_dict()["roles"].values()
    assert rule == rule_of(role)


@settings(max_examples=100, deadline=None)
@given(one=POLICIES, other=POLICIES)
def test_the_fingerprint_is_that_of_what_is_said(one: Policy, other: Policy) -> None:
    """Policies of one fingerprint are led and decided alike: their tables differ in order at most."""

    def unordered(value: Anything) -> Anything:
        some: Anything = value
        if isinstance(value, dict):
            return {key: unordered(each) for key, each in some.items()}
        return sorted(map(repr, map(unordered, some))) if isinstance(value, list) else some

    if one == other:
        assert unordered(one.to_dict()).keys() == unordered(other.to_dict()).keys()
    else:
        assert one.to_dict() != other.to_dict()


# -- What is the same, and what is not ---------------------------------------------------------------------------------

A, B = Group("a"), Group("b")
BASE: dict[str, Anything] = {
    "roles": {"a": A, "b": B},
    "routes": [Route(["GET /x", "GET /y"], "a | b"), Route("POST /x", "a & !b", deny="b")],
    "apis": [Api("one", [Route("GET /z", A)], hosts=["h1", "h2"]), Api("two", [])],
}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"roles": {"b": B, "a": A}}, id="the order of roles"),
        pytest.param({"routes": BASE["routes"][::-1]}, id="the order of routes"),
        pytest.param(
            {"routes": [Route("GET /y", "a | b"), Route("GET /x", "b|a"), BASE["routes"][1]]}, id="two routes of one"
        ),
        pytest.param(
            {
                "routes": [
                    Route(["GET /y", "GET /x"], Role("b") | Role("a")),
                    Route("POST /x", ~Role("b") & Role("a"), deny=Role("b")),
                ]
            },
            id="Python for an expression",
        ),
        pytest.param({"apis": BASE["apis"][::-1]}, id="the order of apis"),
        pytest.param(
            {"apis": [Api("one", [Route("GET /z", Group("a", "a"))], hosts=["H2:80", "h1."]), Api("two", ())]},
            id="a host in another spelling",
        ),
    ],
)
def test_what_means_the_same_is_equal(changes: dict[str, Anything]) -> None:
    """However it is written."""
    one, other = Policy(**BASE), Policy(**{**BASE, **changes})
    assert one == other
    assert one.fingerprint == other.fingerprint
    assert {one} == {other}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"roles": {"a": A, "b": A}}, id="a role's rule"),
        pytest.param({"roles": {"a": A, "b": B, "c": B}}, id="a role more"),
        pytest.param({"roles": {"a": A, "b": Group("b", any_issuer=True)}}, id="any issuer"),
        pytest.param({"routes": BASE["routes"][:1]}, id="a route less"),
        pytest.param({"routes": [Route(["GET /x", "GET /y"], "a"), BASE["routes"][1]]}, id="what is allowed"),
        pytest.param({"routes": [BASE["routes"][0], Route("POST /x", "a & !b")]}, id="what is denied"),
        pytest.param({"routes": [BASE["routes"][0], Route("POST /x", "a & !b", deny="a")]}, id="who is denied"),
        pytest.param(
            {"routes": [BASE["routes"][0], Route("POST /x", "a & !b", deny="b", mode="shadow")]}, id="the mode"
        ),
        pytest.param(
            {"routes": [BASE["routes"][0], Route("POST /x", "a & !b", deny="b", encoded_slash=True)]}, id="a flag"
        ),
        pytest.param({"apis": []}, id="no apis"),
        pytest.param({"apis": [*BASE["apis"], Api("three", [])]}, id="an api more"),
        pytest.param({"apis": [Api("one", [Route("GET /z", A)], hosts=["h1"]), Api("two", [])]}, id="a host less"),
        pytest.param({"cors_preflight": True}, id="preflights"),
    ],
)
def test_what_means_something_else_is_not(changes: dict[str, Anything]) -> None:
    """Down to a flag of a route."""
    one, other = Policy(**BASE), Policy(**{**BASE, **changes})
    assert one != other
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("values", [(1, True), (1, 1.0), (1, "1"), (True, "true"), (0.5, "0.5")], ids=repr)
def test_values_of_different_types_are_different(values: tuple[Anything, Anything]) -> None:
    """To Python some of them are equal, to a rule none are."""
    one, other = (Policy(roles={"a": Claim("x", equals=value)}) for value in values)
    assert one != other


def test_a_policy_is_equal_to_policies_only() -> None:
    """And has a word for itself that says how large it is."""
    policy = Policy(**BASE)
    assert policy != policy.to_dict()
    assert policy is not Policy(**BASE)
    assert "<Policy of 2 roles, 2 routes and 2 apis>" == repr(policy)


def test_a_bare_rule_is_part_of_what_is_in_force() -> None:
    """It has a fingerprint of its own, and no spelling in a file."""
    policy = Policy(**BASE)
    guarded = policy.guarding(A)
    assert 3 == len({policy.fingerprint, guarded.fingerprint, policy.guarding(B).fingerprint})
    assert guarded == policy.guarding(A)
    with pytest.raises(ConfigurationError, match="a bare rule that guards every path"):
        guarded.to_dict()


class Weekday(Rule):
    """Somebody's own condition."""

    __slots__ = ("day",)

    day: int

    def __init__(self, day: int) -> None:
        self._set(day=day)

    def holds(self, who: Principal, now: float) -> bool:
        return now // 86_400 % 7 == self.day

    def __repr__(self) -> str:
        return f"Weekday({self.day})"


def test_a_rule_of_somebody_elses_has_no_spelling() -> None:
    """It counts in the fingerprint by what it is called and says."""
    one, other = (Policy(routes=[Route("GET /a", A & Weekday(day))]) for day in (1, 2))
    assert one != other
    assert one == Policy(routes=[Route("GET /a", Weekday(1) & A)])
    with pytest.raises(ConfigurationError, match="Weekday: a rule of your own class has no spelling"):
        one.to_dict()


def test_a_subclass_is_not_taken_for_its_parent() -> None:
    """It may ask for more."""

    class Elders(Group):
        __slots__ = ()

        def holds(self, who: Principal, now: float) -> bool:
            return super().holds(who, now) and who.issued_at < 0

    policy = Policy(roles={"a": Elders("a")})
    assert policy != Policy(roles={"a": A})
    with pytest.raises(ConfigurationError, match="no spelling"):
        policy.to_dict()


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    """Sets have another order in each; what is kept of a policy elsewhere must still be found."""
    code = (
        "from cogauth import *\n"
        "names = [f'g{number}' for number in range(50)]\n"
        "rule = Group(*names) & Client(*names) & Amr(*names, default=names) & Claim('x', one_of={*names, 1, True})\n"
        "print(Policy(roles={'a': rule}, apis=[Api('b', [], hosts=names, gateway=names)]).fingerprint)\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert {"8fba7bf5ce5b3748a4b0da8ada528a28dfe609a6be232cbb42eb95df0be53d18\n"} == found


def test_a_file_gives_the_same_fingerprint_in_every_format(tmp_path: Path) -> None:
    """TOML, JSON and YAML are spellings."""
    texts = {
        "a.toml": "version = 1\n[roles]\na = { groups = ['x', 'y'] }\n[[route]]\nmatch = 'GET /'\nallow = 'a'\n",
        "a.json": '{"route": [{"allow": "a", "match": ["GET /"]}], "roles": {"a": {"groups": ["y", "x"]}},'
        ' "version": 1}',
        "a.yaml": "version: 1\nroles:\n  a:\n    groups: [x, 'y']\nroute:\n- match: GET /\n  allow: a\n",
    }
    policies: list[Policy] = []
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
        policies.append(Policy.from_file(tmp_path / name))
    assert 1 == len({policy.fingerprint for policy in policies})
    assert Policy(roles={"a": Group("x", "y")}, routes=[Route("GET /", "a")]) == policies[0]
