"""Issuers: what a user pool is told to accept, and every way of telling it wrongly."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

import pytest

from cogauth import ANY_CLIENT, ConfigurationError, UserPool
from cogauth.issuers import COGNITO_ACR_LEVELS, KeySource
from cogauth.keys import key_table
from tests.support.tokens import CLIENT, ISSUER, POOL_ID, UPDATED_ISSUER, fetched, key_document, pinned

Options = dict[str, Any]
JWKS_URI = "https://keys.example/jwks.json"


def problems(arguments: Options) -> tuple[str, ...]:
    """What is wrong with a pool of these arguments; those that are not given are right."""
    right: Options = {"pool_id": POOL_ID, "clients": {CLIENT}}
    try:
        UserPool(**{**right, **arguments})
    except ConfigurationError as error:
        return error.problems
    return ()


# -- What a pool is when nothing is said -------------------------------------------------------------------------------


def test_a_pool_says_little_by_itself() -> None:
    """Access tokens of the named clients, bound to no resource, without delegation, under the pool's id."""
    pool = UserPool(POOL_ID, clients=[CLIENT])
    assert ("access", POOL_ID, "eu-west-1") == (pool.token_use, pool.name, pool.region)
    assert (frozenset({CLIENT}), frozenset(), False) == (pool.clients, pool.audience, pool.delegation)
    assert COGNITO_ACR_LEVELS == pool.acr_levels
    assert frozenset({"RS256"}) == pool.algorithms


def test_clients_must_be_named() -> None:
    """There is no default, and None is not one either."""
    with pytest.raises(TypeError):
        UserPool(POOL_ID)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert problems({"clients": None}) != ()


# -- Mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pool_id",
    [
        "",
        "eu-west-1",
        "eu-west-1_",
        "_AbCdEf123",
        "eu-west-1_AbCdEf123\n",
        " eu-west-1_AbCdEf123",
        "eu-west-1_Ab-Cd",
        "eu-west-1_Ab_Cd",
        "eu-west-1_abc/../us-east-1_evil",
        "eu-west-1_abc?x",
        "eu-west-1_abc.evil.example",
        "EU-WEST-1_abc",
        "eu-west_abc",
        "eu-west-1_äbc",
        "eu-west-٣_abc",
        "evil.example/eu-west-1_abc",
        "eu-west-1_" + "a" * 41,
        "eu-west-1:5f0e1c2a-0297-4b74-8f72-013663f61200",
        None,
        5,
        b"eu-west-1_AbCdEf123",
    ],
    ids=ascii,
)
def test_a_pool_id_is_refused(pool_id: object) -> None:
    """What could not be a pool's id goes into no issuer string and no URL."""
    expected = "UserPool: user pool id: not of the form <region>_<id>, such as eu-west-1_AbCdEf123"
    assert (expected,) == problems({"pool_id": pool_id})


@pytest.mark.parametrize(
    ("pool_id", "region"),
    [
        ("us-east-1_a", "us-east-1"),
        ("us-gov-west-1_AbCdEf123", "us-gov-west-1"),
        ("ap-southeast-2_123456789", "ap-southeast-2"),
        ("ap-northeast-3_AbCdEf123", "ap-northeast-3"),
        ("us-isob-east-1_AbCdEf123", "us-isob-east-1"),
        ("eusc-de-east-1_AbCdEf123", "eusc-de-east-1"),
        ("eu-west-1_" + "a" * 40, "eu-west-1"),
    ],
)
def test_a_pool_id_is_taken(pool_id: str, region: str) -> None:
    """Of every partition; its first half is the Region."""
    assert region == UserPool(pool_id, clients={CLIENT}).region


