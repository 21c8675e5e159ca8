"""The supervisor: starts workers, starts again those that die, passes signals on, and ends when they have ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Final

from cogauth import AsyncAuthorizer
from cogauth_asgi.serve.figures import Figures
from cogauth_asgi.serve.journal import say
from cogauth_asgi.serve.worker import SIGNALS, reread

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a worker that died is started again: after one death, and after many."""

LONG_LIFE: Final = 60.0
"""Seconds after which a worker's death is not held against the next one."""

GRACE: Final = 5.0
"""Seconds that workers have beyond those of the settings until they are killed."""

_HEARD: Final = SIGNALS | {signal.SIGCHLD}

Work = Callable[[int, Callable[[], None]], int]
"""What a worker does, told its lifeline and whom to tell that it has begun; gives its exit code."""


class Supervisor:
    """
    Keeps *workers* processes at *work*.

    They are forked, so that they have what this process has: the sockets, and the configuration that was last found to
    be right. A worker that takes the place of one that died goes by that, whatever the file has become since.

    Args:
        work: what a worker does.
        workers: how many there are.
        authorizer: decides nothing here; it is what workers begin with.
        figures: told of workers that have ended.
        stop_seconds: how long workers may take to stop.
        stopping: called when they begin to.
    """

    def __init__(
        self,
        work: Work,
        *,
        workers: int,
        authorizer: AsyncAuthorizer,
        figures: Figures,
        stop_seconds: float,
        stopping: Callable[[], None],
    ) -> None:
        self._work = work
        self._workers = workers
        self._authorizer = authorizer
        self._figures = figures
        self._stop_seconds = stop_seconds
        self._stopping = stopping
        self._born: dict[int, float] = {}
        self._begun = False
        self._pause = 0.0
        self._due: list[float] = []
        self._kill_at: float | None = None
        self._code = 0

    def run(self) -> int:
        """Work until told to stop, or until a worker cannot begin at all; give the exit code."""
        self._told, tell = os.pipe()
        self._lifeline, self._alive = os.pipe()
        self._signals, waker = os.pipe()
        os.set_blocking(waker, False)
        for number in _HEARD:
            signal.signal(number, _hear)
        signal.set_wakeup_fd(waker)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        self._tell, self._waker = tell, waker
        self._due = [time.monotonic()] * self._workers
        while self._born or (self._due and self._kill_at is None):
            self._start_due()
            self._wait()
        return self._code

    def _start_due(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._send(signal.SIGKILL)
                self._code, self._kill_at = 1, float("inf")
            return
        due = [moment for moment in self._due if moment <= now]
        self._due = [moment for moment in self._due if moment > now]
        for _ in due:
            self._fork()

    def _fork(self) -> None:
        # What is sent meanwhile must reach neither this process in the child nor a child that cannot hear yet.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        process = os.fork()
        if process == 0:
            self._be_worker()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        self._born[process] = time.monotonic()
        say(logging.INFO, "worker_started", f"worker {process} started", worker=process)

    def _be_worker(self) -> None:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in _HEARD:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for end in (self._told, self._alive, self._signals, self._waker):
                os.close(end)
            code = self._work(self._lifeline, lambda: os.close(self._tell) if os.write(self._tell, b".") else None)
        except BaseException:
            logging.getLogger("cogauth.serve").exception("the worker failed", extra={"cogauth_event": "worker_failed"})
        finally:
            # Nothing that this process shares with the supervisor is put away by two.
            sys.stderr.flush()
            os._exit(code)

    def _wait(self) -> None:
        moments = [*self._due, *([self._kill_at] if self._kill_at is not None else [])]
        seconds = min(moments) - time.monotonic() if moments else None
        bounded = None if seconds is None or seconds == float("inf") else max(0.0, seconds)
        ready, _, _ = select.select([self._signals, self._told], [], [], bounded)
        if self._told in ready:
            os.read(self._told, 4096)
            self._begun = True
        for number in os.read(self._signals, 4096) if self._signals in ready else b"":
            self._heed(signal.Signals(number))

    def _heed(self, number: signal.Signals) -> None:
        if number is signal.SIGCHLD:
            self._bury()
        elif number is signal.SIGHUP:
            self._reload()
        elif self._kill_at is None:
            say(logging.INFO, "stopping", f"stopping, by {number.name}")
            self._stop()
        else:
            self._kill_at = time.monotonic()  # whoever says it twice means it

    def _reload(self) -> None:
        # A file with mistakes goes no further than here, so that all workers go on by the same one.
        if self._kill_at is not None:
            return
        if asyncio.run(reread(self._authorizer)):
            self._send(signal.SIGHUP)
        else:
            self._figures.reloaded(well=False)

    def _stop(self) -> None:
        self._kill_at = time.monotonic() + self._stop_seconds + GRACE
        self._stopping()
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for process in self._born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def _bury(self) -> None:
        for process in tuple(self._born):
            found, status = os.waitpid(process, os.WNOHANG)
            if found:
                self._mourn(process, os.waitstatus_to_exitcode(status))

    def _mourn(self, process: int, code: int) -> None:
        age = time.monotonic() - self._born.pop(process)
        self._figures.forget(process)
        if self._kill_at is not None:
            self._code = self._code or (1 if code else 0)
            return
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        say(logging.ERROR, "worker_ended", f"worker {process} ended {how}", worker=process, code=code)
        if not self._begun:
            # It is not the moment but the machine or the settings: trying again would only hide it.
            say(logging.ERROR, "stopping", "stopping: a worker cannot begin")
            self._code = 1
            self._stop()
            return
        self._pause = FIRST_PAUSE if age > LONG_LIFE else min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
        self._due.append(time.monotonic() + self._pause)


def _hear(number: int, frame: object) -> None:
    """Let the signal wake this process up, which is told its number there."""
