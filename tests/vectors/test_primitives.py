"""Signatures of Project Wycheproof: each is judged as its authors say, and every exception is decided and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cogauth.errors import BadSignature
from cogauth.jwk import UnusableKey, VerificationKey, verification_key
from cogauth.testing.encoding import base64url
from tests.support.providers import CRV, length_of
from tests.vectors.corpora import ACCEPTED, Members, folder, wycheproof

LENGTH, INVALID = "signature.length", "signature.invalid"


def judged(accepted: int, refused: int, short: int, **others: int) -> Mapping[tuple[str, str], int]:
    """What becomes of the vectors of a file: valid ones, invalid ones, those of them of another length, and others."""
    counts = {("valid", ACCEPTED): accepted, ("invalid", INVALID): refused, ("invalid", LENGTH): short}
    # Without the NULL that RFC 8017 appendix A.2.4 asks for: "acceptable" to the authors, and two spellings to us.
    counts["acceptable", INVALID] = others.pop("no_null", 0)
    # RFC 8017 allows an exponent of 3; here it must be 65537 at least.
    counts["valid", "key.exponent"] = others.pop("small_exponent", 0)
    # RFC 7518 section 3.5: the salt is as long as the digest, and the mask is made with the same one. What has another
    # salt or mask is good for whoever asks for just that, and nobody can ask it of PS256; the one signature that such
    # a file holds to be wrong for having our salt is good for us.
    counts["valid", INVALID] = others.pop("other_parameters", 0)
    counts["invalid", ACCEPTED] = others.pop("our_parameters", 0)
    # There is no such algorithm (SHA-1, SHA-224), or there is none with this curve.
    counts["valid", "none"] = others.pop("no_algorithm", 0)
    counts["valid", "key.curve_mismatch"] = others.pop("other_curve", 0)
    counts["invalid", "key.curve_mismatch"] = others.pop("other_curve_invalid", 0)
    assert not others
    return {outcome: count for outcome, count in counts.items() if count}


FILES: Final[Mapping[str, Mapping[tuple[str, str], int]]] = {
    "rsa_signature_2048_sha256": judged(7, 247, 2, no_null=1, small_exponent=2),
    "rsa_signature_2048_sha384": judged(7, 248, 2, no_null=1),
    "rsa_signature_2048_sha512": judged(7, 248, 2, no_null=1, small_exponent=1),
    "rsa_signature_3072_sha256": judged(7, 248, 2, no_null=1, small_exponent=1),
    "rsa_signature_3072_sha384": judged(7, 249, 2, no_null=1),
    "rsa_signature_3072_sha512": judged(7, 249, 2, no_null=1, small_exponent=1),
    "rsa_signature_4096_sha256": judged(7, 248, 2, no_null=1),
    "rsa_signature_4096_sha384": judged(7, 249, 2, no_null=1),
    "rsa_signature_4096_sha512": judged(7, 249, 2, no_null=1),
    "rsa_signature_8192_sha256": judged(7, 248, 2, no_null=1),
    "rsa_signature_8192_sha384": judged(7, 249, 2, no_null=1),
    "rsa_signature_8192_sha512": judged(7, 249, 2, no_null=1),
    "rsa_pss_2048_sha256_mgf1_0": judged(0, 36, 5, other_parameters=61, our_parameters=1),
    "rsa_pss_2048_sha256_mgf1_32": judged(63, 40, 5),
    "rsa_pss_2048_sha256_mgf1_32_params": judged(63, 40, 5),
    "rsa_pss_2048_sha256_mgf1sha1_20": judged(0, 40, 5, other_parameters=63),
    "rsa_pss_2048_sha384_mgf1_48": judged(95, 41, 5),
    "rsa_pss_3072_sha256_mgf1_32": judged(63, 40, 5),
    "rsa_pss_3072_sha256_mgf1_32_params": judged(63, 40, 5),
    "rsa_pss_4096_sha256_mgf1_32": judged(63, 40, 5),
    "rsa_pss_4096_sha384_mgf1_48": judged(95, 41, 5),
    "rsa_pss_4096_sha512_mgf1_64": judged(132, 42, 5),
    "rsa_pss_4096_sha512_mgf1_64_params": judged(132, 42, 5),
    # Five digests, five for the mask, six salts: of all these there are three algorithms.
    "rsa_pss_misc": judged(3, 0, 0, other_parameters=87, no_algorithm=60),
    "ecdsa_secp256r1_sha256_p1363": judged(173, 68, 21),
    "ecdsa_secp384r1_sha384_p1363": judged(193, 68, 19),
    "ecdsa_secp521r1_sha512_p1363": judged(231, 73, 14),
    "ed25519": judged(88, 51, 12),
    "ed448": judged(0, 0, 0, other_curve=17, other_curve_invalid=70),
}

ELLIPTIC: Final = [name for name in FILES if name.startswith("ecdsa")]


def number(text: str) -> str:
    """A Base64urlUInt of what the vectors write in hexadecimal, leading zeros and all."""
    value = int(text, 16)
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


def described(file: str, group: Members) -> tuple[str, dict[str, str]]:
    """The algorithm that a group's signatures are of, and its key as a JWK."""
    key = group["publicKey"]
    bits = str(group.get("sha", "")).removeprefix("SHA-")
    if file.startswith("rsa"):
        jwk = {"kty": "RSA", "n": number(key["modulus"]), "e": number(key["publicExponent"])}
        return ("PS" if "pss" in file else "RS") + bits, jwk
    if file.startswith("ecdsa"):
        alg = f"ES{bits}"
        x, y = (base64url(int(key[name], 16).to_bytes(length_of(alg))) for name in ("wx", "wy"))
        return alg, {"kty": "EC", "crv": CRV[alg], "x": x, "y": y}
    curve = {"edwards25519": "Ed25519", "edwards448": "Ed448"}[key["curve"]]
    return "EdDSA", {"kty": "OKP", "crv": curve, "x": base64url(bytes.fromhex(key["pk"]))}


