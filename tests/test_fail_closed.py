"""Fail closed: whatever is sent and whatever hooks do, only the right token opens a door, and nothing raises."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AsyncAuthorizer, Authorizer, Decision, Group, Policy, Reason, Route, Rule, Scope
from tests.support.authorizers import awaited, blocking
from tests.support.tokens import ABSENT, NOW, access_claims, fetched, id_claims, token
from tests.test_floors import ADAPTERS, modules_of

POLICY = Policy(
    roles={"editor": Group("editors")},
    routes=[
        Route("GET /orders/{id}", "editor"),
        Route("ANY /admin/{rest*}", Group("admins")),
        Route("POST /jobs", Scope("jobs/run")),
        Route("GET /files/{rest*}", "editor", encoded_slash=True),
        Route("PUT /cors", "editor", cors_preflight=True),
    ],
)
GOOD = token()
POOR = token(access_claims({"cognito:groups": ABSENT, "scope": ABSENT}))
BAD = [
    "",
    "a.b.c",
    "a.b.c.d.e",
    GOOD[:-6],
    GOOD + ".",
    " " + GOOD,
    GOOD + "\n",
    "Bearer " + GOOD,
    GOOD.replace(".", "..", 1),
    token(kid="k9"),
    token(header={"alg": "none"}),
    token(access_claims({"exp": NOW})),
    token(access_claims({"client_id": "other"})),
    token(id_claims()),
]

# Pieces that mean something, and anything else.
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "ANY", "get", "GET ", "", "*", "{x}"]) | st.text()
PATHS = st.lists(
    st.sampled_from(
        [
            "/",
            "orders",
            "17",
            "admin",
            "files",
            "jobs",
            "cors",
            "..",
            ".",
            "%2f",
            "%252e",
            "\\",
            "\x00",
            "{id}",
            "{rest*}",
            ";",
        ]
    )
    | st.text(max_size=4),
    max_size=8,
).map("".join)
TOKENS = st.sampled_from(BAD) | st.text() | st.none()
NAMES = st.sampled_from(
    ["authorization", "Authorization", "origin", "access-control-request-method", "x-forwarded-uri", "host"]
)
VALUES = st.sampled_from([f"Bearer {text}" for text in BAD] + ["Bearer", "Basic YTpi", "PUT", "GET", ""]) | st.text()
PAIRS = st.tuples(NAMES | st.text(max_size=5), VALUES)
HEADERS = st.lists(PAIRS, max_size=4) | st.lists(PAIRS, max_size=4).map(
    lambda pairs: [(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in pairs]
)

LOOP = asyncio.new_event_loop()
FRONT = blocking(POLICY)
WAITED: AsyncAuthorizer = awaited(POLICY).authorizer


@pytest.fixture(scope="module", autouse=True)
def closed() -> Any:
    """The loop of this module ends with it."""
    yield
    LOOP.close()


def refused(decision: Decision) -> None:
    """A no that is one of the answers of the design, and is complete."""
    assert decision.allowed is False
    assert decision.status in {400, 401, 403, 503}, decision.error
    assert decision.reason not in {Reason.ALLOWED, Reason.PUBLIC, Reason.PREFLIGHT, Reason.INTERNAL_ERROR}
    assert decision.body
    assert {"Content-Type", "Cache-Control", "Content-Length"} <= {name for name, _ in decision.headers}
    with pytest.raises(Exception, match=r"^(?!.*Bearer)"):
        decision.require()


@settings(max_examples=200, deadline=None)
@given(method=METHODS, path=PATHS, bearer=TOKENS, api=st.none() | st.text(max_size=3))
def test_without_a_good_token_nothing_opens(method: str, path: str, bearer: str | None, api: str | None) -> None:
    """Whatever path and method are asked for; the blocking one and the awaited one agree."""
    one = FRONT.authorize(bearer, method, path, api=api)
    other = LOOP.run_until_complete(WAITED.authorize(bearer, method, path, api=api))
    refused(one)
    assert (one.status, one.reason, one.route, one.body) == (other.status, other.reason, other.route, other.body)


@settings(max_examples=200, deadline=None)
@given(method=METHODS, path=PATHS, headers=HEADERS, raw=st.none() | PATHS | st.binary(max_size=20))
def test_no_header_opens_anything(method: str, path: str, headers: Any, raw: str | bytes | None) -> None:
    """But for a preflight of the one route that lets it pass, which brings no rights."""
    decision = FRONT.authorize_request(method, path, headers, raw_path=raw)
    if decision.allowed:
        assert (Reason.PREFLIGHT, "PUT /cors", None, "OPTIONS") == (
            decision.reason,
            decision.route,
            decision.principal,
            method,
        )
    else:
        refused(decision)


@settings(max_examples=200, deadline=None)
@given(method=METHODS, path=PATHS)
def test_a_token_opens_what_its_rights_open(method: str, path: str) -> None:
    """An editor reads orders and files and nothing else; who has no groups and scopes, nothing."""
    refused(FRONT.authorize(POOR, method, path))
    decision = FRONT.authorize(GOOD, method, path)
    if decision.allowed:
        assert decision.route in {"GET /orders/{id}", "GET /files/{rest*}", "PUT /cors"}
        assert method in {"GET", "HEAD", "PUT"}
        assert path.startswith(("/orders/", "/files/", "/cors"))
        assert not {"..", "."} & set(path.split("/"))
    else:
        refused(decision)


def raising(_: object) -> bool:
    """A hook with a bug."""
    raise LookupError


async def later(_: object) -> bool:
    """A hook that must be awaited."""
    return False


# What may be said at all: False itself is the only leave to go on.
ANSWERS = st.one_of(
    st.none(),
    st.just(True),  # noqa: FBT003  the answer yes, revoked
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.booleans()),
    st.builds(object),
)


@settings(max_examples=100, deadline=None)
@given(answer=ANSWERS)
def test_only_false_itself_lets_a_principal_pass(answer: object) -> None:
    """0, 0.0, empty texts and lists look like it and are none."""
    decision = blocking(POLICY, is_revoked=lambda _: answer).authorize(GOOD, "GET", "/orders/17")
    assert (False, Reason.REVOKED) == (decision.allowed, decision.reason)


@pytest.mark.parametrize("hook", [raising, later, lambda: False, None.__eq__, 0, "no"], ids=str)
@pytest.mark.parametrize("observe", [None, raising, later, 0])
def test_a_hook_that_is_none_allows_nothing(hook: Any, observe: Any) -> None:
    """One that raises, must be awaited, takes no argument, or cannot be called."""
    decision = blocking(POLICY, is_revoked=hook, observe=observe).authorize(GOOD, "GET", "/orders/17")
    assert decision.allowed is False
    assert decision.reason in {Reason.REVOKED, Reason.INTERNAL_ERROR}


MISTAKES: dict[str, Callable[[Any], Decision]] = {
    "no path": lambda front: front.authorize(GOOD, "GET", None),
    "a path of bytes": lambda front: front.authorize(GOOD, "GET", b"/orders/17"),
    "no method": lambda front: front.authorize(GOOD, None, "/orders/17"),
    "a list for a method": lambda front: front.authorize(GOOD, [], "/orders/17"),
    "a token of bytes": lambda front: front.authorize(GOOD.encode(), "GET", "/orders/17"),
    "a number for a token": lambda front: front.authorize(17, "GET", "/orders/17"),
    "a list for an api": lambda front: front.authorize(GOOD, "GET", "/orders/17", api=[]),
    "no headers": lambda front: front.authorize_request("GET", "/orders/17", None),
    "a dict": lambda front: front.authorize_request("GET", "/orders/17", {"authorization": GOOD}),
    "no value": lambda front: front.authorize_request("GET", "/orders/17", [("authorization", None)]),
    "a number for a path": lambda front: front.authorize_request("GET", "/orders/17", [], raw_path=17),
}


@pytest.mark.parametrize("ask", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistaken_call_is_a_no(ask: Callable[[Any], Decision]) -> None:
    """Of what a type checker would have found, nothing is made a yes, and nothing goes up the stack."""
    told: list[object] = []
    for front in (FRONT, awaited(POLICY), blocking(POLICY, observe=told.append)):
        decision = ask(front)
        assert decision.allowed is False
        assert decision.status in {401, 403, 500}
    assert 1 == len(told)


@pytest.mark.parametrize("rule", [Group("admins"), Scope("x"), Group("editors") & Group("admins")], ids=str)
def test_an_outage_opens_nothing(rule: Rule) -> None:
    """Without keys there is no principal, and so no right."""
    front: Authorizer = blocking(rule, issuers=(fetched(),))
    assert (False, 503) == (front.decide(GOOD, rule).allowed, front.decide(GOOD, rule).status)


# -- Without assertions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["cogauth", *ADAPTERS])
def test_nothing_is_decided_by_an_assertion(root: str) -> None:
    """`python -O` leaves them out, and what hangs on `__debug__`; the code has neither."""
    for name, path in modules_of(root).items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(node, ast.Assert), f"{name}:{node.lineno}"
            assert not (isinstance(node, ast.Name) and node.id == "__debug__"), f"{name}:{node.lineno}"


CANARY = "def test_canary():\n    assert not __debug__, 'with assertions'\n    assert False, 'this is found'\n"


def test_the_decisions_are_the_same_without_assertions(tmp_path: Path) -> None:
    """The tables of decisions, run by `python -O`; a test that must fail shows that failures are still found."""
    here = Path(__file__).parent
    canary = tmp_path / "test_canary.py"
    canary.write_text(CANARY, "utf-8")
    process = subprocess.run(
        [
            *(
                sys.executable,
                "-O",
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--rootdir",
                str(here.parent),
            ),
            # pytest says that assertions outside of tests are not checked; that is what this is about.
            *("-W", "ignore::pytest.PytestConfigWarning"),
            *("-k", "each_situation or refused_token or anything_but_false or bug or canary or credentials_are_read"),
            *(str(here / name) for name in ("test_authorizer.py", "judging/test_judge.py")),
            str(canary),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=here.parent,
    )
    last = process.stdout.splitlines()[-1]
    assert "this is found" in process.stdout, process.stdout + process.stderr
    assert last.startswith("1 failed, "), process.stdout
    assert int(last.split()[2]) > 150
