"""Metrics and span attributes for OpenTelemetry, by its API (extra `opentelemetry`)."""

from __future__ import annotations

from opentelemetry import metrics, trace

from cogauth.events import DecisionMade, Event
from cogauth.observers.fields import Value, decision_fields


class OpenTelemetryObserver:
    """
    Counts and times decisions and fetches of keys, and describes the decision on the span that is current.

    The attributes are lines of the route table, names from the configuration and codes from closed lists: their number
    does not grow with the traffic. On the span stand the fields of docs/observing.md but for the durations.

    Args:
        meter: what makes the instruments; that of the global meter provider if left out.
        span: whether to describe the decision on the current span.
    """

    def __init__(self, meter: metrics.Meter | None = None, *, span: bool = True) -> None:
        meter = meter or metrics.get_meter("cogauth")
        self._span = span
        self._decisions = meter.create_counter("cogauth.decisions", "{decision}", "Decisions made.")
        self._seconds = meter.create_histogram("cogauth.decision.duration", "s", "Time that a decision took.")
        self._fetches = meter.create_counter("cogauth.key_fetches", "{fetch}", "Fetches of keys that ended.")
        self._fetch_seconds = meter.create_histogram("cogauth.key_fetch.duration", "s", "Time that a fetch took.")

    def __call__(self, event: Event) -> None:
        if isinstance(event, DecisionMade):
            attributes = span_attributes(event)
            kept = ("cogauth.reason", "cogauth.route", "cogauth.api")
            self._decisions.add(1, {name: attributes[name] for name in kept if name in attributes})
            cached = {} if event.cached is None else {"cogauth.cached": event.cached}
            self._seconds.record(event.seconds, cached)
            if self._span:
                trace.get_current_span().set_attributes(attributes)
            return
        whose: dict[str, Value] = {} if event.issuer is None else {"cogauth.issuer": event.issuer}
        self._fetches.add(1, {**whose, "cogauth.result": "learned" if event.error is None else "failed"})
        self._fetch_seconds.record(event.seconds, whose)


def span_attributes(event: DecisionMade) -> dict[str, Value]:
    """Give what a span is told of a decision: its fields behind `cogauth.`, without durations, which a span has."""
    return {
        f"cogauth.{name}": value
        for name, value in decision_fields(event).items()
        if name not in ("seconds", "verify_seconds")
    }
