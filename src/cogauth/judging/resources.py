"""What clients are told of resources (RFC 9728): where the metadata is, in each challenge, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from cogauth.bearer import PLAIN, Answer, Challenges, challenges
from cogauth.expression import written_rule
from cogauth.issuers import AnyIssuer, LoadBalancer, OIDCIssuer, UserPool
from cogauth.policy import Policy
from cogauth.resource import metadata_path, metadata_url
from cogauth.rules import Not, Rule, Scope

MAX_AGE: Final = 300
"""Seconds that a client may keep the metadata: as long as keys are fresh."""

# Whoever asks may read it, from whatever page: it is the same for all, and browsers' MCP clients do. They send headers
# of their own, such as MCP-Protocol-Version, and so ask first (Fetch standard, "CORS-preflight request").
_ANYBODY: Final = ("Access-Control-Allow-Origin", "*")
_PREFLIGHT: Final = Answer(
    204,
    (
        _ANYBODY,
        ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
        ("Access-Control-Allow-Headers", "*"),
        ("Access-Control-Max-Age", str(MAX_AGE)),
        ("Cache-Control", "no-store"),
    ),
    b"",
)

# By the URL, so that authorizers for single endpoints and reloads share them.
_challenges = lru_cache(maxsize=1024)(challenges)


class Resources:
    """
    The resources that a policy names: its own, and those of its apis.

    Args:
        policy: says which, and which scopes its routes ask for.
        issuers: of whom clients get their tokens.
    """

    __slots__ = ("_documents", "_issuers", "_known", "_policy")

    def __init__(self, policy: Policy, issuers: tuple[AnyIssuer | LoadBalancer, ...]) -> None:
        self._policy = policy
        self._issuers = issuers
        self._known: dict[str | None, Challenges] = {}
        self._documents: dict[str, bytes] = {}

    def challenges(self, api: str | None) -> Challenges:
        """Give the refusals of requests for *api*; of one that there is not, those that name no resource."""
        found = self._known.get(api)
        if found is None:
            resource = self._of(api)
            found = PLAIN if resource is None else _challenges(metadata_url(resource))
            # What a client makes up fills no memory.
            if api is None or api in self._policy.apis:
                self._known[api] = found
        return found

    def metadata(self, method: str, path: str, api: str | None) -> Answer | None:
        """Answer *method* on *path* if that is where the metadata of the resource of *api* is, else give None."""
        resource = self._of(api)
        if resource is None or path != metadata_path(resource) or method not in ("GET", "HEAD", "OPTIONS"):
            return None
        if method == "OPTIONS":
            return _PREFLIGHT
        document = self._documents.get(resource)
        if document is None:
            document = self._documents[resource] = msgspec.json.encode(self._document(resource))
        headers = (
            ("Content-Type", "application/json"),
            ("Cache-Control", f"public, max-age={MAX_AGE}"),
            _ANYBODY,
            ("Content-Length", str(len(document))),
        )
        return Answer(200, headers, b"" if method == "HEAD" else document)

    def _of(self, api: str | None) -> str | None:
        policy = self._policy
        if api is None:
            return policy.resource
        known = policy.apis.get(api)
        return None if known is None else known.resource or policy.resource

    def _document(self, resource: str) -> dict[str, object]:
        """Say what RFC 9728 section 2 has a word for and is known here; what is empty is left out (section 3.2)."""
        document: dict[str, object] = {
            "resource": resource,
            "authorization_servers": list(dict.fromkeys(self._servers())),
            "scopes_supported": sorted(frozenset(self._scopes(resource))),
            "bearer_methods_supported": ["header"],
        }
        return {name: value for name, value in document.items() if value}

    def _servers(self) -> Iterator[str]:
        """Name the issuers that are authorization servers, by the identifier under which their own metadata is."""
        for issuer in self._issuers:
            match issuer:
                case UserPool():
                    # A pool has two issuer strings, and more with replicas; the first is the one it starts with.
                    yield issuer.sources[0].issuer
                case OIDCIssuer():
                    yield issuer.issuer
                case _:
                    # An identity pool exchanges tokens of others, and a load balancer signs users in by itself.
                    pass

    def _scopes(self, resource: str) -> Iterator[str]:
        policy = self._policy
        if policy.guard is not None:
            yield from _wanted(policy.plain(policy.guard))
        for api, route in policy.all_routes():
            # A shadow changes nothing, and what a client asks for too much would spoil its sign-in.
            if route.mode == "enforce" and (api is None or self._of(api) == resource):
                yield from _wanted(policy.plain(written_rule(route.allow)))


def _wanted(rule: Rule) -> Iterator[str]:
    """Give the scopes that help to meet *rule*: clients ask for all that they are told, and what is negated harms."""
    if isinstance(rule, Scope):
        yield from rule.names
    if not isinstance(rule, Not):
        for part in rule.parts:
            yield from _wanted(part)
