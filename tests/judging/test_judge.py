"""Judging: what hooks may do and what they may not, what shadows tell, and for how long a decision holds."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    Acr,
    Api,
    Authorizer,
    Claim,
    Client,
    ConfigurationError,
    Decision,
    Group,
    Policy,
    Principal,
    Reason,
    Route,
    Rule,
    Scope,
    SignedInWithin,
    TokenError,
)
from cogauth.bearer import BUG, PLAIN
from cogauth.decision import Shadow
from cogauth.events import DecisionMade, Event
from cogauth.judging.refusals import refused_token
from cogauth.rules import All
from tests.support.authorizers import Front, Make, awaited, blocking
from tests.support.clocks import Clocks
from tests.support.tokens import ABSENT, CLIENT, NOW, POOL_ID, access_claims, fetched, token

EDITOR = Group("editors")
POLICY = Policy(
    roles={"editor": EDITOR, "fresh": SignedInWithin(900), "writer": Scope("orders/write")},
    routes=[
        Route("GET /orders", "editor", deny=Claim("custom:status", equals="suspended", default="")),
        Route("GET /fresh", "fresh"),
        Route("GET /healthz", "public"),
    ],
)


@pytest.fixture(params=[blocking, awaited], ids=["Authorizer", "AsyncAuthorizer"])
def make(request: pytest.FixtureRequest) -> Make:
    """How an authorizer is made; every test that asks for it is run for both."""
    maker: Make = request.param
    return maker


def raising(_: object) -> bool:
    """A hook with a bug."""
    raise LookupError("a mistake of ours")


# -- Revocation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [True, None, 0, "", "no", [], 1, object(), NotImplemented],
    ids=lambda answer: type(answer).__name__ + repr(answer)[:6],
)
def test_anything_but_false_refuses(make: Make, answer: object) -> None:
    """A hook that forgot to return, or returns something that only looks like no, revokes."""
    front = make(POLICY, is_revoked=lambda _: answer)
    decision = front.authorize(token(), "GET", "/orders")
    assert (False, 401, Reason.REVOKED) == (decision.allowed, decision.status, decision.reason)
    assert (PLAIN.bad_token.headers, PLAIN.bad_token.body) == (decision.headers, decision.body)
    assert (None, frozenset()) == (decision.principal, decision.roles)
    with pytest.raises(TokenError) as caught:
        decision.require()
    assert "revoked" == caught.value.reason


async def later(_: object) -> bool:
    """A hook that somebody would have to await."""
    return False


@pytest.mark.parametrize(("path", "reason"), [("/orders", Reason.REVOKED), ("/healthz", Reason.PUBLIC)])
def test_a_coroutine_that_nobody_awaits_refuses(make: Make, path: str, reason: Reason) -> None:
    """An async hook is a mistake, and its coroutine is truthy. It is closed, for Python warns of one that is not."""
    decision = make(POLICY, is_revoked=later).authorize(token(), "GET", path)
    assert (reason, None) == (decision.reason, decision.principal)
    gc.collect()  # a warning is an error here


def test_false_lets_the_rule_decide(make: Make) -> None:
    """Not revoked is not yet allowed."""
    front = make(POLICY, is_revoked=lambda _: False)
    assert 200 == front.authorize(token(), "GET", "/orders").status
    assert 403 == front.authorize(token(access_claims({"cognito:groups": ABSENT})), "GET", "/orders").status


def test_revocation_is_asked_at_every_decision(make: Make) -> None:
    """Also of a principal that is remembered, and of one whom the rules would refuse anyway; never without a token."""
    revoked: set[str | None] = set()
    asked: list[str | None] = []

    def is_revoked(who: Principal) -> bool:
        asked.append(who.username)
        return who.username in revoked

    front = make(POLICY, is_revoked=is_revoked)
    assert front.authorize(token(), "GET", "/orders").allowed
    assert front.authorize(token(), "GET", "/orders").allowed
    revoked.add("ana")
    assert Reason.REVOKED is front.authorize(token(), "GET", "/orders").reason
    assert Reason.REVOKED is front.authorize(token(), "GET", "/nowhere").reason
    assert Reason.REVOKED is front.decide(token(), AUTHENTICATED).reason
    revoked.clear()
    assert front.authorize(token(), "GET", "/orders").allowed
    assert ["ana"] * 6 == asked
    assert not front.authorize(None, "GET", "/orders").allowed
    assert not front.authorize("a.b.c", "GET", "/orders").allowed
    assert 6 == len(asked)


def test_whoever_is_revoked_is_nobody_where_all_may_pass(make: Make) -> None:
    """A public route stays public, and shows no principal."""
    decision = make(POLICY, is_revoked=lambda _: True).authorize(token(), "GET", "/healthz")
    assert (True, Reason.PUBLIC, None, frozenset()) == (
        decision.allowed,
        decision.reason,
        decision.principal,
        decision.roles,
    )


@pytest.mark.parametrize("path", ["/orders", "/healthz", "/nowhere"])
def test_a_bug_in_a_hook_is_500_and_never_a_yes(make: Make, path: str) -> None:
    """What the hook raised is for the log, and not for the caller."""
    decision = make(POLICY, is_revoked=raising).authorize(token(), "GET", path)
    assert (False, 500, Reason.INTERNAL_ERROR) == (decision.allowed, decision.status, decision.reason)
    assert (BUG.headers, BUG.body) == (decision.headers, decision.body)
    assert b"mistake" not in decision.body
    assert "mistake" not in repr(decision)
    with pytest.raises(LookupError, match="a mistake of ours"):
        decision.require()


def test_a_bug_of_ours_is_500_and_never_a_yes(make: Make) -> None:
    """A clock that fails, when the token or when the rule is looked at."""

    class Failing(Clocks):
        left = 1_000

        def wall(self) -> float:
            self.left -= 1
            if self.left < 0:
                raise LookupError("no clock")
            return super().wall()

    clocks = Failing()
    front = make(POLICY, clocks=clocks)
    bearer = token()
    clocks.left = 1_000
    assert front.authorize(bearer, "GET", "/orders").allowed
    used = 1_000 - clocks.left
    for left in range(used + 3):
        clocks.left = left
        decision = front.authorize(bearer, "GET", "/orders")
        assert decision.allowed or (500, Reason.INTERNAL_ERROR) == (decision.status, decision.reason)
    clocks.left = 0
    assert 500 == front.authorize(bearer, "GET", "/orders").status


def test_an_error_of_another_kind_is_no_refusal_of_a_token() -> None:
    """Whatever a verifier raises that is neither TokenError nor KeysUnavailable is a bug, and shows nothing."""
    decision = refused_token(RuntimeError("secret"), PLAIN)
    assert (500, Reason.INTERNAL_ERROR, BUG.body) == (decision.status, decision.reason, decision.body)
    assert "secret" not in repr(decision)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_no_decision(kind: type[BaseException]) -> None:
    """It passes through, and no answer is made of it."""

    def is_revoked(_: Principal) -> bool:
        raise kind

    with pytest.raises(kind):
        blocking(POLICY, is_revoked=is_revoked).authorize(token(), "GET", "/orders")


# -- Watching ----------------------------------------------------------------------------------------------------------

PREFLIGHT = [("origin", "x"), ("access-control-request-method", "GET")]


ASKED: dict[str, tuple[Callable[[Front], Decision], int, str | None]] = {
    "a yes": (lambda front: front.authorize(token(), "GET", "/orders"), 200, "GET"),
    "a no": (lambda front: front.authorize(None, "HEAD", "/orders"), 401, "HEAD"),
    "public": (lambda front: front.authorize("x", "GET", "/healthz"), 200, "GET"),
    "one rule": (lambda front: front.decide(token(), Group("x")), 403, None),
    "an odd path": (lambda front: front.authorize(token(), "GET", "//"), 400, "GET"),
    "bad credentials": (
        lambda front: front.authorize_request("GET", "/orders", [("authorization", "Bearer a b")]),
        400,
        "GET",
    ),
    "an encoded slash": (
        lambda front: front.authorize_request("GET", "/orders", [], raw_path="/orders%2f"),
        400,
        "GET",
    ),
    "a preflight": (lambda front: front.authorize_request("OPTIONS", "/cors", PREFLIGHT), 200, "OPTIONS"),
}


@pytest.mark.parametrize(("ask", "status", "method"), ASKED.values(), ids=ASKED.keys())
def test_every_decision_is_told_once(
    make: Make, ask: Callable[[Front], Decision], status: int, method: str | None
) -> None:
    """The very decision that is returned, whichever way it was made."""
    told: list[Event] = []
    policy = Policy(roles=POLICY.roles, routes=[*POLICY.routes, Route("GET /cors", "editor", cors_preflight=True)])
    decision = ask(make(policy, observe=told.append))
    (made,) = told
    assert isinstance(made, DecisionMade)
    assert decision is made.decision
    assert (status, method) == (decision.status, made.method)


def test_a_watcher_sees_no_token(make: Make) -> None:
    """Whatever it does with what it is told."""
    told: list[Event] = []
    front = make(POLICY, observe=told.append)
    for bearer in (token(), "secret.secret.secret", token(access_claims({"client_id": "other"}))):
        front.authorize(bearer, "GET", "/orders")
        front.authorize_request("GET", "/orders", [("authorization", f"Bearer {bearer}")])
        assert not [part for part in bearer.split(".") for made in told if part in repr(made)]
    assert 6 == len(told)


def test_what_cannot_be_put_as_a_question() -> None:
    """It is refused with the answer of an internal error, and told; the error is for the log alone."""
    told: list[Event] = []
    error = ConfigurationError("no Host header")

    decision = blocking(POLICY, observe=told.append).refuse(error)

    assert (False, 500, Reason.INTERNAL_ERROR) == (decision.allowed, decision.status, decision.reason)
    assert b"internal_error" in decision.body
    assert error is decision.error
    (made,) = told
    assert isinstance(made, DecisionMade)
    assert decision is made.decision


def saying_yes(_: object) -> bool:
    """A hook that revokes whoever comes."""
    return True


def saying_no(_: object) -> bool:
    """A hook that would rather not."""
    return False


def meddling(event: Event) -> None:
    """An observer that would change what it is told of."""
    assert isinstance(event, DecisionMade)
    for target, name, value in (
        (event.decision, "allowed", not event.decision.allowed),
        (event.decision, "status", 200),
        (event, "decision", None),
        (event.principal, "groups", frozenset({"admins"})),
    ):
        with contextlib.suppress(AttributeError):
            setattr(target, name, value)


@pytest.mark.parametrize(
    "observe", [raising, saying_no, later, meddling], ids=["raises", "says no", "is awaited", "meddles"]
)
def test_a_watcher_changes_nothing(make: Make, observe: Callable[[Event], object]) -> None:
    """Neither by what it returns nor by what it raises."""
    for path in ("/orders", "/nowhere", "/healthz", "//"):
        for bearer in (token(), None, "x"):
            watched = make(POLICY, observe=observe).authorize(bearer, "GET", path)
            alone = make(POLICY).authorize(bearer, "GET", path)
            assert (alone.status, alone.reason, alone.headers, alone.body) == (
                watched.status,
                watched.reason,
                watched.headers,
                watched.body,
            )
            assert alone.allowed is watched.allowed
            assert alone.principal == watched.principal
    gc.collect()  # a coroutine that was neither awaited nor closed is a warning, and so an error


class Ticking(Clocks):
    """Clocks of which the monotonic one goes on by a second at each look."""

    def monotonic(self) -> float:
        self.uptime += 1.0
        return self.uptime


@pytest.mark.parametrize(
    ("bearer", "path", "cached", "issuer", "principal"),
    [
        pytest.param(token(), "/orders", (False, True), POOL_ID, True, id="a yes"),
        pytest.param(token(), "/nowhere", (False, True), POOL_ID, True, id="no route"),
        pytest.param(token(), "/healthz", (False, True), POOL_ID, True, id="public"),
        pytest.param(token(access_claims({"exp": NOW})), "/orders", (False, False), None, False, id="over"),
        pytest.param("a.b.c", "/orders", (False, False), None, False, id="a bad token"),
        pytest.param("\u00e9", "/orders", (False, False), None, False, id="no token at all"),
        pytest.param(None, "/orders", (None, None), None, False, id="no token"),
        pytest.param(token(), "//", (None, None), None, False, id="an odd path"),
    ],
)
def test_what_is_told_beside_the_decision(
    make: Make, bearer: str | None, path: str, cached: tuple[bool | None, ...], issuer: str | None, *, principal: bool
) -> None:
    """By which policy, of whose token, whether that was remembered, and how long it took in all and with the token."""
    told: list[Any] = []
    front = make(POLICY, observe=told.append, clocks=Ticking())
    for _ in range(2):
        front.authorize(bearer, "GET", path)
    for made, remembered in zip(told, cached, strict=True):
        assert isinstance(made, DecisionMade)
        assert (made.decision.route, None, POLICY.fingerprint) == (made.route, made.api, made.fingerprint)
        assert (remembered, issuer, principal) == (made.cached, made.issuer, made.principal is not None)
        assert (0.0 < made.verify_seconds < made.seconds) if remembered is not None else made.verify_seconds == 0.0
        assert 1.0 <= made.seconds < 20.0


def test_whoever_is_revoked_is_told_of(make: Make) -> None:
    """To the observer, and to nobody else."""
    told: list[Any] = []
    decision = make(POLICY, observe=told.append, is_revoked=lambda _: True).authorize(token(), "GET", "/orders")
    (made,) = told
    assert (None, "ana", POOL_ID) == (decision.principal, made.principal.username, made.issuer)


def test_an_api_is_told_by_its_name_if_there_is_one(make: Make) -> None:
    """What no policy knows is anybody's text, and not told."""
    told: list[Any] = []
    apis = [Api("billing", [Route("GET /bills", "editor")])]
    front = make(Policy(roles=POLICY.roles, routes=POLICY.routes, apis=apis), observe=told.append)
    for path in ("/orders", "/bills", "/healthz", "/nowhere"):
        for bearer in (token(), None, "x"):
            assert "billing" == front.authorize(bearer, "GET", path, api="billing").api
            assert front.authorize(bearer, "GET", path, api="made-up").api is None
            assert front.authorize(bearer, "GET", path).api is None
    assert ["billing", None, None] * 12 == [made.api for made in told]
    assert front.authorize(token(), "GET", "/bills", api="billing").allowed
    assert Reason.NO_ROUTE is front.authorize(token(), "GET", "/orders", api="made-up").reason


