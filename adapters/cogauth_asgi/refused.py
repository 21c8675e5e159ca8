"""Refused: the exception that ends a request in FastAPI with the answer of a decision."""

from __future__ import annotations

import contextlib
import json
from typing import Final

from fastapi import Request, Response, WebSocket
from fastapi.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from cogauth import Decision

POLICY_VIOLATION: Final = 1008
"""The close code of a websocket that was refused (RFC 6455 section 7.4.1); before it is accepted, clients see a 403."""


class Refused(HTTPException):
    """
    Ends a request with the answer of *decision*, which refuses; a websocket, before it is accepted.

    An app that has a handler for this class, or for the status, answers as that handler says. What knows no more than
    `HTTPException` finds the status, the challenge and, in `detail`, the reason code of the answer.
    """

    def __init__(self, decision: Decision) -> None:
        headers = {name: value for name, value in decision.headers if not name.startswith("Content-")}
        # The code that the caller may read: it is the same for all that can be wrong with a token.
        super().__init__(decision.status, detail=json.loads(decision.body)["reason"], headers=headers)
        self.decision: Decision = decision
        """Why; for logs."""


def refused(connection: HTTPConnection, decision: Decision) -> Refused:
    """Make the exception, and see to it that the app which serves *connection* knows the answer to it."""
    # Where Starlette keeps that app's handlers. Should it do so no more, FastAPI's handler of `HTTPException` answers,
    # with the same status and challenge.
    with contextlib.suppress(LookupError, TypeError, AttributeError):
        connection.scope["starlette.exception_handlers"][0].setdefault(Refused, answer)
    return Refused(decision)


async def answer(connection: Request | WebSocket, error: Refused) -> Response | None:
    """Transcribe the decision; a websocket gets the whole answer where its server can give it, else is closed."""
    decision = error.decision
    response = Response(decision.body if connection.scope.get("method") != "HEAD" else b"", decision.status)
    response.raw_headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in decision.headers]
    if not isinstance(connection, WebSocket):
        return response
    handshake = connection.application_state is WebSocketState.CONNECTING
    if handshake and "websocket.http.response" in (connection.scope.get("extensions") or {}):
        await connection.send_denial_response(response)
    else:
        await connection.close(POLICY_VIOLATION)
    return None
