"""The mapping of one provider: by the roles in the token, or by rules on its claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from cogauth._frozen import Frozen
from cogauth._shapes import as_list
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError
from cogauth.identity.arn import is_role
from cogauth.identity.choice import Because, Doubt
from cogauth.identity.matching import Contains, MappingRule

MAX_RULES: Final = 25
"""Rules of a mapping (AWS: "Quotas in Amazon Cognito", not adjustable; the API's own shape would take 400)."""

ROLES: Final = "cognito:roles"
PREFERRED: Final = "cognito:preferred_role"

# A comma may stand in a role's name, so that a comma alone parts nothing.
_BETWEEN: Final = re.compile(r"\s*,\s*(?=arn:)")


class MappingType(StrEnum):
    """Where a mapping finds the role (`RoleMappingType` of the API reference)."""

    TOKEN = "Token"
    """In the claims `cognito:roles` and `cognito:preferred_role`."""
    RULES = "Rules"
    """In the first rule that matches."""


class Ambiguity(StrEnum):
    """What happens where neither token nor rules decide (`AmbiguousRoleResolutionType` of the API reference)."""

    AUTHENTICATED_ROLE = "AuthenticatedRole"
    DENY = "Deny"


class Found(NamedTuple):
    """What a mapping says of some claims."""

    because: Because
    role_arn: str | None = None
    rule: int | None = None
    """From 1."""
    doubts: frozenset[Doubt] = frozenset()


class RoleMapping(Frozen):
    """
    How the users of one provider get their roles (`RoleMapping` of the API reference).

    Args:
        type: `Token` or `Rules`.
        ambiguous_role_resolution: `AuthenticatedRole` or `Deny`, for users of whom neither token nor rules decide.
        rules: with `Rules`, 1 to 25 of them; the first that matches decides.

    Raises:
        ConfigurationError: any argument is not what the API takes; all mistakes at once.
    """

    __slots__ = ("ambiguous_role_resolution", "rules", "type")

    type: MappingType
    ambiguous_role_resolution: Ambiguity
    rules: tuple[MappingRule, ...]

    def __init__(self, type: str, ambiguous_role_resolution: str, rules: Iterable[MappingRule] = ()) -> None:  # noqa: A002  AWS's word
        problems: list[str] = []
        if not isinstance(type, str) or type not in tuple(MappingType):
            problems.append(f"type: must be one of {', '.join(MappingType)}")
        if not isinstance(ambiguous_role_resolution, str) or ambiguous_role_resolution not in tuple(Ambiguity):
            problems.append(f"ambiguous_role_resolution: must be one of {', '.join(Ambiguity)}")
        listed = as_list(rules)
        if listed is None or not all(isinstance(rule, MappingRule) for rule in listed):
            problems.append("rules: must be a list of MappingRule")
        elif type == MappingType.TOKEN and listed:
            problems.append("rules: a mapping of the type Token has none")
        elif type == MappingType.RULES and not 0 < len(listed) <= MAX_RULES:
            problems.append(f"rules: a mapping of the type Rules has 1 to {MAX_RULES}")
        if problems:
            raise ConfigurationError.of(f"RoleMapping: {problem}" for problem in problems)
        self._set(
            type=MappingType(type),
            ambiguous_role_resolution=Ambiguity(ambiguous_role_resolution),
            rules=tuple(listed or ()),
        )

    def find(self, claims: Mapping[str, JSON], custom_role: str | None, contains: Contains) -> Found:
        """Tell what *claims* lead to; AMBIGUOUS_DENIED, without a role, where they decide nothing."""
        if self.type is MappingType.TOKEN:
            return _by_token(claims, custom_role)
        return self._by_rules(claims, custom_role, contains)

    def _by_rules(self, claims: Mapping[str, JSON], custom_role: str | None, contains: Contains) -> Found:
        doubts: frozenset[Doubt] = frozenset()
        for number, rule in enumerate(self.rules, 1):
            if custom_role not in (None, rule.role_arn):
                continue
            met, more = rule.match(claims, contains)
            doubts |= more
            if met:
                because = Because.RULE if custom_role is None else Because.CUSTOM_ROLE
                return Found(because, rule.role_arn, number, doubts)
        if custom_role is not None:
            # That it overrides the order is documented; what it does when no rule gives it is not.
            return Found(Because.CUSTOM_ROLE_REFUSED, doubts=doubts | {Doubt.CUSTOM_ROLE})
        return Found(Because.AMBIGUOUS_DENIED, doubts=doubts)

    def __repr__(self) -> str:
        rules = f", {list(self.rules)!r}" if self.rules else ""
        return f"RoleMapping({str(self.type)!r}, {str(self.ambiguous_role_resolution)!r}{rules})"


def _by_token(claims: Mapping[str, JSON], custom_role: str | None) -> Found:
    """Choose as AWS describes it in "Using tokens to assign roles to users"."""
    roles = _roles(claims.get(ROLES, ()))
    preferred = claims.get(PREFERRED)
    if roles is None or (PREFERRED in claims and not is_role(preferred)):
        return Found(Because.MALFORMED_CLAIM)
    if custom_role is not None:
        allowed = custom_role in roles
        return Found(Because.CUSTOM_ROLE, custom_role) if allowed else Found(Because.CUSTOM_ROLE_REFUSED)
    if isinstance(preferred, str):
        return Found(Because.PREFERRED_ROLE, preferred)
    return Found(Because.AMBIGUOUS_DENIED, doubts=frozenset(() if roles else (Doubt.NO_ROLES,)))


def _roles(said: JSON) -> frozenset[str] | None:
    """Give the roles of `cognito:roles`, an array in tokens and a string with commas on AWS's page; None if neither."""
    if isinstance(said, str):
        said = tuple(_BETWEEN.split(said.strip()))
    if not isinstance(said, tuple | list) or not all(is_role(role) for role in said):
        return None
    return frozenset(map(str, said))
