"""What a check of roles has found, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from cogauth.cli.escapes import names, printable
from cogauth.cli.finding_view import headline
from cogauth.cli.output import NO, YES, Output, Row, listing
from cogauth.file.mistakes import Place
from cogauth.file.reader import Document
from cogauth.iam_roles import RoleFinding, Trusted
from cogauth.iam_roles.condition import Answer
from cogauth.iam_roles.glob import shown
from cogauth.iam_roles.template import Found

_ANSWERS: Final[dict[Answer, str]] = {True: "yes", False: "no", None: "not known here"}


class Looked(NamedTuple):
    """A document, and what was found in it."""

    file: Document
    found: Found
    trusted: Trusted | None
    """Who may assume the role; None of permissions."""
    findings: list[RoleFinding]

    @property
    def where(self) -> str:
        """The file, and the place in it where there are several."""
        place = shown(str(Place(self.found.path)))
        return f"{self.file.file}: {place}" if place else str(self.file.file)

    def line(self, finding: RoleFinding) -> int | None:
        """Give the line of a finding."""
        return self.file.line_of((*self.found.path, *finding.path)) or self.file.line_of(self.found.path)


def show(looked: Iterable[Looked], output: Output) -> None:
    """Print what was found; each as `file:line: text`, which editors and CI know."""
    for number, each in enumerate(looked):
        if number:
            output.show()
        kind = "trust policy" if each.found.kind == "trust" else "permissions"
        right = not each.findings
        output.show(headline("right" if right else "wrong", YES if right else NO, f"{each.where}: {kind}"))
        if each.trusted is not None:
            output.show(listing(_rows(each.trusted)))
        for finding in each.findings:
            line = each.line(finding)
            place = f"{each.file.file}:{line}" if line is not None else str(each.file.file)
            told = f"{place}: {finding.severity}: {shown(finding.where)}: {finding.text}"
            output.show("  " + printable(told))
            output.show("    " + printable(shown(finding.fix)))


def _rows(trusted: Trusted) -> Iterator[Row]:
    where = "" if trusted.providers is None else f", of {names(map(shown, trusted.providers))}"
    yield "users of the pool", _ANSWERS[trusted.users] + where
    yield "guests", _ANSWERS[trusted.guests]
    pools = {"*": "of anybody"}
    yield "other identity pools", ", ".join(pools.get(each, shown(each)) for each in trusted.pools) or "no"


def as_json(looked: Iterable[Looked]) -> dict[str, Any]:
    """Give what was found as a JSON document; an answer that is not known is null."""
    documents = [_members(each) for each in looked]
    return {"ok": not any(each["findings"] for each in documents), "documents": documents}


def _members(each: Looked) -> dict[str, Any]:
    members: dict[str, Any] = {
        "file": str(each.file.file),
        "where": shown(str(Place(each.found.path))),
        "kind": each.found.kind,
    }
    if each.trusted is not None:
        members["may_assume"] = each.trusted._asdict()
    members["findings"] = [
        {
            "topic": finding.topic,
            "severity": finding.severity,
            "line": each.line(finding),
            "where": shown(finding.where),
            "text": finding.text,
            "fix": shown(finding.fix),
            "source": finding.source,
        }
        for finding in each.findings
    ]
    return members
