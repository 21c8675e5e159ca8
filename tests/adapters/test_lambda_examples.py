"""The examples for Lambda do as they read."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.adapters.conftest import Pool
from tests.conftest import REPOSITORY
from tests.support.lambda_events import http_2, rest_token, status, websocket

NAMES = ["lambda_authorizer.py", "lambda_function.py"]


def handler(pool: Pool, name: str) -> Any:
    names = runpy.run_path(str(REPOSITORY / "examples" / name))
    names["authorizer"].verifier.replace_issuers(pool.issuer)
    return names["handler"]


@pytest.mark.parametrize("name", NAMES)
def test_short(name: str) -> None:
    """An example is read at one look."""
    assert 40 > len((REPOSITORY / "examples" / name).read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("expected", "line", "who"),
    [
        (200, "GET /orders/7", "bo"),
        (200, "PUT /orders/7", "ana"),
        (403, "PUT /orders/7", "bo"),
        (403, "GET /nowhere", "ana"),
        (401, "GET /orders/7", "expired"),
    ],
)
def test_authorizer(pool: Pool, expected: int, line: str, who: str) -> None:
    """Everybody who has signed in reads, editors change."""
    answers = handler(pool, NAMES[0])

    assert expected == status(answers, rest_token(getattr(pool, who), line))
    assert (403 if expected == 401 else expected) == status(answers, http_2(getattr(pool, who), line))
    good = 401 if who == "expired" else 200
    assert good == status(answers, websocket([("Authorization", f"Bearer {getattr(pool, who)}")]))


@pytest.mark.parametrize(
    ("expected", "method", "path", "who"),
    [
        (200, "GET", "/healthz", None),
        (200, "GET", "/orders/7", "bo"),
        (200, "PUT", "/orders/7", "ana"),
        (403, "PUT", "/orders/7", "bo"),
        (401, "GET", "/orders/7", None),
        (401, "GET", "/nowhere", None),
    ],
)
def test_function(pool: Pool, expected: int, method: str, path: str, who: str | None) -> None:
    """The function does the same by itself."""
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {} if who is None else {"authorization": f"Bearer {getattr(pool, who)}"},
        "requestContext": {"stage": "$default", "http": {"method": method, "path": path}},
    }

    assert expected == handler(pool, NAMES[1])(event, None)["statusCode"]
