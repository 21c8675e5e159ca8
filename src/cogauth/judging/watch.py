"""What observers are told: of a request beside the decision, noted as it becomes known, and of fetches of keys."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from cogauth._frozen import Frozen
from cogauth.decision import Decision
from cogauth.events import DecisionMade, KeysFetched, Observe
from cogauth.judging.hooks import tell
from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.verification import Landing, State, Verification


class KeyWatch(Frozen):
    """
    Tells *observe* of fetches of keys; two for the same observer are equal, so that each fetch is told it once.

    Args:
        observe: who is told.
    """

    __slots__ = ("observe",)

    observe: Observe

    def __init__(self, observe: Observe) -> None:
        self._set(observe=observe)

    def __call__(self, landing: Landing) -> None:
        tell(self.observe, KeysFetched(*landing))


class Watch:
    """
    The notes on one request; made only where somebody observes.

    Args:
        observe: who is told in the end.
        monotonic: seconds that never run backwards.
        method: as the client sent it; None where only a rule is asked about.
    """

    __slots__ = (
        "_began",
        "_cached",
        "_method",
        "_monotonic",
        "_observe",
        "_verify_seconds",
        "_verifying",
        "policy",
    )

    def __init__(self, observe: Observe, monotonic: Callable[[], float], method: str | None) -> None:
        self.policy: Policy | None = None
        """What decides; None if nothing has come that far."""
        self._observe = observe
        self._monotonic = monotonic
        self._method = method
        self._cached: bool | None = None
        self._verify_seconds = 0.0
        self._began = self._verifying = monotonic()

    def remembered(self, verifier: Verification, state: State, token: str) -> Principal | None:
        """
        Look for *token* in the verifier's memory, and note whether it was there; from here on it is being verified.

        Raises:
            MalformedToken: no token is written like this.
        """
        self._verifying = self._monotonic()
        self._cached = False
        who = verifier.remembered(token, state)
        self._cached = who is not None
        return who

    def verified(self) -> None:
        """Note that the token has been verified, or will not be."""
        self._verify_seconds = self._monotonic() - self._verifying

    def tell(self, decision: Decision, who: Principal | None) -> None:
        """Tell of *decision*, whose token proved *who*; if it cannot be told, nothing else changes."""
        with contextlib.suppress(Exception):
            event = DecisionMade(
                decision,
                self._method,
                "" if self.policy is None else self.policy.fingerprint,
                None if who is None else who.issuer_name,
                self._cached,
                self._monotonic() - self._began,
                self._verify_seconds,
                who,
            )
            tell(self._observe, event)
