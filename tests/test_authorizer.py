"""Authorizers: from a request to an answer, the blocking and the awaited one alike in every case."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    AccessDenied,
    Acr,
    AsyncAuthorizer,
    AsyncVerifier,
    Authorizer,
    Claim,
    ConfigurationError,
    Decision,
    Group,
    Issuer,
    KeysUnavailable,
    MissingToken,
    Policy,
    Reason,
    Role,
    Route,
    Scope,
    SignedInWithin,
    TokenError,
    UserPool,
    Verifier,
)
from cogauth.bearer import Headers
from cogauth.testing import LocalUserPool
from tests.support.authorizers import Awaited, Front, Make, awaited, blocking
from tests.support.clocks import Clocks
from tests.support.tokens import (
    ABSENT,
    CLIENT,
    ISSUER,
    NOW,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    POOL_ID,
    access_claims,
    fetched,
    id_claims,
    key_document,
    pinned,
    token,
)

LOA = "urn:cognito:loa:"

POLICY = Policy(
    roles={
        "editor": Group("editors"),
        "writer": Scope("orders/write", "orders/all"),
        "frozen": Claim("custom:status", equals="suspended", default=""),
        "strong": Acr(f"{LOA}3") & SignedInWithin(900),
    },
    routes=[
        Route("GET /orders", "editor", deny="frozen"),
        Route("GET /orders/{id}", "editor | writer"),
        Route("POST /orders", "writer"),
        Route("PUT /orders/{id}", Acr(f"{LOA}3")),
        Route("PATCH /orders/{id}", SignedInWithin(900)),
        Route("DELETE /orders/{id}", "strong"),
        Route("ANY /admin/{rest*}", Group("admins")),
        Route("GET /reports", Group("auditors") & Scope("reports/read")),
        Route("GET /me", "authenticated"),
        Route("GET /healthz", "public"),
        Route("GET /files/{rest*}", "editor", encoded_slash=True),
        Route("PUT /cors", "editor", cors_preflight=True),
    ],
)


@pytest.fixture(params=[blocking, awaited], ids=["Authorizer", "AsyncAuthorizer"])
def make(request: pytest.FixtureRequest) -> Make:
    """How an authorizer is made; every test that asks for it is run for both."""
    maker: Make = request.param
    return maker


@pytest.fixture
def front(make: Make) -> Front:
    """The authorizer of `POLICY`, at the time at which `token` issues."""
    return make(POLICY)


def challenge(decision: Decision) -> str | None:
    """The challenge of an answer; all else in it is looked at in passing."""
    headers = dict(decision.headers)
    assert len(headers) == len(decision.headers)
    if decision.allowed:
        assert (200, {}, b"") == (decision.status, headers, decision.body)
        return None
    assert "application/problem+json" == headers["Content-Type"]
    assert "no-store" == headers["Cache-Control"]
    assert str(len(decision.body)) == headers["Content-Length"]
    assert decision.status == json.loads(decision.body)["status"]
    return headers.get("WWW-Authenticate")


EDITOR = access_claims()
NOBODY = access_claims({"cognito:groups": ABSENT, "scope": ABSENT})
FROZEN = access_claims({"custom:status": "suspended"})
STRONG = access_claims({"acr": f"{LOA}4"})
LATE = access_claims({"acr": f"{LOA}4", "auth_time": NOW - 900})

INVALID, MISSING, BAD_REQUEST = 'Bearer error="invalid_token"', "Bearer", 'Bearer error="invalid_request"'
WEAK = 'Bearer error="insufficient_user_authentication"'

# -- One table for all answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "claims", "status", "reason", "challenged"),
    [
        pytest.param("GET", "/orders", EDITOR, 200, "allowed", None, id="by a group"),
        pytest.param("HEAD", "/orders", EDITOR, 200, "allowed", None, id="HEAD follows GET"),
        pytest.param("GET", "/orders/", EDITOR, 200, "allowed", None, id="a slash at the end"),
        pytest.param("DELETE", "/orders/17", STRONG, 200, "allowed", None, id="by a strong sign-in"),
        pytest.param("GET", "/me", NOBODY, 200, "allowed", None, id="by a token"),
        pytest.param("GET", "/healthz", EDITOR, 200, "public", None, id="public, with a token"),
        pytest.param("GET", "/healthz", None, 200, "public", None, id="public, without"),
        pytest.param("HEAD", "/healthz", None, 200, "public", None, id="public, HEAD"),
        # No credentials: 401, and no error to name, wherever the path leads.
        pytest.param("GET", "/orders", None, 401, "missing_token", MISSING, id="no token"),
        pytest.param("HEAD", "/orders", None, 401, "missing_token", MISSING, id="no token, HEAD"),
        pytest.param("GET", "/me", None, 401, "missing_token", MISSING, id="no token where any would do"),
        pytest.param("GET", "/nowhere", None, 401, "missing_token", MISSING, id="no token, no route"),
        pytest.param("POST", "/healthz", None, 401, "missing_token", MISSING, id="no token, another method"),
        # No route: never 404 or 405.
        pytest.param("GET", "/nowhere", EDITOR, 403, "no_route", None, id="no route"),
        pytest.param("GET", "/", EDITOR, 403, "no_route", None, id="no route at the root"),
        pytest.param("DELETE", "/orders", EDITOR, 403, "no_route", None, id="no route for the method"),
        pytest.param("get", "/orders", EDITOR, 403, "no_route", None, id="no route for a method in small letters"),
        pytest.param("GET\x00", "/orders", EDITOR, 403, "no_route", None, id="no route for a method that is none"),
        pytest.param("", "/orders", EDITOR, 403, "no_route", None, id="no route for no method"),
        pytest.param("GET", "/Orders", EDITOR, 403, "no_route", None, id="no route in another case"),
        pytest.param("GET", "/orders/17/items", EDITOR, 403, "no_route", None, id="no route so deep"),
        pytest.param("GET", "/admin", EDITOR, 403, "no_route", None, id="no route above a rest"),
        pytest.param("OPTIONS", "/orders", EDITOR, 403, "no_route", None, id="OPTIONS is a method like any"),
        # A rule that is unmet.
        pytest.param("GET", "/orders", FROZEN, 403, "denied", None, id="denied"),
        pytest.param("GET", "/orders", NOBODY, 403, "missing_group", None, id="no group"),
        pytest.param("FOO", "/admin/x", EDITOR, 403, "missing_group", None, id="another group, any method"),
        pytest.param(
            "GET",
            "/orders/17",
            NOBODY,
            403,
            "missing_scope",
            'Bearer error="insufficient_scope", scope="orders/write"',
            id="neither group nor scope, of which a scope can be asked for",
        ),
        pytest.param("GET", "/reports", EDITOR, 403, "rule_unmet", None, id="both a group and a scope missing"),
        pytest.param(
            "POST",
            "/orders",
            EDITOR,
            403,
            "missing_scope",
            'Bearer error="insufficient_scope", scope="orders/write"',
            id="no scope",
        ),
        pytest.param(
            "PUT",
            "/orders/17",
            EDITOR,
            401,
            "insufficient_user_authentication",
            f'{WEAK}, acr_values="{LOA}3"',
            id="signed in too weakly",
        ),
        pytest.param(
            "PATCH",
            "/orders/17",
            LATE,
            401,
            "insufficient_user_authentication",
            f'{WEAK}, max_age="900"',
            id="signed in too long ago",
        ),
        pytest.param(
            "DELETE",
            "/orders/17",
            access_claims({"auth_time": ABSENT}),
            401,
            "insufficient_user_authentication",
            f'{WEAK}, acr_values="{LOA}3", max_age="900"',
            id="never signed in",
        ),
        # Odd paths: before any rule, and before any token is looked at.
        pytest.param("GET", "//orders", EDITOR, 400, "odd_path", BAD_REQUEST, id="two slashes"),
        pytest.param("GET", "/healthz/../orders", EDITOR, 400, "odd_path", BAD_REQUEST, id="dots"),
        pytest.param("GET", "/healthz/", None, 200, "public", None, id="public, a slash at the end"),
        pytest.param("GET", "/healthz//", None, 400, "odd_path", BAD_REQUEST, id="public, two slashes at the end"),
        pytest.param("GET", "/%68ealthz", None, 400, "odd_path", BAD_REQUEST, id="public, encoded twice"),
        pytest.param("GET", "\\healthz", None, 400, "odd_path", BAD_REQUEST, id="public, a backslash"),
        pytest.param("GET", "/healthz\x00", None, 400, "odd_path", BAD_REQUEST, id="public, NUL"),
        pytest.param("GET", "", None, 400, "odd_path", BAD_REQUEST, id="no path"),
        pytest.param("OPTIONS", "*", None, 400, "odd_path", BAD_REQUEST, id="the whole server"),
        pytest.param("GET", "/files/../orders", EDITOR, 400, "odd_path", BAD_REQUEST, id="dots below an encoded slash"),
    ],
)
def test_each_situation_has_its_answer(
    front: Front,
    method: str,
    path: str,
    claims: dict[str, object] | None,
    status: int,
    reason: str,
    challenged: str | None,
) -> None:
    """Status, reason and challenge, the same for a token as for the header that brings it."""
    bearer = None if claims is None else token(claims)
    headers: Headers = [] if bearer is None else [("authorization", f"Bearer {bearer}")]
    first = front.authorize(bearer, method, path)
    second = front.authorize_request(method, path, headers)
    for decision in (first, second):
        assert (status, reason) == (decision.status, decision.reason.value)
        assert decision.allowed is (status == 200)
        assert challenged == challenge(decision)
        if status in (401, 403):
            assert reason == json.loads(decision.body)["reason"]
    assert (first.headers, first.body, first.unmet, first.route) == (
        second.headers,
        second.body,
        second.unmet,
        second.route,
    )


BAD_TOKENS = [
    pytest.param("", Reason.MALFORMED_TOKEN, id="empty"),
    pytest.param("a.b.c", Reason.MALFORMED_TOKEN, id="nonsense"),
    pytest.param(token() + "=", Reason.MALFORMED_TOKEN, id="padded"),
    pytest.param(token() + "A", Reason.BAD_SIGNATURE, id="a character too many"),
    pytest.param("a" * 70_000, Reason.MALFORMED_TOKEN, id="endless"),
    pytest.param("a.b.c.d.e", Reason.REFRESH_TOKEN_SENT, id="five segments"),
    pytest.param(token(header={"alg": "none"}), Reason.MALFORMED_TOKEN, id="alg none"),
    pytest.param(token(header={"jku": "https://evil.example"}), Reason.MALFORMED_TOKEN, id="its own keys"),
    pytest.param(token(access_claims({"iss": OTHER_ISSUER})), Reason.UNKNOWN_ISSUER, id="another issuer"),
    pytest.param(token(kid="k9"), Reason.UNKNOWN_KEY, id="another key"),
    pytest.param(token(kid="k9", header={"kid": "k1"}), Reason.BAD_SIGNATURE, id="another key under our name"),
    pytest.param(token()[:-20] + "A" * 20, Reason.BAD_SIGNATURE, id="a damaged signature"),
    pytest.param(token(access_claims({"exp": NOW})), Reason.EXPIRED, id="over"),
    pytest.param(token(access_claims({"iat": NOW + 301})), Reason.NOT_YET_VALID, id="not yet"),
    pytest.param(token(id_claims()), Reason.WRONG_USE, id="an ID token"),
    pytest.param(token(access_claims({"client_id": "other"})), Reason.WRONG_CLIENT, id="another client"),
    pytest.param(token(access_claims({"aud": "https://other.example"})), Reason.WRONG_AUDIENCE, id="another API"),
    pytest.param(token(access_claims({"sub": ABSENT})), Reason.BAD_CLAIM, id="no subject"),
    pytest.param(token(access_claims({"exp": ABSENT})), Reason.BAD_CLAIM, id="no end"),
    pytest.param(token(access_claims({"act": {"sub": "x"}})), Reason.BAD_CLAIM, id="on behalf of another"),
]


@pytest.mark.parametrize(("bearer", "reason"), BAD_TOKENS)
def test_every_refused_token_gets_the_same_answer(make: Make, bearer: str, reason: Reason) -> None:
    """Byte for byte, so that nobody learns from it what is wrong; the log does."""
    revoking = make(POLICY, is_revoked=lambda _: True)
    expected = revoking.authorize(token(), "GET", "/orders")
    assert Reason.REVOKED is expected.reason
    front = make(POLICY)
    for path in ("/orders", "/me", "/nowhere", "/admin/x"):
        decision = front.authorize(bearer, "GET", path)
        assert reason is decision.reason
        assert (False, 401, INVALID) == (decision.allowed, decision.status, challenge(decision))
        assert (expected.status, expected.headers, expected.body) == (decision.status, decision.headers, decision.body)
        assert (None, frozenset(), None, ()) == (
            decision.principal,
            decision.roles,
            decision.valid_until,
            decision.unmet,
        )


@pytest.mark.parametrize(("bearer", "reason"), BAD_TOKENS)
def test_a_refused_token_opens_what_is_public_and_nothing_else(front: Front, bearer: str, reason: Reason) -> None:
    """A bad token is none there: the request passes, as nobody's."""
    decision = front.authorize(bearer, "GET", "/healthz")
    assert (True, 200, Reason.PUBLIC, None) == (
        decision.allowed,
        decision.status,
        decision.reason,
        decision.principal,
    )
    assert reason is front.authorize(bearer, "GET", "/me").reason


