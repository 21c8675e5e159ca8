"""Identity pools: which IAM role a user gets, and why, worked out here as the pool would; and the credentials."""

from cogauth.identity.choice import Because, Doubt, RoleChoice
from cogauth.identity.credentials import Credentials
from cogauth.identity.errors import (
    AccessTokenSent,
    CredentialsError,
    CredentialsUnavailable,
    LoginRefused,
    PoolMisconfigured,
)
from cogauth.identity.groups import UserGroup, group_claims
from cogauth.identity.logins import Logins
from cogauth.identity.mapping import Ambiguity, MappingType, RoleMapping
from cogauth.identity.matching import MappingRule, MatchType
from cogauth.identity.provider import AsyncCredentialsProvider, CredentialsProvider
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.identity.session import boto3_session
from cogauth.identity.tags import PrincipalTags, SessionTags, Unfit

__all__ = [
    "AccessTokenSent",
    "Ambiguity",
    "AsyncCredentialsProvider",
    "Because",
    "Credentials",
    "CredentialsError",
    "CredentialsProvider",
    "CredentialsUnavailable",
    "Doubt",
    "IdentityPoolRoles",
    "LoginRefused",
    "Logins",
    "MappingRule",
    "MappingType",
    "MatchType",
    "PoolMisconfigured",
    "PrincipalTags",
    "RoleChoice",
    "RoleMapping",
    "SessionTags",
    "Unfit",
    "UserGroup",
    "boto3_session",
    "group_claims",
]
