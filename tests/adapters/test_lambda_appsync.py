"""AppSync is told whether, which fields not, and for how long; never more than that of a refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    Authorizer,
    ConfigurationError,
    Group,
    KeysUnavailable,
    Policy,
    Principal,
    Route,
    SignedInWithin,
    Verifier,
)
from cogauth_lambda import lambda_authorizer
from tests.adapters.conftest import Pool, broken
from tests.support.lambda_events import channel, connect, graphql, status

EDITORS = Group("editors")
GRAPH = Policy(
    routes=[
        Route("POST /graphql", AUTHENTICATED),
        Route(["FIELD /Query/margins", "FIELD /Mutation/deleteOrder"], EDITORS),
        Route("FIELD /Query/orders", AUTHENTICATED),
        Route("FIELD /Order/cost", Group("finance")),
        Route("FIELD /Order/draft", Group("nobody"), mode="shadow"),
        Route("GET /orders", AUTHENTICATED),
    ]
)
NEWS = Policy(
    routes=[
        Route("CONNECT /", AUTHENTICATED),
        Route("SUBSCRIBE /news/{channel}", AUTHENTICATED),
        Route("SUBSCRIBE /news/secret", EDITORS),
        Route("SUBSCRIBE-ALL /news", EDITORS),
        Route("PUBLISH /news/{rest*}", EDITORS),
    ]
)


def handler(pool: Pool, policy: Policy, clock: Any = None, hooks: Any = None, **options: Any) -> Any:
    verifier = Verifier(pool.issuer) if clock is None else Verifier(pool.issuer, clock=clock)
    return lambda_authorizer(Authorizer(verifier, policy, **cast("dict[str, Any]", hooks or {})), **options)


def revoked(_: Principal) -> bool:
    return True


def test_fields(pool: Pool) -> None:
    """The fields that the caller may not see are those of all rules for fields, whatever is asked."""
    handle = handler(pool, GRAPH)

    assert ["Order.cost"] == handle(graphql(pool.ana), None)["deniedFields"]
    bo = handle(graphql(pool.bo), None)
    assert ["Query.margins", "Mutation.deleteOrder", "Order.cost"] == bo["deniedFields"]
    assert {"isAuthorized", "resolverContext", "deniedFields", "ttlOverride"} == bo.keys()
    assert True is bo["isAuthorized"]
    assert ("bo", "[]") == (bo["resolverContext"]["username"], bo["resolverContext"]["groups"])
    assert all(isinstance(value, str) for value in bo["resolverContext"].values())


@pytest.mark.parametrize(
    ("token", "options"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("x", {}, id="no token"),
        pytest.param("Bearer {bo}", {}, id="with a scheme"),
        pytest.param(" {bo}", {}, id="white space"),
        pytest.param("{bo} ", {}, id="white space after"),
        pytest.param("{expired}", {}, id="expired"),
        pytest.param("{bo}", {"appsync_prefix": "cog-"}, id="without the prefix"),
        pytest.param("cog-cog-{bo}", {"appsync_prefix": "cog-"}, id="the prefix twice"),
        pytest.param("COG-{bo}", {"appsync_prefix": "cog-"}, id="the prefix in capitals"),
        pytest.param("cog-", {"appsync_prefix": "cog-"}, id="the prefix alone"),
        pytest.param("{bo}cog-", {"appsync_prefix": "cog-"}, id="the prefix behind"),
    ],
)
@pytest.mark.parametrize("make", [graphql, connect])
def test_refused(pool: Pool, make: Any, token: str, options: dict[str, Any]) -> None:
    """A refusal is a boolean and nothing else."""
    event = make(token.format(bo=pool.bo, expired=pool.expired))

    for policy in (GRAPH, NEWS):
        assert {"isAuthorized": False} == handler(pool, policy, **options)(event, None)


@pytest.mark.parametrize("make", [graphql, connect])
def test_prefix(pool: Pool, make: Any) -> None:
    """What clients write before the token is taken off once."""
    policy = GRAPH if make is graphql else NEWS
    assert 200 == status(handler(pool, policy, appsync_prefix="cog-"), make(f"cog-{pool.bo}"))
    assert 200 == status(handler(pool, policy, appsync_prefix="Bearer "), make(f"Bearer {pool.bo}"))


def test_nobody_may_use_the_api(pool: Pool) -> None:
    """Rules for fields let nobody in."""
    policy = Policy(routes=[Route("FIELD /Query/orders", AUTHENTICATED), Route("GET /graphql", AUTHENTICATED)])

    assert {"isAuthorized": False} == handler(pool, policy)(graphql(pool.bo), None)


@pytest.mark.parametrize("hooks", [None, {"is_revoked": revoked}])
def test_public(pool: Pool, hooks: Any) -> None:
    """To a public API a bad token is nobody's, for its fields as well, and the answer is not kept."""
    policy = Policy(routes=[Route("POST /graphql", PUBLIC), Route("FIELD /Query/mine", AUTHENTICATED)])

    answer = handler(pool, policy, hooks=hooks, cache_ttl=300)(graphql(pool.bo if hooks else "x"), None)

    assert (True, ["Query.mine"], 0) == tuple(answer[key] for key in ("isAuthorized", "deniedFields", "ttlOverride"))
    assert {""} == set(answer["resolverContext"].values())


