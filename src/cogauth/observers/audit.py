"""An audit record for each decision: one line of JSON."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from cogauth._fork import renew_in_child
from cogauth.errors import ConfigurationError
from cogauth.events import DecisionMade, Event
from cogauth.observers.fields import decision_fields
from cogauth.principal import Principal

SHORTEST_KEY = 16
"""Bytes: with fewer a `subject_key` could be found by trying."""


class Writable(Protocol):
    """What takes text: a file, `sys.stdout`, a socket's file."""

    def write(self, text: str, /) -> object:
        """Take *text*."""
        ...


class AuditObserver:
    """
    Writes a line of JSON for each decision: when, what was decided, why, by which policy, and, if asked to, for whom.

    The fields are those of the table in docs/observing.md, behind `time`, in RFC 3339 and UTC. Who was calling is a
    claim, and so told only on request: `subject` as it is, or behind a key as a name that tells callers apart and
    leads back to nobody without the key. A subject is one of its issuer; the two belong together.

    Args:
        stream: where to write. It is called while the request waits: in front of a slow one belongs a queue.
        subject: write the principal's `sub`.
        subject_key: at least 16 bytes; write the HMAC-SHA256 (RFC 2104) of issuer and `sub` under it in place of them.
        clock: seconds since the epoch.

    Raises:
        ConfigurationError: both kinds of subject, or a key that is too short.
    """

    def __init__(
        self,
        stream: Writable,
        *,
        subject: bool = False,
        subject_key: bytes | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if subject and subject_key is not None:
            raise ConfigurationError("AuditObserver: subject or subject_key, not both")
        if subject_key is not None and (not isinstance(subject_key, bytes) or len(subject_key) < SHORTEST_KEY):
            raise ConfigurationError(f"AuditObserver: subject_key must be at least {SHORTEST_KEY} random bytes")
        self.lost: int = 0
        """How many records could not be written."""
        self._stream = stream
        self._subject = subject
        self._key = subject_key
        self._clock = clock
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Make the lock anew: a forked child may have got it locked."""
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        if not isinstance(event, DecisionMade):
            return
        record: dict[str, object] = {
            "time": datetime.fromtimestamp(self._clock(), UTC).isoformat(),
            **decision_fields(event),
        }
        who = event.principal
        if who is not None:
            record |= self._name(who)
        # ASCII, so that whatever a token says can be written: nobody stays out of the audit by half of a character.
        line = json.dumps(record) + "\n"
        with self._lock:
            try:
                self._stream.write(line)
            except Exception:
                self.lost += 1
                raise

    def _name(self, who: Principal) -> dict[str, object]:
        if self._subject:
            return {"subject": who.subject}
        if self._key is not None:
            named = f"{who.issuer}\0{who.subject}".encode("utf-8", "surrogatepass")
            return {"subject_hmac": hmac.digest(self._key, named, "sha256").hex()}
        return {}
