"""A pool to share: its two keys are what takes time here."""

from __future__ import annotations

import pytest

from cogauth.testing import LocalUserPool

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
