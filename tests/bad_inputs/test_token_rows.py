"""Tokens as attackers write them, row by row of the list of bad inputs: each is refused for its own reason."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cogauth import (
    PERSON,
    Authorizer,
    BadClaim,
    BadSignature,
    Claim,
    ConfigurationError,
    Decision,
    Expired,
    Group,
    MalformedToken,
    NotYetValid,
    Policy,
    Reason,
    RefreshTokenSent,
    Rule,
    Scope,
    UnknownIssuer,
    UnknownKey,
    WrongClient,
)
from tests.bad_inputs.trials import (
    ACCESS,
    HEADER,
    ID,
    K1,
    K2,
    K3,
    KX,
    OTHER_CLIENT,
    TWO_POOLS,
    Case,
    Library,
    Party,
    Signer,
    b64,
    cases,
    claiming,
    document,
    headed,
    identifying,
    jwk,
    libraries,
    pkcs1,
    pss,
    refusal,
    row,
    seal,
    spelled,
    text,
    with_keys,
    without_keys,
    write,
)
from tests.support.clocks import Clocks
from tests.support.scripted import answer, scripted
from tests.support.tokens import (
    ABSENT,
    CLIENT,
    ISSUER,
    NOW,
    OTHER_ISSUER,
    POOL_ID,
    Changes,
    access_claims,
    id_claims,
)

T0: Final = write(HEADER, access_claims())
H, P, S = T0.split(".")
I0: Final = write({"kid": "k2", "alg": "RS256"}, id_claims(), pkcs1(K2))


def malformed(row: str, reason: str, tokens: Mapping[str, object]) -> list[Case]:
    return [Case(row, variant, token, MalformedToken, reason) for variant, token in tokens.items()]


def bad_claim(row: str, reason: str, tokens: Mapping[str, object], parties: tuple[Party, ...] = ACCESS) -> list[Case]:
    return [Case(row, variant, token, BadClaim, reason, parties) for variant, token in tokens.items()]


def unsigned(row: str, tokens: Mapping[str, object], reason: str = "signature.invalid") -> list[Case]:
    return [Case(row, variant, token, BadSignature, reason) for variant, token in tokens.items()]


def good(row: str, variant: str, token: str, parties: tuple[Party, ...] = ACCESS) -> Case:
    return Case(row, variant, token, parties=parties)


# -- What must be accepted ---------------------------------------------------------------------------------------------

ASTRAL: Final = spelled('"custom:x":"\\uD834\\uDD1E"')
LONG: Final = claiming({"custom:x": "x" * 9_000})

CONTROLS: Final = [
    good("T-000", "as a pool writes it", T0),
    good("T-001", "an ID token", I0, ID),
    good("T-002", "white space in the header", write(b'{"alg" : "RS256" ,\n "kid":"k1"}', access_claims())),
    good("T-003", "an unknown header member", headed({"x-unknown": {"a": [1]}})),
    good("T-004", "a second to live", claiming({"exp": NOW + 1})),
    good("T-005", "an escaped astral character", ASTRAL),
    good("T-007", "9,000 characters", LONG),
    *(
        good("T-082", f"{name} is ignored", headed({name: value}))
        for name, value in {"x5t": "!", "x5t#S256": 5}.items()
    ),
]


@cases(CONTROLS)
def test_a_token_is_accepted(case: Case) -> None:
    """Strictness is no end in itself."""
    case.check()


@row("T-000", "T-005", "T-007")
def test_what_is_accepted_is_read(row: str) -> None:
    """Whole and as it was meant."""
    verifier = with_keys(*ACCESS)
    principal = verifier.verify({"T-000": T0, "T-005": ASTRAL, "T-007": LONG}[row])
    assert access_claims()["sub"] == principal.subject
    assert {"T-000": None, "T-005": "\U0001d11e", "T-007": "x" * 9_000}[row] == principal.claims.get("custom:x")


# -- Structure and base64 ----------------------------------------------------------------------------------------------


def with_stray_bits(segment: str) -> list[str]:
    """The other spellings of a segment that a lenient decoder reads alike."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(segment[-1])
    unused = {2: 16, 3: 4}[len(segment) % 4]
    return [segment[:-1] + alphabet[last + bits] for bits in range(1, unused)]


# Headers and payloads of a length that leaves bits unused, and of one that is a whole number of quanta.
LOOSE_HEADER: Final = b64(b'{"kid":"k1","alg":"RS256" }')
FULL_HEADER: Final = b64(b'{"kid":"k1","alg":"RS256"} ')
LOOSE_PAYLOAD: Final = b64(text(access_claims()) + b" " * ((1 - len(text(access_claims()))) % 3))
ENCRYPTED: Final = ".".join(
    map(
        b64,
        (
            b'{"alg":"RSA-OAEP","enc":"A256GCM","kid":"k1"}',
            K1.public_key().encrypt(bytes(32), OAEP(MGF1(SHA1()), SHA1(), None)),
            bytes(12),
            AESGCM(bytes(32)).encrypt(bytes(12), text(access_claims()), None),
            bytes(16),
        ),
    )
)

