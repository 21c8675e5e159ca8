"""WSGI middleware: the environ goes to an authorizer, its decision goes out, and no more is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from cogauth import Authorizer, ConfigurationError, Decision

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Environ: TypeAlias = dict[str, Any]

# The headers that a decision may read, as the environ spells them (PEP 3333, "environ Variables").
_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD")


class CogAuthMiddleware:
    """
    Lets through what *authorizer* allows.

    The application finds the decision, with the principal, in `environ["cogauth.decision"]`, which no header can set.
    Raises `ConfigurationError` if *authorizer* is not an `Authorizer`.
    """

    def __init__(self, app: WSGIApplication, *, authorizer: Authorizer) -> None:
        if not isinstance(authorizer, Authorizer):
            raise ConfigurationError("CogAuthMiddleware: authorizer must be an Authorizer")
        self._app = app
        self._authorizer = authorizer

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        decision = decide(self._authorizer, environ)
        if decision.allowed:
            environ["cogauth.decision"] = decision
            return self._app(environ, start_response)
        start_response(f"{decision.status} {HTTPStatus(decision.status).phrase}", list(decision.headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [decision.body]


def decide(authorizer: Authorizer, environ: Environ) -> Decision:
    """Have *authorizer* decide the request that *environ* describes."""
    headers = [(name[5:].replace("_", "-"), environ[name]) for name in _HEADERS if name in environ]
    raw_path: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    raw_path = raw_path.partition("?")[0] if raw_path else None
    return authorizer.authorize_request(environ["REQUEST_METHOD"], _path(environ), headers, raw_path=raw_path)


def _path(environ: Environ) -> str:
    """Give the whole path, of which PEP 3333 has the bytes as Latin-1; what is not UTF-8 is refused as odd."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    try:
        return path.encode("latin-1").decode("utf-8") or "/"
    except UnicodeError:
        return ""
