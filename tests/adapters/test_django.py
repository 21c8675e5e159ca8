"""The Django middleware transcribes a decision, and views add rules of their own, under WSGI and under ASGI."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import django
import pytest
from django.core.checks import run_checks
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.views import View

from cogauth import Api, AsyncAuthorizer, AsyncVerifier, Authorizer, ConfigurationError, Group, Policy, Route, Verifier
from cogauth_wsgi.django import CogAuthMiddleware, RequiresMixin, requires
from tests.adapters.conftest import Pool, broken
from tests.adapters.test_wsgi import begun, environ_of
from tests.conftest import REPOSITORY
from tests.support.asgi import http

django.setup()

MIDDLEWARE = "cogauth_wsgi.django.CogAuthMiddleware"
OPEN = Policy(routes=[Route("ANY /{all*}", "public")])


def both(pool: Pool, policy: Policy, **more: Any) -> dict[str, Any]:
    """Make the setting that has an authorizer for each way to be served."""
    return {
        "authorizer": Authorizer(Verifier(pool.issuer), policy),
        "async_authorizer": AsyncAuthorizer(AsyncVerifier(pool.issuer), policy),
        **more,
    }


@pytest.fixture(autouse=True)
def configured(pool: Pool) -> Generator[None]:
    """A site by the policy of all fronts, where a test says nothing else."""
    with override_settings(COGAUTH=both(pool, pool.policy)):
        yield


def ask(server: str, method: str, path: str, token: str | None = None, **headers: str) -> HttpResponse:
    """Send one request through Django's own handlers, for WSGI or for ASGI."""
    headers = {"Host": "testserver", **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    if server == "wsgi":
        return cast("HttpResponse", Client().generic(method, path, headers=headers))
    return asyncio.run(served(http(method, unquote(path), headers.items(), query_string=b"")))


async def served(scope: Any) -> HttpResponse:
    """Send one request as an ASGI server would, and give the answer in Django's words."""
    sent: list[Any] = []
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": b""})  # and the client stays until it has its answer

    async def send(message: Any) -> None:
        sent.append(message)

    await ASGIHandler()(scope, inbox.get, send)
    head, *chunks = sent
    headers = {name.decode(): value.decode() for name, value in head["headers"]}
    return HttpResponse(b"".join(chunk["body"] for chunk in chunks), status=head["status"], headers=headers)


every_server = pytest.mark.parametrize("server", ["wsgi", "asgi"])


@every_server
@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(200, "GET", "/größe", None, id="path beyond ASCII"),
        pytest.param(200, "GET", "/", None, id="root"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "HEAD", "/orders/7", None, id="HEAD without a token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "GET", "/grösse", "ana", id="another spelling"),
        pytest.param(403, "POST", "/jobs", "machine", id="the view's own rule"),
        pytest.param(403, "POST", "/jobs", "ana", id="not even the policy"),
        pytest.param(400, "GET", "/orders/..", "ana", id="dot segments"),
        pytest.param(400, "GET", "/orders/%252e", "ana", id="encoded twice"),
    ],
)
def test_requests(pool: Pool, server: str, status: int, method: str, path: str, who: str | None) -> None:
    """A request reaches its view when policy and view allow it, and never otherwise."""
    answer = ask(server, method, path, None if who is None else getattr(pool, who))

    assert status == answer.status_code
    if status == 200:
        assert who == json.loads(answer.content)["who"]
    else:
        assert "application/problem+json" == answer.headers["Content-Type"]


@every_server
def test_answer(pool: Pool, server: str) -> None:
    """A refusal says what the decision says, challenge and body; of HEAD the body is left out and its length is not."""
    answer, head = ask(server, "POST", "/jobs", pool.machine), ask(server, "HEAD", "/orders/7")

    assert 'Bearer error="insufficient_scope", scope="jobs/cancel"' == answer.headers["WWW-Authenticate"]
    assert ("no-store", str(len(answer.content))) == (answer.headers["Cache-Control"], answer.headers["Content-Length"])
    assert "missing_scope" == json.loads(answer.content)["reason"]
    assert (b"", True) == (head.content, int(head.headers["Content-Length"]) > 0)