@pytest.mark.parametrize(
    ("seconds", "ttl", "left"),
    [
        pytest.param(300, 300, 3600, id="as configured"),
        pytest.param(0, None, 3600, id="not configured"),
        pytest.param(0, 0, 3600, id="off"),
        pytest.param(10, 300, 10, id="until the token ends"),
        pytest.param(0, 300, 0.5, id="less than a second"),
    ],
)
def test_ttl(pool: Pool, seconds: int, ttl: int | None, left: float) -> None:
    """An answer is kept no longer than it holds."""
    ends = Verifier(pool.issuer).verify(pool.bo).expires_at
    handle = handler(pool, GRAPH, clock=lambda: ends - left, cache_ttl=ttl)

    assert seconds == handle(graphql(pool.bo), None)["ttlOverride"]


@pytest.mark.parametrize("line", ["FIELD /Query/fresh", "POST /graphql"])
def test_ttl_of_time(pool: Pool, line: str) -> None:
    """Nor longer than the age of a sign-in is right for each field."""
    signed_in = Verifier(pool.issuer).verify(pool.bo).auth_time
    assert signed_in is not None
    routes = [Route("POST /graphql", AUTHENTICATED)] if line.startswith("FIELD") else []
    handle = handler(
        pool,
        Policy(routes=[*routes, Route(line, SignedInWithin(900)), Route("FIELD /Query/a", AUTHENTICATED)]),
        clock=lambda: signed_in + 880,
        cache_ttl=300,
    )

    assert 19 <= handle(graphql(pool.bo), None)["ttlOverride"] <= 20


def test_observed_once(pool: Pool) -> None:
    """A request is one decision, however many fields there are rules for."""
    seen: list[Any] = []

    handler(pool, GRAPH, hooks={"observe": seen.append})(graphql(pool.bo), None)

    assert ["POST /graphql"] == [event.decision.route for event in seen if hasattr(event, "decision")]


@pytest.mark.parametrize(
    "line",
    ["FIELD /Query/{field}", "FIELD /Query", "FIELD /{rest*}", "FIELD /Query/a/b", "FIELD /Query/a-b", "FIELD /"],
)
def test_field_that_is_none(pool: Pool, line: str) -> None:
    """AppSync denies by name: a rule that it could not be told of is refused, not ignored."""
    with pytest.raises(ConfigurationError, match="AppSync denies fields by name"):
        handler(pool, Policy(routes=[Route(line, EDITORS)]))


