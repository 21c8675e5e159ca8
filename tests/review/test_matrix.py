"""The matrix: a cell says what an authorizer does with a token that has just that role."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    Acr,
    Api,
    Authorizer,
    Claim,
    Group,
    Policy,
    Route,
    Rule,
    Scope,
    SignedInWithin,
    UserPool,
    Verifier,
)
from cogauth.review.matrix import Answer, Cell, by_api, matrix_of
from cogauth.testing import LocalUserPool
from tests.support.tokens import NOW

POOL = UserPool("eu-west-1_AbCdEf123", clients={"web"}, name="staff")
FROZEN = Claim("custom:status", equals="suspended", default="")
STRONG = Acr("urn:cognito:loa:3") & SignedInWithin(900)
ROLES: dict[str, Rule | str] = {
    "admin": Group("admins"),
    "editor": "admin | writer",
    "writer": Group("editors"),
    "strong": STRONG,
    "batch": MACHINE & Scope("jobs/run"),
    "reader": Scope("orders/read"),
    "frozen": FROZEN,
    "never": MACHINE & PERSON,
}


def cells(allow: Rule | str, deny: Rule | str | None = None) -> dict[str, tuple[str, ...]]:
    """What one route says to each role, and to a good token."""
    policy = Policy(roles=ROLES, routes=[Route("GET /a", allow, deny=deny)])
    (row,) = matrix_of(policy, (POOL,)).rows
    named = zip(("", *policy.roles), (row.any_token, *row.cells), strict=True)
    return {name: (cell.answer.value, *cell.more) for name, cell in named}


def test_a_role_is_enough() -> None:
    """For whoever has it by whatever way; who has another one lacks all of it."""
    assert {
        "": ("no",),
        "admin": ("allowed",),
        "editor": ("allowed",),
        "writer": ("allowed",),
        "strong": ("no",),
        "batch": ("no",),
        "reader": ("no",),
        "frozen": ("no",),
        "never": ("nobody",),
    } == cells("editor")


def test_a_role_is_not_enough() -> None:
    """What is needed besides is told by the name of the role that says it."""
    found = cells("admin & strong")
    assert {"admin": ("more", "strong"), "strong": ("more", "admin"), "editor": ("more", "strong", "admin")} == {
        name: found[name] for name in ("admin", "strong", "editor")
    }
    assert {("no",)} == {found[name] for name in ("", "writer", "batch", "reader", "frozen")}


def test_a_role_that_plays_no_part() -> None:
    """Also where one way to be let in is more than another."""
    assert ("no",) == cells("admin | admin & strong")["writer"]
    assert ("no",) == cells("admin | admin & strong")["strong"]


def test_a_role_is_enough_for_some() -> None:
    """Who has it in another way, or as a machine, lacks something."""
    assert ("more", "admin") == cells("admin")["editor"]
    assert ("more", "needs a machine") == cells(Scope("orders/read") & MACHINE)["reader"]
    assert ("allowed",) == cells(Scope("orders/read") & MACHINE | PERSON)["reader"]


def test_a_role_is_denied() -> None:
    """By the route's `deny`, whatever else is there."""
    found = cells("authenticated", "frozen")
    assert ("denied",) == found["frozen"]
    assert {("allowed",)} == {found[name] for name in ("", "admin", "strong", "batch")}
    assert ("more", "must not meet: needs group admins") == cells("authenticated", "admin")["editor"]


def test_open_to_all() -> None:
    """With whatever role; but nobody is who nobody can be."""
    found = cells("public")
    assert ("nobody",) == found.pop("never")
    assert {("public",)} == set(found.values())


def test_a_role_that_is_too_much() -> None:
    """What was not looked at is neither a yes nor a no."""
    crowd = Claim("custom:n", starts_with="a") & Claim("custom:n", contains="a")
    policy = Policy(roles={"crowd": crowd}, routes=[Route("GET /a", "crowd")])
    (row,) = matrix_of(policy, (POOL,)).rows
    assert (Cell(Answer.UNKNOWN),) == row.cells


