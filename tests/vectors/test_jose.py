"""Tokens and keys of Project Wycheproof: each signature is judged as agreed, and no verifier accepts any of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.providers import jwk_of
from tests.vectors.corpora import ACCEPTED, NAMES, Vector, document, folder, refusal, text_of, verdict, wycheproof

FILES: Final = ("json_web_signature", "json_web_key", "json_web_crypto")


def keys_of(vector: Vector) -> bytes:
    """
    The keys of a vector's group, and one of nobody's.

    With it there is a usable one, so that the token is looked at though none of the group's is.
    """
    key = vector.group.get("public", vector.group["private"])
    return document(*key.get("keys", [key]), jwk_of("RS256", "spare"))


def token(vector: Vector) -> str:
    return text_of(vector.test["jws" if "jws" in vector.test else "jwe"])


def overrides(shared: Path, name: str) -> Mapping[int, str]:
    """Where a strict reader of tokens judges otherwise, by the list that lies with the vectors, payloads aside."""
    listed = json.loads((folder(shared, "wycheproof") / "expectation_overrides.json").read_text("utf-8"))["overrides"]
    return {entry["tcId"]: entry["strict_jws_layer"] for entry in listed if entry["file"] == f"{name}_test.json"}


# Why signatures are not accepted, and how many are: all that is signed with a secret is refused for its algorithm.
SIGNED: Final[Mapping[str, Mapping[str, int]]] = {
    "json_web_signature": {
        ACCEPTED: 32,
        "signature.invalid": 281,
        "signature.length": 13,
        "header.alg_not_allowed": 32,
        "header.key_material": 1,
        "header.not_utf8_json": 6,
        "key.alg_mismatch": 7,
        "key.not_found": 8,
        "malformed.charset": 3,
        "malformed.segments": 18,
    },
    "json_web_key": {
        ACCEPTED: 2,
        "header.alg_not_allowed": 14,
        "jwks.duplicate_kid": 1,
        "key.not_found": 9,
    },
    "json_web_crypto": {
        ACCEPTED: 3,
        "signature.invalid": 6,
        "signature.length": 2,
        "header.alg_not_allowed": 11,
        "header.key_material": 1,
        "header.not_utf8_json": 6,
        "key.not_found": 2,
        "malformed.segments": 18,
    },
}

# What a verifier says, which reads the payload before it asks for a key: none of these is an object with claims.
SENT: Final[Mapping[str, Mapping[str, int]]] = {
    "json_web_signature": {
        "claims.not_json_object": 57,
        "claims.not_utf8_json": 274,
        "header.alg_not_allowed": 25,
        "header.key_material": 1,
        "malformed.charset": 3,
        "malformed.empty": 3,
        "malformed.empty_header": 6,
        "malformed.empty_payload": 9,
        "malformed.empty_signature": 8,
        "malformed.segments": 15,
    },
    "json_web_key": {
        "claims.not_utf8_json": 9,
        "header.alg_not_allowed": 14,
        "jwks.duplicate_kid": 1,
        "malformed.empty_payload": 2,
    },
    # Half of the encrypted ones come with the private key that they were encrypted for: no issuer shows that.
    "json_web_crypto": {
        "claims.not_utf8_json": 9,
        "header.alg_not_allowed": 8,
        "header.key_material": 1,
        "jwks.private_key": 17,
        "malformed.empty": 3,
        "malformed.empty_header": 6,
        "malformed.empty_payload": 3,
        "malformed.empty_signature": 4,
        "malformed.segments": 32,
    },
}

ENCRYPTED: Final = {"json_web_signature": 0, "json_web_key": 0, "json_web_crypto": 34}
"""Vectors of encrypted tokens, of which there is no signature to judge: they are sent, and that is all."""


@pytest.mark.parametrize("file", FILES)
def test_signatures_are_judged(file: str, shared: Path) -> None:
    """As the vectors say, or as the list of exceptions does; each of which is met."""
    vectors = wycheproof(shared, file)
    signed = [vector for vector in vectors if "jws" in vector.test]
    exceptions = overrides(shared, file)
    verdicts = {vector.number: verdict(token(vector), keys_of(vector)) for vector in signed}
    expected = {vector.number: exceptions.get(vector.number, vector.result) for vector in signed}
    assert expected == {number: "valid" if text == ACCEPTED else "invalid" for number, text in verdicts.items()}
    assert set() == exceptions.keys() - verdicts.keys()
    assert SIGNED[file] == Counter(verdicts.values())
    assert ENCRYPTED[file] == len(vectors) - len(signed)


@pytest.mark.parametrize("file", FILES)
def test_no_verifier_accepts_one(file: str, shared: Path) -> None:
    """Sent to a verifier that trusts the vector's own keys, each is refused for a reason of its own."""
    assert SENT[file] == Counter(refusal(token(vector), keys_of(vector)) for vector in wycheproof(shared, file))


def test_keys_that_are_for_something_else_are_left_out(shared: Path) -> None:
    """A key for encryption, too small, with another curve's algorithm, off its curve, or of a wrong kind."""
    refused = {
        vector.group["comment"]
        for file in FILES
        for vector in wycheproof(shared, file)
        if "jws" in vector.test and verdict(token(vector), keys_of(vector)) == "key.not_found"
    }
    assert {
        "ec_key_for_encryption",
        "exponentOne",
        "invalid_algorithm",
        "invalid_point",
        "invalid_use",
        "keysize_too_small",
        "rsa_encryption",
        "wrong_algorithm",
        "wrong_curve",
        "wrong_kty",
    } <= refused


@pytest.mark.parametrize("number", [346, 347, 350, 351])
def test_a_key_is_not_for_what_the_token_says(number: int, shared: Path) -> None:
    """Figures 20 and 27 of RFC 7520 are right, and their keys here are not: they name PS256 and ES521."""
    (vector,) = (vector for vector in wycheproof(shared, "json_web_signature") if vector.number == number)
    key = vector.group["public"]
    unnamed = {name: value for name, value in key.items() if name != "alg"}
    fitting = tuple(name for name in NAMES if name in {"PS384", "ES512"})
    assert "valid" == vector.result
    assert verdict(token(vector), keys_of(vector)) in {"key.alg_mismatch", "key.not_found"}
    assert ACCEPTED == verdict(token(vector), document(unnamed), algorithms=fitting)
