"""
When to ask for an issuer's keys: a state machine without I/O, without a lock, with the clocks as arguments.

The rules, in the order in which they matter:

1. A key that is known is given at once, whatever the network does, for as long as its set may serve.
2. A set is fresh for about five minutes. In the last fifth of that its next use asks for a new one in the background.
3. While the source is down an old set serves on, for `max_stale` seconds at most.
4. A `kid` that is not in the set asks for a new one: twice in thirty seconds, failures counted, and never twice for
   the same `kid` in that time.
5. After a failure the next attempt waits, a second at first, a minute in the end, by chance in between.
6. All issuers of the process together ask eight at a time and fifty in a second.
7. A document that cannot be used changes nothing.
8. An attempt that has not ended after ten seconds has failed, and what it brings later is not looked at.

`find` is a generator. Where it needs the world it yields a `Need`; whoever drives it has the document fetched, or
joins those who already wait for it, or lets the time pass that it may take, and resumes. Drivers of several kinds may
share a ring: there is one attempt at a time, whoever makes it, and all wait for its end.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator, Mapping

from cogauth.algorithms import mismatch
from cogauth.errors import KeysUnavailable, UnknownKey
from cogauth.issuers import KeySource
from cogauth.jwk import VerificationKey
from cogauth.keyring.attempts import Attempt, Attempts
from cogauth.keyring.discovery import jwks_uri_of
from cogauth.keyring.lifetime import CLOCKS_APART, FOR_GOOD, NEVER, Lifetime
from cogauth.keyring.need import Flow, KeyHealth, Need
from cogauth.keyring.pace import ATTEMPTS, Absent, Budget, Pace, budget_of
from cogauth.keys import KeyDocumentError, KeyTable, key_table, pem_table
from cogauth.transport import DEADLINE


class Keyring:
    """
    The keys of one issuer string.

    Args:
        source: where its keys come from.
        clock: seconds since the epoch.
        monotonic: seconds that never run backwards.
        max_stale: seconds for which a set may serve after it was fetched, while no new one can be had.
        patience: seconds that a caller with a key in hand waits for a renewal: 0 where threads run on between
            requests, a little in AWS Lambda, where they do not.
        chance: a number in [0, 1), anew at each call.
        budget: what all rings together may ask; that of *monotonic* if left out.
        pace: how often the issuer may be asked, where several rings ask the same one; of its own if left out.
    """

    __slots__ = (
        "_absent",
        "_chance",
        "_clock",
        "_discovered",
        "_life",
        "_monotonic",
        "_patience",
        "attempts",
        "generation",
        "keys",
        "learned_at",
        "max_stale",
        "source",
    )

    def __init__(
        self,
        source: KeySource,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        max_stale: float = 86_400.0,
        patience: float = 0.0,
        chance: Callable[[], float] = random.random,
        budget: Budget | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.source: KeySource = source
        self.max_stale: float = max_stale
        self.keys: Mapping[str, VerificationKey] = {}
        """The current keys; replaced whole, never changed, so that readers need no lock."""
        self.generation: int = 0
        """How many documents were learned."""
        self.learned_at: float | None = None
        """Seconds since the epoch when the current keys were asked for, or None."""
        self.attempts: Attempts = Attempts(
            monotonic, pace or Pace(chance), budget or budget_of(monotonic), never=source.pinned is not None
        )
        """What is tried to get another document; it is a driver that tries. None of it where keys are pinned."""
        self._discovered: str | None = None
        self._clock = clock
        self._monotonic = monotonic
        self._patience = patience
        self._chance = chance
        self._life = NEVER
        self._absent = Absent()
        if source.pinned is not None:
            self._take(source.pinned, monotonic())
            self._life = FOR_GOOD
        elif source.seed is not None:
            age = max(0.0, clock() - source.seed_date) if source.seed_date is not None else 0.0
            self._take(source.seed, monotonic() - age)

    # What a verifier asks.

    def find(self, kid: str, alg: str) -> Flow[VerificationKey]:
        """
        Find the key *kid* for *alg*, asking for the document at most twice.

        Raises:
            UnknownKey: the issuer does not publish it, or it is for another algorithm.
            KeysUnavailable: there are no keys that may serve, or none can be had to look in.
        """
        key = yield from self.named(kid)
        if key.alg != alg:
            raise UnknownKey(mismatch(alg, key.alg))
        return key

    def named(self, kid: str) -> Flow[VerificationKey]:
        """
        Find the key *kid*, whatever its algorithm, as `find` does.

        Raises:
            UnknownKey: the issuer does not publish it.
            KeysUnavailable: as `find`.
        """
        key = self.keys.get(kid)
        if not self.fresh():
            if key is not None and self._serves():
                self.attempts.expected()
                if self.attempts.allowed():
                    yield Need(self, self.turn, self._patience)
                    key = self.keys.get(kid)
            else:
                key = None
        return key if key is not None else (yield from self._ask_for(kid))

    def all(self, *, anew: bool = False) -> Flow[Mapping[str, VerificationKey]]:
        """
        Give all keys by `kid`, and wait for them where there are none that may serve; with *anew*, in any case.

        Raises:
            KeysUnavailable: there are no keys that may serve.
        """
        if (anew or not self.fresh()) and (self.attempts.expected() or self.attempts.allowed()):
            yield Need(self, self.turn, self._patience if self._serves() and not anew else DEADLINE)
        if not self._serves():
            raise self.unavailable(late=self.flying)
        return self.keys

    def known(self, kid: str, alg: str) -> VerificationKey | None:
        """Give the key *kid* for *alg* if it is at hand and nothing needs to be asked, as nearly always."""
        key = self.keys.get(kid)
        return key if key is not None and key.alg == alg and self.fresh() else None

    def fresh(self) -> bool:
        """Tell whether the current keys need no renewal yet."""
        life = self._life
        now = self._monotonic()
        if now >= life.refresh_at:
            return False
        if life is FOR_GOOD:
            return True
        return -CLOCKS_APART < self._clock() - now - life.drift < CLOCKS_APART

    def still_has(self, key: VerificationKey) -> bool:
        """Tell whether *key*, found earlier, is still among the keys."""
        return self.keys.get(key.kid) == key

    def health(self, issuer: str, name: str) -> KeyHealth:
        """Tell how the keys are, for the issuer string *issuer* that the configuration calls *name*."""
        pinned = self.source.pinned is not None
        age = None if pinned or self.learned_at is None else max(0.0, self._clock() - self.learned_at)
        url, wait, usable = self.source.url, self.attempts.wait(), len(self.keys) if self._serves() else 0
        return KeyHealth(issuer, name, url, usable, self.generation, age, self.error, wait)

    @property
    def turn(self) -> int:
        """How many attempts have ended, well or not."""
        return self.attempts.turn

    @property
    def flying(self) -> bool:
        """Whether an attempt is under way."""
        return self.attempts.current is not None

    @property
    def error(self) -> str | None:
        """Why the last attempt failed, or None."""
        return self.attempts.error

    # What a driver does.

    def asking(self, attempt: Attempt) -> Generator[str, bytes, bytes]:
        """
        Yield the URLs to GET in *attempt*, be sent what each brings, and give the key document in the end.

        Where the keys are is discovered once, and again after a failure, for they may have moved.

        Raises:
            KeyDocumentError: the issuer's metadata will not do.
        """
        url = self.source.url
        if self.source.discovery:
            found = None if self.error is not None else self._discovered
            url = attempt.jwks_uri = found or jwks_uri_of((yield url), self.source.issuer)
        return (yield url)

    def learn(self, attempt: Attempt, document: bytes) -> None:
        """End *attempt* with *document*; one that cannot be used is a failure, and changes nothing."""
        try:
            kid = self.source.pem_kid
            table = key_table(document, self.source.algorithms) if kid is None else pem_table(document, kid)
        except (KeyDocumentError, TypeError) as error:  # TypeError: of a fetcher that gives text, say, or nothing
            self.attempts.fail(attempt, error)
            return

        def keep() -> None:
            self._absent = Absent()
            self._discovered = attempt.jwks_uri
            self._take(table, attempt.began)

        self.attempts.succeed(attempt, keep)

    # How it is decided.

    def _take(self, table: KeyTable, started: float) -> None:
        wall = self._clock() - (self._monotonic() - started)
        self.keys = table.keys
        self.generation += 1
        self.learned_at = wall
        self._life = Lifetime.of(started, wall, self._chance(), self.max_stale)

    def _serves(self) -> bool:
        """Tell whether the current keys may be used."""
        return self._life.serves(self._monotonic(), self._clock())

    def _ask_for(self, kid: str) -> Flow[VerificationKey]:
        """Look for a key that the current set does not give: it is rotated in, made up, or there is no set."""
        missed = late = False
        for _ in range(ATTEMPTS):
            if self._serves() and self._absent.lately(kid, self._monotonic()):
                break
            self.attempts.expected()
            # Read first: an attempt that ends from here on is a turn, however the others' steps fall between these.
            turn = self.turn
            if attempt := self.attempts.of(turn):
                wait = attempt.began + DEADLINE - self._monotonic()
            elif self.attempts.allowed():
                wait = DEADLINE
            else:
                break
            need = Need(self, turn, max(wait, 0.0))
            yield need
            key = self.keys.get(kid)
            if key is not None and self._serves():
                return key
            if need.refused:
                raise KeysUnavailable("unavailable.busy", retry_after=1)
            missed = self.turn == turn
            late = missed and self.flying and not (need.joined and need.joined.over)
            if late or (self.error is not None and not missed):
                break
            # One that was called off, with its event loop, say, is made anew by whoever comes first of those who wait.
            if not missed:
                self._absent.note(kid, self._monotonic())
        if missed or self.error is not None or not self._serves():
            raise self.unavailable(late=late)
        raise UnknownKey("key.not_found")

    def unavailable(self, *, late: bool = False) -> KeysUnavailable:
        """Make the error that says why there are no keys, and when to come back."""
        why = "deadline" if late else (self.error or "no_keys").removeprefix("jwks.")
        wait = self.attempts.wait()
        return KeysUnavailable(f"unavailable.{why}", retry_after=max(1, math.ceil(wait)))
