"""The middleware of Powertools' event handler lets through what the policy allows, on each of its resolvers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    CORSConfig,
    LambdaFunctionUrlResolver,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from cogauth import Authorizer, ConfigurationError, Policy, Verifier
from cogauth_lambda.powertools import CogAuthMiddleware
from tests.adapters.conftest import Pool, broken

Pairs = list[tuple[str, str]]
CONTEXT = LambdaContext()


def rest_event(method: str, path: str, headers: Pairs) -> dict[str, Any]:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    context = {"apiId": "a1b2c3d4e5", "stage": "prod", "path": f"/prod{path}", "httpMethod": method}
    return {
        "httpMethod": method,
        "path": path,
        "resource": "/{proxy+}",
        "headers": {name: values[-1] for name, values in several.items()} or None,
        "multiValueHeaders": several or None,
        "requestContext": context,
        "body": None,
        "isBase64Encoded": False,
    }


def joined(headers: Pairs) -> dict[str, str]:
    """As HTTP APIs and function URLs have them: small letters, repeats joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name.lower()] = f"{found[name.lower()]},{value}" if name.lower() in found else value
    return found


def http_event(method: str, path: str, headers: Pairs, stage: str = "prod") -> dict[str, Any]:
    raw = path if stage == "$default" else f"/{stage}{path}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw,
        "rawQueryString": "",
        "headers": joined(headers),
        "requestContext": {
            "apiId": "a1b2c3d4e5",
            "stage": stage,
            "routeKey": "$default",
            "http": {"method": method, "path": raw, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "x"},
        },
        "isBase64Encoded": False,
    }


def url_event(method: str, path: str, headers: Pairs) -> dict[str, Any]:
    return http_event(method, path, headers, "$default")


def alb_event(method: str, path: str, headers: Pairs) -> dict[str, Any]:
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:x"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {name.lower(): value for name, value in headers},
        "body": "",
        "isBase64Encoded": False,
    }


def alb_several(method: str, path: str, headers: Pairs) -> dict[str, Any]:
    event = alb_event(method, path, headers)
    several: dict[str, list[str]] = {}
    for name, value in [*headers, ("host", "h")]:
        several.setdefault(name.lower(), []).append(value)
    del event["headers"], event["queryStringParameters"]
    return {**event, "multiValueHeaders": several, "multiValueQueryStringParameters": {}}


FRONTS: dict[str, tuple[Any, Any]] = {
    "REST": (APIGatewayRestResolver, rest_event),
    "HTTP": (APIGatewayHttpResolver, http_event),
    "URL": (LambdaFunctionUrlResolver, url_event),
    "ALB": (ALBResolver, alb_event),
    "ALB with several values": (ALBResolver, alb_several),
}
every_front = pytest.mark.parametrize("front", FRONTS)


def ask(
    front: str, authorizer: Authorizer, method: str, path: str, headers: Pairs, api: str | None = None, **options: Any
) -> tuple[int, dict[str, str], str, list[Any]]:
    """Ask an app of that kind; gives the status, the headers, the body, and whom its views have seen."""
    make, event_of = FRONTS[front]
    app = make(**options)
    app.use(middlewares=[CogAuthMiddleware(authorizer=authorizer, api=api)])
    seen: list[Any] = []

    def view(**_: str) -> dict[str, str]:
        seen.append(app.context["principal"])
        assert app.context["decision"].principal is seen[-1]
        return {"ok": "yes"}

    for rule in ("/orders/<number>", "/healthz", "/unlisted", "/<anything>"):
        app.route(rule, method=["GET", "PUT", "HEAD", "POST"], compress=True)(view)
    answer = app.resolve(event_of(method, path, headers), CONTEXT)
    told: dict[str, Any] = answer.get("multiValueHeaders") or answer["headers"]
    flat = {name.lower(): str(value if isinstance(value, str) else value[0]) for name, value in told.items()}
    return answer["statusCode"], flat, answer["body"], seen


