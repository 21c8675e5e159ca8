"""The sheet: a matrix and what stands around it, whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass

from cogauth.config import Configuration
from cogauth.findings import Finding
from cogauth.identity.arn import role_name
from cogauth.review.matrix import Answer, Cell, Matrix, matrix_of
from cogauth.review.role_choice import Choices, Given, choices_of

ANY_TOKEN = "any token"

_WORDS = {
    Answer.PUBLIC: "public",
    Answer.ALLOWED: "yes",
    Answer.NO: "-",
    Answer.DENIED: "denied",
    Answer.NOBODY: "nobody",
    Answer.UNKNOWN: "?",
}

LEGEND = (
    ("public", "open to all, with a token or without"),
    ("yes", "whoever has the role may, without anything else"),
    ("+ ...", "only who has this besides"),
    ("denied", "refused because of the role, whatever else is there"),
    ("-", "the role plays no part here"),
    ("nobody", "no accepted token can have the role"),
    ("?", "the role is met in too many ways to look at them all"),
)
"""What a cell can say, and what that means."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A matrix with its name, its date, and what is to be known beside it."""

    file: str
    now: float
    """Seconds since the epoch."""
    fingerprint: str
    issuers: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    """Each with what it asks."""
    warnings: tuple[Finding, ...]
    matrix: Matrix
    choices: tuple[Choices, ...] = ()
    """Beside the routes, the IAM roles that identity pools give."""

    @classmethod
    def of(cls, configuration: Configuration, file: str, now: float) -> Sheet:
        """Work out the sheet of *configuration*, which is *file*, at *now*."""
        policy = configuration.policy
        return cls(
            file=file,
            now=now,
            fingerprint=policy.fingerprint,
            issuers=tuple(dict.fromkeys(issuer.name for issuer in configuration.issuers)),
            roles=tuple((name, str(rule)) for name, rule in policy.roles.items()),
            warnings=tuple(configuration.warnings()),
            matrix=matrix_of(policy, configuration.issuers),
            choices=choices_of(policy, configuration.issuers, configuration.identity_pools),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the columns of answers."""
        return (ANY_TOKEN, *self.matrix.roles)


def word(cell: Cell) -> str:
    """Say in a word or two what is in a cell."""
    if cell.answer is Answer.MORE:
        return f"+ {', '.join(clause.removeprefix('needs ') for clause in cell.more)}"
    return _WORDS[cell.answer]


def given_word(given: Given) -> str:
    """Say which IAM roles are given, by their names."""
    return " or ".join("denied" if arn is None else role_name(arn) for arn in given.role_arns) or "?"


CHOICES_TITLE = "IAM roles of identity pools"
CHOICES_NOTE = (
    "What the identity pool gives to the ID token of whoever has the role and nothing else that a rule mentions."
)
