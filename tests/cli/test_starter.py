"""The starter: a configuration that works as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cogauth import ANY_CLIENT, Authorizer, Reason, UserPool, Verifier
from cogauth.cli.starter import starter
from cogauth.config import load
from cogauth.testing import LocalUserPool
from tests.cli.stage import NOW

POOL = "eu-west-1_AbCdEf123"


@pytest.mark.parametrize(
    ("clients", "accepted"),
    [
        pytest.param(("web",), {"web"}, id="one"),
        pytest.param(("web", "app"), {"web", "app"}, id="two"),
        pytest.param(("any-client",), ANY_CLIENT, id="any"),
    ],
)
def test_it_loads(clients: tuple[str, ...], accepted: object, tmp_path: Path) -> None:
    """With one client, with several, and with all of them."""
    file = tmp_path / "cogauth.toml"
    file.write_text(starter(POOL, clients))
    issuers, _ = load(file)
    (pool,) = issuers
    assert isinstance(pool, UserPool)
    assert (POOL, accepted, "access") == (pool.pool_id, pool.clients, pool.token_use)


@pytest.mark.parametrize(
    ("groups", "method", "path", "reason"),
    [
        pytest.param(None, "GET", "/healthz", Reason.PUBLIC, id="public"),
        pytest.param(None, "GET", "/orders", Reason.MISSING_TOKEN, id="nobody reads"),
        pytest.param([], "GET", "/", Reason.ALLOWED, id="anybody reads"),
        pytest.param([], "GET", "/orders/17", Reason.ALLOWED, id="anybody reads deep down"),
        pytest.param([], "POST", "/orders", Reason.MISSING_GROUP, id="not anybody writes"),
        pytest.param(["admins"], "DELETE", "/", Reason.ALLOWED, id="admins do the rest"),
        pytest.param(["admins"], "DELETE", "/orders/17", Reason.ALLOWED, id="admins do the rest, deep down"),
    ],
)
def test_what_it_says_of_itself_is_so(
    groups: list[str] | None, method: str, path: str, reason: Reason, pool: LocalUserPool, tmp_path: Path
) -> None:
    """The comments, and what `cogauth init` prints, describe what is decided."""
    data = tomllib.loads(starter(POOL, ("web",)))
    assert POOL == data["issuer"][0]["user_pool"]
    file = tmp_path / "cogauth.toml"
    file.write_text(starter(POOL, ("web",)))
    _, policy = load(file)
    authorizer = Authorizer(Verifier(pool.issuer(), clock=lambda: NOW), policy)
    token = None if groups is None else pool.mint({"cognito:groups": groups}, client="web")
    assert reason == authorizer.authorize(token, method, path).reason


def test_what_is_commented_out_works_too(tmp_path: Path) -> None:
    """Every example in a comment can be switched on."""
    lines = starter(POOL, ("web",)).splitlines()
    switched = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in lines]
    file = tmp_path / "cogauth.toml"
    file.write_text("\n".join(switched))
    (pool,), policy = load(file)
    assert isinstance(pool, UserPool)
    assert ("staff", frozenset({"https://api.example.com"})) == (pool.name, pool.audience)
    assert {"admin", "editor", "batch", "legal", "strong"} == set(policy.roles)
