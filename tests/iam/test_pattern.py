"""Patterns: what they take, which of them others make needless, and how they are spelled."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, strategies as st

from cogauth.iam.pattern import MORE, matches, pruned, texts
from devtools.iam_matcher import meets

WORDS = ("a", "b", "z")
PATHS = [words for length in range(5) for words in product(WORDS, repeat=length)]
patterns = st.lists(st.sampled_from(["a", "b", MORE]), max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("pattern", "words", "taken"),
    [
        ((), (), True),
        ((), ("a",), False),
        (("a",), (), False),
        (("a",), ("b",), False),
        (("a",), ("a", "a"), False),
        ((MORE,), (), False),
        ((MORE,), ("a", "b", "c"), True),
        (("a", MORE), ("a",), False),
        (("a", MORE), ("b", "a"), False),
        (("a", MORE, "b"), ("a", "b"), False),
        (("a", MORE, "b"), ("a", "b", "b"), True),
        (("a", MORE, "b"), ("a", "x", "y", "b"), True),
        (("a", MORE, "b"), ("a", "x", "b", "y"), False),
        ((MORE, MORE), ("a",), False),
        ((MORE, "b", MORE), ("b", "b", "b"), True),
    ],
)
def test_matches(*, pattern: tuple[str, ...], words: tuple[str, ...], taken: bool) -> None:
    """`{*}` is one segment or more, and a name is itself."""
    assert taken is matches(pattern, words)


@given(patterns, st.sampled_from(PATHS))
def test_spelled_it_takes_the_same(pattern: tuple[str, ...], words: tuple[str, ...]) -> None:
    """What IAM makes of the spelling is what the pattern takes, with a slash at the end and without."""
    path = "/".join(words)

    spelled = texts("GET", [pattern])

    assert matches(pattern, words) == any(meets(f"GET/{path}", text) for text in spelled)
    if words:
        assert matches(pattern, words) == any(meets(f"GET/{path}/", text) for text in spelled)
    assert not any(meets(f"POST/{path}", text) for text in spelled)


@given(st.lists(patterns, max_size=5))
def test_pruned_takes_the_same(many: list[tuple[str, ...]]) -> None:
    """Nothing is lost; and nothing is left that another one covers."""
    few = pruned(many)

    for words in PATHS:
        assert any(matches(each, words) for each in many) == any(matches(each, words) for each in few)
    for each in few:
        alone = [word if word != MORE else "z" for word in each]
        assert [each] == [other for other in few if matches(other, alone)]


@given(st.lists(patterns, max_size=5, unique=True))
def test_spelled_together_they_take_the_same(many: list[tuple[str, ...]]) -> None:
    """What one spelling saves, another one says."""
    spelled = texts("GET", many)

    for words in PATHS:
        path = "GET/" + "/".join(words)
        taken = any(matches(each, words) for each in many)
        assert taken == any(meets(path, text) for text in spelled)
        assert not words or taken == any(meets(f"{path}/", text) for text in spelled)


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ([()], ["GET/"]),
        ([("a",)], ["GET/a", "GET/a/"]),
        ([("a", MORE)], ["GET/a/?*"]),
        ([("a",), ("a", MORE)], ["GET/a", "GET/a/*"]),
        ([("a", MORE, "b")], ["GET/a/?*/b", "GET/a/?*/b/"]),
        ([(), (MORE,)], ["GET/*"]),
    ],
)
def test_texts(given: list[tuple[str, ...]], spelled: list[str]) -> None:
    """As short as it can be said."""
    assert spelled == texts("GET", given)
