"""Fetching over a real connection: what is taken, what is refused, and when patience ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cogauth.transport import DEADLINE, FetchError, Watchdog, afetch, fetch
from tests.support.scripted import Peer, Script, answer, saying, scripted
from tests.support.sources import PATIENCE
from tests.support.tokens import key_document, signing_key

Get: TypeAlias = Callable[[str, float], bytes]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def blocking(url: str, deadline: float = DEADLINE) -> bytes:
    return fetch(url, deadline=deadline)


def awaiting(url: str, deadline: float = DEADLINE) -> bytes:
    return asyncio.run(afetch(url, deadline=deadline))


both = pytest.mark.parametrize("get", [blocking, awaiting])


def failure(get: Get, url: str, deadline: float = DEADLINE) -> tuple[str, int | None]:
    """Why a fetch brings nothing, and when the server wants to be asked again."""
    with pytest.raises(FetchError) as caught:
        get(url, deadline)
    assert caught.value.reason == str(caught.value)
    return caught.value.reason, caught.value.retry_after


# -- What is taken -----------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("script", "body"),
    [
        pytest.param(answer(key_document("k1")), key_document("k1"), id="a key document"),
        pytest.param(answer(b"{}", headers="content-type: APPLICATION/JSON; charset=utf-8"), b"{}", id="a charset"),
        pytest.param(answer(b"{}", headers="content-type: application/jwk-set+json"), b"{}", id="its own type"),
        pytest.param(
            answer(b"{}", headers="content-type: application/json\ncontent-encoding: Identity"), b"{}", id="as it is"
        ),
        pytest.param(
            saying(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), b"{}", id="chunks"
        ),
        pytest.param(saying(OK + b"\r\n{}"), b"{}", id="without a length"),
        pytest.param(answer(b""), b"", id="nothing"),
        pytest.param(answer(b"x" * 262_144), b"x" * 262_144, id="as much as may be"),
    ],
)
def test_a_document_is_fetched(get: Get, script: Script, body: bytes) -> None:
    """Byte for byte, whatever it is: whether it is any good is for others to say."""
    with scripted(script) as server:
        assert body == get(server.url, DEADLINE)


@both
def test_a_request_says_no_more_than_it_must(get: Get) -> None:
    """What it wants, that it wants it unpacked, and who asks."""
    with scripted(answer(b"{}")) as server:
        get(f"{server.url}?x=1", DEADLINE)
    line, *headers = server.requests[0].decode().strip().split("\r\n")
    assert "GET /jwks.json?x=1 HTTP/1.1" == line
    assert {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "cogauth",
    } == {name.lower(): value for name, value in (header.split(": ") for header in headers)}


@both
def test_a_proxy_of_the_environment_is_not_used(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can set a variable must not be able to choose the keys."""
    with scripted(answer(b"{}")) as server, scripted(answer(b'{"evil":1}')) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert b"{}" == get(server.url, DEADLINE)
    assert (1, 0) == (len(server.requests), len(proxy.requests))


# -- What is refused ---------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("status", "location"),
    [
        ("301", "{url}"),
        ("302", "http://127.0.0.1:1/evil"),
        ("303", "file:///etc/passwd"),
        ("307", "/elsewhere"),
        ("308", "https://keys.invalid/"),
    ],
)
def test_a_redirect_is_not_followed(get: Get, status: str, location: str) -> None:
    """Not even to the same place: what is configured is asked, once, and nothing else."""
    places: list[str] = []

    def script(peer: Peer) -> None:
        answer(key_document("k1"), status=f"{status} x", headers=f"Location: {places[0]}")(peer)

    with scripted(script) as server:
        places.append(location.format(url=server.url))
        assert ("jwks.redirect", None) == failure(get, server.url)
    assert 1 == len(server.requests)


@both
@pytest.mark.parametrize("status", ["201", "204", "206", "300", "301", "304", "401", "403", "404", "500", "503"])
def test_a_status_other_than_200_is_refused(get: Get, status: str) -> None:
    """Whatever comes with it; a redirect that leads nowhere is one of them."""
    with scripted(answer(b"" if status in ("204", "304") else key_document("k1"), status=f"{status} x")) as server:
        assert ("jwks.http_status", None) == failure(get, server.url)
    assert 1 == len(server.requests)


