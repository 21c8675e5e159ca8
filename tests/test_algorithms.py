"""Algorithms: which there are, what each is for, and how a key for one differs from what a token asks for."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import OIDCIssuer, Verifier
from cogauth.algorithms import ALGORITHMS, mismatch
from cogauth.errors import BadSignature, MalformedToken, TokenError, UnknownKey
from tests.support.providers import API, PROVIDER, documented, jwk_of, provider_claims, token_of
from tests.support.tokens import NOW

NAMES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


def test_these_and_no_others() -> None:
    """What is signed with a private key; nothing that a public key could forge, and nothing that is not signed."""
    assert NAMES == list(ALGORITHMS)
    assert NAMES == [algorithm.name for algorithm in ALGORITHMS.values()]


@pytest.mark.parametrize(
    ("name", "kty", "curve", "bits"),
    [
        *((f"{family}{bits}", "RSA", None, bits) for family in ("RS", "PS") for bits in (256, 384, 512)),
        ("ES256", "EC", "P-256", 256),
        ("ES384", "EC", "P-384", 384),
        ("ES512", "EC", "P-521", 512),
        ("EdDSA", "OKP", "Ed25519", 256),
        ("Ed25519", "OKP", "Ed25519", 256),
    ],
)
def test_each_is_bound_to_one_kind_of_key(name: str, kty: str, curve: str | None, bits: int) -> None:
    """RFC 7518 section 3.1, RFC 8037 section 3.1: P-521 goes with SHA-512."""
    assert (name, kty, curve, bits) == ALGORITHMS[name]


@pytest.mark.parametrize(
    "name", ["none", "None", "HS256", "HS512", "rs256", "ES256K", "ES521", "Ed448", "EDDSA", "RS1", "RSA-OAEP", ""]
)
def test_there_is_none_of_this_name(name: str) -> None:
    """Names are compared as they are written."""
    assert name not in ALGORITHMS


def test_nobody_adds_one() -> None:
    """Not even in the same process."""
    table: Any = ALGORITHMS
    with pytest.raises(TypeError):
        table["none"] = ALGORITHMS["RS256"]


@pytest.mark.parametrize(
    ("wanted", "found", "reason"),
    [
        ("RS256", "RS512", "key.alg_mismatch"),
        ("RS256", "PS256", "key.alg_mismatch"),
        ("EdDSA", "Ed25519", "key.alg_mismatch"),
        ("RS256", "ES256", "key.type_mismatch"),
        ("ES256", "EdDSA", "key.type_mismatch"),
        ("Ed25519", "PS512", "key.type_mismatch"),
        ("ES256", "ES384", "key.curve_mismatch"),
        ("ES512", "ES384", "key.curve_mismatch"),
        ("none", "RS256", "key.alg_mismatch"),
        ("RS256", "HS256", "key.alg_mismatch"),
        ("", "", "key.alg_mismatch"),
    ],
)
def test_how_a_key_differs(wanted: str, found: str, reason: str) -> None:
    """In its type before its curve, and in its curve before its algorithm."""
    assert reason == mismatch(wanted, found)


# -- Tokens ------------------------------------------------------------------------------------------------------------


def verifier(*members: object, algorithms: list[str] = NAMES) -> Verifier:
    """A verifier of one provider with these keys, pinned."""
    provider = OIDCIssuer(
        PROVIDER, audience={API}, algorithms=algorithms, jwks=documented(*members).decode(), name="provider"
    )
    return Verifier(provider, clock=lambda: NOW)


def refusal(of: Verifier, token: str) -> tuple[type[TokenError], str]:
    """Why a token is refused."""
    with pytest.raises(TokenError) as caught:
        of.verify(token)
    return type(caught.value), caught.value.reason


@pytest.mark.parametrize("alg", NAMES)
def test_a_token_of_each_is_verified(alg: str) -> None:
    """Signed by a key that the issuer publishes for it."""
    assert "u-1" == verifier(jwk_of(alg)).verify(token_of(provider_claims(), alg)).subject


@pytest.mark.parametrize("alg", NAMES)
def test_a_token_of_each_is_refused_when_another_signed_it(alg: str) -> None:
    """The key has the right name and kind, and is not the right one."""
    assert (BadSignature, "signature.invalid") == refusal(
        verifier(jwk_of(alg)), token_of(provider_claims(), alg, key="k2")
    )


@pytest.mark.parametrize("alg", NAMES)
def test_a_token_of_each_is_refused_where_it_is_not_named(alg: str) -> None:
    """What the issuer does not list is not accepted, though there is a key that could."""
    others = [name for name in NAMES if name != alg]
    spare = jwk_of(others[0], "spare")
    assert (MalformedToken, "header.alg_not_allowed") == refusal(
        verifier(jwk_of(alg), spare, algorithms=others), token_of(provider_claims(), alg)
    )


@pytest.mark.parametrize(
    ("asked", "has", "reason"),
    [
        pytest.param("RS256", "ES256", "key.type_mismatch", id="RSA asked of EC"),
        pytest.param("ES256", "RS256", "key.type_mismatch", id="EC asked of RSA"),
        pytest.param("EdDSA", "ES256", "key.type_mismatch", id="Ed25519 asked of EC"),
        pytest.param("ES256", "EdDSA", "key.type_mismatch", id="EC asked of Ed25519"),
        pytest.param("ES256", "ES384", "key.curve_mismatch", id="P-256 asked of P-384"),
        pytest.param("ES384", "ES256", "key.curve_mismatch", id="P-384 asked of P-256"),
        pytest.param("ES512", "ES256", "key.curve_mismatch", id="P-521 asked of P-256"),
        pytest.param("RS256", "RS512", "key.alg_mismatch", id="SHA-256 asked of SHA-512"),
        pytest.param("PS256", "RS256", "key.alg_mismatch", id="PSS asked of PKCS #1 v1.5"),
        pytest.param("RS256", "PS256", "key.alg_mismatch", id="PKCS #1 v1.5 asked of PSS"),
        pytest.param("Ed25519", "EdDSA", "key.alg_mismatch", id="the new name asked of the old"),
    ],
)
def test_a_key_is_for_one_algorithm(asked: str, has: str, reason: str) -> None:
    """A token that asks another of it is refused, though its issuer allows both."""
    assert (UnknownKey, reason) == refusal(verifier(jwk_of(has)), token_of(provider_claims(), asked))


@pytest.mark.parametrize(
    ("algorithms", "key", "accepted", "refused"),
    [
        pytest.param(["RS256", "PS256"], "RS256", "RS256", "PS256", id="RS before PS"),
        pytest.param(["PS256", "RS256"], "RS256", "PS256", "RS256", id="PS before RS"),
        pytest.param(["ES256", "RS512", "RS256"], "RS256", "RS512", "RS256", id="the first that fits, not the first"),
        pytest.param(["EdDSA", "Ed25519"], "EdDSA", "EdDSA", "Ed25519", id="the old name first"),
        pytest.param(["Ed25519", "EdDSA"], "EdDSA", "Ed25519", "EdDSA", id="the new name first"),
    ],
)
def test_silence_does_not_widen(algorithms: list[str], key: str, accepted: str, refused: str) -> None:
    """A key that does not say what it is for is for the first of the issuer's algorithms that it can serve."""
    member = {name: value for name, value in jwk_of(key).items() if name != "alg"}
    judged = verifier(member, algorithms=algorithms)
    assert "u-1" == judged.verify(token_of(provider_claims(), accepted)).subject
    assert (UnknownKey, "key.alg_mismatch") == refusal(judged, token_of(provider_claims(), refused))
