"""A Django site whose views say who they were told is calling."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views import View

from cogauth import Group, Scope
from cogauth_wsgi.django import PrincipalRequest, RequiresMixin, requires


def who(request: PrincipalRequest, **parameters: str) -> JsonResponse:
    """Be a view without a rule of its own."""
    decision = request.META["cogauth.decision"]
    name = request.principal.username if request.principal else None
    return JsonResponse({"who": name, "reason": decision.reason, "has user": hasattr(request, "user"), **parameters})


class Order(View):
    """Leaves everything to the policy."""

    def get(self, request: PrincipalRequest, number: str) -> HttpResponse:
        return who(request, number=number)

    def put(self, request: PrincipalRequest, number: str) -> HttpResponse:
        return who(request, number=number)


@requires(Scope("jobs/cancel"))
def jobs(request: PrincipalRequest) -> HttpResponse:
    raise AssertionError("nobody gets here")


@requires(Group("editors"))
def editors(request: PrincipalRequest) -> HttpResponse:
    return who(request)


@requires(Group("editors"))
async def editors_awaited(request: PrincipalRequest) -> HttpResponse:
    return who(request)


class Editors(RequiresMixin, Order):
    """Is for editors."""

    rule = Group("editors")


class EditorsAwaited(RequiresMixin):
    """Is for editors, and awaited."""

    rule = Group("editors")

    async def get(self, request: PrincipalRequest) -> HttpResponse:
        return who(request)


urlpatterns = [
    path("", who),
    path("orders/<number>", Order.as_view()),
    path("jobs", jobs),
    path("healthz", who),
    path("live", who),
    path("größe", who),
    path("open/editors", editors),
    path("open/awaited", editors_awaited),
    path("open/class/<number>", Editors.as_view()),
    path("open/class-awaited", EditorsAwaited.as_view()),
]
