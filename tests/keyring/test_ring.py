"""The keyring: when it asks for keys, what it gives meanwhile, and when it gives up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cogauth.errors import CogAuthError, KeysUnavailable, UnknownKey
from cogauth.issuers import KeySource
from cogauth.jwk import VerificationKey
from cogauth.keyring.attempts import Attempt
from cogauth.keyring.need import Flow, Need
from cogauth.keyring.ring import Keyring
from cogauth.keys import KeyDocumentError, key_table
from cogauth.transport import DEADLINE, FetchError
from tests.support.clocks import Clocks
from tests.support.tokens import ISSUER, NOW, key_document

URL = f"{ISSUER}/.well-known/jwks.json"
ONE, TWO, OTHER = key_document("k1"), key_document("k1", "k2"), key_document("k2")
KEYS: Mapping[str, VerificationKey] = key_table(TWO).keys
DAY = 86_400.0


class World:
    """A ring and its clocks, and what a driver does with it."""

    def __init__(self, source: KeySource | None = None, *, chance: float = 0.5, patience: float = 0.0) -> None:
        self.clocks = Clocks()
        self.ring = Keyring(
            source or KeySource(ISSUER, URL),
            clock=self.clocks.wall,
            monotonic=self.clocks.monotonic,
            max_stale=DAY,
            patience=patience,
            chance=lambda: chance,
        )

    def learned(self, document: bytes) -> World:
        """Have a document asked for and learned, now."""
        self.ring.learn(self.begun(), document)
        return self

    def failed(self, error: BaseException) -> World:
        """Have a document asked for in vain, now."""
        self.ring.attempts.fail(self.begun(), error)
        return self

    def begun(self) -> Attempt:
        """Begin an attempt, now."""
        attempt = self.ring.attempts.begin(self.ring.turn)
        assert attempt
        return attempt

    def tick(self, seconds: float) -> World:
        self.clocks.tick(seconds)
        return self

    def caller(self, kid: str = "k1", alg: str = "RS256") -> Caller:
        return Caller(self.ring, kid, alg)


class Caller:
    """Somebody who looks for a key, step by step."""

    def __init__(self, ring: Keyring, kid: str, alg: str) -> None:
        self.flow = ring.find(kid, alg)
        self.ring = ring

    def first(self) -> Need:
        """Go on to where the ring needs the world, which may go on meanwhile."""
        return next(self.flow)

    def need(self) -> Need:
        """Go on to where the ring needs the world."""
        need = self.first()
        assert self.ring is need.ring
        assert self.ring.turn == need.turn
        return need

    def key(self) -> VerificationKey:
        """Go on to the key, which must come without a further need."""
        with pytest.raises(StopIteration) as end:
            next(self.flow)
        found: VerificationKey = end.value.value
        return found

    def refusal(self) -> tuple[type[CogAuthError], str]:
        """Go on to the refusal, which must come without a further need."""
        with pytest.raises(CogAuthError) as caught:
            next(self.flow)
        return type(caught.value), caught.value.reason


NOT_FOUND = (UnknownKey, "key.not_found")


# -- A cold start ------------------------------------------------------------------------------------------------------


def test_a_cold_ring_asks_and_waits() -> None:
    """As long as a fetch may take; the document brings the key."""
    world = World()
    assert (0, None, False, None, {}) == (
        world.ring.generation,
        world.ring.learned_at,
        world.ring.flying,
        world.ring.error,
        world.ring.keys,
    )
    caller = world.caller()
    assert DEADLINE == caller.need().wait
    world.learned(TWO)
    assert KEYS["k1"] == caller.key()


def test_one_attempt_serves_all() -> None:
    """Whoever comes while it is under way, or saw the turn before it, starts no other."""
    world = World()
    callers = [world.caller(kid) for kid in ("k1", "k2", "k1")]
    needs = [caller.need() for caller in callers]
    attempt, *others = [world.ring.attempts.begin(need.turn) for need in needs]
    assert attempt
    assert [None, None] == others
    assert world.ring.flying
    world.ring.learn(attempt, TWO)
    assert not world.ring.flying
    assert world.ring.attempts.begin(needs[0].turn) is None
    assert [KEYS["k1"], KEYS["k2"], KEYS["k1"]] == [caller.key() for caller in callers]


@pytest.mark.parametrize(("elapsed", "wait"), [(0, 5), (3, 2), (5, 0), (9.9, 0)])
def test_who_joins_late_waits_less(elapsed: float, wait: float) -> None:
    """No longer than until the attempt's own deadline."""
    world = World()
    world.begun()
    world.tick(elapsed)
    assert wait == world.caller().need().wait


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(FetchError("jwks.http_status"), "unavailable.http_status", id="what a fetch found wrong"),
        pytest.param(FetchError("jwks.deadline"), "unavailable.deadline", id="too late"),
        pytest.param(ConnectionRefusedError("10.0.0.1"), "unavailable.ConnectionRefusedError", id="anybody's error"),
        pytest.param(KeyboardInterrupt(), "unavailable.KeyboardInterrupt", id="an interruption"),
    ],
)
def test_a_cold_ring_that_learns_nothing(error: BaseException, reason: str) -> None:
    """It says why, and whoever comes before the pause is over is told so at once."""
    world = World()
    caller = world.caller()
    caller.need()
    world.failed(error)
    assert (KeysUnavailable, reason) == caller.refusal() == world.caller().refusal()


