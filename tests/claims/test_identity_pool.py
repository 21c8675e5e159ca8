"""What an identity pool's OpenID token must say, and what becomes of it."""

from __future__ import annotations

import json

import pytest

from cogauth import IdentityPool, Principal
from cogauth._strict import json_object
from cogauth.claims import accept
from cogauth.errors import BadClaim, Expired, NotYetValid, TokenError
from tests.support.claim_cases import NOT_INTEGERS, NOT_NAMES, NOT_STRINGS
from tests.support.providers import IDENTITIES, IDENTITY_POOL_ID, identity_claims
from tests.support.tokens import ABSENT, NOW, Changes

POOL = IdentityPool(IDENTITY_POOL_ID, name="guests")


def accepted(changes: Changes | None = None) -> Principal:
    """The principal of an identity pool's claims, changed."""
    return accept(json_object(json.dumps(identity_claims(changes)).encode()), (POOL,), IDENTITIES, NOW, 0)


Case = tuple[type[TokenError], str, Changes]
REFUSALS: dict[str, Case] = {
    "a user pool's access token": (BadClaim, "claims.token_use_unknown", {"token_use": "access"}),
    "a user pool's ID token": (BadClaim, "claims.token_use_unknown", {"token_use": "id"}),
    "token_use null": (BadClaim, "claims.token_use_unknown", {"token_use": None}),
    "token_use empty": (BadClaim, "claims.token_use_unknown", {"token_use": ""}),
    **{
        f"{claim} {value!r}": (BadClaim, f"claims.{claim}", {claim: value})
        for claim in ("cnf", "act")
        for value in (None, {}, {"jkt": "x"}, False)
    },
    "no sub": (BadClaim, "claims.sub_type", {"sub": ABSENT}),
    **{f"sub {name}": (BadClaim, "claims.sub_type", {"sub": value}) for name, value in NOT_STRINGS.items()},
    **{f"sub {value[:5]!r}": (BadClaim, "claims.sub_invalid", {"sub": value}) for value in ("", "u" * 256, "a\nb")},
    **{f"amr {name}": (BadClaim, "claims.amr_type", {"amr": value}) for name, value in NOT_NAMES.items()},
    **{f"jti {name}": (BadClaim, "claims.jti_type", {"jti": value}) for name, value in NOT_STRINGS.items()},
    "no exp": (BadClaim, "claims.exp_missing", {"exp": ABSENT}),
    "no iat": (BadClaim, "claims.iat_missing", {"iat": ABSENT}),
    **{
        f"{claim} {name}": (BadClaim, f"claims.{claim}_type", {claim: value})
        for claim in ("exp", "iat", "nbf")
        for name, value in NOT_INTEGERS.items()
    },
    "expired": (Expired, "claims.expired", {"exp": NOW, "iat": NOW - 600}),
    "issued ahead": (NotYetValid, "claims.iat_future", {"iat": NOW + 301}),
    "not yet": (NotYetValid, "claims.not_yet_valid", {"nbf": NOW + 1}),
    "longer than a day": (BadClaim, "claims.lifetime_implausible", {"exp": NOW + 86_401}),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_claims_are_refused(case: Case) -> None:
    """With the class that says who errs, and a reason of its own."""
    error, reason, changes = case
    with pytest.raises(TokenError) as caught:
        accepted(changes)
    assert (error, reason) == (type(caught.value), caught.value.reason)


def test_what_a_token_says() -> None:
    """An identity of the pool, and how it came to be; it has no groups and no scopes, whatever it says of them."""
    changes = {"cognito:groups": ["admins"], "scope": "write", "jti": "j", "acr": "gold", "auth_time": NOW}
    principal = accepted(changes)
    expected: dict[str, object] = {
        "subject": "eu-west-1:0a1b2c3d-1111-4111-8111-0a1b2c3d1111",
        "username": None,
        "client_id": IDENTITY_POOL_ID,
        "token_use": "id",
        "issuer": IDENTITIES,
        "issuer_name": "guests",
        "groups": frozenset(),
        "scopes": frozenset(),
        "audience": frozenset({IDENTITY_POOL_ID}),
        "issued_at": NOW,
        "expires_at": NOW + 600,
        "auth_time": None,
        "token_id": "j",
        "session_id": None,
        "acr": None,
        "acr_levels": (),
        "amr": frozenset({"authenticated", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"}),
        "actor": None,
        "identities": (),
        "is_machine": False,
        "claims": json_object(json.dumps(identity_claims(changes)).encode()),
        "memo": {},
    }
    assert expected == {name: getattr(principal, name) for name in principal.__struct_fields__}


@pytest.mark.parametrize(("amr", "expected"), [(ABSENT, ()), ([], ()), (["unauthenticated"], ("unauthenticated",))])
def test_a_guest_is_told_by_the_methods(amr: object, expected: tuple[str, ...]) -> None:
    """`amr` says whether anybody signed in at all."""
    principal = accepted({"amr": amr})
    assert (frozenset(expected), None) == (principal.amr, principal.token_id)


@pytest.mark.parametrize("seconds", [1, 600, 900, 86_400])
def test_a_life_of_a_day_at_most(seconds: int) -> None:
    """Ten minutes as a rule; developer-authenticated identities may have a day."""
    assert NOW + seconds == accepted({"exp": NOW + seconds}).expires_at
