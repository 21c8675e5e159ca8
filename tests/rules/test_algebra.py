"""The algebra: combinations mean what logic says, absence never helps, and what is unmet is what is missing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any as Anything

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    PUBLIC,
    Acr,
    Amr,
    Claim,
    Client,
    ConfigurationError,
    Group,
    IdentityProvider,
    Issuer,
    Principal,
    Role,
    Rule,
    Scope,
    SignedInWithin,
    TokenError,
    TokenUse,
)
from cogauth.rules import All, Any, Not, any_of
from tests.support.principals import principal
from tests.support.tokens import ABSENT, NOW, POOL_ID

A, B, C = Group("a"), Group("b"), Group("c")

# -- What combinations mean --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "groups", "held"),
    [
        pytest.param(A & B, "ab", True, id="and, both"),
        pytest.param(A & B, "a", False, id="and, the left one only"),
        pytest.param(A & B, "b", False, id="and, the right one only"),
        pytest.param(A & B, "", False, id="and, none"),
        pytest.param(A | B, "a", True, id="or, the left one"),
        pytest.param(A | B, "b", True, id="or, the right one"),
        pytest.param(A | B, "c", False, id="or, neither"),
        pytest.param(~A, "b", True, id="not, without"),
        pytest.param(~A, "a", False, id="not, with"),
        pytest.param(~~A, "b", False, id="not not"),
        pytest.param(A | B & C, "a", True, id="and binds closer than or: the left one alone"),
        pytest.param(A | B & C, "b", False, id="and binds closer than or: half of the right one"),
        pytest.param((A | B) & C, "a", False, id="brackets"),
        pytest.param(~(A & B), "ab", False, id="not of both, with both"),
        pytest.param(~(A | B), "b", False, id="not of either, with one"),
        pytest.param(A & ~B, "ab", False, id="one without the other, with both"),
        pytest.param(AUTHENTICATED & A, "", False, id="a token is not enough"),
    ],
)
def test_combinations_mean_what_logic_says(rule: Rule, groups: str, held: bool) -> None:  # noqa: FBT001  a column
    """`&`, `|` and `~` are and, or and not, with the precedence that Python gives them."""
    assert held is rule.holds(principal(groups=groups), NOW)


@pytest.mark.parametrize("rule", [AUTHENTICATED, PUBLIC], ids=["authenticated", "public"])
def test_some_rules_ask_nothing_of_a_principal(rule: Rule) -> None:
    """Whoever has a good token meets `AUTHENTICATED` and `PUBLIC`."""
    assert rule.holds(principal(), NOW)
    assert () == rule.unmet(principal(), NOW)


@pytest.mark.parametrize(
    ("rule", "flat"),
    [
        pytest.param((A & B) & C, All(A, B, C), id="and, left"),
        pytest.param(A & (B & C), All(A, B, C), id="and, right"),
        pytest.param((A | B) | C, Any(A, B, C), id="or"),
        pytest.param(A & B & A, All(A, B), id="twice the same"),
    ],
)
def test_combinations_of_one_kind_are_flat(rule: Rule, flat: Rule) -> None:
    """However it is written, one conjunction or disjunction is one rule, and each condition is in it once."""
    assert flat == rule
    assert hash(flat) == hash(rule)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(A & B, A | B, id="and, or"),
        pytest.param(A & B, B & A, id="another order"),
        pytest.param(A, ~A, id="its opposite"),
        pytest.param(Group("a"), Group("a", any_issuer=True), id="of any issuer"),
        pytest.param(Group("a"), Scope("a"), id="another condition of the same words"),
        pytest.param(AUTHENTICATED, PUBLIC, id="authenticated, public"),
        pytest.param(MACHINE, PERSON, id="machine, person"),
        pytest.param(Amr("mfa"), Amr("mfa", default=()), id="another meaning of absence"),
    ],
)
def test_rules_that_differ_are_not_equal(one: Rule, other: Rule) -> None:
    """Two rules are one only when class and content are the same; plans are shared by that equality."""
    assert one != other


def test_a_rule_cannot_be_changed() -> None:
    """A rule that guards something stays what it is."""
    with pytest.raises(AttributeError, match="cannot be changed"):
        A.names = frozenset({"b"})
    with pytest.raises(AttributeError, match="cannot be changed"):
        del A.names
    assert frozenset({"a"}) == A.names


def test_parts_and_leaves() -> None:
    """A rule tells what it is made of, and what is at the bottom."""
    rule = A & (B | ~C)
    assert (A, B | ~C) == rule.parts
    assert [A, B, C] == list(rule.leaves())
    assert () == A.parts
    assert [A] == list(A.leaves())


# -- What cannot be combined -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda: bool(A), id="bool"),
        pytest.param(lambda: A and B, id="and"),
        pytest.param(lambda: A or B, id="or"),
        pytest.param(lambda: not A, id="not"),
        pytest.param(lambda: bool(A & B), id="a combination"),
        pytest.param(lambda: bool(AUTHENTICATED), id="authenticated"),
    ],
)
def test_a_rule_has_no_truth_of_its_own(use: Callable[[], object]) -> None:
    """`a and b` would silently be `b`, so that it is an error."""
    with pytest.raises(TypeError, match="no truth of its own"):
        use()


@pytest.mark.parametrize("other", ["b", None, True, ["b"], Group], ids=repr)
def test_a_rule_combines_with_rules_only(other: Anything) -> None:
    """A name or a class beside an operator is a mistake, on either side."""
    with pytest.raises(TypeError):
        _ = A & other
    with pytest.raises(TypeError):
        _ = A | other
    with pytest.raises(TypeError):
        _ = other & A
    with pytest.raises(TypeError):
        _ = other | A


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: PUBLIC & A, id="public and"),
        pytest.param(lambda: A & PUBLIC, id="and public"),
        pytest.param(lambda: A | PUBLIC, id="or public"),
        pytest.param(lambda: ~PUBLIC, id="not public"),
        pytest.param(lambda: All(PUBLIC), id="all of public"),
    ],
)
def test_public_stands_alone(make: Callable[[], Rule]) -> None:
    """`PUBLIC` needs no token, so that it can be no part of a rule that does."""
    with pytest.raises(ConfigurationError, match="PUBLIC is a rule by itself"):
        make()


@pytest.mark.parametrize("kind", [All, Any], ids=["all", "any"])
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param((), "of nothing", id="nothing"),
        pytest.param(("a",), "takes rules", id="a name"),
        pytest.param((A, None), "takes rules", id="None"),
        pytest.param(([A, B],), "takes rules", id="a list"),
    ],
)
def test_a_combination_of_no_rules_is_refused(kind: type[All | Any], parts: Anything, message: str) -> None:
    """`all of nothing` would be true for everybody."""
    with pytest.raises(ConfigurationError, match=message):
        kind(*parts)


@pytest.mark.parametrize("name", ["", None, 5, ["admin"]], ids=repr)
def test_a_role_is_a_name(name: Anything) -> None:
    """A role is referred to by its name and nothing else."""
    with pytest.raises(ConfigurationError, match="name of a role"):
        Role(name)


def test_a_role_means_nothing_without_a_policy() -> None:
    """A role that no policy has looked up answers neither yes nor no."""
    with pytest.raises(NotImplementedError):
        Role("admin").holds(principal(), NOW)


# -- Absence never helps -----------------------------------------------------------------------------------------------

SILENT = [
    pytest.param(Claim("custom:status", equals="suspended"), id="claim equals"),
    pytest.param(Claim("custom:status", not_equals="active"), id="claim not equals"),
    pytest.param(Claim("custom:status", one_of=["a", "b"]), id="claim one of"),
    pytest.param(Claim("custom:tags", contains="x"), id="claim contains"),
    pytest.param(Claim("custom:status", starts_with="s"), id="claim starts with"),
    pytest.param(Claim("custom:status", present=True), id="claim present"),
    pytest.param(Acr("urn:cognito:loa:3"), id="acr"),
    pytest.param(Amr("mfa"), id="amr"),
    pytest.param(SignedInWithin(60), id="signed in within"),
    pytest.param(IdentityProvider("Okta"), id="identity provider"),
]

NEGATIONS: dict[str, Callable[[Rule], Rule]] = {
    "not": lambda rule: ~rule,
    "not all": lambda rule: ~(A & rule),
    "not any": lambda rule: ~(A | rule),
    "not, deeper": lambda rule: ~(A & (B | rule)),
}


@pytest.mark.parametrize("rule", SILENT)
@pytest.mark.parametrize("negate", NEGATIONS.values(), ids=NEGATIONS.keys())
def test_a_negation_must_say_what_absence_means(rule: Rule, negate: Callable[[Rule], Rule]) -> None:
    """`~Claim("custom:status", equals="suspended")` would let in whoever has no status, so that it is no rule."""
    assert rule.silent_on_absence
    with pytest.raises(ConfigurationError, match=r"must say what absence means: add default=\.\.\."):
        negate(rule)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Claim("custom:status", equals="suspended", default=""), id="claim with default"),
        pytest.param(Acr("urn:cognito:loa:3", default="urn:cognito:loa:1"), id="acr with default"),
        pytest.param(Amr("mfa", default=()), id="amr with default"),
        pytest.param(A, id="group"),
        pytest.param(Scope("s"), id="scope"),
        pytest.param(Client("c2"), id="client"),
        pytest.param(Issuer("partners"), id="issuer"),
        pytest.param(TokenUse("id"), id="token use"),
        pytest.param(MACHINE, id="machine"),
    ],
)
def test_a_negation_of_what_is_always_known(rule: Rule) -> None:
    """Groups that a token does not mention are certainly none; with a default, and of what never lacks, not is not."""
    assert not rule.silent_on_absence
    assert not rule.holds(principal(), NOW)
    assert (~rule).holds(principal(), NOW)


# Whatever a token can say; tuples where a verified token has them.
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "cognito:groups": st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
        "scope": st.sampled_from(["", "r", "w", "r w"]),
        "acr": st.sampled_from(["urn:cognito:loa:1", "urn:cognito:loa:3", "urn:else"]),
        "amr": st.lists(st.sampled_from(["pwd", "mfa"]), max_size=2).map(tuple),
        "auth_time": st.sampled_from([NOW - 1_000, NOW - 500, NOW - 10]),
        "custom:x": st.sampled_from(["a", "b", 1, True, ("a", "b")]),
        "client_id": st.sampled_from(["c1", "c2"]),
        "username": st.sampled_from(["ana", "ben"]),
        "jti": st.just("j"),
        "identities": st.sampled_from([({"providerName": "Okta"},), ({"providerName": "Okta"}, {"providerName": "X"})]),
    },
)

POSITIVE = st.sampled_from(
    [
        A,
        B,
        Group("b", "c"),
        Scope("r"),
        Scope("r", "w"),
        Client("c1"),
        Issuer("staff"),
        TokenUse("access"),
        PERSON,
        AUTHENTICATED,
        Acr("urn:cognito:loa:1"),
        Acr("urn:cognito:loa:3"),
        Amr("mfa"),
        SignedInWithin(100),
        SignedInWithin(900),
        IdentityProvider("Okta"),
        Claim("custom:x", equals="a"),
        Claim("custom:x", not_equals="a"),
        Claim("custom:x", one_of=["a", 1]),
        Claim("custom:x", contains="b"),
        Claim("custom:x", starts_with="b"),
        Claim("custom:x", present=True),
    ]
)

NEGATABLE = st.sampled_from(
    [
        A,
        B,
        Scope("r"),
        Client("c1"),
        PERSON,
        AUTHENTICATED,
        Acr("urn:cognito:loa:3", default="urn:cognito:loa:1"),
        Amr("mfa", default=("mfa",)),
        Claim("custom:x", equals="a", default="a"),
        Claim("custom:x", not_equals="a", default="a"),
        Claim("custom:x", contains="a", default=("a",)),
    ]
)


def combined(leaves: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Rules of *leaves* with `&` and `|`."""
    return st.recursive(
        leaves,
        lambda rules: st.one_of(
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: All(*parts)),
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: Any(*parts)),
        ),
        max_leaves=6,
    )


