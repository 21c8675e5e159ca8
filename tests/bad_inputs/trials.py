"""What the rows of bad input are tried with: keys, signers of any nonsense, and verifiers that can be watched."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any, Final, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from cogauth import CogAuthError, MalformedToken, OIDCIssuer, TokenError, UserPool, Verifier
from tests.support.clocks import Clocks
from tests.support.sources import Source
from tests.support.tokens import (
    CLIENT,
    OTHER_POOL_ID,
    POOL_ID,
    Changes,
    access_claims,
    changed,
    id_claims,
    signing_key,
)

Signer: TypeAlias = Callable[[bytes], bytes]
Text: TypeAlias = Changes | bytes

K1: Final = signing_key("k1").private
K2: Final = signing_key("k2").private
K3: Final = signing_key("k3").private
"""The other pool's key, which that pool calls `k1`."""
KX: Final = signing_key("kx").private
"""In nobody's document."""

OTHER_CLIENT: Final = "7abcdefghijklmnopqrstuvwxy"
HEADER: Final[Changes] = {"kid": "k1", "alg": "RS256"}


# -- Writing tokens ----------------------------------------------------------------------------------------------------


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def text(members: Text) -> bytes:
    """Members as JSON, in ASCII: what is not is escaped, lone surrogates included. Bytes stay as they are."""
    return members if isinstance(members, bytes) else json.dumps(members, separators=(",", ":")).encode()


def pkcs1(key: RSAPrivateKey = K1, digest: HashAlgorithm | None = None) -> Signer:
    """RSASSA-PKCS1-v1_5, as RS256 unless another digest is given."""
    return lambda octets: key.sign(octets, padding.PKCS1v15(), digest or SHA256())


def pss(key: RSAPrivateKey = K1, salt: int = 32, mask: HashAlgorithm | None = None) -> Signer:
    """RSASSA-PSS with SHA-256, as PS256 unless the salt's length or the digest of its mask say otherwise."""
    scheme = padding.PSS(padding.MGF1(mask or SHA256()), salt)
    return lambda octets: key.sign(octets, scheme, SHA256())


def ecdsa(key: ec.EllipticCurvePrivateKey, digest: HashAlgorithm) -> Signer:
    """ECDSA in the form of RFC 7518 section 3.4: both numbers at full length, one after the other."""
    length = (key.key_size + 7) // 8

    def sign(octets: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(digest)))
        return r.to_bytes(length) + s.to_bytes(length)

    return sign


def eddsa(key: Ed25519PrivateKey) -> Signer:
    return key.sign


def seal(signing_input: str, sign: Signer | None = None) -> str:
    """Sign a text that is meant to look like header and payload."""
    return f"{signing_input}.{b64((sign or pkcs1())(signing_input.encode('utf-8', 'surrogatepass')))}"


def write(header: Text, payload: Text, sign: Signer | None = None) -> str:
    """Sign this header and payload, by `K1` with RS256 unless *sign* does it."""
    return seal(f"{b64(text(header))}.{b64(text(payload))}", sign)


def headed(changes: Changes, sign: Signer | None = None) -> str:
    """A good access token but for its header."""
    return write(changed(HEADER, changes), access_claims(), sign)


def claiming(changes: Changes) -> str:
    """A good access token but for its claims."""
    return write(HEADER, access_claims(changes))


def identifying(changes: Changes) -> str:
    """A good ID token but for its claims."""
    return write(HEADER, id_claims(changes))


def spelled(members: str, claims: Changes | None = None) -> str:
    """An access token whose payload has these members, as they are spelled here, behind its own."""
    return write(HEADER, text(access_claims(claims))[:-1] + f",{members}}}".encode())


# -- Whom to try them on -----------------------------------------------------------------------------------------------


def jwk(name: str, **changes: object) -> dict[str, object]:
    """The public key called *name*; `kid` and any other member may be changed."""
    return changed({**signing_key(name).jwk}, changes)


def document(*members: object) -> bytes:
    return json.dumps({"keys": members}).encode()


@dataclass(frozen=True)
class Party:
    """An issuer before it is known where its keys come from."""

    make: Callable[..., UserPool | OIDCIssuer] = UserPool
    name: str = POOL_ID
    options: Mapping[str, Any] = field(default_factory=lambda: {"clients": {CLIENT}})
    document: bytes = field(default_factory=lambda: document(jwk("k1"), jwk("k2")))

    def pinned(self) -> UserPool | OIDCIssuer:
        """With its keys at hand."""
        return self.make(self.name, **self.options, jwks=self.document.decode())

    def remote(self) -> UserPool | OIDCIssuer:
        """With its keys at a place of its own."""
        return self.make(self.name, **self.options, jwks_uri=self.url)

    @property
    def url(self) -> str:
        return f"https://keys.example/{self.name.removeprefix('https://')}"


