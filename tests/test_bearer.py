"""Credentials in, refusals out: one token or none, and answers that say what to do and nothing else."""

from __future__ import annotations

import json
import re
import time
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import Acr, Amr, Claim, Client, Group, Reason, Rule, Scope, SignedInWithin
from cogauth.bearer import BUG, DENIED, NO_ROUTE, PLAIN, Answer, Headers, challenges, read_headers, refuse

MULTIPLE, MALFORMED = "request.multiple_credentials", "request.malformed_credentials"


def fault(method: str, headers: Headers) -> str | None:
    """The reason for which headers are refused."""
    request = read_headers(method, headers)
    assert request.token is None or request.fault is None
    return request.fault.reason if request.fault else None


# Line breaks of the examples in RFC 7616 section 3.9.1 and in AWS, "Authenticating Requests: Using the Authorization
# Header", taken out.
DIGEST = 'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nc=00000001'
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
    f"SignedHeaders=host;range;x-amz-date, Signature={'fe5f80f7' * 8}"
)

# -- Credentials in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param([("Authorization", "Bearer a.b.c")], "a.b.c", id="text"),
        pytest.param([(b"authorization", b"Bearer a.b.c")], "a.b.c", id="bytes"),
        pytest.param([("AUTHORIZATION", "BEARER a.b.c")], "a.b.c", id="capitals"),
        pytest.param([(b"aUTHORIZATION", b"bearer a.b.c")], "a.b.c", id="small letters"),
        pytest.param([("authorization", "\t Bearer a.b.c \t")], "a.b.c", id="spaces around, as RFC 9110 allows"),
        pytest.param([("authorization", "Bearer aZ09-._~+/=")], "aZ09-._~+/=", id="all characters of a b64token"),
        pytest.param([("authorization", "Bearer a==")], "a==", id="padding at the end"),
        pytest.param([("host", "h"), ("authorization", "Bearer a"), ("cookie", "a=b")], "a", id="among others"),
        pytest.param((pair for pair in [("authorization", "Bearer a")]), "a", id="an iterator"),
    ],
)
def test_a_token_is_taken(headers: Headers, token: str) -> None:
    """The one bearer token of the one Authorization header, whatever the case of name and scheme."""
    request = read_headers("GET", headers)
    assert (token, None, None) == (request.token, request.fault, request.preflight_for)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no header"),
        pytest.param([("authorization", "")], id="an empty header"),
        pytest.param([("authorization", "Basic YTpi")], id="another scheme"),
        pytest.param([(b"authorization", b"Basic YTpi")], id="another scheme in bytes"),
        pytest.param([("authorization", "a.b.c")], id="no scheme"),
        pytest.param([("authorization", "Bearera.b.c")], id="a scheme that only begins like it"),
        pytest.param([("authorization", "Bearer-x a.b.c")], id="a longer scheme"),
        pytest.param([("authorization", "Bearer\u00a0a.b.c")], id="a space that is none"),
        pytest.param([("authorization", "Token a.b.c")], id="a made-up scheme"),
        pytest.param([("authorization", "DPoP a.b.c")], id="a scheme that is bound to a key"),
        pytest.param([("authorization", SIGNED)], id="a signature of AWS"),
        pytest.param([("authorization", SIGNED.replace(", ", ","))], id="a signature of AWS without spaces"),
        pytest.param([("authorization", DIGEST)], id="a digest"),
        pytest.param([(b"authorization", DIGEST.encode())], id="a digest in bytes"),
        pytest.param([("authorization", 'Digest realm="a, Bearer b"')], id="a quoted comma"),
        pytest.param([("authorization", 'Digest realm="a \\", Bearer b", x=y')], id="a quoted quote"),
        pytest.param([("authorization", 'Digest x="a" ,\ty="\u00e9"')], id="spaces around the comma"),
        pytest.param([("authorization", 'Hawk id="a", ts="1", Bearer=x')], id="a parameter of the name"),
        pytest.param([("proxy-authorization", "Bearer a.b.c")], id="for the proxy"),
        pytest.param([("x-forwarded-authorization", "Bearer a.b.c")], id="forwarded"),
        pytest.param([("x-original-authorization", "Bearer a.b.c")], id="the original"),
        pytest.param([("x-authorization", "Bearer a.b.c")], id="a made-up header"),
        pytest.param([("authorization ", "Bearer a.b.c")], id="a space behind the name"),
        pytest.param([("authorization_", "Bearer a.b.c")], id="an underscore behind the name"),
        pytest.param([("x-access-token", "a.b.c"), ("cookie", "access_token=a.b.c")], id="elsewhere"),
        pytest.param([("x-amzn-oidc-data", "a.b.c"), ("x-amzn-oidc-accesstoken", "a.b.c")], id="a load balancer's"),
        pytest.param([("x-forwarded-user", "ana"), ("remote-user", "ana")], id="a name"),
    ],
)
def test_what_is_no_bearer_token_is_none(headers: Headers) -> None:
    """Other schemes and other headers are none of ours, and nobody is taken at their word."""
    request = read_headers("GET", headers)
    assert (None, None) == (request.token, request.fault)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param([("authorization", "Bearer a"), ("authorization", "Bearer a")], MULTIPLE, id="twice the same"),
        pytest.param([("authorization", "Bearer a"), ("authorization", "Bearer b")], MULTIPLE, id="two tokens"),
        pytest.param([("Authorization", "Bearer a"), ("AUTHORIZATION", "Bearer a")], MULTIPLE, id="two cases"),
        pytest.param([(b"authorization", b"Bearer a"), (b"Authorization", b"Bearer a")], MULTIPLE, id="bytes"),
        pytest.param([("authorization", "Basic YTpi"), ("authorization", "Bearer a")], MULTIPLE, id="two schemes"),
        pytest.param([("authorization", "Bearer a"), ("authorization", "")], MULTIPLE, id="one of them empty"),
        pytest.param([("authorization", ""), ("authorization", "")], MULTIPLE, id="both of them empty"),
        pytest.param([("authorization", "Bearer a,Bearer b")], MALFORMED, id="joined by a comma"),
        pytest.param([("authorization", "Bearer a, Bearer b")], MALFORMED, id="joined by a comma and a space"),
        pytest.param([("authorization", "Bearer a,")], MALFORMED, id="joined with an empty one"),
        pytest.param([("authorization", ",Bearer a")], MALFORMED, id="joined with an empty one before"),
        pytest.param([("authorization", "Basic YTpi, Bearer a")], MALFORMED, id="two schemes joined"),
        pytest.param([("authorization", "Basic YTpi=, Bearer a")], MALFORMED, id="two schemes joined, one padded"),
        pytest.param([("authorization", f"{DIGEST}, Bearer a")], MALFORMED, id="a digest joined with a token"),
        pytest.param([("authorization", f"{SIGNED}, Bearer a")], MALFORMED, id="a signature joined with a token"),
        pytest.param(
            [("authorization", f"{SIGNED},Bearer a=")], MALFORMED, id="a signature joined with a padded token"
        ),
        pytest.param([("authorization", f"{SIGNED}, Bearer =a")], MALFORMED, id="a signature joined with half a token"),
        pytest.param([("authorization", f"{SIGNED}, Bearer x=y")], MALFORMED, id="a signature joined with parameters"),
        pytest.param([("authorization", f"{DIGEST}, {DIGEST}")], MALFORMED, id="two digests joined"),
        pytest.param([("authorization", f"{DIGEST}, Basic YTpi")], MALFORMED, id="a digest joined with another scheme"),
        pytest.param([("authorization", f"{DIGEST}, a.b.c")], MALFORMED, id="a digest joined with a token alone"),
        pytest.param([("authorization", f"{DIGEST},")], MALFORMED, id="a digest joined with an empty one"),
        pytest.param([("authorization", f"{DIGEST}, , x=y")], MALFORMED, id="a digest with an empty member"),
        pytest.param([("authorization", 'Digest realm="a, Bearer b')], MALFORMED, id="a quote that is left open"),
        pytest.param([("authorization", 'Digest x="a\\", Bearer b')], MALFORMED, id="a quote that is escaped open"),
        pytest.param([("authorization", "Digest x=a Bearer b, y=c")], MALFORMED, id="a space in a parameter"),
        pytest.param([("authorization", "Digest x = a, y = b")], MALFORMED, id="spaces around an equals sign"),
        pytest.param([("authorization", "Digest x=a\n, Bearer b")], MALFORMED, id="a line break in a parameter"),
        pytest.param([("authorization", "Digest x=a, y=b\n")], MALFORMED, id="a line break after parameters"),
        pytest.param([("authorization", "Digest x=\u00a0, y=b")], MALFORMED, id="a space that is none in a parameter"),
        pytest.param([("authorization", "x=a, y=b")], MALFORMED, id="parameters without a scheme"),
        pytest.param([("authorization", "Bearer x=a, y=b")], MALFORMED, id="parameters of our own scheme"),
        pytest.param([("authorization", 'bearer realm="a", error="b"')], MALFORMED, id="a challenge sent back"),
        pytest.param([("authorization", "Bearer")], MALFORMED, id="no token"),
        pytest.param([("authorization", "Bearer ")], MALFORMED, id="no token but a space"),
        pytest.param([("authorization", "Bearer  a")], MALFORMED, id="two spaces"),
        pytest.param([("authorization", "Bearer\ta")], MALFORMED, id="a tab"),
        pytest.param([("authorization", "Bearer\x0ba")], MALFORMED, id="a vertical tab"),
        pytest.param([("authorization", "Bearer a b")], MALFORMED, id="a space in the token"),
        pytest.param([("authorization", "Bearer a\r\nX: y")], MALFORMED, id="a line break"),
        pytest.param([("authorization", "Bearer a\n")], MALFORMED, id="a line break at the end"),
        pytest.param([("authorization", "Bearer a\x00")], MALFORMED, id="NUL"),
        pytest.param([("authorization", 'Bearer "a"')], MALFORMED, id="quotes"),
        pytest.param([("authorization", "Bearer a=b")], MALFORMED, id="padding in the middle"),
        pytest.param([("authorization", "Bearer =")], MALFORMED, id="padding alone"),
        pytest.param([("authorization", "Bearer token=a")], MALFORMED, id="a parameter"),
        pytest.param([("authorization", "Bearer é")], MALFORMED, id="beyond ASCII"),
        pytest.param([("authorization", "Bearer a\u0662")], MALFORMED, id="a digit of another script"),
        pytest.param([(b"authorization", b"Bearer \xff")], MALFORMED, id="no UTF-8"),
        pytest.param([("authorization", "Bearer,a")], MALFORMED, id="a comma for the space"),
    ],
)
def test_what_could_be_read_in_two_ways_is_a_fault(headers: Headers, reason: str) -> None:
    """Taking the first or the last of two is how requests get past one reader to another."""
    assert reason == fault("GET", headers)
    assert read_headers("GET", headers).token is None


