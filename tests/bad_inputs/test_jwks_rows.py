"""Key documents and their fetching, row by row of the list of bad inputs."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import os
import signal
import ssl
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cogauth import (
    AsyncVerifier,
    BadSignature,
    KeysUnavailable,
    MalformedToken,
    OIDCIssuer,
    UnknownIssuer,
    UnknownKey,
    UserPool,
    Verifier,
)
from cogauth.keys import key_table
from cogauth.transport import FetchError
from tests.bad_inputs.trials import (
    HEADER,
    K1,
    K2,
    K3,
    Party,
    b64,
    document,
    ecdsa,
    headed,
    jwk,
    pkcs1,
    refusal,
    row,
    text,
    with_keys,
    without_keys,
    write,
)
from tests.support.clocks import Clocks
from tests.support.scripted import Peer, Script, answer, saying, scripted
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import ABSENT, CLIENT, NOW, POOL_ID, access_claims

POOL: Final = Party()
BOTH_KEYS: Final = POOL.document
T0: Final = write(HEADER, access_claims())
H, P, S = T0.split(".")
BY_K2: Final = headed({"kid": "k2"}, pkcs1(K2))
BY_K3: Final = headed({"kid": "k3"}, pkcs1(K3))

A_WHILE: Final = 301
"""Seconds after which no set of keys is fresh."""


class Endpoint:
    """A verifier whose keys come from a source that a test controls, and whose clocks it moves."""

    def __init__(self, answer: bytes | BaseException = BOTH_KEYS, party: Party = POOL) -> None:
        self.source = Source(answer)
        self.clocks = Clocks()
        self.verifier = without_keys(
            party, fetch=self.source.fetch, clock=self.clocks.wall, monotonic=self.clocks.monotonic
        )

    def publish(self, answer: bytes | BaseException) -> None:
        """Publish something else, and let the verifier take notice."""
        self.source.answer = answer
        self.clocks.tick(A_WHILE)
        self.verifier.warm()

    def refusal(self, token: str = T0) -> tuple[type, str] | None:
        error = refusal(self.verifier, token)
        return None if error is None else (type(error), error.reason)

    @property
    def error(self) -> str | None:
        return self.verifier.health()[0].error


def served(url: str) -> Verifier:
    """A verifier that fetches for itself."""
    clocks = Clocks()
    pool = UserPool(POOL_ID, clients={CLIENT}, jwks_uri=url)
    return Verifier(pool, clock=clocks.wall, monotonic=clocks.monotonic)


def inventions(count: int) -> list[str]:
    """As many tokens, each of a key that there never was."""
    headers = (text({"alg": "RS256", "kid": os.urandom(8).hex()}) for _ in range(count))
    return [f"{b64(header)}.{P}.{S}" for header in headers]


# -- What must be accepted ---------------------------------------------------------------------------------------------


@row("J-000")
def test_a_document_is_fetched_and_used(row: str) -> None:
    """Over a real connection."""
    with scripted(answer(BOTH_KEYS)) as server:
        verifier = served(server.url)
        assert refusal(verifier, T0) is None
    health = verifier.health()[0]
    assert (2, 1, None, 1) == (health.keys, health.generation, health.error, len(server.requests))


@row("J-001")
def test_what_is_not_understood_is_left_out(row: str) -> None:
    """A kind of key that is yet to come, and one for encrypting, take nothing away from the others."""
    strange = {"kty": "AKP", "kid": "k8", "alg": "ML-DSA-65", "pub": "AAAA"}
    endpoint = Endpoint(document(strange, jwk("k1"), jwk("k3", kid="k9", use="enc")))
    assert endpoint.refusal() is None
    assert 1 == endpoint.verifier.health()[0].keys


@row("J-002")
def test_a_rotation_costs_one_fetch(row: str) -> None:
    """The first token of the new key brings it in."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    endpoint.clocks.tick(31)
    endpoint.source.answer = document(jwk("k1"), jwk("k2"), jwk("k3"))
    assert [None, None, None] == [endpoint.refusal(token) for token in (BY_K3, T0, BY_K3)]
    assert 2 == endpoint.source.count


