"""Two bare applications behind the middlewares, for bad requests: they say that they were reached, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, Policy, Verifier
from cogauth_asgi import CogAuthMiddleware as AsgiMiddleware
from cogauth_wsgi import CogAuthMiddleware as WsgiMiddleware
from tests.bad_inputs.asks import POLICY
from tests.e2e.apps.guard import issuer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def asgi() -> AsgiMiddleware:
    return AsgiMiddleware(_asgi, authorizer=AsyncAuthorizer(AsyncVerifier(issuer()), Policy.from_dict(POLICY)))


def wsgi() -> WsgiMiddleware:
    return WsgiMiddleware(_wsgi, authorizer=Authorizer(Verifier(issuer()), Policy.from_dict(POLICY)))


async def _asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    body = _said(scope["user"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


def _wsgi(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = _said(environ["cogauth.decision"].principal)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


def _said(principal: Any) -> bytes:
    return b"reached for " + (principal.username if principal else "nobody").encode()
