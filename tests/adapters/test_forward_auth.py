"""Forward auth answers for the request that the proxy asks about, and for no other that a client tells it of."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AsyncAuthorizer, AsyncVerifier, ConfigurationError, Policy, UserPool
from cogauth_asgi.forward_auth import forward_auth_app, identity
from cogauth_asgi.forward_auth_profiles import PROFILES
from tests.adapters.conftest import Pool, bearer, broken
from tests.support.asgi import Message, encoded, run, settled

Headers = list[tuple[str, str]]

POLICY: dict[str, Any] = {
    "version": 1,
    "roles": {"editor": {"groups": ["editors"]}, "runner": {"scopes": ["jobs/run"]}},
    "route": [
        {"match": "GET /orders/{id}", "allow": "authenticated"},
        {"match": "PUT /orders/{id}", "allow": "editor"},
        {"match": "POST /jobs", "allow": "runner"},
        {"match": ["GET /open", "GET /open/{rest*}"], "allow": "public"},
        {"match": ["ANY /healthz", "ANY /readyz", "ANY /metrics"], "allow": "editor"},
        {"match": "DELETE /api/items/{id}", "allow": "editor"},
    ],
}
APIS = [
    {"name": "shop", "hosts": ["shop.example.com"], "route": [{"match": "GET /", "allow": "public"}]},
    {"name": "back", "hosts": ["back.example.com"], "route": [{"match": "GET /", "allow": "editor"}]},
]
FIELDS = ("subject", "username", "client-id", "token-use", "issuer", "groups", "scopes", "roles", "api")

every_proxy = pytest.mark.parametrize("behind", PROFILES)


def authorizer_of(issuer: UserPool, policy: dict[str, Any] = POLICY, **hooks: Any) -> AsyncAuthorizer:
    return AsyncAuthorizer(AsyncVerifier(issuer), Policy.from_dict(policy), **hooks)


def question(
    behind: str, method: str, uri: str, client: Iterable[tuple[str, str]] = (), *, host: str = "app.example.com"
) -> Message:
    """Make of what a client sends what the proxy asks, configured as in docs/proxies."""
    theirs = [(name.lower(), value) for name, value in client]
    if behind == "envoy":
        return asking(f"/verify{uri}", [("host", host), *_of(theirs, "authorization"), ("content-length", "0")], method)
    if behind == "nginx":
        # It passes on no name with a dot or an underscore.
        told = [("host", host), ("x-original-method", method), ("x-original-uri", uri)]
        kept = [(name, value) for name, value in theirs if not {"_", "."} & set(name)]
    elif behind == "ingress-nginx":
        told = [("host", "auth"), ("x-original-method", method), ("x-original-url", f"https://{host}{uri}")]
        kept = [(name, value) for name, value in theirs if not {"_", "."} & set(name)]
    else:
        told = [("x-forwarded-method", method), ("x-forwarded-uri", uri), ("x-forwarded-host", host), ("host", "auth")]
        kept = theirs
    replaced = dict(told)
    return asking("/verify", [*((name, value) for name, value in kept if name not in replaced), *told])


def asking(target: str, headers: Headers, method: str = "GET") -> Message:
    """Make the scope of a request of the proxy's own."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode(),
        "root_path": "",
        "headers": encoded(headers),
    }


def _of(headers: Headers, name: str) -> Headers:
    return [pair for pair in headers if pair[0] == name]


def answer(authorizer: AsyncAuthorizer, behind: str, scope: Message) -> tuple[int, dict[str, str], bytes]:
    start, body = run(forward_auth_app(authorizer, behind), scope)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(headers) == len(start["headers"])
    return start["status"], headers, body["body"]


