"""The Flask extension guards an app, adds rules to views, and tells who is calling."""

from __future__ import annotations

import runpy
from typing import Any

import pytest
from flask import Blueprint, Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from cogauth import (
    AUTHENTICATED,
    Api,
    Authorizer,
    ConfigurationError,
    Group,
    Policy,
    Route,
    Scope,
    Verifier,
)
from cogauth_wsgi.flask import CogAuth, current_principal, guard, requires
from tests.adapters.conftest import Pool, bearer
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def client(pool: Pool) -> FlaskClient:
    """An app as a factory would make it, with a rule of its own on one view."""
    app = Flask(__name__)
    auth = CogAuth(authorizer=pool.authorizer())
    auth.init_app(app)

    @app.get("/orders/<number>")
    def order(number: str) -> dict[str, Any]:
        return {"number": number, "who": current_principal.username if current_principal else None}

    @app.put("/orders/<number>")
    @requires(Group("editors") & Scope("aws.cognito.signin.user.admin"))
    def change(number: str) -> str:
        return number

    @app.get("/healthz")
    def health() -> dict[str, bool]:
        return {"known": bool(current_principal)}

    @app.post("/jobs")
    @requires(Scope("jobs/cancel"))
    async def jobs() -> str:
        raise AssertionError("nobody gets here")

    return app.test_client()


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="policy and view allow"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="policy refuses"),
        pytest.param(403, "POST", "/jobs", "machine", id="view refuses"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
    ],
)
def test_requests(client: FlaskClient, pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """Both the policy and the view's own rule must allow."""
    headers = bearer(None if who is None else getattr(pool, who))

    assert status == client.open(path, method=method, headers=headers).status_code


def test_view_refusal(client: FlaskClient, pool: Pool) -> None:
    """A view's refusal says as much as any other."""
    answer = client.post("/jobs", headers=bearer(pool.machine))

    assert 'Bearer error="insufficient_scope", scope="jobs/cancel"' == answer.headers["WWW-Authenticate"]
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert "missing_scope" == answer.get_json(force=True)["reason"]


def test_current_principal(client: FlaskClient, pool: Pool) -> None:
    """During a request it is who is calling; without a token, and outside of requests, it is nobody."""
    assert "bo" == client.get("/orders/7", headers=bearer(pool.bo)).get_json()["who"]
    assert {"known": False} == client.get("/healthz").get_json()
    assert not current_principal


@pytest.fixture(scope="module")
def open_client(pool: Pool) -> FlaskClient:
    """An app that is open but for what its blueprints and views ask, and that writes on every answer."""
    app = Flask(__name__)
    policy = Policy(routes=[Route("ANY /{all*}", "public")], cors_preflight=True)
    CogAuth(app, authorizer=Authorizer(Verifier(pool.issuer), policy))

    inner = Blueprint("inner", __name__, url_prefix="/inner")
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    guard(outer, Group("editors"))
    guard(inner, Scope("jobs/run"))

    @outer.get("/x")
    def outer_view() -> str:
        return current_principal.username or ""

    @inner.get("/x")
    def inner_view() -> str:
        raise AssertionError("nobody is both")

    @outer.route("/explicit", methods=["OPTIONS"])
    def explicit() -> str:
        return "asked"

    @app.get("/free")
    def free() -> str:
        return "free"

    @app.get("/awaited")
    @requires(Group("editors"))
    async def awaited() -> str:
        return current_principal.username or ""

    @app.errorhandler(401)
    @app.errorhandler(403)
    @app.errorhandler(Exception)
    def never(error: Exception) -> str:
        return "an error page"

    @app.after_request
    def allow_origin(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
        return response

    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    return app.test_client()


PREFLIGHT = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "GET")]


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/outer/x", "ana", id="in the group"),
        pytest.param(200, "HEAD", "/outer/x", "ana", id="HEAD"),
        pytest.param(200, "GET", "/awaited", "ana", id="awaited"),
        pytest.param(200, "GET", "/free", None, id="not of the blueprint"),
        pytest.param(200, "OPTIONS", "/outer/explicit", "ana", id="OPTIONS with a view"),
        pytest.param(401, "GET", "/outer/x", None, id="no token"),
        pytest.param(401, "HEAD", "/outer/x", None, id="HEAD without a token"),
        pytest.param(401, "GET", "/outer/x", "expired", id="expired"),
        pytest.param(403, "GET", "/outer/x", "bo", id="not in the group"),
        pytest.param(403, "GET", "/outer/x", "machine", id="a machine"),
        pytest.param(403, "GET", "/outer/inner/x", "ana", id="the inner blueprint asks as well"),
        pytest.param(403, "GET", "/outer/inner/x", "machine", id="and so does the outer one"),
        pytest.param(401, "GET", "/outer/inner/x", None, id="inner, no token"),
        pytest.param(403, "GET", "/awaited", "bo", id="awaited, not in the group"),
        pytest.param(401, "OPTIONS", "/outer/explicit", None, id="OPTIONS with a view, no token"),
    ],
)
def test_blueprint(open_client: FlaskClient, pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A blueprint's rule is asked before each of its views, those of blueprints within it included."""
    answer = open_client.open(path, method=method, headers=bearer(None if who is None else getattr(pool, who)))

    assert status == answer.status_code
    assert status == 200 or answer.is_json
    assert (method == "HEAD") == (answer.data == b"")


def test_preflight(open_client: FlaskClient) -> None:
    """A preflight that the policy lets pass is answered by Flask, which runs no view; one to a view is that view's."""
    answer = open_client.options("/outer/x", headers=PREFLIGHT)

    assert (200, "https://app.example.com") == (answer.status_code, answer.headers["Access-Control-Allow-Origin"])
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.allow)
    assert 401 == open_client.options("/outer/explicit", headers=PREFLIGHT).status_code