@every_front
@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "GET", "/orders/a%20b", "bo", id="encoded"),
        pytest.param(200, "HEAD", "/orders/7", "bo", id="HEAD"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(401, "HEAD", "/orders/7", None, id="HEAD without a token"),
        pytest.param(401, "GET", "/unlisted", None, id="no route of the policy, nobody"),
        pytest.param(401, "GET", "/no/view/at/all", None, id="no view, nobody"),
        pytest.param(403, "GET", "/unlisted", "ana", id="no route of the policy"),
        pytest.param(403, "GET", "/no/view/at/all", "ana", id="no view"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(400, "GET", "/%6frders", "ana", id="needlessly encoded"),
        pytest.param(400, "GET", "/orders/..%2fhealthz", "ana", id="encoded slash and dots"),
        pytest.param(400, "GET", "/prod%2Forders/7", "ana", id="encoded slash"),
        pytest.param(400, "GET", "/orders//7", "ana", id="two slashes"),
        pytest.param(400, "GET", "/orders/%FF", "ana", id="no text"),
        pytest.param(400, "GET", "/orders/../healthz", "ana", id="dot segments"),
    ],
)
def test_decides(pool: Pool, front: str, status: int, method: str, path: str, who: str | None) -> None:
    """The decision is the policy's; a refusal is its answer, and the view is not called."""
    headers = [] if who is None else [("Authorization", f"Bearer {getattr(pool, who)}")]
    headers.append(("Accept-Encoding", "gzip"))

    given, told, body, seen = ask(front, pool.authorizer(), method, path, headers)

    assert (status, 1 if status == 200 else 0) == (given, len(seen))
    if status == 200:
        assert [who] == [principal.username for principal in seen]
        return
    decision = pool.authorizer().authorize_request(method, "/orders/7", [])
    assert "application/problem+json" == told["content-type"]
    assert "no-store" == told["cache-control"]
    assert (status != 403) == ("www-authenticate" in told)
    if method == "HEAD":
        assert ("", str(len(decision.body))) == (body, told["content-length"])
    else:
        assert status == json.loads(body)["status"]
        assert len(body) == int(told["content-length"])


@every_front
def test_public(pool: Pool, front: str) -> None:
    """A public route is for nobody as well."""
    assert (200, [None]) == ask(front, pool.authorizer(), "GET", "/healthz", [])[::3]
    assert (200, [None]) == ask(front, pool.authorizer(), "GET", "/healthz", [("Authorization", "Bearer x")])[::3]


@pytest.mark.parametrize("front", ["REST", "HTTP", "URL", "ALB with several values"])
@pytest.mark.parametrize("names", [("Authorization", "Authorization"), ("Authorization", "authorization")])
def test_two_credentials(pool: Pool, front: str, names: tuple[str, str]) -> None:
    """Two Authorization headers are none, though Powertools would show the last."""
    headers = [(names[0], f"Bearer {pool.bo}"), (names[1], f"Bearer {pool.ana}")]

    assert (400, []) == ask(front, pool.authorizer(), "GET", "/orders/7", headers)[::3]


@every_front
@pytest.mark.parametrize("name", ["x-amzn-oidc-data", "x-amzn-oidc-accesstoken", "X-Authorization", "x-cogauth-sub"])
def test_other_headers(pool: Pool, front: str, name: str) -> None:
    """No other header is a credential."""
    assert (401, []) == ask(front, pool.authorizer(), "GET", "/orders/7", [(name, f"Bearer {pool.bo}")])[::3]


@pytest.mark.parametrize("front", ["REST", "HTTP", "ALB"])
def test_prefixes(pool: Pool, front: str) -> None:
    """The path is the one that the app routes, prefixes taken off."""
    headers = [("Authorization", f"Bearer {pool.bo}")]

    assert 200 == ask(front, pool.authorizer(), "GET", "/shop/orders/7", headers, strip_prefixes=["/shop"])[0]
    assert 403 == ask(front, pool.authorizer(), "GET", "/shop/orders/7", headers)[0]


