"""The members of an event: maps that may be absent or null, texts and lists of texts, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from cogauth import CogAuthError

Headers: TypeAlias = list[tuple[str, str]]


class UnknownEvent(CogAuthError):
    """The event is not one that is answered here; for API Gateway that is a 500, of which it keeps nothing."""

    code = "unknown_event"
    message = "not an event of API Gateway, AppSync or a load balancer that is answered here"


def event_of(event: object) -> Mapping[str, Any]:
    """
    Give *event* as what it must be at least.

    Raises:
        UnknownEvent: it is no map.
    """
    if not isinstance(event, Mapping):
        raise UnknownEvent
    return cast("Mapping[str, Any]", event)


def map_of(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """
    Give a map that may be absent or null; a test in the console has null for most.

    Raises:
        UnknownEvent: it is something else.
    """
    value = event.get(key)
    return event_of({} if value is None else value)


def text_of(event: Mapping[str, Any], key: str) -> str:
    """
    Give a text that must be there.

    Raises:
        UnknownEvent: it is not.
    """
    value = event.get(key)
    if not isinstance(value, str):
        raise UnknownEvent
    return value


def values_of(value: object) -> list[str]:
    """
    Give a list of texts that may be null.

    Raises:
        UnknownEvent: it is something else.
    """
    values = [] if value is None else cast("list[object]", value)
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise UnknownEvent
    return cast("list[str]", values)


def headers_of(event: Mapping[str, Any], single: str = "headers", several: str = "multiValueHeaders") -> Headers:
    """
    Give all headers, repeats as repeats: the maps *single* and *several* are of one or all values by name.

    Where there is *several* it alone counts, since the other has only the last of a repeated header (AWS: "Input to a
    Lambda function for proxy integration"). Two names that differ only in case stay two (REST APIs keep the case).

    Raises:
        UnknownEvent: the maps are none, or have values that are no text.
    """
    repeated = map_of(event, several)
    if repeated:
        return [(name, value) for name, values in repeated.items() for value in values_of(values)]
    return [(name, text_of({name: value}, name)) for name, value in map_of(event, single).items() if value is not None]
