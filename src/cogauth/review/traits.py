"""Traits: what rules can see of a caller, beside the kind of the token, and the claims that say it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from cogauth._strict import JSON
from cogauth.chances import World, chance
from cogauth.rules import (
    Acr,
    Amr,
    Anybody,
    Claim,
    Client,
    Everybody,
    Group,
    IdentityProvider,
    Issuer,
    Kind,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)

_AGO: Final = 11 * 366 * 86_400
"""Seconds: longer than any rule on the sign-in can ask for."""

_OTHER: Final = "(another)"
_MOST_ELEMENTS: Final = 4

# Claims that other conditions read as well, so that a trait of them alone would not be the whole truth.
_SHARED: Final = frozenset(
    {
        *("sub", "iss", "aud", "client_id", "token_use", "scope", "cognito:groups", "username", "cognito:username"),
        *("auth_time", "iat", "exp", "nbf", "amr", "acr", "identities", "act", "cnf"),
    }
)


class Trait(NamedTuple):
    """One thing that a rule can see: that there is a group of this name, which client it is, what a claim says."""

    kind: str
    name: str = ""

    def told(self, value: JSON) -> str:
        """Say it, with its value, in words."""
        match self.kind:
            case "claim":
                return f"{self.name} = {json.dumps(value)}"
            case "age":
                return f"signed in {value} s ago"
            case "client" | "acr":
                return f"{self.kind} {value}"
            case _:
                return f"{_WORDS[self.kind]} {self.name}"


_WORDS: Final[Mapping[str, str]] = {
    "group": "group",
    "scope": "scope",
    "method": "signed in by",
    "provider": "through",
}


class Universe:
    """
    All that some conditions can see.

    Args:
        leaves: the conditions.
    """

    __slots__ = ("_leaves", "clients", "exact", "levels", "values")

    def __init__(self, leaves: Iterable[Rule]) -> None:
        self._leaves = list(leaves)
        self.exact: bool = True
        """Whether the values stand for all that there are."""
        self.values: dict[Trait, list[JSON]] = {}
        """What each trait can be, beside absent."""
        self.levels: tuple[str, ...] = tuple(
            dict.fromkeys(leaf.level for leaf in self._leaves if isinstance(leaf, Acr))
        )
        for leaf in self._leaves:
            for trait, value in _seen(leaf):
                known = self.values.setdefault(trait, [])
                if not any(type(each) is type(value) and each == value for each in known):
                    known.append(value)
            self.exact = self.exact and _is_plain(leaf)
        for trait, values in self.values.items():
            if trait.kind == "claim":
                self._complete(values)
        self.clients: frozenset[str] = frozenset(str(value) for value in self.values.get(Trait("client"), ()))

    def read_by(self, leaf: Rule) -> list[Trait]:
        """Give the traits that *leaf* looks at."""
        return list(dict.fromkeys(trait for trait, _ in _seen(leaf)))

    def possible(self, trait: Trait, world: World) -> bool:
        """Tell whether a token of *world* can have *trait*: whether a condition on it can be met there."""
        return any(chance(leaf, world).yes for leaf in self._leaves if trait in self.read_by(leaf))

    def _complete(self, values: list[JSON]) -> None:
        """Add the arrays of several of the elements that are asked for."""
        elements = [value for value in values if isinstance(value, tuple)]
        if len(elements) > _MOST_ELEMENTS:
            self.exact = False
            return
        for size in range(2, len(elements) + 1):
            values.extend(tuple(item for each in some for item in each) for some in combinations(elements, size))


def claims_of(traits: Mapping[Trait, JSON], world: World, iss: str, now: int) -> dict[str, JSON]:
    """Write the claims of a token of *world* with *traits* and nothing else that a rule mentions."""
    client = traits.get(Trait("client"), _OTHER)
    names = {kind: tuple(trait.name for trait in traits if trait.kind == kind) for kind in _WORDS}
    claims: dict[str, JSON] = {
        "sub": "somebody",
        "iss": iss,
        "token_use": world.use,
        "iat": now - 60,
        "exp": now + 3_600,
        "jti": "1",
    }
    groups = names["group"]
    if world.use == "id":
        claims |= {"aud": client, "cognito:username": "somebody"}
        if names["provider"]:
            claims["identities"] = tuple({"providerName": name} for name in names["provider"])
    else:
        claims["client_id"] = client
        groups += tuple(f"{iss.rpartition('/')[2]}_{name}" for name in names["provider"])
        if not world.machine:
            claims["username"] = "somebody"
    if not world.machine:
        age = traits.get(Trait("age"), _AGO)
        claims["auth_time"] = now - age if isinstance(age, int) else now
    if groups:
        claims["cognito:groups"] = groups
    if names["scope"]:
        claims["scope"] = " ".join(names["scope"])
    if names["method"]:
        claims["amr"] = names["method"]
    if Trait("acr") in traits:
        claims["acr"] = traits[Trait("acr")]
    return claims | {trait.name: value for trait, value in traits.items() if trait.kind == "claim"}


def _seen(leaf: Rule) -> Iterator[tuple[Trait, JSON]]:
    """Give what *leaf* looks at, each with a value that makes a difference."""
    match leaf:
        case Group(names=names):
            yield from ((Trait("group", name), True) for name in sorted(names))
        case Scope(names=scopes):
            yield from ((Trait("scope", name), True) for name in scopes)
        case Amr(methods=methods):
            # Where the default is a method that is asked for, another one makes the difference.
            yield from ((Trait("method", name), True) for name in (*sorted(methods), _OTHER))
        case IdentityProvider(names=names):
            yield from ((Trait("provider", name), True) for name in (*sorted(names), "Another"))
        case Client(ids=ids):
            yield from ((Trait("client"), name) for name in sorted(ids))
        case Acr(level=level):
            yield from ((Trait("acr"), name) for name in (level, _OTHER))
        case SignedInWithin(seconds=seconds):
            yield Trait("age"), seconds - 1
        case Claim():
            yield from ((Trait("claim", leaf.name), value) for value in (*_values(leaf), _OTHER))
        case _:
            return


def _values(leaf: Claim) -> Sequence[JSON]:
    value = leaf.value
    match leaf.test:
        case "one_of" if isinstance(value, tuple):
            return value
        case "contains":
            return ((value,),)
        case "starts_with":
            return (value, f"{value}{_OTHER}")
        case "present":
            return ()
        case _:
            return (value,)


def _is_plain(leaf: Rule) -> bool:
    """Tell whether all that makes a difference to *leaf* is known."""
    if isinstance(leaf, Claim):
        return leaf.name not in _SHARED
    known = (
        Group,
        Scope,
        Amr,
        IdentityProvider,
        Client,
        Acr,
        SignedInWithin,
        Issuer,
        TokenUse,
        Kind,
        Anybody,
        Everybody,
    )
    return isinstance(leaf, known)
