"""
AWS CDK constructs: the packaged authorizer, and the names by which APIs call it.

They need aws-cdk-lib (extra `cdk`), whose types would take checkers longer than all of cogauth: what comes from there
and goes there is `Any`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from constructs import Construct

from cogauth_lambda.deploy import BEARER_JWS

# As modules whose members are looked up when they are used; types would be read when this is imported.
_core: Any = import_module("aws_cdk")
_rest: Any = import_module("aws_cdk.aws_apigateway")
_http: Any = import_module("aws_cdk.aws_apigatewayv2_authorizers")
_watch: Any = import_module("aws_cdk.aws_cloudwatch")
_actions: Any = import_module("aws_cdk.aws_cloudwatch_actions")
_iam: Any = import_module("aws_cdk.aws_iam")
_lambda: Any = import_module("aws_cdk.aws_lambda")
_logs: Any = import_module("aws_cdk.aws_logs")

_HEADER = "Authorization"


class AuthorizerReference(Construct):
    """
    An authorizer that is deployed, by the ARN of its function: what APIs of any stack name.

    Args:
        scope: where it stands.
        construct_id: what it is called there.
        function_arn: the ARN of the function, such as `CogAuthAuthorizer.function_arn` or an imported value.
        cache_ttl: the seconds for which gateways keep an answer, as the function was packaged for.
        http_api: how it answers HTTP APIs, as it was packaged for.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function_arn: str,
        cache_ttl: int = 300,
        http_api: Literal["iam", "simple"] = "iam",
    ) -> None:
        super().__init__(scope, construct_id)
        self.function_arn: str = function_arn
        """The function's ARN."""
        self._ttl = _core.Duration.seconds(cache_ttl)
        self._simple = http_api == "simple"
        # Not as the function itself, of which each API would ask a permission: fifty of them do not fit its policy.
        self._named = _lambda.Function.from_function_attributes(
            self, "Named", function_arn=function_arn, same_environment=False, skip_permissions=True
        )

    def rest_request(self, construct_id: str) -> Any:
        """Make a `RequestAuthorizer` for methods of a REST API; it keeps answers by the Authorization header."""
        return _rest.RequestAuthorizer(
            self,
            construct_id,
            handler=self._named,
            identity_sources=[_rest.IdentitySource.header(_HEADER)],
            results_cache_ttl=self._ttl,
        )

    def rest_token(self, construct_id: str) -> Any:
        """Make a `TokenAuthorizer` for methods of a REST API; what cannot be a token never reaches the function."""
        return _rest.TokenAuthorizer(
            self, construct_id, handler=self._named, validation_regex=BEARER_JWS, results_cache_ttl=self._ttl
        )

    def http(self, construct_id: str) -> Any:
        """Make an `HttpLambdaAuthorizer` for routes of an HTTP API, with events of format 2.0."""
        kind = _http.HttpLambdaResponseType.SIMPLE if self._simple else _http.HttpLambdaResponseType.IAM
        return _http.HttpLambdaAuthorizer(
            construct_id,
            self._named,
            identity_source=[f"$request.header.{_HEADER}"],
            response_types=[kind],
            results_cache_ttl=self._ttl,
        )

    def websocket(self, construct_id: str) -> Any:
        """
        Make a `WebSocketLambdaAuthorizer` for `$connect`.

        It has no identity source, so that a browser's token, which comes as a subprotocol, gets through as well.
        """
        return _http.WebSocketLambdaAuthorizer(construct_id, self._named, identity_source=[])

    @staticmethod
    def refusals(api: Any, *, origin: str = "*", challenge: str = "Bearer") -> None:
        """
        Have a REST API refuse with `WWW-Authenticate` and headers that pages of *origin* can read.

        Args:
            api: a `RestApi`.
            origin: as in CORS.
            challenge: what a caller without a good token is told (RFC 6750 section 3).
        """
        readable = {"Cache-Control": "'no-store'", "Access-Control-Allow-Origin": f"'{origin}'"}
        challenged = {"WWW-Authenticate": f"'{challenge}'", "Access-Control-Expose-Headers": "'WWW-Authenticate'"}
        answers: Mapping[str, tuple[str, Mapping[str, str]]] = {
            "UNAUTHORIZED": ("401", {**readable, **challenged}),
            "ACCESS_DENIED": ("403", readable),
            "MISSING_AUTHENTICATION_TOKEN": ("403", readable),
            "AUTHORIZER_FAILURE": ("500", readable),
            "AUTHORIZER_CONFIGURATION_ERROR": ("500", readable),
        }
        for name, (status, headers) in answers.items():
            kind = getattr(_rest.ResponseType, name)
            api.add_gateway_response(name, type=kind, status_code=status, response_headers=dict(headers))


