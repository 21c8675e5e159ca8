"""
Callers: principals that nobody is, made up to see what rules say of whoever would be so.

Rules are not taken apart to be compared: they are asked, about callers who have what the rules mention and nothing
else. A caller is of a world, which says of which issuer and of what kind the token is, and has traits: groups, scopes,
a client, a level, an age of the sign-in, claims. The code that reads verified claims makes the principals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from cogauth._strict import JSON
from cogauth.chances import World, chance, worlds_of
from cogauth.claims import accept
from cogauth.errors import TokenError
from cogauth.issuers import ANY_CLIENT, AnyIssuer, IdentityPool, LoadBalancer, UserPool
from cogauth.principal import Principal
from cogauth.review.traits import Trait, Universe, claims_of
from cogauth.rules import All, Any, Not, Rule

NOW: Final = 2_000_000_000
"""The moment at which callers call, seconds since the epoch; any would do."""

MAX_WAYS: Final = 64
"""Ways to meet a rule that are looked at."""

Traits: TypeAlias = "Mapping[Trait, JSON]"


class Caller(NamedTuple):
    """Somebody who could call."""

    world: World
    traits: Traits
    principal: Principal

    def __str__(self) -> str:
        said = [trait.told(value) for trait, value in self.traits.items()]
        kind = "a machine" if self.world.machine else f"a person with an {self.world.use} token"
        of = f" of {self.principal.issuer_name}" if self.world.issuer is not None else ""
        return f"{kind}{of}" + (f", {', '.join(said)}" if said else "")


class Callers:
    """
    Those whom rules can tell apart.

    Args:
        issuers: whose tokens are accepted; of none, all kinds of tokens there are.
        rules: those that will be asked, roles replaced by what they stand for.
    """

    __slots__ = ("_universe", "_worlds")

    def __init__(self, issuers: Sequence[AnyIssuer | LoadBalancer], rules: Iterable[Rule]) -> None:
        self._worlds = worlds_of(issuers)
        self._universe = Universe(dict.fromkeys(leaf for rule in rules for leaf in rule.leaves()))

    def bare(self, world: World) -> Caller | None:
        """Give who has a good token of *world*, and nothing that a rule mentions."""
        return self._caller(world, {})

    def alone(self, rule: Rule) -> list[Caller]:
        """
        Give those who meet *rule* and have nothing that it does not take: one for each way to meet it in each world.

        None where nobody can, or where it takes more than is looked at.
        """
        found = (self._caller(world, way) for world in self._worlds for way in self._ways(rule, world, wanted=True))
        return [caller for caller in found if caller is not None and rule.holds(caller.principal, NOW)]

    def meetable(self, rule: Rule) -> bool:
        """Tell whether anybody can meet *rule*, as far as that is known."""
        return any(chance(rule, world).yes for world in self._worlds)

    def everyone(self, most: int) -> list[Caller] | None:
        """Give one of each kind of callers that the rules can tell apart, the plainest first; None if over *most*."""
        universe = self._universe
        kinds = [
            [(trait, values) for trait, values in universe.values.items() if universe.possible(trait, world)]
            for world in self._worlds
        ]
        if not universe.exact or sum(_count(each) for each in kinds) > most:
            return None
        found = [
            caller
            for world, each in zip(self._worlds, kinds, strict=True)
            for traits in _choices(each)
            if (caller := self._caller(world, traits)) is not None and self._is_client(caller)
        ]
        return sorted(found, key=lambda caller: len(caller.traits))

    def _is_client(self, caller: Caller) -> bool:
        clients = _clients(caller.world.issuer)
        return not clients or caller.principal.client_id in clients or not clients <= self._universe.clients

    def _caller(self, world: World, traits: Traits) -> Caller | None:
        issuer = world.issuer
        pool = UserPool(
            issuer.pool_id if isinstance(issuer, UserPool) else "eu-west-1_Any",
            clients=ANY_CLIENT,
            token_use="any",
            name=issuer.name if issuer is not None else "any",
            acr_levels=_levels(issuer) or self._universe.levels or ("any",),
        )
        iss = pool.sources[0].issuer
        client = traits.get(Trait("client"))
        clients = _clients(issuer)
        if clients and client is not None and client not in clients:
            return None
        try:
            claims = claims_of(traits, world, iss, NOW)
            return Caller(world, traits, accept(claims, (pool,), iss, NOW, 0))
        except TokenError:
            # A claim that is asked to be what none of a pool is.
            return None

    # A rule is met in several ways, each of them traits that it takes.

    def _ways(self, rule: Rule, world: World, *, wanted: bool) -> list[Traits]:
        match rule:
            case All() | Any():
                parts = [self._ways(part, world, wanted=wanted) for part in rule.parts]
                found: Iterable[Traits] = (way for ways in parts for way in ways)
                if isinstance(rule, All) is wanted:
                    found = [{}]
                    for ways in parts:
                        found = _least(_merged(found, ways))
                return _least(found)
            case Not(rule=negated):
                return self._ways(negated, world, wanted=not wanted)
            case _:
                return list(self._ways_of_leaf(rule, world, wanted=wanted))

    def _ways_of_leaf(self, leaf: Rule, world: World, *, wanted: bool) -> Iterator[Traits]:
        odds = chance(leaf, world)
        if not (odds.yes if wanted else odds.no):
            return
        singles: Iterable[Traits] = (
            {trait: value} for trait in self._universe.read_by(leaf) for value in self._universe.values[trait]
        )
        for way in ({}, *singles):
            caller = self._caller(world, way)
            if caller is not None and leaf.holds(caller.principal, NOW) is wanted:
                yield way
                if not way:
                    return


def _merged(ones: Iterable[Traits], others: Sequence[Traits]) -> Iterator[Traits]:
    for one in ones:
        for other in others:
            if all(trait not in one or _typed(one[trait]) == _typed(value) for trait, value in other.items()):
                yield {**one, **other}


def _least(ways: Iterable[Traits]) -> list[Traits]:
    """Keep the ways that take no more than another one does, the shortest first."""
    kept: list[Traits] = []
    for way in sorted(ways, key=len):
        if not any(_said(other) <= _said(way) for other in kept):
            kept.append(way)
    return kept[:MAX_WAYS]


def _said(way: Traits) -> frozenset[tuple[Trait, object]]:
    return frozenset((trait, _typed(value)) for trait, value in way.items())


def _typed(value: JSON) -> tuple[type, JSON]:
    # To Python `1 == True`, to a rule they are two things.
    return type(value), value


def _count(kinds: Iterable[tuple[Trait, Sequence[JSON]]]) -> int:
    number = 1
    for _, values in kinds:
        number *= len(values) + 1
    return number


def _choices(kinds: Sequence[tuple[Trait, Sequence[JSON]]]) -> Iterator[Traits]:
    for chosen in product(*([(trait, None), *((trait, value) for value in values)] for trait, values in kinds)):
        yield {trait: value for trait, value in chosen if value is not None}


def _clients(issuer: AnyIssuer | None) -> frozenset[str]:
    clients = issuer.clients if isinstance(issuer, UserPool) else ANY_CLIENT
    return frozenset() if clients is ANY_CLIENT else frozenset(clients)


def _levels(issuer: AnyIssuer | None) -> tuple[str, ...]:
    return () if issuer is None or isinstance(issuer, IdentityPool) else issuer.acr_levels
