"""What was packaged, shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rich.text import Text

from cogauth.cli.escapes import names
from cogauth.cli.finding_view import headline
from cogauth.cli.output import YES, Output, Row, listing
from cogauth.cli.package.build import Made, Order

EXPECTED: Final = 7_000_000
"""Bytes that a package stays below with what cogauth needs itself; Lambda takes 50 MB (AWS: "Lambda quotas")."""

_PINNED: Final = (
    "The keys are pinned: the function needs no network, and knows no other keys. When an issuer's keys are rotated, "
    "its new tokens are refused until a new package is deployed; cogauth keys tells what is published now."
)
_SEEDED: Final = (
    "The keys on board serve for a day from now, so that no start waits for others; the function renews them as it "
    "runs, and needs a way to do so."
)
_FETCHED: Final = "The function fetches keys with its first token: it needs a way to do so. --pin-keys does without."


def show(order: Order, made: Made, target: Path, templates: Iterable[Path], output: Output) -> None:
    """Print what was written and what follows from it."""
    output.show(headline("written", YES, str(target)))
    output.show(listing(_rows(order, made)))
    output.show()
    output.show(Text("versions", "bold"))
    output.show(listing((wheel.name, wheel.version) for wheel in made.wheels))
    if not made.configured.network:
        output.show()
        output.show(_PINNED)
    else:
        output.show()
        output.show(_SEEDED if order.keys == "seed" else _FETCHED)
    for name, keyset in made.configured.keysets.items():
        for silent in keyset.silent:
            output.remark("note", f"issuer {name}: no keys from {silent}")
    if not made.compiled:
        python = order.target.python
        output.remark(
            "note", f"no byte code: there is no python{python} here, and the function will start later for it"
        )
    for warning in made.warnings:
        output.remark("warning", warning)
    if len(made.octets) > EXPECTED:
        output.remark("warning", f"larger than {_megabytes(EXPECTED)}, which makes functions start later")
    for template in templates:
        output.show(headline("written", YES, str(template)))


def _rows(order: Order, made: Made) -> Iterator[Row]:
    yield "size", f"{_megabytes(len(made.octets))}, {_megabytes(made.unpacked)} unpacked"
    yield "sha256", made.digest
    yield "runtime", f"{order.target.runtime}, {order.target.machine}"
    yield "handler", "cogauth_lambda.handler.handler"
    yield "environment", " ".join(f"{name}={value}" for name, value in sorted(made.environment.items()))
    yield "policy", made.configured.configuration.policy.fingerprint
    for name, keyset in made.configured.keysets.items():
        yield "keys", f"{name}: {names(keyset.kids)}"


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.2f} MB"
