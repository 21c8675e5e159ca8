"""The same scenarios as API Gateway asks them: the Lambda authorizer under AWS's own runtime client."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from devtools.lambda_runtime import LambdaRuntime
from devtools.processes import ProcessFailedError
from tests.e2e.gateway import EVENTS, arn, status
from tests.e2e.scenarios import Scenario, every_scenario
from tests.e2e.world import World

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="AWS publishes its runtime client for Linux"),
]

REPOSITORY = Path(__file__).resolve().parents[2]

Functions = Mapping[str, LambdaRuntime]


@pytest.fixture(scope="module")
def functions(settings: Mapping[str, dict[str, str]]) -> Generator[Functions]:
    """A function for each kind of token accepted."""
    with contextlib.ExitStack() as stack:
        yield {
            use: stack.enter_context(LambdaRuntime("tests.e2e.apps.authorizer.handler", REPOSITORY, env))
            for use, env in settings.items()
        }


@pytest.mark.parametrize("kind", EVENTS)
@every_scenario
def test_event(world: World, functions: Functions, kind: str, scenario: Scenario) -> None:
    """The policy lets the request through, or it does not, or the error is the one that a REST API makes a 401."""
    event = EVENTS[kind](scenario.method, scenario.path, world.token(scenario.token))

    outcome = functions[scenario.accepts].invoke(event)

    # An HTTP API knows no refusal but 403.
    expected = 403 if kind == "HTTP API 2.0" and scenario.status == 401 else scenario.status
    assert expected == status(outcome, arn(scenario.method, scenario.path))


def test_errors(tmp_path: Path) -> None:
    """What a handler raises is told from what it returns, and the function goes on."""
    (tmp_path / "app.py").write_text(
        "def handler(event, context):\n"
        "    if 'raise' in event:\n        raise Exception(event['raise'])\n"
        "    return {'event': event, 'function': context.function_name}\n"
    )

    with LambdaRuntime("app.handler", tmp_path) as function:
        outcomes = [function.invoke(event) for event in ({"a": 1}, {"raise": "Unauthorized"}, {"a": 2})]

    assert [None, "Unauthorized", None] == [outcome.error_message for outcome in outcomes]
    assert {"event": {"a": 2}, "function": "authorizer"} == outcomes[2].result


def test_no_start(tmp_path: Path) -> None:
    """A handler that cannot be imported is told at once, with the reason."""
    (tmp_path / "app.py").write_text("raise RuntimeError('the reason')")

    with pytest.raises(ProcessFailedError, match="the reason"), LambdaRuntime("app.handler", tmp_path):
        pass


def test_no_answer(tmp_path: Path) -> None:
    """A handler that takes too long is given up."""
    (tmp_path / "app.py").write_text("import time\n\n\ndef handler(event, context):\n    time.sleep(30)\n")

    with LambdaRuntime("app.handler", tmp_path) as function, pytest.raises(ProcessFailedError, match="no answer"):
        function.invoke({}, seconds=0.3)
