"""Key documents: what is usable, what is left out, and what makes the whole of one unusable."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512

from cogauth._strict import json_object
from cogauth.errors import BadSignature
from cogauth.jwk import UnusableKey, verification_key
from cogauth.keys import KeyDocumentError, KeyTable, key_table
from cogauth.testing.encoding import base64url
from tests.support.tokens import ABSENT, Changes, changed, key_document, signing_key

NOT_RSA = {
    "EC": {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
    "OKP": {"kty": "OKP", "crv": "Ed25519", "x": "AQ"},
    "oct": {"kty": "oct", "k": "AQ", "d": "AQ"},
    "AKP": {"kty": "AKP", "pub": "AQ"},
    "none": {"kty": ABSENT},
    "case": {"kty": "rsa"},
    "null": {"kty": None},
}


def number(value: int) -> str:
    """A number as a key document writes it (RFC 7518 section 2)."""
    return base64url(value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


def jwk(changes: Changes | None = None, kid: str = "k1") -> dict[str, object]:
    """The JWK of a good key, changed."""
    return changed(signing_key(kid).jwk, changes or {})


def document(*members: object) -> bytes:
    return json.dumps({"keys": list(members)}).encode()


def skipped_for(changes: Changes) -> str | None:
    """Why one JWK, changed, cannot be used; None if it can."""
    try:
        verification_key(json_object(json.dumps(jwk(changes)).encode()))
    except UnusableKey as error:
        return error.reason
    return None


# -- One key -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(pytest.param({"kid": kid}, "key.kid", id=f"kid {kid!r}") for kid in (ABSENT, None, 5, "", ["k1"], "k" * 129)),
        *(pytest.param(members, "key.type", id=f"kty {name}") for name, members in NOT_RSA.items()),
        *(
            pytest.param({"alg": alg}, "key.alg_mismatch", id=f"alg {alg!r}")
            for alg in (None, 1, "", "rs256", "RS512", "PS256", "HS256", "RSA-OAEP")
        ),
        *(pytest.param({"use": use}, "key.use", id=f"use {use!r}") for use in (None, 1, "", "enc", "SIG")),
        *(
            pytest.param({"key_ops": operations}, "key.ops", id=f"key_ops {operations!r}")
            for operations in (None, "verify", [], ["sign"], ["encrypt"], ["verify", "verify"], ["verify", "sign"], [1])
        ),
        *(
            pytest.param({name: value}, "key.number", id=f"{name} {value!r}")
            for name in ("n", "e")
            for value in (ABSENT, None, 65537, "", "AQAB=", "A", "+QAB", "AQ AB", "ÄQAB", "AAEAAQ", "AA")
        ),
        *(
            pytest.param({"n": number((1 << bits) - 1)}, "key.size", id=f"{bits} bits")
            for bits in (1, 512, 1024, 2047, 8193, 16_384)
        ),
        pytest.param({"n": number((1 << 2048) - 2)}, "key.size", id="an even modulus"),
        *(
            pytest.param({"e": number(exponent)}, "key.exponent", id=f"e {exponent}")
            for exponent in (1, 2, 3, 17, 65_535, 65_536, 65_538, 2**32, 2**32 + 1, 2**64 + 1)
        ),
    ],
)
def test_a_key_is_left_out(changes: Changes, reason: str) -> None:
    """What is not for verifying RS256, is weak, or is written in a second way has a reason of its own."""
    assert reason == skipped_for(changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="a user pool's"),
        pytest.param({"alg": ABSENT, "use": ABSENT}, id="without alg and use"),
        pytest.param({"key_ops": ["verify"]}, id="with key_ops"),
        pytest.param({"kid": "k" * 128}, id="the longest kid"),
        pytest.param({"x5c": ["MIIB"], "x5u": "https://x.example", "x5t": "AAAA"}, id="with a certificate"),
        pytest.param({"e": number(2**32 - 1)}, id="the largest exponent"),
        pytest.param({"n": number((1 << 8192) - 1)}, id="the largest modulus"),
        pytest.param({"n": number((1 << 2047) + 1)}, id="the smallest modulus"),
    ],
)
def test_a_key_is_taken(changes: Changes) -> None:
    """What reaches a bound does not exceed it, and what is not known is ignored."""
    assert skipped_for(changes) is None


def test_a_key_shows_its_size() -> None:
    """In its text, beside its name and algorithm, with whatever is odd in the name escaped."""
    key = verification_key(json_object(json.dumps(jwk({"kid": "k\n1ä"})).encode()))
    assert (2048, "RS256", "k\n1ä") == (key.bits, key.alg, key.kid)
    assert r"<VerificationKey 'k\n1\xe4' RS256 2048 bits>" == repr(key)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(jwk(), True, id="read again"),
        pytest.param(jwk({"use": ABSENT, "x5t": "AAAA"}), True, id="decorated"),
        pytest.param(jwk({"kid": "k2"}), False, id="under another name"),
        pytest.param(jwk({"kid": "k1"}, kid="k2"), False, id="another key under its name"),
    ],
)
def test_keys_are_equal_when_they_verify_the_same(other: dict[str, object], *, equal: bool) -> None:
    """A key that was replaced under its `kid` is another key."""
    one = key_table(document(jwk())).keys["k1"]
    two = next(iter(key_table(document(other)).keys.values()))
    assert equal == (one == two)
    assert equal == (1 == len({one, two}))


def test_a_key_is_equal_to_nothing_else() -> None:
    """Not even to what it was made of."""
    key = key_table(document(jwk())).keys["k1"]
    assert key != jwk()
    assert key != "k1"


# -- Signatures --------------------------------------------------------------------------------------------------------


def verify(signature: bytes, text: bytes = b"h.p") -> str | None:
    """Why the key k1 refuses a signature; None if it does not."""
    key = key_table(key_document("k1")).keys["k1"]
    try:
        key.verify(signature, text)
    except BadSignature as error:
        return error.reason
    return None


def test_a_signature_is_accepted() -> None:
    """One that this key made over these bytes with SHA-256."""
    assert verify(signing_key().private.sign(b"h.p", PKCS1v15(), SHA256())) is None


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        pytest.param(signing_key("k2").private.sign(b"h.p", PKCS1v15(), SHA256()), "signature.invalid", id="another's"),
        pytest.param(signing_key().private.sign(b"p.h", PKCS1v15(), SHA256()), "signature.invalid", id="another text"),
        pytest.param(signing_key().private.sign(b"h.p", PKCS1v15(), SHA1()), "signature.invalid", id="SHA-1"),
        pytest.param(signing_key().private.sign(b"h.p", PKCS1v15(), SHA512()), "signature.invalid", id="SHA-512"),
        pytest.param(
            signing_key().private.sign(b"h.p", PSS(MGF1(SHA256()), 32), SHA256()), "signature.invalid", id="PSS"
        ),
        pytest.param(bytes(256), "signature.invalid", id="zeros"),
        pytest.param(b"\xff" * 256, "signature.invalid", id="more than the modulus"),
        pytest.param(b"", "signature.length", id="nothing"),
        pytest.param(bytes(255), "signature.length", id="a byte too few"),
        pytest.param(b"\0" + signing_key().private.sign(b"h.p", PKCS1v15(), SHA256()), "signature.length", id="longer"),
        pytest.param(bytes(100_000), "signature.length", id="far too long"),
    ],
)
def test_a_signature_is_refused(signature: bytes, reason: str) -> None:
    """Another's, over another text, in another scheme, of another length."""
    assert reason == verify(signature)


