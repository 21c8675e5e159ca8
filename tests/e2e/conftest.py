"""The emulator and what is in it: started once, for all tests that ask."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import pytest

from devtools.ministack import Ministack, MinistackMissingError
from tests.e2e.apps.guard import environment
from tests.e2e.world import World, build


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
