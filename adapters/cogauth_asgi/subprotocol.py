"""The subprotocols of a websocket's scope: tokens taken out of them, and kept from the application."""

from __future__ import annotations

from collections.abc import Iterable

from cogauth import subprotocol_token
from cogauth_asgi.protocol import Message, Scope, Send

_HEADER = b"sec-websocket-protocol"


def credentials_of(scope: Scope) -> list[tuple[bytes, bytes]]:
    """
    Give an Authorization header for each token that the client offers as a subprotocol, as if it had sent that.

    What cannot be decoded becomes a header without a token, which the authorizer refuses as malformed.
    """
    tokens = map(subprotocol_token, _offered(scope))
    return [(b"authorization", b"Bearer " + token.encode("latin-1")) for token in tokens if token is not None]


def without_credentials(scope: Scope) -> dict[str, object]:
    """Give the subprotocols and headers for the application, who is to see neither token nor a name that holds one."""
    headers: list[tuple[bytes, bytes]] = []
    for name, value in scope["headers"]:
        if name.lower() != _HEADER:
            headers.append((name, value))
        elif kept := ", ".join(_clean(_names(value))):
            headers.append((name, kept.encode("latin-1")))
    return {"subprotocols": _clean(scope.get("subprotocols") or ()), "headers": headers}


def never_naming_credentials(send: Send) -> Send:
    """
    Make a `send` that raises `RuntimeError` where the application agrees on a subprotocol that holds a token.

    The scope has no such name, so that it is a mistake in the code; and on the way back the token would be logged.
    """

    async def guarded(message: Message) -> None:
        if message["type"] == "websocket.accept":
            agreed = [message.get("subprotocol") or ""]
            for name, value in message.get("headers") or ():
                agreed += _names(value) if name.lower() == _HEADER else ()
            if len(agreed) != len(_clean(agreed)):
                raise RuntimeError("a subprotocol that holds a token is none to be accepted")
        await send(message)

    return guarded


def _offered(scope: Scope) -> list[str]:
    """Give what the client offers, as it was sent; a server that passes no such header has read it itself."""
    values = [value for name, value in scope["headers"] if name.lower() == _HEADER]
    return [name for value in values for name in _names(value)] if values else list(scope.get("subprotocols") or ())


def _names(value: bytes) -> list[str]:
    return [name.strip(" \t") for name in value.decode("latin-1").split(",")]


def _clean(names: Iterable[str]) -> list[str]:
    return [name for name in names if subprotocol_token(name) is None]
