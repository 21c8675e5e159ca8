"""What is in force: it finds each way once, and remembers no more of what clients ask for than it should."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import AUTHENTICATED, PUBLIC, Api, Group, Policy, Route, Verifier
from cogauth.judging.force import Force
from tests.support.tokens import pinned

POLICY = Policy(
    routes=[
        Route("GET /orders/{id}", AUTHENTICATED),
        Route("GET /orders/{id}", Group("beta"), mode="shadow"),
        Route("GET /healthz", PUBLIC),
    ],
    apis=[Api("billing", [Route("GET /bills/{id}", Group("billing"))])],
)


def force(policy: Policy = POLICY) -> Force:
    return Force.of(policy, Verifier(pinned()).state)


def remembered(there: Force) -> set[tuple[str, str, str | None]]:
    inside: Any = there
    return set(inside._spots)


@pytest.mark.parametrize(
    ("method", "path", "api", "line", "shadow"),
    [
        pytest.param("GET", "/orders/17", None, "GET /orders/{id}", True, id="a template"),
        pytest.param("GET", "/healthz", None, "GET /healthz", False, id="a literal"),
        pytest.param("GET", "/bills/1", None, None, False, id="of an api"),
        pytest.param("GET", "/bills/1", "billing", "GET /bills/{id}", False, id="in an api"),
        pytest.param("GET", "/orders/17", "billing", "GET /orders/{id}", True, id="in every api"),
        pytest.param("GET", "/healthz", "nothing", None, False, id="an api that there is not"),
        pytest.param("POST", "/healthz", None, None, False, id="another method"),
        pytest.param("GET", "/nowhere", None, None, False, id="nowhere"),
    ],
)
def test_a_way_is_found_alike_the_first_time_and_later(
    method: str,
    path: str,
    api: str | None,
    line: str | None,
    shadow: bool,  # noqa: FBT001  a column
) -> None:
    """What is remembered is what the table says."""
    there = force()
    for _ in range(3):
        spot = there.spot(method, path, api)
        assert spot is not None
        assert (line, shadow) == (spot.guarded.line if spot.guarded else None, spot.shadow is not None)


@pytest.mark.parametrize("path", ["", "orders", "//", "/a//b", "/a/../b", "/a\\b", "/a%2fb"])
def test_an_odd_path_leads_nowhere_however_often(path: str) -> None:
    """It is looked at anew each time, and takes no room."""
    there = force()
    assert [None, None] == [there.spot("GET", path, None), there.spot("GET", path, None)]
    assert set() == remembered(there)


@pytest.mark.parametrize(
    ("method", "path", "api"),
    [
        pytest.param("GET", "/orders/" + "x" * 246, None, id="a long path"),
        pytest.param("G" * 250, "/healthz", None, id="a long method"),
        pytest.param("GET", "/healthz", "made-up", id="an api that there is not"),
    ],
)
def test_what_a_client_makes_up_takes_no_room(method: str, path: str, api: str | None) -> None:
    """It is found all the same."""
    there = force()
    assert there.spot(method, path, api) is not None
    assert set() == remembered(there)


def test_ways_do_not_fill_the_memory() -> None:
    """Ids in paths are without end; the memory is not."""
    there = force()
    for number in range(10_000):
        there.spot("GET", f"/orders/{number}", None)
    assert 0 < len(remembered(there)) <= 4_096


def test_another_policy_remembers_nothing_of_this_one() -> None:
    """A way is of one policy."""
    there = force()
    there.spot("GET", "/healthz", None)
    other = force(Policy(routes=[Route("GET /healthz", Group("a"))]))
    spot = other.spot("GET", "/healthz", None)
    assert spot is not None
    assert spot.guarded is not None
    assert not spot.guarded.plan.public
