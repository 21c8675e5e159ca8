"""The WSGI middleware transcribes a decision."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from cogauth import Api, Authorizer, ConfigurationError, Group, Policy, Route, Verifier
from cogauth_wsgi import CogAuthMiddleware
from tests.adapters.conftest import Pool, broken


class App:
    """An application that notes the environs it was called with."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else b"hello"]


def environ_of(method: str, path: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    """Make the environ of a request, as a server that keeps to PEP 3333 would."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "QUERY_STRING": "", **more}
    environ["PATH_INFO"] = path.encode().decode("latin-1")
    if token is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    setup_testing_defaults(environ)
    return environ


def answered(app: Any, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Send one request to *app*, as a server that sees to it that PEP 3333 is kept."""
    answer: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        answer.extend((status, headers))
        return answer.append  # the old way to write, which nobody uses and the validator asks for

    chunks: Any = validator(app)(environ, start_response)
    body = b"".join(chunks)
    chunks.close()
    return int(answer[0].partition(" ")[0]), dict(answer[1]), body


def begun(app: Any, environ: dict[str, Any]) -> tuple[list[str], Any]:
    """Send one request as it is; give the statuses that were begun and what *app* returned."""
    statuses: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        statuses.append(status)

    returned = app(environ, start_response)
    return statuses, returned


def call(
    authorizer: Authorizer, method: str, path: str, token: str | None = None, **more: str
) -> tuple[int, dict[str, str], bytes, App]:
    """Send one request through the middleware, held to PEP 3333 on both sides."""
    app = App()
    guarded = CogAuthMiddleware(validator(app), authorizer=authorizer)
    return *answered(guarded, environ_of(method, path, token, **more)), app


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(200, "GET", "", None, id="empty path is the root"),
        pytest.param(200, "GET", "/größe", None, id="path beyond ASCII"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "GET", "/grösse", "ana", id="another spelling"),
        pytest.param(400, "GET", "/orders//7", "ana", id="two slashes"),
        pytest.param(400, "GET", "/orders/..", "ana", id="dot segments"),
    ],
)
def test_requests(pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A request reaches the application when the decision allows it, and never otherwise."""
    got, headers, body, app = call(pool.authorizer(), method, path, None if who is None else getattr(pool, who))

    assert status == got
    assert (status == 200) == (len(app.environs) == 1)
    assert status == 200 or str(len(body)) == headers["Content-Length"]


def test_environ(pool: Pool) -> None:
    """The application finds the decision; no header can put one there."""
    *_, app = call(pool.authorizer(), "GET", "/healthz", **{"cogauth.decision": "forged", "HTTP_COGAUTH_DECISION": "x"})

    assert "public" == app.environs[0]["cogauth.decision"].reason
    assert None is app.environs[0]["cogauth.decision"].principal


def test_environ_refused(pool: Pool) -> None:
    """Nor is one left there when the request is refused, for whoever looks at the environ afterwards."""
    environ = environ_of("GET", "/orders/7") | {"cogauth.decision": "forged"}

    begun(CogAuthMiddleware(App(), authorizer=pool.authorizer()), environ)

    assert "cogauth.decision" not in environ


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("Bearer {0},Bearer {0}", id="joined as gunicorn does"),
        pytest.param("Bearer {0}, Bearer {0}", id="joined as waitress does"),
        pytest.param("Bearer", id="half a credential"),
        pytest.param("Bearer  {0}", id="two spaces"),
        pytest.param("Bearer {0} x", id="something after it"),
    ],
)
def test_credentials(pool: Pool, value: str) -> None:
    """More than one credential, or half of one, is a bad request."""
    status, headers, _, app = call(pool.authorizer(), "GET", "/orders/7", HTTP_AUTHORIZATION=value.format(pool.ana))

    assert (400, 'Bearer error="invalid_request"', []) == (status, headers["WWW-Authenticate"], app.environs)


@pytest.mark.parametrize(
    "name",
    ["HTTP_X_FORWARDED_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_AMZN_OIDC_ACCESSTOKEN", "QUERY_STRING"],
)
def test_other_places(pool: Pool, name: str) -> None:
    """A token anywhere but in Authorization is no token."""
    status, *_ = call(pool.authorizer(), "GET", "/orders/7", **{name: f"Bearer {pool.ana}"})

    assert 401 == status


@pytest.mark.parametrize("header", ["X_FORWARDED_URI", "X_ORIGINAL_URL", "X_REWRITE_URL", "X_HTTP_METHOD_OVERRIDE"])
def test_spoofed_request(pool: Pool, header: str) -> None:
    """No header changes which path or method the rules see."""
    status, *_ = call(pool.authorizer(), "PUT", "/orders/7", pool.bo, **{f"HTTP_{header}": "/healthz"})

    assert 403 == status


def test_script_name(pool: Pool) -> None:
    """Rules see the whole path, the application's mount included."""
    assert 200 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, SCRIPT_NAME="/prod")[0]
    assert 403 == call(pool.authorizer(), "GET", "/orders/7", pool.bo, SCRIPT_NAME="/prod")[0]


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_encoded_slash(pool: Pool, name: str) -> None:
    """A slash hidden in a segment is refused where the server shows the path as it was sent; in a query it is none."""
    assert 400 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, **{name: "/orders%2F7?x=1"})[0]
    assert 200 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, **{name: "/orders/7?x=%2F"})[0]


