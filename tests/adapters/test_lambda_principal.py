"""Claims that an authorizer before the function has verified: all there and clear, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import LoadBalancer, MalformedToken, MissingToken, TokenError, Verifier
from cogauth_lambda import gateway_principal, lambda_authorizer, load_balancer_principal
from cogauth_lambda.flattened import taken_apart
from cogauth_lambda.members import UnknownEvent
from tests.adapters.conftest import Pool
from tests.support.lambda_events import rest_token
from tests.test_oidc_data import balancer, data, verifier as balanced

CLAIMS = {
    "sub": "u1",
    "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
    "token_use": "access",
    "client_id": "c1",
    "username": "ana",
    "scope": "a b",
}


def cognito(claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"claims": claims}}}


def jwt(claims: Any, scopes: Any = None) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": scopes}}}}


def ours(context: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": context}}


def told(pool: Pool, who: str = "ana") -> dict[str, str]:
    """What the authorizer of this library tells the function behind it."""
    context: dict[str, str] = lambda_authorizer(pool.authorizer())(
        rest_token(getattr(pool, who), "POST /jobs" if who == "machine" else "GET /orders/7"), None
    )["context"]
    return context


@pytest.mark.parametrize("form", ["REST", "HTTP"])
@pytest.mark.parametrize("who", ["ana", "bo", "machine"])
def test_handed_over(pool: Pool, form: str, who: str) -> None:
    """What our authorizer hands over arrives as it was verified."""
    context = told(pool, who)
    event = ours({"lambda": context} if form == "HTTP" else {**context, "principalId": "x", "integrationLatency": 3})
    verified = Verifier(pool.issuer).verify(getattr(pool, who))

    principal = gateway_principal(event)

    for name in ("subject", "username", "client_id", "token_use", "issuer", "groups", "scopes"):
        assert getattr(verified, name) == getattr(principal, name), name
    assert ("cogauth", verified.expires_at) == (principal.verified_by, principal.valid_until)
    assert pool.policy.roles_held(verified, 0) == principal.roles
    assert "<GatewayPrincipal verified by cogauth>" == repr(principal)


def test_gateways_own(pool: Pool) -> None:
    """AWS's own authorizers hand on claims as strings."""
    for event, by in ((cognito(CLAIMS), "cognito"), (jwt(CLAIMS, ["a"]), "jwt"), (jwt(CLAIMS), "jwt")):
        principal = gateway_principal(event)
        assert (by, "u1", "ana", "c1") == (
            principal.verified_by,
            principal.subject,
            principal.username,
            principal.client_id,
        )
        assert (frozenset("ab"), frozenset[str]()) == (principal.scopes, principal.groups)
        assert None is principal.valid_until
    identity = {**CLAIMS, "token_use": "id", "aud": "c2", "cognito:username": "bea"}
    del identity["username"]
    principal = gateway_principal(cognito(identity))
    assert ("c2", "bea") == (principal.client_id, principal.username)


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"requestContext": None},
        {"requestContext": {}},
        ours(None),
        ours({}),
        ours([]),
        ours("x"),
        ours({"principalId": "x"}),
        *(ours({kind: {}}) for kind in ("jwt", "lambda", "claims")),
        ours({"lambda": {"tenantId": "t"}}),
        ours({"iam": {"userId": "x"}}),
        jwt(None),
        {"headers": {"x-cogauth-sub": "u1"}, "requestContext": {}},
        ours({"lambda": []}),
    ],
)
def test_nobody(event: Any) -> None:
    """Without an authorizer's word there is nobody: no default, and no account of the system."""
    with pytest.raises(MissingToken):
        gateway_principal(event)


def test_public(pool: Pool) -> None:
    """Somebody whom our authorizer let through without a token is nobody."""
    context = lambda_authorizer(pool.authorizer())(rest_token(None, "GET /healthz"), None)["context"]

    with pytest.raises(MissingToken):
        gateway_principal(ours(context))


@pytest.mark.parametrize("name", ["username", "client_id", "token_use", "issuer", "groups", "scopes", "roles", "api"])
@pytest.mark.parametrize("value", [None, 5, ["x"]])
def test_part_of_ours(pool: Pool, name: str, value: Any) -> None:
    """A part of what is handed over is not taken for the rest: groups that had no room are not none."""
    for context in ({**told(pool), name: value}, {k: v for k, v in told(pool).items() if k != name}):
        with pytest.raises(TokenError) as caught:
            gateway_principal(ours(context))
        assert "gateway.incomplete" == caught.value.reason


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": ""},
        {"token_use": ""},
        {"issuer": ""},
        {"valid_until": ""},
        {"valid_until": "soon"},
        {"valid_until": "-1"},
        {"valid_until": "٣"},
        {"groups": "a,b"},
        {"groups": "[a b]"},
        {"groups": ""},
        {"groups": '{"a": 1}'},
        {"groups": "[1]"},
        {"roles": "admin"},
        {"roles": "[null]"},
    ],
)
def test_ours_changed(pool: Pool, change: dict[str, str]) -> None:
    """What our authorizer cannot have written is refused."""
    with pytest.raises(TokenError):
        gateway_principal(ours({**told(pool), **change}))


