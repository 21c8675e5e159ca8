"""Hints: what somebody may have meant, where that is plain."""

from __future__ import annotations

import pytest

from cogauth.file.hints import listed, meant


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        pytest.param("grops", ["groups", "scopes"], "; did you mean 'groups'?", id="a letter less"),
        pytest.param("ADMIN", ["admit", "admin"], "; did you mean 'admin'?", id="another case"),
        pytest.param("xyz", ["groups", "scopes"], "", id="nothing near"),
        pytest.param("a", [], "", id="nothing at all"),
        pytest.param(5, ["5"], "", id="no word"),
        pytest.param("role-1", [f"role-{number}" for number in range(501)], "", id="too many to look at"),
    ],
)
def test_what_is_meant(word: object, known: list[str], hint: str) -> None:
    """A near miss is told, and nothing far-fetched."""
    assert hint == meant(word, known)


def test_long_lists_are_cut() -> None:
    """A message is to be read."""
    assert "a, b" == listed(["a", "b"])
    assert listed(map(str, range(100))).endswith("10, 11 and 88 more")
    assert "" == listed([])
