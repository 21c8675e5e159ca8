"""Metrics for Prometheus, by `prometheus_client` (extra `prometheus`)."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from cogauth.decision import Reason
from cogauth.events import DecisionMade, Event

SECONDS = (5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 0.5, 1.0, 5.0)
"""Upper bounds of the histogram of decisions: from a remembered token to a wait for keys."""

FETCH_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of fetches, which have five seconds."""

_CACHED: dict[bool | None, str] = {True: "yes", False: "no", None: ""}


class PrometheusObserver:
    """
    Counts decisions by reason, route and api, and times them; counts and times fetches of keys by issuer.

    Labels are lines of the route table, names from the configuration and codes from closed lists: their number does not
    grow with the traffic. What has no route or api has the label "".

    Args:
        registry: where the metrics are kept, once each: make one observer per registry.
        clock: seconds since the epoch.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._decisions = Counter("cogauth_decisions", "Decisions made.", ("reason", "route", "api"), registry=registry)
        self._seconds = Histogram(
            "cogauth_decision_seconds",
            "Time that a decision took; cached: whether the token was remembered.",
            ("cached",),
            buckets=SECONDS,
            registry=registry,
        )
        # Told of every request: to find the metric of some labels takes longer than to count with it.
        self._counters: dict[tuple[Reason, str | None, str | None], Counter] = {}
        self._timers = {cached: self._seconds.labels(label) for cached, label in _CACHED.items()}
        self._fetches = Counter(
            "cogauth_key_fetches", "Fetches of keys that ended.", ("issuer", "result"), registry=registry
        )
        self._fetch_seconds = Histogram(
            "cogauth_key_fetch_seconds",
            "Time that a fetch of keys took.",
            ("issuer",),
            buckets=FETCH_SECONDS,
            registry=registry,
        )
        # Of several processes (prometheus_client's multiprocess mode) the one that is worst off is shown.
        self._keys = Gauge("cogauth_keys", "Usable keys.", ("issuer",), registry=registry, multiprocess_mode="livemin")
        self._learned = Gauge(
            "cogauth_keys_learned_timestamp_seconds",
            "When keys were last learned; time() minus this is their age.",
            ("issuer",),
            registry=registry,
            multiprocess_mode="livemin",
        )

    def __call__(self, event: Event) -> None:
        if isinstance(event, DecisionMade):
            decision = event.decision
            key = (decision.reason, decision.route, decision.api)
            counter = self._counters.get(key)
            if counter is None:
                labels = (decision.reason.value, decision.route or "", decision.api or "")
                counter = self._counters[key] = self._decisions.labels(*labels)
            counter.inc()
            self._timers[event.cached].observe(event.seconds)
            return
        issuer = event.issuer or ""
        self._fetches.labels(issuer, "learned" if event.error is None else "failed").inc()
        self._fetch_seconds.labels(issuer).observe(event.seconds)
        self._keys.labels(issuer).set(event.keys)
        if event.error is None:
            self._learned.labels(issuer).set(self._clock())
