"""The documents that `cogauth.iam_roles` writes, held against the IAMs of two emulators."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cogauth.iam_roles import trust_policy
from cogauth.identity import CredentialsProvider, Logins
from devtools.ministack import REGION, Ministack, MinistackMissingError
from devtools.moto import MotoMissingError, moto
from devtools.own_folders import BUCKET, IDENTITY, POLICIES, SERVICES, OwnFolders

pytestmark = pytest.mark.e2e

ELSEWHERE = f"{REGION}:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"


@pytest.fixture(scope="module")
def account() -> Generator[OwnFolders]:
    """An emulated account."""
    try:
        emulator = Ministack(*SERVICES, checks_signatures=True)
    except MinistackMissingError as missing:
        pytest.skip(str(missing))
    with emulator:
        yield OwnFolders(emulator)


@pytest.fixture(scope="module")
def tokens(account: OwnFolders) -> dict[str, str]:
    """OpenID tokens of the identity pool: of a user, and of a guest."""
    provider = CredentialsProvider(account.identity_pool, endpoint=account.emulator.url)
    return {
        "user": provider.open_id_token(account.tokens()["ana"]),
        "guest": provider.open_id_token(Logins.guest()),
    }


@pytest.fixture(scope="module")
def sts(account: OwnFolders) -> Any:
    """A client without credentials, as the operation needs none."""
    return account.client(boto3.Session(region_name=REGION), "sts")


def answer_to(operation: Any, **parameters: Any) -> str:
    """Ask, and give the code of the refusal, or the status."""
    try:
        return str(operation(**parameters)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as refused:
        return str(refused.response.get("Error", {}).get("Code"))


@pytest.mark.parametrize(
    ("role", "options", "user", "guest"),
    [
        ("SignedIn", {}, "200", "AccessDenied"),
        ("Tagged", {"tags": True}, "200", "AccessDenied"),
        ("Guests", {"guests": True}, "AccessDenied", "200"),
        ("Staff", {"provider": "POOL"}, "200", "AccessDenied"),
        ("Google", {"provider": "accounts.google.com"}, "AccessDenied", "AccessDenied"),
        ("Elsewhere", {"identity_pool": ELSEWHERE}, "AccessDenied", "AccessDenied"),
        ("GuestsElsewhere", {"identity_pool": ELSEWHERE, "guests": True}, "AccessDenied", "AccessDenied"),
    ],
)
def test_who_may_assume(
    account: OwnFolders, sts: Any, tokens: dict[str, str], role: str, options: dict[str, Any], user: str, guest: str
) -> None:
    """A role is for users or guests of its own identity pool, or for those of one provider."""
    settings: dict[str, Any] = {"identity_pool": account.identity_pool, **options}
    if settings.get("provider") == "POOL":
        settings["provider"] = f"cognito-idp.{REGION}.amazonaws.com/{account.user_pool}"

    role_arn = account.make_role(role, trust_policy(**settings), POLICIES["Reader"])

    answers = {
        who: answer_to(
            sts.assume_role_with_web_identity, RoleArn=role_arn, RoleSessionName="somebody", WebIdentityToken=token
        )
        for who, token in tokens.items()
    }
    assert {"user": user, "guest": guest} == answers


OWNERS = {
    "ana": f"{REGION}:00000001-0000-4000-8000-000000000000",
    "ben": f"{REGION}:00000002-0000-4000-8000-000000000000",
}


def moto_client(url: str, session: Any, service: str) -> Any:
    return session.client(service, endpoint_url=url, config=Config(proxies={}))


@pytest.fixture(scope="module")
def second_opinion() -> Generator[Mapping[str, Any]]:
    """
    Each user's S3 client at moto, which holds requests for objects against policies from then on.

    It does so for sessions of STS alone, not for those that its identity pools give; it looks at no condition and, like
    the other emulator, at no variable.
    """
    try:
        with moto() as url:
            yield clients_at(url)
    except MotoMissingError as missing:
        pytest.skip(str(missing))


def clients_at(url: str) -> Mapping[str, Any]:
    administrator = boto3.Session("test", "test", region_name=REGION)
    iam, s3 = moto_client(url, administrator, "iam"), moto_client(url, administrator, "s3")
    sts = moto_client(url, boto3.Session(region_name=REGION), "sts")
    s3.create_bucket(Bucket=BUCKET)
    sessions: dict[str, Any] = {}
    for (name, identity_id), role in zip(OWNERS.items(), ("Writer", "Reader"), strict=True):
        s3.put_object(Bucket=BUCKET, Key=f"{identity_id}/note.txt", Body=b"a note")
        trust = json.dumps(trust_policy(ELSEWHERE))
        role_arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        policy = json.dumps(POLICIES[role]).replace(IDENTITY, identity_id)
        iam.put_role_policy(RoleName=role, PolicyName="own-folder", PolicyDocument=policy)
        given = sts.assume_role_with_web_identity(RoleArn=role_arn, RoleSessionName=name, WebIdentityToken="anything")
        keys = given["Credentials"]
        sessions[name] = boto3.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION
        )
    httpx.post(f"{url}/moto-api/reset-auth", content=b"0", trust_env=False).raise_for_status()
    return {name: moto_client(url, session, "s3") for name, session in sessions.items()}


@pytest.mark.parametrize(
    ("who", "operation", "whose", "answer"),
    [
        ("ana", "get_object", "ana", "200"),
        ("ana", "put_object", "ana", "200"),
        ("ana", "get_object", "ben", "AccessDenied"),
        ("ana", "put_object", "ben", "AccessDenied"),
        ("ana", "delete_object", "ben", "AccessDenied"),
        ("ben", "get_object", "ben", "200"),
        ("ben", "put_object", "ben", "AccessDenied"),
        ("ben", "delete_object", "ben", "AccessDenied"),
        ("ben", "get_object", "ana", "AccessDenied"),
        ("ben", "put_object", "ana", "AccessDenied"),
    ],
)
def test_whose_objects(second_opinion: Mapping[str, Any], who: str, operation: str, whose: str, answer: str) -> None:
    """A writer and a reader, each in their own folder and nowhere else."""
    asked = getattr(second_opinion[who], operation)

    assert answer == answer_to(asked, Bucket=BUCKET, Key=f"{OWNERS[whose]}/note.txt")