def test_an_answer_that_does_not_come() -> None:
    """The caller's time is over before the attempt's."""
    world = World()
    caller = world.caller()
    world.ring.attempts.begin(caller.need().turn)
    assert (KeysUnavailable, "unavailable.deadline") == caller.refusal()


def test_an_attempt_that_nobody_makes() -> None:
    """A driver that cannot begin one, asked twice, leaves a cold ring with nothing to give."""
    caller = World().caller()
    caller.need()
    caller.need()
    assert (KeysUnavailable, "unavailable.no_keys") == caller.refusal()


def test_a_late_answer_is_an_answer() -> None:
    """It comes too late for one and in time for the next; its age counts from when it was asked for."""
    world = World()
    caller = world.caller()
    attempt = world.ring.attempts.begin(caller.need().turn)
    assert attempt
    caller.refusal()
    world.tick(100)
    world.ring.learn(attempt, ONE)
    assert NOW == world.ring.learned_at
    world.tick(139)
    assert KEYS["k1"] == world.caller().key()
    world.tick(1)
    assert 0 == world.caller().need().wait


@pytest.mark.parametrize("step", range(1, 9))
def test_an_attempt_that_ends_between_two_steps(step: int) -> None:
    """Another thread's lands while a caller sets out to join it: the caller notices, whichever its next step was."""
    world = World().learned(ONE).tick(60)
    ring, steps = world.ring, 0
    attempt = world.begun()
    joined = ring.turn
    world.tick(1)

    class Landing(Clocks):
        def monotonic(self) -> float:
            nonlocal steps
            steps += 1
            if steps == step:
                ring.learn(attempt, ONE)
            return world.clocks.monotonic()

    inside: Any = ring
    inside._monotonic = inside.attempts._monotonic = Landing().monotonic
    need = world.caller("k2").first()
    if need.wait < DEADLINE:
        assert joined == need.turn


# -- Fresh, and no longer fresh ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chance", "until"),
    [pytest.param(0.0, 216.0, id="early"), pytest.param(0.5, 240.0, id="middle"), pytest.param(1.0, 264.0, id="late")],
)
def test_fresh_keys_are_given_at_once(chance: float, until: float) -> None:
    """For four fifths of five minutes, give or take a tenth; then their next use asks, and waits for nothing."""
    world = World(chance=chance).learned(ONE)
    world.tick(until - 0.001)
    assert world.ring.fresh()
    assert KEYS["k1"] == world.caller().key()
    world.tick(0.002)
    assert not world.ring.fresh()
    caller = world.caller()
    assert 0 == caller.need().wait
    assert KEYS["k1"] == caller.key()


def test_nobody_asks_when_nobody_comes() -> None:
    """Time alone starts no attempt: only a caller does."""
    world = World().learned(ONE).tick(3_600)
    assert (1, False) == (world.ring.generation, world.ring.flying)


def test_a_known_key_waits_for_nobody() -> None:
    """Neither while an attempt is under way nor after a failure."""
    world = World().learned(ONE).tick(1_000)
    attempt = world.begun()
    caller = world.caller()
    assert 0 == caller.need().wait
    assert KEYS["k1"] == caller.key()
    world.ring.attempts.fail(attempt, FetchError("jwks.http_status"))
    assert KEYS["k1"] == world.caller().key()


def test_patience_is_waited_for() -> None:
    """Where nothing runs between requests, a known key waits a little for its renewal, and is given in any case."""
    world = World(patience=0.3).learned(ONE).tick(1_000)
    caller = world.caller()
    assert 0.3 == caller.need().wait
    assert KEYS["k1"] == caller.key()


def test_a_renewal_begins_a_new_life() -> None:
    """Fresh again, with another generation and date."""
    world = World().learned(ONE).tick(1_000).learned(TWO)
    assert (2, NOW + 1_000) == (world.ring.generation, world.ring.learned_at)
    assert KEYS["k2"] == world.caller("k2").key()


