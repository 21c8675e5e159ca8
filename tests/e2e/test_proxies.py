"""Forward auth behind real proxies, which run by the very files that docs/proxies shows."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cogauth import Authorizer, Policy, Verifier
from cogauth.testing import LocalUserPool
from devtools.processes import free_port
from devtools.proxies import CONFIGURATIONS, ProxyMissingError, executable, proxy
from devtools.servers import uvicorn
from tests.e2e.apps.guard import environment
from tests.e2e.scenarios import SCENARIOS, Scenario, assert_challenge
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "nginx": ("nginx.conf",),
    "caddy": ("Caddyfile",),
    "traefik": ("traefik.yml", "traefik-dynamic.yml"),
    "haproxy": ("haproxy.cfg", "haproxy.lua"),
    "envoy": ("envoy.yaml",),
}
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {"nginx": ("nginx.conf",), "envoy": ("envoy.yaml",)}
IDENTITY: Final = ("subject", "username", "client-id", "token-use", "issuer", "groups", "scopes", "roles", "api")
POLICY: Final[Mapping[str, Any]] = {
    "version": 1,
    "resource": "https://app.example.com",
    "roles": {
        "editor": {"groups": ["editors"], "issuer": "eu-west-1_AbCdEf123"},
        "runner": {"scopes": ["jobs/run"], "issuer": "eu-west-1_AbCdEf123"},
    },
    "route": [
        {"match": "GET /orders/{id}", "allow": "authenticated"},
        {"match": "PUT /orders/{id}", "allow": "editor"},
        {"match": "POST /jobs", "allow": "runner"},
        {"match": ["GET /open", "GET /open/{rest*}"], "allow": "public"},
        {"match": ["GET /healthz", "GET /readyz", "GET /metrics"], "allow": "editor"},
    ],
    "api": [
        {"name": "app", "hosts": ["127.0.0.1", "app.example.com"]},
        {"name": "shop", "hosts": ["shop.example.com"], "route": [{"match": "GET /basket", "allow": "public"}]},
        {"name": "back", "hosts": ["back.example.com"], "route": [{"match": "GET /basket", "allow": "editor"}]},
    ],
}

every_proxy = pytest.mark.parametrize("behind", FILES)
Headers = Sequence[tuple[str, str]]


class Reply(NamedTuple):
    """What a client is answered."""

    status: int
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        """The request as the service saw it."""
        seen: dict[str, Any] = json.loads(self.body)
        return seen

    def told(self, name: str) -> list[str]:
        """What the service was told in the header *name*, or in one that it could take for it."""
        return [value for header, value in self.seen["headers"] if header.replace("_", "-").replace(".", "-") == name]


def ask(url: str, method: str, target: str, headers: Headers = (), body: bytes | None = None) -> Reply:
    """Send a request as it is, which no ordinary client would do."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    with contextlib.closing(connection):
        hosts = [value for name, value in headers if name == "Host"]
        connection.putrequest(method, target, skip_host=bool(hosts), skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        found: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            found.setdefault(name.lower(), []).append(value)
        return Reply(answer.status, found, answer.read())


class People:
    """A pool that is trusted, one whose keys nobody serves, and their tokens."""

    def __init__(self) -> None:
        self.pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
        self.pool.add_user("ana", groups=["editors"])
        self.pool.add_user("bo")
        self.pool.add_user("max", groups=[f"group-number-{number}" for number in range(200)])
        self.keyless = LocalUserPool("eu-west-1_Keyless00", clients={"c1"})
        self.tokens: Mapping[str, str] = {
            **{name: self.pool.sign_in(name).access for name in ("ana", "bo", "max")},
            "odd": self.pool.mint({"username": "größe 100% {env.HOME} $host %[src] %REQ(host)%"}),
            "machine": self.pool.machine_token(scopes=["jobs/run"]),
            "expired": self.pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}),
            "keyless": self.keyless.mint({}),
        }

    def bearer(self, name: str | None) -> list[tuple[str, str]]:
        return [] if name is None else [("Authorization", f"Bearer {self.tokens[name]}")]


