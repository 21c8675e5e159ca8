"""
A bridge for those who stay with PyJWT: the interface of its `PyJWKClient`, on our keyring.

What changes is where the keys come from: a known key never waits for the network, old ones serve through an outage, an
unknown key id is asked for once by all who meet it, and a withdrawn key is gone with the next renewal.

What does not change is who checks the claims: the caller, all of them. See `KeyClient`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from jwt import PyJWK, PyJWKSet
from jwt.algorithms import get_default_algorithms
from jwt.exceptions import DecodeError, PyJWKClientConnectionError, PyJWKClientError

from cogauth.errors import CogAuthError, KeysUnavailable, MalformedToken, UnknownKey
from cogauth.issuers import AnyIssuer, OIDCIssuer
from cogauth.jwk import VerificationKey
from cogauth.jws import HeaderMemo, Jws, octets
from cogauth.keyring.flights import Flights
from cogauth.keyring.ring import Keyring
from cogauth.keys import MAX_KEYS
from cogauth.transport import Fetch, fetch as blocking_fetch
from cogauth.verifier import Verifier


class _Trusted(NamedTuple):
    """One issuer string: its keys, and what its tokens may be."""

    ring: Keyring
    algorithms: frozenset[str]
    x5c: bool


class KeyClient:
    """
    Gives the keys of issuers to `jwt.decode`, in place of PyJWT's `PyJWKClient`. Share one among threads; it blocks.

    **It verifies nothing.** Whoever stays with `jwt.decode` must check what `Verifier` checks, and PyJWT knows nothing
    of Cognito: `exp` is checked only if the token has one (ask with `options={"require": ["exp", "iss", "sub"]}`),
    `iss` and `aud` only if `issuer=` and `audience=` are given; an access token of a user pool names its client in
    `client_id` and not in `aud`, which nobody looks at unless you do; and nobody looks at `token_use` either, so that
    an ID token of the expected `aud` passes for an access token (AWS: "Verifying JSON web tokens"). Whatever else
    `Verifier` refuses is accepted too. Give `algorithms=` as well.

    Args:
        issuers: whose keys are given. A key is only given to a token that claims to be of the issuer that publishes it.
        clock: seconds since the epoch.
        monotonic: seconds that never run backwards.
        max_stale: seconds, 300 to 604,800, for which fetched keys may serve while no new ones can be had.
        fetch: takes a URL and gives the document's bytes; anything that it raises counts as an outage.
        keyring: a verifier's `keyring`, to share its keys.

    Raises:
        ConfigurationError: no issuer, two that one token could be meant for, or a number out of bounds.
    """

    def __init__(
        self,
        *issuers: AnyIssuer,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        max_stale: float = 86_400,
        fetch: Fetch | None = None,
        keyring: Mapping[str, Keyring] | None = None,
    ) -> None:
        # Whom a verifier would trust, with the keys that it would have.
        verifier = Verifier(
            *issuers, clock=clock, monotonic=monotonic, cache_size=0, max_stale=max_stale, keyring=keyring
        )
        self._flights = Flights(fetch or blocking_fetch)
        self._trusted = {
            source.issuer: _Trusted(
                verifier.keyring[source.issuer],
                frozenset(issuer.algorithms),
                isinstance(issuer, OIDCIssuer) and issuer.ignore_x5c,
            )
            for issuer in issuers
            for source in issuer.sources
        }
        self._rings = tuple(dict.fromkeys(verifier.keyring.values()))
        self._memo = HeaderMemo(
            frozenset[str]().union(*(trusted.algorithms for trusted in self._trusted.values())),
            x5c=any(trusted.x5c for trusted in self._trusted.values()),
        )
        self._shaped: dict[VerificationKey, PyJWK] = {}

    def get_signing_key_from_jwt(self, token: str | bytes) -> PyJWK:
        """
        Give the key that *token* names, if the issuer that it claims publishes it. Nothing of the token is verified.

        Raises:
            jwt.DecodeError: the token is malformed, or its header is refused; more is than by PyJWT.
            jwt.PyJWKClientConnectionError: the keys cannot be had, so that nothing can be said of the token.
            jwt.PyJWKClientError: its issuer is not one of those given, or publishes no such key.
        """
        try:
            # Every byte has a character in Latin-1, and those that no token has are refused as such.
            jws = Jws(octets(token.decode("latin-1") if isinstance(token, bytes) else token), self._memo)
            issuer = jws.claimed_issuer
            trusted = self._trusted.get(issuer) if isinstance(issuer, str) else None
            if trusted is None:
                raise PyJWKClientError("the token's issuer is not among those whose keys are given here")
            if jws.header.alg not in trusted.algorithms:
                raise MalformedToken("header.alg_not_allowed")
            if jws.header.has_x5c and not trusted.x5c:
                raise MalformedToken("header.key_material")
            ring, kid, alg = trusted.ring, jws.header.kid, jws.header.alg
            return self._shape(ring.known(kid, alg) or self._flights.run(ring.find(kid, alg)))
        except MalformedToken as error:
            raise DecodeError(_text(error)) from error
        except UnknownKey as error:
            raise PyJWKClientError(_text(error)) from error
        except KeysUnavailable as error:
            _raise_connection_error(error)

    def get_signing_key(self, kid: str) -> PyJWK:
        """
        Give the key *kid*, whichever issuer publishes it: with several, prefer `get_signing_key_from_jwt`.

        Raises:
            jwt.PyJWKClientConnectionError: no issuer is known to have it, and one cannot be asked.
            jwt.PyJWKClientError: no issuer publishes it.
        """
        answered = False
        outages: dict[Keyring, KeysUnavailable] = {}
        # First those that have it at hand: they need not ask.
        for ring in sorted(self._rings, key=lambda ring: kid not in ring.keys):
            try:
                return self._shape(self._flights.run(ring.named(kid)))
            except UnknownKey:
                answered = True
            except KeysUnavailable as error:
                outages[ring] = error
        for ring, outage in outages.items():
            # Of a pool's two issuer strings one is not in use: it never had keys, and where the other answers that is
            # no outage.
            if ring.keys or not answered:
                _raise_connection_error(outage)
        raise PyJWKClientError("no issuer whose keys are given here publishes this key")

    def get_signing_keys(self, refresh: bool = False) -> list[PyJWK]:  # noqa: FBT001, FBT002  the signature is PyJWT's
        """
        Give all keys that verify signatures. To call it once, ahead of traffic, has them fetched.

        Args:
            refresh: ask for them now, as often as an issuer may be asked: twice in thirty seconds. Where one cannot be
                had, the keys at hand are given for as long as they may serve.

        Raises:
            jwt.PyJWKClientConnectionError: no issuer has any that may serve.
        """
        return self.get_jwk_set(refresh).keys

    def get_jwk_set(self, refresh: bool = False) -> PyJWKSet:  # noqa: FBT001, FBT002  the signature is PyJWT's
        """Give all keys that verify signatures as a set; otherwise as `get_signing_keys`."""
        return PyJWKSet.from_dict(self._document(anew=refresh))

    def fetch_data(self) -> dict[str, Any]:
        """Ask for the keys now, and give them as a JWK set (RFC 7517 section 5); otherwise as `get_signing_keys`."""
        return self._document(anew=True)

    def _document(self, *, anew: bool) -> dict[str, Any]:
        outage = None
        members: list[dict[str, Any]] = []
        for ring in self._rings:
            try:
                members += [_members(key) for key in self._flights.run(ring.all(anew=anew)).values() if _known(key)]
            except KeysUnavailable as error:
                outage = outage or error
        if outage is not None and not members:
            _raise_connection_error(outage)
        return {"keys": members}

    def _shape(self, key: VerificationKey) -> PyJWK:
        shaped = self._shaped.get(key)
        if shaped is None:
            if not _known(key):
                raise PyJWKClientError("PyJWT does not know the algorithm of this key")
            if len(self._shaped) >= MAX_KEYS * len(self._rings):  # withdrawn ones among them, by now
                self._shaped = {}
            shaped = self._shaped[key] = PyJWK(_members(key))
        return shaped


def _known(key: VerificationKey) -> bool:
    """Tell whether PyJWT verifies signatures of this key's algorithm: RFC 9864's name of Ed25519 it does not know."""
    return key.alg in get_default_algorithms()


def _members(key: VerificationKey) -> dict[str, Any]:
    numbers = get_default_algorithms()[key.alg].to_jwk(key.public_key, as_dict=True)
    return {**numbers, "kid": key.kid, "alg": key.alg, "use": "sig"}


def _text(error: CogAuthError) -> str:
    return f"{error.message} ({error.reason})"


def _raise_connection_error(error: KeysUnavailable) -> NoReturn:
    raise PyJWKClientConnectionError(_text(error)) from error
