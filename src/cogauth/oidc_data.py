"""`x-amzn-oidc-data`: what an Application Load Balancer says of the user that it has signed in."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.claims.common import MAX_SUBJECT, MAX_TIME, MAX_USERNAME, NOBODY, text
from cogauth.errors import BadClaim, Expired, MalformedToken, UnknownIssuer, UnknownKey, WrongClient
from cogauth.issuers import KeySource, LoadBalancer
from cogauth.jwk import VerificationKey
from cogauth.jws import Header, octets
from cogauth.keyring.pace import Pace
from cogauth.keyring.ring import Keyring
from cogauth.principal import Principal

if TYPE_CHECKING:
    from cachetools import LRUCache

_ES256 = frozenset({"ES256"})
_SEGMENTS = 3
_MAX_RINGS = 16


class SignerKeys:
    """
    The keys of one load balancer, each of which is a document of its own.

    As many are kept as a Region has in use at a time and more; asking for one that is not counts against all of them,
    so that invented key ids do not become requests.
    """

    def __init__(self, load_balancer: LoadBalancer, make: Callable[[KeySource, Pace], Keyring]) -> None:
        self.load_balancer: LoadBalancer = load_balancer
        self._make = make
        self._rings: LRUCache[str, Keyring] | None = None
        self._pace = Pace(random.random)

    def ring(self, kid: str) -> Keyring:
        """
        Give the ring of the key *kid*.

        Raises:
            UnknownKey: that is no key id of a load balancer.
        """
        source = self.load_balancer.source(kid)
        if source is None:
            raise UnknownKey("key.not_found")
        if self._rings is None:
            from cachetools import LRUCache  # needed only behind a load balancer

            self._rings = LRUCache(_MAX_RINGS)
        ring = self._rings.get(kid)
        if ring is None:
            ring = self._rings[kid] = self._make(source, self._pace)
        return ring


class OidcData:
    """
    The value of the header, taken apart; its claims come out through `verify` alone.

    Unlike a token (RFC 7515) its segments are padded with `=`, and what is signed are the padded ones.

    Raises:
        MalformedToken: it is not of that form, or its header is refused.
    """

    __slots__ = ("_claims", "_members", "_signature", "_signing_input", "header")

    def __init__(self, value: str) -> None:
        segments = octets(value).split(b".")
        if len(segments) != _SEGMENTS or not all(segments):
            raise MalformedToken("malformed.segments")
        head, payload, signature = map(_unpadded, segments)
        self.header: Header = Header(head, _ES256)
        try:
            self._members: dict[str, JSON] = json_object(base64url(head))
            self._claims: dict[str, JSON] = json_object(base64url(payload))
            self._signature: bytes = base64url(signature)
        except Unacceptable as error:
            part = "malformed" if error.fault.startswith("base64") else "claims"
            raise MalformedToken(f"{part}.{error.fault}") from None
        self._signing_input: bytes = segments[0] + b"." + segments[1]

    @property
    def signer(self) -> JSON:
        """Which load balancer it says it is of; good only for choosing whose key must have signed it."""
        return self._members.get("signer")

    def verify(self, key: VerificationKey, signer: LoadBalancer, now: float, leeway: float) -> Principal:
        """
        Give who was signed in, read from the very bytes that *key* signed.

        Raises:
            TokenError: BadSignature, Expired, UnknownIssuer, WrongClient or BadClaim.
        """
        key.verify(self._signature, self._signing_input)
        members, claims = self._members, self._claims
        client = members.get("client")
        if not isinstance(client, str) or client not in signer.clients:
            raise WrongClient("claims.client_mismatch")
        if members.get("iss") != signer.issuer or claims.get("iss", signer.issuer) != signer.issuer:
            raise UnknownIssuer("claims.iss_unknown")
        exp = min(_expiry(members), _expiry(claims))
        if now >= exp + leeway:
            raise Expired("claims.expired")
        username = claims.get("username")
        if not isinstance(username, str | None):
            raise BadClaim("claims.username_type")
        subject = claims.get("sub")
        if not isinstance(subject, str):
            raise BadClaim("claims.sub_type")
        return Principal(
            subject=text(subject, "sub", MAX_SUBJECT),
            username=None if username is None else text(username, "username", MAX_USERNAME),
            client_id=client,
            token_use="id",
            issuer=signer.issuer,
            issuer_name=signer.name,
            groups=NOBODY,
            scopes=NOBODY,
            audience=frozenset((client,)),
            # There is no `iat`; the load balancer renews the header all the while.
            issued_at=exp,
            expires_at=exp,
            auth_time=None,
            token_id=None,
            session_id=None,
            acr=None,
            acr_levels=(),
            amr=NOBODY,
            actor=None,
            identities=(),
            is_machine=False,
            claims=MappingProxyType(claims),
        )


def _unpadded(segment: bytes) -> bytes:
    bare = segment.rstrip(b"=")
    if len(segment) - len(bare) != -len(bare) % 4:
        raise MalformedToken("malformed.base64")
    return bare


def _expiry(members: Mapping[str, JSON]) -> int:
    exp = members.get("exp")
    if type(exp) is not int:
        raise BadClaim("claims.exp_type" if "exp" in members else "claims.exp_missing")
    if not 0 < exp <= MAX_TIME:
        raise BadClaim("claims.exp_range")
    return exp
