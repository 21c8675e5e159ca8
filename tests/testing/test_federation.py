"""Federation: the elements of `identities`, and which providers there can be."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing.federation import new_identity

NOW = 1_700_000_000


def test_an_identity_is_written_as_aws_shows_it() -> None:
    """In this order, all strings but the issuer that is null."""
    identity = new_identity("LoginWithAmazon", "amzn1.account.X", None, None, primary=True, created=1_642_699_117)
    assert [
        ("userId", "amzn1.account.X"),
        ("providerName", "LoginWithAmazon"),
        ("providerType", "LoginWithAmazon"),
        ("issuer", None),
        ("primary", "true"),
        ("dateCreated", "1642699117000"),
    ] == list(identity.claim().items())


def test_a_linked_identity_is_not_primary() -> None:
    """The string says so; an issuer is written as it was given."""
    claim = new_identity("Okta", "00u1", "SAML", "http://www.okta.com/exk1", primary=False, created=NOW).claim()
    assert ("false", "http://www.okta.com/exk1", "SAML") == (claim["primary"], claim["issuer"], claim["providerType"])


@pytest.mark.parametrize("provider", ["Facebook", "Google", "LoginWithAmazon", "SignInWithApple"])
@pytest.mark.parametrize("named", [True, False])
def test_a_social_provider_is_its_own_type(provider: Any, *, named: bool) -> None:
    """Whether it is told or not."""
    identity = new_identity(provider, "1", provider if named else None, None, primary=True, created=NOW)
    assert provider == identity.provider_type


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"user_id": ""}, "user id"),
        ({"provider": ""}, "provider's name"),
        ({"provider": "My SSO"}, "provider's name"),
        ({"provider": "x" * 33}, "provider's name"),
        ({"provider": "MySSO"}, r"'MySSO' must be one of \['OIDC', 'SAML'\], not None"),
        ({"provider": "google"}, "'google' must be one of"),
        ({"provider": "MySSO", "provider_type": "Google"}, "'MySSO' must be one of"),
        ({"provider": "MySSO", "provider_type": "saml"}, "'MySSO' must be one of"),
        ({"provider_type": "OIDC"}, r"'Google' must be one of \['Google'\]"),
        ({"provider_type": ""}, "'Google' must be one of"),
        ({"provider_type": "Facebook"}, "'Google' must be one of"),
    ],
    ids=str,
)
def test_what_a_pool_would_not_take_is_refused(arguments: dict[str, Any], message: str) -> None:
    """The message says what there is instead, and not whose profile it was."""
    complete: dict[str, Any] = {"provider": "Google", "user_id": "1234", "provider_type": None, "issuer": None}
    with pytest.raises(ConfigurationError, match=message) as caught:
        new_identity(**complete | arguments, primary=True, created=NOW)
    assert "1234" not in str(caught.value)
