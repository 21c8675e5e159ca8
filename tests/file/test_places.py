"""Places: the line of each key in a text of TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth.file.places import Path, lines_of

TOML = '''\
version = 1  # [[not]] = a table
"quoted key" = "a # b"

[roles]
a = { groups = ["x", "y"], any_issuer = true }
b = { any = [
    # a comment = here
    { groups = ["z"] },
    { not = { role = "a" } },
] }
c.groups = ["x"]
'd.e' = """
several
[[lines]] \\""" with quotes"""
f = \'\'\'x
y\'\'\'
[ roles . "g\\U00000068" ]
groups = [
  "x",
  "y" ]

[[route]]
match = "GET /a"
[[route]]
allow = "b"
[[api]]
name = "one"
[[api.route]]
match = "GET /b"
[[api.route]]
match = "GET /c"
[[api]]
name = "two"
[[api.route]]
match = "GET /d"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("version",), 1, id="a key"),
        pytest.param(("quoted key",), 2, id="a quoted key"),
        pytest.param(("roles",), 4, id="a table"),
        pytest.param(("roles", "a", "any_issuer"), 5, id="a key in a line"),
        pytest.param(("roles", "a", "groups", 1), 5, id="an item in a line"),
        pytest.param(("roles", "b", "any", 0), 8, id="an item of its own line"),
        pytest.param(("roles", "b", "any", 0, "groups", 0), 8, id="deeper"),
        pytest.param(("roles", "b", "any", 1, "not", "role"), 9, id="a table in a table in a list"),
        pytest.param(("roles", "c"), 11, id="a table that a dotted key makes"),
        pytest.param(("roles", "c", "groups"), 11, id="a dotted key"),
        pytest.param(("roles", "d.e"), 12, id="a key with a dot"),
        pytest.param(("roles", "f"), 15, id="behind a string of several lines"),
        pytest.param(("roles", "gh"), 17, id="a header with spaces and an escape"),
        pytest.param(("roles", "gh", "groups", 1), 20, id="an item in a later line"),
        pytest.param(("route", 0), 22, id="the first of a list of tables"),
        pytest.param(("route", 0, "match"), 23, id="its key"),
        pytest.param(("route", 1, "allow"), 25, id="the second's"),
        pytest.param(("api", 0, "route", 1, "match"), 31, id="a list in a list of tables"),
        pytest.param(("api", 1), 32, id="the next"),
        pytest.param(("api", 1, "route", 0, "match"), 35, id="whose list is another"),
        pytest.param(("route", 2), None, id="what there is not"),
        pytest.param(("roles", "a", "scopes"), None, id="a key that there is not"),
    ],
)
def test_the_line_of_a_key_in_toml(path: Path, line: int | None) -> None:
    """From 1; brackets in strings and comments are no tables."""
    assert tomllib.loads(TOML)
    assert line == lines_of(TOML).get(path)


def test_the_line_of_a_key_in_json() -> None:
    """Escapes, empty lists and tables, and white space wherever it may be."""
    text = ' {\n"version" :1,"a\\"b":\n[{},\n[ ], true , {"\\u0063"\n: "}"}],\n"d": "x" }'
    assert json.loads(text)
    assert {
        ("version",): 2,
        ('a"b',): 2,
        ('a"b', 0): 3,
        ('a"b', 1): 4,
        ('a"b', 2): 4,
        ('a"b', 3): 4,
        ('a"b', 3, "c"): 4,
        ("d",): 6,
    } == lines_of(text)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def paths_of(value: Any, path: Path = ()) -> set[Path]:
    """The way to every key and item."""
    some: Any = value
    if not isinstance(value, dict | list):
        return set()
    below: Any = some.items() if isinstance(value, dict) else enumerate(some)
    return {each for key, item in below for each in ({(*path, key)} | paths_of(item, (*path, key)))}


@settings(max_examples=100, deadline=None)
@given(value=st.dictionaries(st.text(max_size=3), VALUES, max_size=3), indent=st.sampled_from([None, 0, 2]))
def test_every_key_of_json_has_a_line(value: dict[str, Any], indent: int | None) -> None:
    """And lines never go back."""
    text = json.dumps(value, indent=indent)
    lines = lines_of(text)
    assert paths_of(value) == lines.keys()
    assert sorted(lines.values()) == list(lines.values())
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from("a=[]{}\"'.,#:\n \\1"), max_size=20))
def test_no_text_is_too_much(text: str) -> None:
    """What cannot be followed is left out: a mistake is told without its line, and never replaced by another."""
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())


def test_what_is_nested_too_deep_is_left_out() -> None:
    """What came before has its line."""
    assert 1 == lines_of("a = 1\nb = " + "[" * 100_000)["a",]
