"""Syntax: the few expressions that compiled conditions are made of, as trees and never as text."""

from __future__ import annotations

import ast
from types import NoneType
from typing import Any as Anything, Final, TypedDict, cast


class _Place(TypedDict):
    lineno: int
    col_offset: int


# A tree must say where it stands in a source; this one stands nowhere.
_AT: Final[_Place] = {"lineno": 1, "col_offset": 0}
_LOAD: Final = ast.Load()
_SAID: Final = "said"
_KINDS: Final[dict[str, object]] = {kind.__name__: kind for kind in (type, str, int, float, bool, tuple)}


class Syntax:
    """
    Makes the expressions of one compiled rule, over a principal `who` and a time `now`.

    Strings, numbers and sets of strings become constants of the code. Anything else is bound to a name that nothing
    but this code can see, in *names*, which are its globals.
    """

    __slots__ = ("names",)

    def __init__(self) -> None:
        # Without builtins: a rule calls what was bound for it and nothing else.
        self.names: dict[str, object] = {"__builtins__": {}, **_KINDS}

    # What is compared.

    def value(self, value: object) -> ast.expr:
        """Make *value* a part of the code, of its very type: CPython keeps `1`, `1.0` and `True` apart."""
        if type(value) in (str, int, float, bool, NoneType) or (
            type(value) is frozenset and all(type(item) is str for item in cast("frozenset[object]", value))
        ):
            return ast.Constant(cast("Anything", value), **_AT)
        name = f"_{len(self.names)}"
        self.names[name] = value
        return _name(name)

    def who(self) -> ast.expr:
        """Read the principal."""
        return _name("who")

    def of(self, field: str) -> ast.expr:
        """Read a field of the principal."""
        return ast.Attribute(self.who(), field, _LOAD, **_AT)

    def now(self) -> ast.expr:
        """Read the time, seconds since the epoch."""
        return _name("now")

    def claim(self, name: str) -> ast.expr:
        """Read a claim that is there."""
        return ast.Subscript(self.of("claims"), self.value(name), _LOAD, **_AT)

    def claims(self) -> ast.expr:
        """Read all claims, as pairs of name and value."""
        return self.method(self.of("claims"), "items")

    def kept(self, kind: type, said: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Ask whether *said* is of the very type *kind*, and give that and what was said, to be read after it only."""
        keeping = ast.NamedExpr(ast.Name(_SAID, ast.Store(), **_AT), said, **_AT)
        return self.same(self.call(_name("type"), keeping), _name(kind.__name__)), _name(_SAID)

    # How it is compared.

    def equal(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left == right`."""
        return _compared(left, ast.Eq(), right)

    def same(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left is right`."""
        return _compared(left, ast.Is(), right)

    def among(self, item: ast.expr, items: ast.expr) -> ast.expr:
        """`item in items`."""
        return _compared(item, ast.In(), items)

    def within(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left <= right`; of sets: all of them are there."""
        return _compared(left, ast.LtE(), right)

    def before(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left < right`."""
        return _compared(left, ast.Lt(), right)

    def one_of(self, item: ast.expr, names: frozenset[str]) -> ast.expr:
        """Is *item*, something that can be hashed, one of *names*?"""
        if len(names) == 1:
            return self.equal(item, self.value(*names))
        return self.among(item, self.value(names))

    def any_in(self, names: frozenset[str], items: ast.expr) -> ast.expr:
        """Is any of *names* in the set *items*?"""
        if len(names) == 1:
            return self.among(self.value(*names), items)
        return self.opposite(self.method(self.value(names), "isdisjoint", items))

    # How it is combined.

    def both(self, part: ast.expr, *others: ast.expr) -> ast.expr:
        """`a and b and ...`, of as many as there are."""
        return ast.BoolOp(ast.And(), [part, *others], **_AT) if others else part

    def either(self, part: ast.expr, *others: ast.expr) -> ast.expr:
        """`a or b or ...`, of as many as there are."""
        return ast.BoolOp(ast.Or(), [part, *others], **_AT) if others else part

    def opposite(self, part: ast.expr) -> ast.expr:
        """`not a`."""
        return ast.UnaryOp(ast.Not(), part, **_AT)

    def choice(self, test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
        """`then if test else otherwise`."""
        return ast.IfExp(test, then, otherwise, **_AT)

    def plus(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left + right`."""
        return ast.BinOp(left, ast.Add(), right, **_AT)

    def call(self, function: ast.expr, *arguments: ast.expr) -> ast.expr:
        """`function(...)`."""
        return ast.Call(function, list(arguments), [], **_AT)

    def method(self, owner: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
        """`owner.name(...)`."""
        return self.call(ast.Attribute(owner, name, _LOAD, **_AT), *arguments)

    def function(self, body: ast.expr) -> ast.Expression:
        """`lambda who, now: body`."""
        arguments = [ast.arg("who", **_AT), ast.arg("now", **_AT)]
        empty = ast.arguments(posonlyargs=[], args=arguments, kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.Expression(ast.Lambda(empty, body, **_AT))


def _name(name: str) -> ast.expr:
    return ast.Name(name, _LOAD, **_AT)


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right], **_AT)
