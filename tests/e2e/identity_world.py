"""A real identity pool on an emulator that checks signatures: its users, its roles, and a bucket with their folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from cogauth.identity import CredentialsProvider
from devtools.ministack import REGION, Ministack, SignIn
from tests.e2e.world import PASSWORD

BUCKET = "box"
SERVICES = ("cognito-identity", "iam", "s3", "sts")


@dataclass(frozen=True, slots=True)
class IdentityWorld:
    """Two users of one identity pool, and whose identities they are."""

    url: str
    pool_id: str
    identity_pool: str
    users: Mapping[str, SignIn] = field(repr=False)
    stranger: SignIn = field(repr=False)
    identities: Mapping[str, str]

    def provider(self, **options: Any) -> CredentialsProvider:
        return CredentialsProvider(self.identity_pool, endpoint=self.url, **options)


def client(url: str, service: str) -> Any:
    """A client with an administrator's rights."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=url)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType, reportUnknownMemberType]  # a name like any other


def build(emulator: Ministack) -> IdentityWorld:
    """Make the pools, the roles and the bucket, and write each user's file."""
    pool = emulator.create_pool("staff")
    web = emulator.create_client(pool, "web")
    for name in ("ana", "ben"):
        emulator.add_user(pool, name, PASSWORD)
    elsewhere = emulator.create_pool("elsewhere")
    emulator.add_user(elsewhere, "eve", PASSWORD)
    users = {name: emulator.sign_in(web, name, PASSWORD) for name in ("ana", "ben")}
    stranger = emulator.sign_in(emulator.create_client(elsewhere, "web"), "eve", PASSWORD)

    pools, iam, s3 = (client(emulator.url, service) for service in ("cognito-identity", "iam", "s3"))
    provider = {"ProviderName": f"cognito-idp.{REGION}.amazonaws.com/{pool}", "ClientId": web}
    identity_pool = pools.create_identity_pool(
        IdentityPoolName="staff", AllowUnauthenticatedIdentities=True, CognitoIdentityProviders=[provider]
    )["IdentityPoolId"]
    roles = {
        name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust(identity_pool, name))["Role"]["Arn"]
        for name in ("authenticated", "unauthenticated")
    }
    pools.set_identity_pool_roles(IdentityPoolId=identity_pool, Roles=roles)

    provider_of = CredentialsProvider(identity_pool, endpoint=emulator.url)
    identities = {name: provider_of.identity_id(signed_in.id) for name, signed_in in users.items()}
    s3.create_bucket(Bucket=BUCKET)
    for name, identity_id in identities.items():
        s3.put_object(Bucket=BUCKET, Key=f"{identity_id}/notes.txt", Body=f"{name}'s notes".encode())
    # The emulator does not know the variable ${cognito-identity.amazonaws.com:sub}. So this is the policy as IAM reads
    # it when ana comes.
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/{identities['ana']}/*"}
    iam.put_role_policy(RoleName="authenticated", PolicyName="own", PolicyDocument=_document(own))
    return IdentityWorld(emulator.url, pool, identity_pool, users, stranger, identities)


def _trust(identity_pool: str, amr: str) -> str:
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": identity_pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
            },
        }
    )


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
