"""The JSON Parsing Test Suite, as far as the tests of the strict reader leave it: all values, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest

from cogauth._strict import Unacceptable, json_object
from tests.vectors.corpora import folder

TEXTS: Final = {"i": 35, "n": 188, "y": 95}
"""How many texts there are of which each reader may think, must refuse, must accept."""


def texts(shared: Path, part: str, prefix: str = "") -> dict[str, bytes]:
    """The files of one part, whose names start so."""
    found = folder(shared, "JSONTestSuite") / part
    return {path.stem: path.read_bytes() for path in sorted(found.glob(f"{prefix}*.json"))}


def thawed(value: Any) -> Any:
    """A value with the types that the standard library gives it."""
    if isinstance(value, Mapping):
        return {name: thawed(item) for name, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple):
        items: tuple[Any, ...] = value  # pyright: ignore[reportUnknownVariableType]  # and mypy calls a cast redundant
        return [thawed(item) for item in items]
    return value


def read(text: bytes) -> object:
    """The value of a text as the one member of an object, or why it is refused."""
    try:
        return thawed(json_object(b'{"a":' + text + b"}")["a"])
    except Unacceptable as error:
        return error.fault


@pytest.mark.parametrize(("prefix", "count"), [*TEXTS.items()])
def test_the_suite_is_whole(prefix: str, count: int, shared: Path) -> None:
    """So that the tests which go through its files go through all of them."""
    assert count == len(texts(shared, "test_parsing", f"{prefix}_"))


def test_every_value_is_read(shared: Path) -> None:
    """Whatever it is, inside an object; only one that says a thing twice is refused."""
    refused: dict[str, object] = {}
    for name, text in texts(shared, "test_parsing", "y_").items():
        found = read(text)
        if repr(json.loads(text)) != repr(found):
            refused[name] = found
    assert {
        "y_object_duplicated_key": "duplicate_member",
        "y_object_duplicated_key_and_value": "duplicate_member",
    } == refused


TRANSFORMED: Final[Mapping[str, object]] = {
    "number_-9223372036854775808": [-9223372036854775808],
    "number_-9223372036854775809": [-9223372036854775809],
    "number_1.0": [1.0],
    "number_1.000000000000000005": [1.0],
    "number_1000000000000000": [1000000000000000],
    "number_10000000000000000999": "invalid_number",
    "number_1e-999": [0.0],
    "number_1e6": [1000000.0],
    "number_9223372036854775807": [9223372036854775807],
    "number_9223372036854775808": [9223372036854775808],
    "object_key_nfc_nfd": {"\u00e9": "NFC", "e\u0301": "NFD"},
    "object_key_nfd_nfc": {"e\u0301": "NFD", "\u00e9": "NFC"},
    "object_same_key_different_values": "duplicate_member",
    "object_same_key_same_value": "duplicate_member",
    "object_same_key_unclear_values": "duplicate_member",
    "string_1_escaped_invalid_codepoint": "not_utf8_json",
    "string_1_invalid_codepoint": "not_utf8_json",
    "string_2_escaped_invalid_codepoints": "not_utf8_json",
    "string_2_invalid_codepoints": "not_utf8_json",
    "string_3_escaped_invalid_codepoints": "not_utf8_json",
    "string_3_invalid_codepoints": "not_utf8_json",
    "string_with_escaped_NULL": ["A\0B"],
}


def test_what_readers_make_something_else_of_is_left_as_it_is(shared: Path) -> None:
    """Numbers keep their digits and names their characters; what cannot be kept is refused."""
    found = {name: read(text) for name, text in texts(shared, "test_transform").items()}
    assert repr(dict(sorted(TRANSFORMED.items()))) == repr(dict(sorted(found.items())))
