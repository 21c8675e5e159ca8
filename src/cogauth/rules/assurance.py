"""Conditions on how and when the user signed in (OpenID Connect Core section 2; RFC 9470)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from cogauth._shapes import as_names
from cogauth.errors import ConfigurationError
from cogauth.principal import Principal
from cogauth.rules.algebra import Rule, any_of, some_names
from cogauth.rules.ways import Remedy

if TYPE_CHECKING:
    # Trees are made when a rule is compiled, so that nobody waits for them who only imports this.
    import ast

    from cogauth.rules.syntax import Syntax

_LONGEST = 10 * 366 * 86_400
"""Seconds, ten years: as long as a refresh token can live (AWS: CreateUserPoolClient), and so a sign-in."""


class Acr(Rule):
    """
    Signed in at least as strongly as *level* (`acr`), in the order of the issuer's `acr_levels`.

    A level that the issuer does not list is below all. *default* is the level that a token without `acr` is taken to
    have; needed under `~` and in `deny`.
    """

    __slots__ = ("default", "level")

    remedy: ClassVar[Remedy] = Remedy.SIGN_IN

    level: str
    default: str | None

    def __init__(self, level: str, *, default: str | None = None) -> None:
        if any(not char.isprintable() or char in ' "\\' for name in some_names("Acr", (level,)) for char in name):
            raise ConfigurationError("Acr: a level has no space, quote, backslash or control character (RFC 9470)")
        if not isinstance(default, str | None):
            raise ConfigurationError("Acr: default is the name of a level")
        self._set(level=level, default=default)

    def holds(self, who: Principal, now: float) -> bool:
        acr = who.acr if who.acr is not None else self.default
        levels = who.acr_levels
        return acr in levels and self.level in levels and levels.index(acr) >= levels.index(self.level)

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        acr = syntax.of("acr")
        if self.default is not None:
            absent = syntax.same(acr, syntax.value(None))
            acr = syntax.choice(absent, syntax.value(self.default), acr)
        strong = syntax.call(syntax.value(_at_least), syntax.value(self.level), syntax.of("acr_levels"))
        return syntax.among(acr, strong)

    @property
    def silent_on_absence(self) -> bool:
        return self.default is None

    def __str__(self) -> str:
        return f"needs acr {self.level} or stronger"

    __repr__ = __str__


class Amr(Rule):
    """
    Signed in with any one of *methods* (`amr`), such as `mfa`.

    *default* is what a token without `amr` is taken to list; needed under `~` and in `deny`.
    """

    __slots__ = ("default", "methods")

    methods: frozenset[str]
    default: frozenset[str] | None

    def __init__(self, *methods: str, default: Collection[str] | None = None) -> None:
        known = as_names(default) if default is not None else []
        if known is None:
            raise ConfigurationError("Amr: default is a list of methods, which may be empty")
        self._set(methods=some_names("Amr", methods), default=None if default is None else frozenset(known))

    def holds(self, who: Principal, now: float) -> bool:
        used = who.amr if "amr" in who.claims else self.default or frozenset()
        return not self.methods.isdisjoint(used)

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        there = syntax.among(syntax.value("amr"), syntax.of("claims"))
        by_default = syntax.value(not self.methods.isdisjoint(self.default or ()))
        return syntax.choice(there, syntax.any_in(self.methods, syntax.of("amr")), by_default)

    @property
    def silent_on_absence(self) -> bool:
        return self.default is None

    def __str__(self) -> str:
        return f"needs sign-in by {any_of(self.methods)}"

    __repr__ = __str__


class SignedInWithin(Rule):
    """
    Signed in (`auth_time`) no more than *seconds* ago; a refresh does not count as a sign-in.

    A machine never signs in, so that there is nothing to negate: it cannot stand under `~` or in `deny`.
    """

    __slots__ = ("seconds",)

    remedy: ClassVar[Remedy] = Remedy.SIGN_IN

    seconds: int

    def __init__(self, seconds: int) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ConfigurationError("SignedInWithin: takes seconds")
        if not 0 < seconds <= _LONGEST or seconds != int(seconds):
            raise ConfigurationError("SignedInWithin: takes whole seconds, more than none and no more than ten years")
        self._set(seconds=int(seconds))

    def holds(self, who: Principal, now: float) -> bool:
        return who.auth_time is not None and now < who.auth_time + self.seconds

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        signed_in = syntax.of("auth_time")
        ever = syntax.opposite(syntax.same(signed_in, syntax.value(None)))
        return syntax.both(ever, syntax.before(syntax.now(), syntax.plus(signed_in, syntax.value(self.seconds))))

    def until(self, who: Principal, now: float) -> float:
        return (
            float(who.auth_time + self.seconds)
            if self.holds(who, now) and who.auth_time is not None
            else super().until(who, now)
        )

    @property
    def silent_on_absence(self) -> bool:
        return True

    def __str__(self) -> str:
        return f"needs a sign-in within {self.seconds} seconds"

    __repr__ = __str__


def unknown_levels(rule: Rule, levels: Collection[str]) -> Iterator[Acr]:
    """Find the conditions in *rule* on a level that is not among *levels*, those of all issuers: nobody meets them."""
    for leaf in rule.leaves():
        if isinstance(leaf, Acr) and leaf.level not in levels:
            yield leaf


@lru_cache(maxsize=1024)
def _at_least(level: str, levels: tuple[str, ...]) -> frozenset[str]:
    """Give the levels from *level* on, none if it is not listed."""
    return frozenset(levels[levels.index(level) :]) if level in levels else frozenset()
