"""The directory: the users of a pool, its groups, and who is in which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from cogauth.errors import ConfigurationError
from cogauth.testing.federation import Identity, ProviderType, new_identity
from cogauth.testing.groups import Roles, UserGroup, new_group, roles_of
from cogauth.testing.users import User, new_user

_MAX_LINKS: Final = 5


class Directory:
    """
    The users and groups of one pool.

    A user may be in groups that nobody has added: `add_group` is for those that have a role or a precedence. What
    changes here shows in the tokens that are minted afterwards.
    """

    def __init__(self, pool_id: str, clock: Callable[[], float]) -> None:
        self.pool_id: Final[str] = pool_id
        self._clock = clock
        self._users: dict[str, User] = {}
        self._groups: dict[str, UserGroup] = {}

    def add_user(
        self, username: str, *, groups: Iterable[str] = (), attributes: Mapping[str, str | bool] | None = None
    ) -> User:
        """
        Create a user, with a `sub` of its own.

        Attributes go into ID tokens: standard ones (`email`), the pool's own (`custom:dept`), and any that a trigger
        would add.

        Raises:
            ConfigurationError: a user of this name exists, or an argument is one that a pool would not take.
        """
        return self._add(new_user(username, groups, attributes))

    def user(self, username: str) -> User:
        """
        Tell what is known of a user now: `pool.user("ana").sub`.

        Raises:
            ConfigurationError: there is no user of this name.
        """
        try:
            return self._users[username]
        except KeyError:
            raise ConfigurationError(f"no user {username!r}; this pool has {sorted(self._users)}") from None

    def add_group(self, name: str, *, precedence: int | None = None, role: str | None = None) -> UserGroup:
        """
        Say of a group which IAM role it has, and how it ranks among the groups of a user.

        ID tokens of its users then carry `cognito:roles`, and `cognito:preferred_role` unless the best groups disagree;
        access tokens carry neither (AWS page "Adding groups to a user pool").

        Args:
            name: 1 to 128 characters without a space.
            precedence: zero or more; the lowest is the best, and None is worse than any number.
            role: the role's ARN.

        Raises:
            ConfigurationError: the group was added before, or an argument is one that a pool would not take.
        """
        if name in self._groups:
            raise ConfigurationError(f"there is a group {name!r} already")
        group = self._groups[name] = new_group(name, precedence, role)
        return group

    def add_federated_user(
        self,
        provider: str,
        user_id: str,
        *,
        provider_type: ProviderType | None = None,
        issuer: str | None = None,
        groups: Iterable[str] = (),
        attributes: Mapping[str, str | bool] | None = None,
    ) -> User:
        """
        Create the user whom a first sign-in through another identity provider creates.

        The username is `PROVIDER_USERID`, such as `Google_1234`; the user is in the group `POOLID_PROVIDER`, which the
        pool keeps by itself, and then in *groups*; ID tokens carry `identities` (AWS pages "Adding groups to a user
        pool" and "Understanding the identity (ID) token").

        Args:
            provider: its name in the pool.
            user_id: the user's id there.
            provider_type: "OIDC" or "SAML"; left out for Google and other social providers, whose type is their name.
            issuer: what `identities` says of the provider's issuer; null if left out.
            groups: further groups.
            attributes: as of `add_user`.

        Raises:
            ConfigurationError: the profile belongs to a user already, or an argument is one that a pool would not take.
        """
        identity = self._new_identity(provider, user_id, provider_type, issuer, primary=True)
        user = new_user(f"{provider}_{user_id}", groups, attributes)
        automatic = f"{self.pool_id}_{provider}"
        return self._add(replace(user, groups=tuple(dict.fromkeys((automatic, *user.groups))), identities=(identity,)))

    def link_provider(
        self,
        username: str,
        provider: str,
        user_id: str,
        *,
        provider_type: ProviderType | None = None,
        issuer: str | None = None,
    ) -> User:
        """
        Link a profile at another provider to an existing user, as `AdminLinkProviderForUser` does.

        The user keeps name, `sub` and groups, and gains an element of `identities`. The arguments are those of
        `add_federated_user`.

        Raises:
            ConfigurationError: an unknown user, one with five profiles, or a profile that belongs to a user already.
        """
        user = self.user(username)
        if len(user.identities) == _MAX_LINKS:
            raise ConfigurationError(f"a user has {_MAX_LINKS} linked providers at most")
        identity = self._new_identity(provider, user_id, provider_type, issuer, primary=False)
        linked = self._users[username] = replace(user, identities=(*user.identities, identity))
        return linked

    def _new_identity(
        self, provider: str, user_id: str, provider_type: ProviderType | None, issuer: str | None, *, primary: bool
    ) -> Identity:
        identity = new_identity(provider, user_id, provider_type, issuer, primary=primary, created=self._now())
        for user in self._users.values():
            if any((provider, user_id) == (other.provider, other.user_id) for other in user.identities):
                raise ConfigurationError(f"this profile at {provider!r} belongs to the user {user.username!r} already")
        return identity

    def _add(self, user: User) -> User:
        if user.username in self._users:
            raise ConfigurationError(f"there is a user {user.username!r} already")
        self._users[user.username] = user
        return user

    def _roles(self, user: User) -> Roles:
        return roles_of(self._groups[name] for name in user.groups if name in self._groups)

    def _now(self) -> int:
        return int(self._clock())
