"""Permissions: what is wrong with a permission policy of an identity pool's role, or too wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from cogauth.errors import ConfigurationError
from cogauth.iam_roles.finding import RoleFinding, RoleTopic, Severity, error, warning
from cogauth.iam_roles.glob import has_reference, shown, variables
from cogauth.iam_roles.namespace import checked_pool, namespace_of
from cogauth.iam_roles.reach import (
    ITEMS,
    LEADING_KEYS,
    LISTS,
    OBJECTS,
    PREFIX,
    SCANS,
    Person,
    allows,
    pairs,
    passes,
    shared,
    values_of,
)
from cogauth.iam_roles.statement import Document, Statement, read_document

_OBJECT: Final = "arn:*:s3:::*/*"
_TABLE: Final = "arn:*:dynamodb:*:*:table/*"
_PARTS: Final = 6
"""Of an ARN: arn:partition:service:region:account:name."""


def _always(_variable: str) -> bool:
    return True


_ANYBODY: Final = Person("somebody", _always)
"""Has a value for each variable."""


def check_permissions(
    document: object, identity_pool: str | None = None, *, per: Literal["user", "tag"] | None = None
) -> list[RoleFinding]:
    """
    Look for what is wrong with a permission policy, or too wide; Deny statements are not taken to narrow it.

    Args:
        document: the policy, parsed.
        identity_pool: the id of the pool; needed outside the commercial Regions, whose variables have other names.
        per: that nobody may reach what is another `user`'s, or of those with another `tag`; None does not ask.

    Raises:
        ConfigurationError: an argument is not what it should be.
    """
    if per not in (None, "user", "tag"):
        raise ConfigurationError("per: must be user or tag")
    namespace = namespace_of(None if identity_pool is None else checked_pool(identity_pool))
    read = read_document(document)
    return list(dict.fromkeys(_findings(read, namespace, per)))


def _findings(document: Document, namespace: str, per: Literal["user", "tag"] | None) -> Iterator[RoleFinding]:
    yield from document.faults
    for statement in document.statements:
        if statement.principal is not None or statement.not_principal is not None:
            text = "a permission policy is of whoever has the role, and names no principal"
            yield error(RoleTopic.MALFORMED, statement.path, text, "leave the Principal out")
        elif statement.resource is None and statement.not_resource is None:
            yield error(RoleTopic.MALFORMED, statement.path, "has no Resource", "name the resources")
        yield from _of_variables(statement, namespace, document)
        if statement.allows:
            yield from _of_actions(statement)
            yield from _of_resources(statement)
            yield from _of_listing(statement, document)
            yield from _of_scan(statement, document)
            if _is_hidden(statement):
                text = "part of it is not resolved here, and was not looked into"
                yield warning(RoleTopic.UNRESOLVED, statement.path, text, "say what the references stand for")
    if per is not None:
        for one, other in pairs(namespace, per):
            yield from _of_neighbours(document, one, other, _variable(namespace, per))


def _is_hidden(statement: Statement) -> bool:
    """Tell whether what is not resolved is more than the name of a bucket or a table."""
    compared = any(
        has_reference(text) for path, text in statement.strings() if path[-1] not in ("Resource", "NotResource")
    )
    return compared or any(
        len(each.split(":", 5)) < _PARTS and has_reference(each) for each in statement.resource or ()
    )


def _variable(namespace: str, per: str) -> str:
    return f"${{{namespace}:sub}}" if per == "user" else "${aws:PrincipalTag/...}"


def _of_variables(statement: Statement, namespace: str, document: Document) -> Iterator[RoleFinding]:
    identity = f"${{{namespace}:sub}}"
    for path, text in statement.strings():
        for name, default in variables(text):
            known = name.lower()
            told = f"${{{shown(name)}}}"
            if not document.has_variables:
                why = f"{told} is no variable in this version of the policy language, but text"
                yield error(RoleTopic.VERSION, path, why, 'write "Version": "2012-10-17"')
            elif known.startswith(("aws:userid", "aws:username", "sts:rolesessionname")):
                why = f"{told} does not tell users of an identity pool apart: their sessions have one name, or none"
                yield error(RoleTopic.VARIABLE, path, why, f"write {identity}")
            elif known in (f"{namespace}:aud", f"{namespace}:amr"):
                why = f"{told} is the same for all users"
                yield error(RoleTopic.VARIABLE, path, why, f"write {identity}")
            elif known != f"{namespace}:sub" and not known.startswith(("aws:", "s3:", "dynamodb:", "saml:")):
                why = f"there is no {told} for users of this identity pool; the identity id is not a user pool's sub"
                yield error(RoleTopic.VARIABLE, path, why, f"write {identity}")
            elif default is not None:
                why = f"all who have no {told} share what its default value names"
                yield warning(RoleTopic.VARIABLE, path, why, "leave the default value out, so that they have nothing")


def _of_actions(statement: Statement) -> Iterator[RoleFinding]:
    if statement.not_action is not None:
        path = (*statement.path, "NotAction")
        yield error(RoleTopic.ACTION, path, "allows whatever is not named", "name the actions")
    for each in statement.action or ():
        if "*" in each or "?" in each:
            severity = Severity.ERROR if each == "*" or each.endswith(":*") else Severity.WARNING
            text = f"{shown(each)} is every action that fits, those to come included"
            path = (*statement.path, "Action")
            yield RoleFinding(RoleTopic.ACTION, severity, path, text, "name the actions")


def _of_resources(statement: Statement) -> Iterator[RoleFinding]:
    fix = "name the bucket and the folder, or the table"
    if statement.not_resource is not None:
        text = "allows all but what is named"
        yield error(RoleTopic.RESOURCE, (*statement.path, "NotResource"), text, fix)
    for each in statement.resource or ():
        path = (*statement.path, "Resource")
        service, name = _parts(each)
        owner = name.partition("/")[0] if service == "s3" else name
        if each == "*" or set("*?") & set(service) or (service == "s3" and set("*?") & set(owner)):
            yield error(RoleTopic.RESOURCE, path, f"{shown(each)} is not one's own alone", fix)
        elif service == "s3" and name.partition("/")[2] == "*":
            text = "is every object of the bucket"
            yield warning(RoleTopic.RESOURCE, path, text, "name a folder")
        elif service == "dynamodb" and set("*?") & set(name.removesuffix("/index/*")):
            yield error(RoleTopic.RESOURCE, path, f"{shown(each)} is more than one table", fix)
        elif service == "s3" and any(f"}}{wild}" in name for wild in "*?"):
            text = "nothing ends what the variable stands for: it is also the beginning of another's"
            yield error(RoleTopic.NEIGHBOUR, path, text, "write a slash after the variable")


def _parts(resource: str) -> tuple[str, str]:
    """Give the service of an ARN, and what follows the account."""
    parts = resource.split(":", _PARTS - 1)
    return (parts[2], parts[-1]) if len(parts) == _PARTS else (resource, "")


def _of_listing(statement: Statement, document: Document) -> Iterator[RoleFinding]:
    if allows(statement, LISTS) and any(
        passes(statement, PREFIX, values, _ANYBODY, document) for values in ((), ("",))
    ):
        text = "the keys of all objects may be listed"
        fix = 'add "StringLike": {"s3:prefix": ...} with the folder, and nothing that is met without a prefix'
        yield error(RoleTopic.LISTING, statement.path, text, fix)


def _of_scan(statement: Statement, document: Document) -> Iterator[RoleFinding]:
    compares = any(line.key.lower() == LEADING_KEYS for line in statement.condition)
    if compares and allows(statement, SCANS) and passes(statement, LEADING_KEYS, (), _ANYBODY, document):
        text = "Scan, and SELECT without a key, read the whole table: they name no key, and the condition is met"
        fix = 'leave Scan and PartiQLSelect out, or add "Null": {"dynamodb:LeadingKeys": "false"}'
        yield error(RoleTopic.SCAN, statement.path, text, fix)


def _of_neighbours(document: Document, one: Person, other: Person, variable: str) -> Iterator[RoleFinding]:
    for statement in shared(document, one, other, OBJECTS, _OBJECT):
        text = "one reaches objects that are another's"
        fix = f"write arn:aws:s3:::<bucket>/{variable}/*, with nothing before it that differs"
        yield error(RoleTopic.NEIGHBOUR, statement.path, text, fix)
    for statement in document.statements:
        if allows(statement, LISTS):
            # That the top of the bucket may be listed is another finding.
            theirs = [*filter(None, values_of(statement, PREFIX, other, document)), f"{other.own}/"]
            if any(passes(statement, PREFIX, (each,), one, document) for each in theirs):
                text = "one may list objects that are another's"
                fix = f'write "StringLike": {{"s3:prefix": "{variable}/*"}}'
                yield error(RoleTopic.NEIGHBOUR, statement.path, text, fix)
    for statement in shared(document, one, other, ITEMS, _TABLE):
        theirs = [*values_of(statement, LEADING_KEYS, other, document), other.own]
        mine = values_of(statement, LEADING_KEYS, one, document)
        keys = [(each,) for each in theirs] + [(own, each) for own in mine for each in theirs]
        if any(passes(statement, LEADING_KEYS, each, one, document) for each in keys):
            text = "one reaches items that are another's"
            fix = f'write "ForAllValues:StringEquals": {{"dynamodb:LeadingKeys": "{variable}"}}'
            yield error(RoleTopic.NEIGHBOUR, statement.path, text, fix)
