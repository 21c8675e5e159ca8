"""The configuration file, such as cogauth.toml: whom to trust, and who may do what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cogauth._shapes import as_list, as_table
from cogauth.errors import ConfigurationError
from cogauth.files import read_file
from cogauth.issuers import ANY_CLIENT, UserPool
from cogauth.policy import Policy

_USER_POOL_KEYS = (
    "name",
    "user_pool",
    "clients",
    "token_use",
    "audience",
    "delegation",
    "regions",
    "issuer",
    "jwks_uri",
    "jwks",
    "jwks_seed",
    "acr_levels",
)


def load(path: str | os.PathLike[str]) -> tuple[tuple[UserPool, ...], Policy]:
    """
    Read the issuers and the policy of the file *path*.

    Raises:
        ConfigurationError: the file cannot be read, or all of its mistakes at once, each with the path of its key.
    """
    data = read_file(path)
    problems: list[str] = []
    issuers = _issuers(data.get("issuer", []), Path(path).parent, problems)
    try:
        policy = Policy.from_dict(data)
    except ConfigurationError as error:
        problems.extend(error.problems)
    else:
        if not problems:
            return issuers, policy
    raise ConfigurationError.of(f"{path}: {problem}" for problem in problems)


def _issuers(spelled: object, folder: Path, problems: list[str]) -> tuple[UserPool, ...]:
    tables = as_list(spelled)
    if tables is None:
        problems.append("issuer: must be a list of tables, as in [[issuer]]")
        return ()
    if not tables:
        problems.append("issuer: none is given; add [[issuer]] with user_pool and clients")
    issuers: list[UserPool] = []
    for place, table in enumerate(tables, 1):
        try:
            issuers.append(_user_pool(table, folder))
        except ConfigurationError as error:
            problems.extend(f"issuer[{place}]: {problem}" for problem in error.problems)
    return tuple(issuers)


def _user_pool(spelled: object, folder: Path) -> UserPool:
    table = as_table(spelled)
    if table is None:
        raise ConfigurationError("must be a table")
    known = ", ".join(_USER_POOL_KEYS)
    problems = [f"unknown key {key!r}; an issuer has {known}" for key in table if key not in _USER_POOL_KEYS]
    problems.extend(f"{key} is missing" for key in ("user_pool", "clients") if key not in table)
    if problems:
        raise ConfigurationError.of(problems)
    options: dict[str, Any] = dict(table)
    if options["clients"] == ANY_CLIENT.value:
        options["clients"] = ANY_CLIENT
    for key in ("jwks", "jwks_seed"):
        # A file beside the configuration is meant relative to it, wherever the process was started.
        if isinstance(options.get(key), str) and not options[key].lstrip().startswith("{"):
            options[key] = folder / options[key]
    return UserPool(options.pop("user_pool"), **options)
