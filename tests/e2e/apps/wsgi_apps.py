"""One policy before three applications, each of which answers with what it was told: who, which method, which path."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import re_path
from flask import Flask, request

from cogauth import Api, Authorizer, Policy, Route, UserPool, Verifier
from cogauth_wsgi import CogAuthMiddleware
from cogauth_wsgi.flask import CogAuth, current_principal

METHODS = ["GET", "POST", "PUT"]


def authorizer() -> Authorizer:
    """Trust the pool whose keys are in the file that `JWKS` names."""
    policy = Policy(
        routes=[
            Route(["GET /orders/{id}", "GET /größe", "POST /open/{rest*}"], "authenticated"),
            Route("ANY /open/{rest*}", "public"),
        ],
        apis=[Api("shop", [Route("GET /x", "public")], hosts=["shop.example.com"])],
    )
    pool = UserPool("eu-west-1_AbCdEf123", clients={"c1"}, jwks=os.environ["JWKS"])
    return Authorizer(Verifier(pool), policy)


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Be an application without a framework."""
    who = environ["cogauth.decision"].principal
    path = environ["PATH_INFO"].encode("latin-1").decode()
    body = json.dumps({"who": who and who.username, "method": environ["REQUEST_METHOD"], "path": path}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def plain() -> Any:
    return CogAuthMiddleware(echo, authorizer=authorizer())


def by_host() -> Any:
    return CogAuthMiddleware(echo, authorizer=authorizer(), by_host=True)


def flask() -> Flask:
    app = Flask(__name__)
    CogAuth(app, authorizer=authorizer())

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def view(path: str) -> dict[str, Any]:
        who = current_principal.username if current_principal else None
        return {"who": who, "method": request.method, "path": f"/{path}"}

    return app


def django_view(request: Any) -> JsonResponse:
    who = request.principal and request.principal.username
    return JsonResponse({"who": who, "method": request.method, "path": request.path_info})


urlpatterns = [re_path("", django_view)]


def django() -> Any:
    settings.configure(
        SECRET_KEY="only for tests",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["cogauth_wsgi.django.CogAuthMiddleware"],
        COGAUTH={"authorizer": authorizer()},
    )
    return get_wsgi_application()
