"""What is in force: a policy, the issuers beside it, and whose principals it may judge; replaced as a whole."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from cogauth.decision import RolesOf
from cogauth.errors import ConfigurationError
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.judging.resources import Resources
from cogauth.paths import is_odd
from cogauth.plan import Guarded
from cogauth.policy import Policy
from cogauth.rules import Rule
from cogauth.verification import State

K = TypeVar("K")
V = TypeVar("V")

_MAX_RULES = 1024
_MAX_SPOTS, _MAX_REMEMBERED = 4096, 256
"""Requests whose way is remembered, and the characters of the longest of them: some megabyte in all."""


class Spot(NamedTuple):
    """Where a request leads."""

    guarded: Guarded | None
    shadow: Guarded | None


class Force:
    """
    A policy, and the state of the verifier that it goes with: a request is decided by one of these from end to end.

    Args:
        policy: its roles and routes.
        state: whom the verifier trusts.
        names: the issuers that the policy was checked against. Groups of another one are not those that its rules were
            written for, so that only principals of these may be judged by it.
    """

    __slots__ = ("_rules", "_spots", "names", "policy", "resources", "roles_held", "shadowed", "state")

    def __init__(self, policy: Policy, state: State, names: frozenset[str]) -> None:
        self.policy: Policy = policy
        self.state: State = state
        self.names: frozenset[str] = names
        self.roles_held: RolesOf = policy.roles_held
        self.resources: Resources = Resources(policy, state.issuers)
        routes = [*policy.routes, *(route for api in policy.apis.values() for route in api.routes)]
        self.shadowed: bool = any(route.mode == "shadow" for route in routes)
        """Whether any route is in shadow mode; where none is, none is looked for."""
        self._rules: dict[int, tuple[Rule, Guarded, frozenset[str]]] = {}
        self._spots: dict[tuple[str, str, str | None], Spot] = {}

    @classmethod
    def of(cls, policy: Policy, state: State) -> Force:
        """
        Put *policy* in force for the issuers of *state*.

        Raises:
            ConfigurationError: it does not fit them.
        """
        names = names_of(state.issuers)
        problems = policy.misuses(names)
        if problems:
            raise ConfigurationError.of(problems)
        return cls(policy, state, names)

    def meeting(self, state: State) -> Force:
        """Give what is in force when the issuers alone are replaced; where the policy misfits, no new one counts."""
        names = names_of(state.issuers)
        return Force(self.policy, state, self.names if self.policy.misuses(names) else names)

    def spot(self, method: str, path: str, api: str | None) -> Spot | None:
        """
        Say where *method* and *path* lead; None if the path is odd.

        Found once for each path that is asked for, lately: a look into a dict costs a fifth of the looks at the path
        and through the tree. Odd ones are not remembered, nor long ones.
        """
        place = (method, path, api)
        spot = self._spots.get(place)
        if spot is None:
            if is_odd(path):
                return None
            policy = self.policy
            shadow = policy.find_shadow(method, path, api) if self.shadowed else None
            spot = Spot(policy.find(method, path, api), shadow)
            # What a client makes up fills no memory: a method as long as a path, an api that there is not.
            if len(method) + len(path) <= _MAX_REMEMBERED and (api is None or api in policy.apis):
                if len(self._spots) >= _MAX_SPOTS:
                    self._spots.clear()
                self._spots[place] = spot
        return spot

    def question(self, rule: Rule, built: Force) -> tuple[Guarded, frozenset[str]]:
        """
        Compile *rule*, which is asked by itself, and say of which issuers' principals it may be asked.

        One that misfits the issuers of now, but not those of when the authorizer was *built*, goes on for the latter.

        Raises:
            ConfigurationError: it is no rule, or does not fit the policy and the issuers.
        """
        known = self._rules.get(id(rule))
        if known is None:
            if not isinstance(rule, Rule):
                raise ConfigurationError("decide: a rule is needed; there is no default")
            plan, names = self.policy.plan(rule), self.names
            problems = self.policy.misuses(names_of(self.state.issuers), (rule,))
            if problems:
                if built.misfits(rule):
                    raise ConfigurationError.of(problems)
                names &= built.names
            # The rule is kept beside its plan so that its id stays its own.
            known = (rule, Guarded("", plan, None), names)
            keep(self._rules, id(rule), known)
        return known[1:]

    def misfits(self, rule: object) -> bool:
        """Tell whether *rule* is a mistake here."""
        if not isinstance(rule, Rule):
            return True
        try:
            self.policy.plan(rule)
        except ConfigurationError:
            return True
        return bool(self.policy.misuses(self.names, (rule,)))


def keep(memory: dict[K, V], key: K, value: V) -> None:
    """Remember *value*. Rules are made once; who makes one by the request pays for it, but does not fill the memory."""
    if len(memory) >= _MAX_RULES:
        memory.clear()
    memory[key] = value


def names_of(issuers: tuple[AnyIssuer | LoadBalancer, ...]) -> frozenset[str]:
    """Give what rules may call the issuers of bearer tokens; a load balancer's word is no token."""
    return frozenset(issuer.name for issuer in issuers if not isinstance(issuer, LoadBalancer))
