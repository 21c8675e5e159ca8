"""GET or POST over httpx, sync and async, within limits; any callable of the same shape may replace each."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    import socket
    import ssl

    import httpx

Fetch: TypeAlias = Callable[[str], bytes]
AsyncFetch: TypeAlias = Callable[[str], Awaitable[bytes]]


class Reply(NamedTuple):
    """What a server answered to a POST, whatever it was."""

    status: int
    """The HTTP status (RFC 9110 section 15)."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    def __repr__(self) -> str:
        return f"<Reply {self.status}>"


Post: TypeAlias = Callable[[str, Mapping[str, str], bytes], Reply]
"""Takes a URL, headers and a body."""

AsyncPost: TypeAlias = Callable[[str, Mapping[str, str], bytes], Awaitable[Reply]]

DEADLINE = 5.0
"""Seconds for a whole request: name look-up, connect, TLS, headers and body together."""

MAX_BODY = 262_144
"""Bytes of body that are read before a fetch is given up."""

MAX_RETRY_AFTER = 300

_OK = 200


class FetchError(Exception):
    """A request that brought nothing; `reason` is safe to log, `retry_after` is what the server asks for, or None."""

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
    return _Exchange("jwks", _check_document).send("GET", url, {}, None, deadline).body


async def afetch(url: str, *, deadline: float = DEADLINE) -> bytes:
    """
    GET *url* and give the body, as `fetch` does.

    Raises:
        FetchError: as `fetch`.
    """
    return (await _Exchange("jwks", _check_document).asend("GET", url, {}, None, deadline)).body


def post(url: str, headers: Mapping[str, str], body: bytes, *, deadline: float = DEADLINE) -> Reply:
    """
    POST *body* with *headers* to *url* and give the answer, whatever its status, within *deadline* seconds.

    The limits are those of `fetch`: no redirect, no proxy of the environment, a small answer and as it is.

    Raises:
        FetchError: there was no answer, or it was a redirect, too large, encoded or too late.
    """
    return _Exchange("post").send("POST", url, headers, body, deadline)


async def apost(url: str, headers: Mapping[str, str], body: bytes, *, deadline: float = DEADLINE) -> Reply:
    """
    POST as `post` does.

    Raises:
        FetchError: as `post`.
    """
    return await _Exchange("post").asend("POST", url, headers, body, deadline)


class _Exchange:
    """
    A request and what is taken for its answer.

    Args:
        name: what the reasons of its errors begin with.
        check: raises `FetchError` for an answer of which not even the body is wanted.
    """

    def __init__(self, name: str, check: Callable[[httpx.Response], None] | None = None) -> None:
        self._name = name
        self._check_more = check

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float) -> Reply:
        """Send and wait."""
        import httpx  # costs more to import than everything else; most processes fetch late or never

        with Watchdog(deadline) as watchdog:
            extensions = {"trace": watchdog.trace}
            try:
                with (
                    httpx.Client(**_options(deadline)) as client,
                    client.stream(method, url, headers=headers, content=body, extensions=extensions) as response,
                ):
                    self._check(response)
                    content = bytearray()
                    for chunk in response.iter_raw():
                        self._add(chunk, content)
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                raise (FetchError(f"{self._name}.deadline") if watchdog.barked else self._failure(error)) from error
            # A body without a length ends where its connection does, so that one cut short looks whole.
            if watchdog.barked:
                raise FetchError(f"{self._name}.deadline")
            return Reply(response.status_code, dict(response.headers), bytes(content))

    async def asend(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> Reply:
        """Send and wait, without keeping others waiting."""
        import asyncio  # whoever awaits has it already, and nobody else needs it

        import httpx  # see send

        try:
            async with (
                asyncio.timeout(deadline),
                httpx.AsyncClient(**_options(deadline)) as client,
                client.stream(method, url, headers=headers, content=body) as response,
            ):
                self._check(response)
                content = bytearray()
                async for chunk in response.aiter_raw():
                    self._add(chunk, content)
                return Reply(response.status_code, dict(response.headers), bytes(content))
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
            raise self._failure(error) from error

    def _check(self, response: httpx.Response) -> None:
        if response.has_redirect_location:
            raise FetchError(f"{self._name}.redirect")
        if self._check_more is not None:
            self._check_more(response)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise FetchError(f"{self._name}.content_encoding")

    def _add(self, chunk: bytes, content: bytearray) -> None:
        content += chunk
        if len(content) > MAX_BODY:
            raise FetchError(f"{self._name}.too_large")

    def _failure(self, error: Exception) -> FetchError:
        """Name what went wrong without repeating the library's text, which may quote the server."""
        kinds = {"TimeoutError", "ConnectTimeout", "ReadTimeout", "PoolTimeout", "WriteTimeout"}
        if type(error).__name__ in kinds:
            return FetchError(f"{self._name}.deadline")
        if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper():
            return FetchError(f"{self._name}.tls")
        return FetchError(f"{self._name}.fetch_failed")


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


def _check_document(response: httpx.Response) -> None:
    if response.status_code != _OK:
        raise FetchError("jwks.http_status", retry_after=_retry_after(response.headers.get("retry-after", "")))
    # `application/json`, or `application/jwk-set+json` (RFC 7517 section 8.5.2).
    if not response.headers.get("content-type", "").partition(";")[0].strip().lower().endswith("json"):
        raise FetchError("jwks.http_status")


def _retry_after(value: str) -> int | None:
    """Read Retry-After in seconds (RFC 9110 section 10.2.3); the date form is not worth a parser here."""
    return min(int(value), MAX_RETRY_AFTER) if value.isascii() and value.isdigit() and len(value) < 10 else None  # noqa: PLR2004
