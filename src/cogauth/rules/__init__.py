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
    answer,
    any_of,
    depends_on_time,
    undefined_absence,
)
from cogauth.rules.assurance import Acr, Amr, SignedInWithin, unknown_levels
from cogauth.rules.claim import Claim
from cogauth.rules.federation import IdentityProvider
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
    "IdentityProvider",
    "Issuer",
    "Kind",
    "Not",
    "Role",
    "Rule",
    "Scope",
    "SignedInWithin",
    "TokenUse",
    "answer",
    "any_of",
    "depends_on_time",
    "undefined_absence",
    "unknown_levels",
    "without_issuer",
]
