"""Orders in a function behind a function URL: everybody reads them, editors change them."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver

from cogauth import Authorizer, Group, Policy, Route, UserPool, Verifier
from cogauth_lambda.powertools import CogAuthMiddleware

POLICY = Policy(
    routes=[
        Route("GET /orders/{id}", "authenticated"),
        Route("PUT /orders/{id}", Group("editors")),
        Route("GET /healthz", "public"),
    ],
)
authorizer = Authorizer(Verifier(UserPool("eu-west-1_AbCdEf123", clients={"1h57kf5cpq17m0eml12EXAMPLE"})), POLICY)
app = LambdaFunctionUrlResolver()
app.use(middlewares=[CogAuthMiddleware(authorizer=authorizer)])


@app.route("/orders/<number>", method=["GET", "PUT"])
def order(number: str) -> dict[str, Any]:
    return {"number": number, "who": app.context["principal"].username}


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
