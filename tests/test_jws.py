"""A compact JWS: what its shape and header may be, and what can be learned from it before its signature is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from cogauth._strict import JSON
from cogauth.errors import BadClaim, BadSignature, MalformedToken, RefreshTokenSent
from cogauth.jwk import VerificationKey
from cogauth.jws import MAX_HEADER, MAX_TOKEN, HeaderMemo, Jws, octets
from cogauth.keys import key_table
from cogauth.testing.encoding import base64url
from tests.support.tokens import ISSUER, access_claims, compact, key_document, sealed, signing_key, token

RS256 = frozenset({"RS256"})
HEADER = base64url(b'{"kid":"k1","alg":"RS256"}')
PAYLOAD = base64url(json.dumps(access_claims()).encode())


def key(kid: str = "k1") -> VerificationKey:
    return key_table(key_document(kid)).keys[kid]


def jws(text: str) -> Jws:
    return Jws(octets(text), HeaderMemo(RS256))


def with_header(header: bytes | Mapping[str, object]) -> str:
    """A signed token of this header."""
    return compact(header if isinstance(header, bytes) else json.dumps(header).encode(), b"{}")


def of_length(length: int) -> str:
    """A token of this many characters, whose signature nobody will look at."""
    start = f"{HEADER}.{PAYLOAD}."
    return start + "A" * (length - len(start))


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(None, "malformed.not_string", id="nothing"),
        pytest.param(b"a.b.c", "malformed.not_string", id="bytes"),
        pytest.param(bytearray(b"a.b.c"), "malformed.not_string", id="a byte array"),
        pytest.param(["a.b.c"], "malformed.not_string", id="a list"),
        pytest.param(5, "malformed.not_string", id="a number"),
        pytest.param("a" * (MAX_TOKEN + 1), "malformed.too_large", id="too long"),
        pytest.param("ä" * (MAX_TOKEN + 1), "malformed.too_large", id="too long and not ASCII"),
        pytest.param("a.b.ä", "malformed.charset", id="not ASCII"),
        pytest.param("a.b.\ud800", "malformed.charset", id="not even Unicode"),
    ],
)
def test_what_is_no_token(token: object, reason: str) -> None:
    """It is refused before a byte of it is read."""
    with pytest.raises(MalformedToken) as caught:
        octets(token)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert reason == caught.value.reason


def test_the_longest_token() -> None:
    """The limit is not exceeded by what reaches it."""
    assert b"a" * MAX_TOKEN == octets("a" * MAX_TOKEN)


def test_an_error_knows_nothing_of_the_token() -> None:
    """A codec's error would hold the text that it could not encode."""
    with pytest.raises(MalformedToken) as caught:
        octets("a.b.ä")
    assert caught.value.__context__ is None


def refusal(text: str) -> str | None:
    """The reason why a token is refused before its signature is looked at, or None."""
    try:
        jws(text)
    except MalformedToken as error:
        return error.reason
    return None


