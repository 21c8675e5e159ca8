"""What a gateway keeps is told, warned of or refused when the handler is made, and right when it is replayed."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    Api,
    Authorizer,
    ConfigurationError,
    Group,
    Policy,
    Route,
    SignedInWithin,
    Verifier,
)
from cogauth_lambda import lambda_authorizer
from cogauth_lambda.answers import NoDocument
from devtools.iam_matcher import allows
from tests.adapters.conftest import Pool
from tests.support.lambda_events import STAGE, arn, http_2, rest_request, rest_token, status

PATH_AND_METHOD = ["method.request.header.Authorization", "context.path", "context.httpMethod"]
ROUTE_KEY = ["$request.header.Authorization", "$context.routeKey"]

EDITORS = Group("editors")
PLAIN = Policy(routes=[Route("GET /orders/{id}", AUTHENTICATED), Route("PUT /orders/{id}", EDITORS)])
# Whatever allows an order reaches its items, and whatever denies these reaches an order with such an id.
INEXACT = Policy(
    routes=[
        Route("GET /orders/{id}", AUTHENTICATED),
        Route("GET /orders/{id}/items", EDITORS),
        Route("GET /orders/{id}/items/{item}", AUTHENTICATED),
    ]
)
TIMED = Policy(routes=[Route("GET /orders/{id}", AUTHENTICATED), Route("PUT /orders/{id}", SignedInWithin(900))])
UNIFORM = Policy(routes=[Route("ANY /{rest*}", AUTHENTICATED), Route("ANY /", AUTHENTICATED)])


def handler(pool: Pool, policy: Policy, **options: Any) -> Any:
    return lambda_authorizer(Authorizer(Verifier(pool.issuer), policy), **options)


@pytest.mark.parametrize(
    ("policy", "options", "problem"),
    [
        pytest.param(INEXACT, {"cache_ttl": 300}, "IAM cannot allow", id="inexpressible"),
        pytest.param(INEXACT, {"cache_ttl": 1, "delivers": ()}, "IAM cannot allow", id="for a second"),
        pytest.param(
            INEXACT, {"cache_ttl": 300, "identity_sources": PATH_AND_METHOD[:2]}, "IAM cannot allow", id="path alone"
        ),
        pytest.param(
            INEXACT, {"cache_ttl": 300, "identity_sources": ROUTE_KEY}, "IAM cannot allow", id="key of any route"
        ),
        pytest.param(
            INEXACT,
            {"cache_ttl": 300, "identity_sources": ROUTE_KEY, "delivers": ["ANY /{rest*}"]},
            "IAM cannot allow",
            id="key of a route that is many",
        ),
        pytest.param(TIMED, {"cache_ttl": 300}, "changes with time", id="sign-in age"),
        pytest.param(
            TIMED, {"cache_ttl": 300, "identity_sources": PATH_AND_METHOD}, "changes with time", id="age by the route"
        ),
        pytest.param(PLAIN, {"cache_ttl": 300, "http_api": "simple"}, "yes to every route", id="simple"),
        pytest.param(
            PLAIN,
            {"cache_ttl": 300, "http_api": "simple", "identity_sources": ROUTE_KEY},
            "yes to every route",
            id="simple by the key of any route",
        ),
    ],
)
def test_refused(pool: Pool, policy: Policy, options: dict[str, Any], problem: str) -> None:
    """Where it is said that answers are kept, one that would be wrong later is refused before there is any."""
    with pytest.raises(ConfigurationError, match=f"cache_ttl: .*{problem}"):
        handler(pool, policy, **options)


@pytest.mark.parametrize(
    "sources",
    [
        ["method.request.header.X-Tenant"],
        ["context.path", "context.httpMethod"],
        ["$request.querystring.authorization"],
    ],
)
def test_kept_by_something_else(pool: Pool, sources: list[str]) -> None:
    """An answer that is kept without its token would be given to another one."""
    with pytest.raises(ConfigurationError, match="one token gets the answer to another"):
        handler(pool, PLAIN, cache_ttl=300, identity_sources=sources)
    handler(pool, PLAIN, cache_ttl=0, identity_sources=sources)


@pytest.mark.parametrize(
    ("policy", "options"),
    [
        pytest.param(PLAIN, {"cache_ttl": 3600, "delivers": ()}, id="exact"),
        pytest.param(INEXACT, {"cache_ttl": 0}, id="off"),
        pytest.param(TIMED, {"cache_ttl": 0}, id="sign-in age, off"),
        pytest.param(PLAIN, {"cache_ttl": 0, "http_api": "simple"}, id="simple, off"),
        pytest.param(INEXACT, {"cache_ttl": 300, "identity_sources": PATH_AND_METHOD}, id="by request"),
        pytest.param(
            INEXACT, {"cache_ttl": 300, "identity_sources": ROUTE_KEY, "delivers": ()}, id="by the policy's own routes"
        ),
        pytest.param(
            PLAIN, {"cache_ttl": 300, "http_api": "simple", "identity_sources": PATH_AND_METHOD}, id="simple by request"
        ),
        pytest.param(UNIFORM, {"cache_ttl": 300, "http_api": "simple"}, id="simple, one question"),
    ],
)
def test_quiet(pool: Pool, caplog: pytest.LogCaptureFixture, policy: Policy, options: dict[str, Any]) -> None:
    """What is right is said nothing of."""
    handler(pool, policy, **options)

    assert [] == caplog.messages


@pytest.mark.parametrize(
    ("policy", "options", "text"),
    [
        pytest.param(INEXACT, {}, "IAM cannot allow", id="inexpressible"),
        pytest.param(INEXACT, {"narrow": True, "cache_ttl": 300, "delivers": ()}, "is refused", id="narrow"),
        pytest.param(TIMED, {}, "changes with time", id="sign-in age"),
        pytest.param(PLAIN, {"http_api": "simple"}, "yes to every route", id="simple"),
        pytest.param(
            Policy(routes=PLAIN.routes, cors_preflight=True), {"cache_ttl": 300}, "CORS preflights", id="preflights"
        ),
    ],
)
def test_warned(
    pool: Pool, caplog: pytest.LogCaptureFixture, policy: Policy, options: dict[str, Any], text: str
) -> None:
    """What may be wrong, if answers are kept, is logged once."""
    handler(pool, policy, **options)

    assert any(text in message for message in caplog.messages)
    assert {("cogauth_lambda", logging.WARNING)} == {(record.name, record.levelno) for record in caplog.records}


def test_each_api_is_looked_at(pool: Pool) -> None:
    """And named; one without gateways, and one that only AppSync asks about, are not."""
    policy = Policy(
        apis=[
            Api("inexact", INEXACT.routes, gateway=["a1/prod"]),
            Api("timed", TIMED.routes, gateway=["b1/prod"]),
            Api("exact", PLAIN.routes, gateway=["c1/prod"]),
            Api("web", TIMED.routes, hosts=["web.example"]),
            Api("graph", [Route("POST /graphql", SignedInWithin(9)), Route("FIELD /Query/a", EDITORS)], gateway=["d"]),
            Api("query", [Route("POST /graphql", SignedInWithin(9))], gateway=["e"]),
        ]
    )

    with pytest.raises(ConfigurationError) as caught:
        handler(pool, policy, cache_ttl=300)

    assert {"'inexact'", "'timed'", "'query'"} == {problem.split()[2].rstrip(":") for problem in caught.value.problems}


# -- Replayed ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [rest_token, rest_request, http_2])
@pytest.mark.parametrize("first", ["GET /orders/7", "PUT /orders/7", "DELETE /orders/7", "GET /nowhere"])
def test_second_route(pool: Pool, make: Any, first: str) -> None:
    """Whatever a caller asks first, the second route has its own answer, and the backend learns who it is."""
    handle = handler(pool, PLAIN, cache_ttl=300)

    kept = handle(make(pool.bo, first), None)

    expected = {"GET /orders/9": True, "PUT /orders/9": False, "DELETE /orders/9": False, "GET /orders/9/x": False}
    assert expected == {line: allows(kept["policyDocument"], arn(line)) for line in expected}
    assert "bo" == kept["context"]["username"]


@pytest.mark.parametrize("first", ["GET /orders/7", "GET /orders/7/items/7", "GET /orders/7/items"])
def test_without_a_document(pool: Pool, first: str) -> None:
    """Where IAM has no words, the request itself is answered rightly; its answer is for no more than its route."""
    for options in ({}, {"cache_ttl": 0}, {"cache_ttl": 300, "identity_sources": PATH_AND_METHOD}):
        handle = handler(pool, INEXACT, **options)

        assert (403 if first.endswith("items") else 200) == status(handle, rest_token(pool.bo, first))
        assert 200 == status(handle, rest_token(pool.ana, first))
        answer = handle(rest_token(pool.bo, first), None)
        assert not allows(answer["policyDocument"], arn("DELETE /orders/7"))


def test_document_that_is_too_long(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """What fits no answer is nobody's: a 500 that is not kept, with the reason in the log."""
    long = Policy(routes=[Route(f"GET /{'x' * 250}/{'y' * 250}/{{id}}", AUTHENTICATED)])

    with pytest.raises(NoDocument):
        handler(pool, long, cache_ttl=300, delivers=())(rest_token(pool.bo, "GET /x"), None)

    assert "more than 512 characters" in caplog.text


