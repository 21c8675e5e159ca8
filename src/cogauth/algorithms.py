"""The signature algorithms (RFC 7518 section 3, RFC 8037, RFC 9864), each bound to one kind of key; none is an HMAC."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

Kty: TypeAlias = Literal["RSA", "EC", "OKP"]


class Algorithm(NamedTuple):
    """What a name in a header's `alg` means."""

    name: str
    kty: Kty
    curve: str | None = None
    """`crv` of its keys; None for RSA."""
    digest_bits: int = 256


_ALL = (
    *(Algorithm(f"{family}{bits}", "RSA", None, bits) for family in ("RS", "PS") for bits in (256, 384, 512)),
    Algorithm("ES256", "EC", "P-256", 256),
    Algorithm("ES384", "EC", "P-384", 384),
    Algorithm("ES512", "EC", "P-521", 512),
    # RFC 9864 names the curve; RFC 8037 called the same thing EdDSA, and Ed25519 is the one curve of it that is met.
    Algorithm("EdDSA", "OKP", "Ed25519"),
    Algorithm("Ed25519", "OKP", "Ed25519"),
)

ALGORITHMS: Final[Mapping[str, Algorithm]] = MappingProxyType({algorithm.name: algorithm for algorithm in _ALL})
"""By name, which is compared as it is written: no case is folded."""


def mismatch(wanted: str, found: str) -> str:
    """Say how a key for the algorithm *found* differs from what a token asks for with *wanted*."""
    one, other = ALGORITHMS.get(wanted), ALGORITHMS.get(found)
    if one is None or other is None:
        return "key.alg_mismatch"
    if one.kty != other.kty:
        return "key.type_mismatch"
    return "key.alg_mismatch" if one.curve == other.curve else "key.curve_mismatch"
