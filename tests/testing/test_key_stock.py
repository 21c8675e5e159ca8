"""The stock: keys are made once, and every pool gets the same ones."""

from __future__ import annotations

from itertools import islice

import pytest

from cogauth import BadSignature, UnknownKey, Verifier
from cogauth.testing import FrozenClock, KeyStock, LocalUserPool

POOL_ID = "eu-west-1_AbCdEf123"


@pytest.fixture(scope="module")
def stock() -> KeyStock:
    return KeyStock()


def pool_of(stock: KeyStock, pool_id: str = POOL_ID) -> LocalUserPool:
    return LocalUserPool(pool_id, clients={"c1"}, clock=FrozenClock(1_700_000_000), keys=stock)


def test_every_deal_is_the_same(stock: KeyStock) -> None:
    """Key by key, however far an earlier one went; and no two keys of one deal are."""
    first, second = list(islice(stock.deal(), 3)), list(islice(stock.deal(), 2))
    assert [key.kid for key in first[:2]] == [key.kid for key in second]
    assert 3 == len({key.kid for key in first})


def test_keys_are_made_once() -> None:
    """However often they are dealt, and not before somebody needs them."""
    stock = KeyStock()
    made = [(len(list(islice(stock.deal(), wanted))), repr(stock)) for wanted in (0, 1, 1, 2)]
    assert [(0, "<KeyStock of 0>"), (1, "<KeyStock of 1>"), (1, "<KeyStock of 1>"), (2, "<KeyStock of 2>")] == made


def test_pools_share_their_keys(stock: KeyStock) -> None:
    """Before and after a rotation; a withdrawal in one is none in the next."""
    first, second = pool_of(stock), pool_of(stock)
    assert first.jwks == second.jwks
    first.rotate()
    first.withdraw_key("id")
    assert second.jwks == pool_of(stock).jwks
    second.rotate()
    assert first.jwks["keys"] == second.jwks["keys"][:3]


def test_a_pool_without_the_stock_is_a_stranger(stock: KeyStock) -> None:
    """Its tokens are not those of a pool that has it."""
    stranger = LocalUserPool(POOL_ID, clients={"c1"}, clock=FrozenClock(1_700_000_000))
    pool = pool_of(stock)
    verifier = Verifier(pool.issuer(), clock=FrozenClock(1_700_000_000))
    kid = pool.jwks["keys"][0]["kid"]
    assert verifier.verify(pool.mint())
    with pytest.raises(UnknownKey):
        verifier.verify(stranger.mint())
    with pytest.raises(BadSignature):
        verifier.verify(stranger.mint(header={"kid": kid}))
