"""What API Gateway is answered: a policy document or a boolean, who is calling, and what the backend is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from cogauth import CogAuthError

Answer: TypeAlias = dict[str, Any]

MAX_WEBSOCKET = 8192
"""Bytes of an answer to a WebSocket API (AWS: "Quotas for configuring and running a WebSocket API")."""

_MAX_PRINCIPAL_ID = 256
# In the order in which they are left out where there is no room: a member with part of its names would be another.
_LONG = ("groups", "roles", "scopes")


class Unauthorized(Exception):
    """Makes a REST or WebSocket API answer 401, by exactly this text; any other error is a 500."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class NoDocument(CogAuthError):
    """
    There is no policy document that may be kept for this caller, and it was said that it would be.

    What IAM cannot say is told when the authorizer is made; what is too long is known of each caller alone.
    """

    code = "no_document"
    message = "no policy document says what the policy says; turn the authorizer's cache off"


def context_of(told: Mapping[str, str], until: float | None) -> dict[str, str]:
    """Give what the backend is told: strings only, under the same names always."""
    return {**told, "valid_until": "" if until is None else str(int(until))}


def policy_of(document: Mapping[str, Any], context: dict[str, str]) -> Answer:
    """Phrase an answer in the form that REST, WebSocket and HTTP APIs know."""
    return {"principalId": _principal_id(context["subject"]), "policyDocument": document, "context": context}


def websocket_policy(base: str, context: dict[str, str], *, allowed: bool) -> Answer:
    """
    Phrase an answer for `$connect`, the one route that a WebSocket API asks about.

    Its resource has no method, so that no other document would fit; and it is not kept for another request.
    """
    statement = {
        "Effect": "Allow" if allowed else "Deny",
        "Action": "execute-api:Invoke",
        "Resource": [f"{base}/$connect" if allowed else f"{base}/*"],
    }
    answer = policy_of({"Version": "2012-10-17", "Statement": [statement]}, context)
    for name in _LONG:
        if len(json.dumps(answer)) > MAX_WEBSOCKET:
            del answer["context"][name]
    return answer


def _principal_id(subject: str) -> str:
    """Give a name for logs, which API Gateway insists on; it is evidence of nothing."""
    return subject if 0 < len(subject) <= _MAX_PRINCIPAL_ID and subject.isprintable() else "anonymous"