STRUCTURE: Final = [
    *malformed("T-010", "malformed.empty", {"nothing": ""}),
    *malformed(
        "T-011", "malformed.not_string", {"None": None, "int": 123, "list": ["a.b.c"], "bytearray": bytearray(b"a.b.c")}
    ),
    *malformed("T-012", "malformed.not_string", {"bytes": T0.encode()}),
    *malformed("T-013", "malformed.segments", {dots: dots for dots in (".", "...", "a.b", "a.b.c.d")}),
    # It has the two dots that it must have, so that what is wrong is what is between them.
    *malformed("T-013", "malformed.empty_header", {"..": ".."}),
    *malformed("T-014", "malformed.empty_signature", {"no signature": f"{H}.{P}."}),
    *malformed("T-015", "malformed.segments", {"no second dot": f"{H}.{P}"}),
    *malformed("T-016", "malformed.empty_header", {"no header": f".{P}.{S}", "only a signature": f"..{S}"}),
    *malformed("T-016", "malformed.empty_payload", {"no payload": f"{H}..{S}"}),
    *malformed("T-018", "malformed.too_large", {"16,385 letters": "a" * 16_385, "1 MiB": claiming({"x": "x" * 2**20})}),
    *malformed("T-019", "malformed.header_too_large", {"2,050 characters": headed({"x": "x" * 1_505})}),
    *malformed(
        "T-020",
        "malformed.charset",
        {
            "newline behind": f"{T0}\n",
            "space behind": f"{T0} ",
            "space in front": f" {T0}",
            "byte order mark": f"\ufeff{T0}",
            "zero behind": f"{T0}\0",
        },
    ),
    *malformed("T-023", "malformed.base64", {f"header {pad}": seal(f"{H}{pad}.{P}") for pad in ("=", "==", "===")}),
    *malformed("T-023", "malformed.base64", {f"payload {pad}": seal(f"{H}.{P}{pad}") for pad in ("=", "==", "===")}),
    *malformed("T-023", "malformed.base64", {f"signature {pad}": T0 + pad for pad in ("=", "==", "===")}),
    *malformed(
        "T-025",
        "malformed.base64_noncanonical",
        {
            **{f"header {h[-1]}": seal(f"{h}.{P}") for h in with_stray_bits(LOOSE_HEADER[:-2] + "Q")[:3]},
            **{f"payload {p[-1]}": seal(f"{H}.{p}") for p in with_stray_bits(LOOSE_PAYLOAD)},
            **{f"signature {s[-1]}": f"{H}.{P}.{s}" for s in with_stray_bits(S)},
        },
    ),
    *malformed(
        "T-026",
        "malformed.base64",
        {
            "header": seal(f"{FULL_HEADER[:-3]}.{P}"),
            "payload": seal(f"{H}.{LOOSE_PAYLOAD[:-1]}"),
            "signature": f"{H}.{P}.{S[:-1]}",
        },
    ),
    *malformed(
        "T-027", "malformed.charset", {f"{c!a} in the payload": seal(f"{H}.{P[:8]}{c}{P[8:]}") for c in ("\n", " ")}
    ),
    *malformed(
        "T-029",
        "malformed.segments",
        {"flattened JSON": json.dumps({"protected": H, "payload": P, "signature": S})},
    ),
    Case("T-031", "JWE of five segments", ENCRYPTED, RefreshTokenSent, "malformed.segments"),
    *malformed(
        "T-032",
        "header.alg_not_allowed",
        {"a JWE header on three segments": write({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}, access_claims())},
    ),
    # Its payload is no JSON at all, so that it is not asked whether it is an object.
    *malformed("T-034", "claims.not_utf8_json", {"a token in a token": write({**HEADER, "cty": "JWT"}, T0.encode())}),
]


@row("T-018")
def test_what_is_too_long_costs_nothing(row: str) -> None:
    """Nothing is decoded, parsed, hashed or verified of it; of a token there is something of all four."""
    verifier = with_keys(*ACCESS)
    lazy = libraries(lambda: refusal(verifier, "a" * 16_385)) | libraries(lambda: refusal(verifier, T0 + "A" * 2**20))
    busy = libraries(lambda: refusal(verifier, T0))
    assert {"cryptography", "msgspec", "_blake2"} <= busy
    assert set() == lazy & {"cryptography", "msgspec", "_hashlib", "_blake2", "json", "_json"}


# -- Header JSON -------------------------------------------------------------------------------------------------------


def header_with(members: str) -> str:
    """A token whose header has these members, spelled so, behind its own."""
    return write(f'{{"alg":"RS256","kid":"k1",{members}}}'.encode(), access_claims())


PLAIN: Final = '{"alg":"RS256","kid":"k1"}'

