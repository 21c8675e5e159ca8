"""The performance: a pool is started, the policy loaded from a file, and every scene played."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cogauth import Authorizer, UserPool, Verifier
from cogauth.cli.demo.cast import cast, demo_pool
from cogauth.cli.demo.policy import POOL, demo_policy
from cogauth.cli.demo.role_scenes import ROLE_SCENES, RolePlayed, RoleScene, play_role
from cogauth.cli.demo.scenes import SCENES, Played, Scene, play
from cogauth.cli.exits import Exit
from cogauth.cli.world import World
from cogauth.identity import IdentityPoolRoles

_ROUNDS = 2_000


@dataclass(frozen=True, slots=True)
class Performance:
    """What came of the scenes, and what it took."""

    played: tuple[Played, ...]
    roles: tuple[RolePlayed, ...]
    policy: str
    jwks_uri: str
    requests: int
    """HTTP requests for keys, in all."""
    seconds: float
    """For one decision on a token that was seen before."""

    @property
    def as_expected(self) -> int:
        """How many decisions were the expected ones."""
        return sum(one.as_expected for one in self.played) + sum(one.as_expected for one in self.roles)

    @property
    def every(self) -> int:
        """How many decisions there were."""
        return len(self.played) + len(self.roles)

    @property
    def exit(self) -> Exit:
        """Yes if every decision was the expected one."""
        return Exit.YES if self.as_expected == self.every else Exit.NO


def perform(
    world: World, scenes: tuple[Scene, ...] = SCENES, role_scenes: tuple[RoleScene, ...] = ROLE_SCENES
) -> Performance:
    """Play the scenes with a pool of their own, whose keys are fetched over HTTP from this machine."""
    pool = demo_pool(world.clock)
    tokens = cast(pool, world.clock)
    with pool.serve() as base_url, tempfile.TemporaryDirectory() as folder:
        jwks_uri = f"{base_url}/.well-known/jwks.json"
        policy = demo_policy(jwks_uri)
        file = Path(folder) / "cogauth.toml"
        file.write_text(policy, encoding="utf-8")
        authorizer = Authorizer.from_file(file, clock=world.clock, fetch=world.fetch)
        played = tuple(play(scene, tokens, authorizer) for scene in scenes)
        # The API takes access tokens and the identity pool ID tokens: two verifiers, whose keys are fetched once.
        signed_in = UserPool(POOL, clients={"web", "kiosk"}, token_use="any", jwks_uri=jwks_uri)
        verifier = Verifier(signed_in, clock=world.clock, fetch=world.fetch, keyring=authorizer.verifier.keyring)
        pool_roles = IdentityPoolRoles.from_file(file)
        roles = tuple(play_role(scene, tokens, verifier, pool_roles) for scene in role_scenes)
        return Performance(played, roles, policy, jwks_uri, pool.requests, _seconds_warm(authorizer, tokens))


def _seconds_warm(authorizer: Authorizer, tokens: Mapping[str, str | None]) -> float:
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        authorizer.authorize(tokens["ana"], "GET", "/orders/17")
    return (time.perf_counter() - start) / _ROUNDS
