"""The decision: allowed or not, why, and the answer to send."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

import msgspec

from cogauth.errors import AccessDenied, TokenError
from cogauth.handover import handover
from cogauth.principal import Principal

RolesOf: TypeAlias = Callable[[Principal, float], frozenset[str]]
"""Which roles a principal has at a time."""


class Reason(StrEnum):
    """
    Why a decision is what it is: a closed list, safe to log and to count.

    The reasons of a refused token are the codes of its errors (`cogauth.errors`).
    """

    ALLOWED = "allowed"
    PUBLIC = "public"
    PREFLIGHT = "preflight"
    BAD_CREDENTIALS = "bad_credentials"
    """400: two Authorization headers, or one that is no bearer token (RFC 6750 section 3.1)."""
    ODD_PATH = "odd_path"
    """400: a path that routers read differently."""
    MISSING_TOKEN = "missing_token"
    MALFORMED_TOKEN = "malformed_token"
    REFRESH_TOKEN_SENT = "refresh_token_sent"
    UNKNOWN_ISSUER = "unknown_issuer"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_USE = "wrong_use"
    WRONG_CLIENT = "wrong_client"
    WRONG_AUDIENCE = "wrong_audience"
    BAD_CLAIM = "bad_claim"
    REVOKED = "revoked"
    NO_ROUTE = "no_route"
    DENIED = "denied"
    """403: the route's `deny` rule is met."""
    MISSING_GROUP = "missing_group"
    MISSING_SCOPE = "missing_scope"
    WEAK_AUTHENTICATION = "insufficient_user_authentication"
    """401: signed in too weakly or too long ago (RFC 9470)."""
    RULE_UNMET = "rule_unmet"
    KEYS_UNAVAILABLE = "keys_unavailable"
    INTERNAL_ERROR = "internal_error"


class Shadow(msgspec.Struct, frozen=True):
    """What a route in shadow mode would have said."""

    route: str
    allowed: bool
    reason: Reason


class Decision(msgspec.Struct, frozen=True, eq=False):
    """
    Whether a request may pass, why, and what to answer if not. Made by an authorizer; an adapter transcribes it.

    `status`, `headers` and `body` are the whole answer to a refused request; of an allowed one `status` is 200 and
    the others are empty. Whoever makes one for a test names its fields: their order is nobody's promise.
    """

    allowed: bool
    status: int
    reason: Reason
    principal: Principal | None = None
    route: str | None = None
    """The line of the route table that decided, such as `GET /orders/{id}`."""
    unmet: tuple[str, ...] = ()
    """As few requirements as possible that, all met, would have let the request pass. For logs: no claim values."""
    shadow: Shadow | None = None
    """What the best route in shadow mode would have said; None without one, and where no route was looked for (400)."""
    valid_until: float | None = None
    """Seconds since the epoch until which this holds for the same token and request; None when there is no token."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: Exception | None = None
    """What refused the token, or the bug behind an internal error. For logs; its text is constant."""
    api: str | None = None
    """The api that was asked for, of those that the policy has."""
    roles_of: RolesOf | None = None
    """The policy's own answer to `roles`. Not for callers."""
    now: float = 0.0
    """The moment for which `roles_of` is asked, seconds since the epoch. Not for callers."""

    @property
    def roles(self) -> frozenset[str]:
        """The names of the policy's roles that the principal had when this was decided."""
        if self.roles_of is None or self.principal is None:
            return frozenset()
        return self.roles_of(self.principal, self.now)

    def require(self) -> Principal | None:
        """
        Give the principal if the request may pass; None where it passes without one.

        Raises:
            TokenError: the token will not do, or there is none.
            AccessDenied: the policy says no, or the request is not one that it could say yes to.
            KeysUnavailable: nothing can be said now.
            Exception: whatever bug made this an internal error.
        """
        if self.allowed:
            return self.principal
        if self.error is not None:
            raise self.error
        if self.reason is Reason.REVOKED:
            raise TokenError("revoked")
        raise AccessDenied(self)

    def handover(self) -> dict[str, str]:
        """
        Give what a front hands over to the backend about the caller: the same keys always, so that all can be sent.

        `subject`, `username`, `client_id`, `token_use`, `issuer`, `groups`, `scopes`, `roles` and `api`; empty where
        unknown, and all of them where the request may not pass. `groups` and `roles` are JSON arrays in ASCII, sorted:
        `[]` of a caller without any, empty without a caller; `scopes` have a space between them, likewise sorted. The
        rest is text, in Unicode. What a header field cannot carry as it is (control characters, white space at an end)
        is left out: it could arrive as somebody else's name.
        """
        return handover(self.principal, self.roles, self.api) if self.allowed else handover(None, frozenset(), None)

    def __repr__(self) -> str:
        return f"<Decision {self.status} {self.reason} {self.route or ''}>"
