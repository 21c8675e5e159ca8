"""The ASGI middleware transcribes a decision, for http and for websockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cogauth import AsyncAuthorizer, AsyncVerifier, ConfigurationError, Policy
from cogauth_asgi import CogAuthMiddleware
from tests.adapters.conftest import POLICY, Pool, bearer, broken
from tests.support.asgi import App, Message, http, run


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "GET", "/nowhere", None, id="no route, no token"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "POST", "/jobs", "ana", id="without the scope"),
        pytest.param(403, "DELETE", "/orders/7", "ana", id="another method"),
        pytest.param(403, "get", "/orders/7", "ana", id="method in lower case"),
        pytest.param(400, "GET", "/orders//7", "ana", id="two slashes"),
        pytest.param(400, "GET", "/healthz/../orders/7", "ana", id="dot segments"),
        pytest.param(400, "GET", "http://other/healthz", None, id="absolute target"),
    ],
)
def test_http(pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A request reaches the application when the decision allows it, and never otherwise."""
    app = App()
    token = None if who is None else getattr(pool, who)

    sent = run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), http(method, path, bearer(token)))

    assert status == sent[0]["status"]
    assert (status == 200) == (len(app.scopes) == 1)
    if status != 200:
        headers = dict(sent[0]["headers"])
        assert str(len(sent[1]["body"])).encode() == headers[b"content-length"]
        assert all(name == name.lower() for name in headers)


def test_scope(pool: Pool) -> None:
    """The application finds the principal and the decision, whatever the server's scope held under these names."""
    app = App()
    scope = http("GET", "/healthz", [], user="root", auth="root")
    scope["cogauth.decision"] = "forged"

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)
    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), http("GET", "/orders/7", bearer(pool.ana)))

    assert [None, "ana"] == [scope["user"] and scope["user"].username for scope in app.scopes]
    assert ["public", "allowed"] == [scope["cogauth.decision"].reason for scope in app.scopes]
    assert [set(), {"authenticated", "aws.cognito.signin.user.admin"}] == [scope["auth"].scopes for scope in app.scopes]
    assert "root" == scope["user"], "the server's own scope is left as it was"


def test_head(pool: Pool) -> None:
    """A refused HEAD has the headers of the refusal and no body."""
    sent = run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), http("HEAD", "/orders/7", []))

    assert (401, b"") == (sent[0]["status"], sent[1]["body"])
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("authorization", "one"), ("authorization", "two")], id="two headers"),
        pytest.param([("authorization", "{}"), ("Authorization", "{}")], id="two headers in two cases"),
        pytest.param([("authorization", "{},{}")], id="joined"),
        pytest.param([("authorization", "Bearer")], id="no token after the scheme"),
    ],
)
def test_credentials(pool: Pool, headers: list[tuple[str, str]]) -> None:
    """More than one credential, or half of one, is a bad request even when each is good."""
    app = App()
    sent = run(
        CogAuthMiddleware(app, authorizer=pool.async_authorizer()),
        http("GET", "/orders/7", [(name, value.replace("{}", f"Bearer {pool.ana}")) for name, value in headers]),
    )

    assert 400 == sent[0]["status"]
    assert [] == app.scopes


@pytest.mark.parametrize(
    ("status", "root_path", "path"),
    [
        pytest.param(200, "/prod", "/prod/orders/7", id="below its mount"),
        pytest.param(400, "/prod", "/orders/7", id="outside of its mount"),
        pytest.param(400, "/prod", "/production", id="beside its mount"),
    ],
)
def test_root_path(pool: Pool, status: int, root_path: str, path: str) -> None:
    """Rules see the whole path, and a path that contradicts its mount is refused."""
    scope = http("GET", path, bearer(pool.ana), root_path=root_path)

    assert status == run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), scope)[0]["status"]


def test_encoded_slash(pool: Pool) -> None:
    """A slash hidden in a segment is refused where the server shows the path as it was sent."""
    scope = http("GET", "/orders/7", bearer(pool.ana), raw_path=b"/orders%2f7")

    assert 400 == run(CogAuthMiddleware(App(), authorizer=pool.async_authorizer()), scope)[0]["status"]


def test_lifespan(pool: Pool) -> None:
    """Startup and shutdown pass untouched."""
    app = App()
    scope: Message = {"type": "lifespan"}

    run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), scope)

    assert app.scopes[0] is scope