@pytest.mark.parametrize(
    ("expected", "operation", "path", "who"),
    [
        (200, "EVENT_CONNECT", None, "bo"),
        (200, "EVENT_SUBSCRIBE", "/news/latest", "bo"),
        (403, "EVENT_SUBSCRIBE", "/news/secret", "bo"),
        (200, "EVENT_SUBSCRIBE", "/news/secret", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/*", "bo"),
        (200, "EVENT_SUBSCRIBE", "/news/*", "ana"),
        (403, "EVENT_SUBSCRIBE", "/*", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/a/*", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/*/x", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/l*", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/*/*", "ana"),
        (403, "EVENT_SUBSCRIBE", "/news/latest/x", "ana"),
        (403, "EVENT_SUBSCRIBE", "news/latest", "ana"),
        (403, "EVENT_SUBSCRIBE", "", "ana"),
        (403, "EVENT_PUBLISH", "/news/latest", "bo"),
        (200, "EVENT_PUBLISH", "/news/latest", "ana"),
        (403, "EVENT_PUBLISH", "/news/*", "ana"),
        (403, "EVENT_PUBLISH", "/other", "ana"),
    ],
)
def test_channels(pool: Pool, expected: int, operation: str, path: str | None, who: str) -> None:
    """A channel is a path, an operation a method; all channels below one are a method of their own."""
    event = channel(getattr(pool, who), operation, path)

    assert expected == status(handler(pool, NEWS, cache_ttl=300, delivers=(), narrow=True), event)


def test_channel_answer(pool: Pool) -> None:
    """The handler learns who is calling, and no answer is kept for another channel."""
    answer = handler(pool, NEWS)(channel(pool.bo, "EVENT_SUBSCRIBE", "/news/latest"), None)

    assert {"isAuthorized", "handlerContext", "ttlOverride"} == answer.keys()
    assert (0, "bo") == (answer["ttlOverride"], answer["handlerContext"]["username"])
    assert pool.bo not in json.dumps(answer)


@pytest.mark.parametrize(("expected", "api_id"), [(200, "graph"), (403, "news"), (403, "other"), (403, "graph/")])
def test_api(pool: Pool, expected: int, api_id: str) -> None:
    """The API's id chooses; an API of AppSync has no stages."""
    policy = Policy.from_dict(
        {
            "version": 1,
            "api": [
                {"name": "g", "gateway": ["graph"], "route": [{"match": "POST /graphql", "allow": "authenticated"}]},
                {"name": "n", "gateway": ["news"], "route": [{"match": "CONNECT /", "allow": "authenticated"}]},
            ],
        }
    )

    assert expected == status(handler(pool, policy), graphql(pool.bo, api_id))


def test_fields_of_an_api(pool: Pool) -> None:
    """Each API has its own fields besides those of all, before and after a reload's new policy."""
    policy = Policy.from_dict(
        {
            "version": 1,
            "roles": {"editor": {"groups": ["editors"]}},
            "route": [
                {"match": ["POST /graphql"], "allow": "authenticated"},
                {"match": "FIELD /A/a", "allow": "editor"},
            ],
            "api": [
                {"name": "g", "gateway": ["g"], "route": [{"match": "FIELD /A/g", "allow": "editor"}]},
                {"name": "h", "gateway": ["h"], "route": [{"match": "FIELD /A/h", "allow": "editor"}]},
            ],
        }
    )
    handle = handler(pool, policy)

    for api_id in ("g", "h", "g"):
        assert ["A.a", f"A.{api_id}"] == handle(graphql(pool.bo, api_id), None)["deniedFields"]


@pytest.mark.parametrize("make", [graphql, connect])
def test_failures(pool: Pool, make: Any) -> None:
    """Without keys, or with a bug in a hook, the invocation fails."""
    policy = GRAPH if make is graphql else NEWS
    with pytest.raises(KeysUnavailable):
        lambda_authorizer(Authorizer(Verifier(pool.keyless()), policy))(make(pool.bo), None)
    with pytest.raises(ZeroDivisionError):
        handler(pool, policy, hooks={"is_revoked": broken})(make(pool.bo), None)


def test_reload(pool: Pool, tmp_path: Path) -> None:
    """A new policy has fields of its own, and rules of its own for them."""
    file = tmp_path / "cogauth.toml"
    (tmp_path / "jwks.json").write_text(json.dumps(pool.local.jwks))

    def write(*lines: str) -> None:
        file.write_text(
            'version = 1\n[[issuer]]\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["c1"]\njwks = "jwks.json"\n'
            '[roles]\neditor = { groups = ["editors"] }\n[[route]]\nmatch = "POST /graphql"\nallow = "authenticated"\n'
            + "".join(
                f'[[route]]\nmatch = "FIELD /Query/{name}"\nallow = "{rule}"\n' for name, rule in map(str.split, lines)
            )
        )

    write("a editor", "b editor")
    authorizer = Authorizer.from_file(file)
    handle = lambda_authorizer(authorizer)
    assert ["Query.a", "Query.b"] == handle(graphql(pool.bo), None)["deniedFields"]

    write("b authenticated", "c editor")
    authorizer.reload()

    assert ["Query.c"] == handle(graphql(pool.bo), None)["deniedFields"]