# -- Shape -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "malformed.empty", id="nothing"),
        pytest.param(".", "malformed.segments", id="one dot"),
        pytest.param("..", "malformed.empty_header", id="two dots"),
        pytest.param("...", "malformed.segments", id="three dots"),
        pytest.param("....", "malformed.segments", id="four dots"),
        pytest.param("abc", "malformed.segments", id="one segment"),
        pytest.param(f"{HEADER}.{PAYLOAD}", "malformed.segments", id="no signature"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA.AA", "malformed.segments", id="four segments"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA.AA.AA.AA", "malformed.segments", id="six segments"),
        pytest.param(f".{PAYLOAD}.AA", "malformed.empty_header", id="an empty header"),
        pytest.param(f"{HEADER}..AA", "malformed.empty_payload", id="an empty payload"),
        pytest.param(f"{HEADER}.{PAYLOAD}.", "malformed.empty_signature", id="an empty signature"),
        pytest.param(f"{HEADER}..AA..AA", "malformed.segments", id="five segments, some empty"),
        pytest.param(f" {HEADER}.{PAYLOAD}.AA", "malformed.charset", id="a space in front"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA\n", "malformed.charset", id="a newline behind"),
        pytest.param(f"{HEADER}.{PAYLOAD[:8]}\n{PAYLOAD[8:]}.AA", "malformed.charset", id="a newline inside"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA\0", "malformed.charset", id="a zero behind"),
        pytest.param(f"Bearer {HEADER}.{PAYLOAD}.AA", "malformed.charset", id="with its scheme"),
        pytest.param(f"\ufeff{HEADER}.{PAYLOAD}.AA", "malformed.charset", id="a byte order mark"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AAĀ", "malformed.charset", id="not ASCII"),
        pytest.param(f"{HEADER}.{PAYLOAD}.\ud800", "malformed.charset", id="a lone surrogate"),
        pytest.param(f"{HEADER}=.{PAYLOAD}.AA", "malformed.base64", id="a padded header"),
        pytest.param(f"{HEADER}.{PAYLOAD}==.AA", "malformed.base64", id="a padded payload"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA==", "malformed.base64", id="a padded signature"),
        pytest.param(f"{HEADER}.{PAYLOAD}.++8", "malformed.base64", id="the standard alphabet"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AAAAA", "malformed.base64", id="a length that cannot be"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AB", "malformed.base64_noncanonical", id="stray bits in the signature"),
        pytest.param(f"{HEADER}.e31.AA", "malformed.base64_noncanonical", id="stray bits in the payload"),
        pytest.param(f"e31.{PAYLOAD}.AA", "malformed.base64_noncanonical", id="stray bits in the header"),
        pytest.param(json.dumps({"protected": HEADER}), "malformed.segments", id="the JSON serialization"),
    ],
)
def test_a_shape_is_refused(text: str, reason: str) -> None:
    """Whatever is not three segments of canonical base64url has a reason of its own."""
    with pytest.raises(MalformedToken) as caught:
        jws(text)
    assert reason == caught.value.reason
    assert MalformedToken is type(caught.value)


def test_an_encrypted_token_is_told_apart() -> None:
    """Five segments are what a user pool's refresh token has."""
    with pytest.raises(RefreshTokenSent) as caught:
        jws("eyJhbGciOiJSU0EtT0FFUCJ9.a2V5.aXY.Y2lwaGVy.dGFn")
    assert "malformed.segments" == caught.value.reason


@pytest.mark.parametrize(("length", "reason"), [(16_384, None), (16_385, "malformed.too_large")])
def test_a_token_has_a_limit(length: int, reason: str | None) -> None:
    """As long as may be is read; one character more is not."""
    assert reason == refusal(of_length(length))


@pytest.mark.parametrize(("octets", "reason"), [(1_536, None), (1_537, "malformed.header_too_large")])
def test_a_header_has_a_limit(octets: int, reason: str | None) -> None:
    """So many bytes fill its characters to the last; one byte more makes two characters too many."""
    start = b'{"kid":"k1","alg":"RS256","x":"'
    header = start + b"x" * (octets - len(start) - 2) + b'"}'
    assert MAX_HEADER == len(base64url(header[:1_536]))
    assert reason == refusal(f"{base64url(header)}.{PAYLOAD}.AA")


CRITICAL: tuple[object, ...] = (["exp"], ["b64"], (), None, "b64", 1, dict[str, object]())


# -- Header ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param(b"[]", "header.not_json_object", id="an array"),
        pytest.param(b'"x"', "header.not_json_object", id="a string"),
        pytest.param(b"{", "header.not_utf8_json", id="cut short"),
        pytest.param(b'\xef\xbb\xbf{"kid":"k1","alg":"RS256"}', "header.not_utf8_json", id="a byte order mark"),
        pytest.param('{"kid":"k1","alg":"RS256"}'.encode("utf-16"), "header.not_utf8_json", id="UTF-16"),
        pytest.param(b'{"kid":"\xc2","alg":"RS256"}', "header.not_utf8_json", id="not UTF-8"),
        pytest.param(b'{"kid":"k1","alg":"none","alg":"RS256"}', "header.duplicate_member", id="alg twice"),
        pytest.param(b'{"kid":"k1","\\u0061lg":"none","alg":"RS256"}', "header.duplicate_member", id="alg escaped"),
        pytest.param(b'{"kid":"k1","alg":"RS256","x":NaN}', "header.invalid_number", id="NaN"),
        pytest.param(b'{"kid":"k1","alg":"RS256","x":1e400}', "header.invalid_number", id="a number beyond all"),
        pytest.param(
            b'{"kid":"k1","alg":"RS256","x":' + b"[" * 20 + b"]" * 20 + b"}", "header.too_deep", id="too deep"
        ),
        pytest.param({}, "header.alg_missing", id="empty"),
        pytest.param({"kid": "k1"}, "header.alg_missing", id="no alg"),
        pytest.param({"kid": "k1", "alg": None}, "header.alg_missing", id="alg null"),
        pytest.param({"kid": "k1", "alg": ""}, "header.alg_not_allowed", id="alg empty"),
        pytest.param({"kid": "k1", "alg": 256}, "header.alg_not_allowed", id="alg a number"),
        pytest.param({"kid": "k1", "alg": ["RS256"]}, "header.alg_not_allowed", id="alg an array"),
        pytest.param({"kid": "k1", "alg": {"RS256": 1}}, "header.alg_not_allowed", id="alg an object"),
        *(
            pytest.param({"kid": "k1", "alg": alg}, "header.alg_not_allowed", id=f"alg {alg!a}")
            for alg in ("none", "None", "NONE", "nOnE", "n\u043ene", "rs256", "RS256 ", " RS256", "RS256\n", "RS-256")
        ),
        *(
            pytest.param({"kid": "k1", "alg": alg}, "header.alg_not_allowed", id=f"alg {alg}")
            for alg in ("HS256", "HS512", "RS384", "RS512", "PS256", "ES256", "EdDSA", "RSA-OAEP", "dir")
        ),
        *(
            pytest.param({"kid": "k1", "alg": "RS256", "crit": crit}, "header.crit", id=f"crit {crit!r}")
            for crit in CRITICAL
        ),
        *(
            pytest.param({"kid": "k1", "alg": "RS256", "b64": b64}, "header.b64", id=f"b64 {b64!r}")
            for b64 in (False, True, "false", 0, None)
        ),
        pytest.param({"kid": "k1", "alg": "RS256", "zip": "DEF"}, "header.zip", id="zip"),
        *(
            pytest.param({"kid": "k1", "alg": "RS256", name: value}, "header.key_material", id=name)
            for name, value in {
                "jwk": signing_key("forged").jwk,
                "jku": f"{ISSUER}/.well-known/jwks.json",
                "x5u": "https://evil.example/x5u",
                "x5c": ["MIIB"],
            }.items()
        ),
        pytest.param({"alg": "RS256"}, "header.kid_missing", id="no kid"),
        pytest.param({"alg": "RS256", "kid": None}, "header.kid_missing", id="kid null"),
        pytest.param({"alg": "RS256", "kid": ""}, "header.kid_missing", id="kid empty"),
        pytest.param({"alg": "RS256", "kid": 1}, "header.kid_type", id="kid a number"),
        pytest.param({"alg": "RS256", "kid": True}, "header.kid_type", id="kid true"),
        pytest.param({"alg": "RS256", "kid": ["k1"]}, "header.kid_type", id="kid an array"),
        pytest.param({"alg": "RS256", "kid": {"k": 1}}, "header.kid_type", id="kid an object"),
        pytest.param({"alg": "RS256", "kid": "k" * 129}, "header.kid_type", id="kid too long"),
        pytest.param({"alg": "RS256", "kid": "k1", "enc": "A256GCM"}, "header.encrypted", id="enc"),
        pytest.param({"alg": "RS256", "kid": "k1", "epk": {}}, "header.encrypted", id="epk"),
        pytest.param({"alg": "RS256", "kid": "k1", "p2c": 10**6}, "header.encrypted", id="p2c"),
        pytest.param({"alg": "RS256", "kid": "k1", "p2s": "c2FsdA"}, "header.encrypted", id="p2s"),
        pytest.param({"alg": "RS256", "kid": "k1", "typ": 1}, "header.typ", id="typ a number"),
        pytest.param({"alg": "RS256", "kid": "k1", "typ": None}, "header.typ", id="typ null"),
    ],
)
def test_a_header_is_refused(header: bytes | Mapping[str, object], reason: str) -> None:
    """Though the signature over it is good."""
    assert reason == refusal(with_header(header))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b'{"kid":"k1","alg":"RS256"}', id="a user pool's"),
        pytest.param(b'{"alg" : "RS256" ,\n "kid":"k1"}', id="with white space"),
        pytest.param(b'{"\\u0061lg":"RS256","kid":"k\\u0031"}', id="escaped"),
        pytest.param({"kid": "k1", "alg": "RS256", "typ": "JWT"}, id="typ"),
        pytest.param({"kid": "k1", "alg": "RS256", "x-unknown": {"a": [1]}}, id="an unknown member"),
        pytest.param({"kid": "k1", "alg": "RS256", "x5t": "AAAA", "x5t#S256": 5}, id="a thumbprint"),
        pytest.param({"kid": "k1", "alg": "RS256", "cty": "JWT"}, id="cty"),
    ],
)
def test_a_header_is_read(header: bytes | Mapping[str, object]) -> None:
    """What a header may say beside `alg` and `kid` changes nothing (RFC 7515 section 4)."""
    read = jws(with_header(header)).header
    assert ("RS256", "k1") == (read.alg, read.kid)


