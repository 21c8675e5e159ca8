"""Resource identifiers (RFC 9728 section 1.2): what an API is called by its clients, and where its metadata is."""

from __future__ import annotations

import re

from cogauth.issuers.sources import is_url
from cogauth.paths import is_odd

METADATA = "/.well-known/oauth-protected-resource"
"""Where the path of every metadata URL begins (RFC 9728 section 3)."""

NOT_ONE = (
    "must be the https URL (http only to loopback) that clients use, such as https://api.example.com, host in small "
    "letters, without user, query or fragment"
)

# A host and the path characters of RFC 3986 section 3.3. It goes into a quoted string of a header as it is, where none
# of them means anything. Clients compare identifiers letter by letter, and write a host in small ones.
_FORM = re.compile(
    r"(?P<host>https?://[a-z0-9_.:\[\]-]+)(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*)", re.ASCII
)


def is_resource(text: object) -> bool:
    """Is *text* an identifier of a resource whose path every router reads alike?"""
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    return match is not None and is_url(text) and not is_odd(_decoded(match["path"]) or "/")


def metadata_url(resource: str) -> str:
    """
    Give the URL of the metadata of *resource*.

    RFC 9728 section 3.1: the well-known string goes between host and path, and a slash that is all of the path goes.
    """
    host, path = _parts(resource)
    return host + METADATA + path


def metadata_path(resource: str) -> str:
    """Give the path of `metadata_url` as a server decodes it."""
    return METADATA + _decoded(_parts(resource)[1])


def _parts(resource: str) -> tuple[str, str]:
    scheme, _, rest = resource.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path if path else ""


def _decoded(path: str) -> str:
    if "%" not in path:
        return path
    from urllib.parse import unquote_to_bytes  # few paths have escapes

    # An escaped slash would come out as another path.
    return unquote_to_bytes(re.sub("%2[Ff]", "//", path)).decode("utf-8", "replace")