@pytest.mark.parametrize("elapsed", [241.0, 3_600.0, DAY - 1])
def test_old_keys_serve_while_the_source_is_down(elapsed: float) -> None:
    """For as long as they may."""
    world = World().learned(ONE).tick(elapsed).failed(FetchError("jwks.http_status"))
    assert KEYS["k1"] == world.caller().key()
    world.tick(0.999)
    assert KEYS["k1"] == world.caller().key()


def test_keys_that_are_too_old_serve_nobody() -> None:
    """At `max_stale` the ring asks, waits, and has nothing to give but an error."""
    world = World().learned(ONE).tick(DAY)
    caller = world.caller()
    assert DEADLINE == caller.need().wait
    world.failed(FetchError("jwks.http_status"))
    assert (KeysUnavailable, "unavailable.http_status") == caller.refusal()
    assert (KeysUnavailable, "unavailable.http_status") == world.caller().refusal()
    recovered = world.tick(30).caller()
    recovered.need()
    world.learned(ONE)
    assert KEYS["k1"] == recovered.key()


@pytest.mark.parametrize("clock", ["wall", "monotonic"])
def test_either_clock_ends_an_old_set(clock: str) -> None:
    """A sleeping machine stops one of them, and a set clock jumps."""
    world = World().learned(ONE)
    if clock == "wall":
        world.clocks.now += DAY
    else:
        world.clocks.uptime += DAY
    assert DEADLINE == world.caller().need().wait


@pytest.mark.parametrize(
    ("wall", "monotonic", "fresh"),
    [
        pytest.param(59.9, 0.0, True, id="a little ahead"),
        pytest.param(-59.9, 0.0, True, id="a little behind"),
        pytest.param(60.0, 0.0, False, id="ahead: a machine slept"),
        pytest.param(-60.0, 0.0, False, id="behind: a snapshot was restored"),
        pytest.param(100.0, 100.0, True, id="both alike"),
        pytest.param(0.0, 100.0, False, id="the other one stopped"),
    ],
)
def test_clocks_that_part_make_keys_old(wall: float, monotonic: float, *, fresh: bool) -> None:
    """By more than a minute: the keys still serve, and are asked for at once."""
    world = World().learned(ONE)
    world.clocks.now += wall
    world.clocks.uptime += monotonic
    assert fresh == world.ring.fresh()
    caller = world.caller()
    if not fresh:
        assert 0 == caller.need().wait
    assert KEYS["k1"] == caller.key()


def test_keys_that_are_too_old_when_they_come() -> None:
    """A machine that falls asleep over each answer gives up after two."""
    world = World()
    caller = world.caller("k2")
    for _ in range(2):
        assert DEADLINE == caller.need().wait
        world.learned(ONE).tick(DAY)
    assert (KeysUnavailable, "unavailable.no_keys") == caller.refusal()


def test_clocks_that_parted_are_compared_anew() -> None:
    """After a renewal their distance is the new measure."""
    world = World().learned(ONE)
    world.clocks.now += 1_000
    assert not world.ring.fresh()
    assert world.learned(ONE).ring.fresh()


# -- Keys come and go --------------------------------------------------------------------------------------------------


def test_a_key_that_was_rotated_in_is_found() -> None:
    """The set is fresh, so an unknown `kid` asks by itself, and waits."""
    world = World().learned(ONE).tick(60)
    caller = world.caller("k2")
    assert DEADLINE == caller.need().wait
    world.learned(TWO)
    assert KEYS["k2"] == caller.key()


def test_a_key_that_was_withdrawn_is_gone() -> None:
    """With the first document that lacks it: a new set is never mixed with an old one."""
    world = World().learned(TWO)
    key = KEYS["k1"]
    assert world.ring.still_has(key)
    caller = world.tick(1_000).caller()
    assert 0 == caller.need().wait
    world.learned(OTHER)
    assert not world.ring.still_has(key)
    assert DEADLINE == caller.need().wait
    world.learned(OTHER)
    assert NOT_FOUND == caller.refusal()


def test_a_key_that_was_replaced_under_its_name_is_another() -> None:
    """The old one is no longer had."""
    world = World().learned(ONE)
    document = key_document("k2").replace(b'"k2"', b'"k1"')
    world.tick(1_000).learned(document)
    assert "k1" in world.ring.keys
    assert not world.ring.still_has(KEYS["k1"])