@pytest.mark.parametrize(
    ("header", "typ"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"typ": ""}, "", id="empty"),
        pytest.param({"typ": "AT+jwt"}, "at+jwt", id="capitals"),
        pytest.param({"typ": "Application/AT+JWT"}, "application/at+jwt", id="with its prefix"),
    ],
)
def test_a_type_is_read_whatever_its_case(header: Mapping[str, object], typ: str) -> None:
    """A media type is the same in capitals (RFC 7515 section 4.1.9), and no type is the empty one."""
    assert typ == jws(with_header({"alg": "RS256", "kid": "k1", **header})).header.typ


@pytest.mark.parametrize("kid", ["k" * 128, "a+b/c=", "../../dev/null", "\uff4b1"], ids=ascii)
def test_a_kid_is_a_string_like_any_other(kid: str) -> None:
    """It is compared and nothing else, so that nothing in it can do harm."""
    assert kid == jws(with_header({"alg": "RS256", "kid": kid})).header.kid


# -- Payload -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", "malformed.empty_payload", id="nothing"),
        pytest.param(b"x", "claims.not_utf8_json", id="not JSON"),
        pytest.param(token().encode(), "claims.not_utf8_json", id="another token"),
        pytest.param(b"[]", "claims.not_json_object", id="an array"),
        pytest.param(b"null", "claims.not_json_object", id="null"),
        pytest.param(b'{"sub":"u","sub":"admin"}', "claims.duplicate_member", id="a claim twice"),
        pytest.param(b'{"sub":"u","\\u0073ub":"admin"}', "claims.duplicate_member", id="a claim twice, once escaped"),
        pytest.param(b'{"a":{"b":1,"b":2}}', "claims.duplicate_member", id="a claim twice below"),
        pytest.param(b'{"sub":"\\ud800"}', "claims.not_utf8_json", id="a lone surrogate"),
        pytest.param(b'{"exp":Infinity}', "claims.invalid_number", id="infinity"),
        pytest.param(b'{"exp":' + b"9" * 20 + b"}", "claims.invalid_number", id="20 digits"),
        pytest.param(b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", "claims.too_deep", id="too deep"),
        pytest.param(b'{"a":[' + b",".join([b"0"] * 2_000) + b"]}", "claims.too_complex", id="too much"),
    ],
)
def test_a_payload_is_refused(payload: bytes, reason: str) -> None:
    """Though the signature over it is good."""
    assert reason == refusal(compact(b'{"kid":"k1","alg":"RS256"}', payload))


