"""The example of a FastAPI app decides as it reads."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cogauth import AsyncAuthorizer
from cogauth.testing import LocalUserPool
from tests.conftest import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "fastapi_app.py"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """Stand in for the pool of the example."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT})
    pool.add_user("ana", groups=["editors"])
    pool.add_user("bo")
    return pool


@pytest.fixture(scope="module")
def client(pool: LocalUserPool) -> TestClient:
    names: dict[str, Any] = runpy.run_path(str(EXAMPLE))
    app, authorizer = names["app"], names["authorizer"]
    assert isinstance(app, FastAPI)
    assert isinstance(authorizer, AsyncAuthorizer)
    authorizer.verifier.replace_issuers(pool.issuer())
    return TestClient(app)


@pytest.mark.parametrize(
    ("status", "told", "method", "path", "who", "scopes"),
    [
        pytest.param(200, "list prices", "GET", "/prices", None, [], id="public"),
        pytest.param(200, "your prices", "GET", "/prices", "bo", [], id="public, known"),
        pytest.param(200, "order 7 was changed by ana", "PUT", "/orders/7", "ana", [], id="an editor"),
        pytest.param(
            200, f"order 7 was removed by {CLIENT}", "DELETE", "/orders/7", "bo", ["orders/write"], id="a scope"
        ),
        pytest.param(401, "missing_token", "PUT", "/orders/7", None, [], id="nobody"),
        pytest.param(403, "missing_group", "PUT", "/orders/7", "bo", ["orders/write"], id="not an editor"),
        pytest.param(403, "missing_scope", "DELETE", "/orders/7", "ana", [], id="without the scope"),
        pytest.param(403, "no_route", "PUT", "/prices", "ana", [], id="no route"),
        pytest.param(401, "missing_token", "GET", "/elsewhere", None, [], id="no route, nobody"),
    ],
)
def test_example(
    client: TestClient,
    pool: LocalUserPool,
    status: int,
    told: str,
    method: str,
    path: str,
    who: str | None,
    scopes: list[str],
) -> None:
    """Each endpoint answers those that it says it is for."""
    token = None if who is None else pool.sign_in(who, scopes=["openid", *scopes]).access
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    answer = client.request(method, path, headers=headers)

    assert status == answer.status_code
    assert told == (answer.json() if status == 200 else answer.json()["reason"])


@pytest.mark.parametrize("path", ["/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"])
def test_pages(client: TestClient, path: str) -> None:
    """The documentation is open to all."""
    assert 200 == client.get(path).status_code


def test_short() -> None:
    """An example is read at a glance."""
    assert len(Path(EXAMPLE).read_text().splitlines()) < 40