@every_proxy
@pytest.mark.parametrize(
    ("status", "method", "uri", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "GET", "/orders/7?as=root&at=/open", "bo", id="with a query"),
        pytest.param(200, "GET", "/orders/caf%C3%A9%20%232", "bo", id="encoded"),
        pytest.param(200, "HEAD", "/orders/7", "bo", id="HEAD"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/open", None, id="public"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "GET", "/orders/7?/open", None, id="a public path for a query"),
        pytest.param(401, "GET", "/nowhere", None, id="no route, no token"),
        pytest.param(401, "POST", "/open", None, id="public for another method"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "POST", "/jobs", "ana", id="without the scope"),
        pytest.param(403, "get", "/orders/7", "ana", id="method in lower case"),
        pytest.param(403, "GET", "/verify", "ana", id="the endpoint's own path"),
        pytest.param(403, "GET", "/healthz", "bo", id="where the health is"),
        pytest.param(403, "GET", "/readyz", "bo", id="where the readiness is"),
        pytest.param(403, "GET", "/metrics", "bo", id="where the metrics are"),
        pytest.param(400, "GET", "/open//", "ana", id="two slashes"),
        pytest.param(400, "GET", "/open/../orders/7", "ana", id="dot segments"),
        pytest.param(400, "GET", "/open/%2e%2e/orders/7", "ana", id="encoded dot segments"),
        pytest.param(400, "GET", "/open%2Forders", "ana", id="an encoded slash"),
        pytest.param(400, "GET", "/open/%252e", "ana", id="encoded twice"),
        pytest.param(400, "GET", "/open\\", "ana", id="a backslash"),
        pytest.param(400, "GET", "/open#/orders/7", "ana", id="a fragment"),
        pytest.param(400, "GET", "/open/%00", "ana", id="NUL"),
        pytest.param(400, "GET", "/open/%FF", "ana", id="no UTF-8"),
        pytest.param(400, "GET", "/open/caf\xe9", "ana", id="a byte that should be encoded"),
        pytest.param(400, "GET", "/open /orders", "ana", id="a space"),
        pytest.param(400, "GET, PUT", "/orders/7", "ana", id="two methods"),
        pytest.param(400, "", "/orders/7", "ana", id="an empty method"),
    ],
)
def test_decisions(pool: Pool, behind: str, status: int, method: str, uri: str, who: str | None) -> None:
    """Whatever the proxy, the same request has the same answer; all but 200 refuses."""
    scope = question(behind, method, uri, bearer(None if who is None else getattr(pool, who)))

    found, headers, body = answer(authorizer_of(pool.issuer), behind, scope)

    assert status == found
    assert (status == 200) == ("x-auth-subject" in headers)
    if status == 200:
        assert (b"", "0") == (body, headers["content-length"])
        return
    if scope["method"] != "HEAD":
        assert status == json.loads(body)["status"]
        assert str(len(body)) == headers["content-length"]


@pytest.mark.parametrize("behind", ["nginx", "caddy", "traefik", "haproxy"])
@pytest.mark.parametrize("uri", ["", "*", "http://app.example.com/open", "//app.example.com/open", "open"])
def test_targets_that_are_no_path(pool: Pool, behind: str, uri: str) -> None:
    """Another form of request target is no path, though it may hold one."""
    assert 400 == answer(authorizer_of(pool.issuer), behind, question(behind, "GET", uri, bearer(pool.ana)))[0]


@pytest.mark.parametrize("url", ["/open", "", "ftp://app.example.com/open", "https:/open", "https://a?/open"])
def test_urls_that_are_not_absolute(pool: Pool, url: str) -> None:
    """Where the URL has the host, one without it is refused."""
    scope = asking("/verify", [("x-original-method", "GET"), ("x-original-url", url), *bearer(pool.ana)])

    assert 400 == answer(authorizer_of(pool.issuer), "ingress-nginx", scope)[0]


def test_url_without_a_path(pool: Pool) -> None:
    """It is the root that is asked for."""
    authorizer = authorizer_of(pool.issuer, POLICY | {"api": APIS})
    scope = asking("/verify", [("x-original-method", "GET"), ("x-original-url", "https://shop.example.com")])

    assert 200 == answer(authorizer, "ingress-nginx", scope)[0]


# Who is calling.