HEADER_JSON: Final = [
    *malformed(
        "T-041",
        "header.duplicate_member",
        {"escaped alg": write(b'{"alg":"none","\\u0061lg":"RS256","kid":"k1"}', access_claims())},
    ),
    *malformed(
        "T-042",
        "header.duplicate_member",
        {"two kids": write(b'{"alg":"RS256","kid":"k2","kid":"k1"}', access_claims())},
    ),
    *malformed(
        "T-044",
        "header.not_utf8_json",
        {
            "UTF-16": write(PLAIN.encode("utf-16"), access_claims()),
            "UTF-16LE with BOM": write(b"\xff\xfe" + PLAIN.encode("utf-16-le"), access_claims()),
            "UTF-32": write(PLAIN.encode("utf-32"), access_claims()),
            "UTF-8 with BOM": write(PLAIN.encode("utf-8-sig"), access_claims()),
        },
    ),
    *malformed(
        "T-045", "header.not_utf8_json", {"broken UTF-8": write(b'{"alg":"RS256","kid":"k1","x":"\xc2"}', b"{}")}
    ),
    *malformed(
        "T-047",
        "header.too_deep",
        {f"{n} arrays": header_with(f'"x":{"[" * n}{"]" * n}') for n in (16, 700)},
    ),
    # So many do not fit into a header that is looked at.
    *malformed(
        "T-047",
        "malformed.header_too_large",
        {"4,000 arrays": header_with(f'"x":{"[" * 4_000}{"]" * 4_000}')},
    ),
    *malformed(
        "T-048",
        "header.invalid_number",
        {number: header_with(f'"x":{number}') for number in ("NaN", "Infinity", "-Infinity", "1e400")},
    ),
    *malformed(
        "T-049",
        "header.invalid_number",
        {f"{digits} digits": header_with(f'"x":{"9" * digits}') for digits in (20, 1_400)},
    ),
    *malformed(
        "T-049",
        "malformed.header_too_large",
        {f"{digits} digits": header_with(f'"x":{"9" * digits}') for digits in (4_000, 4_301)},
    ),
    *malformed(
        "T-050",
        "header.not_utf8_json",
        {
            "trailing comma": write(f"{PLAIN[:-1]},}}".encode(), access_claims()),
            "comment": write(f"{PLAIN}/**/".encode(), access_claims()),
            "comment inside": write(f"{{/**/{PLAIN[1:]}".encode(), access_claims()),
            "single quotes": write(PLAIN.replace('"', "'").encode(), access_claims()),
            "trailing bytes": write(f"{PLAIN}x".encode(), access_claims()),
            "trailing zero": write(f"{PLAIN}\0".encode(), access_claims()),
        },
    ),
    *malformed(
        "T-051",
        "header.alg_missing",
        {"empty": write(b"{}", access_claims()), "only kid": write({"kid": "k1"}, access_claims())},
    ),
]

# -- Algorithms --------------------------------------------------------------------------------------------------------

PEM: Final = K1.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def mac(key: bytes, bits: int) -> str:
    """A token authenticated with the public key as if it were a secret."""
    return headed({"alg": f"HS{bits}"}, lambda octets: hmac.digest(key, octets, f"sha{bits}"))


ALGORITHMS: Final = [
    *malformed(
        "T-061",
        "header.alg_not_allowed",
        {
            **{
                f"{alg!a}": headed({"alg": alg})
                for alg in ("none", "None", "NONE", "nOnE", "noNE", "none ", "none\0", "n\u043ene")
            },
            "escaped": write(b'{"alg":"\\u006eone","kid":"k1"}', access_claims()),
        },
    ),
    *malformed("T-062", "header.alg_not_allowed", {"PEM": mac(PEM, 256), "PEM, no newline": mac(PEM.strip(), 256)}),
    *malformed(
        "T-064",
        "header.alg_not_allowed",
        {f"HS{bits}, {len(key)} bytes of PEM": mac(key, bits) for bits in (384, 512) for key in (PEM, PEM.strip())},
    ),
    *malformed(
        "T-065",
        "header.alg_not_allowed",
        {
            f"{alg!a}": headed({"alg": alg})
            for alg in ("rs256", "Rs256", "RS256 ", " RS256", "RS-256", "RSA-SHA256", "RS256\n")
        },
    ),
    *malformed("T-067", "header.alg_not_allowed", {"RS512": headed({"alg": "RS512"}, pkcs1(K1, SHA512()))}),
    *malformed(
        "T-073",
        "header.alg_not_allowed",
        {
            alg: headed({"alg": alg, "p2c": 2_147_483_647, "p2s": "AAAA", "enc": "A256GCM"})
            for alg in ("RSA1_5", "RSA-OAEP", "A128KW", "dir", "ECDH-ES", "PBES2-HS256+A128KW")
        },
    ),
]


@row("T-073")
def test_no_key_is_derived(row: str) -> None:
    """Two thousand million rounds are not even begun: nothing but the token's digest is computed."""
    token = headed({"alg": "PBES2-HS256+A128KW", "p2c": 2_147_483_647, "p2s": "AAAA"})
    verifier = with_keys(*ACCESS)
    assert "cryptography" not in libraries(lambda: refusal(verifier, token))


# -- Header: keys, crit, kid -------------------------------------------------------------------------------------------

JWKS_URL: Final = f"{ISSUER}/.well-known/jwks.json"
CRITICAL: Final[Mapping[str, object]] = {
    "exp": ["exp"],
    "x": ["x"],
    "b64": ["b64"],
    "alg": ["alg"],
    "empty list": [],
    "number": [1],
    "null": None,
    "string": "b64",
    "object": {},
    "twice": ["x", "x"],
}
NORMAL, DECOMPOSED = "\u00e9", "e\u0301"
ACCENTED: Final = (Party(document=document(jwk("k1"), jwk("k2", kid=NORMAL))),)
NO_SUCH_KID: Final = [
    ("T-091", "../../../../dev/null"),
    ("T-091", "/proc/sys/kernel/randomize_va_space"),
    ("T-091", "k1\0"),
    ("T-091", "k1' UNION SELECT 'x"),
    ("T-091", "k1|whoami"),
    ("T-091", "${jndi:ldap://x}"),
    ("T-093", "K1"),
    ("T-093", "k1 "),
    ("T-093", " k1"),
    ("T-093", "k\uff11"),
    ("T-094", "__class__"),
    ("T-094", "__proto__"),
    ("T-094", "keys"),
    ("T-094", "constructor"),
]

