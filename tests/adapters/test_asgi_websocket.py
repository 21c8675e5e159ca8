"""A websocket is guarded before it is accepted, and a browser's token is read from where a browser can put it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth_asgi import CogAuthMiddleware
from tests.adapters.conftest import Pool, bearer
from tests.support.asgi import App, Message, Pairs, run, websocket

KUBERNETES = "base64url.bearer.authorization.k8s.io."
PLAIN = "base64url.bearer.authorization."


def base64url(token: str) -> str:
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def offering(*names: str) -> list[tuple[str, str]]:
    return [("sec-websocket-protocol", ", ".join(names))]


def opened(pool: Pool, headers: Pairs, app: Any = None, path: str = "/live", **more: Any) -> tuple[App, list[Message]]:
    """Ask for a websocket; gives the application behind the middleware, and what was sent."""
    app = app or App()
    return app, run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), websocket(path, headers, **more))


@pytest.mark.parametrize(
    ("allowed", "path", "who"),
    [
        pytest.param(True, "/live", "ana", id="in the group"),
        pytest.param(True, "/healthz", None, id="public"),
        pytest.param(False, "/live", "bo", id="not in the group"),
        pytest.param(False, "/live", "expired", id="expired"),
        pytest.param(False, "/live", None, id="no token"),
        pytest.param(False, "/nowhere", "ana", id="no route"),
        pytest.param(False, "/jobs", "machine", id="a route for another method"),
        pytest.param(False, "//live", "ana", id="an odd path"),
    ],
)
def test_refused_before_it_is_accepted(pool: Pool, *, allowed: bool, path: str, who: str | None) -> None:
    """A websocket is guarded like a GET, and a refused one is closed before it is accepted."""
    app, sent = opened(pool, bearer(None if who is None else getattr(pool, who)), path=path, extensions=None)

    assert (1 if allowed else 0) == len(app.scopes)
    assert ([] if allowed else [{"type": "websocket.close", "code": 1008, "reason": ""}]) == sent


@pytest.mark.parametrize(
    ("status", "challenge", "headers"),
    [
        pytest.param(401, b"Bearer", [], id="no token"),
        pytest.param(401, b'Bearer error="invalid_token"', bearer("a.b.c"), id="bad token"),
        pytest.param(400, b'Bearer error="invalid_request"', offering(PLAIN + "!"), id="undecodable"),
    ],
)
def test_denial_response(pool: Pool, status: int, challenge: bytes, headers: Pairs) -> None:
    """Where the server can answer a websocket's handshake, it gets the whole refusal."""
    app, sent = opened(pool, headers, extensions={"websocket.http.response": {}})

    assert ["websocket.http.response.start", "websocket.http.response.body"] == [message["type"] for message in sent]
    assert status == sent[0]["status"]
    assert challenge == dict(sent[0]["headers"])[b"www-authenticate"]
    assert b"reason" in sent[1]["body"]
    assert [] == app.scopes


@pytest.mark.parametrize(
    ("prefix", "others"),
    [
        pytest.param(KUBERNETES, ["chat"], id="as Kubernetes has it"),
        pytest.param(PLAIN, ["chat"], id="no label between"),
        pytest.param(f"{PLAIN}example.com.", ["chat", "chat.v2"], id="a domain of one's own"),
        pytest.param(KUBERNETES, [], id="nothing else offered"),
    ],
)
def test_token_of_a_browser(pool: Pool, prefix: str, others: list[str]) -> None:
    """The token may be offered as a subprotocol; the application sees who it is, and no trace of the token."""
    for names in ([prefix + base64url(pool.ana), *others], [*others, prefix + base64url(pool.ana)]):
        app, sent = opened(pool, [("host", "h"), *offering(*names)])

        (scope,) = app.scopes
        assert [] == sent
        assert "ana" == scope["user"].username
        assert others == scope["subprotocols"]
        kept = [(b"sec-websocket-protocol", ", ".join(others).encode())] if others else []
        assert [(b"host", b"h"), *kept] == scope["headers"]
        assert base64url(pool.ana)[:20] not in repr(scope)


def test_two_headers(pool: Pool) -> None:
    """Offers may be spread over headers (RFC 6455 section 11.3.4), in any case."""
    token = PLAIN + base64url(pool.ana)
    scope = websocket("/live", [("sec-websocket-protocol", "chat"), ("Sec-WebSocket-Protocol", f"{token} ,chat.v2")])
    scope["subprotocols"] = ["chat", token, "chat.v2"]
    app = App()

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)

    (seen,) = app.scopes
    assert ["chat", "chat.v2"] == seen["subprotocols"]
    assert [(b"sec-websocket-protocol", b"chat"), (b"Sec-WebSocket-Protocol", b"chat.v2")] == seen["headers"]
    assert 3 == len(scope["subprotocols"]), "the server's own scope is left as it was"


def test_offers_that_only_the_server_read(pool: Pool) -> None:
    """A server that tells subprotocols, and not the header they came in, will do."""
    app = App()
    scope = websocket("/live") | {"subprotocols": ["chat", PLAIN + base64url(pool.ana)]}

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)

    assert ["chat"] == app.scopes[0]["subprotocols"]


@pytest.mark.parametrize("subprotocols", [{}, {"subprotocols": None}], ids=["none", "null"])
def test_no_offers(pool: Pool, subprotocols: Message) -> None:
    """A server need not tell of subprotocols."""
    app = App()
    scope = websocket("/live", bearer(pool.ana))
    del scope["subprotocols"]

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope | subprotocols)

    assert [] == app.scopes[0]["subprotocols"]


