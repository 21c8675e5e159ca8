"""Envoy asks `cogauth serve` over gRPC, by the very file that docs/proxies shows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from devtools.proxies import CONFIGURATIONS, ProxyMissingError, executable, proxy
from devtools.servers import uvicorn
from tests.e2e.serving import Service, Staff, serving
from tests.e2e.test_proxies import IDENTITY, SPOOFS, Reply, ask

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = CONFIGURATIONS / "envoy-grpc.yaml"
POLICY = """\
version = 1
resource = "https://app.example.com"

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]
jwks = "jwks.json"

[[issuer]]
name = "keyless"
user_pool = "eu-west-1_Keyless00"
clients = ["web"]
jwks_uri = "http://127.0.0.1:1/jwks.json"

[roles]
editor = { groups = ["editors"], issuer = "staff" }

[[route]]
match = "GET /orders/{id}"
allow = "authenticated"

[[route]]
match = "PUT /orders/{id}"
allow = "editor"

[[route]]
match = ["GET /open", "GET /open/{rest*}"]
allow = "public"

[[api]]
name = "app"
hosts = ["127.0.0.1", "app.example.com"]

[[api]]
name = "shop"
hosts = ["shop.example.com"]

[[api.route]]
match = "GET /basket"
allow = "public"
"""


class Site(NamedTuple):
    """Envoy's URL, what it asks, and tokens by name."""

    url: str
    service: Service
    tokens: dict[str, str]

    def ask(self, method: str, target: str, who: str | None = None, *headers: tuple[str, str]) -> Reply:
        """Send a request with somebody's token."""
        own = [("Authorization", f"Bearer {self.tokens[who]}")] if who else []
        return ask(self.url, method, target, [*headers, *own], b"" if method == "PUT" else None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """Envoy between the client and a service that answers with the request as it came."""
    try:
        executable("envoy")
    except ProxyMissingError as missing:
        pytest.skip(str(missing))
    staff = Staff(tmp_path_factory.mktemp("grpc"))
    staff.pool.add_user("bo")
    keyless = type(staff.pool)("eu-west-1_Keyless00", clients={"web"})
    keyless.add_user("bo")
    tokens = {
        "ana": staff.ana,
        "bo": staff.pool.sign_in("bo").access,
        "expired": staff.pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}),
        "keyless": keyless.sign_in("bo").access,
    }
    staff.write(POLICY)
    with contextlib.ExitStack() as stack:
        echo = stack.enter_context(uvicorn("tests.e2e.apps.echo_app:create", REPOSITORY))
        service = stack.enter_context(serving(staff.folder, "--behind", "envoy", "--grpc-port", "0", workers=2))
        file = staff.folder / "envoy.yaml"
        file.write_text(FILE.read_text().replace("port_value: 9181", f"port_value: {service.grpc.rpartition(':')[2]}"))
        folder = staff.folder / "envoy"
        folder.mkdir()
        ports = {
            name: urlsplit(url).port or 0 for name, url in (("cogauth", f"//{service.address}"), ("service", echo))
        }
        yield Site(stack.enter_context(proxy("envoy", [file], folder, **ports)), service, tokens)


