"""Globs: wildcards, variables and what is not known, held against a matcher that was written apart."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, strategies as st

from cogauth.iam_roles.glob import has_reference, matches, meet, reference, shown, tokens, variables
from devtools.iam_matcher import meets

globs = st.text("ab*?/", max_size=5)


@given(globs, st.text("ab/", max_size=6))
def test_a_pattern_takes_what_it_takes_elsewhere(pattern: str, text: str) -> None:
    """The matcher of the gateway's documents agrees."""
    assert meets(text, pattern) is matches(tokens(pattern, None), text)


SHORT = ["".join(each) for length in range(7) for each in product("ab", repeat=length)]


@given(st.text("ab*?", max_size=3), st.text("ab*?", max_size=3))
def test_patterns_meet_in_a_text(one: str, other: str) -> None:
    """If and only if there is one that both take; of patterns of three, it has six characters at most."""
    found = any(meets(text, one) and meets(text, other) for text in SHORT)

    assert found is meet(tokens(one, None), tokens(other, None))


@given(globs, st.text("ab/", max_size=5))
def test_a_text_is_a_pattern_too(pattern: str, text: str) -> None:
    """Whoever takes a text meets it."""
    assert meets(text, pattern) is meet(tokens(pattern, None), tuple(text))
    assert meets(text, pattern) is meet(tuple(text), tokens(pattern, None))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("a*", "*b", True),
        ("a/*", "b/*", False),
        ("*", "*", True),
        ("a?", "?b", True),
        ("a?", "*", True),
        ("a", "a?", False),
        ("?", "?", True),
        ("", "", True),
        ("", "?", False),
    ],
)
def test_meet(*, one: str, other: str, both: bool) -> None:
    """Both may have wildcards."""
    assert both is meet(tokens(one, None), tokens(other, None))


@pytest.mark.parametrize(
    ("text", "pattern", "answer"),
    [
        ("me", "${a:b}", True),
        ("me", "${A:B}", True),
        ("me", "${a:b, 'x'}", True),
        ("${a:b}", "${a:b}", False),
        ("you", "${a:b}", False),
        ("me", "${a:c}", None),
        ("x", "${a:c}*", None),
        ("x", "y${a:c}", False),
        ("*", "${*}", True),
        ("x", "${*}", False),
        ("?", "${?}", True),
        ("$", "${$}", True),
        ("x", "${?}", False),
    ],
)
def test_variables_stand_for_text(text: str, pattern: str, *, answer: bool | None) -> None:
    """AWS: "IAM policy elements: Variables and tags"; what is not known leaves the answer open."""
    assert answer is matches(tokens(pattern, {"a:b": "me"}.get), text)


def test_the_text_of_a_variable_is_no_pattern() -> None:
    """A caller whose tag is `*` gets no wildcard by it."""
    pattern = tokens("${a:b}", {"a:b": "*"}.get)

    assert matches(pattern, "*")
    assert not matches(pattern, "x")


@pytest.mark.parametrize("text", ["${a:b}", "x${*}", "a?"])
def test_without_variables_all_is_text(text: str) -> None:
    """But for the wildcards, which are as old as the language."""
    assert meets("${a:b}", text) is matches(tokens(text, None), "${a:b}")


def test_wildcards_can_be_off() -> None:
    """As in StringEquals."""
    assert matches(tokens("a*?", None, wild=False), "a*?")
    assert not matches(tokens("a*", None, wild=False), "ab")


def test_what_is_not_known() -> None:
    """It is the same as itself and as nothing else, and people see its name."""
    name = reference("Bucket")

    assert "<Bucket>/x" == shown(f"{name}/x")
    assert has_reference(f"x{name}")
    assert not has_reference("x")
    assert matches(tokens(name, None), "anything") is None
    assert matches(tokens(f"a{name}", None), "b") is False
    assert meet(tokens(name, None), tokens(name, None))
    assert not meet(tokens(name, None), tokens(reference("Other"), None))
    assert not meet(tokens(name, None), tokens("?", None))


def test_variables_are_listed() -> None:
    """By name and default value; escapes are none."""
    assert [("aws:PrincipalTag/team", None), ("a:b", "x")] == list(
        variables("${aws:PrincipalTag/team}/${*}${?}${$}/${a:b, 'x'}")
    )
