"""Assumed claims: what a token might say, taken as it is, so that a decision can be tried without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cogauth import ANY_CLIENT, OIDCIssuer, Principal, UserPool, Verifier
from cogauth._strict import JSON, Unacceptable, json_object
from cogauth.claims import accept
from cogauth.cli.escapes import names
from cogauth.cli.exits import Mistakes
from cogauth.issuers import AnyIssuer
from cogauth.verification import State

_HOUR = 3_600


class Assumed(NamedTuple):
    """The claims of a token that nobody has signed."""

    claims: Mapping[str, JSON]
    made_up: tuple[str, ...]
    """Those that were not given, and that every token has."""
    issuer: str
    """Its `iss`."""
    candidates: tuple[AnyIssuer, ...]
    """Those that write it."""


class AssumedVerifier(Verifier):
    """Takes claims for verified, whatever the token; all that comes after is as with a token."""

    def __init__(self, assumed: Assumed, *issuers: AnyIssuer, clock: Callable[[], float]) -> None:
        super().__init__(*issuers, clock=clock, fetch=_nowhere)
        self._assumed = assumed

    def verify_in(self, state: State, token: str) -> Principal:  # noqa: ARG002  neither is looked at
        assumed = self._assumed
        access = any(isinstance(each, OIDCIssuer) and each.token_use == "access" for each in assumed.candidates)
        typ = "at+jwt" if access else ""
        return accept(assumed.claims, assumed.candidates, assumed.issuer, self.clock(), 0, typ)


def described(text: bytes, issuers: Sequence[AnyIssuer], now: float) -> Assumed:
    """
    Read the claims in *text*, a JSON object, and make up at *now* what every token of their issuer has.

    A claim that is null is left out, also of what would be made up.

    Raises:
        Mistakes: the text is no JSON object, or names no issuer of several or an unknown one.
    """
    try:
        said = json_object(text)
    except Unacceptable as error:
        raise Mistakes([f"claims: not a JSON object: {error.fault}"]) from None
    known = {source.issuer: issuer for issuer in issuers for source in issuer.sources}
    iss = said.get("iss", next(iter(known)) if len(issuers) == 1 else None)
    candidates = tuple(issuer for issuer in issuers if any(source.issuer == iss for source in issuer.sources))
    if not isinstance(iss, str) or not candidates:
        raise Mistakes([f"claims: iss must be one of {names(known)}"])
    usual = {"iss": iss, **_usual(said, candidates[0], int(now))}
    missing = {name: value for name, value in usual.items() if name not in said}
    claims = {name: value for name, value in {**said, **missing}.items() if value is not None}
    return Assumed(claims, tuple(missing), iss, candidates)


def _usual(said: Mapping[str, JSON], issuer: AnyIssuer, now: int) -> Mapping[str, JSON]:
    """Give what a token of a person who has just signed in would say."""
    common: dict[str, JSON] = {"sub": "somebody", "iat": now, "exp": now + _HOUR}
    if isinstance(issuer, OIDCIssuer):
        return {**common, "aud": min(issuer.audience), "auth_time": now}
    if not isinstance(issuer, UserPool):
        return {**common, "aud": issuer.pool_id}
    use = said.get("token_use", "id" if issuer.token_use == "id" else "access")
    client = "any" if issuer.clients is ANY_CLIENT else min(frozenset(issuer.clients))
    common |= {"token_use": use, "auth_time": now}
    if use == "id":
        return {**common, "aud": client, "cognito:username": "somebody"}
    bound: Mapping[str, JSON] = {"aud": min(issuer.audience)} if issuer.audience else {}
    return {**common, "client_id": client, "username": "somebody", **bound}


def _nowhere(url: str) -> bytes:
    raise ConnectionError(url)
