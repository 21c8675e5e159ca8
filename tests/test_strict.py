"""Base64url and JSON: one spelling, one reading, and everything else refused."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, cast

import pytest
from hypothesis import given, settings, strategies as st

from cogauth._strict import JSON, MAX_DEPTH, MAX_INT, MAX_MEMBERS, MAX_VALUES, Unacceptable, base64url, json_object

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def fault_of(read: Callable[[bytes], object], text: bytes) -> str | None:
    """The fault that *read* finds in *text*, or None."""
    try:
        read(text)
    except Unacceptable as error:
        return error.fault
    return None


def thawed(value: Any) -> Any:
    """A read value with the types that the standard library would have given it."""
    if isinstance(value, Mapping):
        return {name: thawed(item) for name, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple):
        items: tuple[Any, ...] = value  # pyright: ignore[reportUnknownVariableType]  # and mypy calls a cast redundant
        return [thawed(item) for item in items]
    return value


# -- Base64url ---------------------------------------------------------------------------------------------------------


def canonical(segment: bytes) -> bytes | None:
    """What the standard library makes of a segment, if it would also write it so; else None."""
    try:
        decoded = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.urlsafe_b64encode(decoded).rstrip(b"=") == segment else None


def accepted(segment: bytes) -> bytes | None:
    """What `base64url` makes of a segment, or None."""
    try:
        return base64url(segment)
    except Unacceptable:
        return None


@pytest.mark.parametrize(
    ("segment", "decoded"),
    [(b"", b""), (b"Zg", b"f"), (b"Zm8", b"fo"), (b"Zm9v", b"foo"), (b"Zm9vYg", b"foob"), (b"-_8", b"\xfb\xff")],
)
def test_base64url_reads_the_vectors(segment: bytes, decoded: bytes) -> None:
    """RFC 4648 section 10 without padding, and both characters that differ from standard base64."""
    assert decoded == base64url(segment)


@pytest.mark.parametrize(
    ("segment", "fault"),
    [
        pytest.param(b"A", "base64", id="one character"),
        pytest.param(b"Zm9vY", "base64", id="one character too many"),
        pytest.param(b"Zg==", "base64", id="padded"),
        pytest.param(b"Zm8=", "base64", id="padded by one"),
        pytest.param(b"Zg=", "base64", id="half padded"),
        pytest.param(b"====", "base64", id="nothing but padding"),
        pytest.param(b"+_8A", "base64", id="standard plus"),
        pytest.param(b"-/8A", "base64", id="standard slash"),
        pytest.param(b"Zm 8", "base64", id="a space"),
        pytest.param(b"Zm9v\n", "base64", id="a newline at the end"),
        pytest.param(b"Zm\n9v", "base64", id="a newline inside"),
        pytest.param(b"Zm9\x00", "base64", id="a zero byte"),
        pytest.param(b'Zm9"', "base64", id="a quote"),
        pytest.param(b"Zm9\\", "base64", id="a backslash"),
        pytest.param(b'", "x', "base64", id="an end of the frame"),
        pytest.param("Zm9\u017f".encode(), "base64", id="not ASCII"),
        pytest.param(b"Zm9\xff", "base64", id="not UTF-8"),
        pytest.param(b"Zh", "base64_noncanonical", id="a stray bit of four"),
        pytest.param(b"Zm9", "base64_noncanonical", id="a stray bit of two"),
        pytest.param(b"Z_", "base64_noncanonical", id="all stray bits"),
    ],
)
def test_base64url_refuses(segment: bytes, fault: str) -> None:
    """Each fault has its name."""
    assert fault == fault_of(base64url, segment)


def test_base64url_is_right_about_every_pair_of_bytes() -> None:
    """All 65,536 agree with the standard library, and no two that are read say the same."""
    segments = [bytes(pair) for pair in itertools.product(range(256), repeat=2)]
    assert [canonical(segment) for segment in segments] == [accepted(segment) for segment in segments]
    read = [value for segment in segments if (value := accepted(segment)) is not None]
    assert 256 == len(read) == len(set(read))


def test_base64url_is_right_about_every_triple() -> None:
    """Of all three characters of the alphabet a quarter is canonical, each for two bytes of its own."""
    read = [value for triple in itertools.product(ALPHABET, repeat=3) if (value := accepted(bytes(triple))) is not None]
    assert 65_536 == len(read) == len(set(read))


@given(st.binary(max_size=64))
@settings(max_examples=100, deadline=None)
def test_base64url_reads_what_was_written(data: bytes) -> None:
    """Whatever the bytes are, their one spelling is read back."""
    assert data == base64url(base64.urlsafe_b64encode(data).rstrip(b"="))


@given(st.one_of(st.binary(max_size=24), st.lists(st.sampled_from(ALPHABET + b"=+/"), max_size=24).map(bytes)))
@settings(max_examples=150, deadline=None)
def test_base64url_agrees_with_the_standard_library(segment: bytes) -> None:
    """It reads what is canonical to the same bytes, and nothing else."""
    assert canonical(segment) == accepted(segment)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_there_is_one_spelling(data: st.DataObject) -> None:
    """Of two segments that are nearly the same, and both read, no two decode alike."""
    one = data.draw(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=12).map(bytes))
    at = data.draw(st.integers(0, len(one) - 1))
    other = one[:at] + bytes([data.draw(st.sampled_from(ALPHABET))]) + one[at + 1 :]
    first, second = accepted(one), accepted(other)
    assert first is None or first != second or one == other


# -- JSON --------------------------------------------------------------------------------------------------------------


def nested(depth: int, opening: bytes, closing: bytes, core: bytes = b"1") -> bytes:
    """An object in whose member `a` arrays or objects lie in each other, so that there are *depth* of them in all."""
    return b'{"a":' + opening * (depth - 1) + core + closing * (depth - 1) + b"}"


def members(count: int, value: bytes = b"0") -> bytes:
    """An object of *count* members, each of this value."""
    return b"{" + b",".join(b'"%d":%s' % (name, value) for name in range(count)) + b"}"


def array_of(count: int) -> bytes:
    """An object of one member, an array of *count* zeros."""
    return b'{"a":[' + b",".join([b"0"] * count) + b"]}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b"{}", {}, id="empty"),
        pytest.param(b' {\t"a" :\r\n1 } ', {"a": 1}, id="white space"),
        pytest.param(b'{"a":true,"b":false,"c":null}', {"a": True, "b": False, "c": None}, id="words"),
        pytest.param(b'{"a":1,"A":2}', {"a": 1, "A": 2}, id="names differ by case"),
        pytest.param(b'{"a":{"b":1},"b":{"b":1}}', {"a": {"b": 1}, "b": {"b": 1}}, id="names repeated elsewhere"),
        pytest.param(b'{"":1}', {"": 1}, id="an empty name"),
        pytest.param(
            members(MAX_MEMBERS), dict.fromkeys(map(str, range(MAX_MEMBERS)), 0), id="as many as there may be"
        ),
        pytest.param(b'{"a":["b","c"],"d":[]}', {"a": ["b", "c"], "d": []}, id="arrays of strings"),
        pytest.param(b'{"a":["b",1,null],"d":{}}', {"a": ["b", 1, None], "d": {}}, id="arrays of anything"),
        pytest.param(rb'{"a":"https:\/\/a\/b"}', {"a": "https://a/b"}, id="escaped slashes"),
        pytest.param(rb'{"a":"\\/\\\/"}', {"a": "\\/\\/"}, id="backslashes before slashes"),
        pytest.param(rb'{"\u0061":"\u00e4"}', {"a": "ä"}, id="escaped letters"),
        pytest.param(rb'{"a":"\uD834\uDD1E"}', {"a": "\U0001d11e"}, id="a surrogate pair"),
        pytest.param('{"ä":"\U0001d11e"}'.encode(), {"ä": "\U0001d11e"}, id="UTF-8"),
        pytest.param(rb'{"a":"\u0000"}', {"a": "\0"}, id="an escaped zero"),
        pytest.param(b'{"a":-0}', {"a": 0}, id="minus zero"),
        pytest.param(b'{"a":1.5e2}', {"a": 150.0}, id="a real number"),
        pytest.param(b'{"a":1e-400}', {"a": 0.0}, id="a number that is nearly nothing"),
        pytest.param(f'{{"a":{MAX_INT}}}'.encode(), {"a": MAX_INT}, id="the largest integer"),
        pytest.param(f'{{"a":{-MAX_INT}}}'.encode(), {"a": -MAX_INT}, id="the smallest integer"),
        pytest.param(f'{{"a":[{-MAX_INT},{MAX_INT}]}}'.encode(), {"a": [-MAX_INT, MAX_INT]}, id="both below"),
        pytest.param(b'{"__class__":1,"exp\\u0000":2}', {"__class__": 1, "exp\0": 2}, id="names that mean something"),
    ],
)
def test_json_is_read(text: bytes, value: dict[str, object]) -> None:
    """What is JSON and says one thing is read as just that, types included."""
    assert repr(value) == repr(thawed(json_object(text)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(b"", "not_utf8_json", id="nothing"),
        pytest.param(b" ", "not_utf8_json", id="white space"),
        pytest.param(b"{", "not_utf8_json", id="cut short"),
        pytest.param(b'{"a":1}x', "not_utf8_json", id="something behind"),
        pytest.param(b'{"a":1}{"a":1}', "not_utf8_json", id="another object behind"),
        pytest.param(b'{"a":1}\0', "not_utf8_json", id="a zero byte behind"),
        pytest.param(b'\x0b{"a":1}', "not_utf8_json", id="a vertical tab in front"),
        pytest.param(b'{"a":1,}', "not_utf8_json", id="a trailing comma"),
        pytest.param(b'{"a":1}//x', "not_utf8_json", id="a comment"),
        pytest.param(b"{'a':1}", "not_utf8_json", id="single quotes"),
        pytest.param(b"{a:1}", "not_utf8_json", id="a bare name"),
        pytest.param(b'{"a":01}', "not_utf8_json", id="a leading zero"),
        pytest.param(b'{"a":+1}', "not_utf8_json", id="a plus"),
        pytest.param(b'{"a":.5}', "not_utf8_json", id="no digit before the point"),
        pytest.param(b'{"a":0x1}', "not_utf8_json", id="a hexadecimal number"),
        pytest.param(b'{"a":True}', "not_utf8_json", id="a word of another language"),
        pytest.param(b'{"a":"\n"}', "not_utf8_json", id="a bare newline in a string"),
        pytest.param(rb'{"a":"\x41"}', "not_utf8_json", id="an escape of another language"),
        pytest.param(b"\xef\xbb\xbf{}", "not_utf8_json", id="a byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "not_utf8_json", id="UTF-16"),
        pytest.param('{"a":1}'.encode("utf-32-le"), "not_utf8_json", id="UTF-32"),
        pytest.param(b'{"a":"\xc2"}', "not_utf8_json", id="a torn character"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "not_utf8_json", id="a surrogate in UTF-8"),
        pytest.param(b'{"\xc0\xa1":1}', "not_utf8_json", id="an overlong character"),
        pytest.param(rb'{"a":"\ud800"}', "not_utf8_json", id="a lone surrogate"),
        pytest.param(rb'{"\udfff":1}', "not_utf8_json", id="a lone surrogate in a name"),
        pytest.param(rb'{"a":["\ud800A"]}', "not_utf8_json", id="a lone surrogate below"),
        pytest.param(b'"a"', "not_json_object", id="a string"),
        pytest.param(b"[]", "not_json_object", id="an array"),
        pytest.param(b'[{"a":1}]', "not_json_object", id="an object in an array"),
        pytest.param(b"null", "not_json_object", id="null"),
        pytest.param(b"1", "not_json_object", id="a number"),
        pytest.param(b'{"a":NaN}', "invalid_number", id="NaN"),
        pytest.param(b'{"a":[-Infinity]}', "invalid_number", id="minus infinity"),
        pytest.param(b'{"a":1e400}', "invalid_number", id="a number beyond all"),
        pytest.param(b'{"a":-1e400}', "invalid_number", id="a number below all"),
        pytest.param(f'{{"a":{MAX_INT + 1}}}'.encode(), "invalid_number", id="20 digits"),
        pytest.param(f'{{"a":{-MAX_INT - 1}}}'.encode(), "invalid_number", id="20 digits below zero"),
        pytest.param(f'{{"a":[{{"b":{MAX_INT + 1}}}]}}'.encode(), "invalid_number", id="20 digits below"),
        pytest.param(b'{"a":' + b"9" * 4_000 + b"}", "invalid_number", id="4,000 digits"),
        pytest.param(b'{"a":' + b"9" * 5_000 + b"}", "invalid_number", id="5,000 digits"),
        pytest.param(b'{"a":1,"a":1}', "duplicate_member", id="a member twice"),
        pytest.param(b'{"a":1,"b":2,"a":3}', "duplicate_member", id="a member twice, apart"),
        pytest.param(rb'{"a":1,"\u0061":2}', "duplicate_member", id="a member twice, once escaped"),
        pytest.param(rb'{"a/b":1,"a\/b":2}', "duplicate_member", id="a member twice, its slash escaped"),
        pytest.param(b'{"a":{"b":1,"b":1}}', "duplicate_member", id="a member twice below"),
        pytest.param(b'{"a":[[{"b":1,"b":[]}]]}', "duplicate_member", id="a member twice far below"),
        pytest.param(b'{"a":{"b":1,"b":1},"a":{}}', "duplicate_member", id="what a repeated member hides"),
        pytest.param(rb'{"a":1,"a":"\\/\\/\\/\\/"}', "duplicate_member", id="hidden behind backslashes"),
        pytest.param(nested(MAX_DEPTH + 1, b"[", b"]"), "too_deep", id="arrays too deep"),
        pytest.param(nested(MAX_DEPTH + 1, b'{"a":', b"}"), "too_deep", id="objects too deep"),
        pytest.param(nested(MAX_DEPTH + 1, b"[", b"]", b""), "too_deep", id="empty arrays too deep"),
        pytest.param(nested(MAX_DEPTH + 1, b'[{"a":', b"}]"), "too_deep", id="both too deep"),
        pytest.param(nested(500, b"[", b"]"), "too_deep", id="hundreds deep"),
        pytest.param(nested(20_000, b"[", b"]"), "too_deep", id="endless"),
        pytest.param(b'{"a":' + b"[" * 20_000, "too_deep", id="endless and open"),
        pytest.param(b"[" * 20_000, "too_deep", id="endless from the start"),
        pytest.param(rb'{"a":"\ud800","b":' + b"[" * 20_000, "too_deep", id="endless behind a lone surrogate"),
        pytest.param(array_of(MAX_VALUES), "too_complex", id="an array too long"),
        pytest.param(
            b'{"a":[' + b",".join([b"[0]"] * (MAX_VALUES // 2)) + b"]}", "too_complex", id="too many in little arrays"
        ),
        pytest.param(
            members(MAX_MEMBERS + 1),
            "too_complex",
            id="an object too large",
        ),
        pytest.param(
            b'{"a":' + members(MAX_MEMBERS + 1) + b"}",
            "too_complex",
            id="an object too large below",
        ),
        pytest.param(
            b'{"a":[' + b",".join([b'"0"'] * MAX_VALUES) + b"]}", "too_complex", id="an array of too many strings"
        ),
    ],
)
def test_json_is_refused(text: bytes, fault: str) -> None:
    """Each fault has its name, and no other error ever comes."""
    assert fault == fault_of(json_object, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(nested(MAX_DEPTH, b"[", b"]"), id="arrays"),
        pytest.param(nested(MAX_DEPTH, b'{"a":', b"}"), id="objects"),
        pytest.param(array_of(MAX_VALUES - 1), id="values"),
        pytest.param(members(MAX_MEMBERS, b'"x"'), id="members that are strings"),
        pytest.param(
            members(MAX_MEMBERS - 1, b'"x"')[:-1]
            + b',"a":['
            + b",".join([b'"x"'] * (MAX_VALUES - MAX_MEMBERS))
            + b"]}",
            id="values that are strings",
        ),
    ],
)
def test_json_is_read_to_the_limit(text: bytes) -> None:
    """What reaches a limit does not exceed it."""
    assert json.loads(text) == thawed(json_object(text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(nested(16, b"[", b"]"), None, id="depth"),
        pytest.param(nested(17, b"[", b"]"), "too_deep", id="a depth too many"),
        pytest.param(array_of(1_999), None, id="values"),
        pytest.param(array_of(2_000), "too_complex", id="a value too many"),
        pytest.param(members(256), None, id="members"),
        pytest.param(members(257), "too_complex", id="a member too many"),
        pytest.param(b'{"a":9999999999999999999}', None, id="digits"),
        pytest.param(b'{"a":10000000000000000000}', "invalid_number", id="a digit too many"),
    ],
)
def test_the_limits_in_figures(text: bytes, fault: str | None) -> None:
    """Those that are documented; the tests above would follow a constant wherever it went."""
    assert fault == fault_of(json_object, text)


@pytest.mark.parametrize(
    ("depth", "fault"), [(1, None), (2, None), (3, None), (4, "too_deep")], ids=["flat", "two", "three", "four"]
)
def test_the_depth_can_be_less(depth: int, fault: str | None) -> None:
    """A key document needs less of it than a token."""
    assert fault == fault_of(lambda text: json_object(text, max_depth=3), nested(depth, b"[", b"]"))


@pytest.mark.parametrize("text", [b'{"a":[{"b":[1]}],"c":{"d":{}}}', b'{"a" : [{"b":[1]}],"c":{"d":{}}}'])
def test_what_was_read_is_frozen_below(text: bytes) -> None:
    """Arrays are tuples and objects are read-only, to the bottom, however the text is spelled."""
    value = json_object(text)
    empty: dict[str, JSON] = {}
    assert {"a": (MappingProxyType({"b": (1,)}),), "c": MappingProxyType({"d": MappingProxyType(empty)})} == value
    inner = value["c"]
    assert isinstance(inner, MappingProxyType)
    with pytest.raises(TypeError):
        inner["d"] = 1  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


# -- JSON, by a slow reader --------------------------------------------------------------------------------------------


class Refused(Exception):
    """The slow reader refuses."""


def refuse(text: str) -> NoReturn:
    raise Refused(text)


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("duplicate")
    return members


def finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else refuse(text)


def small(text: str) -> int:
    return int(text) if len(text.lstrip("-")) <= 19 else refuse(text)


def measured(value: object, depth: int = 1) -> int:
    """How many values lie in *value*; refuses what is nested too deep and what is no text."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused("surrogate") from None
    children: list[object] = []
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        children = list(members.values())
        measured(" ".join(members))
    elif isinstance(value, list):
        children = cast("list[object]", value)
    else:
        return 0
    if depth > MAX_DEPTH:
        raise Refused("depth")
    return len(children) + sum(measured(child, depth + 1) for child in children)


