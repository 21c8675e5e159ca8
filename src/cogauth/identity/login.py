"""The login: under which name of a provider an identity pool knows the token that a principal came with."""

from __future__ import annotations

from typing import Final, NamedTuple

from cogauth.identity.choice import Doubt
from cogauth.issuers.identity_pool import is_identity_pool_id
from cogauth.principal import Principal

DEVELOPER: Final = "cognito-identity.amazonaws.com"
"""The provider of an identity pool's own tokens, which developer-authenticated identities sign in with."""

_UPDATED: Final = "issuer-cognito-idp."
_ORIGINAL: Final = "cognito-idp."


class Login(NamedTuple):
    """What a principal would sign in with."""

    provider: str
    """`cognito-idp.REGION.amazonaws.com/POOL:CLIENT` of a user pool, else the issuer without its scheme."""
    name: str
    """The issuer without its scheme."""
    user_pool: bool
    doubts: frozenset[Doubt] = frozenset()

    def fits(self, provider: str) -> bool:
        """
        Tell whether a mapping of *provider* is for this login.

        A mapping names an OpenID provider by the ARN that it has in IAM, which ends with its URL without the scheme
        (IAM user guide, "Create an OpenID Connect identity provider in IAM").
        """
        if provider == self.provider:
            return True
        arn, _, url = provider.partition(":oidc-provider/")
        return arn.startswith("arn:") and url == self.name

    def is_tagged_by(self, provider: str) -> bool:
        """Tell whether the attributes of *provider* are for this login; a user pool is named there without a client."""
        return self.fits(provider) or (self.user_pool and provider == self.provider.rpartition(":")[0])


def of_user_pool(provider: str) -> tuple[str, str] | None:
    """Give the user pool and the client, which may be empty, that a mapping's *provider* names; None for others."""
    host, _, rest = provider.partition("/")
    if not host.startswith(_ORIGINAL):
        return None
    pool_id, _, client = rest.partition(":")
    return pool_id, client


def is_pools_own(who: Principal) -> bool:
    """Tell whether *who* came with an OpenID token of an identity pool, whose audience is that pool."""
    return is_identity_pool_id(who.client_id)


def login_of(who: Principal) -> Login:
    """
    Give the login of *who*, who came with an ID token.

    For a user pool that writes the updated issuer AWS does not say what the identity pool calls it; the name with the
    host of the original one is assumed, which is what pools of either kind are called in an identity pool's settings.
    """
    if is_pools_own(who):
        return Login(DEVELOPER, DEVELOPER, user_pool=False)
    name = who.issuer.partition("://")[2] or who.issuer
    # A user pool's id is the last part of its issuer, and only user pools write `token_use`.
    if "token_use" not in who.claims or "_" not in name.rpartition("/")[2]:
        return Login(name, name, user_pool=False)
    if name.startswith(_UPDATED):
        original = _ORIGINAL + name.removeprefix(_UPDATED)
        return Login(f"{original}:{who.client_id}", name, user_pool=True, doubts=frozenset((Doubt.PROVIDER,)))
    return Login(f"{name}:{who.client_id}", name, user_pool=True)
