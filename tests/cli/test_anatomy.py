"""Anatomy: a token taken apart and not verified."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth.cli.anatomy import Part, dissect
from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import segment, token

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"


@pytest.mark.parametrize(
    ("claims", "kind", "pool"),
    [
        pytest.param({"iss": ISSUER, "token_use": "access"}, "access", "eu-west-1_AbCdEf123", id="access"),
        pytest.param({"iss": ISSUER, "token_use": "id"}, "id", "eu-west-1_AbCdEf123", id="ID"),
        pytest.param(
            {"iss": ISSUER.replace("//", "//issuer-"), "token_use": "id"}, "id", "eu-west-1_AbCdEf123", id="other form"
        ),
        pytest.param({"iss": ISSUER, "token_use": "refresh"}, "unknown", "eu-west-1_AbCdEf123", id="no such use"),
        pytest.param({"iss": ISSUER, "token_use": ["id"]}, "unknown", "eu-west-1_AbCdEf123", id="a list of uses"),
        pytest.param({"iss": "https://example.com/", "token_use": "id"}, "unknown", None, id="another issuer"),
        pytest.param(
            {"iss": "https://example.com/eu-west-1_AbCdEf123", "token_use": "id"}, "unknown", None, id="a likeness"
        ),
        pytest.param({"iss": 5, "token_use": "id"}, "unknown", None, id="an issuer that is none"),
        pytest.param({}, "unknown", None, id="nothing"),
    ],
)
def test_what_it_looks_like(claims: dict[str, Any], kind: str, pool: str | None) -> None:
    """A Cognito token says which use it is for, and names a user pool as its issuer."""
    anatomy = dissect(token(claims=claims))
    assert (None, kind, pool) == (anatomy.error, anatomy.kind, anatomy.pool)


def test_real_tokens(pool: LocalUserPool, ana: Tokens) -> None:
    """The three tokens of a sign-in are told apart."""
    assert [("access", pool.pool_id, 256), ("id", pool.pool_id, 256), ("refresh", None, None)] == [
        (anatomy.kind, anatomy.pool, anatomy.signature)
        for anatomy in map(dissect, (ana.access, ana.id, ana.refresh))
        if anatomy.error is None
    ]


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
def test_other_issuers_tokens_are_well_formed(alg: str) -> None:
    """That a user pool does not sign so is for a verifier to say."""
    assert dissect(token({"alg": alg, "kid": "k"})).error is None


@pytest.mark.parametrize(
    ("text", "reason", "header", "claims"),
    [
        pytest.param("", "missing_token", None, None, id="nothing"),
        pytest.param(".", "malformed.segments", None, None, id="a dot"),
        pytest.param("..", "malformed.empty_header", None, None, id="two dots"),
        pytest.param("....", "malformed.segments", None, None, id="four dots"),
        pytest.param("!.?", "malformed.segments", Part(None, None, "base64"), Part(None, None, "base64"), id="noise"),
        pytest.param(
            token({"alg": "none"}),
            "header.alg_not_allowed",
            Part({"alg": "none"}, None, None),
            Part({}, None, None),
            id="unsigned by its own word",
        ),
        pytest.param(
            token({"alg": "HS256", "kid": "k"}),
            "header.alg_not_allowed",
            Part({"alg": "HS256", "kid": "k"}, None, None),
            Part({}, None, None),
            id="a shared secret",
        ),
        pytest.param(
            token(claims=b'{"a":1,"a":2}'),
            "claims.duplicate_member",
            Part({"alg": "RS256", "kid": "k"}, None, None),
            Part(None, '{"a":1,"a":2}', "duplicate_member"),
            id="a member twice",
        ),
        pytest.param(
            token(claims=b"\xff{"),
            "claims.not_utf8_json",
            Part({"alg": "RS256", "kid": "k"}, None, None),
            Part(None, "\ufffd{", "not_utf8_json"),
            id="no text",
        ),
        pytest.param(
            segment({"alg": "RS256", "kid": "k"}) + "." + segment({"a": 1}) + "==." + segment(b"s"),
            "malformed.base64",
            Part({"alg": "RS256", "kid": "k"}, None, None),
            Part({"a": 1}, None, "base64"),
            id="padded",
        ),
        pytest.param(
            segment({"alg": "RS256", "kid": "k"}) + "." + segment({"a": 1})[:4] + "\n" + segment({"a": 1})[4:],
            "malformed.segments",
            Part({"alg": "RS256", "kid": "k"}, None, None),
            Part({"a": 1}, None, "base64"),
            id="wrapped, and cut before the signature",
        ),
        pytest.param(
            "e30.e30.e30.e30.e30", "malformed.segments", Part({}, None, None), Part({}, None, None), id="five segments"
        ),
        pytest.param(
            "ë.\ud800.李", "malformed.charset", Part(None, None, "base64"), Part(None, None, "base64"), id="ë"
        ),
    ],
)
def test_as_much_as_can_be_read(text: str, reason: str, header: Part | None, claims: Part | None) -> None:
    """Whatever it is, what can be read of it is there, with what is wrong; nothing makes it fail."""
    anatomy = dissect(text)
    assert anatomy.error is not None
    assert (reason, header, claims) == (anatomy.error.reason, anatomy.header, anatomy.claims)
