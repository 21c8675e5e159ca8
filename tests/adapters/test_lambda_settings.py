"""A deployed authorizer is configured by its environment, and a mistake there is told."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth_lambda.settings import config_path, options_of


@pytest.mark.parametrize(
    ("expected", "environ"),
    [
        ({}, {}),
        ({}, {"COGAUTH_CACHE_TTL": "", "COGAUTH_DELIVERS": "", "COGAUTH_NARROW": "", "PATH": "/bin"}),
        ({"http_api": "simple"}, {"COGAUTH_HTTP_API": "simple"}),
        ({"http_401": "raise"}, {"COGAUTH_HTTP_401": "raise"}),
        ({"cache_ttl": 0}, {"COGAUTH_CACHE_TTL": "0"}),
        ({"cache_ttl": 300}, {"COGAUTH_CACHE_TTL": "300"}),
        ({"delivers": ()}, {"COGAUTH_DELIVERS": "none"}),
        (
            {"delivers": ("ANY /files/{rest*}", "GET /x")},
            {"COGAUTH_DELIVERS": "ANY /files/{rest*}, GET /x"},
        ),
        (
            {"identity_sources": ("$request.header.Authorization", "$context.routeKey")},
            {"COGAUTH_IDENTITY_SOURCES": "$request.header.Authorization,$context.routeKey"},
        ),
        (
            {"narrow": True, "dated": False, "closed": True},
            {"COGAUTH_NARROW": "true", "COGAUTH_DATED": "false", "COGAUTH_CLOSED": "true"},
        ),
        ({"websocket_query": "token"}, {"COGAUTH_WEBSOCKET_QUERY": "token"}),
        ({"appsync_prefix": "cog "}, {"COGAUTH_APPSYNC_PREFIX": "cog "}),
    ],
)
def test_options(expected: dict[str, Any], environ: dict[str, str]) -> None:
    """Each option has its variable; what is empty is not given."""
    assert expected == options_of(environ)


@pytest.mark.parametrize(
    "environ",
    [
        {"COGAUTH_CACHE_TTL": "5 minutes"},
        {"COGAUTH_CACHE_TTL": "-1"},
        {"COGAUTH_CACHE_TTL": "٣"},
        {"COGAUTH_CACHE_TTL": "1.5"},
        {"COGAUTH_NARROW": "yes"},
        {"COGAUTH_DATED": "True"},
        {"COGAUTH_CLOSED": "1"},
    ],
)
def test_mistakes(environ: dict[str, str]) -> None:
    """A variable that nobody could have meant is named."""
    (name,) = environ
    with pytest.raises(ConfigurationError, match=name):
        options_of(environ)


def test_all_mistakes_at_once() -> None:
    """So that one deployment shows them."""
    with pytest.raises(ConfigurationError) as caught:
        options_of({"COGAUTH_CACHE_TTL": "x", "COGAUTH_NARROW": "x"})

    assert 2 == len(caught.value.problems)


@pytest.mark.parametrize(
    ("path", "environ"),
    [("cogauth.toml", {}), ("cogauth.toml", {"COGAUTH_CONFIG": ""}), ("a/b.json", {"COGAUTH_CONFIG": "a/b.json"})],
)
def test_config_path(path: str, environ: dict[str, str]) -> None:
    """The file is beside the function unless the environment says where."""
    assert path == config_path(environ)
