"""The boto3 session: it asks when it must, renews itself, and never falls back on anybody else's credentials."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.identity import AccessTokenSent, CredentialsProvider, CredentialsUnavailable, Logins, boto3_session
from cogauth.transport import FetchError
from tests.identity.aws import Aws, awaiting, id_token
from tests.identity.cases import A
from tests.support.clocks import Clocks
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import access_claims, token

FRESH = {"exp": int(time.time()) + 36_000}  # botocore goes by the clock of the machine


def provider_of(aws: Aws) -> CredentialsProvider:
    return CredentialsProvider(
        IDENTITY_POOL_ID, post=aws.post, sleep=aws.sleep, clock=aws.clocks.wall, monotonic=aws.clocks.monotonic
    )


def s3_of(provider: CredentialsProvider, login: Any) -> Any:
    """An S3 client with the rights of *login*."""
    session: Any = boto3_session(provider, login, region="eu-west-1")
    return session.client("s3")


def now() -> Aws:
    return Aws(Clocks(wall=time.time()))


def test_credentials_are_asked_for_when_they_are_used() -> None:
    """And not before; then they are those of the login."""
    aws = now()
    session: Any = boto3_session(provider_of(aws), id_token(FRESH), region="eu-west-1")
    client = session.client("s3")
    found = session.get_credentials()
    assert [] == aws.calls
    assert found is not None
    frozen = found.get_frozen_credentials()
    assert ("ASIA2", "SECRET2", "SESSION2") == (frozen.access_key, frozen.secret_key, frozen.token)
    assert "eu-west-1" == session.region_name == client.meta.region_name


def test_a_request_is_signed_with_them() -> None:
    """As with any other session."""
    aws = now()
    client = s3_of(provider_of(aws), id_token(FRESH))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    assert "AWSAccessKeyId=ASIA2" in url or "ASIA2%2F" in url


@pytest.mark.parametrize("life", [300, 500])
def test_they_are_renewed_before_they_end(life: float) -> None:
    """A session that lasts longer than its credentials asks for others, with what its login is then."""
    aws = now()
    aws.life = life
    tokens = id_token(FRESH), id_token({**FRESH, "jti": "next"})
    logins: Iterator[Logins | str] = iter([Logins.id_token(tokens[0]), tokens[1]])
    found = boto3_session(provider_of(aws), lambda: next(logins)).get_credentials()
    assert found is not None
    assert ["ASIA2", "ASIA4"] == [found.get_frozen_credentials().access_key for _ in range(2)]


def test_a_role_is_asked_for() -> None:
    """As the provider is told."""
    aws = now()
    found = boto3_session(provider_of(aws), id_token(FRESH), custom_role=A).get_credentials()
    assert found is not None
    assert found.get_frozen_credentials()
    assert A == aws.calls[-1][1]["CustomRoleArn"]


def test_they_say_when_they_end() -> None:
    """So that botocore renews them in time."""
    aws = now()
    found: Any = boto3_session(provider_of(aws), id_token(FRESH)).get_credentials()
    found.get_frozen_credentials()
    ends = dt.datetime.fromtimestamp(int(aws.clocks.now + 3600), dt.UTC)
    assert ends == found._expiry_time


def test_there_is_nothing_to_fall_back_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the login has no credentials the call fails, though the machine has some of its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "machine")
    aws = now()
    aws.down = FetchError("post.fetch_failed")
    client = s3_of(provider_of(aws), id_token(FRESH))
    with pytest.raises(CredentialsUnavailable):
        client.list_buckets()
    with pytest.raises(AccessTokenSent):
        s3_of(provider_of(aws), token(access_claims())).list_buckets()


@pytest.mark.parametrize("provider", [None, IDENTITY_POOL_ID, awaiting(Aws()).provider])
def test_only_a_blocking_provider_will_do(provider: Any) -> None:
    """boto3 blocks, and has nowhere to await."""
    with pytest.raises(ConfigurationError):
        boto3_session(provider, id_token())
