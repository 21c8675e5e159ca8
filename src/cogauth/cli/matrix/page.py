"""A sheet as one HTML page that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from cogauth import __version__
from cogauth.cli.escapes import printable
from cogauth.cli.matrix.sheet import CHOICES_NOTE, CHOICES_TITLE, LEGEND, Sheet, given_word, word
from cogauth.cli.matrix.style import STYLE
from cogauth.cli.moments import utc
from cogauth.review.matrix import Answer, Cell, Row, by_api

_LOADS_NOTHING: Final = "default-src 'none'; style-src 'unsafe-inline'"

_CLASS: Final = {
    "public": Answer.PUBLIC,
    "yes": Answer.ALLOWED,
    "+ ...": Answer.MORE,
    "denied": Answer.DENIED,
    "-": Answer.NO,
    "nobody": Answer.NOBODY,
    "?": Answer.UNKNOWN,
}


def page(sheet: Sheet) -> str:
    """Write the page."""
    return "\n".join(_page(sheet)) + "\n"


def _page(sheet: Sheet) -> Iterator[str]:
    title = f"Who may do what: {sheet.file}"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    # Whatever a name in the policy may hold, a browser loads nothing and runs nothing.
    yield f'<meta http-equiv="Content-Security-Policy" content="{_LOADS_NOTHING}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield from _head(sheet)
    yield "<main>"
    for api, rows in by_api(sheet.matrix.rows).items():
        yield from _section(api, rows, sheet.columns, several=any(row.api for row in sheet.matrix.rows))
    if sheet.choices:
        yield from _choices(sheet)
    yield from _legend()
    yield from _warnings(sheet)
    yield from _roles(sheet)
    yield "</main>"
    yield f"<footer><p>Written by cogauth {_text(__version__)}. The fingerprint tells whether this is what is in force:"
    yield "<code>authorizer.policy.fingerprint</code>, or <code>cogauth check</code>.</p></footer>"
    yield "</body>"
    yield "</html>"


def _head(sheet: Sheet) -> Iterator[str]:
    open_ = sum(row.public and not row.shadow for row in sheet.matrix.rows)
    facts = (
        ("policy file", _text(sheet.file)),
        ("written", _text(utc(sheet.now))),
        ("fingerprint", f"<code>{_text(sheet.fingerprint)}</code>"),
        ("issuers", _text(", ".join(sheet.issuers))),
        ("routes", f"{len(sheet.matrix.rows)}, of which {open_} open to all"),
        ("roles", str(len(sheet.roles))),
        ("warnings", f'<a href="#warnings">{len(sheet.warnings)}</a>' if sheet.warnings else "none"),
    )
    yield "<header>"
    yield "<h1>Who may do what</h1>"
    yield "<dl>"
    for name, shown in facts:
        yield f"<div><dt>{name}</dt><dd>{shown}</dd></div>"
    yield "</dl>"
    yield "<p>Each cell says what a caller may do who has that role and nothing else that any rule mentions. What no "
    yield "route allows is refused.</p>"
    yield "</header>"


def _section(api: str | None, rows: Iterable[Row], columns: Sequence[str], *, several: bool) -> Iterator[str]:
    title = "Routes of every api" if several and api is None else "Routes" if api is None else f"Api {api}"
    yield "<section>"
    yield f"<h2>{_text(title)}</h2>"
    yield '<div class="wide">'
    yield "<table>"
    yield f"<caption>{_text(title)}, by role</caption>"
    yield "<thead><tr>"
    for head in ("route", "rule"):
        yield f'<th scope="col">{head}</th>'
    for column in columns:
        yield f'<th scope="col" class="role">{_text(column)}</th>'
    yield "</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield '<tr class="shadow">' if row.shadow else "<tr>"
        mark = ' <span class="mark">shadow: decides nothing</span>' if row.shadow else ""
        method, _, template = row.line.partition(" ")
        yield f'<th scope="row"><b>{_text(method)}</b> <code>{_text(template)}</code>{mark}</th>'
        deny = "" if row.deny is None else f' <span class="deny">deny {_text(row.deny)}</span>'
        yield f'<td class="rule">{_text(row.allow)}{deny}</td>'
        for cell in (row.any_token, *row.cells):
            yield f'<td class="{cell.answer}">{_told(cell)}</td>'
        yield "</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    yield "</section>"


def _choices(sheet: Sheet) -> Iterator[str]:
    yield "<section>"
    yield f"<h2>{CHOICES_TITLE}</h2>"
    yield f"<p>{CHOICES_NOTE}</p>"
    yield '<div class="wide">'
    yield "<table>"
    yield f"<caption>{CHOICES_TITLE}, by role</caption>"
    yield '<thead><tr><th scope="col">identity provider</th>'
    for column in sheet.columns:
        yield f'<th scope="col" class="role">{_text(column)}</th>'
    yield "</tr></thead>"
    yield "<tbody>"
    for each in sheet.choices:
        yield f'<tr><th scope="row"><code>{_text(each.provider)}</code></th>'
        for given in (each.any_token, *each.cells):
            yield f'<td class="means">{_text(given_word(given))}</td>'
        yield "</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    yield "</section>"


def _legend() -> Iterator[str]:
    yield "<section>"
    yield "<h2>Legend</h2>"
    yield '<table class="plain"><tbody>'
    for sign, meaning in LEGEND:
        yield f'<tr><td class="{_CLASS[sign]}">{_text(sign)}</td><td class="means">{_text(meaning)}</td></tr>'
    yield "</tbody></table>"
    yield "</section>"


def _warnings(sheet: Sheet) -> Iterator[str]:
    if sheet.warnings:
        yield '<section id="warnings">'
        yield "<h2>Worth a look</h2>"
        yield "<ul>"
        for warning in sheet.warnings:
            yield f"<li><b>{_text(warning.where)}</b>: {_text(warning.text)}</li>"
        yield "</ul>"
        yield "</section>"


def _roles(sheet: Sheet) -> Iterator[str]:
    if sheet.roles:
        yield "<section>"
        yield "<h2>Roles</h2>"
        yield '<table class="plain"><thead><tr><th scope="col">role</th><th scope="col">asks</th></tr></thead><tbody>'
        for name, rule in sheet.roles:
            yield f'<tr><th scope="row">{_text(name)}</th><td class="means">{_text(rule)}</td></tr>'
        yield "</tbody></table>"
        yield "</section>"


def _told(cell: Cell) -> str:
    return _text(word(cell))


def _text(text: str) -> str:
    return escape(printable(text))