# -- Documents ---------------------------------------------------------------------------------------------------------

KEYS: Final = b",".join(text(key) for key in (jwk("k1"), jwk("k2")))
EVIL: Final = b'{"keys":[' + text(jwk("k3", kid="k1")) + b"]}"
PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi")

DOCUMENTS: Final[list[tuple[str, str, bytes, str]]] = [
    *(
        ("J-010", body.decode() or "nothing", body, "jwks.invalid")
        for body in (
            b"",
            b"null",
            b"[]",
            b"{}",
            b'{"keys":null}',
            b'{"keys":{}}',
            b'{"keys":"x"}',
            b'{"keys":[]}',
            b'{"keys":[null,1,"x"]}',
        )
    ),
    ("J-011", "evil first", EVIL[:-1] + b',"keys":[' + KEYS + b"]}", "jwks.duplicate_member"),
    ("J-011", "evil last", b'{"keys":[' + KEYS + b"]," + EVIL[1:], "jwks.duplicate_member"),
    ("J-012", "HTML", b"<!doctype html><title>Sign in to the Wi-Fi</title>", "jwks.invalid"),
    ("J-012", "cut short", BOTH_KEYS[:-3], "jwks.invalid"),
    ("J-012", "UTF-16", BOTH_KEYS.decode().encode("utf-16"), "jwks.invalid"),
    ("J-012", "byte order mark", b"\xef\xbb\xbf" + BOTH_KEYS, "jwks.invalid"),
    ("J-012", "broken UTF-8", b'{"x":"\xc3","keys":[' + KEYS + b"]}", "jwks.invalid"),
    ("J-012", "NaN", b'{"x":NaN,"keys":[' + KEYS + b"]}", "jwks.invalid"),
    ("J-013", "1,000 deep", b'{"x":' + b"[" * 1_000 + b"]" * 1_000 + b',"keys":[' + KEYS + b"]}", "jwks.too_complex"),
    ("J-013", "65 keys", document(*(jwk("k1", kid=f"k{n}") for n in range(65))), "jwks.too_complex"),
    ("J-013", "100,000 keys", b'{"keys":[' + b"0," * 100_000 + b"0]}", "jwks.too_complex"),
    ("J-013", "80,000 empty keys", b'{"keys":[' + b"{}," * 80_000 + b"{}]}", "jwks.too_complex"),
    *(("J-022", name, document(jwk("k1", **{name: "AQAB"}), jwk("k2")), "jwks.private_key") for name in PRIVATE),
    ("J-063", "nothing usable", document(jwk("k1", use="enc"), jwk("k2", alg="RS512")), "jwks.no_usable_key"),
]


@pytest.mark.parametrize(
    ("body", "reason"), [pytest.param(body, reason, id=f"{row} {name}") for row, name, body, reason in DOCUMENTS]
)
def test_a_document_is_refused(body: bytes, reason: str) -> None:
    """Whole: nothing of it is used, and what there was before is used on; without that there is no telling."""
    unavailable = (KeysUnavailable, reason.replace("jwks.", "unavailable."))
    cold = Endpoint(body)
    assert (unavailable, reason) == (cold.refusal(), cold.error)
    assert 1 == cold.source.count
    warm = Endpoint()
    assert warm.refusal() is None
    warm.publish(body)
    assert (2, reason) == (warm.source.count, warm.error)
    assert [None, None] == [warm.refusal(token) for token in (T0, BY_K2)]


# -- Members -----------------------------------------------------------------------------------------------------------

P256: Final = ec.generate_private_key(ec.SECP256R1())
P256_NUMBERS: Final = P256.public_key().public_numbers()
P256_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
EXAMPLE: Final = "https://issuer.example"
PROVIDER: Final = Party(OIDCIssuer, EXAMPLE, {"audience": {"api1"}, "algorithms": ("RS256", "ES256", "ES384", "ES512")})
OIDC_CLAIMS: Final = {"iss": EXAMPLE, "aud": "api1", "sub": "u", "iat": NOW, "exp": NOW + 60}


