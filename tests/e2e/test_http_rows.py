"""Bad HTTP requests, row by row, over real sockets to ASGI and WSGI servers."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from devtools.servers import ASGI_SERVERS, WSGI_SERVERS
from tests.bad_inputs.asks import ASKS, RESPONSES, Ask, People, check, every_ask
from tests.bad_inputs.trials import row
from tests.e2e.apps.guard import environment
from tests.e2e.raw import Reply, ask as send, request

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SERVERS: Final = {
    **{f"asgi {name}": (server, "tests.e2e.apps.rows_app:asgi") for name, server in ASGI_SERVERS.items()},
    **{f"wsgi {name}": (server, "tests.e2e.apps.rows_app:wsgi") for name, server in WSGI_SERVERS.items()},
}
BLIND: Final = {"wsgi granian"}
"""Who tells nobody how a path was written: what is decoded is what is guarded, and what the application routes by."""


@pytest.fixture(scope="module")
def people() -> People:
    return People()


def settings(people: People, keys: str) -> dict[str, str]:
    return environment(people.pool.pool_id, frozenset({"c1"}), f"{keys}/.well-known/jwks.json", "access")


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """One server after the other."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def url(people: People, server: str) -> Generator[str]:
    """Where it listens."""
    start, factory = SERVERS[server]
    with people.pool.serve() as keys, start(factory, REPOSITORY, settings(people, keys)) as url:
        yield url


def asked(url: str, ask: Ask, people: People) -> Reply:
    headers = [(name, people.filled(value)) for name, value in ask.headers]
    body = people.filled(ask.body.decode()).encode()
    return send(url, request(ask.method, people.filled(ask.target), headers, body))


@every_ask
def test_request(url: str, people: People, server: str, ask: Ask) -> None:
    """Each has the answer of the row, or is refused by the server itself, and the application is not reached."""
    reply = asked(url, ask, people)

    if server in BLIND and "%2f" in ask.target.lower():
        assert 200 == reply.status, "with the token of an editor"
        return
    assert reply.status in {ask.status, *ask.wire, *({400} if ask.malformed else ())}
    if reply.status != 200:
        assert b"reached" not in reply.body
    elif ask.method != "HEAD":
        assert (b"reached for ana" if ask.headers and ask.target != "/public" else b"reached for nobody") == reply.body
    check(ask, reply.status, reply.headers, reply.body, people)


@row("H-100", "H-101", "H-102")
def test_one_answer(url: str, people: People, row: str) -> None:
    """Whatever is wrong with a token, the answer is the same but for the date."""
    replies = [asked(url, ask, people) for ask in RESPONSES if ask.row == row]

    assert 1 == len({str((reply.status, {**reply.headers, "date": ""}, reply.body)) for reply in replies})


@row("H-040")
@pytest.mark.parametrize("target", ["http://localhost/public", "http://other/public", "http://localhost/admin"])
def test_absolute_target(url: str, people: People, row: str, target: str) -> None:
    """A target may be a whole URL (RFC 9112 section 3.2.2); what it names is guarded, or it is refused as odd."""
    reply = send(url, request("GET", target, []))

    assert reply.status in ({400, 401} if target.endswith("admin") else {200, 400})


@row("H-041")
@pytest.mark.parametrize("target", ["/admin#/public", "/public#/../admin", "/admin?x=/public", "*", "admin", ""])
def test_odd_target(url: str, people: People, row: str, target: str) -> None:
    """What comes after a `#` makes nothing public, nor does what is no path at all."""
    reply = send(url, request("GET", target, []))

    assert reply.status in {0, 400, 401, 404} or (target.startswith("/public") and reply.status == 200)


@row("H-070")
def test_websocket(url: str, people: People, row: str) -> None:
    """A handshake without a token ends in a refusal, and so it does where the server knows no websockets."""
    headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    reply = send(url, request("GET", "/admin", headers))

    assert reply.status in {401, 403}


@row("H-103")
@pytest.mark.parametrize("name", ["asgi uvicorn h11", "wsgi waitress"])
def test_no_keys(people: People, name: str, row: str) -> None:
    """A server that cannot have the keys starts, and answers 503 to whoever has a token."""
    (good,) = [ask for ask in ASKS if ask.row == "H-000" and ask.variant == "Bearer"]
    start, factory = SERVERS[name]

    with start(factory, REPOSITORY, settings(people, "http://127.0.0.1:1")) as url:
        reply = asked(url, good, people)

    assert 503 == reply.status
    assert reply.headers["retry-after"].isdecimal()
    assert b"127.0.0.1" not in reply.body
