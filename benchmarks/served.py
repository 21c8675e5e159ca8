"""Contenders that are servers: processes of their own, asked over loopback by wrk, which has a core to itself."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from benchmarks.harness import Absent, Contender, Effort
from benchmarks.tokens import Sample, SigningKey, user_pool
from cogauth.testing.loopback import serve
from devtools.processes import LOOPBACK, answers, free_port, running

ROUNDS: Final = 9
SECONDS: Final = 1
"""How long a contender is asked in each round: wrk takes whole seconds."""

CONNECTIONS: Final = 16
RATE: Final = "requests per second"
CPU: Final = "CPU microseconds"
PATH: Final = "/orders/17"
REPOSITORY: Final = Path(__file__).parent.parent
_SCRIPT: Final = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Tokens:
    """What wrk asks with: files of tokens, and of the order in which they come."""

    folder: Path
    good: Sequence[str]
    bad: Mapping[str, str]
    jwks: Path
    jwks_url: str

    @classmethod
    @contextlib.contextmanager
    def made(cls, count: int, few: int, draws: int) -> Generator[Tokens]:
        """
        Have tokens while the block lasts, and their keys in a file and over HTTP.

        There are *count*. They come all in turn, *few* of them in turn, or *draws* times by Zipf's law.
        """
        sample: Sample = user_pool(SigningKey.generate("RS256"), count)
        chance = random.Random(1)  # noqa: S311  a workload
        weights = [1 / rank for rank in range(1, count + 1)]
        orders = {
            "few": range(min(few, count)),
            "all": range(count),
            "zipf": chance.choices(range(count), weights, k=draws),
        }
        with tempfile.TemporaryDirectory() as name, serve(lambda _origin, _path: sample.jwks) as origin:
            folder = Path(name)
            (folder / "tokens").write_text("".join(f"{token}\n" for token in sample.good))
            (folder / "jwks.json").write_text(json.dumps(sample.jwks))
            for order, numbers in orders.items():
                (folder / order).write_text("".join(f"{number}\n" for number in numbers))
            yield cls(folder, sample.good, sample.bad, folder / "jwks.json", f"{origin}/jwks.json")


@dataclass
class Served(Contender[str]):
    """
    A server that is asked.

    `figures` are medians over the rounds: requests per second, p50 and p99 in milliseconds, and the microseconds of CPU
    that *process*, and those that it started, took for each request.
    """

    url: str = ""
    process: int = 0
    tokens: Tokens | None = None
    order: str = "few"
    cookie: bool = False
    _rounds: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    @classmethod
    def at(
        cls,
        name: str,
        url: str,
        process: int,
        tokens: Tokens,
        order: str = "few",
        note: str = "",
        *,
        cookie: bool = False,
    ) -> Served:
        """Make a contender of the server at *url*."""

        def call(token: str) -> None:
            headers = {"Authorization": f"Bearer {token}", "Host": "api.example.com"}
            if cookie:
                headers["Cookie"] = f"cognito_access_token={token}"
            httpx.get(f"{url}{PATH}", headers=headers, trust_env=False, timeout=30).raise_for_status()

        made = cls(name, call, tokens.good, note)
        made.url, made.process, made.tokens, made.order, made.cookie = url, process, tokens, order, cookie
        return made

    def load(self, seconds: int, place: int) -> None:
        """
        Ask for some *seconds*, and note how that went.

        Raises:
            ValueError: a request failed, so that the time would be that of something else.
        """
        assert self.tokens is not None
        folder = self.tokens.folder
        command = [_wrk(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(_SCRIPT), self.url, "--"]
        files = [str(folder / "tokens"), str(folder / self.order), str(place), PATH, "cookie" if self.cookie else ""]
        before = cpu(self.process)
        done = subprocess.run([*command, *files], check=False, capture_output=True, text=True)  # noqa: S603  our own
        spent = cpu(self.process) - before
        if done.returncode:
            raise ValueError(f"{self.name}: wrk says {done.stderr.strip()}")
        went = json.loads(done.stdout.splitlines()[-1])
        if went["failed"] or not went["requests"]:
            raise ValueError(f"{self.name}: {went['failed']} of {went['requests']} requests failed")
        self.times.append(went["microseconds"] / went["requests"])
        self._rounds.append(
            {
                RATE: went["requests"] / went["microseconds"] * 1e6,
                "p50 ms": went["p50"] / 1000,
                "p99 ms": went["p99"] / 1000,
                CPU: spent * 1e6 / went["requests"],
            }
        )
        self.figures = {
            name: round(statistics.median(each[name] for each in self._rounds), 2)
            for name in self._rounds[0]
            if self.process or name != CPU
        }

    def forget(self) -> None:
        """Forget how it went so far."""
        self.times.clear()
        self._rounds.clear()


def run(contenders: Sequence[Served], effort: Effort, rounds: int = ROUNDS) -> None:
    """Ask all *contenders* in turns, in a new random order each round; the first time does not count."""
    turns = random.Random(1)  # noqa: S311  an order, not a secret
    for contender in contenders:
        contender.load(SECONDS, 0)
        contender.forget()
    for _ in range(min(effort.rounds, rounds)):
        for contender in turns.sample(contenders, len(contenders)):
            contender.load(SECONDS, turns.randrange(10_000))


@contextlib.contextmanager
def server(command: Sequence[str], env: Mapping[str, str], folder: Path = REPOSITORY) -> Generator[tuple[str, int]]:
    """Run `python -m` *command*, in which PORT is replaced, while the block lasts; gives the URL and the process."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    filled = [sys.executable, "-m", *(part.replace("PORT", str(port)) for part in command)]
    path = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))
    with running(filled, ready=answers(url), env={**env, "PYTHONPATH": path}, cwd=folder) as process:
        yield url, process.pid


def cpu(session: int) -> float:
    """Tell the seconds of CPU that all processes of *session* have taken."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name may hold anything; what counts is behind its bracket.
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def look_for_wrk() -> None:
    """
    Make sure that wrk is there.

    Raises:
        Absent: it is not.
    """
    _wrk()


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise Absent("wrk is not installed")
    return found
