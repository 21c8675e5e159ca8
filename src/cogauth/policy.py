"""A policy: roles and routes, checked and compiled; verdicts on a principal, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any as Anything

from cogauth.errors import ConfigurationError
from cogauth.expression import RESERVED, ROLE_NAME, parse_expression
from cogauth.files import read_file
from cogauth.plan import Guarded, Plan
from cogauth.principal import Principal
from cogauth.routes import Route, RouteTable
from cogauth.rules import (
    PUBLIC,
    All,
    Any,
    Everybody,
    Issuer,
    Not,
    Role,
    Rule,
    undefined_absence,
    without_issuer,
)
from cogauth.spelling import roles_of, routes_of

VERSION = 1

_MAX_ASKED = 1024
"""Rules beside those of the routes of which a policy keeps the plan."""


class Policy:
    """
    Roles and routes. What no route allows is refused.

    Args:
        roles: named rules; routes and other roles refer to them by name.
        routes: who may use what; the most specific one decides, wherever it stands.
        cors_preflight: let CORS preflight requests pass on every route.

    Raises:
        ConfigurationError: with all mistakes at once: unknown roles, cycles, two routes of one shape, a `deny` or `!`
            that does not say what absence means.
    """

    def __init__(
        self,
        *,
        roles: Mapping[str, Rule | str] | None = None,
        routes: Iterable[Route] = (),
        cors_preflight: bool = False,
    ) -> None:
        problems: list[str] = []
        spelled = dict(roles or {})
        self.roles: Mapping[str, Rule] = _resolved(spelled, problems)
        self.routes: tuple[Route, ...] = tuple(routes)
        self.cors_preflight: bool = cors_preflight
        self._enforced: RouteTable[Guarded] = RouteTable()
        self._shadow: RouteTable[Guarded] = RouteTable()
        self._everywhere: Guarded | None = None
        self._plans: dict[tuple[Rule, Rule | None], Plan] = {}
        self._asked: dict[tuple[Rule, Rule | None], Plan] = {}
        for route in self.routes:
            self._add(route, problems)
        if problems:
            raise ConfigurationError.of(dict.fromkeys(problems))

    @classmethod
    def from_dict(cls, data: Mapping[str, Anything]) -> Policy:
        """
        Make a policy of what a policy file holds; `issuer` is left to others.

        Raises:
            ConfigurationError: all mistakes at once, each with the path of its key.
        """
        problems: list[str] = []
        if not isinstance(data, Mapping):
            raise ConfigurationError("policy: must be a table")
        known = ("version", "issuer", "roles", "route", "cors_preflight")
        problems.extend(f"unknown key {key!r}; at the top stand {', '.join(known)}" for key in data if key not in known)
        if data.get("version") != VERSION or isinstance(data.get("version"), bool):
            problems.append(f"version: must be {VERSION}")
        preflight = data.get("cors_preflight", False)
        if not isinstance(preflight, bool):
            problems.append("cors_preflight: must be true or false")
        roles = roles_of(data.get("roles", {}), problems.append)
        routes = routes_of(data.get("route", []), problems.append)
        try:
            policy = cls(roles=roles, routes=routes, cors_preflight=preflight is True)
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            if not problems:
                return policy
        raise ConfigurationError.of(dict.fromkeys(problems))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """
        Make the policy of the file *path*, TOML or JSON; its issuers are left to others.

        Raises:
            ConfigurationError: the file cannot be read, or all of its mistakes at once.
        """
        return cls.from_dict(read_file(path))

    def guarding(self, rule: Rule) -> Policy:
        """
        Make a policy with these roles in which *rule* guards every path.

        Raises:
            ConfigurationError: it is no rule, or names a role that there is not.
        """
        if not isinstance(rule, Rule):
            raise ConfigurationError("a policy or a rule is needed; there is no default")
        policy = Policy(roles=self.roles)
        plan = policy._plans[rule, None] = policy._compiled(rule, None)
        policy._everywhere = Guarded("", plan, None)
        return policy

    # What an authorizer asks.

    def find(self, method: str, path: str, api: str | None = None) -> Guarded | None:
        """Give what guards *method* and *path*, a path that is not odd, or None where no route leads."""
        # No policy has apis of its own yet, so that whoever names one means another policy's.
        return None if api is not None else self._everywhere or self._enforced.find(method, path)

    def find_shadow(self, method: str, path: str, api: str | None = None) -> Guarded | None:
        """Give the route in shadow mode for *method* and *path*, or None."""
        return None if api is not None else self._shadow.find(method, path)

    def plan(self, allow: Rule, deny: Rule | None = None) -> Plan:
        """
        Compile a rule in the words of this policy; the same rule gives the same plan.

        Raises:
            ConfigurationError: it names a role that there is not, or denies on something whose absence is undefined.
        """
        key = (allow, deny)
        plan = self._plans.get(key) or self._asked.get(key)
        if plan is None:
            plan = self._compiled(allow, deny)
            # Rules are made once; who makes one by the request pays for it, but does not fill the memory.
            if len(self._asked) >= _MAX_ASKED:
                self._asked.clear()
            self._asked[key] = plan
        return plan

    def roles_held(self, who: Principal, now: float) -> frozenset[str]:
        """Give the names of the roles that *who* has at *now*."""
        return frozenset(name for name, rule in self.roles.items() if rule.holds(who, now))

    def misuses(self, issuers: frozenset[str], rules: Iterable[Rule] | None = None) -> list[str]:
        """
        Say where *rules*, all roles and routes if none are given, do not fit *issuers*, by name.

        Groups of another issuer are not these groups: with several issuers, a rule on groups or scopes must say whose.
        """
        if rules is None:
            rules = (*self.roles.values(), *(rule for plan in self._plans for rule in plan if rule is not None))
        problems: list[str] = []
        for rule in rules:
            plain = _plain(rule, self.roles)
            problems.extend(
                f"issuer {name!r}: not configured; there are {', '.join(sorted(issuers))}"
                for leaf in plain.leaves()
                if isinstance(leaf, Issuer)
                for name in sorted(leaf.names - issuers)
            )
            if len(issuers) > 1:
                problems.extend(
                    f"{leaf}: of which issuer? there are several; add issuer or any_issuer = true"
                    for leaf in without_issuer(plain)
                )
        return list(dict.fromkeys(problems))

    def _compiled(self, allow: Rule, deny: Rule | None) -> Plan:
        allowed = _plain(allow, self.roles)
        if deny is None:
            return Plan(allowed)
        denied = _plain(deny, self.roles)
        problems = [undefined_absence(leaf) for leaf in denied.leaves() if leaf.silent_on_absence]
        if isinstance(allowed, Everybody):
            problems.append("deny beside public: without a token there is nobody to deny")
        if isinstance(denied, Everybody):
            problems.append("deny: public denies everybody; leave the route out instead")
        if problems:
            raise ConfigurationError.of(problems)
        return Plan(allowed, denied)

    def _add(self, route: Route, problems: list[str]) -> None:
        try:
            allow = parse_expression(route.allow) if isinstance(route.allow, str) else route.allow
            deny = parse_expression(route.deny) if isinstance(route.deny, str) else route.deny
            plan = self._plans.setdefault((allow, deny), self._compiled(allow, deny))
        except ConfigurationError as error:
            problems.extend(f"route {route.match[0]!r}: {problem}" for problem in error.problems)
            return
        table = self._shadow if route.mode == "shadow" else self._enforced
        for line in route.match:
            try:
                table.add(line, Guarded(line, plan, route))
            except ConfigurationError as error:
                problems.extend(error.problems)


def _resolved(roles: dict[str, Rule | str], problems: list[str]) -> dict[str, Rule]:
    """Replace the roles in roles by their rules."""
    parsed: dict[str, Rule] = {}
    for name, spelled in roles.items():
        try:
            rule = parse_expression(spelled) if isinstance(spelled, str) else spelled
            if not isinstance(name, str) or not ROLE_NAME.fullmatch(name) or name in RESERVED:
                raise ConfigurationError(
                    "is not a role's name: letters, digits, _, . and -, not public or authenticated"
                )
            if not isinstance(rule, Rule) or rule == PUBLIC:
                raise ConfigurationError("must be a rule on a principal")
            parsed[name] = rule
        except ConfigurationError as error:
            problems.extend(f"roles.{name}: {problem}" for problem in error.problems)
    resolved: dict[str, Rule] = {}
    for name, rule in parsed.items():
        try:
            resolved[name] = _plain(rule, parsed, (name,))
        except ConfigurationError as error:
            problems.extend(f"roles.{name}: {problem}" for problem in error.problems)
    return resolved


def _plain(rule: Rule, roles: Mapping[str, Rule], path: tuple[str, ...] = ()) -> Rule:
    """Give *rule* with each role replaced by its rule; what it makes anew is checked anew."""
    match rule:
        case Role(name=name):
            if name in path:
                raise ConfigurationError(f"roles go in a circle: {' -> '.join((*path, name))}")
            if name not in roles:
                raise ConfigurationError(
                    f"role {name!r}: there is none; there are {', '.join(sorted(roles)) or 'no roles'}"
                )
            return _plain(roles[name], roles, (*path, name))
        case All(rules=rules):
            return All(*(_plain(part, roles, path) for part in rules))
        case Any(rules=rules):
            return Any(*(_plain(part, roles, path) for part in rules))
        case Not(rule=negated):
            return Not(_plain(negated, roles, path))
        case _:
            return rule
