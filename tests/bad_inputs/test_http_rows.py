"""Bad HTTP requests, row by row, as a server would tell the middlewares of them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, ConfigurationError, Policy, UserPool, Verifier
from cogauth_asgi import CogAuthMiddleware as AsgiMiddleware
from cogauth_wsgi import CogAuthMiddleware as WsgiMiddleware
from tests.bad_inputs.asks import ASKS, POLICY, Ask, People, check
from tests.bad_inputs.trials import row
from tests.support.asgi import App, http, run, websocket

REACHED = b"hello"
APPLICABLE = [ask for ask in ASKS if not ask.malformed]

Told = tuple[int, Mapping[str, str], bytes]


@pytest.fixture(scope="module")
def people() -> People:
    return People()


def asgi(ask: Ask, people: People, issuer: UserPool | None = None) -> Told:
    """Tell the ASGI middleware of a request as uvicorn does."""
    raw, _, query = people.filled(ask.target).partition("?")
    scope = http(
        ask.method,
        unquote_to_bytes(raw).decode("utf-8", "replace"),
        [(name.lower(), people.filled(value)) for name, value in ask.headers],
        raw_path=raw.encode(),
        query_string=query.encode(),
    )
    authorizer = AsyncAuthorizer(AsyncVerifier(issuer or people.pool.issuer()), Policy.from_dict(POLICY))
    app = App()
    sent = run(AsgiMiddleware(app, authorizer=authorizer), scope)
    assert (200 == sent[0]["status"]) == (1 == len(app.scopes))
    return (
        sent[0]["status"],
        {name.decode(): value.decode() for name, value in sent[0]["headers"]},
        sent[1]["body"],
    )


def wsgi(ask: Ask, people: People, issuer: UserPool | None = None) -> Told:
    """Tell the WSGI middleware of a request as gunicorn does: repeated headers are joined."""
    raw, _, query = people.filled(ask.target).partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": ask.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw).decode("latin-1"),
        "RAW_URI": people.filled(ask.target),
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(people.filled(ask.body.decode()).encode()),
    }
    for name, text in ask.headers:
        key = "HTTP_" + name.upper().replace("-", "_")
        value = people.filled(text)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    answers: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        answers.append((status, headers))

    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [REACHED]

    authorizer = Authorizer(Verifier(issuer or people.pool.issuer()), Policy.from_dict(POLICY))
    body = b"".join(WsgiMiddleware(app, authorizer=authorizer)(environ, start))
    ((status, headers),) = answers
    assert status.startswith("200") == (body == REACHED)
    return int(status[:3]), {name.lower(): value for name, value in headers}, body


@pytest.mark.parametrize("told", [asgi, wsgi])
@pytest.mark.parametrize("ask", [pytest.param(ask, id=f"{ask.row} {ask.variant}") for ask in APPLICABLE])
def test_request(people: People, ask: Ask, told: Any) -> None:
    """Each has the answer of the row, and says nothing of what the token held."""
    status, headers, body = told(ask, people)

    assert ask.status == status
    check(ask, status, headers, body, people)


@pytest.mark.parametrize("told", [asgi, wsgi])
@row("H-100", "H-101", "H-102")
def test_one_answer(people: People, row: str, told: Any) -> None:
    """Whatever is wrong with a token, the answer is the same to the last byte."""
    answers = {str(told(ask, people)) for ask in ASKS if ask.row == row}

    assert 1 == len(answers)


@row("H-050")
@pytest.mark.parametrize("match", ["GET ^/public", "GET /public*", "GET /public/*", "GET /{a}{b}", "GET /public.*/"])
def test_no_patterns(match: str, row: str) -> None:
    """Routes are templates, and nobody can write an expression that matches more than was meant."""
    with pytest.raises(ConfigurationError):
        Policy.from_dict({"version": 1, "route": [{"match": match, "allow": "public"}]})


@row("H-061")
def test_preflight_that_is_allowed(people: People, row: str) -> None:
    """It passes, and carries nobody's identity even if it brings a token."""
    authorizer = AsyncAuthorizer(
        AsyncVerifier(people.pool.issuer()), Policy.from_dict({**POLICY, "cors_preflight": True})
    )
    app = App()
    headers = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "GET"),
        ("authorization", people.filled("Bearer <ana>")),
    ]

    run(AsgiMiddleware(app, authorizer=authorizer), http("OPTIONS", "/admin", headers))

    assert [None] == [scope["user"] for scope in app.scopes]


@row("H-070", "H-071")
@pytest.mark.parametrize("token", [None, "rubbish", "bo"])
def test_websocket(people: People, row: str, token: str | None) -> None:
    """A websocket, whose scope has no method, is closed before it is accepted."""
    authorizer = AsyncAuthorizer(AsyncVerifier(people.pool.issuer()), Policy.from_dict(POLICY))
    app = App()
    headers = [] if token is None else [("authorization", people.filled(f"Bearer <{token}>"))]

    sent = run(AsgiMiddleware(app, authorizer=authorizer), websocket("/admin", headers))

    assert ["websocket.close"] == [message["type"] for message in sent]
    assert [] == app.scopes


@row("H-075")
@pytest.mark.parametrize("kind", ["webtransport", "foo", ""])
def test_unknown_scope(people: People, row: str, kind: str) -> None:
    """It is not handed on."""
    authorizer = AsyncAuthorizer(AsyncVerifier(people.pool.issuer()), Policy.from_dict(POLICY))
    app = App()

    with pytest.raises(RuntimeError, match="no other kind"):
        asyncio.run(AsgiMiddleware(app, authorizer=authorizer)(http("GET", "/public") | {"type": kind}, never, never))

    assert [] == app.scopes


async def never(*_: Any) -> Any:
    raise AssertionError("nothing is said or asked")


@row("H-076", "H-077")
@pytest.mark.parametrize(
    ("status", "root_path", "path"),
    [
        pytest.param(200, "/api", "/api/x", id="the whole path"),
        pytest.param(200, "/api/", "/api/x", id="a mount with a slash"),
        pytest.param(400, "/api", "/public", id="outside of its mount"),
        pytest.param(400, "/prod", "/x", id="outside of another"),
        pytest.param(400, "/pub", "/public", id="a mount that ends in a segment"),
    ],
)
def test_mount(people: People, row: str, status: int, root_path: str, path: str) -> None:
    """Rules are of whole paths; one that is not below its mount is refused, and matches nothing by accident."""
    authorizer = AsyncAuthorizer(AsyncVerifier(people.pool.issuer()), Policy.from_dict(POLICY))
    headers = [("authorization", people.filled("Bearer <ana>"))]

    sent = run(AsgiMiddleware(App(), authorizer=authorizer), http("GET", path, headers, root_path=root_path))

    assert status == sent[0]["status"]


@row("H-103")
@pytest.mark.parametrize("told", [asgi, wsgi])
def test_no_keys(people: People, row: str, told: Any) -> None:
    """Without keys it is 503, which says when to come back, and neither where the keys are nor why they are not."""
    keyless = UserPool(people.pool.pool_id, clients={"c1"}, jwks_uri="http://127.0.0.1:1/jwks.json")
    ask = next(ask for ask in ASKS if ask.row == "H-000")

    status, headers, body = told(ask, people, keyless)

    assert 503 == status
    assert headers["retry-after"].isdecimal()
    assert "www-authenticate" not in headers
    assert b"127.0.0.1" not in body
