"""Tokens for an OpenID provider with several algorithms, row by row: here is more room for confusion."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cogauth import BadClaim, BadSignature, MalformedToken, OIDCIssuer, UnknownKey, WrongAudience
from tests.bad_inputs.trials import (
    ACCESS,
    HEADER,
    K1,
    Case,
    Party,
    Signer,
    b64,
    cases,
    document,
    ecdsa,
    eddsa,
    jwk,
    pkcs1,
    pss,
    refusal,
    row,
    with_keys,
    write,
)
from tests.support.tokens import ABSENT, ISSUER, NOW, Changes, access_claims, changed

EXAMPLE: Final = "https://issuer.example"
CLIENT: Final = "api1"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")

P256, P384, P521 = (ec.generate_private_key(curve) for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()))
ED: Final = Ed25519PrivateKey.generate()
ED_PUBLIC: Final = ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def ec_jwk(kid: str, crv: str, key: ec.EllipticCurvePrivateKey, **changes: object) -> dict[str, object]:
    numbers, length = key.public_key().public_numbers(), (key.key_size + 7) // 8
    x, y = (b64(number.to_bytes(length)) for number in (numbers.x, numbers.y))
    return changed({"kty": "EC", "kid": kid, "crv": crv, "x": x, "y": y}, changes)


def ed_jwk(kid: str, alg: str) -> dict[str, object]:
    return {"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": b64(ED_PUBLIC), "alg": alg}


GENERIC: Final = Party(
    OIDCIssuer,
    EXAMPLE,
    {"audience": {CLIENT}, "algorithms": ALGORITHMS},
    document(
        jwk("k1"),
        jwk("k1", kid="ps", alg="PS256"),
        jwk("k1", kid="plain", alg=ABSENT),
        ec_jwk("es256", "P-256", P256, alg="ES256"),
        ec_jwk("es384", "P-384", P384, alg="ES384"),
        ec_jwk("es512", "P-521", P521, alg="ES512"),
        ed_jwk("ed", "EdDSA"),
        ed_jwk("ed25519", "Ed25519"),
    ),
)
FEWER: Final = replace(GENERIC, options={"audience": {CLIENT}, "algorithms": ("RS256", "PS256", "ES256", "EdDSA")})
ONLY_RS256: Final = replace(GENERIC, options={"audience": {CLIENT}, "algorithms": ("RS256",)})
API: Final = replace(GENERIC, options={"audience": {CLIENT}, "algorithms": ALGORITHMS, "token_use": "access"})


def claims(changes: Changes | None = None) -> dict[str, object]:
    """What a provider's token says, issued now and good for an hour."""
    members = {"iss": EXAMPLE, "aud": CLIENT, "sub": "248289761001", "iat": NOW, "exp": NOW + 3600}
    return changed(members, changes or {})


def signed(alg: str, kid: str, sign: Signer, changes: Changes | None = None, **header: object) -> str:
    return write({"alg": alg, "kid": kid, **header}, claims(changes), sign)


def claiming(changes: Changes, **header: object) -> str:
    return signed("RS256", "k1", pkcs1(), changes, **header)


def good(row: str, variant: str, token: str, party: Party = GENERIC) -> Case:
    return Case(row, variant, token, parties=(party,))


def unsigned(row: str, tokens: Mapping[str, str], reason: str = "signature.invalid") -> list[Case]:
    return [Case(row, variant, token, BadSignature, reason, (GENERIC,)) for variant, token in tokens.items()]


def unfit(row: str, reason: str, tokens: Mapping[str, str]) -> list[Case]:
    return [Case(row, variant, token, UnknownKey, reason, (GENERIC,)) for variant, token in tokens.items()]


# -- Signatures that are none ------------------------------------------------------------------------------------------

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED_ORDER: Final = 2**252 + 27742317777372353535851937790883648493

es256: Final = ecdsa(P256, SHA256())


def numbers_of(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32]), int.from_bytes(signature[32:])


def other_half(octets: bytes) -> bytes:
    r, s = numbers_of(es256(octets))
    return r.to_bytes(32) + (ORDER - s).to_bytes(32)


def of_length(length: int) -> Signer:
    return lambda octets: es256(octets)[:length].ljust(length, b"\0")


def fixed(r: int, s: int) -> Signer:
    return lambda _: r.to_bytes(32) + s.to_bytes(32)