def test_without_a_watcher_nothing_is_timed(make: Make) -> None:
    """The clock of durations is the verifier's alone then, and a remembered token costs it one look."""

    class Counting(Clocks):
        looks = 0

        def monotonic(self) -> float:
            self.looks += 1
            return super().monotonic()

    clocks = Counting()
    front = make(POLICY, clocks=clocks)
    front.authorize(token(), "GET", "/orders")
    before = clocks.looks
    front.authorize(token(), "GET", "/orders")
    assert 1 == clocks.looks - before


# -- Public ------------------------------------------------------------------------------------------------------------


def test_a_public_route_knows_who_comes(make: Make) -> None:
    """With a good token the principal, its roles and until when; without one nobody, and for ever."""
    front = make(POLICY)
    known, unknown = front.authorize(token(), "GET", "/healthz"), front.authorize(None, "GET", "/healthz")
    assert known.principal is not None
    assert ("ana", NOW + 3_600) == (known.principal.username, known.valid_until)
    assert {"editor", "fresh"} == known.roles
    assert (None, frozenset(), None) == (unknown.principal, unknown.roles, unknown.valid_until)
    assert known.require() is known.principal
    assert unknown.require() is None


def test_a_rule_that_is_public_needs_no_token(make: Make) -> None:
    """`PUBLIC` by itself, asked about or for every path; it is written out and never a default."""
    assert make(PUBLIC).authorize(None, "GET", "/anything").allowed
    assert make(POLICY).decide("a.b.c", PUBLIC).allowed
    assert not make(POLICY).decide(None, AUTHENTICATED).allowed


