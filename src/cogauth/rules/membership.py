"""Conditions on who the caller is and what was granted: groups, scopes, clients, issuers, machines and people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from cogauth.errors import ConfigurationError
from cogauth.principal import Principal
from cogauth.rules.algebra import All, Rule, any_of, some_names
from cogauth.rules.federation import IdentityProvider
from cogauth.rules.ways import Remedy

if TYPE_CHECKING:
    # Trees are made when a rule is compiled, so that nobody waits for them who only imports this.
    import ast

    from cogauth.rules.syntax import Syntax


class Group(Rule):
    """
    In any one of *names* (`cognito:groups`); compared whole and case-sensitively.

    Groups of one issuer are not those of another: with several issuers, write `Issuer("staff") & Group("admins")`, or
    say *any_issuer*.
    """

    __slots__ = ("any_issuer", "names")

    names: frozenset[str]
    any_issuer: bool

    def __init__(self, *names: str, any_issuer: bool = False) -> None:
        self._set(names=some_names("Group", names), any_issuer=any_issuer)

    def holds(self, who: Principal, now: float) -> bool:
        return not self.names.isdisjoint(who.groups)

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.any_in(self.names, syntax.of("groups"))

    def __str__(self) -> str:
        return f"needs group {any_of(self.names)}"

    __repr__ = __str__


class Scope(Rule):
    """Granted any one of the scopes *names* (RFC 6749 section 3.3); of several issuers, see `Group`."""

    __slots__ = ("any_issuer", "names")

    remedy: ClassVar[Remedy] = Remedy.SCOPE

    names: tuple[str, ...]
    any_issuer: bool

    def __init__(self, *names: str, any_issuer: bool = False) -> None:
        some_names("Scope", names)
        if any(not name.isascii() or not name.isprintable() or set(name) & {" ", '"', "\\"} for name in names):
            raise ConfigurationError("Scope: a scope has no space, quote, backslash or non-ASCII character (RFC 6749)")
        self._set(names=tuple(dict.fromkeys(map(str.__str__, names))), any_issuer=any_issuer)

    def holds(self, who: Principal, now: float) -> bool:
        return not who.scopes.isdisjoint(self.names)

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.any_in(frozenset(self.names), syntax.of("scopes"))

    def __str__(self) -> str:
        return f"needs scope {any_of(self.names)}"

    __repr__ = __str__


class Client(Rule):
    """The token was issued to any one of the app clients *ids*."""

    __slots__ = ("ids",)

    ids: frozenset[str]

    def __init__(self, *ids: str) -> None:
        self._set(ids=some_names("Client", ids))

    def holds(self, who: Principal, now: float) -> bool:
        return who.client_id in self.ids

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.one_of(syntax.of("client_id"), self.ids)

    def __str__(self) -> str:
        return f"needs client {any_of(self.ids)}"

    __repr__ = __str__


class Issuer(Rule):
    """The token is of any one of the issuers that the configuration calls *names*."""

    __slots__ = ("names",)

    names: frozenset[str]

    def __init__(self, *names: str) -> None:
        self._set(names=some_names("Issuer", names))

    def holds(self, who: Principal, now: float) -> bool:
        return who.issuer_name in self.names

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.one_of(syntax.of("issuer_name"), self.names)

    def __str__(self) -> str:
        return f"needs issuer {any_of(self.names)}"

    __repr__ = __str__


class TokenUse(Rule):
    """The token is an `"access"` or an `"id"` token."""

    __slots__ = ("use",)

    use: str

    def __init__(self, use: str) -> None:
        if use not in ("access", "id"):
            raise ConfigurationError('TokenUse: must be "access" or "id"')
        self._set(use=use)

    def holds(self, who: Principal, now: float) -> bool:
        return who.token_use == self.use

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.equal(syntax.of("token_use"), syntax.value(self.use))

    def __str__(self) -> str:
        return f"needs an {self.use} token"

    __repr__ = __str__


class Kind(Rule):
    """A machine (a client by itself) or a person: `MACHINE` and `PERSON`."""

    __slots__ = ("machine",)

    machine: bool

    def __init__(self, *, machine: bool) -> None:
        self._set(machine=machine)

    def holds(self, who: Principal, now: float) -> bool:
        return who.is_machine is self.machine

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        return syntax.same(syntax.of("is_machine"), syntax.value(self.machine))

    def __str__(self) -> str:
        return f"needs a {'machine' if self.machine else 'person'}"

    __repr__ = __str__


MACHINE: Final = Kind(machine=True)
PERSON: Final = Kind(machine=False)


def without_issuer(rule: Rule, *, named: bool = False) -> Iterator[Rule]:
    """Find the groups, scopes and identity providers in *rule* that no issuer is named for."""
    if isinstance(rule, Group | Scope | IdentityProvider):
        if not named and not rule.any_issuer:
            yield rule
        return
    if isinstance(rule, All):
        named = named or any(isinstance(part, Issuer) for part in rule.rules)
    for part in rule.parts:
        yield from without_issuer(part, named=named)
