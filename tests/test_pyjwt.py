"""The bridge to PyJWT: its client's interface and errors, on our keys; what is drop-in is tried with `jwt.decode`."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from jwt.exceptions import DecodeError, PyJWKClientConnectionError, PyJWKClientError

from cogauth import ConfigurationError, OIDCIssuer, TokenError, UserPool, Verifier
from cogauth.keys import MAX_KEYS
from cogauth.pyjwt import KeyClient
from cogauth.testing import LocalUserPool
from tests.support.clocks import Clocks
from tests.support.faulty_server import FaultyServer, Wire, faulty, hanging
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
from tests.support.scripted import answer
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import (
    ABSENT,
    CLIENT,
    ISSUER,
    OTHER_ISSUER,
    POOL_ID,
    UPDATED_ISSUER,
    access_claims,
    fetched,
    id_claims,
    key_document,
    pinned,
    signing_key,
    token,
)

ONE, TWO, OTHER = key_document("k1"), key_document("k1", "k2"), key_document("k2")
KNOWN, NEW = token(), token(kid="k2")


def client(source: Source, clocks: Clocks | None = None, *issuers: UserPool) -> KeyClient:
    clocks = clocks or Clocks()
    return KeyClient(*(issuers or [fetched()]), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)


# -- In place of PyJWKClient -------------------------------------------------------------------------------------------


def test_it_takes_the_place_of_pyjwkclient() -> None:
    """The same line that a PyJWKClient served, over real connections: keys, rotation, withdrawal."""
    clocks = Clocks()
    pool = LocalUserPool(POOL_ID, clients={CLIENT})
    with pool.serve() as base_url:
        issuer = pool.issuer(jwks_uri=f"{base_url}/.well-known/jwks.json")
        keys = KeyClient(issuer, clock=clocks.wall, monotonic=clocks.monotonic)

        def decode(text: str) -> Any:
            key = keys.get_signing_key_from_jwt(text)
            return jwt.decode(text, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]})

        old = pool.mint()
        assert CLIENT == decode(old)["client_id"]
        pool.rotate()
        assert CLIENT == decode(pool.mint())["client_id"]
        assert CLIENT == decode(old)["client_id"]
        assert 2 == pool.requests


@pytest.mark.parametrize("name", ["get_signing_key_from_jwt", "get_signing_key", "get_signing_keys", "get_jwk_set"])
def test_its_methods_take_and_give_what_pyjwkclients_do(name: str) -> None:
    """By name and by place, with the same defaults."""
    ours, theirs = (
        [(one.name, one.kind, one.default) for one in inspect.signature(getattr(kind, name)).parameters.values()]
        for kind in (KeyClient, jwt.PyJWKClient)
    )
    assert theirs == ours


def test_a_key_is_what_pyjwkclient_would_give() -> None:
    """The same object of the same key, for text and for bytes."""
    keys = client(Source(ONE))
    theirs = jwt.PyJWK(signing_key("k1").jwk)
    for key in (keys.get_signing_key_from_jwt(KNOWN), keys.get_signing_key_from_jwt(KNOWN.encode())):
        assert isinstance(key, jwt.PyJWK)
        assert (theirs.key_id, theirs.algorithm_name, theirs.key_type) == (
            key.key_id,
            key.algorithm_name,
            key.key_type,
        )
        assert (theirs.public_key_use, type(theirs.Algorithm)) == (key.public_key_use, type(key.Algorithm))
        assert theirs.key == key.key


@pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"])
def test_each_algorithm_that_pyjwt_knows(alg: str) -> None:
    """Keys of an OpenID provider, found by discovery."""
    web = Web({METADATA: metadata(), JWKS_URI: documented(jwk_of(alg))})
    provider = OIDCIssuer(PROVIDER, audience={API}, algorithms=[alg])
    clocks = Clocks()
    keys = KeyClient(provider, clock=clocks.wall, monotonic=clocks.monotonic, fetch=web.fetch)
    text = token_of(provider_claims(), alg)
    key = keys.get_signing_key_from_jwt(text)
    options: Any = {"verify_exp": False, "verify_iat": False}
    assert "u-1" == jwt.decode(text, key, algorithms=[alg], audience=API, options=options)["sub"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{text[:-8]}AAAAAAAA", key, algorithms=[alg], audience=API, options=options)


def test_an_algorithm_that_pyjwt_does_not_know() -> None:
    """RFC 9864's name for Ed25519: there is no key of PyJWT's for it, alone or among others."""
    web = Web({METADATA: metadata(), JWKS_URI: documented(jwk_of("Ed25519"), jwk_of("ES256", "k2"))})
    provider = OIDCIssuer(PROVIDER, audience={API}, algorithms=["Ed25519", "ES256"])
    keys = KeyClient(provider, fetch=web.fetch)
    with pytest.raises(PyJWKClientError, match="algorithm"):
        keys.get_signing_key("k1")
    assert ["k2"] == [key.key_id for key in keys.get_signing_keys()]


# -- Tokens for which there is no key ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", DecodeError, id="nothing"),
        pytest.param("a.b", DecodeError, id="no token"),
        pytest.param(b"\xff.\xff.\xff", DecodeError, id="no text"),
        pytest.param(5, DecodeError, id="a number"),
        pytest.param(KNOWN[:-1] + "=", DecodeError, id="padding"),
        pytest.param("x" * 20_000, DecodeError, id="too long"),
        pytest.param(token(header={"alg": "HS256"}), DecodeError, id="HS256"),
        pytest.param(token(header={"alg": "none"}), DecodeError, id="none"),
        pytest.param(token(header={"jku": "https://evil.example"}), DecodeError, id="jku"),
        pytest.param(token(header={"x5c": ["MII"]}), DecodeError, id="x5c"),
        pytest.param(token(header={"kid": ABSENT}), DecodeError, id="no kid"),
        pytest.param(token(header={"kid": ["k1"]}), DecodeError, id="kid is no text"),
        pytest.param(token(access_claims({"iss": OTHER_ISSUER})), PyJWKClientError, id="another pool"),
        pytest.param(token(access_claims({"iss": ABSENT})), PyJWKClientError, id="no issuer"),
        pytest.param(token(access_claims({"iss": [ISSUER]})), PyJWKClientError, id="issuer is no text"),
    ],
)
def test_a_token_that_nobody_is_asked_about(text: Any, error: type[Exception]) -> None:
    """Refused in PyJWT's words without a request, and without a word of the token."""
    source = Source(ONE)
    with pytest.raises(jwt.PyJWTError) as caught:
        client(source).get_signing_key_from_jwt(text)
    assert (error, 0) == (type(caught.value), source.count)
    assert "evil" not in str(caught.value)


