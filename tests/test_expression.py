"""Expressions: role names with & | ! and brackets, read as they are meant or not at all."""

from __future__ import annotations

import contextlib
from typing import Any as Anything

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import AUTHENTICATED, PUBLIC, ConfigurationError, Role, Rule
from cogauth.expression import parse_expression
from cogauth.rules import All, Any, Not

A, B, C = Role("a"), Role("b"), Role("c")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("a", A, id="a name"),
        pytest.param("  a\t\n", A, id="spaces around"),
        pytest.param("a & b", A & B, id="and"),
        pytest.param("a&b", A & B, id="and, without spaces"),
        pytest.param("a | b", A | B, id="or"),
        pytest.param("!a", ~A, id="not"),
        pytest.param("! a", ~A, id="not, with a space"),
        pytest.param("!!a", ~~A, id="twice not"),
        pytest.param("a | b & c", Any(A, All(B, C)), id="and before or"),
        pytest.param("a & b | c", Any(All(A, B), C), id="and before or, the other way round"),
        pytest.param("!a & b", All(Not(A), B), id="not before and"),
        pytest.param("a | !b", Any(A, Not(B)), id="not before or"),
        pytest.param("!(a & b)", Not(All(A, B)), id="not of brackets"),
        pytest.param("(a | b) & c", All(Any(A, B), C), id="brackets"),
        pytest.param("((a))", A, id="brackets around brackets"),
        pytest.param("a & a", All(A), id="twice the same"),
        pytest.param("public", PUBLIC, id="public"),
        pytest.param("(public)", PUBLIC, id="public in brackets"),
        pytest.param("authenticated", AUTHENTICATED, id="authenticated"),
        pytest.param("authenticated & !a", AUTHENTICATED & ~A, id="authenticated, and more"),
        pytest.param("Public", Role("Public"), id="a role of another case"),
        pytest.param("team-a.admin_2", Role("team-a.admin_2"), id="what a name may have"),
        pytest.param("_a", Role("_a"), id="what a name may begin with"),
        pytest.param("a-b", Role("a-b"), id="a hyphen is no minus"),
    ],
)
def test_what_is_read(text: str, rule: Rule) -> None:
    """`!` binds closer than `&`, `&` closer than `|`; two names are reserved."""
    assert rule == parse_expression(text)


def test_how_deep_brackets_may_be() -> None:
    """Fifty deep is more than anybody reads, and far from what would overflow."""
    assert A == parse_expression("(" * 50 + "a" + ")" * 50)
    with pytest.raises(ConfigurationError, match="nested too deep"):
        parse_expression("(" * 51 + "a" + ")" * 51)
    with pytest.raises(ConfigurationError, match="nested too deep"):
        parse_expression("!" * 51 + "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "ends too early", id="nothing"),
        pytest.param("  ", "ends too early", id="spaces"),
        pytest.param("a &", "ends too early", id="and nothing"),
        pytest.param("!", "ends too early", id="not nothing"),
        pytest.param("(a", "ends too early", id="an open bracket"),
        pytest.param("(", "ends too early", id="an open bracket alone"),
        pytest.param("a)", r"'\)' stands where it cannot", id="a closing bracket too many"),
        pytest.param("()", r"'\)' stands where it cannot", id="empty brackets"),
        pytest.param("& a", "'&' stands where it cannot", id="nothing and"),
        pytest.param("a && b", "'&' stands where it cannot", id="and twice"),
        pytest.param("a || b", "'|' stands where it cannot", id="or twice"),
        pytest.param("a | & b", "'&' stands where it cannot", id="or and"),
        pytest.param("a b", "'b' stands where it cannot", id="no operator"),
        pytest.param("a !b", "'!' stands where it cannot", id="not in the middle"),
        pytest.param("a and b", "'and' stands where it cannot", id="Python's and"),
        pytest.param("not a", "'a' stands where it cannot", id="Python's not"),
        pytest.param("a, b", "',' stands where it cannot", id="a list"),
        pytest.param("~a", "'~' stands where it cannot", id="Python's operator"),
        pytest.param("a + b", r"'\+' stands where it cannot", id="plus"),
        pytest.param("'a'", "stands where it cannot", id="quotes"),
        pytest.param("1a", "'1' stands where it cannot", id="a digit first"),
        pytest.param("-a", "'-' stands where it cannot", id="a hyphen first"),
        pytest.param("é", "'é' stands where it cannot", id="beyond ASCII"),
        pytest.param("a\x00", "stands where it cannot", id="NUL"),
        pytest.param("__import__('os').system('id')", r"'\(' stands where it cannot", id="Python"),
        pytest.param("public | a", "PUBLIC is a rule by itself", id="or public"),
        pytest.param("a & public", "PUBLIC is a rule by itself", id="and public"),
        pytest.param("!public", "PUBLIC is a rule by itself", id="not public"),
        pytest.param("(" * 60 + "a" + ")" * 60, "nested too deep", id="too many brackets"),
        pytest.param("!" * 60 + "a", "nested too deep", id="too many times not"),
        pytest.param("a" * 2_001, "must be an expression", id="too long"),
        pytest.param(None, "must be an expression", id="None"),
        pytest.param(True, "must be an expression", id="true"),
        pytest.param(["a"], "must be an expression", id="a list of names"),
    ],
)
def test_what_is_not_read(text: Anything, message: str) -> None:
    """Nothing is guessed and nothing left out: one character in the wrong place, and there is no rule."""
    with pytest.raises(ConfigurationError, match=message):
        parse_expression(text)


# Rules with one of their spellings each: more brackets and spaces than are needed, but never fewer.

SPACES = st.sampled_from(["", " ", "  "])


def _spell(parts: list[tuple[str, Rule]], operator: str, space: str) -> str:
    return f"{space}{operator}{space}".join(f"({text})" for text, _ in parts)


SPELLED: st.SearchStrategy[tuple[str, Rule]] = st.recursive(
    st.sampled_from([("a", A), ("b", B), ("c.d", Role("c.d")), ("authenticated", AUTHENTICATED)]),
    lambda inner: st.one_of(
        inner.map(lambda one: (f"({one[0]})", one[1])),
        inner.map(lambda one: (f"!({one[0]})", Not(one[1]))),
        st.tuples(st.lists(inner, min_size=2, max_size=3), SPACES).map(
            lambda drawn: (_spell(drawn[0], "&", drawn[1]), All(*(rule for _, rule in drawn[0])))
        ),
        st.tuples(st.lists(inner, min_size=2, max_size=3), SPACES).map(
            lambda drawn: (_spell(drawn[0], "|", drawn[1]), Any(*(rule for _, rule in drawn[0])))
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(spelled=SPELLED)
def test_what_is_written_is_what_is_read(spelled: tuple[str, Rule]) -> None:
    """With brackets everywhere an expression has one meaning, and that one is read."""
    text, rule = spelled
    assert rule == parse_expression(text)


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from("ab&|!() -é"), max_size=12))
def test_any_text_is_a_rule_or_a_mistake(text: str) -> None:
    """No text makes the reader fail in another way, and what it takes has just the names that the text has."""
    with contextlib.suppress(ConfigurationError):
        rule = parse_expression(text)
        assert {str(leaf).removeprefix("needs role ") for leaf in rule.leaves()} == set(
            text.translate(dict.fromkeys(map(ord, "&|!()"), " ")).split()
        )