def slowly(text: bytes) -> dict[str, object] | None:
    """Read a JSON object with the standard library and a check for each thing that it lets pass; None is a refusal."""
    try:
        value: Any = json.loads(
            text.decode(), object_pairs_hook=unique, parse_constant=refuse, parse_float=finite, parse_int=small
        )
        if not isinstance(value, dict) or measured(cast("object", value)) > MAX_VALUES:
            return None
    except (Refused, ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value)


SPACE = st.sampled_from(["", "", "", "", " ", "\n", "\t\r "])
CHARACTERS = st.sampled_from(
    [*"aab/ä\U0001d11e\x7f'", "\\/", "\\\\", "\\\\/", '\\"', "\\n", "\\u0061", "\\u002f", "\\uD834\\uDD1E"]
)
STRINGS = st.lists(CHARACTERS, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
NAMES = st.sampled_from(
    ['"a"', '"b"', '"c"', '"d"', '"e/f"', '"\\u0061"', '"e\\/f"', '""', '"A"', '"ä"', '"g"', '"h"', '"i"', '"j"']
)
NUMBERS = st.tuples(
    st.sampled_from(["", "-"]),
    st.sampled_from(["0", "1", "23", "9999999999999999999", "10000000000000000000", "123456789012345678901"]),
    st.sampled_from(["", "", "", ".0", ".5", ".0000"]),
    st.sampled_from(["", "", "", "e0", "E+2", "e-400", "e400"]),
).map("".join)
# Now and then something that is not JSON, for the whole to be refused.
NONSENSE = st.sampled_from(
    ["NaN", "-Infinity", "01", "+1", "1.", ".5", "-", "nul", "", '"\\ud800"', '"\\x61"', '"\x1f"']
)
SCALARS = st.integers(0, 19).flatmap(
    lambda dice: NONSENSE if dice == 0 else NUMBERS if dice < 5 else STRINGS if dice < 15 else st.just("true")
)


def containers(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.tuples(SPACE, NAMES, SPACE, st.just(":"), SPACE, inside, SPACE).map("".join)
    return st.one_of(
        st.lists(inside, max_size=4).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(member, max_size=4).map(lambda members: "{" + ",".join(members) + "}"),
    )


OBJECTS = st.lists(
    st.tuples(NAMES, st.just(":"), st.recursive(SCALARS, containers, max_leaves=8)).map("".join), max_size=4
)
TEXTS = st.tuples(SPACE, OBJECTS.map(lambda members: "{" + ",".join(members) + "}"), SPACE).map("".join)


@given(TEXTS)
@settings(max_examples=125, deadline=None)
def test_json_is_read_as_a_slow_strict_reader_would(text: str) -> None:
    """It accepts what that one accepts, duplicates, escapes, spaces and nesting included, and reads the same."""
    expected = slowly(text.encode())
    assert (fault_of(json_object, text.encode()) is None) == (expected is not None)
    if expected is not None:
        assert repr(expected) == repr(thawed(json_object(text.encode())))


@given(
    st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()), st.lists), st.booleans()
)
@settings(max_examples=100, deadline=None)
def test_json_is_read_as_the_standard_library_writes_it(value: object, ascii_only: bool) -> None:  # noqa: FBT001
    """Whatever value it is, in either of the standard library's spellings."""
    for separators in ((",", ":"), (", ", ": ")):
        text = json.dumps({"a": value}, ensure_ascii=ascii_only, separators=separators).encode(errors="surrogatepass")
        expected = slowly(text)
        found: dict[str, JSON] | None = None
        if fault_of(json_object, text) is None:
            found = json_object(text)
        assert repr(expected) == repr(thawed(found))


