"""Issuers, keys and times as they are misconfigured, row by row of the list of bad inputs."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from pathlib import Path
from typing import Any, Final

import pytest

from cogauth import AsyncVerifier, Authorizer, ConfigurationError, OIDCIssuer, UserPool, Verifier
from tests.bad_inputs.trials import ACCESS, OTHER_CLIENT, row
from tests.support.tokens import CLIENT, POOL_ID

EXAMPLE: Final = "https://issuer.example"


def pool(pool_id: Any = POOL_ID, **options: Any) -> UserPool:
    chosen: dict[str, Any] = {"clients": {CLIENT}, **options}
    return UserPool(pool_id, **chosen)


def provider(**options: Any) -> OIDCIssuer:
    chosen: dict[str, Any] = {"audience": {"api1"}, **options}
    return OIDCIssuer(EXAMPLE, **chosen)


# -- Pools -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pool_id",
    [
        pytest.param(pool_id, id=f"C-010 {pool_id!a}".replace("\\", "/"))
        for pool_id in (
            "us-east-1_abc\n",
            "us-east-1_abc/../us-east-1_evil",
            "us-east-1_",
            "US-EAST-1_abc",
            "us-east-1_\u00e4bc",
            "us-east-1_abc?x",
            "us-east-\u0663_abc",
            None,
            b"us-east-1_abc",
        )
    ],
)
def test_a_pool_id_has_one_form(pool_id: object) -> None:
    """It becomes a part of a URL that keys are fetched from."""
    with pytest.raises(ConfigurationError, match="user pool id"):
        pool(pool_id)


@row("C-011")
def test_a_region_is_said_once(row: str, tmp_path: Path) -> None:
    """The pool's id has it; there is no second place that could say another."""
    file = tmp_path / "cogauth.toml"
    table = f'user_pool = "eu-west-1_abc"\nclients = ["{CLIENT}"]\nregion = "us-east-1"'
    file.write_text(f'version = 1\n[[issuer]]\n{table}\n[[route]]\nmatch = "GET /"\nallow = "authenticated"\n')
    with pytest.raises(ConfigurationError, match="unknown key 'region'"):
        Authorizer.from_file(file)
    assert "region" not in inspect.signature(UserPool).parameters
    assert "eu-west-1" == pool("eu-west-1_abc").region


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        pytest.param({}, {}, False, id="C-012 the same"),
        pytest.param({}, {"clients": {CLIENT, OTHER_CLIENT}}, False, id="C-012 a client of both"),
        pytest.param({"token_use": "any"}, {"token_use": "id"}, False, id="C-012 a use of both"),
        # Nothing is ambiguous where no token can be meant for both.
        pytest.param({}, {"clients": {OTHER_CLIENT}}, True, id="C-012 other clients"),
        pytest.param({}, {"token_use": "id"}, True, id="C-012 another use"),
    ],
)
def test_a_pool_comes_twice_when_tokens_tell_which(one: dict[str, Any], other: dict[str, Any], *, fits: bool) -> None:
    """It must not be chance which of them accepts one."""
    issuers = (pool(**one), pool(**other))
    if fits:
        assert issuers == Verifier(*issuers).issuers
        return
    for make in (Verifier, AsyncVerifier):
        with pytest.raises(ConfigurationError, match="the same pool twice"):
            make(*issuers)


# -- Audience ----------------------------------------------------------------------------------------------------------


@row("C-021")
def test_a_use_is_one_of_three(row: str) -> None:
    """Left out it is the stricter one, for calling an API; nothing is no use."""
    assert "access" == pool().token_use
    uses: tuple[Any, ...] = (None, "", "ACCESS", "access ", "refresh", ["access"], True)
    for use in uses:
        for make in (pool, provider):
            with pytest.raises(ConfigurationError, match="token_use"):
                make(token_use=use)


@pytest.mark.parametrize(
    "audience",
    [
        pytest.param(audience, id=f"C-022 {audience!r}")
        for audience in (None, "", [], set[str](), "api1", [""], [1], b"api1", True)
    ],
)
def test_a_provider_needs_an_audience(audience: Any) -> None:
    """Whoever else the provider writes tokens for could use them here."""
    with pytest.raises(ConfigurationError, match="audience"):
        provider(audience=audience)


@row("C-022")
def test_an_audience_cannot_be_left_out(row: str) -> None:
    """There is no default."""
    options: dict[str, Any] = {}
    with pytest.raises(TypeError, match="audience"):
        OIDCIssuer(EXAMPLE, **options)


# -- Time and size -----------------------------------------------------------------------------------------------------

NUMBERS: Final[list[tuple[str, str, object]]] = [
    *(("C-050", "leeway", value) for value in (-1, 301, math.nan, math.inf, True, "60", dt.timedelta(days=1), None)),
    *(("C-051", "cache_size", value) for value in (-1, math.nan, math.inf, 10**9, True, "4096", None)),
    *(("C-051", "max_stale", value) for value in (0, -1, 299, 604_801, math.nan, math.inf, 10**9, True, "60", None)),
]


@pytest.mark.parametrize(
    ("argument", "value"), [pytest.param(name, value, id=f"{row} {name} {value!r}") for row, name, value in NUMBERS]
)
def test_a_number_is_one_within_bounds(argument: str, value: object) -> None:
    """What is compared with it must come out one way or the other."""
    options: dict[str, Any] = {argument: value}
    for make in (Verifier, AsyncVerifier):
        with pytest.raises(ConfigurationError, match=argument):
            make(pool(), **options)


@row("C-051")
def test_what_must_not_be_turned_is_no_argument(row: str) -> None:
    """How long a fetch may take, how often there may be one, whether TLS counts: nobody needs another answer."""
    arguments = {"issuers", "clock", "monotonic", "leeway", "cache_size", "max_stale", "fetch", "keyring"}
    for make in (Verifier, AsyncVerifier):
        assert arguments == set(inspect.signature(make).parameters)


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(value, id=f"C-051 {value!r}") for value in (0, -1, 1.5, math.nan, math.inf, 10**9, True, "60", None)],
)
def test_a_lifetime_is_one_within_bounds(seconds: Any) -> None:
    """A provider's tokens may be given a shorter or longer one, of a year at most."""
    with pytest.raises(ConfigurationError, match="max_lifetime"):
        provider(max_lifetime=seconds)


@row("C-050", "C-051")
def test_the_bounds_themselves_are_within(row: str) -> None:
    """Of either kind."""
    options: dict[str, list[dict[str, Any]]] = {
        "C-050": [{"leeway": 0}, {"leeway": 300}, {"leeway": 0.5}],
        "C-051": [{"cache_size": 0}, {"cache_size": 1_000_000}, {"max_stale": 300}, {"max_stale": 604_800}],
    }
    for each in options[row]:
        Verifier(*(party.pinned() for party in ACCESS), **each)