def test_cors(pool: Pool) -> None:
    """A refusal has the headers of CORS, so that a page's script can read it."""
    headers = [("Origin", "https://shop.example")]

    status, told, _, _ = ask(
        "REST", pool.authorizer(), "GET", "/orders/7", headers, cors=CORSConfig(allow_origin="https://shop.example")
    )

    assert (401, "https://shop.example") == (status, told["access-control-allow-origin"])


APIS = {
    "version": 1,
    "api": [
        {
            "name": "a",
            "gateway": ["a1b2c3d4e5/prod"],
            "route": [{"match": "GET /orders/{id}", "allow": "authenticated"}],
        },
        {"name": "b", "gateway": ["other/prod"], "route": [{"match": "PUT /orders/{id}", "allow": "authenticated"}]},
    ],
}


@pytest.mark.parametrize(
    ("status", "front", "method", "api"),
    [
        (200, "REST", "GET", None),
        (200, "HTTP", "GET", None),
        (403, "REST", "PUT", None),
        (403, "HTTP", "PUT", None),
        (403, "ALB", "GET", None),
        (403, "URL", "GET", None),
        (200, "ALB", "GET", "a"),
        (403, "ALB", "GET", "b"),
        (200, "REST", "PUT", "b"),
    ],
)
def test_apis(pool: Pool, status: int, front: str, method: str, api: str | None) -> None:
    """The gateway's id and stage choose the api, unless one is named; a load balancer has none."""
    authorizer = Authorizer(Verifier(pool.issuer), Policy.from_dict(APIS))
    headers = [("Authorization", f"Bearer {pool.bo}")]

    assert status == ask(front, authorizer, method, "/orders/7", headers, api)[0]


@every_front
def test_metadata(pool: Pool, front: str) -> None:
    """Where the policy names a resource, its metadata is there for all (RFC 9728)."""
    authorizer = Authorizer(Verifier(pool.issuer), pool.policy, resource="https://api.example.com")
    path = "/.well-known/oauth-protected-resource"

    status, _, body, seen = ask(front, authorizer, "GET", path, [])

    assert (200, [], "https://api.example.com") == (status, seen, json.loads(body)["resource"])


@every_front
def test_keys_unavailable(pool: Pool, front: str) -> None:
    """Without keys it is 503, with when to come back."""
    authorizer = Authorizer(Verifier(pool.keyless()), pool.policy)

    status, told, _, seen = ask(front, authorizer, "GET", "/orders/7", [("Authorization", f"Bearer {pool.bo}")])

    assert (503, []) == (status, seen)
    assert told["retry-after"].isdecimal()


@every_front
def test_bug(pool: Pool, front: str) -> None:
    """A hook with a bug is a 500 that says nothing."""
    headers = [("Authorization", f"Bearer {pool.bo}")]

    status, _, body, seen = ask(front, pool.authorizer(is_revoked=broken), "GET", "/orders/7", headers)

    assert (500, [], "internal_error") == (status, seen, json.loads(body)["reason"])


@pytest.mark.parametrize(
    "change", [{"headers": [], "multiValueHeaders": None}, {"headers": {"a": 5}, "multiValueHeaders": None}]
)
def test_event_that_is_none(pool: Pool, change: dict[str, Any]) -> None:
    """What cannot be read is refused, by no fault of the caller."""
    app: Any = ALBResolver()
    app.use(middlewares=[CogAuthMiddleware(authorizer=pool.authorizer())])
    app.get("/healthz")(lambda: {"ok": "yes"})

    with_headers = {**alb_event("GET", "/healthz", []), **change}

    try:
        answer = app.resolve(with_headers, CONTEXT)
    except Exception as error:  # noqa: BLE001  Powertools may give it up before anybody is asked
        assert "ok" not in str(error)  # noqa: PT017  either is a refusal
    else:
        assert 500 == answer["statusCode"]


def test_built_wrongly(pool: Pool) -> None:
    """Mistakes show when it is made."""
    awaited: Any = pool.async_authorizer()

    with pytest.raises(ConfigurationError, match="must be an Authorizer"):
        CogAuthMiddleware(authorizer=awaited)
    with pytest.raises(ConfigurationError, match="no api 'x'"):
        CogAuthMiddleware(authorizer=pool.authorizer(), api="x")
