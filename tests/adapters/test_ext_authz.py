"""Envoy's gRPC: what is asked, what is answered, and that nothing but a yes is one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import grpc.aio
import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AsyncAuthorizer, AsyncVerifier, ConfigurationError, Policy
from cogauth.testing import LocalUserPool
from cogauth_asgi.ext_authz import ExtAuthz, ext_authz_server
from cogauth_asgi.ext_authz_messages import question
from tests.adapters.conftest import POLICY, Pool, broken
from tests.support.envoy import (
    Append,
    AttributeContext,
    AttributeContextHttpRequest,
    AttributeContextRequest,
    CheckRequest,
    CheckResponse,
    DeniedHttpResponse,
    HeaderMap,
    HeaderValue,
)

T = TypeVar("T")
Call: TypeAlias = "grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]"

CHECK = "/envoy.service.auth.v3.Authorization/Check"
HEALTH = "/grpc.health.v1.Health/Check"
IDENTITY = ["subject", "username", "client-id", "token-use", "issuer", "groups", "scopes", "roles", "api"]


def asking(
    method: str = "GET",
    path: str = "/orders/17",
    *,
    host: str = "api.example.com",
    headers: Mapping[str, str] | None = None,
    raw: Sequence[tuple[str, bytes]] | None = None,
) -> CheckRequest:
    """Write a question as Envoy does; *raw* are headers as they came."""
    pseudo = {":authority": host, ":method": method, ":path": path, ":scheme": "https"}
    http = AttributeContextHttpRequest(
        id="1234567890", method=method, path=path, host=host, scheme="https", size=-1, protocol="HTTP/2"
    )
    if raw is None:
        http.headers = pseudo | dict(headers or {})
    else:
        http.header_map = HeaderMap(
            headers=[HeaderValue(key=name, raw_value=value) for name, value in raw]
            + [HeaderValue(key=name, raw_value=value.encode()) for name, value in pseudo.items()]
        )
    return CheckRequest(attributes=AttributeContext(request=AttributeContextRequest(http=http)))


def answered(authorizer: AsyncAuthorizer, asked: CheckRequest | bytes) -> CheckResponse:
    """Give the answer as Envoy reads it."""
    return CheckResponse.parse(asyncio.run(ExtAuthz(authorizer).check(bytes(asked))))


def refusal(answer: CheckResponse) -> DeniedHttpResponse:
    """Give a refusal, and make sure that it is no yes in any way."""
    assert answer.denied_response is not None
    assert answer.ok_response is None
    assert answer.status is not None
    assert answer.status.code != 0
    return answer.denied_response


def status(answer: CheckResponse) -> int:
    """Give the status that the client sees; 200 where it is let through."""
    if answer.ok_response is not None:
        assert answer.status is not None
        assert (0, None) == (answer.status.code, answer.denied_response)
        return 200
    found = refusal(answer).status
    assert found is not None
    return int(found.code)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# -- What is decided ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/17?as=root", "ana", id="authenticated"),
        pytest.param(200, "PUT", "/orders/17", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="with the scope"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(200, "GET", "/gr%C3%B6%C3%9Fe", None, id="encoded"),
        pytest.param(200, "HEAD", "/healthz", None, id="HEAD"),
        pytest.param(401, "GET", "/orders/17", None, id="no token"),
        pytest.param(401, "GET", "/orders/17", "expired", id="expired"),
        pytest.param(401, "GET", "/healthz/more", None, id="no route, no token"),
        pytest.param(403, "PUT", "/orders/17", "bo", id="not in the group"),
        pytest.param(403, "POST", "/jobs", "bo", id="without the scope"),
        pytest.param(403, "GET", "/Orders/17", "ana", id="no route"),
        pytest.param(400, "GET", "/orders%2F17", "ana", id="an encoded slash"),
        pytest.param(400, "GET", "/orders//17", "ana", id="an empty segment"),
        pytest.param(400, "GET", "/healthz/../orders/17", None, id="a dot segment"),
        pytest.param(400, "GET", "/orders/%ff", "ana", id="no UTF-8"),
        pytest.param(400, "GET", "/healthz#x", None, id="a fragment"),
        pytest.param(400, "GET", "healthz", None, id="no path"),
        pytest.param(400, "GET", "", None, id="an empty path"),
        pytest.param(400, "GE T", "/healthz", None, id="no method"),
        pytest.param(400, "", "/healthz", None, id="an empty method"),
    ],
)
@pytest.mark.parametrize("raw", ["joined", "raw"])
def test_decisions(pool: Pool, expected: int, method: str, path: str, who: str | None, raw: str) -> None:
    """As over HTTP, however Envoy hands the headers over."""
    token = None if who is None else getattr(pool, who)
    headers = bearer(token) if token else {}
    pairs = [(name, value.encode()) for name, value in headers.items()] if raw == "raw" else None
    assert expected == status(answered(pool.async_authorizer(), asking(method, path, headers=headers, raw=pairs)))


def test_a_refusal_is_the_cores(pool: Pool) -> None:
    """Status, headers and body of the decision, without its length, which Envoy counts."""
    authorizer = pool.async_authorizer()
    decision = asyncio.run(authorizer.authorize(pool.bo, "POST", "/jobs"))
    found = refusal(answered(authorizer, asking("POST", "/jobs", headers=bearer(pool.bo))))
    told = {option.header.key: option.header.value for option in found.headers if option.header}
    assert {name.lower(): value for name, value in decision.headers if name != "Content-Length"} == told
    assert 'Bearer error="insufficient_scope", scope="jobs/run"' == told["www-authenticate"]
    assert decision.body.decode() == found.body


def test_the_caller_is_named(pool: Pool) -> None:
    """In all headers every time, and each takes the place of the client's, be it empty."""
    for who in (pool.ana, pool.machine, None):
        answer = answered(pool.async_authorizer(), asking(path="/healthz", headers=bearer(who) if who else {}))
        assert answer.ok_response is not None
        told = {option.header.key: option.header.value for option in answer.ok_response.headers if option.header}
        assert [f"x-auth-{name}" for name in IDENTITY] == list(told)
        assert {(Append.OVERWRITE_IF_EXISTS_OR_ADD, True)} == {
            (option.append_action, option.keep_empty_value) for option in answer.ok_response.headers
        }
        assert ("ana" if who == pool.ana else "") == told["x-auth-username"]
        assert ('["editor"]' if who == pool.ana else '["runner"]' if who else "") == told["x-auth-roles"]


