"""What both verifiers are: issuers, keys, memory, and the flow from a token to a principal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cogauth._strict import JSON
from cogauth.cache import Entry, TokenCache
from cogauth.claims import accept
from cogauth.errors import BadClaim, ConfigurationError, MalformedToken, UnknownIssuer
from cogauth.issuers import AnyIssuer, KeySource, LoadBalancer, OIDCIssuer
from cogauth.jwk import VerificationKey
from cogauth.jws import Header, HeaderMemo, Jws, octets
from cogauth.keyring.attempts import Attempt
from cogauth.keyring.need import Flow, KeyHealth
from cogauth.keyring.pace import Pace, budget_of
from cogauth.keyring.ring import Keyring
from cogauth.oidc_data import OidcData, SignerKeys
from cogauth.principal import Principal
from cogauth.trust import Trust, disagreements, trusts

MAX_LEEWAY = 300
MAX_CACHE = 1_000_000
LONGEST_STALE = 7 * 86_400
LAMBDA_PATIENCE = 0.3
"""Seconds that a caller with a key in hand waits for a renewal in AWS Lambda, where nothing runs between requests."""


class State(NamedTuple):
    """What issuers make: replaced as a whole, so that a verification sees the old ones or the new ones."""

    issuers: tuple[AnyIssuer | LoadBalancer, ...]
    trusts: Mapping[str, Trust]
    headers: HeaderMemo
    cache: TokenCache
    signers: Mapping[JSON, SignerKeys]


class Landing(NamedTuple):
    """How a fetch of keys has ended."""

    issuer: str | None
    """What the configuration calls the issuer; None if it is no longer trusted."""
    url: str
    """Where its keys are, or the metadata that says where."""
    seconds: float
    """How long it took."""
    keys: int
    """How many keys are usable now."""
    error: str | None
    """Why nothing was learned; None if something was."""


class Pending(NamedTuple):
    """A token whose key is not at hand."""

    state: State
    digest: bytes
    jws: Jws
    trust: Trust
    generation: int

    def find(self) -> Flow[VerificationKey]:
        """Find the key; yields where the network is needed. Raises `UnknownKey` or `KeysUnavailable`."""
        return self.trust.ring.find(self.jws.header.kid, self.jws.header.alg)


class Verification:
    """Everything of a verifier but the wait for keys."""

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
        self._landings: list[Callable[[Landing], object]] = []
        self._state = self._state_of(issuers, keyring or {})

    def _state_of(self, issuers: tuple[AnyIssuer | LoadBalancer, ...], shared: Mapping[str, Keyring]) -> State:
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
        return State(
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

    @property
    def monotonic(self) -> Callable[[], float]:
        """Seconds that never run backwards, as this verifier takes them."""
        return self._monotonic

    @property
    def state(self) -> State:
        """Whom it trusts now, as one value: another one as soon as the issuers are replaced."""
        return self._state

    def remembered(self, token: str, state: State) -> Principal | None:
        """
        Give the principal of *token* if *state* remembers that it was verified, or None.

        Raises:
            MalformedToken: no token is written like this.
        """
        return state.cache.get(state.cache.digest(octets(token)))

    def on_landing(self, call: Callable[[Landing], object]) -> None:
        """Have *call*, which must not raise, called of each fetch of keys that this verifier makes; once if equal."""
        if call not in self._landings:
            self._landings.append(call)

    def health(self) -> tuple[KeyHealth, ...]:
        """Tell how the keys of each issuer string are, without asking anybody."""
        return tuple(trust.ring.health(issuer, trust.issuers[0].name) for issuer, trust in self._state.trusts.items())

    def _landed(self, ring: Keyring, attempt: Attempt) -> None:
        source, seconds = ring.source, self._monotonic() - attempt.began
        trust = self._state.trusts.get(source.issuer)
        if source.pem_kid is None:
            name = trust.issuers[0].name if trust is not None else None
        else:
            signers = (keys.load_balancer for keys in self._state.signers.values())
            name = next((signer.name for signer in signers if signer.source(source.pem_kid) == source), None)
        for call in self._landings:
            call(Landing(name, source.url, seconds, len(ring.keys), ring.error))

    def _cold(self) -> list[Keyring]:
        """Give the rings that would have to ask for keys."""
        for trust in self._state.trusts.values():
            trust.ring.attempts.expected()  # one that hangs must be over before its turn is looked at
        return [ring for ring in dict.fromkeys(trust.ring for trust in self._state.trusts.values()) if not ring.fresh()]

    def _check_warm(self) -> None:
        """Complain of a pool none of whose issuer strings has keys: of its two forms it uses but one."""
        state = self._state
        for issuer in state.issuers:
            rings = [state.trusts[source.issuer].ring for source in issuer.sources]
            if rings and not any(ring.keys for ring in rings):
                raise rings[0].unavailable()

    def _at_once(self, token: str, state: State) -> Principal | Pending:
        """
        Verify *token* if its key is at hand, as nearly always, else say which key is missing (RFC 7519 section 7.2).

        What costs nothing comes first, the network last, and claims count only after the signature (RFC 8725 section
        3).
        """
        data = octets(token)
        digest = state.cache.digest(data)
        principal = state.cache.get(digest)
        if principal is not None:
            return principal
        jws = Jws(data, state.headers)
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
        # Noted before the key is looked up, so that an entry never claims to know of a document that withdrew its key.
        generation = ring.generation
        key = ring.known(header.kid, header.alg)
        if key is not None:
            return self._vouched(state, digest, jws, trust, key, generation)
        if header.kid not in ring.keys:
            # Nobody's key is fetched for a token that would be refused whoever had signed it.
            jws.screen(lambda claims: self._accepted(claims, trust, header))
        return Pending(state, digest, jws, trust, generation)

    def _in_the_end(self, pending: Pending, key: VerificationKey) -> Principal:
        """Verify the token of *pending*, whose key has been found."""
        state, digest, jws, trust, generation = pending
        # Looked up anew and still the same: what it vouched for before needs no second signature.
        principal = state.cache.vouched(digest, key)
        return principal or self._vouched(state, digest, jws, trust, key, generation)

    def _vouched(
        self, state: State, digest: bytes, jws: Jws, trust: Trust, key: VerificationKey, generation: int
    ) -> Principal:
        principal = self._accepted(jws.verify(key, state.headers), trust, jws.header)
        if digest:
            deadline = principal.expires_at + self._leeway
            state.cache.put(digest, Entry(principal, deadline, key, trust.ring, generation))
        return principal

    def _accepted(self, claims: Mapping[str, JSON], trust: Trust, header: Header) -> Principal:
        return accept(claims, trust.candidates(claims), trust.issuer, self._clock(), self._leeway, header.typ)

    def _data_flow(self, value: str) -> Flow[Principal]:
        """Verify the value of `x-amzn-oidc-data`; yields where a key is missing."""
        data = OidcData(value)
        keys = self._state.signers.get(data.signer) if isinstance(data.signer, str) else None
        if keys is None:
            raise UnknownIssuer("header.signer")
        ring = keys.ring(data.header.kid)
        key = ring.known(data.header.kid, data.header.alg) or (yield from ring.find(data.header.kid, data.header.alg))
        return data.verify(key, keys.load_balancer, self._clock(), self._leeway)


def _outside(argument: str, value: float, lowest: float, highest: float) -> list[str]:
    """Complain about *value* if it is no number, or one outside the bounds."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return [] if number and lowest <= value <= highest else [f"{argument}: must be a number from {lowest} to {highest}"]