# -- Shadows -----------------------------------------------------------------------------------------------------------

ALLOWED, GROUP, SCOPE = Reason.ALLOWED, Reason.MISSING_GROUP, Reason.MISSING_SCOPE


@pytest.mark.parametrize(
    ("enforced", "shadow", "status", "told"),
    [
        pytest.param(EDITOR, EDITOR, 200, (True, ALLOWED), id="both say yes"),
        pytest.param(EDITOR, Group("x"), 200, (False, GROUP), id="the shadow would say no"),
        pytest.param(EDITOR, Scope("x"), 200, (False, SCOPE), id="the shadow would ask for a scope"),
        pytest.param(Group("x"), EDITOR, 403, (True, ALLOWED), id="the shadow would say yes"),
        pytest.param(Group("x"), Scope("x"), 403, (False, SCOPE), id="both say no"),
        pytest.param(EDITOR, PUBLIC, 200, (True, Reason.PUBLIC), id="the shadow would be public"),
        pytest.param(Group("x"), PUBLIC, 403, (True, Reason.PUBLIC), id="the shadow would be public, and that is no"),
        pytest.param(PUBLIC, Group("x"), 200, (False, GROUP), id="public, and the shadow would say no"),
        pytest.param(None, AUTHENTICATED, 403, (True, ALLOWED), id="there is only the shadow"),
        pytest.param(None, PUBLIC, 403, (True, Reason.PUBLIC), id="there is only a public shadow"),
        pytest.param(EDITOR, Acr("x"), 200, (False, Reason.WEAK_AUTHENTICATION), id="the shadow would ask for more"),
        pytest.param(EDITOR, None, 200, None, id="there is no shadow"),
    ],
)
def test_a_shadow_tells_and_never_decides(
    make: Make, enforced: Rule | None, shadow: Rule | None, status: int, told: tuple[bool, Reason] | None
) -> None:
    """The answer is that of the best enforced route; beside it stands what the shadow would have said."""
    routes = [] if enforced is None else [Route("GET /{x}", enforced)]
    alone = make(Policy(routes=routes)).authorize(token(), "GET", "/a")
    if shadow is not None:
        routes.append(Route("GET /a", shadow, mode="shadow"))
    decision = make(Policy(routes=routes)).authorize(token(), "GET", "/a")
    assert (None if told is None else Shadow("GET /a", allowed=told[0], reason=told[1])) == decision.shadow
    assert status == decision.status
    assert (alone.allowed, alone.reason, alone.route, alone.headers, alone.body, alone.unmet) == (
        decision.allowed,
        decision.reason,
        decision.route,
        decision.headers,
        decision.body,
        decision.unmet,
    )


