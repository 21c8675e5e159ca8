"""The supervisor, with workers that do other things than serve. It forks, so each test has a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from itertools import pairwise
from pathlib import Path

import pytest

PATIENCE = 60.0

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from cogauth_asgi.serve.supervisor import Supervisor
from cogauth_asgi.serve.worker import SIGNALS

class Figures:
    def forget(self, process): note("forgotten")
    def reloaded(self, *, well): note(f"reloaded {well}")

class Authorizer:
    class policy: fingerprint = "f"
    async def reload(self):
        if Path("bug").exists(): raise ZeroDivisionError

def note(text):
    with open("notes", "a") as notes: notes.write(text + "\\n")

def heed(number):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return signal.sigwait({number})

signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
WORK
supervisor = Supervisor(work, workers=2, authorizer=Authorizer(), figures=Figures(), stop_seconds=60,
                        stopping=lambda: note("stopping"))
sys.exit(supervisor.run())
"""

OBEDIENT = """
def work(lifeline, begun):
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    begun()
    note(f"began {os.getpid()}")
    while (number := signal.sigwait(SIGNALS)) == signal.SIGHUP: note("told")
    note("ended")
    return 0
"""
DEAF = OBEDIENT.replace('note("ended")', "time.sleep(600)")
UNABLE = "def work(lifeline, begun): return 3"
BROKEN = "def work(lifeline, begun): raise ZeroDivisionError"


class Run:
    """A supervisor under way."""

    def __init__(self, process: subprocess.Popen[bytes], notes: Path) -> None:
        self.process = process
        self._notes = notes

    @property
    def notes(self) -> list[str]:
        """What was noted so far."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be true."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, self.notes
            time.sleep(0.02)

    def workers(self) -> list[int]:
        """The processes that have begun."""
        return [int(note.partition(" ")[2]) for note in self.notes if note.startswith("began ")]


@contextlib.contextmanager
def supervised(work: str, folder: Path) -> Generator[Run]:
    """Run a supervisor until the block is over, if it has not ended before."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.replace("WORK", work)], cwd=folder, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield Run(process, folder / "notes")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("work", [UNABLE, BROKEN], ids=["unable", "broken"])
def test_a_worker_that_cannot_begin(work: str, tmp_path: Path) -> None:
    """It is not tried again: the whole ends, and says so by its exit code."""
    with supervised(work, tmp_path) as run:
        assert 1 == run.process.wait(PATIENCE)
    assert ["forgotten", "forgotten", "stopping"] == sorted(run.notes)


def test_signals_are_passed_on(tmp_path: Path) -> None:
    """To each worker: to read the file again if it is right, and to stop."""
    with supervised(OBEDIENT, tmp_path) as run:
        run.until(lambda: len(run.workers()) == 2)
        run.process.send_signal(signal.SIGHUP)
        run.until(lambda: run.notes.count("told") == 2)
        (tmp_path / "bug").touch()
        run.process.send_signal(signal.SIGHUP)
        run.until(lambda: "reloaded False" in run.notes)
        run.process.send_signal(signal.SIGTERM)
        assert 0 == run.process.wait(PATIENCE)
    assert (2, 2, 1) == tuple(run.notes.count(note) for note in ("told", "ended", "stopping"))


def test_a_worker_that_dies(tmp_path: Path) -> None:
    """Another takes its place, and another that one's, each later than the one before."""
    with supervised(OBEDIENT, tmp_path) as run:
        run.until(lambda: len(run.workers()) == 2)
        moments = [time.monotonic()]
        for count in (3, 4):
            os.kill(run.workers()[-1], signal.SIGKILL)
            run.until(lambda count=count: len(run.workers()) == count)  # type: ignore[misc]  # bound in the loop
            moments.append(time.monotonic())
        pauses = [later - earlier for earlier, later in pairwise(moments)]
        assert [True, True] == [pause >= least for pause, least in zip(pauses, (0.5, 1.0), strict=True)]
        run.process.send_signal(signal.SIGINT)
        assert 0 == run.process.wait(PATIENCE)
    assert 4 == run.notes.count("forgotten")


def test_a_worker_that_does_not_stop(tmp_path: Path) -> None:
    """It is killed when somebody says so a second time; that is no good end."""
    with supervised(DEAF, tmp_path) as run:
        run.until(lambda: len(run.workers()) == 2)
        run.process.send_signal(signal.SIGTERM)
        run.until(lambda: "stopping" in run.notes)
        assert run.process.poll() is None
        run.process.send_signal(signal.SIGTERM)
        assert 1 == run.process.wait(PATIENCE)