SINGLE: tuple[object, ...] = (CLIENT, b"c1", 5, None, True, {"c1": 1})
EMPTY: tuple[object, ...] = ((), [], frozenset[str]())
NOT_A_LIST = "must be a list or set of strings, not a single value"
CANNOT_BE = "holds something that cannot be one"
BAD_URL = "jwks_uri: must be an https URL (http only to loopback) without user, query or fragment"
BAD_ISSUER = "issuer: must be an https URL (http only to loopback), and excludes regions"
BAD_LEVELS = "acr_levels: must be a list of different names, weakest first"
PINNED = "jwks: pinned keys are never fetched; leave out jwks_uri and jwks_seed, or leave out jwks"
NOT_BOUND = "audience: only access tokens are bound to a resource; an ID token's aud is its client"
NOT_URLS: tuple[object, ...] = (
    "",
    "keys.example",
    "//keys.example/k",
    "http://keys.example/k",
    "http://127.0.0.1.evil.example/k",
    "http://localhost@evil.example/k",
    "ftp://keys.example/k",
    "ftp://localhost/k",
    "file:///etc/passwd",
    "https://",
    "https:///k",
    "https://user@keys.example/k",
    "https://:password@keys.example/k",
    "https://keys.example/k?x=1",
    "https://keys.example/k#x",
    "https://keys.example:99999/k",
    "https://[::1/k",
    "https://keys.example/k\n",
    "https://keys.example/ k",
    "https://kéys.example/k",
    5,
    b"https://keys.example/k",
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        *(
            pytest.param({"clients": clients}, f"clients: {NOT_A_LIST}", id=f"clients {clients!r}")
            for clients in SINGLE
        ),
        *(
            pytest.param(
                {"clients": clients},
                "clients: must not be empty; to accept every client of the pool, say ANY_CLIENT",
                id=f"clients {clients!r}",
            )
            for clients in EMPTY
        ),
        *(
            pytest.param({"clients": clients}, f"clients: {CANNOT_BE}", id=f"clients {clients!r}")
            for clients in (
                [""],
                [None],
                [5],
                ["c1", ""],
                ["a b"],
                ["c1\n"],
                ["ä"],
                ["a" * 129],
                [["c1"]],
                ["any-client"],
            )
        ),
        *(
            pytest.param({"token_use": use}, 'token_use: must be "access", "id" or "any"', id=f"token_use {use!r}")
            for use in ("", "ACCESS", "refresh", None, ["access"])
        ),
        *(
            pytest.param({"name": name}, "name: must be a string that is not empty", id=f"name {name!r}")
            for name in ("", 5, ["staff"])
        ),
        pytest.param({"audience": []}, "audience: must not be empty", id="audience empty"),
        pytest.param({"audience": ""}, f"audience: {CANNOT_BE}", id="audience an empty string"),
        pytest.param({"audience": ["https://api", 5]}, f"audience: {CANNOT_BE}", id="audience with a number"),
        pytest.param({"audience": 5}, f"audience: {NOT_A_LIST}", id="audience a number"),
        pytest.param({"audience": "https://api", "token_use": "id"}, NOT_BOUND, id="audience of ID tokens"),
        *(
            pytest.param({"delegation": value}, "delegation: must be True or False", id=f"delegation {value!r}")
            for value in (1, 0, "yes", None)
        ),
        pytest.param({"acr_levels": ["a", "a"]}, BAD_LEVELS, id="acr_levels repeated"),
        pytest.param({"acr_levels": {"a", "b"}}, BAD_LEVELS, id="acr_levels without an order"),
        pytest.param({"acr_levels": []}, "acr_levels: must not be empty", id="acr_levels empty"),
        pytest.param({"regions": "eu-west-2"}, f"regions: {NOT_A_LIST}", id="regions a string"),
        pytest.param({"regions": ["EU-WEST-2"]}, f"regions: {CANNOT_BE}", id="regions in capitals"),
        pytest.param({"regions": ["eu-west-2.evil.example/"]}, f"regions: {CANNOT_BE}", id="regions with a host"),
        *(pytest.param({"issuer": url}, BAD_ISSUER, id=f"issuer {url!a}") for url in NOT_URLS),
        pytest.param({"issuer": ISSUER, "regions": ["eu-west-2"]}, BAD_ISSUER, id="issuer and regions"),
        *(pytest.param({"jwks_uri": url}, BAD_URL, id=f"jwks_uri {url!a}") for url in NOT_URLS),
        pytest.param({"jwks": key_document("k1").decode(), "jwks_uri": JWKS_URI}, PINNED, id="pinned and fetched"),
        pytest.param(
            {"jwks": key_document("k1").decode(), "jwks_seed": key_document("k1").decode()},
            PINNED,
            id="pinned and seed",
        ),
        pytest.param({"jwks": {"keys": []}}, "jwks: not a usable JWK set (jwks.invalid)", id="jwks without keys"),
        pytest.param({"jwks_seed": '{"keys":[{}]}'}, "jwks_seed: not a usable JWK set (jwks.no_usable_key)", id="seed"),
        pytest.param({"jwks": "/no/such/file"}, "jwks: cannot be read (FileNotFoundError)", id="jwks not there"),
        pytest.param(
            {"jwks_seed": "/no/such/file"}, "jwks_seed: cannot be read (FileNotFoundError)", id="seed not there"
        ),
        pytest.param({"jwks": ""}, "jwks: cannot be read (IsADirectoryError)", id="jwks empty"),
        pytest.param({"jwks": "a\0b"}, "jwks: cannot be read (ValueError)", id="jwks no path"),
        pytest.param({"jwks": {"keys": {1, 2}}}, "jwks: cannot be read (TypeError)", id="jwks with a set"),
        pytest.param({"jwks": b"{}"}, "jwks: cannot be read (TypeError)", id="jwks as bytes"),
        pytest.param({"jwks": 5}, "jwks: cannot be read (TypeError)", id="jwks a number"),
    ],
)
def test_a_mistake_is_named(arguments: Options, expected: str) -> None:
    """It is the only one, and its text says which argument it is about and what that must be."""
    assert (f"UserPool: {expected}",) == problems(arguments)


