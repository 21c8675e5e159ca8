"""ASGI and WSGI apps under real servers, as child processes on loopback."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

from devtools.processes import LOOPBACK, answers, free_port, running


@contextlib.contextmanager
def uvicorn(
    factory: str, folder: Path, env: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Generator[str]:
    """
    Serve an ASGI app under uvicorn for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.
        options: For the command, such as ``--http=h11``.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    command = ["uvicorn", factory, "--factory", f"--host={LOOPBACK}", f"--port={port}"]
    with _serving([*command, "--log-level=warning", "--no-access-log", *options], port, folder, env) as url:
        yield url


@contextlib.contextmanager
def hypercorn(factory: str, folder: Path, env: Mapping[str, str] | None = None) -> Generator[str]:
    """
    Serve an ASGI app under hypercorn for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    with _serving(["hypercorn", f"--bind={LOOPBACK}:{port}", f"{factory}()"], port, folder, env) as url:
        yield url


@contextlib.contextmanager
def granian(
    factory: str, folder: Path, env: Mapping[str, str] | None = None, interface: str = "asgi"
) -> Generator[str]:
    """
    Serve an app under granian for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.
        interface: ``asgi`` or ``wsgi``.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    command = ["granian", f"--interface={interface}", "--factory", f"--host={LOOPBACK}", f"--port={port}", factory]
    with _serving([*command, "--log-level=warning"], port, folder, env) as url:
        yield url


@contextlib.contextmanager
def gunicorn(
    factory: str, folder: Path, env: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Generator[str]:
    """
    Serve a WSGI app under gunicorn for as long as the block lasts; gives the base URL.

    Args:
        factory: ``module:function``, which makes the app.
        folder: Where the module is found.
        env: How the app is told its configuration.
        options: For the command, such as ``--worker-class=gthread``.

    Raises:
        ProcessFailedError: The server ended early or did not answer in time.
    """
    port = free_port()
    command = ["gunicorn", f"{factory}()", f"--bind={LOOPBACK}:{port}", "--log-level=warning", "--no-control-socket"]
    with _serving([*command, *options], port, folder, env) as url:
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


# Each in the ways that differ in what an application is told: uvicorn has two parsers of HTTP and two of websockets.
ASGI_SERVERS: Mapping[str, Callable[..., contextlib.AbstractContextManager[str]]] = {
    "uvicorn h11": functools.partial(uvicorn, options=("--http=h11", "--ws=wsproto")),
    "uvicorn httptools": functools.partial(uvicorn, options=("--http=httptools", "--ws=websockets-sansio")),
    "hypercorn": hypercorn,
    "granian": granian,
}
WSGI_SERVERS: Mapping[str, Callable[..., contextlib.AbstractContextManager[str]]] = {
    "gunicorn": gunicorn,
    "gunicorn threads": functools.partial(gunicorn, options=("--worker-class=gthread", "--threads=2")),
    "waitress": waitress,
    "granian": functools.partial(granian, interface="wsgi"),
}
