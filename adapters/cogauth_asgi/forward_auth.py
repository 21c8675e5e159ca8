"""Forward auth: an application that a reverse proxy asks, before each request, whether it may pass."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

from cogauth import Answer, AsyncAuthorizer, ConfigurationError, Decision
from cogauth_asgi.forward_auth_health import Health
from cogauth_asgi.forward_auth_profiles import ENDPOINT, PROFILES, Profile, asked
from cogauth_asgi.protocol import ASGIApp, Receive, Scope, Send, host_of, respond

_log = logging.getLogger(__name__)

# All visible characters and the space stand for themselves, the percent sign excepted.
_SAFE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_NOWHERE = Answer(404, (("Content-Length", "0"),), b"")


def forward_auth_app(
    authorizer: AsyncAuthorizer, behind: str, *, metrics: Callable[[], bytes] | None = None
) -> ASGIApp:
    """
    Make the application that the proxy *behind* asks on `/verify`, by the profile that tells how it asks.

    It answers 200 with who is calling in `X-Auth-` headers, all of them each time, so that none of the client's own is
    left standing; or with the refusal. The api is chosen by the host that the client asked for. `/healthz`, `/readyz`,
    `/metrics` and the resource's metadata (RFC 9728) are beside it. See docs/forward-auth.md.

    Args:
        authorizer: who decides.
        behind: `nginx`, `ingress-nginx`, `envoy`, `caddy`, `traefik` or `haproxy`.
        metrics: gives what Prometheus scrapes, in its text format 0.0.4; without it there is no `/metrics`.

    Raises:
        ConfigurationError: *authorizer* is not an `AsyncAuthorizer`, or nothing is known of *behind*.
    """
    if not isinstance(authorizer, AsyncAuthorizer):
        raise ConfigurationError("forward_auth_app: authorizer must be an AsyncAuthorizer")
    if behind not in PROFILES:
        raise ConfigurationError(f"forward_auth_app: behind must be one of {', '.join(sorted(PROFILES))}")
    return _ForwardAuth(authorizer, PROFILES[behind], Health(authorizer, metrics))


class _ForwardAuth:
    def __init__(self, authorizer: AsyncAuthorizer, profile: Profile, health: Health) -> None:
        self._authorizer = authorizer
        self._profile = profile
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            # A proxy asks about websockets by plain requests.
            raise RuntimeError("forward auth is asked over http, and by no other kind of connection")
        raw = scope.get("raw_path")
        path: bytes = raw if raw is not None else quote(scope["path"]).encode()
        if path.startswith(ENDPOINT + b"/") if self._profile.uri is None else path == ENDPOINT:
            await self._judge(scope, send)
            return
        await _answer(scope, send, self._health.page(path) or self._metadata(scope) or _NOWHERE)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._health.warm()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._health.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _judge(self, scope: Scope, send: Send) -> None:
        decision = await self._decide(scope)
        headers = decision.headers
        if decision.allowed:
            headers = (*identity(decision), ("Content-Length", "0"))
        elif not self._profile.forwards_bodies:
            headers = (*headers, ("X-Auth-Problem", decision.body.decode("ascii")))
        # An allowed request's status is 200, and no other is what Envoy takes for a yes.
        await _answer(scope, send, Answer(decision.status, headers, decision.body))

    async def _decide(self, scope: Scope) -> Decision:
        try:
            request = asked(self._profile, scope)
        except ConfigurationError as error:
            _log.error("%s", error)
            return self._authorizer.refuse(error)
        if request.doubt:
            _log.warning("forward auth: refused, because %s", request.doubt)
        return await self._authorizer.authorize_request(
            request.method,
            request.path,
            scope["headers"],
            raw_path=request.raw_path,
            api=self._authorizer.policy.api_of_host(request.host),
        )

    def _metadata(self, scope: Scope) -> Answer | None:
        api = self._authorizer.policy.api_of_host(host_of(scope) or "")
        return self._authorizer.metadata(scope["method"], scope["path"], api=api)


def identity(decision: Decision) -> list[tuple[str, str]]:
    """
    Give the headers that tell a backend who is calling, empty where nothing is known, for a decision that allows.

    What is not visible ASCII is percent-encoded as UTF-8, and so is the percent sign: decoding gives back every value.
    """
    told = decision.handover()
    names = map(_header, told)
    # One look at all of them, as nearly always none has to be encoded.
    text = "".join(told.values())
    if text.isascii() and text.isprintable() and "%" not in text:
        return list(zip(names, told.values(), strict=True))
    return [(name, quote(value, safe=_SAFE)) for name, value in zip(names, told.values(), strict=True)]


@cache
def _header(name: str) -> str:
    return f"X-Auth-{name.replace('_', '-').title()}"


async def _answer(scope: Scope, send: Send, answer: Answer) -> None:
    body = b"" if scope["method"] == "HEAD" else answer.body
    await respond("http.response", answer.status, answer.headers, body, send)