@pytest.mark.parametrize("levels", ["urn", "", 5, None, ["a", 5], [["a"]]], ids=repr)
def test_levels_are_named_in_an_order(levels: object) -> None:
    """Whatever else it is given for, a pool never raises anything but a configuration error."""
    assert any(problem.startswith("UserPool: acr_levels: ") for problem in problems({"acr_levels": levels}))


def test_all_mistakes_are_told_at_once() -> None:
    """Whoever writes a configuration need not find them one by one."""
    found = problems({"pool_id": "x", "clients": [], "token_use": "x", "name": "", "delegation": 1, "jwks_uri": "x"})
    assert [
        "user pool id",
        "clients",
        "token_use",
        "name",
        "delegation",
        "jwks_uri",
    ] == [problem.split(": ")[1] for problem in found]


def test_an_unknown_argument_is_no_argument() -> None:
    """A misspelled limit must not be taken for none."""
    with pytest.raises(TypeError):
        UserPool(POOL_ID, client={CLIENT})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


# -- Issuer strings and key URLs ---------------------------------------------------------------------------------------

REPLICA = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"
UPDATED_REPLICA = f"https://issuer-cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param({}, [ISSUER, UPDATED_ISSUER], id="both forms"),
        pytest.param(
            {"regions": ["us-east-1"]}, [ISSUER, UPDATED_ISSUER, REPLICA, UPDATED_REPLICA], id="and those of a replica"
        ),
        pytest.param({"regions": ["eu-west-1"]}, [ISSUER, UPDATED_ISSUER], id="its own Region again"),
        pytest.param({"regions": []}, [ISSUER, UPDATED_ISSUER], id="no replica"),
        pytest.param({"issuer": "http://localhost:9229/x"}, ["http://localhost:9229/x"], id="an emulator's"),
        pytest.param({"issuer": "https://[::1]:8443"}, ["https://[::1]:8443"], id="one alone"),
    ],
)
def test_issuer_strings(arguments: Options, expected: list[str]) -> None:
    """Those that a pool writes, each once, and each with the place of its keys."""
    sources = UserPool(POOL_ID, clients={CLIENT}, **arguments).sources
    assert expected == [source.issuer for source in sources]
    assert [f"{issuer}/.well-known/jwks.json" for issuer in expected] == [source.url for source in sources]


@pytest.mark.parametrize(
    "url", [JWKS_URI, "http://127.0.0.1:9229/k", "http://localhost/k", "http://[::1]:80/k", "https://10.0.0.1:8443"]
)
def test_the_keys_can_be_elsewhere(url: str) -> None:
    """The issuer strings stay as they are."""
    sources = UserPool(POOL_ID, clients={CLIENT}, jwks_uri=url).sources
    assert [(ISSUER, url), (UPDATED_ISSUER, url)] == [(source.issuer, source.url) for source in sources]


# -- Keys at hand ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["jwks", "jwks_seed"])
@pytest.mark.parametrize("form", ["dict", "text", "indented text", "path", "path as text"])
def test_keys_are_given_in_any_form(tmp_path: Path, argument: str, form: str) -> None:
    """A dict, JSON text, or the path of a file."""
    path = tmp_path / "jwks.json"
    path.write_bytes(key_document("k1"))
    document: dict[str, Any] = {
        "dict": json.loads(key_document("k1")),
        "text": key_document("k1").decode(),
        "indented text": "\n  " + json.dumps(json.loads(key_document("k1")), indent=2),
        "path": path,
        "path as text": str(path),
    }
    source = UserPool(POOL_ID, clients={CLIENT}, **{argument: document[form]}).sources[0]
    given, other = (source.pinned, source.seed) if argument == "jwks" else (source.seed, source.pinned)
    assert given is not None
    assert key_table(key_document("k1")).keys == given.keys
    assert other is None


