"""A Starlette app behind the ASGI middleware; it answers with who it was told is calling."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from cogauth import AsyncAuthorizer, AsyncVerifier
from cogauth_asgi import CogAuthMiddleware
from tests.e2e.apps.guard import issuer, policy


async def whoami(request: Request) -> JSONResponse:
    principal = request.user
    return JSONResponse({"subject": principal and principal.subject})


def create() -> ASGIApp:
    app = Starlette(routes=[Route("/{path:path}", whoami, methods=["GET", "PUT", "POST", "DELETE"])])
    return CogAuthMiddleware(app, authorizer=AsyncAuthorizer(AsyncVerifier(issuer()), policy()))
