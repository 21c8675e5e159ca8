"""The OpenAPI document says how to get a token, what each operation asks of it, and how it is refused."""

# No `from __future__ import annotations`: as text, an annotation could not name what is local to a function.

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from starlette.testclient import TestClient

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    AsyncAuthorizer,
    AsyncVerifier,
    ConfigurationError,
    Group,
    Policy,
    Principal,
    Role,
    Route,
    Rule,
    Scope,
)
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.fastapi import REFUSALS, CogAuth, docs_routes
from tests.adapters.conftest import Pool
from tests.support.fastapi_app import headers

DOMAIN = "https://example.auth.eu-west-1.amazoncognito.com"
RUN, STOP = Scope("jobs/run"), Scope("jobs/stop")


def security(auth: CogAuth, dependency: Any) -> dict[str, list[str]]:
    """Give the scopes that the document lists for an operation with *dependency*, by scheme."""
    app = FastAPI()
    app.get("/", dependencies=[dependency])(lambda: None)
    listed: list[dict[str, list[str]]] = app.openapi()["paths"]["/"]["get"]["security"]
    assert all(1 == len(choice) for choice in listed), "each scheme is a choice by itself"
    return {scheme: scopes for choice in listed for scheme, scopes in choice.items()}


def test_schemes(pool: Pool) -> None:
    """With the pool's domain one can sign in there (authorization code), and without it paste a token."""
    app = FastAPI()
    auth = CogAuth(pool.async_authorizer(), domain=DOMAIN, scopes={"jobs/run": "Run jobs"})
    app.get("/", dependencies=[Depends(auth.principal)])(lambda: None)

    schemes = app.openapi()["components"]["securitySchemes"]

    assert {
        "authorizationCode": {
            "authorizationUrl": f"{DOMAIN}/oauth2/authorize",
            "tokenUrl": f"{DOMAIN}/oauth2/token",
            "refreshUrl": f"{DOMAIN}/oauth2/token",
            "scopes": {"jobs/run": "Run jobs"},
        }
    } == schemes["SignIn"]["flows"]
    assert ("oauth2", "http", "bearer") == (
        schemes["SignIn"]["type"],
        schemes["Token"]["type"],
        schemes["Token"]["scheme"],
    )


@pytest.mark.parametrize("dependency", ["principal", "optional"])
def test_token_only(pool: Pool, dependency: str) -> None:
    """Without the domain there is a token to paste, and nothing else."""
    auth = CogAuth(pool.async_authorizer())

    assert {"Token": []} == security(auth, Depends(getattr(auth, dependency)))


@pytest.mark.parametrize(
    ("scopes", "rule"),
    [
        pytest.param([], AUTHENTICATED, id="any token"),
        pytest.param([], Group("editors"), id="groups are no scopes"),
        pytest.param(["jobs/run"], RUN, id="one"),
        pytest.param(["jobs/run", "jobs/stop"], RUN & MACHINE & STOP & RUN, id="both"),
        pytest.param(["jobs/run"], RUN & (STOP | MACHINE), id="one, and a choice"),
        pytest.param(["jobs/run"], Role("runner"), id="a role"),
        pytest.param(["jobs/run", "jobs/stop"], Role("runner") & STOP, id="a role and one"),
        pytest.param([], Scope("jobs/run", "jobs/stop"), id="a choice within one"),
        pytest.param([], RUN | Group("editors"), id="a choice"),
        pytest.param([], ~RUN, id="not"),
        pytest.param([], MACHINE & ~(RUN & STOP), id="not both"),
    ],
)
def test_scopes_of_rules(pool: Pool, scopes: list[str], rule: Rule) -> None:
    """An operation lists the scopes that its rule cannot do without."""
    auth = CogAuth(pool.async_authorizer(), domain=DOMAIN)

    assert scopes == security(auth, Depends(auth.requires(rule)))["SignIn"]


def test_scopes_of_security(pool: Pool) -> None:
    """An operation lists the scopes of `Security`, beside those of the rule."""
    auth = CogAuth(pool.async_authorizer(), domain=DOMAIN)

    listed = security(auth, Security(auth.requires(RUN), scopes=["jobs/stop"]))

    assert {"jobs/run", "jobs/stop"} == set(listed["SignIn"])