HEADER_KEYS: Final = [
    *malformed(
        "T-081",
        "header.key_material",
        {
            jku: headed({"jku": jku}, pkcs1(KX))
            for jku in (
                "https://attacker.example/jwks.json",
                JWKS_URL,
                f"{JWKS_URL}@attacker.example/",
                f"https://attacker.example/#{JWKS_URL}",
                JWKS_URL.replace("//", "//attacker.example//"),
            )
        },
    ),
    *malformed("T-081", "header.key_material", {"signed well": headed({"jku": JWKS_URL})}),
    *malformed(
        "T-082",
        "header.key_material",
        {
            "x5u": headed({"x5u": "https://attacker.example/x5u.pem"}, pkcs1(KX)),
            "x5c": headed({"x5c": ["MIIB"]}, pkcs1(KX)),
            "x5c as a string": headed({"x5c": "MIIB"}),
            "jwk": headed({"jwk": jwk("kx")}, pkcs1(KX)),
        },
    ),
    *malformed(
        "T-083", "header.crit", {f"crit {name}": headed({"crit": crit, "x": 1}) for name, crit in CRITICAL.items()}
    ),
    *malformed(
        "T-084",
        "header.b64",
        {f"b64 {json.dumps(value)}": headed({"b64": value}) for value in (False, True, "false", 0)},
    ),
    *malformed(
        "T-086",
        "header.zip",
        {"a payload that inflates": write({**HEADER, "zip": "DEF"}, zlib.compress(bytes(1_000_000))[2:-4])},
    ),
    *malformed(
        "T-089",
        "header.kid_type",
        {json.dumps(kid): headed({"kid": kid}) for kid in (1, True, ["k1"], {"k": 1})},
    ),
    *malformed("T-089", "header.kid_missing", {json.dumps(kid): headed({"kid": kid}) for kid in (None, "")}),
    Case(
        "T-090",
        "one key only",
        headed({"kid": ABSENT}),
        MalformedToken,
        "header.kid_missing",
        (Party(document=document(jwk("k1"))),),
    ),
    *(Case(row, f"{kid!a}", headed({"kid": kid}), UnknownKey, "key.not_found") for row, kid in NO_SUCH_KID),
    Case("T-093", "NFD", headed({"kid": DECOMPOSED}, pkcs1(K2)), UnknownKey, "key.not_found", ACCENTED),
    good("T-093", "NFC", headed({"kid": NORMAL}, pkcs1(K2)), ACCENTED),
    Case("T-095", "the other pool's k1", headed({}, pkcs1(K3)), BadSignature, "signature.invalid", TWO_POOLS),
]


@row("T-081", "T-082")
def test_a_header_sends_nobody_anywhere(row: str) -> None:
    """Not to a server that would be there, either."""
    with scripted(answer(document(jwk("kx", kid="k1")))) as canary:
        member = {"T-081": "jku", "T-082": "x5u"}[row]
        error = refusal(with_keys(*ACCESS), headed({member: canary.url}, pkcs1(KX)))
    assert isinstance(error, MalformedToken)
    assert [] == canary.requests


# -- Signatures --------------------------------------------------------------------------------------------------------

DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")


def padded(info: Signer, *, length: int = 256, short: bool = False, first: int = 1) -> str:
    """A token signed with the bare RSA operation over what *info* makes of the digest, padded to length."""

    def sign(octets: bytes) -> bytes:
        inner = info(hashlib.sha256(octets).digest())
        filler = b"\xff" * (8 if short else length - len(inner) - 3)
        block = (b"\0" + bytes((first,)) + filler + b"\0" + inner).ljust(length, b"\0")
        numbers = K1.private_numbers()
        return pow(int.from_bytes(block), numbers.d, numbers.public_numbers.n).to_bytes(length)

    return headed({}, sign)


def re_serialized(octets: bytes) -> bytes:
    header, _, payload = octets.partition(b".")
    decoded = [base + b"=" * (-len(base) % 4) for base in (header, payload)]
    return pkcs1()(b".".join(decoded))


