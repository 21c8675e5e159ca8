"""A subsegment for X-Ray by Powertools' Tracer: how long cogauth took, what it decided, and the wait for keys."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Tracer

from cogauth.events import DecisionMade, Event, KeysFetched
from cogauth.observers import decision_fields, fetch_fields
from cogauth_lambda.observe.invocations import Invocation

# What is searched for; the rest of the fields goes beside them.
_ANNOTATED: Final = ("allowed", "status", "reason", "route", "api", "issuer", "cached", "policy")

MOST: Final = 20
"""How many decisions of one invocation are written out: a subsegment has 64 kB (AWS: "X-Ray segment documents")."""


class TracerObserver:
    """
    Describes each invocation in a subsegment `cogauth`: the decision in annotations, each fetch of keys below it.

    Neither the event, nor the answer, nor the text of an exception is written; refusals are no faults.

    Args:
        tracer: that of the function; one that patches no other library if left out.
        clock: seconds since the epoch.
    """

    def __init__(self, tracer: Tracer | None = None, *, clock: Callable[[], float] = time.time) -> None:
        service = os.environ.get("POWERTOOLS_SERVICE_NAME") or "cogauth"
        made = tracer or Tracer(service=service, auto_patch=False)
        self._provider: Any = made.provider  # the X-Ray SDK, which has no types
        self._clock = clock
        self._stack = contextlib.ExitStack()
        self._subsegment: Any = None
        self._decisions: list[DecisionMade] = []
        self._fetches: list[tuple[float, KeysFetched]] = []

    def begin(self, invocation: Invocation) -> None:
        """Open the subsegment."""
        self._decisions.clear()
        self._subsegment = self._stack.enter_context(self._provider.in_subsegment("cogauth"))
        self._subsegment.put_annotation("cogauth_cold_start", invocation.cold)

    def __call__(self, event: Event) -> None:
        # Kept until the end: another thread, in which keys may be fetched, has no segment to write to.
        if isinstance(event, KeysFetched):
            self._fetches.append((self._clock(), event))
        elif len(self._decisions) < MOST:
            self._decisions.append(event)

    def end(self) -> None:
        """Write to the subsegment and close it. No exception goes through here, so that none is written either."""
        with self._stack.pop_all():
            fetches, self._fetches = self._fetches, []
            for told, event in fetches:
                with self._provider.in_subsegment("cogauth keys", namespace="remote") as fetch:
                    _describe_fetch(fetch, told, event)
            fields = [decision_fields(event) for event in self._decisions]
            for name in _ANNOTATED:
                if fields and name in fields[0]:
                    self._subsegment.put_annotation(f"cogauth_{name}", fields[0][name])
            self._subsegment.put_metadata("decisions", fields, "cogauth")


def _describe_fetch(subsegment: Any, told: float, event: KeysFetched) -> None:
    """Describe a fetch that has ended: it began before its subsegment did."""
    subsegment.start_time = told - event.seconds
    for name, value in fetch_fields(event).items():
        subsegment.put_annotation(f"cogauth_{name}", value)
    if event.error is not None:
        subsegment.add_fault_flag()