def test_a_key_of_one_issuer_is_not_given_to_tokens_of_another() -> None:
    """Even where the two name their keys alike: which is it, says the token's issuer."""
    other = UserPool("eu-west-1_Other4567", clients={CLIENT}, issuer=OTHER_ISSUER)
    web = Web(
        {
            fetched().sources[0].url: ONE,
            other.sources[0].url: key_document("k2").replace(b'"k2"', b'"k1"'),
        }
    )
    clocks = Clocks()
    keys = KeyClient(fetched(), other, clock=clocks.wall, monotonic=clocks.monotonic, fetch=web.fetch)
    theirs = token(access_claims({"iss": OTHER_ISSUER}))
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(theirs, keys.get_signing_key_from_jwt(theirs), algorithms=["RS256"], options={"verify_exp": False})
    jwt.decode(KNOWN, keys.get_signing_key_from_jwt(KNOWN), algorithms=["RS256"], options={"verify_exp": False})


def test_each_issuer_keeps_to_its_algorithms() -> None:
    """What another issuer may sign with is refused from this one, a certificate chain included."""
    provider = OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256"], ignore_x5c=True, jwks_uri=JWKS_URI)
    web = Web({JWKS_URI: documented(jwk_of("ES256"))})
    clocks = Clocks()
    keys = KeyClient(pinned(), provider, clock=clocks.wall, monotonic=clocks.monotonic, fetch=web.fetch)
    good = token_of(provider_claims(), "ES256", header={"x5c": ["MII"]})
    assert "ES256" == keys.get_signing_key_from_jwt(good).algorithm_name
    for bad in (token_of(access_claims(), "ES256"), token(header={"x5c": ["MII"]}), token_of(provider_claims())):
        with pytest.raises(DecodeError):
            keys.get_signing_key_from_jwt(bad)