@every_proxy
def test_identity(pool: Pool, behind: str) -> None:
    """The backend is told who is calling, in headers of its own, whatever the client called itself."""
    forged = [(f"X-Auth-{name}", "root") for name in FIELDS]

    _, headers, _ = answer(
        authorizer_of(pool.issuer), behind, question(behind, "PUT", "/orders/7", [*forged, *bearer(pool.ana)])
    )

    assert {f"x-auth-{name}" for name in FIELDS} | {"content-length"} == set(headers)
    assert "ana" == headers["x-auth-username"]
    assert '["editors"]' == headers["x-auth-groups"]
    assert '["editor"]' == headers["x-auth-roles"]
    assert ("access", "c1") == (headers["x-auth-token-use"], headers["x-auth-client-id"])


@every_proxy
def test_identity_of_nobody(pool: Pool, behind: str) -> None:
    """All headers are there where nobody is known, so that none of the client's own is left standing."""
    forged = [(f"X-Auth-{name}", "root") for name in FIELDS]

    status, headers, _ = answer(authorizer_of(pool.issuer), behind, question(behind, "GET", "/open", forged))

    assert (200, dict.fromkeys([f"x-auth-{name}" for name in FIELDS], "")) == (
        status,
        {name: value for name, value in headers.items() if name != "content-length"},
    )


@settings(max_examples=50, deadline=None)
@given(username=st.text(min_size=1, max_size=20), group=st.text(min_size=1, max_size=20))
def test_identity_is_ascii_and_reversible(pool: Pool, username: str, group: str) -> None:
    """What a header cannot hold is percent-encoded, and decoding gives back what the core hands over."""
    token = pool.local.mint({"username": username, "cognito:groups": [group, "größe", "100%41"]})
    decision = pool.authorizer().authorize(token, "GET", "/orders/7")
    told = dict(identity(decision))

    assert all(value.isascii() and (value == "" or value.isprintable()) for value in told.values())
    assert list(decision.handover().values()) == [unquote(value) for value in told.values()]


@every_proxy
def test_head(pool: Pool, behind: str) -> None:
    """A proxy that asks by HEAD gets the answer without its body."""
    scope = question(behind, "GET", "/orders/7") | {"method": "HEAD"}

    status, headers, body = answer(authorizer_of(pool.issuer), behind, scope)

    assert (401, b"") == (status, body)
    assert "Bearer" == headers["www-authenticate"]
    assert int(headers["content-length"]) > 0


@every_proxy
def test_bodies_that_stay_behind(pool: Pool, behind: str) -> None:
    """Where a proxy drops the body of a refusal it is in a header as well, word for word."""
    scope = question(behind, "PUT", "/orders/7", bearer(pool.bo))

    status, headers, body = answer(authorizer_of(pool.issuer), behind, scope)

    assert 403 == status
    assert (body.decode() if "nginx" in behind else None) == headers.get("x-auth-problem")


# Which request it is.


def required(behind: str) -> list[str]:
    return [header.decode() for header in PROFILES[behind][:3] if header]


@pytest.mark.parametrize(("behind", "header"), [(behind, header) for behind in PROFILES for header in required(behind)])
def test_missing(pool: Pool, caplog: pytest.LogCaptureFixture, behind: str, header: str) -> None:
    """A proxy that does not say what it asks about is told 500, and the operator which header there should be."""
    scope = question(behind, "GET", "/open", bearer(pool.ana))
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != header.encode()]

    status, headers, _ = answer(authorizer_of(pool.issuer), behind, scope)

    assert 500 == status
    assert "x-auth-subject" not in headers
    (line,) = caplog.messages
    assert header in line.lower()
    assert pool.ana not in caplog.text


@pytest.mark.parametrize("value", ["same", "another"])
@pytest.mark.parametrize(("behind", "header"), [(behind, header) for behind in PROFILES for header in required(behind)])
def test_repeated(pool: Pool, caplog: pytest.LogCaptureFixture, behind: str, header: str, value: str) -> None:
    """Of two headers none is believed, even where they agree."""
    scope = question(behind, "GET", "/", bearer(pool.ana))
    told = dict(scope["headers"])[header.encode()]
    scope["headers"].insert(0, (header.encode(), told if value == "same" else b"/open"))

    assert 400 == answer(authorizer_of(pool.issuer), behind, scope)[0]
    assert [True] == [header in line.lower() for line in caplog.messages]


