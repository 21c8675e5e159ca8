"""The roles of an identity pool in Terraform: the arguments of the resource, or a state or plan as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cogauth._shapes import Table, as_list, as_table
from cogauth.file.mistakes import Mistakes, Place
from cogauth.identity.documents import check_names, made, read_listed_mappings, sure_table_of
from cogauth.identity.matching import Contains
from cogauth.identity.roles import IdentityPoolRoles

TYPE: Final = "aws_cognito_identity_pool_roles_attachment"

# `id` and `region` are what the provider adds to the arguments.
_TOP: Final = ("identity_pool_id", "roles", "role_mapping", "id", "region")
_WORDS: Final = ("identity_pool_id", "roles", "role_mapping")


def of_terraform(data: Mapping[str, Any], contains: Contains) -> IdentityPoolRoles:
    """
    Read the one attachment that *data* is or holds.

    Raises:
        ConfigurationError: all mistakes at once, each with its place.
    """
    mistakes, place = Mistakes(), Place()
    table = sure_table_of(data, place, mistakes)
    shown = as_table(table.get("values", table.get("planned_values")))
    if shown is not None:
        found = list(_attachments(as_table(shown.get("root_module")) or {}))
        if len(found) != 1:
            told = ", ".join(address for address, _ in found) or "none"
            mistakes.tell(place, f"must hold exactly one {TYPE}, and there is {told}; give the values of the one meant")
        mistakes.check()
        address, values = found[0]
        place = Place(label=address)
        table = sure_table_of(values, place, mistakes)
    _tell_of_references(table, place, mistakes)
    # What a reference stands for is not known, so that all else that could be said of it would mislead.
    mistakes.check()
    check_names(table, _TOP, place, mistakes)
    mappings = read_listed_mappings(table.get("role_mapping"), place.at("role_mapping"), mistakes)
    return made(table.get("identity_pool_id"), table.get("roles"), mappings, contains, place, mistakes, words=_WORDS)


def _attachments(module: Table) -> Iterator[tuple[str, object]]:
    for each in as_list(module.get("resources")) or []:
        resource = as_table(each) or {}
        if resource.get("type") == TYPE:
            yield str(resource.get("address", TYPE)), resource.get("values")
    for each in as_list(module.get("child_modules")) or []:
        yield from _attachments(as_table(each) or {})


def _tell_of_references(spelled: object, place: Place, mistakes: Mistakes) -> None:
    items = as_list(spelled)
    if items is not None:
        for number, item in enumerate(items):
            _tell_of_references(item, place.at(number), mistakes)
    elif isinstance(spelled, str):
        if "${" in spelled:
            mistakes.tell(place, "a reference, which only Terraform resolves; give what `terraform show -json` says")
    else:
        for key, each in (as_table(spelled) or {}).items():
            _tell_of_references(each, place.at(key), mistakes)