@pytest.mark.parametrize(("who", "reason"), [("ana", "allowed"), ("bo", "missing_group")])
def test_metadata_hold_no_claims(pool: Pool, who: str, reason: str) -> None:
    """Envoy may log them: which route and why, and nothing of the caller."""
    answer = answered(pool.async_authorizer(), asking("PUT", headers=bearer(getattr(pool, who))))
    assert answer.dynamic_metadata is not None
    assert {
        "reason": reason,
        "route": "PUT /orders/{id}",
        "api": "",
    } == {name: value.string_value for name, value in answer.dynamic_metadata.fields.items()}


def test_the_host_chooses_the_api(pool: Pool) -> None:
    """The one that Envoy routed by, and no header of the client's."""
    apis = [{"name": "shop", "hosts": ["shop.example.com"], "route": [{"match": "GET /basket", "allow": "public"}]}]
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.issuer), Policy.from_dict(POLICY | {"api": apis}))
    shop, other = (
        answered(authorizer, asking(path="/basket", host=host, headers={"host": "shop.example.com"}))
        for host in ("SHOP.example.com:443", "evil.example.com")
    )
    assert (200, 401) == (status(shop), status(other))
    assert shop.dynamic_metadata is not None
    assert "shop" == shop.dynamic_metadata.fields["api"].string_value


# -- What a client could try -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("good", [0, 1])
def test_two_tokens(pool: Pool, good: int) -> None:
    """Repeats are seen, joined by Envoy or not; one good among them is none."""
    tokens = [f"Bearer {pool.ana if index == good else pool.expired}" for index in range(2)]
    joined = asking(headers={"authorization": ",".join(tokens)})
    raw = asking(raw=[("authorization", token.encode()) for token in tokens])
    assert [400, 400] == [status(answered(pool.async_authorizer(), asked)) for asked in (joined, raw)]


