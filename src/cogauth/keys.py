"""A key document (RFC 7517 section 5) becomes a table of verification keys; what is weak or ambiguous is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cryptography.exceptions import UnsupportedAlgorithm

from cogauth._strict import Unacceptable, json_object
from cogauth.algorithms import ALGORITHMS
from cogauth.jwk import UnusableKey, VerificationKey, verification_key

MAX_KEYS = 64
MAX_DOCUMENT = 262_144
"""Bytes of a key document; a user pool's has about a thousand."""

_MAX_DEPTH = 6

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


class KeyDocumentError(ValueError):
    """The whole document is refused; `reason` says why, as `jwks.invalid` and the like."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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


def key_table(document: bytes, algorithms: Sequence[str] = ("RS256",)) -> KeyTable:  # noqa: C901  one rule for documents after the other
    """
    Read a JWK set, for verifying signatures of *algorithms*.

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
            usable[label] = verification_key(member, algorithms)
        except UnusableKey as error:
            skipped.append((label, error.reason))
    if not usable:
        raise KeyDocumentError("jwks.no_usable_key")
    return KeyTable(usable, tuple(skipped))


def pem_table(document: bytes, kid: str) -> KeyTable:
    """
    Read the one key of a document in PEM, of which *kid* is the name: how load balancers publish theirs.

    Raises:
        KeyDocumentError: it is not a public key on P-256.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # needed only behind a load balancer
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if len(document) > MAX_DOCUMENT:
        raise KeyDocumentError("jwks.too_large")
    try:
        key = load_pem_public_key(document)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyDocumentError("jwks.invalid") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyDocumentError("jwks.no_usable_key")
    return KeyTable({kid: VerificationKey(kid, ALGORITHMS["ES256"], key, 256, 64)})
