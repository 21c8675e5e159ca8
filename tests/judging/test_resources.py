"""What clients are told of resources: each challenge leads to the metadata, and that to the issuers (RFC 9728)."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cogauth import (
    ANY_CLIENT,
    PUBLIC,
    Acr,
    Answer,
    Api,
    AsyncAuthorizer,
    AsyncVerifier,
    Authorizer,
    ConfigurationError,
    Decision,
    Group,
    IdentityPool,
    LoadBalancer,
    OIDCIssuer,
    Policy,
    Principal,
    Role,
    Route,
    Rule,
    Scope,
    UserPool,
    Verifier,
)
from cogauth.judging.resources import MAX_AGE, Resources
from cogauth.rules import Not
from tests.support.clocks import Clocks
from tests.support.tokens import CLIENT, ISSUER, POOL_ID, access_claims, key_document, pinned, token

WELL_KNOWN = "/.well-known/oauth-protected-resource"
HERE, BILLING = "https://api.example.com", "https://billing.example.com/v1"
HERE_AT, BILLING_AT = f"{HERE}{WELL_KNOWN}", f"https://billing.example.com{WELL_KNOWN}/v1"

POLICY = Policy(
    roles={"reader": Scope("orders/read", "orders/all"), "calm": Not(Scope("panic"))},
    routes=[
        Route("GET /orders", Role("reader") & Role("calm")),
        Route("POST /orders", Scope("orders/write"), deny=Scope("frozen")),
        Route("GET /weak", Acr("urn:cognito:loa:4")),
        Route("GET /group", Group("nobody")),
        Route("GET /healthz", PUBLIC),
        Route("GET /shy", Scope("shadow"), mode="shadow"),
    ],
    apis=[
        Api("billing", [Route("GET /bills", Scope("bills/read"))], hosts=["billing.example.com"], resource=BILLING),
        Api("stock", [Route("GET /items", Scope("items/read"))]),
    ],
    resource=HERE,
)


def authorizer(policy_or_rule: Policy | Rule = POLICY, **options: Any) -> Authorizer:
    """One pool with a pinned key, at a time that stands."""
    clocks = Clocks()
    return Authorizer(Verifier(pinned(), clock=clocks.wall, monotonic=clocks.monotonic), policy_or_rule, **options)


def document(answer: Answer | None) -> dict[str, Any]:
    """The metadata of an answer that has some."""
    assert answer is not None
    found: dict[str, Any] = json.loads(answer.body)
    return found


def led_to(decision: Decision) -> str | None:
    """Where the challenge of a refusal leads."""
    found = re.search(r'[ ,]resource_metadata="([^"]*)"$', dict(decision.headers).get("WWW-Authenticate", ""))
    return found[1] if found else None


# -- The metadata ------------------------------------------------------------------------------------------------------


def test_the_metadata_says_what_a_client_needs() -> None:
    """What it is called, whose tokens it takes, which scopes there are, and where the token goes (section 2)."""
    answer = authorizer().metadata("GET", WELL_KNOWN)
    assert {
        "resource": HERE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["items/read", "orders/all", "orders/read", "orders/write"],
        "bearer_methods_supported": ["header"],
    } == document(answer)
    assert {
        "resource": BILLING,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["bills/read", "orders/all", "orders/read", "orders/write"],
        "bearer_methods_supported": ["header"],
    } == document(authorizer().metadata("GET", f"{WELL_KNOWN}/v1", "billing"))


def test_whoever_asks_may_read_and_keep_it() -> None:
    """From any page, for as long as keys are fresh; as JSON (section 3.2)."""
    answer = authorizer().metadata("GET", WELL_KNOWN)
    assert answer is not None
    headers = dict(answer.headers)
    assert (200, 4) == (answer.status, len(answer.headers))
    assert {
        "Content-Type": "application/json",
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "Access-Control-Allow-Origin": "*",
        "Content-Length": str(len(answer.body)),
    } == headers
    assert answer._replace(body=b"") == authorizer().metadata("HEAD", WELL_KNOWN)


def test_a_browser_may_ask_first() -> None:
    """Clients send headers of their own, and the browser wants to know whether they may."""
    answer = authorizer().metadata("OPTIONS", WELL_KNOWN)
    assert answer is not None
    headers = dict(answer.headers)
    assert (204, b"", "*", "*") == (
        answer.status,
        answer.body,
        headers["Access-Control-Allow-Origin"],
        headers["Access-Control-Allow-Headers"],
    )
    assert {"GET", "HEAD", "OPTIONS"} == set(headers["Access-Control-Allow-Methods"].split(", "))
    assert "Content-Length" not in headers


@pytest.mark.parametrize(
    ("method", "path", "api"),
    [
        *(
            pytest.param(method, WELL_KNOWN, None, id=method or "no method")
            for method in ("POST", "PUT", "DELETE", "get", "")
        ),
        pytest.param("GET", "/", None, id="the root"),
        pytest.param("GET", "", None, id="no path"),
        pytest.param("GET", "/orders", None, id="a route"),
        pytest.param("GET", f"{WELL_KNOWN}/", None, id="a slash more"),
        pytest.param("GET", f"{WELL_KNOWN}/v1", None, id="another resource's"),
        pytest.param("GET", f"{WELL_KNOWN}x", None, id="a longer name"),
        pytest.param("GET", f"/v1{WELL_KNOWN}", "billing", id="behind the path"),
        pytest.param("GET", WELL_KNOWN, "billing", id="at the root of a resource with a path"),
        pytest.param("GET", f"{WELL_KNOWN}/v1/", "billing", id="a slash more than the path"),
        pytest.param("GET", WELL_KNOWN.upper(), None, id="in capitals"),
        pytest.param("GET", "/.well-known/openid-configuration", None, id="an issuer's metadata"),
        pytest.param("GET", WELL_KNOWN, "", id="the api of an unknown host"),
        pytest.param("GET", WELL_KNOWN, "nobody", id="an api that there is not"),
    ],
)
def test_all_else_is_decided_like_any_request(method: str, path: str, api: str | None) -> None:
    """Nothing is answered that is not asked for, and so nothing is open that was not."""
    deciding = authorizer()
    assert deciding.metadata(method, path, api) is None
    assert deciding.authorize(None, method, path, api=api).allowed is False


def test_without_a_resource_there_is_no_metadata() -> None:
    """It is on by one option."""
    routes = [Route("GET /orders", Scope("orders/read"))]
    deciding = authorizer(Policy(routes=routes, apis=[Api("billing", [], resource=BILLING)]))
    assert deciding.metadata("GET", WELL_KNOWN) is None
    assert led_to(deciding.authorize(None, "GET", "/orders")) is None
    assert BILLING == document(deciding.metadata("GET", f"{WELL_KNOWN}/v1", "billing"))["resource"]


def resources(*issuers: Any, policy: Policy = POLICY) -> Resources:
    return Resources(policy, issuers)


GOOGLE = OIDCIssuer("https://accounts.google.com", audience={"x"})
GUID = "eu-west-1:5f0e3c1a-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("issuers", "servers"),
    [
        pytest.param([GOOGLE, pinned()], ["https://accounts.google.com", ISSUER], id="in the order of the file"),
        pytest.param(
            [pinned(name="a", token_use="access"), pinned(name="a", token_use="id")], [ISSUER], id="one pool twice"
        ),
        pytest.param(
            [UserPool(POOL_ID, clients=ANY_CLIENT, regions=["eu-central-1"])], [ISSUER], id="a pool with a replica"
        ),
        pytest.param(
            [UserPool(POOL_ID, clients=ANY_CLIENT, issuer="http://localhost:9229/x")],
            ["http://localhost:9229/x"],
            id="an emulator",
        ),
        pytest.param([pinned(), IdentityPool(GUID)], [ISSUER], id="no identity pool"),
    ],
)
def test_those_who_issue_tokens_are_named(issuers: list[Any], servers: list[str]) -> None:
    """By the identifier under which their metadata is, once each."""
    assert servers == document(resources(*issuers).metadata("GET", WELL_KNOWN, None))["authorization_servers"]


def test_what_is_empty_is_left_out() -> None:
    """Section 3.2: an empty list would say that there are no scopes, and that nobody issues tokens."""
    balancer = LoadBalancer(
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
        client="c",
        issuer=ISSUER,
    )
    policy = Policy(routes=[Route("GET /a", Group("a")), Route("GET /b", PUBLIC)], resource=HERE)
    answer = resources(IdentityPool(GUID), balancer, policy=policy).metadata("GET", WELL_KNOWN, None)
    assert {"resource": HERE, "bearer_methods_supported": ["header"]} == document(answer)


def test_a_bare_rule_has_scopes_as_well() -> None:
    """Though it has no routes."""
    deciding = authorizer(Scope("b") | (Scope("a") & Group("g") & ~Scope("c")), resource=HERE)
    assert ["a", "b"] == document(deciding.metadata("GET", WELL_KNOWN))["scopes_supported"]


def test_the_document_is_made_once() -> None:
    """Not for each who asks."""
    deciding = authorizer()
    one, other = (deciding.metadata("GET", WELL_KNOWN) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.body is other.body


# -- The way there -----------------------------------------------------------------------------------------------------

ANA = token(access_claims({"scope": "openid", "cognito:groups": ["editors"]}))


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        pytest.param(None, "/orders", 401, id="no token"),
        pytest.param("a.b.c", "/orders", 401, id="a bad token"),
        pytest.param(ANA, "/orders", 403, id="a scope missing"),
        pytest.param(ANA, "/weak", 401, id="signed in too weakly"),
        pytest.param(None, "/../orders", 400, id="an odd path"),
        pytest.param(None, "/nowhere", 401, id="no token and no route"),
    ],
)
@pytest.mark.parametrize(
    ("api", "place"),
    [(None, HERE_AT), ("stock", HERE_AT), ("billing", BILLING_AT), ("", None), ("nobody", None)],
)
def test_challenges_lead_to_the_metadata(
    token: str | None, path: str, status: int, api: str | None, place: str | None
) -> None:
    """Of the api's own resource, else of the policy's; an api that there is not has none."""
    decision = authorizer().authorize(token, "GET", path, api=api)
    if api in ("", "nobody") and token == ANA:
        assert (403, "no_route") == (decision.status, decision.reason)
    else:
        assert status == decision.status
        assert "WWW-Authenticate" in dict(decision.headers)
    assert place == led_to(decision)


@pytest.mark.parametrize(
    ("headers", "raw_path"),
    [
        pytest.param([("authorization", "Bearer a b")], None, id="malformed credentials"),
        pytest.param([("authorization", "Bearer a"), ("authorization", "Bearer a")], None, id="two credentials"),
        pytest.param([], "/or%2fders", id="an encoded slash"),
    ],
)
@pytest.mark.parametrize(("api", "place"), [(None, HERE_AT), ("billing", BILLING_AT), ("", None)])
def test_bad_requests_lead_there_as_well(
    headers: list[tuple[str, str]], raw_path: str | None, api: str | None, place: str | None
) -> None:
    """All that RFC 6750 has a challenge for."""
    decision = authorizer().authorize_request("GET", "/orders", headers, raw_path=raw_path, api=api)
    assert (400, place) == (decision.status, led_to(decision))


@pytest.mark.parametrize("path", ["/group", "/nowhere"])
def test_who_cannot_do_better_is_led_nowhere(path: str) -> None:
    """A token of the same issuers would not help."""
    decision = authorizer().authorize(ANA, "GET", path)
    assert (403, True) == (decision.status, "WWW-Authenticate" not in dict(decision.headers))


def test_revoked_and_single_questions_lead_there() -> None:
    """A rule that is asked by itself is asked of the API as a whole."""

    def revoked(_: Principal) -> bool:
        return True

    deciding = authorizer(is_revoked=revoked)
    assert HERE_AT == led_to(deciding.authorize(ANA, "GET", "/orders"))
    assert HERE_AT == led_to(authorizer().decide(None, Group("a")))
    assert HERE_AT == led_to(authorizer().decide(ANA, Scope("x")))


def test_single_endpoints_lead_there() -> None:
    """Those of an authorizer have its resources, and the metadata of the whole API, not of their own rule."""
    below = authorizer().guarding(Scope("x"))
    assert [HERE_AT, BILLING_AT, None] == [
        led_to(below.authorize(None, "GET", "/any", api=api)) for api in (None, "billing", "")
    ]
    for each in (below, below.guarding(Scope("y"))):
        assert authorizer().metadata("GET", WELL_KNOWN) == each.metadata("GET", WELL_KNOWN)


def test_constant_refusals_stay_constant() -> None:
    """A resource costs a refused request nothing but the lookup, a single endpoint included."""
    deciding = authorizer()
    again = deciding.authorize(None, "GET", "/orders").headers
    assert again is deciding.authorize(None, "GET", "/orders").headers
    assert again is deciding.guarding(Group("g")).authorize(None, "GET", "/a").headers
    assert again is deciding.authorize(None, "GET", "/orders", api="stock").headers


def test_apis_that_are_made_up_fill_no_memory() -> None:
    """They are the client's, where an adapter takes them from one."""
    there = resources(pinned())
    for number in range(50):
        there.challenges(f"made up {number}")
    inside: Any = there
    assert {} == inside._known


