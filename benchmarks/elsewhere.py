"""
Contenders that live in a process of their own: another language, or another Python.

They get their turns like the others; while one works, everybody else waits. A worker times itself, by the CPU time of
its whole process, and only while it has tokens to verify.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import Absent, Contender, fresh
from benchmarks.tokens import CLIENT, POOL_ID, Sample

WORKERS: Final = Path(__file__).parent / "workers"
RYJWT: Final = Path(__file__).parent.parent / ".venv-ryjwt" / "bin" / "python"
NODE_FLOOR: Final = "node:crypto: the signature alone"
AWS_JWT_VERIFY: Final = "aws-jwt-verify"


class Worker:
    """A process that answers a line of JSON with a line of JSON."""

    def __init__(self, command: Sequence[str], sample: Sample) -> None:
        """
        Start *command*.

        Raises:
            Absent: it does not start; why is on standard error.
        """
        # The commands are this folder's own.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        configuration = {
            "pool_id": POOL_ID,
            "issuer": sample.issuer,
            "client": CLIENT,
            "jwks": sample.jwks,
            "token": sample.good[0],
        }
        try:
            self.version: str = self.ask(configuration)["version"]
        except (BrokenPipeError, RuntimeError):
            raise Absent(f"{Path(command[-1]).name} does not start") from None

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """
        Send *request* and wait for the answer.

        Raises:
            RuntimeError: the process has ended; why is on standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError("a worker has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let the process end, for it has nothing more to read."""
        self._process.communicate()


@dataclass
class Elsewhere(Contender[str]):
    """A contender whose work a worker does; `call` asks for one token, `spend` for a slice."""

    worker: Worker = field(kw_only=True)
    subject: str = "verify"

    def spend(self, work: Sequence[str]) -> int:
        answer = self.worker.ask({"subject": self.subject, "tokens": work})
        if answer.get("refused"):
            raise ValueError(f"{self.name} refused a token")
        nanoseconds: int = answer["nanoseconds"]
        return nanoseconds


def _elsewhere(name: str, worker: Worker, sample: Sample, subject: str, remark: str) -> Elsewhere:
    def call(token: str) -> None:
        contender.spend([token])

    contender = Elsewhere(name, call, sample.good, remark, fresh, worker=worker, subject=subject)
    return contender


def aws_jwt_verify(sample: Sample) -> tuple[Worker, list[Contender[str]]]:
    """
    Start aws-jwt-verify under Node.js, and beside it, in the same process, its own floor.

    Raises:
        Absent: there is no Node.js, or `make bench` has not installed the package.
    """
    node = shutil.which("node")
    if node is None:
        raise Absent("aws-jwt-verify: there is no Node.js")
    if not (WORKERS / "node_modules" / "aws-jwt-verify").is_dir():
        raise Absent("aws-jwt-verify is not installed")
    worker = Worker([node, str(WORKERS / "aws_jwt_verify.mjs")], sample)
    remark = f"{worker.version}; the process's CPU time"
    return worker, [
        _elsewhere(NODE_FLOOR, worker, sample, "floor", f"in the process of aws-jwt-verify {remark}"),
        _elsewhere(AWS_JWT_VERIFY, worker, sample, "verify", f"{remark}; verifySync"),
    ]


def ryjwt(sample: Sample) -> tuple[Worker, list[Contender[str]]]:
    """
    Start ryjwt in an environment of its own.

    Raises:
        Absent: `make bench` has not installed it, which takes a Python 3.12 or later.
    """
    if not RYJWT.is_file():
        raise Absent("ryjwt: no environment with Python 3.12 or later")
    worker = Worker([str(RYJWT), str(WORKERS / "ryjwt_worker.py")], sample)
    remark = f"{worker.version}; exp, token_use and client_id by hand; its RSA is AWS-LC's"
    return worker, [_elsewhere("ryjwt", worker, sample, "verify", remark)]
