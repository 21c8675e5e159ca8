"""Who signs: an issuer's name, where its keys are, and what its tokens must say to be accepted here."""

from __future__ import annotations

from typing import TypeAlias

from cogauth.issuers.identity_pool import IdentityPool
from cogauth.issuers.load_balancer import LoadBalancer
from cogauth.issuers.oidc import OIDCIssuer
from cogauth.issuers.sources import KeyDocument, KeySource, is_url
from cogauth.issuers.user_pool import ANY_CLIENT, COGNITO_ACR_LEVELS, AnyClient, Use, UserPool

AnyIssuer: TypeAlias = UserPool | OIDCIssuer | IdentityPool
"""Whose bearer tokens a verifier may accept."""

__all__ = [
    "ANY_CLIENT",
    "COGNITO_ACR_LEVELS",
    "AnyClient",
    "AnyIssuer",
    "IdentityPool",
    "KeyDocument",
    "KeySource",
    "LoadBalancer",
    "OIDCIssuer",
    "Use",
    "UserPool",
    "is_url",
]
