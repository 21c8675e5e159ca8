"""The performance: every scene played, with keys that are really fetched."""

from __future__ import annotations

import tomllib

import pytest

from cogauth import Reason
from cogauth.cli.demo.cast import cast, demo_pool
from cogauth.cli.demo.performance import Performance, perform
from cogauth.cli.demo.policy import ADMIN, EDITOR, demo_policy
from cogauth.cli.demo.role_scenes import ROLE_SCENES, RoleScene
from cogauth.cli.demo.scenes import SCENES, Scene
from cogauth.cli.exits import Exit
from cogauth.cli.world import World
from cogauth.identity import Because
from tests.cli.stage import NOW


@pytest.fixture(scope="module")
def performance() -> Performance:
    """All scenes, at NOW."""
    return perform(World(clock=lambda: NOW))


def test_every_decision_is_as_expected(performance: Performance) -> None:
    """Each scene's proof, status and reason; the keys took one request, the forger's unknown one another."""
    expected = [(scene.who, scene.status, scene.reason) for scene in SCENES]
    assert expected == [(one.who, one.decision.status, one.decision.reason) for one in performance.played]
    chosen = [(scene.role_arn, scene.reason) for scene in ROLE_SCENES]
    assert chosen == [(one.role_arn, one.reason) for one in performance.roles]
    every = len(SCENES) + len(ROLE_SCENES)
    assert (Exit.YES, every, every) == (performance.exit, performance.as_expected, performance.every)
    assert 2 == performance.requests


def test_everybody_of_the_cast_plays() -> None:
    """No token is minted for nothing, and each request is worth a scene of its own."""
    assert set(cast(demo_pool(lambda: NOW), lambda: NOW)) == {scene.token for scene in (*SCENES, *ROLE_SCENES)}
    assert len(SCENES) == len({(scene.token, scene.method, scene.path) for scene in SCENES})
    assert len(ROLE_SCENES) == len({(scene.token, scene.asked) for scene in ROLE_SCENES})


def test_one_surprise_is_a_no() -> None:
    """A decision that is not the expected one is noticed: by its status, its reason, or whom it proves."""
    surprises = (
        Scene("ana", "GET", "/orders", "ana", 403, Reason.ALLOWED),
        Scene("ana", "GET", "/orders", "ana", 200, Reason.PUBLIC),
        Scene("ana", "GET", "/orders", "eva", 200, Reason.ALLOWED),
    )
    performance = perform(World(clock=lambda: NOW), surprises, ())
    assert (Exit.NO, 0) == (performance.exit, performance.as_expected)


def test_one_role_that_surprises_is_a_no() -> None:
    """Another role or another reason than the expected one is noticed, beside what is as expected."""
    surprises = (
        RoleScene("ana's ID token", None, ADMIN, Because.PREFERRED_ROLE),
        RoleScene("ana's ID token", None, EDITOR, Because.CUSTOM_ROLE),
        RoleScene("bo's ID token", None, EDITOR, Because.AMBIGUOUS_DENIED),
        RoleScene("bo's, tampered", None, None, Because.AMBIGUOUS_DENIED),
    )
    performance = perform(World(clock=lambda: NOW), SCENES, surprises)
    assert (Exit.NO, len(SCENES)) == (performance.exit, performance.as_expected)


def test_the_policy_is_what_is_shown(performance: Performance) -> None:
    """The text names the keys' place, and is TOML."""
    assert demo_policy(performance.jwks_uri) == performance.policy
    assert performance.jwks_uri == tomllib.loads(performance.policy)["issuer"][0]["jwks_uri"]
    assert performance.jwks_uri.startswith("http://127.0.0.1:")