def small_point() -> tuple[int, int]:
    """A point of P-256 whose first coordinate has room for the prime to be added."""
    for x in range(1, 100):
        square = (x**3 - 3 * x + P256_B) % P256_PRIME
        y = pow(square, (P256_PRIME + 1) // 4, P256_PRIME)
        if y * y % P256_PRIME == square:
            return x, y
    raise AssertionError("every other number is a square")


def number(value: int, length: int = 0) -> str:
    return b64(value.to_bytes(length or max(1, (value.bit_length() + 7) // 8)))


def point(x: int, y: int, /, *, length: int = 32, **changes: object) -> dict[str, object]:
    members = {"kty": "EC", "kid": "k1", "crv": "P-256", "x": number(x, length), "y": number(y, length), **changes}
    return {name: value for name, value in members.items() if value is not ABSENT}


@dataclass(frozen=True)
class Member:
    """One key of a document, and why it is left out; None if it is not."""

    row: str
    variant: str
    key: Mapping[str, object]
    reason: str | None
    party: Party = POOL


PX, PY = P256_NUMBERS.x, P256_NUMBERS.y
SMALL: Final = small_point()

MEMBERS: Final = [
    Member("J-021", "oct", {"kty": "oct", "kid": "k1", "k": b64(bytes(32))}, "key.type"),
    Member("J-021", "oct for HS256", {"kty": "oct", "kid": "k1", "k": b64(bytes(32)), "alg": "HS256"}, "key.type"),
    Member(
        "J-021", "oct that says RS256", {"kty": "oct", "kid": "k1", "k": b64(bytes(32)), "alg": "RS256"}, "key.type"
    ),
    *(Member("J-024", f"use {use}", jwk("k1", use=use), "key.use") for use in ("enc", "SIG", 1, None, "")),
    *(
        Member("J-024", f"key_ops {ops}", jwk("k1", key_ops=ops), "key.ops")
        for ops in (["sign"], ["encrypt"], [], "verify", ["verify", "verify"], [1])
    ),
    Member("J-024", "key_ops to verify", jwk("k1", key_ops=["verify"]), None),
    *(Member("J-025", f"alg {alg}", jwk("k1", alg=alg), "key.alg_mismatch") for alg in ("RS512", "HS256", 1, "rs256")),
    *(
        Member("J-026", f"{bits} bits", jwk("k1", n=number(1 << (bits - 1) | 1)), "key.size")
        for bits in (512, 1_023, 1_024, 2_047, 8_193, 16_384, 65_536)
    ),
    *(Member("J-027", f"e {e}", jwk("k1", e=number(e)), "key.exponent") for e in (1, 2, 3, 65_536, 65_538, 2**32 + 1)),
    Member("J-027", "e of 2,000 bits", jwk("k1", e=number(1 << 1_999 | 1)), "key.exponent"),
    # A zero byte in front is a spelling of its own, and all that there is of nought.
    *(Member("J-027", f"e {e}", jwk("k1", e=e), "key.number") for e in ("AA", "AAEAAQ", "", "AQAB=", "AQ AB", 65_537)),
    Member("J-030", "as it should be", point(PX, PY), None, PROVIDER),
    Member("J-030", "a small point", point(*SMALL), None, PROVIDER),
    Member("J-030", "x + p", point(SMALL[0] + P256_PRIME, SMALL[1]), "key.number", PROVIDER),
    Member("J-030", "not on the curve", point(PX, PY ^ 1), "key.number", PROVIDER),
    Member("J-030", "nought", point(0, 0), "key.number", PROVIDER),
    Member("J-030", "longer coordinates", point(PX, PY, length=33), "key.number", PROVIDER),
    Member("J-030", "shorter coordinates", point(SMALL[0], SMALL[1], x=number(SMALL[0])), "key.number", PROVIDER),
    *(
        Member("J-030", f"crv {crv}", point(PX, PY, crv=crv), "key.curve_mismatch", PROVIDER)
        for crv in (ABSENT, "P-257", "secp256k1", "sect233k1", "p-256", 256)
    ),
]


@pytest.mark.parametrize(
    ("key", "reason", "party"),
    [pytest.param(member.key, member.reason, member.party, id=f"{member.row} {member.variant}") for member in MEMBERS],
)
def test_a_member_is_left_out(key: Mapping[str, object], reason: str | None, party: Party) -> None:
    """And said why; the others serve. As a document's only key it leaves nothing to serve."""
    body = document(key, jwk("k2"))
    algorithms = party.options.get("algorithms", ("RS256",))
    assert [reason] == [why for _, why in key_table(body, algorithms).skipped] or reason is None
    endpoint = Endpoint(body, party)
    if party is PROVIDER:
        by_member = write({"alg": "ES256", "kid": "k1"}, OIDC_CLAIMS, ecdsa(P256, SHA256()))
        by_other = write({"alg": "RS256", "kid": "k2"}, OIDC_CLAIMS, pkcs1(K2))
    else:
        by_member, by_other = T0, BY_K2
    if reason is None:
        assert endpoint.refusal(by_member) in (None, (BadSignature, "signature.invalid"))
        assert 2 == endpoint.verifier.health()[0].keys
        return
    assert (UnknownKey, "key.not_found") == endpoint.refusal(by_member)
    assert endpoint.refusal(by_other) is None
    assert 1 == endpoint.verifier.health()[0].keys
    alone = Endpoint(document(key), party)
    assert (KeysUnavailable, "unavailable.no_usable_key") == alone.refusal(by_member)


@row("J-021")
def test_a_published_secret_signs_nothing(row: str) -> None:
    """Whoever reads the document could."""
    secret = {"kty": "oct", "kid": "k1", "k": b64(bytes(32)), "alg": "HS256"}
    endpoint = Endpoint(document(secret, jwk("k2")))
    assert (MalformedToken, "header.alg_not_allowed") == endpoint.refusal(headed({"alg": "HS256"}))
    assert 0 == endpoint.source.count


@row("J-033")
def test_a_keys_certificates_are_not_looked_at(row: str) -> None:
    """The numbers are the key; nobody is asked for anything beside them."""
    with scripted(answer(b"{}")) as canary:
        key = jwk("k1", x5c=["MIIB"], x5u=canary.url, x5t="AAAA", **{"x5t#S256": "AAAA"})
        endpoint = Endpoint(document(key))
        assert endpoint.refusal() is None
    assert ([], 1) == (canary.requests, endpoint.source.count)


# -- Fetching ----------------------------------------------------------------------------------------------------------


def unavailable(verifier: Verifier) -> tuple[str, str | None, int]:
    """Why no keys can be had, and for how long that is so."""
    error = refusal(verifier, T0)
    assert isinstance(error, KeysUnavailable)
    return error.reason, verifier.health()[0].error, error.retry_after


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param("gzip", gzip.compress(bytes(10_000_000)), id="J-015 gzip"),
        pytest.param(
            "gzip, gzip, gzip", gzip.compress(gzip.compress(gzip.compress(BOTH_KEYS))), id="J-015 three times"
        ),
        pytest.param("br", BOTH_KEYS, id="J-015 br"),
        pytest.param("identity, gzip", gzip.compress(BOTH_KEYS), id="J-015 identity and gzip"),
    ],
)
def test_nothing_is_unpacked(headers: str, body: bytes) -> None:
    """It was asked for as it is."""
    head = f"Content-Type: application/json\nContent-Encoding: {headers}"
    with scripted(answer(body, headers=head)) as server:
        assert ("unavailable.content_encoding", "jwks.content_encoding") == unavailable(served(server.url))[:2]
    assert b"\r\naccept-encoding: identity\r\n" in server.requests[0].lower()


@pytest.mark.parametrize(
    ("status", "location"),
    [
        pytest.param(status, location, id=f"J-041 {status} to {name}")
        for status, (name, location) in zip(
            ("301", "302", "303", "307", "308", "302"),
            {
                "another host": "{other}",
                "http": "http://127.0.0.1:1/",
                "a file": "file:///etc/passwd",
                "itself": "{url}",
                "another path": "/elsewhere.json",
                "a host by scheme": "//127.0.0.1:1/",
            }.items(),
            strict=True,
        )
    ],
)
def test_a_redirect_leads_nowhere(status: str, location: str) -> None:
    """There is no second request, to nobody."""
    places: dict[str, str] = {}

    def script(peer: Peer) -> None:
        answer(status=f"{status} x", headers=f"Location: {location.format(**places)}")(peer)

    with scripted(answer(BOTH_KEYS)) as other, scripted(script) as server:
        places.update(url=server.url, other=other.url)
        assert ("unavailable.redirect", "jwks.redirect") == unavailable(served(server.url))[:2]
    assert (1, 0) == (len(server.requests), len(other.requests))


JSON: Final = "Content-Type: application/json"
STATUSES: Final[Mapping[str, Script]] = {
    "200 of no type": answer(BOTH_KEYS, headers=""),
    "200 of text": answer(BOTH_KEYS, headers="Content-Type: text/html"),
    **{
        f"{status}": answer(b"" if status in (204, 304) else BOTH_KEYS, status=f"{status} x")
        for status in (204, 206, 304, 401, 403, 404, 429, 500, 503)
    },
}


@pytest.mark.parametrize("script", [pytest.param(script, id=f"J-042 {name}") for name, script in STATUSES.items()])
def test_a_status_is_200_or_nothing(script: Script) -> None:
    """With a document or without; what was good before is so still."""
    with scripted(script) as server:
        assert ("unavailable.http_status", "jwks.http_status") == unavailable(served(server.url))[:2]
    assert 1 == len(server.requests)


@row("J-042")
def test_a_server_may_ask_for_patience(row: str) -> None:
    """For five minutes, and no more; meanwhile the keys that there are serve, and nobody is asked."""
    scripts = iter([answer(BOTH_KEYS), answer(status="429 x", headers=f"{JSON}\nRetry-After: 86400")])
    clocks = Clocks()

    def script(peer: Peer) -> None:
        next(scripts)(peer)

    with scripted(script) as server:
        pool = UserPool(POOL_ID, clients={CLIENT}, jwks_uri=server.url)
        verifier = Verifier(pool, clock=clocks.wall, monotonic=clocks.monotonic)
        assert refusal(verifier, T0) is None
        clocks.tick(A_WHILE)
        verifier.warm()
        health = verifier.health()[0]
        assert ("jwks.http_status", 300) == (health.error, health.next_attempt)
        clocks.tick(299)
        assert refusal(verifier, T0) is None
        error = refusal(verifier, BY_K3)
        assert isinstance(error, KeysUnavailable)
        assert 1 == error.retry_after
    assert 2 == len(server.requests)


def server_context(folder: Path, days: tuple[int, int], host: str, maximum: ssl.TLSVersion | None) -> ssl.SSLContext:
    """What a server has that is good from one day to another, counted from today, and nobody vouches for."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, K1.public_key(), x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days[0]))
        .not_valid_after(now + dt.timedelta(days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(K1, SHA256())
    )
    path = folder / "server.pem"
    private = K1.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if maximum is not None:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = context.maximum_version = maximum
    return context


@pytest.mark.parametrize(
    ("days", "host", "maximum"),
    [
        pytest.param((-2, -1), "localhost", None, id="J-044 expired"),
        pytest.param((-1, 1), "localhost", None, id="J-044 self-signed"),
        pytest.param((-1, 1), "attacker.example", None, id="J-044 wrong host"),
        pytest.param((-1, 1), "localhost", ssl.TLSVersion.TLSv1, id="J-044 TLS 1.0 only"),
    ],
)
def test_tls_is_not_negotiable(
    days: tuple[int, int], host: str, maximum: ssl.TLSVersion | None, tmp_path: Path
) -> None:
    """Nothing is asked of a server that cannot say who it is, and no argument turns that off."""
    with scripted(answer(BOTH_KEYS), server_context(tmp_path, days, host, maximum)) as server:
        verifier = served(f"https://localhost:{server.port}/jwks.json")
        assert ("unavailable.tls", "jwks.tls") == unavailable(verifier)[:2]
    assert [] == server.requests


@row("J-046")
def test_headers_have_a_limit(row: str) -> None:
    """Twelve megabytes of them are not read to the end."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    padding = b"".join(b"X-%d: " % n + b"x" * 60_000 + b"\r\n" for n in range(200))
    with scripted(saying(head + padding + b"\r\n" + BOTH_KEYS)) as server:
        assert ("unavailable.fetch_failed", "jwks.fetch_failed") == unavailable(served(server.url))[:2]


# -- Floods ------------------------------------------------------------------------------------------------------------


@row("J-050")
def test_invented_keys_cost_two_fetches(row: str) -> None:
    """In thirty seconds, whatever their number; and good tokens pass all the while."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    reasons = {endpoint.refusal(token) for token in inventions(10_000)}
    assert {(UnknownKey, "key.not_found")} == reasons
    assert endpoint.refusal() is None
    assert 2 == endpoint.source.count
    endpoint.clocks.tick(30)
    assert {(UnknownKey, "key.not_found")} == {endpoint.refusal(token) for token in inventions(100)}
    assert 4 >= endpoint.source.count


@row("J-051")
def test_an_outage_is_no_storm(row: str) -> None:
    """Attempts become rarer, and what is known stays known."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    endpoint.source.answer = FetchError("jwks.http_status")
    endpoint.clocks.tick(A_WHILE)
    for _ in range(300):
        assert {KeysUnavailable} == {type(refusal(endpoint.verifier, token)) for token in inventions(10)}
        assert endpoint.refusal() is None
        endpoint.clocks.tick(1)
    assert 22 >= endpoint.source.count
    endpoint.publish(BOTH_KEYS)
    assert (None, None) == (endpoint.refusal(), endpoint.error)


@row("J-052")
def test_invented_issuers_cost_nothing(row: str) -> None:
    """There is nobody to ask about them."""
    endpoint = Endpoint()
    for _ in range(10_000):
        payload = b64(text({**access_claims(), "iss": f"https://{os.urandom(8).hex()}.example"}))
        assert (UnknownIssuer, "claims.iss_unknown") == endpoint.refusal(f"{H}.{payload}.{S}")
    assert 0 == endpoint.source.count


@row("J-053")
def test_a_thousand_threads_share_a_fetch(row: str) -> None:
    """Who comes while it is under way waits for it."""
    endpoint = Endpoint()
    endpoint.source.gate.clear()
    start = threading.Barrier(1_001, timeout=PATIENCE)

    def verify() -> tuple[type, str] | None:
        start.wait()
        return endpoint.refusal()

    with ThreadPoolExecutor(1_000) as pool:
        answers = [pool.submit(verify) for _ in range(1_000)]
        start.wait()
        assert endpoint.source.asked.wait(PATIENCE)
        endpoint.source.gate.set()
        assert {None} == {answer.result(PATIENCE) for answer in answers}
    assert 1 == endpoint.source.count


def awaiting(source: Source) -> AsyncVerifier:
    clocks = Clocks()
    return AsyncVerifier(POOL.remote(), fetch=source.afetch, clock=clocks.wall, monotonic=clocks.monotonic)


@row("J-053")
def test_a_thousand_tasks_share_a_fetch(row: str) -> None:
    """As threads do."""
    source = Source(BOTH_KEYS)
    verifier = awaiting(source)

    async def verify_all() -> set[str]:
        return {principal.subject for principal in await asyncio.gather(*(verifier.verify(T0) for _ in range(1_000)))}

    assert {access_claims()["sub"]} == asyncio.run(verify_all())
    assert 1 == source.count


@row("J-054")
def test_a_leader_that_leaves_strands_nobody(row: str) -> None:
    """The fetch is no more the caller's who happened to come first than anybody else's."""
    source = Source(BOTH_KEYS)
    source.gate.clear()
    verifier = awaiting(source)

    async def leave() -> str:
        leader = asyncio.create_task(verifier.verify(T0))
        follower = asyncio.create_task(verifier.verify(T0))
        while not source.asked.is_set():  # noqa: ASYNC110  it serves threads too, and knows no loop
            await asyncio.sleep(0)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        source.gate.set()
        return (await follower).subject

    assert access_claims()["sub"] == asyncio.run(leave())
    assert 1 == source.count


def in_child(work: Callable[[], bool]) -> bool:
    """Do *work* in a forked child, and give its answer."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of forking beside other threads
        child = os.fork()
    if not child:
        signal.alarm(int(PATIENCE))
        good = False
        try:
            good = work()
        finally:
            os._exit(0 if good else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@row("J-055")
def test_a_forked_child_has_its_own_fetches(row: str) -> None:
    """One that was under way when it was born stays with its parent."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    endpoint.source.asked.clear()
    endpoint.source.gate.clear()
    endpoint.clocks.tick(A_WHILE)
    assert endpoint.refusal() is None
    assert endpoint.source.asked.wait(PATIENCE), "a renewal is under way"

    def verify() -> bool:
        endpoint.source.gate = threading.Event()
        endpoint.source.gate.set()
        endpoint.source.answer = document(jwk("k1"), jwk("k3"))
        return [None, None] == [endpoint.refusal(token) for token in (T0, BY_K3)]

    assert in_child(verify)
    endpoint.source.gate.set()
    assert (UnknownKey, "key.not_found") == endpoint.refusal(BY_K3)


# -- Old keys ----------------------------------------------------------------------------------------------------------


@row("J-060")
def test_a_withdrawn_key_is_gone(row: str) -> None:
    """A new document takes the old one's place and adds nothing to it; remembered tokens go with their key."""
    endpoint = Endpoint()
    assert [None, None] == [endpoint.refusal(token) for token in (T0, BY_K2)]
    endpoint.publish(document(jwk("k2")))
    assert (UnknownKey, "key.not_found") == endpoint.refusal()
    assert endpoint.refusal(BY_K2) is None


@row("J-061")
def test_old_keys_serve_for_a_day(row: str) -> None:
    """And not a second longer."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    endpoint.source.answer = FetchError("jwks.fetch_failed")
    late = {"iat": NOW + 86_000, "auth_time": NOW, "exp": NOW + 90_000}
    endpoint.clocks.tick(86_399)
    assert endpoint.refusal(write(HEADER, access_claims(late))) is None
    endpoint.clocks.tick(1)
    for claims in (late, {**late, "jti": "another"}):
        error = endpoint.refusal(write(HEADER, access_claims(claims)))
        assert error is not None
        assert KeysUnavailable is error[0]


@row("J-064")
def test_an_answer_is_never_overtaken(row: str) -> None:
    """One that comes after the attempt was given up, and another has learned more, changes nothing."""
    answers: list[bytes] = [BOTH_KEYS, BOTH_KEYS, document(jwk("k1"), jwk("k3"))]
    asked, gate = threading.Event(), threading.Event()
    count = 0

    def fetch(_: str) -> bytes:
        nonlocal count
        count += 1
        answer = answers[min(count, len(answers)) - 1]
        if count == 2:
            asked.set()
            assert gate.wait(PATIENCE)
        return answer

    clocks = Clocks()
    verifier = without_keys(POOL, fetch=fetch, clock=clocks.wall, monotonic=clocks.monotonic)
    assert refusal(verifier, T0) is None
    clocks.tick(A_WHILE)
    assert refusal(verifier, T0) is None
    assert asked.wait(PATIENCE)
    clocks.tick(60)
    assert refusal(verifier, BY_K3) is None
    before = verifier.health()
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "cogauth-keys":
            thread.join(PATIENCE)
    assert (3, before) == (count, verifier.health())
    assert refusal(verifier, BY_K3) is None
    withdrawn = refusal(verifier, BY_K2)
    assert withdrawn is not None
    assert "key.not_found" == withdrawn.reason


@row("J-065")
def test_a_kid_is_not_the_key(row: str) -> None:
    """Another key under the same name: what the old one vouched for is looked at anew."""
    endpoint = Endpoint()
    assert endpoint.refusal() is None
    endpoint.publish(document(jwk("k3", kid="k1")))
    assert (BadSignature, "signature.invalid") == endpoint.refusal()
    assert endpoint.refusal(headed({}, pkcs1(K3))) is None


@row("J-033")
def test_pinned_keys_ask_nobody(row: str) -> None:
    """Whatever their certificates say."""
    party = replace(POOL, document=document(jwk("k1", x5c=["MIIB"], x5u="https://attacker.example/")))
    assert refusal(with_keys(party), T0) is None
