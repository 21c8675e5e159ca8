"""What authorizers are deployed with: the templates say what a package does, and hold nothing against a good token."""

from __future__ import annotations

import json
import re
import string
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from cogauth import AUTHENTICATED, Authorizer, Verifier
from cogauth.testing import LocalUserPool
from cogauth_lambda.deploy import BEARER_JWS, Settings, templates

SETTINGS = Settings(
    package="made.zip",
    architecture="x86_64",
    runtime="python3.12",
    environment={"COGAUTH_CONFIG": "cogauth.json", "COGAUTH_CACHE_TTL": "60"},
    cache_ttl=60,
    simple=True,
    challenge='Bearer resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"',
)

SEGMENT = st.text(string.ascii_letters + string.digits + "-_", min_size=1)


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what stands behind them, and no aliases, which CloudFormation refuses."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        assert not self.check_event(yaml.AliasEvent), "CloudFormation reads no aliases"
        return super().compose_node(parent, index)


def _short(loader: Any, suffix: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return {suffix: loader.construct_scalar(node)}
        case yaml.SequenceNode():
            return {suffix: loader.construct_sequence(node, deep=True)}
        case _:
            return {suffix: loader.construct_mapping(node, deep=True)}


_Template.add_multi_constructor("!", _short)  # pyright: ignore[reportUnknownMemberType]  # yaml has no type for it


def rendered(settings: Settings = SETTINGS) -> dict[str, Any]:
    """Read both templates."""
    return {name: yaml.load(text, _Template) for name, text in templates(settings).items()}


def found(tree: Any, key: str) -> list[Any]:
    """Give every value of *key*, however deep."""
    values: list[Any] = []

    def note(members: dict[str, Any]) -> dict[str, Any]:
        if key in members:
            values.append(members[key])
        return members

    json.loads(json.dumps(tree), object_hook=note)
    return values


# The expression


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """A pool with a user."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"}, clock=lambda: 1_700_000_000)
    pool.add_user("ana", groups=["editors"])
    return pool


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEARER"])
def test_good_tokens_match(pool: LocalUserPool, scheme: str) -> None:
    """What the core accepts with this header reaches the authorizer."""
    authorizer = Authorizer(Verifier(pool.issuer(token_use="any"), clock=lambda: 1_700_000_000), AUTHENTICATED)
    tokens = pool.sign_in("ana", client="web")
    for token in (tokens.access, tokens.id, pool.machine_token(client="web", scopes=["jobs/run"])):
        header = f"{scheme} {token}"
        assert authorizer.authorize_request("GET", "/", [("Authorization", header)]).allowed
        assert re.fullmatch(BEARER_JWS, header)


@given(header=SEGMENT, payload=SEGMENT, signature=SEGMENT)
def test_a_jws_matches(header: str, payload: str, signature: str) -> None:
    """Whatever has its shape does."""
    assert re.search(BEARER_JWS, f"Bearer {header}.{payload}.{signature}")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  a.b.c",
        "Bearera.b.c",
        "a.b.c",
        "Basic a.b.c",
        "Bearer a.b",
        "Bearer a..c",
        "Bearer .b.c",
        "Bearer a.b.",
        "Bearer a.b.c.d",
        "Bearer a.b.c.d.e",
        "Bearer a.b.c=",
        "Bearer a.b.c d",
        "Bearer a.b.c,Bearer a.b.c",
        "Bearer a.b+.c",
        "Bearer a.b/.c",
        "Bearer a.b.ć",
        "x Bearer a.b.c",
        "Bearer\ta.b.c",
        "null",
        "undefined",
    ],
)
def test_junk_does_not_match(header: str, pool: LocalUserPool) -> None:
    """It costs no invocation, and the core would have refused it as well."""
    assert not re.search(BEARER_JWS, header)
    authorizer = Authorizer(Verifier(pool.issuer(token_use="any")), AUTHENTICATED)
    assert not authorizer.authorize_request("GET", "/", [("Authorization", header)]).allowed


# The templates


def test_filled_in() -> None:
    """Each thing that a package has of its own stands where it belongs, and no mark is left."""
    assert not any(re.search(r"# package: \w", text) for text in templates(SETTINGS).values())
    both = rendered()
    function = both["authorizer.yaml"]["Resources"]["Function"]["Properties"]
    assert ("made.zip", "python3.12", ["x86_64"]) == (
        function["CodeUri"],
        function["Runtime"],
        function["Architectures"],
    )
    assert SETTINGS.environment == function["Environment"]["Variables"]
    assert "cogauth_lambda.handler.handler" == function["Handler"]
    apis = both["apis.yaml"]
    assert [60, 60, 60] == found(apis, "ReauthorizeEvery")
    assert [True] == found(apis, "EnableSimpleResponses")
    assert [BEARER_JWS] == found(apis, "ValidationExpression")
    assert [f"'{SETTINGS.challenge}'"] * 2 == found(apis, "WWW-Authenticate")


def test_as_they_stand() -> None:
    """The files themselves are for a package with the command's defaults."""
    plain = Settings("cogauth-lambda.zip", "arm64", "python3.13", {"COGAUTH_CONFIG": "cogauth.json"})
    assert [300, 300, 300] == found(rendered(plain), "ReauthorizeEvery")
    assert ["'Bearer'"] * 2 == found(rendered(plain), "WWW-Authenticate")


def test_a_quote_in_the_challenge() -> None:
    """A fixed value of API Gateway stands between single quotes, and ends at the next."""
    challenge = 'Bearer resource_metadata="https://api.example.com/o\'clock"'
    (value, _) = found(rendered(SETTINGS._replace(challenge=challenge)), "WWW-Authenticate")
    assert ("'", "'", 2) == (value[0], value[-1], value.count("'"))


def test_values_stay_values() -> None:
    """Nothing that a package says becomes anything but a text in a template."""
    odd = 'a: b # "c"\n  - !Sub ${x}'
    both = rendered(SETTINGS._replace(package=odd, environment={"COGAUTH_X": odd}))
    function = both["authorizer.yaml"]["Resources"]["Function"]["Properties"]
    assert (odd, {"COGAUTH_X": odd}) == (function["CodeUri"], function["Environment"]["Variables"])


def test_no_alarm_at_refusals() -> None:
    """AWS/Lambda Errors counts each refused token of a REST API: no alarm reads it, and no filter counts them."""
    resources = rendered()["authorizer.yaml"]["Resources"].values()
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    failures = {"Sub": "${AWS::StackName}-failures"}
    assert [("cogauth", failures), ("AWS/Lambda", "Throttles")] == [
        (each["Namespace"], each["MetricName"]) for each in alarms
    ]
    raised = [each for each in found(list(resources), "FilterPattern") if "errorMessage" in each]
    assert ['{ ($.level = "ERROR") && ($.errorMessage != "Unauthorized") }'] == raised


def test_rights() -> None:
    """The function may write its own log; API Gateway of this account alone may ask it."""
    resources = rendered()["authorizer.yaml"]["Resources"]
    (policy,) = resources["Role"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert ["logs:CreateLogStream", "logs:PutLogEvents"] == statement["Action"]
    assert {"GetAtt": "LogGroup.Arn"} == statement["Resource"]
    permissions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Lambda::Permission"]
    assert [("apigateway.amazonaws.com", {"Ref": "AWS::AccountId"})] == [
        (each["Principal"], each["SourceAccount"]) for each in permissions
    ]


def test_no_token_in_access_logs() -> None:
    """Neither headers nor queries are written down, where tokens travel."""
    formats = found(rendered()["apis.yaml"], "Format")
    assert 4 == len(formats)
    telling = re.compile(r"authorization|header|query|\$context\.path|protocol", re.IGNORECASE)
    assert not any(telling.search(each) for each in formats)