def negated(leaves: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Rules of *leaves* with `&`, `|` and `~`."""
    return st.recursive(
        leaves,
        lambda rules: st.one_of(
            rules.map(lambda rule: ~rule),
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: All(*parts)),
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: Any(*parts)),
        ),
        max_leaves=6,
    )


def made_of(claims: dict[str, Anything]) -> Principal | None:
    """The principal of a token that says *claims* beside what every token says, or None if it is refused."""
    absent = dict.fromkeys(["auth_time", "jti", "username", "client_id"], ABSENT)
    try:
        return principal({**absent, **claims})
    except TokenError:
        return None


@settings(max_examples=150, deadline=None)
@given(rule=combined(POSITIVE), claims=CLAIMS, data=st.data())
def test_absence_never_helps(rule: Rule, claims: dict[str, Anything], data: st.DataObject) -> None:
    """Whatever a rule without negation and defaults refuses, it refuses as well when the token says less."""
    said = {"client_id": "c1", "username": "ana", **claims}
    gone = data.draw(st.sampled_from(sorted(said)))
    more, less = made_of(said), made_of({name: value for name, value in said.items() if name != gone})
    assert more is not None
    if less is not None and rule.holds(less, NOW):
        assert rule.holds(more, NOW)


@settings(max_examples=100, deadline=None)
@given(one=negated(NEGATABLE), other=negated(NEGATABLE), claims=CLAIMS)
def test_de_morgan(one: Rule, other: Rule, claims: dict[str, Anything]) -> None:
    """Not both is not one or not the other, not either is neither, and twice not is yes."""
    who = made_of({"client_id": "c1", **claims})
    assert who is not None
    assert (~one | ~other).holds(who, NOW) is (~(one & other)).holds(who, NOW)
    assert (~one & ~other).holds(who, NOW) is (~(one | other)).holds(who, NOW)
    assert one.holds(who, NOW) is (~~one).holds(who, NOW)
    assert one.holds(who, NOW) is not (~one).holds(who, NOW)


# -- What is unmet -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "groups", "unmet"),
    [
        pytest.param(A, "", (A,), id="one condition"),
        pytest.param(A, "a", (), id="nothing"),
        pytest.param(A & B, "", (A, B), id="both"),
        pytest.param(A & B, "a", (B,), id="the other one"),
        pytest.param(A | B, "", (A,), id="the first of two ways"),
        pytest.param((A & B) | C, "", (C,), id="the shortest way"),
        pytest.param((A & B) | C, "a", (B,), id="the first of the ways that are equally short"),
        pytest.param(A & (B | A), "", (A,), id="what is needed anyway is enough for the choice"),
        pytest.param((A | B) & (B | C), "", (B,), id="one condition for two choices"),
        pytest.param((A | B) & (C | ~~A), "", (A, C), id="a negation is not looked into"),
        pytest.param(A | Scope("r"), "", (Scope("r"),), id="a scope can be asked for"),
        pytest.param(A | Acr("2") | Scope("r"), "", (Scope("r"),), id="which is easier than to sign in again"),
        pytest.param(A | Amr("mfa") | SignedInWithin(30), "", (SignedInWithin(30),), id="a sign-in is in reach"),
        pytest.param(A | Scope("r") & Scope("w"), "", (A,), id="but fewer conditions come first"),
        pytest.param((A & B) | (A & Scope("r")), "", (A, B), id="half a remedy is none"),
        pytest.param(
            (A | Scope("r")) & (B | Scope("w")), "", (Scope("r"), Scope("w")), id="one remedy for the whole rule"
        ),
        pytest.param((A & B) | (B & A), "", (A, B), id="one choice in two orders"),
        pytest.param(A & (A | B), "", (A,), id="the same condition once"),
        pytest.param(~A, "a", (~A,), id="what is too much"),
        pytest.param(~(A & B), "ab", (~(A & B),), id="a negation is one condition"),
    ],
)
def test_what_is_unmet(rule: Rule, groups: str, unmet: tuple[Rule, ...]) -> None:
    """As few conditions as lead to a yes are told, those that are met left out."""
    assert unmet == rule.unmet(principal(groups=groups), NOW)


GRANTS: dict[Rule, dict[str, Anything]] = {
    Group("a"): {"groups": {"a"}},
    Group("b", "c"): {"groups": {"b"}},
    Scope("r"): {"scopes": {"r"}},
    Scope("w", "r"): {"scopes": {"w"}},
    Client("c2"): {"client": "c2"},
    Claim("custom:x", equals="a"): {"claims": {"custom:x": "a"}},
    Claim("custom:x", one_of=["a", 1]): {"claims": {"custom:x": "a"}},
    Amr("mfa"): {"claims": {"amr": ("mfa",)}},
    Acr("urn:cognito:loa:2"): {"claims": {"acr": "urn:cognito:loa:3"}},
    Acr("urn:cognito:loa:3"): {"claims": {"acr": "urn:cognito:loa:3"}},
    SignedInWithin(30): {"claims": {"auth_time": NOW - 1}},
    Claim("custom:y", not_equals="a"): {"claims": {"custom:y": "b"}},
    Claim("custom:z", contains=1): {"claims": {"custom:z": (1,)}},
    Claim("custom:v", starts_with="b"): {"claims": {"custom:v": "by"}},
    Claim("custom:w", present=True): {"claims": {"custom:w": ""}},
    IdentityProvider("Okta"): {"groups": {f"{POOL_ID}_Okta"}},
    Issuer("partners"): {"issuer": "partners"},
    ~Client("c3"): {"client": "c2"},
    ~Claim("custom:u", equals="x", default="x"): {"claims": {"custom:u": "y"}},
}
"""Conditions that do not contradict each other, and what whoever is refused for their sake would have to be given."""


@settings(max_examples=150, deadline=None)
@given(
    rule=combined(st.sampled_from(sorted(GRANTS, key=str))),
    groups=st.frozensets(st.sampled_from("abc")),
    scopes=st.frozensets(st.sampled_from("rw")),
)
def test_granting_what_is_unmet_is_enough(rule: Rule, groups: frozenset[str], scopes: frozenset[str]) -> None:
    """Each clause of `unmet` is unmet, there is none just when the rule holds, and who is given them all may pass."""
    who = principal(groups=groups, scopes=scopes, client="c3")
    unmet = rule.unmet(who, NOW)
    assert rule.holds(who, NOW) is (not unmet)
    assert not any(clause.holds(who, NOW) for clause in unmet)
    client, issuer, claims = "c3", "staff", dict[str, Anything]()
    for clause in unmet:
        grant = GRANTS[clause]
        groups |= grant.get("groups", frozenset())
        scopes |= grant.get("scopes", frozenset())
        client = grant.get("client", client)
        issuer = grant.get("issuer", issuer)
        claims |= grant.get("claims", {})
    assert rule.holds(principal(claims, groups=groups, scopes=scopes, client=client, issuer=issuer), NOW)


def met_by(rule: Rule, clauses: frozenset[Rule], who: Principal) -> bool:
    """Whether *rule* holds when *clauses* do."""
    if rule in clauses:
        return True
    if isinstance(rule, All):
        return all(met_by(part, clauses, who) for part in rule.rules)
    return any(met_by(part, clauses, who) for part in rule.rules) if isinstance(rule, Any) else rule.holds(who, NOW)


@settings(max_examples=100, deadline=None)
@given(
    rule=combined(st.sampled_from([A, B, C, Scope("r"), Scope("w"), ~B])), groups=st.frozensets(st.sampled_from("ab"))
)
def test_nothing_less_is_enough(rule: Rule, groups: frozenset[str]) -> None:
    """No smaller choice of conditions would meet the rule."""
    who = principal(groups=groups)
    unmet = rule.unmet(who, NOW)
    assert met_by(rule, frozenset(unmet), who)
    clauses = {A, B, C, Scope("r"), Scope("w"), ~B}
    for size in range(len(unmet)):
        assert not any(met_by(rule, frozenset(chosen), who) for chosen in combinations(clauses, size))


def test_a_rule_of_very_many_ways_is_explained_in_time() -> None:
    """Of more ways than can be looked at, a short one is told: two to the sixtieth here."""
    rule = All(*(Group(f"a{number}") | Group(f"b{number}") for number in range(60)))
    unmet = rule.unmet(principal(), NOW)
    assert 60 == len(unmet)
    assert rule.holds(principal(groups=[name for clause in unmet for name in getattr(clause, "names", ())]), NOW)


# -- How long an answer holds ------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    rule=combined(st.sampled_from([A, SignedInWithin(30), SignedInWithin(90), SignedInWithin(900)])),
    age=st.integers(0, 1_000),
    later=st.floats(0, 2_000),
)
def test_an_answer_holds_until_it_says(rule: Rule, age: int, later: float) -> None:
    """Before `until` the answer is the same, as the clock moves; and `until` lies ahead."""
    who = principal({"auth_time": NOW - age}, groups="a")
    until = rule.until(who, NOW)
    assert until > NOW
    if NOW + later < until:
        assert rule.holds(who, NOW) is rule.holds(who, NOW + later)


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        pytest.param(A, float("inf"), id="no condition on time"),
        pytest.param(SignedInWithin(90), NOW + 30, id="one"),
        pytest.param(SignedInWithin(90) & SignedInWithin(900), NOW + 30, id="the earlier of two"),
        pytest.param(A | SignedInWithin(900), NOW + 840, id="one of two ways"),
        pytest.param(SignedInWithin(30), float("inf"), id="what is over stays over"),
        pytest.param(~A, float("inf"), id="a negation"),
    ],
)
def test_until_when_an_answer_holds(rule: Rule, until: float) -> None:
    """An answer is over when the first sign-in that it counts on gets too old; sixty seconds of it are gone here."""
    assert until == rule.until(principal(), NOW)


# -- How a rule reads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(A & B, "needs group a and needs group b", id="and"),
        pytest.param(A | B, "needs group a or needs group b", id="or"),
        pytest.param((A | B) & C, "(needs group a or needs group b) and needs group c", id="or in and"),
        pytest.param(A & B | C, "needs group a and needs group b or needs group c", id="and in or"),
        pytest.param(~A, "must not meet: needs group a", id="not"),
        pytest.param(AUTHENTICATED, "needs a token", id="authenticated"),
        pytest.param(PUBLIC, "open to all", id="public"),
        pytest.param(Role("admin"), "needs role admin", id="role"),
    ],
)
def test_a_rule_reads_as_a_requirement(rule: Rule, text: str) -> None:
    """Logs show what is needed, in words and in no order of chance."""
    assert text == str(rule)
    assert text == repr(rule)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        pytest.param({"a"}, "a", id="one"),
        pytest.param({"b", "a"}, "any of [a, b]", id="two"),
        pytest.param(("w", "r"), "any of [r, w]", id="a tuple"),
    ],
)
def test_a_choice_of_names_is_in_order(names: Anything, text: str) -> None:
    """A set has no order, a message does."""
    assert text == any_of(names)


def test_a_negation_is_told_from_its_rule() -> None:
    """`~` makes a Not of the very rule."""
    assert Not(A) == ~A
    assert (A,) == (~A).parts
