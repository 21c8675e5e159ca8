"""Minting: header, payload and key become a token."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jwt

from cogauth.testing.encoding import json_bytes
from cogauth.testing.signing_keys import SigningKey


def mint_token(header: Mapping[str, object], payload: Mapping[str, object], key: SigningKey) -> str:
    """
    Sign *payload* with RS256, whatever *header* says, and join the parts to a compact JWS (RFC 7515 section 3.1).

    Raises:
        TypeError: something in *header* or *payload* that JSON has no form for.
    """

    class Header(json.JSONEncoder):
        """
        Writes our header in place of the one that PyJWT proposes.

        PyJWT puts `alg` before `kid`, adds `typ`, and signs with whatever `alg` the header names: left to itself it
        could write neither the header of a user pool nor one that lies.
        """

        def encode(self, o: object) -> str:  # noqa: ARG002  the proposal is what must not be written
            return json_bytes(header).decode()

    return jwt.PyJWS().encode(json_bytes(payload), key.private, "RS256", json_encoder=Header)