def raised(octets: bytes) -> bytes:
    """The same point with a scalar that is not reduced: the equation holds, the encoding is not the one."""
    signature = ED.sign(octets)
    return signature[:32] + (int.from_bytes(signature[32:], "little") + ED_ORDER).to_bytes(32, "little")


def at_identity(encoding: bytes) -> Signer:
    """A signature whose point is the neutral one, spelled so; with the one canonical spelling the equation holds."""
    seed = ED.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (2**254 - 8) | 2**254

    def sign(octets: bytes) -> bytes:
        challenge = int.from_bytes(hashlib.sha512(encoding + ED_PUBLIC + octets).digest(), "little")
        return encoding + (challenge * scalar % ED_ORDER).to_bytes(32, "little")

    return sign


SIGNATURES: Final = [
    good("T-008", "s", signed("ES256", "es256", es256)),
    good("T-008", "n - s", signed("ES256", "es256", other_half)),
    good("T-009", "PS256", signed("PS256", "ps", pss())),
    good("T-009", "ES384", signed("ES384", "es384", ecdsa(P384, SHA384()))),
    good("T-009", "ES512", signed("ES512", "es512", ecdsa(P521, SHA512()))),
    good("T-009", "EdDSA", signed("EdDSA", "ed", eddsa(ED))),
    good("T-009", "Ed25519", signed("Ed25519", "ed25519", eddsa(ED))),
    *unsigned("T-105", {"PSS under RS256": signed("RS256", "k1", pss())}),
    *unsigned("T-105", {"PKCS1 under PS256": signed("PS256", "ps", pkcs1())}),
    *unsigned(
        "T-106", {f"salt of {length}": signed("PS256", "ps", pss(K1, length)) for length in (0, 20, 31, 33, 222)}
    ),
    *unsigned("T-107", {"a mask of SHA-1": signed("PS256", "ps", pss(K1, 32, SHA1()))}),
    *unsigned(
        "T-110",
        {
            "DER": signed("ES256", "es256", lambda octets: encode_dss_signature(*numbers_of(es256(octets)))),
            **{f"{length} bytes": signed("ES256", "es256", of_length(length)) for length in (63, 65, 128)},
        },
        "signature.length",
    ),
    *unsigned(
        "T-110",
        {
            f"r {r - ORDER:+} s {s - ORDER:+} beside n": signed("ES256", "es256", fixed(r, s))
            for r, s in ((ORDER, 1), (1, ORDER), (ORDER + 1, 1), (1, ORDER + 1))
        },
    ),
    *unsigned(
        "T-110", {f"r {r} s {s}": signed("ES256", "es256", fixed(r, s)) for r, s in ((0, 0), (0, 1), (1, 0), (1, 1))}
    ),
    *unsigned("T-111", {"S + L": signed("EdDSA", "ed", raised)}),
    *unsigned(
        "T-111",
        {
            "63 bytes": signed("EdDSA", "ed", lambda octets: ED.sign(octets)[:63]),
            "65 bytes": signed("EdDSA", "ed", lambda octets: ED.sign(octets) + b"\0"),
        },
        "signature.length",
    ),
    *unsigned(
        "T-111",
        {
            "R is p + 1": signed("EdDSA", "ed", at_identity((2**255 - 18).to_bytes(32, "little"))),
            "R is minus zero": signed("EdDSA", "ed", at_identity((1 | 1 << 255).to_bytes(32, "little"))),
        },
    ),
]

# -- A key for one thing, used for another -----------------------------------------------------------------------------

KEYS: Final = [
    *unfit(
        "T-068",
        "key.alg_mismatch",
        {
            "PS256 by a key for RS256": signed("PS256", "k1", pss()),
            "RS256 by a key for PS256": signed("RS256", "ps", pkcs1()),
            "PS256 by a key that does not say": signed("PS256", "plain", pss()),
        },
    ),
    good("T-068", "RS256 by a key that does not say", signed("RS256", "plain", pkcs1())),
    *unfit(
        "T-069",
        "key.type_mismatch",
        {
            "ES256 by an RSA key": signed("ES256", "k1", es256),
            "RS256 by an EC key": signed("RS256", "es256", pkcs1()),
            "EdDSA by an EC key": signed("EdDSA", "es256", eddsa(ED)),
        },
    ),
    *unfit(
        "T-070",
        "key.curve_mismatch",
        {
            "ES384 over P-256": signed("ES384", "es256", ecdsa(P256, SHA384())),
            "ES256 over P-384": signed("ES256", "es384", ecdsa(P384, SHA256())),
        },
    ),
    Case(
        "T-070",
        "ES384 where it is not allowed",
        signed("ES384", "es256", ecdsa(P256, SHA384())),
        MalformedToken,
        "header.alg_not_allowed",
        (FEWER,),
    ),
    # A key of a curve that none of the allowed algorithms has is none of the issuer's keys.
    Case(
        "T-070",
        "ES256 over P-384 where ES384 is not allowed",
        signed("ES256", "es384", ecdsa(P384, SHA256())),
        UnknownKey,
        "key.not_found",
        (FEWER,),
    ),
    Case("T-070", "ES256K", signed("ES256K", "es256", es256), MalformedToken, "header.alg_not_allowed", (GENERIC,)),
    Case(
        "T-071",
        "a key that does not say widens nothing",
        signed("PS256", "plain", pss()),
        MalformedToken,
        "header.alg_not_allowed",
        (ONLY_RS256,),
    ),
]


