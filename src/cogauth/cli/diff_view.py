"""The difference of two configurations, shown to people and to machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from cogauth.cli.escapes import names, printable
from cogauth.cli.exits import Exit
from cogauth.cli.finding_view import headline
from cogauth.cli.output import NO, YES, Output, Row, listing
from cogauth.config import Configuration
from cogauth.review.changes import Change, Changes, Side, changes
from cogauth.review.settings import Setting, issuers_changed, roles_changed, switches_changed


@dataclass(frozen=True, slots=True)
class Compared:
    """What has changed from one configuration to another."""

    changes: Changes
    issuers: tuple[Setting, ...]
    roles: tuple[Setting, ...]
    switches: tuple[Setting, ...]
    fingerprints: tuple[str, str]

    @classmethod
    def of(cls, old: Configuration, new: Configuration) -> Compared:
        """Compare two configurations."""
        return cls(
            changes=changes(Side(old.policy, old.issuers), Side(new.policy, new.issuers)),
            issuers=tuple(issuers_changed(old.issuers, new.issuers)),
            roles=tuple(roles_changed(old.policy, new.policy)),
            switches=tuple(switches_changed(old.policy, new.policy)),
            fingerprints=(old.policy.fingerprint, new.policy.fingerprint),
        )

    @property
    def same(self) -> bool:
        """Whether nobody may do more or less and whom to trust has not changed; roles by themselves give nothing."""
        return (
            not self.changes.decided
            and not self.changes.shadowed
            and self.changes.complete
            and not self.issuers
            and not self.switches
        )

    @property
    def exit(self) -> Exit:
        """Yes if they are the same."""
        return Exit.YES if self.same else Exit.NO


def show(compared: Compared, old: str, new: str, output: Output) -> None:
    """Print the difference; what is open to all now comes first."""
    files = f"{old} and {new}"
    if compared.same:
        said = "" if compared.fingerprints[0] == compared.fingerprints[1] else ", though not written alike"
        output.show(headline("same", YES, f"{files} decide alike{said}"))
    else:
        output.show(headline("different", NO, files))
    if not compared.changes.complete:
        output.show("  There are too many routes to lay all over each other: only those of equal shape were compared.")
    opened = [change for change in compared.changes.decided if change.opened]
    _show_changes("OPEN TO ALL NOW", opened, output, NO)
    _show_changes("routes", [change for change in compared.changes.decided if not change.opened], output)
    _show_changes("routes in shadow mode, which decide nothing", compared.changes.shadowed, output)
    for title, settings in (("issuers", compared.issuers), ("roles", compared.roles), ("settings", compared.switches)):
        if settings:
            output.show()
            output.show(Text(title, "bold"))
            output.show(listing((setting.kind, _told(setting)) for setting in settings))


def as_json(compared: Compared) -> dict[str, Any]:
    """Give the difference as a JSON document."""
    return {
        "same": compared.same,
        "complete": compared.changes.complete,
        "fingerprints": {"old": compared.fingerprints[0], "new": compared.fingerprints[1]},
        "routes": [change._asdict() for change in compared.changes.decided],
        "shadow": [change._asdict() for change in compared.changes.shadowed],
        "issuers": [setting._asdict() for setting in compared.issuers],
        "roles": [setting._asdict() for setting in compared.roles],
        "settings": [setting._asdict() for setting in compared.switches],
    }


def _show_changes(title: str, found: Iterable[Change], output: Output, style: str = "bold") -> None:
    for number, change in enumerate(found):
        if number == 0:
            output.show()
            output.show(Text(title, style))
        output.show("  " + printable(f"{f'api {change.api}: ' if change.api else ''}{change.requests}"))
        output.show(listing(("  " + name, shown) for name, shown in _rows(change)))


def _rows(change: Change) -> Iterator[Row]:
    if change.old is None:
        yield "route", "added"
    elif change.new is None:
        yield "route", "removed"
    elif change.old != change.new:
        yield "decided by", f"{change.new}; it was {change.old}"
    if change.closed:
        yield "closed", "it was open to all"
    if change.gains:
        yield "gain", Text(names(change.gains), YES)
    if change.loses:
        yield "lose", Text(names(change.loses), NO)
    let_in = "everybody, with a token or without" if change.opened else _instance(change.let_in)
    yield from ((name, who) for name, who in (("let in", let_in), ("shut out", _instance(change.shut_out))) if who)
    if not change.exact:
        yield "compare", "by hand: the rules tell too many kinds of callers apart"


def _instance(caller: str | None) -> str:
    return "" if caller is None else f"for instance {caller}"


def _told(setting: Setting) -> str:
    return setting.what + (f": {'; '.join(setting.how)}" if setting.how else "")
