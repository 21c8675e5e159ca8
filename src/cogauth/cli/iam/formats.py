"""Formats: a policy document as JSON, and as what CloudFormation and Terraform deploy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

Format: TypeAlias = Literal["json", "cloudformation", "cloudformation-json", "terraform"]
FORMATS: Final[tuple[Format, ...]] = ("json", "cloudformation", "cloudformation-json", "terraform")

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def formatted(document: Mapping[str, Any], form: Format, *, trust: bool, name: str) -> str:
    """Write *document*, a trust policy or a permission policy, as a resource called *name* where there is one."""
    if form == "json":
        return json.dumps(document, indent=2) + "\n"
    if form == "terraform":
        kind, attribute = ("aws_iam_role", "assume_role_policy") if trust else ("aws_iam_policy", "policy")
        resource = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        return f'resource "{kind}" "{resource}" {{\n  {attribute} = jsonencode({_hcl(document, "  ")})\n}}\n'
    kind, key = (
        ("AWS::IAM::Role", "AssumeRolePolicyDocument") if trust else ("AWS::IAM::ManagedPolicy", "PolicyDocument")
    )
    template = {"Resources": {name: {"Type": kind, "Properties": {key: document}}}}
    return json.dumps(template, indent=2) + "\n" if form == "cloudformation-json" else _yaml(template, "")


def _hcl(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{deeper}{_key(key)} = {_hcl(each, deeper)}" for key, each in value.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON members
        return "{\n" + "\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list):
        return "[\n" + "".join(f"{deeper}{_hcl(each, deeper)},\n" for each in value) + f"{indent}]"  # pyright: ignore[reportUnknownVariableType]  # JSON items
    # In HCL `${` and `%{` begin a template; doubled, they are what they are.
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _yaml(value: Any, indent: str) -> str:
    if isinstance(value, dict):
        return "".join(f"{indent}{_key(key)}:{_below(each, indent)}" for key, each in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON members
    lines = (
        _yaml(each, indent + "  ") if isinstance(each, dict) else f"{indent}  {json.dumps(each)}\n" for each in value
    )
    return "".join(f"{indent}- {line[len(indent) + 2 :]}" for line in lines)


def _below(value: Any, indent: str) -> str:
    # A string of JSON is one of YAML.
    return f"\n{_yaml(value, indent + '  ')}" if isinstance(value, dict | list) else f" {json.dumps(value)}\n"


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else json.dumps(key)
