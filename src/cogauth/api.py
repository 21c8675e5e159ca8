"""An api: a named set of routes, with the hosts or gateway ids that requests for it come by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from cogauth._frozen import Frozen
from cogauth._shapes import as_list, as_names
from cogauth.errors import ConfigurationError
from cogauth.resource import NOT_ONE, is_resource
from cogauth.routes import Route

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
# RFC 1123 section 2.1: letters, digits and hyphens; the underscore is what many internal names have besides.
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
    r"|\[[0-9a-f:.]{2,45}\]",
    re.ASCII,
)
_PORT = re.compile(r":[0-9]{0,5}\Z", re.ASCII)
# AWS: an id of API Gateway, and a stage's name, of which `$default` is the one with another character.
_GATEWAY = re.compile(r"[A-Za-z0-9-]{1,64}(?:/(?:\$default|[A-Za-z0-9_-]{1,128}))?", re.ASCII)


class Api(Frozen):
    """
    One of several APIs that a policy speaks for. The policy's own routes belong to it as well.

    Args:
        name: what adapters, decisions and logs call it: letters, digits, `_`, `.` and `-`.
        routes: its own; there may be none, and then the policy's are all it has.
        hosts: the host names that it answers to, without port; case does not count. An adapter chooses by host only
            behind a proxy that it is told to trust, for `Host` is the caller's to write.
        gateway: ids of API Gateway with a stage, as in `"a1b2c3d4e5/prod"`; an id alone is every stage of it that no
            api names (AWS: "API Gateway Lambda authorizers", `requestContext.apiId` and `stage`).
        resource: its URL as clients use it (RFC 9728); the policy's if not given.

    Raises:
        ConfigurationError: any of them is not what it should be; all mistakes at once.
    """

    __slots__ = ("gateway", "hosts", "name", "resource", "routes")

    name: str
    routes: tuple[Route, ...]
    hosts: frozenset[str]
    gateway: frozenset[str]
    resource: str | None

    def __init__(
        self,
        name: str,
        routes: Iterable[Route],
        *,
        hosts: Collection[str] = (),
        gateway: Collection[str] = (),
        resource: str | None = None,
    ) -> None:
        problems: list[str] = []
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problems.append("name: must be letters, digits, _, . and -, such as billing")
        given = as_list(routes) if not isinstance(routes, Iterable) else list(routes)
        if given is None or not all(isinstance(route, Route) for route in given):
            problems.append("routes: must be a list of Route")
        answered = [host_name(host) for host in _names("hosts", hosts, problems)]
        if not all(_HOST.fullmatch(host) for host in answered):
            problems.append("hosts: must be host names, such as billing.example.com, without scheme, path or *")
        gateways = _names("gateway", gateway, problems)
        if not all(_GATEWAY.fullmatch(each) for each in gateways):
            problems.append('gateway: must be ids of API Gateway with a stage, such as "a1b2c3d4e5/prod"')
        if resource is not None and not is_resource(resource):
            problems.append(f"resource: {NOT_ONE}")
        if problems:
            raise ConfigurationError.of(problems)
        self._set(
            name=name,
            routes=tuple(given or ()),
            hosts=frozenset(answered),
            gateway=frozenset(gateways),
            resource=resource,
        )

    def without_routes(self) -> Api:
        """Give this api with the policy's routes alone."""
        return Api(self.name, (), hosts=self.hosts, gateway=self.gateway, resource=self.resource)

    def __repr__(self) -> str:
        return f"Api({self.name!r}, {len(self.routes)} routes)"


def host_name(host: str) -> str:
    """Give *host* as it is compared: in small letters, without a port and without the dot that ends a full name."""
    return _PORT.sub("", host).removesuffix(".").lower()


def _names(argument: str, value: object, problems: list[str]) -> list[str]:
    names = as_names(value)
    if names is None:
        problems.append(f"{argument}: must be a list of strings")
    return names or []
