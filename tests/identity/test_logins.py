"""Logins: what is sent for each provider, what is refused before it is, and what a login is known by."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth.errors import CogAuthError
from cogauth.identity import AccessTokenSent, LoginRefused, Logins
from cogauth.identity.logins import is_identity_id
from cogauth.testing.encoding import base64url
from tests.identity.aws import id_token, identity
from tests.identity.cases import user, user_of
from tests.support.tokens import (
    ABSENT,
    ISSUER,
    NOW,
    POOL_ID,
    UPDATED_ISSUER,
    access_claims,
    id_claims,
    token,
)

USERS = f"cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
SAML = "arn:aws:iam::111122223333:saml-provider/Corp"
DEVELOPER = "cognito-identity.amazonaws.com"


def jws(claims: object) -> str:
    """Something of three segments; nobody here looks at its signature."""
    return f"e30.{base64url(json.dumps(claims).encode())}.c2ln"


def developer_token(identity_id: str = identity(1)) -> str:
    return jws({"sub": identity_id, "exp": NOW + 900})


# -- What is sent ------------------------------------------------------------------------------------------------------


# AWS, "GetCredentialsForIdentity", `Logins`, and the pages on external identity providers of the developer guide.
@pytest.mark.parametrize(
    ("logins", "provider", "text"),
    [
        pytest.param(Logins.id_token(id_token()), USERS, id_token(), id="a user pool"),
        pytest.param(
            Logins.id_token(id_token({"iss": UPDATED_ISSUER})), USERS, id_token({"iss": UPDATED_ISSUER}), id="updated"
        ),
        pytest.param(
            Logins.id_token(id_token(), provider="other.example/p"), "other.example/p", id_token(), id="named"
        ),
        pytest.param(
            Logins.id_token(jws({"iss": "https://accounts.google.com"})),
            "accounts.google.com",
            jws({"iss": "https://accounts.google.com"}),
            id="Google",
        ),
        pytest.param(
            Logins.id_token(jws({"iss": "accounts.google.com"})),
            "accounts.google.com",
            jws({"iss": "accounts.google.com"}),
            id="Google without a scheme",
        ),
        pytest.param(
            Logins.id_token(jws({"iss": "https://appleid.apple.com"})),
            "appleid.apple.com",
            jws({"iss": "https://appleid.apple.com"}),
            id="Apple",
        ),
        pytest.param(
            Logins.id_token(jws({"iss": "https://idp.example/tenant"})),
            "idp.example/tenant",
            jws({"iss": "https://idp.example/tenant"}),
            id="OpenID Connect",
        ),
        pytest.param(Logins.facebook("EAAC"), "graph.facebook.com", "EAAC", id="Facebook"),
        pytest.param(Logins.amazon("Atza|I"), "www.amazon.com", "Atza|I", id="Amazon"),
        pytest.param(Logins.saml("PHNhbWw+", SAML), SAML, "PHNhbWw+", id="SAML"),
        pytest.param(Logins.developer(developer_token(), identity(1)), DEVELOPER, developer_token(), id="developer"),
    ],
)
def test_a_login_is_sent_under_the_name_of_its_provider(logins: Logins, provider: str, text: str) -> None:
    """The token as it is, under the name that AWS gives the provider."""
    assert {provider: text} == logins.tokens()
    assert ((provider,), False) == (logins.providers, logins.is_guest)


def test_a_guest_sends_no_login() -> None:
    """Nobody, or the guest of before."""
    assert ({}, None, True) == (Logins.guest().tokens(), Logins.guest().identity_id, Logins.guest().is_guest)
    assert identity(7) == Logins.guest(identity(7)).identity_id


def test_a_developers_login_says_its_identity() -> None:
    """The one that the developer's backend was told."""
    assert identity(1) == Logins.developer(developer_token(), identity(1)).identity_id


