"""What a token of an OpenID provider, or of any authorization server, must say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from msgspec import UNSET

from cogauth._strict import JSON
from cogauth.claims.common import MAX_SUBJECT, NOBODY, Typed, scopes, text
from cogauth.errors import BadClaim, MalformedToken, WrongAudience
from cogauth.issuers import OIDCIssuer
from cogauth.principal import Principal

# RFC 9068 section 2.1; the prefix may be left out (RFC 7515 section 4.1.9).
_ACCESS_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})


def accept_oidc(
    claims: Mapping[str, JSON], typed: Typed, provider: OIDCIssuer, typ: str, exp: int, iat: int
) -> Principal:
    """Make a principal of *claims* if *provider* accepts them, of a token with the header *typ*; raises TokenError."""
    use = "access" if typ in _ACCESS_TYPES else "id"
    if provider.token_use not in ("any", use):
        # The one is no permission to call an API, the other no proof of a sign-in (RFC 8725 section 3.12).
        raise MalformedToken("header.typ")
    if typed.aud is UNSET:
        raise BadClaim("claims.aud_missing")
    audience = frozenset((typed.aud,)) if isinstance(typed.aud, str) else typed.aud
    if not audience or "" in audience:
        raise BadClaim("claims.aud_type")
    if provider.audience.isdisjoint(audience):
        raise WrongAudience("claims.aud_mismatch")
    if "cnf" in claims:
        raise BadClaim("claims.cnf")
    if "act" in claims:
        raise BadClaim("claims.act")
    party = _party(claims)
    if len(audience) > 1 and use == "id" and party not in provider.audience:
        # OpenID Connect Core section 3.1.3.7: of several audiences, the one that the token was issued to is named.
        raise WrongAudience("claims.azp")
    subject = text(typed.sub, "sub", MAX_SUBJECT)
    client = (typed.client_id if typed.client_id is not UNSET else party) or (
        next(iter(audience)) if len(audience) == 1 else ""
    )
    return Principal(
        subject=subject,
        username=None,
        client_id=client,
        token_use=use,
        issuer=provider.issuer,
        issuer_name=provider.name,
        groups=_groups(claims, provider.groups_claim),
        scopes=scopes(typed.scope),
        audience=audience,
        issued_at=iat,
        expires_at=exp,
        auth_time=None if typed.auth_time is UNSET else typed.auth_time,
        token_id=None if typed.jti is UNSET else typed.jti,
        session_id=None,
        acr=None if typed.acr is UNSET else typed.acr,
        acr_levels=provider.acr_levels,
        amr=NOBODY if typed.amr is UNSET else typed.amr,
        actor=None,
        identities=(),
        # RFC 9068 section 2.2: of a client by itself, `sub` is the client.
        is_machine=use == "access" and subject == client,
        claims=MappingProxyType(cast("dict[str, JSON]", claims)),
    )


def _party(claims: Mapping[str, JSON]) -> str:
    """Give `azp`, the party that an ID token was issued to (OpenID Connect Core section 2)."""
    party = claims.get("azp", "")
    if not isinstance(party, str):
        raise BadClaim("claims.azp")
    return party


def _groups(claims: Mapping[str, JSON], claim: str | None) -> frozenset[str]:
    if claim is None or claim not in claims:
        return NOBODY
    value = claims[claim]
    if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
        raise BadClaim("claims.groups_type")
    return frozenset(cast("tuple[str, ...]", value))
