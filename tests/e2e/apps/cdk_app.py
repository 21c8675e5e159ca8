"""A CDK app with one authorizer and an API of each kind that names it; another stack does so by its ARN."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from cogauth_lambda.cdk import AuthorizerReference, CogAuthAuthorizer

cdk: Any = import_module("aws_cdk")
rest: Any = import_module("aws_cdk.aws_apigateway")
http: Any = import_module("aws_cdk.aws_apigatewayv2")
integrations: Any = import_module("aws_cdk.aws_apigatewayv2_integrations")
sns: Any = import_module("aws_cdk.aws_sns")


def build(package: str, folder: str) -> None:
    """Write the templates of both stacks into *folder*."""
    app = cdk.App(outdir=folder, analytics_reporting=False)
    stack = cdk.Stack(app, "Authorizer")
    topic = sns.Topic(stack, "Alarms")
    authorizer = CogAuthAuthorizer(stack, "CogAuth", package=package, cache_ttl=60, alarm_topic=topic)
    _apis(stack, authorizer)
    others = cdk.Stack(app, "Others")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:cogauth"
    _apis(others, AuthorizerReference(others, "CogAuth", function_arn=arn, http_api="simple", cache_ttl=0))
    app.synth()


def _apis(stack: Any, authorizer: AuthorizerReference) -> None:
    api = rest.RestApi(stack, "Rest", cloud_watch_role=False)
    authorizer.refusals(api, origin="https://app.example.com")
    mock = rest.MockIntegration()
    orders = api.root.add_resource("orders")
    orders.add_method("GET", mock, authorizer=authorizer.rest_request("Request"))
    orders.add_method("POST", mock, authorizer=authorizer.rest_token("Token"))
    backend = integrations.HttpUrlIntegration("Backend", "https://backend.example.com")
    http.HttpApi(stack, "Http", default_integration=backend, default_authorizer=authorizer.http("Http"))
    connect = http.WebSocketRouteOptions(
        integration=integrations.WebSocketMockIntegration("Connect"), authorizer=authorizer.websocket("Connect")
    )
    http.WebSocketApi(stack, "WebSocket", connect_route_options=connect)


if __name__ == "__main__":
    build(*sys.argv[1:])
