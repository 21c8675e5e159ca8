"""`cogauth demo`: see requests decided, without a network."""

from __future__ import annotations

import re

import pytest

from cogauth.cli.demo.scenes import SCENES
from cogauth.cli.world import World
from tests.cli.stage import NOW, Ran, Run, still

REAL = World(clock=lambda: NOW, somebody_types=lambda: False)


@pytest.fixture(scope="module")
def ran(run: Run) -> Ran:
    """What a terminal of 100 columns shows."""
    return run("demo", world=REAL, env={"COLUMNS": "100"})


def test_it_shows_policy_and_decisions(ran: Ran) -> None:
    """The configuration, a row for each decision, and what it took."""
    assert (0, "") == (ran.exit, ran.err)
    for line in (
        r'  allow = "editor \| admin"',
        r"no token +nobody +GET /healthz +yes 200 +public",
        r"ana +ana +DELETE /orders/17/admin/x +no  403 +rule_unmet: needs group admins; needs",
        r"job +machine +POST /jobs/nightly +yes 200 +allowed",
        r"bo's, tampered +nobody +GET /orders +no  401 +bad_signature",
        r"What is answered to DELETE /orders/17/admin/x of eva, password$",
        r"  HTTP 401 Unauthorized$",
        r'  WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="passkey"$',
        rf"{len(SCENES)} of {len(SCENES)} decisions are as expected\.",
        r"The keys came from http://127\.0\.0\.1:\d+/eu-west-1_DemoPool1/\.well-known/jwks\.json in 2 HTTP",
        r"A decision on a token seen before takes \d+ microseconds here\.",
    ):
        assert re.search(f"^{line}", ran.out, re.MULTILINE), line


def test_it_fits_a_terminal(run: Run, ran: Ran) -> None:
    """At 100 and at 80 columns, in characters that every terminal has."""
    narrow = run("demo", world=REAL, env={"COLUMNS": "80"})
    for columns, text in ((100, ran.out), (80, narrow.out)):
        assert columns >= max(map(len, text.splitlines()))
        assert text.isascii()


def test_json(run: Run) -> None:
    """Machines get a list with an object for each decision."""
    document = run("demo", "--json", world=REAL).json
    assert len(SCENES) == len(document)
    assert {
        "token": "bo",
        "who": "bo",
        "method": "GET",
        "path": "/orders",
        "allowed": False,
        "status": 403,
        "reason": "missing_group",
        "unmet": ["needs group editors"],
        "as_expected": True,
    } in document


def test_it_never_prints_a_token(run: Run, ran: Ran) -> None:
    """Nor a part of one."""
    for text in (ran.out, run("demo", "--json", world=REAL).out):
        assert "eyJ" not in text


def test_a_surprise_is_shown(run: Run) -> None:
    """Where no keys can be had nothing is as expected: the exit code is no, and the table says what was expected."""
    ran = run("demo", world=still())
    assert 1 == ran.exit
    assert "keys_unavailable, expected 200 allowed for ana" in ran.out
    assert f" of {len(SCENES)} decisions are as expected." in ran.out
