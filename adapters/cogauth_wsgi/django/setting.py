"""The `COGAUTH` setting: whom a site asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from cogauth import AsyncAuthorizer, Authorizer, ConfigurationError
from cogauth_wsgi.front import Front

A = TypeVar("A", Authorizer, AsyncAuthorizer)

_KEYS = ("file", "authorizer", "async_authorizer", "api", "by_host")


class Site:
    """
    Whom a site asks, by its setting; made when somebody first asks, and then the same for the middleware and all views.

    Args:
        setting: `file`, the path of a `cogauth.toml`; or `authorizer`, an `Authorizer` or the dotted path of one, and
            `async_authorizer` likewise, for what runs in an event loop. Beside it `api` or `by_host`, as in
            `cogauth_wsgi.CogAuthMiddleware`.

    Raises:
        ConfigurationError: it is something else.
    """

    def __init__(self, setting: object) -> None:
        if not isinstance(setting, Mapping):
            raise ConfigurationError('COGAUTH: must be a dict, such as {"file": BASE_DIR / "cogauth.toml"}')
        self._setting: Mapping[str, Any] = setting
        unknown = sorted(str(key) for key in self._setting if key not in _KEYS)
        if unknown:
            raise ConfigurationError(f"COGAUTH: unknown {', '.join(unknown)}; there are {', '.join(_KEYS)}")
        if ("file" in setting) == ("authorizer" in setting or "async_authorizer" in setting):
            raise ConfigurationError("COGAUTH: needs either file, or authorizer or async_authorizer or both")

    @cached_property
    def front(self) -> Front[Authorizer]:
        """Whom all ask that may wait: WSGI, and views that are no coroutines."""
        return self._front(Authorizer, "authorizer")

    @cached_property
    def async_front(self) -> Front[AsyncAuthorizer]:
        """Whom all ask that must not wait: what runs in an event loop."""
        return self._front(AsyncAuthorizer, "async_authorizer")

    def build(self) -> None:
        """Make what is configured; raises `ConfigurationError` with all mistakes of the file."""
        if "async_authorizer" in self._setting:
            _ = self.async_front
        if "async_authorizer" not in self._setting or "authorizer" in self._setting:
            _ = self.front

    def _front(self, kind: type[A], key: str) -> Front[A]:
        api: str | None = self._setting.get("api")
        by_host: bool = self._setting.get("by_host", False)
        return Front(self._authorizer(kind, key), api=api, by_host=by_host)

    def _authorizer(self, kind: type[A], key: str) -> A:
        if "file" in self._setting:
            return kind.from_file(self._setting["file"])
        given = self._setting.get(key)
        if isinstance(given, str):
            try:
                given = import_string(given)
            except ImportError as error:
                raise ConfigurationError(f"COGAUTH: {key}: {error}") from error
        if not isinstance(given, kind):
            raise ConfigurationError(f"COGAUTH: {key}: must be an {kind.__name__}, or the dotted path of one")
        return given


@cache
def site() -> Site:
    """Give the one that the settings describe; raises `ConfigurationError` if they do not."""
    return Site(getattr(settings, "COGAUTH", None))


def _forget(*, setting: str, **_: Any) -> None:
    """A test has changed a setting (Django's `override_settings`)."""
    if setting == "COGAUTH":
        site.cache_clear()


setting_changed.connect(_forget)
