"""The stage: two services of `cogauth serve`, and the place where they fetch keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from benchmarks.soak.crowd import CLIENT, KEYLESS, POOL
from benchmarks.soak.truth import NO_GROUP, OK, Truth
from cogauth.testing import LocalUserPool
from devtools.processes import LOOPBACK, free_port, running

PATIENCE: Final = 60.0
"""Seconds for what takes a fraction of one, on a machine that has other things to do."""

# "nobody" is a group in which nobody is.
ANSWERS: Final = {"editor": OK, "auditor": NO_GROUP}
"""What a good token is answered on the route that changes, by the role that may."""

_POLICY: Final = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "{pool}"
clients = ["{client}"]
jwks_uri = "{keys}/staff"

[[issuer]]
name = "keyless"
user_pool = "{keyless}"
clients = ["{client}"]
jwks_uri = "{keys}/keyless"

[roles]
editor = {{ groups = ["editors"], issuer = "staff" }}
auditor = {{ groups = ["auditors"], issuer = "staff" }}

[[route]]
match = "GET /orders/{{id}}"
allow = "editor"

[[route]]
match = "GET /reports/{{id}}"
allow = "{role}"

[[route]]
match = "GET /open"
allow = "public"
"""


class Source:
    """Serves the keys of the pool over HTTP, with 503 while it is `down`; those of the other pool, never."""

    def __init__(self, pool: LocalUserPool) -> None:
        self._pool = pool
        self.down = False
        self.fetches = 0
        """How often the keys of the pool were asked for."""

    @contextlib.contextmanager
    def serve(self) -> Generator[str]:
        """Serve while the block lasts; gives the URL."""
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                there = self.path == "/staff" and not source.down
                source.fetches += self.path == "/staff"
                body = json.dumps(source._pool.jwks if there else {}).encode()
                self.send_response(200 if there else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
                """Say nothing."""

        with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield f"http://{LOOPBACK}:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()


class Service:
    """
    A service that is started, told to read its file again, and stopped.

    Args:
        name: what it is called.
        folder: its own.
        keys: the URL of the source.
        workers: processes that decide.
    """

    def __init__(self, name: str, folder: Path, keys: str, workers: int) -> None:
        self.name = name
        self.truth = Truth()
        self.port = free_port()
        self.workers = workers
        self.unsettled = False
        """Whether connections may be cut off now: it, or a worker of it, is being ended."""
        self._folder = folder
        self._keys = keys
        self._log = folder / "log"
        self._read = 0
        self._rest = b""
        self._seen: list[dict[str, Any]] = []
        self._stack = contextlib.ExitStack()
        self.process = 0
        folder.mkdir()
        self.write("editor")

    def write(self, role: str) -> None:
        """Put a file in place by which *role* may see the reports; a role that there is not is a mistake."""
        text = _POLICY.format(pool=POOL, keyless=KEYLESS, client=CLIENT, keys=self._keys, role=role)
        beside = self._folder / "new.toml"
        beside.write_text(text)
        beside.replace(self._folder / "cogauth.toml")

    def start(self) -> None:
        """Start, and wait until it decides."""
        self._log.write_bytes(b"")
        self._read, self._rest, self._seen = 0, b"", []
        command = [sys.executable, "-m", "cogauth", "serve", "--behind", "caddy", "--log", "json"]
        command += ["--port", str(self.port), "--workers", str(self.workers)]
        # So that what it says can be read while it runs; the shell becomes the service.
        redirected = ["sh", "-c", 'exec "$@" 2>"$0"', str(self._log), *command]
        ready = self.decides(self.workers)
        self._stack = contextlib.ExitStack()
        self.process = self._stack.enter_context(
            running(redirected, ready=ready, env={}, cwd=self._folder, seconds=PATIENCE)
        ).pid

    def stop(self) -> None:
        """Have it stop, gracefully."""
        self._stack.close()

    def signal(self, number: signal.Signals, process: int | None = None) -> None:
        """Send a signal to the service, or to one of its processes."""
        os.kill(process or self.process, number)

    @property
    def worker(self) -> int:
        """The worker that began last."""
        return int(self._lines("ready")[-1]["process"])

    def decides(self, times: int) -> Callable[[], bool]:
        """Make a check: whether workers have said as often as *times* that they decide."""
        return lambda: len(self._lines("ready")) >= times

    async def reload(self, role: str) -> None:
        """Have it read a file by which *role* may see the reports; wait until that is in force in all of it."""
        answer = ANSWERS.get(role)
        before = set(self.truth.policies)
        if answer is not None:
            self.truth.policies = before | {answer}
        self.write(role)
        count = len(self._lines("reload"))
        self.signal(signal.SIGHUP)
        # The first process looks at the file itself where there are several; one with mistakes reaches no worker.
        lines = self.workers + 1 if self.workers > 1 and answer is not None else 1
        await eventually(lambda: len(self._lines("reload")) >= count + lines, f"reload of {self.name}")
        if answer is not None:
            self.truth.policies = {answer}

    def resident(self) -> int:
        """Tell how many KiB of memory the process that was started has."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def _lines(self, event: str) -> list[dict[str, Any]]:
        """Give what it has said of an event so far."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        # Decisions are a line each, and of no interest here.
        self._seen += [json.loads(line) for line in whole if b'"event": "re' in line]
        return [line for line in self._seen if line["event"] == event]


async def eventually(holds: Callable[[], bool], what: str) -> None:
    """
    Wait until something holds.

    Raises:
        TimeoutError: it does not.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110  it is another process that changes
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise TimeoutError(f"in {PATIENCE:g} s there was no {what}") from None
