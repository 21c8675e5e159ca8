"""An emulated account in which everybody has a folder of a bucket: what an administrator sets up."""

from __future__ import annotations

import json
from typing import Any, Final

import boto3
from botocore.config import Config

from cogauth.iam_roles import s3_policy, trust_policy
from devtools.ministack import REGION, Ministack

BUCKET: Final = "notes"
SERVICES: Final = ("cognito-identity", "iam", "s3", "sts")
PASSWORD: Final = "Only-for-loopback-1"
ROLE: Final = "arn:aws:iam::000000000000:role"
IDENTITY: Final = "${cognito-identity.amazonaws.com:sub}"
"""The identity id, which AWS puts in its place at each request; it is not the `sub` of the user pool's tokens."""

POLICIES: Final = {"Writer": s3_policy(BUCKET, "user"), "Reader": s3_policy(BUCKET, "user", read_only=True)}
"""What each role allows, in the folder that is called like the caller's identity."""


class OwnFolders:
    """The emulated account: ana, whose department is risk, gets the role Writer, ben of sales the role Reader."""

    def __init__(self, emulator: Ministack) -> None:
        self.emulator = emulator
        administrator = boto3.Session("test", "test", region_name=REGION)
        self._iam = self.client(administrator, "iam")
        self._pools = self.client(administrator, "cognito-identity")
        self._s3 = self.client(administrator, "s3")
        self._s3.create_bucket(Bucket=BUCKET)
        self.user_pool = emulator.create_pool("staff", custom_attributes=["dept"])
        self.web = emulator.create_client(self.user_pool, "web")
        for name, department in (("ana", "risk"), ("ben", "sales")):
            emulator.add_user(self.user_pool, name, PASSWORD, attributes={"custom:dept": department})
        self.identity_pool = self._make_identity_pool()

    def _make_identity_pool(self) -> str:
        provider = f"cognito-idp.{REGION}.amazonaws.com/{self.user_pool}"
        made: str = self._pools.create_identity_pool(
            IdentityPoolName="staff",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": self.web}],
        )["IdentityPoolId"]
        # What users may write themselves must not choose their role: a real pool's client would not let them.
        rule = {"Claim": "custom:dept", "MatchType": "Equals", "Value": "risk", "RoleARN": f"{ROLE}/Writer"}
        mapping = {
            "Type": "Rules",
            "AmbiguousRoleResolution": "AuthenticatedRole",
            "RulesConfiguration": {"Rules": [rule]},
        }
        self._pools.set_identity_pool_roles(
            IdentityPoolId=made,
            Roles={"authenticated": f"{ROLE}/Reader"},
            RoleMappings={f"{provider}:{self.web}": mapping},
        )
        return made

    def client(self, session: Any, service: str, **settings: Any) -> Any:
        """Give a client of *session* that asks the emulator, whatever proxy this machine has."""
        return session.client(service, endpoint_url=self.emulator.url, config=Config(proxies={}, **settings))

    def tokens(self) -> dict[str, str]:
        """Sign everybody in, and spoil some tokens."""
        ana, ben = (self.emulator.sign_in(self.web, name, PASSWORD) for name in ("ana", "ben"))
        elsewhere = self.emulator.create_pool("elsewhere")
        self.emulator.add_user(elsewhere, "ana", PASSWORD)
        stranger = self.emulator.sign_in(self.emulator.create_client(elsewhere, "web"), "ana", PASSWORD)
        return {
            "ana": ana.id,
            "ben": ben.id,
            "ana, access token": ana.access,
            # Ana's claims with Ben's signature: what it looks like to edit one's own token.
            "ana, token changed": f"{ana.id.rpartition('.')[0]}.{ben.id.rpartition('.')[2]}",
            "ana of another pool": stranger.id,
        }

    def role_settings(self) -> dict[str, Any]:
        """Give what `GetIdentityPoolRoles` answers."""
        found: dict[str, Any] = self._pools.get_identity_pool_roles(IdentityPoolId=self.identity_pool)
        return found

    def fill(self, identity_id: str) -> None:
        """Put a note into somebody's folder."""
        self._s3.put_object(Bucket=BUCKET, Key=f"{identity_id}/note.txt", Body=b"a note")

    def make_role(self, name: str, trust: Any, policy: Any) -> str:
        """Make a role, and give its ARN."""
        arn: str = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self._iam.put_role_policy(RoleName=name, PolicyName="own-folder", PolicyDocument=json.dumps(policy))
        return arn

    def stand_in(self, role_arn: str, identity_id: str) -> None:
        """
        Do for one user what AWS does and the emulator does not.

        It looks at no role mapping and gives everybody the role of those who signed in; and it takes a variable in a
        policy as it stands. So for the exchange that comes next that role is a copy of the one that AWS would choose,
        with the variable filled in.
        """
        role = role_arn.rpartition("/")[2]
        policy = json.loads(json.dumps(POLICIES[role]).replace(IDENTITY, identity_id))
        trust = trust_policy(self.identity_pool)
        copy = self.make_role(f"{role}-of-{identity_id.rpartition(':')[2]}", trust, policy)
        self._pools.set_identity_pool_roles(IdentityPoolId=self.identity_pool, Roles={"authenticated": copy})
