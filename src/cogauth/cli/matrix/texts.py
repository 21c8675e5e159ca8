"""A sheet as a table for a terminal, as Markdown, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.box import Box
from rich.table import Table
from rich.text import Text

from cogauth.cli.escapes import printable
from cogauth.cli.matrix.sheet import LEGEND, Sheet, word
from cogauth.cli.moments import utc
from cogauth.cli.output import NO, YES, Output, listing
from cogauth.review.matrix import Answer, Cell, Row, by_api

# A line below the header and nothing else, in characters that every terminal has.
_RULED: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_STYLES: Final[Mapping[Answer, str]] = {
    Answer.ALLOWED: YES,
    Answer.PUBLIC: YES,
    Answer.MORE: "yellow",
    Answer.DENIED: NO,
    Answer.UNKNOWN: "yellow",
}
_MARKED: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def show(sheet: Sheet, output: Output) -> None:
    """Print a sheet on a terminal: a table for each api, and the legend."""
    for api, rows in by_api(sheet.matrix.rows).items():
        if api is not None:
            output.show()
            output.show(Text(f"api {printable(api)}", "bold"))
        output.show(_table(sheet.columns, rows))
    output.show()
    used = {_kind(word(cell)) for row in sheet.matrix.rows for cell in _cells(row)}
    output.show(listing((sign, meaning) for sign, meaning in LEGEND if _kind(sign) in used))
    denying = [(row.line, row.deny) for row in sheet.matrix.rows if row.deny is not None]
    if denying:
        output.show()
        output.show(Text("refused whatever else is there", "bold"))
        output.show(listing(denying))


def as_markdown(sheet: Sheet) -> str:
    """Write a sheet as tables of GitHub's Markdown."""
    lines = [
        f"# Who may do what: {_escaped(sheet.file)}",
        "",
        f"Policy `{sheet.fingerprint}`, {utc(sheet.now)}.",
    ]
    for api, rows in by_api(sheet.matrix.rows).items():
        lines += ["", f"## {'Every api' if api is None else f'Api {_escaped(api)}'}", ""]
        heads = ["route", "allow", "deny", *sheet.columns]
        lines += [_piped(map(_escaped, heads)), _piped("---" for _ in heads)]
        for row in rows:
            route = f"{_escaped(row.line)}{' (shadow)' if row.shadow else ''}"
            said = (_escaped(word(cell)) for cell in _cells(row))
            lines.append(_piped([route, _escaped(row.allow), _escaped(row.deny or ""), *said]))
    lines += ["", "| cell | means |", "|---|---|"]
    lines += [_piped((_escaped(sign), meaning)) for sign, meaning in LEGEND]
    if sheet.warnings:
        lines += ["", "Worth a look:", "", *(f"* {_escaped(str(warning))}" for warning in sheet.warnings)]
    return "\n".join(lines) + "\n"


def as_csv(sheet: Sheet) -> str:
    """Write a sheet as comma-separated values (RFC 4180), a line for each route."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["api", "route", "mode", "allow", "deny", *sheet.columns])
    for row in sheet.matrix.rows:
        mode = "shadow" if row.shadow else "enforce"
        answers = (_plain(cell) for cell in _cells(row))
        writer.writerow([row.api or "", row.line, mode, row.allow, row.deny or "", *answers])
    return text.getvalue()


def as_json(sheet: Sheet) -> dict[str, Any]:
    """Give a sheet as a JSON document."""
    return {
        "file": sheet.file,
        "fingerprint": sheet.fingerprint,
        "written_at": int(sheet.now),
        "issuers": sheet.issuers,
        "roles": dict(sheet.roles),
        "routes": [
            {
                "api": row.api,
                "route": row.line,
                "shadow": row.shadow,
                "allow": row.allow,
                "deny": row.deny,
                "any_token": _members(row.any_token),
                "roles": {role: _members(cell) for role, cell in zip(sheet.matrix.roles, row.cells, strict=True)},
            }
            for row in sheet.matrix.rows
        ],
        "warnings": [{"topic": each.topic, "where": each.where, "text": each.text} for each in sheet.warnings],
    }


def _table(columns: Sequence[str], rows: Iterable[Row]) -> Table:
    table = Table(
        box=_RULED, border_style="dim", padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
    table.add_column("route", no_wrap=True)
    for column in columns:
        table.add_column(printable(column), overflow="fold")
    for row in rows:
        route = Text(printable(row.line), "dim" if row.shadow else "")
        if row.shadow:
            route.append(" (shadow)", "dim")
        table.add_row(route, *(Text(printable(word(cell)), _STYLES.get(cell.answer, "dim")) for cell in _cells(row)))
    return table


def _cells(row: Row) -> tuple[Cell, ...]:
    return (row.any_token, *row.cells)


def _kind(sign: str) -> str:
    return sign[:1] if sign.startswith("+") else sign


def _plain(cell: Cell) -> str:
    # No word begins with what a spreadsheet would take for a formula.
    return f"{cell.answer}: {'; '.join(cell.more)}" if cell.more else str(cell.answer)


def _members(cell: Cell) -> dict[str, Any]:
    return {"answer": cell.answer, "more": cell.more} if cell.more else {"answer": cell.answer}


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _MARKED.sub(r"\\\1", printable(text))
