"""Whose tokens the tests of role choice speak of, and which roles there are."""

from __future__ import annotations

import json
from typing import Final

from cogauth import ANY_CLIENT, IdentityPool, OIDCIssuer, Principal, UserPool
from cogauth._strict import json_object
from cogauth.claims import accept
from tests.support.providers import IDENTITIES, IDENTITY_POOL_ID, identity_claims
from tests.support.tokens import CLIENT, ISSUER, NOW, POOL_ID, UPDATED_ISSUER, Changes, access_claims, id_claims

ROLE: Final = "arn:aws:iam::111122223333:role/"
EVERYBODY, GUEST, A, B, C = (ROLE + name for name in ("Everybody", "Guest", "A", "B", "C"))
PROVIDER: Final = f"cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}:{CLIENT}"

_POOL: Final = UserPool(POOL_ID, clients=ANY_CLIENT, token_use="any", name="staff")


def _read(claims: dict[str, object]) -> dict[str, object]:
    # As a verifier reads them: arrays are tuples.
    return dict(json_object(json.dumps(claims).encode()))


def user(changes: Changes | None = None) -> Principal:
    """Who came with an ID token of the user pool."""
    return accept(_read(id_claims(changes)), (_POOL,), ISSUER, NOW, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # JSON


def user_of_updated_issuer() -> Principal:
    """Who came with an ID token of a user pool that writes the other issuer."""
    return accept(_read(id_claims({"iss": UPDATED_ISSUER})), (_POOL,), UPDATED_ISSUER, NOW, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # JSON


def user_with_access_token() -> Principal:
    """Who came with an access token."""
    return accept(_read(access_claims()), (_POOL,), ISSUER, NOW, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # JSON


def user_of(issuer: str, changes: Changes | None = None) -> Principal:
    """Who came with an ID token of an OpenID provider."""
    provider = OIDCIssuer(issuer, audience={"app"}, name="provider")
    claims = {"iss": issuer, "sub": "s", "aud": "app", "iat": NOW, "exp": NOW + 60, **(changes or {})}
    return accept(_read(claims), (provider,), issuer, NOW, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # JSON


def user_of_identity_pool(amr: list[str], pool_id: str = IDENTITY_POOL_ID) -> Principal:
    """Who came with an OpenID token of an identity pool."""
    claims = identity_claims({"aud": pool_id, "amr": amr})
    return accept(_read(claims), (IdentityPool(pool_id, name="pool"),), IDENTITIES, NOW, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # JSON