# -- What is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda: Logins.id_token(""), "login.malformed_token", id="nothing"),
        pytest.param(lambda: Logins.id_token("opaque"), "login.malformed_token", id="no JWS"),
        pytest.param(lambda: Logins.id_token("a.b.c.d.e"), "login.malformed_token", id="a refresh token"),
        pytest.param(lambda: Logins.id_token("é.é.é"), "login.malformed_token", id="not ASCII"),
        pytest.param(lambda: Logins.id_token("e30.!.c2ln"), "login.malformed_token", id="not base64url"),
        pytest.param(lambda: Logins.id_token(jws([1])), "login.malformed_token", id="no object"),
        pytest.param(lambda: Logins.id_token(jws({"sub": "s"})), "login.malformed_token", id="without an issuer"),
        pytest.param(lambda: Logins.id_token(jws({"iss": ""})), "login.malformed_token", id="an empty issuer"),
        pytest.param(lambda: Logins.id_token(jws({"iss": ["x"]})), "login.malformed_token", id="a list of issuers"),
        pytest.param(lambda: Logins.id_token(jws({"iss": "x" * 50_001})), "login.malformed_token", id="too long"),
        pytest.param(lambda: Logins.id_token(f"{id_token()}\n"), "login.malformed_token", id="a line break"),
        pytest.param(lambda: Logins.id_token(jws({"iss": "x" * 129})), "login.provider", id="a long provider"),
        pytest.param(lambda: Logins.id_token(jws({"iss": "é"})), "login.provider", id="a provider that is not ASCII"),
        pytest.param(lambda: Logins.id_token(id_token(), provider="a\nb"), "login.provider", id="two lines"),
        pytest.param(lambda: Logins.id_token(id_token(), user({"sub": "b"})), "login.other_principal", id="another's"),
        pytest.param(
            lambda: Logins.id_token(id_token(), user({"cognito:groups": ["admins"]})),
            "login.other_principal",
            id="another token of the same user",
        ),
        pytest.param(lambda: Logins.facebook(""), "login.malformed_token", id="no Facebook token"),
        pytest.param(lambda: Logins.amazon("a\x00b"), "login.malformed_token", id="NUL"),
        pytest.param(lambda: Logins.facebook("x" * 50_001), "login.malformed_token", id="a long Facebook token"),
        pytest.param(lambda: Logins.saml("", SAML), "login.malformed_token", id="no assertion"),
        pytest.param(lambda: Logins.saml("PHNhbWw+", "Corp"), "login.saml_provider", id="no ARN"),
        pytest.param(
            lambda: Logins.saml("PHNhbWw+", SAML.replace("saml", "oidc")), "login.saml_provider", id="an ARN of OIDC"
        ),
        pytest.param(
            lambda: Logins.saml("PHNhbWw+", "x:saml-provider/Corp"), "login.saml_provider", id="what ends like an ARN"
        ),
        pytest.param(lambda: Logins.developer("opaque", identity(1)), "login.malformed_token", id="opaque"),
        pytest.param(
            lambda: Logins.developer(developer_token(), identity(2)), "login.other_identity", id="another identity"
        ),
        pytest.param(lambda: Logins.developer(jws({"sub": "x"}), "x"), "login.identity_id", id="no identity"),
        pytest.param(lambda: Logins.guest(""), "login.identity_id", id="an empty identity"),
        pytest.param(lambda: Logins.guest("eu-west-1"), "login.identity_id", id="half an identity"),
        pytest.param(lambda: Logins.facebook("a") | Logins.facebook("b"), "login.same_provider", id="two of one"),
        pytest.param(
            lambda: Logins.guest(identity(1)) | Logins.guest(identity(2)), "login.two_identities", id="two identities"
        ),
    ],
)
def test_what_cannot_be_right_is_refused(make: Any, reason: str) -> None:
    """With a reason that is safe to log, and a text that is the same for all."""
    with pytest.raises(LoginRefused) as caught:
        make()
    assert (LoginRefused, reason) == (type(caught.value), caught.value.reason)
    assert "the identity pool does not take this login" == str(caught.value)


@pytest.mark.parametrize("whose", [None, user()])
def test_an_access_token_is_refused_by_name(whose: Any) -> None:
    """It is the commonest mistake, and AWS says of it that a claim is missing."""
    with pytest.raises(AccessTokenSent) as caught:
        Logins.id_token(token(access_claims()), whose)
    assert "an access token was given; an identity pool takes the ID token" == str(caught.value)
    assert isinstance(caught.value, CogAuthError)


@pytest.mark.parametrize("use", ["refresh", "", 1, None, ["id"]])
def test_no_other_use_will_do(use: object) -> None:
    """What a user pool says is no ID token is none."""
    with pytest.raises(AccessTokenSent):
        Logins.id_token(id_token({"token_use": use}))


@pytest.mark.parametrize(
    "value", [None, 7, "", "x", ":", "eu-west-1:", ":00", "eu-west-1:XYZ", "r:" + "0" * 54, "r:0\n"]
)
def test_an_identity_id_has_one_form(value: object) -> None:
    """That of `IdentityId`: nothing else is taken for one, whoever says it."""
    assert not is_identity_id(value)
    assert is_identity_id("r:" + "0" * 53)


# -- Several -----------------------------------------------------------------------------------------------------------


def many(number: int) -> Logins:
    logins = Logins.guest()
    for each in range(number):
        logins |= Logins.id_token(jws({"iss": f"https://idp{each}.example"}))
    return logins


