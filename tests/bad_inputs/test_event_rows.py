"""Bad events, row by row, as Lambda hands them to the authorizer and to a function behind one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogauth import Authorizer, ConfigurationError, Policy, Principal, SignedInWithin, TokenError, Verifier
from cogauth_lambda import gateway_principal, lambda_authorizer
from cogauth_lambda.members import UnknownEvent
from devtools.iam_matcher import allows
from tests.bad_inputs.asks import POLICY, People
from tests.bad_inputs.trials import row
from tests.support.lambda_events import (
    STAGE,
    Event,
    arn,
    graphql,
    http_1,
    http_2,
    rest_request,
    rest_token,
    status,
)


@pytest.fixture(scope="module")
def people() -> People:
    return People()


def authorizer(people: People, policy: Any = POLICY, **hooks: Any) -> Authorizer:
    return Authorizer(Verifier(people.pool.issuer()), Policy.from_dict(policy), **hooks)


@row("E-000")
def test_rest_token(people: People, row: str) -> None:
    """The good event is answered with a policy that says who it is, and without the token."""
    event = rest_token(people.tokens["ana"], "GET /admin")

    answer = lambda_authorizer(authorizer(people))(event, None)

    assert allows(answer["policyDocument"], event["methodArn"])
    assert answer["principalId"] == Verifier(people.pool.issuer()).verify(people.tokens["ana"]).subject
    assert all(part not in json.dumps(answer) for part in people.tokens["ana"].split("."))


@row("E-001")
def test_http_api(people: People, row: str) -> None:
    """And that of an HTTP API by a boolean."""
    event = http_2(people.tokens["ana"], "GET /admin")

    assert True is lambda_authorizer(authorizer(people), http_api="simple")(event, None)["isAuthorized"]


@row("E-010")
@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "x",
        {},
        {"type": "TOKEN"},
        {"type": "FOO"},
        {"type": "TOKEN", "authorizationToken": "Bearer <ana>"},
        {"type": "REQUEST", "headers": {"authorization": "Bearer <ana>"}},
        {"version": "2.0", "type": "REQUEST", "headers": {"authorization": "Bearer <ana>"}},
    ],
)
def test_shape(people: People, row: str, event: Any) -> None:
    """What is no event is an error with one text, which lets nobody in and which no cache keeps."""
    event = json.loads(people.filled(json.dumps(event)))

    with pytest.raises(UnknownEvent) as caught:
        lambda_authorizer(authorizer(people))(event, None)

    assert UnknownEvent.message == str(caught.value)


@row("E-013", "E-014")
@pytest.mark.parametrize(
    "several",
    [
        {"Authorization": ["Bearer <bo>"], "authorization": ["Bearer <ana>"]},
        {"Authorization": ["Bearer <bo>", "Bearer <ana>"]},
        {"Authorization": ["Bearer <ana>", "Bearer <ana>"]},
    ],
)
def test_two_credentials(people: People, row: str, several: dict[str, list[str]]) -> None:
    """Two headers that differ in case only, or two values, are two credentials, whatever the other map shows."""
    event = rest_request(people.tokens["ana"], "GET /admin")
    event["multiValueHeaders"] = {name: [people.filled(value) for value in values] for name, values in several.items()}

    assert 401 == status(lambda_authorizer(authorizer(people)), event)


@row("E-016")
@pytest.mark.parametrize("simple", ["iam", "simple"])
@pytest.mark.parametrize("sources", [["Bearer <ana>", "x"], None, []])
def test_identity_source(people: People, row: str, sources: list[str] | None, simple: Any) -> None:
    """The header is the one source; where the gateway keeps answers by another token, there is none."""
    handler = lambda_authorizer(authorizer(people), http_api=simple)
    for who in ("bo", "expired"):
        event = http_2(people.tokens[who], "GET /admin")
        event["identitySource"] = sources and [people.filled(source) for source in sources]
        assert 403 == status(handler, event)
    event = http_2(people.tokens["ana"], "GET /admin")
    event["identitySource"] = ["Bearer x", "x"]
    assert 403 == status(handler, event)


@row("E-017")
@pytest.mark.parametrize(
    "event", [{**http_1(None, "GET /public"), "version": "2.0"}, {**http_2(None, "GET /public"), "version": "1.0"}]
)
def test_format(people: People, row: str, event: Event) -> None:
    """A format in the layout of another is none, on a public route either."""
    assert 500 == status(lambda_authorizer(authorizer(people)), event)


@row("E-018")
def test_edge(people: People, row: str) -> None:
    """Lambda@Edge asks no authorizer, and its headers are none of these."""
    value = [{"key": "Authorization", "value": people.filled("Bearer <ana>")}] * 2
    edge = {"Records": [{"cf": {"request": {"method": "GET", "uri": "/admin", "headers": {"authorization": value}}}}]}
    disguised = {**rest_request(None, "GET /admin"), "headers": {"authorization": value}}

    for event in (edge, disguised):
        with pytest.raises(UnknownEvent):
            lambda_authorizer(authorizer(people))(event, None)


@row("E-020")
def test_console(people: People, row: str) -> None:
    """A test in the console has neither stage nor headers; it gets nothing that would hold anywhere."""
    event = {
        **rest_request(None, "GET /admin", STAGE.replace("prod", "*")),
        "requestContext": {"identity": {"apiKey": "test-invoke-api-key"}},
        "body": "%%%",
        "isBase64Encoded": True,
    }

    assert 401 == status(lambda_authorizer(authorizer(people)), event)
    event["headers"] = {"Authorization": people.filled("Bearer <ana>")}
    document = lambda_authorizer(authorizer(people))(event, None)["policyDocument"]
    assert not allows(document, arn("GET /admin"))


@row("E-030")
@pytest.mark.parametrize("path", ["/*", "/a*b", "/?", "/${aws:username}"])
@pytest.mark.parametrize("options", [{}, {"cache_ttl": 0}])
def test_wildcards(people: People, row: str, path: str, options: dict[str, Any]) -> None:
    """What a client asks for is in no policy."""
    policy = {"version": 1, "route": [{"match": ["GET /{x}", "GET /x/y"], "allow": "authenticated"}]}
    handler = lambda_authorizer(authorizer(people, policy), **options)

    of_it, of_another = (
        handler(rest_token(people.tokens["ana"], line), None)["policyDocument"] for line in (f"GET {path}", "GET /abc")
    )

    assert of_another == of_it


@row("E-032", "E-033")
@pytest.mark.parametrize("first", ["GET /public", "GET /admin", "DELETE /admin", "GET /nowhere", "GET //"])
def test_kept(people: People, row: str, first: str) -> None:
    """A kept answer is right for each route, allowed or not, whichever was asked first."""
    handler = lambda_authorizer(authorizer(people), cache_ttl=300)

    document = handler(http_2(people.tokens["ana"], first), None)["policyDocument"]

    asked = {"GET /admin": True, "GET /admin/users": True, "DELETE /admin": False, "GET /public": True, "GET /x": False}
    assert asked == {line: allows(document, arn(line)) for line in asked}


@row("E-034")
def test_revoked(people: People, row: str) -> None:
    """Who is revoked gets no answer that could be kept; AppSync is told to keep one no longer than it may."""
    revoked: set[str] = set()

    def is_revoked(who: Principal) -> bool:
        return who.subject in revoked

    handler = lambda_authorizer(authorizer(people, is_revoked=is_revoked), cache_ttl=300)
    event = rest_token(people.tokens["ana"], "GET /admin")

    assert 200 == status(handler, event)
    revoked.add(handler(event, None)["principalId"])

    assert 401 == status(handler, event)


@row("E-035")
def test_short_life(people: People, row: str) -> None:
    """The answer says when the token ends, which a gateway does not look at."""
    now = int(Verifier(people.pool.issuer()).clock())
    event = rest_token(people.pool.mint({"exp": now + 10, "iat": now}), "GET /public")

    assert str(now + 10) == lambda_authorizer(authorizer(people), cache_ttl=300)(event, None)["context"]["valid_until"]


@row("E-036")
@pytest.mark.parametrize("condition", ["header", "source_ip", "query", "host"])
def test_rules_on_requests(people: People, row: str, condition: str) -> None:
    """Rules are on the token, method and path alone; those on time are refused where answers are kept."""
    with pytest.raises(ConfigurationError):
        Policy.from_dict({"version": 1, "roles": {"x": {condition: "x"}}})
    timed = Authorizer(Verifier(people.pool.issuer()), SignedInWithin(900))
    with pytest.raises(ConfigurationError, match="changes with time"):
        lambda_authorizer(timed, cache_ttl=300)


@row("E-042")
def test_usage_key(people: People, row: str) -> None:
    """No claim becomes a key to a usage plan."""
    token = people.pool.mint({"usageIdentifierKey": "x", "api_key": "x"})

    answer = lambda_authorizer(authorizer(people))(rest_token(token, "GET /public"), None)

    assert {"principalId", "policyDocument", "context"} == answer.keys()


@row("E-050", "E-051", "E-052")
@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"principalId": "user"},
        {"claims": {"username": "ana"}},
        {"jwt": {"claims": {"iss": "https://issuer.example"}}},
        {"lambda": {"username": "ana"}},
        {"claims": {"sub": "s", "iss": "i", "token_use": "access", "client_id": "c", "cognito:groups": "admin,users"}},
        {
            "jwt": {
                "claims": {
                    "sub": "s",
                    "iss": "i",
                    "token_use": "access",
                    "client_id": "c",
                    "cognito:groups": "[admin users]",
                }
            }
        },
    ],
)
def test_backend(row: str, context: Any) -> None:
    """Without somebody whom an authorizer has named, and clearly, there is nobody; headers are not looked at."""
    event = {
        "headers": {"x-cogauth-sub": "admin", "x-amzn-oidc-identity": "admin"},
        "requestContext": {"authorizer": context},
    }

    with pytest.raises(TokenError):
        gateway_principal(event)
    del event["requestContext"]
    with pytest.raises(TokenError):
        gateway_principal(event)


@row("E-061")
def test_appsync(people: People, row: str) -> None:
    """A boolean; a time that is no longer than the token's; and of a refusal nothing else."""
    policy = {"version": 1, "route": [{"match": ["POST /graphql", "FIELD /Query/a"], "allow": "authenticated"}]}
    now = int(Verifier(people.pool.issuer()).clock())
    handler = lambda_authorizer(authorizer(people, policy), cache_ttl=300)
    token = people.pool.mint({"exp": now + 100, "iat": now, "ttlOverride": 3600})

    answer = handler(graphql(token), None)

    assert True is answer["isAuthorized"]
    assert 90 < answer["ttlOverride"] <= 100
    for refused in (f"Bearer {token}", people.tokens["expired"], "", "x"):
        assert {"isAuthorized": False} == handler(graphql(refused), None)
