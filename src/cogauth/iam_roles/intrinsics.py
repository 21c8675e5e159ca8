"""Intrinsics: the functions of a CloudFormation template, as far as they can be resolved without deploying it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cogauth._shapes import Table, as_list, as_table
from cogauth.iam_roles.glob import reference
from cogauth.iam_roles.namespace import partition_of

# AWS CloudFormation User Guide, "Fn::Sub": `${!Literal}` is written `${Literal}`.
_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^{}]+)\}")


class Intrinsics:
    """
    Gives what the functions of *template* stand for; what is not known becomes a reference.

    Args:
        template: with Resources.
        values: what names stand for, such as `Pool` or `Role.Arn`.
        pool: the identity pool that the one in the template is taken for; None if it is not known.
    """

    def __init__(self, template: Table, values: Mapping[str, str], pool: str | None) -> None:
        self._resources = as_table(template.get("Resources")) or {}
        self._values = values
        self._pool = pool
        self._only = len([name for name in self._resources if self._type(name) == "AWS::Cognito::IdentityPool"]) == 1

    def resolved(self, spelled: object) -> Any:
        """Give *spelled* with its functions replaced."""
        items = as_list(spelled)
        if items is not None:
            return [self.resolved(item) for item in items]
        table = as_table(spelled)
        if table is None:
            return spelled
        if len(table) == 1:
            ((name, argument),) = table.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        return {key: self.resolved(each) for key, each in table.items()}

    def _function(self, name: str, argument: object) -> str:  # noqa: PLR0911  one return for each function
        parts = as_list(argument)
        match name, parts:
            case "Ref", None:
                return self._value(str(argument))
            case "Fn::GetAtt", None:
                return self._value(str(argument))
            case "Fn::GetAtt", [*names]:
                return self._value(".".join(map(str, names)))
            case "Fn::Sub", None:
                return self._substituted(str(argument), {})
            case "Fn::Sub", [str() as text, given]:
                return self._substituted(text, as_table(self.resolved(given)) or {})
            case "Fn::Join", [str() as between, given]:
                joined = as_list(self.resolved(given))
                if joined is not None and all(isinstance(each, str) for each in joined):
                    return between.join(joined)
                return reference(name)
            case _:
                return reference(name)

    def _substituted(self, text: str, given: Table) -> str:
        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            found = given.get(name.strip())
            return f"${{{name}}}" if literal else found if isinstance(found, str) else self._value(name.strip())

        return _PLACEHOLDER.sub(value, text)

    def _value(self, name: str) -> str:  # noqa: PLR0911  one return for each kind of name
        if name in self._values:
            return self._values[name]
        resource, _, attribute = name.partition(".")
        kind = self._type(resource)
        if self._pool is not None:
            if kind == "AWS::Cognito::IdentityPool" and self._only and attribute in ("", "Id"):
                return self._pool
            if name == "AWS::Partition":
                return partition_of(self._pool)
            if name == "AWS::Region":
                return self._pool.partition(":")[0]
        if attribute == "Arn" and kind == "AWS::S3::Bucket":
            return f"arn:{partition_of(self._pool)}:s3:::{reference(resource)}"
        if attribute == "Arn" and kind == "AWS::DynamoDB::Table":
            place = f"{reference('AWS::Region')}:{reference('AWS::AccountId')}"
            return f"arn:{partition_of(self._pool)}:dynamodb:{place}:table/{reference(resource)}"
        return reference(name)

    def _type(self, name: str) -> object:
        return (as_table(self._resources.get(name)) or {}).get("Type")
