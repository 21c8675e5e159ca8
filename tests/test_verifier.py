"""Verifying: a good token becomes a principal, any other is refused, and keys come and go meanwhile."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import re
import threading
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    ANY_CLIENT,
    AsyncVerifier,
    ConfigurationError,
    KeysUnavailable,
    Principal,
    TokenError,
    UserPool,
    Verifier,
    cache,
    errors,
    jws,
    verification,
)
from cogauth.algorithms import ALGORITHMS
from cogauth.claims import common, user_pool
from cogauth.jwk import VerificationKey
from cogauth.testing.encoding import base64url
from cogauth.transport import FetchError
from tests.support.claim_cases import REFUSALS, Refusal
from tests.support.clocks import Clocks
from tests.support.fronts import Awaiting, Blocking, Front, MakeFront
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import (
    CLIENT,
    ISSUER,
    NOW,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    POOL_ID,
    UPDATED_ISSUER,
    access_claims,
    compact,
    fetched,
    id_claims,
    key_document,
    pinned,
    signing_key,
    token,
)

ONE, TWO, OTHER = key_document("k1"), key_document("k1", "k2"), key_document("k2")


@pytest.fixture(params=[Blocking, Awaiting])
def front(request: pytest.FixtureRequest) -> Generator[MakeFront]:
    """Makes verifiers, once the blocking kind and once the other."""
    made: list[Front] = []

    def make(*pools: UserPool, source: Source | None = None, clocks: Clocks | None = None, **options: Any) -> Front:
        clocks = clocks or Clocks()
        front: Front = request.param(
            *(pools or (pinned(),)),
            source=source or Source(AssertionError("nothing is to be fetched here")),
            clock=clocks.wall,
            monotonic=clocks.monotonic,
            **options,
        )
        made.append(front)
        return front

    yield make
    for one in made:
        one.close()


# -- Refusals ----------------------------------------------------------------------------------------------------------

GOOD = token()
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")

DEEP: Any = json.loads("[" * 16 + "]" * 16)
GENUINE = b'{"kid":"k1","alg":"RS256"}'

WIRE: dict[str, tuple[object, type[TokenError], str]] = {
    "nothing": (None, errors.MalformedToken, "malformed.not_string"),
    "bytes": (GOOD.encode(), errors.MalformedToken, "malformed.not_string"),
    "a list": ([GOOD], errors.MalformedToken, "malformed.not_string"),
    "empty": ("", errors.MalformedToken, "malformed.empty"),
    "a character": ("x", errors.MalformedToken, "malformed.segments"),
    "with its scheme": (f"Bearer {GOOD}", errors.MalformedToken, "malformed.charset"),
    "not ASCII": (f"{GOOD}ä", errors.MalformedToken, "malformed.charset"),
    "a newline behind": (f"{GOOD}\n", errors.MalformedToken, "malformed.charset"),
    "a dot behind": (f"{GOOD}.", errors.MalformedToken, "malformed.segments"),
    "too long": ("a" * 16_385, errors.MalformedToken, "malformed.too_large"),
    "padded": (f"{GOOD}=", errors.MalformedToken, "malformed.base64"),
    "stray bits": (f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}_", errors.MalformedToken, "malformed.base64_noncanonical"),
    "no header": (f".{PAYLOAD}.{SIGNATURE}", errors.MalformedToken, "malformed.empty_header"),
    "no payload": (f"{HEADER}..{SIGNATURE}", errors.MalformedToken, "malformed.empty_payload"),
    "no signature": (f"{HEADER}.{PAYLOAD}.", errors.MalformedToken, "malformed.empty_signature"),
    "a header too long": (token(header={"x": "x" * 2_000}), errors.MalformedToken, "malformed.header_too_large"),
    "a refresh token": ("eyJhIjoxfQ.a.a.a.a", errors.RefreshTokenSent, "malformed.segments"),
    "a header that is no JSON": (compact(b"x", b"{}"), errors.MalformedToken, "header.not_utf8_json"),
    "a header that is no object": (compact(b"[]", b"{}"), errors.MalformedToken, "header.not_json_object"),
    "alg twice": (compact(b'{"alg":"none","alg":"RS256"}', b"{}"), errors.MalformedToken, "header.duplicate_member"),
    "no number in a header": (compact(b'{"a":NaN}', b"{}"), errors.MalformedToken, "header.invalid_number"),
    "a header too deep": (
        token(header={"x": DEEP}),
        errors.MalformedToken,
        "header.too_deep",
    ),
    "no alg": (token(header={"alg": None}), errors.MalformedToken, "header.alg_missing"),
    "alg none": (token(header={"alg": "none"}), errors.MalformedToken, "header.alg_not_allowed"),
    "alg HS256": (token(header={"alg": "HS256"}), errors.MalformedToken, "header.alg_not_allowed"),
    "crit": (token(header={"crit": ["exp"]}), errors.MalformedToken, "header.crit"),
    "enc": (token(header={"enc": "A256GCM"}), errors.MalformedToken, "header.encrypted"),
    "b64": (token(header={"b64": False}), errors.MalformedToken, "header.b64"),
    "zip": (token(header={"zip": "DEF"}), errors.MalformedToken, "header.zip"),
    "jwk": (token(header={"jwk": signing_key().jwk}), errors.MalformedToken, "header.key_material"),
    "no kid": (token(header={"kid": None}), errors.MalformedToken, "header.kid_missing"),
    "a kid that is a number": (token(header={"kid": 1}), errors.MalformedToken, "header.kid_type"),
    "typ": (token(header={"typ": 1}), errors.MalformedToken, "header.typ"),
    "a payload that is no JSON": (
        compact(GENUINE, b"x"),
        errors.MalformedToken,
        "claims.not_utf8_json",
    ),
    "a payload that is no object": (
        compact(GENUINE, b"[]"),
        errors.MalformedToken,
        "claims.not_json_object",
    ),
    "a claim twice": (
        compact(GENUINE, b'{"sub":"u","sub":"v"}'),
        errors.MalformedToken,
        "claims.duplicate_member",
    ),
    "no number in a payload": (token({"exp": math.nan}), errors.MalformedToken, "claims.invalid_number"),
    "a payload too deep": (token({"x": DEEP}), errors.MalformedToken, "claims.too_deep"),
    "a payload too complex": (token({"x": [0] * 2_000}), errors.MalformedToken, "claims.too_complex"),
    "no iss": (token({}), errors.BadClaim, "claims.iss_missing"),
    "iss null": (token(access_claims({"iss": None})), errors.BadClaim, "claims.iss_missing"),
    **{
        f"iss {iss!r}": (token(access_claims({"iss": iss})), errors.BadClaim, "claims.iss_type")
        for iss in ("", 5, True, [ISSUER], {"a": ISSUER})
    },
    **{
        f"iss {iss}": (token(access_claims({"iss": iss})), errors.UnknownIssuer, "claims.iss_unknown")
        for iss in (
            OTHER_ISSUER,
            f"{ISSUER}/",
            f"{ISSUER} ",
            ISSUER.upper(),
            ISSUER.replace("https", "http"),
            ISSUER.replace("https://", "https://evil.example/"),
            ISSUER[:-1],
            f"{ISSUER}4",
            f"{ISSUER}\x00",
            "https://accounts.google.com",
        )
    },
    "a key that nobody has": (token(kid="k2"), errors.UnknownKey, "key.not_found"),
    "a kid in capitals": (token(header={"kid": "K1"}), errors.UnknownKey, "key.not_found"),
    "a kid that is a path": (token(header={"kid": "../../dev/null"}), errors.UnknownKey, "key.not_found"),
    "a kid that means something": (token(header={"kid": "__class__"}), errors.UnknownKey, "key.not_found"),
    "another's signature": (token(kid="k2", header={"kid": "k1"}), errors.BadSignature, "signature.invalid"),
    "another token's signature": (
        f"{HEADER}.{PAYLOAD}.{token(id_claims()).rpartition('.')[2]}",
        errors.BadSignature,
        "signature.invalid",
    ),
    "a short signature": (f"{HEADER}.{PAYLOAD}.AAAA", errors.BadSignature, "signature.length"),
    "another payload": (
        f"{HEADER}.{base64url(json.dumps(access_claims({'sub': 'admin'})).encode())}.{SIGNATURE}",
        errors.BadSignature,
        "signature.invalid",
    ),
}


@pytest.mark.parametrize(("text", "error", "reason"), WIRE.values(), ids=WIRE)
def test_a_token_is_refused(front: MakeFront, text: Any, error: type[TokenError], reason: str) -> None:
    """By its form, header, issuer, key or signature, each with a class and a reason of its own."""
    verifying = front()
    for _ in range(2):
        with pytest.raises(TokenError) as caught:
            verifying.verify(text)
        assert (error, reason) == (type(caught.value), caught.value.reason)


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_a_token_is_refused_for_its_claims(front: MakeFront, case: Refusal) -> None:
    """Though its signature is good."""
    verifying = front(pinned(**case.pool))
    for _ in range(2):
        with pytest.raises(TokenError) as caught:
            verifying.verify(token(case.claims))
        assert (case.error, case.reason) == (type(caught.value), caught.value.reason)


def test_no_reason_was_forgotten() -> None:
    """Each one that the source can give is given by a test above."""
    written = {
        reason
        for module in (cache, common, user_pool, jws, verification)
        for reason in re.findall(r'"((?:malformed|header|claims|key|signature)\.\w+)"', inspect.getsource(module))
    }
    produced = {reason for _, _, reason in WIRE.values()} | {case.reason for case in REFUSALS.values()}
    assert 30 < len(written)
    # What only a load balancer's word brings, which is tested beside it.
    elsewhere = {"header.signer"}
    assert set() == {reason for reason in written - elsewhere if not {reason, f"{reason}_type"} & produced}


def test_every_class_of_refusal_occurs() -> None:
    """But for the one that is an adapter's: there is no token at all."""
    leaves = {kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, TokenError)}
    produced = {error for _, error, _ in WIRE.values()} | {case.error for case in REFUSALS.values()}
    assert {errors.TokenError, errors.MissingToken} == leaves - produced


