"""An identity pool, as the issuer of the OpenID tokens that `GetOpenIdToken` gives."""

from __future__ import annotations

import re
from typing import Final

from cogauth._frozen import Frozen
from cogauth.errors import ConfigurationError
from cogauth.issuers.sources import Documents, KeyDocument, KeySource, checked_name, is_url

_POOL_ID = re.compile(
    r"(?P<region>[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2}):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)

ISSUER: Final = "https://cognito-identity.amazonaws.com"


class IdentityPool(Frozen):
    """
    An Amazon Cognito identity pool whose OpenID tokens (`GetOpenIdToken`) are accepted.

    All identity pools write the same `iss`; `aud` tells them apart. A principal's `subject` is the identity id, its
    `client_id` the identity pool, and its `amr` lists `authenticated` or `unauthenticated` and the provider
    (AWS: "Identity pools authentication flow", GetOpenIdToken).

    Args:
        pool_id: such as `eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000`.
        name: what rules and logs call it; the pool id if not given.
        issuer: the one accepted `iss`, in place of `https://cognito-identity.amazonaws.com`.
        jwks_uri: where the keys are, in place of `<issuer>/.well-known/jwks_uri` (which really is its name). GovCloud,
            China and opt-in Regions have a host of their own; https, or http to loopback.
        jwks: pinned keys, as a dict, JSON text or path: no network, no expiry, and no rotation either.
        jwks_seed: keys to start with, in the same forms: used at once, refreshed like any other.

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    __slots__ = ("name", "pool_id", "region", "sources")

    pool_id: str
    region: str
    name: str
    sources: tuple[KeySource, ...]

    algorithms: Final = frozenset({"RS512"})

    def __init__(
        self,
        pool_id: str,
        *,
        name: str | None = None,
        issuer: str | None = None,
        jwks_uri: str | None = None,
        jwks: KeyDocument | None = None,
        jwks_seed: KeyDocument | None = None,
    ) -> None:
        problems: list[str] = []
        match = _match(pool_id)
        if match is None:
            problems.append("identity pool id: not of the form <region>:<uuid>")
        checked_name(name, problems)
        if issuer is not None and not is_url(issuer):
            problems.append("issuer: must be an https URL (http only to loopback)")
        documents = Documents(jwks, jwks_seed, jwks_uri, ("RS512",), problems)
        if problems:
            raise ConfigurationError.of(f"IdentityPool: {problem}" for problem in problems)
        iss = issuer or ISSUER
        self._set(
            pool_id=pool_id,
            region=match["region"] if match else "",
            name=name or pool_id,
            sources=(documents.source(iss, jwks_uri or f"{iss}/.well-known/jwks_uri"),),
        )

    def __repr__(self) -> str:
        return f"IdentityPool({self.pool_id!r}, name={self.name!r})"


def is_identity_pool_id(value: object) -> bool:
    """Tell whether *value* is the id of an identity pool, which no client of another issuer is called."""
    return _match(value) is not None


def _match(value: object) -> re.Match[str] | None:
    return _POOL_ID.fullmatch(value) if isinstance(value, str) else None