@pytest.mark.parametrize(
    ("alg", "reason"),
    [
        ("ES256", "key.type_mismatch"),
        ("PS256", "key.alg_mismatch"),
        ("RS512", "key.alg_mismatch"),
        ("EdDSA", "key.type_mismatch"),
        ("HS256", "key.alg_mismatch"),
        ("none", "key.alg_mismatch"),
        ("", "key.alg_mismatch"),
    ],
)
def test_a_key_is_for_its_algorithm(alg: str, reason: str) -> None:
    """A token that names the key for another has no key."""
    world = World().learned(ONE)
    assert (UnknownKey, reason) == world.caller(alg=alg).refusal()
    assert world.ring.known("k1", alg) is None


@pytest.mark.parametrize(
    ("kid", "elapsed", "known"), [("k1", 0, True), ("k1", 1_000, False), ("k2", 0, False)], ids=["yes", "old", "no"]
)
def test_a_key_that_is_at_hand(kid: str, elapsed: float, *, known: bool) -> None:
    """It is given without a flow where no flow would need anything."""
    world = World().learned(ONE).tick(elapsed)
    assert (KEYS["k1"] if known else None) == world.ring.known(kid, "RS256")


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"<html>", b'{"keys":[]}', b'{"keys":[{"kty":"EC","kid":"k9"}]}', ONE[:-3], ONE * 2]
)
def test_a_bad_document_changes_nothing(document: bytes) -> None:
    """It counts as a failure, and the good set serves on."""
    world = World().learned(ONE)
    before = (world.ring.keys, world.ring.generation, world.ring.learned_at)
    world.tick(1_000).learned(document)
    assert before == (world.ring.keys, world.ring.generation, world.ring.learned_at)
    assert (world.ring.error or "").startswith("jwks.")
    assert KEYS["k1"] == world.caller().key()
    assert world.ring.attempts.begin(world.ring.turn) is None


@pytest.mark.parametrize("document", [ONE.decode(), None, 5, ["keys"]], ids=["text", "none", "number", "list"])
def test_what_is_no_document_changes_nothing(document: object) -> None:
    """Nor does a fetcher that gives text or nothing leave the ring waiting for ever."""
    world = World().learned(ONE).tick(1_000)
    world.ring.learn(world.begun(), document)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert ("TypeError", False) == (world.ring.error, world.ring.flying)
    assert KEYS["k1"] == world.caller().key()


# -- Keys that nobody has ----------------------------------------------------------------------------------------------


def test_invented_keys_are_looked_for_twice() -> None:
    """In thirty seconds; then each further one is refused without asking."""
    world = World().learned(ONE).tick(100)
    for kid in ("a", "b"):
        caller = world.tick(1).caller(kid)
        caller.need()
        world.learned(ONE)
        assert NOT_FOUND == caller.refusal()
    assert [NOT_FOUND] * 3 == [world.caller(kid).refusal() for kid in ("a", "b", "c")]
    world.tick(28.9)
    assert NOT_FOUND == world.caller("c").refusal()
    world.tick(0.2)
    assert DEADLINE == world.caller("c").need().wait


def test_an_invented_key_is_remembered() -> None:
    """For half a minute, though another attempt is allowed; and it does not keep a genuine one out."""
    world = World().learned(ONE).tick(100)
    caller = world.caller("a")
    caller.need()
    world.learned(ONE)
    caller.refusal()
    assert NOT_FOUND == world.caller("a").refusal()
    genuine = world.caller("k2")
    genuine.need()
    world.learned(TWO)
    assert KEYS["k2"] == genuine.key()


def test_an_invented_key_is_forgotten_in_time() -> None:
    """After half a minute it is looked for again: it may be in by now."""
    world = World().learned(ONE).tick(100)
    caller = world.caller("k2")
    caller.need()
    world.learned(ONE)
    caller.refusal()
    world.tick(30.1)
    again = world.caller("k2")
    again.need()
    world.learned(TWO)
    assert KEYS["k2"] == again.key()


def test_the_memory_for_invented_keys_is_bounded() -> None:
    """More than a hundred who waited for one attempt: the last is remembered, and the first may ask again."""
    world = World().learned(ONE).tick(100)
    callers = [world.caller(f"x{number}") for number in range(129)]
    for caller in callers:
        caller.need()
    world.learned(ONE)
    for caller in callers:
        assert NOT_FOUND == caller.refusal()
    assert NOT_FOUND == world.caller("x128").refusal()
    assert DEADLINE == world.caller("x0").need().wait


