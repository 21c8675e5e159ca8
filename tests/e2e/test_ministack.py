"""Tokens that a Cognito of another's making signed, keys fetched over HTTP: the library called directly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Mapping

import pytest

from cogauth import (
    AccessDenied,
    AsyncAuthorizer,
    AsyncVerifier,
    Authorizer,
    Decision,
    KeysUnavailable,
    Principal,
    Verifier,
)
from cogauth.errors import BadSignature, Expired, UnknownKey
from cogauth.transport import afetch, fetch
from devtools.ministack import Ministack
from tests.e2e.apps.guard import environment, issuer, policy
from tests.e2e.scenarios import Scenario, assert_challenge, every_scenario, every_token
from tests.e2e.world import PASSWORD, World

pytestmark = pytest.mark.e2e

Settings = Mapping[str, dict[str, str]]


@pytest.fixture(scope="module")
def verifiers(settings: Settings) -> Mapping[str, Verifier]:
    return {use: Verifier(issuer(env)) for use, env in settings.items()}


@pytest.fixture(scope="module")
def async_verifiers(settings: Settings) -> Mapping[str, AsyncVerifier]:
    return {use: AsyncVerifier(issuer(env)) for use, env in settings.items()}


@pytest.fixture(scope="module")
def loop() -> Generator[asyncio.Runner]:
    """One event loop, because a verifier belongs to the loop it first ran on."""
    with asyncio.Runner() as runner:
        yield runner


class TestScenarios:
    """Every scenario, blocking and with `await`."""

    @every_token
    def test_verify(self, world: World, verifiers: Mapping[str, Verifier], scenario: Scenario) -> None:
        """A good token gives its principal, a bad one exactly the error that says why."""
        verifier = verifiers[scenario.accepts]

        self.check_verdict(world, scenario, verifier.verify)

    @every_token
    def test_verify_async(
        self, world: World, async_verifiers: Mapping[str, AsyncVerifier], loop: asyncio.Runner, scenario: Scenario
    ) -> None:
        """The same with `await`."""
        verifier = async_verifiers[scenario.accepts]

        self.check_verdict(world, scenario, lambda token: loop.run(verifier.verify(token)))

    @every_scenario
    def test_authorize(self, world: World, verifiers: Mapping[str, Verifier], scenario: Scenario) -> None:
        """The decision has the status and the challenge and, where a rule was unmet, what was missing."""
        authorizer = Authorizer(verifiers[scenario.accepts], policy())

        decision = authorizer.authorize(world.token(scenario.token), scenario.method, scenario.path)

        self.check_decision(scenario, decision)

    @every_scenario
    def test_authorize_async(
        self, world: World, async_verifiers: Mapping[str, AsyncVerifier], loop: asyncio.Runner, scenario: Scenario
    ) -> None:
        """The same with `await`."""
        authorizer = AsyncAuthorizer(async_verifiers[scenario.accepts], policy())

        decision = loop.run(authorizer.authorize(world.token(scenario.token), scenario.method, scenario.path))

        self.check_decision(scenario, decision)

    @staticmethod
    def check_verdict(world: World, scenario: Scenario, verify: Callable[[str], Principal]) -> None:
        token = world.tokens[scenario.token]
        if scenario.error is None:
            assert world.subject(scenario.token) == verify(token).subject
            return
        with pytest.raises(scenario.error) as caught:
            verify(token)
        assert scenario.error is type(caught.value)

    @staticmethod
    def check_decision(scenario: Scenario, decision: Decision) -> None:
        assert scenario.status == decision.status
        assert decision.allowed is (scenario.status == 200)
        assert_challenge(scenario, dict(decision.headers).get("WWW-Authenticate"))
        if scenario.status == 401:
            assert decision.principal is None
            with pytest.raises(scenario.error or AccessDenied):
                decision.require()
        if scenario.status == 403:
            assert decision.principal is not None
            assert decision.unmet or decision.route is None
            with pytest.raises(AccessDenied):
                decision.require()


class TestKeys:
    """Where the keys come from, and what happens when they do not."""

    def test_one_fetch(self, world: World, settings: Settings) -> None:
        """Keys are fetched once for any number of tokens, and once more for a kid that is not among them."""
        urls: list[str] = []

        def counting(url: str) -> bytes:
            urls.append(url)
            return fetch(url)

        verifier = Verifier(issuer(settings["access"]), fetch=counting)
        for name in ("ana access", "ben access", "robot", "ana access"):
            verifier.verify(world.tokens[name])
        assert [world.jwks_uri] == urls

        for _ in range(3):
            with pytest.raises(UnknownKey):
                verifier.verify(world.tokens["kid of another pool"])
        assert [world.jwks_uri] * 2 == urls

    def test_one_flight(self, world: World, settings: Settings) -> None:
        """A hundred first callers at once share one fetch."""
        urls: list[str] = []

        async def counting(url: str) -> bytes:
            urls.append(url)
            return await afetch(url)

        async def all_at_once() -> list[Principal]:
            verifier = AsyncVerifier(issuer(settings["access"]), fetch=counting)
            return await asyncio.gather(*(verifier.verify(world.tokens["ana access"]) for _ in range(100)))

        principals = asyncio.run(all_at_once())

        assert {world.subject("ana access")} == {principal.subject for principal in principals}
        assert [world.jwks_uri] == urls

    def test_keys_of_another_pool(self, world: World, settings: Settings) -> None:
        """Nobody else's keys will do, whatever the token says."""
        verifier = Verifier(issuer({**settings["access"], "JWKS_URI": world.other_jwks_uri}))

        with pytest.raises(UnknownKey):
            verifier.verify(world.tokens["ana access"])

    def test_tomorrow(self, world: World, settings: Settings) -> None:
        """A token that is good now is not tomorrow."""
        today = Verifier(issuer(settings["access"]))
        tomorrow = Verifier(issuer(settings["access"]), clock=lambda: time.time() + 90_000)

        assert today.verify(world.tokens["ana access"])
        with pytest.raises(Expired):
            tomorrow.verify(world.tokens["ana access"])

    def test_outage(self, cognito: Ministack) -> None:
        """When the source is gone, who has keys goes on and lets no forgery in; who has none answers 503."""
        with Ministack() as emulator:
            pool = emulator.create_pool("short-lived")
            web = emulator.create_client(pool, "web")
            for name in ("ana", "ben"):
                emulator.add_user(pool, name, PASSWORD)
            ana, ben = (emulator.sign_in(web, name, PASSWORD).access for name in ("ana", "ben"))
            trusted = issuer(environment(pool, frozenset({web}), emulator.jwks_uri(pool), "access"))
            warm, cold = Verifier(trusted), Verifier(trusted)
            warm.verify(ana)

        assert warm.verify(ben)
        with pytest.raises(BadSignature):
            warm.verify(f"{ben.rpartition('.')[0]}.{ana.rpartition('.')[2]}")
        with pytest.raises(KeysUnavailable) as caught:
            cold.verify(ana)
        assert caught.value.retry_after
        assert 503 == Authorizer(cold, policy()).authorize(ana, "GET", "/articles/7").status
