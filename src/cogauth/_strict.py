"""
Base64url and JSON that refuse what they should.

There is exactly one spelling of a segment (RFC 7515 section 2, RFC 4648 section 3.5) and exactly one reading of a JSON
text (RFC 8725 section 2.6, RFC 7493): no padding, no stray bits, no duplicate members, no numbers that only some
readers understand. What is read comes back frozen to the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

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

MAX_VALUES = 2_000
"""How many values a text may hold in all."""

MAX_MEMBERS = 256
"""How many members one object may have; a token of Cognito's has some twenty."""

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

# What nearly every header and payload is: strings, numbers and arrays of strings, read and frozen in one go. Integers
# beyond 64 bits are left to the slower reader.
_Flat: TypeAlias = dict[
    str, str | Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | float | bool | tuple[str, ...] | None
]
_decode_flat = cast("Callable[[bytes], dict[str, JSON]]", msgspec.json.Decoder(_Flat).decode)


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

    Args:
        text: of which nothing is trusted.
        max_depth: how many arrays and objects may lie in each other, the object itself included; 2 at least.

    Raises:
        Unacceptable: anything but `base64` and `base64_noncanonical`.
    """
    try:
        members = _decode_flat(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _nested(text, max_depth)
    kinds = [*map(type, members.values())]
    values = len(kinds)
    strings = values + kinds.count(str)
    if tuple in kinds:
        items = sum([len(member) for member in members.values() if type(member) is tuple])
        values += items
        strings += items
    _check(text, values, strings, len(kinds))
    return members


def _check(text: bytes, values: int, strings: int, members: int) -> None:
    """
    Refuse a text that says too much, or one thing twice.

    In the text each string has two quotes, and a quote within a string has a third. So as many quotes as the strings
    that were read need means that nothing was read over: no member stands twice. That is how issuers write, and costs
    a tenth of a second parse. Any other text is read once more, member by member.
    """
    if members > MAX_MEMBERS or values > MAX_VALUES:
        raise Unacceptable("too_complex")
    if text.count(b'"') != 2 * strings:
        import json  # here and below: the slow reader, which tokens as issuers write them never meet

        json.loads(text.decode(), object_pairs_hook=_unique)


def _nested(text: bytes, max_depth: int) -> dict[str, JSON]:
    """Read what is no flat object: one of objects in each other, of unusual numbers, or nothing at all."""
    try:
        value: Any = _decode_json(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unacceptable(_diagnose(text, error)) from None
    if type(value) is not dict:
        raise Unacceptable("not_json_object")
    tally = _Tally()
    members = {name: _frozen(member, max_depth - 1, tally) for name, member in cast("dict[str, Any]", value).items()}
    _check(text, tally.values + len(members), tally.strings + len(members), max(len(members), tally.members))
    return members


class _Tally:
    """What a text was read to hold: values, strings among them (names included), members of its largest object."""

    __slots__ = ("members", "strings", "values")

    def __init__(self) -> None:
        self.values = 0
        self.strings = 0
        self.members = 0


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unacceptable("duplicate_member")
    return members


def _frozen(value: Any, depth: int, tally: _Tally) -> JSON:
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]  # a cast here costs what a member costs
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
        tally.members = max(tally.members, len(value))
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
    import json

    try:
        json.loads(text.decode(), parse_constant=_no_number)
    except _Number:
        return "invalid_number"
    except RecursionError:
        return "too_deep"
    except ValueError:
        pass
    return "not_utf8_json"
