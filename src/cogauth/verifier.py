"""Verifier and AsyncVerifier: one way to verify, and two drivers that differ by the word `await`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cogauth.cache import Entry, TokenCache, digest_of
from cogauth.claims import accept
from cogauth.errors import BadClaim, ConfigurationError, UnknownIssuer
from cogauth.flights import AsyncFlights, Flights
from cogauth.issuers import UserPool
from cogauth.jws import HeaderMemo, Jws
from cogauth.keyring import Flow, KeyHealth, Keyring, Need
from cogauth.principal import Principal
from cogauth.transport import AsyncFetch, Fetch, afetch, fetch as blocking_fetch
from cogauth.trust import disagreements, trusts

MAX_LEEWAY = 300
MAX_CACHE = 1_000_000
LONGEST_STALE = 7 * 86_400
AT_ONCE = 8
"""How many key documents are fetched at a time when warming."""

LAMBDA_PATIENCE = 0.3
"""Seconds that a caller with a key in hand waits for a renewal in AWS Lambda, where nothing runs between requests."""


class _Verifier:
    """What both verifiers are: issuers, keys, memory, and the flow from a token to a principal."""

    def __init__(
        self,
        issuers: tuple[UserPool, ...],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        leeway: float,
        cache_size: int,
        max_stale: float,
        keyring: Mapping[str, Keyring] | None,
    ) -> None:
        problems = [
            *_outside("leeway", leeway, 0, MAX_LEEWAY),
            *_outside("cache_size", cache_size, 0, MAX_CACHE),
            *_outside("max_stale", max_stale, 300, LONGEST_STALE),
            *disagreements(issuers),
        ]
        if problems:
            raise ConfigurationError.of(f"Verifier: {problem}" for problem in problems)
        patience = LAMBDA_PATIENCE if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else 0.0
        self._trusts = trusts(
            issuers,
            keyring or {},
            lambda source: Keyring(source, clock=clock, monotonic=monotonic, max_stale=max_stale, patience=patience),
        )
        self._headers = HeaderMemo(frozenset(algorithm for pool in issuers for algorithm in pool.algorithms))
        self._cache = TokenCache(cache_size, clock)
        self._clock = clock
        self._leeway = leeway
        self._issuers = issuers

    @property
    def issuers(self) -> tuple[UserPool, ...]:
        """Whose tokens are accepted."""
        return self._issuers

    @property
    def keyring(self) -> Mapping[str, Keyring]:
        """The keys, by issuer string; another verifier that is given them shares them."""
        return MappingProxyType({issuer: trust.ring for issuer, trust in self._trusts.items()})

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds since the epoch, as this verifier takes them."""
        return self._clock

    def health(self) -> tuple[KeyHealth, ...]:
        """Tell how the keys of each issuer string are, without asking anybody."""
        return tuple(trust.ring.health(issuer, trust.pools[0].name) for issuer, trust in self._trusts.items())

    def _cold(self) -> list[Keyring]:
        """Give the rings that would have to ask for keys."""
        return [ring for ring in dict.fromkeys(trust.ring for trust in self._trusts.values()) if not ring.fresh()]

    def _check_warm(self) -> None:
        """Complain of a pool none of whose issuer strings has keys: of its two forms it uses but one."""
        for pool in self._issuers:
            rings = [self._trusts[source.issuer].ring for source in pool.sources]
            if not any(ring.keys for ring in rings):
                raise rings[0].unavailable()

    def _flow(self, token: str, digest: bytes) -> Flow[Principal]:
        """
        Verify *token*; yields where a key is missing (RFC 7519 section 7.2, RFC 8725 section 3).

        What costs nothing comes first, the network last, and claims count only after the signature.
        """
        jws = Jws(token, self._headers)
        issuer = jws.claimed_issuer
        if type(issuer) is not str or not issuer:
            raise BadClaim("claims.iss_missing" if issuer is None else "claims.iss_type")
        trust = self._trusts.get(issuer)
        if trust is None:
            raise UnknownIssuer("claims.iss_unknown")
        ring, pools = trust
        header = jws.header
        if header.kid not in ring.keys:
            # Nobody's key is fetched for a token that would be refused whoever had signed it.
            jws.screen(lambda claims: accept(claims, pools, issuer, self._clock(), self._leeway))
        # Noted before the key is looked up, so that an entry never claims to know of a document that withdrew its key.
        generation = ring.generation
        key = ring.known(header.kid, header.alg) or (yield from ring.find(header.kid, header.alg))
        principal = self._cache.vouched(digest, key)
        if principal is not None:
            return principal
        claims = jws.verify(key, self._headers)
        principal = accept(claims, pools, issuer, self._clock(), self._leeway)
        self._cache.put(digest, Entry(principal, principal.expires_at + self._leeway, key, ring, generation))
        return principal


