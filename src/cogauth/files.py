"""Policy and configuration files, read strictly: TOML, or JSON without duplicate members."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from cogauth._shapes import Table, as_table
from cogauth.errors import ConfigurationError

_MAX_FILE = 16 * 1024 * 1024


def read_file(path: str | os.PathLike[str]) -> Table:
    """
    Read *path* as what its name says, `.toml` or `.json`.

    Raises:
        ConfigurationError: it cannot be read, is not of its kind, or repeats a member.
    """
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
        match file.suffix:
            case ".toml":
                data = tomllib.loads(text)
            case ".json":
                data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
            case _:
                raise ConfigurationError(f"{file}: the name must end in .toml or .json")
    except RecursionError:
        raise ConfigurationError(f"{file}: nested too deep") from None
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    table = as_table(data)
    if table is None:
        raise ConfigurationError(f"{file}: must be a table at the top")
    return table


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