class Library:
    """Where keys are fetched; a fetch may fail, or never end."""

    def __init__(self, document: bytes = b"", *, patient: bool = False) -> None:
        self.asked = 0
        self._document = document
        self._patient = patient

    async def fetch(self, _: str) -> bytes:
        self.asked += 1
        if self._patient:
            await asyncio.Event().wait()
        if not self._document:
            raise OSError
        return self._document


async def silent() -> Message:
    raise AssertionError("nobody asks")


async def deaf(_: Any) -> None:
    raise AssertionError("nobody tells")


def test_warm(pool: Pool) -> None:
    """Keys are fetched at startup, so that the first request does not wait for them."""
    app, library = App(), Library(json.dumps(pool.local.jwks).encode())
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless(), fetch=library.fetch), pool.policy)
    middleware = CogAuthMiddleware(app, authorizer=authorizer)

    run(middleware, {"type": "lifespan"})
    asked = library.asked
    run(middleware, http("GET", "/orders/7", bearer(pool.ana)))

    assert ["lifespan", "http"] == [scope["type"] for scope in app.scopes]
    assert 0 < asked == library.asked


@pytest.mark.parametrize(
    ("library", "seconds"),
    [pytest.param(Library(), 10.0, id="nobody answers"), pytest.param(Library(patient=True), 0.01, id="for too long")],
)
def test_warm_without_keys(pool: Pool, library: Library, seconds: float) -> None:
    """A start without keys is a start; it is the requests that are refused."""
    app = App()
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless(), fetch=library.fetch), pool.policy)

    async def scenario() -> None:
        async with asyncio.timeout(5):
            await CogAuthMiddleware(app, authorizer=authorizer, warm_seconds=seconds)(
                {"type": "lifespan"}, silent, deaf
            )

    asyncio.run(scenario())

    assert ["lifespan"] == [scope["type"] for scope in app.scopes]
    assert 1 == library.asked


def test_no_warming(pool: Pool) -> None:
    """Who asks for none has no key fetched ahead."""
    app, library = App(), Library()
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless(), fetch=library.fetch), pool.policy)

    run(CogAuthMiddleware(app, authorizer=authorizer, warm_seconds=0), {"type": "lifespan"})

    assert (1, 0) == (len(app.scopes), library.asked)


def test_other_kinds(pool: Pool) -> None:
    """A kind of connection that nobody thought of is not let through."""
    app = App()

    with pytest.raises(RuntimeError, match="no other kind"):
        run(CogAuthMiddleware(app, authorizer=pool.async_authorizer()), {"type": "webtransport", "headers": []})

    assert [] == app.scopes


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503, and says when to come back."""
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless()), pool.policy)

    sent = run(CogAuthMiddleware(App(), authorizer=authorizer), http("GET", "/orders/7", bearer(pool.ana)))

    assert 503 == sent[0]["status"]
    assert b"retry-after" in dict(sent[0]["headers"])


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug makes a 500, and the application is not called."""
    app = App()
    authorizer = pool.async_authorizer(is_revoked=broken)

    sent = run(CogAuthMiddleware(app, authorizer=authorizer), http("GET", "/orders/7", bearer(pool.ana)))

    assert (500, []) == (sent[0]["status"], app.scopes)


def test_cancelled(pool: Pool) -> None:
    """A request that is cancelled while keys are fetched is cancelled, and not forwarded."""
    app = App()
    started = asyncio.Event()

    async def fetch(_: str) -> bytes:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def receive() -> Message:
        return {}

    async def send(_: Any) -> None:
        raise AssertionError("nothing is sent")

    async def scenario() -> None:
        verifier = AsyncVerifier(pool.keyless(), fetch=fetch)
        middleware = CogAuthMiddleware(app, authorizer=AsyncAuthorizer(verifier, pool.policy))
        task = asyncio.create_task(middleware(http("GET", "/orders/7", bearer(pool.ana)), receive, send))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert [] == app.scopes


def test_blocking_authorizer(pool: Pool) -> None:
    """An authorizer that would block the event loop is refused when the application is built."""
    blocking: Any = pool.authorizer()

    with pytest.raises(ConfigurationError, match="AsyncAuthorizer"):
        CogAuthMiddleware(App(), authorizer=blocking)


