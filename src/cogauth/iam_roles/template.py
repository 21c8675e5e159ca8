"""Templates: where policy documents of an identity pool's roles stand, in what AWS prints and tools deploy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from cogauth._shapes import Table, as_list, as_table
from cogauth.file.places import Path
from cogauth.iam_roles.intrinsics import Intrinsics
from cogauth.iam_roles.statement import read_document

Kind: TypeAlias = Literal["trust", "permissions"]


class Found(NamedTuple):
    """A policy document, and what is known of its role."""

    kind: Kind
    path: Path
    """Where it stands in the file."""
    document: Any
    guests: bool | None = None
    """Whether its role is given to guests; None if the file does not say."""
    tags: bool = False
    """Whether the file maps claims to tags."""


_ROLE: Final = "AWS::IAM::Role"
_POLICIES: Final = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_TERRAFORM: Final = {"aws_iam_role_policy": "policy", "aws_iam_policy": "policy"}
# By these a policy shows that it is meant for users of an identity pool.
_MARKS: Final = ("cognito-identity", "aws:principaltag/")


def documents_in(
    data: object, *, values: Mapping[str, str] | None = None, identity_pool: str | None = None
) -> list[Found]:
    """
    Find the policy documents of roles that an identity pool gives.

    *data* is a policy document itself; what `aws iam get-role`, `get-role-policy` or `get-policy-version` prints; a
    CloudFormation template; or what `terraform show -json` prints of a plan or a state. Roles that others assume, such
    as those of functions, are passed over there.

    Args:
        data: as a parser gives it.
        values: in a template, what its references stand for; what is not said becomes an unknown.
        identity_pool: the pool that the one of a template is.
    """
    table = as_table(data) or {}
    if "Statement" in table:
        return [Found(kind_of(table), (), table)]
    if "Resources" in table:
        return list(_of_cloudformation(table, Intrinsics(table, values or {}, identity_pool)))
    for key in ("values", "planned_values"):
        shown = as_table(table.get(key))
        if shown is not None:
            return list(_of_terraform(as_table(shown.get("root_module")) or {}, (key, "root_module")))
    return list(_of_answer(table))


def kind_of(document: Table) -> Kind:
    """Tell what a document is: only trust policies name principals."""
    spelled = document.get("Statement")
    statements = [spelled] if as_table(spelled) is not None else as_list(spelled) or []
    named = any({"Principal", "NotPrincipal"} & set(as_table(each) or {}) for each in statements)
    return "trust" if named else "permissions"


def _of_answer(table: Table) -> Iterator[Found]:
    role = as_table(table.get("Role")) or {}
    if "AssumeRolePolicyDocument" in role:
        yield Found("trust", ("Role", "AssumeRolePolicyDocument"), role["AssumeRolePolicyDocument"])
    if "PolicyDocument" in table:
        yield Found("permissions", ("PolicyDocument",), table["PolicyDocument"])
    version = as_table(table.get("PolicyVersion")) or {}
    if "Document" in version:
        yield Found("permissions", ("PolicyVersion", "Document"), version["Document"])


def _of_cloudformation(template: Table, intrinsics: Intrinsics) -> Iterator[Found]:
    resources = {
        name: (table.get("Type"), as_table(table.get("Properties")) or {})
        for name, each in (as_table(template.get("Resources")) or {}).items()
        if (table := as_table(each)) is not None
    }
    kinds = dict(_given(resources))
    tags = any(
        kind == "AWS::Cognito::IdentityPoolPrincipalTag" and (each.get("PrincipalTags") or each.get("UseDefaults"))
        for kind, each in resources.values()
    )
    for name, (kind, properties) in resources.items():
        path: Path = ("Resources", name, "Properties")
        if kind == _ROLE:
            trust = intrinsics.resolved(properties.get("AssumeRolePolicyDocument"))
            if name in kinds or _is_federated(trust):
                yield Found("trust", (*path, "AssumeRolePolicyDocument"), trust, kinds.get(name), tags)
                for number, each in enumerate(as_list(properties.get("Policies")) or []):
                    document = intrinsics.resolved((as_table(each) or {}).get("PolicyDocument"))
                    yield Found("permissions", (*path, "Policies", number, "PolicyDocument"), document)
        elif kind in _POLICIES:
            document = intrinsics.resolved(properties.get("PolicyDocument"))
            if _is_marked(document):
                yield Found("permissions", (*path, "PolicyDocument"), document)


def _given(resources: Mapping[str, tuple[object, Table]]) -> Iterator[tuple[str, bool]]:
    """Give the roles that attachments give, guests' roles first, each with whether guests alone get it."""
    for wanted in ("unauthenticated", "authenticated"):
        for kind, properties in resources.values():
            if kind == "AWS::Cognito::IdentityPoolRoleAttachment":
                role = as_table((as_table(properties.get("Roles")) or {}).get(wanted)) or {}
                named = as_list(role.get("Fn::GetAtt")) or [role.get("Fn::GetAtt")]
                yield str(named[0]).removesuffix(".Arn"), wanted == "unauthenticated"


def _of_terraform(module: Table, path: Path) -> Iterator[Found]:
    for number, each in enumerate(as_list(module.get("resources")) or []):
        resource = as_table(each) or {}
        values = as_table(resource.get("values")) or {}
        here = (*path, "resources", number, "values")
        kind = resource.get("type")
        if kind == "aws_iam_role":
            trust = _parsed(values.get("assume_role_policy"))
            if _is_federated(trust):
                yield Found("trust", (*here, "assume_role_policy"), trust)
                for place, inline in enumerate(as_list(values.get("inline_policy")) or []):
                    document = _parsed((as_table(inline) or {}).get("policy"))
                    if document is not None:
                        yield Found("permissions", (*here, "inline_policy", place, "policy"), document)
        elif kind in _TERRAFORM:
            document = _parsed(values.get("policy"))
            if _is_marked(document):
                yield Found("permissions", (*here, "policy"), document)
    for number, child in enumerate(as_list(module.get("child_modules")) or []):
        yield from _of_terraform(as_table(child) or {}, (*path, "child_modules", number))


def _parsed(text: object) -> object:
    """Read the JSON text that Terraform has for a document; what is no JSON stays what it is, and is told as that."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_federated(trust: object) -> bool:
    """Tell whether a trust policy is, or may be meant, for an identity pool."""
    kinds = [each.principal or each.not_principal or {} for each in read_document(trust).statements]
    if any("Federated" in kind or "*" in values for each in kinds for kind, values in each.items()):
        return True
    return "cognito-identity" in json.dumps(trust, default=str)


def _is_marked(document: object) -> bool:
    text = json.dumps(document, default=str).lower()
    return any(mark in text for mark in _MARKS)
