"""Metrics as Prometheus scrapes them, with labels whose number does not grow with the traffic."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from cogauth.events import KeysFetched
from cogauth.observers.prometheus import PrometheusObserver
from tests.observers.conftest import MakeObserved
from tests.support.tokens import NOW, token


@pytest.fixture
def registry() -> CollectorRegistry:
    """A registry of its own for each test."""
    return CollectorRegistry()


@pytest.fixture
def observer(registry: CollectorRegistry) -> PrometheusObserver:
    """The observer under test, at a time that stands."""
    return PrometheusObserver(registry, clock=lambda: NOW)


def samples(registry: CollectorRegistry) -> dict[str, float]:
    """What a scrape gives, without the buckets and what the library adds."""
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    pairs = [line.rsplit(" ", 1) for line in lines if "_bucket" not in line and "_created" not in line]
    return {name: float(value) for name, value in pairs}


def test_decisions_are_counted_by_reason_route_and_api(
    observed: MakeObserved, observer: PrometheusObserver, registry: CollectorRegistry
) -> None:
    """The line of the table, not the path."""
    front = observed(observer)
    for number in range(5):
        front.authorize(token(), "GET", f"/orders/{number}")
    front.authorize(None, "PUT", "/orders/17")
    front.authorize(token(), "GET", "/nowhere", api="made-up")
    found = samples(registry)
    assert {
        'cogauth_decisions_total{api="",reason="allowed",route="GET /orders/{id}"}': 5.0,
        'cogauth_decisions_total{api="",reason="missing_token",route="PUT /orders/{id}"}': 1.0,
        'cogauth_decisions_total{api="",reason="no_route",route=""}': 1.0,
        'cogauth_decision_seconds_count{cached="no"}': 1.0,
        'cogauth_decision_seconds_count{cached="yes"}': 5.0,
        'cogauth_decision_seconds_count{cached=""}': 1.0,
    } == {name: value for name, value in found.items() if not name.endswith("}") or "_sum" not in name}


def test_made_up_requests_make_no_labels(
    observed: MakeObserved, observer: PrometheusObserver, registry: CollectorRegistry
) -> None:
    """A thousand methods, paths, apis and tokens leave as many series as one of each."""
    front = observed(observer)
    sizes: set[int] = set()
    for number in range(1_000):
        front.authorize(f"a.b.{number}", f"M{number}", f"/p{number}", api=f"a{number}")
        front.authorize(token(), "GET", f"/orders/{number}", api=f"a{number}")
        front.authorize(None, f"M{number}", f"//{number}")
        sizes.add(len(samples(registry)))
    # `cached` has been no once, before it is yes for the rest.
    assert 2 >= len(sizes)


def test_fetches_of_keys(observer: PrometheusObserver, registry: CollectorRegistry) -> None:
    """How many came to what, how long they took, and of when the keys are; a failure leaves that as it was."""
    observer(KeysFetched("staff", "https://k.example", 0.25, 2))
    observer(KeysFetched("partners", "https://p.example", 5.0, 0, "jwks.deadline"))
    observer(KeysFetched("staff", "https://k.example", 0.5, 2, "jwks.http_status"))
    observer(KeysFetched(None, "https://gone.example", 0.5, 1))
    found = samples(registry)
    expected = {
        'cogauth_key_fetches_total{issuer="staff",result="learned"}': 1.0,
        'cogauth_key_fetches_total{issuer="staff",result="failed"}': 1.0,
        'cogauth_key_fetches_total{issuer="partners",result="failed"}': 1.0,
        'cogauth_key_fetches_total{issuer="",result="learned"}': 1.0,
        'cogauth_key_fetch_seconds_sum{issuer="staff"}': 0.75,
        'cogauth_key_fetch_seconds_count{issuer="staff"}': 2.0,
        'cogauth_keys{issuer="staff"}': 2.0,
        'cogauth_keys{issuer="partners"}': 0.0,
        'cogauth_keys_learned_timestamp_seconds{issuer="staff"}': float(NOW),
    }
    assert expected == {name: found[name] for name in expected}
    assert 'cogauth_keys_learned_timestamp_seconds{issuer="partners"}' not in found
