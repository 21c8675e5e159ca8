"""FastAPI's dependencies give the principal or end the request, alone and beside the middleware."""

# No `from __future__ import annotations`: as text, an annotation could not name what is local to a function.

import asyncio
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import SecurityScopes
from starlette.testclient import TestClient

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    AsyncAuthorizer,
    AsyncVerifier,
    ConfigurationError,
    Group,
    Issuer,
    Principal,
    Role,
    Scope,
)
from cogauth.testing import LocalUserPool
from cogauth_asgi.fastapi import CogAuth, Refused
from tests.adapters.conftest import Pool, bearer, broken
from tests.support.fastapi_app import EDITORS, api, headers, name


def silent(_: Principal) -> None:
    """Be a hook that forgets to answer."""


@pytest.fixture(scope="module")
def app(pool: Pool) -> FastAPI:
    return api(pool.async_authorizer())


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize(
    ("status", "told", "method", "path", "who"),
    [
        pytest.param(200, "bo", "GET", "/orders/7", "bo", id="a principal"),
        pytest.param(200, "c1", "GET", "/orders/7", "machine", id="a machine"),
        pytest.param(200, "ana", "PUT", "/orders/7", "ana", id="a rule"),
        pytest.param(200, "c1", "POST", "/jobs", "machine", id="scopes"),
        pytest.param(200, "ana", "GET", "/healthz", "ana", id="optional, token"),
        pytest.param(200, None, "GET", "/healthz", None, id="optional, no token"),
        pytest.param(200, None, "GET", "/perhaps", None, id="optional with scopes, no token"),
        pytest.param(200, "c1", "GET", "/perhaps", "machine", id="optional with scopes"),
        pytest.param(200, "inside", "GET", "/inner/plain", "ana", id="a router's"),
        pytest.param(401, "missing_token", "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "invalid_token", "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "missing_token", "PUT", "/orders/7", None, id="a rule, no token"),
        pytest.param(401, "missing_token", "PUT", "/orders/x", None, id="no token, before the path is read"),
        pytest.param(403, "missing_group", "PUT", "/orders/7", "bo", id="rule unmet"),
        pytest.param(401, "invalid_token", "GET", "/healthz", "expired", id="optional, bad token"),
        pytest.param(403, "missing_scope", "GET", "/perhaps", "ana", id="optional, scopes unmet"),
        pytest.param(401, "missing_token", "POST", "/jobs", None, id="scopes, no token"),
        pytest.param(403, "missing_scope", "POST", "/jobs", "ana", id="scopes unmet"),
        pytest.param(403, "missing_scope", "DELETE", "/jobs", "ana", id="a rule met, scopes unmet"),
        pytest.param(403, "rule_unmet", "DELETE", "/jobs", "machine", id="one of two scopes, rule unmet"),
        pytest.param(403, "missing_scope", "GET", "/deep", "ana", id="scopes of a dependant"),
        pytest.param(401, "missing_token", "GET", "/inner/plain", None, id="a router's, no token"),
        pytest.param(403, "missing_group", "GET", "/inner/plain", "bo", id="a router's, unmet"),
        pytest.param(
            403, "missing_scope", "POST", "/inner/jobs", "ana", id="router and endpoint: the endpoint's unmet"
        ),
        pytest.param(
            403, "missing_group", "POST", "/inner/jobs", "machine", id="router and endpoint: the router's unmet"
        ),
    ],
)
def test_endpoint(
    pool: Pool, client: TestClient, status: int, told: str | None, method: str, path: str, who: str | None
) -> None:
    """An endpoint is told who calls, or does not run and the answer says why."""
    answer = client.request(method, path, headers=headers(pool, who))

    assert status == answer.status_code
    assert told == (answer.json() if status == 200 else answer.json()["reason"])


