"""AWS's runtime interface emulator, the program in AWS's images for Lambda, around AWS's runtime client."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from devtools.lambda_runtime import Outcome, alone
from devtools.processes import LOOPBACK, ProcessFailedError, answers, free_port, running

DEFAULT_ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv-aws"
INVOKE = "/2015-03-31/functions/function/invocations"


class EmulatorMissingError(RuntimeError):
    """The emulator is not installed."""


def executable() -> Path:
    """
    Where the emulator is: ``COGAUTH_RIE``, else in the SAM CLI of this repository's environment for AWS's tools.

    Raises:
        EmulatorMissingError: nothing is there.
    """
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    name = f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"
    chosen = os.environ.get("COGAUTH_RIE")
    for path in [Path(chosen)] if chosen else sorted(DEFAULT_ENVIRONMENT.glob(name)):
        if os.access(path, os.X_OK):
            return path
    raise EmulatorMissingError("no aws-lambda-rie: `make e2e` installs the SAM CLI, COGAUTH_RIE points elsewhere")


class InterfaceEmulator:
    """A function in the emulator: ``with InterfaceEmulator("app.handler", folder) as function: ...``."""

    def __init__(self, handler: str, folder: Path, env: Mapping[str, str] | None = None) -> None:
        """Take ``module.function`` of ``folder``, beside which it finds nothing, and its environment."""
        self._executable = executable()
        self._handler = handler
        self._folder = folder
        self._env = dict(env or {})
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="lambda-"))
            command, env = alone(self._handler, self._folder, Path(scratch))
            url = f"http://{LOOPBACK}:{free_port()}"
            addresses = (
                f"--runtime-interface-emulator-address={url.removeprefix('http://')}",
                f"--runtime-api-address={LOOPBACK}:{free_port()}",
            )
            emulator = [str(self._executable), "--log-level=error", *addresses]
            names = {"AWS_LAMBDA_FUNCTION_NAME": "authorizer", "AWS_LAMBDA_FUNCTION_TIMEOUT": "10"}
            stack.enter_context(
                running([*emulator, *command], ready=answers(url), env={**names, **env, **self._env}, cwd=self._folder)
            )
            self._http = stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=20.0))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """
        Hand over one event and wait for what becomes of it.

        Raises:
            ProcessFailedError: The emulator answers with an error of its own.
        """
        answer = self._http.post(INVOKE, content=json.dumps(event))
        if answer.is_error:
            raise ProcessFailedError(f"the emulator answered {answer.status_code}")
        result: dict[str, Any] = answer.json()
        # It tells what was raised only by its members.
        return Outcome(error=result) if "errorMessage" in result else Outcome(result=result)
