"""A pool to share, and keys to share: they are what takes time here."""

from __future__ import annotations

import pytest

from cogauth.testing import KeyStock, LocalUserPool

NOW = 1_700_000_000


@pytest.fixture(scope="session")
def pool() -> LocalUserPool:
    """A pool with one user in a group and one in none, whose clock stands at 1,700,000,000. Never rotated."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, clock=lambda: NOW)
    attributes: dict[str, str | bool] = {
        "email": "ana@example.com",
        "email_verified": True,
        "custom:dept": "risk",
        "phone_number": "+49301",
    }
    pool.add_user("ana", groups=["editors", "a,b"], attributes=attributes)
    pool.add_user("ben")
    return pool


@pytest.fixture(scope="session")
def keys() -> KeyStock:
    """Keys for the pools of tests that need one of their own."""
    return KeyStock()


@pytest.fixture
def grown(keys: KeyStock) -> LocalUserPool:
    """A pool of this test's own: rosa's groups have roles, tess's disagree about hers, and gus comes by Google."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, clock=lambda: NOW, keys=keys)
    role = "arn:aws:iam::111122223333:role/Editor"
    for name, precedence, suffix in (("first", 3, "A"), ("second", 7, "B"), ("third", 3, "C")):
        pool.add_group(name, precedence=precedence, role=f"{role}{suffix}")
    pool.add_user("ana", groups=["editors", "a,b"])
    pool.add_user("rosa", groups=["second", "first", "editors"])
    pool.add_user("tess", groups=["first", "third"])
    pool.add_federated_user("Google", "gus")
    return pool
