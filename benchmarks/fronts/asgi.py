"""ASGI applications: an order as JSON, from Starlette and from FastAPI, which reads annotations as they are."""

from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
    SimpleUser,
    requires,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks import peers
from benchmarks.fronts import settings
from cogauth import AsyncAuthorizer, AsyncVerifier, Principal
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.fastapi import CogAuth


async def order(request: Request) -> JSONResponse:
    """Answer with the order that was asked for."""
    return JSONResponse({"id": request.path_params["id"], "state": "sent"})


@requires("authenticated")
async def order_of_somebody(request: Request) -> JSONResponse:
    """Answer whoever is known."""
    return await order(request)


def bare() -> Starlette:
    """Starlette alone."""
    return Starlette(routes=[Route("/orders/{id}", order)])


def cogauth() -> CogAuthMiddleware:
    """Starlette behind the middleware."""
    return CogAuthMiddleware(bare(), authorizer=_authorizer())


def pyjwt() -> Starlette:
    """Starlette with its own middleware for authentication, and PyJWT."""
    guard = Middleware(AuthenticationMiddleware, backend=_Backend())
    return Starlette(routes=[Route("/orders/{id}", order_of_somebody)], middleware=[guard])


class _Backend(AuthenticationBackend):
    def __init__(self) -> None:
        self._verifier = settings.ByHand()

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        scheme, _, token = conn.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = self._verifier.claims(token)
        except (jwt.PyJWTError, KeyError) as error:
            raise AuthenticationError from error
        return AuthCredentials(["authenticated", *claims["scope"].split()]), SimpleUser(claims["username"])


def bare_fastapi() -> FastAPI:
    """FastAPI alone."""
    app = FastAPI()

    @app.get("/orders/{number}")
    async def read(number: int) -> dict[str, object]:
        return {"id": number, "state": "sent"}

    return app


def cogauth_fastapi() -> FastAPI:
    """FastAPI with a dependency of cogauth's."""
    app, auth = FastAPI(), CogAuth(_authorizer())

    @app.get("/orders/{number}")
    async def read(
        number: int,
        who: Annotated[Principal, Depends(auth.requires(settings.RULE))],  # noqa: ARG001  what guards
    ) -> dict[str, object]:
        return {"id": number, "state": "sent"}

    return app


def fastapi_cognito() -> FastAPI:
    """FastAPI with the dependency of fastapi-cognito."""
    app, required = FastAPI(), peers.fastapi_cognito_dependency(settings.ISSUER, settings.jwks())

    @app.get("/orders/{number}")
    async def read(
        number: int,
        who: Annotated[Any, Depends(required)],  # noqa: ARG001  what guards
    ) -> dict[str, object]:
        return {"id": number, "state": "sent"}

    return app


def _authorizer() -> AsyncAuthorizer:
    return AsyncAuthorizer(AsyncVerifier(settings.pool(), cache_size=settings.cache_size()), settings.policy())
