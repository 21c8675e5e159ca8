"""Operations: what an OpenAPI description lets clients ask for, as far as authorization is concerned."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from cogauth import ConfigurationError
from cogauth.review.overlap import Pattern
from cogauth.routes import ANY

_TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_]")


class Operation(NamedTuple):
    """A method on a path template."""

    method: str
    path: str
    """The template as it is written, with the base path before it."""
    name: str
    """The `operationId`; empty without one."""
    tag: str
    """The first of its tags; empty without one."""
    security: tuple[frozenset[str], ...] | None
    """Sets of scopes, of which one is asked for; None where nothing says so."""
    public: bool
    """Whether it asks for no security at all."""

    @property
    def line(self) -> str:
        """
        The line of the route table for these requests.

        Raises:
            ConfigurationError: no line can say them.
        """
        method = "GET" if self.method == "HEAD" else self.method
        names: list[str] = []
        segments = [_segment(segment, names) for segment in self.path.split("/")[1:]]
        line = f"{method} /{'/'.join(segments)}"
        Pattern.of(line)
        return line

    @property
    def pattern(self) -> Pattern | None:
        """The requests, None where no line can say them."""
        try:
            return Pattern.of(self.line)
        except ConfigurationError:
            return None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _segment(segment: str, names: list[str]) -> str:
    """Write a segment of a template as a route does; one that is a parameter in part is one as a whole."""
    found = _TEMPLATE.search(segment)
    if found is None:
        return unquote(segment)
    # Amazon API Gateway writes {proxy+} for what a route calls {proxy*}.
    star = "*" if found[1].endswith("+") and found[0] == segment else ""
    name = _NOT_IN_A_NAME.sub("_", found[1].removesuffix("+")) or "x"
    name = name if not name[0].isdigit() else f"_{name}"
    while name in names:
        name += "_"
    names.append(name)
    return f"{{{name}{star}}}"


METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""The fixed fields of a path item that are methods (OpenAPI 3.0.4 and 3.1.1, "Path Item Object"; `query` from 3.2)."""

ANY_METHOD: Final = ("x-amazon-apigateway-any-method", ANY)
"""What API Gateway adds to them (AWS: "x-amazon-apigateway-any-method object"), and what a route calls it."""