# -- Documents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"", "jwks.invalid", id="nothing"),
        pytest.param(b"null", "jwks.invalid", id="null"),
        pytest.param(b"[]", "jwks.invalid", id="an array"),
        pytest.param(b"{}", "jwks.invalid", id="no keys"),
        pytest.param(b'{"keys":null}', "jwks.invalid", id="keys null"),
        pytest.param(b'{"keys":{}}', "jwks.invalid", id="keys an object"),
        pytest.param(b'{"keys":"x"}', "jwks.invalid", id="keys a string"),
        pytest.param(b'{"keys":[]}', "jwks.invalid", id="an empty list of keys"),
        pytest.param(document(jwk(), None), "jwks.invalid", id="a key that is null"),
        pytest.param(document(jwk(), "k1"), "jwks.invalid", id="a key that is a string"),
        pytest.param(document([jwk()]), "jwks.invalid", id="a list of lists"),
        pytest.param(b"<html>Please sign in</html>", "jwks.invalid", id="a captive portal"),
        pytest.param(key_document("k1")[:-1], "jwks.invalid", id="cut short"),
        pytest.param(key_document("k1").decode().encode("utf-16"), "jwks.invalid", id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + key_document("k1"), "jwks.invalid", id="a byte order mark"),
        pytest.param(b'{"keys":[{"kid":"\xff"}]}', "jwks.invalid", id="not UTF-8"),
        pytest.param(b'{"keys":[{"kid":NaN}]}', "jwks.invalid", id="NaN"),
        pytest.param(b'{"keys":[{"kid":"evil"}],' + key_document("k1")[1:], "jwks.duplicate_member", id="keys twice"),
        pytest.param(b'{"keys":[{"kid":"k1","kid":"k2"}]}', "jwks.duplicate_member", id="kid twice in a key"),
        pytest.param(document({"x": json.loads("[[[[[[]]]]]]")}), "jwks.too_complex", id="too deep"),
        pytest.param(b'{"keys":' + b"[" * 1_000 + b"]" * 1_000 + b"}", "jwks.too_complex", id="a thousand deep"),
        pytest.param(document(*[{"kid": str(name)} for name in range(65)]), "jwks.too_complex", id="65 keys"),
        pytest.param(document(*[{"kid": "x"}] * 3_000), "jwks.too_complex", id="thousands of keys"),
        pytest.param(key_document("k1").ljust(262_145), "jwks.too_large", id="a byte too large"),
        *(
            pytest.param(document(jwk(kid="k2"), jwk({name: "AQ"})), "jwks.private_key", id=f"private {name}")
            for name in ("d", "p", "q", "dp", "dq", "qi", "oth")
        ),
        pytest.param(document({"kty": "EC", "kid": "e", "d": "AQ"}, jwk()), "jwks.private_key", id="another kind's d"),
        pytest.param(document(jwk(), jwk()), "jwks.duplicate_kid", id="a key twice"),
        pytest.param(document(jwk(), jwk({"kid": "k1"}, kid="k2")), "jwks.duplicate_kid", id="two keys of one kid"),
        pytest.param(document(jwk({"use": "enc"}), jwk()), "jwks.duplicate_kid", id="one of them not usable"),
        pytest.param(document({"kty": "oct", "kid": "k1", "k": "AQ"}, jwk()), "jwks.duplicate_kid", id="one symmetric"),
        pytest.param(document(jwk({"use": "enc"})), "jwks.no_usable_key", id="nothing for signatures"),
        pytest.param(document(jwk({"kid": ABSENT}), {}), "jwks.no_usable_key", id="nothing with a name"),
        pytest.param(document({"kty": "oct", "kid": "k1", "k": "AQ"}), "jwks.no_usable_key", id="nothing asymmetric"),
    ],
)
def test_a_document_is_refused(text: bytes, reason: str) -> None:
    """As a whole, so that it takes no better one's place."""
    with pytest.raises(KeyDocumentError) as caught:
        key_table(text)
    assert reason == caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(key_document("k1", "k2"), id="a user pool's"),
        pytest.param(json.dumps(json.loads(key_document("k1", "k2")), indent=2).encode(), id="with white space"),
        pytest.param(b'{"issuer":"x",' + key_document("k1", "k2")[1:], id="with another member"),
        pytest.param(key_document("k1", "k2").ljust(262_144), id="as large as may be"),
    ],
)
def test_a_document_is_read(text: bytes) -> None:
    """Each key under its kid."""
    table = key_table(text)
    assert {"k1": "k1", "k2": "k2"} == {kid: key.kid for kid, key in table.keys.items()}
    assert () == table.skipped