# -- Acceptance --------------------------------------------------------------------------------------------------------


def test_a_token_becomes_a_principal(front: MakeFront) -> None:
    """The same one each time, and another for another token."""
    verifying = front()
    principal = verifying.verify(GOOD)
    assert ("ana", frozenset({"editors"}), CLIENT) == (principal.username, principal.groups, principal.client_id)
    assert principal == verifying.verify(GOOD) == front().verify(GOOD)
    assert "ben" == verifying.verify(token(access_claims({"username": "ben"}))).username


def test_both_forms_of_the_issuer_string_are_accepted(front: MakeFront) -> None:
    """Each as it stands in the token."""
    verifying = front()
    for issuer in (ISSUER, UPDATED_ISSUER):
        assert issuer == verifying.verify(token(access_claims({"iss": issuer}))).issuer


def test_several_issuers(front: MakeFront) -> None:
    """Each by its own keys: what one signed is not taken for another's, though the `kid` be the same."""
    theirs = json.dumps({"keys": [{**signing_key("k2").jwk, "kid": "k1"}]})
    verifying = front(pinned(), UserPool(OTHER_POOL_ID, clients={CLIENT}, jwks=theirs))
    ours = access_claims({"iss": OTHER_ISSUER})
    assert ISSUER == verifying.verify(GOOD).issuer
    assert OTHER_ISSUER == verifying.verify(token(ours, kid="k2", header={"kid": "k1"})).issuer
    for forged in (token(ours), token(kid="k2", header={"kid": "k1"})):
        with pytest.raises(errors.BadSignature):
            verifying.verify(forged)


