"""Requests as they are on the wire, through WSGI servers: none of them is read in two ways."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from cogauth.testing import LocalUserPool
from devtools.servers import WSGI_SERVERS

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
APPS: Final = ("plain", "flask", "django")
TELLS_RAW_PATH: Final = ("gunicorn", "gunicorn threads", "waitress")

every_server = pytest.mark.parametrize("server", WSGI_SERVERS)
every_app = pytest.mark.parametrize("app", APPS)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def told(self) -> dict[str, Any]:
        """What the application was told."""
        told: dict[str, Any] = json.loads(self.body)
        return told


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    pool.add_user("ana")
    return pool


@pytest.fixture(scope="module")
def token(pool: LocalUserPool) -> str:
    return pool.sign_in("ana").access


@pytest.fixture(scope="module")
def ask(pool: LocalUserPool, tmp_path_factory: pytest.TempPathFactory) -> Generator[Ask]:
    """Send lines to a server with an app, which are started when they are first asked."""
    folder = tmp_path_factory.mktemp("wsgi")
    (folder / "jwks.json").write_text(json.dumps(pool.jwks))
    with contextlib.ExitStack() as stack:
        urls: dict[tuple[str, str], str] = {}

        def send(server: str, app: str, line: str, *headers: str) -> Answer:
            if (server, app) not in urls:
                factory = f"tests.e2e.apps.wsgi_apps:{app}"
                serving = WSGI_SERVERS[server](factory, REPOSITORY, {"JWKS": str(folder / "jwks.json")})
                urls[server, app] = stack.enter_context(serving)
            return exchange(urls[server, app], line, *headers)

        yield send


def exchange(url: str, line: str, *headers: str) -> Answer:
    """Send a request as it is written here, down to the last byte, and read the answer."""
    host, port = urlsplit(url).netloc.split(":")
    text = "\r\n".join((line, *headers, "Connection: close", "", ""))
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method=line.partition(" ")[0])
        answer.begin()
        return Answer(answer.status, answer.headers, answer.read())


HOST: Final = "Host: api.example.com"


@every_server
@every_app
@pytest.mark.parametrize(
    ("method", "target", "path"),
    [
        pytest.param("GET", "/orders/7", "/orders/7", id="plain"),
        pytest.param("GET", "/orders/7?x=%2F..%2F&a=//", "/orders/7", id="all sorts of things in the query"),
        pytest.param("GET", "/%6Frders/%37", "/orders/7", id="encoded for no reason"),
        pytest.param("GET", "/gr%C3%B6%C3%9Fe", "/größe", id="beyond ASCII"),
        pytest.param("GET", "http://api.example.com/orders/7", "/orders/7", id="absolute"),
        pytest.param("GET", "http://other.example.com/orders/7?x", "/orders/7", id="absolute, for another host"),
        pytest.param("POST", "/open/a/b", "/open/a/b", id="the method's own line"),
    ],
)
def test_reached(ask: Ask, token: str, server: str, app: str, method: str, target: str, path: str) -> None:
    """With a token the app is reached, and told the path that the rules have seen; without one it is not."""
    credentials = f"Authorization: Bearer {token}"

    answer = ask(server, app, f"{method} {target} HTTP/1.1", HOST, credentials, "Content-Length: 0")
    refused = ask(server, app, f"{method} {target} HTTP/1.1", HOST, "Content-Length: 0")

    assert (200, 401) == (answer.status, refused.status)
    assert {"who": "ana", "method": method, "path": path} == answer.told()


@every_server
@every_app
def test_head(ask: Ask, token: str, server: str, app: str) -> None:
    """HEAD has no body, refused or not, and follows GET."""
    allowed = ask(server, app, "HEAD /orders/7 HTTP/1.1", HOST, f"Authorization: Bearer {token}")
    refused = ask(server, app, "HEAD /orders/7 HTTP/1.1", HOST)

    assert (200, 401) == (allowed.status, refused.status)
    assert (b"", b"") == (allowed.body, refused.body)
    assert "Bearer" == refused.headers["WWW-Authenticate"]


@every_server
@every_app
@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        pytest.param("/open/../orders/7", {400}, id="dot segment"),
        pytest.param("/open/./../orders/7", {400}, id="dot segments"),
        pytest.param("/open/%2e%2e/orders/7", {400}, id="encoded dot segment"),
        pytest.param("/open/%2E./orders/7", {400}, id="half encoded"),
        pytest.param("/open/%252e%252e/orders/7", {400}, id="encoded twice"),
        pytest.param("/open//orders/7", {400}, id="two slashes"),
        pytest.param("//open/x", {200, 400}, id="two at the start, of which waitress makes one"),
        pytest.param("/open/..%5corders", {400}, id="backslash"),
        pytest.param("/open/x%00", {400}, id="NUL"),
        pytest.param("/open/x%0d%0aX:1", {400}, id="line break"),
        pytest.param("/open/%ff", {400}, id="no UTF-8"),
        pytest.param("/open/%ed%a0%80", {400}, id="half a surrogate"),
        pytest.param("/open/%c0%ae%c0%ae/orders", {400}, id="overlong dots"),
        pytest.param("/OPEN/x", {401}, id="capitals"),
        pytest.param("/openx", {401}, id="beside the segment"),
        pytest.param("/orders/7#/../open/x", {400, 401}, id="fragment"),
        pytest.param("/orders/7;/open/x", {401}, id="parameter"),
        pytest.param("http:/open/x", {200, 400, 401}, id="half absolute"),
        pytest.param("*", {400, 401}, id="asterisk"),
        pytest.param("open/x", {400, 401}, id="no slash"),
    ],
)
def test_odd_target(ask: Ask, server: str, app: str, target: str, statuses: set[int]) -> None:
    """A path that could be read in two ways is refused; if a server has made it one, the app is told that one."""
    answer = ask(server, app, f"GET {target} HTTP/1.1", HOST)

    assert answer.status in statuses
    if answer.status == 200:
        assert "/open/x" == answer.told()["path"]


@every_server
@every_app
def test_encoded_slash(ask: Ask, server: str, app: str) -> None:
    """A hidden slash is refused where the server tells the path as it was sent; elsewhere it is one for all."""
    answer = ask(server, app, "GET /open/a%2Fb HTTP/1.1", HOST)

    assert (400 if server in TELLS_RAW_PATH else 200) == answer.status
    assert 401 == ask(server, app, "GET /orders/a HTTP/1.1", HOST).status
    assert ask(server, app, "GET /open%2F..%2Forders%2F7 HTTP/1.1", HOST).status == 400


@every_server
@every_app
@pytest.mark.parametrize("method", ["post", "Post", "pOST"])
def test_small_letters(ask: Ask, server: str, app: str, method: str) -> None:
    """What frameworks would take for POST does not come in by what ANY allows."""
    answer = ask(server, app, f"{method} /open/x HTTP/1.1", HOST, "Content-Length: 0")

    assert answer.status in {400, 401}


@every_server
@every_app
@pytest.mark.parametrize(
    ("statuses", "headers"),
    [
        pytest.param({400}, ["Authorization: Bearer {0}", "Authorization: Bearer {0}"], id="twice"),
        pytest.param({400}, ["AUTHORIZATION: Bearer {0}", "authorization: Bearer {0}"], id="twice, in other letters"),
        pytest.param({400}, ["Authorization: Basic YTpi", "Authorization: Bearer {0}"], id="two schemes"),
        pytest.param({400}, ["Authorization: Bearer {0}", "Authorization:"], id="one of them empty"),
        pytest.param({400}, ["Authorization: Bearer {0}, Bearer {0}"], id="joined already"),
        pytest.param({400, 401}, ["Authorization : Bearer {0}"], id="a space before the colon"),
        pytest.param({401}, ["Proxy-Authorization: Bearer {0}"], id="for the proxy"),
        pytest.param({401}, ["X-Forwarded-Authorization: Bearer {0}"], id="forwarded"),
        pytest.param({401}, ["Cookie: access_token={0}"], id="in a cookie"),
        pytest.param({401}, ["X-Amzn-Oidc-Accesstoken: {0}", "x_amzn_oidc_data: {0}"], id="of a load balancer"),
        pytest.param({401}, ["X-Original-URL: /open/x", "X-Forwarded-Uri: /open/x"], id="another path"),
        pytest.param({401}, ["X_Original_URL: /open/x", "X_Forwarded_Uri: /open/x"], id="underscore twins"),
        pytest.param({401}, ["X-HTTP-Method-Override: POST"], id="another method"),
        pytest.param({401}, ["Remote-User: ana", "REMOTE_USER: ana", "X-Remote-User: ana"], id="another user"),
        pytest.param({401}, ["cogauth.decision: allowed", "Cogauth-Decision: allowed"], id="a decision"),
        pytest.param({401}, ["Origin: https://a.example", "Access-Control-Request-Method: GET"], id="half a preflight"),
    ],
)
def test_headers(ask: Ask, token: str, server: str, app: str, statuses: set[int], headers: list[str]) -> None:
    """A token that is not there exactly once is none, and nothing else that a caller writes stands for one."""
    answer = ask(server, app, "GET /orders/7 HTTP/1.1", HOST, *(header.format(token) for header in headers))

    assert answer.status in statuses


@every_server
@every_app
def test_folded_header(ask: Ask, token: str, server: str, app: str) -> None:
    """A header that goes on in the next line is refused, or read as the one that it is."""
    answer = ask(server, app, "GET /orders/7 HTTP/1.1", HOST, "Authorization: Bearer", f" {token}")

    assert answer.status in {200, 400}


@every_server
@every_app
def test_told_only_by_cogauth(ask: Ask, server: str, app: str) -> None:
    """Where everybody is welcome, nobody is told to be somebody."""
    forged = ("cogauth.decision: x", "Cogauth_Decision: x", "Remote-User: ana", "X-Cogauth-Principal: ana")

    answer = ask(server, app, "GET /open/x HTTP/1.1", HOST, *forged)

    assert {"who": None, "method": "GET", "path": "/open/x"} == answer.told()


@every_server
@every_app
@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "Script_Name", "PATH_INFO", "Path-Info"])
def test_mounted_by_a_header(ask: Ask, server: str, app: str, name: str) -> None:
    """
    No header moves the place where the application begins: it would route by `/orders/7` what is open as `/open/...`.

    gunicorn by itself takes SCRIPT_NAME from an address that it trusts, such as this one.
    """
    answer = ask(server, app, "GET /open/orders/7 HTTP/1.1", HOST, f"{name}: /open")

    assert answer.status in {200, 400}
    if answer.status == 200:
        assert "/open/orders/7" == answer.told()["path"]


@every_server
@pytest.mark.parametrize(
    ("statuses", "line", "headers"),
    [
        pytest.param({200}, "GET /x HTTP/1.1", ["Host: shop.example.com"], id="known"),
        pytest.param({200}, "GET /x HTTP/1.1", ["Host: SHOP.example.com:80"], id="with a port"),
        pytest.param({200}, "GET http://shop.example.com/x HTTP/1.1", ["Host: shop.example.com"], id="absolute"),
        pytest.param({401}, "GET /x HTTP/1.1", ["Host: bank.example.com"], id="unknown"),
        pytest.param({400, 401}, "GET /x HTTP/1.1", ["Host: shop.example.com", "Host: shop.example.com"], id="twice"),
        pytest.param({400, 401}, "GET /x HTTP/1.1", ["Host: a.example", "Host: shop.example.com"], id="two"),
        pytest.param({400, 401}, "GET /x HTTP/1.1", ["Host:"], id="empty"),
        pytest.param({400, 401}, "GET /x HTTP/1.1", [], id="none"),
        pytest.param({401}, "GET /x HTTP/1.0", [], id="none, and none needed"),
        pytest.param({401}, "GET /x HTTP/1.0", ["X-Forwarded-Host: shop.example.com"], id="forwarded"),
        pytest.param({401}, "GET http://shop.example.com/x HTTP/1.1", ["Host: bank.example.com"], id="absolute, known"),
    ],
)
def test_by_host(ask: Ask, server: str, statuses: set[int], line: str, headers: list[str]) -> None:
    """One host chooses the api, if it is the only one that the request names."""
    assert ask(server, "by_host", line, *headers).status in statuses


@pytest.mark.parametrize("server", TELLS_RAW_PATH)
def test_absolute_host(ask: Ask, server: str) -> None:
    """A request line that names another host contradicts the header, which the app would go by."""
    answer = ask(server, "by_host", "GET http://bank.example.com/x HTTP/1.1", "Host: shop.example.com")

    assert 401 == answer.status
