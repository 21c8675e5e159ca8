"""Profiles: what each reverse proxy says of the request that it asks about, and where; no other is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from cogauth import ConfigurationError
from cogauth_asgi.protocol import Scope

ENDPOINT = b"/verify"
"""Where proxies ask. Envoy appends the path of the request that it asks about."""


class Profile(NamedTuple):
    """
    Where one proxy says which request it asks about.

    Headers are named as ASGI names them. Each must come, once, in this very spelling, and be set by the proxy itself,
    whatever the client has sent: that is what the configurations in docs/proxies see to.
    """

    method: bytes | None
    """The header with the method; None where the proxy asks with that very method."""
    uri: bytes | None
    """The header with path and query as they were sent; None where they follow the endpoint in the proxy's request."""
    host: bytes | None
    """The header with the host; None where the URI is absolute and has it."""
    forwards_bodies: bool = True
    """Whether a refusal reaches the client whole. Where only its headers do, the body goes in one, too."""


_FORWARDED = Profile(b"x-forwarded-method", b"x-forwarded-uri", b"x-forwarded-host")

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        # ngx_http_auth_request_module: the client's own headers come along, and of the answer only 401, 403 and what
        # auth_request_set picks is used. `Host` cannot be the client's own: nginx replaces it in any case.
        "nginx": Profile(b"x-original-method", b"x-original-uri", b"host", forwards_bodies=False),
        # Its controller: `X-Original-URL $scheme://$http_host$request_uri`.
        "ingress-nginx": Profile(b"x-original-method", b"x-original-url", None, forwards_bodies=False),
        # ext_authz with an HTTP service: the request itself, without its body, its path behind `path_prefix`.
        "envoy": Profile(None, None, b"host"),
        "caddy": _FORWARDED,
        "traefik": _FORWARDED,
        # It has nothing of the kind built in; docs/proxies/haproxy.lua writes what the other two do.
        "haproxy": _FORWARDED,
    }
)

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(/.*)?", re.DOTALL)
# What a request target is made of (RFC 9112 section 3.2): visible ASCII, and no fragment.
_VISIBLE = bytes(range(0x21, 0x7F)).replace(b"#", b"")
# CGI, WSGI and PHP make one variable of names that differ in such characters (RFC 3875 section 4.1.18).
_PLAIN = bytes(code if chr(code).isalnum() else ord("-") for code in range(128)).lower() + b"-" * 128
_IDENTITY = b"x-auth-"


class Asked(NamedTuple):
    """The request that a proxy asks about."""

    method: str
    path: str
    """Decoded, without the query. Empty, and so refused, where there is no telling what the path is."""
    raw_path: bytes
    host: str
    doubt: str = ""
    """Why there is no telling: for logs, in words that are the profile's and not the client's."""


def asked(profile: Profile, scope: Scope) -> Asked:
    """
    Read which request the proxy asks about.

    Raises:
        ConfigurationError: the proxy does not say, or the server withholds it: that is for an operator to mend.
    """
    try:
        told = _headers(profile, scope)
        method = scope["method"].encode("latin-1") if profile.method is None else told[profile.method]
        if not _TOKEN.fullmatch(method):
            raise _DoubtError("the method is none")
        host, target = _address(profile, scope, told)
        raw = target.partition(b"?")[0]
        if raw.translate(None, _VISIBLE):
            raise _DoubtError("the path holds what no path may")
    except _DoubtError as doubt:
        return Asked("GET", "", b"", "", str(doubt))
    # As servers decode it for applications; what is no UTF-8 becomes U+FFFD, and the path with it odd.
    path = unquote_to_bytes(raw).decode("utf-8", "replace")
    return Asked(method.decode("ascii"), path, raw, host.decode("latin-1"))


class _DoubtError(Exception):
    """It could be one request or another: somebody sent headers that the proxy should have replaced, or nonsense."""


def _headers(profile: Profile, scope: Scope) -> dict[bytes, bytes]:
    """Take the headers of the profile, and make sure that no other could pass for one, or for those that are added."""
    told: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        plain = name.translate(_PLAIN)
        ours = plain in profile
        if (ours or plain.startswith(_IDENTITY)) and plain != name.lower():
            raise _DoubtError(f"there is another spelling of {_shown(plain) if ours else 'an X-Auth- header'}")
        if ours:
            if plain in told:
                raise _DoubtError(f"{_shown(plain)} comes more than once")
            told[plain] = value
    for header in profile[:3]:
        if header is not None and header not in told:
            raise ConfigurationError(f"forward auth: {_shown(header)} is missing; see docs/proxies")
    return told


def _address(profile: Profile, scope: Scope, told: Mapping[bytes, bytes]) -> tuple[bytes, bytes]:
    """Give host and target, which is path and query."""
    if profile.uri is None:
        raw: bytes | None = scope.get("raw_path")
        if raw is None:
            raise ConfigurationError("forward auth: this server does not tell the path as it was sent (raw_path)")
        target = raw.removeprefix(ENDPOINT)
    else:
        target = told[profile.uri]
    if profile.host is not None:
        return told[profile.host], target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise _DoubtError("the URL is not absolute")
    return absolute[1], absolute[2] or b"/"


def _shown(name: bytes) -> str:
    return name.decode("ascii").title()
