"""What of a WSGI environ a decision is about (PEP 3333, "environ Variables")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Environ: TypeAlias = dict[str, Any]

DECISION: Final = "cogauth.decision"
"""Where an application finds the decision; no header can write there, for theirs begin with `HTTP_`."""

# The headers that a decision may read, as the environ spells them.
_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD")
# gunicorn takes a header of one of these names for the variable, if it comes from an address that it trusts. What the
# client wrote would then say where the path that the application routes by begins, and rules would see another one.
_VARIABLES = ("HTTP_SCRIPT_NAME", "HTTP_PATH_INFO")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)", re.ASCII)


class Asked(NamedTuple):
    """What somebody asks for."""

    method: str
    path: str
    """Decoded, without the query; empty, which is refused as odd, if it cannot be told for certain."""
    headers: tuple[tuple[str, str], ...]
    raw_path: str | bytes | None
    """As it was sent, where the server tells it."""
    host: str | None
    """The one Host header; None if there is none, or more than one, or one that the request line contradicts."""


def asked_of(environ: Environ) -> Asked:
    """Read an environ as a server made it."""
    return Asked(
        environ["REQUEST_METHOD"],
        path_of(environ),
        headers_of(environ),
        raw_path_of(environ),
        host_of(environ),
    )


def path_of(environ: Mapping[str, Any]) -> str:
    """Give the whole path, the mount included, of which PEP 3333 has the bytes as Latin-1; not UTF-8 is no path."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if names_variables(environ):
        return ""
    try:
        return path.encode("latin-1").decode("utf-8") or "/"
    except UnicodeError:
        return ""


def names_variables(environ: Mapping[str, Any]) -> bool:
    """Has the request a header that a server may take for where the application is mounted?"""
    return any(name in environ for name in _VARIABLES)


def headers_of(environ: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give the headers that a decision may read; what was repeated the server has joined with commas."""
    return tuple((name[5:].replace("_", "-"), environ[name]) for name in _HEADERS if name in environ)


def raw_path_of(environ: Mapping[str, Any]) -> str | None:
    """Give the path as it was sent, as gunicorn or others tell it."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return target.partition("?")[0] or None


def host_of(environ: Mapping[str, Any]) -> str | None:
    """Give the one Host header, as `Asked.host` has it; what the server calls itself is no substitute."""
    host: str = environ.get("HTTP_HOST", "")
    # A request line may hold the whole URL, and then its host is the one that counts (RFC 9112 section 3.2.2); the
    # application would go by the header.
    absolute = _ABSOLUTE.match(raw_path_of(environ) or "")
    if absolute and absolute[1].lower() != host.lower():
        return None
    return host if host and "," not in host else None