@pytest.mark.parametrize("kind", [cognito, jwt])
@pytest.mark.parametrize(
    "change",
    [
        {"sub": ""},
        {"sub": None},
        {"sub": 5},
        {"iss": ""},
        {"client_id": ""},
        {"token_use": ""},
        {"token_use": "refresh"},
        {"token_use": "id"},
        {"cognito:groups": ["admins"]},
        {"extra": {"a": 1}},
    ],
)
def test_claims_changed(kind: Any, change: dict[str, Any]) -> None:
    """Claims that lack somebody or something, or that are no strings, are refused."""
    with pytest.raises(TokenError):
        gateway_principal(kind({**CLAIMS, **change}))


def test_several_authorizers() -> None:
    """Two words for one request are none."""
    with pytest.raises(TokenError):
        gateway_principal(ours({"jwt": {"claims": CLAIMS}, "claims": CLAIMS}))
    with pytest.raises(TokenError):
        gateway_principal(jwt(CLAIMS, "a b"))
    with pytest.raises(TokenError):
        gateway_principal(jwt(CLAIMS, [1]))


@pytest.mark.parametrize(
    ("expected", "kind", "flat", "known"),
    [
        ({"admin"}, jwt, "[admin]", None),
        ({"admin"}, cognito, "admin", None),
        ({"[x"}, jwt, "[[x]", None),
        ({"a,b"}, jwt, "[a,b]", None),
        ({"[admin]"}, cognito, "[admin]", None),
        ({"admin", "users"}, jwt, "[admin users]", {"admin", "users", "other"}),
        ({"admin", "users"}, cognito, "admin,users", {"admin", "users", "other"}),
        ({"a,b", "c"}, cognito, "a,b,c", {"a,b", "c"}),
        ({"Domain Users"}, jwt, "[Domain Users]", {"Domain Users"}),
        (None, jwt, "[admin users]", None),
        (None, cognito, "admin,users", None),
        (None, jwt, "admin", None),
        (None, jwt, "[admin", None),
        (None, jwt, "[", None),
        (None, jwt, "[]", None),
        (None, jwt, "", None),
        (None, cognito, "", None),
        (None, cognito, "a,", {"a"}),
        (None, cognito, "a,b", {"a"}),
        (None, cognito, "a,b", {"a", "b", "a,b"}),
        (None, jwt, "[a b c]", {"a b", "c", "a", "b c"}),
        (None, cognito, "a,b", set[str]()),
        (None, jwt, "[Admin]", {"admin"}),
    ],
)
def test_groups(expected: set[str] | None, kind: Any, flat: str, known: set[str] | None) -> None:
    """Flattened groups are taken apart where there is one way to, and refused else."""
    event = kind({**CLAIMS, "cognito:groups": flat})

    if expected is None:
        with pytest.raises(TokenError):
            gateway_principal(event, groups=known)
    else:
        assert expected == gateway_principal(event, groups=known).groups


@given(st.lists(st.text("ab, []", min_size=1, max_size=3), min_size=1, max_size=4), st.sampled_from(["[ ]", ","]))
def test_no_other_groups(names: list[str], form: Any) -> None:
    """What is taken apart is what was flattened, whatever separators the names have, or nothing."""
    flat = f"[{' '.join(names)}]" if form == "[ ]" else ",".join(names)

    assert taken_apart(flat, form, names) in (frozenset(names), None)


# -- Load balancer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("several", [False, True])
def test_load_balancer(*, several: bool) -> None:
    """Whom the load balancer has signed in, in both forms of its events."""
    name = "x-amzn-oidc-data"
    event = {"multiValueHeaders": {name: [data()]}} if several else {"headers": {name: data()}}

    assert "u1" == load_balancer_principal(event, balanced()).subject


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (MissingToken, {}),
        (MissingToken, {"headers": None}),
        (MissingToken, {"headers": {"x-amzn-oidc-identity": "u1", "x-amzn-oidc-accesstoken": "x"}}),
        (MissingToken, {"headers": {"x_amzn_oidc_data": data()}}),
        (MalformedToken, {"multiValueHeaders": {"x-amzn-oidc-data": [data(), data()]}}),
        (MalformedToken, {"headers": {"x-amzn-oidc-data": data(), "X-Amzn-Oidc-Data": data()}}),
        (TokenError, {"headers": {"x-amzn-oidc-data": data() + "A"}}),
        (UnknownEvent, {"headers": {"x-amzn-oidc-data": [data()]}}),
        (UnknownEvent, None),
    ],
)
def test_load_balancer_refused(error: type[Exception], event: Any) -> None:
    """One header that the load balancer has signed, or nobody."""
    with pytest.raises(error):
        load_balancer_principal(event, balanced())


def test_another_load_balancer(pool: Pool, shared: Path) -> None:
    """A recorded header of a load balancer that is not ours proves nobody."""
    headers = json.loads((shared / "data" / "events" / "alb-oidc-headers__generated.json").read_text("utf-8"))
    headers = headers.get("headers", headers)
    assert isinstance(balancer(), LoadBalancer)
    with pytest.raises(TokenError):
        load_balancer_principal({"headers": {k: v for k, v in headers.items() if isinstance(v, str)}}, balanced())
