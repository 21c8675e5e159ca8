"""
YAML, read strictly: what no two parsers read differently, and nothing else.

Parsers of YAML 1.1 and 1.2 disagree about `no`, `0777`, `1_000` and a dozen other spellings; which of them a file was
written for is not in the file. So a plain scalar counts only if both read the same in it. Anchors, aliases, merge keys
and tags are refused: a policy is a table that people read, and an alias of aliases fills the memory.

PyYAML is the parser, because it is kept well, many have it already, and its events leave nothing to undo: no value is
made before it is looked at here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from cogauth.errors import ConfigurationError
from cogauth.file.places import Path

_MAX_DEPTH = 200

# YAML 1.2.2 section 10.3.2, the core schema; and of each the one spelling that YAML 1.1 and JSON share.
_CORE: Final[Mapping[str, re.Pattern[str]]] = {
    "null": re.compile(r"null|Null|NULL|~|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
}
_SHARED: Final[Mapping[str, re.Pattern[str]]] = {
    "null": _CORE["null"],
    "bool": re.compile(r"true|false"),
    "int": re.compile(r"-?(?:0|[1-9][0-9]{0,17})"),
    "float": re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
}


class Parsed(NamedTuple):
    """What a text says, and the line of each key and item, from 1."""

    data: Any
    lines: dict[Path, int]


class _Open:
    """A table or list that is being read."""

    def __init__(self, path: Path, made: dict[str, Any] | list[Any]) -> None:
        self.path = path
        self.made = made
        self.key: str | None = None

    def take(self, value: object) -> None:
        if isinstance(self.made, list):
            self.made.append(value)
        else:
            self.made[self.key or ""] = value
            self.key = None

    @property
    def next_path(self) -> Path:
        return (*self.path, len(self.made) if isinstance(self.made, list) else self.key or "")


def parse_yaml(text: str, *, in_c: bool = True, library: str = "yaml") -> Parsed:
    """
    Read the one document in *text*.

    Args:
        text: YAML.
        in_c: parse in C where PyYAML was built with it, which is ten times faster.
        library: what PyYAML is imported as; it is an extra and slow to import, so that only who writes YAML has it.

    Raises:
        ConfigurationError: PyYAML is not installed; or the text is no YAML, repeats a key, or holds what parsers read
            differently; with the line.
    """
    try:
        yaml: Any = importlib.import_module(library)
    except ImportError:
        raise ConfigurationError("YAML needs an extra: pip install 'cogauth[yaml]'") from None
    loader: Any = yaml.CSafeLoader if in_c and yaml.__with_libyaml__ else yaml.SafeLoader
    resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
    try:
        return _built(yaml.parse(text, Loader=loader), resolvers)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (at line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ConfigurationError(f"{error.problem}{where}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"not YAML: {str(error).splitlines()[0]}") from None


def _built(  # noqa: C901  one branch for each kind of event
    events: Iterator[Any], resolvers: Mapping[str | None, list[tuple[str, re.Pattern[str]]]]
) -> Parsed:
    lines: dict[Path, int] = {}
    top = _Open((), [])
    stack = [top]
    for event in events:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise ConfigurationError(f"line {line}: anchors and aliases are refused; write the value out")
        if isinstance(getattr(event, "tag", None), str):
            raise ConfigurationError(f"line {line}: tags are refused; write a plain or a quoted value")
        if kind == "DocumentStartEvent" and top.made:
            raise ConfigurationError(f"line {line}: a second document; a file holds one")
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()
            stack[-1].take(done.made)
        elif kind in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent"):
            here = stack[-1]
            if isinstance(here.made, dict) and here.key is None:
                here.key = _key(event, here.made, resolvers, line)
                lines[here.next_path] = line
                continue
            path = here.next_path if here is not top else ()
            if path:
                lines.setdefault(path, line)
            if kind == "ScalarEvent":
                here.take(_scalar(event, resolvers, line))
                continue
            if len(stack) > _MAX_DEPTH:
                raise ConfigurationError(f"line {line}: nested too deep")
            stack.append(_Open(path, {} if kind == "MappingStartEvent" else []))
    return Parsed(top.made[0] if isinstance(top.made, list) and top.made else None, lines)


def _key(
    event: Any, made: dict[str, Any], resolvers: Mapping[str | None, list[tuple[str, re.Pattern[str]]]], line: int
) -> str:
    key = _scalar(event, resolvers, line) if type(event).__name__ == "ScalarEvent" else None
    if not isinstance(key, str):
        raise ConfigurationError(f"line {line}: a key must be a string")
    if key in made:
        raise ConfigurationError(f"line {line}: the key {key!r} stands twice")
    return key


def _scalar(event: Any, resolvers: Mapping[str | None, list[tuple[str, re.Pattern[str]]]], line: int) -> object:
    text: str = event.value
    if not event.implicit[0]:
        return text
    old = next((tag.rpartition(":")[2] for tag, form in resolvers.get(text[:1], []) if form.match(text)), "str")
    new = next((name for name, form in _CORE.items() if form.fullmatch(text)), "str")
    if old == new == "str":
        return text
    if old != new or not _SHARED[new].fullmatch(text):
        raise ConfigurationError(
            f"line {line}: {text!r} is read in different ways by different parsers; "
            "quote it if it is a string, and write true, false or a plain decimal number if it is not"
        )
    match new:
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
        case _:
            return None
