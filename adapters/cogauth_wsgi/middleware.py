"""WSGI middleware: the environ goes to an authorizer, its decision goes out, and no more is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from cogauth import Answer, Authorizer, ConfigurationError
from cogauth_wsgi.environ import DECISION, Environ, asked_of
from cogauth_wsgi.front import Front, answer_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class CogAuthMiddleware:
    """
    Lets through what *authorizer* allows; what the application then returns is passed on as it is.

    The application finds the decision, with the principal, in `environ["cogauth.decision"]`, which no header can set;
    what was there before is not passed on. `REMOTE_USER` is left alone: others take it for an account of this machine,
    and a subject is one only together with its issuer.

    Args:
        app: the application.
        authorizer: who decides.
        api: the name of the api that this application is, where the policy has several.
        by_host: whether the Host header chooses the api; only behind a proxy that is configured to set it.

    Raises:
        ConfigurationError: *authorizer* is no `Authorizer`, its policy has no such *api*, or both *api* and *by_host*
            are given.
    """

    def __init__(
        self, app: WSGIApplication, *, authorizer: Authorizer, api: str | None = None, by_host: bool = False
    ) -> None:
        if not isinstance(authorizer, Authorizer):
            raise ConfigurationError("CogAuthMiddleware: authorizer must be an Authorizer")
        self._app = app
        self.front: Front[Authorizer] = Front(authorizer, api=api, by_host=by_host)
        """Whom it asks."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop(DECISION, None)
        asked = asked_of(environ)
        answer = self.front.metadata(asked)
        if answer is None:
            decision = self.front.decide(asked)
            if decision.allowed:
                environ[DECISION] = decision
                return self._app(environ, start_response)
            answer = answer_of(decision)
        return self._respond(answer, environ, start_response)

    def _respond(self, answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]