def test_an_unknown_key_while_the_source_is_down() -> None:
    """Nobody knows whether it exists: an outage, and no fault of the token's."""
    world = World().learned(ONE).tick(100)
    caller = world.caller("k2")
    caller.need()
    world.failed(FetchError("jwks.http_status"))
    assert (KeysUnavailable, "unavailable.http_status") == caller.refusal()
    assert (KeysUnavailable, "unavailable.http_status") == world.caller("k2").refusal()


def test_an_outage_that_ended_is_forgotten() -> None:
    """A key that is not in the good document is unknown, whatever went wrong before it came."""
    world = World().failed(FetchError("jwks.http_status")).tick(60)
    caller = world.caller("k2")
    caller.need()
    world.learned(ONE)
    assert NOT_FOUND == caller.refusal()


def test_failures_count_among_the_attempts() -> None:
    """After two of them the third caller waits for the half minute, whatever the pauses were."""
    world = World(chance=0.0)
    world.failed(FetchError("jwks.http_status")).tick(1)
    world.failed(FetchError("jwks.http_status")).tick(1)
    assert (KeysUnavailable, "unavailable.http_status") == world.caller().refusal()
    world.tick(27.9)
    assert (KeysUnavailable, "unavailable.http_status") == world.caller().refusal()
    world.tick(0.2)
    assert DEADLINE == world.caller().need().wait


def test_five_thousand_invented_keys_make_two_attempts() -> None:
    """And the key that exists is found all the while."""
    world = World().learned(ONE).tick(100)
    attempts = 0
    for number in range(5_000):
        caller = world.tick(0.001).caller(f"x{number}")
        try:
            need = next(caller.flow)
        except UnknownKey:
            continue
        attempt = world.ring.attempts.begin(need.turn)
        assert attempt
        attempts += 1
        world.ring.learn(attempt, ONE)
        assert NOT_FOUND == caller.refusal()
    assert 2 == attempts
    assert KEYS["k1"] == world.caller().key()


# -- When to come back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        pytest.param(OSError(), 2, id="after the pause"),
        pytest.param(FetchError("jwks.http_status", retry_after=0), 2, id="no sooner than the pause"),
        pytest.param(FetchError("jwks.http_status", retry_after=120), 120, id="when the source says"),
    ],
)
def test_an_outage_tells_when_to_come_back(error: BaseException, seconds: int) -> None:
    """In whole seconds, rounded up; until then nobody asks."""
    world = World(chance=0.5).failed(error)
    with pytest.raises(KeysUnavailable) as caught:
        next(world.ring.find("k1", "RS256"))
    assert seconds == caught.value.retry_after
    world.tick(seconds)
    assert DEADLINE == world.caller().need().wait


def test_an_outage_never_says_at_once() -> None:
    """Even where an attempt is allowed now, a second is the least."""
    caller = World().caller()
    for _ in range(2):
        caller.need()
    with pytest.raises(KeysUnavailable) as caught:
        next(caller.flow)
    assert 1 == caught.value.retry_after


def test_the_second_attempt_in_vain_tells_the_half_minute() -> None:
    """It is the number of attempts that makes the next one wait."""
    world = World(chance=0.0).failed(OSError()).tick(1).failed(OSError())
    with pytest.raises(KeysUnavailable) as caught:
        next(world.ring.find("k1", "RS256"))
    assert 29 == caught.value.retry_after


# -- Attempts that are called off --------------------------------------------------------------------------------------


def test_an_attempt_that_was_called_off_is_made_anew() -> None:
    """By whoever still waits: it was somebody else's event loop that ended, and not the source that failed."""
    world = World()
    caller = world.caller()
    attempt = world.ring.attempts.begin(caller.need().turn)
    assert attempt
    world.ring.attempts.abandon(attempt)
    assert (False, 0, None) == (world.ring.flying, world.ring.turn, world.ring.error)
    assert DEADLINE == caller.need().wait
    world.learned(ONE)
    assert KEYS["k1"] == caller.key()


@pytest.mark.parametrize("kid", ["k1", "k2"])
def test_attempts_that_were_all_called_off(kid: str) -> None:
    """Nobody knows whether the key exists: an outage, and no fault of the token's."""
    world = World()
    if kid == "k2":
        world.learned(ONE).tick(100)
    caller = world.caller(kid)
    for _ in range(2):
        attempt = world.ring.attempts.begin(caller.need().turn)
        assert attempt
        world.ring.attempts.abandon(attempt)
    assert (KeysUnavailable, "unavailable.no_keys") == caller.refusal()


def test_attempts_that_were_called_off_count() -> None:
    """Whoever calls off every one of them must not storm the source."""
    world = World()
    for _ in range(2):
        world.ring.attempts.abandon(world.begun())
    assert world.ring.attempts.begin(world.ring.turn) is None
    assert world.tick(30).ring.attempts.begin(world.ring.turn)