def test_a_seed_is_as_old_as_its_file(tmp_path: Path) -> None:
    """What is not a file has no date, and pinned keys need none."""
    path = tmp_path / "jwks.json"
    path.write_bytes(key_document("k1"))
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert 1_600_000_000 == fetched(jwks_seed=path).sources[0].seed_date
    assert 1_600_000_000 == fetched(jwks_seed=str(path)).sources[0].seed_date
    assert fetched(jwks_seed=key_document("k1").decode()).sources[0].seed_date is None
    assert fetched(jwks_seed=json.loads(key_document("k1"))).sources[0].seed_date is None
    assert pinned(jwks=path).sources[0].seed_date is None


# -- Values ------------------------------------------------------------------------------------------------------------


def test_a_pool_shows_no_clients() -> None:
    """Its text is for logs."""
    assert f"UserPool({POOL_ID!r}, name='staff', token_use='id')" == repr(pinned(name="staff", token_use="id"))


def test_any_client_reads_as_it_is_written() -> None:
    """In an error or a log it is the name that was written."""
    assert "ANY_CLIENT" == repr(ANY_CLIENT)
    assert UserPool(POOL_ID, clients=ANY_CLIENT).clients is ANY_CLIENT


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(UserPool(POOL_ID, clients=(CLIENT, CLIENT)), True, id="the same, written otherwise"),
        pytest.param(UserPool(POOL_ID, clients={CLIENT, "c2"}), False, id="another client"),
        pytest.param(UserPool(POOL_ID, clients=ANY_CLIENT), False, id="any client"),
        pytest.param(UserPool(POOL_ID, clients={CLIENT}, token_use="any"), False, id="another use"),
        pytest.param(UserPool(POOL_ID, clients={CLIENT}, jwks_uri=JWKS_URI), False, id="keys elsewhere"),
        pytest.param(POOL_ID, False, id="its id"),
    ],
)
def test_pools_are_equal_by_what_they_accept(other: object, *, equal: bool) -> None:
    """And cannot be changed afterwards."""
    pool = UserPool(POOL_ID, clients={CLIENT})
    assert equal == (pool == other)
    with pytest.raises(AttributeError):
        pool.clients = ANY_CLIENT


def test_a_source_is_a_value() -> None:
    """Two of the same place are one."""
    assert KeySource(ISSUER, JWKS_URI) == KeySource(ISSUER, JWKS_URI)
    assert KeySource(ISSUER, JWKS_URI) != KeySource(UPDATED_ISSUER, JWKS_URI)


USES = Literal["access", "id", "any"]


@pytest.mark.parametrize(
    ("use", "other_use", "clients", "other_clients", "overlap"),
    [
        pytest.param("access", "access", {"a"}, {"a"}, True, id="the same"),
        pytest.param("access", "access", {"a", "b"}, {"b", "c"}, True, id="a client of both"),
        pytest.param("access", "any", {"a"}, {"a"}, True, id="any use"),
        pytest.param("any", "any", {"a"}, {"a"}, True, id="any use of both"),
        pytest.param("id", "id", {"a"}, ANY_CLIENT, True, id="any client"),
        pytest.param("id", "any", ANY_CLIENT, ANY_CLIENT, True, id="any client of both"),
        pytest.param("access", "access", {"a"}, {"b"}, False, id="other clients"),
        pytest.param("any", "any", {"a"}, {"b"}, False, id="other clients of any use"),
        pytest.param("access", "id", {"a"}, {"a"}, False, id="another use"),
        pytest.param("access", "id", ANY_CLIENT, ANY_CLIENT, False, id="another use of any client"),
    ],
)
def test_pools_overlap_when_one_token_fits_both(
    use: USES, other_use: USES, clients: Any, other_clients: Any, *, overlap: bool
) -> None:
    """It takes a common use and a common client, whichever is asked."""
    one, other = pinned(token_use=use, clients=clients), pinned(token_use=other_use, clients=other_clients)
    assert (overlap, overlap) == (one.overlaps(other), other.overlaps(one))
