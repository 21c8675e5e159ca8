"""Claims: what a verified token must say to become a principal, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from cogauth import ANY_CLIENT, Principal, UserPool
from cogauth._strict import JSON, json_object
from cogauth.claims import accept
from cogauth.claims.common import MAX_AHEAD
from cogauth.claims.user_pool import MAX_LIFETIME
from cogauth.errors import TokenError
from tests.support.claim_cases import API, BOUND, DELEGATED, ID, REFUSALS, Refusal
from tests.support.tokens import ABSENT, CLIENT, ISSUER, NOW, Changes, access_claims, id_claims, pinned


def frozen(claims: Mapping[str, object]) -> Mapping[str, JSON]:
    """Claims as they come out of a token."""
    return json_object(json.dumps(claims).encode())


def accepted(claims: Mapping[str, object], *pools: UserPool, now: float = NOW, leeway: float = 0) -> Principal:
    return accept(frozen(claims), pools or (pinned(),), ISSUER, now, leeway)


def reason(claims: Mapping[str, object], *pools: UserPool, now: float = NOW, leeway: float = 0) -> str | None:
    """Why claims are refused; None if they are not."""
    try:
        accepted(claims, *pools, now=now, leeway=leeway)
    except TokenError as error:
        return error.reason
    return None


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_claims_are_refused(case: Refusal) -> None:
    """With the class that says who errs, and a reason of its own."""
    with pytest.raises(TokenError) as caught:
        accepted(case.claims, pinned(**case.pool))
    assert (case.error, case.reason) == (type(caught.value), caught.value.reason)


# -- What becomes of them ----------------------------------------------------------------------------------------------


def test_a_persons_access_token() -> None:
    """Everything that it says is where the documentation puts it."""
    claims = access_claims({"acr": "urn:cognito:loa:2", "amr": ["pwd", "mfa"], "custom:x": {"y": [1]}})
    principal = accepted(claims, pinned(name="staff"))
    expected: dict[str, object] = {
        "subject": "2688e2f5-0297-4b74-8f72-013663f61200",
        "username": "ana",
        "client_id": CLIENT,
        "token_use": "access",
        "issuer": ISSUER,
        "issuer_name": "staff",
        "groups": frozenset({"editors"}),
        "scopes": frozenset({"openid", "orders/read"}),
        "audience": frozenset[str](),
        "issued_at": NOW,
        "expires_at": NOW + 3600,
        "auth_time": NOW,
        "token_id": "d044678d-9ff7-48a1-8f28-00c663f61789",
        "session_id": "ab17fc9d-20db-4bb4-8e97-1c86cfd563f6",
        "acr": "urn:cognito:loa:2",
        "acr_levels": ("urn:cognito:loa:1", "urn:cognito:loa:2", "urn:cognito:loa:3", "urn:cognito:loa:4"),
        "amr": frozenset({"pwd", "mfa"}),
        "actor": None,
        "identities": (),
        "is_machine": False,
        "claims": frozen(claims),
        "memo": {},
    }
    assert expected == {name: getattr(principal, name) for name in principal.__struct_fields__}


def test_a_persons_id_token() -> None:
    """Its client is its audience, its name the prefixed one, and what it calls scopes is nobody's business."""
    identity = {"userId": "7", "providerName": "Google"}
    principal = accepted(
        id_claims({"identities": [identity], "scope": "orders/write", "username": "bo"}), pinned(token_use="id")
    )
    assert ("id", "ana", CLIENT, frozenset({CLIENT})) == (
        principal.token_use,
        principal.username,
        principal.client_id,
        principal.audience,
    )
    assert (identity,) == principal.identities
    assert frozenset() == principal.scopes
    assert not principal.is_machine


MACHINE = dict.fromkeys(("username", "cognito:groups", "origin_jti"), ABSENT) | {"sub": CLIENT}


@pytest.mark.parametrize(
    ("claims", "machine"),
    [
        pytest.param(access_claims(MACHINE), True, id="a client by itself"),
        pytest.param(access_claims({"sub": CLIENT}), False, id="a user named as a client is"),
        pytest.param(id_claims({"cognito:username": ABSENT}), False, id="an ID token without a name"),
    ],
)
def test_a_machine_is_an_access_token_without_a_user(claims: Mapping[str, object], *, machine: bool) -> None:
    """The client credentials grant has no user, and so no username."""
    principal = accepted(claims, pinned(token_use="any"))
    assert machine == principal.is_machine
    assert (None if "username" not in claims else "ana") == principal.username


