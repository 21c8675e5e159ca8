"""An anatomy, shown to people and to machines, and nowhere without the words that it is not verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from cogauth.cli.anatomy import Anatomy, Part
from cogauth.cli.escapes import printable, value
from cogauth.cli.moments import moment, utc
from cogauth.cli.output import NO, Output, Row, listing

PREFIX = "NOT VERIFIED | "

_TIMES = ("auth_time", "iat", "nbf", "exp", "updated_at")
_MOST_TEXT = 2_000

_KINDS = {
    "access": "a Cognito access token",
    "id": "a Cognito ID token",
    "refresh": "a Cognito refresh token: encrypted, and for the user pool only",
    "unknown": "nothing of Cognito's",
}


def show(anatomy: Anatomy, now: float, output: Output) -> None:
    """Print an anatomy, each line with the prefix."""

    def line(text: Text | str = "") -> None:
        output.show(text, prefix=PREFIX, style="yellow")

    def table(rows: Iterator[Row]) -> None:
        output.show(listing(rows), prefix=PREFIX, style="yellow")

    line("What the token says of itself. Anybody could have written it.")
    if anatomy.error is not None:
        fault = anatomy.error
        line(Text.assemble((type(fault).__name__, NO), f": {fault.message} ({fault.reason})"))
    table(_summary_rows(anatomy))
    for title, part in (("header", anatomy.header), ("claims", anatomy.claims)):
        if part is not None:
            line()
            line(Text(title, "bold"))
            table(_part_rows(part, now))
    if not anatomy.encrypted:
        line()
        line(Text("signature", "bold"))
        line("  (none)" if anatomy.signature is None else f"  {anatomy.signature} octets, not checked")


def as_json(anatomy: Anatomy) -> dict[str, Any]:
    """Give an anatomy as a JSON document; `verified` is false in it and in each of its parts."""
    error = anatomy.error
    return {
        "verified": False,
        "well_formed": error is None,
        "error": error
        and {
            "verified": False,
            "class": type(error).__name__,
            "code": error.code,
            "reason": error.reason,
            "message": error.message,
        },
        "looks_like": {
            "verified": False,
            "kind": anatomy.kind,
            "issuer": anatomy.claim("iss"),
            "user_pool": anatomy.pool,
        },
        "header": _part_members(anatomy.header),
        "claims": _part_members(anatomy.claims),
        "signature": {"verified": False, "octets": anatomy.signature},
    }


def _summary_rows(anatomy: Anatomy) -> Iterator[Row]:
    yield "looks like", _KINDS[anatomy.kind]
    issuer = anatomy.claim("iss")
    if issuer is not None:
        yield "issuer", issuer if isinstance(issuer, str) else value(issuer)
    if anatomy.pool is not None:
        yield "user pool", anatomy.pool


def _part_rows(part: Part, now: float) -> Iterator[Row]:
    if part.fault is not None:
        yield "(fault)", part.fault
    for name, member in (part.members or {}).items():
        shown = Text(value(member))
        if (seconds := _seconds(name, member)) is not None:
            shown.append(f"  {moment(seconds, now)}", "dim")
        yield name, shown
    if part.text is not None:
        rest = len(part.text) - _MOST_TEXT
        yield "(text)", printable(part.text[:_MOST_TEXT]) + (f" (and {rest} characters more)" if rest > 0 else "")


def _part_members(part: Part | None) -> Mapping[str, Any]:
    members: dict[str, Any] = {"verified": False}
    if part is None:
        return members
    if part.fault is not None:
        members["fault"] = part.fault
    if part.members is not None:
        members["members"] = part.members
        times = {name: _seconds(name, member) for name, member in part.members.items()}
        if any(seconds is not None for seconds in times.values()):
            members["times"] = {name: utc(seconds) for name, seconds in times.items() if seconds is not None}
    if part.text is not None:
        members["text"] = part.text
    return members


def _seconds(name: str, member: object) -> float | None:
    if name in _TIMES and isinstance(member, int | float) and not isinstance(member, bool):
        return member
    return None
