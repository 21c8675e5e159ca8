"""Tokens: good ones of one issuer, and bad ones by what is wrong with them."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

POOL_ID: Final = "eu-west-1_AbCdEf123"
CLIENT: Final = "1h57kf5cpq17m0eml12EXAMPLE"
OTHER_CLIENT: Final = "7t9rkanotherclientEXAMPLE0"
API: Final = "https://api.example.com"
PROVIDER: Final = "https://login.example.com"
HOUR: Final = 3600

_PRIVATE: Mapping[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def base64url(data: bytes) -> str:
    """Encode without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_bytes(members: Mapping[str, object]) -> bytes:
    """Write JSON without spaces."""
    return json.dumps(members, separators=(",", ":")).encode()


def pool_url(pool_id: str) -> str:
    """Write the `iss` of a pool's tokens."""
    return f"https://cognito-idp.eu-west-1.amazonaws.com/{pool_id}"


def new_kid() -> str:
    """Make up a `kid` of the form that Cognito gives: 32 bytes in base64 of the standard alphabet."""
    return base64.b64encode(os.urandom(32)).decode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair with its `kid`. Several issuers may share a pair, each under a `kid` of its own."""

    alg: str
    private: Any
    kid: str

    @classmethod
    def generate(cls, alg: str) -> SigningKey:
        """Make a key for RS256 (2048 bits), ES256 or EdDSA (Ed25519)."""
        return cls(alg, _PRIVATE[alg](), new_kid())

    def renamed(self) -> SigningKey:
        """Give the same pair under a new `kid`."""
        return SigningKey(self.alg, self.private, new_kid())

    @property
    def public(self) -> Any:
        """What verifies."""
        return self.private.public_key()

    def publish(self) -> dict[str, Any]:
        """Write the document that publishes it: two entries, as a user pool's, the second one for its ID tokens."""
        jwk = jwt.get_algorithm_by_name(self.alg).to_jwk(self.public, as_dict=True)
        named = {**jwk, "alg": self.alg, "use": "sig"}
        named.pop("key_ops", None)
        return {"keys": [{**named, "kid": self.kid}, {**named, "kid": new_kid()}]}

    def sign(self, payload: bytes, header: Mapping[str, object] | None = None) -> str:
        """Make the compact JWS (RFC 7515 section 3.1); *header* replaces members of the usual one."""
        members = {"kid": self.kid, "alg": self.alg, **(header or {})}
        signed = f"{base64url(json_bytes(members))}.{base64url(payload)}"
        return f"{signed}.{base64url(jwt.get_algorithm_by_name(self.alg).sign(signed.encode(), self.private))}"


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What contenders are proven on and called with.

    `expected` is what a claim must say. `audience` is the resource that access tokens are bound to (RFC 8707), if any.
    """

    key: SigningKey
    issuer: str
    audience: str | None
    good: tuple[str, ...]
    bad: Mapping[str, str]
    expected: Mapping[str, str]
    jwks: dict[str, Any] = field(repr=False)


def payload_of(issuer: str, audience: str | None = None) -> dict[str, object]:
    """
    Write the claims of a user's access token, in the order of the AWS page "Understanding the access token".

    The user is a UUID, as where people sign in by e-mail address, and has three groups and three scopes.
    """
    now, user = int(time.time()), str(uuid.uuid4())
    payload: dict[str, object] = {
        "sub": user,
        "cognito:groups": ["editors", "auditors", f"{POOL_ID}_Google"],
        "iss": issuer,
        "version": 2,
        "client_id": CLIENT,
        "origin_jti": str(uuid.uuid4()),
        "event_id": str(uuid.uuid4()),
        "token_use": "access",
        "scope": "openid orders/read orders/write",
        "auth_time": now,
        "exp": now + HOUR,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "username": user,
    }
    return payload if audience is None else {**payload, "aud": audience}


def id_payload_of(access: Mapping[str, object]) -> dict[str, object]:
    """Write the claims of the ID token that comes with *access* (AWS: "Understanding the identity (ID) token")."""
    left_out = {"version", "client_id", "scope", "username", "aud"}
    kept = {name: value for name, value in access.items() if name not in left_out}
    return {**kept, "token_use": "id", "aud": CLIENT, "cognito:username": access["username"]}


def user_pool(key: SigningKey, count: int, audience: str | None = None) -> Sample:
    """Make *count* access tokens of a user pool, and the bad ones that a verifier of such tokens must refuse."""
    issuer = pool_url(POOL_ID)
    payload = payload_of(issuer, audience)
    bad = {
        **_bad(key, payload),
        "other client": key.sign(json_bytes(payload | {"client_id": OTHER_CLIENT})),
        "ID token": key.sign(json_bytes(id_payload_of(payload))),
    }
    expected = {"iss": issuer, "token_use": "access", "client_id": CLIENT}
    return _sample(key, issuer, audience, count, bad, expected)


def provider(key: SigningKey, count: int) -> Sample:
    """Make *count* access tokens of an OpenID provider, and bad ones."""
    payload = payload_of(PROVIDER, API)
    bad = {**_bad(key, payload), "other audience": key.sign(json_bytes(payload | {"aud": "https://example.org"}))}
    return _sample(key, PROVIDER, API, count, bad, {"iss": PROVIDER, "aud": API})


def _sample(
    key: SigningKey,
    issuer: str,
    audience: str | None,
    count: int,
    bad: Mapping[str, str],
    expected: Mapping[str, str],
) -> Sample:
    good = tuple(key.sign(json_bytes(payload_of(issuer, audience))) for _ in range(count))
    return Sample(key, issuer, audience, good, bad, expected, key.publish())


def _bad(key: SigningKey, payload: Mapping[str, object]) -> dict[str, str]:
    """Break a token in every way that no issuer's configuration changes."""
    good = key.sign(json_bytes(payload))
    signed, _, signature = good.rpartition(".")
    unsigned = f"{base64url(json_bytes({'alg': 'none'}))}.{base64url(json_bytes(payload))}."
    now = int(time.time())
    return {
        "bad signature": f"{signed}.{_changed(signature, len(signature) // 2)}",
        "alg none": unsigned,
        "unknown kid": key.sign(json_bytes(payload), {"kid": new_kid()}),
        "expired": key.sign(json_bytes({**payload, "exp": now - HOUR, "iat": now - 2 * HOUR})),
        "exp missing": key.sign(json_bytes({name: value for name, value in payload.items() if name != "exp"})),
        "exp as text": key.sign(json_bytes({**payload, "exp": str(now + HOUR)})),
        "other issuer": key.sign(json_bytes({**payload, "iss": "https://issuer.example.org"})),
        # RFC 7519 section 4: names are unique. Signed by the issuer, so that only the parser can notice.
        "member twice": key.sign(b'{"sub":"somebody-else",' + json_bytes(payload)[1:]),
        # RFC 4648 section 3.5: the last character has four bits that say nothing, and must be zero.
        "second spelling": f"{signed}.{_changed(signature, len(signature) - 1)}",
    }


def _changed(text: str, place: int) -> str:
    """Replace the character of base64url at *place* by the next one of its alphabet."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    following = alphabet[(alphabet.index(text[place]) + 1) % len(alphabet)]
    return text[:place] + following + text[place + 1 :]