def test_rows() -> None:
    """One for each line, in the order of the file, of every api and then of each; as they were written."""
    policy = Policy(
        roles={"a": Group("a")},
        routes=[Route(["GET /a", "GET /b"], "a", deny=FROZEN), Route("GET /c", AUTHENTICATED, mode="shadow")],
        apis=[Api("billing", [Route("GET /d", "public")])],
    )
    matrix = matrix_of(policy)
    assert [
        (None, "GET /a", "a", str(FROZEN), False, False),
        (None, "GET /b", "a", str(FROZEN), False, False),
        (None, "GET /c", "needs a token", None, True, False),
        ("billing", "GET /d", "public", None, False, True),
    ] == [(row.api, row.line, row.allow, row.deny, row.shadow, row.public) for row in matrix.rows]
    assert [(None, 3), ("billing", 1)] == [(api, len(rows)) for api, rows in by_api(matrix.rows).items()]


# -- What an authorizer says -------------------------------------------------------------------------------------------

ATOMS = {
    "g1": Group("g1"),
    "g2": Group("g2"),
    "s1": Scope("s1"),
    "s2": Scope("s2"),
    "c1": Claim("custom:c", equals="1"),
    "c2": Claim("custom:c", equals="2"),
}
WAYS = st.lists(
    st.sets(st.sampled_from(sorted(ATOMS)), min_size=1, max_size=2).filter(lambda way: not {"c1", "c2"} <= way),
    min_size=1,
    max_size=2,
)
ALLOWED = st.recursive(
    st.sampled_from(["r0", "r1", "r2", "authenticated"]),
    lambda inner: st.tuples(inner, st.sampled_from("&|"), inner).map(" ".join).map("({})".format),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def local() -> LocalUserPool:
    """A pool at NOW."""
    return LocalUserPool("eu-west-1_AbCdEf123", clients={"web"}, clock=lambda: NOW)


def minted(pool: LocalUserPool, way: set[str]) -> str:
    """A person's token that has the atoms of a way and nothing else."""
    claims: dict[str, object] = {
        "cognito:groups": sorted(atom for atom in way if atom[0] == "g") or None,
        "scope": " ".join(sorted(atom for atom in way if atom[0] == "s")) or None,
        "custom:c": next((atom[1] for atom in way if atom[0] == "c"), None),
    }
    return pool.mint(claims, client="web")


def rule_of(ways: list[set[str]]) -> Rule:
    """Any of some ways, each all of its atoms."""
    rules: list[Rule] = []
    for way in ways:
        rule, *others = (ATOMS[atom] for atom in sorted(way))
        for other in others:
            rule &= other
        rules.append(rule)
    result, *more = rules
    for rule in more:
        result |= rule
    return result


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(WAYS, WAYS, WAYS), ALLOWED, st.sampled_from([None, "r0", "r1"]))
def test_allowed_is_what_an_authorizer_allows(
    local: LocalUserPool, roles: tuple[list[set[str]], ...], allow: str, deny: str | None
) -> None:
    """
    Whoever has just that role, in any way that takes no more than another, is let in; and only if all are.

    Tokens are minted and verified here, so that nothing that works out the matrix is believed.
    """
    policy = Policy(
        roles={f"r{number}": rule_of(ways) for number, ways in enumerate(roles)},
        routes=[Route("GET /a", allow, deny=_denied(policy_ways=roles, deny=deny))],
    )
    issuer = local.issuer()
    authorizer = Authorizer(Verifier(issuer, clock=lambda: NOW), policy)
    (row,) = matrix_of(policy, (issuer,)).rows
    for ways, cell in zip(roles, row.cells, strict=True):
        least = [way for way in ways if not any(other < way for other in ways)]
        answers = {authorizer.authorize(minted(local, way), "GET", "/a").allowed for way in least}
        assert (cell.answer is Answer.ALLOWED) is (answers == {True}), (cell, least)
        if cell.answer in (Answer.NO, Answer.DENIED):
            assert {False} == answers


def _denied(policy_ways: tuple[list[set[str]], ...], deny: str | None) -> Rule | None:
    """A `deny` must say what absence means, which the claims of the roles do not."""
    if deny is None:
        return None
    ways = [{atom for atom in way if atom[0] != "c"} for way in policy_ways[int(deny[1])]]
    kept = [way for way in ways if way]
    return rule_of(kept) if kept else None


def test_the_property_can_fail() -> None:
    """There are policies in which a role is enough, and in which it is not."""
    assert {"allowed", "more", "no"} <= {
        cells(allow)[role][0] for allow, role in product(("admin", "admin & strong"), ("admin", "writer"))
    }
