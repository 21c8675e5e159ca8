"""Rules: conditions on a principal, and the algebra that combines them."""

from cogauth.rules.algebra import (
    AUTHENTICATED,
    PUBLIC,
    All,
    Any,
    Anybody,
    Everybody,
    Not,
    Role,
    Rule,
    any_of,
    undefined_absence,
)
from cogauth.rules.assurance import Acr, Amr, SignedInWithin
from cogauth.rules.claim import Claim
from cogauth.rules.membership import MACHINE, PERSON, Client, Group, Issuer, Kind, Scope, TokenUse, without_issuer

__all__ = [
    "AUTHENTICATED",
    "MACHINE",
    "PERSON",
    "PUBLIC",
    "Acr",
    "All",
    "Amr",
    "Any",
    "Anybody",
    "Claim",
    "Client",
    "Everybody",
    "Group",
    "Issuer",
    "Kind",
    "Not",
    "Role",
    "Rule",
    "Scope",
    "SignedInWithin",
    "TokenUse",
    "any_of",
    "undefined_absence",
    "without_issuer",
]