def test_one_pool_for_two_uses(front: MakeFront) -> None:
    """Each client with its own kind of token, and no other."""
    verifying = front(pinned(clients={"web"}, token_use="id"), pinned(clients={"api"}))
    assert "web" == verifying.verify(token(id_claims({"aud": "web"}))).client_id
    assert "api" == verifying.verify(token(access_claims({"client_id": "api"}))).client_id
    for claims in (id_claims({"aud": "api"}), access_claims({"client_id": "web"})):
        with pytest.raises(errors.WrongClient):
            verifying.verify(token(claims))


def test_leeway_stretches_both_ends(front: MakeFront) -> None:
    """By the same seconds, for remembered tokens too."""
    clocks = Clocks()
    verifying = front(clocks=clocks, leeway=30)
    text = token(access_claims({"nbf": NOW + 30, "exp": NOW + 60}))
    assert NOW + 60 == verifying.verify(text).expires_at
    clocks.tick(89)
    assert NOW + 60 == verifying.verify(text).expires_at
    clocks.tick(1)
    with pytest.raises(errors.Expired):
        verifying.verify(text)


def test_nobody_changes_a_principal(front: MakeFront) -> None:
    """What one handler tries on it, the next one does not see."""
    verifying = front()
    text = token(access_claims({"custom:x": {"y": [1]}}))
    principal: Any = verifying.verify(text)
    attempts: list[Callable[[], Any]] = [
        lambda: principal.claims.update(sub="admin"),
        lambda: principal.claims["custom:x"].update(y=2),
        lambda: principal.claims["custom:x"]["y"].append(2),
        lambda: principal.groups.add("admins"),
        lambda: setattr(principal, "groups", {"admins"}),
    ]
    for attempt in attempts:
        with pytest.raises((AttributeError, TypeError)):
            attempt()
    assert front().verify(text) == verifying.verify(text)
    assert frozenset({"editors"}) == verifying.verify(text).groups


# -- What is remembered ------------------------------------------------------------------------------------------------


class CountingKey(VerificationKey):
    """A key that counts what it verifies."""

    __slots__ = ("count",)

    def __init__(self, kid: str) -> None:
        super().__init__(kid, ALGORITHMS["RS256"], signing_key(kid).private.public_key(), 2048, 256)
        self.count = 0

    def verify(self, signature: bytes, signing_input: bytes) -> None:
        self.count += 1
        super().verify(signature, signing_input)


def counted(verifying: Front) -> CountingKey:
    """Put a key that counts in the place of the issuer's."""
    key = CountingKey("k1")
    verifying.verifier.keyring[ISSUER].keys = {"k1": key}
    return key


def test_a_token_is_verified_once(front: MakeFront) -> None:
    """After that it is known by its digest."""
    verifying = front()
    key = counted(verifying)
    principals = [verifying.verify(GOOD) for _ in range(5)]
    assert 1 == key.count
    assert all(principals[0] is principal for principal in principals)
    verifying.verify(token(access_claims({"jti": "another"})))
    assert 2 == key.count


def test_without_a_cache_each_token_is_verified_each_time(front: MakeFront) -> None:
    """Size 0 remembers none."""
    verifying = front(cache_size=0)
    key = counted(verifying)
    assert verifying.verify(GOOD) is not verifying.verify(GOOD)
    assert 2 == key.count


def test_a_small_cache_remembers_the_last(front: MakeFront) -> None:
    """The oldest makes room."""
    verifying = front(cache_size=2)
    key = counted(verifying)
    texts = [token(access_claims({"jti": f"t{number}"})) for number in range(3)]
    for text in [*texts, *texts[1:]]:
        verifying.verify(text)
    assert 3 == key.count
    verifying.verify(texts[0])
    assert 4 == key.count