def test_a_shadow_with_a_deny(make: Make) -> None:
    """It tells a denial, too."""
    routes = [Route("GET /a", AUTHENTICATED), Route("GET /a", AUTHENTICATED, deny=EDITOR, mode="shadow")]
    decision = make(Policy(routes=routes)).authorize(token(), "GET", "/a")
    assert (True, Shadow("GET /a", allowed=False, reason=Reason.DENIED)) == (decision.allowed, decision.shadow)


@pytest.mark.parametrize("shadow", [PUBLIC, AUTHENTICATED, EDITOR], ids=["public", "authenticated", "editor"])
@pytest.mark.parametrize("bearer", [None, "a.b.c"], ids=["no token", "a bad token"])
def test_a_shadow_opens_nothing(make: Make, shadow: Rule, bearer: str | None) -> None:
    """Without a good token it is 401 whatever a shadow says, with or without an enforced route."""
    only = Route("GET /a", shadow, mode="shadow")
    for routes in ([only], [only, Route("GET /{x}", EDITOR)]):
        assert 401 == make(Policy(routes=routes)).authorize(bearer, "GET", "/a").status


@pytest.mark.parametrize(
    ("bearer", "options", "status", "reason"),
    [
        pytest.param(None, {}, 401, Reason.MISSING_TOKEN, id="no token"),
        pytest.param("a.b.c", {}, 401, Reason.MALFORMED_TOKEN, id="a bad token"),
        pytest.param(token(access_claims({"exp": NOW})), {}, 401, Reason.EXPIRED, id="over"),
        pytest.param(token(), {"issuers": (fetched(),)}, 503, Reason.KEYS_UNAVAILABLE, id="no keys"),
        pytest.param(token(), {"is_revoked": saying_yes}, 401, Reason.REVOKED, id="revoked"),
    ],
)
@pytest.mark.parametrize("enforced", [EDITOR, PUBLIC, None], ids=["editor", "public", "none"])
@pytest.mark.parametrize("shadow", [PUBLIC, AUTHENTICATED], ids=["public", "authenticated"])
def test_without_a_principal_a_shadow_says_why(
    make: Make, shadow: Rule, enforced: Rule | None, bearer: str | None, options: Any, status: int, reason: Reason
) -> None:
    """What is refused before any rule, or let in as nobody, the shadow would have refused for the same reason."""
    routes = [Route("GET /a", shadow, mode="shadow")] + ([] if enforced is None else [Route("GET /{x}", enforced)])
    decision = make(Policy(routes=routes), **options).authorize(bearer, "GET", "/a")
    said = (True, Reason.PUBLIC) if shadow is PUBLIC else (False, reason)
    assert Shadow("GET /a", allowed=said[0], reason=said[1]) == decision.shadow
    assert (200 if enforced is PUBLIC else status) == decision.status