SIGNATURES: Final = [
    # No bytes at all are an empty segment, and so many make the token too long.
    *malformed("T-102", "malformed.empty_signature", {"0 bytes": f"{H}.{P}."}),
    *malformed("T-102", "malformed.too_large", {"100,000 bytes": f"{H}.{P}.{b64(bytes(100_000))}"}),
    *unsigned(
        "T-102", {f"{size} bytes": f"{H}.{P}.{b64(bytes(size))}" for size in (1, 255, 257, 512)}, "signature.length"
    ),
    good("T-104", "as it should be", padded(lambda digest: DIGEST_INFO + digest)),
    *unsigned(
        "T-104",
        {
            "long form of the outer length": padded(lambda digest: b"\x30\x81\x31" + DIGEST_INFO[2:] + digest),
            "long form of the digest's length": padded(
                lambda digest: b"\x30\x32" + DIGEST_INFO[2:-1] + b"\x81\x20" + digest
            ),
            "no NULL": padded(lambda digest: bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest),
            "garbage in the DigestInfo": padded(lambda digest: b"\x30\x33" + DIGEST_INFO[2:] + digest + b"\0\0"),
            "garbage behind, short padding": padded(lambda digest: DIGEST_INFO + digest, short=True),
            "block type 2": padded(lambda digest: DIGEST_INFO + digest, first=2),
            "no DigestInfo": padded(lambda digest: digest),
        },
    ),
    *unsigned("T-105", {"PSS under RS256": headed({}, pss())}),
    *unsigned("T-108", {"SHA-1": headed({}, pkcs1(K1, SHA1())), "SHA-512": headed({}, pkcs1(K1, SHA512()))}),
    *unsigned(
        "T-113",
        {
            "over what is decoded": headed({}, lambda _: pkcs1()(text(HEADER) + b"." + text(access_claims()))),
            "over what is decoded, without a dot": headed({}, lambda _: pkcs1()(text(HEADER) + text(access_claims()))),
            "over padded segments": headed({}, re_serialized),
            "over JSON written anew": headed(
                {},
                lambda _: pkcs1()(
                    f"{b64(json.dumps(HEADER).encode())}.{b64(json.dumps(access_claims()).encode())}".encode()
                ),
            ),
            "over payload and header": headed({}, lambda octets: pkcs1()(b".".join(octets.split(b".")[::-1]))),
        },
    ),
]

# -- Payload JSON ------------------------------------------------------------------------------------------------------

DOUBLED: Final[Mapping[str, object]] = {
    "iss": OTHER_ISSUER,
    "aud": ["x", "y"],
    "exp": NOW + 7200,
    "client_id": OTHER_CLIENT,
    "token_use": "id",
    "cognito:groups": ["admins"],
}

PAYLOAD_JSON: Final = [
    *malformed("T-120", "claims.duplicate_member", {"sub": spelled('"sub":"admin"')}),
    *malformed(
        "T-121",
        "claims.duplicate_member",
        {
            **{
                name: spelled(f'"{name}":{json.dumps(value)}', {"aud": CLIENT} if name == "aud" else None)
                for name, value in DOUBLED.items()
            },
            "escaped": spelled('"\\u0065xp":1800000000'),
            "nested": spelled('"x":{"y":[{"a":1,"a":2}]}'),
        },
    ),
    *malformed(
        "T-124",
        "claims.not_utf8_json",
        {
            "sub": claiming({"sub": "\ud800"}),
            "a claim's name": claiming({"\ud800": 1}),
            "nested": claiming({"x": {"y": ["\udfff"]}}),
        },
    ),
    *malformed(
        "T-127",
        "claims.invalid_number",
        {
            f"{digits} digits in {name}": spelled(f'"{name}":{"9" * digits}', {name: ABSENT})
            for digits in (20, 4_000, 4_300, 4_301)
            for name in ("exp", "custom:x")
        },
    ),
    good(
        "T-129",
        "odd names",
        claiming({"__class__": "x", "__dict__": {"subject": "admin"}, "": 1, "exp\0": 1, "is_machine": True}),
    ),
    Case(
        "T-129",
        "exp and a zero is not exp",
        claiming({"exp": ABSENT, "exp\0": NOW + 60}),
        BadClaim,
        "claims.exp_missing",
    ),
    *malformed(
        "T-130",
        "claims.not_utf8_json",
        {
            f"{tail!a} behind": write(HEADER, text(access_claims()) + tail.encode())
            for tail in ("{}", '{"sub":"admin"}', "  x", "\0", "]")
        },
    ),
]


@row("T-129")
def test_names_do_not_become_attributes(row: str) -> None:
    """A claim is a member of `claims` and nothing else."""
    odd = {"__class__": "x", "__dict__": {"subject": "admin"}, "": 1, "exp\0": 1, "is_machine": True}
    principal = with_keys(*ACCESS).verify(claiming(odd))
    assert (access_claims()["sub"], False) == (principal.subject, principal.is_machine)
    assert odd == {name: principal.claims[name] for name in odd}


# -- Time --------------------------------------------------------------------------------------------------------------

FAR: Final = 86_400 + 301

TIMES: Final = [
    *bad_claim(
        "T-142",
        "claims.exp_type",
        {spelling: spelled(f'"exp":{spelling}', {"exp": ABSENT}) for spelling in ("1700003600.5", "1.7000036e9")},
    ),
    *bad_claim(
        "T-143",
        "claims.exp_range",
        {str(exp): claiming({"exp": exp}) for exp in (-1, 0, 2**63, 10**18, 253_402_300_800)},
    ),
    Case("T-144", "exp is now", claiming({"exp": NOW}), Expired, "claims.expired"),
    Case("T-145", "a second ago", claiming({"exp": NOW - 1}), Expired, "claims.expired"),
    Case("T-145", "just beyond the leeway", claiming({"exp": NOW - 60}), Expired, "claims.expired", leeway=60),
    Case("T-145", "just within the leeway", claiming({"exp": NOW - 59}), leeway=60),
    *bad_claim("T-146", "claims.lifetime_implausible", {"a day and more": claiming({"exp": NOW + FAR})}),
    *bad_claim(
        "T-147", "claims.lifetime_implausible", {"begun long ago": claiming({"iat": NOW - 90_000, "auth_time": NOW})}
    ),
    Case("T-148", "nbf a second ahead", claiming({"nbf": NOW + 1}), NotYetValid, "claims.not_yet_valid"),
    good("T-148", "nbf is now", claiming({"nbf": NOW})),
    *bad_claim(
        "T-148", "claims.nbf_type", {f"nbf {json.dumps(nbf)}": claiming({"nbf": nbf}) for nbf in ("x", True, None)}
    ),
    # These are no JSON numbers, so that it does not come to their type.
    *malformed(
        "T-148", "claims.invalid_number", {f"nbf {number}": spelled(f'"nbf":{number}') for number in ("NaN", "1e400")}
    ),
    Case("T-149", "iat 301 s ahead", claiming({"iat": NOW + 301}), NotYetValid, "claims.iat_future"),
    good("T-149", "iat 300 s ahead", claiming({"iat": NOW + 300})),
    *bad_claim(
        "T-149", "claims.iat_type", {f"iat {json.dumps(iat)}": claiming({"iat": iat}) for iat in ("x", True, -1)}
    ),
    *bad_claim("T-149", "claims.iat_missing", {"no iat": claiming({"iat": ABSENT})}),
    *bad_claim(
        "T-150",
        "claims.auth_time",
        {
            f"auth_time {json.dumps(moment)}": identifying({"auth_time": moment})
            for moment in (NOW + 10**6, 1.5, "x", True, None)
        },
        ID,
    ),
]


