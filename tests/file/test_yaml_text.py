"""YAML: what every parser reads alike is read, and nothing else."""

from __future__ import annotations

import contextlib

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from cogauth import ConfigurationError
from cogauth.file.yaml_text import parse_yaml

IN_C = pytest.mark.parametrize("in_c", [True, False], ids=["in C", "in Python"])


@IN_C
@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("a: 1", {"a": 1}, id="a number"),
        pytest.param("a: -17", {"a": -17}, id="below nought"),
        pytest.param("a: 1.50", {"a": 1.5}, id="a real number"),
        pytest.param("a: true\nb: false", {"a": True, "b": False}, id="flags"),
        pytest.param("a: null\nb: ~\nc:", {"a": None, "b": None, "c": None}, id="nothing"),
        pytest.param("a: admins", {"a": "admins"}, id="a word"),
        pytest.param("a: GET /orders/{id}", {"a": "GET /orders/{id}"}, id="a route"),
        pytest.param("a: editor | (admin & !frozen)", {"a": "editor | (admin & !frozen)"}, id="an expression"),
        pytest.param("a: 1h57kf5cpq17m0eml12EXAMPLE", {"a": "1h57kf5cpq17m0eml12EXAMPLE"}, id="a client id"),
        pytest.param("a: eu-west-1_AbCdEf123", {"a": "eu-west-1_AbCdEf123"}, id="a pool id"),
        pytest.param("a: urn:cognito:loa:3", {"a": "urn:cognito:loa:3"}, id="a level"),
        pytest.param("a: 'no'\nb: \"0777\"", {"a": "no", "b": "0777"}, id="quoted"),
        pytest.param("a: |\n  x\n  y\nb: >-\n  x\n  y", {"a": "x\ny\n", "b": "x y"}, id="blocks"),
        pytest.param("a: [x, 'y', {b: [1]}]", {"a": ["x", "y", {"b": [1]}]}, id="in a line"),
        pytest.param("- a\n- b: c\n  d: e\n- [f]", ["a", {"b": "c", "d": "e"}, ["f"]], id="a list"),
        pytest.param('{"version": 1, "a": [true, null, "x"]}', {"version": 1, "a": [True, None, "x"]}, id="JSON"),
        pytest.param("---\na: b\n...\n", {"a": "b"}, id="with marks"),
        pytest.param("a: b # c", {"a": "b"}, id="a comment"),
        pytest.param("", None, id="an empty text"),
        pytest.param("[]", [], id="an empty list"),
        pytest.param("'1': a", {"1": "a"}, id="a quoted key"),
    ],
)
def test_what_is_read(text: str, data: object, in_c: bool) -> None:  # noqa: FBT001  a column
    """As JSON would have it."""
    parsed = parse_yaml(text, in_c=in_c).data
    assert data == parsed
    assert repr(data) == repr(parsed)


