"""A draft: what somebody wrote down for a policy, piece by piece and each with its place, before it is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar, cast

from cogauth._shapes import Table
from cogauth.api import Api
from cogauth.file.canon import VERSION
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.model import TOP
from cogauth.file.sections import Group, Placed, check_keys, read_apis, read_roles, read_routes
from cogauth.resource import NOT_ONE, is_resource
from cogauth.routes import Route
from cogauth.rules import Rule

T = TypeVar("T")


class Draft(NamedTuple):
    """The pieces of a policy that could be made."""

    roles: Mapping[str, Rule | str]
    role_places: Place
    """Where the roles stand."""
    broken: frozenset[str]
    """Names of roles that could not be made."""
    groups: list[Group]
    """All routes: those of every api first, then those of each."""
    apis: list[tuple[Api, Place]]
    cors_preflight: bool
    resource: str | None

    @classmethod
    def of_objects(
        cls,
        roles: object,
        routes: object,
        apis: object,
        mistakes: Mistakes,
        *,
        cors_preflight: bool,
        resource: str | None,
    ) -> Draft:
        """Take what Python code hands over, once it is known to be what it should."""
        if roles is not None and not isinstance(roles, Mapping):
            mistakes.tell(Place(("roles",)), "must be a mapping of names to rules")
            roles = None
        if not isinstance(cors_preflight, bool):
            mistakes.tell(Place(("cors_preflight",)), "must be True or False")
        if resource is not None and not is_resource(resource):
            mistakes.tell(Place(("resource",)), NOT_ONE)
        top = [
            Placed(route, Place(label="route", line=route.match[0]))
            for route in _each(Route, routes, "routes", mistakes)
        ]
        sets = [(api, Place(label=f"api {api.name!r}")) for api in _each(Api, apis, "apis", mistakes)]
        return cls(
            roles=cast("Mapping[str, Rule | str]", roles or {}),
            role_places=Place(("roles",)),
            broken=frozenset(),
            groups=[Group(None, top), *(Group(api.name, _placed(api)) for api, _ in sets)],
            apis=sets,
            cors_preflight=cors_preflight,
            resource=resource,
        )

    @classmethod
    def of_table(cls, table: Table, root: Place, mistakes: Mistakes) -> Draft:
        """Take what the table *table* says, which stands at *root*; its issuers are left to others."""
        check_keys(table, TOP, "at the top stand", root, mistakes)
        # 1.0 and true equal 1, and are not what was meant.
        if "version" in table and (type(table["version"]) is not int or table["version"] != VERSION):
            mistakes.tell(root, f"version: must be {VERSION}", "version")
        preflight = table.get("cors_preflight", False)
        if not isinstance(preflight, bool):
            mistakes.tell(root, "cors_preflight: must be true or false", "cors_preflight")
        resource = table.get("resource")
        if "resource" in table and not is_resource(resource):
            mistakes.tell(root, f"resource: {NOT_ONE}", "resource")
        roles, broken = read_roles(table.get("roles", {}), root.at("roles"), mistakes)
        top = read_routes(table.get("route", []), root.at("route"), mistakes)
        apis, groups = read_apis(table["api"], root.at("api"), mistakes) if "api" in table else ([], [])
        return cls(
            roles=roles,
            role_places=root.at("roles"),
            broken=broken,
            groups=[Group(None, top), *groups],
            apis=apis,
            cors_preflight=preflight is True,
            resource=resource,
        )

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes of every api."""
        return tuple(placed.route for placed in self.groups[0].routes)

    def by_name(self, mistakes: Mistakes) -> dict[str, Api]:
        """Give the apis by name, which no two may share."""
        named: dict[str, Api] = {}
        for api, place in self.apis:
            if api.name in named:
                mistakes.tell(place, f"name: another api is called {api.name!r}", "name")
            named.setdefault(api.name, api)
        return named

    def by_address(self, kind: Literal["hosts", "gateway"], mistakes: Mistakes) -> dict[str, str]:
        """Give the name of the api of each host or gateway id, which no two may share."""
        owners: dict[str, str] = {}
        for api, place in self.apis:
            for address in sorted(api.hosts if kind == "hosts" else api.gateway):
                if address in owners:
                    mistakes.tell(place, f"{kind}: {address!r} belongs to api {owners[address]!r} already", kind)
                owners.setdefault(address, api.name)
        return owners


def _each(kind: type[T], given: object, argument: str, mistakes: Mistakes) -> list[T]:
    """Give those of *given* that are of *kind*, and tell of others."""
    items: list[object] | None = list(cast("Iterable[object]", given)) if isinstance(given, Iterable) else None
    if items is None or isinstance(given, str | bytes | Mapping):
        mistakes.tell(Place((argument,)), f"must be a list of {kind.__name__}")
        return []
    for number, item in enumerate(items):
        if not isinstance(item, kind):
            mistakes.tell(Place((argument, number)), f"must be of the class {kind.__name__}")
    return [item for item in items if isinstance(item, kind)]


def _placed(api: Api) -> list[Placed]:
    return [Placed(route, Place(label=f"api {api.name!r}: route", line=route.match[0])) for route in api.routes]
