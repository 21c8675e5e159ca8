"""Signing keys: their names, the document, rotation and withdrawal."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from cogauth import ConfigurationError
from cogauth.testing import LocalUserPool
from cogauth.testing.signing_keys import SigningKeys, checked_use


def kids(keys: SigningKeys) -> list[str]:
    """The ids in the document, in its order."""
    return [key["kid"] for key in keys.document()["keys"]]


def test_each_key_has_exactly_the_members_of_a_real_one(pool: LocalUserPool) -> None:
    """RSA-2048, public exponent 65537, and nothing private."""
    assert {"keys"} == pool.jwks.keys()
    assert 2 == len(pool.jwks["keys"])
    for key in pool.jwks["keys"]:
        assert {"kid", "alg", "kty", "e", "n", "use"} == key.keys()
        assert ("RS256", "RSA", "AQAB", "sig") == (key["alg"], key["kty"], key["e"], key["use"])
        assert 342 == len(key["n"])  # 256 bytes
        assert 2048 == RSAKey.import_key(dict(key)).raw_value.key_size


def test_kid_is_the_hash_of_the_public_key(pool: LocalUserPool) -> None:
    """Recomputed from the document with another library: standard base64, 44 characters, padded."""
    for key in pool.jwks["keys"]:
        public = jwt.PyJWK(dict(key)).key
        assert isinstance(public, RSAPublicKey)
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert base64.standard_b64encode(hashlib.sha256(spki).digest()).decode() == key["kid"]
        assert 44 == len(key["kid"])
        assert key["kid"].endswith("=")


def test_the_document_is_a_copy(pool: LocalUserPool) -> None:
    """Whoever changes it, to try a bad one, does not change the pool."""
    document = pool.jwks
    document["keys"].pop()["kid"] = "changed"
    assert 2 == len(pool.jwks["keys"])
    assert "changed" not in {key["kid"] for key in pool.jwks["keys"]}


def test_two_pools_share_no_key(pool: LocalUserPool) -> None:
    """A token of one never verifies under the other."""
    twin = LocalUserPool(pool.pool_id, clients=pool.clients)
    assert not {key["n"] for key in pool.jwks["keys"]} & {key["n"] for key in twin.jwks["keys"]}


def test_keys_are_made_once() -> None:
    """However many threads ask first."""
    keys = SigningKeys()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(kids, [keys] * 8))
    assert [kids(keys)] * 8 == found
    assert {keys.current("access").kid, keys.current("id").kid} == set(kids(keys))


def test_rotation_adds_keys_and_keeps_the_old() -> None:
    """Also when nobody had looked at the old ones before."""
    keys = SigningKeys()
    keys.rotate()
    before = kids(keys)
    assert 4 == len(before)
    assert before[2:] == [keys.current("access").kid, keys.current("id").kid]
    keys.rotate()
    assert before == kids(keys)[:4]
    assert 6 == len(kids(keys))
    assert not {keys.current("access").kid, keys.current("id").kid} & set(before)


def test_rotation_may_withdraw_the_old_keys() -> None:
    """All of them: the current ones, those of earlier rotations, and also when nobody had looked before."""
    keys = SigningKeys()
    keys.rotate(keep_old=False)
    before = kids(keys)
    assert [keys.current("access").kid, keys.current("id").kid] == before
    keys.rotate()
    keys.rotate(keep_old=False)
    assert [keys.current("access").kid, keys.current("id").kid] == kids(keys)
    assert not set(before) & set(kids(keys))


def test_a_withdrawn_key_has_no_successor_until_one_is_needed() -> None:
    """The document shrinks by one; signing brings in a fresh key; the other use is untouched."""
    keys = SigningKeys()
    withdrawn, other = keys.current("access").kid, keys.current("id").kid
    keys.withdraw("access")
    assert [other] == kids(keys)
    fresh = keys.current("access").kid
    assert fresh not in {withdrawn, other}
    assert [other, fresh] == kids(keys)
    assert other == keys.current("id").kid


def test_withdrawal_after_rotation_spares_the_older_keys() -> None:
    """It is the current key that goes."""
    keys = SigningKeys()
    before = kids(keys)
    keys.rotate()
    current = keys.current("id").kid
    keys.withdraw("id")
    assert [*before, keys.current("access").kid] == kids(keys)
    assert current not in kids(keys)


def test_withdrawal_may_come_first_and_twice() -> None:
    """A key that was never made has never been published; rotation ends the vacancy."""
    keys = SigningKeys()
    keys.withdraw("access")
    keys.withdraw("access")
    assert 1 == len(kids(keys))
    keys.rotate()
    assert 3 == len(kids(keys))


def test_a_key_shows_nothing_private() -> None:
    """Its representation is its public name."""
    key = SigningKeys().current("access")
    assert f"<SigningKey {key.kid}>" == repr(key)


@pytest.mark.parametrize("use", ["refresh", "", None, "ACCESS"])
def test_there_are_two_uses(use: Any) -> None:
    """Anything else is refused, with the two that there are."""
    with pytest.raises(ConfigurationError, match=r"\['access', 'id'\]"):
        checked_use(use)
