"""The provider that a user came through: told by each token in its own way, and never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogauth import ConfigurationError, IdentityPool, IdentityProvider, OIDCIssuer
from cogauth._strict import json_object
from cogauth.claims import accept
from cogauth.rules import without_issuer
from tests.support.principals import claims_of_a_person, principal
from tests.support.providers import IDENTITIES, IDENTITY_POOL_ID, identity_claims
from tests.support.tokens import ABSENT, CLIENT, NOW, POOL_ID

OKTA = IdentityProvider("Okta")
EITHER = IdentityProvider("Okta", "Google")


def id_token(identities: Any, groups: list[str] | None = None) -> Any:
    """The principal of an ID token that says *identities*."""
    changes = {"token_use": "id", "client_id": ABSENT, "aud": CLIENT, "username": ABSENT, "cognito:username": "Okta_1"}
    return principal({**changes, "identities": identities}, groups=groups or [])


def of(*names: object) -> tuple[dict[str, object], ...]:
    """The claim `identities` with these providers."""
    return tuple({"userId": "1", "providerName": name, "primary": "true"} for name in names)


@pytest.mark.parametrize(
    ("rule", "who", "held"),
    [
        pytest.param(OKTA, id_token(of("Okta")), True, id="that one"),
        pytest.param(OKTA, id_token(of("Google")), False, id="another"),
        pytest.param(OKTA, id_token(of("okta")), False, id="another case"),
        pytest.param(OKTA, id_token(of("Okta", "Google")), False, id="that one or another"),
        pytest.param(EITHER, id_token(of("Okta", "Google")), True, id="either"),
        pytest.param(EITHER, id_token(of("Google")), True, id="one of two"),
        pytest.param(OKTA, id_token(of("Okta", None)), False, id="that one or one without a name"),
        pytest.param(OKTA, id_token(of(5)), False, id="a number"),
        pytest.param(OKTA, id_token(({"userId": "1"},)), False, id="no name"),
        pytest.param(OKTA, id_token(()), False, id="none"),
        pytest.param(OKTA, id_token(ABSENT), False, id="absent"),
        pytest.param(OKTA, id_token(ABSENT, [f"{POOL_ID}_Okta"]), False, id="an ID token's group"),
        pytest.param(OKTA, principal(groups=[f"{POOL_ID}_Okta"]), True, id="the automatic group"),
        pytest.param(OKTA, principal(groups=[f"{POOL_ID}_Okta", "a"]), True, id="and other groups"),
        pytest.param(OKTA, principal(groups=[f"{POOL_ID}_Google"]), False, id="another's group"),
        pytest.param(OKTA, principal(groups=[f"{POOL_ID}_Okta", f"{POOL_ID}_Google"]), False, id="two groups"),
        pytest.param(OKTA, principal(groups=["eu-west-1_Other_Okta"]), False, id="another pool's group"),
        pytest.param(OKTA, principal(groups=["Okta", "_Okta", POOL_ID]), False, id="groups that look like it"),
        pytest.param(OKTA, principal({"username": "Okta_1"}), False, id="a username that looks like it"),
        pytest.param(OKTA, principal({"identities": of("Okta")}), False, id="an access token's identities"),
        pytest.param(OKTA, principal({"username": ABSENT}, groups=[f"{POOL_ID}_Okta"]), False, id="a machine"),
        pytest.param(OKTA, principal(), False, id="no groups"),
    ],
)
def test_all_providers_that_are_mentioned_must_be_among_the_names(
    rule: IdentityProvider,
    who: Any,
    held: bool,  # noqa: FBT001  a column
) -> None:
    """A token does not tell which of several it was, so that one of another name is one too many."""
    assert held is rule.holds(who, NOW)


USERS = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
PARTNER_ARN = "arn:aws:iam::111122223333:oidc-provider/login.example"


# As `amr` stands in tokens of GetOpenIdToken: who signed in, the provider, and the user there.
@pytest.mark.parametrize(
    ("amr", "names", "held"),
    [
        pytest.param(["authenticated", USERS, f"{USERS}:CognitoSignIn:5b3c"], [USERS], True, id="a user pool"),
        pytest.param(["authenticated", PARTNER_ARN, f"{PARTNER_ARN}:OIDC:1"], [PARTNER_ARN], True, id="by its ARN"),
        pytest.param(["authenticated", "accounts.google.com"], ["accounts.google.com"], True, id="Google"),
        pytest.param(["authenticated", "accounts.google.com"], [USERS], False, id="another"),
        pytest.param(["authenticated", USERS, "accounts.google.com"], [USERS], False, id="two logins"),
        pytest.param(["authenticated", USERS, "accounts.google.com"], [USERS, "accounts.google.com"], True, id="both"),
        pytest.param(["authenticated", USERS, f"{USERS}x"], [USERS], False, id="one that begins like it"),
        pytest.param(["authenticated", f"{USERS}:CognitoSignIn:5b3c"], [USERS], False, id="the user alone"),
        pytest.param(["authenticated"], [USERS], False, id="none"),
        pytest.param(["authenticated"], ["authenticated"], False, id="what is no provider"),
        pytest.param(["unauthenticated"], [USERS], False, id="a guest"),
        pytest.param(["unauthenticated"], ["unauthenticated"], False, id="nor this"),
        pytest.param(ABSENT, [USERS], False, id="absent"),
    ],
)
def test_providers_of_an_identity_pools_tokens(amr: Any, names: list[str], held: bool) -> None:  # noqa: FBT001  a column
    """They are in `amr`, by the names that the identity pool knows them by."""
    pool = IdentityPool(IDENTITY_POOL_ID)
    who = accept(json_object(json.dumps(identity_claims({"amr": amr})).encode()), (pool,), IDENTITIES, NOW, 0)
    assert held is IdentityProvider(*names).holds(who, NOW)
    assert held is not (~IdentityProvider(*names, default=[])).holds(who, NOW)


@pytest.mark.parametrize(
    ("who", "as_default"),
    [
        pytest.param(id_token(ABSENT), True, id="absent"),
        pytest.param(id_token(of("Okta", "Google")), True, id="that one or another"),
        pytest.param(id_token(of(None)), True, id="one without a name"),
        pytest.param(principal(), True, id="no groups"),
        pytest.param(principal(groups=[f"{POOL_ID}_Okta", f"{POOL_ID}_Google"]), True, id="two groups"),
        pytest.param(id_token(of("Google")), False, id="another"),
        pytest.param(principal(groups=[f"{POOL_ID}_Google"]), False, id="another's group"),
    ],
)
def test_a_default_stands_for_what_cannot_be_told(who: Any, as_default: bool) -> None:  # noqa: FBT001  a column
    """Whoever denies or negates it says which of the two he fears."""
    assert as_default is IdentityProvider("Okta", default=["Okta"]).holds(who, NOW)
    assert not IdentityProvider("Okta", default=()).holds(who, NOW)
    assert (~IdentityProvider("Okta", default=())).holds(who, NOW)
    assert as_default is not (~IdentityProvider("Okta", default=["Okta"])).holds(who, NOW)


def test_groups_of_another_provider_say_nothing() -> None:
    """An OpenID provider may call its groups what it likes; it has no providers of its own behind it."""
    issuer = OIDCIssuer("https://idp.example/eu", audience={"api"}, groups_claim="groups", algorithms=("RS256",))
    claims = claims_of_a_person({"iss": issuer.issuer, "aud": "api", "groups": ("eu_Okta",), "cognito:groups": ABSENT})
    who = accept(claims, (issuer,), issuer.issuer, NOW, 0, "at+jwt")
    assert (frozenset({"eu_Okta"}), "access") == (who.groups, who.token_use)
    assert not OKTA.holds(who, NOW)


def test_it_must_say_what_absence_means_and_whose_providers_it_means() -> None:
    """It is silent without a default; providers of one pool are not those of another."""
    with pytest.raises(ConfigurationError, match=r"add default=\.\.\."):
        _ = ~OKTA
    assert [OKTA] == list(without_issuer(OKTA))
    assert [] == list(without_issuer(IdentityProvider("Okta", any_issuer=True)))


@pytest.mark.parametrize(
    ("names", "default", "message"),
    [
        pytest.param((), None, "name at least one", id="none"),
        pytest.param(("",), None, "takes names", id="an empty one"),
        pytest.param((["Okta"],), None, "takes names", id="a list"),
        pytest.param(("Okta",), "Okta", "default is a list", id="the letters of a default"),
        pytest.param(("Okta",), [""], "default is a list", id="an empty name as default"),
    ],
)
def test_providers_are_names(names: tuple[Any, ...], default: Any, message: str) -> None:
    """At least one name, and a list where a list is meant."""
    with pytest.raises(ConfigurationError, match=message):
        IdentityProvider(*names, default=default)


def test_it_reads_as_a_requirement() -> None:
    """Logs show what is needed."""
    assert "needs identity provider any of [Google, Okta]" == str(EITHER) == repr(EITHER)
