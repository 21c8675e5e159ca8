"""Verifier and AsyncVerifier: one way to verify, and two drivers that differ by the word `await`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cogauth._strict import JSON
from cogauth.cache import Entry, TokenCache, digest_of
from cogauth.claims import accept
from cogauth.errors import BadClaim, ConfigurationError, MalformedToken, UnknownIssuer
from cogauth.flights import AsyncFlights, Flights
from cogauth.issuers import AnyIssuer, KeySource, LoadBalancer, OIDCIssuer
from cogauth.jws import HeaderMemo, Jws
from cogauth.keyring import Flow, KeyHealth, Keyring, Need
from cogauth.oidc_data import OidcData, SignerKeys
from cogauth.pace import AT_ONCE, Pace, budget_of
from cogauth.principal import Principal
from cogauth.transport import AsyncFetch, Fetch, afetch, fetch as blocking_fetch
from cogauth.trust import Trust, disagreements, trusts

MAX_LEEWAY = 300
MAX_CACHE = 1_000_000
LONGEST_STALE = 7 * 86_400
WARMING_PAUSE, WARMING_PAUSES = 0.1, 20
"""Seconds to wait while the process asks too often for warming to go on, and how many times on end."""

LAMBDA_PATIENCE = 0.3
"""Seconds that a caller with a key in hand waits for a renewal in AWS Lambda, where nothing runs between requests."""


class _State(NamedTuple):
    """What issuers make: replaced as a whole, so that a verification sees the old ones or the new ones."""

    issuers: tuple[AnyIssuer | LoadBalancer, ...]
    trusts: Mapping[str, Trust]
    headers: HeaderMemo
    cache: TokenCache
    signers: Mapping[JSON, SignerKeys]


class _Verifier:
    """What both verifiers are: issuers, keys, memory, and the flow from a token to a principal."""

    def __init__(
        self,
        issuers: tuple[AnyIssuer | LoadBalancer, ...],
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
        self._clock = clock
        self._monotonic = monotonic
        self._budget = budget_of(monotonic)
        self._leeway = leeway
        self._cache_size = cache_size
        self._max_stale = max_stale
        self._state = self._state_of(issuers, keyring or {})

    def _state_of(self, issuers: tuple[AnyIssuer | LoadBalancer, ...], shared: Mapping[str, Keyring]) -> _State:
        patience = LAMBDA_PATIENCE if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else 0.0

        def make(source: KeySource, pace: Pace | None = None) -> Keyring:
            return Keyring(
                source,
                clock=self._clock,
                monotonic=self._monotonic,
                max_stale=self._max_stale,
                patience=patience,
                budget=self._budget,
                pace=pace,
            )

        # A load balancer is no issuer of tokens: nothing of it is in reach of what a caller sends as one.
        bearers = [issuer for issuer in issuers if not isinstance(issuer, LoadBalancer)]
        algorithms = frozenset(algorithm for issuer in bearers for algorithm in issuer.algorithms)
        x5c = any(isinstance(issuer, OIDCIssuer) and issuer.ignore_x5c for issuer in issuers)
        return _State(
            issuers,
            trusts(bearers, shared, make),
            HeaderMemo(algorithms, x5c=x5c),
            TokenCache(self._cache_size, self._clock),
            {signer.arn: SignerKeys(signer, make) for signer in issuers if isinstance(signer, LoadBalancer)},
        )

    def replace_issuers(self, *issuers: AnyIssuer | LoadBalancer) -> None:
        """
        Trust *issuers* from now on, and no others; keys of those that stay are kept, remembered tokens are not.

        A verification sees all of the old issuers or all of the new ones.

        Raises:
            ConfigurationError: as the constructor; then nothing is replaced.
        """
        problems = disagreements(issuers)
        if problems:
            raise ConfigurationError.of(f"Verifier: {problem}" for problem in problems)
        known = {source.issuer: source for issuer in self._state.issuers for source in issuer.sources}
        wanted = [source for issuer in issuers for source in issuer.sources]
        # Another place for the keys of a known issuer is another ring: nothing learned at the old one counts.
        kept = {
            source.issuer: self._state.trusts[source.issuer].ring
            for source in wanted
            if known.get(source.issuer) == source
        }
        self._state = self._state_of(issuers, kept)

    @property
    def issuers(self) -> tuple[AnyIssuer | LoadBalancer, ...]:
        """Whose tokens are accepted."""
        return self._state.issuers

    @property
    def keyring(self) -> Mapping[str, Keyring]:
        """The keys, by issuer string; another verifier that is given them shares them."""
        return MappingProxyType({issuer: trust.ring for issuer, trust in self._state.trusts.items()})

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds since the epoch, as this verifier takes them."""
        return self._clock

    def health(self) -> tuple[KeyHealth, ...]:
        """Tell how the keys of each issuer string are, without asking anybody."""
        return tuple(trust.ring.health(issuer, trust.issuers[0].name) for issuer, trust in self._state.trusts.items())

    def _cold(self) -> list[Keyring]:
        """Give the rings that would have to ask for keys."""
        return [ring for ring in dict.fromkeys(trust.ring for trust in self._state.trusts.values()) if not ring.fresh()]

    def _check_warm(self) -> None:
        """Complain of a pool none of whose issuer strings has keys: of its two forms it uses but one."""
        state = self._state
        for issuer in state.issuers:
            rings = [state.trusts[source.issuer].ring for source in issuer.sources]
            if rings and not any(ring.keys for ring in rings):
                raise rings[0].unavailable()

    def _flow(self, state: _State, token: str, digest: bytes) -> Flow[Principal]:
        """
        Verify *token*; yields where a key is missing (RFC 7519 section 7.2, RFC 8725 section 3).

        What costs nothing comes first, the network last, and claims count only after the signature.
        """
        jws = Jws(token, state.headers)
        issuer = jws.claimed_issuer
        if type(issuer) is not str or not issuer:
            raise BadClaim("claims.iss_missing" if issuer is None else "claims.iss_type")
        trust = state.trusts.get(issuer)
        if trust is None:
            raise UnknownIssuer("claims.iss_unknown")
        ring, header = trust.ring, jws.header
        if header.alg not in trust.issuers[0].algorithms:  # all that write one string allow the same
            # Another issuer of this verifier may sign with it, or this one where its keys are shared with another.
            raise MalformedToken("header.alg_not_allowed")
        if header.has_x5c and not all(isinstance(who, OIDCIssuer) and who.ignore_x5c for who in trust.issuers):
            raise MalformedToken("header.key_material")

        def accepted(claims: Mapping[str, JSON]) -> Principal:
            return accept(claims, trust.candidates(claims), issuer, self._clock(), self._leeway, header.typ)

        if header.kid not in ring.keys:
            # Nobody's key is fetched for a token that would be refused whoever had signed it.
            jws.screen(accepted)
        # Noted before the key is looked up, so that an entry never claims to know of a document that withdrew its key.
        generation = ring.generation
        key = ring.known(header.kid, header.alg) or (yield from ring.find(header.kid, header.alg))
        principal = state.cache.vouched(digest, key)
        if principal is not None:
            return principal
        principal = accepted(jws.verify(key, state.headers))
        state.cache.put(digest, Entry(principal, principal.expires_at + self._leeway, key, ring, generation))
        return principal

    def _data_flow(self, value: str) -> Flow[Principal]:
        """Verify the value of `x-amzn-oidc-data`; yields where a key is missing."""
        data = OidcData(value)
        keys = self._state.signers.get(data.signer) if isinstance(data.signer, str) else None
        if keys is None:
            raise UnknownIssuer("header.signer")
        ring = keys.ring(data.header.kid)
        key = ring.known(data.header.kid, data.header.alg) or (yield from ring.find(data.header.kid, data.header.alg))
        return data.verify(key, keys.load_balancer, self._clock(), self._leeway)


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
        *issuers: AnyIssuer | LoadBalancer,
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
        cold, pauses = self._cold(), 0
        while cold and pauses < WARMING_PAUSES:
            needs = [Need(ring, ring.turn, 0.0) for ring in cold[:AT_ONCE]]
            for need in needs:
                self._flights.meet(need)
            for need in needs:
                self._flights.join(need.ring)
            refused = [need.ring for need in needs if need.refused]
            cold[:AT_ONCE] = refused
            if refused:
                time.sleep(WARMING_PAUSE)
            pauses = pauses + 1 if len(refused) == len(needs) else 0
        self._check_warm()

    def verify(self, token: str) -> Principal:
        """
        Give the principal that *token*, a compact JWS without `Bearer`, proves.

        Raises:
            TokenError: the token will not do; the leaf class and `reason` say why.
            KeysUnavailable: its issuer's keys cannot be had, so that nothing can be said of it.
        """
        digest = digest_of(token)
        state = self._state
        principal = state.cache.get(digest)
        if principal is not None:
            return principal
        return self._run(self._flow(state, token, digest))

    def verify_oidc_data(self, value: str) -> Principal:
        """
        Give the principal that *value*, an Application Load Balancer's `x-amzn-oidc-data` header, proves.

        Only a configured `LoadBalancer` is believed, by the `signer` that it has signed. The principal has no groups:
        the header has none (AWS: "Authenticate users using an Application Load Balancer").

        Raises:
            TokenError: the value will not do; the leaf class and `reason` say why.
            KeysUnavailable: the load balancer's key cannot be had.
        """
        return self._run(self._data_flow(value))

    def _run(self, flow: Flow[Principal]) -> Principal:
        try:
            need = next(flow)
            while True:
                self._flights.meet(need)
                need = next(flow)
        except StopIteration as end:
            principal: Principal = end.value
            return principal


