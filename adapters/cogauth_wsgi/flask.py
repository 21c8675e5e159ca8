"""The Flask extension: the middleware under an app, rules on views and blueprints, and the current principal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from flask import Blueprint, Flask, Response, abort, current_app, has_request_context, request
from werkzeug.local import LocalProxy

from cogauth import Answer, Authorizer, ConfigurationError, Decision, Principal, Rule
from cogauth_wsgi.environ import DECISION, Environ, asked_of
from cogauth_wsgi.front import Front, answer_of
from cogauth_wsgi.middleware import CogAuthMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

P = ParamSpec("P")
T = TypeVar("T")


class CogAuth:
    """
    Guards a Flask app: `CogAuth(app, authorizer=...)`, or `init_app` in an app factory.

    *authorizer* decides every request before Flask sees it, routes that there are not and static files included;
    `requires` and `guard` add rules of views and blueprints: both must allow. A refusal is the decision's own answer
    and not one of the app's error pages. It does leave through the app's `after_request` functions, so that those of
    Flask-CORS and the like see it.

    Args:
        app: the app; none where `init_app` is called later.
        authorizer: who decides.
        api: the name of the api that the app is, where the policy has several.
        by_host: whether the Host header chooses the api; only behind a proxy that is configured to set it.

    Raises:
        ConfigurationError: as `cogauth_wsgi.CogAuthMiddleware`, or the app is guarded already.
    """

    def __init__(
        self, app: Flask | None = None, *, authorizer: Authorizer, api: str | None = None, by_host: bool = False
    ) -> None:
        self._authorizer = authorizer
        self._api = api
        self._by_host = by_host
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Guard *app*; raises `ConfigurationError` as the class does."""
        if "cogauth" in app.extensions:
            raise ConfigurationError("CogAuth: this app is guarded already")
        entrance = _Entrance(app, self._authorizer, self._api, by_host=self._by_host)
        app.wsgi_app = entrance  # type: ignore[method-assign]  # as Flask's documentation has it
        app.extensions["cogauth"] = entrance.front


class _Entrance(CogAuthMiddleware):
    """The middleware under an app."""

    def __init__(self, app: Flask, authorizer: Authorizer, api: str | None, *, by_host: bool) -> None:
        super().__init__(app.wsgi_app, authorizer=authorizer, api=api, by_host=by_host)
        self._flask = app

    def _respond(self, answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self._flask.request_context(environ):
            response = self._flask.process_response(_response(answer))
        return response(environ, start_response)


def requires(rule: Rule) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """
    Ask *rule* of whoever uses a view, beside what the app's policy asks; goes below `@app.route`.

    A refusal is answered as any other, and the view does not run. Raises `ConfigurationError` if *rule* is no rule.
    """
    _check(rule, "@requires")

    def guarding(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            _ask(rule)
            return cast("T", current_app.ensure_sync(view)(*args, **kwargs))

        return guarded

    return guarding


def guard(blueprint: Blueprint, rule: Rule) -> None:
    """
    Ask *rule* of whoever uses any view of *blueprint*, or of those within it, beside what the app's policy asks.

    Raises `ConfigurationError` if *rule* is no rule.
    """
    _check(rule, "guard")

    def ask() -> None:
        # An answer to OPTIONS that Flask makes by itself runs no view; the policy has let it pass.
        if request.method != "OPTIONS" or not getattr(request.url_rule, "provide_automatic_options", False):
            _ask(rule)

    blueprint.before_request(ask)


def _check(rule: Rule, where: str) -> None:
    if not isinstance(rule, Rule):
        raise ConfigurationError(f'{where}: takes a rule, such as Group("editors")')


def _ask(rule: Rule) -> None:
    """Go on if *rule* is met, else answer; no error handler of the app is asked how."""
    front: Front[Authorizer] = current_app.extensions["cogauth"]
    decision = front.decide(asked_of(request.environ), rule)
    if not decision.allowed:
        abort(_response(answer_of(decision)))


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))


def _principal() -> Principal | None:
    decision: Decision | None = request.environ.get(DECISION) if has_request_context() else None
    return decision.principal if decision else None


current_principal: Principal = cast("Any", LocalProxy(_principal))
"""Who is calling, during a request; false where a public route was used without a token."""
