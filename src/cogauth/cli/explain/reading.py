"""Readings: what of a token a condition looks at, and what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from cogauth import Acr, Amr, Claim, Client, Group, IdentityProvider, Issuer, Principal, Scope, SignedInWithin, TokenUse
from cogauth.cli.escapes import printable, value
from cogauth.cli.moments import moment
from cogauth.issuers.identity_pool import is_identity_pool_id
from cogauth.rules import Kind, Rule


class Reading(NamedTuple):
    """A part of a token."""

    name: str
    found: object
    """None where it is absent."""

    def told(self, now: float) -> str:
        """Say it at *now*, seconds since the epoch."""
        if self.found is None:
            return f"{printable(self.name)}: (absent)"
        if self.name == "auth_time" and isinstance(self.found, int):
            return f"auth_time: {moment(self.found, now)}"
        return f"{printable(self.name)}: {value(self.found)}"


_Read: TypeAlias = Callable[[Any, Principal], Reading]


def _providers(_: Rule, who: Principal) -> Reading:
    if is_identity_pool_id(who.client_id):
        return Reading("amr", who.amr)
    return Reading("identities", who.identities) if who.token_use == "id" else Reading("cognito:groups", who.groups)


_READERS: Final[Mapping[type[Rule], _Read]] = {
    Group: lambda _, who: Reading("groups", who.groups),
    Scope: lambda _, who: Reading("scope", who.scopes),
    Client: lambda _, who: Reading("client", who.client_id),
    Issuer: lambda _, who: Reading("issuer", who.issuer_name),
    TokenUse: lambda _, who: Reading("token_use", who.token_use),
    Kind: lambda _, who: Reading("kind", "machine" if who.is_machine else "person"),
    Acr: lambda _, who: Reading("acr", who.acr),
    Amr: lambda _, who: Reading("amr", who.amr if "amr" in who.claims else None),
    SignedInWithin: lambda _, who: Reading("auth_time", who.auth_time),
    IdentityProvider: _providers,
    Claim: lambda rule, who: Reading(rule.name, who.claims.get(rule.name)),
}


def reading(rule: Rule, who: Principal) -> Reading | None:
    """Give what *rule*, a condition, looks at in the token of *who*; None where it looks at nothing."""
    read = _READERS.get(type(rule))
    return None if read is None else read(rule, who)
