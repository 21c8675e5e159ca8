"""Many issuers in one verifier: each with its own keys, told apart, and replaced while others go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    AsyncAuthorizer,
    AsyncVerifier,
    Authorizer,
    ConfigurationError,
    Decision,
    Group,
    IdentityPool,
    Issuer,
    KeysUnavailable,
    OIDCIssuer,
    Policy,
    Rule,
    UserPool,
    Verifier,
)
from cogauth.decision import Reason
from cogauth.errors import (
    BadSignature,
    CogAuthError,
    MalformedToken,
    UnknownIssuer,
    UnknownKey,
    WrongAudience,
    WrongClient,
)
from tests.support.clocks import Clocks
from tests.support.providers import (
    API,
    IDENTITIES,
    IDENTITY_POOL_ID,
    JWKS_URI,
    METADATA,
    PROVIDER,
    Web,
    documented,
    identity_claims,
    jwk_of,
    metadata,
    provider_claims,
    token_of,
)
from tests.support.tokens import (
    CLIENT,
    ISSUER,
    NOW,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    access_claims,
    fetched,
    key_document,
    token,
)

POOL_KEYS = f"{ISSUER}/.well-known/jwks.json"
OTHER_KEYS = f"{OTHER_ISSUER}/.well-known/jwks.json"
IDENTITY_KEYS = f"{IDENTITIES}/.well-known/jwks_uri"

WEB = {
    POOL_KEYS: key_document("k1"),
    OTHER_KEYS: key_document("k2"),
    METADATA: metadata(),
    JWKS_URI: documented(jwk_of("ES256", "e1"), jwk_of("RS256", "k3")),
    IDENTITY_KEYS: documented(jwk_of("RS512", "r1")),
}

POOL = fetched(name="pool")
OTHER = UserPool(OTHER_POOL_ID, clients={CLIENT}, issuer=OTHER_ISSUER, name="other")
SOMEBODY = OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256", "RS256"], groups_claim="groups", name="provider")
GUESTS = IdentityPool(IDENTITY_POOL_ID, name="guests")

OF_POOL = token()
OF_OTHER = token(access_claims({"iss": OTHER_ISSUER}), kid="k2")
OF_PROVIDER = token_of(provider_claims({"groups": ["editors"]}), "ES256", "e1")
OF_GUEST = token_of(identity_claims(), "RS512", "r1")


class World:
    """A verifier of some issuers, its clocks and its web."""

    def __init__(self, *issuers: Any, **options: Any) -> None:
        self.clocks = Clocks()
        self.web = Web(WEB)
        defaults: dict[str, Any] = {
            "clock": self.clocks.wall,
            "monotonic": self.clocks.monotonic,
            "fetch": self.web.fetch,
        }
        self.verifier = Verifier(*issuers, **{**defaults, **options})

    def issuer(self, text: str) -> str:
        return self.verifier.verify(text).issuer_name

    def refusal(self, text: str) -> tuple[type[CogAuthError], str]:
        """Why a token is refused."""
        with pytest.raises(CogAuthError) as caught:
            self.verifier.verify(text)
        return type(caught.value), caught.value.reason


# -- Side by side ------------------------------------------------------------------------------------------------------


def test_each_kind_is_verified_beside_the_others() -> None:
    """By its own keys, which are fetched when its first token comes."""
    world = World(POOL, OTHER, SOMEBODY, GUESTS)
    assert [] == world.web.urls
    assert ["guests", "pool", "provider", "other"] == [
        world.issuer(text) for text in (OF_GUEST, OF_POOL, OF_PROVIDER, OF_OTHER)
    ]
    assert [IDENTITY_KEYS, POOL_KEYS, METADATA, JWKS_URI, OTHER_KEYS] == world.web.urls
    assert ["pool", "other", "provider", "guests"] == [health.name for health in world.verifier.health()]


def test_all_are_warmed() -> None:
    """Then nothing is fetched for a token."""
    world = World(POOL, OTHER, SOMEBODY, GUESTS)
    world.verifier.warm()
    assert sorted(WEB) == sorted(world.web.urls)
    world.web.documents.clear()
    assert ["guests", "provider"] == [world.issuer(OF_GUEST), world.issuer(OF_PROVIDER)]


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        pytest.param(token(kid="k2"), UnknownKey, "key.not_found", id="another pool's key under its own name"),
        pytest.param(
            token(header={"kid": "k1"}, kid="k2"),
            BadSignature,
            "signature.invalid",
            id="another pool's key as this one's",
        ),
        pytest.param(
            token_of(access_claims({"iss": OTHER_ISSUER}), "RS256", "k2", key="k1"),
            BadSignature,
            "signature.invalid",
            id="this pool's key as another's",
        ),
        pytest.param(
            token_of(access_claims(), "ES256", "e1"),
            MalformedToken,
            "header.alg_not_allowed",
            id="a provider's key for a pool",
        ),
        pytest.param(
            token_of(access_claims(), "RS512", "k1"),
            MalformedToken,
            "header.alg_not_allowed",
            id="a pool's key with an identity pool's algorithm",
        ),
        pytest.param(
            token_of(identity_claims(), "RS256", "r1"),
            MalformedToken,
            "header.alg_not_allowed",
            id="an identity pool's key with a pool's algorithm",
        ),
        pytest.param(
            token_of(identity_claims(), "RS512", "k1"),
            UnknownKey,
            "key.not_found",
            id="a pool's key for an identity pool",
        ),
        pytest.param(
            token_of(provider_claims(), "RS512", "k3"),
            MalformedToken,
            "header.alg_not_allowed",
            id="an algorithm that only another issuer has",
        ),
        pytest.param(
            token_of(provider_claims(), "RS256", "k3", key="k1"),
            BadSignature,
            "signature.invalid",
            id="a pool's key as a provider's",
        ),
        pytest.param(
            token_of(provider_claims(), "RS256", "e1", key="k1"),
            UnknownKey,
            "key.type_mismatch",
            id="an RSA signature by a key on a curve",
        ),
        pytest.param(
            token_of(provider_claims({"iss": "https://evil.example"}), "ES256", "e1"),
            UnknownIssuer,
            "claims.iss_unknown",
            id="nobody's",
        ),
        pytest.param(
            token_of(provider_claims({"iss": f"{PROVIDER}/"}), "ES256", "e1"),
            UnknownIssuer,
            "claims.iss_unknown",
            id="a provider's with a slash",
        ),
    ],
)
def test_the_key_of_one_is_no_key_of_another(text: str, error: type[CogAuthError], reason: str) -> None:
    """Though all are at hand in one process."""
    world = World(POOL, OTHER, SOMEBODY, GUESTS)
    world.verifier.warm()
    assert (error, reason) == world.refusal(text)


@pytest.mark.parametrize("alg", ["ES256", "RS512"])
def test_nothing_is_fetched_for_an_algorithm_of_another(alg: str) -> None:
    """It would be refused whoever had signed it."""
    world = World(POOL, SOMEBODY, GUESTS)
    assert (MalformedToken, "header.alg_not_allowed") == world.refusal(token_of(access_claims(), alg, "x"))
    assert [] == world.web.urls


def test_shared_keys_do_not_widen_the_algorithms() -> None:
    """A verifier that is given another's keys accepts what its own issuers allow."""
    world = World(SOMEBODY)
    text = token_of(provider_claims(), "RS256", "k3")
    assert "provider" == world.issuer(text)
    strict = OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256"], name="strict")
    sharing = World(strict, POOL, keyring=world.verifier.keyring)
    assert "strict" == sharing.issuer(OF_PROVIDER)
    assert (MalformedToken, "header.alg_not_allowed") == sharing.refusal(text)
    assert [] == sharing.web.urls


