"""Guards: what each line of the route table asks, checked, compiled, and laid out to be found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cogauth.errors import ConfigurationError
from cogauth.expression import written_rule
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.sections import Group, Placed
from cogauth.fitness import Trusted, misfits
from cogauth.plan import Guarded, Plan
from cogauth.roles import Roles
from cogauth.routes import Route, RouteTable
from cogauth.rules import Everybody, Rule, undefined_absence


class Guards:
    """
    The routes of a policy: those that decide, and those in shadow mode.

    Args:
        groups: the routes of every api first, then those of each.
        roles: what the names in expressions stand for.
        mistakes: told of whatever is wrong with a route, or with two of them together.
        issuers: those that rules must fit; None where that is asked later.
    """

    __slots__ = ("_roles", "enforced", "plans", "shadow")

    def __init__(self, groups: Iterable[Group], roles: Roles, mistakes: Mistakes, issuers: Trusted | None) -> None:
        self._roles = roles
        self.enforced: RouteTable[Guarded] = RouteTable()
        self.shadow: RouteTable[Guarded] = RouteTable()
        self.plans: dict[tuple[Rule, Rule | None], Plan] = {}
        placed = [(each, group.api) for group in groups for each in group.routes]
        for each, api in placed:
            self._add(each, api, mistakes, issuers)
        # Which lines hide which is known when all are there.
        for each, api in placed:
            for line in each.route.match:
                if line.endswith("*}") and self._table(each.route).hidden(line, api):
                    text = "can never decide: more specific routes take each of its requests; leave it out"
                    mistakes.tell(each.place.of_line(line), text, "match")

    def compiled(self, allow: Rule, deny: Rule | None) -> Plan:
        """
        Make the plan of what a route allows and denies.

        Raises:
            ConfigurationError: unknown roles, or what does not go together.
        """
        allowed = self._roles.plain(allow)
        if deny is None:
            return Plan(allowed)
        denied = self._roles.plain(deny)
        problems = [undefined_absence(leaf) for leaf in denied.leaves() if leaf.silent_on_absence]
        if isinstance(allowed, Everybody):
            problems.append("deny beside public: without a token there is nobody to deny")
        if isinstance(denied, Everybody):
            problems.append("deny: public denies everybody; leave the route out instead")
        if problems:
            raise ConfigurationError.of(problems)
        return Plan(allowed, denied)

    def _table(self, route: Route) -> RouteTable[Guarded]:
        return self.shadow if route.mode == "shadow" else self.enforced

    def _add(self, placed: Placed, api: str | None, mistakes: Mistakes, issuers: Trusted | None) -> None:
        route, place = placed
        plan = self._plan(route, place, mistakes)
        if plan is None:
            return
        for key, rule in (("allow", plan.allow), ("deny", plan.deny)):
            for problem in misfits(rule, issuers) if rule is not None and issuers is not None else ():
                mistakes.tell(place, problem, key)
        table = self._table(route)
        for line in route.match:
            try:
                table.add(line, Guarded(line, plan, route), api)
            except ConfigurationError as error:
                mistakes.tell_all(place.of_line(line), error, "match")

    def _plan(self, route: Route, place: Place, mistakes: Mistakes) -> Plan | None:
        """Give the plan of *route*, the same for the same question; or tell what is wrong with each side of it."""
        sides: dict[str, Rule] = {}
        before = len(mistakes)
        for key, spelled in (("allow", route.allow), ("deny", route.deny)):
            try:
                if spelled is not None:
                    sides[key] = written_rule(spelled)
            except ConfigurationError as error:
                mistakes.tell_all(place, error, key)
        if len(mistakes) > before:
            return None
        question = (sides["allow"], sides.get("deny"))
        try:
            plan = self.plans.get(question)
            if plan is None:
                plan = self.plans[question] = self.compiled(*question)
        except ConfigurationError as error:
            self._tell(sides, place, error, mistakes)
            return None
        return plan

    def _tell(self, sides: Mapping[str, Rule], place: Place, error: ConfigurationError, mistakes: Mistakes) -> None:
        """Tell what is wrong with each side of a route; where nothing is, *error* is about both together."""
        fine = True
        for key, rule in sides.items():
            try:
                self._roles.plain(rule)
            except ConfigurationError as of_side:
                mistakes.tell_all(place, of_side, key)
                fine = False
        if fine:
            mistakes.tell_all(place, error, "deny")
