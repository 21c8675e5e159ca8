"""REST framework is told who is calling, and refuses in its own words by the decisions of rules."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import django
import pytest
from django.test import RequestFactory, override_settings
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cogauth import Authorizer, ConfigurationError, Group, Principal, Scope, SignedInWithin, Verifier
from cogauth_wsgi.django import CogAuthMiddleware
from cogauth_wsgi.drf import CogAuthAuthentication, Refused, requires
from tests.adapters.conftest import Pool, broken

django.setup()


@pytest.fixture(autouse=True)
def configured(pool: Pool) -> Generator[None]:
    with override_settings(COGAUTH={"authorizer": pool.authorizer()}):
        yield


class Whoami(APIView):
    """Says who it was told is calling."""

    authentication_classes = (CogAuthAuthentication,)
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        user: Any = request.user
        return Response({"who": getattr(user, "username", None), "reason": getattr(request.auth, "reason", None)})


def asked(view: type[APIView], token: str | None, *, middleware: bool = False, **more: Any) -> Any:
    """Send one request to *view*, alone or behind the middleware; gives the answer as a server would send it."""
    if token is not None:
        more["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    request = RequestFactory().get(more.pop("path", "/orders/7"), **more)
    serve: Any = CogAuthMiddleware(view.as_view()) if middleware else view.as_view()
    answer = serve(request)
    return answer.render() if hasattr(answer, "render") else answer


def guarded(*permissions: Any, authentication: Any = (CogAuthAuthentication,)) -> type[APIView]:
    """Make a view that asks these permissions."""
    return type("Guarded", (Whoami,), {"permission_classes": permissions, "authentication_classes": authentication})


@pytest.mark.parametrize(
    ("status", "challenge", "who", "permission"),
    [
        pytest.param(200, None, "bo", AllowAny, id="known"),
        pytest.param(200, None, None, AllowAny, id="nobody"),
        pytest.param(200, None, "bo", IsAuthenticated, id="authenticated"),
        pytest.param(200, None, "ana", requires(Group("editors")), id="in the group"),
        pytest.param(200, None, "machine", requires(Scope("jobs/run")), id="machine with the scope"),
        pytest.param(401, "Bearer", None, IsAuthenticated, id="not authenticated"),
        pytest.param(401, "Bearer", None, requires(Group("editors")), id="no token"),
        pytest.param(401, 'Bearer error="invalid_token"', "expired", AllowAny, id="expired"),
        pytest.param(401, 'Bearer error="invalid_token"', "expired", requires(Group("editors")), id="expired, rule"),
        pytest.param(403, None, "bo", requires(Group("editors")), id="not in the group"),
        pytest.param(
            403,
            'Bearer error="insufficient_scope", scope="jobs/cancel"',
            "machine",
            requires(Scope("jobs/cancel")),
            id="without the scope",
        ),
        pytest.param(
            401,
            'Bearer error="insufficient_user_authentication", max_age="1"',
            "old",
            requires(SignedInWithin(1)),
            id="signed in too long ago",
        ),
        pytest.param(403, None, "bo", requires(Group("editors")) & IsAuthenticated, id="joined by REST framework"),
        pytest.param(403, None, "bo", requires(Group("editors")) | IsAuthenticated, id="or nothing else"),
        pytest.param(403, None, "bo", ~requires(Group("editors")), id="not in it is no merit"),
        pytest.param(403, None, "ana", ~requires(Group("editors")), id="nor is not being not in it"),
    ],
)
def test_requests(pool: Pool, status: int, challenge: str | None, who: str | None, permission: Any) -> None:
    """Without the middleware, authentication and rules refuse by the decision, challenge and all."""
    token = pool.local.mint({"auth_time": 1_000_000_000}) if who == "old" else who and getattr(pool, who)

    answer = asked(guarded(permission), token)

    assert (status, challenge) == (answer.status_code, answer.headers.get("WWW-Authenticate"))
    assert status != 200 or (None if who == "machine" else who or "") == json.loads(answer.content)["who"]


def test_body(pool: Pool) -> None:
    """The body has the members of the decision's; the media type is the renderer's."""
    answer = asked(guarded(requires(Group("editors"))), pool.bo)

    expected = {"type": "about:blank", "title": "Forbidden", "status": 403, "reason": "missing_group"}
    assert expected == json.loads(answer.content)
    assert "application/json" == answer.headers["Content-Type"]


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503, and says when to come back."""
    with override_settings(COGAUTH={"authorizer": Authorizer(Verifier(pool.keyless()), pool.policy)}):
        answer = asked(Whoami, pool.ana)

    assert (503, True) == (answer.status_code, int(answer.headers["Retry-After"]) > 0)


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug makes a 500, and the view does not run."""
    with override_settings(COGAUTH={"authorizer": pool.authorizer(is_revoked=broken)}):
        assert 500 == asked(guarded(AllowAny), pool.ana).status_code
        assert 500 == asked(guarded(requires(Group("editors")), authentication=()), pool.ana).status_code


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer {0},Bearer {0}", "Bearer {0}, Basic eDp5"])
def test_credentials(pool: Pool, header: str) -> None:
    """Half a credential, or more than one, is a bad request."""
    answer = asked(Whoami, None, HTTP_AUTHORIZATION=header.format(pool.ana))

    assert (400, 'Bearer error="invalid_request"') == (answer.status_code, answer.headers["WWW-Authenticate"])


def test_odd_path(pool: Pool) -> None:
    """A path that routers read differently is refused here as well."""
    assert 400 == asked(Whoami, pool.ana, path="/orders//7").status_code


class Never(BasicAuthentication):
    """Another scheme, which knows nobody."""

    def authenticate(self, request: Request) -> Any:
        raise AuthenticationFailed


def test_another_scheme() -> None:
    """The credentials of another scheme are left to who knows it; without any, this one's challenge is given."""
    view = guarded(IsAuthenticated, authentication=(CogAuthAuthentication, Never))

    answer = asked(view, None, HTTP_AUTHORIZATION="Basic eDp5")

    assert (401, "Bearer") == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert "reason" not in json.loads(answer.content)


