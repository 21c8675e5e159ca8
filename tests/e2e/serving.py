"""`cogauth serve` as a process of its own, and what a test asks of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from prometheus_client.parser import text_string_to_metric_families

from cogauth.testing import LocalUserPool
from devtools.processes import running

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds for what takes a fraction of one, on a machine that has other things to do."""

POLICY = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]
KEYS

[roles]
editor = { groups = ["editors"] }

[[route]]
match = "GET /orders/{id}"
allow = "ALLOW"
"""


def policy(allow: str = "editor", keys: str = 'jwks = "jwks.json"') -> str:
    """Write the configuration; *keys* says where they are."""
    return POLICY.replace("ALLOW", allow).replace("KEYS", keys)


def eventually(find: Callable[[], T | None], what: str) -> T:
    """Ask again and again until there is an answer that is not empty."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = find()
        if found:
            return found
        assert time.monotonic() < deadline, f"in {PATIENCE:g} s there was no {what}"
        time.sleep(0.02)


class Staff:
    """A folder with a configuration, and a pool with somebody in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"})
        self.pool.add_user("ana", groups=["editors"])
        self.ana = self.pool.sign_in("ana").access
        (folder / "jwks.json").write_text(json.dumps(self.pool.jwks))
        self.write(policy())

    def write(self, text: str) -> None:
        """Put another configuration in place of the one that is there."""
        beside = self.folder / "new.toml"
        beside.write_text(text)
        beside.replace(self.folder / "cogauth.toml")


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    log: Path

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Give what it has said of an event so far."""
        return [line for line in _lines(self.log) if line["event"] == event]

    @property
    def address(self) -> str:
        """Where it listens for HTTP."""
        return str(next(line["address"] for line in self.lines("listening") if "address" in line))

    @property
    def grpc(self) -> str:
        """Where it listens for gRPC."""
        return str(next(line["grpc"] for line in self.lines("listening") if "grpc" in line))

    @property
    def workers(self) -> list[int]:
        """The processes that decide, by their numbers, in the order in which they began."""
        return [int(line["process"]) for line in self.lines("ready")]

    def get(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> httpx.Response:
        """Ask over a connection of its own, so that any of the workers may answer."""
        return httpx.get(f"http://{self.address}{path}", headers=list(headers), trust_env=False, timeout=PATIENCE)

    def verify(self, token: str | None, path: str = "/orders/17") -> httpx.Response:
        """Ask as Caddy does."""
        named = [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", path), ("X-Forwarded-Host", "api.example.com")]
        return self.get("/verify", [*named, ("Authorization", f"Bearer {token}")] if token else named)

    def policies(self) -> str:
        """Give the fingerprint that `/readyz` tells."""
        return str(self.get("/readyz").json()["policy"])

    def counted(self, reason: str) -> float:
        """Give how many decisions `/metrics` has of that reason, in all."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics").text)
            for sample in family.samples
            if sample.name == "cogauth_decisions_total" and sample.labels["reason"] == reason
        )

    def send(self, number: int, process: int | None = None) -> None:
        """Send a signal to the service, or to one of its processes."""
        os.kill(process or self.process.pid, number)

    def end(self) -> int:
        """Wait until it has ended; give the exit code."""
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def serving(folder: Path, *options: str, workers: int = 1) -> Generator[Service]:
    """Serve the configuration in *folder* until the block is over, if nothing has ended it before."""
    log = folder / "log"
    log.write_bytes(b"")
    command = [sys.executable, "-m", "cogauth", "serve", "--behind", "caddy", "--log", "json"]
    if "--unix" not in options:
        command += ["--port", "0"]
    # So that what it says can be read while it runs; the shell becomes the service.
    redirected = ["sh", "-c", 'exec "$@" 2>"$0"', str(log), *command, "--workers", str(workers), *options]

    def ready() -> bool:
        return len([line for line in _lines(log) if line["event"] == "ready"]) == workers

    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    with running(redirected, ready=ready, env={"TMPDIR": str(temporary)}, cwd=folder) as process:
        yield Service(process, log)


def _lines(log: Path) -> list[dict[str, Any]]:
    """Read the lines that are whole."""
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
