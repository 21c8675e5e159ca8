"""A connection from the proxy, and how much of it is put up with."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 65_536
"""
Bytes of a request's head, beyond which no more of it is read. The client's own headers are in it, of which nginx lets
32 KiB through and Envoy 60 KiB unless they are told otherwise.
"""

HEAD_SECONDS: Final = 10.0
"""How long a head may take from its first byte."""

IDLE_SECONDS: Final = 180
"""
How long a connection waits for the next request. Proxies keep theirs for less (nginx 60 s, Traefik 90 s, Caddy 120 s),
so that it is the proxy that closes it: a request that is sent into a closing connection fails.
"""

# RFC 6585 section 5.
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's connection, which has bounds for bodies, and here for heads and the number of connections as well."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is there
        limit = self.config.limit_concurrency
        self._head: int = 0
        self._in_head: bool = True
        self._deadline: asyncio.TimerHandle | None = None
        # uvicorn's own limit counts this one, and is an answer (503) that takes as long as any other.
        self._full: bool = limit is not None and len(self.connections) + 1 >= limit
        super().connection_made(transport)
        if self._full:
            self.connections.discard(self)
            transport.abort()
            return
        # uvicorn begins to wait after the first answer only.
        self.timeout_keep_alive_task: asyncio.TimerHandle | None = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._met()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._full or self.transport.is_closing():
            return
        if self._in_head and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head = 0
        self._met()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head = 0
        super().on_message_complete()

    def _met(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
