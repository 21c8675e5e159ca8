"""The scenes of the demonstration: who asks for what, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cogauth import Authorizer, Decision, Principal, Reason


@dataclass(frozen=True, slots=True)
class Scene:
    """One token of the cast, a request, and what is expected: whom it proves, and the decision."""

    token: str
    method: str
    path: str
    who: str
    status: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Played:
    """A scene and the decision that was made."""

    scene: Scene
    decision: Decision

    @property
    def as_expected(self) -> bool:
        """Did it come as expected?"""
        expected = (self.scene.who, self.scene.status, self.scene.reason)
        return (self.who, self.decision.status, self.decision.reason) == expected

    @property
    def who(self) -> str:
        """Who it is, as far as that was proven: a username, `machine` or `nobody`."""
        return _name(self.decision.principal)


SCENES = (
    Scene("no token", "GET", "/healthz", "nobody", 200, Reason.PUBLIC),
    Scene("no token", "GET", "/orders", "nobody", 401, Reason.MISSING_TOKEN),
    Scene("ana", "GET", "/orders", "ana", 200, Reason.ALLOWED),
    Scene("ana", "GET", "/orders/17", "ana", 200, Reason.ALLOWED),
    Scene("ana", "DELETE", "/orders/17/admin/x", "ana", 403, Reason.RULE_UNMET),
    Scene("ana", "GET", "/orders/17/../admin", "nobody", 400, Reason.ODD_PATH),
    Scene("bo", "GET", "/orders", "bo", 403, Reason.MISSING_GROUP),
    Scene("bo", "GET", "/invoices", "bo", 403, Reason.NO_ROUTE),
    Scene("eva, password", "GET", "/orders/17", "eva", 200, Reason.ALLOWED),
    Scene("eva, password", "DELETE", "/orders/17/admin/x", "eva", 401, Reason.WEAK_AUTHENTICATION),
    Scene("eva, passkey", "DELETE", "/orders/17/admin/x", "eva", 200, Reason.ALLOWED),
    Scene("job", "POST", "/jobs/nightly", "machine", 200, Reason.ALLOWED),
    Scene("job", "GET", "/orders", "machine", 403, Reason.MISSING_GROUP),
    Scene("job, no scope", "POST", "/jobs/nightly", "machine", 403, Reason.MISSING_SCOPE),
    Scene("ana's ID token", "GET", "/orders", "nobody", 401, Reason.WRONG_USE),
    Scene("ana's refresh", "GET", "/orders", "nobody", 401, Reason.REFRESH_TOKEN_SENT),
    Scene("ana's, expired", "GET", "/orders", "nobody", 401, Reason.EXPIRED),
    Scene("ana's, expired", "GET", "/healthz", "nobody", 200, Reason.PUBLIC),
    Scene("other client's", "GET", "/orders", "nobody", 401, Reason.WRONG_CLIENT),
    Scene("other pool's", "GET", "/orders", "nobody", 401, Reason.UNKNOWN_ISSUER),
    Scene("bo's, tampered", "GET", "/orders", "nobody", 401, Reason.BAD_SIGNATURE),
    Scene("a forger's", "GET", "/orders", "nobody", 401, Reason.UNKNOWN_KEY),
)


def play(scene: Scene, tokens: Mapping[str, str | None], authorizer: Authorizer) -> Played:
    """Have the scene's request decided."""
    return Played(scene, authorizer.authorize(tokens[scene.token], scene.method, scene.path))


def _name(who: Principal | None) -> str:
    if who is None:
        return "nobody"
    return "machine" if who.username is None else who.username