def test_the_answer_to_an_attempt_that_was_called_off() -> None:
    """Nobody looks at it, whether another attempt is under way or has ended; that one's answer is what counts."""
    world = World()
    first = world.begun()
    world.ring.attempts.abandon(first)
    second = world.begun()
    world.ring.learn(first, TWO)
    world.ring.attempts.fail(first, OSError())
    assert (True, 0, None) == (world.ring.flying, world.ring.generation, world.ring.error)
    world.ring.learn(second, ONE)
    world.ring.learn(first, TWO)
    assert ({"k1"}, 1, 1) == (set(world.ring.keys), world.ring.generation, world.ring.turn)


# -- Attempts that do not end ------------------------------------------------------------------------------------------


def test_an_attempt_that_does_not_end_has_failed() -> None:
    """After ten seconds, in which two documents could have come; the pause counts from then, and another begins."""
    world = World().learned(ONE).tick(1_000)
    hanging = world.begun()
    world.tick(9.9)
    assert world.ring.attempts.begin(world.ring.turn) is None
    assert world.ring.flying
    world.tick(0.1)
    assert world.ring.attempts.begin(world.ring.turn) is None
    assert (False, "jwks.deadline", 2) == (world.ring.flying, world.ring.error, world.ring.turn)
    world.tick(1.5)
    assert world.ring.attempts.begin(world.ring.turn) not in (None, hanging)
    assert KEYS["k1"] == world.caller().key()


def test_who_comes_long_after_an_attempt_that_does_not_end() -> None:
    """Waits for one of its own, as if the other had never been."""
    world = World()
    hanging = world.begun()
    world.tick(60)
    caller = world.caller()
    assert DEADLINE == caller.need().wait
    world.learned(ONE)
    world.ring.learn(hanging, TWO)
    assert (KEYS["k1"], {"k1"}) == (caller.key(), set(world.ring.keys))


def test_a_renewal_that_does_not_end_is_made_anew_by_the_next_caller() -> None:
    """Who has a key in hand and waits for nobody: the need is of the turn that the failure has begun."""
    world = World().learned(ONE).tick(1_000)
    world.begun()
    caller = world.tick(60).caller()
    assert world.ring.attempts.begin(caller.need().turn)
    assert KEYS["k1"] == caller.key()


def test_who_comes_just_after_an_attempt_that_did_not_end() -> None:
    """Is told that the source does not answer, and when to come back."""
    world = World()
    world.begun()
    world.tick(10.5)
    with pytest.raises(KeysUnavailable) as caught:
        next(world.ring.find("k1", "RS256"))
    assert ("unavailable.deadline", 1) == (caught.value.reason, caught.value.retry_after)


# -- All keys ----------------------------------------------------------------------------------------------------------


def given(flow: Flow[Mapping[str, VerificationKey]]) -> set[str]:
    """The names of all keys, which must come without a further need."""
    with pytest.raises(StopIteration) as end:
        next(flow)
    return set(end.value.value)


def test_all_keys_are_given_at_once_while_they_may_serve() -> None:
    """Old ones have themselves renewed, and nobody waits for that."""
    world = World().learned(TWO)
    assert {"k1", "k2"} == given(world.ring.all())
    flow = world.tick(1_000).ring.all()
    assert 0 == next(flow).wait
    assert {"k1", "k2"} == given(flow)


def test_all_keys_are_waited_for_where_there_are_none() -> None:
    """As long as a fetch may take, whoever makes it."""
    world = World()
    flows = [world.ring.all() for _ in range(2)]
    assert DEADLINE == next(flows[0]).wait
    attempt = world.begun()
    assert DEADLINE == next(flows[1]).wait
    world.ring.learn(attempt, ONE)
    assert [{"k1"}, {"k1"}] == [given(flow) for flow in flows]


def test_all_keys_anew() -> None:
    """As often as an issuer may be asked; then those at hand are given."""
    world = World().learned(ONE)
    flow = world.ring.all(anew=True)
    assert DEADLINE == next(flow).wait
    world.learned(TWO)
    assert {"k1", "k2"} == given(flow)
    assert {"k1", "k2"} == given(world.ring.all(anew=True))


@pytest.mark.parametrize(
    ("flying", "reason"), [(False, "unavailable.http_status"), (True, "unavailable.deadline")], ids=["failed", "late"]
)
def test_all_keys_of_a_source_that_gives_none(reason: str, *, flying: bool) -> None:
    """There are none, and it is told why."""
    world = World()
    flow = world.ring.all()
    next(flow)
    if flying:
        world.begun()
    else:
        world.failed(FetchError("jwks.http_status"))
    with pytest.raises(KeysUnavailable) as caught:
        next(flow)
    assert reason == caught.value.reason


