"""
Policy and configuration files, read strictly: TOML, JSON or YAML, none of which may repeat a key.

What reads them is imported when a file is read: parsers would be a good part of what importing cogauth costs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from cogauth._shapes import Table, as_table
from cogauth.errors import ConfigurationError
from cogauth.file.places import Path as KeyPath, lines_of

if TYPE_CHECKING:
    from pathlib import Path

_MAX_FILE = 16 * 1024 * 1024


class Document:
    """What a file says, and where."""

    __slots__ = ("_lines", "_text", "file", "table")

    file: Path
    table: Table

    def __init__(self, file: Path, table: Table, text: str, lines: dict[KeyPath, int] | None) -> None:
        self.file = file
        self.table = table
        self._text = text
        self._lines = lines

    def line_of(self, path: KeyPath) -> int | None:
        """Give the line, from 1, of the key or item at *path*, or of what is next above it; None if none is known."""
        if self._lines is None:
            self._lines = lines_of(self._text)
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines[path] if path else None


def read_file(path: str | os.PathLike[str]) -> Document:
    """
    Read *path* as what its name says: `.toml`, `.json`, `.yaml` or `.yml`.

    Raises:
        ConfigurationError: it cannot be read, is not of its kind, or repeats a key.
    """
    from pathlib import Path

    file = Path(path)
    try:
        if file.stat().st_size > _MAX_FILE:
            raise ConfigurationError(f"{file}: too large for a configuration file")
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is not UTF-8 text") from None
    try:
        data, lines = _parsed(file.suffix, text)
    except RecursionError:
        raise ConfigurationError(f"{file}: nested too deep") from None
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    table = as_table(data)
    if table is None:
        raise ConfigurationError(f"{file}: must be a table at the top")
    return Document(file, table, text, lines)


def _parsed(suffix: str, text: str) -> tuple[Any, dict[KeyPath, int] | None]:
    match suffix:
        case ".toml":
            import tomllib

            return tomllib.loads(text), None
        case ".json":
            import json

            return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number), None
        case ".yaml" | ".yml":
            if text.startswith("\ufeff"):
                raise ValueError("begins with a byte order mark")
            from cogauth.file.yaml_text import parse_yaml

            return parse_yaml(text)
        case _:
            raise ValueError("the name must end in .toml, .json, .yaml or .yml")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"a member stands twice: {twice!r}")
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