# -- Where a resource is said ------------------------------------------------------------------------------------------


def test_the_option_is_for_policies_that_say_none() -> None:
    """And for a bare rule; the policy itself stays as it is."""
    policy = Policy(routes=[Route("GET /a", Scope("r"))])
    deciding = authorizer(policy, resource=HERE)
    assert HERE == document(deciding.metadata("GET", WELL_KNOWN))["resource"]
    assert (None, HERE, policy) == (policy.resource, deciding.policy.resource, deciding.policy)


def test_the_option_is_no_second_word() -> None:
    """Said twice, or no URL: found while building."""
    with pytest.raises(ConfigurationError, match="the policy says one already"):
        authorizer(resource=HERE)
    with pytest.raises(ConfigurationError, match="resource: must be the https URL"):
        authorizer(Group("a"), resource="http://api.example.com")


def test_both_authorizers_have_it() -> None:
    """And neither awaits anything for it."""
    deciding = AsyncAuthorizer(AsyncVerifier(pinned()), Scope("r"), resource=HERE)
    assert ["r"] == document(deciding.metadata("GET", WELL_KNOWN))["scopes_supported"]
    assert HERE_AT == led_to(asyncio.run(deciding.authorize(None, "GET", "/a")))


FILE = f"""
version = 1
resource = "{HERE}"
[[issuer]]
name = "staff"
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]
jwks = "keys.json"
[[route]]
match = "GET /orders"
allow = {{ scopes = ["orders/read"] }}
[[api]]
name = "billing"
resource = "{BILLING}"
"""