@pytest.mark.parametrize("path", ["/\xff", "/\xc3", "/\ud800", "/orders/\u20ac"])
def test_no_text(pool: Pool, path: str) -> None:
    """A path whose bytes are no UTF-8, or that holds what no byte is, is refused."""
    environ = environ_of("GET", "/", pool.ana) | {"PATH_INFO": path}

    assert 400 == answered(CogAuthMiddleware(App(), authorizer=pool.authorizer()), environ)[0]


@pytest.mark.parametrize("name", ["HTTP_SCRIPT_NAME", "HTTP_PATH_INFO"])
@pytest.mark.parametrize(
    ("mount", "path"),
    [
        pytest.param("", "/healthz", id="and the server makes nothing of it"),
        pytest.param("/healthz", "", id="and the server believes it"),
    ],
)
def test_mounted_by_a_header(pool: Pool, name: str, mount: str, path: str) -> None:
    """No caller says where the application begins: it would route by another path than the rules have seen."""
    status, _, _, app = call(pool.authorizer(), "GET", path, pool.ana, **{"SCRIPT_NAME": mount, name: mount or "/x"})

    assert (400, []) == (status, app.environs)


@pytest.mark.parametrize("method", ["get", "Get", "gET", "post", "geT", "g\u0131t"])
def test_method_in_small_letters(pool: Pool, method: str) -> None:
    """`post` is no POST, though frameworks take it for one: what ANY allows does not let it past POST's own line."""
    policy = Policy(roles={"editor": Group("editors")}, routes=[Route("ANY /x", "public"), Route("POST /x", "editor")])
    app = App()
    guarded = CogAuthMiddleware(app, authorizer=Authorizer(Verifier(pool.issuer), policy))

    assert ["401 Unauthorized"] == begun(guarded, environ_of(method, "/x"))[0]
    assert [] == app.environs


@pytest.mark.parametrize(("status", "method"), [(200, "GET"), (200, "PUT"), (200, "BREW"), (401, "POST")])
def test_method_in_capitals(pool: Pool, status: int, method: str) -> None:
    """ANY is every method that has no line of its own."""
    policy = Policy(roles={"editor": Group("editors")}, routes=[Route("ANY /x", "public"), Route("POST /x", "editor")])
    guarded = CogAuthMiddleware(App(), authorizer=Authorizer(Verifier(pool.issuer), policy))

    assert str(status) == begun(guarded, environ_of(method, "/x"))[0][0][:3]


