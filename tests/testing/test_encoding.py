"""Encoding: the spelling of Cognito's tokens."""

from __future__ import annotations

import json
import math

import pytest

from cogauth.testing.encoding import base64url, json_bytes


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff", "-_8")]
)
def test_base64url_has_no_padding(data: bytes, text: str) -> None:
    """RFC 4648 section 10 without the padding, and both characters that differ from standard base64."""
    assert text == base64url(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("https://a/b", rb'{"x":"https:\/\/a\/b"}'),
        ("\\/", rb'{"x":"\\\/"}'),
        ('"/', rb'{"x":"\"\/"}'),
        (["a/b", {"/": None}], rb'{"x":["a\/b",{"\/":null}]}'),
        ("\ud800", rb'{"x":"\ud800"}'),
    ],
)
def test_slashes_are_escaped(value: object, text: bytes) -> None:
    """Every slash and nothing else, so that a parser reads what was written."""
    assert text == json_bytes({"x": value})
    assert {"x": value} == json.loads(text)


def test_numbers_that_json_lacks_are_written() -> None:
    """A verifier must refuse them, so a test must be able to send them."""
    assert b'{"exp":NaN,"iat":Infinity}' == json_bytes({"exp": math.nan, "iat": math.inf})
