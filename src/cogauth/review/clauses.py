"""Clauses: a rule as a tree, each clause with whether a caller meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.rules import All, Any, Not, Role, Rule

_KINDS: Final[Mapping[type[Rule], str]] = {All: "all", Any: "any", Not: "not"}


class Clause(NamedTuple):
    """A rule or a part of one, and whether it is met."""

    rule: Rule
    """Roles replaced by what they stand for."""
    met: bool
    role: str | None
    """The role that says it, if one does."""
    kind: str
    """`all`, `any`, `not`, or `condition`."""
    parts: tuple[Clause, ...]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Clause]]:
        """Give this clause and all below it, from the top down, with how deep each stands."""
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


def clauses_of(rule: Rule, policy: Policy, who: Principal, now: float) -> Clause:
    """
    Take *rule* apart as it is written, in the words of *policy*, and ask each clause about *who* at *now*.

    Raises:
        ConfigurationError: it names a role that there is not.
    """
    plain = policy.plain(rule)
    written, role = rule, None
    # A role that says no more than another one is that one.
    while isinstance(written, Role):
        role = role or written.name
        written = policy.written_roles[written.name]
    parts = tuple(clauses_of(part, policy, who, now) for part in written.parts)
    kind = _KINDS.get(type(written), "condition")
    return Clause(plain, plain.holds(who, now), role, kind, parts)
