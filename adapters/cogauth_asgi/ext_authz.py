"""Envoy's external authorization over gRPC: `envoy.service.auth.v3.Authorization` (extra `grpc`)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import grpc.aio

from cogauth import AsyncAuthorizer, ConfigurationError, Decision
from cogauth_asgi.ext_authz_messages import Question, allowing, question, refusing
from cogauth_asgi.forward_auth import identity
from cogauth_asgi.forward_auth_health import Health
from cogauth_asgi.forward_auth_profiles import ENDPOINT, PROFILES, asked

SERVICE: Final = "envoy.service.auth.v3.Authorization"

MAX_MESSAGE: Final = 1_048_576
"""Bytes of a question. Bodies, which Envoy sends if it is told to, are not looked at."""

_log = logging.getLogger(__name__)


class ExtAuthz:
    """
    Answers Envoy's questions: may this request pass, with which headers about the caller, or with which refusal.

    The headers are those of `forward_auth_app`, and replace what the client sent by these names. The api is chosen by
    the host that the client asked for. Envoy's dynamic metadata get `reason`, `route` and `api`, which are safe to log.

    Raises:
        ConfigurationError: *authorizer* is not an `AsyncAuthorizer`.
    """

    def __init__(self, authorizer: AsyncAuthorizer) -> None:
        if not isinstance(authorizer, AsyncAuthorizer):
            raise ConfigurationError("ExtAuthz: authorizer must be an AsyncAuthorizer")
        self._authorizer = authorizer

    async def check(self, octets: bytes) -> bytes:
        """Answer a serialized `CheckRequest` by a serialized `CheckResponse`; what is none is refused like a bug."""
        try:
            decision = await self._decide(question(octets))
        except Exception as error:  # noqa: BLE001  whatever goes wrong here, the answer is no
            decision = self._authorizer.refuse(error)
        return _answer(decision)

    async def _decide(self, http: Question | None) -> Decision:
        if http is None:
            raise ConfigurationError("ext_authz: asked about no HTTP request; the filter belongs to an HTTP listener")
        # Of the pseudo-headers the host is known, which is what Envoy routes by.
        own = [pair for pair in http.headers if pair[0][:1] != b":" and pair[0] != b"host"]
        headers = [(b"host", http.host), *own]
        # To Envoy's other way of asking, over HTTP, this differs in the envelope alone.
        scope = {"method": http.method.decode("latin-1"), "raw_path": ENDPOINT + http.target, "headers": headers}
        request = asked(PROFILES["envoy"], scope)
        if request.doubt:
            _log.warning("ext_authz: refused, because %s", request.doubt)
        return await self._authorizer.authorize_request(
            request.method,
            request.path,
            headers,
            raw_path=request.raw_path,
            api=self._authorizer.policy.api_of_host(request.host),
        )


def ext_authz_server(
    authorizer: AsyncAuthorizer, address: str, *, max_calls: int = 1000, share_port: bool = False
) -> grpc.aio.Server:
    """
    Make a gRPC server for Envoy, and for `grpc.health.v1.Health/Check`: serving while all issuers have usable keys.

    It belongs to the event loop that runs now; start and stop it there.

    Args:
        authorizer: who decides.
        address: where to listen, such as `127.0.0.1:9181`, in clear text.
        max_calls: how many questions may be under way; one more is turned away, which Envoy takes for a no.
        share_port: whether other processes may listen on the same port, and be asked in turn (SO_REUSEPORT).

    Raises:
        ConfigurationError: *authorizer* is not an `AsyncAuthorizer`.
        RuntimeError: the address cannot be listened on.
    """
    service, health = ExtAuthz(authorizer), Health(authorizer, None)
    server = grpc.aio.server(
        options=(("grpc.so_reuseport", int(share_port)), ("grpc.max_receive_message_length", MAX_MESSAGE)),
        maximum_concurrent_rpcs=max_calls,
    )

    async def check(octets: bytes, _: object) -> bytes:
        return await service.check(octets)

    async def serving(octets: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        if octets not in _KNOWN:
            await context.abort(grpc.StatusCode.NOT_FOUND)
        page = health.page(b"/readyz")
        return _SERVING if page is not None and page.status == HTTPStatus.OK else _NOT_SERVING

    server.add_generic_rpc_handlers((_handler(SERVICE, check), _handler("grpc.health.v1.Health", serving)))
    server.add_insecure_port(address)
    return server


# grpc.health.v1: `HealthCheckRequest{string service = 1}`, where nothing is the server as a whole, and
# `HealthCheckResponse{ServingStatus status = 1}`. So few messages need no code made of their description.
_KNOWN: Final = frozenset({b"", b"\x0a" + bytes([len(SERVICE)]) + SERVICE.encode()})
_SERVING: Final = b"\x08\x01"
_NOT_SERVING: Final = b"\x08\x02"


def _handler(service: str, check: Callable[[bytes, Any], Awaitable[bytes]]) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(service, {"Check": grpc.unary_unary_rpc_method_handler(check)})


def _answer(decision: Decision) -> bytes:
    metadata = {"reason": decision.reason.value, "route": decision.route or "", "api": decision.api or ""}
    if decision.allowed:
        return allowing(identity(decision), metadata)
    # Envoy counts the body itself.
    headers = [pair for pair in decision.headers if pair[0] != "Content-Length"]
    return refusing(decision.status, headers, decision.body, metadata)