def test_where_no_route_is_looked_for_there_is_no_shadow(make: Make) -> None:
    """400 and 500 say nothing of rules."""
    front = make(Policy(routes=[Route("GET /{x}", EDITOR, mode="shadow")]), is_revoked=raising)
    assert (400, None) == (front.authorize(token(), "GET", "//").status, front.authorize(token(), "GET", "//").shadow)
    broken = front.authorize(token(), "GET", "/a")
    assert (500, None) == (broken.status, broken.shadow)


def test_a_shadow_over_a_public_route_tells_who_would_be_asked(make: Make) -> None:
    """Nobody has a token here, and the shadow would want one."""
    routes = [Route("GET /a", PUBLIC), Route("GET /{x}", EDITOR, mode="shadow")]
    decision = make(Policy(routes=routes)).authorize(None, "GET", "/a")
    assert (True, Shadow("GET /{x}", allowed=False, reason=Reason.MISSING_TOKEN)) == (decision.allowed, decision.shadow)


# -- What is told with a decision --------------------------------------------------------------------------------------


def test_a_decision_names_its_route_roles_and_requirements(make: Make) -> None:
    """The line that decided, the roles of the principal, and as little as would have been enough."""
    policy = Policy(
        roles=POLICY.roles,
        routes=[Route(["GET /a/{id}", "ANY /b"], Group("x") & (Scope("y") | EDITOR | Client("c") & Client("d")))],
    )
    decision = make(policy).authorize(token(), "GET", "/a/17")
    assert ("GET /a/{id}", ("needs group x",)) == (decision.route, decision.unmet)
    assert {"editor", "fresh"} == decision.roles
    nobody = token(access_claims({"cognito:groups": ABSENT}))
    assert ("needs group x", "needs scope y") == make(policy).authorize(nobody, "GET", "/a/17").unmet
    assert "ANY /b" == make(policy).authorize(nobody, "PUT", "/b/").route


