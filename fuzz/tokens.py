"""What must hold of tokens, and of the header that a load balancer writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import jwt

from cogauth import BadSignature, KeysUnavailable, TokenError, Verifier
from cogauth.testing import encoding
from fuzz.findings import Finding, spelled, unique
from fuzz.parties import (
    BALANCER,
    BALANCER_ARN,
    BALANCER_PEM,
    CLIENT,
    GENUINE,
    ISSUERS,
    JWKS,
    NOW,
    balanced,
    sealed,
)

Read: TypeAlias = Callable[[str], Mapping[str, object]]
"""Verifies a token and gives its claims."""

VERIFIER: Final = Verifier(*ISSUERS, clock=lambda: NOW, cache_size=64)


def verified(text: str) -> Mapping[str, object]:
    """Give the claims of a token that is acceptable; raises what `Verifier.verify` raises."""
    return VERIFIER.verify(text).claims


def _claims(read: Read, text: str) -> Mapping[str, object] | None:
    """Give what *read* reads in a token, or None; any error but the two that are documented goes through."""
    try:
        return read(text)
    except (TokenError, KeysUnavailable):
        return None


def _agree(text: str, claims: Mapping[str, object]) -> None:
    """Ask PyJWT, which must accept the token too and read the same in it; it cannot know which time it is here."""
    options: Any = {
        "require": ["exp", "iat", "iss", "sub"],
        "verify_aud": False,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        alg = jwt.get_unverified_header(text)["alg"]
        issuer, jwk = JWKS[alg]
        theirs = jwt.decode(text, jwt.PyJWK(dict(jwk)), algorithms=[alg], issuer=issuer, options=options)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise Finding("accepted, but PyJWT refuses it") from error
    if spelled(theirs) != spelled(claims):
        raise Finding("accepted, but PyJWT reads other claims")
    exp, nbf = theirs["exp"], theirs.get("nbf", NOW)
    if type(exp) is not int or type(nbf) is not int or not nbf <= NOW < exp:
        raise Finding("accepted outside of its time")


def check_token(data: bytes, read: Read = verified) -> None:
    """Take bytes for a whole token: none is accepted but what an issuer wrote, to the letter."""
    text = data.decode("utf-8", "surrogateescape")
    claims = _claims(read, text)
    if claims is None:
        return
    if text not in GENUINE:
        raise Finding("accepted what nobody wrote")
    _agree(text, claims)


def check_claims(data: bytes, read: Read = verified) -> None:
    """
    Take bytes for a header and, behind the first line, a payload, and have them signed by whom the header means.

    To sign takes longer than all else, so that it is done only where a signature was looked at.
    """
    header, _, payload = data.partition(b"\n")
    try:
        read(f"{encoding.base64url(header)}.{encoding.base64url(payload)}.AAAA")
    except BadSignature:
        pass
    except (TokenError, KeysUnavailable):
        return
    else:
        raise Finding("accepted without a signature")
    text = sealed(header, payload, json.loads(header)["alg"])
    claims = _claims(read, text)
    if claims is not None:
        _agree(text, claims)


# Any key id has the same key, so that no invented one uses up the requests that the real one may need.
_BALANCED: Final = Verifier(BALANCER, clock=lambda: NOW, monotonic=lambda: 0, fetch=lambda _: BALANCER_PEM)


def balanced_verified(text: str) -> Mapping[str, object]:
    """Give the claims of a load balancer's header that is acceptable."""
    return _BALANCED.verify_oidc_data(text).claims


def check_oidc_data(data: bytes, read: Read = balanced_verified) -> None:
    """Take bytes for the value of `x-amzn-oidc-data`, and for what a load balancer signs and puts there."""
    if _claims(read, data.decode("utf-8", "surrogateescape")) is not None:
        raise Finding("accepted what nobody signed")
    header, _, payload = data.partition(b"\n")
    claims = _claims(read, balanced(header, payload))
    if claims is None:
        return
    members, theirs = (json.loads(part.decode(), object_pairs_hook=unique) for part in (header, payload))
    if (members["alg"], members["signer"], members["client"]) != ("ES256", BALANCER_ARN, CLIENT):
        raise Finding("accepted, but it is of another load balancer")
    if any(type(exp) is not int or exp <= NOW for exp in (members["exp"], theirs.get("exp", NOW + 1))):
        raise Finding("accepted outside of its time")
    if spelled({"exp": members["exp"], **theirs}) != spelled({"exp": members["exp"], **claims}):
        raise Finding("accepted, but it says something else")