TRAPS = (
    *("yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "True", "TRUE", "False"),
    *("0777", "0o777", "0x1F", "0b11", "1_000", "+1", "-0777", "1e3", "1.5e3", ".5", "5.", ".inf", "-.INF", ".nan"),
    *("12:30:45", "190:20:30", "2026-01-31", "2026-01-31T10:00:00Z", "=", "<<", "9" * 19, "00", "-01.5"),
)


@IN_C
@pytest.mark.parametrize("text", TRAPS)
def test_what_is_read_in_two_ways_is_refused(text: str, in_c: bool) -> None:  # noqa: FBT001  a column
    """A value that is a flag here and a name there; quoted it is a name everywhere."""
    for where in (f"a: b\nc: {text}", f"a: b\nc: [{text}]", f"a: b\n{text}: c"):
        with pytest.raises(ConfigurationError, match=r"line 2: '.*' is read in different ways"):
            parse_yaml(where, in_c=in_c)
    assert {"a": text} == parse_yaml(f"a: '{text}'", in_c=in_c).data


@IN_C
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: 1\na: 2", "line 2: the key 'a' stands twice", id="a key twice"),
        pytest.param("x:\n  b: 1\n  c: 2\n  'b': 3", "line 4: the key 'b' stands twice", id="twice, deeper"),
        pytest.param("a: {b: 1, b: 2}", "line 1: the key 'b' stands twice", id="twice in a line"),
        pytest.param("a: &x [1]\nb: *x", "line 1: anchors and aliases", id="an anchor"),
        pytest.param("a: *x", "line 1: anchors and aliases", id="an alias"),
        pytest.param("&x a: b", "line 1: anchors and aliases", id="an anchor of a key"),
        pytest.param("a:\n  <<: {b: 1}", "line 2: '<<' is read in diff", id="a merge"),
        pytest.param("a: !!python/object/apply:os.system ['id']", "line 1: tags are refused", id="a call"),
        pytest.param("a: !!str 5", "line 1: tags are refused", id="a type"),
        pytest.param("a: !x 5", "line 1: tags are refused", id="a tag of its own"),
        pytest.param("!!map {a: 1}", "line 1: tags are refused", id="a table's type"),
        pytest.param("a: 1\n---\nb: 2", "line 2: a second document", id="two documents"),
        pytest.param("1: a", "line 1: a key must be a string", id="a number for a key"),
        pytest.param("true: a", "line 1: a key must be a string", id="a flag for a key"),
        pytest.param("? [a]\n: b", "line 1: a key must be a string", id="a list for a key"),
        pytest.param("{a: b}: c", "line 1: a key must be a string", id="a table for a key"),
        pytest.param(": a", "line 1", id="nothing for a key"),
        pytest.param("a: [1", "line", id="an open list"),
        pytest.param("a:\n\t- b", "line 2", id="a tab"),
        pytest.param("a: b: c", "line 1", id="two values"),
        pytest.param("a: 'b", "line", id="an open string"),
        pytest.param("a: \x00", "not YAML", id="NUL"),
        pytest.param("[" * 300 + "]" * 300, "line 1: nested too deep", id="nested"),
    ],
)
def test_what_is_not_read(text: str, message: str, in_c: bool) -> None:  # noqa: FBT001  a column
    """With the line."""
    with pytest.raises(ConfigurationError, match=message):
        parse_yaml(text, in_c=in_c)


@IN_C
def test_every_key_and_item_has_its_line(in_c: bool) -> None:  # noqa: FBT001  a column
    """From 1."""
    text = "# first\na: 1\nb:\n  - x\n  - c: [y,\n      z]\n"
    assert {
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("b", 1, "c", 0): 5,
        ("b", 1, "c", 1): 6,
    } == parse_yaml(text, in_c=in_c).lines


SCALARS = st.text(st.sampled_from("01.9+-_:eExonyesftrula~=<"), max_size=6)


@settings(max_examples=250, deadline=None)
@given(text=SCALARS)
def test_a_plain_value_means_what_others_read(text: str) -> None:
    """PyYAML, which reads YAML 1.1, reads the same; and so does JSON, where it can."""
    try:
        read = parse_yaml(f"a: {text}").data
    except ConfigurationError:
        return
    assert repr(yaml.safe_load(f"a: {text}")) == repr(read)


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from("ab: -[]{}?&*!|>'\"#%@,\n\t1"), max_size=16))
def test_any_text_is_read_or_refused(text: str) -> None:
    """By either parser, and with an error of one class."""
    for in_c in (True, False):
        with contextlib.suppress(ConfigurationError):
            assert parse_yaml(text, in_c=in_c).lines is not None


def test_without_its_parser_yaml_is_refused() -> None:
    """And it is said what brings it."""
    with pytest.raises(ConfigurationError, match=r"pip install 'cogauth\[yaml\]'"):
        parse_yaml("a: b", library="cogauth.no_such_parser")
