"""Routes: lines that are lines, and a table that finds the most specific one whatever the order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import ConfigurationError, Group, Route
from cogauth.routes import RouteTable, parse

# -- A line ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("GET /", ("GET", ())),
        ("GET /orders", ("GET", ("orders",))),
        ("GET /orders/", ("GET", ("orders",))),
        ("ANY /orders/{id}", ("ANY", ("orders", "{}"))),
        ("POST /{tenant}/orders/{id}/", ("POST", ("{}", "orders", "{}"))),
        ("DELETE /files/{rest*}", ("DELETE", ("files", "{*}"))),
        ("ANY /{all*}", ("ANY", ("{*}",))),
        ("M-SEARCH /x", ("M-SEARCH", ("x",))),
        ("GET /.well-known/a.b", ("GET", (".well-known", "a.b"))),
        ("GET /Größe/100%", ("GET", ("Größe", "100%"))),
    ],
)
def test_a_line_is_a_method_and_a_template(line: str, parsed: tuple[str, tuple[str, ...]]) -> None:
    """Parameters are reduced to their kind: their names tell no two routes apart."""
    assert parsed == parse(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("", "must be a method in capitals", id="nothing"),
        pytest.param("/orders", "must be a method in capitals", id="no method"),
        pytest.param("GET", "must be a method in capitals", id="no path"),
        pytest.param(" /orders", "must be a method in capitals", id="an empty method"),
        pytest.param("get /orders", "must be a method in capitals", id="a method in small letters"),
        pytest.param("Get /orders", "must be a method in capitals", id="a method in mixed letters"),
        pytest.param("GET,POST /orders", "must be a method in capitals", id="two methods"),
        pytest.param("* /orders", "must be a method in capitals", id="a star for a method"),
        pytest.param("GÉT /orders", "must be a method in capitals", id="a method beyond ASCII"),
        pytest.param("GET\n /orders", "must be a method in capitals", id="a method with a line break"),
        pytest.param(None, "must be a method in capitals", id="None"),
        pytest.param(5, "must be a method in capitals", id="a number"),
        pytest.param("HEAD /orders", "HEAD follows GET", id="HEAD"),
        pytest.param("GET orders", "must be a plain path", id="no slash"),
        pytest.param("GET  /orders", "must be a plain path", id="two spaces"),
        pytest.param("GET /orders ", "must be a plain path", id="a space at the end"),
        pytest.param("GET /a b", "must be a plain path", id="a space within"),
        pytest.param("GET ", "must be a plain path", id="an empty path"),
        pytest.param("GET *", "must be a plain path", id="a star"),
        pytest.param("GET //a", "must be a plain path", id="two slashes"),
        pytest.param("GET /a//b", "must be a plain path", id="two slashes within"),
        pytest.param("GET /a/../b", "must be a plain path", id="two dots"),
        pytest.param("GET /a/./b", "must be a plain path", id="a dot"),
        pytest.param("GET /a%2fb", "must be a plain path", id="an encoded slash"),
        pytest.param("GET /%61", "must be a plain path", id="an encoded letter"),
        pytest.param("GET /a\\b", "must be a plain path", id="a backslash"),
        pytest.param("GET /a?x=1", "must be a plain path", id="a query"),
        pytest.param("GET /a#b", "must be a plain path", id="a fragment"),
        pytest.param("GET /a\x00", "must be a plain path", id="NUL"),
        pytest.param("GET https://host/a", "must be a plain path", id="a URL"),
        pytest.param("GET /admin/*", "is neither a name", id="a bare star"),
        pytest.param("GET /a*", "is neither a name", id="a star behind a name"),
        pytest.param("GET /{", "is neither a name", id="an open brace"),
        pytest.param("GET /}", "is neither a name", id="a closing brace"),
        pytest.param("GET /{}", "is neither a name", id="no name"),
        pytest.param("GET /{*}", "is neither a name", id="no name for the rest"),
        pytest.param("GET /{1}", "is neither a name", id="a number for a name"),
        pytest.param("GET /{a-b}", "is neither a name", id="a hyphen in a name"),
        pytest.param("GET /{é}", "is neither a name", id="a name beyond ASCII"),
        pytest.param("GET /{id}.json", "is neither a name", id="a parameter and more"),
        pytest.param("GET /v{id}", "is neither a name", id="a parameter after more"),
        pytest.param("GET /{id:int}", "is neither a name", id="another framework's converter"),
        pytest.param("GET /{id+}", "is neither a name", id="API Gateway's greedy parameter"),
        pytest.param("GET /{x}/{x}", "'x' stands twice", id="one name twice"),
        pytest.param("GET /{x}/{x*}", "'x' stands twice", id="one name twice, once for the rest"),
        pytest.param("GET /{rest*}/a", "can only be the last segment", id="the rest in the middle"),
        pytest.param("GET /{a*}/{b*}", "can only be the last segment", id="two rests"),
    ],
)
def test_what_is_no_line_is_refused(line: Any, message: str) -> None:
    """Only names, `{x}` and a last `{rest*}`: no patterns, so that nobody guesses what they match."""
    with pytest.raises(ConfigurationError, match=message):
        parse(line)


# -- A route -----------------------------------------------------------------------------------------------------------


def test_a_route_keeps_what_it_is_told() -> None:
    """One line or several, and nothing by default but the rule."""
    one = Route("GET /a", "admin")
    assert (("GET /a",), "admin", None, "enforce", False, False) == (
        one.match,
        one.allow,
        one.deny,
        one.mode,
        one.cors_preflight,
        one.encoded_slash,
    )
    assert ("GET /a", "ANY /b") == Route(["GET /a", "ANY /b"], Group("a")).match
    assert "Route(['GET /a'])" == repr(one)
    assert Route("GET /a", "admin") == one
    assert Route("GET /a", "admin", deny="frozen") != one


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        pytest.param(((), "admin"), {}, "must name a method and path", id="no line"),
        pytest.param(("", "admin"), {}, "must name a method and path", id="an empty line"),
        pytest.param((None, "admin"), {}, "must name a method and path", id="None"),
        pytest.param((5, "admin"), {}, "must name a method and path", id="a number"),
        pytest.param(([5], "admin"), {}, "must name a method and path", id="a list of numbers"),
        pytest.param(({"GET": "/a"}, "admin"), {}, "must name a method and path", id="a table"),
        pytest.param((["GET /a", "b"], "admin"), {}, "must be a method in capitals", id="one line of two"),
        pytest.param(("GET /a", None), {}, "take a rule or an expression", id="no rule"),
        pytest.param(("GET /a", True), {}, "take a rule or an expression", id="allow true"),
        pytest.param(("GET /a", ["admin"]), {}, "take a rule or an expression", id="allow a list"),
        pytest.param(("GET /a", Group), {}, "take a rule or an expression", id="allow a class"),
        pytest.param(("GET /a", "admin"), {"deny": False}, "take a rule or an expression", id="deny false"),
        pytest.param(("GET /a", "admin"), {"mode": "off"}, 'mode must be "enforce" or "shadow"', id="mode off"),
        pytest.param(("GET /a", "admin"), {"mode": None}, 'mode must be "enforce" or "shadow"', id="mode None"),
        pytest.param(("GET /a", "admin"), {"cors_preflight": 1}, "cors_preflight must be true", id="preflight 1"),
        pytest.param(("GET /a", "admin"), {"encoded_slash": "no"}, "encoded_slash must be true", id="slash no"),
    ],
)
def test_what_is_no_route_is_refused(arguments: Any, options: Any, message: str) -> None:
    """Whatever a route is told is looked at; a flag is true or false and nothing that only looks so."""
    with pytest.raises(ConfigurationError, match=message):
        Route(*arguments, **options)


def test_all_mistakes_of_a_route_are_told() -> None:
    """One error, with a line for each."""
    nonsense: Any = None
    with pytest.raises(ConfigurationError) as caught:
        Route(["get /a", "GET b"], nonsense, mode=nonsense)
    assert 4 == len(caught.value.problems)


# -- The table ---------------------------------------------------------------------------------------------------------


def table(lines: Iterable[str]) -> RouteTable[str]:
    """A table in which each line leads to itself."""
    made: RouteTable[str] = RouteTable()
    for line in lines:
        made.add(line, line)
    return made


TABLE = (
    "GET /",
    "GET /orders",
    "ANY /orders/new",
    "GET /orders/{id}",
    "POST /orders/{id}",
    "ANY /orders/{id}/admin/{rest*}",
    "GET /orders/{id}/{part}",
    "ANY /orders/{rest*}",
    "GET /{a}/x",
    "DELETE /{all*}",
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        pytest.param("GET", "/", "GET /", id="the root"),
        pytest.param("GET", "/orders", "GET /orders", id="a literal"),
        pytest.param("GET", "/orders/", "GET /orders", id="a slash at the end"),
        pytest.param("GET", "/orders/17", "GET /orders/{id}", id="a parameter"),
        pytest.param("GET", "/orders/17/", "GET /orders/{id}", id="a parameter and a slash at the end"),
        pytest.param("GET", "/orders/new", "ANY /orders/new", id="a literal for any method before a parameter for one"),
        pytest.param("GET", "/orders/{id}", "GET /orders/{id}", id="braces in a path are characters"),
        pytest.param("GET", "/orders/17/items", "GET /orders/{id}/{part}", id="two parameters"),
        pytest.param("GET", "/orders/17/admin", "GET /orders/{id}/{part}", id="the rest is not empty"),
        pytest.param("GET", "/orders/17/admin/x", "ANY /orders/{id}/admin/{rest*}", id="the rest"),
        pytest.param("GET", "/orders/17/admin/x/y/z", "ANY /orders/{id}/admin/{rest*}", id="the rest, longer"),
        pytest.param("GET", "/orders/17/other/x", "ANY /orders/{rest*}", id="back to a wider rest"),
        pytest.param("PUT", "/orders/17", "ANY /orders/{rest*}", id="back to a wider rest for the method"),
        pytest.param("POST", "/orders/17/items", "ANY /orders/{rest*}", id="back by the method, deeper"),
        pytest.param("HEAD", "/orders/17", "GET /orders/{id}", id="HEAD follows GET"),
        pytest.param("HEAD", "/", "GET /", id="HEAD of the root"),
        pytest.param("GET", "/else/x", "GET /{a}/x", id="a parameter at the start"),
        pytest.param("DELETE", "/orders", "DELETE /{all*}", id="a literal that is of another method"),
        pytest.param("DELETE", "/else/x", "DELETE /{all*}", id="a parameter that is of another method"),
        pytest.param("DELETE", "/orders/17", "ANY /orders/{rest*}", id="the literal start is more specific"),
        pytest.param("DELETE", "/", None, id="the rest is at least one segment"),
        pytest.param("POST", "/orders", None, id="another method"),
        pytest.param("POST", "/", None, id="another method of the root"),
        pytest.param("get", "/orders", None, id="a method in small letters"),
        pytest.param("OPTIONS", "/orders", None, id="OPTIONS is a method like any"),
        pytest.param("GET", "/Orders", None, id="another case"),
        pytest.param("GET", "/ordersx", None, id="longer"),
        pytest.param("GET", "/order", None, id="shorter"),
        pytest.param("GET", "/else", None, id="elsewhere"),
        pytest.param("GET", "/else/x/y", None, id="elsewhere, deeper"),
    ],
)
def test_the_most_specific_line_wins(method: str, path: str, found: str | None) -> None:
    """A literal before `{x}` before `{rest*}`, left to right, then the method before ANY; whatever the order."""
    assert found == table(TABLE).find(method, path)
    assert found == table(reversed(TABLE)).find(method, path)


@pytest.mark.parametrize("method", ["post", "Post", "pOST", "g\u0131t", "head", "any", "", "1"])
def test_no_method(method: str) -> None:
    """What is not in capitals is no method, and ANY is not for it: `post` would get past what POST asks."""
    lines = ("ANY /a", "POST /a", "ANY /b/{x}")
    paths = ("/a", "/b/c")

    assert [None, None] == [table(lines).find(method, path) for path in paths]
    assert ["ANY /a", "ANY /b/{x}"] == [table(lines).find("M-SEARCH", path) for path in paths]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("GET /a", "GET /a", id="the same line"),
        pytest.param("GET /a", "GET /a/", id="a slash at the end"),
        pytest.param("GET /", "GET /", id="the root"),
        pytest.param("GET /{x}", "GET /{y}", id="another name"),
        pytest.param("ANY /a/{x*}", "ANY /a/{y*}", id="another name for the rest"),
        pytest.param("GET /{x}/b/{y}", "GET /{y}/b/{x}/", id="names exchanged"),
    ],
)
def test_two_lines_of_one_shape_are_refused(one: str, other: str) -> None:
    """Which of the two decided would be chance."""
    with pytest.raises(ConfigurationError, match="another route has this method and this shape"):
        table([one, other])


def test_lines_that_only_look_alike_are_two() -> None:
    """Another method, kind of parameter, case or Unicode normal form is another route."""
    requests = {
        "GET /a/{x}": ("GET", "/a/y"),
        "POST /a/{x}": ("POST", "/a/y"),
        "ANY /a/{x}": ("PUT", "/a/y"),
        "GET /a/{x*}": ("GET", "/a/y/z"),
        "GET /A/{x}": ("GET", "/A/y"),
        "GET /a/x": ("GET", "/a/x"),
        "GET /\u00e9": ("GET", "/\u00e9"),
        "GET /e\u0301": ("GET", "/e\u0301"),
    }
    assert list(requests) == [table(requests).find(method, path) for method, path in requests.values()]


def test_only_a_rest_can_be_hidden() -> None:
    """By lines that take one segment more, and those that take the rest; a line without a rest never is."""
    lines = table(["GET /{x}", "GET /{x}/{r*}", "GET /{all*}", "GET /a"])
    assert ["GET /{all*}"] == [
        line for line in ("GET /{x}", "GET /{x}/{r*}", "GET /{all*}", "GET /a") if lines.hidden(line)
    ]
    assert not lines.hidden("POST /{all*}")
    assert not lines.hidden("GET /b/{all*}")


# The same by definition: every line that matches, and the least by the order that the words say.

METHODS = ["GET", "POST", "ANY"]
SHAPES = st.lists(st.sampled_from(["a", "b", "{}"]), max_size=4).flatmap(
    lambda shape: st.sampled_from([tuple(shape), (*shape, "{*}")])
)
LINES = st.lists(st.tuples(st.sampled_from(METHODS), SHAPES), unique=True, max_size=24)
RANK = {"{}": 1, "{*}": 2}


def spelled(method: str, shape: tuple[str, ...]) -> str:
    """Write a line, each parameter with a name of its own."""
    return f"{method} /" + "/".join(segment.replace("{", f"{{p{place}") for place, segment in enumerate(shape))


def matches(method: str, shape: tuple[str, ...], asked: str, segments: list[str]) -> bool:
    """Does the line match a request?"""
    if method not in (asked, "ANY"):
        return False
    if shape[-1:] == ("{*}",):
        shape = shape[:-1]
        if len(segments) <= len(shape):
            return False
        segments = segments[: len(shape)]
    return len(shape) == len(segments) and all(
        wanted in ("{}", said) for wanted, said in zip(shape, segments, strict=True)
    )


def slow_find(lines: list[tuple[str, tuple[str, ...]]], asked: str, segments: list[str]) -> str | None:
    """Find the most specific line by looking at all of them."""
    found = [
        ([RANK.get(segment, 0) for segment in shape], method == "ANY", spelled(method, shape))
        for method, shape in lines
        if matches(method, shape, "GET" if asked == "HEAD" else asked, segments)
    ]
    return min(found)[2] if found else None


@settings(max_examples=100, deadline=None)
@given(lines=LINES, data=st.data())
def test_the_table_agrees_with_the_definition(lines: list[tuple[str, tuple[str, ...]]], data: st.DataObject) -> None:
    """For any routes and any request the table finds what a look at every line finds, in any order of the lines."""
    forwards = table(spelled(*line) for line in lines)
    backwards = table(spelled(*line) for line in reversed(lines))
    for _ in range(6):
        asked = data.draw(st.sampled_from(["GET", "HEAD", "POST", "PUT"]))
        segments = data.draw(st.lists(st.sampled_from("abc"), max_size=5))
        path = "/" + "/".join(segments) + data.draw(st.sampled_from(["", "/"])) * bool(segments)
        expected = slow_find(lines, asked, segments)
        assert expected == forwards.find(asked, path)
        assert expected == backwards.find(asked, path)


@settings(max_examples=150, deadline=None)
@given(lines=LINES.filter(bool), asked=st.sampled_from(METHODS), segments=st.lists(st.sampled_from("abc"), max_size=5))
def test_one_more_line_changes_only_what_it_matches(
    lines: list[tuple[str, tuple[str, ...]]], asked: str, segments: list[str]
) -> None:
    """Whatever the others are, a request that the new line does not match is led where it was led before."""
    path = "/" + "/".join(segments)
    before = table(spelled(*line) for line in lines[1:]).find(asked, path)
    after = table(spelled(*line) for line in lines).find(asked, path)
    assert after in (before, spelled(*lines[0]))
    assert after == before or matches(*lines[0], asked, segments)
