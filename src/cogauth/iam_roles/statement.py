"""Statements: a policy document, read for what IAM would make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from cogauth._shapes import Table, as_list, as_table
from cogauth.file.places import Path
from cogauth.iam_roles.finding import RoleFinding, RoleTopic, error
from cogauth.iam_roles.glob import shown

# AWS: "Grammar of the IAM JSON policy language".
_TOP: Final = ("Version", "Id", "Statement")
_KEYS: Final = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_VERSIONS: Final = ("2008-10-17", "2012-10-17")


class Comparison(NamedTuple):
    """One line of a condition."""

    path: Path
    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; an element that is not there is None."""

    path: Path
    allows: bool
    principal: Mapping[str, tuple[str, ...]] | None
    not_principal: Mapping[str, tuple[str, ...]] | None
    action: tuple[str, ...] | None
    not_action: tuple[str, ...] | None
    resource: tuple[str, ...] | None
    not_resource: tuple[str, ...] | None
    condition: tuple[Comparison, ...]

    def strings(self) -> Iterable[tuple[Path, str]]:
        """Give what variables may stand in, each with its place."""
        for name, values in (("Resource", self.resource), ("NotResource", self.not_resource)):
            for each in values or ():
                yield (*self.path, name), each
        for test in self.condition:
            for each in test.values:
                yield test.path, each


class Document(NamedTuple):
    """A policy document."""

    has_variables: bool
    """Whether its version has variables (AWS: "IAM JSON policy elements: Version")."""
    statements: tuple[Statement, ...]
    faults: tuple[RoleFinding, ...]
    """Because of which IAM would not take it; what they are in is left out of *statements*."""


def read_document(data: object) -> Document:
    """Read a policy document: as IAM has it, or what a parser made of its JSON."""
    reader = _Reader()
    statements = tuple(reader.statements(data))
    table = as_table(data) or {}
    return Document(table.get("Version") == "2012-10-17", statements, tuple(reader.faults))


class _Reader:
    def __init__(self) -> None:
        self.faults: list[RoleFinding] = []

    def tell(self, path: Path, text: str, fix: str) -> None:
        self.faults.append(error(RoleTopic.MALFORMED, path, text, fix))

    def statements(self, data: object) -> Iterable[Statement]:
        table = as_table(data)
        if table is None:
            self.tell((), "is no policy document", "write a table with Version and Statement")
            return
        self.names(table, (), _TOP)
        if table.get("Version", _VERSIONS[0]) not in _VERSIONS:
            self.tell(("Version",), "is no version of the policy language", 'write "2012-10-17"')
        spelled = table.get("Statement")
        single = as_table(spelled)
        listed = [] if single is not None else as_list(spelled)
        if single is None and not listed:
            self.tell(("Statement",), "there is none", "write a list of statements")
        for path, each in (
            [(("Statement",), single)]
            if single is not None
            else [(("Statement", number), item) for number, item in enumerate(listed or [])]
        ):
            before = len(self.faults)
            statement = self.statement(each, path)
            if statement is not None and len(self.faults) == before:
                yield statement

    def statement(self, spelled: object, path: Path) -> Statement | None:
        table = as_table(spelled)
        if table is None:
            self.tell(path, "is no statement", "write a table with Effect, Action and what it is about")
            return None
        self.names(table, path, _KEYS)
        if table.get("Effect") not in ("Allow", "Deny"):
            self.tell((*path, "Effect"), "must be Allow or Deny", 'write "Allow"')
        for name in ("Action", "Principal", "Resource"):
            if name in table and f"Not{name}" in table:
                self.tell(path, f"has both {name} and Not{name}", "keep one of them")
        if "Action" not in table and "NotAction" not in table:
            self.tell(path, "has no Action", "name the actions")
        return Statement(
            path,
            table.get("Effect") == "Allow",
            self.principal(table, "Principal", path),
            self.principal(table, "NotPrincipal", path),
            self.texts(table, "Action", path),
            self.texts(table, "NotAction", path),
            self.texts(table, "Resource", path),
            self.texts(table, "NotResource", path),
            tuple(self.condition(table.get("Condition"), (*path, "Condition"))),
        )

    def principal(self, table: Table, name: str, path: Path) -> Mapping[str, tuple[str, ...]] | None:
        if name not in table:
            return None
        spelled = table[name]
        if spelled == "*":
            return {"AWS": ("*",)}
        kinds = as_table(spelled)
        if not kinds or any(kind not in ("AWS", "Federated", "Service", "CanonicalUser") for kind in kinds):
            self.tell((*path, name), "is no principal", 'write {"Federated": ...}')
            return None
        return {kind: self.texts(kinds, kind, (*path, name)) or () for kind in kinds}

    def condition(self, spelled: object, path: Path) -> Iterable[Comparison]:
        operators = as_table({} if spelled is None else spelled)
        if operators is None:
            self.tell(path, "is no condition", 'write {"StringEquals": {...}}')
            return
        for operator, each in operators.items():
            keys = as_table(each)
            if not keys:
                self.tell((*path, operator), "compares nothing", "write a table of condition keys")
                continue
            for key in keys:
                yield Comparison((*path, operator, key), operator, key, self.texts(keys, key, (*path, operator)) or ())

    def texts(self, table: Table, name: str, path: Path) -> tuple[str, ...] | None:
        if name not in table:
            return None
        spelled: Any = table[name]
        items = as_list(spelled)
        given = [spelled] if items is None else items
        # Where strings are wanted IAM takes truth values and numbers too, by how JSON writes them.
        texts = [str(each).lower() if isinstance(each, bool | int) else each for each in given]
        if not texts or not all(isinstance(each, str) for each in texts):
            self.tell((*path, name), "must be a string, or a list of strings that is not empty", "name what is meant")
            return None
        return tuple(texts)

    def names(self, table: Table, path: Path, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self.tell((*path, key), f"there is no element {shown(key)!r}", f"there are {', '.join(known)}")