@pytest.mark.parametrize("claims", [EDITOR, NOBODY, FROZEN, STRONG, LATE], ids=["ok", "none", "deny", "acr", "age"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_answer_shows_nothing_of_the_token(front: Front, method: str, claims: dict[str, object]) -> None:
    """No part of it, no claim value and no issuer: in headers, body and repr as little as in the requirements."""
    bearer = token({**claims, "cognito:groups": ["secret-group"], "custom:secret": "secret-value"})
    for path in ("/orders", "/orders/17", "/reports", "/nowhere", "/admin/x"):
        decision = front.authorize(bearer, method, path)
        shown = f"{decision!r} {decision.headers} {decision.body!r} {decision.unmet} {decision.error!r}"
        shown += repr(decision.principal)
        hidden = [*bearer.split("."), ISSUER, "secret", "ana", CLIENT, str(claims["sub"]), str(claims["jti"])]
        assert not [text for text in hidden if text in shown]


@pytest.mark.parametrize(("bearer", "reason"), BAD_TOKENS)
def test_an_error_shows_nothing_of_the_token(front: Front, bearer: str, reason: Reason) -> None:
    """Its text is constant, and so is its reason: what was wrong, and not with what."""
    decision = front.authorize(bearer, "GET", "/orders")
    assert isinstance(decision.error, TokenError)
    assert reason.value == decision.error.code
    shown = f"{decision!r} {decision.error} {decision.error!r} {decision.error.reason}"
    assert not [part for part in bearer.split(".") if len(part) > 1 and part in shown]
    assert not [text for text in (ISSUER, OTHER_ISSUER, "evil", "https://other", CLIENT, "ana") if text in shown]
    with pytest.raises(type(decision.error)):
        decision.require()


def test_without_keys_nothing_can_be_said(make: Make) -> None:
    """503 with the time to come back, and neither the URL nor why; public routes stay open."""
    front = make(POLICY, issuers=(fetched(),))
    for path in ("/orders", "/nowhere"):
        decision = front.authorize(token(), "GET", path)
        assert (False, 503, Reason.KEYS_UNAVAILABLE) == (decision.allowed, decision.status, decision.reason)
        assert challenge(decision) is None
        assert int(dict(decision.headers)["Retry-After"]) >= 1
        assert not [text for text in ("amazonaws", "OSError", "no way") if text in f"{decision!r}{decision.body!r}"]
        with pytest.raises(KeysUnavailable):
            decision.require()
    assert front.authorize(token(), "GET", "/healthz").allowed
    assert 401 == front.authorize(None, "GET", "/orders").status
    assert 400 == front.authorize(token(), "GET", "//orders").status


def test_keys_are_fetched_when_they_can_be(make: Make) -> None:
    """With the document at hand the same token passes."""
    urls: list[str] = []

    def fetch(url: str) -> bytes:
        urls.append(url)
        return key_document("k1")

    front = make(POLICY, issuers=(fetched(),), fetch=fetch)
    assert front.authorize(token(), "GET", "/orders").allowed
    assert front.authorize(token(), "GET", "/orders").allowed
    assert [f"{ISSUER}/.well-known/jwks.json"] == urls


# -- Headers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param([("authorization", f"Bearer {token()}")], 200, id="text"),
        pytest.param([(b"Authorization", f"bearer {token()}".encode())], 200, id="bytes"),
        pytest.param([], 401, id="none"),
        pytest.param([("authorization", f"Basic {token()}")], 401, id="another scheme"),
        pytest.param([("authorization", token())], 401, id="no scheme"),
        pytest.param([("x-forwarded-authorization", f"Bearer {token()}")], 401, id="another header"),
        pytest.param([("cookie", f"access_token={token()}")], 401, id="a cookie"),
        pytest.param([("x-amzn-oidc-data", token())], 401, id="a load balancer's header"),
        pytest.param([("authorization", f"Bearer {token()}")] * 2, 400, id="twice the same"),
        pytest.param(
            [("authorization", f"Bearer {token()}"), ("authorization", "Bearer a.b.c")], 400, id="good and bad"
        ),
        pytest.param([("authorization", f"Bearer {token()}, Bearer {token()}")], 400, id="joined by a comma"),
        pytest.param([("authorization", f"Bearer  {token()}")], 400, id="two spaces"),
        pytest.param([("authorization", "Bearer")], 400, id="no token"),
    ],
)
@pytest.mark.parametrize("path", ["/orders", "/nowhere"])
def test_credentials_are_read_once_and_strictly(front: Front, path: str, headers: Headers, status: int) -> None:
    """One header, one scheme, one space; what could be two is 400, on every path."""
    decision = front.authorize_request("GET", path, headers)
    assert (403 if status == 200 and path == "/nowhere" else status) == decision.status
    assert {400: BAD_REQUEST, 401: MISSING}.get(status) == challenge(decision)
    if status == 400:
        assert Reason.BAD_CREDENTIALS is decision.reason
        assert "invalid_request" == json.loads(decision.body)["reason"]
        assert token() not in repr(decision.error)


