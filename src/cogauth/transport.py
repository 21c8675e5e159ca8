"""GET a key document over httpx, sync and async, within limits; any callable of the same shape may replace it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeAlias

if TYPE_CHECKING:
    import socket
    import ssl

    import httpx

Fetch: TypeAlias = Callable[[str], bytes]
AsyncFetch: TypeAlias = Callable[[str], Awaitable[bytes]]

DEADLINE = 5.0
"""Seconds for a whole fetch: name look-up, connect, TLS, headers and body together."""

MAX_BODY = 262_144
"""Bytes of body that are read before a fetch is given up."""

MAX_RETRY_AFTER = 300

_OK = 200


class FetchError(Exception):
    """A fetch that brought no document; `reason` is safe to log, `retry_after` is what the server asks for, or None."""

    def __init__(self, reason: str, *, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


def fetch(url: str, *, deadline: float = DEADLINE) -> bytes:
    """
    GET *url* and give the body, within *deadline* seconds.

    A redirect is not followed, a proxy of the environment not used, and an encoded body not unpacked: the document is
    small and its place is configured, so whatever is in between has no business there.

    Raises:
        FetchError: the answer was not 200, too large, encoded, not JSON by its own word, or too late.
    """
    import httpx  # costs more to import than everything else; most processes fetch late or never

    with Watchdog(deadline) as watchdog:
        try:
            with (
                httpx.Client(**_options(deadline)) as client,
                client.stream("GET", url, extensions={"trace": watchdog.trace}) as response,
            ):
                _check(response)
                body = _collect(response.iter_raw())
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise (FetchError("jwks.deadline") if watchdog.barked else _failure(error)) from error
        # A body without a length ends where its connection does, so that one cut short looks whole.
        if watchdog.barked:
            raise FetchError("jwks.deadline")
        return body


async def afetch(url: str, *, deadline: float = DEADLINE) -> bytes:
    """
    GET *url* and give the body, as `fetch` does.

    Raises:
        FetchError: as `fetch`.
    """
    import asyncio  # whoever awaits has it already, and nobody else needs it

    import httpx  # see fetch

    try:
        async with (
            asyncio.timeout(deadline),
            httpx.AsyncClient(**_options(deadline)) as client,
            client.stream("GET", url) as response,
        ):
            _check(response)
            return await _acollect(response.aiter_raw())
    except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
        raise _failure(error) from error


class Watchdog:
    """
    Ends the connections of a fetch whose time is over.

    A timeout of httpx is per read: a server that drips a byte a second never meets it. What ends a read under way is to
    shut its connection down; to close it would wake nobody, and leave TLS reading from a descriptor that may be another
    connection's by then. A duplicate of the socket can do that at any stage, the handshake included.
    """

    def __init__(self, seconds: float) -> None:
        self.barked: bool = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.bark)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note each connection as it is made; httpcore calls this for whatever it does."""
        if event == "connection.connect_tcp.complete":
            connection: socket.socket = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.append(connection.dup())
            if self.barked:
                self.bark()

    def bark(self) -> None:
        """End what is connected, and whatever will be."""
        import socket  # httpx has it by now, and `import cogauth` does without

        self.barked = True
        with self._lock:
            for connection in self._sockets:
                with contextlib.suppress(OSError):  # it may have ended by itself
                    connection.shutdown(socket.SHUT_RDWR)


def _options(deadline: float) -> dict[str, Any]:
    return {
        "trust_env": False,
        "follow_redirects": False,
        "timeout": deadline,
        "verify": _authorities(),
        "headers": {"accept": "application/json", "accept-encoding": "identity", "user-agent": "cogauth"},
    }


@cache
def _authorities() -> ssl.SSLContext:
    """Load whom TLS trusts, once: it takes a hundred times as long as the rest of a fetch."""
    import httpx  # see fetch

    return httpx.create_ssl_context(trust_env=False)


def _check(response: httpx.Response) -> None:
    if response.has_redirect_location:
        raise FetchError("jwks.redirect")
    if response.status_code != _OK:
        raise FetchError("jwks.http_status", retry_after=_retry_after(response.headers.get("retry-after", "")))
    # `application/json`, or `application/jwk-set+json` (RFC 7517 section 8.5.2).
    if not response.headers.get("content-type", "").partition(";")[0].strip().lower().endswith("json"):
        raise FetchError("jwks.http_status")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchError("jwks.content_encoding")


def _retry_after(value: str) -> int | None:
    """Read Retry-After in seconds (RFC 9110 section 10.2.3); the date form is not worth a parser here."""
    return min(int(value), MAX_RETRY_AFTER) if value.isascii() and value.isdigit() and len(value) < 10 else None  # noqa: PLR2004


def _collect(chunks: Iterator[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise FetchError("jwks.too_large")
    return bytes(body)


async def _acollect(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise FetchError("jwks.too_large")
    return bytes(body)


def _failure(error: Exception) -> FetchError:
    """Name what went wrong without repeating the library's text, which may quote the server."""
    kinds = {"TimeoutError", "ConnectTimeout", "ReadTimeout", "PoolTimeout", "WriteTimeout"}
    if type(error).__name__ in kinds:
        return FetchError("jwks.deadline")
    if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper():
        return FetchError("jwks.tls")
    return FetchError("jwks.fetch_failed")
