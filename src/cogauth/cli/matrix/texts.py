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
from cogauth.cli.matrix.sheet import CHOICES_NOTE, CHOICES_TITLE, LEGEND, Sheet, given_word, word
from cogauth.cli.moments import utc
from cogauth.cli.output import NO, YES, Output, listing
from cogauth.review.matrix import Answer, Cell, Row, by_api
from cogauth.review.role_choice import Choices, Given

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
    if sheet.choices:
        output.show()
        output.show(Text(CHOICES_TITLE, "bold"))
        output.show(_choices_table(sheet))
        output.show()
        output.show(f"  {CHOICES_NOTE}")
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
    if sheet.choices:
        lines += ["", f"## {CHOICES_TITLE}", "", CHOICES_NOTE, ""]
        lines += [
            _piped(map(_escaped, ["identity provider", *sheet.columns])),
            _piped("---" for _ in ("", *sheet.columns)),
        ]
        lines += [_piped(map(_escaped, _choice_words(each))) for each in sheet.choices]
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
    for each in sheet.choices:
        provider, *given = _choice_words(each)
        writer.writerow(["", provider, "role choice", each.identity_pool_id, "", *given])
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
        **({"identity_pools": [_choice_members(sheet, each) for each in sheet.choices]} if sheet.choices else {}),
        "warnings": [{"topic": each.topic, "where": each.where, "text": each.text} for each in sheet.warnings],
    }


def _ruled(first: str, columns: Sequence[str]) -> Table:
    table = Table(
        box=_RULED, border_style="dim", padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(printable(column), overflow="fold")
    return table


def _table(columns: Sequence[str], rows: Iterable[Row]) -> Table:
    table = _ruled("route", columns)
    for row in rows:
        route = Text(printable(row.line), "dim" if row.shadow else "")
        if row.shadow:
            route.append(" (shadow)", "dim")
        table.add_row(route, *(Text(printable(word(cell)), _STYLES.get(cell.answer, "dim")) for cell in _cells(row)))
    return table


def _choices_table(sheet: Sheet) -> Table:
    table = _ruled("identity provider", sheet.columns)
    for each in sheet.choices:
        table.add_row(*(Text(printable(shown)) for shown in _choice_words(each)))
    return table


def _choice_words(choices: Choices) -> list[str]:
    return [choices.provider, *map(given_word, (choices.any_token, *choices.cells))]


def _choice_members(sheet: Sheet, choices: Choices) -> dict[str, Any]:
    return {
        "identity_pool": choices.identity_pool_id,
        "provider": choices.provider,
        "any_token": _given_members(choices.any_token),
        "roles": {role: _given_members(given) for role, given in zip(sheet.matrix.roles, choices.cells, strict=True)},
    }


def _given_members(given: Given) -> dict[str, Any]:
    return {"role_arns": given.role_arns, "doubts": sorted(given.doubts)}


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