@pytest.mark.parametrize("name", ["x_auth_subject", "x-auth_subject", "x.auth.subject"])
def test_imitations(pool: Pool, name: str) -> None:
    """A header that a server may take for one of ours would stand beside it."""
    assert 400 == status(answered(pool.async_authorizer(), asking(headers=bearer(pool.ana) | {name: "root"})))


def test_a_header_in_bytes_that_are_no_text(pool: Pool) -> None:
    """Whatever other headers hold is none of our business."""
    asked = asking(raw=[("x-odd", b"\xff\x00"), ("authorization", f"Bearer {pool.ana}".encode())])
    assert 200 == status(answered(pool.async_authorizer(), asked))


# -- What goes wrong ---------------------------------------------------------------------------------------------------

GOOD = bytes(asking(path="/healthz"))
STRICT = AsyncAuthorizer(
    AsyncVerifier(LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}).issuer()),
    Policy.from_dict({"version": 1, "route": [{"match": "ANY /{rest*}", "allow": "authenticated"}]}),
)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(CheckRequest(attributes=AttributeContext())), id="about no request"),
        pytest.param(
            bytes(CheckRequest(attributes=AttributeContext(request=AttributeContextRequest()))), id="about no HTTP"
        ),
        pytest.param(GOOD[:-1], id="cut off"),
        pytest.param(GOOD + b"\x0a", id="with the beginning of more"),
        pytest.param(GOOD + b"\x0b", id="a group"),
        pytest.param(GOOD + b"\x02\x00", id="a field without a number"),
        pytest.param(GOOD + b"\x10" + b"\xff" * 10 + b"\x00", id="a number without an end"),
        pytest.param(GOOD + b"\x08\x01", id="a number in place of a message"),
        pytest.param(GOOD + b"\x15\x00\x00", id="half of four bytes"),
        pytest.param(GOOD + b"\x11\x00\x00", id="half of eight bytes"),
    ],
)
def test_what_is_no_question(pool: Pool, asked: bytes) -> None:
    """It is refused as a bug is: 500, whatever the route would have said."""
    assert 500 == status(answered(pool.async_authorizer(), asked))


def test_a_bug_is_a_refusal(pool: Pool) -> None:
    """Of a hook's as of anybody's; nothing of it is told."""
    found = refusal(answered(pool.async_authorizer(is_revoked=broken), asking(headers=bearer(pool.ana))))
    assert "internal_error" == json.loads(found.body)["reason"]
    assert "ZeroDivision" not in found.body


def test_no_keys(pool: Pool) -> None:
    """503, with when to come again; the client gets it whole."""
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless()), pool.policy)
    answer = answered(authorizer, asking(headers=bearer(pool.ana)))
    assert 503 == status(answer)
    assert "retry-after" in {option.header.key for option in refusal(answer).headers if option.header}


def test_the_blocking_authorizer_is_refused(pool: Pool) -> None:
    """It would stop the event loop."""
    with pytest.raises(ConfigurationError, match="must be an AsyncAuthorizer"):
        ExtAuthz(pool.authorizer())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake meant


# -- The messages ------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
requests = st.builds(
    AttributeContextHttpRequest,
    id=texts,
    method=texts,
    headers=st.dictionaries(texts, texts, max_size=4),
    header_map=st.none()
    | st.builds(
        HeaderMap,
        headers=st.lists(st.builds(HeaderValue, key=texts, value=texts, raw_value=st.binary(max_size=9)), max_size=4),
    ),
    path=texts,
    host=texts,
    scheme=texts,
    size=st.integers(-(2**63), 2**63 - 1),
    protocol=texts,
    body=texts,
    raw_body=st.binary(max_size=300),
)


@given(requests)
def test_a_question_is_read_as_others_read_it(http: AttributeContextHttpRequest) -> None:
    """Each field is what code made of the messages' descriptions has in it."""
    context = AttributeContext(request=AttributeContextRequest(http=http), context_extensions={"a": "b"})
    octets = bytes(CheckRequest(attributes=context))
    found = question(octets)
    again = CheckRequest.parse(octets)
    assert again.attributes is not None
    assert again.attributes.request is not None
    same = again.attributes.request.http
    if found is None:
        assert bytes(same or AttributeContextHttpRequest()) == b""
        return
    assert same is not None
    raw = same.header_map.headers if same.header_map is not None else []
    headers = [(each.key.encode().lower(), each.raw_value or each.value.encode()) for each in raw]
    headers = headers or [(name.encode().lower(), value.encode()) for name, value in same.headers.items()]
    assert (same.method.encode(), same.path.encode(), same.host.encode(), headers) == found


