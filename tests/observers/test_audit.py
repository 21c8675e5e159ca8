"""Audit records: one line of JSON for each decision, and who was calling only as far as was asked for."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from typing import Any

import msgspec
import pytest

from cogauth import ConfigurationError, Decision, Reason
from cogauth.events import DecisionMade, KeysFetched
from cogauth.observers import AuditObserver
from tests.observers.conftest import POLICY, MakeObserved
from tests.support.authorizers import blocking
from tests.support.principals import principal
from tests.support.tokens import ISSUER, NOW, access_claims, token

KEY = b"sixteen or more."
SUBJECT = str(access_claims()["sub"])


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    """What has been written, line by line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({}, {}, id="nobody"),
        pytest.param({"subject": True}, {"subject": SUBJECT}, id="by the subject"),
        pytest.param(
            {"subject_key": KEY},
            {"subject_hmac": hmac.new(KEY, f"{ISSUER}\0{SUBJECT}".encode(), hashlib.sha256).hexdigest()},
            id="behind a key",
        ),
    ],
)
def test_a_record(observed: MakeObserved, options: Any, named: dict[str, str]) -> None:
    """When, what, why and by which policy; who, if asked to."""
    stream = io.StringIO()
    front = observed(AuditObserver(stream, clock=lambda: NOW, **options))
    front.authorize(token(), "GET", "/orders/17")
    (record,) = records(stream)
    assert "2023-11-14T22:13:20+00:00" == record.pop("time")
    assert (front.policy.fingerprint, 0.0, 0.0) == (
        record.pop("policy", ""),
        record.pop("seconds"),
        record.pop("verify_seconds"),
    )
    assert {
        "allowed": True,
        "status": 200,
        "reason": "allowed",
        "method": "GET",
        "route": "GET /orders/{id}",
        "issuer": "eu-west-1_AbCdEf123",
        "cached": False,
        "shadow_route": "GET /orders/{id}",
        "shadow_allowed": False,
        "shadow_reason": "missing_group",
        **named,
    } == record
    text = stream.getvalue()
    assert ("subject" in named) is (SUBJECT in text)
    assert not [part for part in (*token().split("."), "ana", "orders/read", "/orders/17") if part in text]


@pytest.mark.parametrize(
    ("bearer", "path", "who"),
    [
        (token(), "/orders/17", True),
        (token(), "/nowhere", True),
        (token(), "/healthz", True),
        (None, "/healthz", False),
        (None, "/orders/17", False),
        ("x", "/orders/17", False),
        (token(), "//", False),
    ],
)
def test_whoever_is_proven_is_named(observed: MakeObserved, bearer: str | None, path: str, *, who: bool) -> None:
    """And nobody else; each decision has its record."""
    stream = io.StringIO()
    observed(AuditObserver(stream, subject=True)).authorize(bearer, "GET", path)
    (record,) = records(stream)
    assert (SUBJECT if who else None) == record.get("subject")


def test_whoever_is_revoked_is_named() -> None:
    """Though the decision itself shows nobody."""
    stream = io.StringIO()
    front = blocking(POLICY, observe=AuditObserver(stream, subject=True), is_revoked=lambda _: True)
    assert front.authorize(token(), "GET", "/orders/17").principal is None
    (record,) = records(stream)
    assert ("revoked", SUBJECT) == (record["reason"], record["subject"])


@pytest.mark.parametrize("subject", ["\ud800", "line\nbreak", '"}\n{"allowed": true', "\u2028", "é" * 300, "\x00"])
@pytest.mark.parametrize("options", [{"subject": True}, {"subject_key": KEY}], ids=["plain", "hmac"])
def test_nobody_writes_into_the_audit_or_stays_out_of_it(subject: str, options: Any) -> None:
    """Whatever a token says of itself is one string in one line of ASCII."""
    stream = io.StringIO()
    observer = AuditObserver(stream, **options)
    decision = Decision(allowed=False, status=401, reason=Reason.REVOKED)
    observer(DecisionMade(decision, "G\ud800\n", principal=msgspec.structs.replace(principal(), subject=subject)))
    (record,) = records(stream)
    assert (False, "other") == (record["allowed"], record["method"])
    assert stream.getvalue().isascii()
    assert (subject if "subject" in options else None) == record.get("subject")
    assert 0 == observer.lost


def test_the_same_subject_of_another_issuer_is_another(observed: MakeObserved) -> None:
    """And under another key it has another name."""
    names: set[str] = set()
    for key in (KEY, KEY + b"!"):
        stream = io.StringIO()
        front = observed(AuditObserver(stream, subject_key=key))
        for _ in range(2):
            front.authorize(token(), "GET", "/orders/17")
        first, second = records(stream)
        assert first["subject_hmac"] == second["subject_hmac"]
        names.add(first["subject_hmac"])
    assert 2 == len(names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subject": True, "subject_key": KEY}, "not both"),
        ({"subject_key": b""}, "at least 16"),
        ({"subject_key": KEY[:15]}, "at least 16"),
        ({"subject_key": "sixteen or more."}, "at least 16"),
    ],
    ids=["both", "empty", "short", "text"],
)
def test_a_key_that_hides_nothing_is_a_mistake(options: Any, message: str) -> None:
    """Found before the first record."""
    with pytest.raises(ConfigurationError, match=message):
        AuditObserver(io.StringIO(), **options)


def test_what_cannot_be_written_is_counted(observed: MakeObserved) -> None:
    """And changes no answer."""

    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError("disk full")

    observer = AuditObserver(Full())
    front = observed(observer)
    assert front.authorize(token(), "GET", "/orders/17").allowed
    assert not front.authorize(None, "GET", "/orders/17").allowed
    assert 2 == observer.lost


def test_fetches_of_keys_are_no_decisions() -> None:
    """They have no record."""
    stream = io.StringIO()
    AuditObserver(stream)(KeysFetched("staff", "u", 0.1, 1))
    assert "" == stream.getvalue()


def test_lines_of_threads_do_not_mix(observed: MakeObserved) -> None:
    """A stream is written to by one at a time, however long it takes."""

    class Slow(io.StringIO):
        inside = 0
        most = 0

        def write(self, text: str, /) -> int:
            self.inside += 1
            self.most = max(self.most, self.inside)
            threading.Event().wait(0.01)  # long enough for another thread to come
            self.inside -= 1
            return super().write(text)

    stream = Slow()
    front = observed(AuditObserver(stream))
    threads = [threading.Thread(target=front.authorize, args=(None, "GET", "/healthz")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (8, 1) == (len(records(stream)), stream.most)
