"""The proof by random tables, in small; `python -m devtools.prove_iam` is the whole."""

from __future__ import annotations

import pytest

from devtools.prove_iam import prove


@pytest.mark.parametrize("seed", [1, 2])
def test_documents_say_what_the_core_says(seed: int) -> None:
    """None of thousands of decisions differs, and they are of every kind."""
    count = prove(1_200, seed)

    assert 0 == count["wrong"]
    assert count["decisions"] >= 1_200
    assert min(count["allowed"], count["decisions"] - count["allowed"]) > 250
    assert count["percent-encoded"] > 30