def spellings(header: str) -> list[str]:
    first = header.replace("-", "_", 1)
    return [header.replace("-", "_"), header.replace("-", "."), first, header.replace("-", "~"), header.upper()]


@pytest.mark.parametrize(
    ("behind", "name"),
    [
        (behind, name)
        for behind in PROFILES
        for header in [*required(behind), "x-auth-subject", "x-auth-groups"]
        for name in spellings(header)[: -1 if "-" in header else 0]
    ],
)
def test_other_spellings(pool: Pool, caplog: pytest.LogCaptureFixture, behind: str, name: str) -> None:
    """A header that some servers take for the proxy's, or for one of who is calling, refuses the request."""
    scope = question(behind, "GET", "/open")
    scope["headers"].append((name.encode(), b"/open"))

    assert 400 == answer(authorizer_of(pool.issuer), behind, scope)[0]
    assert 1 == len(caplog.messages)
    assert name not in caplog.text.lower(), "the log is not the client's to write"


def test_case_is_no_spelling(pool: Pool) -> None:
    """Header names have no case, should a server pass them on as they came."""
    scope = question("caddy", "GET", "/open")
    scope["headers"] = [(name.upper(), value) for name, value in scope["headers"]]
    twice = scope | {"headers": [*scope["headers"], (b"x-forwarded-uri", b"/open")]}

    assert 200 == answer(authorizer_of(pool.issuer), "caddy", scope)[0]
    assert 400 == answer(authorizer_of(pool.issuer), "caddy", twice)[0]


NAMES = st.sampled_from(
    [
        *(
            name
            for header in sorted({each for behind in PROFILES for each in required(behind)})
            for name in (header, *spellings(header))
        ),
        *("x-auth-subject", "x_auth_groups", "x-http-method-override", "x-original-path", "x-rewrite-url", "forwarded"),
        *(
            "x-envoy-original-path",
            "x-forwarded-prefix",
            "connection",
            "cookie",
            "origin",
            "access-control-request-method",
        ),
        "x-auth-problem",
    ]
)
VALUES = st.sampled_from(
    [
        "/open",
        "GET",
        "shop.example.com",
        "https://shop.example.com/",
        "/orders/7",
        "PUT",
        "x-forwarded-uri, host",
        "root",
        "",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    behind=st.sampled_from(sorted(PROFILES)),
    method=st.sampled_from(["GET", "PUT", "POST", "OPTIONS", "DELETE"]),
    uri=st.sampled_from(["/", "/orders/7", "/jobs", "/nowhere", "/open/../orders/7", "/healthz"]),
    host=st.sampled_from(["shop.example.com", "back.example.com", "evil.example.com"]),
    who=st.sampled_from([None, "bo", "expired"]),
    more=st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=6),
)
def test_no_header_opens_anything(
    pool: Pool, behind: str, method: str, uri: str, host: str, who: str | None, more: Headers
) -> None:
    """Nothing that a client adds makes a yes of a no, nor somebody else of the caller."""
    authorizer = authorizer_of(pool.issuer, POLICY | {"api": APIS})
    theirs = bearer(None if who is None else getattr(pool, who))
    plain, before, _ = answer(authorizer, behind, question(behind, method, uri, theirs, host=host))

    status, after, _ = answer(authorizer, behind, question(behind, method, uri, [*more, *theirs], host=host))

    assert status in ((200, 400) if plain == 200 else (plain, 400))
    if status == 200:
        assert before == after


@every_proxy
@pytest.mark.parametrize(
    ("status", "host", "who"),
    [
        pytest.param(200, "shop.example.com", None, id="one that is open"),
        pytest.param(200, "SHOP.example.com:8443", None, id="in another spelling"),
        pytest.param(401, "back.example.com", None, id="one that is not"),
        pytest.param(403, "back.example.com", "bo", id="not in the group"),
        pytest.param(200, "back.example.com", "ana", id="in the group"),
        pytest.param(403, "app.example.com", "ana", id="one that no api has"),
        pytest.param(403, "shop.example.com,back.example.com", "ana", id="two"),
        pytest.param(403, "", "ana", id="none"),
    ],
)
def test_hosts(pool: Pool, behind: str, status: int, host: str, who: str | None) -> None:
    """The host that the client asked for chooses the api; one that is nobody's finds no route."""
    authorizer = authorizer_of(pool.issuer, POLICY | {"api": APIS})
    scope = question(behind, "GET", "/", bearer(None if who is None else getattr(pool, who)), host=host)

    found, headers, _ = answer(authorizer, behind, scope)

    assert status == found
    if status == 200:
        assert host.lower()[:4] == headers["x-auth-api"]


