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

`find` is a generator. Where it needs the world it yields a `Need`; whoever drives it has the document fetched, or
joins those who already wait for it, or lets the time pass that it may take, and resumes.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator, Mapping

from cogauth.algorithms import mismatch
from cogauth.discovery import jwks_uri_of
from cogauth.errors import KeysUnavailable, UnknownKey
from cogauth.issuers import KeySource
from cogauth.jwk import VerificationKey
from cogauth.keys import KeyDocumentError, KeyTable, key_table, pem_table
from cogauth.need import Flow, KeyHealth, Need
from cogauth.pace import ATTEMPTS, Absent, Budget, Pace, budget_of
from cogauth.transport import DEADLINE, FetchError

FRESH = 300.0
"""Seconds for which a set is fresh, give or take a tenth, so that a fleet does not ask in step."""

AHEAD = 0.8
"""The part of its fresh time after which a used set is renewed."""

CLOCKS_APART = 60.0
"""Seconds by which the clocks may drift from each other before a set counts as old: a restored snapshot, a sleep."""


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
        "_budget",
        "_chance",
        "_clock",
        "_discovered",
        "_drift",
        "_monotonic",
        "_pace",
        "_patience",
        "_refresh_at",
        "_serve_until",
        "_serve_until_wall",
        "began",
        "error",
        "flying",
        "generation",
        "keys",
        "learned_at",
        "max_stale",
        "source",
        "turn",
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
        self.turn: int = 0
        """How many attempts have ended, well or not."""
        self.flying: bool = False
        """Whether an attempt is under way."""
        self.began: float = float("-inf")
        """When the last attempt began (monotonic)."""
        self.error: str | None = None
        """Why the last attempt failed, or None."""
        self._discovered: str | None = None
        self._clock = clock
        self._monotonic = monotonic
        self._patience = patience
        self._chance = chance
        self._refresh_at = float("-inf")
        self._serve_until = float("-inf")
        self._serve_until_wall = float("-inf")
        self._drift = 0.0
        self._pace = pace or Pace(chance)
        self._budget = budget or budget_of(monotonic)
        self._absent = Absent()
        if source.pinned is not None:
            self._take(source.pinned, monotonic())
            self._refresh_at = self._serve_until = self._serve_until_wall = float("inf")
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
        key = self.keys.get(kid)
        if not self.fresh():
            if key is not None and self._serves():
                if self._may_ask():
                    yield Need(self, self.turn, self._patience)
                    key = self.keys.get(kid)
            else:
                key = None
        if key is None:
            key = yield from self._ask_for(kid)
        if key.alg != alg:
            raise UnknownKey(mismatch(alg, key.alg))
        return key

    def known(self, kid: str, alg: str) -> VerificationKey | None:
        """Give the key *kid* for *alg* if it is at hand and nothing needs to be asked, as nearly always."""
        key = self.keys.get(kid)
        return key if key is not None and key.alg == alg and self.fresh() else None

    def fresh(self) -> bool:
        """Tell whether the current keys need no renewal yet."""
        now = self._monotonic()
        if now >= self._refresh_at:
            return False
        if self._refresh_at == float("inf"):
            return True
        return -CLOCKS_APART < self._clock() - now - self._drift < CLOCKS_APART

    def still_has(self, key: VerificationKey) -> bool:
        """Tell whether *key*, found earlier, is still among the keys."""
        return self.keys.get(key.kid) == key

    def health(self, issuer: str, name: str) -> KeyHealth:
        """Tell how the keys are, for the issuer string *issuer* that the configuration calls *name*."""
        pinned = self.source.pinned is not None
        age = None if pinned or self.learned_at is None else max(0.0, self._clock() - self.learned_at)
        wait = self._pace.wait(self._monotonic())
        return KeyHealth(issuer, name, self.source.url, len(self.keys), self.generation, age, self.error, wait)

    # What a driver does.

    def asking(self) -> Generator[str, bytes, bytes]:
        """
        Yield the URLs to GET, one after the other, be sent what each brings, and give the key document in the end.

        Where the keys are is discovered once, and again after a failure, for they may have moved.

        Raises:
            KeyDocumentError: the issuer's metadata will not do.
        """
        url = self.source.url
        if self.source.discovery:
            if self._discovered is None or self.error is not None:
                self._discovered = jwks_uri_of((yield url), self.source.issuer)
            url = self._discovered
        return (yield url)

    def due(self, turn: int) -> bool:
        """May an attempt begin for a caller who saw *turn*: is none under way, or done since, or one too many?"""
        return not self.flying and turn == self.turn and self._may_ask()

    def begin(self, turn: int) -> bool:
        """
        Start an attempt on behalf of a caller who saw *turn*; False if none is due, or the budget has no room for it.

        In the latter case nothing has happened, so that the next caller may try again.
        """
        now = self._monotonic()
        if not self.due(turn) or not self._budget.take(now):
            return False
        self.flying = True
        self.began = now
        self._pace.began(now)
        return True

    def learn(self, document: bytes) -> None:
        """End the attempt with *document*; one that cannot be used is a failure, and changes nothing."""
        try:
            kid = self.source.pem_kid
            table = key_table(document, self.source.algorithms) if kid is None else pem_table(document, kid)
        except (KeyDocumentError, TypeError) as error:  # TypeError: of a fetcher that gives text, say, or nothing
            self.fail(error)
            return
        self.error = None
        self._pace.succeeded()
        self._absent = Absent()
        self._take(table, self.began)
        self._end()

    def fail(self, error: BaseException) -> None:
        """End the attempt without a document. Whatever a fetcher raises counts, for it may be anybody's code."""
        asked = error.retry_after if isinstance(error, FetchError) else None
        self.error = error.reason if isinstance(error, FetchError | KeyDocumentError) else type(error).__name__
        self._pace.failed(self._monotonic(), asked or 0.0)
        self._end()

    def abandon(self) -> None:
        """Forget the attempt because it was called off: it counts among the attempts, and nothing was learned."""
        self._land()

    # How it is decided.

    def _end(self) -> None:
        self._land()
        self.turn += 1

    def _land(self) -> None:
        # What was called off may land all the same, when another attempt has ended or is under way.
        if self.flying:
            self.flying = False
            self._budget.give_back(self.began)

    def _take(self, table: KeyTable, started: float) -> None:
        wall = self._clock() - (self._monotonic() - started)
        fresh = FRESH * (0.9 + 0.2 * self._chance())
        self.keys = table.keys
        self.generation += 1
        self.learned_at = wall
        self._drift = wall - started
        self._refresh_at = started + fresh * AHEAD
        self._serve_until = started + self.max_stale
        self._serve_until_wall = wall + self.max_stale

    def _serves(self) -> bool:
        """Tell whether the current keys may be used: by both clocks, for a sleeping machine stops one of them."""
        return self._monotonic() < self._serve_until and self._clock() < self._serve_until_wall

    def _may_ask(self) -> bool:
        # Pinned keys are all that there are: an unknown `kid` must not bring in what the network says.
        return self.source.pinned is None and self._pace.allows(self._monotonic())

    def _ask_for(self, kid: str) -> Flow[VerificationKey]:
        """Look for a key that the current set does not give: it is rotated in, made up, or there is no set."""
        late = False
        for _ in range(ATTEMPTS):
            if self._serves() and self._absent.lately(kid, self._monotonic()):
                break
            # Read first: an attempt that ends from here on is a turn, however the others' steps fall between these.
            turn = self.turn
            if self.flying:
                wait = self.began + DEADLINE - self._monotonic()
            elif self._may_ask():
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
            if self.turn == turn:
                late = self.flying
                break
            if self.error is not None:
                break
            self._absent.note(kid, self._monotonic())
        if late or self.error is not None or not self._serves():
            raise self.unavailable(late=late)
        raise UnknownKey("key.not_found")

    def unavailable(self, *, late: bool = False) -> KeysUnavailable:
        """Make the error that says why there are no keys, and when to come back."""
        why = "deadline" if late else (self.error or "no_keys").removeprefix("jwks.")
        wait = self._pace.wait(self._monotonic())
        return KeysUnavailable(f"unavailable.{why}", retry_after=max(1, math.ceil(wait)))