@pytest.mark.parametrize("scheme", ["Bearer", "BEARER"])
def test_a_token_is_never_part_of_its_fault(scheme: str) -> None:
    """Neither its text nor its reason holds what was sent."""
    request = read_headers("GET", [("authorization", f"{scheme} secret secret")])
    assert request.fault is not None
    assert "secret" not in f"{request!r} {request.fault!r} {request.fault} {request.fault.reason}"


def test_a_long_header_is_read_in_one_go() -> None:
    """Of whatever shape: a pattern that goes back over what it has read would take minutes here."""
    for part in ("a=b,", 'a="b",', "a=b ", "a,", '\\",', "a=,", "=", "a ", '"', "a=b\t,\t"):
        for value in (f"Digest {part * 20_000}", f"Digest {part * 20_000}Bearer x", f"{part * 20_000}"):
            began = time.process_time()
            read_headers("GET", [("authorization", value)])
            assert time.process_time() - began < 1


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Bearer", "bearer", "Digest", "a.b.c", "x=y", 'x="', '"', ",", ", ", " ", "=", "\\", "\t", "Basic YTpi"]
        ),
        max_size=8,
    ).map("".join)
)
def test_a_token_is_only_ever_taken_whole(value: str) -> None:
    """Whatever stands in the header: there is a token when scheme, space and token are all of it, else none."""
    request = read_headers("GET", [("authorization", value)])
    if request.token is None:
        assert not re.fullmatch(r"[ \t]*bearer [a-z.]+=*[ \t]*", value, re.IGNORECASE)
    else:
        assert ("bearer", request.token) == (value.strip(" \t")[:6].lower(), value.strip(" \t")[7:])
        assert not set(request.token) & set(', \t"')


