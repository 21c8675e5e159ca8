"""Paths: whatever two routers could read differently is odd, and nothing else is."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings, strategies as st

from cogauth.paths import canonical, has_encoded_slash, is_odd


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param("admin", id="no slash at the start"),
        pytest.param("*", id="the whole server"),
        pytest.param("http://host/admin", id="absolute form"),
        pytest.param("//admin", id="two slashes at the start"),
        pytest.param("///admin", id="three slashes at the start"),
        pytest.param("/admin//", id="two slashes at the end"),
        pytest.param("/public//admin", id="two slashes within"),
        pytest.param("//", id="two slashes alone"),
        pytest.param("/.", id="a dot"),
        pytest.param("/..", id="two dots"),
        pytest.param("/./admin", id="a dot segment at the start"),
        pytest.param("/../admin", id="two dots at the start"),
        pytest.param("/public/../admin", id="two dots within"),
        pytest.param("/public/./admin", id="a dot within"),
        pytest.param("/admin/.", id="a dot at the end"),
        pytest.param("/admin/..", id="two dots at the end"),
        pytest.param("/admin/../", id="two dots and a slash at the end"),
        pytest.param("/é/../admin", id="two dots beside a letter beyond ASCII"),
        pytest.param("/public\\admin", id="a backslash"),
        pytest.param("/public/..\\admin", id="two dots and a backslash"),
        pytest.param("/admin\x00", id="NUL"),
        pytest.param("/admin\n", id="a line feed at the end"),
        pytest.param("/a\r\nX: y", id="a line break"),
        pytest.param("/a\tb", id="a tab"),
        pytest.param("/a\x1fb", id="the last control character"),
        pytest.param("/a\x7fb", id="DEL"),
        pytest.param("/a\x80b", id="the first of the upper control characters"),
        pytest.param("/a\x9fb", id="the last of the upper control characters"),
        pytest.param("/%61dmin", id="still encoded"),
        pytest.param("/public%2fadmin", id="an encoded slash, still encoded"),
        pytest.param("/%2e%2e/admin", id="encoded dots, still encoded"),
        pytest.param("/a%00", id="an encoded NUL, still encoded"),
        pytest.param("/é%41", id="still encoded beside a letter beyond ASCII"),
        pytest.param("/a\ufffdb", id="what was no UTF-8, replaced"),
        pytest.param("/a\ud800b", id="the first surrogate"),
        pytest.param("/a\udc80b", id="what was no UTF-8, escaped"),
        pytest.param("/a\udfffb", id="the last surrogate"),
    ],
)
def test_odd_paths(path: str) -> None:
    """Such a path is refused before any rule is asked."""
    assert is_odd(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin",
        "/admin/",
        "/orders/17/items",
        "/.well-known/jwks.json",
        "/...",
        "/.a",
        "/a.",
        "/a..",
        "/..a/b",
        "/a.b/..c",
        "/100%",
        "/50%off",
        "/%",
        "/%2",
        "/%zz",
        "/a b",
        "/a;v=1",
        "/~ana/-_!$&'()*+,=:@",
        "/é",
        "/e\u0301",
        "/\u00a0",
        "/漢字/",
        "/\U0001f511",
        "/?",
        "/#",
    ],
)
def test_paths_that_are_not_odd(path: str) -> None:
    """Letters of any language, a lone percent sign and more than two dots are read alike everywhere."""
    assert not is_odd(path)


def slow_is_odd(path: str) -> bool:
    """The definition, character by character and without the shortcut for plain paths."""
    return (
        not path.startswith("/")
        or "" in path.split("/")[1:-1]
        or bool({".", ".."} & set(path.split("/")))
        or any(char in "\\\ufffd" or ord(char) < 32 or 127 <= ord(char) < 160 for char in path)
        or any("\ud800" <= char <= "\udfff" for char in path)
        or re.search("%[0-9a-fA-F][0-9a-fA-F]", path) is not None
    )


@settings(max_examples=150, deadline=None)
@given(path=st.text(st.sampled_from("//..a%2eF\\\0é\ufffd\ud800"), max_size=8).map("/".__add__))
@example(path="/a\n")
@example(path="/..\n")
@example(path="/\u0662\u0662")
def test_the_shortcut_changes_nothing(path: str) -> None:
    """A plain path is told by one look, and no odd one slips through by it."""
    assert slow_is_odd(path) is is_odd(path)


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [
        pytest.param("/a%2Fb", True, id="capital"),
        pytest.param("/a%2fb", True, id="small"),
        pytest.param(b"/a%2Fb", True, id="bytes"),
        pytest.param("/a%2F", True, id="at the end"),
        pytest.param("/%2F%2F", True, id="twice"),
        pytest.param("/é%2F\ud800", True, id="beside what is no text"),
        pytest.param(b"/\xff%2f", True, id="beside what is no UTF-8"),
        pytest.param("/a/b", False, id="none"),
        pytest.param("/a%20b", False, id="another character"),
        pytest.param("/a%252Fb", False, id="encoded twice, which is odd by itself"),
        pytest.param(b"/a/b", False, id="none in bytes"),
        pytest.param("/a%", False, id="a lone percent sign"),
        pytest.param("/%2/F", False, id="taken apart"),
        pytest.param("", False, id="empty"),
    ],
)
def test_an_encoded_slash_is_seen(raw: str | bytes, hidden: bool) -> None:  # noqa: FBT001  a column
    """In the path as it was sent, in either case of its letters, text or bytes."""
    assert hidden is has_encoded_slash(raw)


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/", "/"), ("/x", "/x"), ("/x/", "/x"), ("/x/y/", "/x/y"), ("/X/", "/X"), ("/é/", "/é")],
)
def test_a_slash_at_the_end_means_nothing(path: str, kept: str) -> None:
    """`/x/` and `/x` are one route; `/` stays what it is, and so does the case of letters."""
    assert kept == canonical(path)
    assert kept == canonical(canonical(path))
