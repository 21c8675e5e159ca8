"""Compiled: a policy as the gateway of one api needs it, and what is to be said of each set of routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cogauth.decision import Decision, Reason
from cogauth.errors import ConfigurationError
from cogauth.expression import written_rule
from cogauth.iam.cover import Clash, Cover, cover
from cogauth.iam.document import EVERYTHING, Resources, careful
from cogauth.iam.lines import Line, Lines
from cogauth.iam.pattern import MORE, ONE, Pattern, Shape, matches, texts
from cogauth.paths import canonical
from cogauth.plan import Plan
from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.routes import ANY, Route, parse
from cogauth.rules import depends_on_time

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those that an API Gateway has, `ANY` being all of them (AWS: CDK, `HttpMethod` of HTTP APIs)."""

_ALL: tuple[Shape, ...] = ((), (MORE,))
_MAX_COVERS = 256
"""Sets of routes of which a process remembers the resources: of a thousand routes they take a quarter megabyte."""


class Word(NamedTuple):
    """What is said of a caller: the resources, or why there are none that are right; and until when."""

    resources: Resources | Clash
    until: float | None
    """Seconds since the epoch; None where there is no caller."""


class CompiledApi:
    """
    The routes of one api, laid out to be said to its gateway.

    Args:
        policy: whose routes they are.
        api: the name of the api, where the policy has several.
        delivers: what the gateway passes on besides these routes, as lines such as `ANY /files/{rest*}`; None is
            whatever is sent to it, as a gateway with a `{proxy+}` or `$default` route does.
        narrow: refuse what cannot be told apart only because a parameter's value is a name of another route.

    Raises:
        ConfigurationError: a line that is none.
    """

    def __init__(
        self,
        policy: Policy,
        api: str | None = None,
        delivers: Iterable[str] | None = None,
        *,
        narrow: bool = False,
    ) -> None:
        self._policy = policy
        self.narrow: bool = narrow
        self._api = api
        everywhere = policy.find("GET", "/", api)
        self._bare = everywhere if everywhere is not None and everywhere.route is None else None
        self.routes: dict[str, Route] = {}
        """Each line that decides, with the route that it is of."""
        self.plans: dict[str, Plan] = {}
        """Each line that decides, with what it asks."""
        if self._bare is not None:
            self.plans[""] = self._bare.plan
        for owner, route in policy.all_routes():
            if self._bare is None and owner in (None, api) and route.mode == "enforce":
                plan = policy.plan(written_rule(route.allow), None if route.deny is None else written_rule(route.deny))
                self.routes |= dict.fromkeys(route.match, route)
                self.plans |= dict.fromkeys(route.match, plan)
        self.methods: dict[str, Lines] = self._lines(delivers)
        """What each method's requests meet."""
        self._questions: tuple[Plan, ...] = tuple(dict.fromkeys(self.plans.values()))
        self._covers: dict[tuple[bool, ...], Resources | Clash] = {}

    @property
    def cors_preflight(self) -> bool:
        """Whether CORS preflights pass on every route."""
        return self._policy.cors_preflight

    def is_uniform(self) -> bool:
        """Tell whether all that may come is asked one and the same question, whose answer time does not change."""
        asked = {line for lines in self.methods.values() for shape, line in lines.shapes if lines.least(shape, line)}
        plans = {None if line is None else self.plans[line] for line in asked}
        return len(plans) == 1 and not any(plan is None or is_timed(plan) for plan in plans)

    def _lines(self, delivers: Iterable[str] | None) -> dict[str, Lines]:
        shapes: list[tuple[str, Shape, Line]]
        if self._bare is not None:
            shapes = [(ANY, shape, "") for shape in _ALL]
        else:
            shapes = [(*parse(line), line) for line in self.plans]
        if delivers is None:
            shapes += [(ANY, shape, None) for shape in _ALL]
        elif isinstance(delivers, str):
            raise ConfigurationError('delivers: must be a list of lines, such as ["ANY /files/{rest*}"]')
        else:
            shapes += [(*parse(line), None) for line in delivers]
        named = dict.fromkeys(method for method, _, _ in shapes if method != ANY)
        # What no line names, ANY alone decides, for each such method alike.
        alike: dict[str, Lines] = {}
        found: dict[str, Lines] = {}
        for method in dict.fromkeys((*METHODS, *named)):
            asked = "GET" if method == "HEAD" else method
            kind = asked if asked in named else ANY
            if kind not in alike:
                own = [(shape, line) for each, shape, line in shapes if each in (kind, ANY)]
                alike[kind] = Lines(own, self._winner_of(asked))
            found[method] = alike[kind]
        return found

    def _winner_of(self, method: str) -> Callable[[Shape], Line]:
        def winner(words: Shape) -> Line:
            guarded = self._policy.find(method, "/" + "/".join(words), self._api)
            return None if guarded is None else guarded.line

        return winner

    def word(self, who: Principal | None, now: float) -> Word:
        """Say what *who* may use at *now*; with no principal, what anybody may."""
        until = None if who is None else float(who.expires_at)
        allowed: list[bool] = []
        for plan in self._questions:
            if plan.public or who is None or until is None:
                allowed.append(plan.public)
                continue
            verdict = plan.verdict(who, now)
            allowed.append(verdict.allowed)
            until = min(until, verdict.until)
        key = tuple(allowed)
        known = self._covers.get(key)
        if known is None:
            if len(self._covers) >= _MAX_COVERS:
                self._covers.clear()
            known = self._covers[key] = self._covered(dict(zip(self._questions, key, strict=True)))
        return Word(known, until)

    def _covered(self, verdicts: dict[Plan, bool]) -> Resources | Clash:
        def allows(line: Line) -> bool:
            return line is not None and verdicts[self.plans[line]]

        covers: dict[int, Cover] = {}
        for lines in self.methods.values():
            if id(lines) not in covers:
                found = cover(lines, allows, narrow=self.narrow)
                if isinstance(found, Clash):
                    return found
                covers[id(lines)] = found
        if all(set(each.allow) == set(_ALL) and not each.deny for each in covers.values()):
            return careful((EVERYTHING,), (), ())
        allow: list[str] = []
        deny: list[str] = []
        for method, lines in self.methods.items():
            each = covers[id(lines)]
            allow += texts(method, each.allow)
            deny += texts(method, each.deny)
        denied = dict.fromkeys(pattern for each in covers.values() for pattern in each.deny)
        return careful(allow, deny, _names(denied))

    def alone(self, decision: Decision, method: str, path: str) -> Resources:
        """
        Allow no more than the route of *decision*, which is for *method* and *path*: for use without a cache.

        Its pattern may reach requests of other routes. They are denied as far as that spares the path; nothing here is
        right for any other.
        """
        lines = self.methods.get(method)
        if not decision.allowed or lines is None:
            return Resources(())
        line = decision.route or ""
        if decision.reason is Reason.PREFLIGHT:
            # It speaks for a request with another method: the route is that one's, and the method is not.
            shape = parse(line)[1] if line else ()
            allow = [tuple(MORE if segment == ONE else segment for segment in shape)] if line else []
            return Resources(tuple(texts(method, allow)))
        words = tuple(segment for segment in canonical(path).split("/") if segment)
        allow = [pattern for shape, each in lines.shapes if each == line for pattern in lines.least(shape, each)]
        deny = {
            least: None
            for pattern in allow
            for each, reached in lines.reached(pattern).items()
            for least in reached
            if each != line and not matches(least, words)
        }
        return Resources(tuple(texts(method, allow)), tuple(texts(method, deny)))


def is_timed(plan: Plan) -> bool:
    """Tell whether the answer to *plan* can change while a token is good."""
    return any(rule is not None and depends_on_time(rule) for rule in (plan.allow, plan.deny))


def _names(patterns: Iterable[Pattern]) -> Iterator[str]:
    return (segment for pattern in patterns for segment in pattern if segment != MORE)
