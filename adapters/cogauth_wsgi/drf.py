"""Django REST framework: who is calling, and rules as permissions."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from cogauth import AUTHENTICATED, ConfigurationError, Decision, Principal, Reason, Rule
from cogauth_wsgi.django.request import asked_of
from cogauth_wsgi.django.setting import site
from cogauth_wsgi.environ import DECISION


class Refused(APIException):
    """
    A refusal, in the words of REST framework.

    Status, challenge, `Retry-After` and the members of the body are those of `decision`. What its exceptions cannot
    carry is lost: the renderer chooses the media type, where the middleware would have said
    `application/problem+json`, and `Cache-Control` is left to the site.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision: Decision = decision
        self.status_code: int = decision.status
        # Not by way of the base class, which would make text of the number among them.
        self.detail: Any = json.loads(decision.body)
        headers = dict(decision.headers)
        # What REST framework's exception handler looks for.
        self.auth_header: str | None = headers.get("WWW-Authenticate")
        self.wait: int | None = int(headers["Retry-After"]) if "Retry-After" in headers else None

    def get_codes(self) -> str:
        """Give the reason in the body."""
        return str(self.detail["reason"])

    def get_full_details(self) -> Any:
        """Give the title and the reason in the body."""
        return {"message": str(self.detail["title"]), "code": self.get_codes()}


class CogAuthAuthentication(BaseAuthentication):
    """
    `request.user` is the principal, `request.auth` the decision.

    Behind the middleware it says what the middleware found. Without it, a good token gives a principal, a bad one or
    an outage of keys is refused, and a request without a token goes on to the next class, or as nobody.
    """

    def authenticate(self, request: Request) -> tuple[Any, Decision] | None:
        decision: Decision | None = request.META.get(DECISION)
        if decision is None:
            decision = site().front.decide(asked_of(request), AUTHENTICATED)
            if decision.reason is Reason.MISSING_TOKEN:
                return None
            if not decision.allowed:
                raise Refused(decision)
        return None if decision.principal is None else (self.user_for(decision.principal), decision)

    def user_for(self, principal: Principal) -> Any:
        """Give what `request.user` will be; a subclass may look up the site's own user, and raise if there is none."""
        return principal

    def authenticate_header(self, request: Request) -> str | None:
        """Give the challenge of a request without a token."""
        decision = site().front.decide(asked_of(request)._replace(headers=()), AUTHENTICATED)
        return dict(decision.headers).get("WWW-Authenticate")


def requires(rule: Rule) -> type[BasePermission]:
    """
    Make a permission of *rule*: `permission_classes = [requires(Group("editors"))]`.

    It asks whose token the request has, whatever `request.user` is, and raises `Refused` rather than say no, so that
    the answer names what is missing. Rules are joined by their own `&`, `|` and `~`; after REST framework's `~` nobody
    is allowed. Raises `ConfigurationError` if *rule* is no rule.
    """
    if not isinstance(rule, Rule):
        raise ConfigurationError('requires: takes a rule, such as Group("editors")')

    class Requires(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  any view is asked about alike
            decision = site().front.decide(asked_of(request), rule)
            if not decision.allowed:
                raise Refused(decision)
            return True

    return Requires
