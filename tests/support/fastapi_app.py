"""A FastAPI app with each kind of dependency."""

# No `from __future__ import annotations`: as text, an annotation could not name what is local to a function.

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Security, WebSocket

from cogauth import AsyncAuthorizer, Group, Principal
from cogauth_asgi.fastapi import CogAuth
from tests.adapters.conftest import Pool, bearer

EDITORS = Group("editors")


def name(principal: Principal | None) -> str | None:
    return None if principal is None else principal.username or principal.client_id


def api(authorizer: AsyncAuthorizer) -> FastAPI:
    """An app with each kind of dependency."""
    app, auth = FastAPI(), CogAuth(authorizer)
    app.include_router(simple(auth))
    app.include_router(scoped(auth))
    app.include_router(sockets(auth))
    inner = APIRouter(prefix="/inner", dependencies=[Depends(auth.requires(EDITORS))])
    inner.include_router(scoped(auth))
    inner.get("/plain")(lambda: "inside")
    app.include_router(inner)
    return app


def simple(auth: CogAuth) -> APIRouter:
    app = APIRouter()

    @app.get("/orders/{number}")
    def read(number: int, who: Annotated[Principal, Depends(auth.principal)]) -> str | None:
        return name(who)

    @app.api_route("/orders/{number}", methods=["PUT", "HEAD"])
    async def write(number: int, who: Annotated[Principal, Depends(auth.requires(EDITORS))]) -> str | None:
        return name(who)

    @app.get("/healthz")
    def health(who: Annotated[Principal | None, Depends(auth.optional)]) -> str | None:
        return name(who)

    return app


def scoped(auth: CogAuth) -> APIRouter:
    app = APIRouter()

    @app.post("/jobs")
    def run(who: Annotated[Principal, Security(auth.principal, scopes=["jobs/run"])]) -> str | None:
        return name(who)

    @app.delete("/jobs")
    def stop(who: Annotated[Principal, Security(auth.requires(EDITORS), scopes=["jobs/run", "jobs/stop"])]) -> None:
        raise AssertionError("nobody gets here")

    def person(who: Annotated[Principal, Depends(auth.requires(EDITORS))]) -> str | None:
        return name(who)

    @app.get("/deep")
    def deep(who: Annotated[str, Security(person, scopes=["jobs/run"])]) -> str:
        return who

    @app.get("/perhaps")
    def perhaps(who: Annotated[Principal | None, Security(auth.optional, scopes=["jobs/run"])]) -> str | None:
        return name(who)

    return app


def sockets(auth: CogAuth) -> APIRouter:
    app = APIRouter()

    async def accepted(websocket: WebSocket) -> None:
        await websocket.accept()

    @app.websocket("/live")
    async def live(websocket: WebSocket, who: Annotated[Principal, Depends(auth.requires(EDITORS))]) -> None:
        await websocket.accept()
        await websocket.send_json(name(who))
        await websocket.close()

    @app.websocket("/late")
    async def late(
        websocket: WebSocket,
        _: Annotated[None, Depends(accepted)],
        who: Annotated[Any, Depends(auth.principal)],
    ) -> None:
        raise AssertionError("nobody gets here")

    return app


def headers(pool: Pool, who: str | None) -> dict[str, str]:
    """Give the headers of a request by *who*, an attribute of the pool, or by nobody."""
    return dict(bearer(None if who is None else getattr(pool, who)))
