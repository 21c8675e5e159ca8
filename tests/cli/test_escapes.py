"""Escapes: text of strangers as it may be shown on a terminal."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest

from cogauth.cli.escapes import ascii_json, names, printable, value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("ana", "ana", id="plain"),
        pytest.param("a b", "a b", id="the space stays"),
        pytest.param("Zoë 李", "Zoë 李", id="letters of any script"),
        pytest.param("\x1b[2J", "\\u001b[2J", id="clear the screen"),
        pytest.param("\x1b]0;title\x07", "\\u001b]0;title\\u0007", id="retitle the window"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="forge a line"),
        pytest.param("\x7f\x9b31m", "\\u007f\\u009b31m", id="DEL and the one-character CSI"),
        pytest.param("\u202eanimda", "\\u202eanimda", id="turn the direction"),
        pytest.param("a\u200bb\u00a0c", "a\\u200bb\\u00a0c", id="blanks that are none, or look like one"),
        pytest.param("\U000e0061", "\\U000e0061", id="invisible tags"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
    ],
)
def test_what_is_no_visible_character_is_escaped(text: str, shown: str) -> None:
    """A token cannot move the cursor, change colours, retitle the window, or write lines of its own."""
    assert shown == printable(text)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param((), "(none)", id="none"),
        pytest.param(("b", "a"), "a, b", id="in order"),
        pytest.param(("a,b", "c d"), '"a,b", "c d"', id="a comma or space is a character"),
        pytest.param(("(none)", ""), '"", "(none)"', id="not to be taken for none"),
        pytest.param(("\x1b",), "\\u001b", id="escaped"),
    ],
)
def test_names_can_be_told_apart(values: tuple[str, ...], shown: str) -> None:
    """Two groups do not look like one, nor one like two."""
    assert shown == names(values)


def test_a_member_is_shown_as_json() -> None:
    """A string is quoted, so that "5" is not 5, and read-only mappings are objects."""
    assert '{"a": ["5", 5, null, "ë\\u202e"]}' == value(MappingProxyType({"a": ("5", 5, None, "ë\u202e")}))


def test_json_is_printable_ascii() -> None:
    """Whatever a string holds, the document holds it escaped, DEL too, and a reader gets it back."""
    data = {"name": "\x1b\x7f\u202eë", "groups": frozenset({"b", "a"})}
    text = ascii_json(data)
    assert text.isascii()
    assert all(char.isprintable() or char == "\n" for char in text)
    assert {"name": "\x1b\x7f\u202eë", "groups": ["a", "b"]} == json.loads(text)


def test_what_is_no_json_is_a_mistake_of_ours() -> None:
    """Bytes have no form in JSON."""
    with pytest.raises(TypeError, match="bytes"):
        ascii_json({"a": b""})
