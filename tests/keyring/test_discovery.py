"""Discovery: the metadata that says where keys are, and the metadata that is somebody else's."""

from __future__ import annotations

import json

import pytest

from cogauth import KeysUnavailable, OIDCIssuer, Verifier
from cogauth.keyring.discovery import jwks_uri_of
from cogauth.keys import MAX_DOCUMENT, KeyDocumentError
from cogauth.transport import FetchError
from tests.support.clocks import Clocks
from tests.support.providers import (
    API,
    JWKS_URI,
    METADATA,
    PROVIDER,
    Web,
    documented,
    jwk_of,
    metadata,
    provider_claims,
    token_of,
)
from tests.support.tokens import ABSENT

INVALID, ISSUER, URI = "jwks.discovery_invalid", "jwks.discovery_issuer", "jwks.discovery_uri"
KEYS, OTHER_KEYS = documented(jwk_of("RS256")), documented(jwk_of("RS256", "k2"))

NO_PLACES: tuple[object, ...] = (
    None,
    5,
    "",
    {},
    [JWKS_URI],
    "/keys",
    "keys.example/provider",
    "//keys.example/provider",
    "http://keys.example/provider",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "ftp://keys.example/provider",
    "data:application/json,{}",
    "https://",
    "https:///provider",
    "https://user:secret@keys.example/provider",
    "https://keys.example/provider#keys",
    "https://keys.example:x/provider",
    "https://keys.example/pro vider",
    "https://keys.example/\nprovider",
    "https://keys.exämple/provider",
    "https://[keys.example/provider",
)

BAD_METADATA = {
    # Not a document.
    "nothing": (b"", INVALID),
    "null": (b"null", INVALID),
    "an array": (b"[]", INVALID),
    "a string": (b'"x"', INVALID),
    "a page for people": (b"<html>Please sign in</html>", INVALID),
    "cut short": (metadata()[:-1], INVALID),
    "text behind it": (metadata() + b"{}", INVALID),
    "a byte order mark": (b"\xef\xbb\xbf" + metadata(), INVALID),
    "UTF-16": (metadata().decode().encode("utf-16"), INVALID),
    "NaN": (metadata()[:-1] + b', "x": NaN}', INVALID),
    "the issuer twice": (b'{"issuer": "https://evil.example", ' + metadata()[1:], INVALID),
    "the URL twice": (metadata()[:-1] + b', "jwks_uri": "https://evil.example/keys"}', INVALID),
    "too deep": (metadata({"x": json.loads("[" * 9 + "]" * 9)}), INVALID),
    "too many values": (metadata({"x": list(range(3_000))}), INVALID),
    "a thousand deep": (metadata()[:-1] + b', "x": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", INVALID),
    # Of another issuer.
    "too large": (metadata().ljust(MAX_DOCUMENT + 1), ISSUER),
    "empty": (b"{}", ISSUER),
    "the keys themselves": (KEYS, ISSUER),
    "no issuer": (metadata({"issuer": ABSENT}), ISSUER),
    **{
        f"issuer {value!r}": (metadata({"issuer": value}), ISSUER)
        for value in (
            None,
            5,
            "",
            [PROVIDER],
            "https://evil.example",
            f"{PROVIDER}/",
            f"{PROVIDER} ",
            f"{PROVIDER}/tenant",
            PROVIDER.upper(),
            PROVIDER.replace("https", "http"),
            PROVIDER.removeprefix("https://"),
            f"{PROVIDER}:443",
        )
    },
    # Nowhere that keys may come from.
    "no URL": (metadata({"jwks_uri": ABSENT}), URI),
    **{f"jwks_uri {value!r}": (metadata({"jwks_uri": value}), URI) for value in NO_PLACES},
}


@pytest.mark.parametrize(("document", "reason"), BAD_METADATA.values(), ids=BAD_METADATA)
def test_metadata_is_refused(document: bytes, reason: str) -> None:
    """What is not a document, is of another issuer, or names no URL that keys may come from."""
    with pytest.raises(KeyDocumentError) as caught:
        jwks_uri_of(document, PROVIDER)
    assert reason == caught.value.reason


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(metadata(), id="no more than is needed"),
        pytest.param(metadata({"scopes_supported": ["openid"], "x": {"y": [1, None]}}), id="with more"),
        pytest.param(json.dumps(json.loads(metadata()), indent=2).encode(), id="with white space"),
        pytest.param(metadata().ljust(MAX_DOCUMENT), id="as large as may be"),
    ],
)
def test_metadata_says_where_the_keys_are(document: bytes) -> None:
    """At another host, if the issuer says so."""
    assert JWKS_URI == jwks_uri_of(document, PROVIDER)


# -- Through a verifier ------------------------------------------------------------------------------------------------


