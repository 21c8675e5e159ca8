"""Coverage: operations without a rule, and rules without an operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cogauth import Policy, Route
from cogauth.cli.openapi.operations import Operation
from cogauth.review.overlap import Pattern, Requests


class Coverage(NamedTuple):
    """How the operations of a description and the routes of a policy fit."""

    operations: int
    without_rule: tuple[Operation, ...]
    """Nobody can use them."""
    without_operation: tuple[str, ...]
    """Lines that decide no request to any operation."""

    @property
    def clean(self) -> bool:
        """Whether each has its other."""
        return not self.without_rule and not self.without_operation


class _Line(NamedTuple):
    text: str
    route: Route
    pattern: Pattern


def coverage_of(policy: Policy, api: str | None, operations: Sequence[Operation]) -> Coverage:
    """
    Lay the operations of *api* and the routes that count for it over each other, by the shape of their paths.

    An operation has a rule if all of its requests lead to a route, a preflight (OPTIONS) also if it may pass without;
    a line has an operation if some request to one is decided by that line.
    """
    lines = [
        _Line(line, route, Pattern.of(line))
        for of, route in policy.all_routes()
        if of in (None, api)
        for line in route.match
    ]
    asked = [(operation, operation.pattern) for operation in operations]
    patterns = [pattern for _, pattern in asked if pattern is not None]
    requests = Requests([*patterns, *(line.pattern for line in lines)])
    return Coverage(
        operations=len(operations),
        without_rule=tuple(
            operation
            for operation, pattern in asked
            if pattern is None
            or not all(
                policy.find(method, path, api) or _preflight(policy, method, path, lines)
                for method, path in requests.of(pattern)
            )
        ),
        without_operation=tuple(line.text for line in lines if not _is_asked(line, patterns, policy, api, requests)),
    )


def _preflight(policy: Policy, method: str, path: str, lines: Iterable[_Line]) -> bool:
    if method != "OPTIONS":
        return False
    return policy.cors_preflight or any(
        line.route.cors_preflight and line.pattern.takes(line.pattern.method, path) for line in lines
    )


def _is_asked(line: _Line, patterns: Iterable[Pattern], policy: Policy, api: str | None, requests: Requests) -> bool:
    find = policy.find_shadow if line.route.mode == "shadow" else policy.find
    for pattern in patterns:
        meeting = line.pattern.meeting(pattern)
        if meeting is not None and any(
            (found := find(method, path, api)) is not None and found.line == line.text
            for method, path in requests.of(meeting)
        ):
            return True
    return False