def test_last_scheme(pool: Pool) -> None:
    """A bad token is 401 also where REST framework would make it 403, after a scheme that has no challenge."""
    view = guarded(IsAuthenticated, authentication=(SessionAuthentication, CogAuthAuthentication))

    with override_settings(REST_FRAMEWORK={"UNAUTHENTICATED_USER": None}):
        answer = asked(view, pool.expired)

    assert (401, 'Bearer error="invalid_token"') == (answer.status_code, answer.headers["WWW-Authenticate"])


def test_challenge_leads_to_metadata(pool: Pool) -> None:
    """The challenge of REST framework's own refusals is the authorizer's."""
    setting = {"authorizer": Authorizer(Verifier(pool.issuer), pool.policy, resource="https://api.example.com")}

    with override_settings(COGAUTH=setting):
        answer = asked(guarded(IsAuthenticated), None)

    assert "resource_metadata=" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("status", "path", "who", "permission"),
    [
        pytest.param(200, "/orders/7", "bo", IsAuthenticated, id="both"),
        pytest.param(200, "/healthz", None, AllowAny, id="public"),
        pytest.param(200, "/healthz", "expired", AllowAny, id="public, with a bad token"),
        pytest.param(401, "/healthz", "expired", IsAuthenticated, id="public, but not here"),
        pytest.param(401, "/healthz", "expired", requires(Group("editors")), id="public, but not by the rule"),
        pytest.param(401, "/orders/7", None, AllowAny, id="not by the policy"),
        pytest.param(403, "/live", "bo", AllowAny, id="not by the policy's rule"),
        pytest.param(403, "/orders/7", "bo", requires(Group("editors")), id="not by the view's rule"),
        pytest.param(403, "/nowhere", "ana", AllowAny, id="no route"),
    ],
)
def test_behind_the_middleware(pool: Pool, status: int, path: str, who: str | None, permission: Any) -> None:
    """Behind the middleware both must allow, and who is calling is who the middleware found."""
    token = None if who is None else getattr(pool, who)

    answer = asked(guarded(permission), token, middleware=True, path=path)

    assert status == answer.status_code
    if status == 200:
        assert ("bo" if who == "bo" else "") == json.loads(answer.content)["who"]


class Known(CogAuthAuthentication):
    """A site with users of its own."""

    def user_for(self, principal: Principal) -> Any:
        if principal.username != "ana":
            raise AuthenticationFailed("no account")
        return type("User", (), {"username": "ana of the site", "is_authenticated": True})()


def test_own_users(pool: Pool) -> None:
    """A site may look up its own user, and refuse whom it does not know."""
    view = guarded(IsAuthenticated, authentication=(Known,))

    assert "ana of the site" == json.loads(asked(view, pool.ana).content)["who"]
    assert 401 == asked(view, pool.bo).status_code


def test_permission_alone(pool: Pool) -> None:
    """A rule asks whose token it is, whoever was said to be calling."""

    class Ana(BasicAuthentication):
        def authenticate(self, request: Request) -> Any:
            return type("User", (), {"username": "ana", "is_authenticated": True})(), None

    view = guarded(requires(Group("editors")), authentication=(Ana,))

    assert 401 == asked(view, None).status_code
    assert 403 == asked(view, pool.bo).status_code
    assert 200 == asked(view, pool.ana).status_code


def test_refused(pool: Pool) -> None:
    """The exception has the decision, for a site's own exception handler, and tells nothing of the token."""
    permission: BasePermission = requires(Group("editors"))()
    request: Any = RequestFactory().get("/orders/7", HTTP_AUTHORIZATION=f"Bearer {pool.bo}")

    with pytest.raises(Refused) as refused:
        permission.has_permission(request, Whoami())

    decision = refused.value.decision
    assert ("missing_group", "missing_group") == (decision.reason, refused.value.get_codes())
    assert {"message": "Forbidden", "code": "missing_group"} == refused.value.get_full_details()
    assert decision.principal is not None
    said = f"{refused.value}{refused.value!r}"
    assert not [part for part in (decision.principal.subject, *pool.bo.split(".")) if part in said]


def test_not_a_rule() -> None:
    """A permission of anything but a rule is refused where it is made."""
    group: Any = "editors"

    with pytest.raises(ConfigurationError, match="takes a rule"):
        requires(group)
