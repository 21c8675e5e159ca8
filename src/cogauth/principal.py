"""The principal: who is calling, proven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cogauth._strict import JSON


class Principal(msgspec.Struct, frozen=True, eq=False, gc=False):
    """
    Who is calling, as a verified token says: made by a verifier only, never changed, and silent in logs.

    Sets are frozensets, times are integers, seconds since the epoch. What the token does not say is `None`, an empty
    set or an empty tuple. Two principals are equal when they come of the same issuer and claims.
    """

    subject: str
    """`sub`: the user's identifier within the issuer; of a machine token, the client's."""

    username: str | None
    """`username` of an access token, `cognito:username` of an ID token; `None` for a machine."""

    client_id: str
    """The app client that the token was issued to: `client_id`, in an ID token `aud`."""

    token_use: str
    """`"access"` or `"id"`."""

    issuer: str
    """`iss`, exactly as it stands in the token."""

    issuer_name: str
    """What the configuration calls the issuer, which is what rules compare."""

    groups: frozenset[str]
    """`cognito:groups`; Cognito leaves the claim out when there are none."""

    scopes: frozenset[str]
    """`scope`, split at spaces (RFC 6749 section 3.3)."""

    audience: frozenset[str]
    """`aud`: the client in an ID token, the bound resource in an access token (RFC 8707), empty without either."""

    issued_at: int
    """`iat`."""

    expires_at: int
    """`exp`."""

    auth_time: int | None
    """When the user signed in; a refresh does not move it."""

    token_id: str | None
    """`jti`."""

    session_id: str | None
    """`origin_jti`: shared by all tokens of one sign-in, refreshed ones included."""

    acr: str | None
    """Authentication context class: how strongly the user signed in."""

    acr_levels: tuple[str, ...]
    """The issuer's levels, weakest first; what `acr` is compared in."""

    amr: frozenset[str]
    """Authentication methods, such as `pwd` and `mfa`."""

    actor: Mapping[str, JSON] | None
    """`act`: who acts for the subject (RFC 8693 section 4.1)."""

    identities: tuple[Mapping[str, JSON], ...]
    """`identities`: the external providers that a federated user is linked to."""

    is_machine: bool
    """Whether this is a client by itself (client credentials) rather than a user."""

    claims: Mapping[str, JSON]
    """All claims of the token, read-only to the bottom: arrays are tuples, objects are read-only mappings."""

    memo: dict[Any, Any] = msgspec.field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]  # a bare `dict` is made in C
    """What was worked out for this principal: verdicts, by what worked them out, and the handover. Not for callers."""

    @property
    def is_authenticated(self) -> bool:
        """Always True: what Django and Starlette ask of a user. Nobody in particular is `None`, and no principal."""
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Principal):
            return NotImplemented
        return self.issuer_name == other.issuer_name and self.claims == other.claims

    def __hash__(self) -> int:
        return hash((self.issuer, self.subject, self.token_id))

    def __repr__(self) -> str:
        return (
            f"<Principal of {self.issuer_name}, {self.token_use} token, {'machine' if self.is_machine else 'person'}>"
        )
