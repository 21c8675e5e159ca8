"""What `manage.py check` says of the `COGAUTH` setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning as CheckWarning
from django.utils.module_loading import import_string

from cogauth import ConfigurationError
from cogauth_wsgi.django.middleware import CogAuthMiddleware
from cogauth_wsgi.django.setting import site


def check_setting(**_: Any) -> list[CheckMessage]:
    """Say what is wrong with the setting, every mistake of the file included, and whether nothing asks by it."""
    return list(_messages())


def _messages() -> Iterator[CheckMessage]:
    try:
        site().build()
    except ConfigurationError as error:
        for problem in error.problems or (str(error),):
            yield Error(problem, id="cogauth.E001")
    if not any(map(_is_ours, settings.MIDDLEWARE)):
        yield CheckWarning(
            "no CogAuthMiddleware is among MIDDLEWARE: only views with a rule of their own are guarded",
            hint='Add "cogauth_wsgi.django.CogAuthMiddleware", or silence this where it is meant.',
            id="cogauth.W001",
        )


def _is_ours(path: str) -> bool:
    try:
        middleware = import_string(path)
    except ImportError:  # which Django tells in its own words
        return False
    return isinstance(middleware, type) and issubclass(middleware, CogAuthMiddleware)
