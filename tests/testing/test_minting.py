"""Minting: the header of a real token, and tokens that no pool would mint."""

from __future__ import annotations

import base64
import json
import math
from typing import Any, Literal

import jwt
import pytest

from cogauth import ConfigurationError
from cogauth.testing import LocalUserPool


def header_of(token: str) -> bytes:
    """The bytes of a token's header."""
    segment = token.partition(".")[0]
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def claims(token: str) -> dict[str, Any]:
    """What a token says; that it verifies is tested elsewhere."""
    return jwt.decode(token, options={"verify_signature": False})


def signed_by(pool: LocalUserPool, token: str, kid: str) -> bool:
    """Tell whether the published key *kid* made a token's RS256 signature, whatever the header says."""
    key = next(key for key in pool.jwks["keys"] if kid == key["kid"])
    signing_input, _, signature = token.rpartition(".")
    algorithm = jwt.get_algorithm_by_name("RS256")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return algorithm.verify(signing_input.encode(), jwt.PyJWK(dict(key)).key, raw)


def kid_of(token: str) -> str:
    """The key that a token names."""
    return str(json.loads(header_of(token))["kid"])


def test_a_header_is_that_of_a_real_token(pool: LocalUserPool) -> None:
    """`kid`, then `alg`, and nothing else; slashes are escaped."""
    tokens = pool.sign_in("ana")
    for token in (tokens.access, tokens.id, pool.machine_token(scopes=["jobs/run"]), pool.mint()):
        kid = kid_of(token).replace("/", "\\/")
        assert f'{{"kid":"{kid}","alg":"RS256"}}'.encode() == header_of(token)


def test_two_keys_two_uses(pool: LocalUserPool) -> None:
    """Access tokens of every kind have one key, ID tokens the other."""
    tokens = pool.sign_in("ana")
    access = {kid_of(token) for token in (tokens.access, pool.machine_token(scopes=["jobs/run"]), pool.mint())}
    identity = {kid_of(token) for token in (tokens.id, pool.mint(token_use="id"))}
    assert (1, 1) == (len(access), len(identity))
    assert access | identity == {key["kid"] for key in pool.jwks["keys"]}


@pytest.mark.parametrize("token_use", ["access", "id"])
def test_mint_starts_from_a_complete_token(pool: LocalUserPool, token_use: Literal["access", "id"]) -> None:
    """Without overrides it is what a user in no group gets from the API."""
    tokens = pool.sign_in("ben")
    real = claims(tokens.access if token_use == "access" else tokens.id)
    minted = claims(pool.mint(token_use=token_use))
    assert list(real) == list(minted)
    changing = {"sub", "jti", "origin_jti", "event_id", "username", "cognito:username"}
    assert [real[name] for name in real if name not in changing] == [
        minted[name] for name in minted if name not in changing
    ]


def test_mint_speaks_of_the_user_it_is_told(pool: LocalUserPool) -> None:
    """With groups, attributes and `sub`; of nobody in the pool when it is told none."""
    real = claims(pool.sign_in("ana").id)
    minted = claims(pool.mint(token_use="id", user="ana"))
    assert all(real[name] == minted[name] for name in ("sub", "cognito:groups", "custom:dept", "cognito:username"))
    assert claims(pool.mint())["sub"] == claims(pool.mint(token_use="id"))["sub"]
    assert claims(pool.mint())["sub"] != real["sub"]


@pytest.mark.parametrize("value", [5, 1.5, "", "x", False, [], ["a"], {"a": {"b": None}}, -1, 10**30], ids=repr)
@pytest.mark.parametrize("name", ["exp", "scope", "cognito:groups", "iss", "never_heard_of"])
def test_any_claim_can_be_overridden(pool: LocalUserPool, name: str, value: object) -> None:
    """By any value of JSON, and the signature is good."""
    token = pool.mint({name: value})
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert value == payload[name]
    assert signed_by(pool, token, kid_of(token))


def test_none_removes_a_claim(pool: LocalUserPool) -> None:
    """One that is there, and one that is not."""
    assert (
        claims(pool.mint()).keys() - {"exp", "sub"} == claims(pool.mint({"exp": None, "sub": None, "x": None})).keys()
    )


def test_numbers_that_json_lacks_can_be_minted(pool: LocalUserPool) -> None:
    """`NaN` has fooled verifiers before."""
    segment = pool.mint({"exp": math.nan}).split(".")[1]
    assert b'"exp":NaN' in base64.urlsafe_b64decode(segment + "==")


def test_the_other_key_can_sign(pool: LocalUserPool) -> None:
    """The header names the key that did."""
    crossed = pool.mint(key="id")
    assert kid_of(pool.mint(token_use="id")) == kid_of(crossed)
    assert "access" == claims(crossed)["token_use"]
    assert signed_by(pool, crossed, kid_of(crossed))


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ({"alg": "none"}, {"kid": ..., "alg": "none"}),
        ({"alg": "HS256"}, {"kid": ..., "alg": "HS256"}),
        ({"alg": "no such"}, {"kid": ..., "alg": "no such"}),
        ({"alg": None}, {"kid": ...}),
        ({"kid": None}, {"alg": "RS256"}),
        ({"kid": 7}, {"kid": 7, "alg": "RS256"}),
        ({"kid": None, "alg": None}, {}),
        ({"typ": "JWT"}, {"kid": ..., "alg": "RS256", "typ": "JWT"}),
        ({"crit": ["b64"], "b64": False}, {"kid": ..., "alg": "RS256", "crit": ["b64"], "b64": False}),
        ({"jku": "https://evil.example/k"}, {"kid": ..., "alg": "RS256", "jku": "https://evil.example/k"}),
    ],
    ids=repr,
)
def test_a_header_can_lie(pool: LocalUserPool, header: dict[str, object], written: dict[str, object]) -> None:
    """Members are replaced, added and removed, in place; the payload is whole and the signature RS256."""
    kid = kid_of(pool.mint())
    token = pool.mint(header=header)
    expected = [(name, kid if value is ... else value) for name, value in written.items()]
    assert expected == list(json.loads(header_of(token)).items())
    assert "somebody" == json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["username"]
    assert signed_by(pool, token, kid)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"token_use": "refresh"}, "refresh"),
        ({"token_use": "refresh", "key": "id"}, "refresh"),
        ({"key": "signing"}, "signing"),
        ({"user": "eve"}, r"'eve'.*\['ana', 'ben'\]"),
        ({"client": "c9"}, r"'c9'.*\['c1'\]"),
    ],
)
def test_misuse_is_named(pool: LocalUserPool, arguments: dict[str, Any], message: str) -> None:
    """The message says what there is instead."""
    with pytest.raises(ConfigurationError, match=message):
        pool.mint(**arguments)


def test_what_json_has_no_form_for_is_a_type_error(pool: LocalUserPool) -> None:
    """A set is a slip of the test's author."""
    with pytest.raises(TypeError):
        pool.mint({"scope": {"orders/read"}})
