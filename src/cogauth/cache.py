"""Tokens verified lately, by their digest: no token is kept, and no refusal either."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from cogauth._fork import renew_in_child
from cogauth.jwk import VerificationKey
from cogauth.keyring.ring import Keyring
from cogauth.principal import Principal


def allowed(*hashes: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Give the first of *hashes* that this Python computes: one in FIPS mode refuses what is not of FIPS 180-4."""
    for function in hashes[:-1]:
        try:
            function(b"")
        except ValueError:
            continue
        return function
    return hashes[-1]


class Entry(NamedTuple):
    """A verified token: who it is, until when, and the key that vouched for it."""

    principal: Principal
    deadline: float
    key: VerificationKey
    ring: Keyring
    generation: int


class TokenCache:
    """
    A bounded map from digest to entry; the oldest entry makes room.

    Reading takes no lock: a dict's `get` is atomic. An entry is only as good as its clock and its key: `get` gives one
    whose time is not over and whose issuer has not changed its keys since, or has and kept this one.
    """

    __slots__ = ("__weakref__", "_clock", "_entries", "_hash", "_lock", "size")

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        from hashlib import blake2b, sha256  # a tenth of what importing cogauth would cost

        self.size: int = size
        # Of equal strength; where the processor has no instructions for SHA-256, BLAKE2b takes half as long.
        self._hash = allowed(partial(blake2b, digest_size=32), sha256)
        self._clock = clock
        self._entries: dict[bytes, Entry] = {}
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Make the lock anew: a forked child may have got it locked."""
        self._lock = threading.Lock()

    def digest(self, token: bytes) -> bytes:
        """Give what *token* is kept under, from which it cannot be got back; nothing if it will not be kept."""
        return self._hash(token).digest() if self.size else b""

    def get(self, digest: bytes) -> Principal | None:
        """Give the principal of a token that needs no second look, or None."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        principal, deadline, _, ring, generation = entry
        if generation == ring.generation and self._clock() < deadline and ring.fresh():
            return principal
        return self._again(digest, entry)

    def _again(self, digest: bytes, entry: Entry) -> Principal | None:
        """Look twice at an entry whose time may be over, or whose issuer has new keys."""
        principal, deadline, key, ring, _ = entry
        current = ring.generation
        if self._clock() >= deadline or not ring.still_has(key):
            self.drop(digest)
            return None
        if not ring.fresh():
            return None
        self.put(digest, entry._replace(generation=current))
        return principal

    def vouched(self, digest: bytes, key: VerificationKey) -> Principal | None:
        """Give the principal of a token whose key was just looked up anew, if *key* still is the one that signed it."""
        entry = self._entries.get(digest)
        if entry is None or entry.key != key or self._clock() >= entry.deadline:
            return None
        return entry.principal

    def put(self, digest: bytes, entry: Entry) -> None:
        """Keep *entry*, and let the oldest go where there are too many."""
        if not self.size:
            return
        with self._lock:
            if len(self._entries) >= self.size and digest not in self._entries:
                del self._entries[next(iter(self._entries))]
            self._entries[digest] = entry

    def drop(self, digest: bytes) -> None:
        """Forget an entry."""
        with self._lock:
            self._entries.pop(digest, None)

    def __len__(self) -> int:
        return len(self._entries)
