"""The rules that an authorizer goes by, which may be replaced while it decides."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from weakref import WeakSet

from cogauth._fork import renew_in_child
from cogauth.errors import ConfigurationError
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.judging.force import Force, names_of
from cogauth.policy import Policy
from cogauth.rules import Rule
from cogauth.verification import Verification


class Rulebook:
    """
    What is in force for an authorizer, or for one of those that `guarding` made of it, each for a rule of its own.

    Args:
        verifier: who is trusted; its issuers may be replaced by others.
        policy: what is put in force.
        above: the rulebook of the authorizer that this one's was made of.
        rule: the one rule of this one, by the roles of *above*.

    Raises:
        ConfigurationError: the policy does not fit the issuers.
    """

    __slots__ = ("__weakref__", "_above", "_verifier", "below", "built", "changing", "force", "reading", "rule")

    def __init__(
        self, verifier: Verification, policy: Policy, above: Rulebook | None = None, rule: Rule | None = None
    ) -> None:
        self.force: Force = Force.of(policy, verifier.state)
        """What was in force when somebody last looked: `now` looks again."""
        self.built: Force = self.force
        """What was in force at first, when the rules in the code were written."""
        self._verifier = verifier
        self._above = above
        self.rule: Rule | None = rule
        self.below: WeakSet[Rulebook] = WeakSet()
        """Those that follow this one, while anybody has them."""
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Make the locks anew: a forked child may have got them locked."""
        self.changing: AbstractContextManager[bool] = threading.RLock()
        self.reading: AbstractContextManager[bool] = threading.Lock()

    @property
    def top(self) -> Rulebook:
        """The rulebook that follows no other."""
        return self._above or self

    def now(self) -> Force:
        """
        Give what a request that comes now is decided by, from end to end.

        Raises:
            ConfigurationError: a role that the one rule names is none of the policy that was loaded since.
        """
        force = self.force
        return force if self._verifier.state is force.state else self._meet_issuers()

    def under(self, rule: Rule) -> Rulebook:
        """
        Make the rulebook in which *rule*, by the roles of this one, guards every path, now and after a reload.

        Raises:
            ConfigurationError: it is no rule, or does not fit.
        """
        top = self.top
        with top.changing:
            book = Rulebook(self._verifier, top.now().policy.guarding(rule), top, rule)
            top.below.add(book)
        return book

    def reread(self, read: Callable[[], tuple[tuple[AnyIssuer | LoadBalancer, ...], Policy]]) -> None:
        """
        Put in force what *read* gives, issuers and policy together; whoever decides meanwhile sees the old or the new.

        Raises:
            ConfigurationError: it does not fit, or *read* raises it; then all stays as it was.
        """
        top = self.top
        # One after the other, so that what was read first does not replace what was read last.
        with top.reading:
            issuers, policy = read()
            # Of thousands of routes it takes a while: here, where no request waits, and then it is there.
            str(policy.fingerprint)
            top.replace(issuers, policy)

    def replace(self, issuers: tuple[AnyIssuer | LoadBalancer, ...], policy: Policy) -> None:
        """
        Put *policy* in force and trust *issuers*, in one step for whoever decides.

        Raises:
            ConfigurationError: the two, or a rule that follows, do not fit; then all stays as it was.
        """
        names = names_of(issuers)
        problems = policy.misuses(names)
        with self.changing:
            for book in tuple(self.below):
                problems += _misfits(policy, book.rule, names)
            if problems:
                raise ConfigurationError.of(dict.fromkeys(problems))
            # The verifier first: whoever finds it changed, and these rules not yet, waits for the lock.
            self._verifier.replace_issuers(*issuers)
            self.force = Force.of(policy, self._verifier.state)

    def _meet_issuers(self) -> Force:
        """Look at the rules again: the issuers were replaced, by themselves or together with the policy."""
        top = self.top
        with top.changing:
            state, force = self._verifier.state, self.force
            if state is not force.state:
                if self.rule is not None:
                    policy = top.now().policy.guarding(self.rule)
                    force = Force(policy, force.state, force.names)
                self.force = force.meeting(state)
            return self.force


def loaded(path: str | os.PathLike[str]) -> tuple[tuple[AnyIssuer | LoadBalancer, ...], Policy]:
    """Read what is to be put in force from the configuration file *path*."""
    from cogauth.config import load  # see `cogauth.file.reader`

    return load(path)


def _misfits(policy: Policy, rule: Rule | None, names: frozenset[str]) -> list[str]:
    """Say what is wrong with the rule of an authorizer that guards a single endpoint, by a new policy."""
    try:
        problems = policy.guarding(rule).misuses(names) if rule is not None else []
    except ConfigurationError as error:
        problems = list(error.problems)
    return [f"a rule in the code: {problem}" for problem in problems]
