"""Conditions on any claim: compared by type and value, so that `1`, `"1"` and `true` are three things."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final, TypeAlias

from cogauth._shapes import as_list
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError
from cogauth.principal import Principal
from cogauth.rules.algebra import Rule

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

    def __str__(self) -> str:
        if self.test == "present":
            return f"needs claim {self.name}"
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return f"needs claim {self.name} {self.test.replace('_', ' ')} {value!r}"

    __repr__ = __str__


def _same(left: JSON, right: JSON) -> bool:
    """Compare by type and value: in Python `True == 1 == 1.0`, in a policy they are not."""
    return type(left) is type(right) and left == right


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
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ConfigurationError(f"Claim {name}: a value is a string, number or boolean")


def _default(name: str, default: object) -> JSON | _Unset:
    if isinstance(default, _Unset):
        return default
    items = as_list(default)
    return _scalar(name, default) if items is None else tuple(_scalar(name, item) for item in items)
