"""Decisions that refuse before anything is known of the caller."""

from __future__ import annotations

from cogauth.bearer import BAD_TOKEN, BUG, Answer, refuse
from cogauth.decision import Decision, Reason
from cogauth.errors import KeysUnavailable, TokenError
from cogauth.plan import Guarded


def refusal(
    reason: Reason,
    answer: Answer,
    *,
    error: Exception | None = None,
    guarded: Guarded | None = None,
) -> Decision:
    """Make the decision that refuses with *answer*, nothing being known of the caller."""
    return Decision(
        allowed=False,
        status=answer.status,
        reason=reason,
        route=(guarded.line or None) if guarded else None,
        headers=answer.headers,
        body=answer.body,
        error=error,
    )


def refused_token(error: Exception, guarded: Guarded | None) -> Decision:
    """Make the decision on a token that was not verified, because of *error*."""
    if isinstance(error, TokenError):
        return refusal(Reason(error.code), BAD_TOKEN, error=error, guarded=guarded)
    if isinstance(error, KeysUnavailable):
        answer = refuse(503, code=error.code, retry_after=error.retry_after)
        return refusal(Reason.KEYS_UNAVAILABLE, answer, error=error, guarded=guarded)
    return refusal(Reason.INTERNAL_ERROR, BUG, error=error, guarded=guarded)
