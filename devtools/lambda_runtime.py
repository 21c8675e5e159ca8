"""A Lambda Runtime API on loopback that drives AWS's own `awslambdaric`, so a handler runs as it does when deployed."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from devtools.processes import LOOPBACK, ProcessFailedError, running

API = "/2018-06-01/runtime"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:authorizer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to: ``result`` when the handler returned, else ``error`` as Lambda reports it."""

    result: Any = None
    error: Mapping[str, Any] | None = None

    @property
    def error_message(self) -> str | None:
        """The message API Gateway looks at: exactly ``Unauthorized`` makes it answer 401."""
        return None if self.error is None else str(self.error.get("errorMessage"))


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event on its way to the handler."""

    request_id: str
    event: bytes
    deadline: float


class LambdaRuntime:
    """A handler waiting for events: ``with LambdaRuntime("app.handler", folder) as function: ...``."""

    def __init__(
        self, handler: str, folder: Path, env: Mapping[str, str] | None = None, *, alone: bool = False
    ) -> None:
        """
        Take ``module.function`` importable from ``folder``, and what the function finds in its environment.

        ``alone`` leaves it nothing else that is installed here, as AWS does: a zip has to be complete.
        """
        self._handler = handler
        self._alone = alone
        self._folder = folder
        self._env = dict(env or {})
        self._exchange = _Exchange()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            server = _Server((LOOPBACK, 0), partial(_Handler, self._exchange))
            stack.callback(server.server_close)
            # The interval is what shutdown() waits for.
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            stack.callback(server.shutdown)
            stack.callback(self._exchange.waiting.put, None)  # frees the thread that holds the open request
            env = {
                "AWS_LAMBDA_RUNTIME_API": f"{LOOPBACK}:{server.server_address[1]}",
                "LAMBDA_TASK_ROOT": str(self._folder),
                "_HANDLER": self._handler,
                "AWS_REGION": "us-east-1",
                "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/authorizer",
                "AWS_LAMBDA_LOG_STREAM_NAME": "local",
                **self._env,
            }
            command = [sys.executable, "-m", "awslambdaric", self._handler]
            if self._alone:
                command, more = alone(self._handler, self._folder, Path(stack.enter_context(_scratch())))
                env |= more
            # It asks for the first event once the handler's module is imported; a module that fails ends the child.
            ready = self._exchange.asked.is_set
            stack.enter_context(running(command, ready=ready, env=env, cwd=self._folder))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, event: Mapping[str, Any], *, seconds: float = 10.0) -> Outcome:
        """
        Hand over one event and wait for what becomes of it.

        Args:
            event: What the service would send; it must be JSON.
            seconds: The function's timeout.

        Raises:
            ProcessFailedError: Nothing came back in time.
        """
        invocation = Invocation(str(uuid.uuid4()), json.dumps(event).encode(), time.time() + seconds)
        outcome = self._exchange.ask(invocation, seconds)
        if outcome is None:
            raise ProcessFailedError(f"{self._handler} gave no answer within {seconds:g} s")
        return outcome


def alone(handler: str, folder: Path, scratch: Path) -> tuple[list[str], dict[str, str]]:
    """Give the command and the environment that run ``handler`` with ``folder`` and AWS's runtime client alone."""
    for name in ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ProcessFailedError(f"no module {name}: awslambdaric is not installed")
        origin = Path(spec.origin)
        found = origin.parent if origin.name == "__init__.py" else origin
        (scratch / found.name).symlink_to(found)
    # -S: neither site-packages nor the checkout, which is installed there, is on the path.
    command = [sys.executable, "-S", "-P", "-m", "awslambdaric", handler]
    return command, {"PYTHONPATH": f"{folder}{os.pathsep}{scratch}", "LAMBDA_TASK_ROOT": str(folder)}


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lambda-")


class _Exchange:
    """Where the test's thread and the server's threads hand over to each other."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.waiting: queue.Queue[Invocation | None] = queue.Queue()
        self._outcomes: dict[str, Outcome] = {}
        self._changed = threading.Condition()

    def ask(self, invocation: Invocation, seconds: float) -> Outcome | None:
        self.waiting.put(invocation)
        with self._changed:
            self._changed.wait_for(lambda: invocation.request_id in self._outcomes, seconds)
            return self._outcomes.pop(invocation.request_id, None)

    def answer(self, request_id: str, outcome: Outcome) -> None:
        with self._changed:
            self._outcomes[request_id] = outcome
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a stopped child resets its connection, which is no news."""


class _Handler(BaseHTTPRequestHandler):
    """The three calls a runtime makes: next, response, error."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, exchange: _Exchange, *connection: Any) -> None:
        self._exchange = exchange  # first, because the base class answers requests while it is being made
        super().__init__(*connection)

    def do_GET(self) -> None:
        if self.path != f"{API}/invocation/next":
            self.send_error(404)
            return
        self._exchange.asked.set()
        invocation = self._exchange.waiting.get()
        if invocation is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(invocation.event)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(invocation.deadline * 1_000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION)
        self.end_headers()
        self.wfile.write(invocation.event)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        *_, request_id, kind = self.path.split("/")
        if kind == "response":
            self._exchange.answer(request_id, Outcome(result=json.loads(body)))
        elif kind == "error" and request_id != "init":  # a failed start needs no answer: the child ends by itself
            self._exchange.answer(request_id, Outcome(error=json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's names
        """Say nothing: what passes here holds tokens."""
