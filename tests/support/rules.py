"""Rules and principals at random: of every kind of condition, as deep as they go, over few values so that they meet."""

from __future__ import annotations

from typing import Any as Anything

from hypothesis import strategies as st

from cogauth import (
    AUTHENTICATED,
    MACHINE,
    PERSON,
    Acr,
    Amr,
    Claim,
    Client,
    Group,
    IdentityProvider,
    Issuer,
    Principal,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)
from cogauth.rules import All, Any
from tests.support.principals import principal
from tests.support.tokens import ABSENT, NOW, POOL_ID

SCALARS: list[Anything] = ["a", "b", "", "1", 1, 0, True, False, 1.0, 0.0, -0.0, 0.5, 10**19 - 1, -(2**63)]
"""What differs from each other, though to Python some of it is equal."""

_NAMES = ["custom:x", "custom:y", "amr"]
_LEVELS = ["urn:cognito:loa:1", "urn:cognito:loa:3", "urn:else"]


def _some(values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def _claims(default: st.SearchStrategy[dict[str, Anything]]) -> st.SearchStrategy[Rule]:
    one, texts = st.sampled_from(SCALARS), st.sampled_from("ab")
    tests = st.one_of(
        st.fixed_dictionaries({"equals": one}),
        st.fixed_dictionaries({"not_equals": one}),
        st.fixed_dictionaries({"one_of": st.lists(one, min_size=1, max_size=5)}),
        st.fixed_dictionaries({"contains": one}),
        st.fixed_dictionaries({"starts_with": texts}),
        st.just({"present": True}),
    )

    def claim(name: str, test: dict[str, Anything], more: dict[str, Anything]) -> Rule:
        return Claim(name, **test, **more)

    return st.builds(claim, st.sampled_from(_NAMES), tests, default)


_DEFAULTS = st.one_of(
    st.sampled_from(SCALARS).map(lambda value: {"default": value}),
    st.lists(st.sampled_from(SCALARS), max_size=2).map(lambda value: {"default": value}),
)

# Conditions on what is always known, or with a word on its absence.
_CERTAIN = st.one_of(
    _some("abc").map(lambda names: Group(*names)),
    _some("rw").map(lambda names: Scope(*names)),
    st.sampled_from([Client("c1"), Client("c1", "c2"), Issuer("staff"), Issuer("staff", "partners")]),
    st.sampled_from([TokenUse("access"), TokenUse("id"), MACHINE, PERSON, AUTHENTICATED]),
    st.builds(Acr, st.sampled_from(_LEVELS), default=st.sampled_from(_LEVELS)),
    st.builds(Amr, st.sampled_from(["mfa", "pwd"]), default=st.sampled_from([(), ("mfa",)])),
    st.builds(IdentityProvider, st.sampled_from(["Okta", "Google"]), default=st.sampled_from([(), ("Okta",)])),
    _claims(_DEFAULTS),
)

_SILENT = st.one_of(
    st.sampled_from(_LEVELS).map(Acr),
    st.sampled_from([Amr("mfa"), Amr("mfa", "pwd"), SignedInWithin(30), SignedInWithin(90), SignedInWithin(900)]),
    st.sampled_from([IdentityProvider("Okta"), IdentityProvider("Okta", "Google")]),
    _claims(st.just({})),
)


def _grown(leaves: st.SearchStrategy[Rule], *, negated: bool) -> st.SearchStrategy[Rule]:
    def grow(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
        several = st.lists(rules, min_size=1, max_size=5)
        grown = [several.map(lambda parts: All(*parts)), several.map(lambda parts: Any(*parts))]
        return st.one_of(*grown, rules.map(lambda rule: ~rule)) if negated else st.one_of(*grown)

    return st.recursive(leaves, grow, max_leaves=12)


NEGATABLE = _grown(_CERTAIN, negated=True)
POSITIVE = _grown(st.one_of(_CERTAIN, _SILENT), negated=False)
RULES = _grown(st.one_of(_SILENT, NEGATABLE), negated=False)
"""Any rule: a negation has no silent condition in it."""

_SAID: st.SearchStrategy[Anything] = st.one_of(
    st.sampled_from([*SCALARS, None, "ab"]),
    st.lists(st.sampled_from(SCALARS), max_size=3).map(tuple),
    st.just(({"a": 1},)),
    st.just({"a": 1}),
)

_CLAIMS = st.fixed_dictionaries(
    {
        "auth_time": st.sampled_from([ABSENT, NOW - 1_000, NOW - 500, NOW - 60, NOW - 10]),
        "username": st.sampled_from(["ana", "ben", ABSENT]),
        "acr": st.sampled_from([ABSENT, *_LEVELS]),
        "amr": st.sampled_from([ABSENT, (), ("pwd",), ("pwd", "mfa")]),
        "custom:x": st.one_of(st.just(ABSENT), _SAID),
        "custom:y": st.one_of(st.just(ABSENT), _SAID),
    }
)
_IDENTITIES = st.one_of(
    st.just(ABSENT),
    st.lists(st.sampled_from(["Okta", "Google", None, 5]), max_size=2).map(
        lambda names: tuple({"providerName": name} for name in names)
    ),
)


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    """Principals of access and ID tokens, of two issuers."""
    claims = draw(_CLAIMS)
    groups = draw(st.frozensets(st.sampled_from([*"abc", f"{POOL_ID}_Okta", f"{POOL_ID}_Google"])))
    scopes = draw(st.frozensets(st.sampled_from("rw")))
    client = draw(st.sampled_from(["c1", "c2"]))
    if draw(st.booleans()):
        claims |= {
            "token_use": "id",
            "aud": client,
            "client_id": ABSENT,
            "cognito:username": claims["username"],
            "username": ABSENT,
            "identities": draw(_IDENTITIES),
        }
    return principal(
        claims, groups=groups, scopes=scopes, client=client, issuer=draw(st.sampled_from(["staff", "partners"]))
    )