@pytest.mark.parametrize(
    ("status", "method", "headers"),
    [
        pytest.param(200, "OPTIONS", {"ORIGIN": "https://a", "ACCESS_CONTROL_REQUEST_METHOD": "GET"}, id="preflight"),
        pytest.param(401, "OPTIONS", {"ORIGIN": "https://a"}, id="asks for no method"),
        pytest.param(401, "OPTIONS", {"ACCESS_CONTROL_REQUEST_METHOD": "GET"}, id="of no origin"),
        pytest.param(401, "OPTIONS", {}, id="plain"),
        pytest.param(401, "GET", {"ORIGIN": "https://a", "ACCESS_CONTROL_REQUEST_METHOD": "GET"}, id="not OPTIONS"),
    ],
)
def test_preflight(pool: Pool, status: int, method: str, headers: dict[str, str]) -> None:
    """A CORS preflight passes where the policy says so; what only resembles one does not."""
    policy = Policy(routes=[Route("GET /x", "authenticated")], cors_preflight=True)
    authorizer = Authorizer(Verifier(pool.issuer), policy)

    assert status == call(authorizer, method, "/x", **{f"HTTP_{name}": value for name, value in headers.items()})[0]


def test_head(pool: Pool) -> None:
    """A refused HEAD has the headers of the refusal and no body; one that passes is the application's to answer."""
    status, headers, body, _ = call(pool.authorizer(), "HEAD", "/orders/7")

    assert (401, "Bearer", b"") == (status, headers["WWW-Authenticate"], body)
    assert headers["Content-Length"] == call(pool.authorizer(), "GET", "/orders/7")[1]["Content-Length"]
    assert 200 == call(pool.authorizer(), "HEAD", "/orders/7", pool.bo)[0]


class Stream:
    """What a streaming application returns: an iterable that must be closed."""

    def __init__(self, *, broken: bool) -> None:
        self.broken = broken
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"first"
        if self.broken:
            raise ZeroDivisionError
        yield b"second"

    def close(self) -> None:
        self.closed = True


def streaming(pool: Pool, stream: Stream, token: str) -> tuple[list[str], Any]:
    """Give the statuses that are begun and what the middleware returns, for an application that returns *stream*."""

    def app(environ: dict[str, Any], start_response: Any) -> Stream:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream

    return begun(CogAuthMiddleware(app, authorizer=pool.authorizer()), environ_of("GET", "/orders/7", token))


def test_stream(pool: Pool) -> None:
    """What the application returns goes on as it is, unread and with its `close`."""
    stream = Stream(broken=False)

    statuses, returned = streaming(pool, stream, pool.bo)

    assert returned is stream
    assert (["200 OK"], False) == (statuses, stream.closed)


def test_stream_that_fails(pool: Pool) -> None:
    """An application that fails while it streams fails as it would without the middleware; no second answer begins."""
    statuses, returned = streaming(pool, Stream(broken=True), pool.bo)

    with pytest.raises(ZeroDivisionError):
        list(returned)
    assert ["200 OK"] == statuses


def test_stream_refused(pool: Pool) -> None:
    """A refusal is one answer, and nothing of the application's is begun."""
    stream = Stream(broken=True)

    statuses, returned = streaming(pool, stream, pool.expired)

    assert (["401 Unauthorized"], False) == (statuses, returned is stream)
    assert b"".join(returned).startswith(b'{"type":"about:blank"')


def test_body_unread(pool: Pool) -> None:
    """The body of a request is the application's, and of a refused one nobody's."""
    for token in (pool.machine, pool.bo, None):
        body = io.BytesIO(b"x" * 10)
        environ = environ_of("POST", "/jobs", token) | {"wsgi.input": body, "CONTENT_LENGTH": "10"}

        answered(CogAuthMiddleware(App(), authorizer=pool.authorizer()), environ)

        assert 0 == body.tell()