def test_bad_credentials_are_refused_even_where_all_may_pass(front: Front) -> None:
    """Two Authorization headers are a malformed request, to a public path as well."""
    headers = [("authorization", "Bearer a"), ("authorization", "Bearer b")]
    assert 400 == front.authorize_request("GET", "/healthz", headers).status


@pytest.mark.parametrize(
    "spoofed",
    [
        ("x-forwarded-uri", "/healthz"),
        ("x-original-url", "/healthz"),
        ("x-rewrite-url", "/healthz"),
        ("x-http-method-override", "GET"),
        ("host", "h/healthz?"),
        ("x-forwarded-user", "ana"),
        ("connection", "close, authorization"),
    ],
    ids=lambda pair: pair[0],
)
def test_no_header_moves_a_request(front: Front, spoofed: tuple[str, str]) -> None:
    """Path and method are the server's own; nothing that the client writes beside them counts."""
    assert 401 == front.authorize_request("GET", "/orders", [spoofed]).status
    headers = [spoofed, ("authorization", f"Bearer {token()}")]
    assert "no_route" == front.authorize_request("DELETE", "/orders", headers).reason.value


# -- Encoded slashes and preflights ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "raw", "status"),
    [
        pytest.param("/orders", "/orders", 200, id="none"),
        pytest.param("/orders", b"/%6frders", 200, id="another character"),
        pytest.param("/orders", None, 200, id="not told"),
        pytest.param("/orders/", "/orders%2F", 400, id="at the end"),
        pytest.param("/orders/17", "/orders%2F17", 400, id="for a slash of ours"),
        pytest.param("/orders/17", b"/orders%2f17", 400, id="in bytes"),
        pytest.param("/nowhere/x", "/nowhere%2fx", 400, id="no route"),
        pytest.param("/healthz", "/healthz%2f", 400, id="public"),
        pytest.param("/files/a/b", "/files/a%2Fb", 200, id="where the route accepts it"),
        pytest.param("/files/a/../b", "/files/a%2F..%2Fb", 400, id="with dots, where the route accepts it"),
        pytest.param("/files/a//b", "/files/a%2F%2Fb", 400, id="twice, where the route accepts it"),
    ],
)
def test_an_encoded_slash_is_for_routes_that_want_it(
    front: Front, path: str, raw: str | bytes | None, status: int
) -> None:
    """Elsewhere it is 400, for two routers could see two paths."""
    decision = front.authorize_request("GET", path, [("authorization", f"Bearer {token()}")], raw_path=raw)
    assert status == decision.status
    assert (Reason.ALLOWED if status == 200 else Reason.ODD_PATH) is decision.reason


