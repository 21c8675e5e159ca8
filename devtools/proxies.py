"""Real reverse proxies on loopback, run by the configuration files that are shown in docs/proxies."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from devtools.processes import LOOPBACK, answers, free_port, running

REPOSITORY: Final = Path(__file__).resolve().parents[1]
CONFIGURATIONS: Final = REPOSITORY / "docs" / "proxies"
DEFAULT_FOLDER: Final = REPOSITORY / ".venv-proxies" / "bin"

CLIENTS, COGAUTH, SERVICE = "8080", "9180", "8000"
"""The ports that the files name: where clients come, where cogauth is, where the service is."""


class ProxyMissingError(RuntimeError):
    """The proxy is not installed."""


def executable(name: str) -> str:
    """
    Where a proxy is: in ``COGAUTH_PROXIES``, else in this repository's own environment for them, else on the PATH.

    Raises:
        ProxyMissingError: it is in none of them.
    """
    folders = [os.environ.get("COGAUTH_PROXIES") or str(DEFAULT_FOLDER), os.environ.get("PATH", ""), "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise ProxyMissingError(f"no {name}: `make e2e` installs what this machine can have of the proxies")
    return found


@contextlib.contextmanager
def proxy(name: str, files: Sequence[Path], folder: Path, *, cogauth: int, service: int) -> Generator[str]:
    """
    Run a proxy for as long as the block lasts; gives the base URL.

    Args:
        name: One of `COMMANDS`.
        files: Its configuration, the file to start with first. The ports in them are replaced.
        folder: Where they are copied to, and the proxy runs.
        cogauth: The port where it asks.
        service: The port of what it stands in front of.

    Raises:
        ProxyMissingError: It is not installed.
        ProcessFailedError: It ended early or did not answer in time.
    """
    program, port = executable(name), free_port()
    ports = {CLIENTS: str(port), COGAUTH: str(cogauth), SERVICE: str(service)}
    for file in files:
        text = re.sub(r"\b(?:8080|9180|8000)\b", lambda match: ports[match[0]], file.read_text("utf-8"))
        (folder / file.name).write_text(_AT_HOME.get(name, str)(text), "utf-8")
    url = f"http://{LOOPBACK}:{port}"
    env = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(
        [program, *COMMANDS[name](files[0].name, folder)], ready=_READY.get(name, answers)(url), env=env, cwd=folder
    ):
        yield url


def _routes(url: str) -> Callable[[], bool]:
    """Make a readiness check that has patience, and takes 404 for what is not ready."""

    def ready() -> bool:
        try:
            return httpx.get(url, timeout=15.0, trust_env=False).status_code != httpx.codes.NOT_FOUND
        except httpx.TransportError:
            return False

    return ready


def _nginx(file: str, folder: Path) -> list[str]:
    user = "user root;" if os.getuid() == 0 else ""  # the folder is its owner's alone
    settings = f"daemon off; worker_processes 1; pid nginx.pid; error_log stderr error; {user}"
    return ["-p", str(folder), "-c", file, "-e", "stderr", "-g", settings]


COMMANDS: Final[Mapping[str, Callable[[str, Path], list[str]]]] = {
    "nginx": _nginx,
    "caddy": lambda file, _: ["run", "--config", file, "--adapter", "caddyfile"],
    "traefik": lambda file, _: [f"--configfile={file}"],
    "haproxy": lambda file, _: ["-f", file, "-db"],
    "envoy": lambda file, _: ["-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error"],
}

_KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_AT_HOME: Final[Mapping[str, Callable[[str], str]]] = {
    # The places that were compiled in belong to the system's own nginx.
    "nginx": lambda text: text.replace(
        "http {", "http { access_log off; " + " ".join(f"{kind}_temp_path {kind};" for kind in _KINDS), 1
    ),
}
_READY: Final[Mapping[str, Callable[[str], Callable[[], bool]]]] = {
    "traefik": _routes,  # it answers 404 until it has read where to send requests
    "haproxy": _routes,  # where nobody answers its script, it tries for seconds
}
