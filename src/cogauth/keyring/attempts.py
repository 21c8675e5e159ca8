"""
Attempts at an issuer's key document: one at a time, whoever makes it, and any number who wait for its end.

There is no lock: each step that must be one is one step of a list or a dict, so that neither a thread nor a forked
child finds anything taken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from cogauth._fork import renew_in_child
from cogauth.keyring.pace import LEASE, Budget, Pace
from cogauth.keys import KeyDocumentError
from cogauth.transport import FetchError


class Attempt:
    """
    An attempt, from its beginning to its one end.

    Any number of drivers may share a ring, each with threads or an event loop of its own. So whoever waits leaves a
    call here instead of waiting for somebody's thread or task, and whoever ends it takes its end first: of an answer
    that comes late and a caller who loses patience with it, one is heard.

    Args:
        began: when it began (monotonic seconds).
        runs: tells whether its maker still goes on; None is a maker of whom that need not be asked.
    """

    __slots__ = ("_end", "_runs", "_waiting", "began", "jwks_uri", "over")

    def __init__(self, began: float, runs: Callable[[], bool] | None = None) -> None:
        self.began: float = began
        self.jwks_uri: str | None = None
        """Where discovery has found the keys in this attempt; it counts when the attempt succeeds."""
        self.over: bool = False
        """Whether what came of it can be seen."""
        self._runs = runs
        self._end = [self]
        self._waiting: list[Callable[[], object]] = []

    @property
    def stranded(self) -> bool:
        """Whether its maker has stopped without a word: an event loop that just stands, say."""
        return self._runs is not None and not self._runs()

    def take_end(self) -> bool:
        """May the caller say how it ended? True once; whoever comes later has nothing to say any more."""
        try:
            self._end.pop()
        except IndexError:
            return False
        return True

    def tell(self, call: Callable[[], object]) -> None:
        """Have *call* called when it is over, from whatever thread; at once if it is. Twice must do no harm."""
        self._waiting.append(call)
        if self.over:
            call()

    def forget(self, call: Callable[[], object]) -> None:
        """Call *call* no more: who waited has gone."""
        with contextlib.suppress(ValueError):  # it has been called
            self._waiting.remove(call)

    def finish(self) -> None:
        """Tell all who wait that it is over; what came of it must be there to be seen."""
        self.over = True
        # Taken one by one, for others may come and go meanwhile.
        with contextlib.suppress(IndexError):
            while True:
                self._waiting.pop()()


class Attempts:
    """
    The attempts at one document, of which at most one is under way.

    Args:
        monotonic: seconds that never run backwards.
        pace: how often the issuer may be asked.
        budget: what all issuers together may be asked.
        never: there is nothing to ask for, and no attempt begins.
    """

    __slots__ = ("__weakref__", "_budget", "_monotonic", "_never", "_pace", "_under_way", "error", "turn")

    def __init__(self, monotonic: Callable[[], float], pace: Pace, budget: Budget, *, never: bool) -> None:
        self.turn: int = 0
        """How many attempts have ended, well or not."""
        self.error: str | None = None
        """Why the last attempt failed, or None."""
        self._monotonic = monotonic
        self._pace = pace
        self._budget = budget
        self._never = never
        # By the turn that it was begun in. Put here and found here in one step, so that of two threads that begin one
        # is first; and with the turn's end it is none any more, before anything else can be seen of that.
        self._under_way: dict[int, Attempt] = {}
        renew_in_child(self)

    @property
    def current(self) -> Attempt | None:
        """The attempt that is under way, or None."""
        return self._under_way.get(self.turn)

    def of(self, turn: int) -> Attempt | None:
        """Give the attempt of *turn*, or None if there is none yet, or no more."""
        return self._under_way.get(turn)

    def expected(self) -> Attempt | None:
        """
        Give the attempt that is under way, if it is still worth waiting for; else it has ended when this returns.

        One whose maker has stopped is called off. One that has not ended after `LEASE` seconds, in which even two
        documents could have come, has failed: its fetcher may never return, and must not keep others from trying.
        """
        attempt = self.current
        if attempt is not None:
            over = attempt.began + LEASE
            if attempt.stranded:
                self.abandon(attempt)
            elif self._monotonic() >= over:
                self._fail(attempt, FetchError("jwks.deadline"), over)
        return self.current

    def allowed(self) -> bool:
        """May one begin now, as far as the pace goes?"""
        return not self._never and self._pace.allows(self._monotonic())

    def wait(self) -> float:
        """Give the seconds until the pace lets one begin."""
        return self._pace.wait(self._monotonic())

    def due(self, turn: int) -> bool:
        """May one begin for a caller who saw *turn*: is none under way, or done since, or one too many?"""
        return self.expected() is None and turn == self.turn and self.allowed()

    def begin(self, turn: int, runs: Callable[[], bool] | None = None) -> Attempt | None:
        """
        Start one on behalf of a caller who saw *turn*; None if none is due, or the budget has no room for it.

        In the latter case nothing has happened, so that the next caller may try again. *runs* tells whether the maker
        still goes on; one that does not is no longer waited for.
        """
        if not self.due(turn):
            return None
        attempt = Attempt(self._monotonic(), runs)
        if self._under_way.setdefault(turn, attempt) is not attempt:
            return None
        # From here on nobody else begins one; what was looked at before may have been true a moment ago.
        if turn == self.turn and self.allowed() and self._budget.take(attempt.began):
            self._pace.began(attempt.began)
            return attempt
        attempt.take_end()
        self._clear(turn, attempt)
        return None

    def succeed(self, attempt: Attempt, keep: Callable[[], None]) -> None:
        """End *attempt* with what it was made for, and have *keep* keep it; too late, nothing happens."""
        if attempt.take_end():
            self.error = None
            self._pace.succeeded()
            keep()
            self._land(attempt)

    def fail(self, attempt: Attempt, error: BaseException) -> None:
        """End *attempt* without a document. Whatever a fetcher raises counts, for it may be anybody's code."""
        self._fail(attempt, error, self._monotonic())

    def abandon(self, attempt: Attempt) -> None:
        """Call *attempt* off: it counts for the pace, nothing was learned, and whoever waits may begin another."""
        if attempt.take_end():
            self._budget.give_back(attempt.began)
            self._clear(self.turn, attempt)

    def renew(self) -> None:
        """Forget, in a forked child, the attempt under way: it is the parent's, and so are all who wait for it."""
        for attempt in self._under_way.values():
            attempt.take_end()
            self._budget.give_back(attempt.began)
        self._under_way = {}

    def _fail(self, attempt: Attempt, error: BaseException, when: float) -> None:
        if attempt.take_end():
            asked = error.retry_after if isinstance(error, FetchError) else None
            self.error = error.reason if isinstance(error, FetchError | KeyDocumentError) else type(error).__name__
            self._pace.failed(when, asked or 0.0)
            self._land(attempt)

    def _land(self, attempt: Attempt) -> None:
        # The turn first: nobody who saw the last one may find the way clear for another attempt.
        turn = self.turn
        self.turn += 1
        self._budget.give_back(attempt.began)
        self._clear(turn, attempt)

    def _clear(self, turn: int, attempt: Attempt) -> None:
        del self._under_way[turn]
        attempt.finish()