ORIGIN, WANTED = ("origin", "https://app.example"), ("access-control-request-method", "PUT")


@pytest.mark.parametrize(
    ("method", "headers", "preflight_for"),
    [
        pytest.param("OPTIONS", [ORIGIN, WANTED], "PUT", id="text"),
        pytest.param("OPTIONS", [(b"Origin", b"x"), (b"Access-Control-Request-Method", b"PUT")], "PUT", id="bytes"),
        pytest.param("OPTIONS", [WANTED, ORIGIN, ("accept", "*/*")], "PUT", id="another order"),
        pytest.param("OPTIONS", [ORIGIN, WANTED, ("authorization", "Basic x")], "PUT", id="with another scheme"),
        pytest.param("OPTIONS", [ORIGIN, WANTED, ("authorization", "Bearer a")], "PUT", id="with a token"),
        pytest.param("OPTIONS", [ORIGIN], None, id="no method"),
        pytest.param("OPTIONS", [WANTED], None, id="no origin"),
        pytest.param("OPTIONS", [], None, id="neither"),
        pytest.param("PUT", [ORIGIN, WANTED], None, id="the request itself"),
        pytest.param("options", [ORIGIN, WANTED], None, id="a method in small letters"),
    ],
)
def test_a_preflight_has_three_marks(method: str, headers: Headers, preflight_for: str | None) -> None:
    """OPTIONS, Origin and Access-Control-Request-Method; one less, and it is a request like any."""
    assert preflight_for == read_headers(method, headers).preflight_for


