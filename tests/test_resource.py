"""Identifiers of resources: taken only as clients write them, and the place of the metadata that belongs to each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import Api, ConfigurationError, Group, Policy, Route
from cogauth.paths import is_odd
from cogauth.resource import METADATA, is_resource, metadata_path, metadata_url


@pytest.mark.parametrize(
    ("resource", "url", "path"),
    [
        # The two examples of RFC 9728 section 3.1.
        pytest.param(
            "https://resource.example.com",
            "https://resource.example.com/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource",
            id="no path",
        ),
        pytest.param(
            "https://resource.example.com/resource1",
            "https://resource.example.com/.well-known/oauth-protected-resource/resource1",
            "/.well-known/oauth-protected-resource/resource1",
            id="a path",
        ),
        pytest.param("https://a.example/", f"https://a.example{METADATA}", METADATA, id="the slash after the host"),
        pytest.param(
            "https://a.example/mcp/", f"https://a.example{METADATA}/mcp/", f"{METADATA}/mcp/", id="a slash after a path"
        ),
        pytest.param(
            "https://a.example:8443/t/mcp", f"https://a.example:8443{METADATA}/t/mcp", f"{METADATA}/t/mcp", id="a port"
        ),
        pytest.param("http://127.0.0.1:8000", f"http://127.0.0.1:8000{METADATA}", METADATA, id="loopback"),
        pytest.param("http://localhost/x", f"http://localhost{METADATA}/x", f"{METADATA}/x", id="loopback by name"),
        pytest.param("http://[::1]:80/x", f"http://[::1]:80{METADATA}/x", f"{METADATA}/x", id="loopback of IPv6"),
        pytest.param(
            "https://a.example/caf%C3%A9/@b",
            f"https://a.example{METADATA}/caf%C3%A9/@b",
            f"{METADATA}/café/@b",
            id="as it is sent, and as a server decodes it",
        ),
    ],
)
def test_the_metadata_is_between_host_and_path(resource: str, url: str, path: str) -> None:
    """Not behind the path, where most look for it first."""
    assert is_resource(resource)
    assert (url, path) == (metadata_url(resource), metadata_path(resource))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(None, id="None"),
        pytest.param(5, id="a number"),
        pytest.param(b"https://a.example", id="bytes"),
        pytest.param(["https://a.example"], id="a list"),
        pytest.param("a.example", id="no scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///a", id="no host before a path"),
        pytest.param("https://:8443", id="a port alone"),
        pytest.param("https://a.example:x", id="no port"),
        pytest.param("https://a.example:99999", id="a port that is none"),
        pytest.param("https://[::1", id="half an address"),
        pytest.param("http://a.example", id="without TLS"),
        pytest.param("http://127.0.0.1.a.example", id="a host that looks like loopback"),
        pytest.param("ftp://a.example", id="another scheme"),
        pytest.param("urn:example:api", id="no URL"),
        pytest.param("HTTPS://a.example", id="a scheme in capitals"),
        pytest.param("https://A.example", id="a host in capitals"),
        pytest.param("https://é.example", id="a host beyond ASCII"),
        pytest.param("https://*.example.com", id="a pattern"),
        pytest.param("https://a.example/é", id="a path beyond ASCII"),
        pytest.param("https://a.example?x=1", id="a query"),
        pytest.param("https://a.example/x?", id="an empty query"),
        pytest.param("https://a.example#x", id="a fragment"),
        pytest.param("https://a.example/#", id="an empty fragment"),
        pytest.param("https://u@a.example", id="a user"),
        pytest.param("https://u:p@a.example", id="a password"),
        pytest.param("https://a.example\\b", id="a backslash"),
        pytest.param('https://a.example/", x="y', id="a quote, which would end that of the challenge"),
        pytest.param("https://a.example/a b", id="a space"),
        pytest.param("https://a.example\r\nX: y", id="a line break"),
        pytest.param("https://a.example\n", id="a line break at the end"),
        pytest.param("https://a.example//b", id="two slashes"),
        pytest.param("https://a.example//", id="two slashes at the end"),
        pytest.param("https://a.example/../b", id="a dot segment"),
        pytest.param("https://a.example/%2e%2e/b", id="a dot segment in disguise"),
        pytest.param("https://a.example/a%2Fb", id="an encoded slash"),
        pytest.param("https://a.example/a%2fb", id="an encoded slash in small letters"),
        pytest.param("https://a.example/%2541", id="twice encoded"),
        pytest.param("https://a.example/%FF", id="no text"),
        pytest.param("https://a.example/%00", id="NUL"),
        pytest.param("https://a.example/%", id="half an escape"),
        pytest.param("https://a.example/%4", id="two thirds of an escape"),
    ],
)
def test_what_is_no_identifier_is_refused(text: Any) -> None:
    """Nothing that a client would not compare equal, that a router may read otherwise, or that breaks a header."""
    assert not is_resource(text)
    makers: list[Any] = [
        lambda: Api("a", [], resource=text),
        lambda: Policy(resource=text),
        lambda: Policy.from_dict({"version": 1, "resource": text}),
        lambda: Policy.from_dict({"version": 1, "api": [{"name": "a", "resource": text}]}),
        lambda: Policy().at(text),
    ]
    for number, make in enumerate(makers):
        if text is None and number < 2:
            continue  # which is how Python says that there is none
        with pytest.raises(ConfigurationError, match="resource: must be the https URL") as caught:
            make()
        assert 1 == len(caught.value.problems)


@given(st.from_regex(r"https://a\.example(/[a-z0-9.%~2Ff@:;-]{0,6}){0,4}", fullmatch=True))
def test_whatever_is_taken_is_safe(text: str) -> None:
    """In a quoted string, and as a path that a request may have; two identifiers have two places, but for `/`."""
    if is_resource(text):
        assert not set(metadata_url(text)) & set('"\\ \r\n')
        assert not is_odd(metadata_path(text))
        assert text.removesuffix("/") == metadata_url(text).replace(METADATA, "", 1).removesuffix("/")


# -- In a policy -------------------------------------------------------------------------------------------------------

HERE, THERE = "https://api.example.com", "https://billing.example.com/v1"


def test_a_policy_keeps_what_it_is_told() -> None:
    """Its own and those of its apis, from Python and from a table, and under a bare rule as well."""
    routes = [Route("GET /a", Group("a"))]
    policy = Policy(routes=routes, apis=[Api("b", [], resource=THERE), Api("c", [])], resource=HERE)
    for same in (policy, Policy.from_dict(policy.to_dict()), policy.guarding(Group("x"))):
        assert HERE == same.resource
        assert [THERE, None] == [api.resource for api in same.apis.values()]
    assert "resource" not in Policy(routes=routes).to_dict()
    assert Api("b", []) != Api("b", [], resource=THERE)


def test_a_resource_decides_nothing() -> None:
    """The fingerprint says who may do what, and is the same wherever that is."""
    routes = [Route("GET /a", Group("a"))]
    plain = Policy(routes=routes, apis=[Api("b", [])])
    named = Policy(routes=routes, apis=[Api("b", [], resource=THERE)], resource=HERE)
    assert plain == named == plain.at(THERE)
    assert plain.fingerprint == named.fingerprint
    assert (None, THERE) == (plain.resource, plain.at(THERE).resource)


def test_a_resource_is_said_once() -> None:
    """Two would be two answers to one question."""
    with pytest.raises(ConfigurationError, match="resource: the policy says one already"):
        Policy(resource=HERE).at(HERE)
