"""Both authorizers behind one face, so that one table of cases tests the two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypedDict, Unpack

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, Decision, Policy, Principal, Rule, UserPool, Verifier
from cogauth.bearer import Headers
from cogauth.events import Event
from tests.support.clocks import Clocks
from tests.support.tokens import pinned


class Options(TypedDict, total=False):
    """What a case may change: by default one pool with a pinned key, at a time that stands, without hooks."""

    issuers: tuple[UserPool, ...]
    clocks: Clocks
    leeway: float
    fetch: Callable[[str], bytes]
    is_revoked: Callable[[Principal], object]
    observe: Callable[[Event], object]


class Front(Protocol):
    """What an authorizer is asked; the answer is there when the call returns."""

    def decide(self, token: str | None, rule: Rule) -> Decision: ...

    def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision: ...

    def authorize_request(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
    ) -> Decision: ...


class Awaited:
    """An AsyncAuthorizer whose answers are waited for."""

    def __init__(self, authorizer: AsyncAuthorizer) -> None:
        self.authorizer = authorizer

    def decide(self, token: str | None, rule: Rule) -> Decision:
        return asyncio.run(self.authorizer.decide(token, rule))

    def authorize(self, token: str | None, method: str, path: str, *, api: str | None = None) -> Decision:
        return asyncio.run(self.authorizer.authorize(token, method, path, api=api))

    def authorize_request(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
    ) -> Decision:
        return asyncio.run(self.authorizer.authorize_request(method, path, headers, raw_path=raw_path, api=api))


class Make(Protocol):
    """How an authorizer is made: `blocking` or `awaited`."""

    def __call__(self, policy_or_rule: Policy | Rule, **options: Unpack[Options]) -> Front: ...


def unreachable(url: str) -> bytes:
    """A fetcher for tests in which no key needs to be fetched, and for those in which none can be."""
    raise OSError(f"no way to {url}")


def blocking(policy_or_rule: Policy | Rule, **options: Unpack[Options]) -> Authorizer:
    """Make an Authorizer."""
    clocks = options.get("clocks") or Clocks()
    verifier = Verifier(
        *options.get("issuers", (pinned(),)),
        clock=clocks.wall,
        monotonic=clocks.monotonic,
        leeway=options.get("leeway", 0),
        fetch=options.get("fetch", unreachable),
    )
    return Authorizer(verifier, policy_or_rule, is_revoked=options.get("is_revoked"), observe=options.get("observe"))


def awaited(policy_or_rule: Policy | Rule, **options: Unpack[Options]) -> Awaited:
    """Make an AsyncAuthorizer and wait for it."""
    clocks = options.get("clocks") or Clocks()
    fetch = options.get("fetch", unreachable)

    async def afetch(url: str) -> bytes:
        return fetch(url)

    verifier = AsyncVerifier(
        *options.get("issuers", (pinned(),)),
        clock=clocks.wall,
        monotonic=clocks.monotonic,
        leeway=options.get("leeway", 0),
        fetch=afetch,
    )
    return Awaited(
        AsyncAuthorizer(verifier, policy_or_rule, is_revoked=options.get("is_revoked"), observe=options.get("observe"))
    )