def test_a_refusal_is_not_remembered(front: MakeFront) -> None:
    """A token whose time had not come is accepted when it has."""
    clocks = Clocks()
    verifying = front(clocks=clocks)
    text = token(access_claims({"nbf": NOW + 10}))
    with pytest.raises(errors.NotYetValid):
        verifying.verify(text)
    clocks.tick(10)
    assert "ana" == verifying.verify(text).username


def test_a_remembered_token_expires_by_the_clock(front: MakeFront) -> None:
    """To the second, and for good."""
    clocks = Clocks()
    verifying = front(clocks=clocks)
    text = token(access_claims({"exp": NOW + 60}))
    verifying.verify(text)
    clocks.tick(59.9)
    assert "ana" == verifying.verify(text).username
    clocks.tick(0.1)
    for _ in range(2):
        with pytest.raises(errors.Expired):
            verifying.verify(text)


def test_the_clock_is_looked_at_for_every_token(front: MakeFront) -> None:
    """One that is set forward ends remembered tokens at once."""
    clocks = Clocks()
    verifying = front(clocks=clocks)
    verifying.verify(GOOD)
    clocks.now += 7_200
    with pytest.raises(errors.Expired):
        verifying.verify(GOOD)


# -- Keys come and go --------------------------------------------------------------------------------------------------


def renew(verifying: Front, source: Source, text: str = GOOD) -> None:
    """Have the keys renewed behind the back of a token that is accepted meanwhile."""
    source.gate.clear()
    assert "ana" == verifying.verify(text).username
    source.gate.set()
    verifying.settle()


def test_keys_are_fetched_when_they_are_needed(front: MakeFront) -> None:
    """Once, from where the issuer publishes them."""
    source = Source(ONE)
    verifying = front(fetched(), source=source)
    assert 0 == source.count
    for number in range(3):
        assert "ana" == verifying.verify(token(access_claims({"jti": f"t{number}"}))).username
    assert [f"{ISSUER}/.well-known/jwks.json"] == source.urls


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x.y.z", id="malformed"),
        pytest.param(token(access_claims({"iss": OTHER_ISSUER})), id="another issuer"),
        pytest.param(token(access_claims({"exp": NOW}), kid="k2"), id="expired"),
        pytest.param(token(access_claims({"client_id": "c2"}), kid="k2"), id="another client"),
        pytest.param(token(id_claims(), kid="k2"), id="another use"),
        pytest.param(token(header={"alg": "none"}, kid="k2"), id="another algorithm"),
    ],
)
def test_nothing_is_fetched_for_a_token_that_would_be_refused_anyway(front: MakeFront, text: str) -> None:
    """Whoever signed it."""
    source = Source(TWO)
    verifying = front(fetched(), source=source)
    with pytest.raises(TokenError):
        verifying.verify(text)
    assert 0 == source.count


def test_an_invented_key_is_looked_for_and_not_found(front: MakeFront) -> None:
    """Twice in half a minute; genuine tokens are verified all the while."""
    source = Source(ONE)
    verifying = front(fetched(), source=source)
    for number in range(20):
        with pytest.raises(errors.UnknownKey):
            verifying.verify(token(header={"kid": f"x{number}"}))
        assert "ana" == verifying.verify(token(access_claims({"jti": f"t{number}"}))).username
    assert 2 == source.count


def test_rotation_is_picked_up(front: MakeFront) -> None:
    """The first token of the new key has it fetched; those of the old one stay good while it is published."""
    source, clocks = Source(ONE), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    source.answer = TWO
    clocks.tick(60)
    assert "ana" == verifying.verify(token(kid="k2")).username
    assert "ana" == verifying.verify(GOOD).username
    assert 2 == source.count


def test_a_withdrawn_key_stops_working_within_one_refresh(front: MakeFront) -> None:
    """Remembered tokens included, and those of the other keys go on."""
    source, clocks = Source(TWO), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    verifying.verify(token(kid="k2"))
    source.answer = OTHER
    clocks.tick(300)
    renew(verifying, source)
    assert 2 == source.count
    with pytest.raises(errors.UnknownKey):
        verifying.verify(GOOD)
    assert "ana" == verifying.verify(token(kid="k2")).username


def test_a_key_that_was_replaced_under_its_name_stops_working(front: MakeFront) -> None:
    """Remembered tokens included: it is the key that vouches, not its name."""
    source, clocks = Source(ONE), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    source.answer = json.dumps({"keys": [{**signing_key("k2").jwk, "kid": "k1"}]}).encode()
    clocks.tick(300)
    renew(verifying, source)
    with pytest.raises(errors.BadSignature):
        verifying.verify(GOOD)


def test_a_known_key_never_waits_for_the_network(front: MakeFront) -> None:
    """While the renewal hangs, tokens are verified with the keys at hand, remembered or not."""
    source, clocks = Source(ONE), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    clocks.tick(300)
    source.gate.clear()
    for number in range(3):
        assert "ana" == verifying.verify(GOOD).username
        assert "ana" == verifying.verify(token(access_claims({"jti": f"t{number}"}))).username
    source.gate.set()
    verifying.settle()
    assert 2 == source.count
    assert [2] == [health.generation for health in verifying.verifier.health()]