APIS: dict[str, Any] = {
    **POLICY,
    "api": [
        {"name": "shop", "hosts": ["shop.example.com"], "route": [{"match": "GET /open", "allow": "public"}]},
        {"name": "bank", "hosts": ["bank.example.com"], "route": [{"match": "GET /open", "allow": "authenticated"}]},
    ],
}


def with_apis(pool: Pool) -> AsyncAuthorizer:
    return AsyncAuthorizer(AsyncVerifier(pool.issuer), Policy.from_dict(APIS))


@pytest.mark.parametrize(
    ("status", "options", "hosts"),
    [
        pytest.param(200, {"api": "shop"}, ["bank.example.com"], id="named, whatever the host"),
        pytest.param(401, {"api": "bank"}, ["shop.example.com"], id="another one named"),
        pytest.param(200, {"by_host": True}, ["shop.example.com"], id="by its host"),
        pytest.param(200, {"by_host": True}, ["SHOP.example.com:8443"], id="by its host, with a port"),
        pytest.param(401, {"by_host": True}, ["bank.example.com"], id="by another host"),
        pytest.param(401, {"by_host": True}, ["elsewhere.example.com"], id="by a host of none"),
        pytest.param(401, {"by_host": True}, [], id="no host"),
        pytest.param(401, {"by_host": True}, ["shop.example.com"] * 2, id="two hosts"),
        pytest.param(401, {"by_host": True}, ["shop.example.com", "bank.example.com"], id="two different hosts"),
        pytest.param(401, {}, ["shop.example.com"], id="a host that nobody asked about"),
    ],
)
def test_api(pool: Pool, status: int, options: dict[str, Any], hosts: list[str]) -> None:
    """The routes are those of the api that is named, or of the one whose host is asked where that is wanted."""
    headers = list(zip(("host", "Host"), hosts, strict=False))
    middleware = CogAuthMiddleware(App(), authorizer=with_apis(pool), **options)

    assert status == run(middleware, http("GET", "/open", headers))[0]["status"]


def test_api_without_hosts(pool: Pool) -> None:
    """Where no api has hosts, the routes for every api count."""
    middleware = CogAuthMiddleware(App(), authorizer=pool.async_authorizer(), by_host=True)

    assert 200 == run(middleware, http("GET", "/healthz", [("host", "anything")]))[0]["status"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"api": "shop", "by_host": True}, id="both"),
        pytest.param({"api": "shoe"}, id="no such api"),
        pytest.param({"api": ""}, id="no name"),
    ],
)
def test_no_such_api(pool: Pool, options: dict[str, Any]) -> None:
    """An api that there is not is found when the application is built."""
    with pytest.raises(ConfigurationError, match="api"):
        CogAuthMiddleware(App(), authorizer=with_apis(pool), **options)


METADATA = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_metadata(pool: Pool, method: str) -> None:
    """Where the resource has a name, everybody may read its metadata (RFC 9728), and not from the application."""
    app = App()
    authorizer = pool.async_authorizer(resource="https://api.example.com")
    expected = authorizer.metadata(method, METADATA)
    assert expected is not None

    sent = run(CogAuthMiddleware(app, authorizer=authorizer), http(method, METADATA, bearer("a.b.c")))

    assert [expected.status, expected.body] == [sent[0]["status"], sent[1]["body"]]
    assert [(name.lower().encode(), value.encode()) for name, value in expected.headers] == sent[0]["headers"]
    assert [] == app.scopes


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        pytest.param("GET", METADATA, None, id="no resource"),
        pytest.param("POST", METADATA, "https://api.example.com", id="another method"),
        pytest.param("GET", METADATA + "/orders", "https://api.example.com", id="another path"),
        pytest.param("GET", METADATA, "https://api.example.com/orders", id="another resource"),
    ],
)
def test_no_metadata(pool: Pool, method: str, path: str, resource: str | None) -> None:
    """Any other request is decided like all requests."""
    authorizer = pool.async_authorizer(resource=resource)

    assert 401 == run(CogAuthMiddleware(App(), authorizer=authorizer), http(method, path))[0]["status"]


def test_challenge_tells_where(pool: Pool) -> None:
    """A challenge says where the metadata is."""
    authorizer = pool.async_authorizer(resource="https://api.example.com")

    sent = run(CogAuthMiddleware(App(), authorizer=authorizer), http("GET", "/orders/7"))

    challenge = f'Bearer resource_metadata="https://api.example.com{METADATA}"'
    assert challenge.encode() == dict(sent[0]["headers"])[b"www-authenticate"]
