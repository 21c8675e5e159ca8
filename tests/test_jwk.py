"""One JWK: which algorithm it is for, what makes it unusable, and which signatures are not its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512

from cogauth._strict import json_object
from cogauth.algorithms import ALGORITHMS
from cogauth.errors import BadSignature
from cogauth.jwk import (
    _PRIMES,  # pyright: ignore[reportPrivateUsage]  # no document reaches them where OpenSSL reduces coordinates
    UnusableKey,
    VerificationKey,
    verification_key,
)
from cogauth.keys import KeyDocumentError, key_table
from cogauth.testing.encoding import base64url
from tests.support.providers import CRV, documented, jwk_of, length_of, private_key, raw, signed
from tests.support.tokens import ABSENT, Changes, changed, signing_key

ALL: Final = tuple(ALGORITHMS)
TEXT: Final = b"header.payload"
CURVES: Final = ("ES256", "ES384", "ES512")


def key_of(jwk: Changes, algorithms: Sequence[str] = ALL) -> VerificationKey:
    """The key of a JWK as it is read."""
    return verification_key(json_object(json.dumps(jwk).encode()), algorithms)


def unusable(jwk: Changes, algorithms: Sequence[str] = ALL) -> str | None:
    """Why a JWK cannot be used; None if it can."""
    try:
        key_of(jwk, algorithms)
    except UnusableKey as error:
        return error.reason
    return None


def refused(alg: str, signature: bytes, text: bytes = TEXT) -> str | None:
    """Why the key for *alg* refuses a signature; None if it does not."""
    try:
        key_of(jwk_of(alg)).verify(signature, text)
    except BadSignature as error:
        return error.reason
    return None


# -- Which algorithm it is for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALL)
def test_a_key_says_what_it_is_for(alg: str) -> None:
    """And is for that, wherever it stands in the list."""
    key = key_of(jwk_of(alg))
    sizes = {"ES256": 256, "ES384": 384, "ES512": 521, "EdDSA": 256, "Ed25519": 256}
    assert ("k1", alg, sizes.get(alg, 2048)) == (key.kid, key.alg, key.bits)
    assert f"<VerificationKey 'k1' {alg} {key.bits} bits>" == repr(key)


@pytest.mark.parametrize(
    ("kind", "algorithms", "expected"),
    [
        pytest.param("RS256", ("RS256",), "RS256", id="the only one"),
        pytest.param("RS256", ("PS384", "RS256"), "PS384", id="the first"),
        pytest.param("RS256", ("ES256", "EdDSA", "RS512", "RS256"), "RS512", id="the first for RSA"),
        pytest.param("ES256", ("RS256", "ES384", "ES256"), "ES256", id="the first for P-256"),
        pytest.param("ES384", ALL, "ES384", id="the one for P-384"),
        pytest.param("ES512", ALL, "ES512", id="the one for P-521"),
        pytest.param("EdDSA", ALL, "EdDSA", id="the old name before the new one"),
        pytest.param("EdDSA", ("Ed25519", "EdDSA"), "Ed25519", id="the new name before the old one"),
    ],
)
def test_a_key_that_does_not_say_is_for_the_first_that_fits(
    kind: str, algorithms: tuple[str, ...], expected: str
) -> None:
    """One algorithm, of those that the issuer lists, in their order."""
    assert expected == key_of(jwk_of(kind, changes={"alg": ABSENT}), algorithms).alg


NO_CURVES: Final[tuple[object, ...]] = (
    ABSENT,
    None,
    256,
    "",
    "p-256",
    "P-192",
    "secp256k1",
    "P-384",
    "P-521",
    "Ed25519",
    ["P-256"],
    {},
)


@pytest.mark.parametrize(
    ("jwk", "algorithms", "reason"),
    [
        *(
            pytest.param(jwk_of(alg), tuple(name for name in ALL if name != alg), "key.alg_mismatch", id=f"{alg} alone")
            for alg in ALL
        ),
        pytest.param(jwk_of("ES256", changes={"alg": "RS256"}), ALL, "key.type", id="EC that says RS256"),
        pytest.param(jwk_of("RS256", changes={"alg": "ES256"}), ALL, "key.type", id="RSA that says ES256"),
        pytest.param(jwk_of("EdDSA", changes={"alg": "ES256"}), ALL, "key.type", id="Ed25519 that says ES256"),
        pytest.param(jwk_of("ES256", changes={"alg": "ES384"}), ALL, "key.curve_mismatch", id="P-256 that says ES384"),
        pytest.param(jwk_of("ES256", changes={"alg": ABSENT}), ("RS256",), "key.type", id="EC where RSA is listed"),
        pytest.param(
            jwk_of("ES256", changes={"alg": ABSENT}), ("ES384", "ES512"), "key.curve_mismatch", id="P-256 not listed"
        ),
        *(
            pytest.param(jwk_of("ES256", changes={"alg": alg}), ALL, "key.alg_mismatch", id=f"alg {alg!r}")
            for alg in (None, 5, "", "es256", "ES256K", "ECDH-ES", ["ES256"], {"ES256": 1})
        ),
        *(
            pytest.param(jwk_of("RS256", changes={"kty": kty}), ALL, "key.type", id=f"kty {kty!r}")
            for kty in (ABSENT, None, True, 1, "", "rsa", "RSA ", "oct", "AKP", ["RSA"], [{"RSA": 1}], {"RSA": 1})
        ),
        *(
            pytest.param(
                changed({"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}, {"alg": alg}),
                ALL,
                "key.type",
                id=f"oct for {alg!r}",
            )
            for alg in (ABSENT, "HS256", "RS256", "ES256")
        ),
        *(
            pytest.param(jwk_of("ES256", changes={"crv": crv}), ALL, "key.curve_mismatch", id=f"EC crv {crv!r}")
            for crv in NO_CURVES
        ),
        *(
            pytest.param(jwk_of("EdDSA", changes={"crv": crv}), ALL, "key.curve_mismatch", id=f"OKP crv {crv!r}")
            for crv in (ABSENT, None, "", "ed25519", "Ed448", "X25519", "X448", "P-256", ["Ed25519"])
        ),
    ],
)
def test_a_key_is_for_nothing_here(jwk: Changes, algorithms: tuple[str, ...], reason: str) -> None:
    """What the issuer does not list, contradicts itself, or is of no known kind."""
    assert reason == unusable(jwk, algorithms)


NOTHING: Final[dict[str, object]] = {}
ODD: Final[tuple[Changes, ...]] = (
    {"kty": NOTHING},
    {"kty": [NOTHING]},
    {"kty": "EC", "crv": NOTHING},
    {"alg": NOTHING},
    {"key_ops": NOTHING},
)


@pytest.mark.parametrize("member", ODD)
def test_an_odd_member_is_left_out_by_itself(member: Changes) -> None:
    """One member that nobody understands takes none of the others with it."""
    table = key_table(documented(jwk_of("RS256", "odd", member), jwk_of("RS256")))
    assert ["k1"] == list(table.keys)
    assert ["odd"] == [kid for kid, _ in table.skipped]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES512", "EdDSA"])
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth"])
def test_a_private_key_spoils_the_document(alg: str, member: str) -> None:
    """Whatever its kind: who publishes one key so may have published all."""
    with pytest.raises(KeyDocumentError) as caught:
        key_table(documented(jwk_of("RS256", "k2"), jwk_of(alg, changes={member: "AQ"})), ALL)
    assert "jwks.private_key" == caught.value.reason


# -- Points on curves --------------------------------------------------------------------------------------------------

# p and b of y2 = x3 - 3x + b (NIST SP 800-186 section 3.2.1).
FIELD: Final = {
    "ES256": 2**256 - 2**224 + 2**192 + 2**96 - 1,
    "ES384": 2**384 - 2**128 - 2**96 + 2**32 - 1,
    "ES512": 2**521 - 1,
}


def test_the_fields_are_those_of_the_curves() -> None:
    """An OpenSSL that takes a coordinate as it stands, and does not reduce it, leaves the bound to us."""
    assert {length_of(alg): FIELD[alg] for alg in CURVES} == _PRIMES


def small_point(alg: str) -> tuple[int, int]:
    """The point whose x is least: x + p has room in as many bytes as x."""
    p, known = FIELD[alg], private_key(alg, "k1").public_key().public_numbers()
    b = (known.y**2 - known.x**3 + 3 * known.x) % p
    for x in range(100):
        square = (x**3 - 3 * x + b) % p
        y = pow(square, (p + 1) // 4, p)
        if y * y % p == square:
            return x, y
    raise AssertionError("one half of all x have a point")


def point(alg: str, x: int, y: int, length: int | None = None) -> dict[str, object]:
    """The JWK of a point."""
    length = length or length_of(alg)
    x_text, y_text = (base64url(number.to_bytes(length, "big")) for number in (x, y))
    return jwk_of(alg, changes={"x": x_text, "y": y_text})


def coordinates(alg: str) -> tuple[int, int]:
    """The coordinates of the public key."""
    numbers = private_key(alg, "k1").public_key().public_numbers()
    return numbers.x, numbers.y


@pytest.mark.parametrize("alg", CURVES)
def test_a_point_is_taken(alg: str) -> None:
    """With all of its leading zeros."""
    assert unusable(point(alg, *coordinates(alg))) is None
    assert unusable(point(alg, *small_point(alg))) is None
    x, y = coordinates(alg)
    assert unusable(point(alg, x, FIELD[alg] - y)) is None  # the same key negated is a key


def without_zeros(alg: str) -> dict[str, object]:
    """The point with the least x, written as a number and not as a field element."""
    x, _ = small_point(alg)
    return {**point(alg, *small_point(alg)), "x": base64url(x.to_bytes(max((x.bit_length() + 7) // 8, 1), "big"))}


@pytest.mark.parametrize(
    "jwk",
    [
        *(
            pytest.param(jwk, id=f"{CRV[alg]} {name}")
            for alg in CURVES
            for x, y in [coordinates(alg)]
            for small_x, small_y in [small_point(alg)]
            for name, jwk in {
                "off the curve": point(alg, x, y ^ 1),
                "x and y exchanged": point(alg, y, x),
                "nothing but zeros": point(alg, 0, 0),
                "a byte too long": point(alg, x, y, length_of(alg) + 1),
                "without leading zeros": without_zeros(alg),
                "x not reduced": point(alg, small_x + FIELD[alg], small_y),
                "x is the prime": point(alg, FIELD[alg], y),
                "all bits": point(alg, 2 ** (8 * length_of(alg)) - 1, y),
                "x empty": jwk_of(alg, changes={"x": ""}),
                "y empty": jwk_of(alg, changes={"y": ""}),
                "no x": jwk_of(alg, changes={"x": ABSENT}),
                "no y": jwk_of(alg, changes={"y": ABSENT}),
                "y null": jwk_of(alg, changes={"y": None}),
                "x a number": jwk_of(alg, changes={"x": 5}),
                "x in an array": jwk_of(alg, changes={"x": [jwk_of(alg)["x"]]}),
                "x padded": jwk_of(alg, changes={"x": f"{jwk_of(alg)['x']}="}),
                "x not ASCII": jwk_of(alg, changes={"x": "ä" * 43}),
                "x not base64url": jwk_of(alg, changes={"x": "+" * 43}),
                "a compressed point": jwk_of(alg, changes={"y": ABSENT, "x": base64url(b"\x02" + bytes(32))}),
            }.items()
        ),
        pytest.param(
            point("ES512", small_point("ES512")[0], small_point("ES512")[1] + FIELD["ES512"]), id="P-521 y not reduced"
        ),
        pytest.param({**jwk_of("ES384"), "x": jwk_of("ES256")["x"], "y": jwk_of("ES256")["y"]}, id="another curve's"),
    ],
)
def test_a_point_is_refused(jwk: Changes) -> None:
    """Off the curve, or written in a second way (RFC 7518 section 6.2.1.2)."""
    assert "key.number" == unusable(jwk)


ED_P: Final = 2**255 - 19
SMALL_ORDER: Final = {
    "order 4": 0,
    "order 1": 1,
    "order 2": ED_P - 1,
    "order 8": int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
    "order 8, negated": int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
}


def octets(x: bytes) -> dict[str, object]:
    """The JWK of an Ed25519 key of these bytes."""
    return jwk_of("EdDSA", changes={"x": base64url(x)})


@pytest.mark.parametrize(
    "jwk",
    [
        *(
            pytest.param(octets((y | sign << 255).to_bytes(32, "little")), id=f"{name}, sign {sign}")
            for name, y in SMALL_ORDER.items()
            for sign in (0, 1)
        ),
        *(
            pytest.param(octets((ED_P + more | sign << 255).to_bytes(32, "little")), id=f"p + {more}, sign {sign}")
            for more in (0, 1, 2, 3, 18)
            for sign in (0, 1)
        ),
        pytest.param(octets(b""), id="empty"),
        pytest.param(octets(bytes.fromhex("42" * 31)), id="a byte too few"),
        pytest.param(octets(bytes.fromhex("42" * 33)), id="a byte too many"),
        pytest.param(octets(bytes.fromhex("42" * 57)), id="as long as Ed448"),
        pytest.param(octets(bytes.fromhex("302a300506032b6570032100" + "42" * 32)), id="in DER"),
        pytest.param(jwk_of("EdDSA", changes={"x": ABSENT}), id="no x"),
        pytest.param(jwk_of("EdDSA", changes={"x": None}), id="null"),
        pytest.param(jwk_of("EdDSA", changes={"x": f"{jwk_of('EdDSA')['x']}="}), id="padded"),
        pytest.param(jwk_of("EdDSA", changes={"x": str(jwk_of("EdDSA")["x"])[:-1] + "B"}), id="stray bits"),
    ],
)
def test_an_ed25519_key_is_refused(jwk: Changes) -> None:
    """Of small order, for which one signature fits every text; or written in a second way (RFC 8032 section 5.1.3)."""
    assert "key.number" == unusable(jwk)


def test_a_number_that_the_library_refuses() -> None:
    """An RSA modulus of the right size is taken at any value, one of a wrong size never reaches the library."""
    even = (1 << 2048) - 2
    assert "key.size" == unusable(jwk_of("PS256", changes={"n": base64url(even.to_bytes(256, "big"))}))


# -- Signatures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALL)
def test_a_signature_is_accepted(alg: str) -> None:
    """One that this key made over these bytes as the algorithm says."""
    assert refused(alg, signed(alg, TEXT)) is None


CHANGED: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "a byte too few": (lambda made: made[:-1], "signature.length"),
    "a byte more behind": (lambda made: made + b"\0", "signature.length"),
    "a byte more before": (lambda made: b"\0" + made, "signature.length"),
    "nothing": (lambda made: b"", "signature.length"),
    "twice": (lambda made: made + made, "signature.length"),
    "zeros": (lambda made: bytes(len(made)), "signature.invalid"),
    "all bits": (lambda made: b"\xff" * len(made), "signature.invalid"),
    "backwards": (lambda made: made[::-1], "signature.invalid"),
    "the first byte": (lambda made: bytes([made[0] ^ 1]) + made[1:], "signature.invalid"),
    "the last byte": (lambda made: made[:-1] + bytes([made[-1] ^ 1]), "signature.invalid"),
}


@pytest.mark.parametrize("alg", ALL)
@pytest.mark.parametrize(("change", "reason"), CHANGED.values(), ids=CHANGED)
def test_a_changed_signature_is_refused(alg: str, change: Callable[[bytes], bytes], reason: str) -> None:
    """In its length or in one bit."""
    assert reason == refused(alg, change(signed(alg, TEXT)))


@pytest.mark.parametrize("alg", ALL)
def test_a_signature_over_something_else_is_refused(alg: str) -> None:
    """Over another text, or by another key of the same kind."""
    assert "signature.invalid" == refused(alg, signed(alg, b"payload.header"))
    assert "signature.invalid" == refused(alg, signed(alg, TEXT), TEXT + b" ")
    assert "signature.invalid" == refused(alg, signed(alg, TEXT, "k2"))


def rsa(padding: Any, digest: Any) -> bytes:
    """What the RSA key signs in some other way."""
    return signing_key().private.sign(TEXT, padding, digest)


@pytest.mark.parametrize(
    ("alg", "signature"),
    [
        pytest.param("PS256", rsa(PSS(MGF1(SHA256()), 0), SHA256()), id="PS256 without salt"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA256()), 31), SHA256()), id="PS256 salt a byte short"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA256()), 33), SHA256()), id="PS256 salt a byte long"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA256()), PSS.MAX_LENGTH), SHA256()), id="PS256 salt as long as may be"),
        pytest.param("PS384", rsa(PSS(MGF1(SHA384()), 32), SHA384()), id="PS384 salt of SHA-256"),
        pytest.param("PS512", rsa(PSS(MGF1(SHA512()), 32), SHA512()), id="PS512 salt of SHA-256"),
        pytest.param("PS512", rsa(PSS(MGF1(SHA512()), PSS.MAX_LENGTH), SHA512()), id="PS512 salt as long as may be"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA1()), 32), SHA256()), id="PS256 MGF1 with SHA-1"),
        pytest.param("PS512", rsa(PSS(MGF1(SHA1()), 64), SHA512()), id="PS512 MGF1 with SHA-1"),
        pytest.param("PS384", rsa(PSS(MGF1(SHA256()), 48), SHA384()), id="PS384 MGF1 with SHA-256"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA1()), 20), SHA1()), id="PS256 all of SHA-1"),
        pytest.param("PS256", rsa(PKCS1v15(), SHA256()), id="PS256 PKCS #1 v1.5"),
        pytest.param("PS256", rsa(PSS(MGF1(SHA512()), 64), SHA512()), id="PS256 as PS512"),
        pytest.param("RS384", rsa(PSS(MGF1(SHA384()), 48), SHA384()), id="RS384 as PS384"),
        pytest.param("RS384", rsa(PKCS1v15(), SHA256()), id="RS384 as RS256"),
        pytest.param("RS512", rsa(PKCS1v15(), SHA1()), id="RS512 with SHA-1"),
        pytest.param("RS512", rsa(PKCS1v15(), SHA384()), id="RS512 as RS384"),
    ],
)
def test_an_rsa_signature_of_another_kind_is_refused(alg: str, signature: bytes) -> None:
    """RFC 7518 section 3.5: salt as long as the digest, and one hash for both uses."""
    assert "signature.invalid" == refused(alg, signature)


# The orders of the groups (NIST SP 800-186 section 3.2.1).
ORDER: Final = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES384": 2**384 - 1388124618062372383947042015309946732620727252194336364173,
    "ES512": 2**521 - 657877501894328237357444332315020117536923257219387276263472201219398408051703,
}


def ecdsa(alg: str, digest: Any = None) -> tuple[int, int]:
    """r and s of a signature of the EC key, with its own digest or another."""
    own = {"ES256": SHA256(), "ES384": SHA384(), "ES512": SHA512()}[alg]
    return decode_dss_signature(private_key(alg, "k1").sign(TEXT, ECDSA(digest or own)))


@pytest.mark.parametrize("alg", CURVES)
def test_a_second_signature_of_the_same_is_accepted(alg: str) -> None:
    """-s fits wherever s does (FIPS 186-5 asks for no lower half): nothing here counts on signatures being unique."""
    r, s = ecdsa(alg)
    assert refused(alg, raw(alg, r, s)) is None
    assert refused(alg, raw(alg, r, ORDER[alg] - s)) is None


@pytest.mark.parametrize("alg", CURVES)
@pytest.mark.parametrize(
    "name",
    [
        "exchanged",
        "r is zero",
        "s is zero",
        "r not reduced",
        "s not reduced",
        "r is the order",
        "s is the order",
        "one",
    ],
)
def test_an_ecdsa_signature_is_refused(alg: str, name: str) -> None:
    """Both numbers lie between zero and the order, and each in its place (CVE-2022-21449)."""
    (r, s), n, most = ecdsa(alg), ORDER[alg], 2 ** (8 * length_of(alg)) - 1
    signature = {
        "exchanged": (s, r),
        "r is zero": (0, s),
        "s is zero": (r, 0),
        "r not reduced": (min(r + n, most), s),
        "s not reduced": (r, min(s + n, most)),
        "r is the order": (n, s),
        "s is the order": (r, n),
        "one": (1, 1),
    }[name]
    assert "signature.invalid" == refused(alg, raw(alg, *signature))


@pytest.mark.parametrize("alg", CURVES)
def test_an_ecdsa_signature_in_der_is_refused(alg: str) -> None:
    """What `cryptography` and OpenSSL write is not what RFC 7518 section 3.4 wants."""
    own = {"ES256": SHA256(), "ES384": SHA384(), "ES512": SHA512()}[alg]
    assert "signature.length" == refused(alg, private_key(alg, "k1").sign(TEXT, ECDSA(own)))


@pytest.mark.parametrize("alg", CURVES)
@pytest.mark.parametrize(
    "digest", [SHA1(), SHA256(), SHA384(), SHA512()], ids=["SHA-1", "SHA-256", "SHA-384", "SHA-512"]
)
def test_a_curve_goes_with_one_digest(alg: str, digest: Any) -> None:
    """Another one over the right curve is another algorithm."""
    own = {"ES256": "sha256", "ES384": "sha384", "ES512": "sha512"}[alg]
    expected = None if digest.name == own else "signature.invalid"
    assert expected == refused(alg, raw(alg, *ecdsa(alg, digest)))


ED_ORDER: Final = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_a_second_ed25519_signature_of_the_same_is_refused(alg: str) -> None:
    """S must lie below the order (RFC 8032 section 5.1.7)."""
    made = signed(alg, TEXT)
    second = int.from_bytes(made[32:], "little") + ED_ORDER
    assert "signature.invalid" == refused(alg, made[:32] + second.to_bytes(32, "little"))


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_the_halves_of_an_ed25519_signature_have_their_places(alg: str) -> None:
    """R before S."""
    made = signed(alg, TEXT)
    assert "signature.invalid" == refused(alg, made[32:] + made[:32])


# -- Equality ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(jwk_of("ES256"), True, id="the same"),
        pytest.param(jwk_of("ES256", changes={"use": ABSENT, "alg": ABSENT}), True, id="the same, said in fewer words"),
        pytest.param(jwk_of("ES256", changes={"kid": "k2"}), False, id="under another name"),
        pytest.param(jwk_of("ES256", "k2", {"kid": "k1"}), False, id="another under its name"),
        pytest.param(jwk_of("ES384"), False, id="on another curve"),
        pytest.param(jwk_of("EdDSA"), False, id="of another kind"),
    ],
)
def test_keys_are_equal_when_they_verify_the_same(other: Changes, *, equal: bool) -> None:
    """By name, algorithm and number."""
    one, two = key_of(jwk_of("ES256")), key_of(other)
    assert equal == (one == two)
    assert equal == (1 == len({one, two}))


def test_one_number_for_two_algorithms_is_two_keys() -> None:
    """So that a change of `alg` in a document is a change of key."""
    assert key_of(jwk_of("RS256")) != key_of(jwk_of("PS256"))
    assert key_of(jwk_of("RS256")) != "k1"
