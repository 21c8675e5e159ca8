"""Metrics and span attributes as OpenTelemetry's own SDK collects them."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cogauth.events import DecisionMade, KeysFetched
from cogauth.observers.opentelemetry import OpenTelemetryObserver, span_attributes
from tests.observers.conftest import MakeObserved
from tests.support.tokens import token


@pytest.fixture
def reader() -> InMemoryMetricReader:
    """What has been measured."""
    return InMemoryMetricReader()


@pytest.fixture
def observer(reader: InMemoryMetricReader) -> OpenTelemetryObserver:
    """The observer under test, with a meter of its own."""
    return OpenTelemetryObserver(MeterProvider([reader]).get_meter("test"))


def measured(reader: InMemoryMetricReader) -> dict[str, list[tuple[dict[str, Any], float]]]:
    """The points of each instrument: attributes, and the count."""
    data: Any = reader.get_metrics_data()
    return {
        metric.name: [
            (dict(point.attributes), getattr(point, "value", None) or point.count) for point in metric.data.data_points
        ]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_decisions_are_counted_and_timed(
    observed: MakeObserved, observer: OpenTelemetryObserver, reader: InMemoryMetricReader
) -> None:
    """By reason and line of the table; without a span there is nothing to describe."""
    front = observed(observer)
    front.authorize(token(), "GET", "/orders/17")
    front.authorize(token(), "GET", "/orders/18")
    front.authorize(None, "GET", "//")
    assert {
        "cogauth.decisions": [
            ({"cogauth.reason": "allowed", "cogauth.route": "GET /orders/{id}"}, 2),
            ({"cogauth.reason": "odd_path"}, 1),
        ],
        "cogauth.decision.duration": [({"cogauth.cached": False}, 1), ({"cogauth.cached": True}, 1), ({}, 1)],
    } == measured(reader)


def test_fetches_are_counted_and_timed(observer: OpenTelemetryObserver, reader: InMemoryMetricReader) -> None:
    """By issuer and result."""
    observer(KeysFetched("staff", "https://k.example", 0.2, 2))
    observer(KeysFetched(None, "https://k.example", 5.0, 2, "jwks.deadline"))
    assert {
        "cogauth.key_fetches": [
            ({"cogauth.issuer": "staff", "cogauth.result": "learned"}, 1),
            ({"cogauth.result": "failed"}, 1),
        ],
        "cogauth.key_fetch.duration": [({"cogauth.issuer": "staff"}, 1), ({}, 1)],
    } == measured(reader)


@pytest.mark.parametrize("wanted", [True, False], ids=["wanted", "not wanted"])
def test_the_current_span_is_described(reader: InMemoryMetricReader, observed: MakeObserved, *, wanted: bool) -> None:
    """With what was decided, by which rules and why; without durations, which the span has itself."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    observer = OpenTelemetryObserver(MeterProvider([reader]).get_meter("test"), span=wanted)
    front = observed(observer)
    with provider.get_tracer("test").start_as_current_span("request"):
        front.authorize(token(), "GET", "/orders/17")
    (span,) = spans.get_finished_spans()
    told = dict(span.attributes or {})
    assert (front.policy.fingerprint if wanted else None) == told.pop("cogauth.policy", None)
    expected = {
        "cogauth.allowed": True,
        "cogauth.status": 200,
        "cogauth.reason": "allowed",
        "cogauth.method": "GET",
        "cogauth.route": "GET /orders/{id}",
        "cogauth.issuer": "eu-west-1_AbCdEf123",
        "cogauth.cached": False,
        "cogauth.shadow_route": "GET /orders/{id}",
        "cogauth.shadow_allowed": False,
        "cogauth.shadow_reason": "missing_group",
    }
    assert (expected if wanted else {}) == told


def test_the_attributes_of_a_span_by_themselves(observed: MakeObserved) -> None:
    """For whoever has a span of their own; nothing of a token is among them."""
    told: list[Any] = []
    observed(told.append).authorize(token(), "PUT", "/orders/17")
    (event,) = told
    assert isinstance(event, DecisionMade)
    attributes = span_attributes(event)
    assert ("missing_group", "needs group admins") == (attributes["cogauth.reason"], attributes["cogauth.unmet"])
    assert not [name for name in attributes if "seconds" in name]
    assert not [part for part in (*token().split("."), "ana") if part in str(attributes)]


def test_by_default_the_global_meter() -> None:
    """Whose instruments do nothing until an SDK is set up."""
    OpenTelemetryObserver()(KeysFetched("staff", "https://k.example", 0.2, 2))
    assert trace.get_current_span().get_span_context().trace_id == 0
