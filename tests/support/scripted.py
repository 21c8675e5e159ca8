"""A server on the loopback interface that answers by a script, byte for byte, and at the pace that it says."""

from __future__ import annotations

import contextlib
import re
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from socket import socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TypeAlias

from tests.support.sources import PATIENCE

Script: TypeAlias = "Callable[[Peer], None]"


class Peer:
    """The other side of one connection, whose request has been read."""

    def __init__(self, connection: socket, request: bytes, stopping: threading.Event) -> None:
        self.request = request
        self._connection = connection
        self._stopping = stopping

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._connection.sendall(part)

    def drip(self, data: bytes) -> None:
        """Send a byte every few milliseconds, for as long as anybody listens."""
        for byte in data:
            self.send(bytes([byte]))
            if self._stopping.wait(0.01):
                return

    def hang(self) -> None:
        """Say nothing until the test is over or the other side goes away."""
        self._connection.settimeout(0.05)
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                if not self._connection.recv(1):
                    return


class Scripted:
    """Where the server is, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"


@contextmanager
def scripted(script: Script, tls: ssl.SSLContext | None = None) -> Generator[Scripted]:
    """Serve by *script* while the context lasts; when it is left, every thread has ended."""
    stopping = threading.Event()

    class Handler(BaseRequestHandler):
        request: socket

        def handle(self) -> None:
            connection = self.request
            connection.settimeout(PATIENCE)
            # A client that goes away, or never came to speak, is what half of these tests are about.
            with contextlib.suppress(OSError):
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                with connection:
                    request = bytearray()
                    # The first byte of a TLS handshake is no beginning of a request, and the rest has no end.
                    while not whole(request) and not request.startswith(b"\x16"):
                        received = connection.recv(4096)
                        if not received:
                            return
                        request += received
                    here.requests.append(bytes(request))
                    script(Peer(connection, bytes(request), stopping))

    class Server(ThreadingTCPServer):
        daemon_threads = False

    with Server(("127.0.0.1", 0), Handler) as server:
        here = Scripted(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield here
        finally:
            stopping.set()
            server.shutdown()
            thread.join()


def whole(request: bytes | bytearray) -> bool:
    """Is this a whole request, with its body? What is not read before a connection is closed resets it."""
    head, end, body = bytes(request).partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\ncontent-length: ([0-9]+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def answer(body: bytes = b"", *, status: str = "200 OK", headers: str = "Content-Type: application/json") -> Script:
    """The script of a whole answer."""
    lines = [f"HTTP/1.1 {status}", *headers.split("\n"), f"Content-Length: {len(body)}"]
    return saying("\r\n".join(filter(None, lines)).encode() + b"\r\n\r\n" + body)


def saying(data: bytes) -> Script:
    """The script that says this and hangs up."""

    def script(peer: Peer) -> None:
        peer.send(data)

    return script
