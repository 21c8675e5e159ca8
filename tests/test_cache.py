"""The cache of verified tokens: bounded, silent about tokens, and never better than its clock and its keys."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from cogauth import Principal
from cogauth._strict import json_object
from cogauth.cache import Entry, TokenCache, allowed
from cogauth.claims import accept
from cogauth.issuers import KeySource
from cogauth.keyring.ring import Keyring
from cogauth.keys import key_table
from tests.support.clocks import Clocks
from tests.support.sources import PATIENCE
from tests.support.tokens import ISSUER, NOW, access_claims, key_document, pinned, signing_key

NAME = TokenCache(1, lambda: NOW).digest
ONE = NAME(b"a.b.c")
ANA: Principal = accept(json_object(json.dumps(access_claims()).encode()), (pinned(),), ISSUER, NOW, 0)


def digests(count: int) -> list[bytes]:
    return [NAME(b"a.b.%d" % number) for number in range(count)]


class World:
    """A cache, its clocks, and a ring that has learned the key k1."""

    def __init__(self, size: int = 4) -> None:
        self.clocks = Clocks()
        self.cache = TokenCache(size, self.clocks.wall)
        self.ring = Keyring(
            KeySource(ISSUER, "https://keys.example"),
            clock=self.clocks.wall,
            monotonic=self.clocks.monotonic,
            chance=lambda: 0.5,
        )
        self.learn("k1")
        self.key = self.ring.keys["k1"]

    def learn(self, *kids: str) -> None:
        attempt = self.ring.attempts.begin(self.ring.turn)
        assert attempt
        self.ring.learn(attempt, key_document(*kids))

    def tick(self, seconds: float) -> None:
        self.clocks.tick(seconds)

    def entry(self, deadline: float = NOW + 3600) -> Entry:
        return Entry(ANA, deadline, self.key, self.ring, self.ring.generation)


def test_a_digest_is_all_that_is_kept_of_a_token() -> None:
    """Whoever reads the memory finds no bearer token, and no two tokens share a name."""
    assert 32 == len(ONE)
    assert ONE == NAME(b"a.b.c")
    assert len(set(digests(1_000)) | {ONE}) == 1_001


def test_a_python_that_must_not_compute_a_hash_computes_another() -> None:
    """In FIPS mode BLAKE2 raises ValueError, and nothing but the name of an entry changes."""

    def refused(_: bytes) -> object:
        raise ValueError

    assert hashlib.sha256 is allowed(refused, hashlib.sha256)
    assert hashlib.sha512 is allowed(refused, hashlib.sha512, hashlib.sha256)


def test_what_is_not_to_be_remembered_has_no_name() -> None:
    """A cache without room does not cost a digest."""
    cache = TokenCache(0, lambda: NOW)
    assert b"" == cache.digest(b"a.b.c")
    assert cache.get(b"") is None


def test_an_entry_is_given_until_its_time_is_over() -> None:
    """At its deadline it is gone for good, though the clock be set back."""
    world = World()
    assert world.cache.get(ONE) is None
    world.cache.put(ONE, world.entry(NOW + 100))
    world.tick(99.9)
    assert ANA is world.cache.get(ONE)
    world.tick(0.1)
    assert world.cache.get(ONE) is None
    world.tick(-50)
    assert world.cache.get(ONE) is None
    assert 0 == len(world.cache)


def test_an_entry_waits_for_fresh_keys() -> None:
    """While the keys are to be renewed it is not given, and not lost either."""
    world = World()
    world.cache.put(ONE, world.entry())
    world.tick(250)
    assert world.cache.get(ONE) is None
    assert 1 == len(world.cache)
    world.learn("k1")
    assert ANA is world.cache.get(ONE)


@pytest.mark.parametrize(
    ("kids", "given"), [(("k1",), True), (("k2", "k1"), True), (("k2",), False)], ids=["kept", "joined", "withdrawn"]
)
def test_an_entry_goes_with_its_key(kids: tuple[str, ...], *, given: bool) -> None:
    """A new document keeps those whose key it shows, and ends the others."""
    world = World()
    world.cache.put(ONE, world.entry())
    world.learn(*kids)
    assert (ANA if given else None) is world.cache.get(ONE)
    assert given == len(world.cache)


def test_an_entry_does_not_come_back_with_its_key() -> None:
    """Once withdrawn, a key that is published again must vouch again."""
    world = World()
    world.cache.put(ONE, world.entry())
    world.learn("k2")
    assert world.cache.get(ONE) is None
    world.tick(60)
    world.learn("k1")
    assert world.cache.get(ONE) is None


def test_an_entry_ends_with_a_key_that_was_replaced_under_its_name() -> None:
    """The `kid` alone vouches for nothing."""
    world = World()
    world.cache.put(ONE, world.entry())
    attempt = world.ring.attempts.begin(world.ring.turn)
    assert attempt
    world.ring.learn(attempt, json.dumps({"keys": [{**signing_key("k2").jwk, "kid": "k1"}]}).encode())
    assert world.cache.get(ONE) is None


def test_keys_that_stayed_are_looked_at_once() -> None:
    """After a new document the entry is noted to be of its generation."""
    world = World()
    world.cache.put(ONE, world.entry())
    world.learn("k1", "k2")
    assert ANA is world.cache.get(ONE)
    world.ring.keys = {}  # no further look is taken, so that nothing is missed
    assert ANA is world.cache.get(ONE)


@pytest.mark.parametrize(
    ("elapsed", "kids", "vouched"),
    [
        pytest.param(250, ("k1",), True, id="the same key"),
        pytest.param(250, ("k2",), False, id="another key"),
        pytest.param(3_600, ("k1",), False, id="too late"),
    ],
)
def test_a_key_that_was_looked_up_anew_vouches(elapsed: float, kids: tuple[str, ...], *, vouched: bool) -> None:
    """For what it vouched for before, within its time."""
    world = World()
    world.cache.put(ONE, world.entry())
    world.tick(elapsed)
    assert (ANA if vouched else None) is world.cache.vouched(ONE, key_table(key_document(*kids)).keys[kids[0]])


def test_nobody_vouches_for_what_is_not_there() -> None:
    """A token that was never verified."""
    world = World()
    assert world.cache.vouched(ONE, world.key) is None


def test_the_oldest_makes_room() -> None:
    """There are never more entries than there is room for."""
    world = World(size=3)
    for digest in digests(5):
        world.cache.put(digest, world.entry())
    assert 3 == len(world.cache)
    assert [None, None, ANA, ANA, ANA] == [world.cache.get(digest) for digest in digests(5)]


def test_an_entry_that_is_put_again_takes_no_more_room() -> None:
    """Nobody has to go for it."""
    world = World(size=2)
    first, second = digests(2)
    for digest in (first, second, second):  # again the younger: the elder, put again, would only take its own place
        world.cache.put(digest, world.entry())
    assert [ANA, ANA] == [world.cache.get(digest) for digest in digests(2)]


def test_no_room_is_no_cache() -> None:
    """Size 0 keeps nothing."""
    world = World(size=0)
    world.cache.put(ONE, world.entry())
    assert world.cache.get(ONE) is None
    assert 0 == len(world.cache)


def test_entries_are_dropped() -> None:
    """One, and one that is not there."""
    world = World()
    for digest in digests(3):
        world.cache.put(digest, world.entry())
    world.cache.drop(digests(1)[0])
    world.cache.drop(ONE)
    assert [None, ANA, ANA] == [world.cache.get(digest) for digest in digests(3)]


def test_many_threads_share_it() -> None:
    """It keeps its bound, and nobody meets an error."""
    world = World(size=8)
    start = threading.Barrier(4, timeout=PATIENCE)
    errors: list[Exception] = []

    def work(offset: int) -> None:
        try:
            start.wait()
            for round_ in range(300):
                digest = digests(16)[(round_ + offset) % 16]
                world.cache.put(digest, world.entry())
                world.cache.get(digest)
                world.cache.drop(digests(16)[round_ % 16])
                assert len(world.cache) <= 8
        except Exception as error:  # noqa: BLE001  told below, where it fails the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number * 4,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [] == errors
