"""Payloads: exactly the claims that AWS documents, under every circumstance."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import jwt
import pytest

from cogauth.testing import LocalUserPool

NOW = 1_700_000_000
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
RANDOM = {"sub", "jti", "origin_jti", "event_id", "at_hash"}
ROLE = "arn:aws:iam::111122223333:role/Editor"
ROLES = {"cognito:roles", "cognito:preferred_role"}
TIMES = {"auth_time": NOW, "iat": NOW, "exp": NOW + 3600}


def claims(token: str) -> dict[str, Any]:
    """What a token says; that it verifies is tested elsewhere."""
    return jwt.decode(token, options={"verify_signature": False})


def certain(token: str) -> dict[str, Any]:
    """What a token says, but for what is random."""
    return {name: value for name, value in claims(token).items() if name not in RANDOM}


def test_an_access_token_of_the_api(pool: LocalUserPool) -> None:
    """One scope, no version, no attributes, no `aud`."""
    token = pool.sign_in("ana").access
    assert certain(token) == {
        "iss": ISSUER,
        "client_id": "c1",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "username": "ana",
        "cognito:groups": ["editors", "a,b"],
        **TIMES,
    }
    assert {"sub", "jti", "origin_jti", "event_id"} == claims(token).keys() & RANDOM


def test_an_access_token_of_the_oauth_endpoints(pool: LocalUserPool) -> None:
    """The scopes that were asked for, as one string, and the version."""
    api, oauth = pool.sign_in("ana").access, pool.sign_in("ana", scopes=["openid", "orders/read"]).access
    assert certain(api) | {"scope": "openid orders/read", "version": 2} == certain(oauth)


def test_an_id_token_of_the_api(pool: LocalUserPool) -> None:
    """The client is the audience, attributes are there, and neither scope nor `at_hash`."""
    token = pool.sign_in("ana").id
    assert certain(token) == {
        "iss": ISSUER,
        "aud": "c1",
        "token_use": "id",
        "cognito:username": "ana",
        "cognito:groups": ["editors", "a,b"],
        "email": "ana@example.com",
        "email_verified": True,
        "phone_number": "+49301",
        "custom:dept": "risk",
        **TIMES,
    }
    assert {"sub", "jti", "origin_jti", "event_id"} == claims(token).keys() & RANDOM


def test_an_id_token_of_the_oauth_endpoints(pool: LocalUserPool) -> None:
    """`at_hash` is the left half of the access token's SHA-256 (OpenID Connect Core 1.0 section 3.1.3.6)."""
    tokens = pool.sign_in("ana", scopes=["openid"])
    half = hashlib.sha256(tokens.access.encode()).digest()[:16]
    assert base64.urlsafe_b64encode(half) == f"{claims(tokens.id)['at_hash']}==".encode()


@pytest.mark.parametrize(
    ("scopes", "attributes"),
    [
        (["openid"], {"email", "email_verified", "phone_number", "custom:dept"}),
        (["openid", "profile", "email"], {"email", "email_verified", "phone_number", "custom:dept"}),
        (["orders/read"], {"email", "email_verified", "phone_number", "custom:dept"}),
        (["openid", "email"], {"email", "email_verified"}),
        (["openid", "phone", "orders/read"], {"phone_number"}),
        (["openid", "phone", "email"], {"email", "email_verified", "phone_number"}),
    ],
    ids=" ".join,
)
def test_scopes_narrow_an_id_token(pool: LocalUserPool, scopes: list[str], attributes: set[str]) -> None:
    """`openid` alone gives all attributes, `email` and `phone` beside it only their own."""
    everything = {"email", "email_verified", "phone_number", "custom:dept"}
    assert attributes == claims(pool.sign_in("ana", scopes=scopes).id).keys() & everything


@pytest.mark.parametrize("scopes", [None, ["openid"]])
def test_no_groups_no_claim(pool: LocalUserPool, scopes: list[str] | None) -> None:
    """Cognito leaves an empty `cognito:groups` out of both tokens."""
    tokens = pool.sign_in("ben", scopes=scopes)
    assert "cognito:groups" not in claims(tokens.access) | claims(tokens.id)


def test_a_machine_token_knows_no_user(pool: LocalUserPool) -> None:
    """No `username`, no groups, no session; `sub` is the client."""
    token = pool.machine_token(client="c1", scopes=["jobs/run", "jobs/stop"])
    assert {"sub", "jti"} == claims(token).keys() & RANDOM
    assert "c1" == claims(token)["sub"]
    assert certain(token) == {
        "iss": ISSUER,
        "client_id": "c1",
        "token_use": "access",
        "scope": "jobs/run jobs/stop",
        "version": 2,
        **TIMES,
    }


def test_the_tokens_of_a_sign_in_belong_together(pool: LocalUserPool) -> None:
    """One session, one user, but each token its own `jti`."""
    tokens = pool.sign_in("ana")
    access, identity = claims(tokens.access), claims(tokens.id)
    assert all(access[name] == identity[name] for name in ("sub", "origin_jti", "event_id", "auth_time"))
    assert access["jti"] != identity["jti"]
    assert all(4 == uuid.UUID(access[name]).version for name in RANDOM - {"at_hash"})


