"""What a provider's token must say, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cogauth import OIDCIssuer, Principal
from cogauth._strict import json_object
from cogauth.claims import accept
from cogauth.errors import BadClaim, Expired, MalformedToken, NotYetValid, TokenError, WrongAudience
from tests.support.claim_cases import NOT_INTEGERS, NOT_NAMES, NOT_STRINGS
from tests.support.providers import API, PROVIDER, provider_claims
from tests.support.tokens import ABSENT, NOW, Changes

OTHER_API = "https://other.example.com"


def accepted(changes: Changes | None = None, typ: str = "", leeway: float = 0, **options: Any) -> Principal:
    """The principal of a provider's claims, changed; *options* are the provider's."""
    options = {"audience": {API}, **options}
    issuer = OIDCIssuer(PROVIDER, **options)
    return accept(json_object(json.dumps(provider_claims(changes)).encode()), (issuer,), PROVIDER, NOW, leeway, typ)


@dataclass(frozen=True)
class Refusal:
    """What changes of a good token's claims, and the refusal that must come."""

    error: type[TokenError]
    reason: str
    changes: Changes = field(default_factory=dict[str, object])
    typ: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


ACCESS = {"token_use": "access"}
ID = {"token_use": "id"}
BOTH = {"audience": {API, "web"}}
GROUPS = {"groups_claim": "groups"}

