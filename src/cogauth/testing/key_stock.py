"""The stock: signing keys that are made once and serve many pools."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from cogauth.testing.signing_keys import SigningKey


class KeyStock:
    """
    Keys for many pools, so that only the first of them waits for their making (some 0.1 s each).

    Every pool that is given the stock takes the same keys in the same order, so that a pool of one test costs next to
    nothing, and a pool that rotates leaves the next one as if it had not. Pools of one stock can forge each other's
    tokens: one that is to be a stranger does without.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: list[SigningKey] = []

    def __repr__(self) -> str:
        return f"<KeyStock of {len(self._keys)}>"

    def deal(self) -> Iterator[SigningKey]:
        """Hand the keys out from the first on, and make another whenever they run out; to one thread at a time."""
        index = 0
        while True:
            with self._lock:
                if index == len(self._keys):
                    self._keys.append(SigningKey.generate())
                key = self._keys[index]
            yield key
            index += 1
