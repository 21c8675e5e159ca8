"""Issuers of other kinds than user pools: keys of every algorithm, what they sign, and a web of their documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, SECP521R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cogauth.testing.encoding import base64url
from tests.support.tokens import NOW, Changes, changed, signing_key

PROVIDER: Final = "https://idp.example"
METADATA: Final = f"{PROVIDER}/.well-known/openid-configuration"
JWKS_URI: Final = "https://keys.example/provider"
API: Final = "https://api.example.com"

IDENTITIES: Final = "https://cognito-identity.amazonaws.com"
IDENTITY_POOL_ID: Final = "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"

HASHES: Final[Mapping[str, Any]] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
CURVES: Final[Mapping[str, Any]] = {"ES256": SECP256R1(), "ES384": SECP384R1(), "ES512": SECP521R1()}
CRV: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


@cache
def private_key(alg: str, kid: str) -> Any:
    """The private key of this name for *alg*, the same one at each call."""
    if alg in CURVES:
        return generate_private_key(CURVES[alg])
    if alg == "Ed25519":
        return private_key("EdDSA", kid)
    if alg == "EdDSA":
        return Ed25519PrivateKey.generate()
    return signing_key(kid).private


def length_of(alg: str) -> int:
    """How many bytes a coordinate has on the curve of *alg*."""
    return (int(CURVES[alg].key_size) + 7) // 8


def jwk_of(alg: str, kid: str = "k1", changes: Changes | None = None) -> dict[str, object]:
    """The JWK of a key for *alg*, changed."""
    members: dict[str, object] = {"kid": kid, "alg": alg, "use": "sig"}
    if alg in CURVES:
        numbers = private_key(alg, kid).public_key().public_numbers()
        x, y = (base64url(number.to_bytes(length_of(alg), "big")) for number in (numbers.x, numbers.y))
        members |= {"kty": "EC", "crv": CRV[alg], "x": x, "y": y}
    elif alg[:2] == "Ed":
        octets = private_key(alg, kid).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        members |= {"kty": "OKP", "crv": "Ed25519", "x": base64url(octets)}
    else:
        members = {**signing_key(kid).jwk, **members}
    return changed(members, changes or {})


def documented(*members: object) -> bytes:
    """A key document of these members."""
    return json.dumps({"keys": list(members)}).encode()


def raw(alg: str, r: int, s: int) -> bytes:
    """An ECDSA signature as RFC 7518 section 3.4 wants it."""
    return r.to_bytes(length_of(alg), "big") + s.to_bytes(length_of(alg), "big")


def signed(alg: str, data: bytes, kid: str = "k1") -> bytes:
    """What the key of this name for *alg* signs *data* with, as RFC 7518 section 3 and RFC 8037 say."""
    key = private_key(alg, kid)
    if alg[:2] == "Ed":
        return bytes(key.sign(data))
    digest = HASHES[alg[2:]]
    if alg in CURVES:
        return raw(alg, *decode_dss_signature(key.sign(data, ECDSA(digest))))
    padding = PKCS1v15() if alg[:2] == "RS" else PSS(MGF1(digest), digest.digest_size)
    return bytes(key.sign(data, padding, digest))


def token_of(
    claims: Changes, alg: str = "RS256", kid: str = "k1", header: Changes | None = None, key: str | None = None
) -> str:
    """A token of *claims*, signed by the key *key*, or else by the one that its header names."""
    members = changed({"alg": alg, "kid": kid}, header or {})
    text = ".".join(base64url(json.dumps(part).encode()) for part in (members, claims))
    return f"{text}.{base64url(signed(alg, text.encode(), key or kid))}"


def provider_claims(changes: Changes | None = None) -> dict[str, object]:
    """The claims of a provider's token, issued now and good for an hour."""
    claims = {"iss": PROVIDER, "sub": "u-1", "aud": API, "iat": NOW, "exp": NOW + 3_600}
    return changed(claims, changes or {})


def identity_claims(changes: Changes | None = None) -> dict[str, object]:
    """The claims of an identity pool's token, issued now and good for ten minutes."""
    claims = {
        "iss": IDENTITIES,
        "sub": "eu-west-1:0a1b2c3d-1111-4111-8111-0a1b2c3d1111",
        "aud": IDENTITY_POOL_ID,
        "amr": ["authenticated", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"],
        "iat": NOW,
        "exp": NOW + 600,
    }
    return changed(claims, changes or {})


def metadata(changes: Changes | None = None) -> bytes:
    """A provider's metadata."""
    return json.dumps(changed({"issuer": PROVIDER, "jwks_uri": JWKS_URI}, changes or {})).encode()


class Web:
    """A fetch that gives the document at a URL, raises it, or does not know it: for who blocks and for who awaits."""

    def __init__(self, documents: Mapping[str, bytes | Exception]) -> None:
        self.documents: dict[str, bytes | Exception] = dict(documents)
        self.urls: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.urls.append(url)
        found = self.documents.get(url, OSError("nothing is there"))
        if isinstance(found, Exception):
            raise found
        return found

    async def afetch(self, url: str) -> bytes:
        return self.fetch(url)
