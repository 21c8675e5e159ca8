"""What IAM makes of a policy document: a second opinion on documents, written only to be seen to be right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def meets(resource: str, pattern: str) -> bool:
    """
    Tell whether *pattern* takes all of *resource*: `*` is any run of characters, none included, `?` is one.

    Slashes and colons are characters like others (AWS: "IAM JSON policy elements: Resource").
    """
    ends = {0}  # the places in the resource that what we have seen of the pattern can end at
    for char in pattern:
        if char == "*":
            ends = set(range(min(ends), len(resource) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(resource) and char in ("?", resource[end])}
        if not ends:
            return False
    return len(resource) in ends


def allows(document: dict[str, Any], resource: str) -> bool:
    """Tell whether *document* lets *resource* be invoked: some statement allows it, and none denies it."""
    effects = {statement["Effect"] for statement in document["Statement"] if _applies(statement, resource)}
    return effects == {"Allow"}


def _applies(statement: dict[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return not _any(statement["NotResource"], resource)
    return _any(statement["Resource"], resource)


def _any(patterns: Iterable[str], resource: str) -> bool:
    return any(meets(resource, pattern) for pattern in patterns)
