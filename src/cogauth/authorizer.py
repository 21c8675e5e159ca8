"""Authorizer and AsyncAuthorizer: a request becomes a decision. Refusals never raise, and nothing but a yes allows."""

from __future__ import annotations

import os
from typing import Any

from cogauth.bearer import Headers
from cogauth.config import load
from cogauth.decision import Decision
from cogauth.errors import ConfigurationError
from cogauth.judging import IsRevoked, Judge, Observe, Outcome, keep
from cogauth.policy import Policy
from cogauth.rules import Rule
from cogauth.verifier import AsyncVerifier, Verifier


class Authorizer(Judge):
    """
    Decides requests: who is calling, by *verifier*, and whether they may, by *policy_or_rule*.

    Args:
        verifier: whose tokens are accepted.
        policy_or_rule: the policy; or one rule that guards every path. There is no default.
        is_revoked: asked about every principal, remembered ones included; anything but False refuses. It must answer
            from memory.
        observe: told of every decision; what it does or raises changes nothing.

    Raises:
        ConfigurationError: the policy names an issuer that the verifier does not have, or tests groups or scopes
            without saying of which of several issuers.
    """

    def __init__(
        self,
        verifier: Verifier,
        policy_or_rule: Policy | Rule,
        *,
        is_revoked: IsRevoked | None = None,
        observe: Observe | None = None,
    ) -> None:
        if not isinstance(verifier, Verifier):
            raise ConfigurationError("Authorizer: needs a Verifier; an AsyncVerifier goes with AsyncAuthorizer")
        super().__init__(lambda: verifier.issuers, verifier.clock, policy_or_rule, is_revoked, observe)
        self._verifier = verifier
        self._siblings: dict[Rule, Authorizer] = {}

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        is_revoked: IsRevoked | None = None,
        observe: Observe | None = None,
        **options: Any,
    ) -> Authorizer:
        """
        Make an authorizer of the file *path*, such as `cogauth.toml`: its issuers, roles and routes.

        *options* are those of `Verifier`.

        Raises:
            ConfigurationError: the file cannot be read, or all of its mistakes at once.
        """
        issuers, policy = load(path)
        return cls(Verifier(*issuers, **options), policy, is_revoked=is_revoked, observe=observe)

    def guarding(self, rule: Rule) -> Authorizer:
        """
        Make an authorizer like this one in which *rule*, and nothing else, guards every path: for single endpoints.

        Raises:
            ConfigurationError: it is no rule, or names a role or issuer that there is not.
        """
        sibling = self._siblings.get(rule)
        if sibling is None:
            sibling = Authorizer(
                self._verifier, self.policy.guarding(rule), is_revoked=self._is_revoked, observe=self._observe
            )
            keep(self._siblings, rule, sibling)
        return sibling

    def decide(self, token: str | None, rule: Rule) -> Decision:
        """Decide whether *token*, without `Bearer`, meets *rule*: for library code and single endpoints."""
        case = self._case_of_rule(token, rule)
        return self._decide(case, self._outcome(case.token))

    def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision:
        """
        Decide whether *token*, without `Bearer`, may use *method* on *path*, by the route table.

        Args:
            token: or None where there is none.
            method: in capitals, as it was sent.
            path: decoded, without the query.
            api: the name of an api, where the policy has several.
        """
        case = self._case_of_path(token, method, path, api=api)
        return case if isinstance(case, Decision) else self._decide(case, self._outcome(case.token))

    def authorize_request(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
    ) -> Decision:
        """
        Decide an HTTP request; what adapters call.

        Args:
            method: in capitals, as it was sent.
            path: decoded, without the query.
            headers: (name, value) pairs, all of them.
            raw_path: the path as it was sent, where the server tells it.
            api: the name of an api, where the policy has several.
        """
        case = self._case_of_request(method, path, headers, raw_path, api)
        return case if isinstance(case, Decision) else self._decide(case, self._outcome(case.token))

    def _outcome(self, token: str | None) -> Outcome:
        if token is None:
            return None
        try:
            return self._verifier.verify(token)
        except Exception as error:  # noqa: BLE001  judged in one place, bugs included
            return error


class AsyncAuthorizer(Judge):
    """
    `Authorizer`, for asyncio: the same arguments, but for an `AsyncVerifier`, and the same decisions, awaited.

    Raises:
        ConfigurationError: as `Authorizer`.
    """

    def __init__(
        self,
        verifier: AsyncVerifier,
        policy_or_rule: Policy | Rule,
        *,
        is_revoked: IsRevoked | None = None,
        observe: Observe | None = None,
    ) -> None:
        if not isinstance(verifier, AsyncVerifier):
            raise ConfigurationError("AsyncAuthorizer: needs an AsyncVerifier; a Verifier would block the event loop")
        super().__init__(lambda: verifier.issuers, verifier.clock, policy_or_rule, is_revoked, observe)
        self._verifier = verifier
        self._siblings: dict[Rule, AsyncAuthorizer] = {}

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        is_revoked: IsRevoked | None = None,
        observe: Observe | None = None,
        **options: Any,
    ) -> AsyncAuthorizer:
        """Make an authorizer of the file *path*, as `Authorizer.from_file` does; *options* are `AsyncVerifier`'s."""
        issuers, policy = load(path)
        return cls(AsyncVerifier(*issuers, **options), policy, is_revoked=is_revoked, observe=observe)

    def guarding(self, rule: Rule) -> AsyncAuthorizer:
        """
        Make an authorizer like this one in which *rule*, and nothing else, guards every path: for single endpoints.

        Raises:
            ConfigurationError: it is no rule, or names a role or issuer that there is not.
        """
        sibling = self._siblings.get(rule)
        if sibling is None:
            sibling = AsyncAuthorizer(
                self._verifier, self.policy.guarding(rule), is_revoked=self._is_revoked, observe=self._observe
            )
            keep(self._siblings, rule, sibling)
        return sibling

    async def decide(self, token: str | None, rule: Rule) -> Decision:
        """Decide as `Authorizer.decide` does."""
        case = self._case_of_rule(token, rule)
        return self._decide(case, await self._outcome(case.token))

    async def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision:
        """Decide as `Authorizer.authorize` does."""
        case = self._case_of_path(token, method, path, api=api)
        return case if isinstance(case, Decision) else self._decide(case, await self._outcome(case.token))

    async def authorize_request(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
    ) -> Decision:
        """Decide as `Authorizer.authorize_request` does."""
        case = self._case_of_request(method, path, headers, raw_path, api)
        return case if isinstance(case, Decision) else self._decide(case, await self._outcome(case.token))

    async def _outcome(self, token: str | None) -> Outcome:
        if token is None:
            return None
        try:
            return await self._verifier.verify(token)
        except Exception as error:  # noqa: BLE001  judged in one place, bugs included
            return error