LENIENT = OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256"], name="provider", ignore_x5c=True)
CHAIN = {"x5c": ["MIIB"]}


def test_a_certificate_is_ignored_where_that_is_said() -> None:
    """Once and again, for headers are remembered."""
    world = World(POOL, LENIENT, GUESTS)
    text = token_of(provider_claims(), "ES256", "e1", CHAIN)
    assert ["provider", "provider"] == [world.issuer(text), world.issuer(text)]
    assert "provider" == world.issuer(token_of(provider_claims({"jti": "x"}), "ES256", "e1", CHAIN))


@pytest.mark.parametrize(
    ("issuers", "text"),
    [
        pytest.param((POOL, LENIENT), token(header=CHAIN), id="a user pool's"),
        pytest.param((GUESTS, LENIENT), token_of(identity_claims(), "RS512", "r1", CHAIN), id="an identity pool's"),
        pytest.param(
            (SOMEBODY,), token_of(provider_claims(), "ES256", "e1", CHAIN), id="a provider's that says nothing"
        ),
        pytest.param(
            (LENIENT,), token_of(provider_claims(), "ES256", "e1", {**CHAIN, "jwk": jwk_of("ES256")}), id="with a key"
        ),
        pytest.param(
            (LENIENT,), token_of(provider_claims(), "ES256", "e1", {**CHAIN, "x5u": "https://x"}), id="with a URL"
        ),
    ],
)
def test_a_certificate_is_refused_elsewhere(issuers: tuple[Any, ...], text: str) -> None:
    """For every other issuer of the same verifier; and nothing is fetched."""
    world = World(*issuers)
    assert (MalformedToken, "header.key_material") == world.refusal(text)
    assert [] == world.web.urls