@every_server
def test_told(pool: Pool, server: str) -> None:
    """A view finds principal and decision; what nobody but the server writes is not taken over, and no user is made."""
    answer = ask(server, "GET", "/healthz", **{"cogauth.decision": "forged", "cogauth_decision": "forged"})

    assert {"who": None, "reason": "public", "has user": False} == json.loads(answer.content)


def test_told_before(pool: Pool) -> None:
    """What somebody further out has said in the decision's place does not last, whatever the decision."""
    for path in ("/healthz", "/orders/7"):
        request = RequestFactory().get(path)
        request.META["cogauth.decision"] = "forged"

        CogAuthMiddleware(lambda request: HttpResponse("here"))(request)

        assert "forged" != request.META.get("cogauth.decision")
        assert None is getattr(request, "principal", "nothing")


@every_server
@pytest.mark.parametrize(
    ("status", "path", "who"),
    [
        pytest.param(200, "editors", "ana", id="function"),
        pytest.param(200, "class/7", "ana", id="class"),
        pytest.param(401, "editors", None, id="function, no token"),
        pytest.param(401, "class/7", None, id="class, no token"),
        pytest.param(401, "editors", "expired", id="function, expired"),
        pytest.param(403, "editors", "bo", id="function, not in the group"),
        pytest.param(403, "class/7", "bo", id="class, not in the group"),
    ],
)
def test_views(pool: Pool, server: str, status: int, path: str, who: str | None) -> None:
    """A view's rule is asked where the policy is open, too."""
    with override_settings(COGAUTH=both(pool, OPEN)):
        answer = ask(server, "GET", f"/open/{path}", None if who is None else getattr(pool, who))

    assert status == answer.status_code


@pytest.mark.parametrize(
    ("status", "path", "who"),
    [
        pytest.param(200, "awaited", "ana", id="function"),
        pytest.param(200, "class-awaited", "ana", id="class"),
        pytest.param(401, "awaited", None, id="function, no token"),
        pytest.param(401, "class-awaited", None, id="class, no token"),
        pytest.param(403, "awaited", "bo", id="function, not in the group"),
        pytest.param(403, "class-awaited", "bo", id="class, not in the group"),
    ],
)
def test_awaited_views(pool: Pool, status: int, path: str, who: str | None) -> None:
    """A view that is awaited waits for its rule, and needs nobody who would block."""
    setting = both(pool, OPEN)
    del setting["authorizer"]

    with override_settings(COGAUTH=setting):
        assert status == ask("asgi", "GET", f"/open/{path}", None if who is None else getattr(pool, who)).status_code


def test_rule_without_middleware(pool: Pool) -> None:
    """A view with a rule is guarded even where the middleware is forgotten."""
    with override_settings(MIDDLEWARE=[]):
        assert 401 == ask("wsgi", "POST", "/jobs").status_code
        assert 403 == ask("wsgi", "POST", "/jobs", pool.ana).status_code