def test_what_a_token_does_not_say_is_empty() -> None:
    """A machine's token says the least: None, an empty set or an empty tuple stand for the rest."""
    absent = dict.fromkeys(("auth_time", "jti", "scope"), ABSENT)
    principal = accepted(access_claims({**MACHINE, **absent}))
    assert (None, None, None, None, None, None) == (
        principal.username,
        principal.auth_time,
        principal.token_id,
        principal.session_id,
        principal.acr,
        principal.actor,
    )
    assert (frozenset(),) * 4 == (principal.groups, principal.scopes, principal.amr, principal.audience)
    assert () == principal.identities


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("", set[str]()),
        (" ", set[str]()),
        ("a", {"a"}),
        ("a b a", {"a", "b"}),
        ("  a  b ", {"a", "b"}),
        ("A a", {"A", "a"}),
        ("a\u2003b", {"a\u2003b"}),
        ("a\u00a0b", {"a\u00a0b"}),
        ("a\tb\x1cc\nd", {"a\tb\x1cc\nd"}),
        ("a,b", {"a,b"}),
    ],
    ids=ascii,
)
def test_scopes_are_split_at_spaces_only(scope: str, scopes: set[str]) -> None:
    """Any other character is part of a scope, white space of other alphabets included (RFC 6749 section 3.3)."""
    assert scopes == accepted(access_claims({"scope": scope})).scopes


@pytest.mark.parametrize("groups", [[], ["a"], ["a,b", "A", "a "], ["[admin]"], ["", "\uff41", "a\0"]], ids=ascii)
def test_groups_are_taken_element_by_element(groups: list[str]) -> None:
    """Nothing is split, trimmed, folded or left out."""
    assert set(groups) == accepted(access_claims({"cognito:groups": groups})).groups


@pytest.mark.parametrize(("count", "refused"), [(256, False), (257, True)])
def test_groups_and_scopes_have_a_limit(count: int, *, refused: bool) -> None:
    """As many as may be are taken, every one of them; one more ends the token."""
    names = [f"n{number}" for number in range(count)]
    groups, scope = access_claims({"cognito:groups": names}), access_claims({"scope": " ".join(names)})
    expected = ("claims.groups_limit", "claims.scope_limit") if refused else (None, None)
    assert expected == (reason(groups), reason(scope))
    if not refused:
        assert set(names) == accepted(groups).groups == accepted(scope).scopes


@pytest.mark.parametrize(
    "sub", ["u", "u" * 255, " admin", "ADMIN", "\uff41dmin", "admin\u200b", "\u202enimda", "Ana Müller"], ids=ascii
)
def test_a_name_is_taken_as_it_is(sub: str) -> None:
    """Two names that look alike are two."""
    principal = accepted(access_claims({"sub": sub, "username": sub}))
    assert (sub, sub) == (principal.subject, principal.username)


@pytest.mark.parametrize(
    ("changes", "now", "leeway", "expected"),
    [
        pytest.param({"exp": NOW + 1}, NOW, 0, None, id="a second left"),
        pytest.param({"exp": NOW}, NOW - 0.001, 0, None, id="an instant left"),
        pytest.param({"exp": NOW}, NOW, 0, "claims.expired", id="no time left"),
        pytest.param({"exp": NOW}, NOW + 59.9, 60, None, id="an instant of leeway left"),
        pytest.param({"exp": NOW}, NOW + 60, 60, "claims.expired", id="no leeway left"),
        pytest.param({"nbf": NOW}, NOW, 0, None, id="its time has just come"),
        pytest.param({"nbf": NOW}, NOW - 0.001, 0, "claims.not_yet_valid", id="its time has not quite come"),
        pytest.param({"nbf": NOW}, NOW - 60, 60, None, id="within the leeway"),
        pytest.param({"nbf": NOW}, NOW - 61, 60, "claims.not_yet_valid", id="before the leeway"),
        pytest.param({"nbf": 0}, NOW, 0, None, id="long valid"),
        pytest.param({"iat": NOW}, NOW - MAX_AHEAD, 0, None, id="issued as far ahead as may be"),
        pytest.param({"iat": NOW}, NOW - MAX_AHEAD - 1, 300, "claims.iat_future", id="issued ahead, despite leeway"),
        pytest.param({"iat": NOW - MAX_LIFETIME + 3600}, NOW, 0, None, id="the longest life"),
        pytest.param({"iat": NOW - MAX_LIFETIME + 3599}, NOW, 300, "claims.lifetime_implausible", id="a longer one"),
        pytest.param({"auth_time": 1}, NOW, 0, None, id="signed in long ago"),
        pytest.param({"auth_time": NOW + MAX_AHEAD}, NOW, 0, None, id="signed in as far ahead as may be"),
        pytest.param({"auth_time": ABSENT}, NOW, 0, None, id="signed in who knows when"),
    ],
)
def test_times_to_the_second(changes: Changes, now: float, leeway: float, expected: str | None) -> None:
    """`exp` is the first moment of refusal (RFC 7519 section 4.1.4), `nbf` the first of acceptance."""
    assert expected == reason(
        access_claims({"iat": NOW - 600, "auth_time": NOW - 600, **changes}), now=now, leeway=leeway
    )


