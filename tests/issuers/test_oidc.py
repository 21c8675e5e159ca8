"""OIDCIssuer: what a provider is told to be, and every way of telling it wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cogauth import ConfigurationError, OIDCIssuer
from cogauth.keys import KeyTable, key_table
from tests.support.providers import API, JWKS_URI, METADATA, PROVIDER, documented, jwk_of

Options = dict[str, Any]
KEYS = documented(jwk_of("ES256")).decode()
RSA_KEYS = documented(jwk_of("RS256")).decode()


def provider(**arguments: Any) -> OIDCIssuer:
    """A provider of these arguments; those that are not given are right."""
    arguments = {"issuer": PROVIDER, "audience": {API}, **arguments}
    return OIDCIssuer(**arguments)


def problems(**arguments: Any) -> tuple[str, ...]:
    """What is wrong with a provider of these arguments."""
    try:
        provider(**arguments)
    except ConfigurationError as error:
        return error.problems
    return ()


def test_a_provider_says_little_by_itself() -> None:
    """RS256, tokens of either use, no groups, and a month at most; its keys are discovered."""
    issuer = OIDCIssuer(PROVIDER, audience=[API])
    assert (PROVIDER, PROVIDER, "any") == (issuer.issuer, issuer.name, issuer.token_use)
    assert (frozenset({API}), frozenset({"RS256"})) == (issuer.audience, issuer.algorithms)
    assert (None, 31 * 86_400, (), False) == (
        issuer.groups_claim,
        issuer.max_lifetime,
        issuer.acr_levels,
        issuer.ignore_x5c,
    )
    (source,) = issuer.sources
    assert (PROVIDER, METADATA, True, ("RS256",)) == (source.issuer, source.url, source.discovery, source.algorithms)


def test_an_audience_must_be_named() -> None:
    """There is no default: a token for somebody else is none for this API."""
    with pytest.raises(TypeError):
        OIDCIssuer(PROVIDER)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        (PROVIDER, METADATA),
        (f"{PROVIDER}/", METADATA),
        (f"{PROVIDER}/tenant", f"{PROVIDER}/tenant/.well-known/openid-configuration"),
        (f"{PROVIDER}/tenant/", f"{PROVIDER}/tenant/.well-known/openid-configuration"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/openid-configuration"),
    ],
)
def test_where_the_metadata_is(issuer: str, url: str) -> None:
    """Below the issuer, whose last slash is left out there and kept in `iss` (OpenID Connect Discovery 1.0, 4.1)."""
    (source,) = provider(issuer=issuer).sources
    assert (issuer, url, True) == (source.issuer, source.url, source.discovery)


def test_the_keys_can_be_named() -> None:
    """Then nothing is discovered."""
    (source,) = provider(jwks_uri=JWKS_URI).sources
    assert (PROVIDER, JWKS_URI, False) == (source.issuer, source.url, source.discovery)


@pytest.mark.parametrize("algorithms", [["RS256", "ES256"], ("ES256", "RS256"), ["EdDSA"], ["PS512", "RS256", "PS256"]])
def test_algorithms_have_an_order(algorithms: Any) -> None:
    """A key that does not say what it is for is for the first that fits."""
    issuer = provider(algorithms=algorithms)
    assert frozenset(algorithms) == issuer.algorithms
    assert tuple(algorithms) == issuer.sources[0].algorithms


@pytest.mark.parametrize("form", ["text", "dict", "path", "path as text"])
@pytest.mark.parametrize("argument", ["jwks", "jwks_seed"])
def test_keys_are_read_for_the_algorithms(tmp_path: Path, argument: str, form: str) -> None:
    """In any form that a document has."""
    path = tmp_path / "jwks.json"
    path.write_text(KEYS)
    given = {"text": KEYS, "dict": json.loads(KEYS), "path": path, "path as text": str(path)}[form]
    (source,) = provider(algorithms=["ES256"], **{argument: given}).sources
    found = source.pinned if argument == "jwks" else source.seed
    assert isinstance(found, KeyTable)
    assert key_table(KEYS.encode(), ("ES256",)) == found


ISSUER = "issuer: must be an https URL (http only to loopback) without user, query or fragment"
ALGORITHMS = (
    "algorithms: must be a list of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519"
)
LIFETIME = "max_lifetime: must be whole seconds, of a year at most"
LEVELS = "acr_levels: must be a list of different names, weakest first"
EMPTY: tuple[object, ...] = ([], (), set[str]())
PINNED = "jwks: pinned keys are never fetched; leave out jwks_uri and jwks_seed, or leave out jwks"
ELSEWHERE = "jwks_uri: must be an https URL (http only to loopback) without user, query or fragment"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        *(
            pytest.param({"issuer": value}, [ISSUER], id=f"issuer {value!r}")
            for value in (
                "",
                "idp.example",
                "http://idp.example",
                "ftp://idp.example",
                "https://",
                "https://u@idp.example",
                "https://idp.example?x=1",
                "https://idp.example#x",
                "https://idp.example ",
                "https://idp.example\n",
                "https://idp.exämple",
                "https://idp.example:x",
                None,
                5,
                [PROVIDER],
                PROVIDER.encode(),
            )
        ),
        *(
            pytest.param(
                {"audience": value}, ["audience: must be a list or set of strings, not a single value"], id=name
            )
            for name, value in {"one audience": API, "no audience": None, "a dict": {API: 1}, "bytes": b"x"}.items()
        ),
        *(
            pytest.param({"audience": value}, ["audience: must not be empty"], id=f"audience {value!r}")
            for value in EMPTY
        ),
        *(
            pytest.param(
                {"audience": value}, ["audience: holds something that cannot be one"], id=f"audience {value!r}"
            )
            for value in ([""], [None], [API, 5], [[API]])
        ),
        *(
            pytest.param({"algorithms": value}, [ALGORITHMS], id=f"algorithms {value!r}")
            for value in (
                [],
                None,
                "RS256",
                ["none"],
                ["HS256"],
                ["RS256", "HS256"],
                ["rs256"],
                ["ES256K"],
                [None],
                [["RS256"]],
                [""],
                {"RS256": 1},
                {"RS256"},
                frozenset({"RS256"}),
                {"RS256", "PS256"},
            )
        ),
        *(
            pytest.param({"groups_claim": value}, ["groups_claim: must be the name of a claim"], id=f"groups {value!r}")
            for value in ("", 5, ["groups"], True)
        ),
        *(
            pytest.param({"token_use": value}, ['token_use: must be "access", "id" or "any"'], id=f"use {value!r}")
            for value in ("", "Access", "refresh", None, ["id"])
        ),
        *(
            pytest.param({"name": value}, ["name: must be a string that is not empty"], id=f"name {value!r}")
            for value in ("", 5, ["x"])
        ),
        *(
            pytest.param({"max_lifetime": value}, [LIFETIME], id=f"lifetime {value!r}")
            for value in (0, -1, 366 * 86_400 + 1, 3_600.0, True, None, "3600", float("inf"))
        ),
        *(
            pytest.param({"acr_levels": value}, [LEVELS], id=f"levels {value!r}")
            for value in (None, "a", {"a"}, ["a", "a"], [""], [5])
        ),
        *(
            pytest.param({"ignore_x5c": value}, ["ignore_x5c: must be True or False"], id=f"x5c {value!r}")
            for value in (None, 1, "yes")
        ),
        *(
            pytest.param({"jwks_uri": value}, [ELSEWHERE], id=f"jwks_uri {value!r}")
            for value in ("", "http://keys.example/k", "https://keys.example/k?x", "keys", 5)
        ),
        pytest.param({"jwks": RSA_KEYS, "jwks_uri": JWKS_URI}, [PINNED], id="pinned and elsewhere"),
        pytest.param({"jwks": RSA_KEYS, "jwks_seed": RSA_KEYS}, [PINNED], id="pinned and to start with"),
        pytest.param(
            {"jwks": KEYS}, ["jwks: not a usable JWK set (jwks.no_usable_key)"], id="keys for another algorithm"
        ),
        pytest.param({"jwks_seed": "{}"}, ["jwks_seed: not a usable JWK set (jwks.invalid)"], id="no keys"),
        pytest.param({"jwks": "/nowhere.json"}, ["jwks: cannot be read (FileNotFoundError)"], id="no file"),
        pytest.param(
            {"issuer": "x", "audience": [], "algorithms": [], "groups_claim": "", "token_use": "", "name": ""},
            [
                ISSUER,
                "audience: must not be empty",
                ALGORITHMS,
                "groups_claim: must be the name of a claim",
                'token_use: must be "access", "id" or "any"',
                "name: must be a string that is not empty",
            ],
            id="six at once",
        ),
        pytest.param(
            {"max_lifetime": 0, "ignore_x5c": 0, "acr_levels": None, "jwks_uri": "", "jwks": RSA_KEYS},
            [LIFETIME, "ignore_x5c: must be True or False", LEVELS, PINNED, ELSEWHERE],
            id="five others at once",
        ),
    ],
)
def test_every_mistake_is_told_at_once(arguments: Options, expected: list[str]) -> None:
    """Each names its argument."""
    assert [f"OIDCIssuer: {problem}" for problem in expected] == list(problems(**arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"max_lifetime": 1}, id="a second"),
        pytest.param({"max_lifetime": 366 * 86_400}, id="a year"),
        pytest.param({"token_use": "access"}, id="access tokens"),
        pytest.param({"acr_levels": ["bronze", "gold"]}, id="levels"),
        pytest.param({"groups_claim": "https://example.com/groups"}, id="a claim with a URL for a name"),
        pytest.param({"issuer": "http://localhost:9000/realms/x"}, id="an emulator"),
        pytest.param({"name": "provider", "ignore_x5c": True}, id="a name"),
    ],
)
def test_an_argument_is_taken(arguments: Options) -> None:
    """As it is given."""
    issuer = provider(**arguments)
    expected = {**arguments, **({"acr_levels": ("bronze", "gold")} if "acr_levels" in arguments else {})}
    assert expected == {name: getattr(issuer, name) for name in arguments}


@pytest.mark.parametrize(
    ("arguments", "equal"),
    [
        ({}, True),
        ({"audience": [API]}, True),
        ({"name": PROVIDER}, True),
        ({"audience": {"x"}}, False),
        ({"algorithms": ["ES256"]}, False),
        ({"groups_claim": "groups"}, False),
        ({"jwks_uri": JWKS_URI}, False),
        ({"issuer": f"{PROVIDER}/"}, False),
    ],
)
def test_providers_are_equal_by_what_they_accept(arguments: Options, *, equal: bool) -> None:
    """And cannot be changed."""
    one, other = provider(), provider(**arguments)
    assert equal == (one == other)
    assert equal == (1 == len({one, other}))
    with pytest.raises(AttributeError):
        other.audience = frozenset({"*"})


def test_a_provider_shows_no_audience() -> None:
    """What it is called is enough for a log."""
    assert f"OIDCIssuer({PROVIDER!r}, name='provider')" == repr(provider(name="provider", audience={"secret"}))