@pytest.mark.parametrize(
    ("status", "method", "target", "who"),
    [
        pytest.param(200, "GET", "/orders/7?as=root", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "GET", "/open/caf%C3%A9", None, id="public"),
        pytest.param(200, "HEAD", "/orders/7", "bo", id="HEAD"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "HEAD", "/orders/7", None, id="HEAD without a token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "GET", "/verify/open", None, id="the endpoint of the other way to ask"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(400, "GET", "/open%2Forders", "ana", id="an encoded slash"),
        pytest.param(503, "GET", "/orders/7", "keyless", id="no keys"),
    ],
)
def test_decisions(site: Site, status: int, method: str, target: str, who: str | None) -> None:
    """The service is reached, or the client gets the whole refusal, that there are no keys among them."""
    reply = site.ask(method, target, who)
    assert status == reply.status
    if status == 200:
        assert method == "HEAD" or (method, target.partition("?")[0]) == (reply.seen["method"], reply.seen["path"])
        return
    assert ["application/problem+json"] == reply.headers["content-type"]
    assert ["no-store"] == reply.headers["cache-control"]
    assert (status == 503) == ("retry-after" in reply.headers)
    assert (status in (400, 401)) == ("www-authenticate" in reply.headers)
    assert method == "HEAD" or status == json.loads(reply.body)["status"]


@pytest.mark.parametrize("who", ["bo", None])
@pytest.mark.parametrize("connection", ["close", "close, X-Auth-Subject, X-Auth-Groups, X-Auth-Roles"])
def test_identity(site: Site, who: str | None, connection: str) -> None:
    """What the client says of itself is replaced, also by nothing; nor can it keep ours from arriving."""
    forged = [(f"X-Auth-{name.title()}", "root") for name in IDENTITY]
    reply = site.ask("GET", "/open", who, *forged, ("Connection", connection))
    assert 200 == reply.status
    assert "root" not in reply.body.decode()
    told = {name: reply.told(f"x-auth-{name}") for name in IDENTITY}
    assert all(len(values) <= 1 for values in told.values())
    assert (who or "") == "".join(told["username"])
    assert ("[]" if who else "") == "".join(told["roles"])


@pytest.mark.parametrize("name", ["X_Auth_Subject", "X-Auth_Groups", "X.Auth.Subject"])
def test_imitated_identity(site: Site, name: str) -> None:
    """A header that some servers take for one of cogauth's is refused."""
    assert 400 == site.ask("GET", "/orders/7", "bo", (name, "root")).status


def test_spoofed_headers(site: Site) -> None:
    """Nothing that a client adds makes a yes of a no."""
    found = {
        spoof
        for spoof in SPOOFS
        for method, target, who in (("PUT", "/orders/7", "bo"), ("GET", "/orders/7", None), ("GET", "/nowhere", "ana"))
        if site.ask(method, target, who, spoof).status not in (400, 401, 403)
    }
    assert set() == found


def test_two_tokens(site: Site) -> None:
    """Two Authorization headers are refused though both are good."""
    assert 400 == site.ask("GET", "/orders/7", "bo", ("Authorization", f"Bearer {site.tokens['ana']}")).status


@pytest.mark.parametrize(
    ("status", "host"),
    [(200, "shop.example.com"), (200, "SHOP.example.com:8443"), (401, "app.example.com"), (401, "evil.example.com")],
)
def test_hosts(site: Site, status: int, host: str) -> None:
    """The host that the client asks for chooses the api."""
    reply = site.ask("GET", "/basket", None, ("Host", host))
    assert status == reply.status
    if status == 200:
        assert ["shop"] == reply.told("x-auth-api")


def test_metadata(site: Site) -> None:
    """Whoever looks for the metadata finds it (RFC 9728 section 3), and a refusal says where."""
    (challenge,) = site.ask("GET", "/orders/7").headers["www-authenticate"]
    assert "https://app.example.com/.well-known/oauth-protected-resource" in challenge
    reply = site.ask("GET", "/.well-known/oauth-protected-resource")
    assert (200, "https://app.example.com") == (reply.status, json.loads(reply.body)["resource"])


def test_it_is_counted(site: Site) -> None:
    """What is asked over gRPC is counted with the rest, whichever worker was asked."""
    before = site.service.counted("allowed")
    for _ in range(4):
        assert 200 == site.ask("GET", "/orders/7", "bo").status
    assert before + 4 == site.service.counted("allowed")


def test_nobody_answers(site: Site, tmp_path: Path) -> None:
    """Without anybody to ask, nobody is let through, not even where it is public."""
    (tmp_path / "envoy.yaml").write_text(FILE.read_text().replace("port_value: 9181", "port_value: 1"))
    folder = tmp_path / "envoy"
    folder.mkdir()
    with proxy("envoy", [tmp_path / "envoy.yaml"], folder, cogauth=1, service=1) as url:
        assert [503, 503] == [ask(url, "GET", target).status for target in ("/open", "/orders/7")]