class AsyncVerifier(_Verifier):
    """`Verifier`, for asyncio: the same arguments, `fetch` being awaitable, and the same results. Blocks nowhere."""

    def __init__(
        self,
        *issuers: AnyIssuer | LoadBalancer,
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
        import asyncio  # whoever awaits has it already, and nobody else needs it

        cold, pauses = self._cold(), 0
        while cold and pauses < WARMING_PAUSES:
            needs = [Need(ring, ring.turn, 0.0) for ring in cold[:AT_ONCE]]
            for need in needs:
                await self._flights.meet(need)
            for need in needs:
                await self._flights.join(need.ring)
            refused = [need.ring for need in needs if need.refused]
            cold[:AT_ONCE] = refused
            if refused:
                await asyncio.sleep(WARMING_PAUSE)
            pauses = pauses + 1 if len(refused) == len(needs) else 0
        self._check_warm()

    async def verify(self, token: str) -> Principal:
        """
        Give the principal that *token*, a compact JWS without `Bearer`, proves.

        Raises:
            TokenError: the token will not do; the leaf class and `reason` say why.
            KeysUnavailable: its issuer's keys cannot be had, so that nothing can be said of it.
        """
        digest = digest_of(token)
        state = self._state
        principal = state.cache.get(digest)
        if principal is not None:
            return principal
        return await self._run(self._flow(state, token, digest))

    async def verify_oidc_data(self, value: str) -> Principal:
        """
        Give the principal that *value*, an Application Load Balancer's `x-amzn-oidc-data` header, proves.

        Only a configured `LoadBalancer` is believed, by the `signer` that it has signed. The principal has no groups:
        the header has none (AWS: "Authenticate users using an Application Load Balancer").

        Raises:
            TokenError: the value will not do; the leaf class and `reason` say why.
            KeysUnavailable: the load balancer's key cannot be had.
        """
        return await self._run(self._data_flow(value))

    async def _run(self, flow: Flow[Principal]) -> Principal:
        try:
            need = next(flow)
            while True:
                await self._flights.meet(need)
                need = next(flow)
        except StopIteration as end:
            principal: Principal = end.value
            return principal


def _outside(argument: str, value: float, lowest: float, highest: float) -> list[str]:
    """Complain about *value* if it is no number, or one outside the bounds."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return [] if number and lowest <= value <= highest else [f"{argument}: must be a number from {lowest} to {highest}"]
