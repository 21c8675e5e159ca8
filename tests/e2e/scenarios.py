"""Who asks for what and what must come of it: written once, run through every front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pytest

from cogauth.errors import (
    BadClaim,
    BadSignature,
    Expired,
    MalformedToken,
    MissingToken,
    RefreshTokenSent,
    TokenError,
    UnknownIssuer,
    UnknownKey,
    WrongClient,
    WrongUse,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    One token and one request.

    ``error`` is why the token is no good, which a public route overlooks. ``scope`` is what a good token lacks, where
    a scope would do.
    """

    token: str
    request: str
    status: Literal[200, 401, 403]
    error: type[TokenError] | None = None
    scope: str | None = None
    accepts: Literal["access", "id"] = "access"

    def __str__(self) -> str:
        outcome = self.error.__name__ if self.error else self.status
        return f"{self.accepts} pool, {self.token}, {self.request}: {outcome}"

    @property
    def method(self) -> str:
        return self.request.split(" ")[0]

    @property
    def path(self) -> str:
        return self.request.split(" ")[1]

    @property
    def challenge(self) -> str | None:
        """The error code of the RFC 6750 challenge; empty when there is a challenge without one."""
        if self.error is MissingToken:
            return ""
        if self.error is not None and self.status == 401:
            return "invalid_token"
        return "insufficient_scope" if self.scope else None


READ, WRITE, RUN, REPORT, HEALTH = "GET /articles/7", "PUT /articles/7", "POST /jobs", "GET /reports", "GET /healthz"
UNROUTED = "DELETE /articles/7"

SCENARIOS: Final = (
    # A pool whose access tokens are wanted: what is allowed
    Scenario("ana access", READ, 200),
    Scenario("ana access", WRITE, 200),
    Scenario("ben access", READ, 200),
    Scenario("robot", RUN, 200),
    Scenario("watcher", READ, 200),
    Scenario("nothing", HEALTH, 200),
    Scenario("ben promoted", HEALTH, 200, BadSignature),
    # a good token that may not
    Scenario("ben access", WRITE, 403),
    Scenario("old access", READ, 403),
    Scenario("old access", WRITE, 403),
    Scenario("robot", WRITE, 403),
    Scenario("watcher", RUN, 403, scope="jobs/run"),
    Scenario("ana access", RUN, 403, scope="jobs/run"),
    Scenario("ana access", REPORT, 403),  # an access token does not carry the attribute
    Scenario("ana access", UNROUTED, 403),
    # no good token
    Scenario("nothing", READ, 401, MissingToken),
    Scenario("nothing", UNROUTED, 401, MissingToken),
    Scenario("ana id", WRITE, 401, WrongUse),
    Scenario("stranger access", WRITE, 401, WrongClient),
    Scenario("stranger id", WRITE, 401, WrongUse),
    Scenario("rogue", RUN, 401, WrongClient),
    Scenario("elsewhere access", WRITE, 401, UnknownIssuer),
    Scenario("elsewhere id", WRITE, 401, UnknownIssuer),
    Scenario("hasty access", READ, 401, Expired),
    Scenario("hasty id", READ, 401, Expired),
    Scenario("refresh", READ, 401, BadClaim),  # the emulator's: signed with the access key, token_use is refresh
    Scenario("refresh as AWS makes it", READ, 401, RefreshTokenSent),
    Scenario("ben promoted", WRITE, 401, BadSignature),
    Scenario("ben promoted", READ, 401, BadSignature),
    Scenario("signature changed", READ, 401, BadSignature),
    Scenario("signature of ana", READ, 401, BadSignature),
    Scenario("signature cut off", READ, 401, MalformedToken),
    Scenario("kid of the ID key", READ, 401, BadSignature),
    Scenario("kid of another pool", READ, 401, UnknownKey),
    Scenario("alg none", READ, 401, MalformedToken),
    Scenario("alg HS256", READ, 401, MalformedToken),
    Scenario("padded", READ, 401, MalformedToken),
    Scenario("not a token", READ, 401, MalformedToken),
    Scenario("not a token", UNROUTED, 401, MalformedToken),
    # A pool whose ID tokens are wanted
    Scenario("ana id", WRITE, 200, accepts="id"),
    Scenario("ana id", REPORT, 200, accepts="id"),
    Scenario("ben id", READ, 200, accepts="id"),
    Scenario("ben id", WRITE, 403, accepts="id"),
    Scenario("ben id", REPORT, 403, accepts="id"),
    Scenario("old id", READ, 403, accepts="id"),
    Scenario("ana id", RUN, 403, scope="jobs/run", accepts="id"),
    Scenario("ana access", WRITE, 401, WrongUse, accepts="id"),
    Scenario("robot", RUN, 401, WrongUse, accepts="id"),
    Scenario("stranger id", WRITE, 401, WrongClient, accepts="id"),
    Scenario("elsewhere id", WRITE, 401, UnknownIssuer, accepts="id"),
    Scenario("hasty id", READ, 401, Expired, accepts="id"),
    Scenario("ben id promoted", REPORT, 401, BadSignature, accepts="id"),
    Scenario("nothing", REPORT, 401, MissingToken, accepts="id"),
)

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
every_token = pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.token != "nothing"], ids=str)


def assert_challenge(scenario: Scenario, challenge: str | None) -> None:
    """Check that the WWW-Authenticate header is that of RFC 6750 section 3 for this outcome."""
    if scenario.challenge is None:
        assert challenge is None
        return
    assert challenge is not None
    assert challenge.startswith("Bearer")
    if scenario.challenge:
        assert f'error="{scenario.challenge}"' in challenge
    else:
        assert "error" not in challenge
    if scenario.scope:
        assert f'scope="{scenario.scope}"' in challenge
