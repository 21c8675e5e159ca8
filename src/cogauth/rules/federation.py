"""The condition on the external provider that a federated user came through."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cogauth._shapes import as_names
from cogauth.errors import ConfigurationError
from cogauth.issuers.identity_pool import is_identity_pool_id
from cogauth.principal import Principal
from cogauth.rules.algebra import Rule, any_of, some_names

_STATES: Final = frozenset({"authenticated", "unauthenticated"})
"""What an identity pool writes into `amr` beside providers: whether anybody signed in."""


class IdentityProvider(Rule):
    """
    The user came through one of the external providers that the user pool calls *names*, such as `Google`.

    No token says through which provider, so that all that it mentions must be among *names*. An ID token mentions in
    `identities` those that the user is linked to; an access token, by the group `<pool id>_<provider>`, the one that
    the user was created through. Where none is mentioned, or others besides, it cannot be told: that is absence.
    Who has a password as well may have used that; where the pool gives `amr`, `Amr("fed")` rules it out.

    An identity pool's token lists in `amr` the providers of this login, by the names that the identity pool knows them
    by: `cognito-idp.REGION.amazonaws.com/POOL`, `accounts.google.com`, an ARN. A guest's lists none.

    Providers of one pool are not those of another: with several issuers name the `Issuer` beside it, or say
    *any_issuer*. *default* is whom a user for whom it cannot be told is taken to have come through, `()` for nobody;
    needed under `~` and in `deny`. (AWS pages "Understanding the identity (ID) token", "Adding groups to a user pool".)

    Raises:
        ConfigurationError: no name, or something that is none.
    """

    __slots__ = ("any_issuer", "default", "names")

    names: frozenset[str]
    any_issuer: bool
    default: frozenset[str] | None

    def __init__(self, *names: str, any_issuer: bool = False, default: Collection[str] | None = None) -> None:
        known = as_names(default) if default is not None else []
        if known is None:
            raise ConfigurationError("IdentityProvider: default is a list of providers, which may be empty")
        self._set(
            names=some_names("IdentityProvider", names),
            any_issuer=any_issuer,
            default=None if default is None else frozenset(known),
        )

    def holds(self, who: Principal, now: float) -> bool:
        said = _mentioned(who)
        if said and said <= self.names:
            return True
        if said and said.isdisjoint(self.names) and "" not in said:
            return False
        return not self.names.isdisjoint(self.default or ())

    @property
    def silent_on_absence(self) -> bool:
        return self.default is None

    def __str__(self) -> str:
        return f"needs identity provider {any_of(self.names)}"

    __repr__ = __str__


def _mentioned(who: Principal) -> frozenset[str]:
    """
    Give the providers that the token mentions; an identity that names none is of a provider without a name.

    Each token is read by its own claim alone. Of both, `identities` would tell of a second provider that the groups do
    not know, and a token that left it out would get further for it.
    """
    if is_identity_pool_id(who.client_id):
        said = who.amr - _STATES
        # Beside each provider stands the user's id there, after the provider's name and a colon.
        return frozenset(name for name in said if not any(name.startswith(f"{other}:") for other in said))
    if who.token_use == "id":
        names = (identity.get("providerName") for identity in who.identities)
        return frozenset(name if isinstance(name, str) else "" for name in names)
    if who.username is None:
        # A machine, or of an issuer that is no pool: the groups of these say nothing of providers.
        return frozenset()
    # A pool's issuer ends with the pool's id.
    mark = who.issuer.rpartition("/")[2] + "_"
    return frozenset(group.removeprefix(mark) for group in who.groups if group.startswith(mark))