def test_a_renewal_verifies_nothing_again(front: MakeFront) -> None:
    """Remembered tokens of keys that stay are not verified a second time, during it or after."""
    source, clocks = Source(ONE), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    first = counted(verifying)
    clocks.tick(300)
    renew(verifying, source)
    second = counted(verifying)
    verifying.verify(GOOD)
    assert (0, 0) == (first.count, second.count)


def test_old_keys_serve_while_the_source_is_down(front: MakeFront) -> None:
    """For `max_stale` seconds; then nothing can be said of any token."""
    source, clocks = Source(ONE), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks, max_stale=3_600)
    verifying.verify(GOOD)
    source.answer = FetchError("jwks.http_status")
    clocks.tick(3_599)
    text = token(access_claims({"exp": NOW + 7_200}))
    renew(verifying, source, text)
    clocks.tick(2)
    with pytest.raises(KeysUnavailable) as caught:
        verifying.verify(text)
    assert "unavailable.http_status" == caught.value.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(FetchError("jwks.http_status", retry_after=120), "unavailable.http_status", id="a fetch error"),
        pytest.param(ConnectionError("10.0.0.1"), "unavailable.ConnectionError", id="anybody's error"),
        pytest.param(b"<html>", "unavailable.invalid", id="no document"),
        pytest.param(b'{"keys":[]}', "unavailable.invalid", id="no keys"),
    ],
)
def test_an_outage_is_no_fault_of_the_token(front: MakeFront, answer: bytes | Exception, reason: str) -> None:
    """It is told apart, with the time after which to come back."""
    source = Source(answer)
    verifying = front(fetched(), source=source)
    for _ in range(2):
        with pytest.raises(KeysUnavailable) as caught:
            verifying.verify(GOOD)
        assert reason == caught.value.reason
        assert 1 <= caught.value.retry_after <= 120
    assert 1 == source.count


def test_an_outage_ends(front: MakeFront) -> None:
    """The token that could not be judged is accepted afterwards."""
    source, clocks = Source(OSError()), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    with pytest.raises(KeysUnavailable):
        verifying.verify(GOOD)
    source.answer = ONE
    clocks.tick(2)
    assert "ana" == verifying.verify(GOOD).username


def test_a_machine_that_slept_asks_at_once(front: MakeFront) -> None:
    """Its wall clock went on and the other did not: a key that was withdrawn meanwhile stops working."""
    source, clocks = Source(TWO), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    source.answer = OTHER
    clocks.now += 600
    renew(verifying, source)
    with pytest.raises(errors.UnknownKey):
        verifying.verify(GOOD)


def test_a_seed_saves_the_first_fetch(front: MakeFront) -> None:
    """It is used at once, and renewed like any other."""
    source, clocks = Source(OTHER), Clocks()
    verifying = front(fetched(jwks_seed=ONE.decode()), source=source, clocks=clocks)
    assert "ana" == verifying.verify(GOOD).username
    assert 0 == source.count
    clocks.tick(300)
    renew(verifying, source)
    with pytest.raises(errors.UnknownKey):
        verifying.verify(GOOD)


def test_pinned_keys_need_no_network(front: MakeFront) -> None:
    """Years later, and for a key that nobody has, either."""
    source, clocks = Source(TWO), Clocks()
    verifying = front(source=source, clocks=clocks)
    verifying.verify(GOOD)
    clocks.tick(86_400 * 3_650)
    later = {"iat": clocks.now, "exp": clocks.now + 60, "auth_time": NOW}
    assert "ana" == verifying.verify(token(access_claims(later))).username
    with pytest.raises(errors.UnknownKey):
        verifying.verify(token(access_claims(later), kid="k2"))
    assert 0 == source.count


def test_lambda_waits_a_little_for_a_renewal(front: MakeFront, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs between requests there: the caller has the keys renewed, for the third of a second at most."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
    source, clocks = Source(TWO), Clocks()
    verifying = front(fetched(), source=source, clocks=clocks)
    verifying.verify(GOOD)
    clocks.tick(300)
    source.answer = OTHER
    with pytest.raises(errors.UnknownKey):
        verifying.verify(GOOD)
    clocks.tick(300)
    source.gate.clear()
    assert "ana" == verifying.verify(token(kid="k2")).username
    source.gate.set()
    verifying.settle()


def test_warming_tells_of_an_issuer_that_has_no_keys(front: MakeFront) -> None:
    """Of one that writes a single issuer string, too."""
    verifying = front(fetched(issuer="https://idp.example"), source=Source(OSError()))
    with pytest.raises(KeysUnavailable) as caught:
        verifying.warm()
    assert "unavailable.OSError" == caught.value.reason


def test_elsewhere_nobody_waits_for_a_renewal() -> None:
    """A key in hand is used at once; what needs no waiting goes on behind the caller's back."""
    clocks = Clocks()
    verifier = Verifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=Source(ONE).fetch)
    verifier.verify(GOOD)
    clocks.tick(300)
    assert [0] == [need.wait for need in verifier.keyring[ISSUER].find("k1", "RS256")]


