"""What observers are told: decisions and fetches of keys. Never a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from cogauth.decision import Decision
from cogauth.principal import Principal


class DecisionMade(msgspec.Struct, frozen=True, eq=False):
    """
    A request was decided.

    `route`, `api`, `issuer`, `fingerprint` and `cached` are safe as labels of a metric: the configuration bounds them.
    `principal` is there for whoever needs to know who was calling; its claims are nothing for a log.
    """

    decision: Decision
    method: str | None = None
    """As the client sent it, which may be any text; None where only a rule was asked about."""
    fingerprint: str = ""
    """Of the policy that decided: `Policy.fingerprint`."""
    issuer: str | None = None
    """What the configuration calls the issuer of the token; None where none was verified."""
    cached: bool | None = None
    """Whether the token was remembered rather than verified; None where none was sent, or none looked at."""
    seconds: float = 0.0
    """How long it took in all."""
    verify_seconds: float = 0.0
    """How much of that went into the token: the memory or the signature, and the wait for keys."""
    principal: Principal | None = None
    """Whom the token proves; also where the decision, being that it is revoked, has nobody."""

    @property
    def route(self) -> str | None:
        """The line of the route table that decided, such as `GET /orders/{id}`; never the path that was asked for."""
        return self.decision.route

    @property
    def api(self) -> str | None:
        """The api that was asked for, of those that the policy has."""
        return self.decision.api


class KeysFetched(msgspec.Struct, frozen=True):
    """An attempt to fetch an issuer's keys has ended, well or not."""

    issuer: str | None
    """What the configuration calls the issuer; None if it is no longer trusted."""
    url: str
    """Where the keys are, or the metadata that says where."""
    seconds: float
    """How long it took."""
    keys: int
    """How many keys are usable now, be they these or those of before."""
    error: str | None = None
    """Why nothing was learned, such as `jwks.http_status`; None if something was."""


Event: TypeAlias = DecisionMade | KeysFetched
Observe: TypeAlias = Callable[[Event], object]