class World:
    """A verifier of one provider whose keys are discovered, its clocks and its web."""

    def __init__(self, **documents: bytes | Exception) -> None:
        self.clocks = Clocks()
        self.web = Web({METADATA: documents.get("metadata", metadata()), JWKS_URI: documents.get("keys", KEYS)})
        self.verifier = Verifier(
            OIDCIssuer(PROVIDER, audience={API}),
            clock=self.clocks.wall,
            monotonic=self.clocks.monotonic,
            fetch=self.web.fetch,
        )

    def subject(self, kid: str = "k1") -> str:
        """Who a token is of that was issued just now."""
        now = int(self.clocks.now)
        return self.verifier.verify(token_of(provider_claims({"iat": now, "exp": now + 600}), kid=kid)).subject

    def outage(self, kid: str = "k1") -> str:
        """Why there are no keys."""
        with pytest.raises(KeysUnavailable) as caught:
            self.subject(kid)
        return caught.value.reason


def test_keys_are_discovered() -> None:
    """The metadata first, then the keys that it names."""
    world = World()
    assert "u-1" == world.subject()
    assert [METADATA, JWKS_URI] == world.web.urls


def test_keys_are_discovered_once() -> None:
    """A renewal asks for the keys where they were."""
    world = World()
    world.subject()
    world.web.documents[JWKS_URI] = OTHER_KEYS
    world.clocks.tick(3_600)
    world.verifier.warm()
    assert "u-1" == world.subject("k2")
    assert [METADATA, JWKS_URI, JWKS_URI] == world.web.urls


def test_keys_are_discovered_again_after_a_failure() -> None:
    """They may have moved; and then they are where they are now."""
    world = World()
    world.subject()
    moved = "https://keys.example/moved"
    world.web.documents |= {JWKS_URI: FetchError("jwks.http_status"), METADATA: metadata({"jwks_uri": moved})}
    world.web.documents[moved] = OTHER_KEYS
    for error in ("jwks.http_status", None):
        world.clocks.tick(600)
        world.verifier.warm()
        assert error == world.verifier.health()[0].error
    assert "u-1" == world.subject("k2")
    assert [METADATA, JWKS_URI, JWKS_URI, METADATA, moved] == world.web.urls


@pytest.mark.parametrize("name", ["nothing", "the issuer twice", "the URL twice", "too large", "no issuer", "no URL"])
def test_bad_metadata_is_an_outage(name: str) -> None:
    """Nothing can be said of a token, nothing is learned, and its keys are not even asked for."""
    document, reason = BAD_METADATA[name]
    world = World(metadata=document)
    assert f"unavailable.{reason.removeprefix('jwks.')}" == world.outage()
    assert [METADATA] == world.web.urls
    health = world.verifier.health()[0]
    assert (0, 0, reason) == (health.keys, health.generation, health.error)


def test_metadata_of_another_issuer_takes_no_keys_away() -> None:
    """Those that were learned before serve on."""
    world = World()
    world.subject()
    world.web.documents |= {JWKS_URI: OSError(), METADATA: metadata({"issuer": "https://evil.example"})}
    for _ in range(3):
        world.clocks.tick(600)
        world.verifier.warm()
    assert ISSUER == world.verifier.health()[0].error
    assert "u-1" == world.subject()


def test_an_outage_of_the_metadata() -> None:
    """Is one of the keys; and it ends."""
    world = World(metadata=FetchError("jwks.http_status"))
    assert "unavailable.http_status" == world.outage()
    world.web.documents[METADATA] = metadata()
    world.clocks.tick(60)
    assert "u-1" == world.subject()
    assert [METADATA, METADATA, JWKS_URI] == world.web.urls


def test_an_outage_of_the_keys() -> None:
    """Begins again with the metadata."""
    world = World(keys=b"<html>")
    assert "unavailable.invalid" == world.outage()
    world.web.documents[JWKS_URI] = KEYS
    world.clocks.tick(60)
    assert "u-1" == world.subject()
    assert [METADATA, JWKS_URI] * 2 == world.web.urls


def test_two_spellings_of_an_issuer_are_two() -> None:
    """Their metadata is in one place and names but one of them: the other has no keys."""
    slash = OIDCIssuer(f"{PROVIDER}/", audience={API})
    web = Web({METADATA: metadata(), JWKS_URI: KEYS})
    clocks = Clocks()
    verifier = Verifier(
        OIDCIssuer(PROVIDER, audience={API}), slash, clock=clocks.wall, monotonic=clocks.monotonic, fetch=web.fetch
    )
    assert "u-1" == verifier.verify(token_of(provider_claims())).subject
    with pytest.raises(KeysUnavailable) as caught:
        verifier.verify(token_of(provider_claims({"iss": f"{PROVIDER}/"})))
    assert "unavailable.discovery_issuer" == caught.value.reason
