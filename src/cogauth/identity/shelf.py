"""A shelf: a bounded number of things kept by their digest, each of which is made once, however many ask for it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, TypeAlias, TypeVar

from cogauth._fork import renew_in_child
from cogauth.identity.errors import CredentialsError, CredentialsUnavailable
from cogauth.identity.steps import Flow, Join

V = TypeVar("V")

JOINED: Final = 20.0
"""Seconds to wait for what somebody else makes: longer than that takes, so that only one who has died is given up."""

# The outcome is a value, an error to raise, or None where whoever made it was called off.
_Flight: TypeAlias = "Future[V | CredentialsError | None]"


class Shelf(Generic[V]):
    """
    Keeps at most *size* things, those that were asked for least lately making room.

    Any number of threads and event loops may ask. What could not be made is not kept.
    """

    __slots__ = ("__weakref__", "_flights", "_kept", "_lock")

    def __init__(self, size: int) -> None:
        from cachetools import LRUCache  # who only works out roles does without

        self._kept: LRUCache[bytes, V] = LRUCache(size)
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Forget, in a forked child, what the parent is making: nobody here will end it."""
        self._lock = threading.Lock()
        self._flights: dict[bytes, _Flight[V]] = {}

    def get(self, key: bytes) -> V | None:
        """Give what is kept, or None."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: bytes, value: V) -> None:
        """Keep *value*."""
        with self._lock:
            if self._kept.maxsize:
                self._kept[key] = value

    def drop(self, key: bytes) -> None:
        """Keep this no longer."""
        with self._lock:
            self._kept.pop(key, None)

    def is_being_made(self, key: bytes) -> bool:
        """Tell whether somebody makes this now."""
        return key in self._flights

    def once(self, key: bytes, make: Callable[[], Flow[V]], *, seen: V | None = None) -> Flow[V]:
        """
        Make what is to be kept as *key*, or wait for whoever makes it.

        Args:
            key: what it is known by.
            make: makes it.
            seen: what is kept and will not do any more.

        Raises:
            CredentialsError: it could not be made.
        """
        while True:
            flight, mine = self._board(key)
            if mine:
                return (yield from self._make(key, make, seen, flight))
            yield Join(flight, JOINED)
            if not flight.done():
                self._land(key, flight, None)
                raise CredentialsUnavailable("credentials.busy")
            outcome = flight.result()
            if isinstance(outcome, CredentialsError):
                # One of my own: an error that is raised gathers where it came by.
                raise copy.copy(outcome)
            if outcome is not None:
                return outcome

    def _make(self, key: bytes, make: Callable[[], Flow[V]], seen: V | None, flight: _Flight[V]) -> Flow[V]:
        outcome: V | CredentialsError | None = None
        try:
            kept = self.get(key)
            # It may have been made between a look at the shelf and here.
            value = kept if kept is not None and kept is not seen else (yield from make())
            self.put(key, value)
            outcome = value
        except CredentialsError as error:
            outcome = error
            raise
        finally:
            self._land(key, flight, outcome)
        return value

    def _board(self, key: bytes) -> tuple[_Flight[V], bool]:
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Future()
            # So that none of those who wait can call it off.
            flight.set_running_or_notify_cancel()
            return flight, True

    def _land(self, key: bytes, flight: _Flight[V], outcome: V | CredentialsError | None) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
            if flight.done():  # somebody has lost patience with it
                return
            flight.set_result(outcome)
