"""IdentityPool: what a pool is told to be, and every way of telling it wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError, IdentityPool
from tests.support.providers import IDENTITIES, IDENTITY_POOL_ID, documented, jwk_of

Options = dict[str, Any]
KEYS = documented(jwk_of("RS512")).decode()
GOVCLOUD = "https://cognito-identity.us-gov-west-1.amazonaws.com"


def problems(arguments: Options) -> tuple[str, ...]:
    """What is wrong with a pool of these arguments; the id, if it is not given, is right."""
    try:
        IdentityPool(**{"pool_id": IDENTITY_POOL_ID, **arguments})
    except ConfigurationError as error:
        return error.problems
    return ()


def test_a_pool_needs_no_more_than_its_id() -> None:
    """All pools write one `iss` and sign with RS512; the name of their key document really has no ending."""
    pool = IdentityPool(IDENTITY_POOL_ID)
    assert (IDENTITY_POOL_ID, IDENTITY_POOL_ID, "eu-west-1") == (pool.pool_id, pool.name, pool.region)
    assert frozenset({"RS512"}) == pool.algorithms
    (source,) = pool.sources
    assert (IDENTITIES, f"{IDENTITIES}/.well-known/jwks_uri") == (source.issuer, source.url)
    assert (False, ("RS512",), None, None) == (source.discovery, source.algorithms, source.pinned, source.seed)


@pytest.mark.parametrize(
    ("arguments", "issuer", "url"),
    [
        pytest.param({"issuer": GOVCLOUD}, GOVCLOUD, f"{GOVCLOUD}/.well-known/jwks_uri", id="another partition"),
        pytest.param(
            {"jwks_uri": "https://keys.example/k"}, IDENTITIES, "https://keys.example/k", id="keys from elsewhere"
        ),
        pytest.param(
            {"issuer": "http://127.0.0.1:9229", "jwks_uri": "http://localhost:1/k"},
            "http://127.0.0.1:9229",
            "http://localhost:1/k",
            id="an emulator",
        ),
    ],
)
def test_issuer_and_keys_can_be_elsewhere(arguments: Options, issuer: str, url: str) -> None:
    """In Regions with a host of their own."""
    (source,) = IdentityPool(IDENTITY_POOL_ID, **arguments).sources
    assert (issuer, url) == (source.issuer, source.url)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        *(
            pytest.param({"pool_id": value}, ["identity pool id: not of the form <region>:<uuid>"], id=f"id {value!r}")
            for value in (
                "",
                "eu-west-1",
                "eu-west-1:",
                "eu-west-1_AbCdEf123",
                ":5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
                "5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
                "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c000",
                "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c00000",
                "eu-west-1:5f0e3f1c000040008000-5f0e3f1c0000",
                "eu-west-1:5F0E3F1C-0000-4000-8000-5F0E3F1C0000",
                "EU-WEST-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
                "eu-west:5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
                "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1cxxxx",
                f"{IDENTITY_POOL_ID}\n",
                f" {IDENTITY_POOL_ID}",
                f"{IDENTITY_POOL_ID}/x",
                "eu-west-\u0661:5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
                None,
                5,
                [IDENTITY_POOL_ID],
                IDENTITY_POOL_ID.encode(),
            )
        ),
        *(
            pytest.param({"name": value}, ["name: must be a string that is not empty"], id=f"name {value!r}")
            for value in ("", 5, ["x"])
        ),
        *(
            pytest.param(
                {"issuer": value}, ["issuer: must be an https URL (http only to loopback)"], id=f"issuer {value!r}"
            )
            for value in ("", "cognito-identity.amazonaws.com", "http://cognito-identity.amazonaws.com", 5)
        ),
        pytest.param(
            {"jwks_uri": "http://keys.example/k"},
            ["jwks_uri: must be an https URL (http only to loopback) without user, query or fragment"],
            id="keys over http",
        ),
        pytest.param(
            {"jwks": documented(jwk_of("RS256")).decode()},
            ["jwks: not a usable JWK set (jwks.no_usable_key)"],
            id="keys for RS256",
        ),
        pytest.param(
            {"jwks": documented(jwk_of("PS512")).decode()},
            ["jwks: not a usable JWK set (jwks.no_usable_key)"],
            id="keys for PS512",
        ),
        pytest.param(
            {"jwks": KEYS, "jwks_seed": KEYS},
            ["jwks: pinned keys are never fetched; leave out jwks_uri and jwks_seed, or leave out jwks"],
            id="pinned and to start with",
        ),
        pytest.param(
            {"pool_id": "x", "name": "", "issuer": "", "jwks_seed": "{}"},
            [
                "identity pool id: not of the form <region>:<uuid>",
                "name: must be a string that is not empty",
                "issuer: must be an https URL (http only to loopback)",
                "jwks_seed: not a usable JWK set (jwks.invalid)",
            ],
            id="all at once",
        ),
    ],
)
def test_every_mistake_is_told_at_once(arguments: Options, expected: list[str]) -> None:
    """Each names its argument."""
    assert [f"IdentityPool: {problem}" for problem in expected] == list(problems(arguments))


@pytest.mark.parametrize(
    "pool_id",
    [
        IDENTITY_POOL_ID,
        "us-gov-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
        "ap-southeast-3:00000000-0000-0000-0000-000000000000",
        "eusc-de-east-1:ffffffff-ffff-ffff-ffff-ffffffffffff",
    ],
)
def test_a_pool_id_is_taken(pool_id: str) -> None:
    """Its Region is what stands before the colon."""
    pool = IdentityPool(pool_id)
    assert (pool_id, pool_id.partition(":")[0]) == (pool.pool_id, pool.region)


def test_keys_are_given() -> None:
    """Pinned, or to start with; those without an algorithm are for the only one."""
    silent = documented({name: value for name, value in jwk_of("RS512").items() if name != "alg"}).decode()
    pinned, seeded = IdentityPool(IDENTITY_POOL_ID, jwks=KEYS), IdentityPool(IDENTITY_POOL_ID, jwks_seed=silent)
    assert pinned.sources[0].pinned is not None
    assert pinned.sources[0].pinned == seeded.sources[0].seed
    assert "RS512" == pinned.sources[0].pinned.keys["k1"].alg


def test_pools_are_equal_by_what_they_accept() -> None:
    """And cannot be changed."""
    pool = IdentityPool(IDENTITY_POOL_ID, name="guests")
    assert IdentityPool(IDENTITY_POOL_ID, name="guests") == pool
    assert IdentityPool(IDENTITY_POOL_ID) != pool
    assert f"IdentityPool({IDENTITY_POOL_ID!r}, name='guests')" == repr(pool)
    with pytest.raises(AttributeError):
        pool.name = "staff"
