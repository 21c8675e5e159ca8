"""The examples of RFC 7515, 7520, 7797 and 8037: what a key pair signed is verified, any other form is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from cogauth import OIDCIssuer, RefreshTokenSent, TokenError, Verifier
from cogauth.keys import KeyDocumentError, key_table
from tests.support.providers import API, PROVIDER, jwk_of
from tests.support.tokens import NOW
from tests.vectors.corpora import ACCEPTED, NAMES, Members, cookbook, document, public, refusal, text_of, verdict

# -- RFC 7515, appendix A ----------------------------------------------------------------------------------------------

JOE: Final = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

SIGNED: Final[Mapping[str, tuple[dict[str, str], str, str, str]]] = {
    "A.2": (
        {
            "kty": "RSA",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR"
            "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS"
            "-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2et"
            "hFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
            "e": "AQAB",
        },
        "RS256",
        f"eyJhbGciOiJSUzI1NiJ9.{JOE}",
        (
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
            "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
            "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
            "cN_IoypGlUPQGe77Rw"
        ),
    ),
    "A.3": (
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
        "ES256",
        f"eyJhbGciOiJFUzI1NiJ9.{JOE}",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ),
    "A.4": (
        {
            "kty": "EC",
            "crv": "P-521",
            "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
            "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
        },
        "ES512",
        "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
        (
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2Y"
            "BJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
        ),
    ),
}


def bent(signature: str) -> str:
    """A signature with one bit of its middle turned."""
    middle = len(signature) // 2
    return signature[:middle] + ("B" if signature[middle] != "B" else "A") + signature[middle + 1 :]


@pytest.mark.parametrize("section", SIGNED)
def test_a_signature_is_verified(section: str) -> None:
    """By the key that the section shows, for its algorithm alone, and no other than this one."""
    jwk, alg, text, signature = SIGNED[section]
    keys = document({"kid": "k1", **jwk})
    others = tuple(name for name in NAMES if name != alg)
    assert ACCEPTED == verdict(f"{text}.{signature}", keys, "k1", (alg,))
    assert "signature.invalid" == verdict(f"{text}.{bent(signature)}", keys, "k1", (alg,))
    assert verdict(f"{text}.{signature}", keys, "k1", others) in {"key.alg_mismatch", "jwks.no_usable_key"}


@pytest.mark.parametrize("section", SIGNED)
def test_a_header_that_names_no_key_is_refused(section: str) -> None:
    """To try one key after the other until one fits is no way to tell whose the token is."""
    jwk, alg, text, signature = SIGNED[section]
    assert "header.kid_missing" == refusal(f"{text}.{signature}", document({"kid": "k1", **jwk}), (alg,))


RS256_ENTRY: Final = {"protected": "eyJhbGciOiJSUzI1NiJ9", "signature": SIGNED["A.2"][3]}
ES256_ENTRY: Final = {"protected": "eyJhbGciOiJFUzI1NiJ9", "signature": SIGNED["A.3"][3]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "header.alg_not_allowed",
            id="A.1 HS256",
        ),
        pytest.param(f"eyJhbGciOiJub25lIn0.{JOE}.", "malformed.empty_signature", id="A.5 unsecured"),
        pytest.param(f"eyJhbGciOiJub25lIn0.{JOE}.AA", "header.alg_not_allowed", id="A.5 with something behind"),
        pytest.param(
            json.dumps({"payload": JOE, "signatures": [RS256_ENTRY, ES256_ENTRY]}), "malformed.segments", id="A.6"
        ),
        pytest.param(json.dumps({"payload": JOE, **ES256_ENTRY}), "malformed.segments", id="A.7"),
        pytest.param(f"eyJhbGciOiJSUzI1NiJ9..{SIGNED['A.2'][3]}", "malformed.empty_payload", id="F detached"),
    ],
)
def test_any_other_form_is_refused(text: str, reason: str) -> None:
    """Signed with a secret, with nothing, in JSON, or apart from what is signed."""
    assert reason == refusal(text, document({"kid": "k1", **SIGNED["A.2"][0]}))


# -- RFC 7520, 7797, 8037 ----------------------------------------------------------------------------------------------

VERIFIED: Final[Mapping[str, str]] = {
    "4_1.rsa_v15_signature.json": "RS256",
    "4_2.rsa-pss_signature.json": "PS384",
    "4_3.ecdsa_signature.json": "ES512",
    "jws.json": "EdDSA",
}
"""The examples whose compact form a key pair made; the last is of RFC 8037 appendix A.4."""


def outputs(shared: Path, *folders: str) -> dict[tuple[str, str], tuple[Members, str]]:
    """Every serialization of every example: what went in, and the text that came out."""
    return {
        (name, form): (example["input"], text_of(text))
        for name, example in cookbook(shared, *(f"{folder}/*.json" for folder in folders))
        for form, text in example["output"].items()
    }


def spare() -> bytes:
    """A key document that is usable, whatever the example's is."""
    return document(jwk_of("RS256", "spare"))