# -- Identity pools ----------------------------------------------------------------------------------------------------


def identity_pool_id(number: int) -> str:
    return f"eu-west-1:5f0e3f1c-0000-4000-8000-{number:012x}"


def test_a_thousand_identity_pools_are_told_apart_by_audience() -> None:
    """They share one issuer string, one key document and one fetch."""
    world = World(*(IdentityPool(identity_pool_id(number), name=f"p{number}") for number in range(1_000)))
    for number in (0, 499, 999):
        claims = identity_claims({"aud": identity_pool_id(number)})
        assert f"p{number}" == world.issuer(token_of(claims, "RS512", "r1"))
    assert [IDENTITY_KEYS] == world.web.urls
    assert 1 == len(world.verifier.health())


@pytest.mark.parametrize(
    "audience",
    [
        pytest.param(identity_pool_id(9_999), id="another pool"),
        pytest.param([IDENTITY_POOL_ID], id="the pool in a list"),
        pytest.param(IDENTITY_POOL_ID.upper(), id="in capitals"),
        pytest.param(f"{IDENTITY_POOL_ID} ", id="with a space"),
        pytest.param("", id="empty"),
        pytest.param([], id="an empty list"),
        pytest.param({IDENTITY_POOL_ID: 1}, id="an object, which has no hash"),
        pytest.param([{IDENTITY_POOL_ID: 1}], id="an object in a list"),
    ],
)
def test_an_identity_pool_that_is_not_configured(audience: object) -> None:
    """Nothing is fetched for its token, before the keys are there and after."""
    world = World(GUESTS, IdentityPool(identity_pool_id(1)))
    text = token_of(identity_claims({"aud": audience}), "RS512", "r1")
    assert (WrongAudience, "claims.aud_mismatch") == world.refusal(text)
    assert [] == world.web.urls
    assert "guests" == world.issuer(OF_GUEST)
    assert (WrongAudience, "claims.aud_mismatch") == world.refusal(text)


def test_an_identity_pool_token_without_an_audience() -> None:
    """Is of no pool, even where there is but one."""
    claims = {name: value for name, value in identity_claims().items() if name != "aud"}
    assert (WrongAudience, "claims.aud_mismatch") == World(GUESTS).refusal(token_of(claims, "RS512", "r1"))