def test_a_denial_says_by_what(make: Make) -> None:
    """The requirement, and not what the token says."""
    decision = make(POLICY).authorize(token(access_claims({"custom:status": "suspended"})), "GET", "/orders")
    assert ("must not meet: needs claim custom:status equals 'suspended'",) == decision.unmet
    assert Reason.DENIED is decision.reason


@settings(max_examples=100, deadline=None)
@given(
    asked=st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True),
    held=st.frozensets(st.sampled_from("abc")),
)
def test_the_scopes_of_the_challenge_are_enough(asked: list[str], held: frozenset[str]) -> None:
    """Whoever comes back with the scopes that were asked for is let in (RFC 6750 section 3.1)."""
    rule = All(*map(Scope, asked))
    first = FRONT.decide(token(access_claims({"scope": " ".join(sorted(held))})), rule)
    if not first.allowed:
        challenge = dict(first.headers)["WWW-Authenticate"]
        more = challenge.partition('scope="')[2].removesuffix('"').split(" ")
        assert not held & set(more)
        assert FRONT.decide(token(access_claims({"scope": " ".join([*held, *more])})), rule).allowed


FRONT = blocking(POLICY)

# -- For how long ------------------------------------------------------------------------------------------------------


def test_a_decision_holds_until_it_says(make: Make) -> None:
    """Until the sign-in is too old, or the token is over; and it is worked out again then."""
    clocks = Clocks()
    front = make(POLICY, clocks=clocks)
    assert NOW + 3_600 == front.authorize(token(), "GET", "/orders").valid_until
    assert NOW + 3_600 == front.authorize(token(), "GET", "/nowhere").valid_until
    assert NOW + 900 == front.authorize(token(), "GET", "/fresh").valid_until
    assert {"editor", "fresh"} == front.authorize(token(), "GET", "/orders").roles
    clocks.tick(899)
    assert front.authorize(token(), "GET", "/fresh").allowed
    clocks.tick(1)
    late = front.authorize(token(), "GET", "/fresh")
    assert (401, Reason.WEAK_AUTHENTICATION, NOW + 3_600) == (late.status, late.reason, late.valid_until)
    assert {"editor"} == front.authorize(token(), "GET", "/orders").roles
    clocks.tick(2_700)
    over = front.authorize(token(), "GET", "/orders")
    assert (401, Reason.EXPIRED, None) == (over.status, over.reason, over.valid_until)


