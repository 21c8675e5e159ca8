"""A front: whom it asks, and as which api."""

from __future__ import annotations

from typing import Generic, TypeVar

from cogauth import Answer, AsyncAuthorizer, Authorizer, ConfigurationError, Decision, Rule
from cogauth_wsgi.environ import Asked

A = TypeVar("A", Authorizer, AsyncAuthorizer)


class Front(Generic[A]):
    """
    Asks *authorizer*, as the api *api*, or as the one that answers to the request's host.

    Args:
        authorizer: who decides.
        api: the name of the api that the application is, where the policy has several.
        by_host: whether the Host header chooses the api; only behind a proxy that is configured to set it.

    Raises:
        ConfigurationError: the policy has no such *api*, or both *api* and *by_host* are given.
    """

    def __init__(self, authorizer: A, *, api: str | None = None, by_host: bool = False) -> None:
        if api is not None and by_host:
            raise ConfigurationError("cogauth: either api names the api, or by_host has the Host header choose it")
        if api is not None and api not in authorizer.policy.apis:
            raise ConfigurationError(f"cogauth: the policy has no api {api!r}")
        self.authorizer: A = authorizer
        self._api = api
        self._by_host = by_host

    def metadata(self, asked: Asked) -> Answer | None:
        """Give the answer where the protected resource metadata is asked for (RFC 9728), else None."""
        return self.authorizer.metadata(asked.method, asked.path, self._api_of(asked))

    def decide(self: Front[Authorizer], asked: Asked, rule: Rule | None = None) -> Decision:
        """
        Decide by the policy, or by *rule* alone.

        Raises:
            ConfigurationError: *rule* names a role or issuer that there is not.
        """
        authorizer = self.authorizer if rule is None else self.authorizer.guarding(rule)
        return authorizer.authorize_request(
            asked.method, asked.path, asked.headers, raw_path=asked.raw_path, api=self._api_of(asked)
        )

    async def decide_awaited(self: Front[AsyncAuthorizer], asked: Asked, rule: Rule | None = None) -> Decision:
        """
        Decide as `decide` does.

        Raises:
            ConfigurationError: as `decide`.
        """
        authorizer = self.authorizer if rule is None else self.authorizer.guarding(rule)
        return await authorizer.authorize_request(
            asked.method, asked.path, asked.headers, raw_path=asked.raw_path, api=self._api_of(asked)
        )

    def _api_of(self, asked: Asked) -> str | None:
        if not self._by_host:
            return self._api
        # No api has the empty name, and no route is found for it.
        return "" if asked.host is None else self.authorizer.policy.api_of_host(asked.host)


def answer_of(decision: Decision) -> Answer:
    """Give what to send where *decision* refuses."""
    return Answer(decision.status, decision.headers, decision.body)
