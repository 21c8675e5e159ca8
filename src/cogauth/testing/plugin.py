"""
The pytest plugin: a pool, what trusts it, and a clock that stands still.

pytest loads it wherever cogauth is installed (entry point `cogauth` of the group `pytest11`; `-p no:cogauth` leaves it
out), and nothing but the fixtures that a test names is made. Each is overridden as any fixture is, by one of the same
name in `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cogauth import AsyncVerifier, UserPool, Verifier
    from cogauth.testing import FrozenClock, KeyStock, LocalUserPool, TokenMaker

# What the fixtures need they import themselves: this module is imported in every run of pytest, used or not.


@pytest.fixture(scope="session")
def cogauth_pool_id() -> str:
    """The id of the pool: override it with the one that the application is configured for."""
    return "eu-west-1_AbCdEf123"


@pytest.fixture(scope="session")
def cogauth_clients() -> Collection[str]:
    """The ids of the pool's app clients, or a mapping of them to `cogauth.testing.AppClient`."""
    return {"testclient"}


@pytest.fixture(scope="session")
def cogauth_keys() -> KeyStock:
    """The keys that the pools of all tests share, so that only the first waits for them."""
    from cogauth.testing import KeyStock

    return KeyStock()


@pytest.fixture
def cogauth_clock() -> FrozenClock:
    """The time, which stands still at the present until the test calls `advance(seconds)`."""
    from cogauth.testing import FrozenClock

    return FrozenClock()


@pytest.fixture
def cogauth_pool(
    cogauth_pool_id: str, cogauth_clients: Collection[str], cogauth_clock: FrozenClock, cogauth_keys: KeyStock
) -> LocalUserPool:
    """A user pool of this test's own, without users."""
    from cogauth.testing import LocalUserPool

    return LocalUserPool(cogauth_pool_id, clients=cogauth_clients, clock=cogauth_clock, keys=cogauth_keys)


@pytest.fixture
def cogauth_token(cogauth_pool: LocalUserPool) -> TokenMaker:
    """A maker of the pool's tokens: `cogauth_token(groups=["editors"])`."""
    from cogauth.testing import TokenMaker

    return TokenMaker(cogauth_pool)


@pytest.fixture
def cogauth_issuer(cogauth_pool: LocalUserPool) -> UserPool:
    """The `UserPool` that trusts access tokens of the pool; override it to name it, or to trust others."""
    return cogauth_pool.issuer()


@pytest.fixture
def cogauth_verifier(cogauth_issuer: UserPool, cogauth_clock: FrozenClock) -> Verifier:
    """A `Verifier` that trusts the pool and goes by its clock."""
    from cogauth import Verifier

    return Verifier(cogauth_issuer, clock=cogauth_clock, monotonic=cogauth_clock)


@pytest.fixture
def cogauth_async_verifier(cogauth_issuer: UserPool, cogauth_clock: FrozenClock) -> AsyncVerifier:
    """An `AsyncVerifier` that trusts the pool and goes by its clock."""
    from cogauth import AsyncVerifier

    return AsyncVerifier(cogauth_issuer, clock=cogauth_clock, monotonic=cogauth_clock)
