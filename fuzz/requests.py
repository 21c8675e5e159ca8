"""What must hold of requests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, Decision, Policy, Verifier
from fuzz.findings import Finding
from fuzz.parties import ISSUERS, NOW, pool_token

Decide: TypeAlias = Callable[..., Decision]

GOOD: Final = pool_token({"cognito:groups": ["editors"]})
GUEST: Final = pool_token({})

# An input cannot hold a token of the pool, whose key is of this process, but it can say where one stands.
_PLACES: Final = MappingProxyType({"{good}": GOOD, "{guest}": GUEST})

POLICY: Final = Policy.from_dict(
    {
        "version": 1,
        "roles": {"editor": {"groups": ["editors"], "any_issuer": True}},
        "route": [
            {"match": "GET /healthz", "allow": "public"},
            {"match": "GET /orders/{id}", "allow": "editor"},
            {"match": "ANY /files/{rest*}", "allow": "editor"},
        ],
    }
)
_PUBLIC_PATHS: Final = frozenset({"/healthz", "/healthz/"})
_REFUSALS: Final = frozenset({400, 401, 403})

_BLOCKING: Final = Authorizer(Verifier(*ISSUERS, clock=lambda: NOW, cache_size=64), POLICY)
_AWAITING: Final = AsyncAuthorizer(AsyncVerifier(*ISSUERS, clock=lambda: NOW, cache_size=64), POLICY)


def _now(decision: Coroutine[Any, Any, Decision]) -> Decision:
    """Run what has nothing to wait for."""
    try:
        decision.send(None)
    except StopIteration as end:
        done: Decision = end.value
        return done
    raise Finding("waits, though all keys are at hand")


def _await(*request: Any, **options: Any) -> Decision:
    return _now(_AWAITING.authorize_request(*request, **options))


def _proves(headers: Sequence[tuple[str, str]]) -> bool:
    """Is the one Authorization header the good token's?"""
    values = [value for name, value in headers if name.lower() == "authorization"]
    scheme, _, credentials = values[0].strip(" \t").partition(" ") if len(values) == 1 else ("", "", "")
    return scheme.lower() == "bearer" and credentials == GOOD


def check_request(data: bytes, decide: Decide = _BLOCKING.authorize_request, other: Decide = _await) -> None:
    """Take bytes for a request: without the good token, in one header, nothing is allowed but what is public."""
    text = data.decode("latin-1")
    for place, credentials in _PLACES.items():
        text = text.replace(place, credentials)
    line, *lines = text.split("\n")
    method, _, target = line.partition(" ")
    raw_path = target.partition("?")[0].encode("latin-1")
    path = unquote_to_bytes(raw_path).decode("utf-8", "replace")
    headers = [(name, value) for name, _, value in (header.partition(":") for header in lines)]
    octets = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    decisions = [
        decide(method, path, headers, raw_path=raw_path),
        decide(method, path, octets, raw_path=raw_path),
        other(method, path, headers, raw_path=raw_path),
    ]
    if len({(decision.allowed, decision.status, decision.reason, decision.route) for decision in decisions}) > 1:
        raise Finding("one request, two decisions")
    decisions.append(decide(method, path, headers))
    public = method in {"GET", "HEAD"} and path in _PUBLIC_PATHS
    for decision in decisions:
        if decision.allowed and not public and not _proves(headers):
            raise Finding("allowed without the good token")
        if not decision.allowed and decision.status not in _REFUSALS:
            raise Finding("a refusal that is none of the documented ones") from decision.error
