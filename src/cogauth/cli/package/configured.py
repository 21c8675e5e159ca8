"""Configured: the configuration as it is packaged: one JSON file, and the keys beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple

from cogauth import LoadBalancer
from cogauth._shapes import as_table
from cogauth.cli.package.archive import Entry
from cogauth.cli.package.failures import NotBuilt
from cogauth.cli.package.keysets import Keyset, fetched
from cogauth.config import Configuration, read
from cogauth.file.environment import overridden
from cogauth.file.mistakes import Mistakes
from cogauth.file.model import ISSUERS, names_of
from cogauth.file.reader import read_file
from cogauth.transport import Fetch

NAME: Final = "cogauth.json"
"""What COGAUTH_CONFIG of a packaged function says."""

Keys = Literal["pin", "seed"]


class Configured(NamedTuple):
    """A configuration that is ready to go."""

    entries: tuple[Entry, ...]
    configuration: Configuration
    """As the function will read it."""
    keysets: Mapping[str, Keyset]
    """What was fetched now, by the issuer's name."""

    @property
    def network(self) -> bool:
        """Whether the function will fetch anything."""
        # A load balancer's keys serve its own header, which no authorizer is shown.
        asked = (issuer for issuer in self.configuration.issuers if not isinstance(issuer, LoadBalancer))
        return any(source.pinned is None for issuer in asked for source in issuer.sources)


def configured(file: Path, keys: Keys | None, *, fetch: Fetch, now: float, environ: Mapping[str, str]) -> Configured:
    """
    Read *file* and what it includes, and write it as one file, with keys on board.

    JSON, because a function reads that fastest. Included files are part of it, and variables that override the file
    have done so.

    Args:
        file: the configuration.
        keys: fetch the keys of all issuers that have none pinned, as pinned ones or as a seed.
        fetch: gets a document.
        now: seconds since the epoch, the date of keys fetched now.
        environ: variables by name.

    Raises:
        ConfigurationError: the file has mistakes.
        NoKeys: the keys of an issuer cannot be had.
        NotBuilt: what was written does not say what *file* does.
    """
    before = read(file, environ)
    spelled: Any = read_file(file).table["issuer"]
    known = {kind: names_of(names) for kind, names in ISSUERS.items()}
    tables, _ = overridden(spelled, known, environ, Mistakes())
    entries: list[Entry] = []
    keysets: dict[str, Keyset] = {}
    written: list[dict[str, Any]] = []
    for number, (given, issuer) in enumerate(zip(tables, before.issuers, strict=True), 1):
        table = dict(as_table(given) or {})  # `read` has found it to be one
        if keys is not None and "jwks" not in table and not isinstance(issuer, LoadBalancer):
            keyset = keysets[issuer.name] = fetched(issuer.name, issuer.sources, fetch)
            table.pop("jwks_seed", None)
            if keys == "pin":
                table.pop("jwks_uri", None)
            key = "jwks" if keys == "pin" else "jwks_seed"
            table[key] = f"keys/{number}.json"
            entries.append(Entry(table[key], keyset.document, now if keys == "seed" else None))
        else:
            entries.extend(_taken_along(table, number, file.parent))
        written.append(table)
    document = {**before.policy.to_dict(), "issuer": written}
    entries.append(Entry(NAME, json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"))
    return Configured(tuple(entries), _read_again(entries, before), keysets)


def _taken_along(table: dict[str, Any], number: int, folder: Path) -> list[Entry]:
    """Have a file of keys lie beside the configuration, wherever it was; a seed as old as it is."""
    taken: list[Entry] = []
    for key in ("jwks", "jwks_seed"):
        value = table.get(key)
        if isinstance(value, str) and not value.lstrip().startswith("{"):
            path = folder / value
            table[key] = f"keys/{number}.json"
            taken.append(Entry(table[key], path.read_bytes(), path.stat().st_mtime if key == "jwks_seed" else None))
    return taken


def _read_again(entries: list[Entry], before: Configuration) -> Configuration:
    """Read what was written as the function will, without the variables of this machine."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for entry in entries:
            (folder / entry.name).parent.mkdir(exist_ok=True)
            (folder / entry.name).write_bytes(entry.data)
            if entry.date is not None:
                os.utime(folder / entry.name, (entry.date, entry.date))
        after = read(folder / NAME, {})
    same = after.policy.fingerprint == before.policy.fingerprint and list(map(repr, after.issuers)) == list(
        map(repr, before.issuers)
    )
    if not same:
        raise NotBuilt(["the configuration cannot be written as one file: this is a mistake of cogauth"])
    return after
