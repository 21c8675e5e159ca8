"""Findings: what is wrong with a policy document of an identity pool's role, or wider than it need be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from cogauth.file.mistakes import Place
from cogauth.file.places import Path


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Somebody is let in who should not be, or nobody who should."""
    WARNING = "warning"
    """Wider than needed, or not what it seems."""


class RoleTopic(StrEnum):
    """What a finding is about: a closed list."""

    MALFORMED = "malformed"
    """No document that IAM would take."""
    UNRESOLVED = "unresolved"
    """What is known only when the template is deployed decides."""
    ANY_POOL = "any_pool"
    """Identity pools of anybody may assume the role."""
    OTHER_POOL = "other_pool"
    """An identity pool other than those named may."""
    GUESTS = "guests"
    """Guests of the pool may."""
    PROVIDER = "provider"
    """Users of another identity provider may."""
    NOBODY = "nobody"
    """Those whom the role is for may not."""
    PRINCIPAL = "principal"
    """Somebody may who is no identity pool."""
    ACTION = "action"
    """More actions than needed."""
    OPERATOR = "operator"
    """A condition operator that does not do what it seems to."""
    KEY = "key"
    """A condition key that no request has."""
    TAGS = "tags"
    """Claims are mapped to tags, and the role may not be assumed with tags."""
    VERSION = "version"
    """Variables in a version of the policy language that has none."""
    VARIABLE = "variable"
    """A variable that is not there, or the same for all."""
    RESOURCE = "resource"
    """More resources than needed."""
    LISTING = "listing"
    """Keys of all objects may be listed."""
    SCAN = "scan"
    """A whole table may be read past the condition on its keys."""
    NEIGHBOUR = "neighbour"
    """One user reaches what is another's."""


_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_COGNITO: Final = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
_DYNAMODB: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"

SOURCES: Final[Mapping[RoleTopic, str]] = {
    RoleTopic.MALFORMED: _IAM + "reference_policies_grammar.html",
    RoleTopic.UNRESOLVED: _IAM + "reference_policies_grammar.html",
    RoleTopic.ANY_POOL: _COGNITO + "identity-pools-security-best-practices.html",
    RoleTopic.OTHER_POOL: _COGNITO + "identity-pools-security-best-practices.html",
    RoleTopic.GUESTS: _COGNITO + "role-trust-and-permissions.html",
    RoleTopic.PROVIDER: _COGNITO + "role-trust-and-permissions.html",
    RoleTopic.NOBODY: _COGNITO + "role-trust-and-permissions.html",
    RoleTopic.PRINCIPAL: _IAM + "reference_policies_elements_principal.html",
    RoleTopic.ACTION: _IAM + "best-practices.html",
    RoleTopic.OPERATOR: _IAM + "reference_policies_condition-single-vs-multi-valued-context-keys.html",
    RoleTopic.KEY: _IAM + "reference_policies_iam-condition-keys.html",
    RoleTopic.TAGS: _COGNITO + "using-attributes-for-access-control-policy-example.html",
    RoleTopic.VERSION: _IAM + "reference_policies_elements_version.html",
    RoleTopic.VARIABLE: _IAM + "reference_policies_variables.html",
    RoleTopic.RESOURCE: _IAM + "best-practices.html",
    RoleTopic.LISTING: _IAM + "reference_policies_examples_s3_cognito-bucket.html",
    RoleTopic.SCAN: _DYNAMODB + "specifying-conditions.html",
    RoleTopic.NEIGHBOUR: _IAM + "reference_policies_examples_s3_cognito-bucket.html",
}
"""Where AWS says so."""


class RoleFinding(NamedTuple):
    """One thing to look at."""

    topic: RoleTopic
    severity: Severity
    path: Path
    """The way to it in the document, places in lists counted from nought."""
    text: str
    """What is wrong, and why."""
    fix: str
    """What to write instead."""

    @property
    def where(self) -> str:
        """Such as `Statement[1].Condition`."""
        return str(Place(self.path)) or "the document"

    @property
    def source(self) -> str:
        """The AWS page that it rests on."""
        return SOURCES[self.topic]

    def __str__(self) -> str:
        return f"{self.where}: {self.text}; {self.fix}"


def error(topic: RoleTopic, path: Path, text: str, fix: str) -> RoleFinding:
    """Make a finding that is an error."""
    return RoleFinding(topic, Severity.ERROR, path, text, fix)


def warning(topic: RoleTopic, path: Path, text: str, fix: str) -> RoleFinding:
    """Make a finding that is a warning."""
    return RoleFinding(topic, Severity.WARNING, path, text, fix)
