"""Advice: what is told of an api before a gateway keeps answers for it."""

from __future__ import annotations

import pytest

from cogauth import PUBLIC, Group, Policy, Route, SignedInWithin
from cogauth.iam.advice import Advice, GatewayTopic, advice
from cogauth.iam.compiled import CompiledApi

STAFF, ADMINS = Group("staff"), Group("admins")


def topics(policy: Policy, *, narrow: bool = False) -> list[tuple[str, str]]:
    found = advice(CompiledApi(policy, delivers=(), narrow=narrow))
    return [(each.topic.value, each.where) for each in found]


def test_what_fits_needs_none() -> None:
    """Most tables that a gateway knows all routes of."""
    policy = Policy(routes=[Route(["GET /o", "GET /o/{id}", "GET /o/{id}/items"], STAFF), Route("GET /o/new", ADMINS)])

    assert [] == topics(policy)


BESIDE = [Route("GET /o/{id}/items", ADMINS), Route("GET /o/{id}/items/{item}", STAFF)]


def test_inexpressible() -> None:
    """Told once for each route whose pattern reaches too far, with the remedy."""
    compiled = CompiledApi(Policy(routes=[Route("GET /o/{id}", STAFF), *BESIDE]), delivers=())

    (found,) = [each for each in advice(compiled) if each.where == "route 'GET /o/{id}'"]

    assert GatewayTopic.INEXPRESSIBLE is found.topic
    assert "refuse GET /o/{id}/items" in found.text
    assert "TTL 0" in found.text


def test_narrow() -> None:
    """What is refused instead is told of the route that it is refused on."""
    policy = Policy(routes=[Route("GET /o/{id}", STAFF), *BESIDE])

    assert {("narrow", "route 'GET /o/{id}/items/{item}'")} == set(topics(policy, narrow=True))


def test_narrow_does_not_help_where_no_name_is_at_fault() -> None:
    """And so it is told as if it were not asked for."""
    policy = Policy(routes=[Route(["GET /o/{id}", "GET /o/{id}/items"], STAFF)])

    assert [GatewayTopic.INEXPRESSIBLE] == [each.topic for each in advice(CompiledApi(policy, narrow=True))]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(STAFF, id="the same rule"),
        pytest.param(PUBLIC, id="never refused"),
    ],
)
def test_what_cannot_be_is_not_told(between: Group) -> None:
    """Two routes of one question are never one allowed and one not."""
    routes = [Route("GET /o/{id}", STAFF), Route("GET /o/{id}/items", between), BESIDE[1]]

    assert [] == topics(Policy(routes=routes))


def test_no_route_is_always_refused() -> None:
    """And so whatever reaches it beside another route clashes."""
    found = advice(CompiledApi(Policy(routes=[Route(["GET /o/{id}", "GET /o/{id}/items"], STAFF)])))

    assert [(GatewayTopic.INEXPRESSIBLE, "route 'GET /o/{id}'")] == [(each.topic, each.where) for each in found]
    assert "refuse what no route allows" in found[0].text


@pytest.mark.parametrize(
    ("route", "topic"),
    [
        (Route("GET /a", SignedInWithin(60)), "time"),
        (Route("GET /a", STAFF & SignedInWithin(60)), "time"),
        (Route("GET /a/{x}", STAFF, encoded_slash=True), "encoded_slash"),
        (Route("GET /a", STAFF, cors_preflight=True), "preflight"),
        (Route("GET /caf\xe9", STAFF), "spelling"),
        (Route('GET /a"b', STAFF), "spelling"),
    ],
)
def test_of_one_route(route: Route, topic: str) -> None:
    """What a document cannot say, or not for as long as it is kept."""
    assert [(topic, f"route {route.match[0]!r}")] == topics(Policy(routes=[route]))


def test_preflights_everywhere() -> None:
    """Where the policy lets all of them pass, each route is concerned."""
    assert [("preflight", "route 'GET /a'")] == topics(Policy(routes=[Route("GET /a", STAFF)], cors_preflight=True))


def test_a_bare_rule_may_depend_on_time() -> None:
    """It guards every path, and has no line."""
    policy = Policy().guarding(SignedInWithin(60))

    assert [("time", "the rule for every path")] == topics(policy)


def test_shadow_routes_are_not_told_of() -> None:
    """They decide nothing."""
    assert [] == topics(Policy(routes=[Route("GET /a", SignedInWithin(60), mode="shadow")]))


def test_as_text() -> None:
    """The place, and what is to be known of it."""
    assert "here: this" == str(Advice(GatewayTopic.TIME, "here", "this"))
