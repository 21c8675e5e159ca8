"""Metrics for CloudWatch by Powertools: lines of the Embedded Metric Format, which need no call and no permission."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from cogauth.events import DecisionMade, Event, KeysFetched
from cogauth_lambda.observe.invocations import Invocation

AGE_SECONDS: Final = 60.0
"""How often the age of keys is told: a metric of standard resolution has one value a minute."""

MANY_ISSUERS: Final = 50
"""With more, metrics are not told issuer by issuer: CloudWatch bills each combination of dimensions as a metric."""

Measured = Mapping[str, tuple[MetricUnit, float]]


class MetricsObserver:
    """
    Writes what happened in an invocation when it ends: decisions by reason and api, fetches of keys, their age.

    Dimensions are codes from closed lists and names from the configuration: their number does not grow with the
    traffic. The names are in docs/observing.md.

    Args:
        namespace: of the metrics; POWERTOOLS_METRICS_NAMESPACE, or `cogauth`, if left out.
        service: the dimension of all of them; POWERTOOLS_SERVICE_NAME, or `cogauth`, if left out.
        monotonic: seconds of a clock that is never set.
    """

    def __init__(
        self,
        namespace: str | None = None,
        service: str | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._namespace = namespace or os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or "cogauth"
        self._service = service or os.environ.get("POWERTOOLS_SERVICE_NAME") or "cogauth"
        self._monotonic = monotonic
        self._events: list[Event] = []
        self._invocation: Invocation | None = None
        self._used: set[str] = set()
        self._told: float | None = None
        self._by_issuer = True

    def begin(self, invocation: Invocation) -> None:
        """Take note of whether the container has just started."""
        self._invocation = invocation

    def __call__(self, event: Event) -> None:
        self._events.append(event)

    def end(self) -> None:
        """Write a line for each reason and each issuer of this invocation."""
        events, self._events = self._events, []
        invocation, self._invocation = self._invocation, None
        if invocation is not None:
            if invocation.cold:
                EphemeralMetrics(namespace=self._namespace, service=self._service).add_cold_start_metric(
                    invocation.context
                )
            self._used |= {event.issuer for event in events if event.issuer is not None}
            self._write_ages(invocation)
        self._write_decisions([event for event in events if isinstance(event, DecisionMade)])
        for event in events:
            if isinstance(event, KeysFetched):
                self._write(_fetch(event), self._issuer(event.issuer))

    def _write_decisions(self, events: list[DecisionMade]) -> None:
        """Write one line for all decisions of a reason and an api: AppSync asks about each of its fields."""
        groups: defaultdict[tuple[str, str | None], list[DecisionMade]] = defaultdict(list)
        for event in events:
            groups[event.decision.reason.value, event.api].append(event)
        for (reason, api), group in groups.items():
            more = ({"reason": reason}, {"api": api, "reason": reason}) if api else ({"reason": reason},)
            self._write([_decision(event) for event in group], *more)

    def _write_ages(self, invocation: Invocation) -> None:
        now = self._monotonic()
        if not self._used or (self._told is not None and now - self._told < AGE_SECONDS):
            return
        used, self._used, self._told = self._used, set(), now
        keys = invocation.authorizer.verifier.health()
        self._by_issuer = len({each.name for each in keys}) <= MANY_ISSUERS
        ages: dict[str, float] = {}
        for each in keys:
            # Of the strings that one pool issues under, the one that is worst off is told. Pinned keys have no age.
            if each.name in used and each.age is not None:
                ages[each.name] = max(each.age, ages.get(each.name, 0.0))
        for name, age in ages.items():
            self._write([{"KeyAge": (MetricUnit.Seconds, age)}], self._issuer(name))

    def _issuer(self, name: str | None) -> dict[str, str]:
        return {"issuer": name} if name and self._by_issuer else {}

    def _write(self, measured: list[Measured], *more: dict[str, str]) -> None:
        """Write *measured* by service, and once more by each of *more*."""
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service)
        for names in more:
            if names:
                metrics.add_dimensions(service=self._service, **names)
        for each in measured:
            for name, (unit, value) in each.items():
                metrics.add_metric(name=name, unit=unit, value=value)
        metrics.flush_metrics()


def _decision(event: DecisionMade) -> Measured:
    remembered = {} if event.cached is None else {"TokenRemembered": (MetricUnit.Count, float(event.cached))}
    return {
        "Decisions": (MetricUnit.Count, 1.0),
        "DecisionTime": (MetricUnit.Milliseconds, event.seconds * 1_000),
        **remembered,
    }


def _fetch(event: KeysFetched) -> list[Measured]:
    return [
        {
            "KeyFetches": (MetricUnit.Count, 1.0),
            "KeyFetchFailures": (MetricUnit.Count, float(event.error is not None)),
            "KeyFetchTime": (MetricUnit.Milliseconds, event.seconds * 1_000),
            "Keys": (MetricUnit.Count, float(event.keys)),
        }
    ]
