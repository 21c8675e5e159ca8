"""Refresh tokens: opaque to everybody but the pool that issued them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from cogauth.testing.encoding import base64url, json_bytes
from cogauth.testing.sessions import Session

# A real one is a JWE in compact form (RFC 7516 section 3.1). Nobody but the pool can open it, so that random bytes do
# for the parts behind the header, as long as each has the length that the header promises: a 2048-bit RSA-OAEP
# ciphertext, a 96-bit initialisation vector and a 128-bit tag (RFC 7518 sections 4.3 and 5.3).
_HEADER: Final = base64url(json_bytes({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}))
_ENCRYPTED_KEY_BYTES: Final = 256
_IV_BYTES: Final = 12
_CIPHERTEXT_BYTES: Final = 900
_TAG_BYTES: Final = 16


class NotAuthorized(Exception):
    """
    The pool refuses a refresh token, in the words of Cognito's `NotAuthorizedException`.

    It is the pool that speaks, not the library under test: this is no :class:`cogauth.CogAuthError`, and no
    :class:`cogauth.ConfigurationError` either, because an application may well present a token that was revoked.
    """


@dataclass(frozen=True, slots=True)
class _Grant:
    session: Session
    expires_at: int


class RefreshTokens:
    """The refresh tokens that a pool has issued, and what each of them is good for."""

    def __init__(self) -> None:
        self._grants: dict[str, _Grant | None] = {}

    def issue(self, session: Session, expires_at: int) -> str:
        """Issue a token that continues *session* until *expires_at*, in seconds since the epoch."""
        parts = (secrets.token_urlsafe(n) for n in (_ENCRYPTED_KEY_BYTES, _IV_BYTES, _CIPHERTEXT_BYTES, _TAG_BYTES))
        token = ".".join((_HEADER, *parts))
        self._grants[token] = _Grant(session, expires_at)
        return token

    def redeem(self, token: str, now: int) -> Session:
        """
        Find the session that *token* continues.

        Raises:
            NotAuthorized: a token that is unknown, revoked, or expired at *now*.
        """
        try:
            grant = self._grants[token]
        except KeyError:
            raise NotAuthorized("Invalid Refresh Token") from None
        if grant is None:
            raise NotAuthorized("Refresh Token has been revoked")
        if now >= grant.expires_at:
            raise NotAuthorized("Refresh Token has expired")
        return grant.session

    def revoke(self, token: str) -> None:
        """Make *token* worthless; one that is unknown is no error (RFC 7009 section 2.2)."""
        if token in self._grants:
            self._grants[token] = None
