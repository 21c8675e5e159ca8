"""Truth: which answers are right at a moment. Where the world is just changing, what was right and what will be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

RENEWAL: Final = 340.0
"""Seconds after which a withdrawn key is out of use: a set of keys is fresh for 300 s and a tenth more."""

NEWS: Final = 45.0
"""Seconds after which a new key is in use, however many invented ones are asked for: two looks in 30 s, and a fetch."""

RECOVERY: Final = 75.0
"""Seconds after an outage of the key source in which it may not have been asked again: a pause of up to 60 s."""

SLACK: Final = 2.0
"""Seconds around `exp` in which a token may be taken or not: it is on its way, and the processor elsewhere."""

OK: Final = "200"
NO_TOKEN: Final = "401 missing_token"
BAD_TOKEN: Final = "401 invalid_token"
NO_GROUP: Final = "403 missing_group"
NO_ROUTE: Final = "403 no_route"
ODD: Final = "400 odd_path"
NO_KEYS: Final = "503 keys_unavailable"

ORDERS: Final = "/orders/17"
REPORTS: Final = "/reports/2026"
OPEN: Final = "/open"


@dataclass(eq=False)
class Key:
    """A signing key, and since when it is published and no more."""

    published: float
    withdrawn: float | None = None


class Ask(NamedTuple):
    """A question, and what decides its answer."""

    kind: str
    path: str
    token: str | None = None
    subject: str = ""
    """Who is to be named where it is allowed."""
    usual: str = OK
    """The answer while nothing changes: to a good token on a route that changes, that of the policy in force."""
    key: Key | None = None
    """Whose signature the token has, where that matters."""
    expires: float | None = None
    invented: bool = False
    """Whether nobody has its key, so that somebody must look."""


@dataclass
class Truth:
    """
    What is true of one service. Times are of any clock, the same throughout.

    Args:
        policies: the answers for a good token to the route that changes, by each policy that may be in force.
    """

    policies: set[str] = field(default_factory=lambda: {OK})
    trouble_until: float = float("-inf")
    """Until when the key source may be taken to be down."""
    known: set[Key] = field(default_factory=set[Key])
    """Keys that all of the service certainly has."""

    def right(self, ask: Ask, now: float) -> frozenset[str]:
        """Give the answers to *ask* that are right at *now*."""
        good = frozenset(self.policies) if ask.path == REPORTS and ask.usual == OK else frozenset({ask.usual})
        answers = set[str]()
        if ask.expires is not None:
            if now > ask.expires - SLACK:
                answers.add(BAD_TOKEN)
            if now > ask.expires + SLACK:
                return frozenset(answers)
        answers |= good
        key = ask.key
        troubled = now < self.trouble_until
        if key is not None:
            if key.withdrawn is not None:
                # It may be looked for in vain, or there may be nowhere to look.
                answers |= {BAD_TOKEN, NO_KEYS} if troubled else {BAD_TOKEN}
                if now > key.withdrawn + RENEWAL and now > self.trouble_until:
                    answers -= good - {BAD_TOKEN}
            elif key not in self.known and now < max(
                key.published + NEWS, min(self.trouble_until, key.published + NEWS + RECOVERY)
            ):
                answers |= {BAD_TOKEN, NO_KEYS} if troubled else {BAD_TOKEN}
        if ask.invented and troubled:
            answers.add(NO_KEYS)
        return frozenset(answers)


@dataclass
class Score:
    """What was answered, and what of it was wrong."""

    answers: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """How often each answer was given, by the kind of question."""
    wrong: list[str] = field(default_factory=list[str])
    """The first of the wrong answers, in words."""
    wrongs: int = 0

    def note(self, ask: Ask, answer: str, subject: str, right: Iterable[str], when: float) -> None:
        """Count an *answer* that names *subject*, and say what is wrong with it, if anything is."""
        counts = self.answers.setdefault(ask.kind, {})
        counts[answer] = counts.get(answer, 0) + 1
        if answer not in right:
            self.fault(f"{when:.1f} s: {ask.kind} {ask.path}: {answer}, and right is {' or '.join(sorted(right))}")
        elif subject != (ask.subject if answer == OK else ""):
            self.fault(f"{when:.1f} s: {ask.kind} {ask.path}: {answer} names another caller")

    def fault(self, text: str) -> None:
        """Count something wrong."""
        self.wrongs += 1
        if len(self.wrong) < 20:  # noqa: PLR2004  enough to see what it is about
            self.wrong.append(text)

    @property
    def asked(self) -> int:
        """How many questions were answered."""
        return sum(sum(counts.values()) for counts in self.answers.values())
