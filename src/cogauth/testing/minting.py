"""Minting: header, payload and key become a token, and a sign-in becomes three."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import jwt

from cogauth.testing.app_clients import AppClient
from cogauth.testing.encoding import json_bytes
from cogauth.testing.groups import Roles
from cogauth.testing.payloads import (
    Payload,
    access_payload,
    at_hash,
    exchanged_payload,
    id_payload,
    machine_payload,
)
from cogauth.testing.sessions import Session, Tokens
from cogauth.testing.signing_keys import SigningKey, SigningKeys, Use, checked_use
from cogauth.testing.users import User


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


class Mint:
    """What turns sessions and users of one pool into tokens."""

    def __init__(self, issuer: str, clients: Mapping[str, AppClient], keys: SigningKeys) -> None:
        self._issuer = issuer
        self._clients = clients
        self._keys = keys

    def tokens(self, session: Session, user: User, roles: Roles, now: int, refresh_token: str) -> Tokens:
        """Mint what a sign-in or a refresh at *now* gives, beside the refresh token."""
        access = self.sign("access", self.payload("access", session, user, roles, now))
        payload = self.payload("id", session, user, roles, now)
        if session.scopes is not None:
            payload = {"at_hash": at_hash(access), **payload}
        return Tokens(access=access, id=self.sign("id", payload), refresh=refresh_token)

    def payload(self, use: Use, session: Session, user: User, roles: Roles, now: int) -> Payload:
        """Write the claims of one token of a session, minted at *now*."""
        client = self._clients[session.client]
        if checked_use(use) == "access":
            return access_payload(self._issuer, session, user, now, client.access_validity)
        return id_payload(self._issuer, session, user, roles, now, client.id_validity)

    def machine_token(self, client: str, scopes: Sequence[str], now: int) -> str:
        """Mint the token of a client that acts for itself."""
        validity = self._clients[client].access_validity
        return self.sign("access", machine_payload(self._issuer, client, scopes, now, validity))

    def exchanged_token(
        self, client: str, user: User, audience: str, scopes: Sequence[str], actor: str | None, now: int
    ) -> str:
        """Mint the token that a user's own was exchanged for."""
        validity = self._clients[client].access_validity
        return self.sign(
            "access", exchanged_payload(self._issuer, client, user, audience, scopes, actor, now, validity)
        )

    def sign(self, use: Use, payload: Mapping[str, object], header: Mapping[str, object] | None = None) -> str:
        """Sign *payload* with the key for *use*; *header* replaces or adds members, and None removes one."""
        key = self._keys.current(checked_use(use))
        return mint_token(overridden({"kid": key.kid, "alg": "RS256"}, header or {}), payload, key)


def overridden(members: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    """Replace and add *overrides*; those that are None remove a member instead."""
    return {name: value for name, value in {**members, **overrides}.items() if value is not None}
