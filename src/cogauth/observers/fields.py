"""What logs, metrics and traces say of an event: names and values that come from the configuration or closed lists."""

from __future__ import annotations

from typing import Final, TypeAlias

from cogauth.decision import Decision, Reason
from cogauth.errors import CogAuthError
from cogauth.events import DecisionMade, KeysFetched

Value: TypeAlias = "str | int | float | bool"

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
"""The registered methods in use (RFC 9110 section 9.3, RFC 5789); whatever else a client sends is `other`."""


def decision_fields(event: DecisionMade) -> dict[str, Value]:
    """Give the fields of a decision; one that does not apply is left out."""
    decision = event.decision
    found: dict[str, Value | None] = {
        "allowed": decision.allowed,
        "status": decision.status,
        "reason": decision.reason.value,
        "method": method_of(event),
        "route": decision.route,
        "api": decision.api,
        "policy": event.fingerprint or None,
        "issuer": event.issuer,
        "cached": event.cached,
        "unmet": "; ".join(decision.unmet) or None,
        "error": _error_of(decision),
        "seconds": event.seconds,
        "verify_seconds": event.verify_seconds,
    }
    if decision.shadow is not None:
        found |= {
            "shadow_route": decision.shadow.route,
            "shadow_allowed": decision.shadow.allowed,
            "shadow_reason": decision.shadow.reason.value,
        }
    return {name: value for name, value in found.items() if value is not None}


def fetch_fields(event: KeysFetched) -> dict[str, Value]:
    """Give the fields of a fetch of keys; one that does not apply is left out."""
    found: dict[str, Value | None] = {
        "issuer": event.issuer,
        "url": event.url,
        "keys": event.keys,
        "error": event.error,
        "seconds": event.seconds,
    }
    return {name: value for name, value in found.items() if value is not None}


def method_of(event: DecisionMade) -> str | None:
    """Give the method in one of a few spellings: a client may send any text for one."""
    return None if event.method is None else event.method if event.method in METHODS else "other"


def _error_of(decision: Decision) -> str | None:
    """Give the finer reason of an error, or where the bug is: its text may hold anything, so that it is not told."""
    error = decision.error
    if decision.reason is not Reason.INTERNAL_ERROR:
        return error.reason if isinstance(error, CogAuthError) else None
    place = error.__traceback__ if error is not None else None
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    return f"{type(error).__name__}{where}"
