"""The Django app, in `INSTALLED_APPS` as `"cogauth_wsgi.django"`: it has no models, and one check."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from cogauth_wsgi.django.checks import check_setting


class CogAuthConfig(AppConfig):
    """Has `manage.py check` look at the `COGAUTH` setting."""

    name = "cogauth_wsgi.django"
    label = "cogauth"

    def ready(self) -> None:
        register(check_setting, Tags.security)
