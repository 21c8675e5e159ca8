"""API Gateway as a front: a call goes to the gateway of the core, its grant goes out in API Gateway's words."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from cogauth import Authorizer, Decision, Gateway, Grant
from cogauth_lambda.answers import Answer, NoDocument, Unauthorized, context_of, policy_of, websocket_policy
from cogauth_lambda.caching import Caching
from cogauth_lambda.events import Call

_LOG: Final = logging.getLogger("cogauth_lambda")


class ApiGateway:
    """
    Answers calls of REST, HTTP and WebSocket APIs.

    Args:
        authorizer: who decides.
        gateway: what says it all in one document.
        caching: how long an answer is kept, and for what.
        simple: HTTP APIs expect simple responses.
        http_401: HTTP APIs are told `Unauthorized` as well.
        dated: documents end with the token, by a condition.
        closed: documents deny in so many words whatever they do not allow.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        gateway: Gateway,
        caching: Caching,
        *,
        simple: bool,
        http_401: bool,
        dated: bool,
        closed: bool,
    ) -> None:
        self._authorizer = authorizer
        self._gateway = gateway
        self._caching = caching
        self._simple = simple
        self._http_401 = http_401
        self._dated = dated
        self._closed = closed

    def answer(self, call: Call) -> Answer:
        """
        Answer *call*.

        Raises:
            Unauthorized: the token or the request will not do, and the API makes a 401 of this.
            KeysUnavailable: nothing can be said now; the API makes a 500 of it and of whatever else is raised.
            NoDocument: the caller's document is too long, and no other may be kept.
        """
        api = self._authorizer.policy.api_of_gateway(call.api_id, call.stage)
        if call.front == "websocket":
            decision = self._decision(call, api)
            context = context_of(decision.handover(), decision.valid_until)
            return websocket_policy(call.base, context, allowed=decision.allowed)
        if call.front == "http-2.0" and self._simple:
            decision = self._decision(call, api)
            if not decision.allowed:
                return {"isAuthorized": False}
            return {"isAuthorized": True, "context": context_of(decision.handover(), decision.valid_until)}
        grant = self._gateway.authorize(call.method, call.path, call.headers, raw_path=call.raw_path, api=api)
        self._raise_for(call, grant.decision)
        return self._document(call, grant)

    def _decision(self, call: Call, api: str | None) -> Decision:
        decision = self._authorizer.authorize_request(
            call.method, call.path, call.headers, raw_path=call.raw_path, api=api
        )
        self._raise_for(call, decision)
        return decision

    def _raise_for(self, call: Call, decision: Decision) -> None:
        """Raise where the answer is no document: what is raised is kept by no cache."""
        if decision.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            decision.require()
        says_401 = self._http_401 or call.front in ("rest", "websocket")
        # A REST API knows no 400 either, and a request that is odd is not one to be kept.
        if says_401 and decision.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            raise Unauthorized

    def _document(self, call: Call, grant: Grant) -> Answer:
        context = context_of(grant.handover(), grant.valid_until)
        if self._caching.off:
            # Right for this very request, also where a document for all of them would have to refuse it.
            return policy_of(grant.momentary(call.base), context)
        document = grant.document(call.base, dated=self._dated, closed=self._closed)
        if document is None:
            if self._caching.kept_for_others:
                _LOG.error("no document may be kept: %s", grant.why_not(call.base, closed=self._closed))
                raise NoDocument
            document = grant.momentary(call.base)
        return policy_of(document, context)