def test_an_unknown_key() -> None:
    """It is asked for twice in half a minute, not more; the caller is told in PyJWT's words that there is none."""
    source, clocks = Source(ONE), Clocks()
    keys = client(source, clocks)
    keys.get_signing_key_from_jwt(KNOWN)
    for _ in range(5):
        clocks.tick(1)
        with pytest.raises(PyJWKClientError) as caught:
            keys.get_signing_key_from_jwt(NEW)
        assert PyJWKClientError is type(caught.value)
        assert "k2" not in str(caught.value)
    assert 2 == source.count
    source.answer = TWO
    clocks.tick(60)
    assert "k2" == keys.get_signing_key_from_jwt(NEW).key_id


# -- Keys by name ------------------------------------------------------------------------------------------------------


def both_forms(one: bytes | Exception, other: bytes | Exception, clocks: Clocks | None = None) -> tuple[KeyClient, Web]:
    """A client of a pool whose two issuer strings answer so."""
    clocks = clocks or Clocks()
    web = Web({f"{issuer}/.well-known/jwks.json": what for issuer, what in ((ISSUER, one), (UPDATED_ISSUER, other))})
    pool = UserPool(POOL_ID, clients={CLIENT})
    return KeyClient(pool, clock=clocks.wall, monotonic=clocks.monotonic, fetch=web.fetch), web


@pytest.mark.parametrize("answers", [(ONE, OSError()), (OSError(), ONE), (ONE, OTHER), (OTHER, ONE)])
def test_a_key_is_found_in_whichever_form_has_it(answers: tuple[bytes | Exception, bytes | Exception]) -> None:
    """A form that does not answer is no outage where the other one does; once known, nobody is asked."""
    clocks = Clocks()
    keys, web = both_forms(*answers, clocks)
    assert "k1" == keys.get_signing_key("k1").key_id
    count = len(web.urls)
    clocks.tick(60)  # by now the other form might be asked again
    assert "k1" == keys.get_signing_key("k1").key_id
    assert count == len(web.urls)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param((ONE, ONE), PyJWKClientError, id="both say no"),
        pytest.param((ONE, OSError()), PyJWKClientError, id="one is not in use"),
        pytest.param((OSError(), ONE), PyJWKClientError, id="the other is not in use"),
        pytest.param((OSError(), OSError()), PyJWKClientConnectionError, id="neither answers"),
    ],
)
def test_a_key_that_is_not_found(answers: tuple[Any, Any], error: type[Exception]) -> None:
    """Unknown where somebody has answered, an outage where nobody has."""
    keys, _ = both_forms(*answers)
    with pytest.raises(PyJWKClientError) as caught:
        keys.get_signing_key("k2")
    assert error is type(caught.value)


def test_a_key_that_may_be_at_a_source_that_is_down() -> None:
    """It had keys, so it is in use: nobody knows whether the key is new there."""
    clocks = Clocks()
    keys, web = both_forms(ONE, OTHER, clocks)
    keys.get_signing_keys()
    web.documents[f"{ISSUER}/.well-known/jwks.json"] = OSError()
    clocks.tick(100)
    with pytest.raises(PyJWKClientConnectionError):
        keys.get_signing_key("k3")


def test_all_keys() -> None:
    """Those that verify signatures, of every issuer, as PyJWT's own objects or as a document."""
    keys, web = both_forms(
        documented(signing_key("k1").jwk, {**signing_key("k3").jwk, "use": "enc"}, {"kid": "x", "kty": "oct"}), OTHER
    )
    assert ["k1", "k2"] == [key.key_id for key in keys.get_signing_keys()]
    assert ["k1", "k2"] == [key.key_id for key in keys.get_jwk_set().keys]
    assert "RS256" == keys.get_jwk_set()["k1"].algorithm_name
    assert 2 == len(web.urls)
    document = keys.fetch_data()
    assert ["k1", "k2"] == [key["kid"] for key in document["keys"]]
    assert signing_key("k1").jwk.items() <= document["keys"][0].items()
    assert {"alg", "e", "key_ops", "kid", "kty", "n", "use"} == document["keys"][0].keys()


