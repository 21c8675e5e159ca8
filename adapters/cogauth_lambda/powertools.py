"""Middleware of Powertools' event handler: a policy for a function behind API Gateway, an ALB or a function URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.event_handler.middlewares import BaseMiddlewareHandler

from cogauth import Answer, Authorizer, CogAuthError, ConfigurationError, Decision
from cogauth_lambda.members import headers_of, map_of
from cogauth_lambda.paths import decoded


class CogAuthMiddleware(BaseMiddlewareHandler[ApiGatewayResolver]):
    """
    Lets through what *authorizer* allows: `app.use(middlewares=[CogAuthMiddleware(authorizer=authorizer)])`.

    It is for `APIGatewayRestResolver`, `APIGatewayHttpResolver`, `ALBResolver` and `LambdaFunctionUrlResolver`. The
    path is the one that the app routes. A view finds the decision in `app.context["decision"]` and the principal in
    `app.context["principal"]`, None where a public route was used without a token.

    Args:
        authorizer: who decides; made once per container.
        api: the name of the api that the app is, where the policy has several. Unless it is given, and the policy has
            apis with gateway ids, the gateway's id and stage choose; a load balancer has none.

    Raises:
        ConfigurationError: *authorizer* is no `Authorizer`, or its policy has no such *api*.
    """

    def __init__(self, *, authorizer: Authorizer, api: str | None = None) -> None:
        if not isinstance(authorizer, Authorizer):
            raise ConfigurationError("CogAuthMiddleware: authorizer must be an Authorizer")
        if api is not None and api not in authorizer.policy.apis:
            raise ConfigurationError(f"CogAuthMiddleware: the policy has no api {api!r}")
        self._authorizer = authorizer
        self._api = api

    def handler(self, app: ApiGatewayResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
        """Answer in place of the view, or call it."""
        method = app.current_event.http_method
        answer = self._answer(app, method)
        if answer is None:
            return next_middleware(app)
        body = "" if method == "HEAD" else answer.body.decode()
        # As it is: the length that is told would be another one's if it were compressed.
        return Response(answer.status, body=body, headers=dict(answer.headers), compress=False)

    def _answer(self, app: ApiGatewayResolver, method: str) -> Answer | None:
        try:
            event = cast("Mapping[str, Any]", app.current_event.raw_event)
            # What the app found its route by: without stage and prefixes, and not decoded.
            routed: str = _context(app)["_path"]
            api = self._api_of(event)
            # Powertools' own headers keep one of two Authorization headers that differ in case.
            headers = headers_of(event)
        except (CogAuthError, KeyError) as error:
            return _answer_of(self._authorizer.refuse(error))
        path = decoded(routed or "/")
        metadata = self._authorizer.metadata(method, path, api)
        if metadata is not None:
            return metadata
        decision = self._authorizer.authorize_request(method, path, headers, raw_path=routed, api=api)
        if not decision.allowed:
            return _answer_of(decision)
        _context(app).update(principal=decision.principal, decision=decision)
        return None

    def _api_of(self, event: Mapping[str, Any]) -> str | None:
        if self._api is not None:
            return self._api
        context = map_of(event, "requestContext")
        return self._authorizer.policy.api_of_gateway(str(context.get("apiId")), str(context.get("stage")))


def _context(app: ApiGatewayResolver) -> dict[str, Any]:
    return cast("dict[str, Any]", app.context)  # pyright: ignore[reportUnknownMemberType]  # there a bare `dict`


def _answer_of(decision: Decision) -> Answer:
    return Answer(decision.status, decision.headers, decision.body)