@row("T-151")
def test_a_remembered_token_has_its_time_by_the_clock(row: str) -> None:
    """At every look, though the clock run back; how long it has been remembered does not matter."""
    clocks = Clocks()
    verifier = with_keys(*ACCESS, clock=clocks.wall, monotonic=clocks.monotonic)
    assert refusal(verifier, T0) is None
    clocks.now -= 3600
    assert refusal(verifier, claiming({"jti": "another"})) is not None, "it was issued an hour from now"
    clocks.now = NOW + 3600
    assert isinstance(refusal(verifier, T0), Expired)
    clocks.now = 0
    assert isinstance(refusal(verifier, T0), NotYetValid)
    clocks.now = NOW
    assert refusal(verifier, T0) is None


# -- Identity ----------------------------------------------------------------------------------------------------------

ILL_TYPED_ISSUERS: Final[Mapping[str, object]] = {
    "number": 1,
    "empty": "",
    "list": [ISSUER],
    "object": {"u": ISSUER},
}
SUBJECTS: Final = (" admin", "\uff41\uff44\uff4d\uff49\uff4e", "admin\u200b", "ADMIN")

IDENTITIES: Final = [
    *bad_claim("T-160", "claims.iss_missing", {"absent": claiming({"iss": ABSENT}), "null": claiming({"iss": None})}),
    *bad_claim(
        "T-160", "claims.iss_type", {name: claiming({"iss": issuer}) for name, issuer in ILL_TYPED_ISSUERS.items()}
    ),
    Case("T-165", "signed by the other", headed({}, pkcs1(K3)), BadSignature, "signature.invalid", TWO_POOLS),
    Case(
        "T-165",
        "the other's kid",
        headed({"kid": "k4"}, pkcs1(K3)),
        UnknownKey,
        "key.not_found",
        TWO_POOLS,
    ),
    Case(
        "T-165",
        "the reverse, signed by this",
        write(HEADER, access_claims({"iss": OTHER_ISSUER})),
        BadSignature,
        "signature.invalid",
        TWO_POOLS,
    ),
    Case(
        "T-165",
        "the reverse, this one's kid",
        write({"alg": "RS256", "kid": "k2"}, access_claims({"iss": OTHER_ISSUER}), pkcs1(K2)),
        UnknownKey,
        "key.not_found",
        TWO_POOLS,
    ),
    Case(
        "T-165",
        "only one of them trusted",
        write(HEADER, access_claims({"iss": OTHER_ISSUER}), pkcs1(K3)),
        UnknownIssuer,
        "claims.iss_unknown",
    ),
    good("T-165", "the other's own", write(HEADER, access_claims({"iss": OTHER_ISSUER}), pkcs1(K3)), TWO_POOLS),
    Case("T-169", "another client", claiming({"client_id": OTHER_CLIENT}), WrongClient, "claims.client_mismatch"),
    *bad_claim("T-171", "claims.aud_missing", {"absent": identifying({"aud": ABSENT})}, ID),
    *bad_claim(
        "T-171",
        "claims.aud_type",
        {
            name: identifying({"aud": audience})
            for name, audience in {"empty": "", "empty list": [], "mixed": [CLIENT, 1], "object": {CLIENT: 1}}.items()
        },
        ID,
    ),
    *(
        Case("T-171", variant, identifying({"aud": audience}), WrongClient, "claims.aud_mismatch", ID)
        for variant, audience in {
            "a space behind": f"{CLIENT} ",
            "two in one": f"{CLIENT},{OTHER_CLIENT}",
            "a part of it": CLIENT[:-1],
            "more than it": f"{CLIENT}x",
        }.items()
    ),
    *bad_claim(
        "T-174",
        "claims.sub_type",
        {
            "absent": claiming({"sub": ABSENT}),
            **{json.dumps(sub): claiming({"sub": sub}) for sub in (None, 1, ["u"])},
        },
    ),
    *bad_claim(
        "T-174",
        "claims.sub_invalid",
        {
            "empty": claiming({"sub": ""}),
            "300 characters": claiming({"sub": "u" * 300}),
            **{f"{sub!a}": claiming({"sub": sub}) for sub in ("u\n", "u\0", "\x7fu", "u\x85")},
        },
    ),
    *malformed("T-174", "claims.not_utf8_json", {"lone surrogate": claiming({"sub": "\udc00"})}),
    *(good("T-176", f"{sub!a}", claiming({"sub": sub})) for sub in SUBJECTS),
]