@pytest.fixture(scope="module")
def people() -> People:
    return People()


class Stage:
    """The service, and in front of it each proxy that is asked for, which go on until the last test."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._sites: dict[tuple[str, str], str] = {}
        self._service = _port(stack.enter_context(uvicorn("tests.e2e.apps.echo_app:create", REPOSITORY)))

    def site(self, name: str, behind: str, env: Mapping[str, str] | None, files: Sequence[Path] | None = None) -> str:
        """Give the URL of the proxy *behind*, in front of forward auth that is told *env*, or of none."""
        if (name, behind) not in self._sites:
            try:
                executable(behind)
            except ProxyMissingError as missing:
                pytest.skip(str(missing))
            cogauth = free_port()
            if env is not None:
                app = "tests.e2e.apps.forward_auth_app:create"
                cogauth = _port(self._stack.enter_context(uvicorn(app, REPOSITORY, {"BEHIND": behind, **env})))
            folder = self._folder / f"{name}-{behind}"
            folder.mkdir()
            found = files or [CONFIGURATIONS / file for file in FILES[behind]]
            running = proxy(behind, found, folder, cogauth=cogauth, service=self._service)
            self._sites[name, behind] = self._stack.enter_context(running)
        return self._sites[name, behind]


def _port(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    with contextlib.ExitStack() as stack:
        yield Stage(stack, tmp_path_factory.mktemp("proxies"))


@pytest.fixture(scope="module")
def settings_of_people(people: People) -> Generator[dict[str, str]]:
    with people.pool.serve() as url:
        env = environment(people.pool.pool_id, frozenset({"c1"}), f"{url}/.well-known/jwks.json", "access")
        yield {**env, "POLICY": json.dumps(POLICY), "KEYLESS_POOL_ID": people.keyless.pool_id}


@pytest.fixture
def site(stage: Stage, settings_of_people: dict[str, str], behind: str) -> str:
    """The proxy, with the embedded pool trusted."""
    return stage.site("people", behind, settings_of_people)


# What is decided.


@every_proxy
@pytest.mark.parametrize(
    ("status", "method", "target", "who"),
    [
        pytest.param(200, "GET", "/orders/7?as=root", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/open", None, id="public"),
        pytest.param(200, "GET", "/open/caf%C3%A9", None, id="encoded"),
        pytest.param(200, "GET", "/orders/7", "max", id="in two hundred groups"),
        pytest.param(200, "GET", "/healthz", "ana", id="where the health is, allowed"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "GET", "/verify", None, id="the endpoint"),
        pytest.param(401, "GET", "/_cogauth", None, id="where nginx asks"),
        pytest.param(401, "GET", "/healthz", None, id="where the health is"),
        pytest.param(401, "GET", "/readyz", None, id="where the readiness is"),
        pytest.param(401, "GET", "/metrics", None, id="where the metrics are"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "POST", "/jobs", "ana", id="without the scope"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(400, "GET", "/open%2Forders", "ana", id="an encoded slash"),
        pytest.param(503, "GET", "/orders/7", "keyless", id="no keys"),
    ],
)
def test_decisions(
    people: People, site: str, behind: str, status: int, method: str, target: str, who: str | None
) -> None:
    """The service is reached with all of the request, or the client gets the whole refusal."""
    sent = b"x" * 100_000 if method in ("POST", "PUT") else None

    reply = ask(site, method, target, people.bearer(who), sent)

    if behind == "nginx" and target == "/_cogauth":
        assert 404 == reply.status, "it is nginx's own"
        return
    assert status == reply.status
    if status == 200:
        path, _, query = target.partition("?")
        assert (method, path, query, len(sent or b"")) == tuple(
            reply.seen[name] for name in ("method", "path", "query", "size")
        )
        return
    if behind == "envoy" and status == 503:
        return  # to Envoy that is no refusal but an error, and it answers by itself
    assert ["application/problem+json"] == reply.headers["content-type"]
    assert ["no-store"] == reply.headers["cache-control"]
    assert status == json.loads(reply.body)["status"]
    assert (1 if status in (400, 401) or target == "/jobs" else 0) == len(reply.headers.get("www-authenticate", []))
    assert (status == 503) == ("retry-after" in reply.headers)
    assert "x-auth-problem" not in reply.headers


@every_proxy
def test_challenge(people: People, site: str, behind: str) -> None:
    """What a client could do about a refusal reaches it, the place of the metadata included."""
    reply = ask(site, "POST", "/jobs", people.bearer("bo"), b"")

    (challenge,) = reply.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="jobs/run"' in challenge
    assert "https://app.example.com/.well-known/oauth-protected-resource" in challenge
    assert "missing_scope" == json.loads(reply.body)["reason"]


@every_proxy
def test_metadata(site: str, behind: str) -> None:
    """Whoever looks for the metadata finds it, without a token (RFC 9728 section 3)."""
    reply = ask(site, "GET", "/.well-known/oauth-protected-resource")

    assert (200, "https://app.example.com") == (reply.status, json.loads(reply.body)["resource"])


@every_proxy
@pytest.mark.parametrize(("status", "who"), [(200, "bo"), (401, None)])
def test_head(people: People, site: str, behind: str, status: int, who: str | None) -> None:
    """HEAD is decided like GET and answered without a body."""
    reply = ask(site, "HEAD", "/orders/7", people.bearer(who))

    assert (status, b"") == (reply.status, reply.body)


@every_proxy
@pytest.mark.parametrize(
    ("status", "host", "who"),
    [
        pytest.param(200, "shop.example.com", None, id="one that is open"),
        pytest.param(401, "back.example.com", None, id="one that is not"),
        pytest.param(200, "BACK.example.com:8443", "ana", id="in another spelling"),
        pytest.param(403, "evil.example.com", "ana", id="one that no api has"),
    ],
)
def test_hosts(people: People, site: str, behind: str, status: int, host: str, who: str | None) -> None:
    """The host that the client asks for chooses the api, and it is what the service is told."""
    reply = ask(site, "GET", "/basket", [("Host", host), *people.bearer(who)])

    assert status == reply.status
    if status == 200:
        assert [host[:4].lower()] == reply.told("x-auth-api")


@every_proxy
def test_websocket(people: People, site: str, behind: str) -> None:
    """A websocket is asked about when it is opened."""
    url = site.replace("http", "ws", 1)

    with connect(f"{url}/orders/7", additional_headers=people.bearer("bo"), proxy=None) as socket:
        seen = json.loads(socket.recv(timeout=10))
    with pytest.raises(InvalidStatus) as caught, connect(f"{url}/orders/7", proxy=None):
        pass

    assert "/orders/7" == seen["path"]
    assert ["x-auth-username", "bo"] in seen["headers"]
    assert 401 == caught.value.response.status_code


# Who is calling.


@every_proxy
@pytest.mark.parametrize("who", ["bo", "odd", None])
@pytest.mark.parametrize("connection", ["close", "close, X-Auth-Subject, X-Auth-Groups, X-Auth-Roles"])
def test_identity(people: People, site: str, behind: str, who: str | None, connection: str) -> None:
    """The service is told who is calling, and nothing that the client says of itself; nor can a client prevent that."""
    forged = [(f"X-Auth-{name.title()}", "root") for name in IDENTITY]

    reply = ask(site, "GET", "/open", [*forged, ("Connection", connection), *people.bearer(who)])

    assert 200 == reply.status
    assert "root" not in reply.body.decode()
    principal = None if who is None else Verifier(people.pool.issuer()).verify(people.tokens[who])
    told = {name: unquote("".join(reply.told(f"x-auth-{name}"))) for name in ("subject", "username")}
    # An empty header and none at all say the same.
    assert {
        "subject": principal.subject if principal else "",
        "username": (principal.username or "") if principal else "",
    } == told
    assert all(len(reply.told(f"x-auth-{name}")) <= 1 for name in IDENTITY)


@every_proxy
@pytest.mark.parametrize("name", ["X_Auth_Subject", "X-Auth_Groups", "X.Auth.Subject", "X.Auth-Roles"])
def test_imitated_identity(people: People, site: str, behind: str, name: str) -> None:
    """A header that some servers take for one of cogauth's is refused, or does not arrive."""
    reply = ask(site, "GET", "/orders/7", [(name, "root"), *people.bearer("bo")])

    assert reply.status in (200, 400)
    if reply.status == 200:
        assert "root" not in reply.body.decode()