@pytest.mark.parametrize("alg", ["RS256", "RS384", "PS512", "ES512", "EdDSA"])
def test_an_identity_pool_signs_with_rs512(alg: str) -> None:
    """And with nothing else."""
    world = World(GUESTS)
    assert (MalformedToken, "header.alg_not_allowed") == world.refusal(token_of(identity_claims(), alg, "r1"))


# -- Many user pools ---------------------------------------------------------------------------------------------------


def test_five_thousand_pools_ask_only_when_they_are_used() -> None:
    """Each for itself, and once."""
    world = World(*(UserPool(f"eu-west-1_P{number:04d}", clients={CLIENT}) for number in range(5_000)))
    assert [] == world.web.urls
    for number, kid in ((17, "k1"), (4_999, "k2")):
        issuer = f"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_P{number:04d}"
        world.web.documents[f"{issuer}/.well-known/jwks.json"] = key_document(kid)
        for use in range(2):
            text = token(access_claims({"iss": issuer, "jti": str(use)}), kid=kid)
            assert f"eu-west-1_P{number:04d}" == world.issuer(text)
    rings = world.verifier.keyring
    assert 10_000 == len(rings)
    learned = [f"{issuer}/.well-known/jwks.json" for issuer, ring in rings.items() if ring.keys]
    assert learned == world.web.urls
    assert 2 == len(learned)


# -- What makes no sense -----------------------------------------------------------------------------------------------

TWICE = "the same issuer twice; give it once, with all audiences"
PLACES = "the same issuer twice, with keys from different places"
NAMES = "two different issuers have this name"

MISTAKES: dict[str, tuple[tuple[Any, ...], list[str]]] = {
    "a provider twice": ((SOMEBODY, SOMEBODY), [f"provider: {TWICE}"]),
    "a provider for two audiences": (
        (OIDCIssuer(PROVIDER, audience={"a"}), OIDCIssuer(PROVIDER, audience={"b"})),
        [f"{PROVIDER}: {TWICE}"],
    ),
    "a provider with two lists of algorithms": (
        (OIDCIssuer(PROVIDER, audience={"a"}), OIDCIssuer(PROVIDER, audience={"b"}, algorithms=["ES256"])),
        [f"{PROVIDER}: {TWICE}", f"{PROVIDER}: {PLACES}"],
    ),
    "a pool as a provider": (
        (POOL, OIDCIssuer(ISSUER, audience={CLIENT}, name="x")),
        [f"x: {TWICE}", f"x: {PLACES}"],
    ),
    "a provider as a pool": (
        (SOMEBODY, fetched(issuer=PROVIDER, name="x")),
        [f"x: {TWICE}", f"x: {PLACES}"],
    ),
    "identity pools and a provider on one string": (
        (GUESTS, OIDCIssuer(IDENTITIES, audience={IDENTITY_POOL_ID}, name="x")),
        [f"x: {TWICE}", f"x: {PLACES}"],
    ),
    "an identity pool on a provider's string": (
        (SOMEBODY, IdentityPool(IDENTITY_POOL_ID, issuer=PROVIDER, name="x")),
        [f"x: {TWICE}", f"x: {PLACES}"],
    ),
    "an identity pool twice": ((GUESTS, GUESTS), ["guests: the same identity pool twice"]),
    "an identity pool under two names": (
        (GUESTS, IdentityPool(IDENTITY_POOL_ID)),
        [f"{IDENTITY_POOL_ID}: the same identity pool twice"],
    ),
    "identity pools with keys from two places": (
        (GUESTS, IdentityPool(identity_pool_id(1), name="x", jwks_uri="https://keys.example/k")),
        [f"x: {PLACES}"],
    ),
    "one name for two identity pools": (
        (GUESTS, IdentityPool(identity_pool_id(1), name="guests")),
        [f"guests: {NAMES}"],
    ),
    "one name for a pool and a provider": (
        (POOL, OIDCIssuer(PROVIDER, audience={API}, name="pool")),
        [f"pool: {NAMES}"],
    ),
    "one name for two providers": (
        (SOMEBODY, OIDCIssuer(f"{PROVIDER}/", audience={API}, name="provider")),
        [f"provider: {NAMES}"],
    ),
    "one name for three kinds": (
        (fetched(name="x"), OIDCIssuer(PROVIDER, audience={API}, name="x"), IdentityPool(IDENTITY_POOL_ID, name="x")),
        [f"x: {NAMES}"],
    ),
    "none at all": ((), ["no issuer given; name at least one UserPool"]),
}