def decided(rule: Rule, claims: Changes, parties: tuple[Party, ...] = ACCESS) -> Decision:
    """What becomes of a token of these claims where the rule guards."""
    token = identifying(claims) if parties is ID else claiming(claims)
    return Authorizer(with_keys(*parties), rule).decide(token, rule)


def verdict(rule: Rule, claims: Changes, parties: tuple[Party, ...] = ACCESS) -> tuple[bool, int, Reason]:
    decision = decided(rule, claims, parties)
    assert decision.principal is not None, decision.error
    return decision.allowed, decision.status, decision.reason


UNMET: Final = (False, 403, Reason.RULE_UNMET)


@row("T-175")
def test_a_machine_is_no_user(row: str) -> None:
    """Though it has a subject and every scope."""
    assert UNMET == verdict(PERSON, {"username": ABSENT, "sub": CLIENT, "cognito:groups": ABSENT})
    assert verdict(PERSON, {})[0]


@pytest.mark.parametrize("sub", [pytest.param(sub, id=f"T-176 {sub!a}") for sub in SUBJECTS])
def test_a_subject_is_what_it_is(sub: str) -> None:
    """Nothing is trimmed, folded or normalized to make it equal to another."""
    assert sub == with_keys(*ACCESS).verify(claiming({"sub": sub})).subject
    assert UNMET == verdict(Claim("sub", equals="admin"), {"sub": sub})


@row("T-177")
def test_a_name_that_one_chose_is_no_identity(row: str) -> None:
    """The principal is the issuer's subject, whatever it calls itself."""
    victim = "11111111-0297-4b74-8f72-013663f61200"
    for name in (victim, f"us-east-1_TestPool2_{victim}"):
        principal = with_keys(*ACCESS).verify(claiming({"username": name}))
        assert (access_claims()["sub"], ISSUER, name) == (principal.subject, principal.issuer, principal.username)
        assert UNMET == verdict(Claim("sub", equals=victim), {"username": name, "preferred_username": victim})


@pytest.mark.parametrize(
    "verified",
    [pytest.param(value, id=f"T-178 {value!r}") for value in (False, "true", "false", 1, ABSENT)],
)
def test_an_address_is_verified_when_it_says_true(verified: object) -> None:
    """`True`, and nothing that looks or counts like it."""
    rule = Claim("email", equals="victim@example.com") & Claim("email_verified", equals=True)
    assert UNMET == verdict(rule, {"email": "victim@example.com", "email_verified": verified}, ID)
    assert verdict(rule, {"email": "victim@example.com", "email_verified": True}, ID)[0]


# -- Authorisation -----------------------------------------------------------------------------------------------------

AUTHORISATION: Final = [
    *bad_claim(
        "T-190",
        "claims.scope_type",
        {json.dumps(scope): claiming({"scope": scope}) for scope in (["admin"], None, 1, {"admin": 1})},
    ),
    *bad_claim(
        "T-193",
        "claims.groups_type",
        {
            json.dumps(groups): claiming({"cognito:groups": groups})
            for groups in ("admin", "[admin]", {"admin": True}, [["admin"]], [1], None)
        },
    ),
]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        *(
            pytest.param(scope, False, id=f"T-191 {scope!a}")
            for scope in ("a\u2003admin", "a\u00a0admin", "a\x1cadmin", "a\tadmin")
        ),
        *(pytest.param(scope, False, id=f"T-192 {scope!a}") for scope in ("admin.read", "ADMIN", "", "a,admin")),
        # Between spaces it is this very scope, however many there are.
        *(pytest.param(scope, True, id=f"T-192 {scope!a}") for scope in ("  admin", "admin ")),
    ],
)
def test_a_scope_is_the_whole_word_between_spaces(scope: str, *, allowed: bool) -> None:
    """No other white space parts scopes, no case is folded, and a part is not the whole."""
    expected = (True, 200, Reason.ALLOWED) if allowed else (False, 403, Reason.MISSING_SCOPE)
    assert expected == verdict(Scope("admin"), {"scope": scope})


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(group, id=f"T-195 {group!a}")
        for group in ("Admin", "admin ", "\uff41\uff44\uff4d\uff49\uff4e", "admin\0", "admin,users")
    ],
)
def test_a_group_is_the_whole_name(group: str) -> None:
    """Compared as it is."""
    assert (False, 403, Reason.MISSING_GROUP) == verdict(Group("admin"), {"cognito:groups": [group]})


