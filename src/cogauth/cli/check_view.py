"""What a check has found, shown to people and to machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from cogauth.cli.escapes import printable
from cogauth.cli.exits import Exit
from cogauth.cli.finding_view import headline
from cogauth.cli.openapi import Coverage, Operation
from cogauth.cli.output import NO, YES, Output, Row, listing
from cogauth.config import Configuration

# As the reader writes them: "FILE: line 3: ...", and as the parsers of TOML and JSON do: "FILE: ... (at line 3, ...)".
_PLACED: Final = re.compile(r"(?P<file>.+?): line (?P<line>\d+): (?P<text>.*)", re.DOTALL)
_PARSED: Final = re.compile(r"(?P<file>.+?): (?P<text>.*?) ?(?:\(at )?\bline (?P<line>\d+)\b.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Checked:
    """A configuration, or the mistakes because of which there is none."""

    file: Path
    mistakes: tuple[str, ...]
    configuration: Configuration | None = None
    openapi: Path | None = None
    coverage: Coverage | None = None

    def exit(self, *, strict: bool) -> Exit:
        """Answer: yes if nothing is wrong; with *strict*, nothing to look at either."""
        if self.configuration is None or (self.coverage is not None and not self.coverage.clean):
            return Exit.NO
        return Exit.NO if strict and self.configuration.warnings() else Exit.YES


def show(checked: Checked, output: Output) -> None:
    """Print what was found; a mistake as `file:line: text`, which editors and CI know."""
    found = checked.configuration
    if found is None:
        number = len(checked.mistakes)
        output.show(headline("wrong", NO, f"{checked.file}: {number} mistake{'s' if number > 1 else ''}"))
        for mistake in checked.mistakes:
            file, line, text = _located(mistake)
            place = f"{file}:{line}: " if line is not None else ""
            output.show("  " + printable(place + text))
        return
    warnings = found.warnings()
    output.show(headline("right", YES, str(checked.file)))
    output.show(listing(_rows(found)))
    if warnings:
        output.show()
        output.show(Text("warnings", "bold"))
        output.show(listing((warning.where, warning.text) for warning in warnings))
    if checked.coverage is not None:
        output.show()
        _show_coverage(checked.coverage, str(checked.openapi), output)


def as_json(checked: Checked, *, strict: bool) -> dict[str, Any]:
    """Give what was found as a JSON document."""
    document: dict[str, Any] = {"file": str(checked.file), "ok": checked.exit(strict=strict) is Exit.YES}
    located = [_located(mistake) for mistake in checked.mistakes]
    document["mistakes"] = [{"file": file, "line": line, "text": text} for file, line, text in located]
    found = checked.configuration
    if found is not None:
        document["warnings"] = [
            {"topic": warning.topic, "where": warning.where, "text": warning.text} for warning in found.warnings()
        ]
        document["fingerprint"] = found.policy.fingerprint
        document["overrides"] = [each._asdict() for each in found.overrides]
    if checked.coverage is not None:
        document["openapi"] = {
            "file": str(checked.openapi),
            "operations": checked.coverage.operations,
            "without_rule": [_operation_members(each) for each in checked.coverage.without_rule],
            "without_operation": checked.coverage.without_operation,
        }
    return document


def _show_coverage(coverage: Coverage, file: str, output: Output) -> None:
    number = f"{coverage.operations} operation{'' if coverage.operations == 1 else 's'}"
    if coverage.clean:
        output.show(headline("fits", YES, f"{file}: {number}, each with a rule; no rule without an operation"))
        return
    output.show(headline("differs", NO, f"{file}: {number}"))
    rows = [("no rule for", f"{each} {each.name}".rstrip()) for each in coverage.without_rule]
    output.show(listing([*rows, *(("no operation for", line) for line in coverage.without_operation)]))


def _operation_members(operation: Operation) -> dict[str, str]:
    return {"method": operation.method, "path": operation.path, "operation_id": operation.name}


def _rows(found: Configuration) -> Iterator[Row]:
    policy = found.policy
    lines = sum(len(route.match) for _, route in policy.all_routes())
    yield "issuers", str(len(found.issuers))
    yield "roles", str(len(policy.roles))
    yield "routes", str(lines)
    if policy.apis:
        yield "apis", str(len(policy.apis))
    if found.identity_pools:
        yield "identity pools", str(len(found.identity_pools))
    if policy.resource is not None:
        yield "resource", policy.resource
    yield "fingerprint", policy.fingerprint
    for override in found.overrides:
        yield "overridden", f"{override.key} of issuer {override.issuer}, by {override.variable}"


def _located(mistake: str) -> tuple[str | None, int | None, str]:
    """Take a mistake apart: the file and the line, where it names them, and what is wrong."""
    for pattern in (_PLACED, _PARSED):
        found = pattern.fullmatch(mistake)
        if found is not None:
            return found["file"], int(found["line"]), found["text"]
    return None, None, mistake