def test_a_file_says_it_and_reload_follows(tmp_path: Path) -> None:
    """Resource, scopes and issuers are those in force, for single endpoints made before as well."""
    (tmp_path / "keys.json").write_bytes(key_document("k1"))
    path = tmp_path / "cogauth.toml"
    path.write_text(FILE, "utf-8")
    deciding = Authorizer.from_file(path)
    below = deciding.guarding(Group("g"))
    assert ["orders/read"] == document(deciding.metadata("GET", WELL_KNOWN))["scopes_supported"]
    assert BILLING == document(deciding.metadata("GET", f"{WELL_KNOWN}/v1", "billing"))["resource"]
    other = POOL_ID[:-1] + "X"
    moved = FILE.replace(HERE, f"{HERE}/v2").replace("orders/read", "orders/list").replace(POOL_ID, other)
    path.write_text(moved, "utf-8")
    deciding.reload()
    assert deciding.metadata("GET", WELL_KNOWN) is None
    for each in (deciding, below):
        found = document(each.metadata("GET", f"{WELL_KNOWN}/v2"))
        assert (f"{HERE}/v2", ["orders/list"]) == (found["resource"], found["scopes_supported"])
        assert [ISSUER.replace(POOL_ID, other)] == found["authorization_servers"]
        assert f"{HERE_AT}/v2" == led_to(each.authorize(None, "GET", "/orders"))


def test_other_issuers_are_named_at_once() -> None:
    """When the verifier's are replaced by themselves."""
    deciding = authorizer()
    assert [ISSUER] == document(deciding.metadata("GET", WELL_KNOWN))["authorization_servers"]
    deciding.verifier.replace_issuers(pinned(), GOOGLE)
    assert [ISSUER, "https://accounts.google.com"] == document(deciding.metadata("GET", WELL_KNOWN))[
        "authorization_servers"
    ]
