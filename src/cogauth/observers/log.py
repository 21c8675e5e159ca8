"""A log line for each decision and each fetch of keys."""

from __future__ import annotations

import logging
from http import HTTPStatus

from cogauth.events import DecisionMade, Event
from cogauth.observers.fields import Value, decision_fields, fetch_fields


class LogObserver:
    """
    Writes one line for each event, with the same in fields of the record for whoever collects logs as data.

    What passes is INFO, what is refused WARNING, an internal error or missing keys ERROR; a fetch of keys is INFO, a
    failed one WARNING. The record has `cogauth_event`, `"decision"` or `"keys"`, and one attribute for each field of
    the tables in docs/observing.md, its name behind `cogauth_`. No claim, no path and no token is among them.

    Args:
        logger: where to write; the logger `cogauth` if left out.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger("cogauth")

    def __call__(self, event: Event) -> None:
        if isinstance(event, DecisionMade):
            decision = event.decision
            broken = decision.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            level = logging.INFO if decision.allowed else logging.ERROR if broken else logging.WARNING
            if self._logger.isEnabledFor(level):
                fields = decision_fields(event)
                what = fields.get("route") or fields.get("method") or "rule"
                self._write(level, "decision", f"{decision.status} {decision.reason.value} {what}", fields)
            return
        level = logging.INFO if event.error is None else logging.WARNING
        if self._logger.isEnabledFor(level):
            text = f"keys of {event.issuer or 'nobody'}: {event.error or f'{event.keys} usable'}"
            self._write(level, "keys", text, fetch_fields(event))

    def _write(self, level: int, kind: str, text: str, fields: dict[str, Value]) -> None:
        extra: dict[str, object] = {f"cogauth_{name}": value for name, value in fields.items()}
        self._logger.log(level, "%s", text, extra={"cogauth_event": kind, **extra})
