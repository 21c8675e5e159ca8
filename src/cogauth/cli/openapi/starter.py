"""The starter of a description: a route for each operation, closed until somebody has looked at it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from cogauth import ConfigurationError, Scope
from cogauth.cli.escapes import printable
from cogauth.cli.openapi.operations import Operation
from cogauth.expression import RESERVED
from cogauth.review.overlap import Pattern
from cogauth.routes import RouteTable

TODO: Final = "todo"
"""The role that nobody can have."""

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
_WIDTH: Final = 120

_ROLES: Final = """\
# ---- Roles: rules with a name ----------------------------------------------------------------------------------------

[roles]
# Nobody can have this role: what allows it is closed. Put your own in its place, route by route.
%(todo)s = { all = [{ machine = true }, { machine = false }] }
# admin = { groups = ["admins"] }
%(scopes)s"""

_ROUTES: Final = """

# ---- Routes: who may use what. The most specific one decides, wherever it stands -------------------------------------
"""


def starter_of(operations: Iterable[Operation]) -> str:
    """
    Write the roles and routes of *operations*, by tag.

    An operation that asks for scopes gets a rule on them. All others are allowed to a role that nobody has, with what
    the description says of them beside it.
    """
    every = list(operations)
    scopes = dict.fromkeys(
        scope for operation in every for some in operation.security or () for scope in sorted(some) if _is_scope(scope)
    )
    names = _names(scopes)
    spelled = "".join(f"{name} = {{ scopes = [{json.dumps(scope)}] }}\n" for scope, name in names.items())
    text = _ROLES % {"todo": TODO, "scopes": spelled} + _ROUTES
    said: set[Pattern] = set()
    table = _table(every)
    for tag, tagged in _by_tag(every).items():
        text += "\n" + _ruled(tag or "without a tag") + "\n"
        for operation in tagged:
            text += "\n" + "".join(f"{line}\n" for line in _route(operation, names, said, table))
    return text


def _table(operations: Iterable[Operation]) -> RouteTable[str]:
    table: RouteTable[str] = RouteTable()
    for operation in operations:
        # What no route can say, or one says already, is told of where it would stand.
        with suppress(ConfigurationError):
            table.add(operation.line, operation.line)
    return table


def _route(operation: Operation, names: Mapping[str, str], said: set[Pattern], table: RouteTable[str]) -> Iterator[str]:
    title = f"{operation} {operation.name}".rstrip()
    try:
        line = operation.line
    except ConfigurationError:
        yield f"# {printable(title)}: left out: no route can say this path"
        return
    pattern = Pattern.of(line)
    if pattern in said:
        yield f"# {printable(title)}: left out: a route above has these requests"
        return
    if table.hidden(line):
        yield f"# {printable(title)}: left out: more specific routes have all of its requests"
        return
    said.add(pattern)
    allow = " | ".join(_all_of(some, names) for some in operation.security or () if all(map(_is_scope, some)))
    if operation.name:
        yield f"# {printable(operation.name)}"
    if operation.public:
        yield '# The description asks for no security here. If that is meant: allow = "public"'
    elif not allow:
        yield "# The description asks for no scope here."
    if operation.method == "OPTIONS":
        yield "# If this is for CORS, leave it out and set cors_preflight = true."
    yield "[[route]]"
    yield f"match = {json.dumps(line)}"
    yield f"allow = {json.dumps(allow or TODO)}"


def _all_of(scopes: frozenset[str], names: Mapping[str, str]) -> str:
    return " & ".join(sorted(names[scope] for scope in scopes))


def _names(scopes: Iterable[str]) -> dict[str, str]:
    """Give each scope the name of a role that can stand bare in TOML, and none that is taken."""
    names: dict[str, str] = {}
    taken = {TODO, *RESERVED}
    for scope in scopes:
        name = _NOT_IN_A_NAME.sub("_", scope)
        name = name if name[0].isalpha() or name[0] == "_" else f"_{name}"
        while name in taken:
            name += "_"
        taken.add(name)
        names[scope] = name
    return names


def _by_tag(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    tagged: dict[str, list[Operation]] = {}
    for operation in operations:
        tagged.setdefault(operation.tag, []).append(operation)
    return tagged


def _is_scope(scope: str) -> bool:
    try:
        Scope(scope)
    except ConfigurationError:
        return False
    return True


def _ruled(title: str) -> str:
    return f"# ---- {printable(title)} ".ljust(_WIDTH, "-")
