"""A key document (RFC 7517 section 5) becomes a table of verification keys; what is weak or ambiguous is left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.errors import BadSignature

MAX_KEYS = 64
MAX_DOCUMENT = 262_144
"""Bytes of a key document; a user pool's has about a thousand."""

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MIN_RSA_EXPONENT, MAX_RSA_EXPONENT = 65_537, 2**32 - 1

_MAX_DEPTH = 6
_MAX_KID = 128

# Neither object has state of its own: one of each serves every verification.
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


class KeyDocumentError(ValueError):
    """The whole document is refused; `reason` says why, as `jwks.invalid` and the like."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnusableKey(ValueError):
    """One member of a document is left out; `reason` says why, as `key.use` and the like."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VerificationKey:
    """One public key, bound to one `kid` and one algorithm (RFC 8725 section 3.1). Equal when the key is the same."""

    __slots__ = ("_key", "_size", "alg", "kid")

    def __init__(self, kid: str, key: RSAPublicKey) -> None:
        self.kid: str = kid
        self.alg: str = "RS256"
        self._key = key
        self._size = (key.key_size + 7) // 8

    @property
    def bits(self) -> int:
        """The size of the modulus."""
        return self._key.key_size

    def verify(self, signature: bytes, signing_input: bytes) -> None:
        """
        Return if this key made *signature* over *signing_input* (RFC 7518 section 3.3).

        Raises:
            BadSignature: it did not.
        """
        if len(signature) != self._size:
            raise BadSignature("signature.length")
        try:
            self._key.verify(signature, signing_input, _PADDING, _SHA256)
        except InvalidSignature:
            raise BadSignature("signature.invalid") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerificationKey):
            return NotImplemented
        return (self.kid, self.alg) == (other.kid, other.alg) and self._key == other._key

    def __hash__(self) -> int:
        return hash((self.kid, self.alg))

    def __repr__(self) -> str:
        return f"<VerificationKey {self.kid!a} {self.alg} {self.bits} bits>"


class KeyTable:
    """
    The usable keys of one document, by `kid`, and why the others are not used.

    Immutable: a new document makes a new table, so that a key that was withdrawn is gone. Equal when the keys are.
    """

    __slots__ = ("keys", "skipped")

    def __init__(self, keys: Mapping[str, VerificationKey], skipped: tuple[tuple[str, str], ...] = ()) -> None:
        self.keys: Mapping[str, VerificationKey] = MappingProxyType(dict(keys))
        self.skipped: tuple[tuple[str, str], ...] = skipped

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KeyTable):
            return NotImplemented
        return self.keys == other.keys

    def __hash__(self) -> int:
        return hash(frozenset(self.keys.values()))


def key_table(document: bytes) -> KeyTable:  # noqa: C901  one rule for documents after the other
    """
    Read a JWK set.

    A member that is not for verifying, of a kind that is not supported or weak is skipped (RFC 7517 section 5 asks
    for that); a document that repeats a `kid`, shows a private key, or has nothing usable is refused as a whole, so
    that it never takes the place of a good one.

    Raises:
        KeyDocumentError: the document is refused.
    """
    if len(document) > MAX_DOCUMENT:
        raise KeyDocumentError("jwks.too_large")
    try:
        members = json_object(document, max_depth=_MAX_DEPTH).get("keys")
    except Unacceptable as error:
        fault = {"too_deep": "too_complex", "too_complex": "too_complex", "duplicate_member": "duplicate_member"}
        raise KeyDocumentError(f"jwks.{fault.get(error.fault, 'invalid')}") from None
    if not isinstance(members, tuple) or not members:
        raise KeyDocumentError("jwks.invalid")
    if len(members) > MAX_KEYS:
        raise KeyDocumentError("jwks.too_complex")
    usable: dict[str, VerificationKey] = {}
    skipped: list[tuple[str, str]] = []
    seen: set[str] = set()
    for member in members:
        if not isinstance(member, Mapping):
            raise KeyDocumentError("jwks.invalid")
        if _PRIVATE_MEMBERS & member.keys() and member.get("kty") != "oct":
            raise KeyDocumentError("jwks.private_key")
        kid = member.get("kid")
        label = kid if isinstance(kid, str) else ""
        if label and label in seen:
            raise KeyDocumentError("jwks.duplicate_kid")
        seen.add(label)
        try:
            usable[label] = verification_key(member)
        except UnusableKey as error:
            skipped.append((label, error.reason))
    if not usable:
        raise KeyDocumentError("jwks.no_usable_key")
    return KeyTable(usable, tuple(skipped))


def verification_key(jwk: Mapping[str, JSON]) -> VerificationKey:
    """
    Make a verification key of one JWK.

    Raises:
        UnusableKey: it is not for verifying RS256 signatures, or is weaker than is safe.
    """
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID:
        raise UnusableKey("key.kid")
    if jwk.get("kty") != "RSA":
        raise UnusableKey("key.type")
    if jwk.get("alg", "RS256") != "RS256":
        raise UnusableKey("key.alg_mismatch")
    if jwk.get("use", "sig") != "sig":
        raise UnusableKey("key.use")
    operations = jwk.get("key_ops", ("verify",))
    if operations != ("verify",):
        raise UnusableKey("key.ops")
    modulus, exponent = _number(jwk.get("n")), _number(jwk.get("e"))
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS or not modulus & 1:
        raise UnusableKey("key.size")
    if not MIN_RSA_EXPONENT <= exponent <= MAX_RSA_EXPONENT or not exponent & 1:
        raise UnusableKey("key.exponent")
    return VerificationKey(kid, RSAPublicNumbers(exponent, modulus).public_key())


def _number(text: JSON) -> int:
    """Read a Base64urlUInt (RFC 7518 section 2): big-endian, without a leading zero byte."""
    if not isinstance(text, str) or not text.isascii():
        raise UnusableKey("key.number")
    try:
        octets = base64url(text.encode())
    except Unacceptable:
        raise UnusableKey("key.number") from None
    if not octets or octets[0] == 0:
        raise UnusableKey("key.number")
    return int.from_bytes(octets)