@pytest.mark.parametrize(
    ("status", "environ"),
    [
        pytest.param(200, {}, id="as it is"),
        pytest.param(200, {"RAW_URI": "/orders/7?x=%2F"}, id="raw, and in the query"),
        pytest.param(200, {"RAW_URI": "http://testserver/orders/7"}, id="absolute"),
        pytest.param(400, {"RAW_URI": "/orders%2F7"}, id="encoded slash, as gunicorn tells it"),
        pytest.param(400, {"REQUEST_URI": "/orders%2f7"}, id="encoded slash, as waitress tells it"),
        pytest.param(400, {"HTTP_SCRIPT_NAME": "/prod"}, id="mounted by a header"),
        pytest.param(400, {"PATH_INFO": "/\xff"}, id="no UTF-8"),
        pytest.param(400, {"PATH_INFO": "//orders/7"}, id="two slashes"),
        pytest.param(400, {"PATH_INFO": "orders/7"}, id="no slash"),
        pytest.param(400, {"HTTP_AUTHORIZATION": "Bearer a.b.c,Bearer a.b.c"}, id="two tokens"),
        pytest.param(403, {"SCRIPT_NAME": "/prod"}, id="mounted elsewhere, where another rule holds"),
        pytest.param(403, {"HTTP_X_FORWARDED_PREFIX": "/", "PATH_INFO": "/live"}, id="a prefix that a caller made up"),
    ],
)
def test_environ(pool: Pool, status: int, environ: dict[str, str]) -> None:
    """Traps in the environ are those of any WSGI application; Django's own reading of it changes none of them."""
    asked = environ_of("GET", "/orders/7", pool.bo) | environ

    assert str(status) == begun(WSGIHandler(), asked)[0][0][:3]


@pytest.mark.parametrize(
    ("status", "scope"),
    [
        pytest.param(200, {}, id="as it is"),
        pytest.param(200, {"raw_path": b"/orders/7"}, id="raw"),
        pytest.param(400, {"raw_path": b"/orders%2F7"}, id="encoded slash"),
        pytest.param(400, {"path": "//orders/7"}, id="two slashes"),
        pytest.param(400, {"path": "http://testserver/orders/7"}, id="absolute, as h11 hands it over"),
        pytest.param(403, {"path": "/prod/orders/7", "root_path": "/prod"}, id="mounted where another rule holds"),
        pytest.param(403, {"root_path": "/prod"}, id="outside its mount"),
    ],
)
def test_scope(pool: Pool, status: int, scope: dict[str, Any]) -> None:
    """Traps in the scope are told by what Django routes by."""
    asked = http("GET", "/orders/7", [("authorization", f"Bearer {pool.bo}")], query_string=b"") | scope

    assert status == asyncio.run(served(asked)).status_code


@every_server
def test_two_headers(pool: Pool, server: str) -> None:
    """Two tokens, which Django joins with a comma, are refused."""
    token = f"Bearer {pool.ana}"
    assert 400 == ask(server, "GET", "/orders/7", Authorization=f"{token},{token}").status_code


@every_server
def test_forced_script_name(pool: Pool, server: str) -> None:
    """A mount that the settings state counts as one that the server states."""
    with override_settings(FORCE_SCRIPT_NAME="/prod"):
        assert 200 == ask(server, "GET", "/orders/7", pool.ana).status_code
        assert 403 == ask(server, "GET", "/orders/7", pool.bo).status_code


@every_server
def test_by_host(pool: Pool, server: str) -> None:
    """The host chooses the api where the setting says so."""
    policy = Policy(apis=[Api("shop", [Route("GET /healthz", "public")], hosts=["shop.example.com"])])

    with override_settings(COGAUTH=both(pool, policy, by_host=True)):
        assert 200 == ask(server, "GET", "/healthz", Host="shop.example.com").status_code
        assert 401 == ask(server, "GET", "/healthz", Host="bank.example.com").status_code
    with override_settings(COGAUTH=both(pool, policy, api="shop")):
        assert 200 == ask(server, "GET", "/healthz", Host="bank.example.com").status_code


@every_server
def test_metadata(pool: Pool, server: str) -> None:
    """The metadata of the resource is answered to anybody."""
    policy = Policy(routes=pool.policy.routes, roles=pool.policy.roles)
    setting = {
        "authorizer": Authorizer(Verifier(pool.issuer), policy, resource="https://api.example.com"),
        "async_authorizer": AsyncAuthorizer(AsyncVerifier(pool.issuer), policy, resource="https://api.example.com"),
    }

    with override_settings(COGAUTH=setting):
        answer = ask(server, "GET", "/.well-known/oauth-protected-resource")

    assert (200, "https://api.example.com") == (answer.status_code, json.loads(answer.content)["resource"])