@pytest.mark.parametrize(("issuers", "problems"), MISTAKES.values(), ids=MISTAKES)
def test_issuers_that_make_no_sense(issuers: tuple[Any, ...], problems: list[str]) -> None:
    """Neither at first nor later: what is bad takes no good one's place."""
    expected = tuple(f"Verifier: {problem}" for problem in problems)
    with pytest.raises(ConfigurationError) as caught:
        Verifier(*issuers)
    assert expected == caught.value.problems
    world = World(POOL)
    world.verifier.warm()
    with pytest.raises(ConfigurationError) as caught:
        world.verifier.replace_issuers(*issuers)
    assert expected == caught.value.problems
    assert (POOL,) == world.verifier.issuers
    assert "pool" == world.issuer(OF_POOL)
    assert [POOL_KEYS] == world.web.urls


# -- Replaced ----------------------------------------------------------------------------------------------------------


def test_an_issuer_is_added() -> None:
    """The keys of those that stay are kept, and those of the new one are fetched when it is used."""
    world = World(POOL)
    world.issuer(OF_POOL)
    of_provider = token_of(provider_claims(), "RS256", "k3")
    assert (UnknownIssuer, "claims.iss_unknown") == world.refusal(of_provider)
    world.verifier.replace_issuers(POOL, SOMEBODY)
    assert "provider" == world.issuer(of_provider)
    assert (POOL, SOMEBODY) == world.verifier.issuers
    assert ["pool", "provider"] == [world.issuer(OF_POOL), world.issuer(OF_PROVIDER)]
    assert [POOL_KEYS, METADATA, JWKS_URI] == world.web.urls


def test_an_issuer_is_removed() -> None:
    """At once, though its token was remembered; the others go on."""
    world = World(POOL, SOMEBODY)
    assert ["pool", "provider"] == [world.issuer(OF_POOL), world.issuer(OF_PROVIDER)]
    world.verifier.replace_issuers(SOMEBODY)
    assert (UnknownIssuer, "claims.iss_unknown") == world.refusal(OF_POOL)
    assert "provider" == world.issuer(OF_PROVIDER)
    assert [PROVIDER] == list(world.verifier.keyring)
    assert [POOL_KEYS, METADATA, JWKS_URI] == world.web.urls