def test_remote_user(pool: Pool) -> None:
    """No account of the machine is made of a subject; what a server has put there is left alone."""
    *_, app = call(pool.authorizer(), "GET", "/orders/7", pool.ana)
    assert "REMOTE_USER" not in app.environs[0]

    *_, app = call(pool.authorizer(), "GET", "/orders/7", pool.ana, REMOTE_USER="www", HTTP_REMOTE_USER="root")
    assert "www" == app.environs[0]["REMOTE_USER"]


SHOP, BANK = "shop.example.com", "bank.example.com"


def of_several(pool: Pool, *, hosts: bool = True) -> Authorizer:
    """Make an authorizer for two apis, with hosts or without; GET /x is public in one of them, and not in the other."""
    shop = Api("shop", [Route("GET /x", "public")], hosts=[SHOP] if hosts else ())
    bank = Api("bank", [Route("GET /x", "authenticated")], hosts=[BANK] if hosts else ())
    policy = Policy(routes=[Route("GET /both", "public")], apis=[shop, bank])
    return Authorizer(Verifier(pool.issuer), policy)


@pytest.mark.parametrize(
    ("status", "environ"),
    [
        pytest.param(200, {"HTTP_HOST": SHOP}, id="public here"),
        pytest.param(200, {"HTTP_HOST": f"{SHOP}:8443"}, id="with a port"),
        pytest.param(200, {"HTTP_HOST": SHOP.upper()}, id="in capitals"),
        pytest.param(200, {"HTTP_HOST": SHOP, "RAW_URI": f"http://{SHOP}/x?y"}, id="absolute and the same"),
        pytest.param(200, {"HTTP_HOST": SHOP, "REQUEST_URI": "/x?http://bank/"}, id="a URL in the query"),
        pytest.param(401, {"HTTP_HOST": BANK}, id="not public there"),
        pytest.param(401, {"HTTP_HOST": "other.example.com"}, id="another host"),
        pytest.param(401, {"HTTP_HOST": f"{SHOP},{BANK}"}, id="two, as gunicorn and granian join them"),
        pytest.param(401, {"HTTP_HOST": f"{SHOP}, {SHOP}"}, id="twice the same, as waitress joins them"),
        pytest.param(401, {"HTTP_HOST": ""}, id="empty, as granian has it where there is none"),
        pytest.param(401, {"SERVER_NAME": SHOP, "HTTP_HOST": ""}, id="what the server calls itself"),
        pytest.param(401, {"HTTP_X_FORWARDED_HOST": SHOP, "HTTP_HOST": ""}, id="forwarded"),
        pytest.param(401, {"HTTP_HOST": BANK, "RAW_URI": f"http://{SHOP}/x"}, id="absolute, and another"),
        pytest.param(401, {"HTTP_HOST": SHOP, "RAW_URI": f"http://{BANK}/x"}, id="another, and absolute"),
        pytest.param(401, {"HTTP_HOST": SHOP, "REQUEST_URI": f"HTTPS://{BANK}?x"}, id="absolute without a path"),
        pytest.param(401, {"HTTP_HOST": f"user@{SHOP}"}, id="with a user"),
        pytest.param(401, {"HTTP_HOST": f"{SHOP}/x"}, id="with a path"),
    ],
)
def test_by_host(pool: Pool, status: int, environ: dict[str, str]) -> None:
    """The host chooses the api where the front is told so; no host, two of them or an unknown one finds no route."""
    guarded = CogAuthMiddleware(App(), authorizer=of_several(pool), by_host=True)

    assert status == answered(guarded, environ_of("GET", "/x", **environ))[0]


def test_without_host(pool: Pool) -> None:
    """A request that has no Host header at all is for no api."""
    environ = environ_of("GET", "/both")
    del environ["HTTP_HOST"]

    assert 401 == answered(CogAuthMiddleware(App(), authorizer=of_several(pool), by_host=True), environ)[0]