@every_server
def test_hook_that_fails(pool: Pool, server: str) -> None:
    """A hook with a bug makes a 500, and no view is reached."""
    setting = {
        "authorizer": pool.authorizer(is_revoked=broken),
        "async_authorizer": pool.async_authorizer(is_revoked=broken),
    }

    with override_settings(COGAUTH=setting):
        answer = ask(server, "GET", "/orders/7", pool.ana)

    assert (500, "internal_error") == (answer.status_code, json.loads(answer.content)["reason"])


FILE = """\
version = 1
[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["c1"]
[[route]]
match = "GET /healthz"
allow = "public"
"""


@every_server
def test_file(tmp_path: Any, server: str) -> None:
    """A file is enough, for WSGI and for ASGI."""
    (tmp_path / "cogauth.toml").write_text(FILE)

    with override_settings(COGAUTH={"file": tmp_path / "cogauth.toml"}):
        assert 200 == ask(server, "GET", "/healthz").status_code
        assert 401 == ask(server, "GET", "/orders/7").status_code


kept: Any = None
"""An authorizer with a name to find it by."""


def test_dotted_path(pool: Pool) -> None:
    """The name of an authorizer stands for it."""
    globals()["kept"] = pool.authorizer()

    with override_settings(COGAUTH={"authorizer": f"{__name__}.kept"}):
        assert 200 == ask("wsgi", "GET", "/orders/7", pool.bo).status_code


MISTAKES = [
    pytest.param(None, "must be a dict", id="nothing"),
    pytest.param("cogauth.toml", "must be a dict", id="a string"),
    pytest.param({}, "needs either file", id="empty"),
    pytest.param({"api": "shop"}, "needs either file", id="nobody to ask"),
    pytest.param({"file": "x", "authorizer": "x"}, "needs either file", id="two to ask"),
    pytest.param({"file": "x", "asynchronous": True}, "unknown asynchronous", id="unknown key"),
    pytest.param({"file": "/nowhere/cogauth.toml"}, "nowhere", id="no such file"),
    pytest.param({"authorizer": "nowhere.authorizer"}, "nowhere", id="no such module"),
    pytest.param({"authorizer": "cogauth.Nothing"}, "Nothing", id="no such name"),
    pytest.param({"authorizer": "cogauth.Authorizer"}, "must be an Authorizer", id="the class"),
    pytest.param({"authorizer": None}, "must be an Authorizer", id="none"),
]


@pytest.mark.parametrize(("setting", "message"), MISTAKES)
def test_mistaken(setting: Any, message: str) -> None:
    """A mistake in the setting is told when the site is loaded, and no site is made."""
    with override_settings(COGAUTH=setting), pytest.raises(ConfigurationError, match=message):
        WSGIHandler()


@pytest.mark.parametrize(("setting", "message"), MISTAKES)
def test_check(setting: Any, message: str) -> None:
    """`manage.py check` says what is wrong, and goes on to other checks."""
    with override_settings(COGAUTH=setting):
        (found,) = run_checks()

    assert ("cogauth.E001", True) == (found.id, message in found.msg)


def test_check_of_a_file(tmp_path: Any) -> None:
    """Every mistake of the file is one of the check's."""
    (tmp_path / "cogauth.toml").write_text(FILE.replace("public", "nobody").replace("clients", "client"))

    with override_settings(COGAUTH={"file": tmp_path / "cogauth.toml"}):
        found = run_checks()

    assert len(found) > 1
    assert {"cogauth.E001"} == {message.id for message in found}


@pytest.mark.parametrize("key", ["authorizer", "async_authorizer"])
def test_check_of_what_is_there(pool: Pool, key: str) -> None:
    """A site that is served in one way only needs only what asks in that way."""
    setting = {key: both(pool, OPEN)[key]}
    with override_settings(COGAUTH=setting):
        assert [] == run_checks()
    with override_settings(COGAUTH={**setting, "api": "other"}):
        assert ["cogauth.E001"] == [found.id for found in run_checks()]


