"""Words: what the reasons of the key reader mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cogauth.jwk import MAX_RSA_BITS, MIN_RSA_BITS, MIN_RSA_EXPONENT
from cogauth.keys import MAX_DOCUMENT, MAX_KEYS

OF_KEYS: Final[Mapping[str, str]] = {
    "key.kid": "it has no kid of 1 to 128 characters that a token could name",
    "key.type": "its kty is none that is used here",
    "key.use": "it is not for signatures: use is not sig",
    "key.ops": "its key_ops are not verify alone",
    "key.alg_mismatch": "its alg is none that is accepted here",
    "key.curve_mismatch": "its curve does not go with the algorithm",
    "key.number": "its numbers are no public key, or are not written as RFC 7518 section 6 has them",
    "key.size": f"its modulus is even, or not of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits",
    "key.exponent": f"its exponent is even, below {MIN_RSA_EXPONENT} or beyond 32 bits",
    "jwks.private_key": "its private half is published with it",
}
"""Why one key is not used."""

_READ = "Publish the public keys as a JWK set (RFC 7517 section 5)."
_REACH = "See whether this machine reaches it; proxies of the environment are not used."
_METADATA = "Say where the keys are with --jwks-uri, or mend the metadata."

OF_DOCUMENTS: Final[Mapping[str, tuple[str, str]]] = {
    "jwks.invalid": ("it is not a JWK set: a JSON object whose keys are a list of objects", _READ),
    "jwks.duplicate_member": ("it names one JSON member twice, so that readers differ about it", _READ),
    "jwks.too_large": (f"it has more than {MAX_DOCUMENT} bytes", "Publish the keys in use only."),
    "jwks.too_complex": (f"it is nested too deeply, or has more than {MAX_KEYS} keys", "Publish the keys in use only."),
    "jwks.duplicate_kid": ("two keys have one kid, and nobody can tell them apart", "Give each key a kid of its own."),
    "jwks.no_usable_key": ("none of its keys can be used", "See above for what is wrong with each."),
    "jwks.private_key": (
        "it shows a private key",
        "Whoever has seen it can sign tokens. Make a new key now, publish its public half only, and withdraw this one.",
    ),
    "jwks.discovery_invalid": ("the issuer's metadata is no JSON object", _METADATA),
    "jwks.discovery_issuer": (
        "the metadata is of another issuer",
        "Write the issuer as its metadata and its tokens do, to the letter: a slash at the end counts.",
    ),
    "jwks.discovery_uri": ("the metadata names no https URL of keys", _METADATA),
    "jwks.http_status": ("the answer is not 200 with JSON", "See whether the issuer is spelled right. " + _REACH),
    "jwks.redirect": ("the answer is a redirect, which is not followed", "Name the place itself with --jwks-uri."),
    "jwks.content_encoding": ("the answer is compressed, though that was not asked for", "Have it served as it is."),
    "jwks.deadline": ("the whole answer did not come within five seconds", _REACH),
    "jwks.tls": ("the server's certificate is not trusted, or TLS failed", "See whether this machine knows its CA."),
    "jwks.fetch_failed": ("the server cannot be reached", _REACH),
}
"""Why a document is refused or cannot be had, and what to do about it."""

_OTHER = ("it cannot be had", _REACH)


def of_document(reason: str) -> tuple[str, str]:
    """Say what is wrong with a document, and what to do; *reason* may be the name of anybody's exception."""
    return OF_DOCUMENTS.get(reason, _OTHER)
