"""Verified claims become a principal, or are refused: here is what a token must say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cogauth._strict import JSON
from cogauth.claims.common import Typed, times, typed_claims
from cogauth.claims.identity_pool import MAX_LIFETIME as IDENTITY_POOL_LIFETIME, accept_identity_pool
from cogauth.claims.oidc import accept_oidc
from cogauth.claims.user_pool import MAX_LIFETIME as USER_POOL_LIFETIME, accept_user_pool
from cogauth.errors import TokenError, WrongClient, WrongUse
from cogauth.issuers import AnyIssuer, OIDCIssuer, UserPool
from cogauth.principal import Principal

__all__ = ["accept"]


def accept(
    claims: Mapping[str, JSON],
    candidates: Sequence[AnyIssuer],
    issuer: str,
    now: float,
    leeway: float,
    typ: str = "",
) -> Principal:
    """
    Make a principal of verified *claims*, for the first of *candidates* that accepts them.

    Args:
        claims: of a token whose signature is good and whose `iss` is *issuer*.
        candidates: those that write *issuer*; never empty, and no two accept the same token.
        issuer: the accepted issuer string.
        now: seconds since the epoch.
        leeway: seconds by which `exp` and `nbf` are stretched.
        typ: the header's, in lower case.

    Raises:
        TokenError: Expired, NotYetValid, WrongUse, WrongClient, WrongAudience, BadClaim or MalformedToken.
    """
    typed = typed_claims(claims)
    if len(candidates) == 1:
        return _accept(claims, typed, candidates[0], issuer, now, leeway, typ)
    refusals: list[TokenError] = []
    for candidate in candidates:
        try:
            return _accept(claims, typed, candidate, issuer, now, leeway, typ)
        except TokenError as error:
            refusals.append(error)
    # The most telling refusal is that of a pool whose use and client did fit, then of one whose use did.
    raise min(refusals, key=lambda error: (isinstance(error, WrongUse), isinstance(error, WrongClient)))


def _accept(
    claims: Mapping[str, JSON],
    typed: Typed,
    candidate: AnyIssuer,
    issuer: str,
    now: float,
    leeway: float,
    typ: str,
) -> Principal:
    if isinstance(candidate, UserPool):
        exp, iat = times(typed, now, leeway, USER_POOL_LIFETIME)
        return accept_user_pool(claims, typed, candidate, issuer, exp, iat)
    if isinstance(candidate, OIDCIssuer):
        exp, iat = times(typed, now, leeway, candidate.max_lifetime)
        return accept_oidc(claims, typed, candidate, typ, exp, iat)
    exp, iat = times(typed, now, leeway, IDENTITY_POOL_LIFETIME)
    return accept_identity_pool(claims, typed, candidate, issuer, exp, iat)