@pytest.mark.parametrize(
    ("behind", "file"), [(behind, f"forward-auth-{behind}-request__derived.json") for behind in PROFILES]
)
def test_recorded(pool: Pool, shared: Path, behind: str, file: str) -> None:
    """What each proxy sends is understood; what HAProxy sends without our configuration says too little."""
    path = shared / "data" / "events" / file
    if behind == "envoy":
        path = path.with_name("forward-auth-envoy-http-request__derived.json")
    if not path.is_file():
        pytest.skip(f"no recorded request of {behind}")
    event = json.loads(path.read_text())
    statuses: list[int] = []
    for token in (pool.ana, pool.bo):
        headers = [(name, value.replace("TOKEN", token)) for name, value in event["headers"]]
        scope = asking(event["target"], headers, event["method"])
        statuses.append(answer(authorizer_of(pool.issuer), behind, scope)[0])

    assert ([500, 500] if behind == "haproxy" else [200, 403]) == statuses


@every_proxy
def test_two_tokens(pool: Pool, behind: str) -> None:
    """Two Authorization headers are refused though both are good."""
    scope = question(behind, "GET", "/orders/7", bearer(pool.ana) * 2)

    assert 400 == answer(authorizer_of(pool.issuer), behind, scope)[0]


@every_proxy
def test_hook_that_fails(pool: Pool, behind: str) -> None:
    """A bug is a refusal."""
    scope = question(behind, "GET", "/orders/7", bearer(pool.ana))

    assert 500 == answer(authorizer_of(pool.issuer, is_revoked=broken), behind, scope)[0]


@every_proxy
def test_no_keys(pool: Pool, behind: str) -> None:
    """Without keys it is 503, and when to come back is said."""
    scope = question(behind, "GET", "/orders/7", bearer(pool.ana))

    status, headers, _ = answer(authorizer_of(pool.keyless()), behind, scope)

    assert (503, True) == (status, int(headers["retry-after"]) > 0)


def test_server_without_raw_path(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """Behind Envoy the path must be told as it was sent, or an encoded slash would be none; elsewhere it need not."""
    scope = question("envoy", "GET", "/open")
    del scope["raw_path"]
    elsewhere = question("caddy", "GET", "/open")
    del elsewhere["raw_path"]

    assert 500 == answer(authorizer_of(pool.issuer), "envoy", scope)[0]
    assert "raw_path" in caplog.text
    assert 200 == answer(authorizer_of(pool.issuer), "caddy", elsewhere)[0]


# What else it answers.


@every_proxy
def test_health(pool: Pool, behind: str) -> None:
    """Operators are told that it is alive, that it has keys, and by which policy it decides."""
    authorizer = authorizer_of(pool.issuer)

    alive, ready = (answer(authorizer, behind, asking(path, [])) for path in ("/healthz", "/readyz"))

    assert (200, {"alive": True}) == (alive[0], json.loads(alive[2]))
    assert {"ready": True, "policy": authorizer.policy.fingerprint, "issuers": 1, "without_keys": []} == json.loads(
        ready[2]
    )
    assert (200, "no-store") == (ready[0], ready[1]["cache-control"])


def test_health_by_head(pool: Pool) -> None:
    """Probes that ask by HEAD get no body."""
    assert (200, b"") == answer(authorizer_of(pool.issuer), "nginx", asking("/healthz", [], "HEAD"))[::2]


@every_proxy
@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/open", "/verify/", "/verified", "/Healthz", "/healthz/", "//healthz"]
)
def test_elsewhere(pool: Pool, behind: str, path: str) -> None:
    """There is nothing on other paths: a proxy that asks there gets no 200, which it would take for a yes."""
    if behind == "envoy" and path == "/verify/":
        return  # it asks about the root
    scope = question(behind, "GET", "/open", bearer(pool.ana)) | {"path": path, "raw_path": path.encode()}

    assert 404 == answer(authorizer_of(pool.issuer), behind, scope)[0]