def preflight(method: str) -> Headers:
    """The headers of a preflight for *method*."""
    return [("origin", "https://app.example"), ("access-control-request-method", method)]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "route"),
    [
        pytest.param("OPTIONS", "/cors", preflight("PUT"), 200, "PUT /cors", id="for a route that lets it pass"),
        pytest.param("OPTIONS", "/cors/", preflight("PUT"), 200, "PUT /cors", id="with a slash at the end"),
        pytest.param("OPTIONS", "/cors", preflight("GET"), 401, None, id="for another method"),
        pytest.param("OPTIONS", "/orders", preflight("GET"), 401, None, id="for a route that does not"),
        pytest.param("OPTIONS", "/nowhere", preflight("GET"), 401, None, id="for no route"),
        pytest.param("OPTIONS", "/healthz", preflight("GET"), 401, None, id="for a public route that does not"),
        pytest.param("OPTIONS", "/cors", [("origin", "x")], 401, None, id="without its method"),
        pytest.param("OPTIONS", "/cors", list(preflight("PUT"))[1:], 401, None, id="without an origin"),
        pytest.param("PUT", "/cors", preflight("PUT"), 401, "PUT /cors", id="the request itself"),
        pytest.param("GET", "/cors", preflight("PUT"), 401, None, id="another request with its headers"),
        pytest.param("OPTIONS", "//cors", preflight("PUT"), 400, None, id="for an odd path"),
        pytest.param(
            "OPTIONS",
            "/cors",
            [*preflight("PUT"), ("authorization", "Bearer a"), ("authorization", "Bearer b")],
            400,
            None,
            id="with bad credentials",
        ),
    ],
)
def test_a_preflight_passes_where_the_route_says_so(
    front: Front, method: str, path: str, headers: Headers, status: int, route: str | None
) -> None:
    """What counts is the request that the browser has in mind; the answer is nobody's."""
    decision = front.authorize_request(method, path, headers)
    assert (status, route, None) == (decision.status, decision.route, decision.principal)
    assert (decision.reason is Reason.PREFLIGHT) is (status == 200)


