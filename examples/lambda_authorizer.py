"""An authorizer for API Gateway (REST, HTTP and WebSocket APIs) and AppSync: point at `lambda_authorizer.handler`."""

from __future__ import annotations

from cogauth import Authorizer, Group, Policy, Route, UserPool, Verifier
from cogauth_lambda import lambda_authorizer

POLICY = Policy(
    roles={"editor": Group("editors")},
    routes=[
        Route("GET /orders/{id}", "authenticated"),
        Route("PUT /orders/{id}", "editor"),
        Route("GET /$connect", "authenticated"),
        Route("POST /graphql", "authenticated"),
        Route("FIELD /Query/margins", "editor"),
    ],
)
authorizer = Authorizer(Verifier(UserPool("eu-west-1_AbCdEf123", clients={"1h57kf5cpq17m0eml12EXAMPLE"})), POLICY)

# The gateways have these routes and no others, and keep an answer for five minutes.
handler = lambda_authorizer(authorizer, cache_ttl=300, delivers=())
