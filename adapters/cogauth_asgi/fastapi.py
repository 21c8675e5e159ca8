"""cogauth in FastAPI: dependencies that give the principal, refuse as the core says, and show in the document."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, Signature

from fastapi import Security
from fastapi.openapi.models import SecurityBase as SecurityBaseModel
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from cogauth import AUTHENTICATED, PUBLIC, AsyncAuthorizer, ConfigurationError, Decision, Principal, Reason, Rule, Scope
from cogauth_asgi.openapi import PASTED, REFUSALS, SignIn, docs_routes, needed_scopes, sign_in
from cogauth_asgi.refused import Refused, refused

__all__ = ["REFUSALS", "CogAuth", "OptionalPrincipal", "Refused", "RequiredPrincipal", "docs_routes"]


class CogAuth:
    """
    Dependencies of FastAPI, decided by *authorizer*: alone, or beside the middleware, where both must allow.

    `principal` asks for a good token, `requires` for more; with `Security(..., scopes=[...])` each asks for all of
    these scopes as well. Reading the body comes first in FastAPI, so that only a middleware refuses before that.

    Args:
        authorizer: whose policy names the roles and whose verifier knows the issuers; routes play no part.
        domain: of the user pool, such as `https://example.auth.eu-west-1.amazoncognito.com`, for the document: how to
            sign in (authorization code with PKCE). Without it the docs page takes a pasted token only.
        scopes: what the docs page offers to ask for, each with its description.

    Raises:
        ConfigurationError: *authorizer* is not an `AsyncAuthorizer`, *domain* is no such URL, or *scopes* lack it.
    """

    def __init__(
        self, authorizer: AsyncAuthorizer, *, domain: str | None = None, scopes: Mapping[str, str] | None = None
    ) -> None:
        if not isinstance(authorizer, AsyncAuthorizer):
            raise ConfigurationError("CogAuth: authorizer must be an AsyncAuthorizer")
        self._authorizer = authorizer
        self._sign_in = sign_in(domain, scopes)
        self.principal: RequiredPrincipal = self.requires(AUTHENTICATED)
        """Gives the principal; whoever has none is refused."""
        self.optional: OptionalPrincipal = OptionalPrincipal(authorizer, AUTHENTICATED, self._sign_in)
        """Gives the principal, or None where there is no token; a token that will not do is refused."""

    def requires(self, rule: Rule) -> RequiredPrincipal:
        """
        Make the dependency that gives the principal who meets *rule*; of the same rule, an equal one.

        Raises:
            ConfigurationError: it is no rule, it is `PUBLIC`, or it does not fit the authorizer.
        """
        if not isinstance(rule, Rule):
            raise ConfigurationError('requires: takes a rule, as in auth.requires(Group("editors"))')
        if rule == PUBLIC:
            raise ConfigurationError("requires: PUBLIC asks for no principal; auth.optional gives one if there is one")
        return RequiredPrincipal(self._authorizer, rule, self._sign_in)


class _Dependency(SecurityBase):
    """
    What FastAPI calls. Equal to another of the same authorizer and rule, so that `dependency_overrides` finds it.

    In the document it stands for a pasted token; its signature asks for the connection, for the scopes of `Security`
    and, so that the document has that as well, for a sign-in.
    """

    __signature__: Signature

    def __init__(self, authorizer: AsyncAuthorizer, rule: Rule, signed_in: SignIn | None) -> None:
        self.scheme_name: str = "Token"
        self.model: SecurityBaseModel = PASTED
        self._authorizer = authorizer
        self._rule = rule
        self._hash = hash((type(self), authorizer, rule))
        self._guards: dict[tuple[str, ...], AsyncAuthorizer] = {(): authorizer.guarding(rule)}
        asked = [
            Parameter("connection", Parameter.KEYWORD_ONLY, annotation=HTTPConnection),
            Parameter("security_scopes", Parameter.KEYWORD_ONLY, annotation=SecurityScopes),
        ]
        if signed_in is not None:
            shown = Security(signed_in, scopes=needed_scopes(authorizer.policy.plain(rule)))
            asked.append(Parameter("signed_in", Parameter.KEYWORD_ONLY, default=shown))
        self.__signature__ = Signature(asked)

    async def _decide(self, connection: HTTPConnection, scopes: SecurityScopes | None) -> Decision:
        names = tuple(scopes.scopes) if scopes is not None else ()
        guard = self._guards.get(names)
        if guard is None:
            # Scopes stand in the code, so there are few of these; mistakes in them show at the first request, as a 500.
            rule = self._rule
            for name in names:
                rule &= Scope(name)
            guard = self._guards[names] = self._authorizer.guarding(rule)
        scope = connection.scope
        # Which api this is only the middleware knows; it matters to the challenge, if apis are resources of their own.
        before = scope.get("cogauth.decision")
        api = before.api if isinstance(before, Decision) else None
        # A websocket opens with a GET (RFC 6455 section 4.1). The path as it was sent is left to the middleware: this
        # rule guards the endpoint, by whatever path it was reached.
        return await guard.authorize_request(scope.get("method", "GET"), scope["path"], scope["headers"], api=api)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Dependency):
            return NotImplemented
        return (type(self), self._authorizer, self._rule) == (type(other), other._authorizer, other._rule)

    def __hash__(self) -> int:
        return self._hash


class RequiredPrincipal(_Dependency):
    """The dependency that gives the principal; made by `CogAuth`."""

    async def __call__(
        self, connection: HTTPConnection, security_scopes: SecurityScopes | None = None, **_: object
    ) -> Principal:
        """Give the principal, or raise `Refused`."""
        decision = await self._decide(connection, security_scopes)
        if not decision.allowed or decision.principal is None:
            raise refused(connection, decision)
        return decision.principal


class OptionalPrincipal(_Dependency):
    """The dependency that gives the principal, or None where there is no token; made by `CogAuth`."""

    async def __call__(
        self, connection: HTTPConnection, security_scopes: SecurityScopes | None = None, **_: object
    ) -> Principal | None:
        """Give the principal or None, or raise `Refused`."""
        decision = await self._decide(connection, security_scopes)
        if not decision.allowed and decision.reason is not Reason.MISSING_TOKEN:
            raise refused(connection, decision)
        return decision.principal
