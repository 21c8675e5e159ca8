"""The roles of an identity pool, and the choice among them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cogauth._frozen import Frozen
from cogauth._shapes import as_list, as_table
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError
from cogauth.identity.arn import ROLE_FORM, is_role
from cogauth.identity.choice import Because, Doubt, RoleChoice
from cogauth.identity.login import Login, is_pools_own, login_of, of_user_pool
from cogauth.identity.mapping import Ambiguity, MappingType, RoleMapping
from cogauth.identity.matching import CONTAINS, Contains
from cogauth.identity.tags import PrincipalTags, SessionTags
from cogauth.issuers.identity_pool import is_identity_pool_id
from cogauth.principal import Principal

MAX_MAPPINGS: Final = 10
MAX_PROVIDER: Final = 128

_GUEST: Final = "unauthenticated"


class IdentityPoolRoles(Frozen):
    """
    The roles of an identity pool, as `GetIdentityPoolRoles` tells them, and the choice that the pool makes among them.

    Nothing is fetched: the choice is worked out from a verified principal, as the enhanced flow would
    (`GetCredentialsForIdentity`; AWS page "Using role-based access control").

    Args:
        identity_pool_id: such as `eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000`.
        authenticated: the ARN of the role of those who signed in, if there is one.
        unauthenticated: the ARN of the role of guests, if there is one. Whether guests are let in is another setting
            (`AllowUnauthenticatedIdentities`), which is not looked at.
        mappings: up to 10, by provider: `cognito-idp.REGION.amazonaws.com/POOL:CLIENT`, `accounts.google.com`,
            `graph.facebook.com`, `www.amazon.com`, `appleid.apple.com`, or the ARN of an OIDC or SAML provider in IAM.
        tags: attributes for access control, at most one for each provider.
        contains: what `Contains` asks of an array, which AWS does not document: `element`, or, like text, `substring`,
            by which `admin` matches the group `not-admin`.

    Raises:
        ConfigurationError: any argument is not what the API takes; all mistakes at once.
    """

    __slots__ = ("authenticated", "contains", "identity_pool_id", "mappings", "tags", "unauthenticated")

    identity_pool_id: str
    authenticated: str | None
    unauthenticated: str | None
    mappings: Mapping[str, RoleMapping]
    tags: tuple[PrincipalTags, ...]
    contains: Contains

    def __init__(
        self,
        identity_pool_id: str,
        *,
        authenticated: str | None = None,
        unauthenticated: str | None = None,
        mappings: Mapping[str, RoleMapping] | None = None,
        tags: Iterable[PrincipalTags] = (),
        contains: Contains = "element",
    ) -> None:
        problems: list[str] = []
        if not is_identity_pool_id(identity_pool_id):
            problems.append("identity_pool_id: not of the form <region>:<uuid>")
        for name, role in (("authenticated", authenticated), ("unauthenticated", unauthenticated)):
            if role is not None and not is_role(role):
                problems.append(f"{name}: {ROLE_FORM}")
        table = as_table({} if mappings is None else mappings)
        if table is None or not all(isinstance(mapping, RoleMapping) for mapping in table.values()):
            problems.append("mappings: must map providers to RoleMapping")
        else:
            if len(table) > MAX_MAPPINGS:
                problems.append(f"mappings: {MAX_MAPPINGS} are the most")
            problems.extend(
                f"mappings: a provider has 1 to {MAX_PROVIDER} characters"
                for provider in table
                if not 0 < len(provider) <= MAX_PROVIDER
            )
        listed = as_list(tags)
        if listed is None or not all(isinstance(each, PrincipalTags) for each in listed):
            problems.append("tags: must be a list of PrincipalTags")
        elif len({each.provider for each in listed}) < len(listed):
            problems.append("tags: a provider stands twice")
        if contains not in CONTAINS:
            problems.append(f"contains: must be one of {', '.join(CONTAINS)}")
        if problems:
            raise ConfigurationError.of(f"IdentityPoolRoles: {problem}" for problem in problems)
        self._set(
            identity_pool_id=identity_pool_id,
            authenticated=authenticated,
            unauthenticated=unauthenticated,
            mappings=MappingProxyType(dict(table or {})),
            tags=tuple(listed or ()),
            contains=contains,
        )

    # -- Where they are written down -----------------------------------------------------------------------------------

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, contains: Contains = "element") -> IdentityPoolRoles:
        """
        Read what `GetIdentityPoolRoles` answers, or `SetIdentityPoolRoles` is given.

        Raises:
            ConfigurationError: all mistakes at once, each with its place.
        """
        from cogauth.identity.documents import of_api  # builds on this module

        return of_api(data, contains)

    @classmethod
    def from_cloudformation(
        cls,
        data: Mapping[str, Any],
        *,
        values: Mapping[str, str] | None = None,
        contains: Contains = "element",
    ) -> IdentityPoolRoles:
        """
        Read an `AWS::Cognito::IdentityPoolRoleAttachment`: the resource, or a template in which it is the only one.

        Args:
            data: the resource or template, as JSON or a YAML parser gives it.
            values: what `Ref`, `Fn::GetAtt` and the `${...}` of `Fn::Sub` stand for, such as
                `{"Pool": "eu-west-1:...", "Editors.Arn": "arn:..."}`.
            contains: as of the constructor.

        Raises:
            ConfigurationError: all mistakes at once, each with its place; among them functions that *values* does not
                resolve.
        """
        from cogauth.identity.cloudformation import of_cloudformation  # builds on this module

        return of_cloudformation(data, values or {}, contains)

    @classmethod
    def from_terraform(cls, data: Mapping[str, Any], *, contains: Contains = "element") -> IdentityPoolRoles:
        """
        Read an `aws_cognito_identity_pool_roles_attachment`: its arguments, or all that `terraform show -json` says.

        Raises:
            ConfigurationError: all mistakes at once, each with its place; also where there is none or several.
        """
        from cogauth.identity.terraform import of_terraform  # builds on this module

        return of_terraform(data, contains)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, identity_pool_id: str | None = None) -> IdentityPoolRoles:
        """
        Read the `[[identity_pool_roles]]` of a configuration file, of which the rest is left to others.

        Args:
            path: a file of TOML, JSON or YAML, as its name says.
            identity_pool_id: which one, where there are several.

        Raises:
            ConfigurationError: the file cannot be read, all mistakes of the section at once, or none or several fit.
        """
        from cogauth.identity.section import of_file  # builds on this module

        return of_file(path, identity_pool_id)

    # -- The choice ----------------------------------------------------------------------------------------------------

    def choose_role(
        self, principal: Principal | None, custom_role: str | None = None, provider: str | None = None
    ) -> RoleChoice:
        """
        Choose the role of *principal*; None is a guest. A refusal is a choice without a role and raises nothing.

        Args:
            principal: whose ID token a verifier accepted; of an access token the login would fail.
            custom_role: the `CustomRoleArn` that is asked for.
            provider: under which name the pool knows the login, in place of the one that follows from the issuer: for
                emulators, and wherever the pool was told another one. It is believed.
        """
        if principal is None:
            return self._of_guest(custom_role, provider)
        unfit = self._unfit(principal)
        if unfit is not None:
            return RoleChoice(None, unfit)
        login = login_of(principal)
        if provider is not None:
            return self._of_login(principal.claims, login._replace(provider=provider, doubts=frozenset()), custom_role)
        fitting = [name for name in self.mappings if login.fits(name)]
        if len(fitting) > 1:
            return RoleChoice(None, Because.UNCLEAR_PROVIDER)
        return self._of_login(
            principal.claims, login._replace(provider=fitting[0] if fitting else login.provider), custom_role
        )

    def choose_role_of_claims(
        self, claims: Mapping[str, JSON], provider: str, custom_role: str | None = None
    ) -> RoleChoice:
        """
        Choose the role of a login at *provider* that says *claims*, which nobody verifies here.

        For logins of which cogauth sees no token, such as Facebook's and SAML assertions, and for what-if questions.
        """
        login = Login(provider, provider, user_pool=of_user_pool(provider) is not None)
        return self._of_login(claims, login, custom_role)

    def tags_for(self, principal: Principal, provider: str | None = None) -> SessionTags | None:
        """Work out the tags of the session of *principal*; None without a login, or a mapping of its provider."""
        if self._unfit(principal) is not None:
            return None
        login = login_of(principal)
        if provider is not None:
            login = login._replace(provider=provider)
        found = next((tags for tags in self.tags if login.is_tagged_by(tags.provider)), None)
        return None if found is None else found.of(principal.claims)

    @property
    def needs_tag_session(self) -> bool:
        """Whether the trust policies of the roles must allow `sts:TagSession`."""
        return any(tags.needs_tag_session for tags in self.tags)

    def _unfit(self, principal: Principal) -> Because | None:
        """Tell why *principal* came with nothing to sign in with here; None if they did."""
        if principal.token_use != "id":
            return Because.ACCESS_TOKEN
        if not is_pools_own(principal):
            return None
        if principal.client_id != self.identity_pool_id:
            return Because.OTHER_POOL
        return Because.NO_LOGIN if _GUEST in principal.amr else None

    def _of_guest(self, custom_role: str | None, provider: str | None) -> RoleChoice:
        if provider is not None:
            return RoleChoice(None, Because.NO_LOGIN)
        if custom_role is not None:
            return RoleChoice(None, Because.CUSTOM_ROLE_REFUSED, doubts=(Doubt.CUSTOM_ROLE,))
        because = Because.NO_GUEST_ROLE if self.unauthenticated is None else Because.GUEST_ROLE
        return RoleChoice(self.unauthenticated, because)

    def _of_login(self, claims: Mapping[str, JSON], login: Login, custom_role: str | None) -> RoleChoice:
        mapping = self.mappings.get(login.provider)
        if mapping is None:
            if custom_role is not None:
                doubts = login.doubts | {Doubt.CUSTOM_ROLE}
                return RoleChoice(None, Because.CUSTOM_ROLE_REFUSED, doubts=doubts)
            return self._default(Because.DEFAULT_ROLE, None, login.doubts)
        found = mapping.find(claims, custom_role, self.contains)
        doubts = found.doubts | login.doubts
        if mapping.type is MappingType.TOKEN and (not login.user_pool or login.provider.startswith("arn:")):
            doubts |= {Doubt.FOREIGN_ROLES}
        default = mapping.ambiguous_role_resolution is Ambiguity.AUTHENTICATED_ROLE
        if found.because is Because.AMBIGUOUS_DENIED and default:
            return self._default(Because.AMBIGUOUS_DEFAULT, login.provider, doubts)
        return RoleChoice(
            found.role_arn,
            found.because,
            provider=login.provider,
            rule=found.rule,
            claim=mapping.rules[found.rule - 1].claim if found.rule else None,
            doubts=doubts,
        )

    def _default(self, because: Because, provider: str | None, doubts: Iterable[Doubt]) -> RoleChoice:
        if self.authenticated is None:
            because = Because.NO_DEFAULT_ROLE
        return RoleChoice(self.authenticated, because, provider=provider, doubts=doubts)

    def _content(self) -> tuple[object, ...]:
        return (
            self.identity_pool_id,
            self.authenticated,
            self.unauthenticated,
            frozenset(self.mappings.items()),
            frozenset(self.tags),
            self.contains,
        )

    def __repr__(self) -> str:
        return f"<IdentityPoolRoles of {self.identity_pool_id}, {len(self.mappings)} mappings>"
