"""
Base64url and JSON that refuse what they should.

There is exactly one spelling of a segment (RFC 7515 section 2, RFC 4648 section 3.5) and exactly one reading of a JSON
text (RFC 8725 section 2.6, RFC 7493): no padding, no stray bits, no duplicate members, no numbers that only some
readers understand. What is read comes back frozen to the bottom.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NoReturn, TypeAlias, cast

import msgspec

JSON: TypeAlias = "str | int | float | bool | tuple[JSON, ...] | Mapping[str, JSON] | None"

Fault: TypeAlias = Literal[
    "base64",
    "base64_noncanonical",
    "duplicate_member",
    "invalid_number",
    "not_json_object",
    "not_utf8_json",
    "too_complex",
    "too_deep",
]

MAX_DEPTH = 16
"""How many arrays and objects may lie in each other in a token; Cognito's own tokens need 3."""

MAX_MEMBERS = 2_000
"""How many values a text may hold in all."""

MAX_INT = 10**19 - 1
"""Integers of more than 19 digits are refused: no claim needs them, and readers differ on what they mean."""

# base64url to the standard alphabet; whatever is not base64url, `=`, `+` and `/` included, becomes a byte that the
# decoder refuses.
_TO_STANDARD = bytes(
    byte if bytes((byte,)).isalnum() else {0x2D: 0x2B, 0x5F: 0x2F}.get(byte, 0x21) for byte in range(256)
)
_FRAME = {0: (b'"', b'"'), 2: (b'"', b'=="'), 3: (b'"', b'="')}
_LAST = {0: None, 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}

_decode_base64 = msgspec.json.Decoder(bytes).decode
_decode_json = msgspec.json.Decoder().decode


class Unacceptable(ValueError):
    """Something was not spelled the one way it may be; `fault` says how. The caller makes it an error of its own."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def base64url(segment: bytes) -> bytes:
    """
    Decode *segment*, which must be canonical, unpadded base64url.

    msgspec's decoder is the fastest here (half the time of `binascii`) and takes only whole, padded, standard base64;
    the table above leaves it nothing else to see. The bits that a last character does not need must be zero, so that
    no two segments decode alike.

    Raises:
        Unacceptable: `base64` or `base64_noncanonical`.
    """
    rest = len(segment) & 3
    if rest == 1:
        raise Unacceptable("base64")
    head, tail = _FRAME[rest]
    try:
        decoded = _decode_base64(head + segment.translate(_TO_STANDARD) + tail)
    except msgspec.MsgspecError:
        raise Unacceptable("base64") from None
    last = _LAST[rest]
    if last is not None and segment[-1] not in last:
        raise Unacceptable("base64_noncanonical")
    return decoded


def json_object(text: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, JSON]:
    """
    Read *text*, which must be one JSON object, and freeze all below it.

    msgspec refuses by itself broken UTF-8, a byte order mark, lone surrogates, NaN, infinities, control characters and
    trailing text; three things it lets pass are caught here: duplicate members, endless integers, endless nesting.

    Raises:
        Unacceptable: anything but `base64` and `base64_noncanonical`.
    """
    try:
        value: Any = _decode_json(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unacceptable(_diagnose(text, error)) from None
    if type(value) is not dict:
        raise Unacceptable("not_json_object")
    members = cast("dict[str, Any]", value)
    # Claims are strings, but for a few: only those need a look, each of them, and one that is nested needs freezing.
    others = [item for item in members.items() if type(item[1]) is not str]
    tally = _Tally(len(members), strings=2 * len(members) - len(others))
    for name, member in others:
        kind = type(member)  # pyright: ignore[reportUnknownVariableType]  # a cast here costs what a member costs
        if kind is int:
            if not -MAX_INT <= member <= MAX_INT:
                raise Unacceptable("invalid_number")
        elif kind is list or kind is dict:
            members[name] = _frozen(member, max_depth - 1, tally)
    if tally.values > MAX_MEMBERS:
        raise Unacceptable("too_complex")
    # In the text each string has two quotes, and a quote within a string has a third. So as many quotes as the strings
    # that were read need means that nothing was read over: no member stands twice. That is how issuers write, and
    # costs a tenth of a second parse. Any other text is read once more, member by member.
    if text.count(b'"') != 2 * tally.strings:
        json.loads(text.decode(), object_pairs_hook=_unique)
    return members


class _Tally:
    """How many values, and how many strings among them, member names included, a text was read to hold."""

    __slots__ = ("strings", "values")

    def __init__(self, values: int, strings: int) -> None:
        self.values = values
        self.strings = strings


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unacceptable("duplicate_member")
    return members


def _frozen(value: Any, depth: int, tally: _Tally) -> JSON:
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]  # as above
    if kind is str:
        tally.strings += 1
    elif kind is int:
        if not -MAX_INT <= value <= MAX_INT:
            raise Unacceptable("invalid_number")
    elif kind is list or kind is dict:
        if depth <= 0:
            raise Unacceptable("too_deep")
        tally.values += len(value)
        if kind is list:
            return tuple([_frozen(item, depth - 1, tally) for item in value])
        tally.strings += len(value)
        return MappingProxyType({name: _frozen(item, depth - 1, tally) for name, item in value.items()})
    frozen: JSON = value
    return frozen


class _Number(Exception):
    """Found a number that JSON does not have."""


def _no_number(text: str) -> NoReturn:
    raise _Number(text)


def _diagnose(text: bytes, error: Exception) -> Fault:
    """Say why a text was refused; off the fast path, so that the log can tell one attack from another."""
    if isinstance(error, RecursionError):
        return "too_deep"
    if isinstance(error, msgspec.ValidationError):
        return "invalid_number"
    try:
        json.loads(text.decode(), parse_constant=_no_number)
    except _Number:
        return "invalid_number"
    except RecursionError:
        return "too_deep"
    except ValueError:
        pass
    return "not_utf8_json"