@row("T-067", "T-071")
def test_what_one_issuer_allows_another_does_not(row: str) -> None:
    """Though one verifier trusts both, a user pool's tokens are of RS256 and nothing else."""
    verifier = with_keys(*ACCESS, GENERIC)
    forged: dict[str, Any] = {
        "T-067": write({**HEADER, "alg": "ES512"}, access_claims(), ecdsa(P521, SHA512())),
        "T-071": write({**HEADER, "alg": "PS256"}, access_claims(), pss()),
    }
    error = refusal(verifier, forged[row])
    assert error is not None
    assert (MalformedToken, "header.alg_not_allowed") == (type(error), error.reason)
    assert ISSUER == verifier.verify(write(HEADER, access_claims(), pkcs1())).issuer


# -- Claims ------------------------------------------------------------------------------------------------------------

SEVERAL: Final = ["other", CLIENT]

CLAIMS: Final = [
    good("T-000", "the provider's", claiming({})),
    # Of several audiences the one that it was issued to is to be named where it is a sign-in's proof, and only there.
    good("T-006", "an ID token that names its client", claiming({"aud": SEVERAL, "azp": CLIENT})),
    good("T-006", "an access token", claiming({"aud": SEVERAL}, typ="at+jwt")),
    *(
        Case("T-142", f"exp {exp}", claiming({"exp": exp}), BadClaim, "claims.exp_type", (GENERIC,))
        for exp in (NOW + 3600.5, NOW + 3600.0, 2.0**53)
    ),
    Case("T-168", "typ JWT", claiming({}, typ="JWT"), MalformedToken, "header.typ", (API,)),
    Case("T-168", "no typ", claiming({}), MalformedToken, "header.typ", (API,)),
    Case("T-168", "typ id+jwt", claiming({}, typ="id+jwt"), MalformedToken, "header.typ", (API,)),
    good("T-168", "typ at+jwt", claiming({}, typ="at+jwt"), API),
    good("T-168", "typ spelled out", claiming({}, typ="application/AT+JWT"), API),
    Case("T-173", "no azp", claiming({"aud": [CLIENT, "evil"]}), WrongAudience, "claims.azp", (GENERIC,)),
    Case(
        "T-173",
        "another's azp",
        claiming({"aud": [CLIENT, "evil"], "azp": "evil"}),
        WrongAudience,
        "claims.azp",
        (GENERIC,),
    ),
    Case(
        "T-173",
        "azp of no type",
        claiming({"aud": [CLIENT, "evil"], "azp": [CLIENT]}),
        BadClaim,
        "claims.azp",
        (GENERIC,),
    ),
    *(
        Case("T-171", variant, claiming({"aud": audience}), error, reason, (GENERIC,))
        for variant, audience, error, reason in (
            ("no audience", ABSENT, BadClaim, "claims.aud_missing"),
            ("an empty one", "", BadClaim, "claims.aud_type"),
            ("none in the list", [], BadClaim, "claims.aud_type"),
            ("a number in the list", [CLIENT, 1], BadClaim, "claims.aud_type"),
            ("an object", {CLIENT: 1}, BadClaim, "claims.aud_type"),
            ("a space behind", f"{CLIENT} ", WrongAudience, "claims.aud_mismatch"),
            ("a part of it", CLIENT[:-1], WrongAudience, "claims.aud_mismatch"),
        )
    ),
]


@cases(SIGNATURES, KEYS, CLAIMS)
def test_a_providers_token_is_judged(case: Case) -> None:
    """For its own reason, by an error of its own class with a constant text."""
    case.check()
