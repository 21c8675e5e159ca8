"""How a policy speaks of AppSync: the lines of its route table that AppSync asks about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cogauth import ConfigurationError, Policy

QUERY: Final = "POST /graphql"
"""Whether somebody may use a GraphQL API at all: the request with which it is used."""

FIELD: Final = "FIELD"
"""The method of lines such as `FIELD /Query/orders`."""

EVENTS: Final = {"EVENT_CONNECT": "CONNECT", "EVENT_SUBSCRIBE": "SUBSCRIBE", "EVENT_PUBLISH": "PUBLISH"}
"""The operations of an Event API, and the methods of lines such as `SUBSCRIBE /news/{channel}`."""

SUBSCRIBE_ALL: Final = "SUBSCRIBE-ALL"
"""The method of a subscription to all that is below a channel: `/news/*` is `SUBSCRIBE-ALL /news`."""

_METHODS: Final = {FIELD, SUBSCRIBE_ALL, *EVENTS.values()}
# GraphQL specification, section 2.1.9, "Names".
_FIELD: Final = re.compile(r"FIELD /([_A-Za-z][_0-9A-Za-z]*)/([_A-Za-z][_0-9A-Za-z]*)", re.ASCII)


def only_appsync(lines: Iterable[str]) -> bool:
    """Tell whether nobody but AppSync asks about *lines*."""
    others = [line for line in lines if line != QUERY]
    return bool(others) and all(line.partition(" ")[0] in _METHODS for line in others)


def fields_of(policy: Policy, api: str | None) -> Iterator[tuple[str, str]]:
    """
    Give each field of GraphQL that the policy has a rule for, as its path and as AppSync writes it.

    Raises:
        ConfigurationError: a line is no name of one field; AppSync can deny nothing else.
    """
    for owner, route in policy.all_routes():
        for line in route.match:
            if owner in (None, api) and route.mode == "enforce" and line.partition(" ")[0] == FIELD:
                names = _FIELD.fullmatch(line)
                if names is None:
                    raise ConfigurationError(
                        f"route {line!r}: AppSync denies fields by name; write each, such as FIELD /Query/orders"
                    )
                yield f"/{names[1]}/{names[2]}", f"{names[1]}.{names[2]}"
