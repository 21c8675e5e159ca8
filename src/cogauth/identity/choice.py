"""The choice of an IAM role: which one, because of what, and what about it AWS does not document."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from cogauth._frozen import Frozen


class Because(StrEnum):
    """Why a role was chosen, or none: a closed list."""

    GUEST_ROLE = "guest_role"
    """Nobody signed in: the pool's role for guests."""
    DEFAULT_ROLE = "default_role"
    """The login's provider has no mapping: the pool's role for those who signed in."""
    PREFERRED_ROLE = "preferred_role"
    """The token says `cognito:preferred_role`."""
    RULE = "rule"
    """A rule of the mapping matches, and none before it does."""
    CUSTOM_ROLE = "custom_role"
    """It was asked for, and the token or a rule allows it."""
    AMBIGUOUS_DEFAULT = "ambiguous_default"
    """Neither token nor rules decide, and the mapping then gives the role for those who signed in."""

    AMBIGUOUS_DENIED = "ambiguous_denied"
    """Neither token nor rules decide, and the mapping then denies."""
    CUSTOM_ROLE_REFUSED = "custom_role_refused"
    """A role was asked for that neither token nor rules allow."""
    NO_DEFAULT_ROLE = "no_default_role"
    """It would be the role for those who signed in, and the pool has none."""
    NO_GUEST_ROLE = "no_guest_role"
    """It would be the role for guests, and the pool has none."""
    ACCESS_TOKEN = "access_token"
    """An identity pool takes the ID token; the login with an access token fails."""
    OTHER_POOL = "other_pool"
    """The token is that of another identity pool."""
    NO_LOGIN = "no_login"
    """There is nothing to sign in with: a guest's own token, or a provider without a token."""
    UNCLEAR_PROVIDER = "unclear_provider"
    """Several mappings fit the token's issuer; say which provider is meant."""
    MALFORMED_CLAIM = "malformed_claim"
    """`cognito:roles` or `cognito:preferred_role` is not what Cognito writes."""


class Doubt(StrEnum):
    """What AWS does not document and the choice came across: a closed list. `docs/identity-pools.md` has each."""

    LETTER_CASE = "letter_case"
    """A value differs from a rule's in letter case alone; it counts as another."""
    ARRAY = "array"
    """A rule looks at an array; it is compared element by element."""
    NOT_STRING = "not_string"
    """A rule looks at what is no string; booleans and integers count as their JSON text, all else never matches."""
    EMPTY = "empty"
    """A rule looks at an empty string or array; an array counts as absent."""
    NO_ROLES = "no_roles"
    """The token has no role at all; that counts as ambiguous."""
    CUSTOM_ROLE = "custom_role"
    """A role was asked for where AWS does not say what happens; it is refused."""
    PROVIDER = "provider"
    """Under which name the pool knows the login is not documented for issuers of this form."""
    FOREIGN_ROLES = "foreign_roles"
    """The role claims are read from a token that no user pool wrote."""


_SAID: Final = {
    Because.GUEST_ROLE: "nobody signed in",
    Because.DEFAULT_ROLE: "the provider has no mapping: the role for those who signed in",
    Because.PREFERRED_ROLE: "the token says cognito:preferred_role",
    Because.RULE: "the first rule that matches",
    Because.CUSTOM_ROLE: "the role that was asked for",
    Because.AMBIGUOUS_DEFAULT: "nothing decides, and the mapping says AuthenticatedRole",
    Because.AMBIGUOUS_DENIED: "nothing decides, and the mapping says Deny",
    Because.CUSTOM_ROLE_REFUSED: "the role that was asked for is not allowed",
    Because.NO_DEFAULT_ROLE: "the pool has no role for those who signed in",
    Because.NO_GUEST_ROLE: "the pool has no role for guests",
    Because.ACCESS_TOKEN: "an identity pool takes the ID token, and this is an access token",
    Because.OTHER_POOL: "the token is that of another identity pool",
    Because.NO_LOGIN: "there is nothing to sign in with",
    Because.UNCLEAR_PROVIDER: "several mappings fit the token's issuer; name the provider",
    Because.MALFORMED_CLAIM: "cognito:roles or cognito:preferred_role is malformed",
}


class RoleChoice(Frozen):
    """
    The role that an identity pool would choose, and why.

    `str` and `repr` say why without what the token said: a role that comes out of a token is in `role_arn` alone.
    """

    __slots__ = ("because", "claim", "doubts", "provider", "role_arn", "rule")

    role_arn: str | None
    """The ARN of the role; None where AWS would give no credentials."""

    because: Because
    """Why."""

    provider: str | None
    """The mapping that decided, by its provider; None where none did."""

    rule: int | None
    """The rule of the mapping that decided, from 1; None where none did."""

    claim: str | None
    """The name of the claim that this rule looks at."""

    doubts: frozenset[Doubt]
    """What AWS does not document of the way here; empty where every step is documented."""

    def __init__(
        self,
        role_arn: str | None,
        because: Because,
        *,
        provider: str | None = None,
        rule: int | None = None,
        claim: str | None = None,
        doubts: Iterable[Doubt] = (),
    ) -> None:
        self._set(
            role_arn=role_arn,
            because=because,
            provider=provider,
            rule=rule,
            claim=claim,
            doubts=frozenset(doubts),
        )

    def __str__(self) -> str:
        where = f"; mapping of {self.provider}" if self.provider else ""
        which = f", rule {self.rule} on {self.claim}" if self.rule else ""
        return f"{'denied' if self.role_arn is None else 'a role'}: {_SAID[self.because]}{where}{which}"

    def __repr__(self) -> str:
        return f"<RoleChoice {self}>"
