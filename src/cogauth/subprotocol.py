"""
The token of a browser's websocket, which can set no header but offers subprotocols (RFC 6455 section 4.1).

The convention is that of the Kubernetes API server: the client offers `base64url.bearer.authorization.k8s.io.TOKEN`
beside the subprotocol that it means. Here any labels may stand where it has `k8s.io`, or none; the last one is the
token in base64url without padding.
"""

from __future__ import annotations

import base64
import binascii

_PREFIX = "base64url.bearer.authorization."


def subprotocol_token(name: str) -> str | None:
    """
    Give the token that the offered subprotocol *name* holds; None if it is a subprotocol like any other.

    Of a name that begins like one with a token and is not the one way to write it, the empty string: no credential is
    made of it, and an adapter has something to hand on that is refused as malformed.
    """
    if not name.startswith(_PREFIX):
        return None
    text = name.rpartition(".")[2].encode("latin-1", "replace")
    try:
        token = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return ""
    # A header's value may have spaces around it, which are no part of it: they would be a second spelling.
    canonical = base64.urlsafe_b64encode(token).rstrip(b"=") == text and token.strip() == token
    return token.decode("latin-1") if canonical else ""
