"""One pool, its tokens and one policy for all fronts."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, Policy, Principal, UserPool, Verifier
from cogauth.testing import LocalUserPool

POLICY: dict[str, Any] = {
    "version": 1,
    "roles": {"editor": {"groups": ["editors"]}, "runner": {"scopes": ["jobs/run"]}},
    "route": [
        {"match": "GET /orders/{id}", "allow": "authenticated"},
        {"match": ["PUT /orders/{id}", "GET /live"], "allow": "editor"},
        {"match": "POST /jobs", "allow": "runner"},
        {"match": ["GET /healthz", "GET /"], "allow": "public"},
        {"match": "GET /prod/orders/{id}", "allow": "editor"},
        {"match": "GET /größe", "allow": "public"},
    ],
}


class Pool:
    """A pool with two users and a machine, and what trusts it."""

    def __init__(self) -> None:
        self.local = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
        self.local.add_user("ana", groups=["editors"])
        self.local.add_user("bo")
        self.ana = self.local.sign_in("ana").access
        self.bo = self.local.sign_in("bo").access
        self.machine = self.local.machine_token(scopes=["jobs/run"])
        self.expired = self.local.mint({"exp": 1_000_000_000, "iat": 999_999_000})
        self.issuer = self.local.issuer()
        self.policy = Policy.from_dict(POLICY)

    def authorizer(self, **hooks: Any) -> Authorizer:
        """Make the blocking authorizer."""
        return Authorizer(Verifier(self.issuer), self.policy, **hooks)

    def async_authorizer(self, **hooks: Any) -> AsyncAuthorizer:
        """Make the awaited authorizer."""
        return AsyncAuthorizer(AsyncVerifier(self.issuer), self.policy, **hooks)

    def keyless(self) -> UserPool:
        """Make an issuer whose keys nobody serves."""
        return UserPool(self.local.pool_id, clients={"c1"}, jwks_uri="http://127.0.0.1:1/jwks.json")


@pytest.fixture(scope="session")
def pool() -> Pool:
    return Pool()


def bearer(token: str | None) -> list[tuple[str, str]]:
    """Give the headers of a request with *token*."""
    return [] if token is None else [("authorization", f"Bearer {token}")]


def broken(_: Principal) -> bool:
    """Be a hook with a bug."""
    raise ZeroDivisionError