# -- What can be learned, and when -------------------------------------------------------------------------------------


def test_little_can_be_learned_before_the_signature() -> None:
    """The header, whose token it says it is, and a refusal: these are all the names that there are."""
    names = {name for name in dir(Jws) if not name.startswith("_")}
    assert {"claimed_issuer", "header", "screen", "verify"} == names
    unverified = jws(token())
    assert ISSUER == unverified.claimed_issuer
    assert "ana" not in repr(unverified)
    assert not hasattr(unverified, "__dict__")


@pytest.mark.parametrize(
    ("payload", "issuer"), [(b"{}", None), (b'{"iss":5}', 5), (b'{"iss":["x"]}', ("x",))], ids=["none", "int", "array"]
)
def test_a_claimed_issuer_may_be_anything(payload: bytes, issuer: JSON) -> None:
    """It is whatever the token says, for the verifier to refuse."""
    assert issuer == jws(compact(b'{"kid":"k1","alg":"RS256"}', payload)).claimed_issuer


def test_a_screen_sees_the_claims_and_can_only_refuse() -> None:
    """What the check gives is dropped; what it raises is not."""
    seen: list[Mapping[str, JSON]] = []

    def refuse(claims: Mapping[str, JSON]) -> None:
        raise BadClaim("claims.exp_missing")

    unverified = jws(token({"iss": ISSUER, "sub": "u"}))
    unverified.screen(seen.append)
    assert [{"iss": ISSUER, "sub": "u"}] == seen
    with pytest.raises(BadClaim):
        unverified.screen(refuse)