def test_public_route(pool: Pool) -> None:
    """Where nobody need be known, what a caller offers as a token is still kept from the application."""
    app, _ = opened(pool, offering("chat", PLAIN + base64url("rubbish")), path="/healthz")

    (scope,) = app.scopes
    assert (None, ["chat"]) == (scope["user"], scope["subprotocols"])
    assert [(b"sec-websocket-protocol", b"chat")] == scope["headers"]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["{plain}{token}", "{plain}{token}"], id="twice the same"),
        pytest.param(["{plain}{token}", "{kubernetes}{token}"], id="in two ways"),
        pytest.param(["{plain}{token}", "{plain}{other}"], id="two tokens"),
        pytest.param(["{plain}{token}", "{plain}!"], id="one of two undecodable"),
        pytest.param(["{plain}{token}="], id="padded"),
        pytest.param(["{plain}{token}!"], id="something behind"),
        pytest.param(["{plain}!{token}"], id="something before"),
        pytest.param(["{plain}{token}.token"], id="not the last label"),
        pytest.param(["{plain}{loose}"], id="spare bits that are not zero"),
        pytest.param(["{plain}{standard}"], id="the other alphabet"),
        pytest.param(["{plain}{spaced}"], id="a space behind the token"),
        pytest.param(["{plain}{indented}"], id="a space before the token"),
        pytest.param(["{plain}{raw}"], id="not encoded"),
        pytest.param(["{plain}"], id="no token"),
        pytest.param(["{kubernetes}"], id="no token behind labels"),
        pytest.param(["{plain}A"], id="one character"),
        pytest.param(["{plain}ä"], id="not ASCII"),
    ],
)
def test_malformed(pool: Pool, names: list[str]) -> None:
    """More than one token, or one that is not written in the one way there is, is a bad request."""
    parts = {
        "plain": PLAIN,
        "kubernetes": KUBERNETES,
        "token": base64url(pool.ana),
        "other": base64url(pool.bo),
        "loose": base64url("ab")[:-1] + chr(ord(base64url("ab")[-1]) + 1),
        "standard": base64.b64encode(b"~~~???").decode(),
        "spaced": base64url(pool.ana + " "),
        "indented": base64url(" " + pool.ana),
        "raw": pool.ana,
    }

    app, sent = opened(
        pool, offering(*[name.format(**parts) for name in names]), extensions={"websocket.http.response": {}}
    )

    assert 400 == sent[0]["status"]
    assert [] == app.scopes


@pytest.mark.parametrize("credentials", ["Bearer {token}", "Basic dTpw"])
def test_header_and_subprotocol(pool: Pool, credentials: str) -> None:
    """A token in each of the two places is one too many, even the same one."""
    headers = [("authorization", credentials.format(token=pool.ana)), *offering("chat", PLAIN + base64url(pool.ana))]

    app, sent = opened(pool, headers, extensions={"websocket.http.response": {}})

    assert 400 == sent[0]["status"]
    assert [] == app.scopes


@pytest.mark.parametrize(
    "name", ["BASE64URL.bearer.authorization.", "base64url.bearer.", "x.base64url.bearer.authorization."]
)
def test_other_names(pool: Pool, name: str) -> None:
    """What is named otherwise is a subprotocol like any other, and proves nothing."""
    app, sent = opened(pool, offering(name + base64url(pool.ana)), extensions={"websocket.http.response": {}})

    assert 401 == sent[0]["status"]
    assert [] == app.scopes


def test_not_for_requests(pool: Pool) -> None:
    """A request that is no websocket has its token in the header, and nowhere else."""
    app = App()
    scope = websocket("/orders/7", offering(PLAIN + base64url(pool.ana))) | {"type": "http", "method": "GET"}

    assert 401 == run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)[0]["status"]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=","), max_size=40))
@settings(max_examples=100, deadline=None)
def test_anything_offered(pool: Pool, label: str) -> None:
    """Whatever is offered in the place of a token is refused, and nothing else happens."""
    app, sent = opened(pool, offering("chat", PLAIN + label), extensions={"websocket.http.response": {}})

    assert sent[0]["status"] in {400, 401}
    assert [] == app.scopes


class Accepting:
    """An application that accepts with what it is told to."""

    def __init__(self, **accept: Any) -> None:
        self._accept = accept

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", **self._accept})


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param({"subprotocol": "{name}"}, id="as the subprotocol"),
        pytest.param({"headers": [(b"sec-websocket-protocol", b"{name}")]}, id="in a header"),
        pytest.param({"headers": [(b"x", b"y"), (b"Sec-WebSocket-Protocol", b"chat, {name}")]}, id="among others"),
    ],
)
def test_token_is_never_sent_back(pool: Pool, accept: Message) -> None:
    """An application that agrees on the token's subprotocol has a mistake, which ends before the wire."""
    name = PLAIN + base64url(pool.ana)
    accept = {
        key: value.replace("{name}", name)
        if isinstance(value, str)
        else [(header, text.replace(b"{name}", name.encode())) for header, text in value]
        for key, value in accept.items()
    }

    with pytest.raises(RuntimeError, match="none to be accepted") as caught:
        opened(pool, offering("chat", name), Accepting(**accept))

    assert base64url(pool.ana)[:20] not in str(caught.value)


@pytest.mark.parametrize("accept", [{}, {"subprotocol": None}, {"subprotocol": "chat", "headers": [(b"x", b"y")]}])
def test_any_other_is_accepted(pool: Pool, accept: Message) -> None:
    """Whatever else the application agrees on goes to the client as it is."""
    _, sent = opened(pool, offering("chat", PLAIN + base64url(pool.ana)), Accepting(**accept))

    assert [{"type": "websocket.accept", **accept}] == sent