def test_a_message_in_pieces() -> None:
    """They are put together, and of a field that comes twice the last one counts: so is the encoding."""
    first, second = (
        bytes(CheckRequest(attributes=AttributeContext(request=AttributeContextRequest(http=http))))
        for http in (
            AttributeContextHttpRequest(method="GET", path="/a"),
            AttributeContextHttpRequest(path="/b", host="h"),
        )
    )
    assert (b"GET", b"/b", b"h", []) == question(first + second)


@given(st.binary(max_size=60) | st.binary(max_size=8).map(lambda end: GOOD[: len(GOOD) - len(end)] + end))
@settings(max_examples=200)
def test_no_octets_are_a_yes(octets: bytes) -> None:
    """Whatever comes, the answer is one that Envoy can read, and no crash."""
    assert 200 != status(answered(STRICT, octets))


def test_a_recorded_question(pool: Pool, shared: Path) -> None:
    """One as Envoy writes it, with all that comes beside the request."""
    recorded = json.loads((shared / "data/events/forward-auth-envoy-grpc-checkrequest__derived.json").read_text())
    found = question(bytes(CheckRequest.from_dict(recorded)))
    assert found is not None
    assert (b"DELETE", b"/api/items/7?x=1", b"app.example.com") == found[:3]
    assert (b"authorization", b"Bearer TOKEN") in found.headers
    # The token is the word TOKEN.
    assert 401 == status(answered(pool.async_authorizer(), CheckRequest.from_dict(recorded)))


# -- Over a connection -------------------------------------------------------------------------------------------------


def served(authorizer: AsyncAuthorizer, folder: Path, talk: Callable[[grpc.aio.Channel], Awaitable[T]]) -> T:
    """Serve while *talk* lasts."""

    async def run() -> T:
        server = ext_authz_server(authorizer, f"unix:{folder}/s")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"unix:{folder}/s") as channel:
                return await talk(channel)
        finally:
            await server.stop(None)

    return asyncio.run(run())


def test_check_over_grpc(pool: Pool, tmp_path: Path) -> None:
    """The method is where Envoy looks for it."""

    async def talk(channel: grpc.aio.Channel) -> list[bytes]:
        check: Call = channel.unary_unary(CHECK)
        return [await check(bytes(asking(headers=bearer(token)))) for token in (pool.ana, pool.expired)]

    assert [200, 401] == [
        status(CheckResponse.parse(octets)) for octets in served(pool.async_authorizer(), tmp_path, talk)
    ]


def test_a_message_that_is_too_long(pool: Pool, tmp_path: Path) -> None:
    """It is not read, which Envoy takes for an error, and so for a no."""

    async def talk(channel: grpc.aio.Channel) -> grpc.StatusCode:
        check: Call = channel.unary_unary(CHECK)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await check(b"\x7a" + b"\x80\x80\x80\x01" + bytes(2_097_152))
        return caught.value.code()

    assert grpc.StatusCode.RESOURCE_EXHAUSTED == served(pool.async_authorizer(), tmp_path, talk)


def test_health(pool: Pool, tmp_path: Path) -> None:
    """Serving while there are keys, not serving without, and not found by another name (gRPC health checking)."""
    name = b"envoy.service.auth.v3.Authorization"

    async def talk(channel: grpc.aio.Channel) -> list[bytes]:
        check: Call = channel.unary_unary(HEALTH)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await check(b"\x0a\x05other")
        assert grpc.StatusCode.NOT_FOUND == caught.value.code()
        return [await check(b""), await check(b"\x0a" + bytes([len(name)]) + name)]

    assert [b"\x08\x01"] * 2 == served(pool.async_authorizer(), tmp_path, talk)
    keyless = AsyncAuthorizer(AsyncVerifier(pool.keyless()), pool.policy)
    assert [b"\x08\x02"] * 2 == served(keyless, tmp_path, talk)
