"""Trust: which keys and pools stand behind each issuer string, and which sets of issuers make no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogauth import ANY_CLIENT, UserPool
from cogauth.issuers import KeySource
from cogauth.keyring.ring import Keyring
from cogauth.trust import disagreements, trusts
from tests.support.tokens import (
    CLIENT,
    ISSUER,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    UPDATED_ISSUER,
    fetched,
    key_document,
    pinned,
)

ACCESS = UserPool(POOL := "eu-west-1_AbCdEf123", clients={"web"})
IDS = UserPool(POOL, clients={"web"}, token_use="id")
MOBILE = UserPool(POOL, clients={"mobile"})
OTHER = UserPool(OTHER_POOL_ID, clients={"web"})


def rings(*issuers: UserPool, shared: dict[str, Keyring] | None = None) -> dict[str, Keyring]:
    """The ring of each issuer string."""
    return {issuer: trust.ring for issuer, trust in trusts(issuers, shared or {}, Keyring).items()}


def test_each_issuer_string_has_keys_of_its_own() -> None:
    """Both forms of a pool: each is published in a place of its own."""
    found = rings(ACCESS)
    assert [ISSUER, UPDATED_ISSUER] == list(found)
    assert found[ISSUER] is not found[UPDATED_ISSUER]
    assert f"{UPDATED_ISSUER}/.well-known/jwks.json" == found[UPDATED_ISSUER].source.url


def test_one_document_is_fetched_once() -> None:
    """Strings whose keys are in one place share them."""
    found = rings(UserPool(POOL, clients={"web"}, jwks_uri="https://keys.example/k"))
    assert [ISSUER, UPDATED_ISSUER] == list(found)
    assert found[ISSUER] is found[UPDATED_ISSUER]


def test_one_pool_twice_has_its_keys_once() -> None:
    """And all the pools of a string are there, in the order in which they were given."""
    laid_out = trusts((ACCESS, OTHER, IDS, MOBILE), {}, Keyring)
    assert (ACCESS, IDS, MOBILE) == laid_out[ISSUER].issuers == laid_out[UPDATED_ISSUER].issuers
    assert (OTHER,) == laid_out[OTHER_ISSUER].issuers
    assert laid_out[ISSUER].ring is not laid_out[OTHER_ISSUER].ring


def test_keys_to_start_with_are_apart() -> None:
    """A ring that starts with keys is not one that starts without, though both ask in one place."""
    uri = "https://keys.example/k"
    found = rings(
        UserPool(POOL, clients={"web"}, jwks_uri=uri),
        UserPool(OTHER_POOL_ID, clients={"web"}, jwks_uri=uri, jwks_seed=key_document("k1").decode()),
    )
    assert found[ISSUER] is not found[OTHER_ISSUER]


def test_shared_keys_are_taken() -> None:
    """Those of a string that is shared; the others are made."""
    ring = Keyring(KeySource(ISSUER, "https://keys.example/k"))
    found = rings(ACCESS, shared={ISSUER: ring, "https://elsewhere.example": ring})
    assert ring is found[ISSUER]
    assert ring is not found[UPDATED_ISSUER]
    assert 2 == len(found)


SAME = "eu-west-1_AbCdEf123: the same pool twice, and neither token_use nor clients tell the two apart"
KINDS = "issuers: each must be a UserPool, an OIDCIssuer, an IdentityPool or a LoadBalancer"
PLACES = "eu-west-1_AbCdEf123: the same issuer twice, with keys from different places"
KEYS = key_document("k1").decode()


@pytest.mark.parametrize(
    ("issuers", "expected"),
    [
        pytest.param((), ["no issuer given; name at least one UserPool"], id="none"),
        pytest.param((POOL,), [KINDS], id="an id"),
        pytest.param((ACCESS, None), [KINDS], id="a pool and nothing"),
        pytest.param(([ACCESS, OTHER],), [KINDS], id="a list of pools"),
        pytest.param((UserPool,), [KINDS], id="the class"),
        pytest.param((ACCESS, ACCESS), [SAME], id="one pool twice"),
        pytest.param((ACCESS, OTHER, ACCESS), [SAME], id="one pool twice, apart"),
        pytest.param((ACCESS, UserPool(POOL, clients={"x", "web"})), [SAME], id="a common client"),
        pytest.param((ACCESS, UserPool(POOL, clients=ANY_CLIENT)), [SAME], id="any client"),
        pytest.param((IDS, UserPool(POOL, clients={"web"}, token_use="any")), [SAME], id="any use"),
        pytest.param((ACCESS, UserPool(POOL, clients={"web"}, audience="https://api")), [SAME], id="another audience"),
        pytest.param(
            (ACCESS, UserPool(POOL, clients={"x"}, jwks_uri="https://keys.example/k")), [PLACES], id="keys elsewhere"
        ),
        pytest.param((ACCESS, pinned(clients={"x"})), [PLACES], id="keys pinned once"),
        pytest.param(
            (pinned(clients={"x"}), pinned(clients={"y"}, jwks=key_document("k2").decode())), [PLACES], id="other keys"
        ),
        pytest.param(
            (fetched(clients={"x"}), fetched(clients={"y"}, jwks_seed=KEYS)), [PLACES], id="keys to start with, once"
        ),
        pytest.param(
            (pinned(), UserPool(POOL, clients={CLIENT}, jwks_uri="https://keys.example/k")),
            [SAME, PLACES],
            id="both mistakes",
        ),
        pytest.param(
            (UserPool(POOL, clients={"web"}, name="staff"), UserPool(OTHER_POOL_ID, clients={"web"}, name="staff")),
            ["staff: two different issuers have this name"],
            id="one name for two pools",
        ),
    ],
)
def test_issuers_that_make_no_sense(issuers: tuple[Any, ...], expected: list[str]) -> None:
    """Where it would be chance which of two accepts a token, or whose keys count, nobody is trusted."""
    assert expected == disagreements(issuers)


@pytest.mark.parametrize(
    "issuers",
    [
        pytest.param((ACCESS,), id="one"),
        pytest.param((ACCESS, OTHER), id="two pools"),
        pytest.param((ACCESS, IDS), id="one pool for two uses"),
        pytest.param((ACCESS, MOBILE), id="one pool for two clients"),
        pytest.param((ACCESS, IDS, MOBILE, OTHER), id="all of these"),
        pytest.param((pinned(clients={"x"}), pinned(clients={"y"})), id="the same keys pinned twice"),
        pytest.param(
            (pinned(clients={"x"}), pinned(clients={"y"}, jwks=json.loads(KEYS))), id="the same keys in another form"
        ),
        pytest.param((fetched(jwks_seed=KEYS), fetched(token_use="id", jwks_seed=KEYS)), id="the same seed twice"),
        pytest.param(
            (UserPool(POOL, clients={"x"}, name="staff"), UserPool(POOL, clients={"y"}, name="staff")),
            id="one name for one pool twice",
        ),
    ],
)
def test_issuers_that_make_sense(issuers: tuple[UserPool, ...]) -> None:
    """A token can be meant for one of them at most."""
    assert [] == disagreements(issuers)
