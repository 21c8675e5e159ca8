"""ASGI middleware: the scope goes to an authorizer, its decision goes out, and no more is decided here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from cogauth import Answer, AsyncAuthorizer, ConfigurationError, Decision, KeysUnavailable
from cogauth_asgi.credentials import Credentials
from cogauth_asgi.lease import Lease
from cogauth_asgi.protocol import ASGIApp, Receive, Scope, Send, host_of, path_of, respond
from cogauth_asgi.subprotocol import credentials_of, never_naming_credentials, without_credentials

POLICY_VIOLATION = 1008
"""The close code of a websocket that was refused (RFC 6455 section 7.4.1); before it is accepted, clients see a 403."""


class CogAuthMiddleware:
    """
    Lets through what *authorizer* allows: requests and websockets are guarded, lifespan passes, all else is refused.

    The application finds the decision in `scope["cogauth.decision"]` and the principal in `scope["user"]` (Starlette:
    `request.user`), None where a public route was used without a token; `request.auth.scopes` are the token's scopes,
    for `@requires`. What the server's scope held under these names is not passed on.

    A refused websocket is never accepted. An accepted one is closed, with code 3000, when the decision no longer holds:
    at `exp`, or sooner where a rule asks how long ago the sign-in was. The answer to a request is never cut short, be
    it a stream of hours: it was asked for while the token was good.

    Args:
        app: the application.
        authorizer: who decides.
        api: the name of the api that this application is, where the policy has several.
        by_host: whether the Host header chooses the api; only behind a proxy that is configured to set it.
        close_at_expiry: whether accepted websockets are closed; if not, the application has `decision.valid_until`.
        warm_seconds: how long startup may wait for keys, so that no request has to; 0 fetches none ahead. Startup goes
            on without keys that cannot be had: they are asked for again when they are needed.
        clock: seconds since the epoch; by default the verifier's.
        sleep: waits for as many seconds.

    Raises:
        ConfigurationError: *authorizer* is no `AsyncAuthorizer` (another one would block the event loop), its policy
            has no such *api*, or both *api* and *by_host* are given.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authorizer: AsyncAuthorizer,
        api: str | None = None,
        by_host: bool = False,
        close_at_expiry: bool = True,
        warm_seconds: float = 10.0,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not isinstance(authorizer, AsyncAuthorizer):
            raise ConfigurationError("CogAuthMiddleware: authorizer must be an AsyncAuthorizer")
        if api is not None and by_host:
            raise ConfigurationError("CogAuthMiddleware: either api names the api, or by_host has the Host choose it")
        if api is not None and api not in authorizer.policy.apis:
            raise ConfigurationError(f"CogAuthMiddleware: the policy has no api {api!r}")
        self._app = app
        self._authorizer = authorizer
        self._api = api
        self._by_host = by_host
        self._close_at_expiry = close_at_expiry
        self._warm_seconds = warm_seconds
        self._clock = clock or authorizer.verifier.clock
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)
        elif kind == "lifespan":
            if self._warm_seconds > 0:
                await self._warm()
            await self._app(scope, receive, send)
        else:
            # Whatever a later ASGI version brings is not let through because nobody thought of it.
            raise RuntimeError("cogauth guards http and websocket connections and passes no other kind")

    async def _warm(self) -> None:
        with contextlib.suppress(KeysUnavailable, TimeoutError):  # a request that needs them will say so
            async with asyncio.timeout(self._warm_seconds):
                await self._authorizer.verifier.warm()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path, api = scope["method"], path_of(scope), self._api_of(scope)
        answer: Answer | Decision | None = self._authorizer.metadata(method, path, api)
        if answer is None:
            decision = await self._authorizer.authorize_request(
                method, path, scope["headers"], raw_path=scope.get("raw_path"), api=api
            )
            if decision.allowed:
                await self._app({**scope, **_told(decision)}, receive, send)
                return
            answer = decision
        body = b"" if method == "HEAD" else answer.body
        await respond("http.response", answer.status, answer.headers, body, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        decision = await self._authorizer.authorize_request(
            "GET",  # with which a websocket opens (RFC 6455 section 4.1); its scope has no method
            path_of(scope),
            [*scope["headers"], *credentials_of(scope)],
            raw_path=scope.get("raw_path"),
            api=self._api_of(scope),
        )
        if decision.allowed:
            scope = {**scope, **without_credentials(scope), **_told(decision)}
            send = never_naming_credentials(send)
            until = decision.valid_until
            if until is None or not self._close_at_expiry:
                await self._app(scope, receive, send)
            else:
                await Lease(receive, send, until, self._clock, self._sleep).run(self._app, scope)
        elif "websocket.http.response" in (scope.get("extensions") or {}):
            await respond("websocket.http.response", decision.status, decision.headers, decision.body, send)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})

    def _api_of(self, scope: Scope) -> str | None:
        if not self._by_host:
            return self._api
        host = host_of(scope)
        # No api has the empty name, and no route is found for it.
        return "" if host is None else self._authorizer.policy.api_of_host(host)


def _told(decision: Decision) -> dict[str, object]:
    """Give what the application is told, under names that nothing else may fill."""
    return {
        "user": decision.principal,
        "auth": Credentials(decision.principal),
        "cogauth.decision": decision,
    }