def test_all_keys_that_are_pinned() -> None:
    """Nothing is asked for, anew or not."""
    assert {"k1"} == given(World(PINNED).ring.all(anew=True))


# -- Keys that are given -----------------------------------------------------------------------------------------------

PINNED = KeySource(ISSUER, URL, pinned=key_table(ONE))


def test_pinned_keys_are_never_asked_for() -> None:
    """However old they are, wherever the clocks stand, and whatever `kid` a token names."""
    world = World(PINNED)
    for _ in range(3):
        assert KEYS["k1"] == world.caller().key()
        assert NOT_FOUND == world.caller("k2").refusal()
        assert world.ring.attempts.begin(world.ring.turn) is None
        world.tick(10 * 365 * DAY)
        world.clocks.now -= 7 * DAY
    assert (1, True) == (world.ring.generation, world.ring.fresh())


def seeded(age: float | None) -> World:
    """A ring with a seed that was written so many seconds ago."""
    date = None if age is None else NOW - age
    return World(KeySource(ISSUER, URL, seed=key_table(ONE), seed_date=date))


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        pytest.param(None, None, id="without a date"),
        pytest.param(0.0, None, id="of now"),
        pytest.param(-DAY, None, id="of tomorrow"),
        pytest.param(239.0, None, id="fresh"),
        pytest.param(240.0, 0.0, id="to be renewed"),
        pytest.param(DAY - 1, 0.0, id="as old as may be"),
        pytest.param(DAY, DEADLINE, id="too old to serve"),
        pytest.param(400 * DAY, DEADLINE, id="of last year"),
    ],
)
def test_a_seed_is_used_at_once_and_ages(age: float | None, wait: float | None) -> None:
    """It counts from its date, and is refreshed like any other."""
    caller = seeded(age).caller()
    if wait is not None:
        assert wait == caller.need().wait
    if wait == DEADLINE:
        caller.need()
        assert (KeysUnavailable, "unavailable.no_keys") == caller.refusal()
    else:
        assert KEYS["k1"] == caller.key()


@pytest.mark.parametrize(("age", "date"), [(None, NOW), (-DAY, NOW), (0, NOW), (50, NOW - 50)])
def test_a_seed_has_a_date(age: float | None, date: float) -> None:
    """That of its file, or now; a file from the future is from now."""
    assert date == seeded(age).ring.learned_at


def test_a_seed_grows_old() -> None:
    """A hundred seconds old at the start, it has a hundred and forty fresh ones left."""
    world = seeded(100)
    assert NOW - 100 == world.ring.learned_at
    assert world.tick(139).ring.fresh()
    assert not world.tick(2).ring.fresh()
    world.learned(OTHER)
    assert {"k2"} == set(world.ring.keys)


# -- Health ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "keys", "generation", "age", "error", "next_attempt"),
    [
        pytest.param(World(), 0, 0, None, None, 0, id="cold"),
        pytest.param(World().learned(TWO).tick(7), 2, 1, 7, None, 0, id="learned"),
        pytest.param(World().failed(FetchError("jwks.tls")), 0, 0, None, "jwks.tls", 1.5, id="failed"),
        pytest.param(World().learned(ONE).tick(9).failed(OSError()), 1, 1, 9, "OSError", 21, id="failed since"),
        pytest.param(World().learned(ONE).tick(DAY), 0, 1, DAY, None, 0, id="too old to serve"),
        pytest.param(seeded(50), 1, 1, 50, None, 0, id="a seed"),
        pytest.param(World(PINNED).tick(9), 1, 1, None, None, 0, id="pinned"),
    ],
)
def test_health_tells_how_the_keys_are(
    world: World, keys: int, generation: int, age: float | None, error: str | None, next_attempt: float
) -> None:
    """How many, how old, what went wrong, and when the next attempt may be."""
    expected = (ISSUER, "staff", URL, keys, generation, age, error, next_attempt)
    assert expected == world.ring.health(ISSUER, "staff")


# -- Which documents ---------------------------------------------------------------------------------------------------

PROVIDER = "https://idp.example"
METADATA = f"{PROVIDER}/.well-known/openid-configuration"
NAMES_KEYS = b'{"issuer": "https://idp.example", "jwks_uri": "https://keys.example/k"}'
MOVED = b'{"issuer": "https://idp.example", "jwks_uri": "https://keys.example/moved"}'