@row("T-196")
def test_groups_have_no_patterns(row: str) -> None:
    """So that a federated group, which the pool names by itself, is met by its whole name or not at all."""
    federated = {"cognito:groups": [f"{POOL_ID}_Google"]}
    for pattern in (f"{POOL_ID}_*", POOL_ID, ".*"):
        assert (False, 403, Reason.MISSING_GROUP) == verdict(Group(pattern), federated)
    for condition in ({"groups_prefix": POOL_ID}, {"groups": {"starts_with": POOL_ID}}, {"group_regex": [".*"]}):
        with pytest.raises(ConfigurationError):
            Policy.from_dict({"version": 1, "roles": {"x": condition}, "route": [{"match": "GET /", "allow": "x"}]})


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(said, id=f"T-199 {json.dumps(said)}")
        for said in (["eng"], {"$ne": ""}, True, 1, None, "Eng", "eng ", ["eng", "x"])
    ],
)
def test_a_claim_is_compared_with_its_type(said: object) -> None:
    """A list that holds the value is not the value, nor is anything that counts as true."""
    assert UNMET == verdict(Claim("department", equals="eng"), {"department": said})
    assert verdict(Claim("department", equals="eng"), {"department": "eng"})[0]


@row("T-199")
def test_one_is_not_true(row: str) -> None:
    """Which they are to Python."""
    for expected, said in ((True, 1), (1, True), (False, 0), (0, False), (1, 1.0), (1, "1")):
        assert UNMET == verdict(Claim("x", equals=expected), {"x": said}), (expected, said)


@row("T-200")
def test_no_requirement_is_a_mistake(row: str) -> None:
    """An empty list could be meant as nobody or as everybody."""
    for make in (Group, Scope):
        with pytest.raises(ConfigurationError):
            make()
    conditions: tuple[Changes, ...] = (
        {"groups": []},
        {"scopes": []},
        {"any": []},
        {"all": []},
        {"claim": "x", "in": []},
        {},
    )
    for condition in conditions:
        with pytest.raises(ConfigurationError):
            Policy.from_dict({"version": 1, "roles": {"x": condition}, "route": [{"match": "GET /", "allow": "x"}]})


# -- Memory ------------------------------------------------------------------------------------------------------------


@row("T-212")
def test_tokens_alike_are_not_one(row: str) -> None:
    """The same subject, issuer and times: each has its own groups, at the second look as well."""
    verifier = with_keys(*ACCESS)
    tokens = [claiming({"cognito:groups": [group]}) for group in ("users", "admins")]
    for _ in range(2):
        assert [{"users"}, {"admins"}] == [verifier.verify(token).groups for token in tokens]


@row("T-213")
def test_what_is_given_cannot_be_changed(row: str) -> None:
    """To its bottom, so that nobody makes himself an admin for the next one who looks."""
    verifier = with_keys(*ACCESS)
    token = claiming({"x": {"y": ["z"]}})
    principal: Any = verifier.verify(token)
    claims, nested = principal.claims, principal.claims["x"]
    changes: tuple[Callable[[], object], ...] = (
        lambda: claims["cognito:groups"].append("admins"),
        lambda: claims.__setitem__("sub", "admin"),
        lambda: claims.__delitem__("exp"),
        lambda: nested.__setitem__("y", 1),
        lambda: nested["y"].append(1),
        lambda: setattr(principal, "subject", "admin"),
        lambda: principal.groups.add("admins"),
    )
    for change in changes:
        with pytest.raises((AttributeError, TypeError)):
            change()
    again = verifier.verify(token)
    assert (access_claims()["sub"], frozenset({"editors"})) == (again.subject, again.groups)
    assert ("editors",) == again.claims["cognito:groups"]


@row("T-214")
def test_refusals_are_not_remembered(row: str) -> None:
    """Thirty thousand different tokens leave no more behind than a thousand."""
    verifier = with_keys(*ACCESS)

    def flood(first: int, last: int) -> int:
        for number in range(first, last):
            refusal(verifier, f"{H}.{number:08}.{S}")
        return sys.getallocatedblocks()

    few = flood(0, 1_000)
    assert flood(1_000, 30_000) - few < 2_000
    assert refusal(verifier, T0) is None


@row("T-215")
def test_time_makes_a_token_good(row: str) -> None:
    """What was refused before its time is accepted in it."""
    clocks = Clocks()
    verifier = with_keys(*ACCESS, clock=clocks.wall, monotonic=clocks.monotonic)
    token = claiming({"nbf": NOW + 10})
    assert isinstance(refusal(verifier, token), NotYetValid)
    clocks.tick(10)
    assert refusal(verifier, token) is None


@row("T-216")
def test_a_client_that_is_dropped_is_out(row: str) -> None:
    """Of a new verifier that takes over the keys, and of the old one that is told: nothing vouched for is kept."""
    library = Library(*ACCESS)
    before = without_keys(Party(options={"clients": {CLIENT, OTHER_CLIENT}}), fetch=library)
    assert refusal(before, T0) is None
    fewer = Party(options={"clients": {OTHER_CLIENT}})
    after = without_keys(fewer, fetch=library, keyring=before.keyring)
    before.replace_issuers(fewer.remote())
    for verifier in (before, after):
        error = refusal(verifier, T0)
        assert isinstance(error, WrongClient)
        assert "claims.client_mismatch" == error.reason
    assert 1 == len(library.asked)


# -- All of them -------------------------------------------------------------------------------------------------------


@cases(
    STRUCTURE,
    HEADER_JSON,
    ALGORITHMS,
    HEADER_KEYS,
    SIGNATURES,
    PAYLOAD_JSON,
    TIMES,
    IDENTITIES,
    AUTHORISATION,
)
def test_a_token_is_judged(case: Case) -> None:
    """For its own reason, by an error of its own class with a constant text; nobody is asked for its sake too early."""
    case.check()
