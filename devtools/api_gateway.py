"""API Gateway as `ministack` emulates it: APIs of each kind behind one Lambda authorizer."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import boto3
import httpx
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from devtools.ministack import REGION

STAGE: Final = "prod"
RUNTIME: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
_ROLE: Final = "arn:aws:iam::000000000000:role/lambda"

# What the API leads to: it tells what the authorizer handed over.
_BACKEND = """\
import json


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}
"""

# The deployed handler, with a count of its invocations.
_COUNTED = """\
import os
from cogauth_lambda.handler import handler as answer


def handler(event, context):
    with open(os.environ["INVOCATIONS"], "a") as file:
        file.write("x")
    return answer(event, context)
"""


class Reply(NamedTuple):
    """What a caller sees: the status and, where the backend was called, what it was told of the caller."""

    status: int
    handed: Mapping[str, Any] | None


class Function(NamedTuple):
    """A function and how often it was invoked."""

    arn: str
    uri: str
    invocations: Path

    def invoked(self) -> int:
        """Tell how often it was invoked so far."""
        return self.invocations.stat().st_size


class Api:
    """An API whose every route asks the authorizer."""

    def __init__(self, url: str, kind: str, function: Function) -> None:
        self.kind = kind
        self.function = function
        self._url = url

    def ask(self, line: str, token: str | None) -> Reply:
        """Send a request, such as ``GET /orders/7``, with *token*, or without one."""
        method, path = line.split(" ", 1)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if self.kind == "WebSocket":
            return self._connect(headers)
        answer = httpx.request(method, f"{self._url}{path}", headers=headers, trust_env=False, timeout=20.0)
        return Reply(answer.status_code, answer.json() if answer.is_success and answer.content else None)

    def _connect(self, headers: Mapping[str, str]) -> Reply:
        url = self._url.replace("http://", "ws://")
        try:
            with connect(url, additional_headers=headers, proxy=None, open_timeout=20.0):
                return Reply(200, None)
        except InvalidStatus as refused:
            return Reply(refused.response.status_code, None)


class ApiGateway:
    """Functions and APIs in an emulator that runs the services `lambda` and `apigateway`."""

    def __init__(self, url: str, folder: Path) -> None:
        """Take the emulator's address, and where to count invocations."""
        session: Any = boto3.Session("test", "test", region_name=REGION)  # its types know the services one by one
        self._lambda: Any = session.client("lambda", endpoint_url=url)
        self._rest: Any = session.client("apigateway", endpoint_url=url)
        self._http: Any = session.client("apigatewayv2", endpoint_url=url)
        self._url = url
        self._folder = folder
        self._backend = self._function("backend", _zipped({"app.py": _BACKEND}), "app.handler", {})

    def authorizer(self, name: str, package: bytes, env: Mapping[str, str]) -> Function:
        """Deploy a zip of ``cogauth package lambda`` with the function's environment *env*."""
        return self._function(name, _zipped({"counted.py": _COUNTED}, package), "counted.handler", env)

    def rest(self, kind: Literal["TOKEN", "REQUEST"], authorizer: Function, *, ttl: int) -> Api:
        """Make a REST API of ANY /{proxy+} that asks *authorizer* and keeps answers for *ttl* seconds."""
        api = self._rest.create_rest_api(name=f"rest {kind}")["id"]
        made = self._rest.create_authorizer(
            restApiId=api,
            name="cogauth",
            type=kind,
            authorizerUri=authorizer.uri,
            identitySource="method.request.header.Authorization",
            authorizerResultTtlInSeconds=ttl,
        )
        (root,) = self._rest.get_resources(restApiId=api)["items"]
        resource = self._rest.create_resource(restApiId=api, parentId=root["id"], pathPart="{proxy+}")["id"]
        where = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
        self._rest.put_method(**where, authorizationType="CUSTOM", authorizerId=made["id"])
        self._rest.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=self._backend.uri)
        self._rest.create_deployment(restApiId=api, stageName=STAGE)
        return self._made(api, f"REST {kind}", authorizer)

    def http(self, version: Literal["1.0", "2.0"], authorizer: Function, *, ttl: int, simple: bool = False) -> Api:
        """Make an HTTP API with one route, ANY /{proxy+}, and payload format *version* for its authorizer."""
        api = self._http.create_api(Name=f"http {version}", ProtocolType="HTTP")["ApiId"]
        return self._v2(
            api,
            "ANY /{proxy+}",
            f"HTTP {version}{' simple' if simple else ''}",
            authorizer,
            IdentitySource=["$request.header.Authorization"],
            AuthorizerPayloadFormatVersion=version,
            AuthorizerResultTtlInSeconds=ttl,
            EnableSimpleResponses=simple,
        )

    def websocket(self, authorizer: Function) -> Api:
        """Make a WebSocket API; its answers are not kept."""
        api = self._http.create_api(
            Name="websocket", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        return self._v2(api, "$connect", "WebSocket", authorizer, IdentitySource=["route.request.header.Authorization"])

    def _v2(self, api: str, route: str, kind: str, authorizer: Function, **options: Any) -> Api:
        made = self._http.create_authorizer(
            ApiId=api, Name="cogauth", AuthorizerType="REQUEST", AuthorizerUri=authorizer.uri, **options
        )
        integration = self._http.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=self._backend.arn,
            **({} if kind == "WebSocket" else {"PayloadFormatVersion": "2.0"}),
        )
        self._http.create_route(
            ApiId=api,
            RouteKey=route,
            AuthorizationType="CUSTOM",
            AuthorizerId=made["AuthorizerId"],
            Target=f"integrations/{integration['IntegrationId']}",
        )
        self._http.create_stage(ApiId=api, StageName=STAGE, AutoDeploy=True)
        return self._made(api, kind, authorizer)

    def _made(self, api: str, kind: str, authorizer: Function) -> Api:
        return Api(f"{self._url}/_aws/execute-api/{api}/{STAGE}", kind, authorizer)

    def _function(self, name: str, package: bytes, handler: str, env: Mapping[str, str]) -> Function:
        invocations = self._folder / f"{name}.invocations"
        invocations.touch()
        made = self._lambda.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=_ROLE,
            Handler=handler,
            Code={"ZipFile": package},
            Timeout=20,
            Environment={"Variables": {**env, "INVOCATIONS": str(invocations)}},
        )
        arn = made["FunctionArn"]
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        return Function(arn, uri, invocations)


def _zipped(files: Mapping[str, str], package: bytes = b"") -> bytes:
    """Give *package*, or an empty zip, with *files* added."""
    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a" if package else "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
