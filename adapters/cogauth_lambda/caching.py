"""How long API Gateway keeps an answer and for which requests, and what that does to a policy."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from cogauth import ConfigurationError, Gateway, Policy, Route
from cogauth_lambda.appsync_lines import only_appsync

MAX_TTL: Final = 3600
"""Seconds (AWS: `authorizerResultTtlInSeconds`)."""

_LOG: Final = logging.getLogger("cogauth_lambda")

# Mapping expressions of REST APIs and of HTTP APIs (AWS: `identitySource`).
_PREFIXES: Final = ("$", "method.request.", "context.", "stageVariables.", "route.request.")
_SIMPLE: Final = (
    "a simple response that is kept says yes to every route, and the rules differ: turn the authorizer's cache off"
    " (cache_ttl=0), make the path and the method identity sources, or configure policies (http_api='iam')"
)
_TOKEN: Final = "request.header.authorization"
_ROUTE_KEY: Final = "context.routeKey"
_REQUEST: Final = {"context.path", "context.httpMethod"}


class Caching:
    """
    What API Gateway is configured to do with answers.

    Args:
        ttl: the seconds for which it keeps one; None if that is not said.
        sources: its identity sources, which it keeps answers by.
        closed: it has no routes but those of the policy.

    Raises:
        ConfigurationError: *ttl* is no number of seconds that there can be; *sources* are none, or lack the token
            where answers are kept.
    """

    def __init__(self, ttl: int | None, sources: Collection[str], *, closed: bool) -> None:
        if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= MAX_TTL):
            raise ConfigurationError(f"cache_ttl: must be a number of seconds from 0 to {MAX_TTL}")
        if isinstance(sources, str) or not all(isinstance(each, str) for each in sources):
            raise ConfigurationError('identity_sources: must be a list, such as ["$request.header.Authorization"]')
        for source in sources:
            if not source.startswith(_PREFIXES):
                raise ConfigurationError(f"identity_sources: {source!r} is none of API Gateway's")
        if ttl and sources and not any(source.lower().endswith(_TOKEN) for source in sources):
            raise ConfigurationError(
                "identity_sources: must have the Authorization header, or one token gets the answer to another"
            )
        self.ttl = ttl
        named = {source.removeprefix("$") for source in sources}
        # A key such as `ANY /{proxy+}` or `$default` is of many requests, which the policy may tell apart.
        self._by_request = named >= _REQUEST or (_ROUTE_KEY in named and closed)

    @property
    def off(self) -> bool:
        """Whether each request is asked about."""
        return self.ttl == 0

    @property
    def kept_for_others(self) -> bool:
        """Whether it is said that an answer is given to requests for other routes, too."""
        return bool(self.ttl) and not self._by_request

    def check(self, policy: Policy, gateway: Gateway, *, simple: bool) -> None:
        """
        Look at each api of *policy* that a gateway may ask about, once, before the first request.

        What may be wrong is logged; where it is said that answers are kept, what would be wrong is refused.

        Raises:
            ConfigurationError: a kept answer would be wrong for other requests, or later.
        """
        if self.off:
            return
        problems: list[str] = []
        for api in _apis(policy):
            where = "" if api is None else f"api {api!r}: "
            for wrong, text in self._concerns(gateway, api, simple=simple):
                if wrong and self.ttl:
                    problems.append(f"cache_ttl: {where}{text}")
                else:
                    _LOG.warning("%s%s", where, text)
        if problems:
            raise ConfigurationError(*problems)

    def _concerns(self, gateway: Gateway, api: str | None, *, simple: bool) -> Iterator[tuple[bool, str]]:
        """Give what is to be known, and whether a kept answer would be wrong by it."""
        if simple and not self._by_request and not gateway.is_uniform(api):
            yield True, _SIMPLE
        for advice in gateway.advice(api):
            if not (advice.topic == "inexpressible" and self._by_request):
                yield advice.topic in ("inexpressible", "time"), str(advice)


def _apis(policy: Policy) -> Iterator[str | None]:
    """Give the apis that API Gateway may ask about; those of AppSync it does not."""
    behind: dict[str | None, Iterable[Route]] = {api.name: api.routes for api in policy.apis.values() if api.gateway}
    for name, routes in (behind or {None: policy.routes}).items():
        if not only_appsync(line for route in routes for line in route.match):
            yield name
