"""Namespaces: what IAM calls the identity pools of a Region, as principal, in condition keys and in variables."""

from __future__ import annotations

from typing import Final

from cogauth.errors import ConfigurationError
from cogauth.issuers.identity_pool import is_identity_pool_id

COMMERCIAL: Final = "cognito-identity.amazonaws.com"

# GovCloud: AWS GovCloud (US) User Guide, "Amazon Cognito". China: "Security best practices for Amazon Cognito identity
# pools" in its edition for China, whose principal this is; its condition keys the examples there spell in several ways.
_NAMESPACES: Final = {
    "us-gov-west-1": "cognito-identity-us-gov.amazonaws.com",
    "us-gov-east-1": "cognito-identity.us-gov-east-1.amazonaws.com",
    "cn-north-1": "cognito-identity.cn-north-1.amazonaws.com.cn",
}
_PARTITIONS: Final = {"us-gov-": "aws-us-gov", "cn-": "aws-cn", "eusc-": "aws-eusc"}


def checked_pool(pool: object) -> str:
    """
    Give the id of an identity pool.

    Raises:
        ConfigurationError: *pool* is none.
    """
    if not isinstance(pool, str) or not is_identity_pool_id(pool):
        raise ConfigurationError("identity pool id: not of the form <region>:<uuid>")
    return pool


def namespace_of(pool: str | None) -> str:
    """Give the namespace of the pool *pool*, that of the commercial Regions if there is none."""
    return COMMERCIAL if pool is None else _NAMESPACES.get(pool.partition(":")[0], COMMERCIAL)


def partition_of(pool: str | None) -> str:
    """Give the partition that the ARNs beside the pool *pool* begin with."""
    return next((name for start, name in _PARTITIONS.items() if pool is not None and pool.startswith(start)), "aws")


def is_documented(pool: str) -> bool:
    """Tell whether AWS spells the condition keys of the pool's Region in one way."""
    return not pool.startswith("cn-")