# -- Sharing -----------------------------------------------------------------------------------------------------------


async def until(event: threading.Event) -> None:
    """Let other tasks go on until a thread's event is set."""
    async with asyncio.timeout(PATIENCE):
        while not event.is_set():  # noqa: ASYNC110  a source serves threads too, and knows no loop
            await asyncio.sleep(0)


def test_twenty_threads_start_cold_with_one_fetch() -> None:
    """All at once: one has the keys fetched, all are served."""
    source = Source(ONE)
    source.gate.clear()
    clocks = Clocks()
    verifier = Verifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)
    start = threading.Barrier(20, timeout=PATIENCE)

    def work(number: int) -> str | None:
        start.wait()
        return verifier.verify(token(access_claims({"jti": f"t{number}"}))).username

    with ThreadPoolExecutor(20) as pool:
        working = [pool.submit(work, number) for number in range(20)]
        assert source.asked.wait(PATIENCE)
        source.gate.set()
        assert ["ana"] * 20 == [one.result(PATIENCE) for one in working]
    assert 1 == source.count


def test_many_threads_with_invented_keys() -> None:
    """Each learns that its key does not exist, and nothing else; the issuer is asked twice."""
    source, clocks = Source(ONE), Clocks()
    verifier = Verifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)
    start = threading.Barrier(20, timeout=PATIENCE)

    def work(number: int) -> list[str]:
        start.wait()
        reasons: list[str] = []
        for attempt in range(20):
            with pytest.raises(TokenError) as caught:
                verifier.verify(token(header={"kid": f"x{number}.{attempt}"}))
            reasons.append(caught.value.reason)
        return reasons

    with ThreadPoolExecutor(20) as pool:
        assert [["key.not_found"] * 20] * 20 == list(pool.map(work, range(20), timeout=PATIENCE * 3))
    assert 2 >= source.count


def test_two_hundred_tasks_start_cold_with_one_fetch() -> None:
    """All at once: one has the keys fetched, all are served."""
    source = Source(ONE)
    source.gate.clear()
    clocks = Clocks()
    verifier = AsyncVerifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.afetch)

    async def main() -> list[Principal]:
        working = [asyncio.create_task(verifier.verify(GOOD)) for _ in range(200)]
        await until(source.asked)
        source.gate.set()
        return await asyncio.gather(*working)

    assert ["ana"] * 200 == [principal.username for principal in asyncio.run(main())]
    assert 1 == source.count


def test_a_task_that_is_cancelled_leaves_the_others_served() -> None:
    """Even the one for which the keys are fetched."""
    source = Source(ONE)
    source.gate.clear()
    verifier = AsyncVerifier(fetched(), clock=lambda: NOW, fetch=source.afetch)

    async def main() -> Principal:
        first, second = asyncio.create_task(verifier.verify(GOOD)), asyncio.create_task(verifier.verify(GOOD))
        await until(source.asked)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        source.gate.set()
        return await second

    assert "ana" == asyncio.run(main()).username
    assert 1 == source.count


def test_one_verifier_outlives_many_event_loops() -> None:
    """A loop that ends in the middle of a fetch costs that fetch and nothing else."""
    source, clocks = Source(ONE), Clocks()
    verifier = AsyncVerifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.afetch)
    for _ in range(3):
        assert "ana" == asyncio.run(verifier.verify(GOOD)).username
    clocks.tick(300)
    source.gate.clear()
    assert "ana" == asyncio.run(verifier.verify(GOOD)).username
    source.gate.set()
    assert "ana" == asyncio.run(verifier.verify(GOOD)).username
    assert "ana" == asyncio.run(verifier.verify(token(access_claims({"jti": "x"})))).username


def test_keys_are_shared(front: MakeFront) -> None:
    """Two verifiers, one fetch; each keeps its own rules."""
    source = Source(ONE)
    first = front(fetched(), source=source)
    second = front(fetched(clients={"c2"}), source=source, keyring=first.verifier.keyring)
    assert "ana" == first.verify(GOOD).username
    with pytest.raises(errors.WrongClient):
        second.verify(GOOD)
    assert "ana" == second.verify(token(access_claims({"client_id": "c2"}))).username
    assert 1 == source.count


# -- Ahead of traffic --------------------------------------------------------------------------------------------------


def test_warming_fetches_ahead_of_traffic(front: MakeFront) -> None:
    """All that is not at hand, once; then no token waits."""
    source = Source(ONE)
    verifying = front(fetched(), UserPool(OTHER_POOL_ID, clients={CLIENT}, issuer=OTHER_ISSUER), source=source)
    verifying.warm()
    assert {f"{issuer}/.well-known/jwks.json" for issuer in (ISSUER, OTHER_ISSUER)} == set(source.urls)
    verifying.warm()
    assert "ana" == verifying.verify(GOOD).username
    assert 2 == source.count


