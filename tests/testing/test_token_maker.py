"""The token maker: what its arguments become, and what it will not make."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from cogauth import ConfigurationError, Expired, Verifier
from cogauth.testing import LocalUserPool, TokenMaker

NOW = 1_700_000_000


def claims(token: str) -> dict[str, Any]:
    """What a token says; that it verifies is tested elsewhere."""
    return jwt.decode(token, options={"verify_signature": False})


def test_without_arguments_it_is_anybodys_token(pool: LocalUserPool) -> None:
    """A whole one that verifies, of somebody in no group."""
    principal = Verifier(pool.issuer(), clock=lambda: NOW).verify(TokenMaker(pool)())
    assert ("somebody", frozenset(), "c1") == (principal.username, principal.groups, principal.client_id)
    assert frozenset({"aws.cognito.signin.user.admin"}) == principal.scopes


def test_groups_and_scopes(pool: LocalUserPool) -> None:
    """In the order in which they were given, in Cognito's two spellings, once each."""
    made = claims(TokenMaker(pool)(groups=["b", "a,c", "b"], scopes=["orders/read", "openid", "openid"]))
    assert (["b", "a,c"], "orders/read openid", 2) == (made["cognito:groups"], made["scope"], made["version"])


def test_a_user_brings_groups_unless_told_others(pool: LocalUserPool) -> None:
    """Empty groups are none, and the claim is left out."""
    make = TokenMaker(pool)
    assert ["editors", "a,b"] == claims(make(user="ana"))["cognito:groups"]
    assert ["x"] == claims(make(user="ana", groups=["x"]))["cognito:groups"]
    assert "cognito:groups" not in claims(make(user="ana", groups=[]))


def test_any_other_claim(pool: LocalUserPool) -> None:
    """Added, replaced or removed, by name or in a mapping, of which the name is the last word."""
    made = claims(
        TokenMaker(pool)({"custom:dept": "risk", "acr": "x"}, groups=["x"], acr="urn:cognito:loa:4", sub=None)
    )
    assert ("urn:cognito:loa:4", "risk") == (made["acr"], made["custom:dept"])
    assert "sub" not in made
    with pytest.raises(Expired):
        Verifier(pool.issuer(), clock=lambda: NOW).verify(TokenMaker(pool)(exp=NOW))


def test_an_id_token(pool: LocalUserPool) -> None:
    """With a user's attributes."""
    made = claims(TokenMaker(pool)(user="ana", token_use="id", groups=["x"]))
    assert ("id", "risk", ["x"]) == (made["token_use"], made["custom:dept"], made["cognito:groups"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"user": "eve"}, r"'eve'.*\['ana', 'ben'\]"),
        ({"client": "c9"}, r"'c9'.*\['c1'\]"),
        ({"groups": "admins"}, r"\['admins'\]"),
        ({"groups": [""]}, "group"),
        ({"scopes": "openid"}, r"\['openid'\]"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["two words"]}, "one word"),
        ({"scopes": ["openid"], "token_use": "id"}, "no scopes"),
        ({"scopes": ["openid"], "token_use": "refresh"}, "refresh"),
        ({"token_use": "refresh"}, "refresh"),
    ],
    ids=str,
)
def test_misuse_is_named(pool: LocalUserPool, arguments: dict[str, Any], message: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ConfigurationError, match=message):
        TokenMaker(pool)(**arguments)


def test_what_json_has_no_form_for_is_a_type_error(pool: LocalUserPool) -> None:
    """A set is a slip of the test's author."""
    with pytest.raises(TypeError):
        TokenMaker(pool)(aud={"a"})
