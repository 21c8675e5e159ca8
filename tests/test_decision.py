"""Decisions: raise when they are made to, show nothing, and give their reasons from a closed list."""

from __future__ import annotations

import pytest

from cogauth import (
    AccessDenied,
    CogAuthError,
    Decision,
    Expired,
    KeysUnavailable,
    MissingToken,
    Principal,
    Reason,
    TokenError,
    errors,
)
from cogauth.decision import Shadow
from tests.support.principals import principal


def refused(
    reason: Reason, *, status: int = 403, error: Exception | None = None, who: Principal | None = None
) -> Decision:
    """A decision that says no."""
    return Decision(allowed=False, status=status, reason=reason, error=error, principal=who)


def test_who_may_is_given() -> None:
    """The principal, or None where nobody in particular may."""
    who = principal()
    assert who is Decision(allowed=True, status=200, reason=Reason.ALLOWED, principal=who).require()
    assert Decision(allowed=True, status=200, reason=Reason.PUBLIC).require() is None


@pytest.mark.parametrize(
    ("decision", "kind"),
    [
        pytest.param(refused(Reason.MISSING_TOKEN, status=401, error=MissingToken()), MissingToken, id="no token"),
        pytest.param(refused(Reason.EXPIRED, status=401, error=Expired()), Expired, id="a token that is over"),
        pytest.param(refused(Reason.REVOKED, status=401), TokenError, id="revoked"),
        pytest.param(refused(Reason.KEYS_UNAVAILABLE, status=503, error=KeysUnavailable()), KeysUnavailable, id="keys"),
        pytest.param(
            refused(Reason.INTERNAL_ERROR, status=500, error=ZeroDivisionError()), ZeroDivisionError, id="bug"
        ),
        pytest.param(refused(Reason.MISSING_GROUP, who=principal()), AccessDenied, id="no group"),
        pytest.param(refused(Reason.NO_ROUTE, who=principal()), AccessDenied, id="no route"),
        pytest.param(refused(Reason.ODD_PATH, status=400), AccessDenied, id="an odd path"),
    ],
)
def test_who_may_not_is_told_by_an_error(decision: Decision, kind: type[Exception]) -> None:
    """Another class for the caller, the administrator and the operator; asked twice it raises twice."""
    for _ in range(2):
        with pytest.raises(kind) as caught:
            decision.require()
        assert kind is type(caught.value)


def test_an_error_of_the_policy_carries_the_decision() -> None:
    """So that a handler has the whole answer at hand; its own text is constant."""
    decision = refused(Reason.MISSING_GROUP, who=principal())
    with pytest.raises(AccessDenied, match=r"^access denied$") as caught:
        decision.require()
    assert decision is caught.value.decision
    assert "missing_group" == caught.value.reason


def test_a_decision_without_a_principal_has_no_roles() -> None:
    """Roles are looked up when somebody asks, and by nobody's default."""
    assert frozenset() == refused(Reason.NO_ROUTE).roles
    asked: list[tuple[Principal, float]] = []

    def roles(who: Principal, now: float) -> frozenset[str]:
        asked.append((who, now))
        return frozenset({"admin"})

    who = principal()
    assert frozenset() == Decision(allowed=True, status=200, reason=Reason.PUBLIC, roles_of=roles, now=7.0).roles
    decision = Decision(allowed=True, status=200, reason=Reason.ALLOWED, principal=who, roles_of=roles, now=7.0)
    assert [] == asked
    assert {"admin"} == decision.roles
    assert [(who, 7.0)] == asked


def test_a_decision_shows_neither_claims_nor_requirements() -> None:
    """A log line has status, reason and route."""
    who = principal({"custom:dept": "risk"}, groups=["admins"])
    decision = Decision(
        allowed=False,
        status=403,
        reason=Reason.MISSING_SCOPE,
        principal=who,
        route="GET /a",
        unmet=("needs scope r",),
        shadow=Shadow("GET /{x}", allowed=True, reason=Reason.ALLOWED),
        headers=(("WWW-Authenticate", "Bearer"),),
        body=b"{}",
    )
    assert "<Decision 403 missing_scope GET /a>" == repr(decision) == str(decision)
    assert "<Decision 401 missing_token >" == repr(refused(Reason.MISSING_TOKEN, status=401))


def test_a_decision_cannot_be_changed() -> None:
    """Nobody on the way makes a yes of a no."""
    decision = refused(Reason.DENIED)
    with pytest.raises(AttributeError):
        decision.allowed = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    assert not decision.allowed


def test_every_refusal_of_a_token_has_a_reason() -> None:
    """The codes of the leaves of TokenError are reasons, so that none of them ends as a bug."""
    leaves = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TokenError)]
    assert 13 == len(leaves)
    assert {kind.code for kind in leaves if kind is not TokenError} <= set(Reason)
    assert issubclass(KeysUnavailable, CogAuthError)
    assert KeysUnavailable.code in set(Reason)
