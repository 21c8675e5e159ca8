"""Orders in Flask: everybody reads them, editors change them. `flask --app examples/flask_app run`."""

from __future__ import annotations

from flask import Flask

from cogauth import Authorizer, Group, Policy, Route, UserPool, Verifier
from cogauth_wsgi.flask import CogAuth, current_principal, requires

POLICY = Policy(
    routes=[
        Route(["GET /orders/{id}", "PUT /orders/{id}"], "authenticated"),
        Route("GET /healthz", "public"),
    ],
)
POOL = UserPool("eu-west-1_AbCdEf123", clients={"1h57kf5cpq17m0eml12EXAMPLE"})


def create_app(pool: UserPool = POOL) -> Flask:
    app = Flask(__name__)
    CogAuth(app, authorizer=Authorizer(Verifier(pool), POLICY))

    @app.get("/orders/<number>")
    def order(number: str) -> dict[str, str | None]:
        return {"number": number, "who": current_principal.username}

    @app.put("/orders/<number>")
    @requires(Group("editors"))
    def change(number: str) -> dict[str, str]:
        return {"number": number}

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    return app
