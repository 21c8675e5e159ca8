"""The roles of an identity pool in a CloudFormation template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cogauth._shapes import as_list, as_table
from cogauth.file.mistakes import Mistakes, Place
from cogauth.identity.documents import check_names, made, read_mappings, sure_table_of
from cogauth.identity.matching import Contains
from cogauth.identity.roles import IdentityPoolRoles

TYPE: Final = "AWS::Cognito::IdentityPoolRoleAttachment"

_TOP: Final = ("IdentityPoolId", "Roles", "RoleMappings")
_PLACEHOLDER: Final = re.compile(r"\$\{([^!{}]+)\}")


def of_cloudformation(data: Mapping[str, Any], values: Mapping[str, str], contains: Contains) -> IdentityPoolRoles:
    """
    Read the one attachment that *data* is or holds, its functions resolved by *values*.

    Raises:
        ConfigurationError: all mistakes at once, each with its place.
    """
    mistakes = Mistakes()
    properties, place = _properties(data, mistakes)
    # What a function stands for is not known, so that all else that could be said of it would mislead.
    table = sure_table_of(_resolved(properties, values, place, mistakes), place, mistakes)
    check_names(table, _TOP, place, mistakes)
    mappings = read_mappings(table.get("RoleMappings"), place.at("RoleMappings"), mistakes, named="IdentityProvider")
    return made(table.get("IdentityPoolId"), table.get("Roles"), mappings, contains, place, mistakes)


def _properties(data: object, mistakes: Mistakes) -> tuple[object, Place]:
    table = sure_table_of(data, Place(), mistakes)
    if "Resources" not in table:
        if table.get("Type") != TYPE:
            mistakes.tell(Place(), f"must be a template with Resources, or a resource of the Type {TYPE}")
            mistakes.check()
        return table.get("Properties", {}), Place(("Properties",))
    resources = sure_table_of(table["Resources"], Place(("Resources",)), mistakes)
    found = {
        name: resource
        for name, each in resources.items()
        if (resource := as_table(each)) is not None and resource.get("Type") == TYPE
    }
    if len(found) != 1:
        told = ", ".join(found) or "none"
        mistakes.tell(Place(("Resources",)), f"must hold exactly one {TYPE}, and there is {told}; give the one meant")
        mistakes.check()
    ((name, resource),) = found.items()
    return resource.get("Properties", {}), Place(("Resources", name, "Properties"))


def _resolved(spelled: object, values: Mapping[str, str], place: Place, mistakes: Mistakes) -> object:
    """Give *spelled* with its functions replaced by what they stand for."""
    items = as_list(spelled)
    if items is not None:
        return [_resolved(item, values, place.at(number), mistakes) for number, item in enumerate(items)]
    table = as_table(spelled)
    if table is None:
        return spelled
    if len(table) == 1:
        ((name, argument),) = table.items()
        if name == "Ref" or name.startswith("Fn::"):
            return _value(name, argument, values, place, mistakes)
    return {key: _resolved(each, values, place.at(key), mistakes) for key, each in table.items()}


def _value(name: str, argument: object, values: Mapping[str, str], place: Place, mistakes: Mistakes) -> str:
    parts = as_list(argument)
    if name == "Fn::GetAtt" and parts is not None and all(isinstance(part, str) for part in parts):
        argument = ".".join(parts)
    if not isinstance(argument, str) or name not in ("Ref", "Fn::GetAtt", "Fn::Sub"):
        mistakes.tell(place, f"{name} cannot be resolved here; write what it stands for")
        return ""
    wanted = _PLACEHOLDER.findall(argument) if name == "Fn::Sub" else [argument]
    for each in wanted:
        if not isinstance(values.get(each), str):
            mistakes.tell(place, f"{name}: say in values what {each!r} stands for")
            return ""
    if name == "Fn::Sub":
        return _PLACEHOLDER.sub(lambda match: values[match[1]], argument)
    return values[argument]
