"""Overlap: which requests two lines have in common, and requests that stand for all others."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cogauth.review.overlap import Pattern, Requests
from cogauth.routes import RouteTable


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        pytest.param("GET /a", "GET /a", "GET /a", id="the same"),
        pytest.param("GET /a", "ANY /{x}", "GET /a", id="a literal within a parameter"),
        pytest.param("ANY /a/{x}", "GET /{y}/b", "GET /a/b", id="crosswise"),
        pytest.param("GET /{rest*}", "GET /a/{x}/c", "GET /a/{x}/c", id="the rest takes all"),
        pytest.param("GET /a/{rest*}", "GET /{x}/{rest*}", "GET /a/{rest*}", id="two rests"),
        pytest.param("GET /{x}/b", "GET /{rest*}", "GET /{x}/b", id="the rest on the other side"),
        pytest.param("ANY /", "GET /", "GET /", id="the root"),
        pytest.param("GET /a", "POST /a", None, id="another method"),
        pytest.param("GET /a", "GET /b", None, id="another literal"),
        pytest.param("GET /a", "GET /a/b", None, id="another length"),
        pytest.param("GET /a/{rest*}", "GET /a", None, id="the rest is not nothing"),
        pytest.param("GET /a", "GET /a/{rest*}", None, id="nor is it on the other side"),
        pytest.param("GET /", "GET /{rest*}", None, id="the root has no rest"),
    ],
)
def test_a_meeting(one: str, other: str, common: str | None) -> None:
    """It is what both have, whichever is asked."""
    for left, right in ((one, other), (other, one)):
        meeting = Pattern.of(left).meeting(Pattern.of(right))
        assert common == (None if meeting is None else str(meeting))


@pytest.mark.parametrize(
    ("line", "method", "path", "taken"),
    [
        pytest.param("GET /a/{x}", "GET", "/a/1", True, id="a parameter"),
        pytest.param("GET /a", "HEAD", "/a/", True, id="HEAD, and a slash at the end"),
        pytest.param("ANY /a", "POST", "/a", True, id="any method"),
        pytest.param("GET /a/{rest*}", "GET", "/a/b/c", True, id="the rest"),
        pytest.param("GET /", "GET", "/", True, id="the root"),
        pytest.param("GET /a", "POST", "/a", False, id="another method"),
        pytest.param("GET /a/{x}", "GET", "/a", False, id="too short"),
        pytest.param("GET /a/{x}", "GET", "/a/b/c", False, id="too long"),
        pytest.param("GET /a/{rest*}", "GET", "/a", False, id="no rest"),
        pytest.param("GET /a/{rest*}", "GET", "/b/c", False, id="another literal before the rest"),
        pytest.param("GET /A", "GET", "/a", False, id="another case"),
    ],
)
def test_what_a_line_takes(line: str, method: str, path: str, *, taken: bool) -> None:
    """As the route table does."""
    assert taken is Pattern.of(line).takes(method, path)
    table: RouteTable[str] = RouteTable()
    table.add(line, line)
    assert taken is (table.find(method, path) is not None)


def test_requests_use_no_word_of_the_lines() -> None:
    """What stands for any segment and any method is named by none of them."""
    patterns = [Pattern.of(line) for line in ("OTHER /x/xX/{y}", "ANY /{rest*}", "GET /")]
    requests = Requests(patterns)
    assert [("OTHER", "/x/xX/xXX")] == list(requests.of(patterns[0]))
    assert [("OTHERX", path) for path in ("/xXX", "/xXX/xXX", "/xXX/xXX/xXX", "/xXX/xXX/xXX/xXX")] == list(
        requests.of(patterns[1])
    )
    assert [("GET", "/")] == list(requests.of(patterns[2]))
    assert [("GET", "/x")] == list(Requests([]).of(Pattern("GET", ("{*}",))))


SEGMENTS = st.sampled_from(["a", "b", "{x}"])


def line_of(method: str, segments: list[str], rest: int) -> str:
    """A line; parameters of one template have different names."""
    named = [segment.replace("x", f"x{number}") for number, segment in enumerate(segments)]
    return f"{method} /{'/'.join([*named, *['{rest*}'] * rest])}"


LINES = st.builds(line_of, st.sampled_from(["GET", "POST", "ANY"]), st.lists(SEGMENTS, max_size=3), st.integers(0, 1))
PATHS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=5).map(lambda segments: "/" + "/".join(segments))


@given(LINES, LINES, st.sampled_from(["GET", "POST", "PUT"]), PATHS)
def test_a_meeting_takes_what_both_take(one: str, other: str, method: str, path: str) -> None:
    """And nothing else."""
    left, right = Pattern.of(one), Pattern.of(other)
    meeting = left.meeting(right)
    both = left.takes(method, path) and right.takes(method, path)
    assert both is (meeting is not None and meeting.takes(method, path))


@given(LINES)
def test_a_pattern_takes_its_requests(line: str) -> None:
    """Those that stand for it."""
    pattern = Pattern.of(line)
    requests = list(Requests([pattern]).of(pattern))
    assert requests
    assert all(pattern.takes(method, path) for method, path in requests)
