"""Run a child process for as long as a block lasts: wait until it answers, stop it for certain."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence

import httpx

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.05
TERMINATE_SECONDS = 5.0
TAIL_BYTES = 4_000

# A test run that is itself killed unwinds nothing. On Linux the kernel then ends the child: this launcher asks for
# that and becomes the command. It is a program of its own because code between fork and exec may deadlock when the
# parent has threads.
_LAUNCHER = """\
import ctypes, os, signal, sys
parent, command = int(sys.argv[1]), sys.argv[2:]
ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
if os.getppid() != parent:
    sys.exit(1)
os.execvp(command[0], command)
"""


class ProcessFailedError(RuntimeError):
    """A child process ended early or did not answer in time; the message holds the end of its output."""


def free_port() -> int:
    """Find a loopback TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> Callable[[], bool]:
    """Make a readiness check: whether anything at all, an error page included, answers at ``url``."""

    def ready() -> bool:
        try:
            httpx.get(url, timeout=1.0, trust_env=False)
        except httpx.TransportError:
            return False
        return True

    return ready


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    env: Mapping[str, str],
    cwd: str | os.PathLike[str] | None = None,
    seconds: float = 30.0,
) -> Generator[subprocess.Popen[bytes]]:
    """
    Start ``command``, wait until it is ready, and stop it and its children at the end of the block.

    Args:
        command: The program and its arguments.
        ready: Asked again and again until it says True.
        env: Variables beside the ones this process has.
        cwd: The working folder.
        seconds: The longest wait for ``ready``.

    Raises:
        ProcessFailedError: It ended before it was ready, or was not ready in time.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            _launched(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **env},
            start_new_session=True,
        )
        try:
            failure = _wait(process, ready, seconds)
            if failure:
                raise ProcessFailedError(f"{' '.join(command[:3])} {failure}\n{_tail(output.fileno())}")
            yield process
        finally:
            _stop(process)


def _launched(command: Sequence[str]) -> list[str]:
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *command]


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], seconds: float) -> str | None:
    """Wait, and tell what went wrong, if anything did."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if ready():
            return None
        if time.monotonic() >= deadline:
            return f"did not answer within {seconds:g} s"
        time.sleep(POLL_SECONDS)
    return f"ended with code {process.returncode} before it answered"


def _tail(file: int) -> str:
    # Read at a position: the child writes through the same open file, and seeking would move its end too.
    start = max(0, os.fstat(file).st_size - TAIL_BYTES)
    return os.pread(file, TAIL_BYTES, start).decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The group, because servers have workers. It is this child's own: it was started as the leader of a new session.
    for number, patience in ((signal.SIGTERM, TERMINATE_SECONDS), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