def test_ten_logins_are_joined_and_no_more() -> None:
    """As many as AWS takes."""
    assert 10 == len(many(10).tokens())
    with pytest.raises(LoginRefused) as caught:
        many(11)
    assert "login.too_many" == caught.value.reason


def test_a_guest_becomes_a_user() -> None:
    """Joined with a login, from either side, the guest's identity is sent along."""
    login = Logins.id_token(id_token())
    joined = Logins.guest(identity(3)) | login
    assert (identity(3), False) == (joined.identity_id, joined.is_guest)
    assert (identity(3), login.tokens()) == ((login | Logins.guest(identity(3))).identity_id, joined.tokens())


def test_the_first_to_end_ends_all() -> None:
    """A login holds as long as each of its tokens; of opaque ones that cannot be seen."""
    early, late = (jws({"iss": f"https://{when}.example", "exp": NOW + when}) for when in (60, 600))
    assert NOW + 60 == (Logins.id_token(late) | Logins.id_token(early) | Logins.facebook("x")).expires_at
    assert float("inf") == Logins.facebook("x").expires_at == Logins.guest().expires_at


@pytest.mark.parametrize("exp", [ABSENT, None, True, "9999999999", [NOW]])
def test_a_token_that_does_not_say_when_it_ends_has_ended(exp: object) -> None:
    """So that nothing is kept for it."""
    assert 0 == Logins.id_token(id_token({"exp": exp})).expires_at


# -- What it is known by -----------------------------------------------------------------------------------------------


def test_the_digest_is_that_of_the_tokens() -> None:
    """Another token, provider, identity or role is another login; the order in which they were joined is not."""
    login, facebook = Logins.id_token(id_token()), Logins.facebook("x")
    different = [
        login,
        Logins.id_token(id_token({"jti": "other"})),
        Logins.id_token(id_token(), provider="other.example"),
        login | facebook,
        login | Logins.guest(identity(1)),
        login | Logins.guest(identity(2)),
        facebook,
        Logins.amazon("x"),
        Logins.guest(),
    ]
    assert len(different) == len({each.digest() for each in different})
    assert (login | facebook).digest() == (facebook | login).digest()
    assert login.digest() == Logins.id_token(id_token(), user()).digest()
    assert 3 == len({login.digest(), login.digest("role"), login.digest("ro", "le")})


def test_who_a_login_is_of_is_known_from_a_principal_alone() -> None:
    """Whoever writes a token may write any subject into it."""
    later = {"jti": "later", "exp": NOW + 7200}
    verified = Logins.id_token(id_token(), user()).person()
    assert verified == Logins.id_token(id_token(later), user(later)).person()
    others = [
        Logins.id_token(id_token()).person(),
        Logins.id_token(id_token(later)).person(),
        Logins.id_token(id_token({"sub": "b"}), user({"sub": "b"})).person(),
        Logins.id_token(id_token(), user(), provider="other.example").person(),
        (Logins.id_token(id_token(), user()) | Logins.guest(identity(1))).person(),
    ]
    assert len(others) + 1 == len({verified, *others})


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    """Subjects are one issuer's, even if both were called by one name at the identity pool."""
    people: list[bytes] = []
    for issuer in ("https://a.example", "https://b.example"):
        claims = {"iss": issuer, "sub": "s", "aud": "app", "iat": NOW, "exp": NOW + 60}
        people.append(Logins.id_token(jws(claims), user_of(issuer), provider="idp.example").person())
    assert people[0] != people[1]


def test_nothing_of_a_login_is_shown() -> None:
    """Neither in a representation nor in what it is kept under."""
    login = Logins.id_token(id_token(), user()) | Logins.facebook("EAAC-secret")
    shown = f"{login!r} {login} {login.digest()!r} {login.person()!r}"
    assert f"<Logins {USERS}, graph.facebook.com>" == repr(login)
    assert "<Logins of a guest>" == repr(Logins.guest(identity(1)))
    for secret in (id_token(), "EAAC-secret", str(id_claims()["sub"]), ISSUER):
        assert secret not in shown


@given(st.lists(st.text("ab|", min_size=1, max_size=3), min_size=2, max_size=2, unique=True))
def test_no_two_tokens_have_one_digest(tokens: list[str]) -> None:
    """However they are cut."""
    first, second = tokens
    assert Logins.facebook(first).digest() != Logins.facebook(second).digest()
    assert Logins.facebook(first).digest(second) != Logins.facebook(second).digest(first)


@given(st.text(max_size=60) | st.builds(jws, st.dictionaries(st.sampled_from(["iss", "sub", "exp"]), st.text())))
def test_whatever_comes_is_a_login_or_refused(text: str) -> None:
    """Nothing else escapes."""
    try:
        login = Logins.id_token(text)
    except LoginRefused:
        return
    assert [text] == list(login.tokens().values())
