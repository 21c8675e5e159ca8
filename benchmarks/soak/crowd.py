"""The crowd: who asks. Good tokens of every key, and bad ones of every kind."""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.soak.truth import (
    BAD_TOKEN,
    NO_GROUP,
    NO_KEYS,
    NO_ROUTE,
    NO_TOKEN,
    ODD,
    OK,
    OPEN,
    ORDERS,
    REPORTS,
    Ask,
    Key,
)
from cogauth.testing import LocalUserPool

CLIENT: Final = "web"
POOL: Final = "eu-west-1_AbCdEf123"
KEYLESS: Final = "eu-west-1_Keyless00"
SHORT: Final = 15
"""Seconds that a short-lived token lives."""


class Crowd:
    """
    Everybody who asks.

    Args:
        chance: chooses whose turn it is.
    """

    def __init__(self, chance: random.Random) -> None:
        self.pool = LocalUserPool(POOL, clients={CLIENT})
        self.keyless = LocalUserPool(KEYLESS, clients={CLIENT})
        self.key = Key(float("-inf"))  # before any service begins
        self._chance = chance
        self._good: list[Ask] = []
        self._old: list[Ask] = []
        self._short: list[Ask] = []
        self._numbers = itertools.count()
        self._remembered: dict[str, Ask] = {}
        self._lock = threading.Lock()  # a thread signs for the crowd while the story rotates keys
        self._fixed = [self._asks_of_nobody(), *self._bad()]

    def grow(self, count: int) -> None:
        """Have *count* more people sign in, each with a token of the key of now."""
        for _ in range(count):
            ask = self._signed_in("good", REPORTS)
            if ask.key is self.key:
                self._good.append(ask)

    def renew_short(self) -> None:
        """Sign somebody in whose token expires soon, and forget those that have long expired."""
        now = time.time()
        token = self._signed_in("short-lived", ORDERS, {"exp": int(now) + SHORT, "iat": int(now) - 1})
        until = time.monotonic() + (int(now) + SHORT - now)
        self._short = [*self._short[-4:], token._replace(expires=until)]

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        with self._lock:
            self.pool.rotate()
            self.key = Key(time.monotonic())
        self.grow(1)

    def withdraw(self) -> None:
        """Withdraw the key of now, as after its loss, and sign with another."""
        with self._lock:
            lost, self._short = self.key, []
            self._old = [ask._replace(kind="withdrawn") for ask in self._good if ask.key is lost]
            self._good = [ask for ask in self._good if ask.key is not lost]
            self.pool.withdraw_key("access")
            lost.withdrawn = time.monotonic()
            self.key = Key(lost.withdrawn)
        self.grow(1)

    def ask(self) -> Ask:
        """Give the next question."""
        draw = self._chance.random()
        if draw < 0.55 and self._good:  # noqa: PLR2004  more than half of what services see
            return self._chance.choice(self._good)
        if draw < 0.60 and self._old:  # noqa: PLR2004  a twentieth
            return self._chance.choice(self._old)
        if draw < 0.65 and self._short:  # noqa: PLR2004  a twentieth
            return self._chance.choice(self._short)
        return next(self._chance.choice(self._fixed))

    def _signed_in(self, kind: str, path: str, claims: dict[str, object] | None = None, usual: str = OK) -> Ask:
        subject = str(uuid.uuid4())
        said: dict[str, object] = {"sub": subject, "username": subject, "cognito:groups": ["editors"], **(claims or {})}
        with self._lock:
            return Ask(kind, path, self.pool.mint(said), subject, usual, self.key)

    def _asks_of_nobody(self) -> Iterator[Ask]:
        return itertools.cycle([Ask("public", OPEN), Ask("no token", ORDERS, usual=NO_TOKEN)])

    def _bad(self) -> Iterator[Iterator[Ask]]:
        """Give endless questions of each kind that must be refused."""
        first = self._signed_in("bad", ORDERS)
        token = first.token or ""
        head, body, signature = token.split(".")
        middle = len(signature) // 2
        changed = f"{signature[:middle]}{'B' if signature[middle] == 'A' else 'A'}{signature[middle + 1 :]}"
        spoiled: dict[str, str] = {
            "bad signature": f"{head}.{body}.{changed}",
            "no signature": f"{head}.{body}.",
            "expired": self.pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}),
            "other client": self.pool.mint({"client_id": "other-client"}),
            "ID token": self.pool.mint({}, token_use="id"),
            "no token at all": "nonsense",
        }
        for kind, text in spoiled.items():
            yield itertools.repeat(Ask(kind, ORDERS, text, usual=BAD_TOKEN, invented=True))
        yield self._made(self._invented)
        yield itertools.repeat(Ask("keyless issuer", ORDERS, self.keyless.mint({}), usual=NO_KEYS))
        yield self._made(lambda number: Ask("odd path", f"/orders/..%2f{number}", usual=ODD))
        yield self._made(lambda number: self._of_now("no route", f"/nowhere/{number}", NO_ROUTE))
        yield self._made(lambda _: self._of_now("no group", ORDERS, NO_GROUP, {"cognito:groups": None}))

    def _made(self, make: Callable[[int], Ask]) -> Iterator[Ask]:
        return (make(next(self._numbers)) for _ in itertools.count())

    def _of_now(self, kind: str, path: str, usual: str, claims: dict[str, object] | None = None) -> Ask:
        """Ask with a new token one time in ten, else with one that is there: signing takes its time."""
        known = self._remembered.get(kind)
        if known is None or known.key is not self.key or self._chance.random() < 0.1:  # noqa: PLR2004  as said
            known = self._remembered[kind] = self._signed_in(kind, path, claims, usual)
        return known._replace(path=path)

    def _invented(self, number: int) -> Ask:
        token = self.pool.mint({}, header={"kid": f"invented-{number}"})
        return Ask("invented key", ORDERS, token, usual=BAD_TOKEN, invented=True)