def test_parameters(pool: Pool) -> None:
    """Dependencies add nothing to what a caller has to send, and hidden operations stay hidden, and guarded."""
    app, auth = FastAPI(), CogAuth(pool.async_authorizer(), domain=DOMAIN)

    @app.get("/orders/{number}")
    def read(number: int, who: Annotated[Principal, Depends(auth.principal)]) -> None:
        raise AssertionError("nobody gets here")

    @app.get("/hidden", include_in_schema=False)
    def hidden(who: Annotated[Principal, Depends(auth.principal)]) -> None:
        raise AssertionError("nobody gets here")

    document = app.openapi()
    operation = document["paths"]["/orders/{number}"]["get"]
    assert ["number"] == [parameter["name"] for parameter in operation["parameters"]]
    assert "requestBody" not in operation
    assert {"/orders/{number}"} == set(document["paths"])
    assert 401 == TestClient(app).get("/hidden").status_code


def test_refusals(pool: Pool) -> None:
    """A router that says so documents how its operations refuse, as they do."""
    app, auth = FastAPI(), CogAuth(pool.async_authorizer())
    router = APIRouter(responses=REFUSALS, dependencies=[Depends(auth.requires(Group("editors")))])
    router.get("/inside")(lambda: None)
    app.include_router(router)
    app.get("/outside")(lambda: None)

    document = app.openapi()

    told = document["paths"]["/inside"]["get"]["responses"]
    assert {"200", "401", "403", "503"} == set(told)
    assert {"200"} == set(document["paths"]["/outside"]["get"]["responses"])
    for who in (None, "bo"):
        answer = TestClient(app).get("/inside", headers=headers(pool, who))
        ((media, content),) = told[str(answer.status_code)]["content"].items()
        assert media == answer.headers["Content-Type"]
        kinds = {"string": str, "integer": int}
        properties = content["schema"]["properties"]
        assert set(properties) == set(content["schema"]["required"]) == set(answer.json())
        assert all(isinstance(answer.json()[key], kinds[schema["type"]]) for key, schema in properties.items())


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ({}, {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}),
        ({"docs_url": "/try", "redoc_url": None}, {"/openapi.json", "/try", "/docs/oauth2-redirect"}),
        ({"docs_url": None, "redoc_url": None, "swagger_ui_oauth2_redirect_url": None}, {"/openapi.json"}),
        ({"openapi_url": None}, set[str]()),
    ],
)
def test_docs_routes(pool: Pool, options: dict[str, Any], pages: set[str]) -> None:
    """Behind the middleware, the pages that an app has are open to all, and nothing else is."""
    app = FastAPI(**options)
    app.get("/orders")(lambda: "inside")
    authorizer = AsyncAuthorizer(
        AsyncVerifier(pool.issuer), Policy(routes=[*docs_routes(app), Route("GET /x", "public")])
    )
    client = TestClient(CogAuthMiddleware(app, authorizer=authorizer))

    open_to_all = {
        path
        for path in ("/openapi.json", "/docs", "/try", "/docs/oauth2-redirect", "/redoc", "/orders")
        if 200 == client.get(path).status_code
    }

    assert pages == open_to_all
    assert {f"GET {page}" for page in pages} == {line for route in docs_routes(app) for line in route.match}
    assert {401} == {client.request(method, "/openapi.json").status_code for method in ("POST", "PUT", "DELETE")}


@pytest.mark.parametrize(
    "domain",
    [
        "example.auth.eu-west-1.amazoncognito.com",
        "http://example.auth.eu-west-1.amazoncognito.com",
        f"{DOMAIN}/",
        f"{DOMAIN}/oauth2",
        f"{DOMAIN}?x=1",
        f"{DOMAIN}#x",
        "https://",
        "https:///oauth2",
        "https://ana:secret@example.com",
        "javascript://example.com",
        "HTTPS://example.com",
        "",
    ],
)
def test_no_domain(pool: Pool, domain: str) -> None:
    """A domain that is none, or whose tokens would cross the network in the clear, is refused."""
    with pytest.raises(ConfigurationError, match="domain must be like"):
        CogAuth(pool.async_authorizer(), domain=domain)


@pytest.mark.parametrize("domain", [DOMAIN, "https://auth.example.com", "http://127.0.0.1:8080", "http://localhost:1"])
def test_domain(pool: Pool, domain: str) -> None:
    """A domain is one of AWS's, one's own, or an emulator's on this machine."""
    auth = CogAuth(pool.async_authorizer(), domain=domain)

    assert {"SignIn": [], "Token": []} == security(auth, Depends(auth.principal))


def test_scopes_without_domain(pool: Pool) -> None:
    """Scopes that nobody could ask for are a mistake."""
    with pytest.raises(ConfigurationError, match="domain"):
        CogAuth(pool.async_authorizer(), scopes={"jobs/run": "Run jobs"})