@pytest.mark.parametrize(
    ("claims", "pool", "audience"),
    [
        pytest.param(access_claims(), pinned(), set[str](), id="bound to nothing"),
        pytest.param(access_claims({"aud": CLIENT}), pinned(), {CLIENT}, id="bound to its own client"),
        pytest.param(access_claims({"aud": [CLIENT]}), pinned(), {CLIENT}, id="bound to its own client, in an array"),
        pytest.param(access_claims({"aud": API}), pinned(**BOUND), {API}, id="bound to us"),
        pytest.param(access_claims({"aud": ["x", API]}), pinned(**BOUND), {"x", API}, id="bound to us and another"),
        pytest.param(access_claims({"aud": "y"}), pinned(audience=["x", "y"]), {"y"}, id="bound to one of us"),
        pytest.param(id_claims(), pinned(**ID), {CLIENT}, id="an ID token"),
        pytest.param(
            access_claims({"client_id": "c2"}), pinned(clients=ANY_CLIENT), set[str](), id="anybody's access token"
        ),
        pytest.param(
            id_claims({"aud": "c2"}), pinned(clients=ANY_CLIENT, token_use="any"), {"c2"}, id="anybody's ID token"
        ),
    ],
)
def test_an_audience_is_accepted(claims: Mapping[str, object], pool: UserPool, audience: set[str]) -> None:
    """An access token is bound to nothing, to itself, or to us (RFC 8707)."""
    assert audience == accepted(claims, pool).audience


def test_a_delegated_token_where_that_is_wanted() -> None:
    """The actor is what `act` says, read-only; without it there is none."""
    actor = {"sub": "agent", "act": {"sub": "its own agent"}}
    principal = accepted(access_claims({"act": actor}), pinned(**DELEGATED))
    assert {"sub": "agent", "act": MappingProxyType({"sub": "its own agent"})} == principal.actor
    assert accepted(access_claims(), pinned(**DELEGATED)).actor is None


def test_claims_are_read_only() -> None:
    """To the bottom, so that no handler changes what the next one sees."""
    principal = accepted(access_claims({"custom:x": {"y": [1]}}))
    assert isinstance(principal.claims, MappingProxyType)
    assert MappingProxyType({"y": (1,)}) == principal.claims["custom:x"]
    assert isinstance(principal.claims["custom:x"], MappingProxyType)


# -- One issuer, several pools -----------------------------------------------------------------------------------------

WEB = pinned(clients={"web"})
SIGN_IN = pinned(clients={"web"}, token_use="id")
MOBILE = pinned(clients={"mobile"}, audience=API)


@pytest.mark.parametrize(
    ("claims", "accepting"),
    [
        pytest.param(access_claims({"client_id": "web"}), WEB, id="the first"),
        pytest.param(id_claims({"aud": "web"}), SIGN_IN, id="the second"),
        pytest.param(access_claims({"client_id": "mobile", "aud": API}), MOBILE, id="the third"),
    ],
)
def test_the_pool_that_accepts_is_chosen(claims: Mapping[str, object], accepting: UserPool) -> None:
    """In whatever order they were given, and however many there are."""
    other = MOBILE if accepting is not MOBILE else WEB
    assert accepted(claims, accepting) == accepted(claims, other, accepting) == accepted(claims, accepting, other)
    assert accepted(claims, accepting) == accepted(claims, WEB, SIGN_IN, MOBILE)
    assert accepted(claims, accepting) == accepted(claims, MOBILE, SIGN_IN, WEB)


@pytest.mark.parametrize("pools", [(WEB, SIGN_IN, MOBILE), (MOBILE, SIGN_IN, WEB), (SIGN_IN, MOBILE, WEB)])
@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param(access_claims({"client_id": "web", "sub": 5}), "claims.sub_type", id="a claim of the one it fits"),
        pytest.param(access_claims({"client_id": "web", "aud": API}), "claims.aud_mismatch", id="its audience"),
        pytest.param(access_claims({"client_id": "mobile"}), "claims.aud_missing", id="another's audience"),
        pytest.param(access_claims({"client_id": "x"}), "claims.client_mismatch", id="no one's client"),
        pytest.param(id_claims({"aud": "mobile"}), "claims.aud_mismatch", id="no one's client for this use"),
        pytest.param(access_claims({"exp": NOW}), "claims.expired", id="no time left for any"),
        pytest.param(access_claims({"token_use": "x"}), "claims.token_use_unknown", id="no use for any"),
    ],
)
def test_the_most_telling_refusal_is_told(
    claims: Mapping[str, object], expected: str, pools: tuple[UserPool, ...]
) -> None:
    """That of the pool which it fits best, in whatever order they were given."""
    assert expected == reason(claims, *pools)


def test_a_use_that_nobody_accepts() -> None:
    """When no pool wants the use, that is the reason."""
    assert "claims.token_use" == reason(id_claims(), WEB, MOBILE)