@both
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("300", 300),
        ("301", 300),
        ("86400", 300),
        ("999999999", 300),
        ("9999999999", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("\u0661", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
    ids=ascii,
)
def test_a_server_may_ask_for_time(get: Get, value: str, seconds: int | None) -> None:
    """In seconds, five minutes at most (RFC 9110 section 10.2.3)."""
    head = f"HTTP/1.1 429 x\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"
    with scripted(saying(head.encode())) as server:
        assert ("jwks.http_status", seconds) == failure(get, server.url)


def endless(peer: Peer) -> None:
    peer.send(OK, CHUNKED)
    while True:
        peer.send(b"10000\r\n", b"x" * 0x10000, b"\r\n")


@both
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(answer(b"x" * 262_145), "jwks.too_large", id="a byte too large"),
        pytest.param(endless, "jwks.too_large", id="endless"),
        *(
            pytest.param(
                answer(b"\x1f\x8b", headers=f"Content-Type: application/json\nContent-Encoding: {coding}"),
                "jwks.content_encoding",
                id=f"packed with {coding}",
            )
            for coding in ("gzip", "br", "deflate", "gzip, gzip", "unheard-of")
        ),
        *(
            pytest.param(answer(key_document("k1"), headers=f"Content-Type: {kind}"), "jwks.http_status", id=kind)
            for kind in ("text/html", "text/plain", "application/octet-stream", "application/json-seq")
        ),
        pytest.param(answer(key_document("k1"), headers=""), "jwks.http_status", id="of no type"),
        pytest.param(saying(b""), "jwks.fetch_failed", id="nothing"),
        pytest.param(saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "jwks.fetch_failed", id="another protocol"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-"), "jwks.fetch_failed", id="cut short in the headers"),
        pytest.param(saying(OK + b"Content-Length: 9\r\n\r\n{"), "jwks.fetch_failed", id="cut short in the body"),
        pytest.param(saying(OK + CHUNKED + b"1\r\n{\r\n"), "jwks.fetch_failed", id="cut short in chunks"),
        pytest.param(
            saying(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), "jwks.fetch_failed", id="two lengths"
        ),
        pytest.param(saying(OK + b"X: " + b"x" * 200_000 + b"\r\n\r\n"), "jwks.fetch_failed", id="headers too large"),
    ],
)
def test_an_answer_is_refused(get: Get, script: Script, reason: str) -> None:
    """What is too much, packed, of another type or broken; the text says nothing of what it was."""
    with scripted(script) as server:
        assert (reason, None) == failure(get, server.url)


@both
def test_nobody_is_there(get: Get) -> None:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    assert ("jwks.fetch_failed", None) == failure(get, f"http://127.0.0.1:{port}/")


# -- TLS ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What a server has that nobody vouches for."""
    key = signing_key("tls").private
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, SHA256())
    )
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@both
def test_a_certificate_must_be_vouched_for(get: Get, self_signed: ssl.SSLContext) -> None:
    """There is nothing that turns this off."""
    with scripted(answer(key_document("k1")), self_signed) as server:
        assert ("jwks.tls", None) == failure(get, f"https://127.0.0.1:{server.port}/")
    assert [] == server.requests


@both
def test_tls_is_not_given_up(get: Get) -> None:
    """A server that speaks in the clear where TLS is due."""
    with scripted(answer(b"{}")) as server:
        assert ("jwks.tls", None) == failure(get, f"https://127.0.0.1:{server.port}/")


# -- Time --------------------------------------------------------------------------------------------------------------


def hanging(peer: Peer) -> None:
    peer.hang()


def hanging_after(data: bytes) -> Script:
    def script(peer: Peer) -> None:
        peer.send(data)
        peer.hang()

    return script


def dripping(data: bytes, after: bytes = b"") -> Script:
    def script(peer: Peer) -> None:
        peer.send(after)
        peer.drip(data)

    return script


@both
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(hanging, id="silence"),
        pytest.param(hanging_after(OK), id="silence in the headers"),
        pytest.param(hanging_after(OK + b"Content-Length: 9\r\n\r\n{"), id="silence in the body"),
        pytest.param(dripping(OK + b"X: " + b"x" * 10_000), id="dripping headers"),
        pytest.param(dripping(b"x" * 10_000, OK + b"Content-Length: 10000\r\n\r\n"), id="a dripping body"),
        pytest.param(dripping(b"1\r\nx\r\n" * 9_999, OK + CHUNKED), id="dripping chunks"),
        pytest.param(dripping(b"x" * 10_000, OK + b"\r\n"), id="a dripping body without a length"),
    ],
)
def test_time_is_up(get: Get, script: Script) -> None:
    """The deadline is for the whole: no pause between two bytes is as long as that."""
    with scripted(script) as server:
        started = time.monotonic()
        assert ("jwks.deadline", None) == failure(get, server.url, 0.2)
        assert time.monotonic() - started < 2
    assert 1 == len(server.requests)


# Below httpx a TLS handshake that is called off leaves its socket to the garbage collector, which complains.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@both
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_time_is_up_before_a_word_is_said(get: Get, scheme: str) -> None:
    """A server that accepts no connection, or says nothing in the TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        started = time.monotonic()
        assert ("jwks.deadline", None) == failure(get, f"{scheme}://127.0.0.1:{port}/", 0.2)
        assert time.monotonic() - started < 2
    gc.collect()


def test_no_time_at_all() -> None:
    """It is up before there is a connection."""
    with scripted(hanging) as server:
        assert ("jwks.deadline", None) == failure(blocking, server.url, 0.00001)


class Stream:
    """What httpcore shows of a connection that it has made."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def get_extra_info(self, info: str) -> object:
        return {"socket": self._connection}[info]


@pytest.mark.parametrize("late", [False, True])
def test_a_connection_ends_when_time_is_up(*, late: bool) -> None:
    """The one that is there by then, and one that is made afterwards; its owner closes it."""
    watchdog = Watchdog(PATIENCE)
    near, far = socket.socketpair()
    far.settimeout(PATIENCE)
    with watchdog, near, far:
        for step in ("bark", "trace") if late else ("trace", "bark"):
            if step == "bark":
                watchdog.bark()
            else:
                watchdog.trace("connection.connect_tcp.started", {})
                watchdog.trace("connection.connect_tcp.complete", {"return_value": Stream(near)})
        assert b"" == far.recv(1)
        assert -1 != near.fileno()


@both
def test_there_is_time_for_a_slow_answer(get: Get) -> None:
    """What drips but is done in time is taken."""
    with scripted(dripping(b"\r\n{}", OK + b"Content-Length: 2\r\n")) as server:
        assert b"{}" == get(server.url, 10.0)
