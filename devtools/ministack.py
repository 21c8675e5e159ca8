"""The real `ministack` emulator as a child process, and the Cognito calls the end-to-end proof needs."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from devtools.processes import LOOPBACK, answers, free_port, running

REGION = "us-east-1"
DEFAULT_EXECUTABLE = Path(__file__).resolve().parents[1] / ".venv-ministack" / "bin" / "ministack"
# It reads account and region from the header and checks no signature; a real one would need a secret and AWS's SDK.
_AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/cognito-idp/aws4_request, SignedHeaders=host, Signature=00"
)


class MinistackMissingError(RuntimeError):
    """The emulator is not installed."""


class CognitoCallError(RuntimeError):
    """The emulator refused an API call; the message names the call, never what was sent."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in gives. The tokens are left out of the representation."""

    access: str = field(repr=False)
    id: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MachineClient:
    """A confidential app client for the client-credentials grant."""

    client_id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...]


def executable() -> Path:
    """
    Where `ministack` is: ``COGAUTH_MINISTACK``, else this repository's own environment for it.

    Raises:
        MinistackMissingError: nothing is there.
    """
    path = Path(os.environ.get("COGAUTH_MINISTACK") or DEFAULT_EXECUTABLE)
    if not os.access(path, os.X_OK):
        raise MinistackMissingError(
            f"no ministack at {path}: `make e2e` installs it, COGAUTH_MINISTACK points elsewhere"
        )
    return path


class Ministack:
    """A running emulator: ``with Ministack() as cognito: cognito.create_pool("staff")``."""

    def __init__(self, *services: str, checks_signatures: bool = False) -> None:
        """
        Find the emulator, and do not start it yet.

        Args:
            services: AWS's names of what is emulated beside user pools.
            checks_signatures: Whether it holds requests against IAM, and logins of identity pools against their issuer.

        Raises:
            MinistackMissingError: It is not installed.
        """
        self._executable = executable()
        self._services = ("cognito-idp", *services)
        self._checks_signatures = checks_signatures
        self._port = free_port()
        self._stack = contextlib.ExitStack()
        self.url = f"http://{LOOPBACK}:{self._port}"

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            state = stack.enter_context(tempfile.TemporaryDirectory(prefix="ministack-"))
            env = {
                "BIND_HOST": LOOPBACK,  # its default is every interface
                "GATEWAY_PORT": str(self._port),
                "STATE_DIR": state,
                "TMPDIR": state,  # its pid file
                "SERVICES": ",".join(self._services),
                "AUTH": "true" if self._checks_signatures else "false",
                "MINISTACK_REGION": REGION,
                "LOG_LEVEL": "ERROR",
            }
            ready = answers(f"{self.url}/_ministack/health")
            stack.enter_context(running([str(self._executable)], ready=ready, env=env, cwd=state))
            self._http = stack.enter_context(httpx.Client(base_url=self.url, trust_env=False, timeout=10.0))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def jwks_uri(self, pool_id: str) -> str:
        """Where the pool's keys are served over loopback HTTP."""
        return f"{self.url}/{pool_id}/.well-known/jwks.json"

    def key_ids(self, pool_id: str) -> list[str]:
        """The key ids of the published document."""
        document = self._http.get(self.jwks_uri(pool_id)).raise_for_status().json()
        return [key["kid"] for key in document["keys"]]

    def create_pool(self, name: str, *, custom_attributes: Iterable[str] = ()) -> str:
        """Create a user pool with custom string attributes (named without ``custom:``) and return its id."""
        schema = [{"Name": a, "AttributeDataType": "String", "Mutable": True} for a in custom_attributes]
        return str(self._call("CreateUserPool", PoolName=name, Schema=schema)["UserPool"]["Id"])

    def create_client(self, pool_id: str, name: str, *, seconds: int = 3_600) -> str:
        """
        Create a public app client whose access and ID tokens live for ``seconds`` and return its id.

        AWS allows nothing under five minutes; the emulator does, which is how a token gets to expire in a test. Its
        refresh tokens are signed like access tokens; they live for 12 hours here, so that it is not their long life
        alone that gives them away.
        """
        made = self._call(
            "CreateUserPoolClient",
            UserPoolId=pool_id,
            ClientName=name,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            AccessTokenValidity=seconds,
            IdTokenValidity=seconds,
            RefreshTokenValidity=12,
            TokenValidityUnits={"AccessToken": "seconds", "IdToken": "seconds", "RefreshToken": "hours"},
        )
        return str(made["UserPoolClient"]["ClientId"])

    def create_resource_server(self, pool_id: str, identifier: str, scopes: Iterable[str]) -> None:
        """Define the scopes ``identifier/scope`` that machine clients can be given."""
        named = [{"ScopeName": scope, "ScopeDescription": scope} for scope in scopes]
        self._call("CreateResourceServer", UserPoolId=pool_id, Identifier=identifier, Name=identifier, Scopes=named)

    def create_machine_client(self, pool_id: str, name: str, *, scopes: Iterable[str]) -> MachineClient:
        """Create a confidential client allowed exactly these scopes."""
        granted = tuple(scopes)
        made = self._call(
            "CreateUserPoolClient",
            UserPoolId=pool_id,
            ClientName=name,
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=list(granted),
        )["UserPoolClient"]
        return MachineClient(str(made["ClientId"]), str(made["ClientSecret"]), granted)

    def add_user(
        self,
        pool_id: str,
        username: str,
        password: str,
        *,
        groups: Iterable[str] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """Create a confirmed user in ``groups``, creating the groups that the pool has not yet."""
        named = [{"Name": name, "Value": value} for name, value in (attributes or {}).items()]
        user = {"UserPoolId": pool_id, "Username": username}
        self._call("AdminCreateUser", **user, UserAttributes=named, MessageAction="SUPPRESS")
        self._call("AdminSetUserPassword", **user, Password=password, Permanent=True)
        existing = {group["GroupName"] for group in self._call("ListGroups", UserPoolId=pool_id)["Groups"]}
        for group in groups:
            if group not in existing:
                self._call("CreateGroup", UserPoolId=pool_id, GroupName=group)
            self._call("AdminAddUserToGroup", **user, GroupName=group)

    def sign_in(self, client_id: str, username: str, password: str) -> SignIn:
        """Sign a user in with a password."""
        result = self._call(
            "InitiateAuth",
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )["AuthenticationResult"]
        return SignIn(access=result["AccessToken"], id=result["IdToken"], refresh=result["RefreshToken"])

    def machine_token(self, machine: MachineClient) -> str:
        """An access token by the client-credentials grant, over the OAuth token endpoint."""
        form = {"grant_type": "client_credentials", "scope": " ".join(machine.scopes)}
        answer = self._http.post("/oauth2/token", data=form, auth=(machine.client_id, machine.secret))
        if answer.is_error:
            raise CognitoCallError(f"/oauth2/token answered {answer.status_code}")
        return str(answer.json()["access_token"])

    def _call(self, operation: str, **parameters: object) -> dict[str, Any]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            "Authorization": _AUTHORIZATION,
        }
        answer = self._http.post("/", headers=headers, json=parameters)
        if answer.is_error:
            message = f"{operation} answered {answer.status_code} {answer.headers.get('x-amzn-errortype', '')}".rstrip()
            raise CognitoCallError(message)
        result: dict[str, Any] = answer.json()
        return result
