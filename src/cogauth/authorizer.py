"""Authorizer and AsyncAuthorizer: a request becomes a decision. Refusals never raise, and nothing but a yes allows."""

from __future__ import annotations

import os
from typing import Any

from cogauth.bearer import Headers
from cogauth.decision import Decision
from cogauth.errors import ConfigurationError
from cogauth.events import Observe
from cogauth.judging.case import Case, Outcome
from cogauth.judging.force import keep
from cogauth.judging.hooks import IsRevoked
from cogauth.judging.judge import Judge
from cogauth.judging.rulebook import loaded
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
        observe: told of every decision, and of every fetch of keys that the verifier makes; what it returns, raises or
            does changes no answer. It is called while the request waits, so that it must not block.
        resource: the URL of the API as its clients use it, where the policy does not say it (RFC 9728): challenges then
            lead to the metadata that `metadata` answers with, and these to the issuers. It decides nothing.

    Raises:
        ConfigurationError: the policy names an issuer that the verifier does not have, or tests groups or scopes
            without saying of which of several issuers; *resource* is no such URL, or the policy says one already.
    """

    def __init__(
        self,
        verifier: Verifier,
        policy_or_rule: Policy | Rule,
        *,
        is_revoked: IsRevoked | None = None,
        observe: Observe | None = None,
        resource: str | None = None,
    ) -> None:
        if not isinstance(verifier, Verifier):
            raise ConfigurationError("Authorizer: needs a Verifier; an AsyncVerifier goes with AsyncAuthorizer")
        super().__init__(verifier, policy_or_rule, is_revoked, observe, resource)
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
        issuers, policy = loaded(path)
        authorizer = cls(Verifier(*issuers, **options), policy, is_revoked=is_revoked, observe=observe)
        authorizer._file = path
        return authorizer

    @property
    def verifier(self) -> Verifier:
        """Who verifies: for `warm()` before the first request, and for `health()`."""
        return self._verifier

    def reload(self) -> None:
        """
        Read the file of `from_file` again, and decide by it from now on: its issuers, roles and routes, all or none.

        A request that is being decided meanwhile is decided by the old file or by the new one, never by half of each.
        Authorizers that `guarding` has made follow. Keys of issuers that stay are kept; remembered tokens are verified
        anew. `authorizer.policy.fingerprint` tells what is in force.

        Raises:
            ConfigurationError: the file cannot be read, has mistakes, or lacks a role that a rule given to `guarding`
                names; or this authorizer was not made of a file. Then all stays as it was.
        """
        self._reload()

    def guarding(self, rule: Rule) -> Authorizer:
        """
        Make an authorizer like this one in which *rule*, and nothing else, guards every path: for single endpoints.

        Raises:
            ConfigurationError: it is no rule, or names a role or issuer that there is not.
        """
        sibling = self._siblings.get(rule)
        if sibling is None:
            policy = self.policy.guarding(rule)
            sibling = Authorizer(self._verifier, policy, is_revoked=self._is_revoked, observe=self._observe)
            sibling._follow(self, rule)
            keep(self._siblings, rule, sibling)
        return sibling

    def decide(self, token: str | None, rule: Rule) -> Decision:
        """
        Decide whether *token*, without `Bearer`, meets *rule*: for library code and single endpoints.

        Raises:
            ConfigurationError: *rule* is none, or names a role or issuer that there was not when this was made. One
                that was right then and is not now is an internal error, since no caller can know.
        """
        case = self._case_of_rule(token, rule)
        return case if isinstance(case, Decision) else self._decide(case, self._outcome(case))

    def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision:
        """
        Decide whether *token*, without `Bearer`, may use *method* on *path*, by the route table.

        Args:
            token: or None where there is none.
            method: in capitals, as it was sent.
            path: decoded, without the query.
            api: the name of an api, where the policy has several.
        """
        case = self._case_of_path(token, method, path, None, api, None, self._watch(method))
        return case if isinstance(case, Decision) else self._decide(case, self._outcome(case))

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
        return case if isinstance(case, Decision) else self._decide(case, self._outcome(case))

    def _outcome(self, case: Case) -> Outcome:
        token = case.token
        if token is None:
            return None
        try:
            verifier, state, watch = self._verifier, case.force.state, case.watch
            if watch is None:
                return verifier.verify_in(state, token)
            try:
                return watch.remembered(verifier, state, token) or verifier.verify_in(state, token)
            finally:
                watch.verified()
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
        resource: str | None = None,
    ) -> None:
        if not isinstance(verifier, AsyncVerifier):
            raise ConfigurationError("AsyncAuthorizer: needs an AsyncVerifier; a Verifier would block the event loop")
        super().__init__(verifier, policy_or_rule, is_revoked, observe, resource)
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
        issuers, policy = loaded(path)
        authorizer = cls(AsyncVerifier(*issuers, **options), policy, is_revoked=is_revoked, observe=observe)
        authorizer._file = path
        return authorizer

    @property
    def verifier(self) -> AsyncVerifier:
        """Who verifies: for `await warm()` before the first request, and for `health()`."""
        return self._verifier

    async def reload(self) -> None:
        """
        Read the file of `from_file` again, as `Authorizer.reload` does; in a thread, so that requests go on.

        Raises:
            ConfigurationError: as `Authorizer.reload`.
        """
        import asyncio  # whoever awaits has it already, and nobody else needs it

        await asyncio.to_thread(self._reload)

    def guarding(self, rule: Rule) -> AsyncAuthorizer:
        """
        Make an authorizer like this one in which *rule*, and nothing else, guards every path: for single endpoints.

        Raises:
            ConfigurationError: it is no rule, or names a role or issuer that there is not.
        """
        sibling = self._siblings.get(rule)
        if sibling is None:
            policy = self.policy.guarding(rule)
            sibling = AsyncAuthorizer(self._verifier, policy, is_revoked=self._is_revoked, observe=self._observe)
            sibling._follow(self, rule)
            keep(self._siblings, rule, sibling)
        return sibling

    async def decide(self, token: str | None, rule: Rule) -> Decision:
        """
        Decide as `Authorizer.decide` does.

        Raises:
            ConfigurationError: as `Authorizer.decide`.
        """
        case = self._case_of_rule(token, rule)
        return case if isinstance(case, Decision) else self._decide(case, await self._outcome(case))

    async def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision:
        """Decide as `Authorizer.authorize` does."""
        case = self._case_of_path(token, method, path, None, api, None, self._watch(method))
        return case if isinstance(case, Decision) else self._decide(case, await self._outcome(case))

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
        return case if isinstance(case, Decision) else self._decide(case, await self._outcome(case))

    async def _outcome(self, case: Case) -> Outcome:
        token = case.token
        if token is None:
            return None
        try:
            verifier, state, watch = self._verifier, case.force.state, case.watch
            if watch is None:
                return await verifier.verify_in(state, token)
            try:
                return watch.remembered(verifier, state, token) or await verifier.verify_in(state, token)
            finally:
                watch.verified()
        except Exception as error:  # noqa: BLE001  judged in one place, bugs included
            return error