ACCESS: Final = (Party(),)
ID: Final = (Party(options={"clients": {CLIENT}, "token_use": "id"}),)
OTHER: Final = Party(name=OTHER_POOL_ID, document=document(jwk("k3", kid="k1"), jwk("k4", kid="k4")))
TWO_POOLS: Final = (*ACCESS, OTHER)


class Library:
    """Gives each party's document at its URL, and keeps count."""

    def __init__(self, *parties: Party) -> None:
        self._documents = {party.url: party.document for party in parties}
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self._documents[url]


def with_keys(*parties: Party, **options: Any) -> Verifier:
    """A verifier that has all keys, and nobody to ask; the options are Verifier's."""
    nobody = Source(AssertionError("nothing is to be fetched here")).fetch
    return _verifier([party.pinned() for party in parties], {"fetch": nobody, **options})


def without_keys(*parties: Party, fetch: Callable[[str], bytes], **options: Any) -> Verifier:
    """A verifier that has to ask for any key."""
    return _verifier([party.remote() for party in parties], {"fetch": fetch, **options})


def _verifier(issuers: list[UserPool | OIDCIssuer], options: Mapping[str, Any]) -> Verifier:
    clocks = Clocks()  # of its own, for what one clock sees in a second is limited
    chosen: dict[str, Any] = {"clock": clocks.wall, "monotonic": clocks.monotonic, **options}
    return Verifier(*issuers, **chosen)


def refusal(verifier: Verifier, token: Any) -> CogAuthError | None:
    """What the verifier has against the token. Whatever is none of cogauth's own errors is the test's to fail on."""
    try:
        verifier.verify(token)
    except CogAuthError as error:
        return error
    return None


def libraries(work: Callable[[], object]) -> set[str]:
    """Do *work* and tell whose compiled code it called in this thread, by the top name of the module."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            owner = argument.__self__
            module = argument.__module__ if isinstance(owner, ModuleType | None) else type(owner).__module__
            seen.add(str(module).partition(".")[0])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return seen


# -- Rows --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One variant of a row: what is sent to whom, and why it is refused; accepted where there is no error."""

    row: str
    variant: str
    token: object
    error: type[TokenError] | None = None
    reason: str = ""
    parties: tuple[Party, ...] = ACCESS
    leeway: float = 0

    @property
    def needs_key(self) -> bool:
        """Whether the key must be looked up to tell: nothing else is worth a question to the network."""
        return self.error is None or self.reason.startswith(("key.", "signature."))

    @property
    def needs_crypto(self) -> bool:
        return self.error is None or self.reason == "signature.invalid"

    def check(self) -> None:
        """Try the token on a verifier that has the keys, and on one that has to ask for them."""
        # With a key at hand claims are looked at once its owner has signed them, but for the owner's name.
        judged = self.reason.startswith("claims.") and self.error is not MalformedToken and "iss_" not in self.reason
        claimed = judged or self.reason == "header.typ"
        self._check(with_keys(*self.parties, leeway=self.leeway), crypto=self.needs_crypto or claimed)
        library = Library(*self.parties)
        self._check(without_keys(*self.parties, fetch=library, leeway=self.leeway), crypto=self.needs_crypto)
        assert int(self.needs_key) == len(library.asked)

    def _check(self, verifier: Verifier, *, crypto: bool) -> None:
        errors: list[CogAuthError | None] = []
        used = libraries(lambda: errors.append(refusal(verifier, self.token)))
        (error,) = errors
        if error is None:
            assert self.error is None, "accepted"
        else:
            assert (self.error, self.reason) == (type(error), error.reason)
            assert error.message == str(error)
            assert error.__cause__ is None
        assert crypto == ("cryptography" in used), used


def cases(*groups: list[Case]) -> pytest.MarkDecorator:
    """Parametrize by these, each under its row and variant."""
    every = [case for group in groups for case in group]
    return pytest.mark.parametrize(
        "case",
        [pytest.param(case, id=f"{case.row} {case.variant}".encode("unicode_escape").decode()) for case in every],
    )


def row(*ids: str) -> pytest.MarkDecorator:
    """Say which rows a test of its own is about."""
    return pytest.mark.parametrize("row", [pytest.param(name, id=name) for name in ids])


def rows_of(module: ModuleType) -> set[str]:
    """The rows that the tests of *module* are about, by the ids of their parameters."""
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    marks = [mark for test in tests for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    ids = {str(getattr(parameter, "id", "")) for mark in marks for parameter in mark.args[1]}
    return {name.partition(" ")[0] for name in ids if re.match(r"[A-Z]-\d{3}\b", name)}