REFUSALS: dict[str, Refusal] = {
    # Use.
    **{
        f"an access token of typ {typ!r}": Refusal(MalformedToken, "header.typ", typ=typ, options=ACCESS)
        for typ in ("", "jwt", "id+jwt", "at", "at+jwt ", "application/jwt", "at+jwt; charset=utf-8", "x/at+jwt")
    },
    **{
        f"an ID token of typ {typ!r}": Refusal(MalformedToken, "header.typ", typ=typ, options=ID)
        for typ in ("at+jwt", "application/at+jwt")
    },
    "an access token by its claims alone": Refusal(
        MalformedToken, "header.typ", {"token_use": "access", "client_id": "web", "scope": "read"}, options=ACCESS
    ),
    # Audience.
    "no aud": Refusal(BadClaim, "claims.aud_missing", {"aud": ABSENT}),
    "client_id in place of aud": Refusal(BadClaim, "claims.aud_missing", {"aud": ABSENT, "client_id": API}),
    "azp in place of aud": Refusal(BadClaim, "claims.aud_missing", {"aud": ABSENT, "azp": API}),
    **{
        f"aud {value!r}": Refusal(BadClaim, "claims.aud_type", {"aud": value})
        for value in (None, 5, True, "", [], [""], [API, ""], [API, None], [[API]], {API: 1})
    },
    **{
        f"aud of another: {value!r}": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": value})
        for value in (
            OTHER_API,
            [OTHER_API],
            [OTHER_API, "web"],
            f"{API}/",
            f"{API} ",
            API.upper(),
            API[:-1],
            f"{API},{OTHER_API}",
            f"{API} {OTHER_API}",
            "*",
        )
    },
    # The party that it was issued to.
    **{f"azp {name}": Refusal(BadClaim, "claims.azp", {"azp": value}) for name, value in NOT_STRINGS.items()},
    "two audiences and no azp": Refusal(WrongAudience, "claims.azp", {"aud": [API, OTHER_API]}),
    "two audiences and an empty azp": Refusal(WrongAudience, "claims.azp", {"aud": [API, OTHER_API], "azp": ""}),
    "two audiences and another's azp": Refusal(
        WrongAudience, "claims.azp", {"aud": [API, OTHER_API], "azp": OTHER_API}
    ),
    "two audiences and client_id": Refusal(WrongAudience, "claims.azp", {"aud": [API, "web"], "client_id": API}),
    "two audiences, both known, and no azp": Refusal(WrongAudience, "claims.azp", {"aud": [API, "web"]}, options=BOTH),
    # Bound to a key, or delegated.
    **{
        f"cnf {value!r}": Refusal(BadClaim, "claims.cnf", {"cnf": value})
        for value in (None, {}, {"jkt": "x"}, "x", False)
    },
    **{
        f"act {value!r}": Refusal(BadClaim, "claims.act", {"act": value})
        for value in (None, {}, {"sub": "x"}, "x", False)
    },
    "an access token bound to a key": Refusal(BadClaim, "claims.cnf", {"cnf": {"jkt": "x"}}, "at+jwt"),
    # Subject, groups and the rest.
    "no sub": Refusal(BadClaim, "claims.sub_type", {"sub": ABSENT}),
    **{f"sub {name}": Refusal(BadClaim, "claims.sub_type", {"sub": value}) for name, value in NOT_STRINGS.items()},
    **{
        f"sub {value[:5]!r}": Refusal(BadClaim, "claims.sub_invalid", {"sub": value})
        for value in ("", "u" * 256, "a\nb", "a\0", "\x85")
    },
    **{
        f"groups {name}": Refusal(BadClaim, "claims.groups_type", {"groups": value}, options=GROUPS)
        for name, value in {**NOT_NAMES, "nested": [["admin"]], "true": True, "mixed": ["admin", 5]}.items()
    },
    **{
        f"{claim} {name}": Refusal(BadClaim, f"claims.{claim.partition('_')[0]}_type", {claim: value})
        for claim in ("scope", "jti", "acr", "client_id")
        for name, value in NOT_STRINGS.items()
    },
    **{f"amr {name}": Refusal(BadClaim, "claims.amr_type", {"amr": value}) for name, value in NOT_NAMES.items()},
    # Times.
    "no exp": Refusal(BadClaim, "claims.exp_missing", {"exp": ABSENT}),
    "no iat": Refusal(BadClaim, "claims.iat_missing", {"iat": ABSENT}),
    **{
        f"{claim} {name}": Refusal(BadClaim, f"claims.{claim}_type", {claim: value})
        for claim in ("exp", "iat", "nbf")
        for name, value in NOT_INTEGERS.items()
    },
    "expired": Refusal(Expired, "claims.expired", {"exp": NOW, "iat": NOW - 60}),
    "not yet": Refusal(NotYetValid, "claims.not_yet_valid", {"nbf": NOW + 1}),
    "issued ahead": Refusal(NotYetValid, "claims.iat_future", {"iat": NOW + 301}),
    "signed in ahead": Refusal(BadClaim, "claims.auth_time", {"auth_time": NOW + 301}),
    "longer than a month": Refusal(BadClaim, "claims.lifetime_implausible", {"exp": NOW + 31 * 86_400 + 1}),
    "longer than was said": Refusal(
        BadClaim, "claims.lifetime_implausible", {"exp": NOW + 601}, options={"max_lifetime": 600}
    ),
    "issued long ago": Refusal(BadClaim, "claims.lifetime_implausible", {"iat": 1}),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_claims_are_refused(case: Refusal) -> None:
    """With the class that says who errs, and a reason of its own."""
    with pytest.raises(TokenError) as caught:
        accepted(case.changes, case.typ, **case.options)
    assert (case.error, case.reason) == (type(caught.value), caught.value.reason)


def test_what_a_token_says() -> None:
    """Everything is where it is looked for; there is no name for logs and no session, as in a user pool."""
    changes = {
        "azp": "web",
        "scope": "read write",
        "groups": ["editors"],
        "cognito:groups": ["admins"],
        "cognito:username": "ana",
        "username": "ana",
        "identities": "x",
        "origin_jti": "o",
        "auth_time": NOW - 5,
        "jti": "j",
        "acr": "gold",
        "amr": ["pwd"],
    }
    principal = accepted(changes, groups_claim="groups", acr_levels=["bronze", "gold"], name="provider")
    expected: dict[str, object] = {
        "subject": "u-1",
        "username": None,
        "client_id": "web",
        "token_use": "id",
        "issuer": PROVIDER,
        "issuer_name": "provider",
        "groups": frozenset({"editors"}),
        "scopes": frozenset({"read", "write"}),
        "audience": frozenset({API}),
        "issued_at": NOW,
        "expires_at": NOW + 3_600,
        "auth_time": NOW - 5,
        "token_id": "j",
        "session_id": None,
        "acr": "gold",
        "acr_levels": ("bronze", "gold"),
        "amr": frozenset({"pwd"}),
        "actor": None,
        "identities": (),
        "is_machine": False,
        "claims": json_object(json.dumps(provider_claims(changes)).encode()),
        "memo": {},
    }
    assert expected == {name: getattr(principal, name) for name in principal.__struct_fields__}


def test_what_a_token_does_not_say_is_empty() -> None:
    """None, or an empty set."""
    principal = accepted()
    assert (None, None, None) == (principal.auth_time, principal.token_id, principal.acr)
    assert (frozenset(), frozenset(), frozenset()) == (principal.groups, principal.scopes, principal.amr)


@pytest.mark.parametrize(
    ("typ", "options", "use"),
    [
        ("", {}, "id"),
        ("jwt", {}, "id"),
        ("at+jwt", {}, "access"),
        ("application/at+jwt", {}, "access"),
        ("at+jwt", ACCESS, "access"),
        ("application/at+jwt", ACCESS, "access"),
        ("", ID, "id"),
        ("jwt", ID, "id"),
    ],
)
def test_the_type_tells_the_use(typ: str, options: Mapping[str, Any], use: str) -> None:
    """RFC 9068 section 2.1: and no claim does."""
    assert use == accepted({"token_use": "access" if use == "id" else "id"}, typ, **options).token_use


@pytest.mark.parametrize(
    ("changes", "typ", "audience"),
    [
        pytest.param({"aud": [API]}, "", {API}, id="a list of one"),
        pytest.param({"aud": API, "azp": "mobile"}, "", {API}, id="one audience, another party"),
        pytest.param({"aud": [API, OTHER_API], "azp": API}, "", {API, OTHER_API}, id="two, and the party is known"),
        pytest.param({"aud": [API, OTHER_API]}, "at+jwt", {API, OTHER_API}, id="an access token for two resources"),
        pytest.param({"aud": [API, API]}, "", {API}, id="the same twice"),
    ],
)
def test_an_audience_is_accepted(changes: Changes, typ: str, audience: set[str]) -> None:
    """A string or a list, of which one is known; of an ID token for several, it is the party that is asked."""
    assert audience == accepted(changes, typ).audience


@pytest.mark.parametrize(
    ("changes", "typ", "client"),
    [
        pytest.param({}, "", API, id="the one audience"),
        pytest.param({"azp": "web"}, "", "web", id="the party"),
        pytest.param({"azp": "web", "client_id": "mobile"}, "", "mobile", id="client_id before azp"),
        pytest.param({"client_id": "mobile"}, "at+jwt", "mobile", id="an access token's client_id"),
        pytest.param({"aud": [API, OTHER_API]}, "at+jwt", "", id="nobody's"),
    ],
)
def test_whose_token_it_is(changes: Changes, typ: str, client: str) -> None:
    """The client that it was issued to, as far as it says."""
    assert client == accepted(changes, typ).client_id


@pytest.mark.parametrize(
    ("changes", "typ", "machine"),
    [
        pytest.param({"sub": "job", "client_id": "job"}, "at+jwt", True, id="a client by itself"),
        pytest.param({"sub": "job", "azp": "job"}, "at+jwt", True, id="a client by itself, as azp"),
        pytest.param({"sub": "job", "client_id": "job"}, "", False, id="in an ID token"),
        pytest.param({"sub": "u-1", "client_id": "job"}, "at+jwt", False, id="a user through a client"),
        pytest.param({"sub": "Job", "client_id": "job"}, "at+jwt", False, id="another in capitals"),
        pytest.param({"aud": [API, OTHER_API]}, "at+jwt", False, id="of no client"),
    ],
)
def test_a_machine_is_a_client_by_itself(changes: Changes, typ: str, *, machine: bool) -> None:
    """RFC 9068 section 2.2."""
    assert machine == accepted(changes, typ).is_machine


@pytest.mark.parametrize(
    ("claim", "value", "groups"),
    [
        pytest.param(None, ["admins"], set[str](), id="no claim is named"),
        pytest.param("groups", ["admins", "a,b", "a b", ""], {"admins", "a,b", "a b", ""}, id="element by element"),
        pytest.param("groups", [], set[str](), id="an empty list"),
        pytest.param("groups", ABSENT, set[str](), id="absent"),
        pytest.param("roles", ["admins"], set[str](), id="another claim"),
    ],
)
def test_groups_are_those_of_the_claim_that_is_named(claim: str | None, value: object, groups: set[str]) -> None:
    """And of no other, whatever it is called elsewhere."""
    assert groups == accepted({"groups": value, "cognito:groups": ["admins"]}, groups_claim=claim).groups


@pytest.mark.parametrize(
    ("changes", "leeway", "options"),
    [
        pytest.param({"exp": NOW + 31 * 86_400}, 0, {}, id="a month"),
        pytest.param({"exp": NOW + 366 * 86_400}, 0, {"max_lifetime": 366 * 86_400}, id="a year, where it is said"),
        pytest.param({"exp": NOW + 600}, 0, {"max_lifetime": 600}, id="as long as is said"),
        pytest.param({"exp": NOW, "iat": NOW - 60}, 1, {}, id="within the leeway"),
        pytest.param({"nbf": NOW}, 0, {}, id="valid from now"),
        pytest.param({"iat": NOW + 300}, 0, {}, id="of a clock that is ahead"),
    ],
)
def test_times_that_will_do(changes: Changes, leeway: float, options: Mapping[str, Any]) -> None:
    """To the second."""
    assert "u-1" == accepted(changes, leeway=leeway, **options).subject
