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
