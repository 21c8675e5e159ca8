"""The configuration file, such as cogauth.toml: whom to trust, and who may do what."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cogauth._shapes import as_list, as_table
from cogauth.errors import ConfigurationError
from cogauth.files import read_file
from cogauth.issuers import ANY_CLIENT, AnyIssuer, IdentityPool, OIDCIssuer, UserPool
from cogauth.policy import Policy

_SHARED = ("name", "jwks_uri", "jwks", "jwks_seed")

# The key that says of which kind an issuer is, its class, what must stand beside it, and what may.
_KINDS: Final[Mapping[str, tuple[Callable[..., AnyIssuer], tuple[str, ...], tuple[str, ...]]]] = {
    "user_pool": (
        UserPool,
        ("clients",),
        (*_SHARED, "token_use", "audience", "delegation", "regions", "issuer", "acr_levels"),
    ),
    "oidc": (
        OIDCIssuer,
        ("audience",),
        (*_SHARED, "algorithms", "groups_claim", "token_use", "max_lifetime", "acr_levels", "ignore_x5c"),
    ),
    "identity_pool": (IdentityPool, (), (*_SHARED, "issuer")),
}


def load(path: str | os.PathLike[str]) -> tuple[tuple[AnyIssuer, ...], Policy]:
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


def _issuers(spelled: object, folder: Path, problems: list[str]) -> tuple[AnyIssuer, ...]:
    tables = as_list(spelled)
    if tables is None:
        problems.append("issuer: must be a list of tables, as in [[issuer]]")
        return ()
    if not tables:
        problems.append("issuer: none is given; add [[issuer]] with user_pool and clients")
    issuers: list[AnyIssuer] = []
    for place, table in enumerate(tables, 1):
        try:
            issuers.append(_issuer(table, folder))
        except ConfigurationError as error:
            problems.extend(f"issuer[{place}]: {problem}" for problem in error.problems)
    return tuple(issuers)


def _issuer(spelled: object, folder: Path) -> AnyIssuer:
    table = as_table(spelled)
    if table is None:
        raise ConfigurationError("must be a table")
    kinds = [key for key in _KINDS if key in table]
    if len(kinds) != 1:
        raise ConfigurationError(f"must have exactly one of {', '.join(_KINDS)}")
    make, needed, allowed = _KINDS[kinds[0]]
    known = (kinds[0], *needed, *allowed)
    problems = [
        f"unknown key {key!r}; beside {kinds[0]} stand {', '.join(known[1:])}" for key in table if key not in known
    ]
    problems.extend(f"{key} is missing" for key in needed if key not in table)
    if problems:
        raise ConfigurationError.of(problems)
    options: dict[str, Any] = dict(table)
    if options.get("clients") == ANY_CLIENT.value:
        options["clients"] = ANY_CLIENT
    for key in ("jwks", "jwks_seed"):
        # A file beside the configuration is meant relative to it, wherever the process was started.
        if isinstance(options.get(key), str) and not options[key].lstrip().startswith("{"):
            options[key] = folder / options[key]
    return make(options.pop(kinds[0]), **options)
