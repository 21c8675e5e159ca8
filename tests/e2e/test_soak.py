"""The soak, in a few seconds: services are asked while keys, files and processes change, and no answer is wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.soak.story import Story
from benchmarks.soak.truth import BAD_TOKEN, NO_GROUP, NO_KEYS, OK

pytestmark = pytest.mark.e2e


def test_soak(tmp_path: Path) -> None:
    """Everything that the long one does happens here too; `python -m benchmarks.soak` looks at the memory as well."""
    outcome = asyncio.run(Story(tmp_path, seconds=20, rate=150, crowd=60).tell())

    score = outcome.score
    assert [] == score.wrong
    assert {
        "keys rotated",
        "key withdrawn",
        "key source down",
        "policy changed",
        "mistaken policy",
        "worker killed",
        "service restarted",
    } == outcome.events.keys()
    # Both policies were seen, and what is always refused always was.
    assert {OK, NO_GROUP} <= score.answers["good"].keys()
    assert {BAD_TOKEN} <= score.answers["bad signature"].keys() <= {BAD_TOKEN, NO_KEYS, "cut off in a restart"}
    assert {NO_KEYS} <= score.answers["keyless issuer"].keys() <= {NO_KEYS, "cut off in a restart"}
    assert len(score.answers) >= 14
    assert outcome.fetches >= 4
