"""The Lambda authorizer: an API Gateway event goes to an authorizer, its decision goes out in API Gateway's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from cogauth import Authorizer, ConfigurationError, Decision, Principal
from cogauth_lambda.events import Call, call_of

HttpApi: TypeAlias = Literal["iam", "simple"]
Answer: TypeAlias = dict[str, Any]

_MAX_RESOURCE = 512  # characters of a resource in a policy (API Gateway quotas)

# In a resource `*` and `?` match anything, and cannot be escaped; `$` begins a policy variable.
_WILD = re.compile(r"[*?$]")


class Unauthorized(Exception):
    """Makes a REST API answer 401; any other error is a 500."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def lambda_authorizer(authorizer: Authorizer, *, http_api: HttpApi = "iam") -> Callable[[Any, Any], Answer]:
    """
    Make the handler of an API Gateway Lambda authorizer: of REST APIs (TOKEN and REQUEST) and HTTP APIs (2.0).

    A refused token is a 401 on REST APIs and, as HTTP APIs know no other refusal, a 403 there; unavailable keys are a
    500, which no cache keeps. The answer is for the requested method and path alone, so turn the authorizer's cache
    off (TTL 0): replayed for the caller's next route, a policy would refuse and a simple response would allow.

    Args:
        authorizer: made once per container, so that its keys outlive an invocation.
        http_api: what the HTTP API is configured to expect, `"iam"` or `"simple"`; its events do not tell.

    Raises:
        ConfigurationError: *authorizer* is not an `Authorizer`, or *http_api* is neither.
    """
    if not isinstance(authorizer, Authorizer):
        raise ConfigurationError("lambda_authorizer: takes an Authorizer")
    if http_api not in ("iam", "simple"):
        raise ConfigurationError('lambda_authorizer: http_api must be "iam" or "simple"')

    def handler(event: Any, context: Any) -> Answer:  # noqa: ARG001  Lambda's signature
        call = call_of(event)
        decision = authorizer.authorize_request(call.method, call.path, call.headers, raw_path=call.raw_path)
        if decision.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            decision.require()
        if call.front == "http" and http_api == "simple":
            return {"isAuthorized": decision.allowed, "context": _context(decision.principal)}
        if call.front == "rest" and decision.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            raise Unauthorized
        return _policy(call, decision)

    return handler


def _policy(call: Call, decision: Decision) -> Answer:
    """
    Phrase *decision* as an IAM policy for the requested method and path; one that reads as a pattern is never allowed.

    A refusal is an explicit Deny: where the API has a resource policy, silence would not refuse.
    """
    # The method as well as the path is the caller's text, and `*` and `$` may stand in a method (RFC 9110 section 9.1).
    request = f"/{call.method}{call.raw_path}"
    plain = not _WILD.search(request) and not _WILD.search(call.path) and len(call.arn) <= _MAX_RESOURCE
    return {
        "principalId": decision.principal.subject if decision.principal else "anonymous",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow" if decision.allowed and plain else "Deny",
                    "Resource": [(call.arn.removesuffix(request) + _WILD.sub("?", request))[:_MAX_RESOURCE]],
                }
            ],
        },
        "context": _context(decision.principal),
    }


def _context(who: Principal | None) -> dict[str, str]:
    """Tell the backend who is calling: strings only, groups as a JSON array, for their names may hold any separator."""
    if who is None:
        return {}
    told = {"subject": who.subject, "client_id": who.client_id, "token_use": who.token_use, "issuer": who.issuer_name}
    told |= {"scopes": " ".join(sorted(who.scopes)), "groups": json.dumps(sorted(who.groups))}
    return told | ({"username": who.username} if who.username is not None else {})
