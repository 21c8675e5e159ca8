"""The roles of an identity pool in IAM: their policy documents written, and read for who gets in and how far."""

from cogauth.iam_roles.finding import SOURCES, RoleFinding, RoleTopic, Severity
from cogauth.iam_roles.permissions import check_permissions
from cogauth.iam_roles.recipes import dynamodb_policy, s3_policy, trust_policy
from cogauth.iam_roles.trust import Trusted, check_trust, who_may_assume

__all__ = [
    "SOURCES",
    "RoleFinding",
    "RoleTopic",
    "Severity",
    "Trusted",
    "check_permissions",
    "check_trust",
    "dynamodb_policy",
    "s3_policy",
    "trust_policy",
    "who_may_assume",
]