def test_verify_gives_the_claims() -> None:
    """Those that were signed, after the right key has said so."""
    claims = jws(token()).verify(key(), HeaderMemo(RS256))
    assert access_claims() == {**claims, "cognito:groups": ["editors"]}


def bent(text: str, segment: int) -> str:
    """A token with one bit of a segment's first byte turned."""
    parts = text.split(".")
    first = "B" if parts[segment][0] != "B" else "C"
    parts[segment] = first + parts[segment][1:]
    return ".".join(parts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(bent(token(), 2), "signature.invalid", id="a bent signature"),
        pytest.param(
            token().rpartition(".")[0] + "." + token({"a": 1}).rpartition(".")[2], "signature.invalid", id="another's"
        ),
        pytest.param(token(kid="forged", header={"kid": "k1"}), "signature.invalid", id="another key's"),
        pytest.param(f"{HEADER}.{PAYLOAD}.AA", "signature.length", id="one byte"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{base64url(bytes(255))}", "signature.length", id="a byte too few"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{base64url(bytes(257))}", "signature.length", id="a byte too many"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{base64url(bytes(5_000))}", "signature.length", id="far too many"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{base64url(bytes(256))}", "signature.invalid", id="zeros"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{'_' * 341}w", "signature.invalid", id="ones"),
        pytest.param(
            f"{HEADER}.{PAYLOAD}.{sealed(f'{PAYLOAD}.{HEADER}').rpartition('.')[2]}",
            "signature.invalid",
            id="over the segments the other way round",
        ),
    ],
)
def test_verify_refuses(text: str, reason: str) -> None:
    """A signature that is not this key's over these bytes, whatever is wrong with it."""
    with pytest.raises(BadSignature) as caught:
        jws(text).verify(key(), HeaderMemo(RS256))
    assert reason == caught.value.reason


def test_a_header_is_remembered_once_verified() -> None:
    """A forger's header is read anew at each token; a genuine one is one object from then on."""
    memo = HeaderMemo(RS256)
    genuine, forged = token(), token(kid="forged", header={"kid": "k1"})
    with pytest.raises(BadSignature):
        Jws(octets(forged), memo).verify(key(), memo)
    assert Jws(octets(forged), memo).header is not Jws(octets(forged), memo).header
    first = Jws(octets(genuine), memo)
    first.verify(key(), memo)
    assert first.header is Jws(octets(genuine), memo).header
    assert first.header is Jws(octets(token({"other": "claims"})), memo).header


def test_the_memory_for_headers_is_bounded() -> None:
    """An issuer that decorates each header anew fills it once, and is verified all the same."""
    memo = HeaderMemo(RS256)
    texts = [token({}, header={"x": number}) for number in range(HeaderMemo.LIMIT + 1)]
    for text in texts:
        Jws(octets(text), memo).verify(key(), memo)
    assert Jws(octets(texts[0]), memo).header is Jws(octets(texts[0]), memo).header
    assert Jws(octets(texts[-1]), memo).header is not Jws(octets(texts[-1]), memo).header
    assert {} == Jws(octets(texts[-1]), memo).verify(key(), memo)


def test_another_memo_allows_other_algorithms() -> None:
    """Which algorithms a header may name is the memo's to say."""
    assert "ES256" == Jws(octets(token(header={"alg": "ES256"})), HeaderMemo(frozenset({"ES256"}))).header.alg
    with pytest.raises(MalformedToken):
        Jws(octets(token()), HeaderMemo(frozenset({"ES256"})))