@pytest.mark.parametrize(
    ("before", "after", "text", "expected"),
    [
        pytest.param(
            POOL,
            fetched(clients={"other"}, name="pool"),
            OF_POOL,
            (WrongClient, "claims.client_mismatch"),
            id="a pool's client",
        ),
        pytest.param(
            SOMEBODY,
            OIDCIssuer(PROVIDER, audience={"x"}, algorithms=["ES256", "RS256"]),
            OF_PROVIDER,
            (WrongAudience, "claims.aud_mismatch"),
            id="a provider's audience",
        ),
        pytest.param(
            GUESTS,
            IdentityPool(identity_pool_id(1)),
            OF_GUEST,
            (WrongAudience, "claims.aud_mismatch"),
            id="an identity pool",
        ),
        pytest.param(
            LENIENT,
            OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256"]),
            token_of(provider_claims(), "ES256", "e1", CHAIN),
            (MalformedToken, "header.key_material"),
            id="the leave to ignore certificates",
        ),
    ],
)
def test_what_was_removed_is_refused_at_once(
    before: Any, after: Any, text: str, expected: tuple[type[CogAuthError], str]
) -> None:
    """Though the token was remembered and its key is; and nothing is fetched for that."""
    world = World(before)
    world.issuer(text)
    urls = list(world.web.urls)
    world.verifier.replace_issuers(after)
    assert expected == world.refusal(text)
    assert urls == world.web.urls


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(POOL, fetched(jwks_uri="https://keys.example/new"), OF_POOL, id="keys from elsewhere"),
        pytest.param(POOL, fetched(jwks=key_document("k2").decode()), OF_POOL, id="other keys, pinned"),
        pytest.param(
            SOMEBODY,
            OIDCIssuer(PROVIDER, audience={API}, algorithms=["ES256"], jwks_uri="https://keys.example/new"),
            OF_PROVIDER,
            id="no discovery",
        ),
    ],
)
def test_keys_from_another_place_are_not_kept(before: Any, after: Any, text: str) -> None:
    """What was learned at the old one says nothing of the new one."""
    world = World(before)
    world.issuer(text)
    world.verifier.replace_issuers(after)
    with pytest.raises((KeysUnavailable, UnknownKey)):
        world.verifier.verify(text)


def test_keys_for_other_algorithms_are_not_kept() -> None:
    """A document is read for what its issuer allows."""
    world = World(SOMEBODY)
    world.issuer(OF_PROVIDER)
    world.verifier.replace_issuers(OIDCIssuer(PROVIDER, audience={API}, algorithms=["RS256"]))
    assert (MalformedToken, "header.alg_not_allowed") == world.refusal(OF_PROVIDER)
    assert PROVIDER == world.issuer(token_of(provider_claims(), "RS256", "k3"))
    assert [METADATA, JWKS_URI] * 2 == world.web.urls


def test_what_began_before_ends_before() -> None:
    """A verification under way sees the old issuers to its end, and leaves nothing to the new ones."""
    world = World(POOL)

    def replaced_meanwhile(url: str) -> bytes:
        judged.replace_issuers(fetched(clients={"other"}, name="pool"))
        return world.web.fetch(url)

    judged = Verifier(POOL, clock=world.clocks.wall, monotonic=world.clocks.monotonic, fetch=replaced_meanwhile)
    assert "pool" == judged.verify(OF_POOL).issuer_name
    with pytest.raises(WrongClient):
        judged.verify(OF_POOL)
    assert [POOL_KEYS] == world.web.urls


def test_what_began_before_ends_before_in_a_loop() -> None:
    """As with threads."""
    clocks, web = Clocks(), Web(WEB)

    async def replaced_meanwhile(url: str) -> bytes:
        judged.replace_issuers(SOMEBODY)
        return web.fetch(url)

    judged = AsyncVerifier(POOL, clock=clocks.wall, monotonic=clocks.monotonic, fetch=replaced_meanwhile)

    async def twice() -> None:
        assert "pool" == (await judged.verify(OF_POOL)).issuer_name
        with pytest.raises(UnknownIssuer):
            await judged.verify(OF_POOL)
        assert "provider" == (await judged.verify(OF_PROVIDER)).issuer_name

    asyncio.run(twice())
    assert [POOL_KEYS, METADATA, JWKS_URI] == web.urls


# -- Rules that were written for fewer ---------------------------------------------------------------------------------

EDITORS = Group("editors")
OURS = Issuer("pool") & EDITORS
THEIRS = Issuer("provider") & EDITORS


def answer(decision: Decision) -> tuple[int, Reason, bool]:
    """What was decided."""
    return decision.status, decision.reason, decision.allowed


YES = (200, Reason.ALLOWED, True)
BUG = (500, Reason.INTERNAL_ERROR, False)


