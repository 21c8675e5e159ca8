"""Federation: how a user of another identity provider appears in a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cogauth.errors import ConfigurationError

ProviderType: TypeAlias = Literal["Facebook", "Google", "LoginWithAmazon", "OIDC", "SAML", "SignInWithApple"]

# A social provider's name is its type (`CreateIdentityProvider` of the Amazon Cognito API reference); there is one of
# each at most. The others are named freely.
_SOCIAL: Final = frozenset({"Facebook", "Google", "LoginWithAmazon", "SignInWithApple"})
_NAMED_FREELY: Final = frozenset({"OIDC", "SAML"})
_MAX_PROVIDER: Final = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """
    One profile at another provider that belongs to a user of the pool: an element of the claim `identities`.

    `created` is in seconds since the epoch. AWS says neither which identity is `primary` nor when `issuer` is not null;
    here a profile that made the user is primary, one that was linked is not, and the issuer is whatever was given.
    """

    user_id: str
    provider: str
    provider_type: ProviderType
    issuer: str | None
    primary: bool
    created: int

    def claim(self) -> dict[str, str | None]:
        """
        Write the element as Cognito does: all strings, a boolean and a time in milliseconds, too.

        (AWS page "Understanding the identity (ID) token".)
        """
        return {
            "userId": self.user_id,
            "providerName": self.provider,
            "providerType": self.provider_type,
            "issuer": self.issuer,
            "primary": "true" if self.primary else "false",
            "dateCreated": str(self.created * 1000),
        }


def new_identity(
    provider: str, user_id: str, provider_type: ProviderType | None, issuer: str | None, *, primary: bool, created: int
) -> Identity:
    """
    Make an identity; a social provider's type is its name.

    Raises:
        ConfigurationError: no user id, a provider's name that is empty, too long or has a space, or a type that does
            not go with it.
    """
    if not user_id:
        raise ConfigurationError("a user id at a provider must not be empty")
    if not 0 < len(provider) <= _MAX_PROVIDER or provider.split() != [provider]:
        raise ConfigurationError(f"a provider's name must be 1 to {_MAX_PROVIDER} characters without a space")
    allowed = {provider} if provider in _SOCIAL else _NAMED_FREELY
    kind = provider if provider_type is None and provider in _SOCIAL else provider_type
    if kind not in allowed:
        raise ConfigurationError(f"the provider_type of {provider!r} must be one of {sorted(allowed)}, not {kind!r}")
    # The comparison above is what makes it one of the six.
    checked: ProviderType = kind  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    return Identity(user_id, provider, checked, issuer, primary, created)