def test_preflights_may_pass_everywhere(make: Make) -> None:
    """With `cors_preflight` at the top; other OPTIONS requests, and the requests themselves, are asked for a token."""
    front = make(Policy(routes=[Route("GET /a", AUTHENTICATED)], cors_preflight=True))
    for path in ("/a", "/nowhere"):
        assert Reason.PREFLIGHT is front.authorize_request("OPTIONS", path, preflight("DELETE")).reason
        assert 401 == front.authorize_request("OPTIONS", path, []).status
        assert 401 == front.authorize_request("GET", path, preflight("GET")).status
    assert 400 == front.authorize_request("OPTIONS", "//a", preflight("GET")).status


def test_a_bare_rule_lets_no_preflight_pass(make: Make) -> None:
    """Nobody said that it should."""
    assert 401 == make(AUTHENTICATED).authorize_request("OPTIONS", "/a", preflight("GET")).status


# -- One rule ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "claims", "status", "reason"),
    [
        pytest.param(Group("editors"), EDITOR, 200, "allowed", id="met"),
        pytest.param(Role("editor") & ~Role("frozen"), EDITOR, 200, "allowed", id="in roles of the policy"),
        pytest.param(PUBLIC, None, 200, "public", id="public"),
        pytest.param(AUTHENTICATED, None, 401, "missing_token", id="no token"),
        pytest.param(Group("admins"), EDITOR, 403, "missing_group", id="unmet"),
        pytest.param(Role("editor") & ~Role("frozen"), FROZEN, 403, "rule_unmet", id="a role too many"),
        pytest.param(Scope("x"), EDITOR, 403, "missing_scope", id="no scope"),
        pytest.param(SignedInWithin(900), LATE, 401, "insufficient_user_authentication", id="too long ago"),
    ],
)
def test_one_rule_is_decided(
    front: Front, rule: Any, claims: dict[str, object] | None, status: int, reason: str
) -> None:
    """For library code and single endpoints; there is no route then."""
    bearer = None if claims is None else token(claims)
    for _ in range(2):
        decision = front.decide(bearer, rule)
        assert (status, reason, None) == (decision.status, decision.reason.value, decision.route)


