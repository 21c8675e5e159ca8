"""The inputs that fuzzing starts from: what an embedded user pool mints, and what stands next to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from cogauth.testing import LocalUserPool
from fuzz.parties import (
    API,
    BALANCER_ARN,
    BALANCER_KID,
    CLIENT,
    GENUINE,
    ISSUER,
    KID,
    NOW,
    POOL_ID,
    POOL_JWK,
    PROVIDER,
    PROVIDER_JWK,
)

# Claims that lead to each branch: what a pool may write, and what it would not.
_OVERRIDES: Final[tuple[Mapping[str, object], ...]] = (
    {},
    {"cognito:groups": ["editors", "a,b"]},
    {"aud": API},
    {"act": {"sub": "agent"}},
    {"acr": "urn:cognito:loa:2", "amr": ["pwd", "mfa"]},
    {"cnf": {"jkt": "x"}},
    {"nbf": NOW, "auth_time": NOW - 60},
    {"nbf": NOW + 1},
    {"iat": NOW - 60, "exp": NOW},
    {"iat": NOW - 60, "exp": NOW + 1},
    {"iat": NOW + 301},
    {"iat": NOW, "exp": NOW + 86_401},
    {"exp": None},
    {"exp": 1.5, "iat": True},
    {"username": None, "scope": "jobs/run  jobs/read"},
    {"custom:x": {"a": [{"b": None}, 1e300, -0.0, "\u00e4\U0001d11e"]}},
    {"identities": [{"userId": "1", "providerName": "Google"}]},
)
# A member that stands twice, with values of all kinds: what is read over must be noticed whatever it was.
_VALUES: Final = (b"null", b"true", b"1", b'"x"', b'["x"]', b'[1,"x"]', b'{"b":1}', b"[]")
_TWICE: Final = [b'{"a":' + one + b',"a":' + other + b"}" for one in _VALUES for other in _VALUES]

_HEADERS: Final[tuple[Mapping[str, object], ...]] = (
    {"typ": "JWT"},
    {"crit": ["exp"]},
    {"jwk": {"kty": "RSA"}},
    {"x5c": ["AA"]},
    {"alg": "none"},
    {"alg": "HS256"},
    {"kid": None},
)
_ES256_JWK: Final = {
    "kid": "e1",
    "kty": "EC",
    "crv": "P-256",
    # The base point of the curve (SEC 2 version 2.0 section 2.4.2), which is a key as good as any to read.
    "x": base64.urlsafe_b64encode(
        bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    ).decode().rstrip("="),
    "y": base64.urlsafe_b64encode(
        bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    ).decode().rstrip("="),
}  # fmt: skip


def _minted() -> Iterator[tuple[bytes, bytes]]:
    """Header and payload of what a pool mints; the header names the key of this run in place of the pool's own."""
    pool = LocalUserPool(POOL_ID, clients={CLIENT}, clock=lambda: NOW)
    pool.add_user("ana", groups=["editors"], attributes={"email": "ana@example.com", "custom:dept": "risk"})
    signed_in = pool.sign_in("ana", scopes=["openid", "orders/read"])
    tokens = [signed_in.access, signed_in.id, pool.machine_token(scopes=["jobs/run"])]
    tokens += [pool.mint(overrides) for overrides in _OVERRIDES]
    tokens += [pool.mint(overrides, token_use="id") for overrides in _OVERRIDES]
    tokens += [pool.mint(header=header) for header in _HEADERS]
    for token in tokens:
        header, payload, _ = (base64.urlsafe_b64decode(f"{part}==") for part in token.split("."))
        members = json.loads(header)
        yield json.dumps({**members, "kid": KID} if "kid" in members else members).encode(), payload


def _provided() -> Iterator[tuple[bytes, bytes]]:
    for token in sorted(GENUINE):
        header, payload, _ = (base64.urlsafe_b64decode(f"{part}==") for part in token.split("."))
        yield header, payload


def _header_data() -> Iterator[bytes]:
    """What a load balancer signs, and what it might."""
    header: dict[str, object] = {
        "alg": "ES256",
        "kid": BALANCER_KID,
        "signer": BALANCER_ARN,
        "iss": ISSUER,
        "client": CLIENT,
    }
    header |= {"exp": NOW + 120, "typ": "JWT"}
    claims: dict[str, object] = {"sub": "2688e2f5-0297-4b74-8f72-013663f61200", "username": "ana"}
    claims |= {"email": "ana@example.com", "exp": NOW + 120, "iss": ISSUER}
    variants: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        ({}, {}),
        ({}, {"exp": NOW + 1, "email": None}),
        ({"exp": NOW}, {}),
        ({}, {"exp": NOW}),
        ({"client": "c2"}, {}),
        ({"signer": BALANCER_ARN[:-1]}, {}),
        ({"kid": "../k1"}, {}),
        ({"alg": "none"}, {"sub": None}),
    )
    for changes, others in variants:
        yield json.dumps({**header, **changes}).encode() + b"\n" + json.dumps({**claims, **others}).encode()


def _requests() -> Iterator[bytes]:
    for line in ("GET /healthz", "GET /orders/17", "HEAD /orders/17/", "PUT /files/a/b%2fc", "GET /files/../healthz"):
        for headers in (
            "",
            "Authorization: Bearer {good}",
            "authorization:bearer {guest}",
            "Authorization: Basic e30=",
        ):
            yield f"{line}\n{headers}".encode()
    yield b"GET /orders/17\nAuthorization: Bearer {good}\nAuthorization: Bearer {guest}"
    yield b"OPTIONS /orders/17\nOrigin: https://a.example\nAccess-Control-Request-Method: GET"
    yield b"GET /orders/17\nAuthorization: Bearer {good},Bearer {good}"


def seeds() -> Mapping[str, list[bytes]]:
    """Give the inputs of each target."""
    parts = [*_minted(), *_provided()]
    documents = [
        json.dumps({"keys": list(keys)}).encode()
        for keys in (
            (POOL_JWK,),
            (POOL_JWK, {**POOL_JWK, "kid": "k2", "alg": "PS512"}),
            ({**POOL_JWK, "e": "Aw"}, PROVIDER_JWK),
            (PROVIDER_JWK, _ES256_JWK, {"kty": "oct", "k": "AA"}),
            ({**_ES256_JWK, "use": "enc"}, {**_ES256_JWK, "kid": "e2", "key_ops": ["verify"]}),
            ({**POOL_JWK, "d": "AQ"},),
        )
    ]
    metadata = json.dumps({"issuer": PROVIDER, "jwks_uri": f"{PROVIDER}/keys"}).encode()
    return {
        "token": [token.encode() for token in GENUINE],
        "claims": [header + b"\n" + payload for header, payload in parts],
        "keys": documents,
        "spelling": [
            *(part for both in parts for part in both),
            *documents,
            metadata,
            *map(str.encode, GENUINE),
            *_TWICE,
            b'{"a":"\\\\\\"\\u0022","b\\/":[-0,0.5e-7,1E400,NaN],"\\ud834\\udd1e":9999999999999999999}',
        ],
        "request": list(_requests()),
        "oidc_data": list(_header_data()),
    }


def write(target: str, folder: Path) -> None:
    """Write the inputs of *target* into *folder*, each under a name of its own that is the same at each run."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds()[target]:
        (folder / sha256(seed).hexdigest()[:16]).write_bytes(seed)
