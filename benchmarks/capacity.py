"""
Capacity: what many services, pools and requests take, worked out from what was measured last.

    python -m benchmarks.capacity

It prints the tables of docs/capacity.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import forward_auth
from benchmarks.report import RESULTS, load
from benchmarks.served import CPU

BUSY: Final = 0.6
"""Which part of its time a core may be busy: what is left is for peaks, and for a zone that fails."""

RENEWAL: Final = 240.0
"""Seconds between two fetches of the keys of a pool that is in use: four fifths of 300 (`cogauth.keyring`)."""

POOL_BYTES: Final = 14_422
"""Resident bytes of a pool with two RSA keys, the key objects of OpenSSL included: 5,000 of them in one process."""

CACHE: Final = 4096
"""Tokens that a process remembers."""

RATES: Final = (1_000, 100_000, 1_000_000)
"""Requests per second."""

POOLS: Final = 5_000
TTL: Final = 300
"""Seconds for which API Gateway keeps an authorizer's answer (REST APIs, by default)."""

LIVE: Final = (10_000, 1_000_000, 10_000_000)
"""Callers within that time."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process took."""

    seen: float
    """Microseconds of CPU of `cogauth serve` for a request whose token is remembered."""
    unseen: float
    """The same for one whose signature is verified."""
    process: float
    """Resident bytes of a process whose memory of tokens is full."""

    @classmethod
    def last(cls, folder: Path = RESULTS) -> Measured:
        """Read what was measured last, behind nginx and in the soak."""
        rows = {row.name: row.figures for row in load("forward_auth", folder)[0].rows}
        seen = rows[forward_auth.SERVE][CPU]
        extra = rows[forward_auth.MISSES][CPU] - rows[forward_auth.HITS][CPU]
        soak = json.loads((folder / "soak.json").read_text())
        return cls(seen, seen + extra, soak["end_kib"] * 1024)


@dataclass(frozen=True, slots=True)
class Need:
    """What a rate of requests takes."""

    rate: int
    cores: int
    """If all tokens are remembered."""
    cores_unseen: int
    """If none is."""
    memory: int
    """Bytes, of one process for each of the latter cores."""
    fetches: float
    """Of keys, per second, by all these processes, if each sees tokens of all pools."""

    @classmethod
    def of(cls, rate: int, measured: Measured, pools: int = POOLS) -> Need:
        """Work it out."""
        cores = math.ceil(rate * measured.seen / 1e6 / BUSY)
        unseen = math.ceil(rate * measured.unseen / 1e6 / BUSY)
        memory = round(unseen * (measured.process + pools * POOL_BYTES))
        return cls(rate, cores, unseen, memory, unseen * pools / RENEWAL)


def table(measured: Measured) -> str:
    """Write what rates take."""
    lines = [
        "| requests/s | cores, all remembered | cores, none remembered | memory, GiB | key fetches/s | of each pool |",
        "|---|---|---|---|---|---|",
    ]
    for rate in RATES:
        need = Need.of(rate, measured)
        per_pool = spelled_pause(POOLS / need.fetches)
        lines.append(
            f"| {rate:,} | {need.cores:,} | {need.cores_unseen:,} | {need.memory / 2**30:,.1f} | {need.fetches:,.0f} "
            f"| one in {per_pool} |"
        )
    return "\n".join(lines)


def gateway_table() -> str:
    """Write how often API Gateway asks an authorizer whose answers it keeps."""
    lines = ["| callers within five minutes | calls of the authorizer/s |", "|---|---|"]
    lines += [f"| {callers:,} | {callers / TTL:,.0f} |" for callers in LIVE]
    return "\n".join(lines)


def figures(measured: Measured) -> str:
    """Write what it is worked out from."""
    return "\n".join(
        [
            "| measured | |",
            "|---|---|",
            f"| CPU for a request, token remembered | {measured.seen:.0f} µs |",
            f"| CPU for a request, signature verified | {measured.unseen:.0f} µs |",
            f"| memory of a process that remembers {CACHE:,} tokens | {measured.process / 2**20:.0f} MiB |",
            f"| more for each pool | {POOL_BYTES / 1000:.1f} kB |",
        ]
    )


def spelled_pause(seconds: float) -> str:
    """Write how long something is apart."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


if __name__ == "__main__":
    last = Measured.last()
    print(figures(last), table(last), gateway_table(), sep="\n\n")