@pytest.mark.parametrize("rule", [None, True, "admin", Group, POLICY], ids=lambda rule: type(rule).__name__)
def test_only_a_rule_is_decided(front: Front, rule: Any) -> None:
    """A forgotten rule is a mistake and not a yes."""
    with pytest.raises(ConfigurationError, match="a rule is needed; there is no default"):
        front.decide(token(), rule)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param(Role("nobody"), "role 'nobody': there is none", id="an unknown role"),
        pytest.param(Issuer("partners"), "issuer 'partners': not configured", id="an unknown issuer"),
        pytest.param(~Role("strong"), "must say what absence means", id="a negated role that is silent on absence"),
    ],
)
def test_a_rule_must_make_sense_here(front: Front, rule: Any, message: str) -> None:
    """Each time it is asked."""
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=message):
            front.decide(token(), rule)


@pytest.mark.parametrize("path", ["/", "/orders", "/nowhere/at/all"])
def test_a_bare_rule_guards_every_path(make: Make, path: str) -> None:
    """Every method, too; odd paths stay odd."""
    front = make(Group("editors"))
    for method in ("GET", "DELETE", "OPTIONS"):
        assert 200 == front.authorize(token(), method, path).status
        assert 403 == front.authorize(token(NOBODY), method, path).status
        assert 401 == front.authorize(None, method, path).status
        assert 400 == front.authorize(token(), method, f"/{path}").status


def test_an_api_that_the_policy_does_not_know_has_no_routes(front: Front) -> None:
    """Not even public ones."""
    assert 401 == front.authorize(None, "GET", "/healthz", api="billing").status
    assert Reason.NO_ROUTE is front.authorize(token(), "GET", "/orders", api="billing").reason
    headers = [("authorization", f"Bearer {token()}")]
    assert Reason.NO_ROUTE is front.authorize_request("GET", "/orders", headers, api="billing").reason


def test_an_authorizer_like_this_one_for_one_rule() -> None:
    """The same verifier, roles and hooks; a rule in place of the routes."""
    sync = blocking(POLICY, is_revoked=lambda who: who.client_id != CLIENT).guarding(Role("editor"))
    waited = Awaited(
        awaited(POLICY, is_revoked=lambda who: who.client_id != CLIENT).authorizer.guarding(Role("editor"))
    )
    other = access_claims({"client_id": "other"})
    for front in (sync, waited):
        assert 200 == front.authorize(token(), "DELETE", "/nowhere").status
        assert 403 == front.authorize(token(NOBODY), "GET", "/healthz").status
        assert 401 == front.authorize(token(other), "GET", "/orders").status
    revoked = blocking(POLICY, is_revoked=lambda _: True).guarding(Role("editor"))
    assert Reason.REVOKED is revoked.authorize(token(), "GET", "/").reason
    with pytest.raises(ConfigurationError, match="role 'nobody'"):
        blocking(POLICY).guarding(Role("nobody"))


def test_an_authorizer_for_one_rule_is_made_once() -> None:
    """The same one for an equal rule, so that what it remembers is of use."""
    sync, waited = blocking(POLICY), awaited(POLICY).authorizer
    assert sync.guarding(Group("a")) is sync.guarding(Group("a"))
    assert sync.guarding(Group("a")) is not sync.guarding(Group("b"))
    assert waited.guarding(Group("a")) is waited.guarding(Group("a"))
    assert waited.guarding(Group("a")) is not waited.guarding(Group("b"))


