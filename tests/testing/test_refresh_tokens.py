"""Refresh tokens: a JWE from outside, a session within."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from cogauth import CogAuthError, ConfigurationError
from cogauth.testing import AppClient, LocalUserPool, NotAuthorized, Tokens


def claims(token: str) -> dict[str, object]:
    """What a token of the pool says; that it verifies is tested elsewhere."""
    return jwt.decode(token, options={"verify_signature": False})


def test_a_refresh_token_looks_like_a_jwe(pool: LocalUserPool) -> None:
    """Five canonical segments of the lengths that the header promises."""
    segments = pool.sign_in("ana").refresh.split(".")
    header, *parts = [base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)) for segment in segments]
    assert [("cty", "JWT"), ("enc", "A256GCM"), ("alg", "RSA-OAEP")] == list(json.loads(header).items())
    assert segments[0].startswith("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NN")
    key, iv, ciphertext, tag = parts
    assert (256, 12, 16) == (len(key), len(iv), len(tag))
    assert len(ciphertext) > 500
    assert segments == [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, *parts)]


def test_each_sign_in_has_its_own(pool: LocalUserPool) -> None:
    """No part but the header is the same."""
    first, second = pool.sign_in("ana").refresh.split("."), pool.sign_in("ana").refresh.split(".")
    assert [True, False, False, False, False] == [a == b for a, b in zip(first, second, strict=True)]


@pytest.mark.parametrize("scopes", [None, ["openid", "orders/read"]])
def test_a_refresh_continues_the_session(scopes: list[str] | None) -> None:
    """`origin_jti`, `auth_time` and all that describes the user stay; `jti`, `iat` and `exp` are new."""
    now = [1_700_000_000]
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, clock=lambda: now[0])
    pool.add_user("ana", groups=["editors"], attributes={"email": "ana@example.com"})
    first = pool.sign_in("ana", scopes=scopes)
    now[0] += 4_000
    second = pool.refresh(first.refresh)
    assert isinstance(second, Tokens)
    assert first.refresh == second.refresh
    changed = {"jti", "iat", "exp"}
    for old, new, own in ((first.access, second.access, changed), (first.id, second.id, changed | {"at_hash"})):
        before, after = claims(old), claims(new)
        assert before.keys() == after.keys()
        assert own & before.keys() == {name for name in before if before[name] != after[name]}
        assert (1_700_004_000, 1_700_007_600) == (after["iat"], after["exp"])
        assert 1_700_000_000 == after["auth_time"]


def test_a_refreshed_token_has_the_new_key() -> None:
    """The refresh token outlives a rotation."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    pool.add_user("ana")
    tokens = pool.sign_in("ana")
    pool.rotate()
    old, new = (
        jwt.get_unverified_header(token)["kid"] for token in (tokens.access, pool.refresh(tokens.refresh).access)
    )
    assert old != new
    assert {old, new} < {key["kid"] for key in pool.jwks["keys"]}


@pytest.mark.parametrize("seconds", [3_599, 3_600])
def test_a_refresh_token_expires(seconds: int) -> None:
    """Its life is counted from the sign-in, and a refresh does not prolong it."""
    now = [1_700_000_000]
    clients = {"c1": AppClient(refresh_validity=3_600)}
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients=clients, clock=lambda: now[0])
    pool.add_user("ana")
    tokens = pool.sign_in("ana")
    now[0] += 3_000
    pool.refresh(tokens.refresh)
    now[0] += seconds - 3_000
    if seconds < 3_600:
        pool.refresh(tokens.refresh)
    else:
        with pytest.raises(NotAuthorized, match="expired"):
            pool.refresh(tokens.refresh)


def test_a_revoked_refresh_token_is_refused(pool: LocalUserPool) -> None:
    """Revoking twice is no error, and other sessions go on."""
    tokens, others = pool.sign_in("ana"), pool.sign_in("ana")
    pool.revoke(tokens.refresh)
    pool.revoke(tokens.refresh)
    with pytest.raises(NotAuthorized, match="revoked"):
        pool.refresh(tokens.refresh)
    assert pool.refresh(others.refresh)


@pytest.mark.parametrize("kind", ["access", "id", "foreign", "cut", "empty"])
def test_an_unknown_refresh_token_is_refused(pool: LocalUserPool, kind: str) -> None:
    """Whatever this pool did not issue as one; to revoke it is no error (RFC 7009 section 2.2)."""
    twin = LocalUserPool(pool.pool_id, clients=pool.clients)
    twin.add_user("ana")
    tokens = pool.sign_in("ana")
    token = {
        "access": tokens.access,
        "id": tokens.id,
        "foreign": twin.sign_in("ana").refresh if kind == "foreign" else "",
        "cut": tokens.refresh[:-1],
        "empty": "",
    }[kind]
    pool.revoke(token)
    with pytest.raises(NotAuthorized, match="Invalid Refresh Token") as caught:
        pool.refresh(token)
    assert caught.value.__cause__ is None


def test_a_refusal_is_the_pools_and_not_the_librarys() -> None:
    """A test that expects an error of cogauth is not satisfied by one of the embedded pool."""
    assert not issubclass(NotAuthorized, CogAuthError | ConfigurationError | ValueError)
