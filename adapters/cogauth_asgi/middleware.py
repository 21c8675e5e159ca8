"""ASGI middleware: the scope goes to an authorizer, its decision goes out, and no more is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from cogauth import AsyncAuthorizer, ConfigurationError, Decision

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION = 1008
"""The close code of a websocket that was refused (RFC 6455 section 7.4.1)."""


class CogAuthMiddleware:
    """
    Lets through what *authorizer* allows; http and websocket connections are guarded, lifespan passes.

    The application finds the decision in `scope["cogauth.decision"]` and its principal in `scope["user"]` (Starlette:
    `request.user`), None where a public route was used without a token. A refused websocket is never accepted.
    Raises `ConfigurationError` if *authorizer* is not an `AsyncAuthorizer`: another one would block the event loop.
    """

    def __init__(self, app: ASGIApp, *, authorizer: AsyncAuthorizer) -> None:
        if not isinstance(authorizer, AsyncAuthorizer):
            raise ConfigurationError("CogAuthMiddleware: authorizer must be an AsyncAuthorizer")
        self._app = app
        self._authorizer = authorizer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        if kind not in ("http", "websocket"):
            # Whatever a later ASGI version brings is not let through because nobody thought of it.
            raise RuntimeError("cogauth guards http and websocket connections and passes no other kind")
        # A websocket opens with a GET (RFC 6455 section 4.1), and its scope has no method.
        decision = await self._authorizer.authorize_request(
            scope.get("method", "GET"), _path(scope), scope["headers"], raw_path=scope.get("raw_path")
        )
        if decision.allowed:
            await self._app({**scope, "user": decision.principal, "cogauth.decision": decision}, receive, send)
        elif kind == "http":
            await _respond("http.response", decision, send, with_body=scope["method"] != "HEAD")
        elif "websocket.http.response" in (scope.get("extensions") or {}):
            await _respond("websocket.http.response", decision, send, with_body=True)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})


def _path(scope: Scope) -> str:
    """Give the whole path; one that lies outside its own mount is none, and is refused as odd."""
    path: str = scope["path"]
    root: str = scope.get("root_path") or ""
    return path if path == root or path.startswith(f"{root.rstrip('/')}/") else ""


async def _respond(kind: str, decision: Decision, send: Send, *, with_body: bool) -> None:
    headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in decision.headers]
    await send({"type": f"{kind}.start", "status": decision.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": decision.body if with_body else b""})
