"""A policy: roles, routes and apis, checked and compiled; verdicts on a principal, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any as Anything

from cogauth._shapes import as_table
from cogauth.api import Api, host_name
from cogauth.errors import ConfigurationError
from cogauth.file import canon
from cogauth.file.draft import Draft
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.reader import read_file
from cogauth.fitness import Trusted, misfits
from cogauth.guards import Guards
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.plan import Guarded, Plan
from cogauth.principal import Principal
from cogauth.resource import NOT_ONE, is_resource
from cogauth.roles import Held, Roles
from cogauth.routes import Route
from cogauth.rules import Rule

if TYPE_CHECKING:
    from cogauth.findings import Finding

_MAX_ASKED = 1024
"""Rules beside those of the routes of which a policy keeps the plan."""


class Policy:
    """
    Roles and routes. What no route allows is refused. Policies are equal when they say the same.

    Args:
        roles: named rules; routes and other roles refer to them by name.
        routes: who may use what, in every api; the most specific one decides, wherever it stands.
        apis: sets of routes of their own, each beside those of *routes*.
        cors_preflight: let CORS preflight requests pass on every route.
        resource: the URL of the API as its clients use it (RFC 9728), for apis that do not say their own. It decides
            nothing: policies that differ in it alone are equal.

    Raises:
        ConfigurationError: with all mistakes at once: unknown roles, circles, two routes of one shape, a route that
            others hide, a `deny` or `!` that does not say what absence means, two apis of one name, host or gateway.
    """

    _fingerprint: str

    def __init__(
        self,
        *,
        roles: Mapping[str, Rule | str] | None = None,
        routes: Iterable[Route] = (),
        apis: Iterable[Api] = (),
        cors_preflight: bool = False,
        resource: str | None = None,
    ) -> None:
        mistakes = Mistakes()
        draft = Draft.of_objects(roles, routes, apis, mistakes, cors_preflight=cors_preflight, resource=resource)
        self._build(draft, mistakes)
        mistakes.check()

    @classmethod
    def from_dict(cls, data: Mapping[str, Anything]) -> Policy:
        """
        Make a policy of what a policy file holds; `issuer` is left to others.

        Raises:
            ConfigurationError: all mistakes at once, each with the path of its key.
        """
        table = as_table(data)
        if table is None:
            raise ConfigurationError("policy: must be a table")
        mistakes = Mistakes()
        policy = cls.of_draft(Draft.of_table(table, Place(), mistakes), mistakes)
        mistakes.check()
        return policy

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """
        Make the policy of the file *path*, TOML, JSON or YAML; its issuers are left to others.

        Raises:
            ConfigurationError: the file cannot be read, or all of its mistakes at once.
        """
        document, mistakes = read_file(path), Mistakes()
        policy = cls.of_draft(Draft.of_table(document.table, Place(document=document), mistakes), mistakes)
        mistakes.check()
        return policy

    @classmethod
    def of_draft(cls, draft: Draft, mistakes: Mistakes, issuers: Trusted | None = None) -> Policy:
        """Make the policy of *draft*, which is none if *mistakes* are told; of rules that do not fit *issuers*, too."""
        policy = cls.__new__(cls)
        policy._build(draft, mistakes, issuers)  # noqa: SLF001  it is of this very class
        return policy

    def guarding(self, rule: Rule) -> Policy:
        """
        Make a policy with these roles, for these apis, in which *rule* guards every path.

        Raises:
            ConfigurationError: it is no rule, or names a role that there is not.
        """
        if not isinstance(rule, Rule):
            raise ConfigurationError("a policy or a rule is needed; there is no default")
        apis = [api.without_routes() for api in self.apis.values()]
        policy = Policy(roles=self._roles.written, apis=apis, resource=self.resource)
        plan = policy._guards.plans[rule, None] = policy._guards.compiled(rule, None)
        policy._everywhere = Guarded("", plan, None)
        policy.guard = rule
        return policy

    def at(self, resource: str) -> Policy:
        """
        Give this policy for *resource*, which it does not say itself.

        Raises:
            ConfigurationError: it is no URL of an API, or the policy says one already.
        """
        if self.resource is not None:
            raise ConfigurationError("resource: the policy says one already; leave one of the two out")
        if not is_resource(resource):
            raise ConfigurationError(f"resource: {NOT_ONE}")
        policy = copy(self)
        policy.resource = resource
        return policy

    # What it says.

    def to_dict(self) -> dict[str, Anything]:
        """
        Give what a file of this policy would hold; `from_dict` makes an equal policy of it.

        Raises:
            ConfigurationError: it cannot be said in a file: a bare rule guards every path, or a rule is of a class of
                your own.
        """
        if self.guard is not None:
            raise ConfigurationError("a bare rule that guards every path has no spelling in a file; write routes")
        data = canon.tables(self._roles.written, self.routes, self.apis.values(), cors_preflight=self.cors_preflight)
        return data if self.resource is None else {**data, "resource": self.resource}

    @property
    def fingerprint(self) -> str:
        """What identifies this policy: a SHA-256 in hex, the same for equal policies however they were written."""
        if not self._fingerprint:
            self._fingerprint = canon.fingerprint(
                self._roles.written,
                self.routes,
                self.apis.values(),
                self.guard,
                cors_preflight=self.cors_preflight,
            )
        return self._fingerprint

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Policy):
            return NotImplemented
        return self is other or self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"<Policy of {len(self.roles)} roles, {len(self.routes)} routes and {len(self.apis)} apis>"

    # What an authorizer asks.

    def find(self, method: str, path: str, api: str | None = None) -> Guarded | None:
        """
        Give what guards *method* and *path*, a path that is not odd, or None where no route leads.

        Without *api* the routes for every api count; with one, these and its own; with one that there is not, none.
        """
        if api is not None and api not in self.apis:
            return None
        return self._everywhere or self._guards.enforced.find(method, path, api)

    def find_shadow(self, method: str, path: str, api: str | None = None) -> Guarded | None:
        """Give the route in shadow mode for *method* and *path*, or None."""
        return None if api is not None and api not in self.apis else self._guards.shadow.find(method, path, api)

    def api_of_host(self, host: str) -> str | None:
        """
        Give the name of the api that answers to *host*, with a port or without, in whatever case.

        Without an api that has hosts, None: then a host chooses nothing, and the routes for every api count. Where some
        have and none has this one, the empty name, which no api has and for which no route is found.
        """
        return self._by_host.get(host_name(host), "") if self._by_host else None

    def api_of_gateway(self, api_id: str, stage: str) -> str | None:
        """
        Give the name of the api behind *stage* of the gateway *api_id*: the stage's own, else the id's.

        None and the empty name mean what they do in `api_of_host`.
        """
        if not self._by_gateway:
            return None
        # An id with a slash in it would be an id and a stage.
        known = "" if "/" in api_id else self._by_gateway.get(f"{api_id}/{stage}") or self._by_gateway.get(api_id)
        return known or ""

    def plan(self, allow: Rule, deny: Rule | None = None) -> Plan:
        """
        Compile a rule in the words of this policy; the same rule gives the same plan.

        Raises:
            ConfigurationError: it names a role that there is not, or denies on something whose absence is undefined.
        """
        key = (allow, deny)
        plan = self._guards.plans.get(key) or self._asked.get(key)
        if plan is None:
            plan = self._guards.compiled(allow, deny)
            # Rules are made once; who makes one by the request pays for it, but does not fill the memory.
            if len(self._asked) >= _MAX_ASKED:
                self._asked.clear()
            self._asked[key] = plan
        return plan

    def roles_held(self, who: Principal, now: float) -> frozenset[str]:
        """Give the names of the roles that *who* has at *now*; worked out once, and again when time changes it."""
        held: Held | None = who.memo.get(self._roles)
        if held is None or now >= held.until:
            held = who.memo[self._roles] = self._roles.held(who, now)
        return held.names

    def warnings(self, issuers: Iterable[AnyIssuer | LoadBalancer] = ()) -> list[Finding]:
        """
        Give what is no mistake and still worth a look.

        That is: roles that no route uses, rules that nobody can meet or that are on what users write themselves, and
        routes in shadow mode; with *issuers*, in the light of what their tokens can say.
        """
        from cogauth.findings import findings  # for `cogauth check` and its like

        return findings(self, issuers)

    def plain(self, rule: Rule) -> Rule:
        """
        Give *rule* with each role of this policy replaced by its rule.

        Raises:
            ConfigurationError: it names a role that there is not.
        """
        return self._roles.plain(rule)

    def all_routes(self) -> Iterator[tuple[str | None, Route]]:
        """Give every route, with the name of its api where it is of one."""
        yield from ((None, route) for route in self.routes)
        for api in self.apis.values():
            yield from ((api.name, route) for route in api.routes)

    @property
    def written_roles(self) -> Mapping[str, Rule]:
        """The roles as they were written, those that they use standing for themselves."""
        return MappingProxyType(self._roles.written)

    def misuses(self, issuers: frozenset[str], rules: Iterable[Rule] | None = None) -> list[str]:
        """
        Say where *rules*, all roles and routes if none are given, do not fit *issuers*, by name.

        Groups of another issuer are not these groups: with several issuers, a rule on groups or scopes must say whose.
        """
        if rules is None:
            asked = (
                rule for plan in self._guards.plans.values() for rule in (plan.allow, plan.deny) if rule is not None
            )
            rules = (*self.roles.values(), *asked)
        problems = (problem for rule in rules for problem in misfits(self._roles.plain(rule), Trusted(issuers)))
        return list(dict.fromkeys(problems))

    # How it is made.

    def _build(self, draft: Draft, mistakes: Mistakes, issuers: Trusted | None = None) -> None:
        self._roles = Roles(draft.roles, draft.role_places.at, mistakes, draft.broken)
        self.roles: Mapping[str, Rule] = MappingProxyType(self._roles.rules)
        self.apis: Mapping[str, Api] = MappingProxyType(draft.by_name(mistakes))
        self._by_host: dict[str, str] = draft.by_address("hosts", mistakes)
        self._by_gateway: dict[str, str] = draft.by_address("gateway", mistakes)
        self.routes: tuple[Route, ...] = draft.routes
        self.cors_preflight: bool = draft.cors_preflight
        self.resource: str | None = draft.resource
        self._everywhere: Guarded | None = None
        self.guard: Rule | None = None
        self._fingerprint = ""
        self._asked: dict[tuple[Rule, Rule | None], Plan] = {}
        if issuers is not None:
            for name, rule in self.roles.items():
                for problem in misfits(rule, issuers):
                    mistakes.tell(draft.role_places.at(name), problem)
        self._guards = Guards(draft.groups, self._roles, mistakes, issuers)
