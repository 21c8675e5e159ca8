"""Credentials: what an identity pool gives, and who has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """
    Temporary AWS credentials of one identity, in the role that its identity pool has chosen.

    Their `repr` shows none of them. (AWS: "GetCredentialsForIdentity", `Credentials`.)
    """

    access_key_id: str
    secret_access_key: str
    """What AWS's answer calls `SecretKey`."""
    session_token: str
    expiration: int
    """When they end, in seconds since the epoch; of an identity pool's they live for an hour."""
    identity_id: str
    """`<region>:<uuid>`: what policies know as `${cognito-identity.amazonaws.com:sub}`; not the user's `sub`."""

    def __repr__(self) -> str:
        return f"<Credentials until {self.expiration}>"
