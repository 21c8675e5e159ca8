"""WSGI applications: an order as JSON, from Flask."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from flask_cognito_lib import CognitoAuth
from flask_cognito_lib.config import Config
from flask_cognito_lib.decorators import auth_required
from flask_cognito_lib.services import token_service_factory
from flask_cognito_lib.services.token_svc import TokenService

from benchmarks.fronts import settings
from benchmarks.tokens import CLIENT, POOL_ID
from cogauth import Authorizer, Verifier
from cogauth_wsgi.flask import CogAuth


def bare() -> Flask:
    """Flask alone."""
    app = Flask("bare")

    @app.get("/orders/<int:number>")
    def read(number: int) -> dict[str, object]:
        return {"id": number, "state": "sent"}

    return app


def cogauth() -> Flask:
    """Flask with the extension."""
    app = bare()
    verifier = Verifier(settings.pool(), cache_size=settings.cache_size())
    CogAuth(app, authorizer=Authorizer(verifier, settings.policy()))
    return app


class _Keys(Config):
    """Where the keys are."""

    @property
    def jwk_endpoint(self) -> str:
        return settings.jwks_url()


def flask_cognito_lib() -> Flask:
    """
    Flask with flask-cognito-lib, which reads a cookie.

    What verifies is kept: left to itself it makes that anew for each request, and fetches the keys anew with it.
    """
    app = Flask("flask-cognito-lib")
    app.config.update(  # pyright: ignore[reportUnknownMemberType]  # it is a dict of anything
        SECRET_KEY="made up",
        AWS_REGION="eu-west-1",
        AWS_COGNITO_USER_POOL_ID=POOL_ID,
        AWS_COGNITO_USER_POOL_CLIENT_ID=CLIENT,
        AWS_COGNITO_DOMAIN="https://app.auth.eu-west-1.amazoncognito.com",
    )
    kept: list[TokenService] = []

    def factory(cfg: Config) -> TokenService:
        if not kept:
            kept.append(token_service_factory(cfg))
        return kept[0]

    CognitoAuth(app, cfg=_Keys(), _token_service_factory=factory)

    @app.get("/orders/<int:number>")
    @auth_required(groups=["editors"])
    def read(number: int) -> Response:
        return jsonify({"id": number, "state": "sent"})

    return app