def test_warming_waits_for_what_it_fetches(front: MakeFront) -> None:
    """It is over when the keys are there."""
    source = Source(ONE)
    source.gate.clear()
    verifying = front(fetched(), source=source)
    with ThreadPoolExecutor(1) as pool:
        warming = pool.submit(verifying.warm)
        assert source.asked.wait(PATIENCE)
        assert not warming.done()
        source.gate.set()
        warming.result(PATIENCE)
    assert [1] == [health.keys for health in verifying.verifier.health()]


def test_warming_needs_one_form_of_a_pool(front: MakeFront) -> None:
    """The form that a pool does not use is not there, and that is no failure."""

    class Half(Source):
        def fetch(self, url: str) -> bytes:
            return self.only(url, super().fetch(url))

        async def afetch(self, url: str) -> bytes:
            return self.only(url, await super().afetch(url))

        def only(self, url: str, document: bytes) -> bytes:
            if "issuer-cognito-idp" not in url:
                raise FetchError("jwks.http_status")
            return document

    source = Half(ONE)
    verifying = front(UserPool(POOL_ID, clients={CLIENT}), source=source)
    verifying.warm()
    assert [0, 1] == [health.keys for health in verifying.verifier.health()]
    assert "ana" == verifying.verify(token(access_claims({"iss": UPDATED_ISSUER}))).username


def test_warming_in_vain_is_told(front: MakeFront) -> None:
    """A pool without keys is an outage before there is a token; the others have theirs."""
    source = Source(FetchError("jwks.tls"))
    verifying = front(pinned(), UserPool(OTHER_POOL_ID, clients={CLIENT}), source=source)
    with pytest.raises(KeysUnavailable) as caught:
        verifying.warm()
    assert "unavailable.tls" == caught.value.reason
    assert "ana" == verifying.verify(GOOD).username


def test_warming_pinned_keys_is_no_work(front: MakeFront) -> None:
    """Nothing is fetched."""
    verifying = front()
    verifying.warm()
    assert "ana" == verifying.verify(GOOD).username


def test_warming_many_pools(front: MakeFront) -> None:
    """More than are fetched at a time."""
    source = Source(ONE)
    pools = [UserPool(f"eu-west-1_Pool{number}", clients={CLIENT}) for number in range(11)]
    verifying = front(*pools, source=source)
    verifying.warm()
    assert 22 == source.count == len(set(source.urls))


def test_health_tells_of_every_issuer_string(front: MakeFront) -> None:
    """Without asking anybody, and in the order of the configuration."""
    clocks, source = Clocks(), Source(ONE)
    verifying = front(fetched(name="staff"), UserPool(OTHER_POOL_ID, clients={CLIENT}), source=source, clocks=clocks)
    verifying.verify(GOOD)
    clocks.tick(7)
    assert [("staff", ISSUER, 1, 7), (OTHER_POOL_ID, OTHER_ISSUER, 0, None)] == [
        (health.name, health.issuer, health.keys, health.age) for health in verifying.verifier.health()[:2]
    ]
    assert 3 == len(verifying.verifier.health())
    assert 1 == source.count


def test_a_verifier_tells_what_it_was_given(front: MakeFront) -> None:
    """Its issuers and its clock, for those who build on it."""
    clocks, pool = Clocks(), pinned()
    verifier = front(pool, clocks=clocks).verifier
    assert (pool,) == verifier.issuers
    assert NOW == verifier.clock()
    assert [ISSUER, UPDATED_ISSUER] == list(verifier.keyring)
    with pytest.raises(TypeError):
        verifier.keyring["x"] = verifier.keyring[ISSUER]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


# -- Building ----------------------------------------------------------------------------------------------------------

BOUNDS = {
    "leeway": "leeway: must be a number from 0 to 300",
    "cache_size": "cache_size: must be a number from 0 to 1000000",
    "max_stale": "max_stale: must be a number from 300 to 604800",
}


@pytest.mark.parametrize("kind", [Verifier, AsyncVerifier])
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *((argument, value) for argument in BOUNDS for value in (-1, None, "5", True, math.nan, math.inf, -math.inf)),
        ("leeway", 301),
        ("leeway", 10**400),
        ("leeway", -0.001),
        ("cache_size", 1_000_001),
        ("max_stale", 299),
        ("max_stale", 604_801),
    ],
)
def test_a_number_out_of_bounds_is_a_mistake(kind: type[Verifier], argument: str, value: Any) -> None:
    """What is no number, too, and so is infinity."""
    with pytest.raises(ConfigurationError) as caught:
        kind(pinned(), **{argument: value})
    assert (f"Verifier: {BOUNDS[argument]}",) == caught.value.problems


@pytest.mark.parametrize("kind", [Verifier, AsyncVerifier])
@pytest.mark.parametrize(
    ("argument", "value"), [("leeway", 300), ("cache_size", 0), ("max_stale", 300), ("leeway", 0.5)]
)
def test_a_number_at_its_bound_is_none(kind: type[Verifier], argument: str, value: Any) -> None:
    """Both ends belong to it."""
    assert 1 == len(kind(pinned(), **{argument: value}).issuers)