@given(TEXTS, st.integers(0, 200), st.binary(max_size=1), st.integers(0, 1))
@settings(max_examples=100, deadline=None)
def test_json_that_was_damaged_is_read_as_a_slow_strict_reader_would(text: str, at: int, byte: bytes, cut: int) -> None:
    """So is a text of which one byte was lost, changed or added."""
    whole = text.encode()
    damaged = whole[:at] + byte + whole[at + cut :]
    assert (fault_of(json_object, damaged) is None) == (slowly(damaged) is not None)


# -- JSON, by others' vectors ------------------------------------------------------------------------------------------


def suite(shared: Path, prefix: str) -> dict[str, bytes]:
    """The files of the JSON Parsing Test Suite whose names start so."""
    folder = shared / "data" / "JSONTestSuite" / "test_parsing"
    if not folder.is_dir():
        pytest.skip(f"no JSON Parsing Test Suite at {folder}")
    files = {path.name: path.read_bytes() for path in sorted(folder.glob(f"{prefix}_*.json"))}
    assert files, f"no {prefix}_ files in {folder}"
    return files


def test_what_is_not_json_is_refused(shared: Path) -> None:
    """Every `n_` file of the suite, inside an object too, where all that matters is refused just so."""
    files = suite(shared, "n")
    assert [] == [name for name, text in files.items() if fault_of(json_object, text) is None]
    for name, text in files.items():
        inside = b'{"a":' + text + b"}"
        assert (slowly(inside) is None) == (fault_of(json_object, inside) is not None), name


def test_what_is_json_is_read(shared: Path) -> None:
    """Every `y_` file that is an object and repeats no member; of the others each is refused for what it is."""
    for name, text in suite(shared, "y").items():
        fault = fault_of(json_object, text)
        if not isinstance(json.loads(text), dict):
            assert "not_json_object" == fault, name
        elif "duplicated_key" in name:
            assert "duplicate_member" == fault, name
        else:
            assert repr(json.loads(text)) == repr(thawed(json_object(text))), name


def test_what_may_be_read_either_way_is_read_as_a_strict_reader_would(shared: Path) -> None:
    """Every `i_` file, inside an object."""
    for name, text in suite(shared, "i").items():
        inside = b'{"a":' + text + b"}"
        expected = slowly(inside)
        assert (expected is not None) == (fault_of(json_object, inside) is None), name