@pytest.mark.parametrize(
    ("expected", "middleware"),
    [
        pytest.param([], [MIDDLEWARE], id="there"),
        pytest.param([], [f"{__name__}.Derived"], id="derived"),
        pytest.param(["cogauth.W001"], [], id="not there"),
        pytest.param(["cogauth.W001"], ["django.middleware.common.CommonMiddleware"], id="others"),
        pytest.param(["cogauth.W001"], ["django.utils.decorators.method_decorator"], id="a function"),
        pytest.param(["cogauth.W001"], ["nowhere.Middleware"], id="not to be found"),
    ],
)
def test_check_of_middleware(expected: list[str], middleware: list[str]) -> None:
    """A site that has the app and not the middleware is told so."""
    with override_settings(MIDDLEWARE=middleware):
        assert expected == [found.id for found in run_checks()]


class Derived(CogAuthMiddleware):
    """A site's own."""


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        pytest.param(WSGIHandler, "async_authorizer", id="wsgi"),
        pytest.param(ASGIHandler, "authorizer", id="asgi"),
    ],
)
def test_the_other_authorizer(pool: Pool, kind: Any, setting: str) -> None:
    """One that must be awaited does not serve WSGI, nor one that blocks ASGI; by another name neither."""
    there = both(pool, OPEN)
    other = {"authorizer": "async_authorizer", "async_authorizer": "authorizer"}[setting]

    for given in ({setting: there[setting]}, {other: there[setting]}):
        with override_settings(COGAUTH=given), pytest.raises(ConfigurationError, match=f"{other}: must be an"):
            kind()


def test_not_a_rule() -> None:
    """What takes a rule refuses anything else where it stands: no view is left without one."""

    class Forgotten(RequiresMixin):
        """Says no rule."""

    group: Any = "editors"
    with pytest.raises(ConfigurationError, match="takes a rule"):
        requires(group)
    with pytest.raises(ConfigurationError, match="takes a rule"):
        Forgotten.as_view()


def test_mixin_keeps(pool: Pool) -> None:
    """A class with a rule is still the view that it was, and a rule may be given where it is mounted."""

    class Numbers(RequiresMixin, View):
        """Says no rule either."""

        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("here")

    view = Numbers.as_view(rule=Group("editors"))
    assert Numbers is getattr(view, "view_class", None)

    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {pool.bo}"})
    assert 403 == view(request).status_code
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {pool.ana}"})
    assert 200 == view(request).status_code


EXAMPLE_FILE = """\
version = 1
[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["c1"]
jwks = "jwks.json"
[[route]]
match = ["GET /orders/{id}", "GET /reports"]
allow = "authenticated"
[[route]]
match = "GET /healthz"
allow = "public"
"""
EXAMPLE_CLIENT = """\
import sys
import django_app
from django.test import Client
for path, token in [line.split(" ") for line in sys.stdin.read().splitlines()]:
    print(Client().get(path, headers={"Host": "127.0.0.1", "Authorization": token and f"Bearer {token}"}).status_code)
"""


def test_example(pool: Pool, tmp_path: Path) -> None:
    """The example, which sets Django up and so has a process of its own, shows orders to all and reports to editors."""
    (tmp_path / "cogauth.toml").write_text(EXAMPLE_FILE)
    (tmp_path / "jwks.json").write_text(json.dumps(pool.local.jwks))
    asked = [("/healthz", ""), ("/orders/7", ""), ("/orders/7", pool.bo), ("/reports", pool.bo), ("/reports", pool.ana)]
    path = os.pathsep.join(filter(None, (str(REPOSITORY / "examples"), os.environ.get("PYTHONPATH"))))

    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", EXAMPLE_CLIENT],
        input="\n".join(f"{path} {token}" for path, token in asked),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        timeout=60,
    )

    assert ["200", "401", "200", "403", "200"] == process.stdout.split()
