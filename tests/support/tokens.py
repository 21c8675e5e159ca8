"""Tokens written byte for byte as a test wants them: most of these no pool would write."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, TypeAlias, Unpack

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from cogauth import UserPool
from cogauth.testing.encoding import base64url
from cogauth.testing.issuer_options import IssuerOptions
from cogauth.testing.signing_keys import SigningKey

POOL_ID: Final = "eu-west-1_AbCdEf123"
OTHER_POOL_ID: Final = "eu-west-1_Other4567"
ISSUER: Final = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
UPDATED_ISSUER: Final = f"https://issuer-cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
OTHER_ISSUER: Final = f"https://cognito-idp.eu-west-1.amazonaws.com/{OTHER_POOL_ID}"
CLIENT: Final = "1h57kf5cpq17m0eml12EXAMPLE"
NOW: Final = 1_700_000_000


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""In place of a member's value: leave the member out. None is JSON's null."""

Changes: TypeAlias = Mapping[str, object]


def signing_key(kid: str = "k1") -> SigningKey:
    """The RSA-2048 key of this name, the same one at each call: making one takes a tenth of a second."""
    return _signing_key(kid)


# Apart from the above, since a cache takes a default and the same value spelled out for two calls.
@cache
def _signing_key(kid: str) -> SigningKey:
    key = SigningKey.generate()
    return dataclasses.replace(key, kid=kid, jwk={**key.jwk, "kid": kid})


def changed(members: Changes, changes: Changes) -> dict[str, object]:
    """*members* with some replaced, added or left out."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ABSENT}


def access_claims(changes: Changes | None = None) -> dict[str, object]:
    """The claims of a user's access token, issued now and good for an hour."""
    claims = {
        "sub": "2688e2f5-0297-4b74-8f72-013663f61200",
        "cognito:groups": ["editors"],
        "iss": ISSUER,
        "client_id": CLIENT,
        "origin_jti": "ab17fc9d-20db-4bb4-8e97-1c86cfd563f6",
        "token_use": "access",
        "scope": "openid orders/read",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "jti": "d044678d-9ff7-48a1-8f28-00c663f61789",
        "username": "ana",
    }
    return changed(claims, changes or {})


def id_claims(changes: Changes | None = None) -> dict[str, object]:
    """The claims of an ID token, issued now and good for an hour."""
    claims = {
        "sub": "2688e2f5-0297-4b74-8f72-013663f61200",
        "iss": ISSUER,
        "cognito:username": "ana",
        "aud": CLIENT,
        "token_use": "id",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "jti": "5d2a1b0c-67f6-4d3f-8f4e-2b9c86cfd563",
        "email": "ana@example.com",
    }
    return changed(claims, changes or {})


def compact(header: bytes, payload: bytes, kid: str = "k1") -> str:
    """Sign these very bytes with RS256."""
    return sealed(f"{base64url(header)}.{base64url(payload)}", kid)


def sealed(signing_input: str, kid: str = "k1") -> str:
    """Sign a text that is header and payload already, or is meant to look like them."""
    signature = signing_key(kid).private.sign(signing_input.encode(), PKCS1v15(), SHA256())
    return f"{signing_input}.{base64url(signature)}"


def token(claims: Changes | None = None, *, header: Changes | None = None, kid: str = "k1") -> str:
    """A token of *claims*, those of `access_claims` if left out, signed by the key *kid*, which its header names."""
    members = changed({"kid": kid, "alg": "RS256"}, header or {})
    return compact(_text(members), _text(access_claims() if claims is None else claims), kid)


def key_document(*kids: str) -> bytes:
    """A key document that shows these keys."""
    return json.dumps({"keys": [signing_key(kid).jwk for kid in kids]}).encode()


def pinned(**options: Unpack[IssuerOptions]) -> UserPool:
    """The pool of `ISSUER`, its only key `k1` pinned; the options are UserPool's."""
    defaults: IssuerOptions = {"clients": {CLIENT}, "jwks": key_document("k1").decode()}
    return _pool({**defaults, **options})


def fetched(**options: Unpack[IssuerOptions]) -> UserPool:
    """The pool of `ISSUER`, and of no other issuer string, whose keys must be fetched."""
    defaults: IssuerOptions = {"clients": {CLIENT}, "issuer": ISSUER}
    return _pool({**defaults, **options})


def _pool(options: Mapping[str, Any]) -> UserPool:
    return UserPool(POOL_ID, **options)


def _text(members: Changes) -> bytes:
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
