"""One JWK (RFC 7517 section 4) becomes a verification key of one algorithm, or is left out and said why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from cogauth._strict import JSON, Unacceptable, base64url
from cogauth.algorithms import ALGORITHMS, Algorithm
from cogauth.errors import BadSignature

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MIN_RSA_EXPONENT, MAX_RSA_EXPONENT = 65_537, 2**32 - 1

_MAX_KID = 128

# The primes of the fields that P-256, P-384 and P-521 are over, by the length of a coordinate (NIST SP 800-186).
_PRIMES: Final[Mapping[int, int]] = {
    32: 2**256 - 2**224 + 2**192 + 2**96 - 1,
    48: 2**384 - 2**128 - 2**96 + 2**32 - 1,
    66: 2**521 - 1,
}

# Neither kind of object has state of its own: one of each serves every verification.
_PADDING: Final = PKCS1v15()
_HASHES: Final[Mapping[int, HashAlgorithm]] = {256: SHA256(), 384: SHA384(), 512: SHA512()}

# The points of small order on Curve25519, in the encodings that a verifier may meet: with one of them as the key, one
# signature fits every message.
_ED25519_P = 2**255 - 19
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)


class UnusableKey(ValueError):
    """One member of a document is left out; `reason` says why, as `key.use` and the like."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VerificationKey:
    """One public key, bound to one `kid` and one algorithm (RFC 8725 section 3.1). Equal when the key is the same."""

    __slots__ = ("_check", "_key", "_length", "alg", "bits", "kid")

    def __init__(self, kid: str, algorithm: Algorithm, key: Any, bits: int, length: int) -> None:
        self.kid: str = kid
        self.alg: str = algorithm.name
        self.bits: int = bits
        """The size of the modulus, or of the curve."""
        self._key = key
        self._length = length
        self._check: Callable[[bytes, bytes], None] = _check_of(algorithm, key)

    @property
    def public_key(self) -> object:
        """The key itself, as `cryptography` has it: for libraries that verify by themselves."""
        return self._key

    def verify(self, signature: bytes, signing_input: bytes) -> None:
        """
        Return if this key made *signature* over *signing_input*.

        Raises:
            BadSignature: it did not.
        """
        if len(signature) != self._length:
            raise BadSignature("signature.length")
        try:
            self._check(signature, signing_input)
        except InvalidSignature:
            raise BadSignature("signature.invalid") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerificationKey):
            return NotImplemented
        return (self.kid, self.alg) == (other.kid, other.alg) and bool(self._key == other._key)

    def __hash__(self) -> int:
        return hash((self.kid, self.alg))

    def __repr__(self) -> str:
        return f"<VerificationKey {self.kid!a} {self.alg} {self.bits} bits>"


def verification_key(jwk: Mapping[str, JSON], algorithms: Sequence[str] = ("RS256",)) -> VerificationKey:
    """
    Make a verification key of one JWK.

    One that does not name its algorithm is bound to the first of *algorithms* that its kind can serve: a key has one
    algorithm, and silence never widens what is accepted.

    Raises:
        UnusableKey: it is not for verifying signatures of *algorithms*, or is weaker than is safe.
    """
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID:
        raise UnusableKey("key.kid")
    kty, curve = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kty, str) or kty not in _LOADERS:
        raise UnusableKey("key.type")
    if jwk.get("use", "sig") != "sig":
        raise UnusableKey("key.use")
    if jwk.get("key_ops", ("verify",)) != ("verify",):
        raise UnusableKey("key.ops")
    wanted = [ALGORITHMS[name] for name in algorithms if jwk.get("alg", name) == name]
    fitting = [algorithm for algorithm in wanted if algorithm.kty == kty]
    if not fitting:
        raise UnusableKey("key.type" if wanted else "key.alg_mismatch")
    algorithm = next((algorithm for algorithm in fitting if algorithm.curve in (None, curve)), None)
    if algorithm is None:
        raise UnusableKey("key.curve_mismatch")
    try:
        key, bits, length = _LOADERS[algorithm.kty](jwk, algorithm)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise error if isinstance(error, UnusableKey) else UnusableKey("key.number") from None
    return VerificationKey(kid, algorithm, key, bits, length)


