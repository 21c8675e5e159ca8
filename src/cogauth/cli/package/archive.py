"""Archive: files as a zip whose bytes depend on nothing else."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable
from typing import Final, NamedTuple

# The first moment that a zip can tell: what has no date of its own has this one.
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)
# A regular file that everybody may read: Lambda runs functions as a user of its own (AWS: "Working with .zip file
# archives for Python Lambda functions").
_MODE: Final = 0o100644
_UNIX: Final = 3


class Entry(NamedTuple):
    """One file of an archive."""

    name: str
    """Its path, with `/` between the parts."""
    data: bytes
    date: float | None = None
    """Seconds since the epoch, where it matters; a zip tells every second one."""


def archive(entries: Iterable[Entry]) -> bytes:
    """
    Pack *entries* in the order of their names.

    Raises:
        ValueError: two have the same name.
    """
    ordered = sorted(entries)
    if len({entry.name for entry in ordered}) != len(ordered):
        raise ValueError("two files have the same name")
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as file:
        for entry in ordered:
            info = zipfile.ZipInfo(entry.name, _date(entry.date))
            info.create_system = _UNIX  # whatever this is run on
            info.external_attr = _MODE << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, entry.data, compresslevel=9)
    return octets.getvalue()


def _date(seconds: float | None) -> tuple[int, int, int, int, int, int]:
    if seconds is None:
        return _NO_DATE
    # A zip knows no time zone; Lambda's machines are set to UTC.
    moment = time.gmtime(seconds)
    return max(_NO_DATE, (moment[0], moment[1], moment[2], moment[3], moment[4], moment[5]))
