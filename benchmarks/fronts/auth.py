"""What proxies ask: cogauth's forward auth, and in its frame a service that says yes to all without a look."""

from __future__ import annotations

import os

from benchmarks.fronts import settings
from cogauth import AsyncAuthorizer, AsyncVerifier
from cogauth_asgi.forward_auth import forward_auth_app
from cogauth_asgi.protocol import ASGIApp, Receive, Scope, Send, respond

# As many headers as cogauth sends, and as long.
_HEADERS = (
    ("X-Auth-Subject", "00000000-0000-0000-0000-000000000000"),
    ("X-Auth-Username", "00000000-0000-0000-0000-000000000000"),
    ("X-Auth-Client-Id", "1h57kf5cpq17m0eml12EXAMPLE"),
    ("X-Auth-Token-Use", "access"),
    ("X-Auth-Issuer", settings.ISSUER),
    ("X-Auth-Groups", '["auditors","editors","eu-west-1_AbCdEf123_Google"]'),
    ("X-Auth-Scopes", "openid orders/read orders/write"),
    ("X-Auth-Roles", '["reader","writer"]'),
    ("X-Auth-Api", ""),
    ("Content-Length", "0"),
)


def cogauth() -> ASGIApp:
    """Decide, as the proxy named by BEHIND asks."""
    verifier = AsyncVerifier(settings.pool(), cache_size=settings.cache_size())
    return forward_auth_app(AsyncAuthorizer(verifier, settings.policy()), os.environ["BEHIND"])


def nothing() -> ASGIApp:
    """Say yes."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await respond("http.response", 200, _HEADERS, b"", send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    return app
