"""The emulator and what is in it: started once, for all tests that ask."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from devtools.ministack import Ministack, MinistackMissingError
from tests.e2e.apps.guard import POLICY, environment
from tests.e2e.world import World, build

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="session")
def cognito() -> Generator[Ministack]:
    """A running emulator; without one installed, what needs it is skipped and says how to get it."""
    try:
        emulator = Ministack()
    except MinistackMissingError as missing:
        pytest.skip(str(missing))
    with emulator:
        yield emulator


@pytest.fixture(scope="session")
def world(cognito: Ministack) -> World:
    """The pools and all tokens."""
    return build(cognito)


@pytest.fixture(scope="session")
def settings(world: World) -> Mapping[str, dict[str, str]]:
    """What an application is told, by the kind of token that it accepts."""
    return {
        "access": environment(world.pool_id, world.clients, world.jwks_uri, "access"),
        "id": environment(world.pool_id, world.clients, world.jwks_uri, "id"),
    }


@pytest.fixture(scope="session")
def package(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cogauth package lambda` makes for this machine and Python: the policy of all fronts, keys on board."""
    folder = tmp_path_factory.mktemp("package")
    issuer = {"user_pool": world.pool_id, "clients": sorted(world.clients), "jwks_uri": world.jwks_uri}
    connect = {"match": "GET /$connect", "allow": "editor", "deny": "retired"}
    document = {**POLICY, "issuer": [issuer], "route": [*POLICY["route"], connect]}
    (folder / "cogauth.json").write_text(json.dumps(document))
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    command = ["cogauth", "package", "lambda", "cogauth.json", f"--arch={machine}", f"--python={PYTHON}", "--pin-keys"]
    ran = subprocess.run(
        [sys.executable, "-m", *command, "--output=authorizer.zip"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return folder / "authorizer.zip"
