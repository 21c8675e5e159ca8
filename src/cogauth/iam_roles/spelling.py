"""Spelling: what in a statement of a trust policy does not do what it seems to, or does more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cogauth.file.hints import meant
from cogauth.iam_roles.callers import ASSUME, TAG
from cogauth.iam_roles.condition import operator_of
from cogauth.iam_roles.finding import RoleFinding, RoleTopic, Severity, error, warning
from cogauth.iam_roles.glob import has_reference, shown, variables
from cogauth.iam_roles.statement import Comparison, Document, Statement

_SAFE: Final = {"aud": "StringEquals", "amr": "ForAnyValue:StringLike", "sub": "StringEquals"}
_NEEDED: Final = (ASSUME.lower(), TAG.lower())


def spelling(statement: Statement, namespace: str, document: Document) -> Iterator[RoleFinding]:
    """Look at a statement of a trust policy, whoever it lets in."""
    if statement.allows:
        yield from _of_principals(statement, namespace)
        yield from _of_actions(statement)
    for line in statement.condition:
        yield from _of_key(line, namespace)
        if statement.allows:
            yield from _of_operator(line, namespace)
        if not document.has_variables and any(True for value in line.values for _ in variables(value)):
            text = "this version of the policy language has no variables: the text is compared as it stands"
            yield warning(RoleTopic.VERSION, line.path, text, 'write "Version": "2012-10-17"')


def _of_principals(statement: Statement, namespace: str) -> Iterator[RoleFinding]:
    fix = f'write {{"Federated": "{namespace}"}}, and give others a role of their own'
    if statement.not_principal is not None:
        text = "allows whoever is not named"
        yield error(RoleTopic.PRINCIPAL, (*statement.path, "NotPrincipal"), text, fix)
    for kind, values in (statement.principal or {}).items():
        for each in values:
            path = (*statement.path, "Principal", kind)
            if each == "*":
                text = "anybody may be the caller, in any AWS account and of any identity provider"
                yield error(RoleTopic.PRINCIPAL, path, text, fix)
            elif has_reference(each):
                text = f"who {shown(each)} is, is not resolved here"
                yield warning(RoleTopic.UNRESOLVED, path, text, "say what the reference stands for")
            elif kind != "Federated" or each != namespace:
                severity = Severity.ERROR if kind == "Federated" else Severity.WARNING
                text = f"{shown(each)} is not the identity pools of this Region, and may assume the role too"
                yield RoleFinding(RoleTopic.PRINCIPAL, severity, path, text, fix)


def _of_actions(statement: Statement) -> Iterator[RoleFinding]:
    fix = f"write {ASSUME}, and {TAG} where claims are mapped to tags"
    if statement.not_action is not None:
        text = "allows whatever is not named"
        yield error(RoleTopic.ACTION, (*statement.path, "NotAction"), text, fix)
    for each in statement.action or ():
        if each.lower() not in _NEEDED:
            text = f"{shown(each)} is more than an identity pool needs"
            yield warning(RoleTopic.ACTION, (*statement.path, "Action"), text, fix)


def _of_key(line: Comparison, namespace: str) -> Iterator[RoleFinding]:
    names = [f"{namespace}:{name}" for name in _SAFE]
    key = line.key.lower()
    if key not in names and not key.startswith(("aws:", "sts:")):
        text = f"no token of an identity pool has {shown(line.key)!r}{meant(line.key, names)}"
        yield warning(RoleTopic.KEY, line.path, text, f"the keys are {', '.join(names)}")


def _of_operator(line: Comparison, namespace: str) -> Iterator[RoleFinding]:
    start, _, name = line.key.lower().rpartition(":")
    if start != namespace or name not in _SAFE:
        return
    operator, safe = operator_of(line.operator), _SAFE[name]
    fix = f"write {safe}"
    if operator.quantifier == "ForAllValues":
        text = "ForAllValues is also met where the key is absent"
        yield warning(RoleTopic.OPERATOR, line.path, text, fix)
    elif operator.if_exists:
        yield warning(RoleTopic.OPERATOR, line.path, "IfExists is also met where the key is absent", fix)
    elif operator.base == "Null":
        text = "Null asks whether there is a value, and not which"
        yield warning(RoleTopic.OPERATOR, line.path, text, fix)
    elif operator.negated:
        text = f"{shown(line.operator)} lets in all that it does not name"
        yield warning(RoleTopic.OPERATOR, line.path, text, f"{fix}, and name who is let in")
    elif operator.base not in ("StringEquals", "StringLike", "StringEqualsIgnoreCase"):
        yield warning(RoleTopic.OPERATOR, line.path, f"{shown(line.operator)} does not compare such values", fix)
    elif name == "amr" and not operator.quantifier:
        text = "amr has several values, and without ForAnyValue AWS does not say how they are compared"
        yield warning(RoleTopic.OPERATOR, line.path, text, fix)
