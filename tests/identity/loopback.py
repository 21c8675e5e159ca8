"""An identity pool's endpoint on the loopback interface, in the documented shapes, for what no emulator does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeAlias


class Said(NamedTuple):
    """An answer of the AWS JSON 1.1 protocol (Smithy)."""

    status: int
    body: Mapping[str, Any]
    error: str | None = None


Behaviour: TypeAlias = Callable[[str, Mapping[str, Any]], Said]
"""Takes the operation and its parameters."""


def error(name: str, text: str, status: int = 400) -> Said:
    """An error, which a header and the body name alike."""
    return Said(status, {"__type": name, "message": text}, name)


class Endpoint:
    """Where the endpoint is, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def asked(self) -> list[str]:
        """The operations, in order."""
        return [operation for operation, _ in self.calls]


@contextmanager
def endpoint(behaviour: Behaviour) -> Generator[Endpoint]:
    """Serve while the context lasts; when it is left, every thread has ended."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].removeprefix("AWSCognitoIdentityService.")
            assert "application/x-amz-json-1.1" == self.headers["Content-Type"]
            assert "Authorization" not in self.headers
            parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.calls.append((operation, parameters))
            status, members, name = behaviour(operation, parameters)
            body = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            if name is not None:
                self.send_header("x-amzn-ErrorType", f"{name}:")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the base
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False

    with Server(("127.0.0.1", 0), Handler) as server:
        here = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
