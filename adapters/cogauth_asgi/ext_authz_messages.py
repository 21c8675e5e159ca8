"""
Envoy's messages: as much of `envoy.service.auth.v3` as a question has to say here, and an answer.

Read and written by hand, as the Protocol Buffers encoding says (protobuf.dev/programming-guides/encoding): code made of
the messages' descriptions takes ten times as long, and many times as long as the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_LONGEST_VARINT: Final = 10
_MORE: Final = 0x80
"""The bit of an octet that says that the number goes on."""

_OVERWRITE_IF_EXISTS_OR_ADD: Final = 2


class Question(NamedTuple):
    """The HTTP request of a `CheckRequest`, as Envoy has it."""

    method: bytes
    target: bytes
    """Path and query, as they were sent."""
    host: bytes
    headers: list[tuple[bytes, bytes]]
    """
    Names in lower case, pseudo-headers (RFC 9113 section 8.3) among them. Repeats are joined by commas, unless Envoy is
    told to send headers as they came (`encode_raw_headers`).
    """


def question(octets: bytes) -> Question | None:
    """
    Read a serialized `CheckRequest`; None where it is about no HTTP request.

    Raises:
        ValueError: it is none.
    """
    http = _message(_message(_message(_fields(octets), 1), 4), 2)
    if not http:
        return None
    raw = [_pair(each) for each in _parts(_message(http, 13), 1)]
    # A map's entries have their keys once; of two of the same key the last is meant.
    joined = dict(_pair(each) for each in _parts(http, 3))
    headers = [(name.lower(), value) for name, value in raw or joined.items()]
    return Question(_last(http, 2), _last(http, 4), _last(http, 5), headers)


def allowing(headers: Iterable[tuple[str, str]], metadata: Mapping[str, str]) -> bytes:
    """Write the `CheckResponse` that lets a request pass, with *headers* in place of the client's of those names."""
    status, ok = _bytes(1, b""), b"".join(_bytes(2, _header(*pair)) for pair in headers)
    return status + _bytes(3, ok) + _bytes(4, _struct(metadata))


def refusing(status: int, headers: Iterable[tuple[str, str]], body: bytes, metadata: Mapping[str, str]) -> bytes:
    """Write the `CheckResponse` that refuses a request with this answer."""
    http = _bytes(1, _number(1, status)) + b"".join(_bytes(2, _header(*pair)) for pair in headers) + _bytes(3, body)
    # Which refusal it is says the status of HTTP; the one of gRPC (PERMISSION_DENIED) is only not OK.
    return _bytes(1, _number(1, 7)) + _bytes(2, http) + _bytes(4, _struct(metadata))


Fields = list[tuple[int, "bytes | None"]]
"""Numbers and contents in their order; None stands for a content that is no string, bytes or message."""


def _fields(octets: bytes) -> Fields:
    fields: Fields = []
    place, end = 0, len(octets)
    while place < end:
        tag, place = _varint(octets, place)
        content = None
        match tag & 7:
            case 2:
                length, place = _varint(octets, place)
                content, place = octets[place : place + length], place + length
            case 0:
                _, place = _varint(octets, place)
            case 1:
                place += 8
            case 5:
                place += 4
            case _:
                raise ValueError("no message: a wire type that there is not")
        number = tag >> 3
        if place > end or not number:
            raise ValueError("no message: a field without an end or a number")
        fields.append((number, content))
    return fields


def _varint(octets: bytes, place: int) -> tuple[int, int]:
    if place < len(octets) and octets[place] < _MORE:
        return octets[place], place + 1  # nearly always
    value = 0
    for index, octet in enumerate(octets[place : place + _LONGEST_VARINT]):
        value |= (octet & 0x7F) << 7 * index
        if octet < _MORE:
            return value, place + index + 1
    raise ValueError("no message: a number without an end")


def _parts(fields: Fields, number: int) -> list[bytes]:
    """Give what a field holds, each time that it is there."""
    found: list[bytes] = []
    for each, content in fields:
        if each == number:
            if content is None:
                raise ValueError("no message: a field of another type")
            found.append(content)
    return found


def _last(fields: Fields, number: int) -> bytes:
    return (_parts(fields, number) or [b""])[-1]


def _message(fields: Fields, number: int) -> Fields:
    """Read a message within; one that comes in several pieces is put together."""
    return _fields(b"".join(_parts(fields, number)))


def _pair(octets: bytes) -> tuple[bytes, bytes]:
    """Read a `HeaderValue{key = 1, value = 2, raw_value = 3}`, or an entry of a map, which has no third."""
    found = {1: b"", 2: b"", 3: b""}
    for number, content in _fields(octets):
        if content is not None:
            found[number] = content
        elif number in found:
            raise ValueError("no message: a field of another type")
    return found[1], found[3] or found[2]


def _header(name: str, value: str) -> bytes:
    """
    Write a `HeaderValueOption`.

    `keep_empty_value` is for the one release of Envoy that left out empty headers, and the client's own in their place,
    unless it is set (envoyproxy/envoy#45103, taken back by #45321).
    """
    header = _bytes(1, name.lower().encode("ascii")) + _bytes(2, value.encode("ascii"))
    return _bytes(1, header) + _REPLACING


def _struct(members: Mapping[str, str]) -> bytes:
    """Write a `google.protobuf.Struct` of strings."""
    values = ((_bytes(1, name.encode()), _bytes(3, text.encode())) for name, text in members.items())
    return b"".join(_bytes(1, name + _bytes(2, value)) for name, value in values)


def _bytes(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint_of(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return bytes((number << 3,)) + _varint_of(value)


def _varint_of(value: int) -> bytes:
    if value < _MORE:
        return bytes((value,))
    octets = bytearray()
    while value >= _MORE:
        octets.append(value & 0x7F | _MORE)
        value >>= 7
    octets.append(value)
    return bytes(octets)


_REPLACING: Final = _number(3, _OVERWRITE_IF_EXISTS_OR_ADD) + _number(4, 1)
