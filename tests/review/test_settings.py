"""Settings: what else changes from one configuration to another."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import Api, Group, LoadBalancer, OIDCIssuer, Policy, Route, UserPool
from cogauth.review.settings import issuers_changed, roles_changed, switches_changed


def pool(name: str = "staff", **options: Any) -> UserPool:
    chosen: dict[str, Any] = {"clients": {"web"}, "name": name, **options}
    return UserPool("eu-west-1_AbCdEf123", **chosen)


BALANCER = LoadBalancer(
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188",
    client="web",
    issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param([pool()], [pool()], [], id="the same"),
        pytest.param([pool(), BALANCER], [BALANCER, pool()], [], id="another order"),
        pytest.param(
            [pool()], [pool("other")], [("removed", "issuer staff", ()), ("added", "issuer other", ())], id="another"
        ),
        pytest.param(
            [pool()], [pool(clients={"web", "app"})], [("changed", "issuer staff", ("clients",))], id="clients"
        ),
        pytest.param(
            [pool()],
            [pool(delegation=True, audience="https://api.example.com")],
            [("changed", "issuer staff", ("audience", "delegation"))],
            id="two things",
        ),
        pytest.param(
            [pool()],
            [pool(token_use="any")],
            [("removed", "issuer staff", ()), ("added", "issuer staff", ())],
            id="another kind of token",
        ),
        pytest.param(
            [pool("x")],
            [OIDCIssuer("https://id.example.com", audience={"api"}, name="x")],
            [("removed", "issuer x", ()), ("added", "issuer x", ())],
            id="another kind of issuer",
        ),
    ],
)
def test_issuers(old: list[Any], new: list[Any], expected: list[Any]) -> None:
    """By name and kind; of one that is still there, which of its parts."""
    assert expected == list(map(tuple, issuers_changed(old, new)))


def test_roles() -> None:
    """By what they come to, the roles that they use replaced."""
    old = Policy(roles={"a": Group("a"), "b": "a", "c": Group("c")})
    new = Policy(roles={"a": Group("a", "x"), "b": "a", "d": Group("d")})
    assert [
        ("changed", "role a", ("was: needs group a", "is: needs group any of [a, x]")),
        ("changed", "role b", ("was: needs group a", "is: needs group any of [a, x]")),
        ("removed", "role c", ("needs group c",)),
        ("added", "role d", ("needs group d",)),
    ] == list(map(tuple, roles_changed(old, new)))
    assert [] == list(roles_changed(old, old))


def test_switches() -> None:
    """Apis that come, go or move, and how routes take paths and preflights."""
    route = Route("GET /a", "authenticated")
    old = Policy(
        routes=[route, Route("GET /b", "authenticated", encoded_slash=True)],
        apis=[
            Api("gone", []),
            Api("moved", [route_of_api()], hosts=["a.example.com"]),
            Api("same", []),
            Api("named", []),
        ],
        resource="https://a.example.com",
    )
    new = Policy(
        routes=[Route("GET /a", "authenticated", cors_preflight=True), Route("GET /b", "authenticated")],
        apis=[
            Api("moved", [route_of_api(encoded_slash=True)], hosts=["b.example.com"], gateway=["a1b2c3/prod"]),
            Api("same", []),
            Api("come", []),
            Api("named", [], resource="https://c.example.com"),
        ],
        cors_preflight=True,
        resource="https://b.example.com",
    )
    assert {
        ("removed", "api gone", ()),
        ("changed", "api moved", ("b.example.com", "a1b2c3/prod")),
        ("added", "api come", ()),
        ("changed", "api named", ("https://c.example.com",)),
        ("changed", "resource", ("https://b.example.com",)),
        ("changed", "cors_preflight", ("on",)),
        ("changed", "GET /a: cors_preflight", ("on",)),
        ("changed", "GET /b: encoded_slash", ("off",)),
        ("changed", "api moved: GET /c: encoded_slash", ("on",)),
    } == set(map(tuple, switches_changed(old, new)))
    assert [] == list(switches_changed(new, new))
    assert ("changed", "resource", ("none",)) in map(tuple, switches_changed(new, Policy()))


def route_of_api(**options: Any) -> Route:
    return Route("GET /c", "authenticated", **options)
