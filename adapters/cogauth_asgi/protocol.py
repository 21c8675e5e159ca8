"""ASGI's own words: its types, what of a scope a decision is about, and how an answer is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import cache
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def path_of(scope: Scope) -> str:
    """Give the whole path, mounts included; one that lies outside its own mount is none, and is refused as odd."""
    path: str = scope["path"]
    root: str = scope.get("root_path") or ""
    return path if path == root or path.startswith(f"{root.rstrip('/')}/") else ""


def host_of(scope: Scope) -> str | None:
    """Give the one Host header; None if there is none, or more than one, of which another might read another."""
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    return hosts[0].decode("latin-1") if len(hosts) == 1 else None


async def respond(kind: str, status: int, headers: Iterable[tuple[str, str]], body: bytes, send: Send) -> None:
    """Send a whole answer; *kind* is "http.response", or "websocket.http.response" for a handshake that is denied."""
    pairs = [(_name(name), value.encode("ascii")) for name, value in headers]
    await send({"type": f"{kind}.start", "status": status, "headers": pairs})
    await send({"type": f"{kind}.body", "body": body})


@cache
def _name(name: str) -> bytes:
    """Give *name* as ASGI wants it; all names are cogauth's own, and so few."""
    return name.lower().encode("ascii")