def test_sub_is_the_users_for_ever(pool: LocalUserPool) -> None:
    """Sessions differ, `sub` does not."""
    first, second = claims(pool.sign_in("ana").access), claims(pool.sign_in("ana", scopes=["openid"]).id)
    assert first["sub"] == second["sub"]
    assert first["origin_jti"] != second["origin_jti"]
    assert first["sub"] != claims(pool.sign_in("ben").access)["sub"]


def test_roles_are_for_id_tokens(grown: LocalUserPool) -> None:
    """Both claims, an array and a string, by the groups that have roles; the access token has the groups alone."""
    tokens = grown.sign_in("rosa")
    access, identity = claims(tokens.access), claims(tokens.id)
    assert ["second", "first", "editors"] == access["cognito:groups"] == identity["cognito:groups"]
    assert ([f"{ROLE}B", f"{ROLE}A"], f"{ROLE}A") == (identity["cognito:roles"], identity["cognito:preferred_role"])
    assert not ROLES & access.keys()


def test_no_preferred_role_where_the_best_groups_disagree(grown: LocalUserPool) -> None:
    """Only the claim of all roles is left."""
    assert {"cognito:roles"} == claims(grown.sign_in("tess").id).keys() & ROLES


@pytest.mark.parametrize("user", ["ana", "ben"])
def test_no_roles_no_claims(pool: LocalUserPool, user: str) -> None:
    """For users whose groups have none, and for those in no group."""
    assert not ROLES & claims(pool.sign_in(user).id).keys()


def test_identities_are_for_id_tokens(grown: LocalUserPool) -> None:
    """The username and the automatic group are in both tokens; a refresh keeps all of it."""
    tokens = grown.sign_in("Google_gus")
    for access, identity in (
        (claims(tokens.access), claims(tokens.id)),
        (claims(grown.refresh(tokens.refresh).access), claims(grown.refresh(tokens.refresh).id)),
    ):
        assert "identities" not in access
        assert "Google_gus" == access["username"] == identity["cognito:username"]
        assert ["eu-west-1_AbCdEf123_Google"] == access["cognito:groups"] == identity["cognito:groups"]
        assert [
            {
                "userId": "gus",
                "providerName": "Google",
                "providerType": "Google",
                "issuer": None,
                "primary": "true",
                "dateCreated": f"{NOW}000",
            }
        ] == identity["identities"]


def test_a_bound_access_token_names_the_resource(pool: LocalUserPool) -> None:
    """As its `aud`, refreshed or not; the ID token's stays the client."""
    resource = "https://api.example.com"
    tokens = pool.sign_in("ana", scopes=["orders/read"], resource=resource)
    unbound = certain(pool.sign_in("ana", scopes=["orders/read"]).access)
    assert unbound | {"aud": resource} == certain(tokens.access)
    assert unbound | {"aud": resource} == certain(pool.refresh(tokens.refresh).access)
    assert "c1" == claims(tokens.id)["aud"]


def test_a_resource_is_bound_at_the_oauth_endpoints(pool: LocalUserPool) -> None:
    """Asked for alone it comes with the scope `openid`, never with that of the API."""
    token = claims(pool.sign_in("ana", resource="myapp://").access)
    assert ("myapp://", "openid", 2) == (token["aud"], token["scope"], token["version"])


def test_factors_are_in_both_tokens(pool: LocalUserPool) -> None:
    """And a refresh keeps them."""
    tokens = pool.sign_in("ana", factors=["pwd", "otp"])
    refreshed = pool.refresh(tokens.refresh)
    for token in (tokens.access, tokens.id, refreshed.access, refreshed.id):
        assert ("urn:cognito:loa:4", ["pwd", "otp", "mfa"]) == (claims(token)["acr"], claims(token)["amr"])


def test_a_placeholder_is_no_level(pool: LocalUserPool) -> None:
    """A provider that reports nothing gives `amr` alone."""
    token = claims(pool.sign_in("ana", factors=["fed"]).id)
    assert ["fed"] == token["amr"]
    assert "acr" not in token


def test_an_exchanged_token(pool: LocalUserPool) -> None:
    """The user's, for another audience, by an actor; nothing of the sign-in."""
    token = pool.exchanged_token("ana", audience="stock", scopes=["stock/read", "stock/count"], actor="shop")
    assert {"sub", "jti"} == claims(token).keys() & RANDOM
    assert claims(pool.sign_in("ana").access)["sub"] == claims(token)["sub"]
    assert certain(token) == {
        "iss": ISSUER,
        "client_id": "c1",
        "aud": "stock",
        "token_use": "access",
        "scope": "stock/read stock/count",
        "username": "ana",
        "cognito:groups": ["editors", "a,b"],
        "act": {"sub": "shop"},
        "iat": NOW,
        "exp": NOW + 3600,
    }


def test_impersonation_shows_no_actor(pool: LocalUserPool) -> None:
    """It differs from delegation by that alone."""
    delegated = certain(pool.exchanged_token("ana", audience="stock", scopes=["stock/read"], actor="shop"))
    impersonated = certain(pool.exchanged_token("ana", audience="stock", scopes=["stock/read"]))
    assert delegated == impersonated | {"act": {"sub": "shop"}}