def test_all_keys_anew() -> None:
    """As often as an issuer may be asked; then those at hand are given, as in an outage."""
    source, clocks = Source(ONE), Clocks()
    keys = client(source, clocks)
    assert ["k1"] == [key.key_id for key in keys.get_signing_keys()]
    source.answer = TWO
    assert ["k1"] == [key.key_id for key in keys.get_signing_keys()]
    assert ["k1", "k2"] == [key.key_id for key in keys.get_signing_keys(refresh=True)]
    source.answer = OSError()
    assert ["k1", "k2"] == [key.key_id for key in keys.get_jwk_set(refresh=True).keys]
    assert 2 == source.count
    clocks.tick(60)
    assert ["k1", "k2"] == [key.key_id for key in keys.get_jwk_set(refresh=True).keys]
    assert 3 == source.count


@pytest.mark.parametrize("answers", [(ONE, OSError()), (OSError(), ONE)])
def test_all_keys_of_the_form_that_is_in_use(answers: tuple[Any, Any]) -> None:
    """The other one does not answer, and that is no outage."""
    keys, _ = both_forms(*answers)
    assert ["k1"] == [key.key_id for key in keys.get_signing_keys()]


def test_no_keys_at_all() -> None:
    """An outage, in PyJWT's words, with our own error as its cause."""
    with pytest.raises(PyJWKClientConnectionError) as caught:
        client(Source(OSError())).get_signing_keys()
    cause: Any = caught.value.__cause__
    assert "unavailable.OSError" == cause.reason


# -- Outages and waiting -----------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Generator[FaultyServer]:
    """A key server that shows one key, and does as it is told from then on."""
    with faulty(ONE) as server:
        yield server


def at(server: FaultyServer, clocks: Clocks, wire: Wire | None = None) -> KeyClient:
    pool = fetched(jwks_uri=server.url)
    return KeyClient(pool, clock=clocks.wall, monotonic=clocks.monotonic, fetch=(wire or Wire()).fetch)


def test_a_known_key_waits_for_nobody(server: FaultyServer) -> None:
    """Neither for its renewal nor for an unknown one that is being asked for, while the server says nothing."""
    clocks = Clocks()
    keys = at(server, clocks)
    keys.get_signing_key_from_jwt(KNOWN)
    server.asked.clear()
    server.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keys.get_signing_key_from_jwt, NEW)
        assert server.asked.wait(PATIENCE)
        clocks.now += 100  # as after a sleep: what is at hand is to be renewed
        for _ in range(3):
            assert "k1" == keys.get_signing_key_from_jwt(KNOWN).key_id
            assert "k1" == keys.get_signing_key("k1").key_id
        assert not waiting.done()
        server.behave = answer(TWO)
        server.gate.set()
        assert "k2" == waiting.result(PATIENCE).key_id
    assert 2 == server.count


def test_old_keys_serve_through_an_outage(server: FaultyServer) -> None:
    """For a day; then, and for a key that nobody knows, the outage is told as PyJWT's own."""
    clocks = Clocks()
    keys = at(server, clocks)
    keys.get_signing_key_from_jwt(KNOWN)
    server.behave = answer(status="503 x")
    for _ in range(5):
        clocks.tick(3_600)
        assert "k1" == keys.get_signing_key_from_jwt(KNOWN).key_id
        settle()
    clocks.tick(60)
    with pytest.raises(PyJWKClientConnectionError, match="http_status"):
        keys.get_signing_key_from_jwt(NEW)
    clocks.tick(86_400)
    with pytest.raises(PyJWKClientConnectionError):
        keys.get_signing_key_from_jwt(KNOWN)
    with pytest.raises(PyJWKClientConnectionError):
        keys.get_signing_key("k1")
    server.behave = answer(TWO)
    clocks.tick(60)
    assert "k2" == keys.get_signing_key_from_jwt(NEW).key_id


def settle() -> None:
    """Wait for what is fetched in the background."""
    for thread in threading.enumerate():
        if thread.name == "cogauth-keys":
            thread.join(PATIENCE)


