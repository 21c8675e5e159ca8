"""Decisions that refuse before anything is known of the caller."""

from __future__ import annotations

from cogauth.bearer import BUG, Answer, Challenges, refuse
from cogauth.decision import Decision, Reason
from cogauth.errors import KeysUnavailable, TokenError
from cogauth.judging.shadows import shadow_of_nobody
from cogauth.plan import Guarded


def refusal(
    reason: Reason,
    answer: Answer,
    *,
    error: Exception | None = None,
    guarded: Guarded | None = None,
    shadow: Guarded | None = None,
    api: str | None = None,
) -> Decision:
    """Make the decision that refuses with *answer*, nothing being known of the caller."""
    return Decision(
        allowed=False,
        status=answer.status,
        reason=reason,
        route=(guarded.line or None) if guarded else None,
        shadow=shadow_of_nobody(shadow, reason),
        headers=answer.headers,
        body=answer.body,
        error=error,
        api=api,
    )


def refused_token(
    error: Exception,
    told: Challenges,
    *,
    guarded: Guarded | None = None,
    shadow: Guarded | None = None,
    api: str | None = None,
) -> Decision:
    """Make the decision on a token that was not verified, because of *error*."""
    reason = why(error)
    if reason is Reason.INTERNAL_ERROR:
        return refusal(reason, BUG, error=error, guarded=guarded, api=api)
    answer = told.bad_token
    if isinstance(error, KeysUnavailable):
        answer = refuse(503, code=error.code, retry_after=error.retry_after)
    return refusal(reason, answer, error=error, guarded=guarded, shadow=shadow, api=api)


def why(error: Exception) -> Reason:
    """Give the reason for which *error* refuses a token."""
    if isinstance(error, TokenError):
        return Reason(error.code)
    return Reason.KEYS_UNAVAILABLE if isinstance(error, KeysUnavailable) else Reason.INTERNAL_ERROR
