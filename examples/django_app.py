"""Orders in Django, in one file, by the policy in cogauth.toml: `gunicorn --pythonpath examples django_app`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

from cogauth import Group
from cogauth_wsgi.django import PrincipalRequest, requires


def order(request: PrincipalRequest, number: str) -> JsonResponse:
    return JsonResponse({"number": number, "who": request.principal and request.principal.username})


@requires(Group("editors"))
def reports(request: PrincipalRequest) -> JsonResponse:
    return JsonResponse({"reports": [], "for": request.principal and request.principal.username})


def health(_: PrincipalRequest) -> JsonResponse:
    return JsonResponse({})


urlpatterns = [path("orders/<number>", order), path("reports", reports), path("healthz", health)]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["cogauth_wsgi.django.CogAuthMiddleware"],
    COGAUTH={"file": "cogauth.toml"},
)
application = get_wsgi_application()
