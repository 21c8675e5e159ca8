"""The performance: a pool is started, the policy loaded from a file, and every scene played."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cogauth import Authorizer
from cogauth.cli.demo.cast import cast, demo_pool
from cogauth.cli.demo.policy import demo_policy
from cogauth.cli.demo.scenes import SCENES, Played, Scene, play
from cogauth.cli.exits import Exit
from cogauth.cli.world import World

_ROUNDS = 2_000


@dataclass(frozen=True, slots=True)
class Performance:
    """What came of the scenes, and what it took."""

    played: tuple[Played, ...]
    policy: str
    jwks_uri: str
    requests: int
    """HTTP requests for keys, in all."""
    seconds: float
    """For one decision on a token that was seen before."""

    @property
    def as_expected(self) -> int:
        """How many decisions were the expected ones."""
        return sum(one.as_expected for one in self.played)

    @property
    def exit(self) -> Exit:
        """Yes if every decision was the expected one."""
        return Exit.YES if self.as_expected == len(self.played) else Exit.NO


def perform(world: World, scenes: tuple[Scene, ...] = SCENES) -> Performance:
    """Play *scenes* with a pool of their own, whose keys are fetched over HTTP from this machine."""
    pool = demo_pool(world.clock)
    tokens = cast(pool, world.clock)
    with pool.serve() as base_url, tempfile.TemporaryDirectory() as folder:
        jwks_uri = f"{base_url}/.well-known/jwks.json"
        policy = demo_policy(jwks_uri)
        file = Path(folder) / "cogauth.toml"
        file.write_text(policy, encoding="utf-8")
        authorizer = Authorizer.from_file(file, clock=world.clock, fetch=world.fetch)
        played = tuple(play(scene, tokens, authorizer) for scene in scenes)
        return Performance(played, policy, jwks_uri, pool.requests, _seconds_warm(authorizer, tokens))


def _seconds_warm(authorizer: Authorizer, tokens: Mapping[str, str | None]) -> float:
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        authorizer.authorize(tokens["ana"], "GET", "/orders/17")
    return (time.perf_counter() - start) / _ROUNDS
