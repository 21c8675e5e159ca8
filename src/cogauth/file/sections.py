"""The sections of a policy file: its roles, routes and apis, each made or its mistakes told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from cogauth._shapes import Table, as_list, as_names, as_table
from cogauth.api import Api
from cogauth.errors import ConfigurationError
from cogauth.file.conditions import read_rule
from cogauth.file.hints import meant
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.model import API, ROUTE, Key, names_of
from cogauth.file.reader import read_file
from cogauth.resource import NOT_ONE, is_resource
from cogauth.routes import Route
from cogauth.rules import Rule

_ROUTE_KEYS: Final = names_of(ROUTE)
_API_KEYS: Final = names_of(API)


class Placed(NamedTuple):
    """A route, and where it stands."""

    route: Route
    place: Place


class Group(NamedTuple):
    """The routes of one api; those of all apis where there is none."""

    api: str | None
    routes: list[Placed]


def read_roles(spelled: object, place: Place, mistakes: Mistakes) -> tuple[dict[str, Rule], frozenset[str]]:
    """Make the roles of the table *spelled*, and name those that cannot be made."""
    table = as_table(spelled)
    if table is None:
        mistakes.tell(place, "must be a table of role names")
        return {}, frozenset()
    roles = {name: read_rule(role, place.at(name), mistakes) for name, role in table.items()}
    return (
        {name: rule for name, rule in roles.items() if rule is not None},
        frozenset(name for name, rule in roles.items() if rule is None),
    )


def read_routes(spelled: object, place: Place, mistakes: Mistakes) -> list[Placed]:
    """Make the routes of the list *spelled*."""
    tables = as_list(spelled)
    if tables is None:
        mistakes.tell(place, f"must be a list of tables, as in [[{place.path[-1]}]]")
        return []
    made = [(read_route(table, place.at(number), mistakes), place.at(number)) for number, table in enumerate(tables)]
    return [Placed(route, where) for route, where in made if route is not None]


def read_route(spelled: object, place: Place, mistakes: Mistakes) -> Route | None:
    """Make the route of the table *spelled*, or tell why not."""
    table = as_table(spelled)
    if table is None:
        mistakes.tell(place, "must be a table with match and allow")
        return None
    before = len(mistakes)
    check_keys(table, ROUTE, "a route has", place, mistakes)
    options: dict[str, Any] = {key: table[key] for key in _ROUTE_KEYS if key in table}
    for key in ("allow", "deny"):
        if isinstance(table.get(key), Mapping):
            options[key] = read_rule(table[key], place.at(key), mistakes)
        elif key in table and not isinstance(table[key], str):
            mistakes.tell(
                place, f'{key}: must be an expression of role names, such as "admin | editor", or a condition', key
            )
    match = table.get("match", "")
    if "match" in table and not (isinstance(match, str) and match) and not as_names(match):
        mistakes.tell(place, 'match: must be a list of strings that is not empty, such as ["GET /orders"]', "match")
    if len(mistakes) > before:
        return None
    try:
        return Route(**options)
    except ConfigurationError as error:
        mistakes.tell_all(place, error, "match")
        return None


def read_apis(spelled: object, place: Place, mistakes: Mistakes) -> tuple[list[tuple[Api, Place]], list[Group]]:
    """Make the apis of the list *spelled*, and the groups of their routes, also of those that cannot be made."""
    tables = as_list(spelled)
    if not tables:
        mistakes.tell(place, "must be a list of tables that is not empty, as in [[api]]")
        return [], []
    apis: list[tuple[Api, Place]] = []
    groups: list[Group] = []
    for number, each in enumerate(tables):
        where = place.at(number)
        table = as_table(each)
        if table is None:
            mistakes.tell(where, "must be a table with name and route or include")
            continue
        routes = _routes_of_api(table, where, mistakes)
        api = _api(table, where, [placed.route for placed in routes], mistakes)
        # What belongs to no api that could be made is looked at all the same, under a name that no other has.
        groups.append(Group(api.name if api else str(where), routes))
        if api is not None:
            apis.append((api, where))
    return apis, groups


def check_keys(table: Table, keys: tuple[Key, ...], says: str, place: Place, mistakes: Mistakes) -> None:
    """Tell of each key of *table* that is unknown, and of each that is missing; *says* what stands there."""
    known = names_of(keys)
    for key in table:
        if key not in known:
            mistakes.tell(place, f"unknown key {key!r}; {says} {', '.join(known)}{meant(key, known)}", key)
    for each in keys:
        if each.needed and each.name not in table:
            mistakes.tell(place, f"{each.name} is missing: {each.means}")


def _api(table: Table, place: Place, routes: Iterable[Route], mistakes: Mistakes) -> Api | None:
    before = len(mistakes)
    check_keys(table, API, "an api has", place, mistakes)
    for key in ("hosts", "gateway", "include"):
        if key in table and not as_names(table[key]):
            mistakes.tell(place, f"{key}: must be a list of strings that is not empty", key)
    if "resource" in table and not is_resource(table["resource"]):
        mistakes.tell(place, f"resource: {NOT_ONE}", "resource")
    if len(mistakes) > before:
        return None
    options: dict[str, Any] = {key: table[key] for key in ("hosts", "gateway", "resource") if key in table}
    try:
        return Api(table["name"], routes, **options)
    except ConfigurationError as error:
        for problem in error.problems:
            mistakes.tell(place, problem, problem.partition(":")[0])
        return None


def _routes_of_api(table: Table, place: Place, mistakes: Mistakes) -> list[Placed]:
    routes = read_routes(table["route"], place.at("route"), mistakes) if "route" in table else []
    names = as_names(table.get("include", ())) or []
    for number, name in enumerate(names):
        if name in names[:number]:
            mistakes.tell(place, f"include: {name!r} stands twice", "include")
        else:
            routes += _included(name, place.at("include", number), mistakes)
    return routes


def _included(name: str, place: Place, mistakes: Mistakes) -> list[Placed]:
    """Read the routes of the file *name*, which lies beside or below the one that includes it."""
    if place.document is None:
        mistakes.tell(place, "only a file can include files; give the routes as `route`")
        return []
    from pathlib import PurePosixPath  # as in `cogauth.file.reader`

    path = PurePosixPath(name)
    # What an included file may hold is checked, but which file it is only the includer's author knows: it is looked
    # for where he can see it, and never where a name made by somebody else could lead.
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name.isprintable():
        mistakes.tell(place, "must be the name of a file beside or below this one, without .. and with / alone")
        return []
    try:
        document = read_file(place.document.file.parent / path)
    except ConfigurationError as error:
        mistakes.tell_all(place, error)
        return []
    root = Place(document=document)
    for key in document.table:
        if key != "route":
            mistakes.tell(root, f"unknown key {key!r}; an included file has route, and nothing else", key)
    routes = document.table.get("route", [])
    if not routes:
        mistakes.tell(root, "holds no [[route]]")
        return []
    return read_routes(routes, root.at("route"), mistakes)