@pytest.mark.parametrize(
    "credentials", [[("authorization", "Bearer a b")], [("authorization", "a"), ("authorization", "b")]]
)
def test_a_preflight_with_bad_credentials_has_a_fault(credentials: list[tuple[str, str]]) -> None:
    """Browsers send none, so that whoever does is no browser."""
    assert fault("OPTIONS", [ORIGIN, WANTED, *credentials]) in (MULTIPLE, MALFORMED)


# -- Refusals out ------------------------------------------------------------------------------------------------------


def said(answer: Answer) -> tuple[dict[str, str], dict[str, Any]]:
    """The headers and the body of an answer, each name once."""
    headers = dict(answer.headers)
    assert len(headers) == len(answer.headers)
    assert str(len(answer.body)) == headers.pop("Content-Length")
    return headers, json.loads(answer.body)


@pytest.mark.parametrize(
    ("answer", "status", "reason", "challenge"),
    [
        pytest.param(PLAIN.no_token, 401, "missing_token", "Bearer", id="no token"),
        pytest.param(PLAIN.bad_token, 401, "invalid_token", 'Bearer error="invalid_token"', id="a bad token"),
        pytest.param(
            PLAIN.bad_credentials, 400, "invalid_request", 'Bearer error="invalid_request"', id="bad credentials"
        ),
        pytest.param(PLAIN.odd_path, 400, "odd_path", 'Bearer error="invalid_request"', id="an odd path"),
        pytest.param(NO_ROUTE, 403, "no_route", None, id="no route"),
        pytest.param(DENIED, 403, "denied", None, id="denied"),
        pytest.param(BUG, 500, "internal_error", None, id="a bug"),
    ],
)
def test_answers_that_are_always_the_same(answer: Answer, status: int, reason: str, challenge: str | None) -> None:
    """Problem details (RFC 9457) that nobody stores, with the challenge of RFC 6750 where there is one."""
    headers, body = said(answer)
    assert status == answer.status
    assert {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        **({"WWW-Authenticate": challenge} if challenge else {}),
    } == headers
    assert {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "reason": reason} == body


def test_when_to_come_back() -> None:
    """Whole seconds, and no challenge: no token is to blame."""
    headers, body = said(refuse(503, code="keys_unavailable", retry_after=17))
    assert {"Content-Type": "application/problem+json", "Cache-Control": "no-store", "Retry-After": "17"} == headers
    assert ("keys_unavailable", "Service Unavailable", 503) == (body["reason"], body["title"], body["status"])


WEAK = "insufficient_user_authentication"


