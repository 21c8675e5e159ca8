"""The second opinion on documents, which must be right itself: held against a table and against regular expressions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from devtools.iam_matcher import allows, meets

texts = st.text("ab/:.", max_size=8)


@pytest.mark.parametrize(
    ("resource", "pattern", "taken"),
    [
        ("", "", True),
        ("a", "", False),
        ("", "*", True),
        ("", "?", False),
        ("a/b", "a*", True),
        ("a/b", "a?b", True),
        ("ab", "a?b", False),
        ("a", "a*", True),
        ("ab", "*a", False),
        ("A", "a", False),
        ("a\n", "a", False),
        ("aXb.c", "a*b?c", True),
        ("abbb", "a*bb", True),
        ("b", "a*", False),
    ],
)
def test_meets(*, resource: str, pattern: str, taken: bool) -> None:
    """`*` crosses slashes and may be nothing; `?` is one character; letters are what they are."""
    assert taken is meets(resource, pattern)


@given(texts, st.text("ab/:.*?", max_size=8))
def test_meets_as_a_regular_expression_does(resource: str, pattern: str) -> None:
    """Translated, a pattern takes the same."""
    translated = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)

    assert (re.fullmatch(translated, resource, re.DOTALL) is not None) == meets(resource, pattern)


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([("Allow", "Resource", ["a*"])], True),
        ([("Allow", "Resource", ["b"])], False),
        ([("Allow", "Resource", ["a*"]), ("Deny", "Resource", ["*b"])], False),
        ([("Allow", "Resource", ["a*"]), ("Deny", "Resource", ["*c"])], True),
        ([("Deny", "Resource", ["*b"])], False),
        ([("Allow", "Resource", ["*"]), ("Deny", "NotResource", ["a?"])], True),
        ([("Allow", "Resource", ["*"]), ("Deny", "NotResource", ["b?"])], False),
    ],
)
def test_allows(*, statements: list[tuple[str, str, list[str]]], allowed: bool) -> None:
    """An explicit denial beats all, and silence denies."""
    document = {"Statement": [{"Effect": effect, element: patterns} for effect, element, patterns in statements]}

    assert allowed is allows(document, "ab")
