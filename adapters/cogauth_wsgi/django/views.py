"""Rules of single Django views, beside what the site's policy asks: both must allow."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import View

from cogauth import ConfigurationError, Rule
from cogauth_wsgi.django.request import asked_of, respond
from cogauth_wsgi.django.setting import site
from cogauth_wsgi.front import answer_of

V = TypeVar("V", bound=Callable[..., Any])


def requires(rule: Rule) -> Callable[[V], V]:
    """
    Ask *rule* of whoever uses a view, a function or a coroutine; `RequiresMixin` is for classes.

    A refusal is answered as any other, and the view does not run. Raises `ConfigurationError` if *rule* is no rule.
    """
    if not isinstance(rule, Rule):
        raise ConfigurationError('requires: takes a rule, such as Group("editors")')

    def guarding(view: V) -> V:
        if iscoroutinefunction(view):  # pyright: ignore[reportDeprecated]  # on Python 3.11 no other one knows what is marked

            @wraps(view)
            async def awaited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                decision = await site().async_front.decide_awaited(asked_of(request), rule)
                if not decision.allowed:
                    return respond(request, answer_of(decision))
                return cast("HttpResponseBase", await view(request, *args, **kwargs))

            return cast("V", awaited)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            decision = site().front.decide(asked_of(request), rule)
            if not decision.allowed:
                return respond(request, answer_of(decision))
            return cast("HttpResponseBase", view(request, *args, **kwargs))

        return cast("V", guarded)

    return guarding


class RequiresMixin(View):
    """Asks the view's `rule` of whoever uses it; stands first among the bases. `as_view` raises as `requires` does."""

    rule: Rule | None = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        # Here rather than in `dispatch`, which a subclass may have for itself.
        rule: Any = initkwargs.get("rule", cls.rule)
        return requires(rule)(super().as_view(**initkwargs))
