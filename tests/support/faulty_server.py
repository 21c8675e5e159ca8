"""A key server on the loopback interface that misbehaves on command, from one request to the next."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from cogauth.transport import afetch, fetch
from tests.support.scripted import Peer, Script, Scripted, answer, scripted
from tests.support.sources import PATIENCE, Source

QUICK = 0.2
"""Seconds for a whole fetch where a test waits for its end."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class FaultyServer:
    """Answers by `behave`; while `gate` is closed it answers nobody, and `asked` is set when somebody has asked."""

    def __init__(self, behave: Script) -> None:
        self.behave = behave
        self.asked = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.scripted: Scripted | None = None

    @property
    def url(self) -> str:
        """Where the keys are."""
        assert self.scripted is not None
        return self.scripted.url

    @property
    def count(self) -> int:
        """How many requests came."""
        assert self.scripted is not None
        return len(self.scripted.requests)

    def serve(self, peer: Peer) -> None:
        self.asked.set()
        assert self.gate.wait(PATIENCE), "nobody opened the gate"
        self.behave(peer)


@contextmanager
def faulty(document: bytes) -> Generator[FaultyServer]:
    """Serve while the context lasts, a good *document* at first."""
    server = FaultyServer(answer(document))
    with scripted(server.serve) as server.scripted:
        try:
            yield server
        finally:
            server.gate.set()


class Wire(Source):
    """The fetches of the library itself, with a deadline that a test may change."""

    def __init__(self, deadline: float = PATIENCE) -> None:
        super().__init__(AssertionError("this one asks the network"))
        self.deadline = deadline

    def fetch(self, url: str) -> bytes:
        return fetch(url, deadline=self.deadline)

    async def afetch(self, url: str) -> bytes:
        return await afetch(url, deadline=self.deadline)


def hanging(peer: Peer) -> None:
    """Say nothing at all."""
    peer.hang()


def dripping_headers(peer: Peer) -> None:
    """Begin an answer, and never come to its body."""
    peer.drip(OK + b"X: " + b"x" * 10_000)


def dripping_body(peer: Peer) -> None:
    """Begin a body, and never come to its end; no pause between two bytes is long."""
    peer.send(OK + b"Content-Length: 10000\r\n\r\n")
    peer.drip(b" " * 10_000)
