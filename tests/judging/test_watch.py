"""What observers are told of fetches of keys: each once, by those that share a verifier too, and never at a price."""

from __future__ import annotations

import asyncio
import gc
import queue
from typing import Any

import pytest

from cogauth import AUTHENTICATED, AsyncAuthorizer, AsyncVerifier, Authorizer, Group, LoadBalancer, Role, Verifier
from cogauth.events import DecisionMade, Event, KeysFetched
from cogauth.keyring.need import Need
from cogauth.keyring.ring import Keyring
from tests.judging.test_judge import POLICY, later, raising
from tests.support.authorizers import blocking
from tests.support.clocks import Clocks
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import CLIENT, ISSUER, fetched, key_document, pinned, token

KEYS = key_document("k1", "k2")
URL = f"{ISSUER}/.well-known/jwks.json"


class Told:
    """An observer that can be waited for: fetches land in threads of their own."""

    def __init__(self) -> None:
        self.fetches: queue.Queue[KeysFetched] = queue.Queue()
        self.decisions: list[DecisionMade] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, KeysFetched):
            self.fetches.put(event)
        else:
            self.decisions.append(event)

    @property
    def fetch(self) -> KeysFetched:
        """The next fetch, waited for."""
        return self.fetches.get(timeout=PATIENCE)


class Lasting(Source):
    """A source that takes two seconds of the clocks."""

    def __init__(self, answer: bytes | BaseException, clocks: Clocks) -> None:
        super().__init__(answer)
        self._clocks = clocks

    def _give(self) -> bytes:
        self._clocks.tick(2.0)
        return super()._give()


def need_of(ring: Keyring, wait: float = PATIENCE) -> Need:
    """A need of a ring's keys."""
    return Need(ring, ring.turn, wait)


def fetch_keys(verifier: Verifier, need: Need) -> None:
    """Have a verifier do what it does for a request with this need."""
    inside: Any = verifier
    inside._flights.meet(need)


CASES = [
    pytest.param(KEYS, KeysFetched("staff", URL, 2.0, 2, None), 200, id="learned"),
    pytest.param(OSError("no way"), KeysFetched("staff", URL, 2.0, 0, "OSError"), 503, id="failed"),
    pytest.param(b"[]", KeysFetched("staff", URL, 2.0, 0, "jwks.not_a_key_set"), 503, id="no document"),
]


@pytest.mark.parametrize(("answer", "expected", "status"), CASES)
def test_a_fetch_is_told_once(answer: bytes | BaseException, expected: KeysFetched, status: int) -> None:
    """Whose keys, from where, how long it took and what came of it; the decision that waited for it besides."""
    clocks, told = Clocks(), Told()
    source = Lasting(answer, clocks)
    front = blocking(POLICY, observe=told, clocks=clocks, issuers=(fetched(name="staff"),), fetch=source.fetch)
    assert status == front.authorize(token(), "GET", "/orders").status
    event = told.fetch
    assert (expected.issuer, expected.url, expected.seconds, expected.keys) == event_of(event)
    assert (event.error is None) is (expected.error is None)
    assert "no way" not in repr(event)
    assert told.fetches.empty()
    assert [status] == [made.decision.status for made in told.decisions]


@pytest.mark.parametrize(("answer", "expected", "status"), CASES)
def test_a_fetch_in_an_event_loop_is_told_once(
    answer: bytes | BaseException, expected: KeysFetched, status: int
) -> None:
    """As in a thread."""
    clocks, told = Clocks(), Told()
    source = Lasting(answer, clocks)

    async def decide() -> int:
        verifier = AsyncVerifier(
            fetched(name="staff"), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.afetch
        )
        return (await AsyncAuthorizer(verifier, POLICY, observe=told).authorize(token(), "GET", "/orders")).status

    assert status == asyncio.run(decide())
    assert (expected.issuer, expected.url, expected.seconds, expected.keys) == event_of(told.fetch)
    assert told.fetches.empty()


def event_of(event: KeysFetched) -> tuple[str | None, str, float, int]:
    """What is compared of an event."""
    return event.issuer, event.url, event.seconds, event.keys


def test_each_observer_of_a_verifier_is_told_once() -> None:
    """Though several authorizers have it, and one was made for a single rule."""
    clocks, one, other = Clocks(), Told(), Told()
    source = Source(KEYS)
    verifier = Verifier(fetched(), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)
    first = Authorizer(verifier, POLICY, observe=one)
    fronts = [first, first.guarding(Role("editor")), Authorizer(verifier, AUTHENTICATED, observe=other)]
    fronts += [Authorizer(verifier, Group("editors"), observe=one), Authorizer(verifier, Group("editors"))]
    assert [200] * 5 == [front.authorize(token(), "GET", "/orders").status for front in fronts]
    for told in (one, other):
        assert told.fetch.error is None
        assert told.fetches.empty()
    assert 1 == source.count


def test_a_load_balancers_key_is_told_by_its_name() -> None:
    """As the configuration has it, which is not what the header says."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
    told, clocks = Told(), Clocks()
    signer = LoadBalancer(arn, client=CLIENT, issuer=ISSUER)
    verifier = Verifier(pinned(), signer, clock=clocks.wall, monotonic=clocks.monotonic, fetch=Source(OSError()).fetch)
    Authorizer(verifier, POLICY, observe=told)
    ring = verifier.state.signers[arn].ring("12345678-1234-1234-1234-123456789012")
    fetch_keys(verifier, need_of(ring))
    assert signer.name == told.fetch.issuer
    verifier.replace_issuers(pinned())
    clocks.tick(120)
    fetch_keys(verifier, need_of(ring))
    assert told.fetch.issuer is None


def test_keys_of_an_issuer_that_is_no_longer_trusted() -> None:
    """Land all the same, and are nobody's."""
    told, clocks, source = Told(), Clocks(), Source(KEYS)
    source.gate.clear()
    verifier = Verifier(fetched(name="gone"), clock=clocks.wall, monotonic=clocks.monotonic, fetch=source.fetch)
    Authorizer(verifier, AUTHENTICATED, observe=told)
    (ring,) = verifier.keyring.values()
    fetch_keys(verifier, need_of(ring, 0.0))
    verifier.replace_issuers(pinned(issuer="https://other.example"))
    source.gate.set()
    assert (None, URL, 2) == ((event := told.fetch).issuer, event.url, event.keys)


@pytest.mark.parametrize("observe", [raising, later], ids=["raises", "is awaited"])
def test_an_observer_of_fetches_changes_nothing(observe: Any) -> None:
    """The keys are learned, and the request is decided."""
    front = blocking(POLICY, observe=observe, issuers=(fetched(),), fetch=Source(KEYS).fetch)
    assert 200 == front.authorize(token(), "GET", "/orders").status
    gc.collect()


def test_nobody_is_told_where_nobody_observes() -> None:
    """And the fetch lands."""
    source = Source(KEYS)
    front = blocking(POLICY, issuers=(fetched(),), fetch=source.fetch)
    assert 200 == front.authorize(token(), "GET", "/orders").status
    inside: Any = front
    assert [] == inside._verifier._landings
