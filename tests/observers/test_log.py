"""Log lines: a level for each outcome, a closed list of fields, and nothing of a token."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from cogauth import Authorizer, Principal
from cogauth.events import DecisionMade, KeysFetched
from cogauth.observers import LogObserver
from tests.observers.conftest import POLICY, MakeObserved
from tests.support.authorizers import blocking
from tests.support.tokens import CLIENT, ISSUER, access_claims, fetched, token

DECISION_FIELDS = {
    *("event", "allowed", "status", "reason", "method", "route", "api", "policy", "issuer", "cached", "unmet", "error"),
    *("seconds", "verify_seconds", "shadow_route", "shadow_allowed", "shadow_reason"),
}
KEY_FIELDS = {"event", "issuer", "url", "keys", "error", "seconds"}


class Kept(logging.Handler):
    """A handler that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Kept:
    """What has been logged."""
    return Kept()


@pytest.fixture
def observer(kept: Kept) -> LogObserver:
    """An observer whose lines are kept."""
    logger = logging.Logger("test", logging.DEBUG)  # noqa: LOG001  one that no other test finds
    logger.addHandler(kept)
    return LogObserver(logger)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the observer put into a record."""
    return {name[8:]: value for name, value in vars(record).items() if name.startswith("cogauth_")}


@pytest.mark.parametrize(
    ("bearer", "method", "path", "level", "text"),
    [
        pytest.param(token(), "GET", "/orders/17", "INFO", "200 allowed GET /orders/{id}", id="a yes"),
        pytest.param(None, "GET", "/healthz", "INFO", "200 public GET /healthz", id="public"),
        pytest.param(None, "GET", "/orders/17", "WARNING", "401 missing_token GET /orders/{id}", id="no token"),
        pytest.param("x", "GET", "/orders/17", "WARNING", "401 malformed_token GET /orders/{id}", id="no good token"),
        pytest.param(token(), "PUT", "/orders/17", "WARNING", "403 missing_group PUT /orders/{id}", id="a no"),
        pytest.param(token(), "PUT", "/secret-path", "WARNING", "403 no_route PUT", id="no route"),
        pytest.param(token(), "S\nECRET", "/x", "WARNING", "403 no_route other", id="no method"),
        pytest.param(token(), "GET", "//secret-path", "WARNING", "400 odd_path GET", id="an odd path"),
    ],
)
def test_a_decision_is_one_line(
    observed: MakeObserved,
    observer: LogObserver,
    kept: Kept,
    bearer: str | None,
    method: str,
    path: str,
    level: str,
    text: str,
) -> None:
    """Status, reason and route; no path, and of a method that is none not even that."""
    observed(observer).authorize(bearer, method, path)
    (record,) = kept.records
    assert (level, text) == (record.levelname, record.getMessage())
    assert fields(record).keys() <= DECISION_FIELDS
    assert ("decision", int(text[:3])) == (fields(record)["event"], fields(record)["status"])
    assert "secret" not in str(vars(record)).lower()


def test_the_fields_of_a_denial(observed: MakeObserved, observer: LogObserver, kept: Kept) -> None:
    """Who must change what, by names from the configuration; and what a shadow would have said."""
    front = observed(observer)
    front.authorize(token(access_claims({"cognito:groups": ["secret-group"]})), "GET", "/orders/17")
    found = fields(kept.records[0])
    assert {"seconds": 0.0, "verify_seconds": 0.0, "policy": front.policy.fingerprint, "cached": False} == {
        name: found.pop(name) for name in ("seconds", "verify_seconds", "policy", "cached")
    }
    assert {
        "event": "decision",
        "allowed": False,
        "status": 403,
        "reason": "missing_group",
        "method": "GET",
        "route": "GET /orders/{id}",
        "issuer": "eu-west-1_AbCdEf123",
        "unmet": "needs group editors",
        "shadow_route": "GET /orders/{id}",
        "shadow_allowed": False,
        "shadow_reason": "missing_group",
    } == found


def test_a_refused_token_is_told_by_its_finer_reason(observed: MakeObserved, observer: LogObserver, kept: Kept) -> None:
    """From a closed list, and nothing of the token."""
    front = observed(observer)
    bearer = token(access_claims({"client_id": "secret"}))
    front.authorize(bearer, "GET", "/orders/17")
    front.authorize_request("GET", "/orders/17", [("authorization", "Bearer secret secret")])
    assert ["claims.client_mismatch", "request.malformed_credentials"] == [
        fields(record)["error"] for record in kept.records
    ]
    shown = str([vars(record) for record in kept.records])
    assert not [part for part in (*bearer.split("."), "secret", "ana", CLIENT, ISSUER) if part in shown]


def raising(who: Principal) -> bool:
    """A hook with a bug, and with a claim in its complaint."""
    raise LookupError(f"what about {who.username}?")


def test_a_bug_is_an_error_and_tells_where(observer: LogObserver, kept: Kept) -> None:
    """But not what its text says, in which anything may stand."""
    front = blocking(POLICY, observe=observer, is_revoked=raising)
    assert 500 == front.authorize(token(), "GET", "/orders/17").status
    (record,) = kept.records
    assert ("ERROR", "500 internal_error GET") == (record.levelname, record.getMessage())
    assert fields(record)["error"].startswith("LookupError at ")
    assert "test_log.py:" in fields(record)["error"]
    assert "ana" not in str(vars(record))
    assert record.exc_info is None


def test_missing_keys_are_an_error(observer: LogObserver, kept: Kept) -> None:
    """The operator's, and nobody else's."""
    front = blocking(POLICY, observe=observer, issuers=(fetched(),))
    assert 503 == front.authorize(token(), "GET", "/orders/17").status
    assert "ERROR" == kept.records[-1].levelname
    assert "unavailable.OSError" == fields(kept.records[-1])["error"]


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (KeysFetched("staff", "https://k.example", 0.2, 2), "INFO", "keys of staff: 2 usable"),
        (KeysFetched("staff", "https://k.example", 5.0, 1, "jwks.deadline"), "WARNING", "keys of staff: jwks.deadline"),
        (KeysFetched(None, "https://k.example", 0.2, 2), "INFO", "keys of nobody: 2 usable"),
    ],
    ids=["learned", "failed", "nobody's"],
)
def test_a_fetch_of_keys_is_one_line(
    observer: LogObserver, kept: Kept, event: KeysFetched, level: str, text: str
) -> None:
    """With the issuer's name, and why it failed."""
    observer(event)
    (record,) = kept.records
    assert (level, text) == (record.levelname, record.getMessage())
    expected: dict[str, object] = {
        "event": "keys",
        "issuer": event.issuer,
        "url": event.url,
        "keys": event.keys,
        "error": event.error,
    }
    expected |= {"seconds": event.seconds}
    assert {name: value for name, value in expected.items() if value is not None} == fields(record)
    assert fields(record).keys() <= KEY_FIELDS


@pytest.mark.parametrize("event", [KeysFetched("staff", "u", 0.1, 1), None], ids=["keys", "decision"])
def test_what_nobody_reads_is_not_written(kept: Kept, event: KeysFetched | None) -> None:
    """The level is asked before anything is put together."""
    logger = logging.Logger("test", logging.CRITICAL)  # noqa: LOG001  see observer
    logger.addHandler(kept)
    told: list[Any] = []
    front: Authorizer = blocking(POLICY, observe=told.append)
    front.authorize(token(), "GET", "/orders/17")
    LogObserver(logger)(event or told[0])
    assert isinstance(told[0], DecisionMade)
    assert [] == kept.records


def test_the_logger_is_cogauth() -> None:
    """If no other is named."""
    kept = Kept()
    logger = logging.getLogger("cogauth")
    logger.addHandler(kept)
    try:
        LogObserver()(KeysFetched("staff", "u", 0.1, 1, "jwks.deadline"))
    finally:
        logger.removeHandler(kept)
    assert ["cogauth"] == [record.name for record in kept.records]