# -- Several issuers ---------------------------------------------------------------------------------------------------

STAFF = pinned(name="staff")
PARTNERS = UserPool(OTHER_POOL_ID, clients={CLIENT}, name="partners", jwks=key_document("k2").decode())
PARTNER = token(access_claims({"iss": OTHER_ISSUER}), kid="k2")


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Group("editors"), id="a bare rule"),
        pytest.param(Policy(routes=[Route("GET /a", Scope("r"))]), id="a route"),
        pytest.param(Policy(roles={"editor": Group("editors")}), id="a role"),
    ],
)
def test_with_several_issuers_groups_need_one(make: Make, policy: Any) -> None:
    """Whose groups they are must be said before the first request; with one issuer it is clear."""
    make(policy, issuers=(STAFF,))
    with pytest.raises(ConfigurationError, match=r"of which issuer\? there are several"):
        make(policy, issuers=(STAFF, PARTNERS))


def test_groups_of_another_issuer_are_not_these_groups(make: Make) -> None:
    """Partners have editors of their own, who are none of ours, unless a rule says that any will do."""
    policy = Policy(
        roles={"editor": Issuer("staff") & Group("editors")},
        routes=[Route("GET /a", "editor"), Route("GET /b", Group("editors", any_issuer=True))],
    )
    front = make(policy, issuers=(STAFF, PARTNERS))
    assert 200 == front.authorize(token(), "GET", "/a").status
    assert 403 == front.authorize(PARTNER, "GET", "/a").status
    assert frozenset() == front.authorize(PARTNER, "GET", "/a").roles
    assert 200 == front.authorize(PARTNER, "GET", "/b").status
    with pytest.raises(ConfigurationError, match="of which issuer"):
        front.decide(PARTNER, Group("editors"))


def test_an_issuer_that_is_not_configured_is_a_mistake(make: Make) -> None:
    """A typo in its name is found while building."""
    with pytest.raises(ConfigurationError, match="issuer 'stuff': not configured; there are staff"):
        make(Issuer("stuff"), issuers=(STAFF,))


# -- Making one --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "verifier"),
    [(Authorizer, Verifier(pinned())), (AsyncAuthorizer, AsyncVerifier(pinned()))],
    ids=["Authorizer", "AsyncAuthorizer"],
)
@pytest.mark.parametrize("policy", [None, True, "admin", {}, Group], ids=lambda policy: type(policy).__name__)
def test_there_is_no_default_policy(kind: Any, verifier: Any, policy: Any) -> None:
    """Who forgets the policy, or hands over something else, has no authorizer."""
    with pytest.raises(ConfigurationError, match="there is no default"):
        kind(verifier, policy)
    with pytest.raises(TypeError):
        kind(verifier)


@pytest.mark.parametrize(
    ("kind", "verifier", "message"),
    [
        pytest.param(Authorizer, AsyncVerifier(pinned()), "an AsyncVerifier goes with AsyncAuthorizer", id="async"),
        pytest.param(AsyncAuthorizer, Verifier(pinned()), "would block the event loop", id="blocking"),
        pytest.param(Authorizer, None, "needs a Verifier", id="none"),
        pytest.param(AsyncAuthorizer, None, "needs an AsyncVerifier", id="none, awaited"),
        pytest.param(Authorizer, pinned(), "needs a Verifier", id="an issuer"),
    ],
)
def test_a_verifier_of_the_other_kind_is_a_mistake(kind: Any, verifier: Any, message: str) -> None:
    """A coroutine that nobody awaits is no principal, and a blocking call stops everybody."""
    with pytest.raises(ConfigurationError, match=message):
        kind(verifier, AUTHENTICATED)


def test_both_authorizers_are_asked_alike() -> None:
    """Every public method has the same name and arguments in the two."""
    names = {name for name in dir(Authorizer) if not name.startswith("_")}
    assert names == {name for name in dir(AsyncAuthorizer) if not name.startswith("_")}
    for name in ("decide", "authorize", "authorize_request", "from_file", "__init__"):
        one, other = (inspect.signature(getattr(kind, name)).parameters for kind in (Authorizer, AsyncAuthorizer))
        assert [(each.name, each.kind, each.default) for each in one.values()] == [
            (each.name, each.kind, each.default) for each in other.values()
        ]


