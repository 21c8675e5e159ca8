"""Principals for tests of rules: made of claims by the code that makes real ones, but without keys and signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cogauth import ANY_CLIENT, Principal, UserPool
from cogauth.claims import accept
from tests.support.tokens import ABSENT, ISSUER, NOW, POOL_ID, changed

_POOLS: Final = {
    name: UserPool(POOL_ID, clients=ANY_CLIENT, token_use="any", name=name) for name in ("staff", "partners")
}


def claims_of_a_person(
    changes: Mapping[str, Any] | None = None,
    *,
    groups: Iterable[str] = (),
    scopes: Iterable[str] = (),
    client: str = "c1",
) -> dict[str, Any]:
    """Give the claims of a person's access token, with *changes*: `ABSENT` leaves a claim out."""
    claims: dict[str, Any] = {
        "sub": "5b3c2f0e-7a55-4c4e-9d53-2c1d3f6f7a10",
        "iss": ISSUER,
        "client_id": client,
        "token_use": "access",
        "scope": " ".join(scopes) or ABSENT,
        "cognito:groups": tuple(groups) or ABSENT,
        "auth_time": NOW - 60,
        "iat": NOW - 60,
        "exp": NOW + 3_600,
        "jti": "0c5a7d42-93a5-4f0c-8b1c-9a3e5b0a7f11",
        "username": "ana",
    }
    return changed(claims, changes or {})


def principal(
    changes: Mapping[str, Any] | None = None,
    *,
    groups: Iterable[str] = (),
    scopes: Iterable[str] = (),
    client: str = "c1",
    issuer: str = "staff",
) -> Principal:
    """Give the principal of an access token with *changes* to its claims, of the issuer that is called *issuer*."""
    claims = claims_of_a_person(changes, groups=groups, scopes=scopes, client=client)
    return accept(claims, (_POOLS[issuer],), ISSUER, NOW, 0)
