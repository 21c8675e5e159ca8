"""Verifying while the key server, the clock or the process misbehaves: over real connections, blocking and awaiting."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AsyncVerifier, KeysUnavailable, Principal, TokenError, UserPool, Verifier, errors
from cogauth.keyring.need import Need
from cogauth.testing import LocalUserPool
from cogauth.testing.encoding import base64url
from cogauth.transport import DEADLINE
from tests.support.clocks import Clocks
from tests.support.faulty_server import QUICK, FaultyServer, Wire, dripping_body, dripping_headers, faulty, hanging
from tests.support.fronts import Awaiting, Blocking, Front, MakeFront
from tests.support.scripted import Peer, Script, answer, saying
from tests.support.sources import PATIENCE, Source
from tests.support.tokens import CLIENT, ISSUER, NOW, POOL_ID, access_claims, fetched, key_document, token

ONE, TWO = key_document("k1"), key_document("k1", "k2")
HOUR = 3_600.0

KNOWN = [token(access_claims({"jti": f"t{number}", "exp": NOW + 10 * 3600})) for number in range(8)]
NEW = token(access_claims({"exp": NOW + 10 * 3600}), kid="k2")


@pytest.fixture(params=[Blocking, Awaiting])
def front(request: pytest.FixtureRequest) -> Generator[MakeFront]:
    """Makes verifiers, once the blocking kind and once the other."""
    made: list[Front] = []

    def make(*pools: UserPool, clocks: Clocks, source: Source | None = None, **options: Any) -> Front:
        front: Front = request.param(
            *pools, source=source or Wire(), clock=clocks.wall, monotonic=clocks.monotonic, **options
        )
        made.append(front)
        return front

    yield make
    for one in made:
        one.close()


@pytest.fixture
def server() -> Generator[FaultyServer]:
    """A key server that shows one key, and does as it is told from then on."""
    with faulty(ONE) as server:
        yield server


def pool_at(server: FaultyServer, **options: Any) -> UserPool:
    return fetched(jwks_uri=server.url, **options)


def unsigned(number: int, issuer: str = ISSUER) -> str:
    """A token of a key that nobody has: its signature is never looked at, and would take a while to make."""
    header, payload = {"kid": f"x{number}", "alg": "RS256"}, access_claims({"iss": issuer})
    return ".".join([*(base64url(json.dumps(part).encode()) for part in (header, payload)), "A" * 342])


def outcome(front: Front, text: str) -> str:
    """Who it is, or why not."""
    return outcomes(front, [text])[0]


def outcomes(front: Front, texts: list[str], between: Callable[[], None] = lambda: None) -> list[str]:
    """What becomes of each of many, one after the other."""
    ends: list[str] = []

    async def all_of_them() -> None:
        for text in texts:
            between()
            try:
                found = front.verifier.verify(text)
                ends.append(str((found if isinstance(found, Principal) else await found).username))
            except (TokenError, KeysUnavailable) as error:
                ends.append(error.reason)

    if isinstance(front, Awaiting):
        front.run(all_of_them())
    else:
        with pytest.raises(StopIteration):
            all_of_them().send(None)
    return ends


async def until(come: Callable[[], bool]) -> None:
    """Let other tasks go on until it has come true."""
    async with asyncio.timeout(PATIENCE):
        while not come():  # noqa: ASYNC110  what comes is a thread's event or a ring's state
            await asyncio.sleep(0.001)


def arrived(front: Front, server: FaultyServer) -> None:
    """Wait until the server has been asked."""
    if isinstance(front, Awaiting):
        front.run(until(server.asked.is_set))
    assert server.asked.wait(PATIENCE)


def inside(it: object) -> Any:
    """What a test may look at and nobody else."""
    return it


class Waits:
    """How long callers were ready to wait: what each flight was met with."""

    def __init__(self, verifier: Verifier | AsyncVerifier) -> None:
        self.seen: list[float] = []
        flights = inside(verifier)._flights
        meet = flights.meet

        def noting(need: Need) -> Any:
            self.seen.append(need.wait)
            return meet(need)

        flights.meet = noting


# -- The endpoint misbehaves -------------------------------------------------------------------------------------------


class Fault(NamedTuple):
    """What a server does, and what a caller is told who needed it."""

    script: Script
    reason: str
    retry_after: int = 1


JSON = "Content-Type: application/json"
HTML = b"<!doctype html><title>Sign in to the network</title>"

FAULTS = {
    "it hangs": Fault(hanging, "unavailable.deadline"),
    "it drips its headers": Fault(dripping_headers, "unavailable.deadline"),
    "it drips its body": Fault(dripping_body, "unavailable.deadline"),
    "it hangs up": Fault(saying(b""), "unavailable.fetch_failed"),
    "500": Fault(answer(ONE, status="500 x"), "unavailable.http_status"),
    "429": Fault(answer(status="429 x", headers=f"{JSON}\nRetry-After: 120"), "unavailable.http_status", 120),
    "a redirect": Fault(answer(TWO, status="302 x", headers="Location: http://127.0.0.1:1/"), "unavailable.redirect"),
    "10 MB": Fault(answer(b" " * 10_000_000 + TWO), "unavailable.too_large"),
    "an empty set": Fault(answer(b'{"keys":[]}'), "unavailable.invalid"),
    "broken JSON": Fault(answer(TWO[:-2]), "unavailable.invalid"),
    "HTML": Fault(answer(HTML, headers="Content-Type: text/html"), "unavailable.http_status"),
    "HTML that is called JSON": Fault(answer(HTML), "unavailable.invalid"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_endpoint_that_misbehaves(front: MakeFront, server: FaultyServer, fault: Fault) -> None:
    """Known keys wait for nobody, a new one is an outage with a reason and an end, and afterwards all is well."""
    clocks, wire = Clocks(), Wire()
    verifying = front(pool_at(server), source=wire, clocks=clocks)
    verifying.verify(KNOWN[0])
    waits = Waits(verifying.verifier)
    server.behave = fault.script
    if fault.reason == "unavailable.deadline":
        wire.deadline = QUICK
    clocks.tick(300)

    # Old keys: their use has them renewed, in vain, and neither remembered tokens nor others wait for that.
    for text in KNOWN[:3]:
        assert "ana" == verifying.verify(text).username
    assert set(waits.seen) == {0.0}
    verifying.settle()
    assert 2 == server.count
    clocks.tick(150)

    # A new key: an outage within the deadline, and another one at once, for nobody asks again so soon.
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(KeysUnavailable) as caught:
            verifying.verify(NEW)
        assert fault.reason == caught.value.reason
        assert fault.retry_after <= caught.value.retry_after <= max(60, fault.retry_after)
    assert time.monotonic() - started < DEADLINE
    assert 3 == server.count
    waits.seen.clear()
    for text in KNOWN[2:6]:
        assert "ana" == verifying.verify(text).username
    assert set(waits.seen) <= {0.0}

    # It recovers, and so does the verifier, which is the same one.
    server.behave, wire.deadline = answer(TWO), PATIENCE
    clocks.tick(150)
    for text in (*KNOWN, NEW):
        assert "ana" == verifying.verify(text).username
        verifying.settle()
    assert 4 == server.count
    assert [None] == [health.error for health in verifying.verifier.health()]


def test_known_keys_are_given_while_the_server_holds_its_answer(front: MakeFront, server: FaultyServer) -> None:
    """It has been asked and says nothing yet: nobody but the fetch itself waits for it."""
    clocks = Clocks()
    verifying = front(pool_at(server), source=Wire(), clocks=clocks)
    verifying.verify(KNOWN[0])
    server.gate.clear()
    server.asked.clear()
    clocks.tick(300)
    verifying.verify(KNOWN[0])
    arrived(verifying, server)
    ring = verifying.verifier.keyring[ISSUER]
    for text in KNOWN:
        assert ring.flying
        assert "ana" == verifying.verify(text).username
    assert (True, 1) == (ring.flying, ring.generation)
    server.gate.set()
    verifying.settle()
    assert (False, 2, 2) == (ring.flying, ring.generation, server.count)


def test_a_cold_start_in_an_outage(front: MakeFront, server: FaultyServer) -> None:
    """Nothing can be said of any token, each caller is told so in time, and the end of the outage ends it."""
    clocks, wire = Clocks(), Wire(QUICK)
    verifying = front(pool_at(server), source=wire, clocks=clocks)
    server.behave = hanging
    for _ in range(3):
        with pytest.raises(KeysUnavailable) as caught:
            verifying.verify(KNOWN[0])
        assert "unavailable.deadline" == caught.value.reason
    assert 1 == server.count
    server.behave, wire.deadline = answer(ONE), PATIENCE
    clocks.tick(60)
    assert "ana" == verifying.verify(KNOWN[0]).username


def test_an_outage_that_outlasts_the_keys(front: MakeFront, server: FaultyServer) -> None:
    """They serve for `max_stale`; then the outage is told, until it ends."""
    clocks = Clocks()
    verifying = front(pool_at(server), clocks=clocks, max_stale=2 * HOUR)
    verifying.verify(KNOWN[0])
    server.behave = answer(status="503 x")
    for _ in range(7):
        clocks.tick(1_000)
        assert "ana" == verifying.verify(KNOWN[0]).username
        verifying.settle()
    clocks.tick(1_000)
    for text in KNOWN:
        with pytest.raises(KeysUnavailable):
            verifying.verify(text)
    server.behave = answer(ONE)
    clocks.tick(60)
    assert "ana" == verifying.verify(KNOWN[0]).username


# -- Many at once ------------------------------------------------------------------------------------------------------


def test_twenty_threads_start_cold_with_one_request(server: FaultyServer) -> None:
    """All at once, over a real connection."""
    clocks = Clocks()
    verifier = Verifier(pool_at(server), clock=clocks.wall, monotonic=clocks.monotonic, fetch=Wire().fetch)
    start = threading.Barrier(20, timeout=PATIENCE)
    server.gate.clear()

    def work(number: int) -> str | None:
        start.wait()
        return verifier.verify(KNOWN[number % len(KNOWN)]).username

    with ThreadPoolExecutor(20) as pool:
        working = [pool.submit(work, number) for number in range(20)]
        assert server.asked.wait(PATIENCE)
        server.gate.set()
        assert ["ana"] * 20 == [one.result(PATIENCE) for one in working]
    assert 1 == server.count


def test_five_hundred_tasks_start_cold_with_one_request(server: FaultyServer) -> None:
    """And of those that are called off meanwhile, the first among them, the others notice nothing."""
    clocks = Clocks()
    verifier = AsyncVerifier(pool_at(server), clock=clocks.wall, monotonic=clocks.monotonic, fetch=Wire().afetch)
    server.gate.clear()

    async def main() -> Sequence[Principal | BaseException]:
        working = [asyncio.create_task(verifier.verify(KNOWN[number % len(KNOWN)])) for number in range(500)]
        await until(server.asked.is_set)
        for one in working[::2]:
            one.cancel()
        await asyncio.wait(working[::2])
        assert not any(one.done() for one in working[1::2])
        server.gate.set()
        return await asyncio.gather(*working, return_exceptions=True)

    ends = asyncio.run(main())
    assert [asyncio.CancelledError] * 250 == [type(end) for end in ends[::2]]
    assert {"ana"} == {end.username for end in ends[1::2] if isinstance(end, Principal)}
    assert 250 == sum(isinstance(end, Principal) for end in ends)
    assert 1 == server.count


def test_who_waits_too_long_strands_nobody(server: FaultyServer) -> None:
    """A caller whose time is over is told so at once; the one who began waits on and is served."""
    clocks = Clocks()
    verifier = Verifier(pool_at(server), clock=clocks.wall, monotonic=clocks.monotonic, fetch=Wire().fetch)
    server.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(verifier.verify, KNOWN[0])
        assert server.asked.wait(PATIENCE)
        clocks.tick(5)
        with pytest.raises(KeysUnavailable) as caught:
            verifier.verify(KNOWN[1])
        assert "unavailable.deadline" == caught.value.reason
        assert not first.done()
        server.gate.set()
        assert "ana" == first.result(PATIENCE).username
    assert "ana" == verifier.verify(KNOWN[1]).username
    assert 1 == server.count


# -- Made-up keys ------------------------------------------------------------------------------------------------------


def test_ten_thousand_made_up_keys_in_a_minute(front: MakeFront, server: FaultyServer) -> None:
    """Four requests, the first one included; the key that exists is known all the while."""
    clocks = Clocks()
    verifying = front(pool_at(server), clocks=clocks)
    verifying.verify(KNOWN[0])
    texts = [unsigned(number) for number in range(10_000)]
    ends = outcomes(verifying, texts, lambda: clocks.tick(59 / 10_000))
    assert ["key.not_found"] * 10_000 == ends
    assert 2 < server.count <= 4
    for text in KNOWN:
        assert "ana" == verifying.verify(text).username
    assert server.count <= 4


def pools(number: int) -> list[UserPool]:
    """Many pools of which each has one issuer string."""
    ids = [f"eu-west-1_Pool{at:05}" for at in range(number)]
    return [UserPool(one, clients={CLIENT}, issuer=f"https://issuers.example/{one}") for one in ids]


def test_five_thousand_issuers_stay_within_the_budget(front: MakeFront) -> None:
    """Fifty requests in a second, whoever they are for; who is refused may ask a second later."""
    clocks, source = Clocks(), Source(ONE)
    many = pools(5_000)
    verifying = front(*many, clocks=clocks, source=source)
    strings = [pool.sources[0].issuer for pool in many]
    ends = outcomes(verifying, [unsigned(number, issuer) for number, issuer in enumerate(strings)])
    # Each of the made-up keys has its issuer asked once: the document that comes is as new as the question.
    assert ["key.not_found"] * 50 + ["unavailable.busy"] * 4_950 == ends
    assert 50 == source.count
    with pytest.raises(KeysUnavailable) as caught:
        verifying.verify(unsigned(0, strings[-1]))
    assert ("unavailable.busy", 1) == (caught.value.reason, caught.value.retry_after)

    # The refused have asked nobody: neither their pace nor their health knows of it.
    health = verifying.verifier.health()[-1]
    assert (0, None, 0.0) == (health.generation, health.error, health.next_attempt)
    clocks.tick(1)
    good = token(access_claims({"iss": strings[-1]}))
    assert "ana" == verifying.verify(good).username
    assert 51 == source.count

    # Those whose keys are known are served, though there is no room for anybody.
    for issuer in strings[100:200]:
        outcome(verifying, unsigned(1, issuer))
    assert 100 == source.count
    assert "unavailable.busy" == outcome(verifying, unsigned(1, strings[-2]))
    assert "ana" == verifying.verify(token(access_claims({"iss": strings[-1], "jti": "another"}))).username


def test_eight_requests_at_a_time(server: FaultyServer) -> None:
    """The ninth issuer is told that the process is busy, at once; known keys, and old ones, are given all the while."""
    clocks = Clocks()
    many = [
        UserPool(
            f"eu-west-1_Pool{number}",
            clients={CLIENT},
            issuer=f"https://issuers.example/{number}",
            jwks_uri=f"{server.url}/{number}",
            jwks_seed=ONE.decode(),
        )
        for number in range(9)
    ]
    verifier = Verifier(*many, clock=clocks.wall, monotonic=clocks.monotonic, fetch=Wire().fetch)
    issuers, rings = list(verifier.keyring), list(verifier.keyring.values())
    server.gate.clear()
    clocks.tick(300)
    for issuer in issuers[:8]:
        assert "ana" == verifier.verify(token(access_claims({"iss": issuer}))).username
    assert [True] * 8 + [False] == [ring.flying for ring in rings]
    with pytest.raises(KeysUnavailable) as caught:
        verifier.verify(token(access_claims({"iss": issuers[8]}), kid="k2"))
    assert "unavailable.busy" == caught.value.reason
    assert "ana" == verifier.verify(token(access_claims({"iss": issuers[8]}))).username
    assert not rings[8].flying
    server.behave = answer(TWO)
    server.gate.set()
    for ring in rings:
        inside(verifier)._flights.join(ring)
    assert "ana" == verifier.verify(token(access_claims({"iss": issuers[8]}), kid="k2")).username
    assert 9 == server.count


@pytest.mark.parametrize("ticking", [True, False], ids=["time goes on", "time stands"])
def test_warming_keeps_to_the_budget(front: MakeFront, *, ticking: bool) -> None:
    """It waits for room, as long as there is a prospect of any."""

    class Ticking(Clocks):
        def monotonic(self) -> float:
            if ticking:
                self.tick(0.002)
            return super().monotonic()

    source = Source(ONE)
    verifying = front(*pools(120), clocks=Ticking(), source=source)
    if ticking:
        verifying.warm()
        assert 120 == source.count
    else:
        with pytest.raises(KeysUnavailable):
            verifying.warm()
        assert 50 == source.count


# -- Keys come and go --------------------------------------------------------------------------------------------------


class Rotating(NamedTuple):
    """A pool that publishes its keys, and its clocks."""

    pool: LocalUserPool
    issuer: UserPool
    clocks: Clocks


@pytest.fixture
def rotating() -> Generator[Rotating]:
    clocks = Clocks()
    pool = LocalUserPool(POOL_ID, clients={CLIENT}, clock=clocks.wall)
    with pool.serve() as base_url:
        yield Rotating(pool, pool.issuer(jwks_uri=f"{base_url}/.well-known/jwks.json"), clocks)


def some(pool: LocalUserPool) -> list[str]:
    return [pool.mint({"jti": f"t{number}"}) for number in range(50)]


def test_a_rotation_under_load(rotating: Rotating) -> None:
    """No good token is refused, before or after, and the first one of the new key has it fetched."""
    pool, issuer, clocks = rotating
    verifier = Verifier(issuer, clock=clocks.wall, monotonic=clocks.monotonic, cache_size=20, fetch=Wire().fetch)
    old, rotated, stop = some(pool), threading.Event(), threading.Event()
    new: list[str] = []
    counts: list[int] = []

    def load(number: int) -> int:
        verified = 0
        chance = random.Random(number)
        while not stop.is_set():
            verifier.verify(chance.choice(old + new if rotated.is_set() else old))
            verified += 1
        return verified

    with ThreadPoolExecutor(4) as workers:
        working = [workers.submit(load, number) for number in range(4)]
        try:
            verifier.verify(old[0])
            assert 1 == pool.requests
            pool.rotate()
            new.extend(some(pool))
            assert 1 == pool.requests
            rotated.set()
            for text in new:
                verifier.verify(text)
        finally:
            stop.set()
        counts = [one.result(PATIENCE) for one in working]
    assert all(counts)
    assert 2 == pool.requests


def test_a_rotation_under_load_of_tasks(rotating: Rotating) -> None:
    """The same, where one thread does all."""
    pool, issuer, clocks = rotating
    verifier = AsyncVerifier(issuer, clock=clocks.wall, monotonic=clocks.monotonic, cache_size=20, fetch=Wire().afetch)

    async def main() -> None:
        old = some(pool)
        await asyncio.gather(*map(verifier.verify, old))
        assert 1 == pool.requests
        pool.rotate()
        new = some(pool)
        mixed = [text for pair in zip(new, old, strict=True) for text in pair]
        assert 100 == len(await asyncio.gather(*map(verifier.verify, mixed)))

    asyncio.run(main())
    assert 2 == pool.requests


def test_a_withdrawn_key_stops_within_one_refresh(front: MakeFront, rotating: Rotating) -> None:
    """The one renewal that is due five minutes later at the latest: remembered tokens included."""
    pool, issuer, clocks = rotating
    verifying = front(issuer, clocks=clocks, source=Wire())
    stolen = some(pool)
    for text in stolen:
        verifying.verify(text)
    pool.withdraw_key("access")
    clocks.tick(330)
    verifying.verify(stolen[0])
    verifying.settle()
    assert 2 == pool.requests
    for text in stolen:
        with pytest.raises(errors.UnknownKey):
            verifying.verify(text)
    clocks.tick(30)  # the looks for the withdrawn key were attempts
    assert CLIENT == verifying.verify(pool.mint()).client_id


# -- Clocks that jump --------------------------------------------------------------------------------------------------

TIMED = {
    (issued, issued + lifetime): token(access_claims({"iat": issued, "auth_time": issued, "exp": issued + lifetime}))
    for issued in (NOW - 7_200, NOW - 1_800, NOW, NOW + 3_600, NOW + 86_400)
    for lifetime in (300, 3_600, 86_400)
}

jumps = st.lists(
    st.tuples(
        # The wall clock: goes on, is set forward or back by hours, or is days ahead after a snapshot was restored.
        st.sampled_from([0, 1, 30, 299, 3_600, -3_600, 5 * 3_600, -5 * 3_600, 86_400, -86_400, 3 * 86_400]),
        # The other clock never runs backwards; while the machine sleeps it stands.
        st.sampled_from([0, 1, 30, 299, 3_600, 86_400]),
    ),
    max_size=6,
)


@pytest.mark.parametrize("kind", [Blocking, Awaiting])
@given(jumps=jumps, reachable=st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_clocks_that_jump(kind: Callable[..., Front], jumps: list[tuple[int, int]], reachable: list[bool]) -> None:
    """No token is accepted that has expired by then, and no good one refused for longer than a renewal takes."""
    clocks, source = Clocks(), Source(ONE)
    verifying = kind(fetched(), source=source, clock=clocks.wall, monotonic=clocks.monotonic)
    try:
        for (wall, monotonic), answers in zip([(0, 0), *jumps], [True, *reachable], strict=False):
            clocks.now += wall
            clocks.uptime += monotonic
            source.answer = ONE if answers else OSError()
            ends = outcomes(verifying, [*TIMED.values()])
            for (issued, expires), end in zip(TIMED, ends, strict=True):
                if clocks.now >= expires:
                    assert end != "ana"
                elif issued <= clocks.now + 300:  # else it may be remembered, of a time when it was
                    assert end == "ana" or end.startswith("unavailable.")
            verifying.settle()
        # The source can be reached, and the half minute of two attempts or the longest pause is over.
        source.answer = ONE
        clocks.tick(60)
        for (issued, expires), end in zip(TIMED, outcomes(verifying, [*TIMED.values()]), strict=True):
            if issued <= clocks.now + 300 and clocks.now < expires:
                assert "ana" == end
    finally:
        verifying.close()


@pytest.mark.parametrize("hours", [-20, -5, -1, 1, 5, 20])
def test_a_clock_that_jumps_by_hours(front: MakeFront, server: FaultyServer, hours: int) -> None:
    """The keys at hand are looked at anew, at once and without anybody who waits; what is good stays good."""
    clocks = Clocks()
    verifying = front(pool_at(server), source=Wire(), clocks=clocks)
    issued = NOW - 86_400 // 4 * 3 if hours < 0 else NOW
    text = token(access_claims({"iat": NOW + min(hours, 0) * 3600, "auth_time": issued, "exp": NOW + 3_600}))
    long = token(access_claims({"iat": NOW + min(hours, 0) * 3600, "exp": NOW + 3_600 * max(hours + 2, 2)}))
    for one in (text, long):
        assert "ana" == verifying.verify(one).username
    waits = Waits(verifying.verifier)
    clocks.now += hours * HOUR
    assert ("ana" if hours < 1 else "claims.expired") == outcome(verifying, text)
    assert "ana" == verifying.verify(long).username
    verifying.settle()
    assert {0.0} == set(waits.seen)
    assert 2 == server.count
    assert "ana" == verifying.verify(long).username
    assert 2 == server.count


# -- Processes that fork -----------------------------------------------------------------------------------------------

FORKING = Path(__file__).with_name("support") / "forking.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize(
    ("kind", "when"), [("threads", "idle"), ("threads", "flying"), ("tasks", "flying"), ("threads", "locked")]
)
def test_a_fork_after_first_use(server: FaultyServer, kind: str, when: str) -> None:
    """The child verifies with the keys that it got, has others fetched, and waits for nobody of the parent's."""
    release = threading.Event()

    def behave(peer: Peer) -> None:
        # The parent's request is held until its child has had an answer: the child must make one of its own.
        if server.count > 2:
            release.set()
        elif when == "flying" and server.count == 2:
            assert release.wait(PATIENCE)
        answer(TWO)(peer)

    server.behave = behave
    told = {"url": server.url, "seed": ONE.decode(), "known": KNOWN[:2], "new": NEW, "now": NOW, "client": CLIENT}
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(FORKING), kind, when],
        input=json.dumps({**told, "pool": POOL_ID, "issuer": ISSUER}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (0, "child: ana ana ana\nparent: ana ana ana\n") == (ran.returncode, ran.stdout), ran.stderr
    assert 3 == server.count