@pytest.mark.parametrize(
    ("status", "path"),
    [
        pytest.param(404, "/verify", id="the endpoint itself"),
        pytest.param(404, "/verifyopen", id="beside it"),
        pytest.param(404, "/verify%2Fopen", id="an encoded slash"),
        pytest.param(404, "/open", id="without the endpoint"),
        pytest.param(401, "/verify/", id="the root"),
        pytest.param(401, "/verify/verify/open", id="the endpoint twice"),
        pytest.param(400, "/verify/../healthz", id="dots that lead out of it"),
        pytest.param(400, "/verify/%2e%2e/healthz", id="encoded dots"),
        pytest.param(400, "/verify//healthz", id="two slashes"),
    ],
)
def test_envoy_path(pool: Pool, status: int, path: str) -> None:
    """Only what is below the endpoint is asked about, and none of it is mistaken for a page of its own."""
    assert status == answer(authorizer_of(pool.issuer), "envoy", asking(path, [("host", "a")]))[0]


def test_metrics(pool: Pool) -> None:
    """Metrics are whatever is given to be shown."""
    app = forward_auth_app(authorizer_of(pool.issuer), "envoy", metrics=lambda: b"cogauth_decisions_total 1.0\n")

    start, body = run(app, asking("/metrics", []))

    assert (200, b"cogauth_decisions_total 1.0\n") == (start["status"], body["body"])
    assert (b"content-type", b"text/plain; version=0.0.4; charset=utf-8") in start["headers"]


RESOURCE = {
    "resource": "https://app.example.com",
    "api": [{"name": "shop", "hosts": ["shop.example.com"], "resource": "https://shop.example.com/v1"}],
}


@every_proxy
@pytest.mark.parametrize(
    ("status", "host", "path"),
    [
        pytest.param(200, "shop.example.com", "/v1", id="of the api that has the host"),
        pytest.param(404, "shop.example.com", "", id="of another"),
        pytest.param(404, "app.example.com", "", id="of a host that no api has"),
    ],
)
def test_metadata(pool: Pool, behind: str, status: int, host: str, path: str) -> None:
    """The metadata of a resource is where the proxy sends those who look for it (RFC 9728 section 3)."""
    scope = asking(f"/.well-known/oauth-protected-resource{path}", [("host", host)])

    found, _, body = answer(authorizer_of(pool.issuer, POLICY | RESOURCE), behind, scope)

    assert status == found
    if status == 200:
        assert "https://shop.example.com/v1" == json.loads(body)["resource"]


@every_proxy
def test_challenge_names_the_metadata(pool: Pool, behind: str) -> None:
    """A client that is refused is told where to read who would let it in."""
    scope = question(behind, "GET", "/orders/7", host="shop.example.com")

    _, headers, _ = answer(authorizer_of(pool.issuer, POLICY | RESOURCE), behind, scope)

    where = "https://shop.example.com/.well-known/oauth-protected-resource/v1"
    assert f'Bearer resource_metadata="{where}"' == headers["www-authenticate"]


class Source:
    """A fetcher that has keys when the test says so."""

    def __init__(self) -> None:
        self.document: bytes | None = None
        self.asked = 0

    async def fetch(self, _: str) -> bytes:
        self.asked += 1
        if self.document is None:
            raise OSError("down")
        return self.document


class Wire:
    """The server's half of ASGI for one connection, lifespan or request."""

    def __init__(self, *inbox: str) -> None:
        self.inbox = [{"type": kind} for kind in inbox]
        self.sent: list[Any] = []

    async def receive(self) -> Message:
        return self.inbox.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


