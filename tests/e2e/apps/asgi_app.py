"""A Starlette app behind the ASGI middleware; it answers with who it was told is calling."""

from __future__ import annotations

import contextlib

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from cogauth import AsyncAuthorizer, AsyncVerifier
from cogauth_asgi import CogAuthMiddleware
from tests.e2e.apps.guard import issuer, policy


async def whoami(request: Request) -> JSONResponse:
    principal = request.user
    return JSONResponse({"subject": principal and principal.subject})


async def echo(socket: WebSocket) -> None:
    """Say who is calling, then what has been heard, and accept the first subprotocol that is left."""
    offered = socket.scope["subprotocols"]
    await socket.accept(subprotocol=offered[0] if offered else None)
    await socket.send_json({"subject": socket.user and socket.user.subject, "offered": offered})
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


def create() -> ASGIApp:
    app = Starlette(
        routes=[
            Route("/{path:path}", whoami, methods=["GET", "PUT", "POST", "DELETE"]),
            WebSocketRoute("/{path:path}", echo),
        ]
    )
    return CogAuthMiddleware(app, authorizer=AsyncAuthorizer(AsyncVerifier(issuer()), policy()))