def asked(ring: Keyring, *answers: bytes) -> list[str]:
    """Which URLs a ring asks for in one attempt, if it is answered so; the last answer is what it learns."""
    attempt = ring.attempts.begin(ring.turn)
    assert attempt
    asking, urls = ring.asking(attempt), list[str]()
    try:
        urls.append(next(asking))
        for answer in answers:
            urls.append(asking.send(answer))
    except StopIteration as end:
        ring.learn(attempt, end.value)
    except KeyDocumentError as error:
        ring.attempts.fail(attempt, error)
    return urls


def discovering() -> World:
    """A ring whose source's URL is that of an issuer's metadata."""
    return World(KeySource(PROVIDER, METADATA, discovery=True))


def test_a_key_document_is_asked_for_by_its_url() -> None:
    """And by nothing else."""
    world = World()
    assert [URL] == asked(world.ring, ONE)
    assert ["k1"] == list(world.ring.keys)


def test_a_key_document_is_discovered_once() -> None:
    """The metadata first; later the document alone."""
    world = discovering()
    assert [METADATA, "https://keys.example/k"] == asked(world.ring, NAMES_KEYS, ONE)
    assert ["https://keys.example/k"] == asked(world.tick(600).ring, TWO)
    assert (["k1", "k2"], 2) == (list(world.ring.keys), world.ring.generation)


@pytest.mark.parametrize(
    "failed_with", [FetchError("jwks.http_status"), TimeoutError(), KeyDocumentError("jwks.invalid")]
)
def test_a_key_document_is_discovered_again_after_a_failure(failed_with: Exception) -> None:
    """It may have moved; and the next time it is where it was found last."""
    world = discovering()
    asked(world.ring, NAMES_KEYS, ONE)
    world.tick(600).failed(failed_with)
    assert [METADATA, "https://keys.example/moved"] == asked(world.tick(600).ring, MOVED, TWO)
    assert ["https://keys.example/moved"] == asked(world.tick(600).ring, OTHER)
    assert ["k2"] == list(world.ring.keys)


def test_what_is_discovered_too_late_is_not_kept() -> None:
    """The answer to an attempt that was called off must not say where the next one looks."""
    world = discovering()
    late = world.begun()
    asking = world.ring.asking(late)
    next(asking)
    world.ring.attempts.abandon(late)
    assert [METADATA, "https://keys.example/k"] == asked(world.ring, NAMES_KEYS, ONE)
    assert "https://keys.example/moved" == asking.send(MOVED)
    assert ["https://keys.example/k"] == asked(world.tick(600).ring, TWO)


def test_a_key_document_that_cannot_be_used_is_a_failure() -> None:
    """So that the next attempt begins with the metadata."""
    world = discovering()
    assert [METADATA, "https://keys.example/k"] == asked(world.ring, NAMES_KEYS, b"<html>")
    assert "jwks.invalid" == world.ring.error
    assert [METADATA, "https://keys.example/moved"] == asked(world.tick(600).ring, MOVED, ONE)
    assert world.ring.error is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"<html>", "jwks.discovery_invalid", id="no metadata"),
        pytest.param(ONE, "jwks.discovery_issuer", id="the keys themselves"),
        pytest.param(NAMES_KEYS.replace(b"idp", b"evil"), "jwks.discovery_issuer", id="another issuer's"),
        pytest.param(NAMES_KEYS.replace(b"https://keys", b"http://keys"), "jwks.discovery_uri", id="keys over http"),
    ],
)
def test_metadata_that_will_not_do_is_a_failure(answer: bytes, reason: str) -> None:
    """Nothing is learned, nothing that was learned is lost, and no key document is asked for."""
    world = discovering()
    assert [METADATA] == asked(world.ring, answer)
    assert (reason, 0, {}) == (world.ring.error, world.ring.generation, world.ring.keys)
    asked(world.tick(600).ring, NAMES_KEYS, ONE)
    world.tick(600).failed(TimeoutError())
    assert [METADATA] == asked(world.tick(600).ring, answer)
    assert (reason, 1, ["k1"]) == (world.ring.error, world.ring.generation, list(world.ring.keys))


def test_a_budget_that_is_spent_refuses_the_need() -> None:
    """Whoever has no key is told to come back; nothing was attempted, and the next one may be in time."""
    world = World()
    caller = world.caller()
    need = caller.need()
    need.refused = True
    assert (KeysUnavailable, "unavailable.busy") == caller.refusal()
    assert (0, None) == (world.ring.turn, world.ring.error)
    assert KEYS["k1"] == world.learned(ONE).ring.known("k1", "RS256")
