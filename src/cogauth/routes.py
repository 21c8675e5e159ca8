"""Routes: method and path template to what is asked of the caller, and the table that finds the most specific one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from cogauth._frozen import Frozen
from cogauth._shapes import as_names
from cogauth.errors import ConfigurationError
from cogauth.paths import canonical, is_odd
from cogauth.rules import Rule

Mode: TypeAlias = Literal["enforce", "shadow"]
T = TypeVar("T")  # what a line leads to: anything that is true

Key: TypeAlias = "str | tuple[str, str]"
"""A method; with the api before it where a line is of one api only."""

ANY: Final = "ANY"

_METHOD = re.compile(r"[A-Z][A-Z-]*", re.ASCII)
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-]+)*/?(?<=.)", re.ASCII)
_BRACES = re.compile(r"[{}*]")
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(\*?)\}", re.ASCII)


class Route(Frozen):
    """
    Who may use one or more methods and paths.

    Args:
        match: such as `"GET /orders/{id}"`, or several of them. `ANY` is every method; `{x}` is one segment, a last
            `{rest*}` is one or more. Case counts; a slash at the end does not; HEAD follows GET.
        allow: a rule, or the names of roles with `&`, `|`, `!` and brackets; alone, `"public"` or `"authenticated"`.
        deny: likewise; whoever meets it is refused whatever *allow* says.
        mode: `"shadow"` never decides and only tells, in `Decision.shadow`, what it would have said.
        cors_preflight: let CORS preflight requests pass (OPTIONS with `Origin` and `Access-Control-Request-Method`).
        encoded_slash: accept `%2F` within a segment of the path as it was sent.

    Raises:
        ConfigurationError: a template, method or mode that is none.
    """

    __slots__ = ("allow", "cors_preflight", "deny", "encoded_slash", "match", "mode")

    match: tuple[str, ...]
    allow: Rule | str
    deny: Rule | str | None
    mode: Mode
    cors_preflight: bool
    encoded_slash: bool

    def __init__(
        self,
        match: str | Iterable[str],
        allow: Rule | str,
        *,
        deny: Rule | str | None = None,
        mode: Mode = "enforce",
        cors_preflight: bool = False,
        encoded_slash: bool = False,
    ) -> None:
        lines = tuple(as_names([match] if isinstance(match, str) else match) or ())
        if not lines:
            raise ConfigurationError(
                'route: match must name a method and path, such as "GET /orders", or a list of them'
            )
        problems: list[str] = []
        for line in lines:
            try:
                parse(line)
            except ConfigurationError as error:
                problems.extend(error.problems)
        if not isinstance(allow, Rule | str) or not isinstance(deny, Rule | str | None):
            problems.append(f"route {lines[0]!r}: allow and deny take a rule or an expression of role names")
        if mode not in ("enforce", "shadow"):
            problems.append(f'route {lines[0]!r}: mode must be "enforce" or "shadow"')
        for key, flag in (("cors_preflight", cors_preflight), ("encoded_slash", encoded_slash)):
            if not isinstance(flag, bool):
                problems.append(f"route {lines[0]!r}: {key} must be true or false")
        if problems:
            raise ConfigurationError.of(problems)
        self._set(
            match=lines,
            allow=allow,
            deny=deny,
            mode=mode,
            cors_preflight=cors_preflight,
            encoded_slash=encoded_slash,
        )

    def __repr__(self) -> str:
        return f"Route({list(self.match)})"


def parse(line: str) -> tuple[str, tuple[str, ...]]:
    """
    Split `"GET /orders/{id}"` into the method and the template's segments, parameters reduced to their kind.

    Raises:
        ConfigurationError: it is not a method and a template.
    """
    method, space, template = line.partition(" ") if isinstance(line, str) else ("", "", "")
    if not space or not _METHOD.fullmatch(method):
        raise ConfigurationError(f"route {line!r}: must be a method in capitals (or ANY), a space and a path")
    if method == "HEAD":
        raise ConfigurationError(f"route {line!r}: HEAD follows GET and has no routes of its own")
    if _PLAIN.fullmatch(template):
        # As most are, and nothing but names and slashes: there is nothing to look at one by one.
        return method, tuple(canonical(template).split("/")[1:]) if template != "/" else ()
    if is_odd(_BRACES.sub("x", template)) or "?" in template or " " in template or "#" in template:
        raise ConfigurationError(f"route {line!r}: must be a plain path, such as /orders/{{id}}")
    segments = canonical(template).split("/")[1:] if template != "/" else []
    shape: list[str] = []
    names: set[str] = set()
    for place, segment in enumerate(segments, 1):
        parameter = _PARAMETER.fullmatch(segment)
        if parameter is None:
            if set(segment) & set("{}*"):
                raise ConfigurationError(f"route {line!r}: {segment!r} is neither a name nor {{x}} nor {{rest*}}")
            shape.append(segment)
            continue
        name, star = parameter.groups()
        if name in names:
            raise ConfigurationError(f"route {line!r}: the parameter {name!r} stands twice")
        if star and place != len(segments):
            raise ConfigurationError(f"route {line!r}: {segment} can only be the last segment")
        names.add(name)
        shape.append("{*}" if star else "{}")
    return method, tuple(shape)


class _Node(Generic[T]):
    """A place in the tree of segments."""

    __slots__ = ("ends", "literals", "parameter", "rest")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.rest: dict[Key, T] = {}
        self.ends: dict[Key, T] = {}


class RouteTable(Generic[T]):
    """
    Finds the most specific route, whatever the order in which routes were added.

    Segments are compared left to right, a literal before `{x}` before `{rest*}`; of equal paths a named method comes
    before ANY.
    """

    __slots__ = ("_literal", "_root")

    def __init__(self) -> None:
        self._literal: dict[str, dict[Key, T]] = {}
        self._root: _Node[T] = _Node()

    def add(self, line: str, target: T, api: str | None = None) -> None:
        """
        Lead requests that match *line* to *target*: those for *api*, or for any.

        Raises:
            ConfigurationError: another line for the same requests has this method and this shape.
        """
        method, shape = parse(line)
        place = self._place(shape)
        key = method if api is None else (api, method)
        # What is for any api is for each of them, so that two such lines would be equals in that one.
        if key in place or (method in place if api is not None else _in_some_api(method, place)):
            raise ConfigurationError("another route has this method and this shape")
        place[key] = target

    def _place(self, shape: tuple[str, ...]) -> dict[Key, T]:
        if not set(shape) & {"{}", "{*}"}:
            return self._literal.setdefault("/" + "/".join(shape), {})
        node = self._root
        for segment in shape:
            if segment == "{*}":
                return node.rest
            if segment == "{}":
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        return node.ends

    def find(self, method: str, path: str, api: str | None = None) -> T | None:
        """Give the target of the most specific line that matches, for a path that is not odd, or None."""
        if method == "HEAD":
            method = "GET"
        elif not method.isupper():
            # Methods are case-sensitive (RFC 9110 section 9.1), but Django and Werkzeug take `post` for POST: by way of
            # ANY it would get past what POST's own line asks.
            return None
        path = canonical(path)
        ends = self._literal.get(path)
        if ends is not None:
            target = _end(ends, method, api)
            if target is not None:
                return target
        return _search(self._root, path.split("/")[1:] if path != "/" else [], 0, method, api)

    def hidden(self, line: str, api: str | None = None) -> bool:
        """
        Tell whether *line* can never decide, because lines that are more specific take each of its requests.

        That happens in one way: beside `/a/{rest*}` stand `/a/{x}`, which takes paths of one segment more, and
        `/a/{x}/{rest*}`, which takes the longer ones, or lines that take those in the same way.
        """
        method, shape = parse(line)
        if shape[-1:] != ("{*}",):
            return False
        keys: tuple[Key, ...] = (method, ANY) if api is None else (method, (api, method), ANY, (api, ANY))
        node: _Node[T] | None = self._root
        for segment in shape[:-1]:
            node = None if node is None else node.parameter if segment == "{}" else node.literals.get(segment)
        while node is not None and node.parameter is not None and any(key in node.parameter.ends for key in keys):
            node = node.parameter
            if any(key in node.rest for key in keys):
                return True
        return False


def _in_some_api(method: str, place: dict[Key, T]) -> bool:
    return any(isinstance(key, tuple) and key[1] == method for key in place)


def _search(node: _Node[T], segments: list[str], place: int, method: str, api: str | None) -> T | None:
    if place == len(segments):
        return _end(node.ends, method, api)
    child = node.literals.get(segments[place])
    if child is not None:
        target = _search(child, segments, place + 1, method, api)
        if target is not None:
            return target
    if node.parameter is not None:
        target = _search(node.parameter, segments, place + 1, method, api)
        if target is not None:
            return target
    return _end(node.rest, method, api) if node.rest else None


def _end(ends: dict[Key, T], method: str, api: str | None) -> T | None:
    if api is None:
        return ends.get(method) or ends.get(ANY)
    return ends.get(method) or ends.get((api, method)) or ends.get(ANY) or ends.get((api, ANY))