# What a client cannot do.

SPOOFS: Final[Sequence[tuple[str, str]]] = [
    *((name, "/open") for name in ("X-Forwarded-Uri", "X-Original-URI", "X-Original-URL", "X-Rewrite-URL")),
    *((name, "/open") for name in ("X_Forwarded_Uri", "X.Forwarded.Uri", "X-Forwarded_Uri", "X_Original_URI")),
    *(
        (name, "GET")
        for name in ("X-Forwarded-Method", "X-Original-Method", "X-HTTP-Method-Override", "X_Original_Method")
    ),
    *((name, "shop.example.com") for name in ("X-Forwarded-Host", "X-Original-Host", "X_Forwarded_Host", "Forwarded")),
    ("X-Original-URL", "https://shop.example.com/open"),
    ("X-Forwarded-Prefix", "/open"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-Ip", "127.0.0.1"),
    ("X-Envoy-Original-Path", "/open"),
    ("X-Envoy-Internal", "true"),
    ("X-Auth-Problem", "{}"),
    ("X-Auth-Subject", "root"),
    ("Connection", "X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-Host"),
    ("Connection", "X-Original-URI, X-Original-Method, Host, Authorization"),
    ("Expect", "100-continue"),
]


@every_proxy
def test_spoofed_headers(people: People, site: str, behind: str) -> None:
    """Nothing that a client adds makes a yes of a no."""
    found: dict[tuple[str, str], int] = {}
    for spoof in SPOOFS:
        for method, target, who in (("PUT", "/orders/7", "bo"), ("GET", "/orders/7", None), ("GET", "/nowhere", "ana")):
            reply = ask(site, method, target, [spoof, *people.bearer(who)])
            if reply.status not in (400, 401, 403, 500):
                found[spoof] = reply.status
            twice = ask(site, method, target, [spoof, spoof, *people.bearer(who)])
            if twice.status not in (400, 401, 403, 500):
                found[spoof] = twice.status

    assert {} == found


TARGETS: Final = [
    f"{start}{middle}{end}"
    for start in ("/open", "/open/x", "")
    for middle in (
        "/../",
        "/./",
        "//",
        "/%2e%2e/",
        "/%2E./",
        "/..%2f",
        "/%2f",
        "%2f",
        "\\",
        "%5c",
        "/..\\",
        "/..;/",
        "%252f",
    )
    for end in ("orders/7", "../orders/7", "healthz")
]


@every_proxy
@pytest.mark.parametrize("who", [None, "bo"])
def test_paths_that_could_be_others(people: People, site: str, behind: str, who: str | None) -> None:
    """Whatever path the service gets, it is one that the caller may use, read as servers read it and when resolved."""
    authorizer = Authorizer(
        Verifier(people.pool.issuer(), people.keyless.issuer(name="keyless")), Policy.from_dict(POLICY)
    )
    let_in: list[str] = []
    for target in (*TARGETS, "http://127.0.0.1/healthz", "http://shop.example.com/basket", "/open?/../healthz"):
        reply = ask(site, "GET", target, people.bearer(who))
        if reply.status == 200:
            seen = reply.seen["path"]
            (api,) = reply.told("x-auth-api")
            decision = authorizer.authorize_request("GET", unquote(seen), people.bearer(who), raw_path=seen, api=api)
            if not decision.allowed:
                let_in.append(f"{target} as {seen}")

    assert [] == let_in


@every_proxy
def test_two_tokens(people: People, site: str, behind: str) -> None:
    """Two Authorization headers are refused though both are good."""
    assert 400 == ask(site, "GET", "/orders/7", people.bearer("ana") * 2).status


@pytest.mark.parametrize(
    ("behind", "status"), [("nginx", 503), ("caddy", 502), ("traefik", 500), ("haproxy", 503), ("envoy", 503)]
)
def test_nobody_answers(people: People, stage: Stage, behind: str, status: int) -> None:
    """Without cogauth nothing passes, not even what is public; docs/forward-auth.md says what clients get."""
    site = stage.site("nobody", behind, None)

    assert [status] * 2 == [ask(site, "GET", path, people.bearer("ana")).status for path in ("/open", "/orders/7")]


@pytest.mark.parametrize(
    ("behind", "told", "status"),
    [
        ("nginx", "caddy", 500),
        ("caddy", "nginx", 500),
        ("traefik", "ingress-nginx", 500),
        ("haproxy", "nginx", 500),
        ("envoy", "caddy", 404),
    ],
)
def test_another_proxy_than_was_told(
    people: People, stage: Stage, settings_of_people: dict[str, str], behind: str, told: str, status: int
) -> None:
    """A proxy that asks otherwise than cogauth was told gets no yes, and clients see that something is wrong."""
    site = stage.site("another", behind, {**settings_of_people, "BEHIND": told})

    assert [status] * 2 == [ask(site, "GET", path, people.bearer("ana")).status for path in ("/open", "/orders/7")]


@pytest.mark.parametrize("behind", EXAMPLES)
def test_examples(people: People, stage: Stage, settings_of_people: dict[str, str], behind: str) -> None:
    """The short configurations decide alike, and what they hand over is not the client's."""
    files = [REPOSITORY / "examples" / file for file in EXAMPLES[behind]]
    site = stage.site("example", behind, settings_of_people, files)
    forged = [(f"X-Auth-{name}", "root") for name in ("Subject", "Groups")]

    good, nobody = (ask(site, "GET", "/orders/7", [*forged, *people.bearer(who)]) for who in ("ana", None))
    public, denied = ask(site, "GET", "/open", forged), ask(site, "PUT", "/orders/7", people.bearer("bo"))

    assert [200, 200, 401, 403] == [reply.status for reply in (good, public, nobody, denied)]
    assert ['["editors"]'] == good.told("x-auth-groups")
    assert "root" not in good.body.decode() + public.body.decode()
    assert all(len(file.read_text().splitlines()) < 40 for file in files)


# Cognito's own tokens.


@every_proxy
@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.accepts == "access"], ids=str)
def test_scenario(
    world: World, stage: Stage, settings: Mapping[str, dict[str, str]], behind: str, scenario: Scenario
) -> None:
    """The service is reached and told who calls, or the answer is the documented refusal and tells nothing."""
    site = stage.site("cognito", behind, settings["access"])
    token = world.token(scenario.token)

    reply = ask(site, scenario.method, scenario.path, [] if token is None else [("Authorization", f"Bearer {token}")])

    assert scenario.status == reply.status
    if scenario.status == 200:
        expected = "" if token is None or scenario.error else world.subject(scenario.token)
        assert expected == "".join(reply.told("x-auth-subject"))
        return
    (challenge,) = reply.headers.get("www-authenticate", [None])
    assert_challenge(scenario, challenge)
    assert not [part for part in (token or "").split(".") if len(part) > 8 and part in f"{reply.headers}{reply.body!r}"]
