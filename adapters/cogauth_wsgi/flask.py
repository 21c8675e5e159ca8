"""The Flask extension: the middleware under an app, rules on single views, and the current principal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, current_app, has_request_context, request
from werkzeug.local import LocalProxy

from cogauth import Authorizer, ConfigurationError, Decision, Principal, Rule
from cogauth_wsgi.middleware import CogAuthMiddleware, decide

P = ParamSpec("P")
T = TypeVar("T")


class CogAuth:
    """
    Guards a Flask app: `CogAuth(app, authorizer=...)`, or `init_app` in an app factory.

    *authorizer* decides every request before Flask sees it; `requires` adds rules of single views: both must allow.

    Raises:
        ConfigurationError: there is no authorizer, or the app is guarded already.
    """

    def __init__(self, app: Flask | None = None, *, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Guard *app*; raises `ConfigurationError` if it is guarded already."""
        if "cogauth" in app.extensions:
            raise ConfigurationError("CogAuth: this app is guarded already")
        app.wsgi_app = CogAuthMiddleware(app.wsgi_app, authorizer=self._authorizer)  # type: ignore[method-assign]
        app.extensions["cogauth"] = self._authorizer


def requires(rule: Rule) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """
    Ask *rule* of whoever uses a view, beside what the app's policy asks; goes below `@app.route`.

    A refusal is answered as any other, and the view does not run. Raises `ConfigurationError` if *rule* is no rule.
    """
    if not isinstance(rule, Rule):
        raise ConfigurationError('requires: takes a rule, as in @requires(Group("editors"))')

    def guard(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            authorizer: Authorizer = current_app.extensions["cogauth"]
            decision = decide(authorizer.guarding(rule), request.environ)
            if not decision.allowed:
                abort(Response(decision.body, decision.status, list(decision.headers)))
            return cast("T", current_app.ensure_sync(view)(*args, **kwargs))

        return guarded

    return guard


def _principal() -> Principal | None:
    decision: Decision | None = request.environ.get("cogauth.decision") if has_request_context() else None
    return decision.principal if decision else None


current_principal: Principal = cast("Any", LocalProxy(_principal))
"""Who is calling, during a request; false where a public route was used without a token."""
