"""What is asked of a request and what its token proves become a decision; everything but the wait for a verifier."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec

from cogauth.bearer import (
    BAD_CREDENTIALS,
    BAD_TOKEN,
    BUG,
    DENIED,
    NO_ROUTE,
    NO_TOKEN,
    ODD_PATH,
    Answer,
    Headers,
    read_headers,
    unmet_answer,
)
from cogauth.decision import Decision, Reason, Shadow
from cogauth.errors import ConfigurationError, MissingToken, TokenError
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.paths import has_encoded_slash, is_odd
from cogauth.plan import Guarded
from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.refusals import refusal, refused_token
from cogauth.rules import Rule

IsRevoked: TypeAlias = Callable[[Principal], object]
Observe: TypeAlias = Callable[["DecisionMade"], object]

K = TypeVar("K")
V = TypeVar("V")

_MAX_RULES = 1024


class DecisionMade(msgspec.Struct, frozen=True):
    """What an observer is told: the decision, and where it was asked for. Never a token."""

    decision: Decision
    method: str | None = None


class Case(NamedTuple):
    """A request that is worth a look at its token."""

    token: str | None
    guarded: Guarded | None
    shadow: Guarded | None = None
    method: str | None = None
    issuers: frozenset[str] = frozenset()
    """The names that the rules had been checked against when the request came."""


class _Checked(NamedTuple):
    """The issuers that rules are checked against, and the rules that were: replaced as a whole."""

    issuers: frozenset[str]
    rules: dict[int, tuple[Rule, Guarded]]


Outcome: TypeAlias = "Principal | Exception | None"


class Judge:
    """What both authorizers are."""

    def __init__(
        self,
        issuers: Callable[[], tuple[AnyIssuer | LoadBalancer, ...]],
        clock: Callable[[], float],
        policy_or_rule: Policy | Rule,
        is_revoked: IsRevoked | None,
        observe: Observe | None,
    ) -> None:
        self._policy = policy_or_rule if isinstance(policy_or_rule, Policy) else Policy().guarding(policy_or_rule)
        self._trusted = issuers
        self._checked = _Checked(_names(issuers()), {})
        self._clock = clock
        self._is_revoked = is_revoked
        self._observe = observe
        problems = self._policy.misuses(self._checked.issuers)
        if problems:
            raise ConfigurationError.of(problems)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    # First half: what can be said without the token.

    def _case_of_rule(self, token: str | None, rule: Rule) -> Case:
        issuers, rules = self._checked
        known = rules.get(id(rule))
        if known is None:
            # The rule is kept beside its plan so that its id stays its own.
            known = (rule, self._guarded(rule, issuers))
            keep(rules, id(rule), known)
        return Case(token, known[1], issuers=issuers)

    def _guarded(self, rule: Rule, issuers: frozenset[str]) -> Guarded:
        if not isinstance(rule, Rule):
            raise ConfigurationError("decide: a rule is needed; there is no default")
        plan = self._policy.plan(rule)
        problems = self._policy.misuses(issuers, (rule,))
        if problems:
            raise ConfigurationError.of(problems)
        return Guarded("", plan, None)

    def _case_of_path(
        self,
        token: str | None,
        method: str,
        path: str,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
        preflight_for: str | None = None,
    ) -> Case | Decision:
        if is_odd(path):
            return self._told(refusal(Reason.ODD_PATH, ODD_PATH), method)
        policy = self._policy
        guarded = policy.find(method, path, api)
        route = guarded.route if guarded else None
        if raw_path is not None and has_encoded_slash(raw_path) and not (route and route.encoded_slash):
            return self._told(refusal(Reason.ODD_PATH, ODD_PATH), method)
        if preflight_for is not None:
            # A preflight has no credentials and changes nothing (Fetch standard, "CORS-preflight request"). It speaks
            # for the request that the browser has in mind, so that one's route is what counts.
            meant = policy.find(preflight_for, path, api)
            if policy.cors_preflight or (meant is not None and meant.route is not None and meant.route.cors_preflight):
                line = meant.line if meant else None
                return self._told(Decision(allowed=True, status=200, reason=Reason.PREFLIGHT, route=line), method)
        return Case(token, guarded, policy.find_shadow(method, path, api), method, self._checked.issuers)

    def _case_of_request(
        self, method: str, path: str, headers: Headers, raw_path: str | bytes | None, api: str | None
    ) -> Case | Decision:
        request = read_headers(method, headers)
        if request.fault is not None:
            return self._told(refusal(Reason.BAD_CREDENTIALS, BAD_CREDENTIALS, error=request.fault), method)
        return self._case_of_path(
            request.token, method, path, raw_path=raw_path, api=api, preflight_for=request.preflight_for
        )

    # Second half: what the token proves, against the policy.

    def _decide(self, case: Case, outcome: Outcome) -> Decision:
        try:
            decision = self._judge(case, outcome)
        except Exception as error:  # noqa: BLE001  a bug, ours or a hook's, must end as a refusal and not as a crash that somebody up the stack may take for a yes
            decision = refusal(Reason.INTERNAL_ERROR, BUG, error=error)
        return self._told(decision, case.method)

    def _told(self, decision: Decision, method: str | None) -> Decision:
        if self._observe is not None:
            # Watching must never change what is watched.
            with contextlib.suppress(Exception):
                self._observe(DecisionMade(decision, method))
        return decision

    def _judge(self, case: Case, outcome: Outcome) -> Decision:  # noqa: PLR0911  one return for each way it can end
        guarded = case.guarded
        if guarded is not None and guarded.plan.public:
            # Whoever comes may; a good token only says who it is.
            who = outcome if isinstance(outcome, Principal) and not self._revoked(outcome) else None
            if who is not None and who.issuer_name not in case.issuers and self._misfits(guarded)[1]:
                who = None  # its roles would be those of another issuer's groups
            return Decision(
                allowed=True,
                status=200,
                reason=Reason.PUBLIC,
                principal=who,
                route=guarded.line or None,
                valid_until=float(who.expires_at) if who else None,
                shadow=self._shadow(case, who),
                roles_of=partial(self._policy.roles_held, who, self._clock()) if who else frozenset[str],
            )
        if outcome is None:
            return refusal(Reason.MISSING_TOKEN, NO_TOKEN, error=MissingToken(), guarded=guarded)
        if not isinstance(outcome, Principal):
            return refused_token(outcome, guarded)
        who = outcome
        # By what was known when the request came: others may have met the issuer while this one waited for keys.
        if who.issuer_name not in case.issuers:
            self._meet_issuers(guarded)
        now = self._clock()
        if self._revoked(who):
            return refusal(Reason.REVOKED, BAD_TOKEN, error=TokenError("revoked"), guarded=guarded)
        if guarded is None:
            return self._answered(case, who, now, Reason.NO_ROUTE, NO_ROUTE, float(who.expires_at), ())
        verdict = guarded.plan.verdict(who, now)
        if verdict.allowed:
            return Decision(
                allowed=True,
                status=200,
                reason=Reason.ALLOWED,
                principal=who,
                route=guarded.line or None,
                valid_until=verdict.until,
                shadow=self._shadow(case, who),
                roles_of=lambda: self._policy.roles_held(who, now),
            )
        reason, answer = (Reason.DENIED, DENIED) if verdict.denied else unmet_answer(verdict.unmet)
        return self._answered(case, who, now, reason, answer, verdict.until, tuple(map(str, verdict.unmet)))

    def _answered(
        self,
        case: Case,
        who: Principal,
        now: float,
        reason: Reason,
        answer: Answer,
        until: float,
        unmet: tuple[str, ...],
    ) -> Decision:
        return Decision(
            allowed=False,
            status=answer.status,
            reason=reason,
            principal=who,
            route=(case.guarded.line or None) if case.guarded else None,
            unmet=unmet,
            shadow=self._shadow(case, who),
            valid_until=until,
            headers=answer.headers,
            body=answer.body,
            roles_of=lambda: self._policy.roles_held(who, now),
        )

    def _meet_issuers(self, guarded: Guarded | None) -> None:
        """
        Check the rules against the issuers that the verifier has now; it met another one since they were last checked.

        Groups of the new one are not those that the rules were written for: that must be right before it counts.

        Raises:
            ConfigurationError: the policy does not fit them; the request ends as an internal error.
        """
        issuers, problems = self._misfits(guarded)
        if problems:
            raise ConfigurationError.of(problems)
        self._checked = _Checked(issuers, {})

    def _misfits(self, guarded: Guarded | None) -> tuple[frozenset[str], list[str]]:
        """Give the names of the verifier's issuers of now, and where the rules do not fit them."""
        issuers = _names(self._trusted())
        problems = self._policy.misuses(issuers)
        if guarded is not None:
            problems += self._policy.misuses(issuers, (guarded.plan.allow,))
        return issuers, problems

    def _revoked(self, who: Principal) -> bool:
        # Anything but False refuses: None from a function that forgot to return, a coroutine that nobody awaited.
        return self._is_revoked is not None and self._is_revoked(who) is not False

    def _shadow(self, case: Case, who: Principal | None) -> Shadow | None:
        if case.shadow is None:
            return None
        plan = case.shadow.plan
        if plan.public:
            return Shadow(case.shadow.line, allowed=True, reason=Reason.PUBLIC)
        if who is None:
            return Shadow(case.shadow.line, allowed=False, reason=Reason.MISSING_TOKEN)
        verdict = plan.verdict(who, self._clock())
        if verdict.allowed:
            return Shadow(case.shadow.line, allowed=True, reason=Reason.ALLOWED)
        return Shadow(
            case.shadow.line,
            allowed=False,
            reason=Reason.DENIED if verdict.denied else unmet_answer(verdict.unmet)[0],
        )


def keep(memory: dict[K, V], key: K, value: V) -> None:
    """Remember *value*. Rules are made once; who makes one by the request pays for it, but does not fill the memory."""
    if len(memory) >= _MAX_RULES:
        memory.clear()
    memory[key] = value


def _names(issuers: tuple[AnyIssuer | LoadBalancer, ...]) -> frozenset[str]:
    """Give what rules may call the issuers of bearer tokens; a load balancer's word is no token."""
    return frozenset(issuer.name for issuer in issuers if not isinstance(issuer, LoadBalancer))
