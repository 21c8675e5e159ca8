"""Signing keys: the RSA pairs of a pool, and the document in which it publishes them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cogauth.errors import ConfigurationError
from cogauth.testing.encoding import base64url

Use: TypeAlias = Literal["access", "id"]
KeyDocument: TypeAlias = dict[str, list[dict[str, str]]]

# A pool signs access tokens with one key and ID tokens with another (AWS page "Verifying JSON web tokens").
_USES: Final[tuple[Use, ...]] = ("access", "id")


def checked_use(use: Use) -> Use:
    """
    Return *use* if it is one.

    Raises:
        ConfigurationError: it is neither "access" nor "id".
    """
    if use not in _USES:
        raise ConfigurationError(f"tokens and keys are for one of {list(_USES)}, not for {use!r}")
    return use


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An RSA-2048 key pair with the `kid` and the public JWK (RFC 7517 section 4) that Cognito would give it."""

    private: rsa.RSAPrivateKey
    kid: str
    jwk: dict[str, str]

    def __repr__(self) -> str:
        return f"<SigningKey {self.kid}>"

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a key that nobody has had before: some 50 to 100 ms of work, more on a bad day."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key()
        # The `kid` of real pools is the SHA-256 of the SubjectPublicKeyInfo, in base64 of the standard alphabet with
        # its padding: a reader that takes it for something to put into a path or a URL trips over `+`, `/` and `=`.
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kid = base64.b64encode(hashlib.sha256(spki).digest()).decode()
        numbers = public.public_numbers()
        modulus = base64url(numbers.n.to_bytes(private.key_size // 8, "big"))
        exponent = base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big"))
        jwk = {"kid": kid, "alg": "RS256", "kty": "RSA", "e": exponent, "n": modulus, "use": "sig"}
        return cls(private, kid, jwk)


class SigningKeys:
    """
    The keys of one pool: a current one per use, and those that are published though no longer signed with.

    A key is made, or taken from wherever *make* has it, when it is first needed. Every method may be called from any
    thread: the key server reads while a test rotates.
    """

    def __init__(self, make: Callable[[], SigningKey] = SigningKey.generate) -> None:
        self._make = make
        self._lock = Lock()
        self._current: dict[Use, SigningKey] = {}
        self._published: list[SigningKey] = []
        self._withdrawn: set[Use] = set()

    def current(self, use: Use) -> SigningKey:
        """Tell which key signs now; in place of a withdrawn one a fresh key is made and published."""
        with self._lock:
            return self._current.get(use) or self._replace(use)

    def document(self) -> KeyDocument:
        """Write the JWK set (RFC 7517 section 5) of all published keys, the oldest first."""
        with self._lock:
            self._make_missing()
            return {"keys": [dict(key.jwk) for key in self._published]}

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with new keys from now on, and publish them beside the old ones or, without *keep_old*, instead."""
        with self._lock:
            if keep_old:
                self._make_missing()
            else:
                self._published.clear()
            for use in _USES:
                self._replace(use)

    def withdraw(self, use: Use) -> None:
        """Take the current key of *use* out of the document, with no successor until one is needed to sign."""
        with self._lock:
            key = self._current.pop(use, None)
            if key is not None:
                self._published.remove(key)
            self._withdrawn.add(use)

    def _make_missing(self) -> None:
        for use in _USES:
            if use not in self._current and use not in self._withdrawn:
                self._replace(use)

    def _replace(self, use: Use) -> SigningKey:
        key = self._make()
        self._current[use] = key
        self._published.append(key)
        self._withdrawn.discard(use)
        return key
