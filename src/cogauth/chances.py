"""Chances: whether a rule can hold, and can fail to, for some token of a given kind; without looking at any token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cogauth.issuers import ANY_CLIENT, AnyIssuer, IdentityPool, LoadBalancer, OIDCIssuer, UserPool
from cogauth.rules import (
    Acr,
    All,
    Amr,
    Any,
    Anybody,
    Claim,
    Client,
    Everybody,
    Group,
    IdentityProvider,
    Issuer,
    Kind,
    Not,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)


class World(NamedTuple):
    """A kind of token: of which issuer, an access or an ID token, a machine's or a person's."""

    issuer: AnyIssuer | None
    """None where issuers are not looked at: it could be any."""
    use: str
    machine: bool


class Chance(NamedTuple):
    """Whether a rule can hold, and whether it can fail to."""

    yes: bool
    no: bool


_OPEN: Final = Chance(yes=True, no=True)
_ALWAYS: Final = Chance(yes=True, no=False)
_NEVER: Final = Chance(yes=False, no=True)

# What tokens of a user pool have as strings (AWS: "Understanding the access token", "Understanding the identity (ID)
# token").
_STRINGS: Final = frozenset({"sub", "iss", "token_use", "jti"})


def worlds_of(issuers: Iterable[AnyIssuer | LoadBalancer]) -> list[World]:
    """Give the kinds of bearer tokens that *issuers* write; of none, every kind that there is."""
    bearers = [issuer for issuer in issuers if not isinstance(issuer, LoadBalancer)]
    known: list[AnyIssuer | None] = [*bearers] or [None]
    return [world for issuer in known for world in _worlds(issuer)]


def _worlds(issuer: AnyIssuer | None) -> Iterator[World]:
    uses = ("id",) if isinstance(issuer, IdentityPool) else ("access", "id")
    wanted = issuer.token_use if isinstance(issuer, UserPool | OIDCIssuer) else "any"
    for use in uses:
        if wanted in ("any", use):
            yield World(issuer, use, machine=False)
            # A machine has nothing but access tokens, and one that must be bound to a resource it cannot have.
            if use == "access" and not (isinstance(issuer, UserPool) and issuer.audience):
                yield World(issuer, use, machine=True)


def chance(rule: Rule, world: World) -> Chance:
    """Tell whether *rule*, its roles replaced, can hold and can fail in *world*; where that is unknown, both."""
    match rule:
        case All(rules=rules):
            chances = [chance(part, world) for part in rules]
            yes = all(each.yes for each in chances) and not _exclude_each_other(rules)
            return Chance(yes, any(each.no for each in chances) or not yes)
        case Any(rules=rules):
            chances = [chance(part, world) for part in rules]
            return Chance(any(each.yes for each in chances), all(each.no for each in chances))
        case Not(rule=negated):
            yes, no = chance(negated, world)
            return Chance(no, yes)
        case _:
            return _of_leaf(rule, world)


def _of_leaf(rule: Rule, world: World) -> Chance:
    issuer, use, machine = world
    match rule:
        case Anybody() | Everybody():
            return _ALWAYS
        case Issuer(names=names) if issuer is not None:
            return _certainly(issuer.name in names)
        case TokenUse(use=wanted):
            return _certainly(wanted == use)
        case Kind(machine=wanted):
            return _certainly(wanted is machine)
        case Claim() if isinstance(issuer, UserPool):
            return _of_claim(rule, world)
        case _:
            return _NEVER if _impossible(rule, world) else _OPEN


def _impossible(rule: Rule, world: World) -> bool:  # noqa: PLR0911  one return for each condition
    """Tell whether *rule* asks for what no token of this kind has."""
    issuer, use, machine = world
    no_person = machine or isinstance(issuer, IdentityPool)
    match rule:
        case Group():
            return no_person or (isinstance(issuer, OIDCIssuer) and issuer.groups_claim is None)
        case Scope():
            return isinstance(issuer, IdentityPool) or (isinstance(issuer, UserPool) and use == "id")
        case Client(ids=ids):
            return bool(_clients(issuer)) and _clients(issuer).isdisjoint(ids)
        case SignedInWithin():
            return no_person
        case Acr(level=level, default=default):
            levels = () if issuer is None or isinstance(issuer, IdentityPool) else issuer.acr_levels
            return (issuer is not None and level not in levels) or (no_person and default is None)
        case Amr(default=None):
            return machine
        case IdentityProvider(default=None):
            return machine or isinstance(issuer, OIDCIssuer)
        case _:
            return False


def _certainly(answer: bool) -> Chance:  # noqa: FBT001  it is the answer, not a switch
    return _ALWAYS if answer else _NEVER


def _clients(issuer: AnyIssuer | None) -> frozenset[str]:
    """Give the clients that there can be, none where there can be any."""
    clients = issuer.clients if isinstance(issuer, UserPool) else ANY_CLIENT
    return frozenset() if clients is ANY_CLIENT else frozenset(clients)


def _of_claim(rule: Claim, world: World) -> Chance:
    """What a user pool writes into every token is known: its type, and where there are two kinds of it, which."""
    values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    if rule.test not in ("equals", "one_of") or rule.name not in _STRINGS:
        return _OPEN
    if rule.name == "token_use":
        return _certainly(world.use in values)
    return _OPEN if any(isinstance(value, str) for value in values) else _NEVER


def _exclude_each_other(rules: Iterable[Rule]) -> bool:
    """Tell whether two of *rules* ask for the same thing to be two things."""
    wanted: dict[object, set[object]] = {}
    for rule in rules:
        match rule:
            case Claim(name=name, test="equals" | "one_of", value=value):
                key: object = name
                these = {(type(each), each) for each in (value if isinstance(value, tuple) else (value,))}
            case Client(ids=ids):
                key, these = Client, {(str, each) for each in ids}
            case Issuer(names=names):
                key, these = Issuer, {(str, each) for each in names}
            case _:
                continue
        wanted[key] = wanted[key] & these if key in wanted else {*these}
    return any(not these for these in wanted.values())
