"""Anatomy: a token taken apart and not verified, as much of it as can be read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cogauth import ANY_CLIENT, ConfigurationError, MissingToken, TokenError, UserPool
from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.jws import HeaderMemo, Jws, octets

# Whatever some issuer may sign with; that a user pool signs with RS256 alone is a verifier's business.
_SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})

_SIGNED, _ENCRYPTED = 3, 5


@dataclass(frozen=True, slots=True)
class Part:
    """One segment: its members if it is a JSON object, else as much of its text as there is, and what is wrong."""

    members: Mapping[str, JSON] | None
    text: str | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a token says of itself. Anybody could have written it."""

    error: TokenError | None
    """Why no issuer can have written it; None where one can."""
    encrypted: bool
    """A JWE (RFC 7516 section 3.1), of which only the header can be read."""
    header: Part | None
    claims: Part | None
    signature: int | None
    """Octets, or None where there are none."""

    @property
    def kind(self) -> str:
        """`access`, `id`, `refresh` or `unknown`: what kind of Cognito token this looks like."""
        if self.encrypted:
            return "refresh"
        use = self.claim("token_use")
        return use if self.pool is not None and use in ("access", "id") and isinstance(use, str) else "unknown"

    @property
    def pool(self) -> str | None:
        """The id of the user pool that it names as its issuer, if it names one."""
        issuer = self.claim("iss")
        if not isinstance(issuer, str):
            return None
        pool_id = issuer.rpartition("/")[2]
        try:
            pool = UserPool(pool_id, clients=ANY_CLIENT)
        except ConfigurationError:
            return None
        return pool_id if any(source.issuer == issuer for source in pool.sources) else None

    def claim(self, name: str) -> JSON:
        """Give a claim, or None where there is none that can be read."""
        return self.claims.members.get(name) if self.claims and self.claims.members else None


def dissect(token: str) -> Anatomy:
    """Take *token* apart; it may be anything."""
    first, *others = token.split(".")
    header = _part(first) if first else None
    if len(others) == _ENCRYPTED - 1 and header and header.fault is None and "enc" in (header.members or ()):
        return Anatomy(None, encrypted=True, header=header, claims=None, signature=None)
    return Anatomy(
        _error(token),
        encrypted=False,
        header=header,
        claims=_part(others[0]) if others and others[0] else None,
        signature=len(_octets(others[1])[0] or b"") or None if len(others) >= _SIGNED - 1 else None,
    )


def _error(token: str) -> TokenError | None:
    if not token:
        return MissingToken()
    try:
        Jws(octets(token), HeaderMemo(_SIGNATURES))
    except TokenError as error:
        return error
    return None


def _part(segment: str) -> Part:
    octets, fault = _octets(segment)
    if octets is None:
        return Part(None, None, fault)
    try:
        return Part(json_object(octets), None, fault)
    except Unacceptable as error:
        return Part(None, octets.decode(errors="replace"), fault or error.fault)


def _octets(segment: str) -> tuple[bytes | None, str | None]:
    """Decode strictly or, telling the fault, as leniently as can be."""
    try:
        return base64url(segment.encode("ascii", errors="replace")), None
    except Unacceptable as error:
        fault = error.fault
    standard = "".join(segment.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True), fault
    except (binascii.Error, ValueError):
        return None, fault