def _check_of(algorithm: Algorithm, key: Any) -> Callable[[bytes, bytes], None]:
    """Give what raises InvalidSignature for a signature and an input that do not belong together."""
    if algorithm.name.startswith("RS"):
        digest = _HASHES[algorithm.digest_bits]

        def check_rsa(signature: bytes, signing_input: bytes) -> None:
            key.verify(signature, signing_input, _PADDING, digest)

        return check_rsa
    # The other algorithms are PyJWT's, whose objects do what they should and are no part of the usual path.
    from jwt.algorithms import get_default_algorithms  # imported when the first such key is met

    verify = get_default_algorithms()["EdDSA" if algorithm.kty == "OKP" else algorithm.name].verify

    def check(signature: bytes, signing_input: bytes) -> None:
        if not verify(signing_input, key, signature):
            raise InvalidSignature

    return check


def _load_rsa(jwk: Mapping[str, JSON], _: Algorithm) -> tuple[RSAPublicKey, int, int]:
    modulus, exponent = _number(jwk.get("n")), _number(jwk.get("e"))
    bits = modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS or not modulus & 1:
        raise UnusableKey("key.size")
    if not MIN_RSA_EXPONENT <= exponent <= MAX_RSA_EXPONENT or not exponent & 1:
        raise UnusableKey("key.exponent")
    return RSAPublicNumbers(exponent, modulus).public_key(), bits, (bits + 7) // 8


def _load_ec(jwk: Mapping[str, JSON], algorithm: Algorithm) -> tuple[object, int, int]:
    from cryptography.hazmat.primitives.asymmetric import ec  # few issuers have such keys

    curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[str(algorithm.curve)]
    length = (curve.key_size + 7) // 8
    x, y = _octets(jwk.get("x")), _octets(jwk.get("y"))
    # RFC 7518 section 6.2.1.2: the full length of the field, leading zeros included.
    if len(x) != length or len(y) != length:
        raise UnusableKey("key.number")
    key = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve).public_key()
    numbers = key.public_numbers()
    if (numbers.x, numbers.y) != (int.from_bytes(x), int.from_bytes(y)) or max(numbers.x, numbers.y) >= _PRIMES[length]:
        raise UnusableKey("key.number")
    return key, curve.key_size, 2 * length


def _load_okp(jwk: Mapping[str, JSON], _: Algorithm) -> tuple[object, int, int]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # as above

    octets = _octets(jwk.get("x"))
    # The top bit is the sign of the other coordinate; what is left must be reduced (RFC 8032 section 5.1.3).
    y = octets[:-1] + bytes((octets[-1] & 0x7F,)) if octets else b""
    if len(octets) != 32 or int.from_bytes(y, "little") >= _ED25519_P or y in _SMALL_ORDER:  # noqa: PLR2004
        raise UnusableKey("key.number")
    return Ed25519PublicKey.from_public_bytes(octets), 256, 64


_LOADERS: Final[Mapping[object, Callable[[Mapping[str, JSON], Algorithm], tuple[Any, int, int]]]] = {
    "RSA": _load_rsa,
    "EC": _load_ec,
    "OKP": _load_okp,
}


def _octets(text: JSON) -> bytes:
    if not isinstance(text, str):
        raise UnusableKey("key.number")
    try:
        return base64url(text.encode())
    except Unacceptable:
        raise UnusableKey("key.number") from None


def _number(text: JSON) -> int:
    """Read a Base64urlUInt (RFC 7518 section 2): big-endian, without a leading zero byte."""
    octets = _octets(text)
    if not octets or octets[0] == 0:
        raise UnusableKey("key.number")
    return int.from_bytes(octets)
