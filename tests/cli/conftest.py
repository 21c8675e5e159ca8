"""The command, run inside the process, and a pool whose keys lie in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from cogauth.cli.command import cogauth
from cogauth.cli.world import World
from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import CONFIGURATION, NOW, Ran, Run, still


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command line at NOW, without a network and with nobody at the terminal; a bug comes out as itself."""

    def run(
        *arguments: str | Path,
        text: str | bytes = "",
        world: World | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Ran:
        result = CliRunner().invoke(
            cogauth, [str(one) for one in arguments], input=text, obj=world or still(), env=env, catch_exceptions=False
        )
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def pool() -> LocalUserPool:
    """A pool at NOW with an editor."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"web", "shop"}, clock=lambda: NOW)
    pool.add_user("ana", groups=["editors", "a,b"], attributes={"email": "ana@example.com"})
    return pool


@pytest.fixture(scope="session")
def ana(pool: LocalUserPool) -> Tokens:
    """The editor's tokens."""
    return pool.sign_in("ana", client="web", scopes=["openid", "orders/read"])


@pytest.fixture(scope="session")
def folder(pool: LocalUserPool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cogauth.toml` and the key set that it pins, `jwks.json`."""
    folder = tmp_path_factory.mktemp("configured")
    (folder / "jwks.json").write_text(json.dumps(pool.jwks))
    (folder / "cogauth.toml").write_text(CONFIGURATION)
    return folder


@pytest.fixture(scope="session")
def trusting(folder: Path) -> tuple[str, ...]:
    """The options that trust the pool without a configuration."""
    return ("--pool", "eu-west-1_AbCdEf123", "--client", "web", "--jwks", str(folder / "jwks.json"))
