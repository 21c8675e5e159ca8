"""Loopback: JSON documents over HTTP, to this machine alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socket import socket
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Final, TypeAlias, cast

_Request: TypeAlias = "socket | tuple[bytes, socket]"
Respond: TypeAlias = Callable[[str, str], Mapping[str, object] | None]

_ADDRESS: Final = "127.0.0.1"
# How often the server looks whether it is to stop, in seconds: the most that leaving `serve` has to wait for it.
_POLL: Final = 0.01


@contextmanager
def serve(respond: Respond) -> Generator[str]:
    """
    Answer GET requests on a free port of 127.0.0.1 while the context lasts.

    *respond* is given the origin (`http://127.0.0.1:PORT`) and the path without its query, and returns the document, or
    None for a 404; several threads call it at once. The context's value is the origin. When the context is left, the
    port is closed and every thread has ended.
    """
    with _Server(respond) as server:
        thread = Thread(target=server.serve_forever, args=(_POLL,), name="cogauth loopback")
        thread.start()
        try:
            yield server.origin
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingTCPServer):
    # HTTPServer would add a reverse lookup of its own address, which can take seconds where a resolver is slow.
    request_queue_size = 512  # some hundred clients that start cold and at once must not be turned away

    def __init__(self, respond: Respond) -> None:
        super().__init__((_ADDRESS, 0), _Handler)
        self.respond = respond
        self.origin = f"http://{_ADDRESS}:{self.server_address[1]}"

    def handle_error(self, request: _Request, client_address: object) -> None:
        # A client that hangs up is no event for this side; anything else is a mistake of ours and must be seen.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5  # seconds; a client that connects and says nothing must not keep the context from being left

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        document = server.respond(server.origin, self.path.partition("?")[0])
        status = HTTPStatus.NOT_FOUND if document is None else HTTPStatus.OK
        body = json.dumps({"message": "Not Found"} if document is None else document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # A connection that is kept open would outlive the test that made it.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Say nothing: the output belongs to the tests."""
