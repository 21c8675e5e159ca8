"""A compact JWS (RFC 7515 section 7.1) that shows its payload only through `verify`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.errors import MalformedToken, RefreshTokenSent, TokenError
from cogauth.jwk import VerificationKey

MAX_TOKEN = 16_384
"""Characters; API Gateway and load balancers stop at 8 to 16 KiB of headers."""

MAX_HEADER = 2_048
"""Characters of the header segment; Cognito writes about 100."""

MAX_KID = 128

# A header that names its own key, or a treatment of the payload, asks the verifier to trust the attacker
# (RFC 8725 sections 2.1, 3.10). Unknown members are ignored (RFC 7515 section 4), these are refused.
_REFUSED = {
    "crit": "header.crit",
    "b64": "header.b64",
    "zip": "header.zip",
    "jwk": "header.key_material",
    "jku": "header.key_material",
    "x5u": "header.key_material",
    # Of encrypted tokens (RFC 7516 section 4.1, RFC 7518 section 4): a signed one has no use for them.
    "enc": "header.encrypted",
    "epk": "header.encrypted",
    "p2c": "header.encrypted",
    "p2s": "header.encrypted",
}

_ENCRYPTED_SEGMENTS = 5


class Header:
    """What a JOSE header may tell."""

    __slots__ = ("alg", "has_x5c", "kid", "typ")

    def __init__(self, segment: bytes, algorithms: frozenset[str], *, x5c: bool = False) -> None:
        if len(segment) > MAX_HEADER:
            raise MalformedToken("malformed.header_too_large")
        try:
            members = json_object(_decoded(segment))
        except Unacceptable as error:
            raise MalformedToken(f"header.{error.fault}") from None
        alg, kid, typ = members.get("alg"), members.get("kid"), members.get("typ", "")
        if alg is None:
            raise MalformedToken("header.alg_missing")
        if not isinstance(alg, str) or alg not in algorithms:
            raise MalformedToken("header.alg_not_allowed")
        for name in _REFUSED.keys() & members.keys():
            raise MalformedToken(_REFUSED[name])
        if "x5c" in members and not x5c:
            raise MalformedToken("header.key_material")
        if kid is None or kid == "":
            raise MalformedToken("header.kid_missing")
        if not isinstance(kid, str) or len(kid) > MAX_KID:
            raise MalformedToken("header.kid_type")
        if not isinstance(typ, str):
            raise MalformedToken("header.typ")
        self.alg: str = alg
        self.kid: str = kid
        self.typ: str = typ.lower()
        """The media type, in lower case, for case means nothing in it (RFC 7515 section 4.1.9)."""
        self.has_x5c: bool = "x5c" in members


class HeaderMemo:
    """
    Headers already read, by their segment: an issuer writes as many as it has keys.

    Only the header of a verified token is kept, and only so many, so that nobody fills it with inventions.
    """

    __slots__ = ("_algorithms", "_headers", "_x5c")

    LIMIT = 256

    def __init__(self, algorithms: frozenset[str], *, x5c: bool = False) -> None:
        self._algorithms = algorithms
        self._x5c = x5c
        self._headers: dict[bytes, Header] = {}

    def get(self, segment: bytes) -> Header:
        return self._headers.get(segment) or Header(segment, self._algorithms, x5c=self._x5c)

    def keep(self, segment: bytes, header: Header) -> None:
        # Looked up first: of a header that is known, as nearly always, nobody's count need be taken.
        if segment not in self._headers and len(self._headers) < self.LIMIT:
            self._headers[segment] = header


def octets(token: str) -> bytes:
    """
    Give the bytes of *token*, all of them ASCII and not too many.

    Raises:
        MalformedToken: it is something else.
    """
    if not isinstance(token, str):
        raise MalformedToken("malformed.not_string")
    if len(token) > MAX_TOKEN:
        raise MalformedToken("malformed.too_large")
    # Asked, not tried: an error of the codec's would carry the token wherever ours is logged with its context.
    if not token.isascii():
        raise MalformedToken("malformed.charset")
    return token.encode()


class Jws:
    """
    A token taken apart.

    Until `verify` has returned, three things can be learned from it, none of them a claim to act on: which key it asks
    for, which issuer it says it is of, and whether a check refuses it anyway.

    Raises:
        MalformedToken: it is not a compact JWS of canonical base64url, or its header or payload is refused.
        RefreshTokenSent: it has the five segments of an encrypted token.
    """

    __slots__ = ("_claims", "_header_segment", "_signature", "_signing_input", "header")

    def __init__(self, token: bytes, memo: HeaderMemo) -> None:
        signing_input, _, signature = token.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        if not header or not payload or not signature or b"." in payload:
            raise _shape(token)
        self.header: Header = memo.get(header)
        try:
            self._claims: dict[str, JSON] = json_object(_decoded(payload))
        except Unacceptable as error:
            raise MalformedToken(f"claims.{error.fault}") from None
        self._signature: bytes = _decoded(signature)
        self._signing_input: bytes = signing_input
        self._header_segment: bytes = header

    @property
    def claimed_issuer(self) -> JSON:
        """What the token says its issuer is; good only for choosing whose key must have signed it."""
        return self._claims.get("iss")

    def screen(self, check: Callable[[Mapping[str, JSON]], object]) -> None:
        """
        Let *check* refuse the unverified claims.

        A token that would be refused whoever signed it need not cause a key fetch. The result of *check* is dropped:
        unverified claims can only ever lead to a refusal.
        """
        check(self._claims)

    def verify(self, key: VerificationKey, memo: HeaderMemo) -> Mapping[str, JSON]:
        """
        Give the claims, read from the very bytes that *key* signed.

        Raises:
            BadSignature: *key* did not sign this.
        """
        key.verify(self._signature, self._signing_input)
        memo.keep(self._header_segment, self.header)
        return self._claims


def _decoded(segment: bytes) -> bytes:
    try:
        return base64url(segment)
    except Unacceptable as error:
        fault = error.fault
    # `malformed.charset` is what a log reader looks for when a proxy mangles tokens; it costs nothing to tell it apart.
    stray = segment.translate(None, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/")
    raise MalformedToken("malformed.charset" if stray else f"malformed.{fault}")


def _shape(token: bytes) -> TokenError:
    """Say which way the segments are wrong."""
    if not token:
        return MalformedToken("malformed.empty")
    segments = token.split(b".")
    if len(segments) == _ENCRYPTED_SEGMENTS and all(segments):
        return RefreshTokenSent("malformed.segments")
    if len(segments) == 3:  # noqa: PLR2004  three is what compact JWS means
        part = ("header", "payload", "signature")[segments.index(b"")]
        return MalformedToken(f"malformed.empty_{part}")
    return MalformedToken("malformed.segments")