@pytest.mark.parametrize(
    ("unmet", "reason", "status", "challenge"),
    [
        pytest.param([Scope("r")], Reason.MISSING_SCOPE, 403, 'error="insufficient_scope", scope="r"', id="a scope"),
        pytest.param(
            [Scope("w", "r")],
            Reason.MISSING_SCOPE,
            403,
            'error="insufficient_scope", scope="w"',
            id="one of two scopes",
        ),
        pytest.param(
            [Scope("r"), Scope("w")], Reason.MISSING_SCOPE, 403, 'error="insufficient_scope", scope="r w"', id="scopes"
        ),
        pytest.param(
            [Acr("gold")], Reason.WEAK_AUTHENTICATION, 401, f'error="{WEAK}", acr_values="gold"', id="a level"
        ),
        pytest.param(
            [SignedInWithin(900)], Reason.WEAK_AUTHENTICATION, 401, f'error="{WEAK}", max_age="900"', id="an age"
        ),
        pytest.param(
            [SignedInWithin(900), Acr("gold"), SignedInWithin(60)],
            Reason.WEAK_AUTHENTICATION,
            401,
            f'error="{WEAK}", acr_values="gold", max_age="60"',
            id="a level and the lower of two ages",
        ),
        pytest.param([Group("a")], Reason.MISSING_GROUP, 403, None, id="a group"),
        pytest.param([Group("a"), Group("b")], Reason.MISSING_GROUP, 403, None, id="two groups"),
        pytest.param([Group("a"), Scope("r")], Reason.RULE_UNMET, 403, None, id="a group and a scope"),
        pytest.param([Scope("r"), Acr("gold")], Reason.RULE_UNMET, 403, None, id="a scope and a level"),
        pytest.param([Acr("gold"), Group("a")], Reason.RULE_UNMET, 403, None, id="a level and a group"),
        pytest.param([Amr("mfa")], Reason.RULE_UNMET, 403, None, id="a method"),
        pytest.param([Client("c")], Reason.RULE_UNMET, 403, None, id="a client"),
        pytest.param([Claim("x", equals="y")], Reason.RULE_UNMET, 403, None, id="a claim"),
        pytest.param([~Scope("r")], Reason.RULE_UNMET, 403, None, id="a scope too many"),
        pytest.param([], Reason.RULE_UNMET, 403, None, id="nothing"),
    ],
)
def test_what_the_caller_can_do(unmet: list[Rule], reason: Reason, status: int, challenge: str | None) -> None:
    """Ask for the scopes, sign in again, or nothing; the body has the reason's code and no more."""
    told, answer = PLAIN.unmet(unmet)
    headers, body = said(answer)
    assert (reason, status) == (told, answer.status)
    assert reason.value == body["reason"]
    assert {"type", "title", "status", "reason"} == body.keys()
    assert (None if challenge is None else f"Bearer {challenge}") == headers.get("WWW-Authenticate")


METADATA = "https://api.example.com/.well-known/oauth-protected-resource"
LEADING = challenges(METADATA)


@pytest.mark.parametrize(
    ("answer", "plain", "challenge"),
    [
        pytest.param(LEADING.no_token, PLAIN.no_token, "", id="no token"),
        pytest.param(LEADING.bad_token, PLAIN.bad_token, 'error="invalid_token", ', id="a bad token"),
        pytest.param(LEADING.bad_credentials, PLAIN.bad_credentials, 'error="invalid_request", ', id="bad credentials"),
        pytest.param(LEADING.odd_path, PLAIN.odd_path, 'error="invalid_request", ', id="an odd path"),
        pytest.param(
            LEADING.unmet([Scope("r"), Scope("w")])[1],
            PLAIN.unmet([Scope("r"), Scope("w")])[1],
            'error="insufficient_scope", scope="r w", ',
            id="scopes",
        ),
        pytest.param(
            LEADING.unmet([SignedInWithin(9)])[1],
            PLAIN.unmet([SignedInWithin(9)])[1],
            f'error="{WEAK}", max_age="9", ',
            id="an age",
        ),
    ],
)
def test_a_challenge_leads_to_the_metadata(answer: Answer, plain: Answer, challenge: str) -> None:
    """After all that is said without a resource (RFC 9728 section 5.1), and in nothing else."""
    (headers, body), (before, same) = said(answer), said(plain)
    assert f'Bearer {challenge}resource_metadata="{METADATA}"' == headers.pop("WWW-Authenticate")
    assert f"Bearer {challenge}".rstrip(", ") == before.pop("WWW-Authenticate")
    assert (headers, body, answer.status) == (before, same, plain.status)


@pytest.mark.parametrize("unmet", [[Group("a")], [Group("a"), Scope("r")], [~Scope("r")], []])
def test_who_cannot_do_anything_is_led_nowhere(unmet: list[Rule]) -> None:
    """Another token of the same issuers would be refused as well."""
    assert PLAIN.unmet(unmet) == LEADING.unmet(unmet)
    assert "WWW-Authenticate" not in dict(LEADING.unmet(unmet)[1].headers)
