"""`cogauth demo`: see requests decided, without a network."""

from __future__ import annotations

import re

import pytest

from cogauth.cli.demo.role_scenes import ROLE_SCENES
from cogauth.cli.demo.scenes import SCENES
from cogauth.cli.world import World
from tests.cli.stage import NOW, Ran, Run, still

EVERY = len(SCENES) + len(ROLE_SCENES)
REAL = World(clock=lambda: NOW, somebody_types=lambda: False)


@pytest.fixture(scope="module")
def ran(run: Run) -> Ran:
    """What a terminal of 100 columns shows."""
    return run("demo", world=REAL, env={"COLUMNS": "100"})


def test_it_shows_policy_and_decisions(ran: Ran) -> None:
    """The configuration, a row for each decision and each choice of a role, and what it took."""
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
        r'  identity_provider = "cognito-idp\.eu-west-1\.amazonaws\.com/eu-west-1_DemoPool1:web"',
        r"eva's ID token +Admin +preferred_role: the token says cognito:preferred_role$",
        r"ana's ID token +Admin +denied +custom_role_refused: the role that was asked for is not allowed$",
        r"ana, kiosk +Risk +rule: the first rule that matches, rule 1 on custom:dept$",
        r"bo's ID token +denied +ambiguous_denied: nothing decides, and the mapping says Deny",
        r"bo's, tampered +denied +bad_signature: the token is refused, and nothing is chosen$",
        rf"{EVERY} of {EVERY} decisions are as expected\.",
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
    """Machines get a list with an object for each decision, and then for each choice of a role."""
    document = run("demo", "--json", world=REAL).json
    assert len(SCENES) == len([one for one in document if "status" in one])
    assert len(ROLE_SCENES) == len([one for one in document if "role_arn" in one])
    assert EVERY == len(document)
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
    assert {
        "token": "bo's ID token",
        "custom_role": None,
        "allowed": False,
        "role_arn": None,
        "reason": "ambiguous_denied",
        "provider": "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_DemoPool1:web",
        "rule": None,
        "not_documented": ["no_roles"],
        "as_expected": True,
    } in document
    assert {
        "token": "bo's, tampered",
        "custom_role": None,
        "allowed": False,
        "role_arn": None,
        "reason": "bad_signature",
        "provider": None,
        "rule": None,
        "not_documented": [],
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
    assert "keys_unavailable: the token is refused, and nothing is chosen, expected preferred_role, Editor" in ran.out
    assert "keys_unavailable: the token is refused, and nothing is chosen, expected bad_signature, denied" in ran.out
    assert f" of {EVERY} decisions are as expected." in ran.out