def test_within_the_leeway_a_token_still_counts(make: Make) -> None:
    """But no longer for anything that its own end, or the age of its sign-in, rules out."""
    clocks = Clocks()
    policy = Policy(roles=POLICY.roles, routes=[*POLICY.routes, Route("GET /hour", SignedInWithin(3_610))])
    front = make(policy, clocks=clocks, leeway=60)
    clocks.tick(3_605)
    assert front.authorize(token(), "GET", "/orders").allowed
    assert front.authorize(token(), "GET", "/hour").allowed
    clocks.tick(5)
    assert front.authorize(token(), "GET", "/orders").allowed
    assert Reason.WEAK_AUTHENTICATION is front.authorize(token(), "GET", "/hour").reason
    clocks.tick(50)
    assert Reason.EXPIRED is front.authorize(token(), "GET", "/orders").reason


def test_roles_are_those_of_the_moment_of_the_decision() -> None:
    """A decision that is kept does not change with the clock."""
    clocks = Clocks()
    decision = blocking(POLICY, clocks=clocks).authorize(token(), "GET", "/orders")
    clocks.tick(1_000)
    assert {"editor", "fresh"} == decision.roles


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_no_verdict_outlives_its_time(steps: list[int]) -> None:
    """At whatever moments it is asked, an authorizer that remembers answers as one that has never been asked."""
    clocks = Clocks()
    front = blocking(POLICY, clocks=clocks)
    for step in steps:
        clocks.tick(step)
        fresh = blocking(POLICY, clocks=Clocks(clocks.now, clocks.uptime))
        for path in ("/orders", "/fresh", "/healthz", "/nowhere"):
            one, other = front.authorize(BEARER, "GET", path), fresh.authorize(BEARER, "GET", path)
            assert (other.status, other.reason, other.valid_until, other.roles) == (
                one.status,
                one.reason,
                one.valid_until,
                one.roles,
            )


BEARER = token()

# -- Memory ------------------------------------------------------------------------------------------------------------


def test_rules_made_by_the_request_do_not_fill_the_memory() -> None:
    """A rule that was asked about once is let go in time, and never taken for another that got its place."""
    front = blocking(AUTHENTICATED)
    made: list[weakref.ref[Weak]] = []
    for number in range(3_000):
        rule = Weak(str(number % 7))
        made.append(weakref.ref(rule))
        assert (403, f"needs client {number % 7}") == answer(front, rule)
        assert (200, "") == answer(front, Client(CLIENT))
    gc.collect()
    assert sum(ref() is not None for ref in made) < 2_000


class Weak(Client):
    """A rule that tells when it is gone."""

    __slots__ = ("__weakref__",)

    def _content(self) -> tuple[object, ...]:
        return (self.ids,)


def answer(front: Authorizer, rule: Rule) -> tuple[int, str]:
    """What is said of a rule."""
    decision = front.decide(BEARER, rule)
    return decision.status, " ".join(decision.unmet)
