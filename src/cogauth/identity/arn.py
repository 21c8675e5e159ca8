"""ARNs of IAM roles: what an identity pool can be told to assume."""

from __future__ import annotations

import re
from typing import Final

# `ARNString` of the Amazon Cognito Federated Identities API has 20 to 2,048 characters; the form, and the characters of
# a role's path and name, are those of the IAM user guide, "IAM identifiers".
_ROLE: Final = re.compile(
    r"(?=.{20,2048}\Z)arn:(?P<partition>aws[a-z0-9-]*):iam::[0-9]{12}:role/(?:[!-.0-~]+/)*(?P<name>[\w+=,.@-]+)",
    re.ASCII,
)

ROLE_FORM: Final = "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/Name"


def is_role(arn: object) -> bool:
    """Tell whether *arn* is that of an IAM role."""
    return isinstance(arn, str) and _ROLE.fullmatch(arn) is not None


def role_name(arn: str) -> str:
    """Give the name of the role *arn*, without its path; of what is no role, all of it."""
    found = _ROLE.fullmatch(arn)
    return found["name"] if found else arn
