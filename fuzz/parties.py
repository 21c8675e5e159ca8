"""Who takes part in a fuzzing run: issuers, their keys, and what they sign."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cogauth import LoadBalancer, OIDCIssuer, UserPool
from cogauth.testing.encoding import base64url
from cogauth.testing.signing_keys import SigningKey

NOW: Final = 1_700_000_000
"""Seconds since the epoch: the clock stands still."""

POOL_ID: Final = "eu-west-1_AbCdEf123"
CLIENT: Final = "c1"
ISSUER: Final = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
PROVIDER: Final = "https://idp.example"
API: Final = "https://api.example"

KID: Final = "k1"
"""What both issuers call their key, so that a seed names the right one in every process."""

# A pool signs with RSA, and its key is another one in each process: no input can hold a signature that it made.
POOL_KEY: Final = dataclasses.replace(SigningKey.generate(), kid=KID)
POOL_JWK: Final = {**POOL_KEY.jwk, "kid": KID}

# The provider's is always the same, so that a whole token is an input too, and a finding is one in the next process.
PROVIDER_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PROVIDER_JWK: Final = {
    "kid": KID,
    "kty": "OKP",
    "crv": "Ed25519",
    "alg": "EdDSA",
    "use": "sig",
    "x": base64url(PROVIDER_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
}

ISSUERS: Final = (
    UserPool(POOL_ID, clients={CLIENT}, token_use="any", jwks={"keys": [POOL_JWK]}),
    OIDCIssuer(PROVIDER, audience={API}, algorithms=("EdDSA",), groups_claim="groups", jwks={"keys": [PROVIDER_JWK]}),
)

BALANCER_ARN: Final = (
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/my-load-balancer/50dc6c495c0c9188"
)
BALANCER_KID: Final = "0a1b2c3d-1111-4111-8111-0a1b2c3d1111"
BALANCER_KEY: Final = ec.derive_private_key(7, ec.SECP256R1())
BALANCER_PEM: Final = BALANCER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

BALANCER: Final = LoadBalancer(BALANCER_ARN, client=CLIENT, issuer=ISSUER)

JWKS: Final[Mapping[object, tuple[str, Mapping[str, str]]]] = {
    "RS256": (ISSUER, POOL_JWK),
    "EdDSA": (PROVIDER, PROVIDER_JWK),
}
"""Whose algorithm it is, and the key."""


def sealed(header: bytes, payload: bytes, alg: object) -> str:
    """Sign these very bytes as the issuer whose algorithm is *alg* would; any other is the pool."""
    text = f"{base64url(header)}.{base64url(payload)}"
    if alg == "EdDSA":
        return f"{text}.{base64url(PROVIDER_KEY.sign(text.encode()))}"
    return f"{text}.{base64url(POOL_KEY.private.sign(text.encode(), PKCS1v15(), SHA256()))}"


def balanced(header: bytes, payload: bytes) -> str:
    """Sign these very bytes as the load balancer would: with padding, and over it."""
    text = b".".join(base64.urlsafe_b64encode(part) for part in (header, payload))
    r, s = decode_dss_signature(BALANCER_KEY.sign(text, ec.ECDSA(SHA256())))
    return b".".join((text, base64.urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)))).decode()


def pool_token(claims: Mapping[str, object]) -> str:
    """Give the pool's access token of these claims, good for an hour."""
    members = {
        "iss": ISSUER,
        "client_id": CLIENT,
        "sub": "2688e2f5-0297-4b74-8f72-013663f61200",
        "token_use": "access",
        "username": "ana",
        "iat": NOW,
        "exp": NOW + 3_600,
        **claims,
    }
    return sealed(json.dumps({"alg": "RS256", "kid": KID}).encode(), json.dumps(members).encode(), "RS256")


def provider_token(claims: Mapping[str, object] | None = None) -> str:
    """Give the provider's token of these claims, good for an hour: the same text at each call, in every process."""
    header = {"alg": "EdDSA", "kid": KID, "typ": "at+jwt"}
    members = {"iss": PROVIDER, "aud": API, "sub": "u-1", "iat": NOW, "exp": NOW + 3_600, **(claims or {})}
    return sealed(json.dumps(header).encode(), json.dumps(members).encode(), "EdDSA")


GENUINE: Final = frozenset(
    {
        provider_token(),
        provider_token({"groups": ["editors", "a,b"], "scope": "openid orders/read"}),
        provider_token({"sub": "u-\u00e4", "x": [{"y": 1.5}, None, True]}),
    }
)
"""All that the provider ever signed and an input can hold."""
