"""Posting over a real connection: what is sent, whatever is answered, and the limits that fetching has as well."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from cogauth.transport import DEADLINE, MAX_BODY, FetchError, Reply, apost, post
from tests.support.scripted import Peer, Script, answer, saying, scripted

Send: TypeAlias = Callable[[str, Mapping[str, str], bytes, float], Reply]

ASKED = b'{"IdentityPoolId":"x"}'


def blocking(url: str, headers: Mapping[str, str], body: bytes, deadline: float = DEADLINE) -> Reply:
    return post(url, headers, body, deadline=deadline)


def awaiting(url: str, headers: Mapping[str, str], body: bytes, deadline: float = DEADLINE) -> Reply:
    return asyncio.run(apost(url, headers, body, deadline=deadline))


both = pytest.mark.parametrize("send", [blocking, awaiting])


def failure(send: Send, url: str, deadline: float = DEADLINE) -> str:
    """Why a request brings nothing."""
    with pytest.raises(FetchError) as caught:
        send(url, {}, ASKED, deadline)
    assert (caught.value.reason, None) == (str(caught.value), caught.value.retry_after)
    return caught.value.reason


@both
def test_a_request_is_sent_as_it_is(send: Send) -> None:
    """The body byte for byte, the headers with those that every request has, and no more."""
    with scripted(answer(b"{}")) as server:
        send(server.url, {"x-amz-target": "Service.Operation", "content-type": "x/y"}, ASKED, DEADLINE)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert ("POST /jwks.json HTTP/1.1", ASKED) == (line, body)
    assert {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "cogauth",
        "x-amz-target": "Service.Operation",
        "content-type": "x/y",
        "content-length": str(len(ASKED)),
    } == {name.lower(): value for name, value in (header.split(": ") for header in headers)}


@both
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden", "429 x", "500 x", "503 x", "304 x"])
def test_any_answer_is_an_answer(send: Send, status: str) -> None:
    """Of an error it is the headers and the body that say which."""
    body = b"" if status.startswith("304") else json.dumps({"__type": "X"}).encode()
    with scripted(answer(body, status=status, headers="X-Amzn-ErrorType: NotAuthorizedException")) as server:
        reply = send(server.url, {}, ASKED, DEADLINE)
    assert (int(status[:3]), body) == (reply.status, reply.body)
    assert "NotAuthorizedException" == reply.headers["x-amzn-errortype"]
    assert f"<Reply {status[:3]}>" == repr(reply)


@both
@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_a_redirect_is_not_followed(send: Send, status: str) -> None:
    """What is sent is somebody's token; it goes where it was configured to go and nowhere else."""
    with scripted(answer(b"{}")) as elsewhere:
        place = f"Location: {elsewhere.url}"
        with scripted(answer(b"{}", status=status, headers=place)) as server:
            assert "post.redirect" == failure(send, server.url)
    assert (1, 0) == (len(server.requests), len(elsewhere.requests))


@both
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(answer(b"x" * (MAX_BODY + 1)), "post.too_large", id="too large"),
        pytest.param(answer(b"x", headers="Content-Encoding: gzip"), "post.content_encoding", id="packed"),
        pytest.param(saying(b"nonsense\r\n\r\n"), "post.fetch_failed", id="no HTTP"),
        pytest.param(saying(b""), "post.fetch_failed", id="nothing"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), "post.fetch_failed", id="cut short"),
    ],
)
def test_what_is_no_answer_is_refused(send: Send, script: Script, reason: str) -> None:
    """By the limits that a fetch has."""
    with scripted(script) as server:
        assert reason == failure(send, server.url)


@both
def test_as_much_as_may_be_is_taken(send: Send) -> None:
    """To the byte."""
    with scripted(answer(b"x" * MAX_BODY)) as server:
        assert MAX_BODY == len(send(server.url, {}, ASKED, DEADLINE).body)


def drip(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    peer.drip(b"x" * 1_000_000)


@both
@pytest.mark.parametrize("script", [Peer.hang, drip], ids=["silence", "a byte now and then"])
def test_the_deadline_is_for_all_of_it(send: Send, script: Script) -> None:
    """However busy the server looks."""
    with scripted(script) as server:
        assert "post.deadline" == failure(send, server.url, 0.2)


@both
def test_nobody_listens(send: Send) -> None:
    """An outage, like any other."""
    with scripted(answer(b"{}")) as server:
        pass
    assert "post.fetch_failed" == failure(send, server.url)


@both
def test_a_proxy_of_the_environment_is_not_used(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can set a variable must not be handed the users' tokens."""
    with scripted(answer(b"{}")) as server, scripted(answer(b"{}")) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with contextlib.suppress(FetchError):
            send(server.url, {}, ASKED, DEADLINE)
    assert (1, 0) == (len(server.requests), len(proxy.requests))
