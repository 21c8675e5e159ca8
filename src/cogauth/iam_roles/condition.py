"""
Conditions: whether a request meets them, as far as it is known.

AWS: "IAM JSON policy elements: Condition operators", and "Single-valued vs. multivalued context keys". There are three
answers: True, False, and None where it hangs on what a template does not say yet. What this does not know of a
request, such as its address, is taken for the worst: the caller says what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from cogauth.iam_roles.glob import Expand, matches, tokens
from cogauth.iam_roles.statement import Comparison

Answer: TypeAlias = "bool | None"

_FOR_ALL: Final = "ForAllValues"
_FOR_ANY: Final = "ForAnyValue"

# The comparison, whether it has wildcards, minds letter case, and is negated.
_STRINGS: Final[Mapping[str, tuple[bool, bool, bool]]] = {
    "StringEquals": (False, True, False),
    "StringNotEquals": (False, True, True),
    "StringEqualsIgnoreCase": (False, False, False),
    "StringNotEqualsIgnoreCase": (False, False, True),
    "StringLike": (True, True, False),
    "StringNotLike": (True, True, True),
}


class Operator(NamedTuple):
    """A condition operator, taken apart."""

    quantifier: str
    """`ForAllValues`, `ForAnyValue`, or empty."""
    base: str
    if_exists: bool

    @property
    def negated(self) -> bool:
        """Whether it is met by what is not named; so are those that this knows by their names alone."""
        return "Not" in self.base

    @property
    def passes_absence(self) -> bool:
        """Whether it is met by a request that does not have the key; not asked of Null, which is about that."""
        return self.if_exists or self.quantifier == _FOR_ALL or (self.negated and self.quantifier != _FOR_ANY)


class Request(NamedTuple):
    """What is known of a request."""

    known: Mapping[str, tuple[str, ...]]
    """Condition keys in lower case with their values; no values mean that the key is absent."""
    is_open: Callable[[str], bool]
    """Tells of a key in lower case whether nothing is known of it. What is neither known nor open is absent."""
    variables: Expand | None
    """None where the document has none."""


def operator_of(text: str) -> Operator:
    """Take an operator apart."""
    quantifier, colon, rest = text.rpartition(":")
    base = rest.removesuffix("IfExists")
    return Operator(quantifier if colon else "", base, base != rest)


def every(answers: Iterable[Answer]) -> Answer:
    """Tell whether all are True."""
    found = set(answers)
    return False if False in found else None if None in found else True


def some(answers: Iterable[Answer]) -> Answer:
    """Tell whether one is True."""
    found = set(answers)
    return True if True in found else None if None in found else False


def inverse(answer: Answer) -> Answer:
    """Give the opposite, of which as much is known."""
    return None if answer is None else not answer


def met(condition: Iterable[Comparison], request: Request, *, worst: bool) -> Answer:
    """
    Tell whether *request* meets all of *condition*.

    Args:
        condition: that of a statement.
        request: as far as it is known.
        worst: what to answer of a test on what is not known; True in an Allow, False in a Deny.
    """
    return every(_met(test, request, worst=worst) for test in condition)


def _met(test: Comparison, request: Request, *, worst: bool) -> Answer:
    operator, key = operator_of(test.operator), test.key.lower()
    if request.is_open(key):
        return worst
    values = request.known.get(key, ())
    if operator.base == "Null":
        # "true" asks that the key be absent.
        return some(matches(tokens(each.lower(), None), "false" if values else "true") for each in test.values)
    if not values:
        return operator.passes_absence
    if operator.base not in _STRINGS or (len(values) > 1 and not operator.quantifier):
        # Numbers, addresses and ARNs are not compared here; several values without a quantifier AWS leaves undefined.
        return worst
    answers = [_compared(value, test.values, operator.base, request.variables) for value in values]
    return every(answers) if operator.quantifier == _FOR_ALL else some(answers)


def _compared(value: str, wanted: Iterable[str], base: str, variables: Expand | None) -> Answer:
    wild, minds_case, negated = _STRINGS[base]
    fold = str if minds_case else str.lower
    answer = some(matches(tokens(fold(each), variables, wild=wild), fold(value)) for each in wanted)
    return inverse(answer) if negated else answer
