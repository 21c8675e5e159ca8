"""Groups of a user pool: names that may carry an IAM role, and a rank that says whose role is preferred."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from cogauth._frozen import Frozen
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError
from cogauth.identity.mapping import PREFERRED, ROLES

_MAX_NAME: Final = 128
_MAX_PRECEDENCE: Final = 2**31 - 1
# As `ArnType` of the Amazon Cognito API reference has it; that the ARN is that of a role is not looked at there either.
_PART: Final = r"[\w+=/,.@-]"
_ARN: Final = re.compile(
    rf"(?=.{{20,2048}}\Z)arn:{_PART}+:{_PART}+:{_PART}*:[0-9]+:{_PART}+(?::{_PART}+){{0,2}}", re.ASCII
)


class UserGroup(Frozen):
    """
    A group of a user pool (`GroupType` of the Amazon Cognito API reference).

    Args:
        name: 1 to 128 characters without a space.
        precedence: zero for the most important group, and growing from there; None comes after every number.
        role: the ARN of an IAM role, or None.

    Raises:
        ConfigurationError: any argument is not what a pool takes; the first mistake.
    """

    __slots__ = ("name", "precedence", "role")

    name: str
    precedence: int | None
    role: str | None

    def __init__(self, name: str, precedence: int | None = None, role: str | None = None) -> None:
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or name.split() != [name]:
            raise ConfigurationError(
                f"a group's name must be 1 to {_MAX_NAME} characters without a space, not {name!r}"
            )
        if precedence is not None and (type(precedence) is not int or not 0 <= precedence <= _MAX_PRECEDENCE):
            raise ConfigurationError(f"a precedence must be a whole number, zero or more, not {precedence!r}")
        if role is not None and (not isinstance(role, str) or not _ARN.fullmatch(role)):
            raise ConfigurationError(f"a role must be an ARN such as arn:aws:iam::111122223333:role/Name, not {role!r}")
        self._set(name=name, precedence=precedence, role=role)

    def __repr__(self) -> str:
        return f"UserGroup({self.name!r}, precedence={self.precedence!r}, role={self.role!r})"


class Roles(NamedTuple):
    """What the groups of a user amount to: `cognito:roles` and `cognito:preferred_role` of ID tokens."""

    all: tuple[str, ...] = ()
    preferred: str | None = None


def roles_of(groups: Iterable[UserGroup]) -> Roles:
    """
    Work out the roles of a user in *groups*.

    The role of the group with the lowest precedence is preferred; where several are the best and their roles differ,
    none is (AWS pages "Adding groups to a user pool" and "Using role-based access control").

    AWS does not say in which order `cognito:roles` stands, whether a role of two groups stands there twice, or what a
    best group without a role does. Here the order is that of the groups, a role stands once, and a group without a role
    has no say.
    """
    ranked = [(_rank(group), group.role) for group in groups if group.role is not None]
    if not ranked:
        return Roles()
    first = min(rank for rank, _ in ranked)
    best = {role for rank, role in ranked if rank == first}
    return Roles(tuple(dict.fromkeys(role for _, role in ranked)), best.pop() if len(best) == 1 else None)


def group_claims(groups: Iterable[UserGroup]) -> dict[str, JSON]:
    """
    Give the claims that a user pool writes into the ID token of a user in *groups*.

    These are `cognito:groups`, `cognito:roles` and `cognito:preferred_role`; what would be empty is left out (AWS page
    "Understanding the identity (ID) token").
    """
    listed = list(groups)
    roles = roles_of(listed)
    claims: dict[str, JSON] = {}
    if listed:
        claims["cognito:groups"] = tuple(dict.fromkeys(group.name for group in listed))
    if roles.all:
        claims[ROLES] = roles.all
    if roles.preferred is not None:
        claims[PREFERRED] = roles.preferred
    return claims


def _rank(group: UserGroup) -> int:
    return _MAX_PRECEDENCE + 1 if group.precedence is None else group.precedence