class Both:
    """An authorizer, blocking or awaited, and its verifier."""

    def __init__(
        self, rule: Rule | Policy, *issuers: Any, awaited: bool, fetch: Callable[[str], bytes] | None = None
    ) -> None:
        clocks = Clocks()
        get = fetch or Web(WEB).fetch

        async def afetch(url: str) -> bytes:
            return get(url)

        self._later: AsyncAuthorizer | None = None
        self._now: Authorizer | None = None
        self.verifier: Verifier | AsyncVerifier
        if awaited:
            verifier = AsyncVerifier(*issuers, clock=clocks.wall, monotonic=clocks.monotonic, fetch=afetch)
            self.verifier, self._later = verifier, AsyncAuthorizer(verifier, rule)
        else:
            blocking = Verifier(*issuers, clock=clocks.wall, monotonic=clocks.monotonic, fetch=get)
            self.verifier, self._now = blocking, Authorizer(blocking, rule)

    def authorize(self, text: str, path: str = "/") -> Decision:
        if self._now is not None:
            return self._now.authorize(text, "GET", path)
        assert self._later is not None
        return asyncio.run(self._later.authorize(text, "GET", path))

    def decide(self, text: str, rule: Rule) -> Decision:
        if self._now is not None:
            return self._now.decide(text, rule)
        assert self._later is not None
        return asyncio.run(self._later.decide(text, rule))


@pytest.fixture(params=[False, True], ids=["blocking", "awaited"])
def awaited(request: pytest.FixtureRequest) -> bool:
    """Which kind of authorizer."""
    return bool(request.param)


def test_groups_of_an_issuer_that_was_added_are_not_those_of_the_rule(*, awaited: bool) -> None:
    """It ends as an internal error and never as a yes; for the old issuer the rule goes on to decide."""
    both = Both(EDITORS, POOL, awaited=awaited)
    assert YES == answer(both.authorize(OF_POOL))
    both.verifier.replace_issuers(POOL, SOMEBODY)
    for _ in range(2):
        decision = both.authorize(OF_PROVIDER)
        assert BUG == answer(decision)
        assert isinstance(decision.error, ConfigurationError)
        assert decision.principal is None
        assert YES == answer(both.authorize(OF_POOL))
    both.verifier.replace_issuers(SOMEBODY)
    assert YES == answer(both.authorize(OF_PROVIDER))  # it is the only one again
    assert (401, Reason.UNKNOWN_ISSUER, False) == answer(both.authorize(OF_POOL))


def test_a_rule_that_names_its_issuer_needs_no_second_look(*, awaited: bool) -> None:
    """The one that was added is decided as the others are."""
    both = Both(OURS, POOL, awaited=awaited)
    both.verifier.replace_issuers(POOL, SOMEBODY)
    assert (403, False) == answer(both.authorize(OF_PROVIDER))[::2]
    assert YES == answer(both.authorize(OF_POOL))


def test_a_rule_on_an_issuer_that_was_removed(*, awaited: bool) -> None:
    """Decides nothing of the one that came in its place."""
    both = Both(OURS, POOL, awaited=awaited)
    both.verifier.replace_issuers(SOMEBODY)
    assert BUG == answer(both.authorize(OF_PROVIDER))


def test_a_rule_of_library_code_is_looked_at_again(*, awaited: bool) -> None:
    """One that is right for the issuers of now is decided; one that was right for those of before, for theirs only."""
    both = Both(AUTHENTICATED, POOL, awaited=awaited)
    assert YES == answer(both.decide(OF_POOL, EDITORS))
    both.verifier.replace_issuers(POOL, SOMEBODY)
    assert BUG == answer(both.decide(OF_PROVIDER, EDITORS))
    assert YES == answer(both.decide(OF_PROVIDER, AUTHENTICATED))
    assert BUG == answer(both.decide(OF_PROVIDER, EDITORS))
    assert YES == answer(both.decide(OF_POOL, EDITORS))
    assert YES == answer(both.decide(OF_PROVIDER, THEIRS))
    with pytest.raises(ConfigurationError, match="issuer 'nobody': not configured"):
        both.decide(OF_PROVIDER, Issuer("nobody"))


