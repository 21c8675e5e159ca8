"""Changes: who may do what by one policy and not by another, asked by request and not by line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import MACHINE, Api, ConfigurationError, Group, Policy, Route, Rule, Scope, UserPool
from cogauth.review.callers import NOW, Callers
from cogauth.review.changes import MAX_PAIRS, Change, Changes, Side, changes
from cogauth.review.matrix import rules_of

POOL = UserPool("eu-west-1_AbCdEf123", clients={"web"}, name="staff")
ROLES: dict[str, Rule | str] = {"a": Group("a"), "b": Group("b"), "s": Scope("s")}
SOMEBODY = "a person with an access token of staff"


def compared(old: list[Route], new: list[Route], **options: Any) -> Changes:
    """What changes between routes."""
    before, after = (
        Policy(roles=options.get(f"{side}_roles", ROLES), routes=routes, apis=options.get(f"{side}_apis", ()))
        for side, routes in (("old", old), ("new", new))
    )
    return changes(Side(before, (POOL,)), Side(after, (POOL,)))


def told(found: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    """The requests, who gains and who loses."""
    return [(change.requests, " ".join(change.gains), " ".join(change.loses)) for change in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param([Route("GET /x", "a")], [Route("GET /x", "a | b")], [("GET /x", "b", "")], id="wider"),
        pytest.param([Route("GET /x", "a | b")], [Route("GET /x", "b")], [("GET /x", "", "a")], id="narrower"),
        pytest.param([Route("GET /x", "a")], [Route("GET /x", "b")], [("GET /x", "b", "a")], id="other"),
        pytest.param([], [Route("GET /x", "a")], [("GET /x", "a", "")], id="added"),
        pytest.param([Route("GET /x", "a")], [], [("GET /x", "", "a")], id="removed"),
        pytest.param(
            [Route("GET /x", "a | b")], [Route("GET /x", "a | b", deny="b")], [("GET /x", "", "b")], id="denied"
        ),
        pytest.param([Route("GET /x", "a")], [Route("GET /x", "a & s")], [("GET /x", "", "a")], id="more is needed"),
        pytest.param([Route("GET /x", "a & s")], [Route("GET /x", "a & b")], [("GET /x", "", "")], id="no role alone"),
        pytest.param(
            [Route("GET /{rest*}", "a")],
            [Route("GET /{rest*}", "a"), Route("GET /x", "b")],
            [("GET /x", "b", "a")],
            id="taken out of another",
        ),
        pytest.param(
            [Route("GET /{y}/b", "a")],
            [Route("GET /{y}/b", "a"), Route("ANY /x/{z}", "b")],
            [("ANY /x/{z}", "b", ""), ("GET /x/b", "b", "a")],
            id="crosswise",
        ),
        pytest.param(
            [Route("GET /{y}/b", "a"), Route("ANY /x/{z}", "b")],
            [Route("GET /{y}/b", "a")],
            [("ANY /x/{z}", "", "b"), ("GET /x/b", "a", "b")],
            id="crosswise and gone",
        ),
        pytest.param(
            [Route("GET /{rest*}", "a")],
            [Route("GET /{x}", "a"), Route("GET /{x}/{y}/{rest*}", "b")],
            [("GET /{rest*}", "", "a"), ("GET /{x}/{y}/{rest*}", "b", "a")],
            id="by length",
        ),
        pytest.param([Route("GET /x", "a")], [Route("GET /x", "public")], [("GET /x", "b s", "")], id="opened"),
        pytest.param([Route("GET /x", "public")], [Route("GET /x", "a")], [("GET /x", "", "b s")], id="closed"),
    ],
)
def test_who_gains_and_loses(old: list[Route], new: list[Route], expected: list[tuple[str, str, str]]) -> None:
    """Roles that are enough by themselves and were not, and the other way round."""
    found = compared(old, new)
    assert sorted(expected) == sorted(told(found.decided))
    assert (True, ()) == (found.complete, found.shadowed)
    assert all(change.exact for change in found.decided)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param([Route("GET /x", "a | b")], [Route("GET /x", "b | a")], id="another order"),
        pytest.param([Route("GET /x", "a | a & b")], [Route("GET /x", Group("a"))], id="absorbed"),
        pytest.param([Route("GET /x", "a & (b | s)")], [Route("GET /x", "a & b | a & s")], id="distributed"),
        pytest.param([Route("GET /x", "!(a | b)")], [Route("GET /x", "!a & !b")], id="De Morgan"),
        pytest.param([Route("GET /x", "a", deny="b")], [Route("GET /x", "a & !b")], id="deny as a condition"),
        pytest.param([Route(["GET /x", "GET /y"], "a")], [Route("GET /y", "a"), Route("GET /x", "a")], id="two routes"),
        pytest.param([Route("GET /{x}", "a")], [Route("GET /{name}", "a")], id="another name"),
        pytest.param([Route("GET /x", "a & !a")], [], id="a route that nobody may use"),
        pytest.param(
            [Route("GET /x", "a")], [Route("GET /x", "a"), Route("GET /x/", "b", mode="shadow")][:1], id="the same"
        ),
        pytest.param([Route("ANY /{r*}", "a")], [Route("ANY /{r*}", "a"), Route("GET /x", "a")], id="said twice"),
    ],
)
def test_the_same_said_otherwise(old: list[Route], new: list[Route]) -> None:
    """It is no change, in either direction."""
    for before, after in ((old, new), (new, old)):
        assert () == compared(before, after).decided


def test_instances() -> None:
    """Somebody who is let in, and somebody who is shut out, as plain as can be."""
    (change,) = compared([Route("GET /x", "a & s")], [Route("GET /x", "a & b")]).decided
    assert (f"{SOMEBODY}, group a, group b", f"{SOMEBODY}, group a, scope s") == (change.let_in, change.shut_out)
    assert ("GET /x", "GET /x", None) == (change.old, change.new, change.api)
    (change,) = compared([Route("GET /x", "s")], [Route("GET /x", Scope("s") & MACHINE)]).decided
    assert (None, f"{SOMEBODY}, scope s") == (change.let_in, change.shut_out)


def test_open_to_all() -> None:
    """What is public now, and what was, is marked; what stays so is no change."""
    (opened,) = compared([], [Route("GET /x", "public")]).decided
    (closed,) = compared([Route("GET /x", "public")], []).decided
    (narrowed,) = compared([Route("GET /x", "authenticated")], [Route("GET /x", "public")]).decided
    assert (True, False) == (opened.opened, opened.closed)
    assert (False, True) == (closed.opened, closed.closed)
    assert (True, None) == (narrowed.opened, narrowed.let_in)
    assert () == compared([Route("GET /x", "public")], [Route("ANY /x", "public")]).decided[1:]


def test_roles_that_say_something_else() -> None:
    """They change the routes that use them."""
    found = compared(
        [Route("GET /x", "a"), Route("GET /y", "b")],
        [Route("GET /x", "a"), Route("GET /y", "b")],
        old_roles={**ROLES, "gone": Group("g")},
        new_roles={**ROLES, "a": Group("a", "c"), "come": Group("c")},
    )
    assert [("GET /x", "come", "")] == told(found.decided)


def test_shadow_routes_are_told_apart() -> None:
    """They decide nothing, and what they would say is another list."""
    found = compared([Route("GET /x", "a")], [Route("GET /x", "a"), Route("GET /x", "b", mode="shadow")])
    assert ([], [("GET /x", "b", "")]) == (told(found.decided), told(found.shadowed))
    found = compared([Route("GET /x", "a")], [Route("GET /x", "a", mode="shadow")])
    assert ([("GET /x", "", "a")], [("GET /x", "a", "")]) == (told(found.decided), told(found.shadowed))


def test_apis() -> None:
    """A route of one is told with its name; one of all is told once; a new api had the routes of all before."""
    top = [Route("GET /x", "a")]
    one, two = Api("one", [Route("GET /y", "a")]), Api("one", [Route("GET /y", "b")])
    found = compared(top, top, old_apis=[one], new_apis=[two])
    assert [("one", "GET /y")] == [(change.api, change.requests) for change in found.decided]
    found = compared(top, [Route("GET /x", "b")], old_apis=[one], new_apis=[one])
    assert [(None, "GET /x")] == [(change.api, change.requests) for change in found.decided]
    found = compared(top, top, new_apis=[one])
    assert [("one", "GET /y")] == [(change.api, change.requests) for change in found.decided]
    found = compared(top, [], new_apis=[Api("one", top)])
    assert [(None, "GET /x")] == [(change.api, change.requests) for change in found.decided]


def test_what_must_be_compared_by_hand() -> None:
    """Rules that tell too many kinds of callers apart, and too many lines, are said to be so."""
    crowd = {f"g{number}": Group(f"g{number}") for number in range(14)}
    many = " & ".join(crowd)
    (change,) = compared(
        [Route("GET /x", many)],
        [Route("GET /x", f"{many} & a")],
        old_roles={**ROLES, **crowd},
        new_roles={**ROLES, **crowd},
    ).decided
    assert (False, None, None) == (change.exact, change.let_in, change.shut_out)

    side = 1 + int(MAX_PAIRS**0.5)
    old, new = ([Route([f"GET /{name}{number}" for number in range(side)], "a")] for name in "on")
    found = compared(old, new)
    assert not found.complete
    assert 2 * side == len(found.decided)


# -- What the policies themselves say ----------------------------------------------------------------------------------

LINES = ["GET /x", "ANY /x", "GET /{p}", "GET /x/y", "ANY /{p}/y", "POST /x/{p}", "ANY /{rest*}", "GET /x/{rest*}"]
ROUTES = st.dictionaries(
    st.sampled_from(LINES), st.sampled_from(["a", "b", "a & b", "a | s", "public", "!a", "authenticated"]), max_size=5
)
REQUESTS = [
    (method, path)
    for method in ("GET", "POST", "PUT")
    for path in ("/", "/x", "/q", "/x/y", "/q/y", "/x/q", "/q/q", "/x/y/z")
]


def policy_of(routes: dict[str, str]) -> Policy | None:
    """None where one line hides another."""
    try:
        return Policy(roles=ROLES, routes=[Route(line, allow) for line, allow in routes.items()])
    except ConfigurationError:
        return None


def answers(policy: Policy, method: str, path: str, rules: list[Rule]) -> list[bool]:
    """What a request comes to: without a token, and of each kind of caller."""
    callers = Callers((POOL,), rules).everyone(1_000)
    assert callers
    guarded = policy.find(method, path)
    if guarded is None:
        return [False] * (1 + len(callers))
    return [guarded.plan.public, *(guarded.plan.verdict(caller.principal, NOW).allowed for caller in callers)]


@settings(deadline=None, max_examples=60)
@given(ROUTES, ROUTES)
def test_no_change_is_missed_and_none_is_made_up(one: dict[str, str], other: dict[str, str]) -> None:
    """There is a change for two lines if and only if their requests are answered otherwise to somebody."""
    old, new = policy_of(one), policy_of(other)
    if old is None or new is None:
        return
    rules = [*rules_of(old), *rules_of(new), Group("a")]
    found = {(change.old, change.new) for change in changes(Side(old, (POOL,)), Side(new, (POOL,))).decided}
    differ: set[tuple[str | None, str | None]] = set()
    for method, path in REQUESTS:
        lines = tuple(guarded.line if (guarded := policy.find(method, path)) else None for policy in (old, new))
        if answers(old, method, path, rules) != answers(new, method, path, rules):
            differ.add((lines[0], lines[1]))
    assert differ == found
