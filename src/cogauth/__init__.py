"""
cogauth decides, in microseconds and inside the process, whether an Amazon Cognito token may do what it asks.

`Verifier` makes a `Principal` of a token; `Authorizer` makes a `Decision` of a request, by a `Policy`. Adapters for
ASGI, WSGI and AWS Lambda show that decision in their front's own words.
"""

import importlib
import typing

from cogauth.errors import (
    AccessDenied,
    BadClaim,
    BadSignature,
    CogAuthError,
    ConfigurationError,
    Expired,
    KeysUnavailable,
    MalformedToken,
    MissingToken,
    NotYetValid,
    RefreshTokenSent,
    TokenError,
    UnknownIssuer,
    UnknownKey,
    WrongAudience,
    WrongClient,
    WrongUse,
)
from cogauth.issuers import ANY_CLIENT, IdentityPool, LoadBalancer, OIDCIssuer, UserPool
from cogauth.principal import Principal
from cogauth.verifier import AsyncVerifier, Verifier

if typing.TYPE_CHECKING:
    from cogauth.api import Api
    from cogauth.authorizer import AsyncAuthorizer, Authorizer
    from cogauth.bearer import Answer
    from cogauth.decision import Decision, Reason
    from cogauth.iam.gateway import Gateway, Grant
    from cogauth.policy import Policy
    from cogauth.routes import Route
    from cogauth.rules import (
        AUTHENTICATED,
        MACHINE,
        PERSON,
        PUBLIC,
        Acr,
        Amr,
        Claim,
        Client,
        Group,
        IdentityProvider,
        Issuer,
        Role,
        Rule,
        Scope,
        SignedInWithin,
        TokenUse,
    )
    from cogauth.subprotocol import subprotocol_token

__all__ = [
    "ANY_CLIENT",
    "AUTHENTICATED",
    "MACHINE",
    "PERSON",
    "PUBLIC",
    "AccessDenied",
    "Acr",
    "Amr",
    "Answer",
    "Api",
    "AsyncAuthorizer",
    "AsyncVerifier",
    "Authorizer",
    "BadClaim",
    "BadSignature",
    "Claim",
    "Client",
    "CogAuthError",
    "ConfigurationError",
    "Decision",
    "Expired",
    "Gateway",
    "Grant",
    "Group",
    "IdentityPool",
    "IdentityProvider",
    "Issuer",
    "KeysUnavailable",
    "LoadBalancer",
    "MalformedToken",
    "MissingToken",
    "NotYetValid",
    "OIDCIssuer",
    "Policy",
    "Principal",
    "Reason",
    "RefreshTokenSent",
    "Role",
    "Route",
    "Rule",
    "Scope",
    "SignedInWithin",
    "TokenError",
    "TokenUse",
    "UnknownIssuer",
    "UnknownKey",
    "UserPool",
    "Verifier",
    "WrongAudience",
    "WrongClient",
    "WrongUse",
    "subprotocol_token",
]

__version__ = "0.1.0"

# Who only verifies does not wait for what decides, which takes longer to import than what verifies.
_HOMES = {
    "Answer": "bearer",
    "Api": "api",
    "AsyncAuthorizer": "authorizer",
    "Authorizer": "authorizer",
    "Decision": "decision",
    "Gateway": "iam.gateway",
    "Grant": "iam.gateway",
    "Policy": "policy",
    "Reason": "decision",
    "Route": "routes",
    "subprotocol_token": "subprotocol",
}

# Hidden from type checkers, to which a module with this function has every name that anybody may think of.
if not typing.TYPE_CHECKING:  # pragma: no branch  # it is always so when the program runs

    def __getattr__(name: str) -> object:
        """Import what decides when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, 'rules')}"), name)
        globals()[name] = value
        return value
