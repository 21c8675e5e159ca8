"""Verifier and AsyncVerifier: one way to verify, and two drivers that differ by the word `await`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.keyring.flights import AsyncFlights, Flights
from cogauth.keyring.need import Need
from cogauth.keyring.pace import AT_ONCE
from cogauth.keyring.ring import Keyring
from cogauth.principal import Principal
from cogauth.transport import AsyncFetch, Fetch, afetch, fetch as blocking_fetch
from cogauth.verification import State, Verification

WARMING_PAUSE, WARMING_PAUSES = 0.1, 20
"""Seconds to wait while the process asks too often for warming to go on, and how many times on end."""


class Verifier(Verification):
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
        self._flights = Flights(fetch or blocking_fetch, self._landed)

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
        found = self._at_once(token, self._state)
        if isinstance(found, Principal):
            return found
        return self._in_the_end(found, self._flights.run(found.find()))

    def verify_in(self, state: State, token: str) -> Principal:
        """Do as `verify` does, by what was trusted in *state*, so that rules and issuers are of one time."""
        found = self._at_once(token, state)
        if isinstance(found, Principal):
            return found
        return self._in_the_end(found, self._flights.run(found.find()))

    def verify_oidc_data(self, value: str) -> Principal:
        """
        Give the principal that *value*, an Application Load Balancer's `x-amzn-oidc-data` header, proves.

        Only a configured `LoadBalancer` is believed, by the `signer` that it has signed. The principal has no groups:
        the header has none (AWS: "Authenticate users using an Application Load Balancer").

        Raises:
            TokenError: the value will not do; the leaf class and `reason` say why.
            KeysUnavailable: the load balancer's key cannot be had.
        """
        return self._flights.run(self._data_flow(value))


class AsyncVerifier(Verification):
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
        self._flights = AsyncFlights(fetch or afetch, self._landed)

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
        found = self._at_once(token, self._state)
        if isinstance(found, Principal):
            return found
        return self._in_the_end(found, await self._flights.run(found.find()))

    async def verify_in(self, state: State, token: str) -> Principal:
        """Do as `verify` does, by what was trusted in *state*, so that rules and issuers are of one time."""
        found = self._at_once(token, state)
        if isinstance(found, Principal):
            return found
        return self._in_the_end(found, await self._flights.run(found.find()))

    async def verify_oidc_data(self, value: str) -> Principal:
        """
        Give the principal that *value*, an Application Load Balancer's `x-amzn-oidc-data` header, proves.

        Only a configured `LoadBalancer` is believed, by the `signer` that it has signed. The principal has no groups:
        the header has none (AWS: "Authenticate users using an Application Load Balancer").

        Raises:
            TokenError: the value will not do; the leaf class and `reason` say why.
            KeysUnavailable: the load balancer's key cannot be had.
        """
        return await self._flights.run(self._data_flow(value))
