"""What is asked of a request and what its token proves become a decision; everything but the wait for a verifier."""

from __future__ import annotations

import contextlib
import os

from cogauth.bearer import BUG, DENIED, NO_ROUTE, Answer, Headers, read_headers
from cogauth.decision import Decision, Reason
from cogauth.errors import ConfigurationError, MissingToken, TokenError
from cogauth.events import Observe
from cogauth.judging.case import Case, Outcome
from cogauth.judging.hooks import IsRevoked, is_revoked
from cogauth.judging.refusals import refusal, refused_token, why
from cogauth.judging.rulebook import Rulebook, loaded
from cogauth.judging.shadows import shadow_of, shadow_of_nobody
from cogauth.judging.watch import KeyWatch, Watch
from cogauth.paths import has_encoded_slash
from cogauth.plan import Guarded
from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.resource import METADATA
from cogauth.rules import Rule
from cogauth.verification import Verification


class Judge:
    """What both authorizers are."""

    def __init__(
        self,
        verifier: Verification,
        policy_or_rule: Policy | Rule,
        is_revoked: IsRevoked | None,
        observe: Observe | None,
        resource: str | None,
    ) -> None:
        policy = policy_or_rule if isinstance(policy_or_rule, Policy) else Policy().guarding(policy_or_rule)
        if resource is not None:
            policy = policy.at(resource)
        self._rules = Rulebook(verifier, policy)
        self._trust = verifier
        self._clock = verifier.clock
        self._monotonic = verifier.monotonic
        self._is_revoked = is_revoked
        self._observe = observe
        if observe is not None:
            verifier.on_landing(KeyWatch(observe))
            with contextlib.suppress(Exception):  # of rules that it cannot tell apart; then it is not told
                # Of thousands of routes it takes a while: here, where no request waits, and then it is there.
                str(policy.fingerprint)
        self._file: str | os.PathLike[str] | None = None

    @property
    def policy(self) -> Policy:
        """The policy in force; its `fingerprint` tells it from others."""
        return self._rules.now().policy

    def metadata(self, method: str, path: str, api: str | None = None) -> Answer | None:
        """
        Give what to answer if *path* is where the metadata of the resource of *api* is (RFC 9728 section 3); else None.

        An adapter asks this before anything else and sends what it is given, credentials or not. Methods other than
        GET, HEAD and OPTIONS, and all other paths, are decided like any request.
        """
        # Asked of every request: nearly all are done here.
        return self._rules.top.now().resources.metadata(method, path, api) if path.startswith(METADATA) else None

    def _follow(self, other: Judge, rule: Rule) -> None:
        """Go by *rule*, and by the roles and issuers that *other* goes by, whatever is put in force there."""
        self._file = other._file
        self._rules = other._rules.under(rule)

    def _reload(self) -> None:
        file = self._file
        if file is None:
            raise ConfigurationError("reload: only an authorizer that from_file has made has a file to read again")
        self._rules.reread(lambda: loaded(file))

    def refuse(self, error: Exception) -> Decision:
        """Refuse what an adapter cannot put as a question, by no fault of the caller: 500, with *error* for logs."""
        return _told(_bug(error), self._watch(None))

    def _watch(self, method: str | None) -> Watch | None:
        return None if self._observe is None else Watch(self._observe, self._monotonic, method)

    # First half: what can be said without the token.

    def _case_of_rule(self, token: str | None, rule: Rule) -> Case | Decision:
        watch = self._watch(None)
        try:
            force = self._rules.now()
            guarded, names = force.question(rule, self._rules.built)
        except ConfigurationError as error:
            # A wrong call raises. A changed world does not: the rule was right when this authorizer was made.
            if self._rules.built.misfits(rule):
                raise
            return _told(_bug(error), watch)
        if watch is not None:
            watch.policy = force.policy
        return Case(force, names, token, guarded, None, None, watch)

    def _case_of_request(
        self, method: str, path: str, headers: Headers, raw_path: str | bytes | None, api: str | None
    ) -> Case | Decision:
        watch = self._watch(method)
        try:
            request = read_headers(method, headers)
            if request.fault is not None:
                answer = self._rules.now().resources.challenges(api).bad_credentials
                return _told(refusal(Reason.BAD_CREDENTIALS, answer, error=request.fault), watch)
        except Exception as error:  # noqa: BLE001  see _decide
            return _told(_bug(error), watch)
        return self._case_of_path(request.token, method, path, raw_path, api, request.preflight_for, watch)

    def _case_of_path(
        self,
        token: str | None,
        method: str,
        path: str,
        raw_path: str | bytes | None,
        api: str | None,
        preflight_for: str | None,
        watch: Watch | None,
    ) -> Case | Decision:
        try:
            force = self._rules.force
            if self._trust.state is not force.state:
                force = self._rules.now()
            policy = force.policy
            if watch is not None:
                watch.policy = policy
            spot = force.spot(method, path, api)
            if spot is None:
                return _told(refusal(Reason.ODD_PATH, force.resources.challenges(api).odd_path), watch)
            guarded, shadow = spot
            # What nobody configured is no name for a log or a metric: it may be whatever the client sent.
            known = api if api is not None and api in policy.apis else None
            if raw_path is not None and has_encoded_slash(raw_path):
                route = guarded.route if guarded is not None else None
                if route is None or not route.encoded_slash:
                    odd = force.resources.challenges(api).odd_path
                    return _told(refusal(Reason.ODD_PATH, odd, api=known), watch)
            if preflight_for is not None:
                # A preflight has no credentials and changes nothing (Fetch standard, "CORS-preflight request"). It
                # speaks for the request that the browser has in mind, so that one's route is what counts.
                meant = policy.find(preflight_for, path, api)
                if policy.cors_preflight or (meant and meant.route and meant.route.cors_preflight):
                    line = meant.line if meant else None
                    passes = Decision(allowed=True, status=200, reason=Reason.PREFLIGHT, route=line, api=known)
                    return _told(passes, watch)
        except Exception as error:  # noqa: BLE001  see _decide
            return _told(_bug(error), watch)
        return Case(force, force.names, token, guarded, shadow, known, watch, api)

    # Second half: what the token proves, against the policy.

    def _decide(self, case: Case, outcome: Outcome) -> Decision:
        try:
            decision = self._judge(case, outcome)
        except Exception as error:  # noqa: BLE001  a bug, ours or a hook's, must end as a refusal and not as a crash that somebody up the stack may take for a yes
            decision = _bug(error, case.api)
        return decision if case.watch is None else _told(decision, case.watch, outcome)

    def _judge(self, case: Case, outcome: Outcome) -> Decision:  # noqa: PLR0911  one return for each way it can end
        guarded = case.guarded
        if guarded is not None and guarded.plan.public:
            return self._public(case, guarded, outcome)
        if outcome is None:
            return refusal(
                Reason.MISSING_TOKEN,
                case.challenges.no_token,
                error=MissingToken(),
                guarded=guarded,
                shadow=case.shadow,
                api=case.api,
            )
        if not isinstance(outcome, Principal):
            return refused_token(outcome, case.challenges, guarded=guarded, shadow=case.shadow, api=case.api)
        who = outcome
        if who.issuer_name not in case.names:
            # The verifier was given other issuers, which the rules do not fit: groups of a new one are not those that
            # they were written for. That is put right in the file or the code, and not by the caller.
            raise ConfigurationError(
                f"issuer {who.issuer_name!r}: the rules do not say whose groups or scopes they mean"
            )
        ask = self._is_revoked
        if ask is not None and is_revoked(ask, who):
            error, answer = TokenError("revoked"), case.challenges.bad_token
            return refusal(Reason.REVOKED, answer, error=error, guarded=guarded, shadow=case.shadow, api=case.api)
        now = self._clock()
        if guarded is None:
            return self._refused(case, who, now, Reason.NO_ROUTE, NO_ROUTE, float(who.expires_at), ())
        verdict = guarded.plan.verdict(who, now)
        if verdict.allowed:
            shadow = None if case.shadow is None else shadow_of(case.shadow, who, now)
            # By place, which takes a tenth of the time: as in the class, from `allowed` to `now`.
            return Decision(
                True,  # noqa: FBT003
                200,
                Reason.ALLOWED,
                who,
                guarded.line or None,
                (),
                shadow,
                verdict.until,
                (),
                b"",
                None,
                case.api,
                case.force.roles_held,
                now,
            )
        reason, answer = (Reason.DENIED, DENIED) if verdict.denied else case.challenges.unmet(verdict.unmet)
        return self._refused(case, who, now, reason, answer, verdict.until, tuple(map(str, verdict.unmet)))

    def _public(self, case: Case, guarded: Guarded, outcome: Outcome) -> Decision:
        """Let whoever comes pass; a good token only says who it is."""
        who, reason = None, Reason.MISSING_TOKEN
        if isinstance(outcome, Principal):
            if self._is_revoked is not None and is_revoked(self._is_revoked, outcome):
                reason = Reason.REVOKED
            elif outcome.issuer_name in case.names:
                who = outcome
            else:
                reason = Reason.INTERNAL_ERROR  # its roles would be those of another issuer's groups
        elif outcome is not None:
            reason = why(outcome)
        now = self._clock()
        shadow = case.shadow
        told = shadow_of(shadow, who, now) if who else shadow_of_nobody(shadow, reason)
        return Decision(
            allowed=True,
            status=200,
            reason=Reason.PUBLIC,
            principal=who,
            route=guarded.line or None,
            shadow=told,
            valid_until=float(who.expires_at) if who else None,
            api=case.api,
            roles_of=case.force.roles_held,
            now=now,
        )

    def _refused(
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
            shadow=shadow_of(case.shadow, who, now),
            valid_until=until,
            headers=answer.headers,
            body=answer.body,
            api=case.api,
            roles_of=case.force.roles_held,
            now=now,
        )


def _told(decision: Decision, watch: Watch | None, outcome: Outcome = None) -> Decision:
    if watch is not None:
        watch.tell(decision, outcome if isinstance(outcome, Principal) else None)
    return decision


def _bug(error: Exception, api: str | None = None) -> Decision:
    return refusal(Reason.INTERNAL_ERROR, BUG, error=error, api=api)