TOML = f"""
version = 1
[[issuer]]
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]
jwks = "keys/jwks.json"
[roles]
editor = {{ groups = ["editors"] }}
[[route]]
match = "GET /orders"
allow = "editor"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration with its keys beside it."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "jwks.json").write_bytes(key_document("k1"))
    path = tmp_path / "cogauth.toml"
    path.write_text(TOML, "utf-8")
    return path


def test_of_a_file(file: Path) -> None:
    """Issuers, roles and routes; the options are the verifier's, the hooks the authorizer's."""
    for front in (
        Authorizer.from_file(file, clock=lambda: NOW),
        Awaited(AsyncAuthorizer.from_file(file, clock=lambda: NOW)),
    ):
        assert 200 == front.authorize(token(), "GET", "/orders").status
        assert {"editor"} == front.authorize(token(), "GET", "/orders").roles
        assert 403 == front.authorize(token(), "GET", "/").status
        assert 401 == front.authorize(None, "GET", "/orders").status
    for front in (
        Authorizer.from_file(str(file), is_revoked=lambda _: True, clock=lambda: NOW),
        Awaited(AsyncAuthorizer.from_file(str(file), is_revoked=lambda _: True, clock=lambda: NOW)),
    ):
        assert Reason.REVOKED is front.authorize(token(), "GET", "/orders").reason


@pytest.mark.parametrize("kind", [Authorizer, AsyncAuthorizer], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("version = 1", "version = ", "at line 2", id="no TOML"),
        pytest.param("version = 1", "version = 1\nversion = 1", "at line 3", id="a key twice"),
        pytest.param("keys/jwks.json", "jwks.json", "jwks: cannot be read", id="no keys"),
        pytest.param('allow = "editor"', 'allow = "admin"', "role 'admin': there is none", id="an unknown role"),
        pytest.param("[[issuer]]", "[[issuers]]", "issuer: none is given", id="no issuer"),
    ],
)
def test_of_a_file_with_mistakes(file: Path, kind: Any, old: str, new: str, message: str) -> None:
    """No authorizer, and the file's name with each."""
    file.write_text(TOML.replace(old, new), "utf-8")
    with pytest.raises(ConfigurationError, match=message) as caught:
        kind.from_file(file)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize("kind", [Authorizer, AsyncAuthorizer], ids=lambda kind: kind.__name__)
def test_of_no_file(tmp_path: Path, kind: Any) -> None:
    """Nothing is guessed when the file is missing."""
    with pytest.raises(ConfigurationError, match=r"cogauth\.toml: cannot be read"):
        kind.from_file(tmp_path / "cogauth.toml")


def test_decisions_raise_when_they_are_made_to(front: Front) -> None:
    """The principal for a yes, and for each kind of no the class of whoever must act."""
    who = front.authorize(token(), "GET", "/orders").require()
    assert who is not None
    assert "ana" == who.username
    with pytest.raises(MissingToken):
        front.authorize(None, "GET", "/orders").require()
    with pytest.raises(TokenError):
        front.authorize("a.b.c", "GET", "/orders").require()
    with pytest.raises(AccessDenied) as caught:
        front.authorize(token(NOBODY), "GET", "/orders").require()
    assert ("needs group editors",) == caught.value.decision.unmet
    with pytest.raises(AccessDenied):
        front.authorize(token(), "GET", "//orders").require()


# -- A pool's own tokens -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def local_pool() -> LocalUserPool:
    """A pool with an editor and somebody else."""
    pool = LocalUserPool(POOL_ID, clients={CLIENT}, clock=lambda: NOW)
    pool.add_user("ana", groups=["editors"])
    pool.add_user("ben")
    return pool


def test_tokens_of_a_pool(make: Make, local_pool: LocalUserPool) -> None:
    """What a sign-in gives: the access token passes, the others do not; a machine has its scopes and no groups."""
    clocks = Clocks()
    front = make(POLICY, issuers=(local_pool.issuer(),), clocks=clocks)
    ana = local_pool.sign_in("ana", scopes=["openid", "orders/write"])
    ben = local_pool.sign_in("ben")
    robot = local_pool.machine_token(scopes=["orders/write"])
    for bearer, method, reason in (
        (ana.access, "GET", "allowed"),
        (ana.access, "POST", "allowed"),
        (robot, "POST", "allowed"),
        (robot, "GET", "missing_group"),
        (ben.access, "GET", "missing_group"),
        (ben.access, "POST", "missing_scope"),
        (ana.id, "GET", "wrong_use"),
        (ana.refresh, "GET", "refresh_token_sent"),
    ):
        assert reason == front.authorize(bearer, method, "/orders").reason.value
    clocks.tick(3_600)
    assert "expired" == front.authorize(ana.access, "GET", "/orders").reason.value


def test_the_verifier_is_there_to_be_warmed_and_asked() -> None:
    """An authorizer made of a file has one too, and nobody else has made it."""
    verifier, awaiting = Verifier(pinned()), AsyncVerifier(pinned())
    assert verifier is Authorizer(verifier, AUTHENTICATED).verifier
    assert awaiting is AsyncAuthorizer(awaiting, AUTHENTICATED).verifier