class Verifier(_Verifier):
    """
    Verifies tokens of the given issuers, blocking where keys must be fetched. Share one among threads.

    Args:
        issuers: whose tokens are accepted. The same pool may come twice when `token_use` or `clients` tell the two
            apart.
        clock: seconds since the epoch.
        monotonic: seconds that never run backwards.
        leeway: seconds, 0 to 300, by which `exp` and `nbf` are stretched.
        cache_size: how many verified tokens are remembered; 0 remembers none.
        max_stale: seconds, 300 to 604,800, for which fetched keys may serve while no new ones can be had.
        fetch: takes a URL and gives the document's bytes; anything that it raises counts as an outage.
        keyring: another verifier's `keyring`, to share its keys.

    Raises:
        ConfigurationError: no issuer, two that one token could be meant for, or a number out of bounds.
    """

    def __init__(
        self,
        *issuers: UserPool,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        leeway: float = 0,
        cache_size: int = 4096,
        max_stale: float = 86_400,
        fetch: Fetch | None = None,
        keyring: Mapping[str, Keyring] | None = None,
    ) -> None:
        super().__init__(issuers, clock, monotonic, leeway, cache_size, max_stale, keyring)
        self._flights = Flights(fetch or blocking_fetch)

    def warm(self) -> None:
        """
        Fetch all keys that are not at hand, ahead of traffic, several at a time.

        Raises:
            KeysUnavailable: a pool has no keys now; the others have theirs.
        """
        cold = self._cold()
        for start in range(0, len(cold), AT_ONCE):
            needs = [Need(ring, ring.turn, 0.0) for ring in cold[start : start + AT_ONCE]]
            for need in needs:
                self._flights.meet(need)
            for need in needs:
                self._flights.join(need.ring)
        self._check_warm()

    def verify(self, token: str) -> Principal:
        """
        Give the principal that *token*, a compact JWS without `Bearer`, proves.

        Raises:
            TokenError: the token will not do; the leaf class and `reason` say why.
            KeysUnavailable: its issuer's keys cannot be had, so that nothing can be said of it.
        """
        digest = digest_of(token)
        principal = self._cache.get(digest)
        if principal is not None:
            return principal
        flow = self._flow(token, digest)
        try:
            need = next(flow)
            while True:
                self._flights.meet(need)
                need = next(flow)
        except StopIteration as end:
            verified: Principal = end.value
            return verified


class AsyncVerifier(_Verifier):
    """`Verifier`, for asyncio: the same arguments, `fetch` being awaitable, and the same results. Blocks nowhere."""

    def __init__(
        self,
        *issuers: UserPool,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        leeway: float = 0,
        cache_size: int = 4096,
        max_stale: float = 86_400,
        fetch: AsyncFetch | None = None,
        keyring: Mapping[str, Keyring] | None = None,
    ) -> None:
        super().__init__(issuers, clock, monotonic, leeway, cache_size, max_stale, keyring)
        self._flights = AsyncFlights(fetch or afetch)

    async def warm(self) -> None:
        """
        Fetch all keys that are not at hand, ahead of traffic, several at a time.

        Raises:
            KeysUnavailable: a pool has no keys now; the others have theirs.
        """
        cold = self._cold()
        for start in range(0, len(cold), AT_ONCE):
            needs = [Need(ring, ring.turn, 0.0) for ring in cold[start : start + AT_ONCE]]
            for need in needs:
                await self._flights.meet(need)
            for need in needs:
                await self._flights.join(need.ring)
        self._check_warm()

    async def verify(self, token: str) -> Principal:
        """
        Give the principal that *token*, a compact JWS without `Bearer`, proves.

        Raises:
            TokenError: the token will not do; the leaf class and `reason` say why.
            KeysUnavailable: its issuer's keys cannot be had, so that nothing can be said of it.
        """
        digest = digest_of(token)
        principal = self._cache.get(digest)
        if principal is not None:
            return principal
        flow = self._flow(token, digest)
        try:
            need = next(flow)
            while True:
                await self._flights.meet(need)
                need = next(flow)
        except StopIteration as end:
            verified: Principal = end.value
            return verified


def _outside(argument: str, value: float, lowest: float, highest: float) -> list[str]:
    """Complain about *value* if it is no number, or one outside the bounds."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return [] if number and lowest <= value <= highest else [f"{argument}: must be a number from {lowest} to {highest}"]