def test_compact_examples_are_verified(shared: Path) -> None:
    """With the public part of the example's key, and only with it, for its own algorithm."""
    verified: dict[str, str] = {}
    for (name, form), (given, text) in outputs(shared, "jws", "curve25519").items():
        if form != "compact" or name not in VERIFIED:
            continue
        alg, key = given["alg"], {"kid": "k1", **public(given["key"])}
        signing_input, _, signature = text.rpartition(".")
        assert ACCEPTED == verdict(text, document(key), key["kid"], (alg,)), name
        assert "signature.invalid" == verdict(f"{signing_input}.{bent(signature)}", document(key), key["kid"], (alg,))
        verified[name] = alg
    assert VERIFIED == verified


def test_no_verifier_accepts_an_example(shared: Path) -> None:
    """Of what could be verified the payload is no object; the rest does not come so far."""
    reasons = {
        f"{name} {form}": refusal(text, spare())
        for (name, form), (_, text) in outputs(shared, "jws", "rfc7797", "curve25519").items()
    }
    not_compact = {case: reason for case, reason in reasons.items() if not case.endswith(" compact")}
    assert {"malformed.segments"} == set(not_compact.values())
    assert 23 == len(not_compact)
    assert {
        "4_1.rsa_v15_signature.json compact": "claims.not_utf8_json",
        "4_2.rsa-pss_signature.json compact": "claims.not_utf8_json",
        "4_3.ecdsa_signature.json compact": "claims.not_utf8_json",
        "4_4.hmac-sha2_integrity_protection.json compact": "header.alg_not_allowed",
        "4_5.signature_with_detached_content.json compact": "malformed.empty_payload",
        "hmac-sha2_b64_false.json compact": "header.alg_not_allowed",
        "jws.json compact": "header.kid_missing",
        "ecdh-es.json compact": "malformed.segments",
    } == {case: reason for case, reason in reasons.items() if case not in not_compact}


def test_what_is_encrypted_is_refused(shared: Path) -> None:
    """Five segments are told apart from other nonsense, so that whoever sent a refresh token learns of it."""
    issuer = OIDCIssuer(PROVIDER, audience={API}, jwks=spare().decode())
    verifier = Verifier(issuer, clock=lambda: NOW)
    kinds: dict[str, list[type[TokenError]]] = {}
    for (_, form), (_, text) in outputs(shared, "jwe").items():
        with pytest.raises(TokenError) as caught:
            verifier.verify(text)
        assert "malformed.segments" == caught.value.reason
        kinds.setdefault(form, []).append(type(caught.value))
    assert {"compact", "json", "json_flat"} == kinds.keys()
    assert 13 == len(kinds["json"])
    # Two of them have no encrypted key between their dots, for it is agreed upon or shared.
    assert (7, 2) == (kinds["compact"].count(RefreshTokenSent), len(kinds["compact"]) - 7)


KEYS: Final[Mapping[str, str | None]] = {
    "3_1.ec_public_key.json": None,
    "3_2.ec_private_key.json": "jwks.private_key",
    "3_3.rsa_public_key.json": None,
    "3_4.rsa_private_key.json": "jwks.private_key",
    "3_5.symmetric_key_mac_computation.json": "jwks.no_usable_key",
    "3_6.symmetric_key_encryption.json": "jwks.no_usable_key",
}


def test_keys_are_read(shared: Path) -> None:
    """RFC 7520 section 3: the public ones; a document that shows a private one is refused, and a secret is no key."""
    found: dict[str, str | None] = {}
    for name, jwk in cookbook(shared, "jwk/*.json"):
        try:
            table = key_table(document(jwk), NAMES)
        except KeyDocumentError as error:
            found[name] = error.reason
        else:
            found[name] = None
            assert [jwk["kid"]] == list(table.keys)
    assert KEYS == found


def test_what_is_nested_is_refused(shared: Path) -> None:
    """RFC 7520 section 6: a token that PS256 signed, inside an encrypted one. The inner one alone is as good as any."""
    ((_, example),) = cookbook(shared, "6.*.json")
    inner, key = example["sign"]["output"]["compact"], public(example["sign"]["input"]["key"])
    assert ACCEPTED == verdict(inner, document(key), key["kid"], ("PS256",))
    assert "header.kid_missing" == refusal(inner, document(key), ("PS256",))
    outer = [text_of(text) for text in example["encrypt"]["output"].values()]
    assert ["malformed.segments"] * 3 == [refusal(text, document(key), ("PS256",)) for text in outer]
