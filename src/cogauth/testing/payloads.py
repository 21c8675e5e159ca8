"""Payloads: the claims of each kind of token, complete, in the order in which AWS shows them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from cogauth.testing.encoding import base64url
from cogauth.testing.groups import Roles
from cogauth.testing.sessions import Session
from cogauth.testing.users import User

Payload: TypeAlias = dict[str, object]

# What a sign-in through the API gives in place of asked scopes (AWS page "Understanding the access token").
_API_SCOPES: Final = ("aws.cognito.signin.user.admin",)
# The attributes behind the scopes that narrow an ID token.
_NARROW: Final = {"email": ("email", "email_verified"), "phone": ("phone_number", "phone_number_verified")}


def access_payload(issuer: str, session: Session, user: User, now: int, validity: int) -> Payload:
    """
    Write the claims of a user's access token (AWS page "Understanding the access token").

    *now* is in seconds since the epoch, *validity* in seconds.
    """
    return {
        "sub": user.sub,
        **_groups(user),
        "iss": issuer,
        # Tokens of the OAuth endpoints say which form they have, those of the API do not.
        **({} if session.scopes is None else {"version": 2}),
        "client_id": session.client,
        **({} if session.resource is None else {"aud": session.resource}),
        "origin_jti": session.origin_jti,
        "event_id": session.event_id,
        "token_use": "access",
        "scope": " ".join(session.scopes or _API_SCOPES),
        **_strength(session),
        "auth_time": session.auth_time,
        "exp": now + validity,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "username": user.username,
    }


def id_payload(issuer: str, session: Session, user: User, roles: Roles, now: int, validity: int) -> Payload:
    """
    Write the claims of an ID token (AWS page "Understanding the identity (ID) token").

    *now* is in seconds since the epoch, *validity* in seconds.
    """
    return {
        "sub": user.sub,
        **_groups(user),
        **({} if roles.preferred is None else {"cognito:preferred_role": roles.preferred}),
        "iss": issuer,
        "cognito:username": user.username,
        "origin_jti": session.origin_jti,
        **({"cognito:roles": list(roles.all)} if roles.all else {}),
        "aud": session.client,
        **({"identities": [identity.claim() for identity in user.identities]} if user.identities else {}),
        "event_id": session.event_id,
        "token_use": "id",
        **_strength(session),
        "auth_time": session.auth_time,
        "exp": now + validity,
        "iat": now,
        "jti": str(uuid.uuid4()),
        **_readable(user.attributes, session.scopes or ()),
    }


def machine_payload(issuer: str, client: str, scopes: Sequence[str], now: int, validity: int) -> Payload:
    """
    Write the claims of a token of the client credentials grant (RFC 6749 section 4.4).

    There is no user: neither `username` nor groups, and `sub` is the client. *now* is in seconds since the epoch,
    *validity* in seconds.
    """
    # No source confirms `origin_jti` and `event_id` here, so that a reader must do without them.
    return {
        "sub": client,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": issuer,
        "exp": now + validity,
        "iat": now,
        "version": 2,
        "jti": str(uuid.uuid4()),
        "client_id": client,
    }


def exchanged_payload(
    issuer: str,
    client: str,
    user: User,
    audience: str,
    scopes: Sequence[str],
    actor: str | None,
    now: int,
    validity: int,
) -> Payload:
    """
    Write the claims of an access token that another token was exchanged for (RFC 8693; AWS: `GetDerivedToken`).

    *actor* becomes the `sub` of `act` (RFC 8693 section 4.1); without one the user seems to act. *now* is in seconds
    since the epoch, *validity* in seconds.
    """
    # AWS documents `act` and `aud`, and that the token is verified like any other. What of the sign-in lives on in it
    # is not documented, so that a reader must do without `auth_time`, `origin_jti`, `event_id`, `acr` and `amr`.
    return {
        "sub": user.sub,
        **_groups(user),
        "iss": issuer,
        "client_id": client,
        "aud": audience,
        "token_use": "access",
        "scope": " ".join(scopes),
        **({} if actor is None else {"act": {"sub": actor}}),
        "exp": now + validity,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "username": user.username,
    }


def at_hash(access_token: str) -> str:
    """Hash the access token that an ID token accompanies (OpenID Connect Core 1.0 section 3.1.3.6)."""
    # The left half of the hash that the signature's algorithm names.
    return base64url(hashlib.sha256(access_token.encode()).digest()[:16])


def _groups(user: User) -> Payload:
    # Cognito leaves the claim out for a user in no group; an empty array never occurs.
    return {"cognito:groups": list(user.groups)} if user.groups else {}


def _strength(session: Session) -> Payload:
    acr, amr = session.strength
    return {**({} if acr is None else {"acr": acr}), **({"amr": list(amr)} if amr else {})}


def _readable(attributes: Mapping[str, str | bool], scopes: Sequence[str]) -> Payload:
    # `openid` alone and `profile` give all attributes; `openid` with `email` or `phone` gives just what these name.
    named = [name for scope, names in _NARROW.items() if scope in scopes for name in names]
    if not named or "openid" not in scopes or "profile" in scopes:
        return dict(attributes)
    return {name: value for name, value in attributes.items() if name in named}