@pytest.mark.parametrize("host", [SHOP, BANK, "other.example.com"])
def test_host_chooses_nothing(pool: Pool, host: str) -> None:
    """Without being told so, and where no api has hosts, only the routes for every api count."""
    plain = CogAuthMiddleware(App(), authorizer=of_several(pool))
    hostless = CogAuthMiddleware(App(), authorizer=of_several(pool, hosts=False), by_host=True)

    for guarded in (plain, hostless):
        assert 401 == answered(guarded, environ_of("GET", "/x", HTTP_HOST=host))[0]
        assert 200 == answered(guarded, environ_of("GET", "/both", HTTP_HOST=host))[0]
    assert 401 == answered(hostless, environ_of("GET", "/both", HTTP_HOST=f"{host},{host}"))[0]


def test_api(pool: Pool) -> None:
    """An application that is one api is that one, whatever the host."""
    for name, status in (("shop", 200), ("bank", 401)):
        app = App()
        guarded = CogAuthMiddleware(app, authorizer=of_several(pool), api=name)

        assert status == answered(guarded, environ_of("GET", "/x", HTTP_HOST=SHOP))[0]
        assert [name] * len(app.environs) == [environ["cogauth.decision"].api for environ in app.environs]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"api": "shop", "by_host": True}, "either api", id="both"),
        pytest.param({"api": "other"}, "has no api 'other'", id="unknown"),
        pytest.param({"api": ""}, "has no api ''", id="empty"),
    ],
)
def test_api_mistaken(pool: Pool, options: dict[str, Any], message: str) -> None:
    """Which api an application is must be certain when it is built."""
    with pytest.raises(ConfigurationError, match=message):
        CogAuthMiddleware(App(), authorizer=of_several(pool), **options)


METADATA = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        pytest.param(200, "GET", METADATA, id="GET"),
        pytest.param(200, "HEAD", METADATA, id="HEAD"),
        pytest.param(401, "POST", METADATA, id="POST"),
        pytest.param(401, "GET", f"{METADATA}/other", id="of another resource"),
        pytest.param(401, "GET", f"/x{METADATA}", id="elsewhere"),
        pytest.param(400, "GET", f"/{METADATA}", id="another spelling"),
    ],
)
def test_metadata(pool: Pool, status: int, method: str, path: str) -> None:
    """Where the resource is named, its metadata is answered to anybody, and challenges lead there."""
    authorizer = Authorizer(Verifier(pool.issuer), pool.policy, resource="https://api.example.com")

    got, headers, body, app = call(authorizer, method, path)

    assert (status, []) == (got, app.environs)
    if status == 200:
        assert "application/json" == headers["Content-Type"]
        assert (b"" if method == "HEAD" else b"{") == body[:1]
    if status == 401:
        assert f'resource_metadata="https://api.example.com{METADATA}"' in headers["WWW-Authenticate"]


def test_no_metadata(pool: Pool) -> None:
    """Where no resource is named, its path is one like any other."""
    assert 401 == call(pool.authorizer(), "GET", METADATA)[0]


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug makes a 500, and the application is not called."""
    status, _, _, app = call(pool.authorizer(is_revoked=broken), "GET", "/orders/7", pool.ana)

    assert (500, []) == (status, app.environs)


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503, and says when to come back."""
    status, headers, *_ = call(Authorizer(Verifier(pool.keyless()), pool.policy), "GET", "/orders/7", pool.ana)

    assert (503, True) == (status, "Retry-After" in headers)


def test_awaited_authorizer(pool: Pool) -> None:
    """An authorizer that must be awaited is refused when the application is built."""
    awaited: Any = pool.async_authorizer()

    with pytest.raises(ConfigurationError, match="must be an Authorizer"):
        CogAuthMiddleware(App(), authorizer=awaited)
