"""The Flask extension guards an app, adds rules to views, and tells who is calling."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cogauth import AUTHENTICATED, ConfigurationError, Group, Scope
from cogauth_wsgi.flask import CogAuth, current_principal, requires
from tests.adapters.conftest import Pool, bearer


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


def test_guarded_twice(pool: Pool) -> None:
    """An app is guarded once."""
    app = Flask(__name__)
    auth = CogAuth(app, authorizer=pool.authorizer())

    with pytest.raises(ConfigurationError, match="already"):
        auth.init_app(app)


def test_not_a_rule() -> None:
    """A decorator without a rule is refused where it stands."""
    group: Any = "editors"

    with pytest.raises(ConfigurationError, match="takes a rule"):
        requires(group)


def test_not_guarded() -> None:
    """A view with a rule in an app without the extension fails, and does not run."""
    app = Flask(__name__)

    @app.get("/")
    @requires(AUTHENTICATED)
    def view() -> str:
        raise AssertionError("nobody gets here")

    assert 500 == app.test_client().get("/").status_code