def test_a_rule_that_is_first_asked_after_the_issuers_were_replaced(*, awaited: bool) -> None:
    """A refusal never raises: the rule was right when the authorizer was made, and no caller can know of the change."""
    both = Both(AUTHENTICATED, POOL, awaited=awaited)
    both.verifier.replace_issuers(POOL, SOMEBODY)
    for _ in range(2):
        decision = both.decide(OF_PROVIDER, EDITORS)
        assert (BUG, None) == (answer(decision), decision.principal)
        assert isinstance(decision.error, ConfigurationError)
        assert YES == answer(both.decide(OF_POOL, EDITORS))


def test_a_rule_that_was_checked_before_the_issuer_was_met(*, awaited: bool) -> None:
    """While its request waits for keys, another may meet the new issuers: that is no leave for this one."""
    seen: list[tuple[int, Reason, bool]] = []
    pinned = OIDCIssuer(
        "https://third.example", audience={API}, jwks=documented(jwk_of("RS256", "k3")).decode(), name="third"
    )
    of_third = token_of(provider_claims({"iss": "https://third.example"}), "RS256", "k3")
    web = Web(WEB)

    class Meanwhile:
        """A fetch during which another request is decided."""

        def fetch(self, url: str) -> bytes:
            if url == METADATA:
                # In a thread of its own, for the event loop of this one may be taken.
                other = threading.Thread(target=self.decide)
                other.start()
                other.join()
            return web.fetch(url)

        def decide(self) -> None:
            seen.append(answer(both.decide(of_third, AUTHENTICATED)))

    both = Both(AUTHENTICATED, POOL, awaited=awaited, fetch=Meanwhile().fetch)
    both.verifier.replace_issuers(POOL, SOMEBODY, pinned)
    assert BUG == answer(both.decide(OF_PROVIDER, EDITORS))
    assert [YES] == seen


def test_a_public_route_says_nothing_of_roles_that_were_written_for_others(*, awaited: bool) -> None:
    """It stays public, and whoever comes with a token of the new issuer is nobody there."""
    policy = Policy.from_dict(
        {"version": 1, "roles": {"editor": {"groups": ["editors"]}}, "route": [{"match": "GET /", "allow": "public"}]}
    )
    both = Both(policy, POOL, awaited=awaited)
    known = both.authorize(OF_POOL)
    assert (True, frozenset({"editor"})) == (known.allowed, known.roles)
    both.verifier.replace_issuers(POOL, SOMEBODY)
    unknown = both.authorize(OF_PROVIDER)
    assert (True, None, frozenset()) == (unknown.allowed, unknown.principal, unknown.roles)
    assert (403, Reason.NO_ROUTE, False) == answer(both.authorize(OF_POOL, "/nowhere"))
    assert BUG == answer(both.authorize(OF_PROVIDER, "/nowhere"))


def test_a_public_rule_knows_an_issuer_that_was_added(*, awaited: bool) -> None:
    """Where no rule is on groups, there is nothing to mistake."""
    both = Both(PUBLIC, POOL, awaited=awaited)
    both.verifier.replace_issuers(POOL, SOMEBODY)
    decision = both.authorize(OF_PROVIDER)
    assert decision.principal is not None
    assert "provider" == decision.principal.issuer_name


def test_another_time_is_another_time() -> None:
    """Every token here is of one moment."""
    world = World(POOL, SOMEBODY, GUESTS, clock=lambda: NOW + 86_400)
    assert {"claims.expired"} == {world.refusal(text)[1] for text in (OF_POOL, OF_PROVIDER, OF_GUEST)}
