"""The section `[[identity_pool_roles]]` of a configuration file."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

from cogauth._shapes import Table, as_list
from cogauth.errors import ConfigurationError
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.model import Key
from cogauth.file.pool_model import PRINCIPAL_TAGS, ROLE_MAPPING, ROLES
from cogauth.file.reader import read_file
from cogauth.file.sections import check_keys
from cogauth.identity.documents import attempt, list_of, read_listed_mappings, table_of
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.identity.tags import PrincipalTags

KEY: Final = "identity_pool_roles"


def of_file(path: str | os.PathLike[str], identity_pool_id: str | None) -> IdentityPoolRoles:
    """
    Read the one section of the file *path*, or that of *identity_pool_id*.

    Raises:
        ConfigurationError: the file cannot be read, all mistakes of the sections at once, or none or several fit.
    """
    document, mistakes = read_file(path), Mistakes()
    pools = read_sections(document.table, Place(document=document), mistakes) if KEY in document.table else []
    mistakes.check()
    fitting = [pool for pool in pools if identity_pool_id in (None, pool.identity_pool_id)]
    if len(fitting) != 1:
        told = ", ".join(pool.identity_pool_id for pool in pools) or "none"
        raise ConfigurationError(f"{document.file}: [[{KEY}]] of one identity pool is wanted, and there is {told}")
    return fitting[0]


def read_sections(table: Table, root: Place, mistakes: Mistakes) -> list[IdentityPoolRoles]:
    """Make the roles of every identity pool that the file's *table* speaks of, or tell why not."""
    place = root.at(KEY)
    tables = as_list(table.get(KEY, []))
    if not tables:
        mistakes.tell(place, f"must be a list of tables that is not empty, as in [[{KEY}]]")
        return []
    pools: list[IdentityPoolRoles] = []
    for number, each in enumerate(tables):
        pool = _pool(each, place.at(number), mistakes)
        if pool is None:
            continue
        if any(other.identity_pool_id == pool.identity_pool_id for other in pools):
            mistakes.tell(place.at(number), "the same identity pool twice", "identity_pool")
        pools.append(pool)
    return pools


def _pool(spelled: object, place: Place, mistakes: Mistakes) -> IdentityPoolRoles | None:
    table = table_of(spelled, place, mistakes)
    if table is None:
        return None
    before = len(mistakes)
    _check(table, ROLES, "the roles of an identity pool have", place, mistakes)
    where = place.at("role_mapping")
    for number, each in enumerate(list_of(table.get("role_mapping"), where, mistakes)):
        mapping = table_of(each, where.at(number), mistakes)
        if mapping is not None:
            _check(mapping, ROLE_MAPPING, "a mapping has", where.at(number), mistakes)
    told = len(mistakes)
    mappings = {} if told > before else read_listed_mappings(table.get("role_mapping"), where, mistakes)
    tags = _tags(table, place.at("principal_tags"), mistakes)
    options: dict[str, Any] = {
        key: table[key] for key in ("authenticated", "unauthenticated", "contains") if key in table
    }
    pool: IdentityPoolRoles | None = attempt(
        lambda: IdentityPoolRoles(table.get("identity_pool", ""), mappings=mappings, tags=tags, **options),
        {"identity_pool_id": "identity_pool", "mappings": "role_mapping", "tags": "principal_tags"},
        place,
        mistakes,
    )
    return None if len(mistakes) > before else pool


def _tags(table: Table, place: Place, mistakes: Mistakes) -> list[PrincipalTags]:
    made: list[PrincipalTags] = []
    for number, each in enumerate(list_of(table.get("principal_tags"), place, mistakes)):
        where, before = place.at(number), len(mistakes)
        spelled = table_of(each, where, mistakes)
        if spelled is None:
            continue
        _check(spelled, PRINCIPAL_TAGS, "principal tags have", where, mistakes)
        if len(mistakes) > before:
            continue
        provider, claims = spelled.get("identity_provider", ""), spelled.get("tags")
        make = partial(PrincipalTags, provider, claims, use_defaults=spelled.get("use_defaults", False))
        tags: PrincipalTags | None = attempt(make, {"provider": "identity_provider"}, where, mistakes)
        if tags is not None:
            made.append(tags)
    return made


def _check(table: Table, keys: tuple[Key, ...], says: str, place: Place, mistakes: Mistakes) -> None:
    check_keys(table, keys, says, place, mistakes)
    for key, value in table.items():
        # To Python None is "not given"; in a file whoever writes null means something, and it is not that.
        if value is None:
            mistakes.tell(place, f"{key}: must not be null; leave it out", key)