def test_a_cold_start_in_an_outage(server: FaultyServer) -> None:
    """The server hangs: told within the deadline, and at once after that."""
    clocks, wire = Clocks(), Wire(0.2)
    keys = at(server, clocks, wire)
    server.behave = hanging
    for _ in range(3):
        with pytest.raises(PyJWKClientConnectionError, match="deadline"):
            keys.get_signing_key_from_jwt(KNOWN)
    assert 1 == server.count


def test_a_withdrawn_key_is_gone(server: FaultyServer) -> None:
    """With the renewal that its next use brings; nothing keeps it beside the keyring."""
    clocks = Clocks()
    keys = at(server, clocks)
    keys.get_signing_key_from_jwt(KNOWN)
    server.behave = answer(OTHER)
    clocks.tick(300)
    keys.get_signing_key_from_jwt(KNOWN)
    settle()
    with pytest.raises(PyJWKClientError):
        keys.get_signing_key_from_jwt(KNOWN)
    with pytest.raises(PyJWKClientError):
        keys.get_signing_key("k1")


def test_twenty_threads_start_cold_with_one_request(server: FaultyServer) -> None:
    """All at once; each gets the key."""
    keys, start = at(server, Clocks()), threading.Barrier(20, timeout=PATIENCE)
    server.gate.clear()

    def work() -> str | None:
        start.wait()
        return keys.get_signing_key_from_jwt(KNOWN).key_id

    with ThreadPoolExecutor(20) as pool:
        working = [pool.submit(work) for _ in range(20)]
        assert server.asked.wait(PATIENCE)
        server.gate.set()
        assert ["k1"] * 20 == [one.result(PATIENCE) for one in working]
    assert 1 == server.count


def test_it_shares_the_keys_of_a_verifier() -> None:
    """One request for both, and each finds what the other has learned."""
    source, clocks = Source(ONE), Clocks()
    verifier = Verifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)
    keys = KeyClient(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, keyring=verifier.keyring)
    verifier.verify(KNOWN)
    assert "k1" == keys.get_signing_key_from_jwt(KNOWN).key_id
    assert 1 == source.count


def test_its_memory_is_bounded() -> None:
    """An issuer that changes its keys for ever fills nothing."""
    source, clocks = Source(ONE), Clocks()
    keys: Any = client(source, clocks)
    one: Any = signing_key("k1").jwk
    for number in range(MAX_KEYS + 5):
        source.answer = documented({**one, "kid": f"r{number}"})
        clocks.tick(60)
        assert f"r{number}" == keys.get_signing_key(f"r{number}").key_id
        assert len(keys._shaped) <= MAX_KEYS


def test_a_client_of_nobody() -> None:
    """There is nothing to give, and that is a mistake in the configuration."""
    with pytest.raises(ConfigurationError):
        KeyClient()


# -- What it does not do -----------------------------------------------------------------------------------------------

NEVER_MIND: Any = {"verify_aud": False}


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        pytest.param(access_claims, {"exp": ABSENT}, id="no end"),
        pytest.param(access_claims, {"exp": "9999999999"}, id="an end in text"),
        pytest.param(access_claims, {"exp": 9_999_999_999}, id="no end in sight"),
        pytest.param(access_claims, {"client_id": "somebody-elses"}, id="another client"),
        pytest.param(access_claims, {"act": {"sub": "u-2"}}, id="in another's place"),
        pytest.param(access_claims, {"cognito:groups": "admins"}, id="groups in text"),
        pytest.param(id_claims, {}, id="an ID token"),
    ],
)
def test_claims_are_the_callers(make: Callable[[dict[str, object]], dict[str, object]], changes: Any) -> None:
    """`jwt.decode` accepts, with a key from here, what `Verifier` refuses: as the docstring says."""
    now = int(time.time())
    keys, verifier = KeyClient(pinned()), Verifier(pinned())

    def accepted(claims: dict[str, object]) -> tuple[bool, bool]:
        text = token(claims)
        jwt.decode(text, keys.get_signing_key_from_jwt(text), algorithms=["RS256"], options=NEVER_MIND)
        try:
            verifier.verify(text)
        except TokenError:
            return True, False
        return True, True

    times: dict[str, object] = {"iat": now, "auth_time": now, "exp": now + 3_600}
    assert (True, True) == accepted(access_claims(times))
    assert (True, False) == accepted(make(times | changes))
