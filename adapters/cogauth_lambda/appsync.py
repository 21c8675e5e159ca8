"""AppSync as a front: GraphQL APIs, with the fields that a caller may not see, and Event APIs."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cogauth import Authorizer, ConfigurationError, Decision, Policy
from cogauth_lambda.answers import Answer, context_of
from cogauth_lambda.appsync_lines import EVENTS, FIELD, SUBSCRIBE_ALL, fields_of
from cogauth_lambda.members import UnknownEvent, map_of, text_of

_REFUSED: Answer = {"isAuthorized": False}


def is_appsync(event: Mapping[str, Any]) -> bool:
    """Tell whether *event* is AppSync's: those of API Gateway have a type."""
    return "type" not in event and "version" not in event and "authorizationToken" in event


class AppSync:
    """
    Answers events of AppSync, of GraphQL APIs and Event APIs.

    AWS: "Configuring authorization and authentication to secure your GraphQL APIs" and "... to secure Event APIs".

    Args:
        authorizer: who decides.
        prefix: what stands before the token, so that AppSync does not take it for its own user-pool mode; taken off
            once.
        ttl: the most seconds for which an answer to a GraphQL API is kept.

    Raises:
        ConfigurationError: *prefix* is no text, or a rule for a field names none.
    """

    def __init__(self, authorizer: Authorizer, prefix: str, ttl: int) -> None:
        if not isinstance(prefix, str):
            raise ConfigurationError("appsync_prefix: must be the text before the token")
        self._authorizer = authorizer
        self._prefix = prefix
        self._ttl = ttl
        self._silent: Authorizer | None = None
        self._fields: dict[str | None, list[tuple[str, str]]] = {}
        for api in (None, *authorizer.policy.apis):
            list(fields_of(authorizer.policy, api))

    def answer(self, event: Mapping[str, Any]) -> Answer:
        """
        Answer *event*; a refusal says no more than that it is one.

        Raises:
            UnknownEvent: it is of neither kind of API.
            KeysUnavailable: nothing can be said now.
        """
        request = map_of(event, "requestContext")
        token = self._token(text_of(event, "authorizationToken"))
        # An API of AppSync has no stages, so that a policy names it by its id alone.
        api = self._authorizer.policy.api_of_gateway(text_of(request, "apiId"), "")
        if ("operation" in request) == ("queryString" in request):
            raise UnknownEvent
        if "operation" in request:
            return self._event(token, request, api)
        return self._query(token, api)

    def _token(self, value: str) -> str | None:
        return value.removeprefix(self._prefix) if value.startswith(self._prefix) else None

    def _query(self, token: str | None, api: str | None) -> Answer:
        """The answer is kept by the token alone, so that the operation that is asked for has no part in it."""
        decision = self._decision(token, "POST", "/graphql", api)
        if not decision.allowed:
            return dict(_REFUSED)
        denied: list[str] = []
        until = decision.valid_until
        silent = self._asker()
        # A token that proved nobody here, a revoked one among them, proves nobody to a field either.
        known = None if decision.principal is None else token
        for path, name in self._known_fields(silent.policy, api):
            field = silent.authorize(known, FIELD, path, api=api)
            if not field.allowed:
                denied.append(name)
            # Of what is refused there is a moment, too, after which it may be otherwise.
            ends = [each for each in (until, field.valid_until) if each is not None]
            until = min(ends, default=None)
        return {
            "isAuthorized": True,
            "resolverContext": context_of(decision.handover(), until),
            "deniedFields": denied,
            "ttlOverride": self._seconds(until),
        }

    def _event(self, token: str | None, request: Mapping[str, Any], api: str | None) -> Answer:
        operation = request["operation"]
        method = EVENTS.get(operation) if isinstance(operation, str) else None
        if method is None:
            raise UnknownEvent
        path = "/" if method == "CONNECT" else text_of(request, "channel")
        if method == "SUBSCRIBE" and path.endswith("/*"):
            method, path = SUBSCRIBE_ALL, path[:-2] or "/"
        # A star anywhere else is none of AppSync's; without a path it is refused as odd.
        decision = self._decision(token, method, "" if "*" in path else path, api)
        if not decision.allowed:
            return dict(_REFUSED)
        # AWS does not say whether the channel is part of what answers are kept by, so that none is kept.
        context = context_of(decision.handover(), decision.valid_until)
        return {"isAuthorized": True, "handlerContext": context, "ttlOverride": 0}

    def _decision(self, token: str | None, method: str, path: str, api: str | None) -> Decision:
        decision = self._authorizer.authorize(token, method, path, api=api)
        if decision.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            decision.require()
        return decision

    def _seconds(self, until: float | None) -> int:
        """Nobody's answer has no end, and is not kept: the token may be good a moment later, and then somebody's."""
        if until is None:
            return 0
        return max(0, min(self._ttl, int(until - self._authorizer.verifier.clock())))

    def _asker(self) -> Authorizer:
        """Give an authorizer by the same policy that tells nobody: a request is one decision, and not one a field."""
        policy = self._authorizer.policy
        if self._silent is None or self._silent.policy is not policy:
            self._silent, self._fields = Authorizer(self._authorizer.verifier, policy), {}
        return self._silent

    def _known_fields(self, policy: Policy, api: str | None) -> list[tuple[str, str]]:
        fields = self._fields.get(api)
        if fields is None:
            fields = self._fields[api] = list(fields_of(policy, api))
        return fields