def test_readiness(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """Keys are fetched from the start on, and again when it is asked for readiness: nobody else may be asking."""
    now, source = [1000.0], Source()
    verifier = AsyncVerifier(pool.keyless(), fetch=source.fetch, monotonic=lambda: now[0])
    app = forward_auth_app(AsyncAuthorizer(verifier, Policy.from_dict(POLICY)), "nginx")
    statuses: list[int] = []

    async def ask() -> None:
        wire = Wire()
        await app(asking("/readyz", []), wire.receive, wire.send)
        statuses.append(wire.sent[0]["status"])
        await settled()

    async def scenario() -> None:
        wire = Wire("lifespan.startup")
        with pytest.raises(IndexError):
            await app({"type": "lifespan"}, wire.receive, wire.send)
        assert [{"type": "lifespan.startup.complete"}] == wire.sent, "it starts whether there are keys or not"
        await settled()
        assert 1 == source.asked, "before anybody asks"
        await ask()
        source.document = json.dumps(pool.local.jwks).encode()
        await ask()
        now[0] += 100
        await ask()
        await ask()

    with caplog.at_level(logging.WARNING, "cogauth_asgi"):
        asyncio.run(scenario())

    assert [503, 503, 503, 200] == statuses
    assert "not ready" in caplog.text


def test_shutdown(pool: Pool) -> None:
    """What is being fetched when the server stops is not waited for, and nothing is left behind."""

    async def fetch(_: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    verifier = AsyncVerifier(pool.keyless(), fetch=fetch)
    app = forward_auth_app(AsyncAuthorizer(verifier, Policy.from_dict(POLICY)), "nginx")
    wire = Wire("lifespan.startup", "lifespan.shutdown")

    async def scenario() -> None:
        async with asyncio.timeout(5):
            await app({"type": "lifespan"}, wire.receive, wire.send)
        assert not [task for task in asyncio.all_tasks() if "Health" in repr(task)]

    asyncio.run(scenario())

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [message["type"] for message in wire.sent]


def test_readiness_is_asked_often(pool: Pool) -> None:
    """Nothing piles up while keys are waited for."""

    async def fetch(_: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    verifier = AsyncVerifier(pool.keyless(), fetch=fetch)
    app = forward_auth_app(AsyncAuthorizer(verifier, Policy.from_dict(POLICY)), "nginx")

    async def scenario() -> None:
        for _ in range(3):
            wire = Wire()
            await app(asking("/readyz", []), wire.receive, wire.send)
            await settled()
            assert 503 == wire.sent[0]["status"]
        assert 1 == len([task for task in asyncio.all_tasks() if "Health" in repr(task)])

    asyncio.run(scenario())


def test_shutdown_without_startup(pool: Pool) -> None:
    """A server that stops before it has started is let go."""
    wire = Wire("lifespan.shutdown")

    async def scenario() -> None:
        await forward_auth_app(authorizer_of(pool.issuer), "nginx")({"type": "lifespan"}, wire.receive, wire.send)

    asyncio.run(scenario())

    assert [{"type": "lifespan.shutdown.complete"}] == wire.sent


# What it is not made of.


@pytest.mark.parametrize("kind", ["websocket", "webtransport"])
def test_other_kinds(pool: Pool, kind: str) -> None:
    """A connection of another kind is let go without an answer that could be taken for a yes."""
    with pytest.raises(RuntimeError, match="over http"):
        run(forward_auth_app(authorizer_of(pool.issuer), "nginx"), question("nginx", "GET", "/open") | {"type": kind})


@pytest.mark.parametrize("behind", ["", "NGINX", "apache", "none"])
def test_unknown_proxy(pool: Pool, behind: str) -> None:
    """A proxy that nothing is known of is refused when the application is made."""
    with pytest.raises(ConfigurationError, match="caddy, envoy, haproxy, ingress-nginx, nginx, traefik"):
        forward_auth_app(authorizer_of(pool.issuer), behind)


def test_blocking_authorizer(pool: Pool) -> None:
    """An authorizer that would block the event loop is refused when the application is made."""
    blocking: Any = pool.authorizer()

    with pytest.raises(ConfigurationError, match="AsyncAuthorizer"):
        forward_auth_app(blocking, "nginx")
