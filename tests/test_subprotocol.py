"""A subprotocol that holds a token is told from others, and read in one spelling only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from cogauth import subprotocol_token

PREFIX = "base64url.bearer.authorization."


def written(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


@pytest.mark.parametrize("labels", ["", "k8s.io.", "example.com."])
def test_token(labels: str) -> None:
    """The last label is the token, whatever stands before it."""
    assert "a.b.c" == subprotocol_token(PREFIX + labels + written(b"a.b.c"))


@pytest.mark.parametrize("name", ["", "chat", "base64url.bearer.authorization", PREFIX.upper() + "YQ", f" {PREFIX}YQ"])
def test_others(name: str) -> None:
    """What is named otherwise is a subprotocol like any other."""
    assert None is subprotocol_token(name)


@pytest.mark.parametrize(
    "label",
    [
        pytest.param("", id="nothing"),
        pytest.param("Y", id="half an octet"),
        pytest.param("YQ==", id="padded"),
        pytest.param("YR", id="stray bits"),
        pytest.param("Y Q", id="white space"),
        pytest.param("-+", id="both alphabets"),
        pytest.param("é", id="no ASCII"),
        pytest.param("\u20ac", id="no Latin"),
        pytest.param(written(b" a"), id="a space before"),
        pytest.param(written(b"a\n"), id="a line after"),
    ],
)
def test_no_token(label: str) -> None:
    """What is not the one way to write a token is nobody's credential, and no other subprotocol either."""
    assert "" == subprotocol_token(PREFIX + label)


@given(st.text(st.characters(codec="latin-1")))
def test_one_spelling(label: str) -> None:
    """Whatever gives a token is what that token is written as."""
    token = subprotocol_token(PREFIX + label)

    assert token is not None
    assert not token or label.rpartition(".")[2] == written(token.encode("latin-1"))
