"""The real `moto_server` as a child process: a second opinion on the shapes of AWS's answers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

from devtools.processes import LOOPBACK, answers, free_port, running

DEFAULT_EXECUTABLE = Path(__file__).resolve().parents[1] / ".venv-moto" / "bin" / "moto_server"


class MotoMissingError(RuntimeError):
    """The emulator is not installed."""


@contextlib.contextmanager
def moto() -> Generator[str]:
    """
    Run the emulator for as long as the block lasts; gives the URL that all services answer at.

    It is looked for in ``COGAUTH_MOTO``, else in this repository's own environment for it.

    Raises:
        MotoMissingError: Nothing is there.
        ProcessFailedError: It ended early or did not answer in time.
    """
    path = Path(os.environ.get("COGAUTH_MOTO") or DEFAULT_EXECUTABLE)
    if not os.access(path, os.X_OK):
        raise MotoMissingError(f"no moto_server at {path}: `make e2e` installs it, COGAUTH_MOTO points elsewhere")
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    with running([str(path), "-H", LOOPBACK, "-p", str(port)], ready=answers(f"{url}/moto-api/"), env={}):
        yield url
