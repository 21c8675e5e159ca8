"""An ASGI app under the real uvicorn and a WSGI app under the real waitress, as child processes on loopback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

from devtools.processes import LOOPBACK, answers, free_port, running


@contextlib.contextmanager
def uvicorn(factory: str, folder: Path, env: Mapping[str, str] | None = None) -> Generator[str]:
    """
    Serve an ASGI app under uvicorn for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    command = ["uvicorn", factory, "--factory", f"--host={LOOPBACK}", f"--port={port}"]
    with _serving([*command, "--log-level=warning", "--no-access-log"], port, folder, env) as url:
        yield url


@contextlib.contextmanager
def waitress(factory: str, folder: Path, env: Mapping[str, str] | None = None) -> Generator[str]:
    """
    Serve a WSGI app under waitress for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    with _serving(["waitress", f"--listen={LOOPBACK}:{port}", "--call", factory], port, folder, env) as url:
        yield url


@contextlib.contextmanager
def _serving(command: list[str], port: int, folder: Path, env: Mapping[str, str] | None) -> Generator[str]:
    url = f"http://{LOOPBACK}:{port}"
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    with running([sys.executable, "-m", *command], ready=answers(url), env={**(env or {}), "PYTHONPATH": path}):
        yield url
