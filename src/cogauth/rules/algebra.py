"""
The algebra: a rule is a condition on a principal, and `&`, `|` and `~` make rules of rules.

Absence never helps. Groups and scopes that a token does not mention are certainly empty, for Cognito leaves out empty
ones. A condition on anything else that can be absent is false when it is, and may be negated only when it says what
absence means (`default=`): otherwise `~Claim("custom:status", equals="suspended")` would let in whoever has no status.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from cogauth._frozen import Frozen
from cogauth.errors import ConfigurationError
from cogauth.principal import Principal
from cogauth.rules.ways import Remedy, best

if TYPE_CHECKING:
    # Trees are made when a rule is compiled, so that nobody waits for them who only imports this.
    import ast

    from cogauth.rules.syntax import Syntax

FOREVER: Final = float("inf")


class Rule(Frozen):
    """A condition on a principal. Combine with `&`, `|` and `~`; a rule never reads a clock, it is told the time."""

    __slots__ = ()

    remedy: ClassVar[Remedy] = Remedy.NONE

    def holds(self, who: Principal, now: float) -> bool:
        """Is the condition met by *who* at *now*, seconds since the epoch?"""
        raise NotImplementedError

    def until(self, who: Principal, now: float) -> float:
        """Tell until when the answer of `holds` stays as it is at *now*, but for the token's own end."""
        return FOREVER

    def unmet(self, who: Principal, now: float) -> tuple[Rule, ...]:
        """
        Give conditions, as few as possible, of which each is unmet and that all met would meet this one.

        Of several such choices it is one that the caller can act on: scopes only, else the sign-in only (its level or
        age), else anything; of several of these the one that stands first.
        """
        return self.ways(who, now)[0]

    def ways(self, who: Principal, now: float) -> list[tuple[Rule, ...]]:
        """Give the choices for `unmet`, the best one first."""
        return [()] if self.holds(who, now) else [(self,)]

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules that this one is made of."""
        return ()

    @property
    def silent_on_absence(self) -> bool:
        """Whether this reads something that a token can lack, without saying what its absence means."""
        return False

    def leaves(self) -> Iterator[Rule]:
        """Walk the conditions at the bottom."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def __and__(self, other: Rule) -> Rule:
        return All(self, other) if isinstance(other, Rule) else NotImplemented

    def __or__(self, other: Rule) -> Rule:
        return Any(self, other) if isinstance(other, Rule) else NotImplemented

    def __invert__(self) -> Rule:
        return Not(self)

    def __bool__(self) -> bool:
        # `a and b` would silently be `b`.
        raise TypeError("a rule has no truth of its own; combine rules with & | ~, and ask an Authorizer")


class All(Rule):
    """Every one of *rules*; what `&` makes."""

    __slots__ = ("rules",)

    rules: tuple[Rule, ...]

    def __init__(self, *rules: Rule) -> None:
        self._set(rules=_flat(All, rules))

    def holds(self, who: Principal, now: float) -> bool:
        return all(answer(rule, who, now) for rule in self.rules)

    def until(self, who: Principal, now: float) -> float:
        return min(rule.until(who, now) for rule in self.rules)

    def ways(self, who: Principal, now: float) -> list[tuple[Rule, ...]]:
        parts = [rule.ways(who, now) for rule in self.rules]
        # What there is no choice about comes first: it may be all that a choice needs.
        needed = dict.fromkeys(clause for ways in parts if len(ways) == 1 for clause in ways[0])
        found = [tuple(needed)]
        for ways in parts:
            if len(ways) > 1:
                found = best(tuple(dict.fromkeys((*one, *other))) for one in found for other in ways)
        return found

    @property
    def parts(self) -> tuple[Rule, ...]:
        return self.rules

    def __str__(self) -> str:
        return " and ".join(f"({rule})" if isinstance(rule, Any) else str(rule) for rule in self.rules)

    __repr__ = __str__


class Any(Rule):
    """At least one of *rules*; what `|` makes."""

    __slots__ = ("rules",)

    rules: tuple[Rule, ...]

    def __init__(self, *rules: Rule) -> None:
        self._set(rules=_flat(Any, rules))

    def holds(self, who: Principal, now: float) -> bool:
        return any(answer(rule, who, now) for rule in self.rules)

    def until(self, who: Principal, now: float) -> float:
        return min(rule.until(who, now) for rule in self.rules)

    def ways(self, who: Principal, now: float) -> list[tuple[Rule, ...]]:
        return best(way for rule in self.rules for way in rule.ways(who, now))

    @property
    def parts(self) -> tuple[Rule, ...]:
        return self.rules

    def __str__(self) -> str:
        return " or ".join(map(str, self.rules))

    __repr__ = __str__


