"""Roles: rules by name, each replaced by the rule that it stands for."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from cogauth.errors import ConfigurationError
from cogauth.expression import RESERVED, ROLE_NAME, written_rule
from cogauth.file.hints import listed, meant
from cogauth.file.mistakes import Mistakes, Place
from cogauth.principal import Principal
from cogauth.rules import PUBLIC, All, Any, Not, Role, Rule, depends_on_time

_MAX_DEPTH: Final = 100
"""Conditions within conditions, roles replaced: far more than anybody reads, and far from what would overflow."""


class Held(NamedTuple):
    """The roles that a principal has, and until when (seconds since the epoch)."""

    names: frozenset[str]
    until: float


class Roles:
    """
    The roles of a policy.

    Args:
        spelled: a rule, or an expression of other roles, by name.
        place_of: where a role stands.
        mistakes: told of unknown roles, circles, and names that an expression could not say.
        broken: names of roles whose mistakes have been told already; whoever uses one is not told again.
    """

    __slots__ = ("_broken", "_depths", "_timed", "_uses", "rules", "written")

    written: dict[str, Rule]
    """As they were written: roles in roles stand for themselves."""

    rules: dict[str, Rule]
    """What each comes to, in the order in which they were written."""

    def __init__(
        self,
        spelled: Mapping[str, Rule | str],
        place_of: Callable[[str], Place],
        mistakes: Mistakes,
        broken: frozenset[str] = frozenset(),
    ) -> None:
        self._broken = set(broken)
        self._depths: dict[str, int] = {}
        self._timed: tuple[Rule, ...] | None = None
        self._uses: dict[str, list[str]] = {}
        self.written = {}
        self.rules = {}
        for name, role in spelled.items():
            try:
                rule = _rule(name, role)
                self._uses[name] = list(_names_in(rule))
                self.written[name] = rule
            except ConfigurationError as error:
                mistakes.tell_all(place_of(str(name)), error)
                self._broken.add(name)
        plain: dict[str, Rule] = self.rules
        for name in self._order(place_of, mistakes):
            try:
                plain[name] = self.plain(self.written[name])
                self._depths[name] = _depth(plain[name])
            except ConfigurationError as error:
                mistakes.tell_all(place_of(name), error)
                self._broken.add(name)
        self.rules = {name: plain[name] for name in self.written if name in plain}

    def plain(self, rule: Rule) -> Rule:
        """
        Give *rule* with each role replaced by its rule; what that makes anew is checked anew.

        Raises:
            ConfigurationError: it names a role that there is not, negates what is silent on absence once its roles
                are replaced, or is nested too deep; without a word of roles whose mistakes have been told.
        """
        try:
            return self._plain(rule, 0)
        except _Unknown:
            # It raised at the first, and there may be more.
            raise ConfigurationError.of(self._unknown(rule)) from None

    def held(self, who: Principal, now: float) -> Held:
        """Work out which roles *who* has at *now*."""
        if self._timed is None:
            self._timed = tuple(rule for rule in self.rules.values() if depends_on_time(rule))
        until = min((rule.until(who, now) for rule in self._timed), default=math.inf)
        return Held(frozenset(name for name, rule in self.rules.items() if rule.holds(who, now)), until)

    def _plain(self, rule: Rule, depth: int) -> Rule:
        if not rule.parts:
            return self._rule_of(rule.name, depth) if isinstance(rule, Role) else rule
        if depth >= _MAX_DEPTH:
            raise ConfigurationError(_TOO_DEEP)
        parts = [self._plain(part, depth + 1) for part in rule.parts]
        # Nothing is made anew for a rule without roles, as most are in a large policy.
        if all(map(operator.is_, parts, rule.parts)):
            return rule
        if type(rule) not in (All, Any, Not):
            raise ConfigurationError(f"{type(rule).__name__}: a rule of your own class cannot be made of roles")
        kind: Callable[..., Rule] = type(rule)
        return kind(*parts)

    def _rule_of(self, name: str, depth: int) -> Rule:
        if name not in self.rules:
            raise _Unknown
        if depth + self._depths[name] > _MAX_DEPTH:
            raise ConfigurationError(_TOO_DEEP)
        return self.rules[name]

    def _unknown(self, rule: Rule) -> list[str]:
        known = sorted(self.written)
        return [
            f"role {name!r}: there is none; there are {listed(known) or 'no roles'}{meant(name, known)}"
            for name in dict.fromkeys(_names_in(rule))
            if name not in self.rules and name not in self._broken
        ]

    def _order(self, place_of: Callable[[str], Place], mistakes: Mistakes) -> list[str]:
        """Put each role behind those that it uses; what goes in a circle is told of, and is broken."""
        uses = {name: [used for used in self._uses[name] if used in self.written] for name in self.written}
        while True:
            try:
                return list(TopologicalSorter(uses).static_order())
            except CycleError as error:
                # Told as it is read, each role before the one that it uses, from the one that was written first.
                ring: list[str] = error.args[1][:0:-1]
                order = {name: place for place, name in enumerate(uses)}
                start = ring.index(min(ring, key=order.__getitem__))
                ring = ring[start:] + ring[:start]
                mistakes.tell(place_of(ring[0]), f"roles go in a circle: {' -> '.join([*ring, ring[0]])}")
                self._broken.update(ring)
                uses = {
                    name: [each for each in used if each not in ring] for name, used in uses.items() if name not in ring
                }


_TOO_DEEP: Final = f"nested too deep; {_MAX_DEPTH} conditions within each other are the most"


class _Unknown(Exception):
    """A role that there is not, or that is broken."""


def roles_used(written: Mapping[str, Rule], rules: Iterable[Rule]) -> frozenset[str]:
    """Give the names of the roles that *rules* use, and of those that these use, as they are *written*."""
    used: set[str] = set()
    ahead = [name for rule in rules for name in _names_in(rule)]
    while ahead:
        name = ahead.pop()
        if name in written and name not in used:
            used.add(name)
            ahead.extend(_names_in(written[name]))
    return frozenset(used)


def _depth(rule: Rule) -> int:
    return 1 + max(map(_depth, rule.parts)) if rule.parts else 0


def _rule(name: object, spelled: Rule | str) -> Rule:
    if not isinstance(name, str) or not ROLE_NAME.fullmatch(name) or name in RESERVED:
        raise ConfigurationError("is not a role's name: letters, digits, _, . and -, not public or authenticated")
    rule = written_rule(spelled)
    if not isinstance(rule, Rule) or rule == PUBLIC:
        raise ConfigurationError("must be a rule on a principal")
    return rule


def _names_in(rule: Rule) -> Iterator[str]:
    return (leaf.name for leaf in rule.leaves() if isinstance(leaf, Role))