@pytest.mark.parametrize("kind", [Verifier, AsyncVerifier])
@pytest.mark.parametrize(
    ("pools", "problem"),
    [
        ((), "no issuer given; name at least one UserPool"),
        ((POOL_ID,), "issuers: each must be a UserPool, an OIDCIssuer, an IdentityPool or a LoadBalancer"),
        (
            (pinned(), pinned(clients=ANY_CLIENT)),
            f"{POOL_ID}: the same pool twice, and neither token_use nor clients tell the two apart",
        ),
    ],
)
def test_issuers_that_make_no_sense_are_a_mistake(kind: type[Verifier], pools: tuple[Any, ...], problem: str) -> None:
    """Told together with all others."""
    with pytest.raises(ConfigurationError) as caught:
        kind(*pools, leeway=-1)
    assert (f"Verifier: {BOUNDS['leeway']}", f"Verifier: {problem}") == caught.value.problems


def test_there_is_a_fetch_of_its_own() -> None:
    """Without one, keys come over the network; here from where nobody answers."""
    pool = UserPool(POOL_ID, clients={CLIENT}, issuer=ISSUER, jwks_uri="http://127.0.0.1:1/")
    with pytest.raises(KeysUnavailable):
        Verifier(pool, clock=lambda: NOW).verify(GOOD)
    with pytest.raises(KeysUnavailable):
        asyncio.run(AsyncVerifier(pool, clock=lambda: NOW).verify(GOOD))


# -- Properties --------------------------------------------------------------------------------------------------------

STRICT = Verifier(pinned(), clock=lambda: NOW)


@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.text(alphabet="ab._-=eyJ"),
        st.lists(st.binary(max_size=40).map(base64url), min_size=1, max_size=6).map(".".join),
        st.binary(max_size=40).map(lambda payload: compact(GENUINE, payload)),
        st.binary(max_size=40).map(lambda header: compact(header, b"{}")),
    )
)
@settings(max_examples=150, deadline=None)
def test_nothing_but_a_refusal_comes_of_noise(text: Any) -> None:
    """Of any text or bytes, signed or not."""
    with pytest.raises(TokenError):
        STRICT.verify(text)


@given(st.integers(0, len(GOOD) - 1), st.characters(), st.sampled_from(["replace", "insert", "remove", "swap"]))
@settings(max_examples=150, deadline=None)
def test_a_token_with_one_change_is_refused(at: int, character: str, change: str) -> None:
    """One character replaced, inserted, left out, or swapped with its neighbour."""
    bent = {
        "replace": GOOD[:at] + character + GOOD[at + 1 :],
        "insert": GOOD[:at] + character + GOOD[at:],
        "remove": GOOD[:at] + GOOD[at + 1 :],
        "swap": GOOD[:at] + GOOD[at : at + 2][::-1] + GOOD[at + 2 :],
    }[change]
    if bent == GOOD:
        assert "ana" == STRICT.verify(bent).username
        return
    with pytest.raises(TokenError):
        STRICT.verify(bent)


def test_a_token_with_one_change_in_its_alphabet_is_refused() -> None:
    """Each character of the header and the signature, replaced by its neighbours in the alphabet."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = 0
    for at in [*range(len(HEADER)), *range(len(GOOD) - len(SIGNATURE), len(GOOD))]:
        for step in (1, 32):
            character = alphabet[(alphabet.index(GOOD[at]) + step) % 64]
            with pytest.raises(TokenError):
                STRICT.verify(GOOD[:at] + character + GOOD[at + 1 :])
            changed += 1
    assert changed == 2 * (len(HEADER) + len(SIGNATURE))


SECRET = "s3cr3t-of-the-token"
SECRETS = st.sampled_from([SECRET, [SECRET], {SECRET: SECRET}, f"{SECRET}\n", f"{SECRET}\ud800"])
NAMES = st.sampled_from([*access_claims(), "aud", "nbf", "act", "cnf", "acr", "amr", "identities", SECRET])


@given(
    st.dictionaries(NAMES, SECRETS, min_size=1),
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jku", SECRET]), SECRETS),
    st.sampled_from(["", SECRET, f".{SECRET}", "\n", "ä", "="]),
)
@settings(max_examples=100, deadline=None)
def test_an_error_says_nothing_of_the_token(claims: dict[str, object], header: dict[str, object], tail: str) -> None:
    """Neither its text nor its parts nor its traceback, whatever was wrong and wherever."""
    members = json.dumps({"kid": "k1", "alg": "RS256", **header}).encode()
    text = compact(members, json.dumps({**access_claims(), **claims}).encode()) + tail
    try:
        STRICT.verify(text)
    except TokenError as error:
        told = "".join(traceback.format_exception(error))
        told += f"{error!r} {error} {error.args!r} {vars(error)!r} {error.__cause__!r}"
        for secret in (SECRET, *filter(None, text.split(".")), CLIENT, ISSUER, "ana"):
            assert secret not in re.sub(r"File \".*|^    .*", "", told, flags=re.MULTILINE)
    else:
        assert {
            "jti",
            "origin_jti",
            "acr",
            "amr",
            "sub",
            "username",
            "scope",
            "cognito:groups",
            SECRET,
        } >= claims.keys()
