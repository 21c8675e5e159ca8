"""Encoding: bytes and JSON in the spelling of Cognito's tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping


def base64url(data: bytes) -> str:
    """Encode *data* without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_bytes(members: Mapping[str, object]) -> bytes:
    """
    Write *members* in their own order, without spaces, with escaped slashes.

    Real tokens escape the slash, as RFC 8259 section 7 permits: a reader that compares text instead of parsed values
    fails here rather than in production.

    Raises:
        TypeError: something that JSON has no form for.
    """
    # Outside of strings JSON has no slash, and `json` never escapes one, so that this meets each slash exactly once.
    return json.dumps(members, separators=(",", ":")).replace("/", "\\/").encode()
