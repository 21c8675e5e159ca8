"""The runtime API of Lambda on loopback, for one process, with a clock at each of its steps."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Self

SECONDS: Final = 30.0
"""How long a process may take to answer."""

ACCEPTED: Final = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
FUNCTION: Final = "arn:aws:lambda:eu-west-1:123456789012:function:authorizer"


class Ended(Exception):
    """A process that gave up, or would not start; the message is the end of what it said."""


class Answer(NamedTuple):
    """What became of an event."""

    value: Any
    """What the handler returned, or the error as the runtime reports it."""
    failed: bool
    nanoseconds: int
    """From the moment that the event was handed over until the answer was here, on the wall."""


class Cost(NamedTuple):
    """What a process took from its start to its end."""

    cpu: int
    """Nanoseconds of user and system time, of all its threads."""
    resident: int
    """Bytes of memory that it had when it was last asked."""


class Function:
    """
    A process that asks for events, as long as the block lasts.

    Everything happens in the caller's thread: while the process works, nothing else runs here, and its time is not
    shared with that of a server's threads (AWS: "Using the Lambda runtime API for custom runtimes").

    Args:
        command: the program and its arguments.
        folder: where the function's files are.
        env: all of its environment, but for what every function has.
    """

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._env = env
        self._stack = contextlib.ExitStack()
        self._socket: socket.socket | None = None
        self._stream: IO[bytes] | None = None
        self.start: int = 0
        """Nanoseconds from the start of the process until it first asked for an event, on the wall."""
        self.cost: Cost = Cost(0, 0)
        """What it took; known when the block has been left."""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            self._listener.settimeout(SECONDS)
            self._output = stack.enter_context(tempfile.TemporaryFile())
            env = {
                **self._env,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._listener.getsockname()[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                "AWS_REGION": "eu-west-1",
                "LAMBDA_TASK_ROOT": str(self._folder),
            }
            began = time.perf_counter_ns()
            self._process = subprocess.Popen(  # noqa: S603  the commands are this package's own
                self._command, env=env, cwd=self._folder, stdout=self._output, stderr=self._output
            )
            stack.callback(self._hang_up)
            stack.callback(self._end)
            self._asked()
            self.start = time.perf_counter_ns() - began
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, event: bytes) -> Answer:
        """
        Hand over *event* and wait for what becomes of it.

        Raises:
            Ended: the process has ended, or says nothing.
        """
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(event)}\r\n"
            f"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
            f"Lambda-Runtime-Deadline-Ms: {int((time.time() + SECONDS) * 1000)}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {FUNCTION}\r\n\r\n"
        )
        began = time.perf_counter_ns()
        self._say(head.encode() + event)
        path, body = self._request()
        spent = time.perf_counter_ns() - began
        self._say(ACCEPTED)
        self._asked()
        return Answer(json.loads(body), path.endswith("/error"), spent)

    def _asked(self) -> None:
        """Wait for the process to ask for an event, which stays open until there is one."""
        path, body = self._request()
        if not path.endswith("/invocation/next"):
            # The reason of a failed start; the process ends when it knows that it was heard.
            self._say(ACCEPTED)
            raise Ended(body.decode("utf-8", "replace"))

    def _request(self) -> tuple[str, bytes]:
        """Read one request, on a new connection where the last one was closed."""
        try:
            line = b"" if self._stream is None else self._stream.readline()
            while not line:
                self._connect()
                assert self._stream is not None
                line = self._stream.readline()
            return line.split()[1].decode(), self._body()
        except OSError as error:
            self._output.seek(0)
            raise Ended(self._output.read()[-4000:].decode("utf-8", "replace")) from error

    def _connect(self) -> None:
        while self._process.poll() is None:
            self._listener.settimeout(0.5)  # now and then look whether there is still somebody to wait for
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(SECONDS)
                self._hang_up()
                self._socket, self._stream = connection, connection.makefile("rb")
                return
        raise ConnectionError

    def _hang_up(self) -> None:
        if self._stream is not None and self._socket is not None:
            self._stream.close()
            self._socket.close()

    def _say(self, data: bytes) -> None:
        assert self._socket is not None
        self._socket.sendall(data)

    def _body(self) -> bytes:
        assert self._stream is not None
        length, chunked = 0, False
        while (line := self._stream.readline().strip()) != b"":
            name, _, value = line.lower().partition(b":")
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = b"chunked" in value
            elif name == b"expect":
                self._say(CONTINUE)
        if not chunked:
            return self._stream.read(length)
        parts: list[bytes] = []
        while size := int(self._stream.readline(), 16):
            parts.append(self._stream.read(size))
            self._stream.readline()
        self._stream.readline()
        return b"".join(parts)

    def _end(self) -> None:
        """Stop the process and note what it took; it has nothing to lose."""
        resident = _resident(self._process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        if self._process.returncode is None:
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.cost = Cost(round((usage.ru_utime + usage.ru_stime) * 1e9), resident)


def _resident(pid: int) -> int:
    """Tell how many bytes of memory a process has now (proc(5): VmRSS, in units of 1024 bytes)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