class Not(Rule):
    """
    The opposite of *rule*; what `~` makes.

    Raises:
        ConfigurationError: *rule* reads something that can be absent and does not say what its absence means.
    """

    __slots__ = ("rule",)

    rule: Rule

    def __init__(self, rule: Rule) -> None:
        for leaf in rule.leaves():
            if leaf.silent_on_absence:
                raise ConfigurationError(undefined_absence(leaf))
            if isinstance(leaf, Everybody):
                raise ConfigurationError("PUBLIC is a rule by itself; it cannot be part of another")
        self._set(rule=rule)

    def holds(self, who: Principal, now: float) -> bool:
        return not answer(self.rule, who, now)

    def until(self, who: Principal, now: float) -> float:
        return self.rule.until(who, now)

    @property
    def parts(self) -> tuple[Rule, ...]:
        return (self.rule,)

    def __str__(self) -> str:
        return f"must not meet: {self.rule}"

    __repr__ = __str__


class Anybody(Rule):
    """Whoever has a good token: `AUTHENTICATED`."""

    __slots__ = ()

    def holds(self, who: Principal, now: float) -> bool:
        return True

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.value(value=True)

    def __str__(self) -> str:
        return "needs a token"

    __repr__ = __str__


class Everybody(Rule):
    """Whoever comes, with a token or without: `PUBLIC`. A rule by itself, never part of another."""

    __slots__ = ()

    def holds(self, who: Principal, now: float) -> bool:
        return True

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.value(value=True)

    def __str__(self) -> str:
        return "open to all"

    __repr__ = __str__


class Role(Rule):
    """The rule that a policy calls *name*; it has no meaning outside that policy."""

    __slots__ = ("name",)

    name: str

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ConfigurationError("Role: must be the name of a role")
        self._set(name=name)

    def __str__(self) -> str:
        return f"needs role {self.name}"

    __repr__ = __str__


AUTHENTICATED: Final = Anybody()
PUBLIC: Final = Everybody()


def answer(rule: Rule, who: Principal, now: float) -> bool:
    """
    Ask *rule*.

    Raises:
        TypeError: it answers with anything but True or False, as a coroutine that nobody awaited would be a yes.
    """
    held = rule.holds(who, now)
    if held is True or held is False:
        return held
    raise TypeError(f"{type(rule).__name__}.holds must give True or False")


def undefined_absence(rule: Rule) -> str:
    """Say that *rule* is denied or negated without a word on absence."""
    return f"{rule}: negated or used in deny, so it must say what absence means: add default=..."


def depends_on_time(rule: Rule) -> bool:
    """Tell whether the answer of *rule* can change as time goes by; what is not known not to, can."""
    if type(rule).until not in (Rule.until, All.until, Any.until, Not.until):
        return True
    return any(depends_on_time(part) for part in rule.parts)


def any_of(names: Collection[str]) -> str:
    """Spell a choice of names."""
    return f"any of [{', '.join(sorted(names))}]" if len(names) > 1 else next(iter(names))


def some_names(kind: str, names: tuple[object, ...]) -> frozenset[str]:
    """Take the names of a condition: at least one, and strings, so that nobody passes a list by mistake."""
    if not names:
        raise ConfigurationError(f"{kind}: name at least one")
    if not all(isinstance(name, str) and name for name in names):
        raise ConfigurationError(f'{kind}: takes names, as in {kind}("a", "b"), not a list and nothing empty')
    # As plain strings: a member of an enumeration is one, too, but hashes and compares as it likes.
    return frozenset(str.__str__(name) for name in names if isinstance(name, str))


def _flat(kind: type[All | Any], rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if not rules:
        raise ConfigurationError(f"{kind.__name__}: of nothing; name at least one rule")
    flat: list[Rule] = []
    for rule in rules:
        if isinstance(rule, Everybody):
            raise ConfigurationError("PUBLIC is a rule by itself; it cannot be part of another")
        if not isinstance(rule, Rule):
            raise ConfigurationError(f"{kind.__name__}: takes rules")
        flat.extend(rule.parts if type(rule) is kind else (rule,))
    return tuple(dict.fromkeys(flat))
