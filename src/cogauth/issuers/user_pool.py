"""A user pool: which tokens of it are accepted."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import Enum
from typing import Final, Literal, TypeAlias

from cogauth._frozen import Frozen
from cogauth._shapes import as_list
from cogauth.errors import ConfigurationError
from cogauth.issuers.sources import Documents, KeyDocument, KeySource, checked_name, is_url, levels, names

Use: TypeAlias = Literal["access", "id", "any"]


COGNITO_ACR_LEVELS: Final = tuple(f"urn:cognito:loa:{level}" for level in (1, 2, 3, 4))
"""A user pool's own names: password; one emailed or texted code; passkey, or password and code; password and TOTP."""


class AnyClient(Enum):
    """The type of `ANY_CLIENT`."""

    ANY_CLIENT = "any-client"

    def __repr__(self) -> str:
        return self.name


ANY_CLIENT: Final = AnyClient.ANY_CLIENT
"""
Accept a token whichever app client of the pool it was issued to.

Every client of a pool can then call: the mobile app's token opens the back office. Written out where it is wanted,
and never a default.
"""


# AWS: CreateUserPool, UserPoolId `[\w-]+_[0-9a-zA-Z]+`, at most 55 characters; the part before `_` is the Region.
_POOL_ID = re.compile(r"(?P<region>[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2})_[0-9a-zA-Z]{1,40}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2}", re.ASCII)
_CLIENT = re.compile(r"[\w+]{1,128}", re.ASCII)


class UserPool(Frozen):
    """
    An Amazon Cognito user pool whose tokens are accepted.

    Both of a pool's issuer strings are accepted, `https://cognito-idp.<region>.amazonaws.com/<pool>` and, for pools
    that use it, `https://issuer-cognito-idp.<region>.amazonaws.com/<pool>`, each with its own key URL
    (AWS: "Verifying JSON web tokens", "User pool endpoints and managed login reference").

    Args:
        pool_id: such as `eu-west-1_AbCdEf123`; the part before `_` is the pool's primary Region.
        clients: the app clients whose tokens are accepted, compared with `client_id` in access tokens and `aud` in
            ID tokens; or `ANY_CLIENT`.
        token_use: `"access"`, `"id"` or `"any"`.
        name: what rules and logs call it; the pool id if not given.
        audience: the API's own URL or URLs; access tokens must then be bound to one of them (RFC 8707). Without it a
            token bound to any resource is refused. Machine tokens are never bound: give their clients a `UserPool`
            of their own, without `audience`.
        delegation: accept tokens that carry `act` (RFC 8693 section 4.1), where one party acts for another.
        regions: further Regions, of a multi-Region pool's replicas, whose issuer strings are accepted too.
        issuer: the one accepted `iss`, in place of those above; for emulators and partitions with other host names.
        jwks_uri: where the keys are, in place of `<issuer>/.well-known/jwks.json`; https, or http to loopback. `iss`
            stays as it is, so that a FIPS or VPC endpoint can deliver the keys.
        jwks: pinned keys, as a dict, JSON text or path: no network, no expiry, and no rotation either.
        jwks_seed: keys to start with, in the same forms: used at once, refreshed like any other. A file's keys are as
            old as the file, others as old as this object.
        acr_levels: the pool's names for how strongly a user signed in, weakest first (AWS: "Step-up authentication").

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    __slots__ = ("acr_levels", "audience", "clients", "delegation", "name", "pool_id", "region", "sources", "token_use")

    pool_id: str
    region: str
    clients: frozenset[str] | AnyClient
    token_use: Use
    name: str
    audience: frozenset[str]
    delegation: bool
    sources: tuple[KeySource, ...]
    acr_levels: tuple[str, ...]

    algorithms: Final = frozenset({"RS256"})

    def __init__(
        self,
        pool_id: str,
        *,
        clients: Collection[str] | AnyClient,
        token_use: Use = "access",
        name: str | None = None,
        audience: str | Collection[str] | None = None,
        delegation: bool = False,
        regions: Collection[str] = (),
        issuer: str | None = None,
        jwks_uri: str | None = None,
        jwks: KeyDocument | None = None,
        jwks_seed: KeyDocument | None = None,
        acr_levels: Sequence[str] = COGNITO_ACR_LEVELS,
    ) -> None:
        problems: list[str] = []
        match = _POOL_ID.fullmatch(pool_id) if isinstance(pool_id, str) else None
        if match is None:
            problems.append("user pool id: not of the form <region>_<id>, such as eu-west-1_AbCdEf123")
        region = match["region"] if match else ""
        accepted = clients if clients is ANY_CLIENT else names("clients", clients, problems, _CLIENT)
        if token_use not in ("access", "id", "any"):
            problems.append('token_use: must be "access", "id" or "any"')
        checked_name(name, problems)
        bound: frozenset[str] = frozenset()
        if audience is not None:
            bound = names("audience", [audience] if isinstance(audience, str) else audience, problems)
            if token_use == "id":
                problems.append("audience: only access tokens are bound to a resource; an ID token's aud is its client")
        if not isinstance(delegation, bool):
            problems.append("delegation: must be True or False")
        acr = levels(acr_levels, problems)
        if not acr and not problems:
            problems.append("acr_levels: must not be empty")
        # No replicas are none; what is no list at all, such as False, is a mistake like any.
        no_replicas = as_list(regions) == []
        replicas: frozenset[str] = frozenset() if no_replicas else names("regions", regions, problems, _REGION)
        if issuer is not None and (regions or not is_url(issuer)):
            problems.append("issuer: must be an https URL (http only to loopback), and excludes regions")
        documents = Documents(jwks, jwks_seed, jwks_uri, ("RS256",), problems)
        if problems:
            raise ConfigurationError.of(f"UserPool: {problem}" for problem in problems)
        strings = [issuer] if issuer else _issuer_strings(pool_id, (region, *sorted(replicas - {region})))
        self._set(
            pool_id=pool_id,
            region=region,
            clients=accepted,
            token_use=token_use,
            name=name or pool_id,
            audience=bound,
            delegation=delegation,
            acr_levels=acr,
            sources=tuple(documents.source(iss, jwks_uri or f"{iss}/.well-known/jwks.json") for iss in strings),
        )

    def __repr__(self) -> str:
        return f"UserPool({self.pool_id!r}, name={self.name!r}, token_use={self.token_use!r})"

    def overlaps(self, other: UserPool) -> bool:
        """Tell whether one token could be meant for both, so that it would be chance which of them accepts it."""
        uses = "any" in (self.token_use, other.token_use) or self.token_use == other.token_use
        if self.clients is ANY_CLIENT or other.clients is ANY_CLIENT:
            return uses
        return uses and not frozenset(self.clients).isdisjoint(frozenset(other.clients))


def _issuer_strings(pool_id: str, regions: tuple[str, ...]) -> list[str]:
    return [
        f"https://{service}.{region}.amazonaws.com/{pool_id}"
        for region in regions
        for service in ("cognito-idp", "issuer-cognito-idp")
    ]
