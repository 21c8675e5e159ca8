"""The Lambda authorizer: an event goes to an authorizer, its decision goes out in the words of who asks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, TypeAlias

from cogauth import Authorizer, ConfigurationError, Gateway
from cogauth_lambda.answers import Answer
from cogauth_lambda.api_gateway import ApiGateway
from cogauth_lambda.appsync import AppSync, is_appsync
from cogauth_lambda.caching import Caching
from cogauth_lambda.events import call_of
from cogauth_lambda.members import event_of

HttpApi: TypeAlias = Literal["iam", "simple"]
Http401: TypeAlias = Literal["deny", "raise"]
Handler: TypeAlias = Callable[[Any, Any], Answer]


def lambda_authorizer(
    authorizer: Authorizer,
    *,
    http_api: HttpApi = "iam",
    http_401: Http401 = "deny",
    cache_ttl: int | None = None,
    identity_sources: Collection[str] = (),
    delivers: Collection[str] | None = None,
    narrow: bool = False,
    dated: bool = False,
    closed: bool = False,
    websocket_query: str | None = None,
    appsync_prefix: str = "",
) -> Handler:
    """
    Make the handler of a Lambda authorizer, for API Gateway and AppSync.

    It answers REST APIs (TOKEN and REQUEST), HTTP APIs (1.0 and 2.0), WebSocket APIs, and AppSync's GraphQL and Event
    APIs. REST and HTTP APIs get a policy document that is right for each request of the caller, since they keep it for
    other routes. A refused token is a 401 on REST and WebSocket APIs and a 403 on HTTP APIs; unavailable keys are a
    500, which no cache keeps.

    Args:
        authorizer: made once per container, so that its keys outlive an invocation.
        http_api: what HTTP APIs are configured to expect, `"iam"` or `"simple"`; their events do not tell.
        http_401: `"raise"` tells HTTP APIs of a refused token as REST APIs are told. AWS does not document what they
            make of it.
        cache_ttl: the seconds for which API Gateway is configured to keep an answer, 0 to 3600. 0 answers for each
            request alone. Unless it is given, what a kept answer would be wrong about is logged when this is called;
            if it is, it is refused. AppSync is told to keep answers as long at most, and none unless it is given.
        identity_sources: what API Gateway is configured to keep answers by, such as `$request.header.Authorization`.
        delivers: what the gateways pass on besides the policy's own routes, as `Gateway` takes it.
        narrow: refuse what IAM cannot tell apart only by the value of a parameter, as `Gateway` takes it.
        dated: end what a document allows with the token, as `Grant.document` takes it.
        closed: deny in so many words whatever is not allowed, as `Grant.document` takes it.
        websocket_query: the query parameter in which a WebSocket client may send its token. Whatever logs the URL logs
            the token.
        appsync_prefix: what AppSync's clients write before the token, taken off once.

    Raises:
        ConfigurationError: *authorizer* is not an `Authorizer`; an option is not what it should be; a kept answer would
            be wrong; a rule for a field of GraphQL names none.
    """
    if not isinstance(authorizer, Authorizer):
        raise ConfigurationError("lambda_authorizer: takes an Authorizer")
    if http_api not in ("iam", "simple"):
        raise ConfigurationError('lambda_authorizer: http_api must be "iam" or "simple"')
    if http_401 not in ("deny", "raise"):
        raise ConfigurationError('lambda_authorizer: http_401 must be "deny" or "raise"')
    if not isinstance(websocket_query, str | None) or websocket_query == "":
        raise ConfigurationError("lambda_authorizer: websocket_query must be the name of a parameter")
    for name, flag in (("narrow", narrow), ("dated", dated), ("closed", closed)):
        if not isinstance(flag, bool):
            raise ConfigurationError(f"lambda_authorizer: {name} must be True or False")
    simple = http_api == "simple"
    caching = Caching(cache_ttl, identity_sources, closed=delivers is not None and not delivers)
    gateway = Gateway(authorizer, delivers=delivers, narrow=narrow)
    caching.check(authorizer.policy, gateway, simple=simple)
    api_gateway = ApiGateway(
        authorizer, gateway, caching, simple=simple, http_401=http_401 == "raise", dated=dated, closed=closed
    )
    appsync = AppSync(authorizer, appsync_prefix, cache_ttl or 0)

    def handler(event: Any, context: Any) -> Answer:  # noqa: ARG001  Lambda's signature
        fields = event_of(event)
        return appsync.answer(fields) if is_appsync(fields) else api_gateway.answer(call_of(fields, websocket_query))

    return handler
