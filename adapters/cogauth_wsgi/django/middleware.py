"""Django middleware: the request goes to an authorizer, its decision goes out, and no more is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cogauth_wsgi.django.request import asked_of, respond, tell
from cogauth_wsgi.django.setting import site
from cogauth_wsgi.front import answer_of

GetResponse = Callable[[HttpRequest], Any]


class CogAuthMiddleware:
    """
    Lets through what the authorizer of the `COGAUTH` setting allows, under WSGI and ASGI alike.

    Views find the principal in `request.principal`, None where a public route was used without a token, and the
    decision in `request.META["cogauth.decision"]`, which no header can set. `request.user` is not touched. Its place
    in `MIDDLEWARE` is below what must see refusals as well, such as that of django-cors-headers, and above the rest.

    Raises:
        ConfigurationError: the setting or its file is wrong; while the server starts.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._awaits = iscoroutinefunction(get_response)  # pyright: ignore[reportDeprecated]  # on Python 3.11 no other one knows what is marked
        # Now rather than at the first request, so that a mistake is told when the site starts.
        if self._awaits:
            markcoroutinefunction(self)
            self._async_front = site().async_front
        else:
            self._front = site().front

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._awaits:
            return self._awaited(request)
        tell(request, None)
        asked = asked_of(request)
        answer = self._front.metadata(asked)
        if answer is None:
            decision = self._front.decide(asked)
            if decision.allowed:
                tell(request, decision)
                return cast("HttpResponseBase", self._get_response(request))
            answer = answer_of(decision)
        return respond(request, answer)

    async def _awaited(self, request: HttpRequest) -> HttpResponseBase:
        tell(request, None)
        asked = asked_of(request)
        answer = self._async_front.metadata(asked)
        if answer is None:
            decision = await self._async_front.decide_awaited(asked)
            if decision.allowed:
                tell(request, decision)
                return cast("HttpResponseBase", await self._get_response(request))
            answer = answer_of(decision)
        return respond(request, answer)