class CogAuthAuthorizer(AuthorizerReference):
    """
    The packaged authorizer as a function, with its log, its role and its alarms: one for all APIs of an account.

    Args:
        scope: where it stands.
        construct_id: what it is called there.
        package: the zip that `cogauth package lambda` wrote.
        architecture: that of the package.
        python: that of the package, such as `3.13`.
        cache_ttl: the seconds for which gateways keep an answer, as `cogauth package lambda` was told.
        http_api: how HTTP APIs are answered, as it was told.
        environment: further variables of the function, as it was told.
        memory: megabytes. Lambda gives processor time by memory, and a start takes mostly that.
        retention: how long log lines are kept, a `RetentionDays`; a month if not given.
        alarm_topic: an SNS topic that alarms are told to; nobody if not given.
        vpc: a VPC to stand in; with pinned keys it needs no way out. None if not given.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str | Path,
        architecture: Literal["arm64", "x86_64"] = "arm64",
        python: str = "3.13",
        cache_ttl: int = 300,
        http_api: Literal["iam", "simple"] = "iam",
        environment: Mapping[str, str] | None = None,
        memory: int = 512,
        retention: Any = None,
        alarm_topic: Any = None,
        vpc: Any = None,
    ) -> None:
        inner = Construct(scope, f"{construct_id}Function")
        log = _logs.LogGroup(
            inner,
            "Log",
            retention=retention or _logs.RetentionDays.ONE_MONTH,
            removal_policy=_core.RemovalPolicy.RETAIN,
        )
        role = _iam.Role(inner, "Role", assumed_by=_iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        function = _lambda.Function(
            inner,
            "Function",
            code=_lambda.Code.from_asset(str(package)),
            handler="cogauth_lambda.handler.handler",
            runtime=_lambda.Runtime(f"python{python}", _lambda.RuntimeFamily.PYTHON),
            architecture=_lambda.Architecture.ARM_64 if architecture == "arm64" else _lambda.Architecture.X86_64,
            description="Decides for API Gateway whether a token may do what it asks",
            memory_size=memory,
            # A document of keys may take 5 s to fetch; a start comes on top. WebSocket APIs and AppSync wait no longer.
            timeout=_core.Duration.seconds(10),
            environment={
                **(environment or {}),
                "COGAUTH_CONFIG": "cogauth.json",
                "COGAUTH_HTTP_API": http_api,
                "COGAUTH_CACHE_TTL": str(cache_ttl),
            },
            role=role,
            log_group=log,
            logging_format=_lambda.LoggingFormat.JSON,
            system_log_level_v2=_lambda.SystemLogLevel.INFO,
            vpc=vpc,
        )
        stack = _core.Stack.of(inner)
        function.add_permission(
            "InvokedByApiGateway",
            principal=_iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_account=stack.account,
            source_arn=f"arn:{stack.partition}:execute-api:{stack.region}:{stack.account}:*/authorizers/*",
        )
        super().__init__(
            scope, construct_id, function_arn=function.function_arn, cache_ttl=cache_ttl, http_api=http_api
        )
        self.function: Any = function
        """The `Function`."""
        for alarm in (_failures(inner, log), _throttles(inner, function)):
            if alarm_topic is not None:
                alarm.add_alarm_action(_actions.SnsAction(alarm_topic))


def _failures(scope: Construct, log: Any) -> Any:
    """
    Watch the log, not the metric Errors: a refused token is an error to Lambda, and no reason to wake anybody.

    A REST or WebSocket API answers 401 only if the function raises `Unauthorized`.
    """
    name = f"{_core.Names.unique_id(scope)}-failures"
    patterns = {
        "Raised": '{ ($.level = "ERROR") && ($.errorMessage != "Unauthorized") }',
        "Ended": '{ ($.type = "platform.report") && (($.record.status = "timeout") || ($.record.status = "failure")) }',
    }
    for each, pattern in patterns.items():
        log.add_metric_filter(
            each,
            filter_pattern=_logs.FilterPattern.literal(pattern),
            metric_namespace="cogauth",
            metric_name=name,
            metric_value="1",
        )
    metric = _watch.Metric(namespace="cogauth", metric_name=name, statistic="Sum", period=_core.Duration.minutes(1))
    return _alarm(scope, "Failures", metric, "The authorizer failed, so that callers got 500")


def _throttles(scope: Construct, function: Any) -> Any:
    metric = function.metric_throttles(period=_core.Duration.minutes(1))
    return _alarm(scope, "Throttles", metric, "The authorizer was not allowed to run as often as it was asked")


def _alarm(scope: Construct, construct_id: str, metric: Any, description: str) -> Any:
    return _watch.Alarm(
        scope,
        construct_id,
        metric=metric,
        alarm_description=description,
        threshold=1,
        evaluation_periods=5,
        datapoints_to_alarm=2,
        comparison_operator=_watch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=_watch.TreatMissingData.NOT_BREACHING,
    )
