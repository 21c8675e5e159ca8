"""Conditions on any claim: compared by type and value, so that `1`, `"1"` and `true` are three things."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, TypeAlias

from cogauth._shapes import as_list
from cogauth._strict import JSON, MAX_INT
from cogauth.errors import ConfigurationError
from cogauth.principal import Principal
from cogauth.rules.algebra import Rule

if TYPE_CHECKING:
    # Trees are made when a rule is compiled, so that nobody waits for them who only imports this.
    import ast

    from cogauth.rules.syntax import Syntax

Scalar: TypeAlias = "str | int | float | bool"


class _Unset:
    def __repr__(self) -> str:
        return "..."


_UNSET: Final = _Unset()
_TESTS: Final = ("equals", "not_equals", "one_of", "contains", "starts_with", "present")


class Claim(Rule):
    """
    What the claim *name* says; exactly one of the tests, by name.

    Args:
        name: such as `custom:dept`. Mind that users can write their own attributes unless the app client forbids it.
        equals: the claim is this very value, of the same type.
        not_equals: the claim is there and is anything else.
        one_of: the claim is one of these values.
        contains: the claim is an array with this element; part of a string is no element.
        starts_with: the claim is a string that begins so.
        present: `True`: the claim is there, whatever it says.
        default: what a token without the claim is taken to say; needed under `~` and in `deny`.

    Raises:
        ConfigurationError: none or several of the tests, or a value that no claim can equal.
    """

    __slots__ = ("default", "name", "test", "value")

    name: str
    test: str
    value: JSON
    default: JSON | _Unset

    def __init__(
        self,
        name: str,
        *,
        equals: Scalar | _Unset = _UNSET,
        not_equals: Scalar | _Unset = _UNSET,
        one_of: Collection[Scalar] | _Unset = _UNSET,
        contains: Scalar | _Unset = _UNSET,
        starts_with: str | _Unset = _UNSET,
        present: bool | _Unset = _UNSET,
        default: Scalar | Collection[Scalar] | _Unset = _UNSET,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise ConfigurationError("Claim: name the claim")
        given = {
            test: value
            for test, value in zip(_TESTS, (equals, not_equals, one_of, contains, starts_with, present), strict=True)
            if not isinstance(value, _Unset)
        }
        if len(given) != 1:
            raise ConfigurationError(f"Claim {name}: say exactly one of {', '.join(_TESTS)}")
        ((test, value),) = given.items()
        self._set(name=name, test=test, value=_value(name, test, value), default=_default(name, default))

    def holds(self, who: Principal, now: float) -> bool:
        claims = who.claims
        if self.name in claims:
            return self._says(claims[self.name])
        return not isinstance(self.default, _Unset) and self._says(self.default)

    @property
    def pair(self) -> tuple[str, str] | None:
        """Name and value, if all that this says is that the claim is there and is that string."""
        plain = self.test == "equals" and isinstance(self.default, _Unset)
        return (self.name, self.value) if plain and isinstance(self.value, str) else None

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say it for the compiler."""
        there = syntax.among(syntax.value(self.name), syntax.of("claims"))
        says = self._expression(syntax, syntax.claim(self.name))
        if isinstance(self.default, _Unset):
            return there if self.test == "present" else syntax.both(there, says)
        return syntax.choice(there, says, syntax.value(self._says(self.default)))

    @property
    def silent_on_absence(self) -> bool:
        return isinstance(self.default, _Unset)

    def _content(self) -> tuple[object, ...]:
        # By spelling, for to Python `1 == True`, and two rules that differ must not be taken for one.
        return (self.name, self.test, repr(self.value), repr(self.default))

    def _says(self, said: JSON) -> bool:
        value = self.value
        match self.test:
            case "equals":
                return _same(said, value)
            case "not_equals":
                return not _same(said, value)
            case "one_of":
                return isinstance(value, tuple) and any(_same(said, item) for item in value)
            case "contains":
                return isinstance(said, tuple) and any(_same(item, value) for item in said)
            case "starts_with":
                return isinstance(said, str) and isinstance(value, str) and said.startswith(value)
            case _:
                return True

    def _expression(self, syntax: Syntax, said: ast.expr) -> ast.expr:
        value = self.value
        match self.test:
            case "equals" | "one_of":
                return _same_expression(syntax, said, value if isinstance(value, tuple) else [value])
            case "not_equals":
                return syntax.opposite(_same_expression(syntax, said, [value]))
            case "starts_with":
                is_text, text = syntax.kept(str, said)
                return syntax.both(is_text, syntax.method(text, "startswith", syntax.value(value)))
            case "contains" if isinstance(value, str):
                # Nothing but a string equals a string.
                is_array, array = syntax.kept(tuple, said)
                return syntax.both(is_array, syntax.among(syntax.value(value), array))
            case "present":
                return syntax.value(value=True)
            case _:
                return syntax.call(syntax.value(self._says), said)

    def __str__(self) -> str:
        if self.test == "present":
            return f"needs claim {self.name}"
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return f"needs claim {self.name} {self.test.replace('_', ' ')} {value!r}"

    __repr__ = __str__


def _same(left: JSON, right: JSON) -> bool:
    """Compare by type and value: in Python `True == 1 == 1.0`, in a policy they are not."""
    return type(left) is type(right) and left == right


def _same_expression(syntax: Syntax, said: ast.expr, values: Collection[JSON]) -> ast.expr:
    """Say `_same` of any of *values*, type by type: an object is no number, and cannot be looked up among numbers."""
    kinds: dict[type, list[JSON]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    tests: list[ast.expr] = []
    for kind, of_kind in kinds.items():
        if kind is str and len(values) == 1:
            # Nothing but a string equals a string, so that there is no need to ask for the type.
            tests.append(syntax.equal(said, syntax.value(of_kind[0])))
            continue
        is_kind, it = syntax.kept(kind, said)
        if len(of_kind) == 1:
            tests.append(syntax.both(is_kind, syntax.equal(it, syntax.value(of_kind[0]))))
        else:
            tests.append(syntax.both(is_kind, syntax.among(it, syntax.value(frozenset(of_kind)))))
    return syntax.either(*tests)


def _value(name: str, test: str, value: object) -> JSON:
    if test == "present":
        if value is not True:
            raise ConfigurationError(f"Claim {name}: present=True is all that can be asked; absence never helps")
        return True
    if test == "one_of":
        items = as_list(value)
        if not items:
            raise ConfigurationError(f"Claim {name}: one_of takes a list of values that is not empty")
        # In one order, so that two spellings of one set are one rule.
        return tuple(sorted((_scalar(name, item) for item in items), key=lambda item: (type(item).__name__, str(item))))
    if test == "starts_with" and (not isinstance(value, str) or not value):
        raise ConfigurationError(f"Claim {name}: starts_with takes a string that is not empty")
    return _scalar(name, value)


def _scalar(name: str, value: object) -> Scalar:
    # As the very type that a claim has: an enumeration's member, say, would equal none.
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        if abs(value) > MAX_INT:
            raise ConfigurationError(f"Claim {name}: no claim is a number of more than 19 digits")
        return int.__int__(value)
    if isinstance(value, float) and math.isfinite(value):
        return float.__float__(value)
    raise ConfigurationError(f"Claim {name}: a value is a string, number or boolean")


def _default(name: str, default: object) -> JSON | _Unset:
    if isinstance(default, _Unset):
        return default
    items = as_list(default)
    return _scalar(name, default) if items is None else tuple(_scalar(name, item) for item in items)
