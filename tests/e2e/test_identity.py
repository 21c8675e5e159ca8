"""From a sign-in to a file in S3: the exchange with emulators of another's making, and what they then let through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cogauth import IdentityPool, UserPool, Verifier
from cogauth.identity import (
    AccessTokenSent,
    AsyncCredentialsProvider,
    CredentialsProvider,
    CredentialsUnavailable,
    LoginRefused,
    Logins,
    PoolMisconfigured,
    boto3_session,
)
from cogauth.transport import Reply, apost, post
from devtools.ministack import REGION, Ministack, MinistackMissingError
from devtools.moto import MotoMissingError, moto
from tests.e2e.identity_world import BUCKET, SERVICES, IdentityWorld, build, client
from tests.e2e.world import PASSWORD, claims

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def emulator() -> Generator[Ministack]:
    """An emulator that checks signatures and holds requests against IAM."""
    try:
        ministack = Ministack(*SERVICES, checks_signatures=True)
    except MinistackMissingError as missing:
        pytest.skip(str(missing))
    with ministack:
        yield ministack


@pytest.fixture(scope="module")
def world(emulator: Ministack) -> IdentityWorld:
    return build(emulator)


@pytest.fixture(scope="module")
def moto_url() -> Generator[str]:
    """The second opinion."""
    try:
        with moto() as url:
            yield url
    except MotoMissingError as missing:
        pytest.skip(str(missing))


def s3_of(session: Any, url: str) -> Any:
    return session.client("s3", endpoint_url=url)


def said(caught: pytest.ExceptionInfo[ClientError]) -> str:
    """The name of the error that a call of boto3 has raised."""
    response: Any = caught.value.response
    return str(response["Error"]["Code"])


def asleep(seconds: float) -> None:
    """Let no time pass."""


class TestObjects:
    """S3, reached with a user's own rights."""

    def test_a_user_reads_his_own_file(self, world: IdentityWorld) -> None:
        """Sign in, exchange, read: three lines."""
        provider = world.provider()

        s3 = s3_of(boto3_session(provider, world.users["ana"].id, region=REGION), world.url)
        notes = s3.get_object(Bucket=BUCKET, Key=f"{world.identities['ana']}/notes.txt")["Body"].read()

        assert b"ana's notes" == notes

    def test_a_user_does_not_read_his_neighbours(self, world: IdentityWorld) -> None:
        """The credentials are good, and IAM says no."""
        s3 = s3_of(boto3_session(world.provider(), world.users["ana"].id, region=REGION), world.url)

        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket=BUCKET, Key=f"{world.identities['ben']}/notes.txt")

        assert "AccessDenied" == said(caught)

    def test_a_guest_reads_nothing(self, world: IdentityWorld) -> None:
        """He has credentials, of the other role."""
        session: Any = boto3_session(world.provider(), Logins.guest(), region=REGION)

        with pytest.raises(ClientError) as caught:
            s3_of(session, world.url).get_object(Bucket=BUCKET, Key=f"{world.identities['ana']}/notes.txt")

        assert "AccessDenied" == said(caught)
        found = session.client("sts", endpoint_url=world.url).get_caller_identity()
        assert found["Arn"].endswith(":assumed-role/unauthenticated/CognitoIdentityCredentials")

    def test_a_session_of_nobody_reads_nothing(self, world: IdentityWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Though this machine has credentials with every right."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        s3 = s3_of(boto3_session(world.provider(), world.stranger.id, region=REGION), world.url)

        with pytest.raises(LoginRefused):
            s3.get_object(Bucket=BUCKET, Key=f"{world.identities['ana']}/notes.txt")


class TestExchange:
    """The provider alone."""

    def test_credentials_are_of_the_identity(self, world: IdentityWorld) -> None:
        """An hour of them, the same until shortly before their end, and others then."""
        now = [time.time()]
        requests: list[str] = []

        def counting(url: str, headers: Any, body: bytes) -> Reply:
            requests.append(headers["x-amz-target"].rpartition(".")[2])
            return post(url, headers, body)

        provider = world.provider(clock=lambda: now[0], post=counting)
        first = provider.credentials(world.users["ana"].id)
        assert (world.identities["ana"], True) == (first.identity_id, 3500 < first.expiration - now[0] <= 3600)
        assert first == provider.credentials(world.users["ana"].id)
        now[0] += 3300
        assert first != provider.credentials(world.users["ana"].id)
        assert ["GetId", "GetCredentialsForIdentity", "GetCredentialsForIdentity"] == requests

    def test_two_users_are_two_identities(self, world: IdentityWorld) -> None:
        """Each the same at each sign-in."""
        provider = world.provider()
        assert world.identities == {name: provider.identity_id(signed_in.id) for name, signed_in in world.users.items()}
        assert 2 == len(set(world.identities.values()))

    def test_a_guest_is_one_and_the_same(self, world: IdentityWorld) -> None:
        """Of one provider; another has another; and one who is known stays who he was."""
        provider = world.provider()
        guest = provider.credentials(Logins.guest())
        assert guest.identity_id == provider.identity_id(Logins.guest())
        assert guest.identity_id not in {*world.identities.values(), world.provider().identity_id(Logins.guest())}
        assert guest.identity_id == world.provider().credentials(Logins.guest(guest.identity_id)).identity_id

    def test_an_open_id_token_says_who_it_is_of(self, world: IdentityWorld) -> None:
        """An issuer of its own, which `IdentityPool` reads."""
        told = claims(world.provider().open_id_token(world.users["ana"].id))
        assert (world.identities["ana"], world.identity_pool) == (told["sub"], told["aud"])
        assert IdentityPool(world.identity_pool).sources[0].issuer == told["iss"]

    def test_with_await(self, world: IdentityWorld) -> None:
        """A thousand at once, two requests."""
        requests: list[str] = []

        async def counting(url: str, headers: Any, body: bytes) -> Reply:
            requests.append(headers["x-amz-target"])
            return await apost(url, headers, body)

        async def all_at_once() -> set[Any]:
            provider = AsyncCredentialsProvider(world.identity_pool, endpoint=world.url, post=counting)
            asking = (provider.credentials(world.users["ben"].id) for _ in range(1000))
            return set(await asyncio.gather(*asking))

        assert (1, 2) == (len(asyncio.run(all_at_once())), len(requests))

    @pytest.mark.parametrize("spoil", ["forged", "stranger", "known guest"])
    def test_what_is_not_the_users_is_refused(self, world: IdentityWorld, spoil: str) -> None:
        """A signature of nobody's, a pool that is not the identity pool's, somebody's identity without his login."""
        ana = world.users["ana"].id
        login = {
            "forged": Logins.id_token(f"{ana.rpartition('.')[0]}.{world.users['ben'].id.rpartition('.')[2]}"),
            "stranger": Logins.id_token(world.stranger.id),
            "known guest": Logins.guest(world.identities["ana"]),
        }[spoil]
        with pytest.raises(LoginRefused) as caught:
            world.provider().credentials(login)
        assert "aws.not_authorized" == caught.value.reason

    def test_an_access_token_is_refused_here(self, world: IdentityWorld) -> None:
        """And a pool that there is not, there."""
        with pytest.raises(AccessTokenSent):
            world.provider().credentials(world.users["ana"].access)
        nowhere = CredentialsProvider(f"{REGION}:5f0e3f1c-0000-4000-8000-5f0e3f1c0000", endpoint=world.url)
        with pytest.raises(PoolMisconfigured) as caught:
            nowhere.credentials(world.users["ana"].id)
        assert "aws.not_found" == caught.value.reason

    def test_verified_and_exchanged(self, world: IdentityWorld) -> None:
        """The principal that lets a user in is the one whose credentials are fetched."""
        keys = f"{world.url}/{world.pool_id}/.well-known/jwks.json"
        client_id = claims(world.users["ana"].id)["aud"]
        verifier = Verifier(UserPool(world.pool_id, clients={client_id}, token_use="id", jwks_uri=keys))
        login = Logins.id_token(world.users["ana"].id, verifier.verify(world.users["ana"].id))
        assert world.identities["ana"] == world.provider().credentials(login).identity_id

    def test_an_outage(self) -> None:
        """The emulator is gone: who has credentials goes on, and who has none gets a typed error."""
        with Ministack(*SERVICES, checks_signatures=True) as emulator:
            short = build(emulator)
            warm, cold = (short.provider(sleep=asleep) for _ in range(2))
            found = warm.credentials(short.users["ana"].id)

        assert found == warm.credentials(short.users["ana"].id)
        with pytest.raises(CredentialsUnavailable):
            cold.credentials(short.users["ana"].id)


class TestSecondOpinion:
    """The same with moto, which checks nothing and answers in the same shapes."""

    def test_an_object_is_read(self, moto_url: str) -> None:
        """With the session of a guest."""
        pools, s3 = client(moto_url, "cognito-identity"), client(moto_url, "s3")
        made = pools.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="notes.txt", Body=b"anybody's notes")
        provider = CredentialsProvider(made["IdentityPoolId"], endpoint=moto_url)

        session = boto3_session(provider, Logins.guest(), region=REGION)

        assert b"anybody's notes" == s3_of(session, moto_url).get_object(Bucket=BUCKET, Key="notes.txt")["Body"].read()

    def test_short_lived_credentials_are_renewed(self, moto_url: str) -> None:
        """Those of moto live for ninety seconds."""
        pools, users = client(moto_url, "cognito-identity"), client(moto_url, "cognito-idp")
        pool = users.create_user_pool(PoolName="staff")["UserPool"]["Id"]
        web = users.create_user_pool_client(UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ADMIN_NO_SRP_AUTH"])
        users.admin_create_user(UserPoolId=pool, Username="ana", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
        users.admin_set_user_password(UserPoolId=pool, Username="ana", Password=PASSWORD, Permanent=True)
        signed_in = users.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=web["UserPoolClient"]["ClientId"],
            AuthFlow="ADMIN_NO_SRP_AUTH",
            AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        made = pools.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=False)
        now = [time.time()]
        provider = CredentialsProvider(made["IdentityPoolId"], endpoint=moto_url, clock=lambda: now[0])

        first = provider.credentials(signed_in["IdToken"])
        now[0] += 75
        second = provider.credentials(signed_in["IdToken"])

        assert (first.identity_id, True) == (second.identity_id, second.expiration >= first.expiration)
        assert provider.open_id_token(signed_in["IdToken"])
