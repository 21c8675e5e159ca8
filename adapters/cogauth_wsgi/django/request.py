"""What of a Django request a decision is about, and what the request is told of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from cogauth import Answer, Decision, Principal
from cogauth_wsgi.environ import DECISION, Asked, headers_of, host_of, names_variables, raw_path_of


class PrincipalRequest(HttpRequest):
    """What the middleware makes of a request, for annotations."""

    principal: Principal | None
    """Who is calling; None where a public route was used without a token."""


def asked_of(request: HttpRequest) -> Asked:
    """Read a request: method and path are those that Django routes by."""
    # Django has put text into META for the bytes of the environ, and mounts the site elsewhere by FORCE_SCRIPT_NAME.
    # `request.path` is of no use: it begins with a slash even if the path does not.
    meta: dict[str, Any] = request.META
    path = "" if names_variables(meta) else meta.get("SCRIPT_NAME", "") + request.path_info
    scope = getattr(request, "scope", None)
    raw_path = raw_path_of(meta) if scope is None else scope.get("raw_path")
    return Asked(request.method or "", path, headers_of(meta), raw_path, host_of(meta))


def tell(request: HttpRequest, decision: Decision | None) -> None:
    """
    Tell *request* who is calling.

    `request.user` is left to `django.contrib.auth`: it is a row of the site's own table, with staff and permissions,
    which a principal is not.
    """
    request.META.pop(DECISION, None)
    if decision is not None:
        request.META[DECISION] = decision
    cast("PrincipalRequest", request).principal = decision.principal if decision else None


def respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Say *answer* in Django's words."""
    body = b"" if request.method == "HEAD" else answer.body
    phrase = HTTPStatus(answer.status).phrase
    return HttpResponse(body, status=answer.status, reason=phrase, headers=dict(answer.headers))
