"""Reach: what of another's things somebody's policy reaches, asked about two people that are made up for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from cogauth.iam_roles.callers import names_action
from cogauth.iam_roles.condition import Request, met
from cogauth.iam_roles.glob import Wild, meet, tokens
from cogauth.iam_roles.statement import Document, Statement

# Of each service the actions whose resource is an object or a table, as far as one user's things are concerned.
OBJECTS: Final = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:DeleteObjectVersion"),
    *("s3:GetObjectTagging", "s3:PutObjectTagging", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:AbortMultipartUpload"),
)
LISTS: Final = ("s3:ListBucket", "s3:ListBucketVersions")
SCANS: Final = ("dynamodb:Scan", "dynamodb:PartiQLSelect")
"""Those that can read a table without naming a key."""
ITEMS: Final = (
    *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"),
    *("dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem"),
    *("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete", *SCANS),
)

PREFIX: Final = "s3:prefix"
LEADING_KEYS: Final = "dynamodb:leadingkeys"

_ME: Final = "zz-own-1:00000000-0000-4000-8000-00000000000a"
# Unlike it; and as like it as can be, so that a prefix without an end takes it.
_OTHERS: Final = ("zz-own-1:11111111-1111-4111-8111-11111111111b", _ME + "x", "x" + _ME)


class Person(NamedTuple):
    """Somebody with a role: by which values tell one from another."""

    own: str
    tells_apart: Callable[[str], bool]
    """Whether a variable, in lower case, has a value of the person's own."""

    def expand(self, variable: str) -> str | None:
        """Give the value of a variable, None where it may be the same for all."""
        return self.own if self.tells_apart(variable) else None


def pairs(namespace: str, per: str) -> Iterator[tuple[Person, Person]]:
    """Give somebody and somebody else, by the identity id alone or, where *per* is `tag`, by any tag as well."""

    def tells_apart(variable: str) -> bool:
        return variable == f"{namespace}:sub" or (per == "tag" and variable.startswith("aws:principaltag/"))

    for other in _OTHERS:
        yield Person(_ME, tells_apart), Person(other, tells_apart)


def allows(statement: Statement, actions: Iterable[str]) -> bool:
    """Tell whether *statement* allows one of *actions*."""
    return statement.allows and any(names_action(statement, action) is not False for action in actions)


def shared(document: Document, one: Person, other: Person, actions: Iterable[str], start: str) -> Iterator[Statement]:
    """Give the statements by which *one* reaches resources that *other* reaches, those that begin with *start*."""
    wanted = [statement for statement in document.statements if allows(statement, actions)]
    theirs = [pattern for statement in wanted for pattern in _resources(statement, other, document, start)]
    for statement in wanted:
        if any(meet(mine, their) for mine in _resources(statement, one, document, start) for their in theirs):
            yield statement


def _resources(
    statement: Statement, person: Person, document: Document, start: str
) -> Iterator[tuple[str | Wild, ...]]:
    expand = person.expand if document.has_variables else None
    kind = tokens(start, None)
    for resource in statement.resource or ("*",):
        pattern = tokens(resource, expand)
        if meet(pattern, kind):
            yield pattern


def values_of(statement: Statement, key: str, person: Person, document: Document) -> list[str]:
    """Give what *statement* compares *key* with where *person* asks, a text for each pattern."""
    expand = person.expand if document.has_variables else None
    return [
        "".join(("x" if isinstance(token, Wild) else token) for token in tokens(value, expand))
        for line in statement.condition
        if line.key.lower() == key
        for value in line.values
    ]


def passes(statement: Statement, key: str, values: tuple[str, ...], person: Person, document: Document) -> bool:
    """Tell whether *person* meets the condition of *statement* with *values* of *key*, all else taken for the worst."""
    known: Mapping[str, tuple[str, ...]] = {key: values}
    expand = person.expand if document.has_variables else None

    def is_open(each: str) -> bool:
        return each != key

    return met(statement.condition, Request(known, is_open, expand), worst=True) is not False