def test_error_pages(open_client: FlaskClient) -> None:
    """A refusal is the decision's answer, whatever error pages the app has."""
    answer = open_client.get("/outer/x")

    assert (401, "Bearer") == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert "missing_token" == answer.get_json(force=True)["reason"]


def test_after_request(open_client: FlaskClient) -> None:
    """What the app writes on every answer, as for CORS, it writes on refusals: a script could not read them without."""
    by_view, by_policy = open_client.get("/awaited"), open_client.get("/outer//x")

    assert (401, 400) == (by_view.status_code, by_policy.status_code)
    for answer in (by_view, by_policy):
        assert "https://app.example.com" == answer.headers["Access-Control-Allow-Origin"]


def test_refused_before_flask(pool: Pool) -> None:
    """Of a request that the policy refuses, no function of the app hears but those for every answer."""
    heard: list[str] = []
    app = Flask(__name__)
    CogAuth(app, authorizer=pool.authorizer())
    app.before_request(lambda: heard.append("before"))

    @app.after_request
    def after(response: Response) -> Response:
        heard.append("after")
        return response

    assert 403 == app.test_client().get("/nowhere", headers=bearer(pool.ana)).status_code
    assert ["after"] == heard


def test_after_request_that_fails(pool: Pool) -> None:
    """A function for every answer that fails makes no yes of a no."""
    app = Flask(__name__)
    CogAuth(app, authorizer=pool.authorizer())

    @app.after_request
    def broken(_: Response) -> Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # which a server answers with 500
        app.test_client().get("/orders/7")


@pytest.mark.parametrize("method", ["get", "Get", "put"])
def test_method_in_small_letters(open_client: FlaskClient, method: str) -> None:
    """Werkzeug would take it for the method in capitals; it is none."""
    environ = EnvironBuilder(path="/free").get_environ()

    assert 401 == open_client.open({**environ, "REQUEST_METHOD": method}).status_code


def test_by_host(pool: Pool) -> None:
    """Rules of views are asked of the api that the app is."""
    policy = Policy(apis=[Api("shop", [Route("GET /x", "public")], hosts=["shop.example.com"])])
    app = Flask(__name__)
    CogAuth(app, authorizer=Authorizer(Verifier(pool.issuer), policy), by_host=True)

    @app.get("/x")
    @requires(Group("editors"))
    def view() -> str:
        return "here"

    client = app.test_client()
    assert 200 == client.get("/x", headers=bearer(pool.ana), base_url="http://shop.example.com").status_code
    assert 403 == client.get("/x", headers=bearer(pool.bo), base_url="http://shop.example.com").status_code
    assert 403 == client.get("/x", headers=bearer(pool.ana), base_url="http://bank.example.com").status_code


def test_metadata(pool: Pool) -> None:
    """The metadata of the resource is answered to anybody, before Flask looks for a view."""
    app = Flask(__name__)
    CogAuth(app, authorizer=Authorizer(Verifier(pool.issuer), pool.policy, resource="https://api.example.com"))

    answer = app.test_client().get("/.well-known/oauth-protected-resource")

    assert (200, "https://api.example.com") == (answer.status_code, answer.get_json()["resource"])


def test_guarded_twice(pool: Pool) -> None:
    """An app is guarded once."""
    app = Flask(__name__)
    auth = CogAuth(app, authorizer=pool.authorizer())

    with pytest.raises(ConfigurationError, match="already"):
        auth.init_app(app)


def test_unknown_api(pool: Pool) -> None:
    """An app that is no api of the policy is refused while it is built, and not guarded by half."""
    app = Flask(__name__)
    auth = CogAuth(authorizer=pool.authorizer(), api="other")

    with pytest.raises(ConfigurationError, match="has no api"):
        auth.init_app(app)
    assert "cogauth" not in app.extensions


def test_not_a_rule() -> None:
    """What takes a rule refuses anything else where it stands."""
    group: Any = "editors"

    with pytest.raises(ConfigurationError, match="takes a rule"):
        requires(group)
    with pytest.raises(ConfigurationError, match="takes a rule"):
        guard(Blueprint("orders", __name__), group)


def test_not_guarded() -> None:
    """A view with a rule in an app without the extension fails, and does not run."""
    app = Flask(__name__)

    @app.get("/")
    @requires(AUTHENTICATED)
    def view() -> str:
        raise AssertionError("nobody gets here")

    assert 500 == app.test_client().get("/").status_code


def test_example(pool: Pool) -> None:
    """The example reads for everybody, and changes for editors."""
    example = runpy.run_path(str(REPOSITORY / "examples" / "flask_app.py"))
    client: FlaskClient = example["create_app"](pool.issuer).test_client()

    asked = [(None, "GET"), ("bo", "GET"), ("bo", "PUT"), ("ana", "PUT"), ("expired", "GET")]
    statuses = [
        client.open("/orders/7", method=method, headers=bearer(who and getattr(pool, who))).status_code
        for who, method in asked
    ]

    assert [401, 200, 403, 200, 401] == statuses
    assert "ok" == client.get("/healthz").text