def test_dated_and_closed(pool: Pool) -> None:
    """Both are in the document if they are asked for, and only then."""
    event = rest_token(pool.bo, "GET /orders/7")

    def of(**options: Any) -> str:
        return str(handler(pool, PLAIN, **options)(event, None)["policyDocument"])

    assert ("aws:EpochTime" in of(dated=True)) > ("aws:EpochTime" in of())
    assert ("NotResource" in of(closed=True)) > ("NotResource" in of())


@pytest.mark.parametrize("ttl", [None, 0, 300])
def test_refused_is_denied_in_so_many_words(pool: Pool, ttl: int | None) -> None:
    """Who may use nothing is denied everything: where an API has a resource policy, silence would not refuse."""
    handle = handler(pool, Policy(routes=[Route("GET /orders", EDITORS)]), cache_ttl=ttl)

    (statement,) = handle(rest_token(pool.bo, "GET /orders"), None)["policyDocument"]["Statement"]

    assert ("Deny", [f"{STAGE}/*"]) == (statement["Effect"], statement["Resource"])


def test_short_life(pool: Pool) -> None:
    """An answer tells until when it holds, for no gateway asks."""
    now = int(Verifier(pool.issuer).clock())
    token = pool.local.mint({"exp": now + 10, "iat": now})

    answer = handler(pool, PLAIN, cache_ttl=300)(rest_token(token, "GET /orders/7"), None)

    assert now + 10 == int(answer["context"]["valid_until"])
