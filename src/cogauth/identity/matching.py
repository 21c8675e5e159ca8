"""Rules of a mapping: a claim, how it is compared, with what, and the role that whoever matches gets."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from cogauth._frozen import Frozen
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError
from cogauth.identity.arn import ROLE_FORM, is_role
from cogauth.identity.choice import Doubt

_MAX_CLAIM: Final = 64
_MAX_VALUE: Final = 128
# `ClaimName`: letters, marks, symbols, numbers and punctuation; the first letter of a Unicode category says which.
_CLAIM_KINDS: Final = frozenset("LMSNP")

Contains: TypeAlias = Literal["element", "substring"]
"""What `Contains` asks of an array: that the value is an element of it, or a part of one."""

CONTAINS: Final = get_args(Contains)


class MatchType(StrEnum):
    """How a claim is compared (`MappingRuleMatchType` of the API reference)."""

    EQUALS = "Equals"
    CONTAINS = "Contains"
    STARTS_WITH = "StartsWith"
    NOT_EQUAL = "NotEqual"


MATCH_TYPES: Final = tuple(each.value for each in MatchType)


class Match(NamedTuple):
    """Whether a rule matches, and what of that is not documented."""

    met: bool
    doubts: frozenset[Doubt] = frozenset()


class MappingRule(Frozen):
    """
    A rule of a mapping (`MappingRule` of the Amazon Cognito Federated Identities API reference).

    Args:
        claim: the claim's name, up to 64 characters; custom attributes begin with `custom:`.
        match_type: `Equals`, `Contains`, `StartsWith` or `NotEqual`.
        value: what it is compared with, 1 to 128 characters.
        role_arn: the role of those who match.

    Raises:
        ConfigurationError: any argument is not what the API takes; all mistakes at once.
    """

    __slots__ = ("claim", "match_type", "role_arn", "value")

    claim: str
    match_type: MatchType
    value: str
    role_arn: str

    def __init__(self, claim: str, match_type: str, value: str, role_arn: str) -> None:
        problems: list[str] = []
        if not isinstance(claim, str) or not 0 < len(claim) <= _MAX_CLAIM or not _is_claim_name(claim):
            problems.append(f"claim: must be 1 to {_MAX_CLAIM} characters, none of them a space")
        if not isinstance(match_type, str) or match_type not in MATCH_TYPES:
            problems.append(f"match_type: must be one of {', '.join(MATCH_TYPES)}")
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_VALUE:
            problems.append(f"value: must be a string of 1 to {_MAX_VALUE} characters")
        if not is_role(role_arn):
            problems.append(f"role_arn: {ROLE_FORM}")
        if problems:
            raise ConfigurationError.of(f"MappingRule: {problem}" for problem in problems)
        self._set(claim=claim, match_type=MatchType(match_type), value=value, role_arn=role_arn)

    def match(self, claims: Mapping[str, JSON], contains: Contains = "element") -> Match:
        """
        Compare *claims* with this rule.

        A claim that is absent matches nothing, `NotEqual` included (AWS: "Using role-based access control").
        """
        if self.claim not in claims:
            return Match(met=False)
        found = claims[self.claim]
        values = found if (array := isinstance(found, tuple | list)) else (found,)
        texts = [_text(value) for value in values]
        known = [text for text in texts if text is not None]
        # What no rule can name makes no `NotEqual` true by being something else.
        unknown = len(known) < len(texts)
        compare = str.__eq__ if array and self._asks_for_element(contains) else _COMPARED[self.match_type]
        met = self._holds(known, self.value, compare, unknown=unknown)
        folded = self._holds([each.casefold() for each in known], self.value.casefold(), compare, unknown=unknown)
        doubts = {
            Doubt.ARRAY: array and bool(values),
            Doubt.EMPTY: found == "" or not values,
            Doubt.NOT_STRING: not all(isinstance(value, str) for value in values),
            Doubt.LETTER_CASE: met is not folded,
        }
        return Match(met, frozenset(doubt for doubt, there in doubts.items() if there))

    def _asks_for_element(self, contains: Contains) -> bool:
        return self.match_type is MatchType.CONTAINS and contains == "element"

    def _holds(self, texts: Collection[str], value: str, compare: Callable[[str, str], bool], *, unknown: bool) -> bool:
        if self.match_type is MatchType.NOT_EQUAL:
            return bool(texts) and not unknown and all(compare(text, value) for text in texts)
        return any(compare(text, value) for text in texts)

    def __str__(self) -> str:
        return f"{self.claim} {self.match_type} {self.value!r}"

    def __repr__(self) -> str:
        return f"MappingRule({self.claim!r}, {str(self.match_type)!r}, {self.value!r}, {self.role_arn!r})"


_COMPARED: Final[Mapping[MatchType, Callable[[str, str], bool]]] = {
    MatchType.EQUALS: str.__eq__,
    MatchType.NOT_EQUAL: str.__ne__,
    MatchType.CONTAINS: str.__contains__,
    MatchType.STARTS_WITH: str.startswith,
}


def _text(value: JSON) -> str | None:
    """Give what a rule compares: booleans and integers as JSON writes them; None for what no rule can name."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _is_claim_name(name: str) -> bool:
    return all(unicodedata.category(char)[0] in _CLAIM_KINDS for char in name)
