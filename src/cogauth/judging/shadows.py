"""What routes in shadow mode would have said."""

from __future__ import annotations

from cogauth.bearer import unmet_reason
from cogauth.decision import Reason, Shadow
from cogauth.plan import Guarded
from cogauth.principal import Principal


def shadow_of(shadow: Guarded | None, who: Principal, now: float) -> Shadow | None:
    """Tell what *shadow* would have said to *who* at *now*; None without one."""
    if shadow is None:
        return None
    if shadow.plan.public:
        return Shadow(shadow.line, allowed=True, reason=Reason.PUBLIC)
    verdict = shadow.plan.verdict(who, now)
    if verdict.allowed:
        return Shadow(shadow.line, allowed=True, reason=Reason.ALLOWED)
    reason = Reason.DENIED if verdict.denied else unmet_reason(verdict.unmet)
    return Shadow(shadow.line, allowed=False, reason=reason)


def shadow_of_nobody(shadow: Guarded | None, reason: Reason) -> Shadow | None:
    """Tell what *shadow* would have said where there is no principal, for *reason*: it would want one, too."""
    if shadow is None:
        return None
    if shadow.plan.public:
        return Shadow(shadow.line, allowed=True, reason=Reason.PUBLIC)
    return Shadow(shadow.line, allowed=False, reason=reason)