def test_as_many_keys_as_may_be() -> None:
    """A document at the limit is read."""
    keys = [{"kid": str(name)} for name in range(63)]
    assert ["k1"] == list(key_table(document(*keys, jwk())).keys)


def test_what_is_left_out_is_told() -> None:
    """In the document's order, each with its kid where it has one; the others are used."""
    table = key_table(
        document(jwk({"kid": "a", "use": "enc"}), {"kty": "AKP"}, {"kty": "AKP"}, jwk(), jwk({"kid": 5}, kid="k2"))
    )
    assert ["k1"] == list(table.keys)
    assert (("a", "key.use"), ("", "key.kid"), ("", "key.kid"), ("", "key.kid")) == table.skipped


def test_a_symmetric_key_shows_no_private_one() -> None:
    """Members that are private in other kinds mean nothing in it: it is left out like any other, and ends nothing."""
    table = key_table(document({"kty": "oct", "kid": "s", "k": "AQ", "d": "AQ"}, jwk()))
    assert (["k1"], (("s", "key.type"),)) == (list(table.keys), table.skipped)


def test_tables_are_equal_when_their_keys_are() -> None:
    """However the documents were written, and whatever was left out of them."""
    table = key_table(key_document("k1", "k2"))
    other = key_table(document({"kty": "AKP"}, jwk(kid="k2"), jwk()))
    assert table == other
    assert hash(table) == hash(other)
    assert table != key_table(key_document("k1"))
    assert table != table.keys


def test_a_table_is_not_changed() -> None:
    """Neither through itself nor through the mapping that it was made of."""
    keys = dict(key_table(key_document("k1")).keys)
    table = KeyTable(keys)
    keys.clear()
    assert ["k1"] == list(table.keys)
    with pytest.raises(TypeError):
        table.keys["k2"] = table.keys["k1"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def test_a_verification_key_cannot_be_told_its_algorithm() -> None:
    """It comes with the key, so that no token chooses it."""
    key = key_table(key_document("k1")).keys["k1"]
    assert "RS256" == key.alg
