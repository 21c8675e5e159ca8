"""AWS credentials of the caller: by the ID token that the middleware has let through, and by nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cogauth import AsyncAuthorizer, AsyncVerifier, Authorizer, ConfigurationError, Policy, Verifier
from cogauth.identity import AccessTokenSent, AsyncCredentialsProvider, Credentials, CredentialsProvider, LoginRefused
from cogauth.testing import LocalUserPool
from cogauth_asgi import CogAuthMiddleware as AsgiMiddleware
from cogauth_asgi.aws import aws_credentials as asgi_credentials
from cogauth_wsgi import CogAuthMiddleware as WsgiMiddleware
from cogauth_wsgi.aws import aws_credentials as wsgi_credentials
from tests.adapters.test_wsgi import begun, environ_of
from tests.identity.aws import EXCHANGE, Aws
from tests.identity.cases import A
from tests.support import asgi
from tests.support.providers import IDENTITY_POOL_ID

POOL = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
POOL.add_user("ana")
POOL.add_user("bo")
ANA, BO = POOL.sign_in("ana"), POOL.sign_in("bo")
POLICY = Policy.from_dict(
    {
        "version": 1,
        "route": [{"match": "GET /mine", "allow": "authenticated"}, {"match": "GET /all", "allow": "public"}],
    }
)


def asgi_outcome(aws: Aws, path: str, token: str | None, **changes: Any) -> Any:
    """What an ASGI application gets for a request; *changes* are made to the scope before it asks."""
    outcomes: list[Any] = []
    provider = AsyncCredentialsProvider(IDENTITY_POOL_ID, post=aws.apost, sleep=aws.asleep)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            outcomes.append(await asgi_credentials({**scope, **changes}, provider, custom_role=A))
        except LoginRefused as error:
            outcomes.append(error)
        await asgi.App()(scope, receive, send)

    guard = AsyncAuthorizer(AsyncVerifier(POOL.issuer(token_use="any")), POLICY)
    headers = [] if token is None else [("authorization", f"Bearer {token}")]
    asgi.run(AsgiMiddleware(app, authorizer=guard), asgi.http("GET", path, headers))
    return outcomes[0] if outcomes else None


def wsgi_outcome(aws: Aws, path: str, token: str | None, **changes: Any) -> Any:
    """What a WSGI application gets for a request."""
    outcomes: list[Any] = []
    provider = CredentialsProvider(IDENTITY_POOL_ID, post=aws.post, sleep=aws.sleep)
    if "headers" in changes:
        ((_, value),) = changes["headers"]
        changes = {"HTTP_AUTHORIZATION": value.decode()}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            outcomes.append(wsgi_credentials({**environ, **changes}, provider, custom_role=A))
        except LoginRefused as error:
            outcomes.append(error)
        start_response("200 OK", [])
        return [b""]

    guard = Authorizer(Verifier(POOL.issuer(token_use="any")), POLICY)
    begun(WsgiMiddleware(app, authorizer=guard), environ_of("GET", path, token))
    return outcomes[0] if outcomes else None


def now() -> Aws:
    aws = Aws()
    aws.life = 4_000_000_000  # the clock of the providers is the machine's
    return aws


both = pytest.mark.parametrize("outcome", [asgi_outcome, wsgi_outcome])


@both
def test_the_caller_has_credentials(outcome: Any) -> None:
    """For the token that the request came with, in the role that the application asks for."""
    aws = now()
    assert isinstance(outcome(aws, "/mine", ANA.id), Credentials)
    assert EXCHANGE == aws.asked
    assert ([ANA.id], A) == (list(aws.calls[1][1]["Logins"].values()), aws.calls[1][1]["CustomRoleArn"])


@both
def test_a_public_route_gives_them_to_whoever_is_signed_in(outcome: Any) -> None:
    """And to nobody else: without a token nobody becomes a guest."""
    aws = now()
    assert isinstance(outcome(aws, "/all", BO.id), Credentials)
    aws.calls.clear()
    for token in (None, "not.a.token", f"{ANA.id[:-8]}AAAAAAAA"):
        error = outcome(aws, "/all", token)
        assert (LoginRefused, "login.nobody") == (type(error), error.reason)
    assert [] == aws.calls


@both
def test_an_access_token_has_none(outcome: Any) -> None:
    """Nothing is asked for it."""
    aws = now()
    assert isinstance(outcome(aws, "/mine", ANA.access), AccessTokenSent)
    assert [] == aws.calls


@both
def test_who_was_refused_does_not_come_here(outcome: Any) -> None:
    """The application is not called at all."""
    aws = now()
    assert [None, None] == [outcome(aws, "/mine", token) for token in (None, "not.a.token")]
    assert [] == aws.calls


@both
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"headers": [(b"authorization", f"Bearer {BO.id}".encode())]}, "login.other_principal", id="swap"),
        pytest.param({"headers": [(b"authorization", b"Basic YTpi")]}, "login.no_token", id="no token any more"),
        pytest.param({"cogauth.decision": None}, "login.nobody", id="no decision"),
    ],
)
def test_the_token_is_the_principals(outcome: Any, changes: Any, reason: str) -> None:
    """Whatever has changed the request since it was decided on."""
    aws = now()
    error = outcome(aws, "/mine", ANA.id, **changes)
    assert (LoginRefused, reason) == (type(error), error.reason)
    assert [] == aws.calls


def test_each_side_has_its_own_provider() -> None:
    """One that blocks would stop the event loop, and one that is awaited nobody would await."""
    blocking: Any = CredentialsProvider(IDENTITY_POOL_ID)
    awaited: Any = AsyncCredentialsProvider(IDENTITY_POOL_ID)
    with pytest.raises(ConfigurationError):
        asyncio.run(asgi_credentials(asgi.http("GET", "/mine"), blocking))
    with pytest.raises(ConfigurationError):
        wsgi_credentials(environ_of("GET", "/mine"), awaited)


def test_without_a_middleware_there_is_nobody() -> None:
    """A request that nobody has decided on has no principal, whatever its header says."""
    provider = CredentialsProvider(IDENTITY_POOL_ID, post=now().post)
    waiting = AsyncCredentialsProvider(IDENTITY_POOL_ID, post=now().apost)
    with pytest.raises(LoginRefused):
        wsgi_credentials(environ_of("GET", "/mine", ANA.id), provider)
    with pytest.raises(LoginRefused):
        asyncio.run(asgi_credentials(asgi.http("GET", "/mine", [("authorization", f"Bearer {ANA.id}")]), waiting))
