"""Reading: files with policy documents, and the line of everything in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from cogauth._shapes import as_table
from cogauth.cli.exits import Mistakes
from cogauth.file.places import Path as KeyPath, lines_of
from cogauth.file.reader import Document

_MOST: Final = 16 * 1024 * 1024
_MOST_DEEP: Final = 100


def read_documents(file: Path) -> Document:
    """
    Read *file*, JSON or YAML by its name, `-` for JSON on standard input; short functions such as `!Ref` as long ones.

    Raises:
        Mistakes: it cannot be read, is neither, or says one thing twice.
    """
    try:
        with click.open_file(str(file), "rb") as stream:
            octets = stream.read(_MOST + 1)
    except OSError as error:
        raise Mistakes([f"{file}: cannot be read: {error.strerror}"]) from None
    if len(octets) > _MOST:
        raise Mistakes([f"{file}: too large for a template"])
    try:
        text = octets.decode("utf-8")
        if file.suffix in (".yaml", ".yml", ".template"):
            data, lines = _yaml(text)
        else:
            data, lines = json.loads(text, object_pairs_hook=_unique), lines_of(text)
    except UnicodeDecodeError:
        raise Mistakes([f"{file}: is not UTF-8 text"]) from None
    except RecursionError:
        raise Mistakes([f"{file}: nested too deep"]) from None
    except ValueError as error:
        raise Mistakes([f"{file}: cannot be parsed: {' '.join(str(error).split())}"]) from None
    table = as_table(data)
    if table is None:
        raise Mistakes([f"{file}: must be a table at the top"])
    return Document(file, table, text, lines)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _yaml(text: str) -> tuple[object, dict[KeyPath, int]]:
    """Read YAML as CloudFormation does: `2012-10-17` is no date, and tags are functions."""
    try:
        import yaml  # an extra, and slow to import: only who writes YAML has it
    except ImportError:
        raise Mistakes(["YAML needs an extra: pip install 'cogauth[yaml]'"]) from None
    lines: dict[KeyPath, int] = {}
    try:
        # An alias is one node in several places. Followed again and again it could be more than memory holds.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ValueError("aliases are refused; write the value out")
        node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    return (None if node is None else _value(node, (), lines)), lines


def _value(node: Any, path: KeyPath, lines: dict[KeyPath, int]) -> object:
    if len(path) > _MOST_DEEP:
        raise RecursionError
    if path:
        lines.setdefault(path, node.start_mark.line + 1)
    made: object
    if node.id == "mapping":
        pairs: list[tuple[str, Any]] = []
        for key, each in node.value:
            if key.id != "scalar":
                raise ValueError(f"line {key.start_mark.line + 1}: a key must be a string")
            lines[*path, key.value] = key.start_mark.line + 1
            pairs.append((key.value, _value(each, (*path, key.value), lines)))
        made = _unique(pairs)
    elif node.id == "sequence":
        made = [_value(each, (*path, number), lines) for number, each in enumerate(node.value)]
    else:
        made = None if node.tag == "tag:yaml.org,2002:null" else node.value
    return _function(node.tag, made) if node.tag.startswith("!") else made


def _function(tag: str, argument: object) -> Mapping[str, object]:
    name = tag.removeprefix("!")
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": argument}
