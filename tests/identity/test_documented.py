"""
Over real HTTP, what AWS documents and no emulator does: denied roles, guests that are not let in, throttling.

Each answer has its source beside it. The texts are those that AWS's users have quoted in issues; what is decided is
decided by the name of the error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest

from cogauth import Verifier
from cogauth.identity import (
    AsyncCredentialsProvider,
    Because,
    Credentials,
    CredentialsError,
    CredentialsProvider,
    CredentialsUnavailable,
    IdentityPoolRoles,
    LoginRefused,
    Logins,
    PoolMisconfigured,
    RoleMapping,
)
from cogauth.testing import LocalUserPool
from tests.identity.aws import EXCHANGE, identity
from tests.identity.cases import A, B, C
from tests.identity.loopback import Behaviour, Endpoint, Said, endpoint, error
from tests.support.providers import IDENTITY_POOL_ID

CLIENT: Final = "c1"
POOL: Final = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT})
POOL.add_group("a", role=A, precedence=1)
POOL.add_group("b", role=B, precedence=1)
POOL.add_user("ana", groups=["a"])
POOL.add_user("both", groups=["a", "b"])
POOL.add_user("bo")
USERS: Final = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
MAPPED: Final = IdentityPoolRoles(
    IDENTITY_POOL_ID, authenticated=C, mappings={f"{USERS}:{CLIENT}": RoleMapping("Token", "Deny")}
)


def given(parameters: Mapping[str, Any], life: float = 3600) -> Said:
    """`GetCredentialsForIdentity`, "Response Syntax" of the API reference: the secret is called `SecretKey`."""
    found = {
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretKey": "secret",
        "SessionToken": "session",
        "Expiration": time.time() + life,
    }
    return Said(200, {"Credentials": found, "IdentityId": parameters["IdentityId"]})


def usual(operation: str, parameters: Mapping[str, Any]) -> Said:
    """A pool that takes whatever comes."""
    return Said(200, {"IdentityId": identity(1)}) if operation == "GetId" else given(parameters)


def mapped(operation: str, parameters: Mapping[str, Any]) -> Said:
    """A pool that chooses as `IdentityPoolRoles` says that it would, and says no as AWS does."""
    if operation == "GetId":
        return usual(operation, parameters)
    who = Verifier(POOL.issuer(token_use="id")).verify(parameters["Logins"][USERS])
    choice = MAPPED.choose_role(who, parameters.get("CustomRoleArn"))
    if choice.role_arn is None:
        # The text of github.com/aws-amplify/amplify-js/issues/3621.
        text = f"The ambiguous role mapping rules for: {USERS}:{CLIENT} denied this request."
        return error("NotAuthorizedException", text)
    return given(parameters)


def no_guests(operation: str, parameters: Mapping[str, Any]) -> Said:
    """A pool with `AllowUnauthenticatedIdentities` false (API reference, "CreateIdentityPool")."""
    if not parameters.get("Logins"):
        return error("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
    return usual(operation, parameters)


def untrusted(operation: str, parameters: Mapping[str, Any]) -> Said:
    """A role that does not trust the pool (API reference, "GetCredentialsForIdentity", Errors)."""
    if operation == "GetId":
        return usual(operation, parameters)
    text = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    return error("InvalidIdentityPoolConfigurationException", text)


class Throttling:
    """An account whose quota is used up for the first requests (developer guide, "Quotas in Amazon Cognito")."""

    def __init__(self, times: int, refusal: Said) -> None:
        self._left = times
        self._refusal = refusal

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Said:
        self._left -= 1
        return self._refusal if self._left >= 0 else usual(operation, parameters)


def provider_of(server: Endpoint, **options: Any) -> CredentialsProvider:
    return CredentialsProvider(IDENTITY_POOL_ID, endpoint=server.url, **options)


def refused(behaviour: Behaviour, login: Logins | str, **options: Any) -> tuple[CredentialsError, list[str]]:
    """The error over real HTTP, with and without `await`, and what was asked for."""
    errors: list[CredentialsError] = []
    with endpoint(behaviour) as server:
        with pytest.raises(CredentialsError) as caught:
            provider_of(server).credentials(login, **options)
        errors.append(caught.value)
        asked = server.asked
        with pytest.raises(CredentialsError) as caught:
            asyncio.run(AsyncCredentialsProvider(IDENTITY_POOL_ID, endpoint=server.url).credentials(login, **options))
        errors.append(caught.value)
    assert 1 == len({(type(error), error.reason) for error in errors})
    return errors[0], asked


# -- Roles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "custom_role", "because"),
    [
        pytest.param("ana", B, Because.CUSTOM_ROLE_REFUSED, id="a role that the token does not have"),
        pytest.param("bo", A, Because.CUSTOM_ROLE_REFUSED, id="a role and none in the token"),
        pytest.param("bo", None, Because.AMBIGUOUS_DENIED, id="no role"),
        pytest.param("both", None, Because.AMBIGUOUS_DENIED, id="two roles of equal precedence"),
    ],
)
def test_a_denied_role_is_a_refused_login(user: str, custom_role: str | None, because: Because) -> None:
    """As the local choice foretells it (developer guide, "Using role-based access control")."""
    login = POOL.sign_in(user).id
    error, asked = refused(mapped, login, custom_role=custom_role)
    assert (LoginRefused, "aws.not_authorized", EXCHANGE) == (type(error), error.reason, asked[:2])
    who = Verifier(POOL.issuer(token_use="id")).verify(login)
    assert because is MAPPED.choose_role(who, custom_role).because


@pytest.mark.parametrize(("user", "custom_role"), [("ana", None), ("ana", A), ("both", A), ("both", B)])
def test_an_allowed_role_is_given(user: str, custom_role: str | None) -> None:
    """`CustomRoleArn` chooses among the roles of the token (API reference, "GetCredentialsForIdentity")."""
    with endpoint(mapped) as server:
        found = provider_of(server).credentials(POOL.sign_in(user).id, custom_role=custom_role)
        assert (identity(1), custom_role) == (found.identity_id, server.calls[1][1].get("CustomRoleArn"))


def test_a_pool_that_no_role_trusts_is_misconfigured() -> None:
    """An administrator has to look, whoever signs in."""
    error, asked = refused(untrusted, POOL.sign_in("ana").id)
    assert (PoolMisconfigured, "aws.pool_configuration", EXCHANGE) == (type(error), error.reason, asked[:2])


# -- Guests ------------------------------------------------------------------------------------------------------------


def test_guests_who_are_not_let_in_are_refused() -> None:
    """At the first request; and whoever signs in is let in."""
    error, asked = refused(no_guests, Logins.guest())
    assert (LoginRefused, "aws.not_authorized", "GetId") == (type(error), error.reason, asked[0])
    error, _ = refused(no_guests, Logins.guest(identity(1)))
    assert "aws.not_authorized" == error.reason
    with endpoint(no_guests) as server:
        assert provider_of(server).credentials(POOL.sign_in("bo").id)


# -- Throttling and outages --------------------------------------------------------------------------------------------

PASSING: list[Any] = [
    # API reference, Errors of the three operations.
    pytest.param(error("TooManyRequestsException", "Rate exceeded"), "aws.throttled", id="throttled"),
    pytest.param(error("InternalErrorException", "Internal error", 500), "aws.internal_error", id="internal"),
    pytest.param(error("ExternalServiceException", "Facebook"), "aws.external_service", id="a provider is down"),
    # API reference, "Common Errors".
    pytest.param(error("ThrottlingException", "Rate exceeded"), "aws.throttled", id="throttled, in general"),
    pytest.param(error("ServiceUnavailable", "later", 503), "aws.internal_error", id="unavailable"),
]


@pytest.mark.parametrize(("refusal", "reason"), PASSING)
def test_what_passes_is_waited_for(refusal: Said, reason: str) -> None:
    """Three times; the fourth is the last."""
    waits: list[float] = []
    login = POOL.sign_in("ana").id
    with endpoint(Throttling(3, refusal)) as server:
        assert provider_of(server, sleep=waits.append).credentials(login)
        assert (["GetId"] * 4 + EXCHANGE[1:], 3) == (server.asked, len(waits))
    assert all(0 <= wait < limit for wait, limit in zip(waits, (0.2, 0.4, 0.8), strict=True))
    with endpoint(Throttling(4, refusal)) as server:
        with pytest.raises(CredentialsUnavailable) as caught:
            provider_of(server, sleep=waits.append).credentials(login)
        assert (reason, ["GetId"] * 4) == (caught.value.reason, server.asked)


def test_an_outage_is_lived_through() -> None:
    """The endpoint is gone: what was given serves until it ends, and then there is a typed error."""
    now = [time.time()]
    with endpoint(usual) as server:
        provider = provider_of(server, clock=lambda: now[0], sleep=asleep)
        login = Logins.facebook("EAAC")
        found = provider.credentials(login)
    now[0] += 3500
    assert found == provider.credentials(login)
    now[0] = found.expiration
    with pytest.raises(CredentialsUnavailable) as caught:
        provider.credentials(login)
    assert "post.fetch_failed" == caught.value.reason


def asleep(seconds: float) -> None:
    """Let no time pass."""


def several(provider: AsyncCredentialsProvider, login: str, number: int) -> Iterable[Credentials]:
    async def all_at_once() -> list[Credentials]:
        return await asyncio.gather(*(provider.credentials(login) for _ in range(number)))

    return asyncio.run(all_at_once())


def test_a_thousand_at_once_are_one_exchange() -> None:
    """Over real HTTP: two requests, and all have the same."""
    with endpoint(usual) as server:
        provider = AsyncCredentialsProvider(IDENTITY_POOL_ID, endpoint=server.url)
        assert 1 == len(set(several(provider, POOL.sign_in("ana").id, 1000)))
        assert EXCHANGE == server.asked
