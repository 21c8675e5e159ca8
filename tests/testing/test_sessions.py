"""Sessions: the scopes they ask for, and tokens that do not show themselves."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing import LocalUserPool
from cogauth.testing.sessions import asked_audience, asked_resource, asked_scopes


def test_scopes_keep_their_order() -> None:
    """Repetitions are dropped; a scope may be a URL."""
    url = "https://api.example.com/orders/read"
    assert ("openid", url) == asked_scopes(["openid", url, "openid"])


@pytest.mark.parametrize("scopes", ["openid", [], [""], ["a b"], ["a", " b"], ["a\n"]])
def test_scopes_that_a_claim_could_not_carry_are_refused(scopes: Any) -> None:
    """None, empty ones, those with spaces, and a string whose letters would become scopes."""
    with pytest.raises(ConfigurationError, match="scope"):
        asked_scopes(scopes)


def test_tokens_do_not_show_themselves(pool: LocalUserPool) -> None:
    """A log line that holds `Tokens` holds no token."""
    tokens = pool.sign_in("ana")
    shown = repr(tokens) + str(tokens) + f"{tokens}"
    for token in (tokens.access, tokens.id, tokens.refresh):
        assert not any(part in shown for part in token.split("."))


@pytest.mark.parametrize(
    "resource",
    [
        "https://api.example.com",
        "https://api.example.com:8443/v1?x=1",
        "http://localhost",
        "http://localhost:8000/orders",
        "myapp://",
        "com.example.app://orders",
    ],
)
def test_resources_that_the_authorize_endpoint_takes(resource: str) -> None:
    """The schemes of a callback URL."""
    assert resource == asked_resource(resource)


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "api.example.com",
        "https://",
        "https:///orders",
        "http://api.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1",
        "https://api.example.com#part",
        "https://api.example.com/a b",
        "https://api.example.com\n",
        "urn:example:api",
        ["https://api.example.com"],
        5,
    ],
    ids=repr,
)
def test_resources_that_it_does_not_take(resource: Any) -> None:
    """No URL, a fragment (RFC 8707 section 2), http to anywhere but localhost, or several."""
    with pytest.raises(ConfigurationError, match="one URL"):
        asked_resource(resource)


@pytest.mark.parametrize("audience", ["x", "x" * 256, "https://stock.example.com"])
def test_an_audience_need_be_no_url(audience: str) -> None:
    """Any string of 1 to 256 characters."""
    assert audience == asked_audience(audience)


@pytest.mark.parametrize("audience", ["", "x" * 257, ["stock"], None], ids=lambda value: repr(value)[:20])
def test_no_audience(audience: Any) -> None:
    """Nothing, too much, or several."""
    with pytest.raises(ConfigurationError, match="audience"):
        asked_audience(audience)
