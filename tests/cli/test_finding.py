"""Finding: what a verifier says of a token, and what the policy decides."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from cogauth import KeysUnavailable, LoadBalancer, MissingToken, Reason, UserPool
from cogauth.cli.exits import Exit
from cogauth.cli.finding import Request, find, request_of
from cogauth.cli.trust import Trust
from cogauth.config import load
from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import still


@pytest.fixture(scope="module")
def trust(folder: Path) -> Trust:
    """What the configuration says."""
    issuers, policy = load(folder / "cogauth.toml")
    return Trust(tuple(issuer for issuer in issuers if not isinstance(issuer, LoadBalancer)), policy)


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        pytest.param(None, None, None, id="none"),
        pytest.param("GET", "/orders/17", Request("GET", "/orders/17"), id="one"),
        pytest.param("delete", "/", Request("DELETE", "/"), id="methods are in capitals"),
        pytest.param("GET", "//odd/..", Request("GET", "//odd/.."), id="an odd path is the policy's to refuse"),
    ],
)
def test_a_request(method: str | None, path: str | None, request_: Request | None) -> None:
    """Two options make a request."""
    assert request_ == request_of(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", None, id="no path"),
        pytest.param(None, "/", id="no method"),
        pytest.param("GET", "orders", id="a relative path"),
        pytest.param("GET", "https://example.com/orders", id="a URL"),
        pytest.param("GET", "/orders?page=2", id="a query"),
        pytest.param("GET", "/orders#17", id="a fragment"),
    ],
)
def test_what_is_no_request(method: str | None, path: str | None) -> None:
    """It is told as wrong usage instead of being decided by another route than was meant."""
    with pytest.raises(click.UsageError):
        request_of(method, path)


@pytest.mark.parametrize(
    ("use", "method", "path", "code", "reason"),
    [
        pytest.param("access", "GET", "/orders/17", Exit.YES, Reason.ALLOWED, id="allowed"),
        pytest.param("access", "GET", "/orders/a%20b", Exit.YES, Reason.ALLOWED, id="decoded"),
        pytest.param("access", "DELETE", "/orders/17", Exit.NO, Reason.MISSING_GROUP, id="denied"),
        pytest.param("access", "GET", "/nowhere", Exit.NO, Reason.NO_ROUTE, id="no route"),
        pytest.param("access", "GET", "/orders/a%2Fb", Exit.NO, Reason.ODD_PATH, id="a hidden slash"),
        pytest.param("id", "GET", "/orders/17", Exit.NO, Reason.WRONG_USE, id="refused"),
        pytest.param("id", "GET", "/healthz", Exit.YES, Reason.PUBLIC, id="refused, and public"),
    ],
)
def test_a_decision_answers(
    use: str, method: str, path: str, code: Exit, reason: Reason, trust: Trust, ana: Tokens
) -> None:
    """With a request, yes and no are the decision's."""
    finding = find(ana.access if use == "access" else ana.id, trust, Request(method, path), still())
    assert finding.decision is not None
    assert (code, reason) == (finding.exit, finding.decision.reason)


def test_without_a_request_the_verifier_answers(trust: Trust, ana: Tokens) -> None:
    """A good token is a yes, and its roles are known where there is a policy."""
    finding = find(ana.access, trust, None, still())
    assert (Exit.YES, frozenset({"editor"}), None) == (finding.exit, finding.roles, finding.decision)
    assert finding.principal is not None
    assert "ana" == finding.principal.username


def test_no_token_is_a_no(trust: Trust) -> None:
    """Whatever was to make the token made none."""
    finding = find("", trust, None, still())
    assert (Exit.NO, MissingToken) == (finding.exit, type(finding.error))


def test_keys_that_cannot_be_had_are_neither(pool: LocalUserPool, ana: Tokens) -> None:
    """It is known where they were looked for, and why they were not to be had."""
    issuer = UserPool(pool.pool_id, clients={"web"})
    finding = find(ana.access, Trust((issuer,), None), None, still())
    assert (Exit.KEYS, KeysUnavailable) == (finding.exit, type(finding.error))
    assert {issuer.sources[0].url: "ConnectionError"} == finding.sources


def test_a_request_needs_a_policy(pool: LocalUserPool) -> None:
    """A pool alone decides nothing."""
    with pytest.raises(click.UsageError, match="need a policy"):
        find("", Trust((pool.issuer(),), None), Request("GET", "/"), still())