def loaded(file: str, group: Members) -> VerificationKey:
    """The key of a group; raises UnusableKey, or KeyError where nobody could name its algorithm."""
    alg, jwk = described(file, group)
    return verification_key({"kid": "k1", **jwk}, (alg,))


def verified(key: VerificationKey, signature: bytes, message: bytes) -> str:
    """What a key has against a signature, or `accepted`."""
    try:
        key.verify(signature, message)
    except BadSignature as error:
        return error.reason
    return ACCEPTED


def outcome(file: str, group: Members, test: Members) -> str:
    """What becomes of one vector."""
    try:
        key = loaded(file, group)
    except UnusableKey as error:
        return error.reason
    except KeyError:
        return "none"
    return verified(key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))


@pytest.mark.parametrize("file", FILES)
def test_signatures_are_judged(file: str, shared: Path) -> None:
    """As the file says, but for the exceptions above: as many of each as there are, so that none is left out."""
    vectors = wycheproof(shared, file)
    found = Counter((vector.result, outcome(file, vector.group, vector.test)) for vector in vectors)
    assert FILES[file] == found


def test_the_one_invalid_signature_that_is_accepted(shared: Path) -> None:
    """It is wrong for its salt of 32 bytes, where the file is about salts of none: as PS256 it is right."""
    file = "rsa_pss_2048_sha256_mgf1_0"
    accepted = [
        (vector.number, vector.test["comment"])
        for vector in wycheproof(shared, file)
        if vector.result == "invalid" and outcome(file, vector.group, vector.test) == ACCEPTED
    ]
    assert [(69, "s_len changed to 32")] == accepted


def test_three_of_all_parameters_are_accepted(shared: Path) -> None:
    """Those of PS256, PS384 and PS512, and no others."""
    file = "rsa_pss_misc"
    accepted = [
        (vector.group["sha"], vector.group["mgfSha"], vector.group["sLen"])
        for vector in wycheproof(shared, file)
        if outcome(file, vector.group, vector.test) == ACCEPTED
    ]
    assert sorted(accepted) == [(f"SHA-{bits}", f"SHA-{bits}", bits // 8) for bits in (256, 384, 512)]


def test_no_file_is_left_out(shared: Path) -> None:
    """The others are about tokens, and have tests of their own."""
    names = {path.name.removesuffix("_test.json") for path in folder(shared, "wycheproof").glob("*_test.json")}
    assert set(FILES) == {name for name in names if not name.startswith("json_web_")}


@pytest.mark.parametrize(("file", "count"), [*zip(ELLIPTIC, (173, 193, 231), strict=True)])
def test_an_elliptic_signature_in_der_is_refused(file: str, count: int, shared: Path) -> None:
    """A token has the two numbers at full length (RFC 7518 section 3.4); X.509's way to write them is a second one."""
    tried = 0
    for vector in wycheproof(shared, file):
        key, signature = loaded(file, vector.group), bytes.fromhex(vector.test["sig"])
        message = bytes.fromhex(vector.test["msg"])
        if vector.result == "valid":
            half = len(signature) // 2
            der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
            assert ACCEPTED == verified(key, signature, message)
            assert verified(key, der, message) in {LENGTH, INVALID}
            tried += 1
    assert count == tried


# How many groups of a file have a JWK as well; of the elliptic ones some are bad points, or coordinates cut short.
@pytest.mark.parametrize(
    ("file", "equal"),
    [
        ("rsa_pss_2048_sha256_mgf1_32", 1),
        ("rsa_pss_4096_sha512_mgf1_64", 1),
        ("ecdsa_secp256r1_sha256_p1363", 103),
        ("ecdsa_secp384r1_sha384_p1363", 95),
        ("ecdsa_secp521r1_sha512_p1363", 98),
        ("ed25519", 78),
    ],
)
def test_the_vectors_write_the_same_jwk(file: str, equal: int, shared: Path) -> None:
    """Where they have one, it is the key that these tests make of its numbers."""
    groups = {id(vector.group): vector.group for vector in wycheproof(shared, file)}
    written = [(group["publicKeyJwk"], group) for group in groups.values() if "publicKeyJwk" in group]
    alg = described(file, written[0][1])[0]
    # An algorithm that they name may be one of another age, such as ES521.
    keys = [verification_key({**jwk, "kid": "k1", "alg": alg}, (alg,)) for jwk, _ in written]
    assert [loaded(file, group) for _, group in written] == keys
    assert equal == len(keys)
