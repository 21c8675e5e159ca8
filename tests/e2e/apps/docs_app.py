"""A FastAPI app behind the middleware, whose docs page needs nothing from another host."""

# No `from __future__ import annotations`: as text, an annotation could not name what is local to a function.

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from cogauth import PUBLIC, AsyncAuthorizer, AsyncVerifier, Group, Policy, Principal, Route, Scope
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.fastapi import REFUSALS, CogAuth, docs_routes
from tests.e2e.apps.guard import issuer

ORDERS, JOBS = "/orders/{number}", "/jobs"


def create() -> CogAuthMiddleware:
    app = FastAPI(title="Orders", docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None)
    pages = Route(["GET /docs", "GET /docs/oauth2-redirect", "GET /static/{rest*}"], PUBLIC)
    routes = [*docs_routes(app), pages, Route([f"PUT {ORDERS}", f"POST {JOBS}"], "authenticated")]
    authorizer = AsyncAuthorizer(AsyncVerifier(issuer()), Policy(routes=routes))
    auth = CogAuth(authorizer, domain=os.environ["DOMAIN"], scopes={"jobs/run": "Run jobs", "openid": "Know who it is"})

    @app.put(ORDERS, responses=REFUSALS)
    def change(number: int, who: Annotated[Principal, Depends(auth.requires(Group("editors")))]) -> dict[str, Any]:
        return {"number": number, "by": who.username}

    @app.post(JOBS, responses=REFUSALS)
    def run(who: Annotated[Principal, Depends(auth.requires(Scope("jobs/run")))]) -> dict[str, Any]:
        return {"by": who.username}

    _pages(app)
    return CogAuthMiddleware(app, authorizer=authorizer)


def _pages(app: FastAPI) -> None:
    """Make FastAPI's own docs page, but for where its script and style come from."""
    package = find_spec("fastapi_offline")
    assert package is not None
    assert package.origin is not None
    app.mount("/static", StaticFiles(directory=Path(package.origin).parent / "static"))

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Orders",
            oauth2_redirect_url="/docs/oauth2-redirect",
            init_oauth={"clientId": "c1", "usePkceWithAuthorizationCodeGrant": True, "scopes": "jobs/run openid"},
            swagger_js_url="/static/swagger-ui-bundle.js",
            swagger_css_url="/static/swagger-ui.css",
            swagger_favicon_url="data:,",
        )

    @app.get("/docs/oauth2-redirect", include_in_schema=False)
    def redirect() -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html()