@pytest.mark.parametrize("path", ["/orders/7", "/healthz"])
@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(["Bearer {}", "Bearer {}"], id="two headers"),
        pytest.param(["Bearer {},Bearer {}"], id="joined"),
        pytest.param(["Bearer"], id="no token"),
        pytest.param(["Bearer  {}"], id="two spaces"),
    ],
)
def test_credentials(pool: Pool, client: TestClient, path: str, credentials: list[str]) -> None:
    """More than one credential, or half of one, is a bad request even where a token is optional."""
    sent = [("Authorization", value.format(pool.ana, pool.ana)) for value in credentials]

    answer = client.get(path, headers=sent)

    assert (400, "invalid_request") == (answer.status_code, answer.json()["reason"])


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503 and says when to come back, also where a token is optional."""
    authorizer = AsyncAuthorizer(AsyncVerifier(pool.keyless()), pool.policy)
    client = TestClient(api(authorizer))

    for path in ("/orders/7", "/healthz"):
        answer = client.get(path, headers=headers(pool, "ana"))
        assert (503, "keys_unavailable") == (answer.status_code, answer.json()["reason"])
        assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("status", "hook"),
    [
        pytest.param(401, bool, id="revoked"),
        pytest.param(401, silent, id="no answer"),
        pytest.param(500, broken, id="a bug"),
    ],
)
@pytest.mark.parametrize("path", ["/orders/7", "/healthz", "/deep"])
def test_revoked(pool: Pool, status: int, hook: Any, path: str) -> None:
    """A token that is revoked, or of which that cannot be told, is refused, also where it is optional."""
    client = TestClient(api(pool.async_authorizer(is_revoked=hook)))

    assert status == client.get(path, headers=headers(pool, "ana")).status_code


def test_one_decision(pool: Pool) -> None:
    """Within a request, the same rule is asked once, however many dependencies name it."""
    events: list[Any] = []
    auth = CogAuth(pool.async_authorizer(observe=events.append))
    app = FastAPI(dependencies=[Depends(auth.requires(EDITORS))])

    @app.get("/")
    def twice(who: Annotated[Principal, Depends(auth.requires(Group("editors")))]) -> str | None:
        return name(who)

    assert "ana" == TestClient(app).get("/", headers=headers(pool, "ana")).json()
    assert ["allowed"] == [event.decision.reason for event in events]


def test_called(pool: Pool) -> None:
    """A dependency can be called with a request, too."""
    auth = CogAuth(pool.async_authorizer())
    pairs = [(key.encode(), value.encode()) for key, value in bearer(pool.ana)]
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})

    assert "ana" == asyncio.run(auth.requires(EDITORS)(request)).username
    with pytest.raises(Refused):
        asyncio.run(auth.principal(request, SecurityScopes(["jobs/run"])))


def test_overrides(pool: Pool) -> None:
    """A test may put somebody in the place of who meets a rule, by naming the rule again."""
    authorizer = pool.async_authorizer()
    app, auth = api(authorizer), CogAuth(authorizer)
    someone = asyncio.run(AsyncVerifier(pool.issuer).verify(pool.ana))
    client = TestClient(app)

    app.dependency_overrides[auth.requires(Group("editors"))] = lambda: someone
    assert "ana" == client.put("/orders/7").json()
    assert 401 == client.get("/orders/7").status_code, "another rule is another dependency"

    app.dependency_overrides = {auth.principal: lambda: someone, auth.optional: lambda: someone}
    assert ["ana", "ana"] == [client.get(path).json() for path in ("/orders/7", "/healthz")]
    assert 401 == client.put("/orders/7").status_code

    app.dependency_overrides.clear()
    assert 401 == client.get("/orders/7").status_code


def test_equal(pool: Pool) -> None:
    """Dependencies are equal when they are of one authorizer, of one kind, and of equal rules."""
    authorizer = pool.async_authorizer()
    auth = CogAuth(authorizer)
    one = auth.requires(EDITORS & Scope("a"))

    assert one == CogAuth(authorizer).requires(EDITORS & Scope("a"))
    assert hash(one) == hash(CogAuth(authorizer).requires(EDITORS & Scope("a")))
    assert auth.principal == auth.requires(AUTHENTICATED)
    others: list[object] = [auth.requires(EDITORS), auth.optional, CogAuth(pool.async_authorizer()).requires(EDITORS)]
    assert 4 == len({one, *others})
    assert auth.principal != auth.optional
    assert auth.requires(EDITORS) != CogAuth(pool.async_authorizer()).requires(EDITORS)
    assert one != "editors"


def test_reload(pool: Pool) -> None:
    """A dependency on a role decides by the roles that are in force, and what is unknown is a mistake at once."""
    auth = CogAuth(pool.async_authorizer())
    app = FastAPI(dependencies=[Depends(auth.requires(Role("editor")))])
    app.get("/")(lambda: "inside")

    assert [200, 403] == [TestClient(app).get("/", headers=headers(pool, who)).status_code for who in ("ana", "bo")]
    with pytest.raises(ConfigurationError, match="editors"):
        auth.requires(Role("editors"))


def test_scopes_of_several_issuers(pool: Pool) -> None:
    """Scopes in `Security` cannot say of which issuer: with several that is a mistake, and nobody gets in."""
    other = LocalUserPool("eu-west-1_Other0001", clients={"c1"})
    verifier = AsyncVerifier(pool.local.issuer(name="staff"), other.issuer(name="customers"))
    auth = CogAuth(AsyncAuthorizer(verifier, AUTHENTICATED))
    app = FastAPI()
    app.get("/", dependencies=[Security(auth.principal, scopes=["jobs/run"])])(lambda: "inside")
    app.get("/staff", dependencies=[Depends(auth.requires(Issuer("staff") & Scope("jobs/run")))])(lambda: "inside")
    client = TestClient(app, raise_server_exceptions=False)

    assert 500 == client.get("/", headers=headers(pool, "machine")).status_code
    assert 200 == client.get("/staff", headers=headers(pool, "machine")).status_code
    with pytest.raises(ConfigurationError, match="jobs/run"):
        TestClient(app).get("/", headers=headers(pool, "machine"))


def test_blocking_authorizer(pool: Pool) -> None:
    """An authorizer that would block the event loop is refused when the app is built."""
    blocking: Any = pool.authorizer()

    with pytest.raises(ConfigurationError, match="AsyncAuthorizer"):
        CogAuth(blocking)


@pytest.mark.parametrize("rule", ["editors", None, PUBLIC, Group, lambda: None])
def test_no_rule(pool: Pool, rule: Any) -> None:
    """A dependency that would ask for nothing is refused where it stands."""
    with pytest.raises(ConfigurationError, match="requires: "):
        CogAuth(pool.async_authorizer()).requires(rule)
