"""Bundles: what is deployed of each function, as its folder, and the size of its zip."""

from __future__ import annotations

import compileall
import io
import json
import platform
import py_compile
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.harness import Absent
from benchmarks.tokens import CLIENT, POOL_ID

APPS: Final = Path(__file__).parent / "apps"
NODE_MODULES: Final = Path(__file__).parents[1] / "workers" / "node_modules"
PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"

CONFIGURATION: Final = """\
version = 1

[[issuer]]
user_pool = "{pool}"
clients = ["{client}"]
{keys}

[roles]
editor = {{ groups = ["editors"] }}
reader = {{ any = [ {{ scopes = ["orders/read"] }}, {{ role = "editor" }} ] }}

[[route]]
match = ["GET /orders", "GET /orders/{{id}}"]
allow = "reader"
[[route]]
match = ["POST /orders", "PUT /orders/{{id}}"]
allow = "editor"
[[route]]
match = "ANY /orders/{{id}}/admin/{{rest*}}"
allow = "editor & reader"
"""
"""Rules of several routes: what cogauth decides beyond what the others do."""


ENVIRONMENT: Final = {"COGAUTH_DELIVERS": "none"}
"""Gateways have these routes and no others, so that what they are answered may be kept."""


class Bundle(NamedTuple):
    """A function as it is deployed."""

    folder: Path
    size: int
    """Bytes of its zip."""

    def compiled(self, folder: Path) -> Bundle:
        """
        Make a copy into *folder* that has its byte code on board.

        Lambda cannot keep what it compiles: each start would compile again whatever is imported. The code is said to be
        right whatever the sources' dates are, which a zip does not keep (Python: "PEP 552").
        """
        shutil.copytree(self.folder, folder)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(folder, quiet=2, workers=1, invalidation_mode=mode, stripdir=folder)
        return Bundle(folder, zipped(folder))

    def stripped(self, folder: Path) -> Bundle:
        """Make a copy into *folder* without its byte code, as other tools deploy it."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        return Bundle(folder, zipped(folder))


def zipped(folder: Path) -> int:
    """Tell how large *folder* is as a zip."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder))
    return octets.tell()


def installed(folder: Path, app: str, requirements: Sequence[str]) -> Bundle:
    """
    Make the bundle of a function in Python: a module of `apps`, and what pip installs beside it.

    Raises:
        Absent: pip cannot install that.
    """
    folder.mkdir()
    if requirements:
        _run([sys.executable, "-m", "pip", *PIP, "--no-compile", "--target", str(folder), *requirements], "pip")
    shutil.rmtree(folder / "bin", ignore_errors=True)  # scripts, which a function does not start
    shutil.copy(APPS / app, folder)
    return Bundle(folder, zipped(folder))


PIP: Final = ("install", "--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:")


def runtime(folder: Path) -> Path:
    """
    Install AWS's runtime client, with its byte code, as it lies in a runtime of Lambda.

    Raises:
        Absent: it is published for Linux alone.
    """
    _run([sys.executable, "-m", "pip", *PIP, "--compile", "--target", str(folder), "awslambdaric"], "awslambdaric")
    return folder


def packaged(folder: Path, keys: Mapping[str, Any] | str) -> Bundle:
    """
    Make the bundle that `cogauth package lambda` makes, with *keys* on board, or with the URL of theirs.

    Raises:
        Absent: the command fails.
    """
    sources = folder.with_name(f"{folder.name}-configured")
    sources.mkdir()
    line = f'jwks_uri = "{keys}"' if isinstance(keys, str) else 'jwks = "jwks.json"'
    (sources / "cogauth.toml").write_text(CONFIGURATION.format(pool=POOL_ID, client=CLIENT, keys=line))
    (sources / "jwks.json").write_text(json.dumps(keys))
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    file = sources / "function.zip"
    command = [sys.executable, "-m", "cogauth", "package", "lambda", str(sources / "cogauth.toml")]
    options = [*("--arch", machine, "--python", PYTHON, "--output", str(file))]
    options += [part for name, value in ENVIRONMENT.items() for part in ("--env", f"{name}={value}")]
    _run([*command, *options], "cogauth package")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return Bundle(folder, file.stat().st_size)


def node(folder: Path, app: str, packages: Sequence[str]) -> Bundle:
    """
    Make the bundle of a function in JavaScript: a module of `apps`, and packages that `make bench` has installed.

    Raises:
        Absent: it has not.
    """
    folder.mkdir()
    for package in packages:
        if not (NODE_MODULES / package).is_dir():
            raise Absent(f"{package} is not installed")
        shutil.copytree(NODE_MODULES / package, folder / "node_modules" / package)
    shutil.copy(APPS / app, folder)
    size = zipped(folder)
    shutil.copy(APPS / "node_runtime.mjs", folder)  # which is Lambda's
    return Bundle(folder, size)


def _run(command: Sequence[str], name: str) -> None:
    # The commands are this module's own.
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise Absent(f"{name}: {(ran.stderr.strip().splitlines() or ['failed'])[-1]}")
