"""The principal of an event that API Gateway has let through: what an authorizer before this function has verified."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, cast

import msgspec

from cogauth import BadClaim, MissingToken
from cogauth_lambda.flattened import taken_apart

# Those of `Decision.handover()`, and the one that goes with them.
_OURS: Final = (
    *("subject", "username", "client_id", "token_use", "issuer", "groups", "scopes", "roles", "api"),
    "valid_until",
)
_GROUPS: Final = "cognito:groups"
_SECONDS: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class GatewayPrincipal(msgspec.Struct, frozen=True):
    """
    Who is calling, as an authorizer of API Gateway says. It is no `Principal`: the token has not been seen here.

    What the authorizer does not hand on is None, or empty.
    """

    verified_by: Literal["cogauth", "jwt", "cognito"]
    """This library's authorizer, an HTTP API's JWT authorizer, or a REST API's `COGNITO_USER_POOLS`."""
    subject: str
    username: str | None
    client_id: str
    token_use: str
    issuer: str
    groups: frozenset[str]
    scopes: frozenset[str]
    roles: frozenset[str]
    """The policy's roles, of cogauth's authorizer alone."""
    valid_until: int | None
    """Seconds since the epoch until which cogauth's authorizer stands by this; a gateway may keep it for longer."""
    claims: Mapping[str, str]
    """What was handed on, as it was: text, numbers and arrays among it as the gateway wrote them."""

    def __repr__(self) -> str:
        return f"<GatewayPrincipal verified by {self.verified_by}>"


def gateway_principal(event: Mapping[str, Any], *, groups: Collection[str] | None = None) -> GatewayPrincipal:
    """
    Give who is calling, from `requestContext.authorizer` of *event*; nothing else of it is looked at.

    API Gateway writes an array as a string, `[a b]` on HTTP APIs and `a,b` on REST APIs, and a group's name may have
    brackets and commas. Of one group alone it is clear what was meant; of more only if there is one way to read them.

    Args:
        event: what API Gateway calls the function with, in any of its formats.
        groups: the names of all groups that there are; then several can be told apart, where there is one way to.

    Raises:
        MissingToken: no authorizer has said who is calling, or that it is nobody.
        BadClaim: what it said is not all there, or could mean several things.
    """
    context = _member(_member(event, "requestContext"), "authorizer")
    if not context:
        raise MissingToken("gateway.no_authorizer")
    kinds = [key for key in ("jwt", "lambda", "claims") if context.get(key) is not None]
    if len(kinds) > 1:
        raise BadClaim("gateway.several_authorizers")
    kind = kinds[0] if kinds else "lambda"
    if kind == "lambda":
        return _of_cogauth(_member(context, "lambda") if kinds else context)
    if kind == "jwt":
        jwt = _member(context, "jwt")
        return _of_claims("jwt", _member(jwt, "claims"), jwt.get("scopes"), groups)
    return _of_claims("cognito", _member(context, "claims"), None, groups)


def _member(event: object, key: str) -> Mapping[str, Any]:
    value = cast("Mapping[str, Any]", event).get(key) if isinstance(event, Mapping) else None
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _of_cogauth(context: Mapping[str, Any]) -> GatewayPrincipal:
    told = {name: context[name] for name in _OURS if isinstance(context.get(name), str)}
    if "subject" not in told:
        raise MissingToken("gateway.no_subject")
    # A WebSocket API has no room for many groups. Those are left out, and nobody is to take them for none.
    if len(told) < len(_OURS):
        raise BadClaim("gateway.incomplete")
    if not told["subject"]:
        raise MissingToken("gateway.nobody")
    if not (told["client_id"] and told["token_use"] and told["issuer"] and _SECONDS.fullmatch(told["valid_until"])):
        raise BadClaim("gateway.incomplete")
    return GatewayPrincipal(
        verified_by="cogauth",
        subject=told["subject"],
        username=told["username"] or None,
        client_id=told["client_id"],
        token_use=told["token_use"],
        issuer=told["issuer"],
        groups=_array(told["groups"]),
        scopes=frozenset(told["scopes"].split()),
        roles=_array(told["roles"]),
        valid_until=int(told["valid_until"]),
        claims=MappingProxyType(told),
    )


def _of_claims(
    kind: Literal["jwt", "cognito"], claims: Mapping[str, Any], scopes: object, known: Collection[str] | None
) -> GatewayPrincipal:
    if not claims:
        raise MissingToken("gateway.no_claims")
    if not all(isinstance(value, str) for value in claims.values()):
        raise BadClaim("gateway.claim_type")
    told = cast("Mapping[str, str]", MappingProxyType(dict(claims)))
    use = told.get("token_use", "")
    # An ID token says in `aud` what an access token says in `client_id`.
    client = told.get({"access": "client_id", "id": "aud"}.get(use, ""), "")
    if not (told.get("sub") and told.get("iss") and client):
        raise BadClaim("gateway.incomplete")
    flat = told.get(_GROUPS)
    return GatewayPrincipal(
        verified_by=kind,
        subject=told["sub"],
        username=told.get("username") or told.get("cognito:username") or None,
        client_id=client,
        token_use=use,
        issuer=told["iss"],
        groups=frozenset() if flat is None else _groups(flat, kind, known),
        scopes=_scopes(told.get("scope", ""), scopes),
        roles=frozenset(),
        valid_until=None,
        claims=told,
    )


def _groups(flat: str, kind: Literal["jwt", "cognito"], known: Collection[str] | None) -> frozenset[str]:
    names = taken_apart(flat, "[ ]" if kind == "jwt" else ",", known)
    if names is None:
        raise BadClaim("gateway.ambiguous_groups")
    return names


def _scopes(claim: str, listed: object) -> frozenset[str]:
    """Take the scopes of the claim; a JWT authorizer lists those that the route asks for, which are some of them."""
    if listed is not None and not (
        isinstance(listed, list) and all(isinstance(each, str) for each in cast("list[object]", listed))
    ):
        raise BadClaim("gateway.scopes_type")
    return frozenset(claim.split(" ")) - {""}


def _array(text: str) -> frozenset[str]:
    try:
        names = json.loads(text)
    except ValueError:
        raise BadClaim("gateway.array") from None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in cast("list[object]", names)):
        raise BadClaim("gateway.array")
    return frozenset(cast("list[str]", names))
