"""What `cogauth package lambda` makes, with nothing else installed: under AWS's runtime client and AWS's emulator."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from devtools.interface_emulator import EmulatorMissingError, InterfaceEmulator
from devtools.lambda_runtime import LambdaRuntime
from devtools.processes import ProcessFailedError
from tests.e2e.gateway import EVENTS, arn, status
from tests.e2e.scenarios import SCENARIOS, Scenario
from tests.e2e.world import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="AWS publishes its runtime client for Linux")

HANDLER = "cogauth_lambda.handler.handler"
ENVIRONMENT = {"COGAUTH_CONFIG": "cogauth.json", "COGAUTH_CACHE_TTL": "300", "COGAUTH_HTTP_API": "iam"}

# The zip has one configuration, which accepts access tokens.
every_scenario = pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.accepts == "access"], ids=str)


@pytest.fixture(scope="module")
def folder(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip as Lambda unpacks it."""
    task = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(task)
    return task


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Generator[LambdaRuntime]:
    """The zip under `awslambdaric`."""
    with LambdaRuntime(HANDLER, folder, ENVIRONMENT, alone=True) as function:
        yield function


@pytest.fixture(scope="module")
def emulator(folder: Path) -> Generator[InterfaceEmulator]:
    """The zip in AWS's emulator; without one installed, its tests are skipped and say how to get it."""
    try:
        function = InterfaceEmulator(HANDLER, folder, ENVIRONMENT)
    except EmulatorMissingError as missing:
        pytest.skip(str(missing))
    with function:
        yield function


def check(function: LambdaRuntime | InterfaceEmulator, world: World, kind: str, scenario: Scenario) -> None:
    event = EVENTS[kind](scenario.method, scenario.path, world.token(scenario.token))

    outcome = function.invoke(event)

    # An HTTP API knows no refusal but 403.
    expected = 403 if kind == "HTTP API 2.0" and scenario.status == 401 else scenario.status
    assert expected == status(outcome, arn(scenario.method, scenario.path))


@pytest.mark.e2e
@pytest.mark.parametrize("kind", EVENTS)
@every_scenario
def test_event(world: World, runtime: LambdaRuntime, kind: str, scenario: Scenario) -> None:
    """The zip answers as the checkout does, and needs neither a network nor anything that is installed here."""
    check(runtime, world, kind, scenario)


@pytest.mark.e2e_slow
@pytest.mark.parametrize("kind", EVENTS)
@every_scenario
def test_event_emulated(world: World, emulator: InterfaceEmulator, kind: str, scenario: Scenario) -> None:
    """The same, as AWS's program runs it."""
    check(emulator, world, kind, scenario)


@pytest.mark.e2e
@pytest.mark.parametrize("kind", EVENTS)
def test_next_route(world: World, runtime: LambdaRuntime, kind: str) -> None:
    """The answer to one request is right for the caller's other routes, too."""
    outcome = runtime.invoke(EVENTS[kind]("GET", "/articles/7", world.tokens["ben access"]))

    requests = [("GET", "/articles/8"), ("PUT", "/articles/7"), ("GET", "/reports"), ("GET", "/articles/7/comments")]
    assert [200, 403, 403, 403] == [status(outcome, arn(*request)) for request in requests]


@pytest.mark.e2e
def test_wrong_setting(folder: Path) -> None:
    """A mistake in the environment ends the function when it starts."""
    function = LambdaRuntime(HANDLER, folder, {**ENVIRONMENT, "COGAUTH_CACHE_TTL": "5m"}, alone=True)

    with pytest.raises(ProcessFailedError, match="COGAUTH_CACHE_TTL: must be a number of seconds"), function:
        pass
