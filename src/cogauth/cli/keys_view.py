"""Reports on keys, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cogauth.cli.escapes import printable
from cogauth.cli.exits import Exit
from cogauth.cli.keys_report import Member, Report, Subject, exit_of
from cogauth.cli.keys_words import OF_KEYS, of_document
from cogauth.cli.output import NO, YES, Output, Row, listing

Found = Sequence[tuple[Subject, Sequence[Report]]]

_COLUMNS = ("kid", "kty", "alg", "use", "size", "verdict")
_NONE = "(none)"
_VERDICTS = {Exit.YES: "usable", Exit.NO: "refused", Exit.KEYS: "unavailable"}


def show(found: Found, output: Output) -> None:
    """Print the documents one after the other, each with its keys."""
    documents = [(subject, report) for subject, of_subject in found for report in of_subject]
    for place, (subject, report) in enumerate(documents):
        if place:
            output.show()
        style = YES if report.reason is None else NO
        output.show(Text.assemble((_verdict(report).upper(), style), "  ", printable(subject.name)))
        output.show(listing(_rows(report)))
        if report.members:
            output.show()
            output.show(_table(report.members), prefix="  ")


def as_json(found: Found) -> dict[str, Any]:
    """Give the documents as a JSON document; no member of a key is in it but those that are shown."""
    return {
        "verdict": _VERDICTS[exit_of(found)],
        "documents": [_document(subject, report) for subject, reports in found for report in reports],
    }


def _verdict(report: Report) -> str:
    return "usable" if report.reason is None else "refused" if report.answered else "unavailable"


def _rows(report: Report) -> Iterator[Row]:
    for issuer in report.issuers:
        yield "issuer", issuer
    yield "keys", report.place
    if report.reason is not None:
        what, advice = of_document(report.reason)
        yield "because", f"{what} ({report.reason})"
        yield "what to do", advice


def _table(members: Sequence[Member]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="cyan")
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for member in members:
        shown = (member.kid, member.kty, member.alg, member.use, member.size)
        why = _why(member.reason)
        verdict = Text("usable", YES) if why is None else Text(f"skipped: {why} ({member.reason})")
        table.add_row(*(Text(printable(text or _NONE)) for text in shown), verdict)
    return table


def _why(reason: str | None) -> str | None:
    # What is wrong with one key alone is told of it too where it makes the whole document refused.
    return None if reason is None else OF_KEYS.get(reason) or of_document(reason)[0]


def _document(subject: Subject, report: Report) -> dict[str, Any]:
    return {
        "name": subject.name,
        "issuers": report.issuers,
        "url": report.place,
        "verdict": _verdict(report),
        "error": None
        if report.reason is None
        else dict(zip(("message", "advice"), of_document(report.reason), strict=True)) | {"reason": report.reason},
        "keys": [
            {
                "kid": member.kid,
                "kty": member.kty,
                "alg": member.alg,
                "use": member.use,
                "size": member.size,
                "usable": member.reason is None,
                "reason": member.reason,
                "message": _why(member.reason),
            }
            for member in report.members
        ],
    }
