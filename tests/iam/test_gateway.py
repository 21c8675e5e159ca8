"""Gateway: one document says of each route what the core says of it, whichever request it was made for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogauth import (
    AUTHENTICATED,
    PUBLIC,
    Api,
    Authorizer,
    ConfigurationError,
    Gateway,
    Grant,
    Group,
    Policy,
    Reason,
    Route,
    SignedInWithin,
    Verifier,
)
from cogauth.testing import LocalUserPool
from devtools.iam_matcher import allows

BASE = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"
NOW = 1_800_000_000


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"app"}, clock=lambda: NOW)
    pool.add_user("ana", groups=["staff"])
    pool.add_user("eva", groups=["staff", "admins"])
    pool.add_user("bob")
    return pool


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(pool: LocalUserPool, clock: Clock) -> Verifier:
    return Verifier(pool.issuer(token_use="access"), clock=clock)


def bearer(pool: LocalUserPool, name: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {pool.sign_in(name, client='app').access}")]


STAFF, ADMINS = Group("staff"), Group("admins")
SHOP = Policy(
    routes=[
        Route("GET /", PUBLIC),
        Route(["GET /orders", "GET /orders/{id}"], STAFF),
        Route("GET /orders/export", ADMINS),
        Route("ANY /admin/{rest*}", ADMINS),
        Route("POST /orders", STAFF, deny=ADMINS),
        Route("GET /orders/{id}/shadow", PUBLIC, mode="shadow"),
    ]
)
LINES = [
    "GET /",
    "GET /orders",
    "HEAD /orders/",
    "GET /orders/7",
    "HEAD /orders/7/",
    "GET /orders/export",
    "GET /orders/export/",
    "GET /orders/7/shadow",
    "GET /orders/7/8",
    "GET /nothing",
    "POST /orders",
    "POST /orders/7",
    "PUT /orders",
    "DELETE /admin/a/b",
    "PATCH /admin/a/",
    "OPTIONS /admin",
    "GET /orders//7",
    "GET /orders/7/../export",
]


def parts(line: str) -> tuple[str, str]:
    method, _, path = line.partition(" ")
    return method, path


def told(document: dict[str, Any] | None, line: str) -> bool:
    assert document is not None
    return allows(document, f"{BASE}/{''.join(parts(line))}")


@pytest.mark.parametrize("asked", LINES)
@pytest.mark.parametrize("name", ["ana", "eva", "bob", "nobody"])
def test_kept_for_any_request_it_is_right_for_each(
    pool: LocalUserPool, verifier: Verifier, name: str, asked: str
) -> None:
    """Whatever request it is made for, odd ones included, the document says of all what the core does."""
    gateway = Gateway(Authorizer(verifier, SHOP))
    headers = bearer(pool, name) if name != "nobody" else [("Authorization", "Bearer not.a.token")]

    document = gateway.authorize(*parts(asked), headers).document(BASE)

    decided = {line: gateway.authorize(*parts(line), headers).decision.allowed for line in LINES}
    assert decided == {line: told(document, line) for line in LINES}


def test_a_decision_is_the_authorizers(pool: LocalUserPool, verifier: Verifier) -> None:
    """The gateway decides nothing by itself."""
    headers = bearer(pool, "ana")
    gateway, authorizer = Gateway(Authorizer(verifier, SHOP)), Authorizer(verifier, SHOP)

    for line in LINES:
        grant, decision = (
            gateway.authorize(*parts(line), headers),
            authorizer.authorize_request(*parts(line), headers),
        )
        assert (decision.allowed, decision.reason, decision.body) == (
            grant.decision.allowed,
            grant.decision.reason,
            grant.decision.body,
        )


def test_an_odd_path_does_not_lock_its_caller_out(pool: LocalUserPool, verifier: Verifier) -> None:
    """The request is refused; what is kept of it speaks of the caller, who is known by the token."""
    grant = Gateway(Authorizer(verifier, SHOP)).authorize("GET", "/orders//7", bearer(pool, "ana"))

    assert Reason.ODD_PATH is grant.decision.reason
    assert grant.principal is not None
    assert "ana" == grant.principal.username
    assert told(grant.document(BASE), "GET /orders/7")


def test_two_credentials_allow_nothing(pool: LocalUserPool, verifier: Verifier) -> None:
    """Which of the two is meant nobody knows, on an odd path either."""
    gateway = Gateway(Authorizer(verifier, Policy(routes=[Route("GET /{rest*}", AUTHENTICATED)])))

    for path in ("/orders", "/orders//7"):
        grant = gateway.authorize("GET", path, bearer(pool, "ana") * 2)
        assert grant.principal is None
        assert not told(grant.document(BASE), "GET /orders")


@pytest.mark.parametrize("headers", [[], [("Authorization", "Bearer not.a.token")]])
def test_nobody_is_denied_everything(verifier: Verifier, headers: list[tuple[str, str]]) -> None:
    """In so many words, where nothing is public."""
    grant = Gateway(Authorizer(verifier, STAFF)).authorize("GET", "/", headers)

    document = grant.document(BASE)

    assert document is not None
    assert [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{BASE}/*"]}] == document["Statement"]
    assert document == grant.momentary(BASE)
    assert grant.valid_until is None


def test_the_revoked_are_nobody(pool: LocalUserPool, verifier: Verifier) -> None:
    """What is public stays so; nothing else is allowed."""
    gateway = Gateway(Authorizer(verifier, SHOP, is_revoked=lambda who: True))

    document = gateway.authorize("GET", "/orders", bearer(pool, "ana")).document(BASE)

    assert {line: line == "GET /" for line in LINES} == {line: told(document, line) for line in LINES}


def test_a_bug_allows_nothing(pool: LocalUserPool, verifier: Verifier) -> None:
    """Not even what is public: nothing is known of what was decided."""

    def broken(who: object) -> object:
        raise RuntimeError

    grant = Gateway(Authorizer(verifier, SHOP, is_revoked=broken)).authorize("GET", "/orders", bearer(pool, "ana"))

    assert 500 == grant.decision.status
    assert not any(told(grant.document(BASE), line) for line in LINES)


def test_a_bare_rule_is_one_word(pool: LocalUserPool, verifier: Verifier) -> None:
    """Whoever meets it may do everything, and nobody else anything; an odd path is refused."""
    gateway = Gateway(Authorizer(verifier, STAFF))

    document = gateway.authorize("GET", "/x", bearer(pool, "ana")).document(BASE)

    assert document is not None
    assert [f"{BASE}/*"] == document["Statement"][0]["Resource"]
    assert not told(document, "GET /a//b")
    assert not told(gateway.authorize("GET", "/x", bearer(pool, "bob")).document(BASE), "GET /x")
    assert told(gateway.authorize("GET", "/x", bearer(pool, "ana")).momentary(BASE), "GET /x")
    assert gateway.is_uniform()
    assert [] == gateway.advice()


MANY = Policy(
    routes=[Route("GET /a", STAFF)],
    apis=[
        Api("one", [Route("GET /one/{x}", STAFF)], gateway=["one/prod"]),
        Api("two", [Route("GET /two", ADMINS), Route("GET /a/b", STAFF)], gateway=["two/prod"]),
    ],
)


@pytest.mark.parametrize(
    ("api", "allowed"),
    [
        (None, ["GET /a"]),
        ("one", ["GET /a", "GET /one/7"]),
        ("two", ["GET /a", "GET /a/b"]),
        ("three", []),
        ("", []),
    ],
)
def test_an_api_has_its_own_routes_and_those_of_all(
    pool: LocalUserPool, verifier: Verifier, api: str | None, allowed: list[str]
) -> None:
    """One that there is not has none."""
    gateway = Gateway(Authorizer(verifier, MANY))

    document = gateway.authorize("GET", "/a", bearer(pool, "ana"), api=api).document(BASE)

    lines = ["GET /a", "GET /one/7", "GET /two", "GET /a/b"]
    assert allowed == [line for line in lines if told(document, line)]


CLASHING = Policy(
    routes=[
        Route("GET /o/{id}", STAFF),
        Route("GET /o/{id}/items", ADMINS),
        Route("GET /o/{id}/items/{item}", STAFF),
        Route("GET /z", PUBLIC),
    ]
)


def test_what_cannot_be_said_is_not(pool: LocalUserPool, verifier: Verifier) -> None:
    """There is no document, the reason names routes, and what is right for the request alone is given instead."""
    gateway = Gateway(Authorizer(verifier, CLASHING), delivers=())

    grant = gateway.authorize("GET", "/o/7", bearer(pool, "ana"))

    assert grant.document(BASE) is None
    assert "IAM cannot allow GET /o/{id} and GET /o/{id}/items/{item} and refuse GET /o/{id}/items" in (
        grant.why_not(BASE) or ""
    )
    assert told(grant.momentary(BASE), "GET /o/7")
    assert not told(grant.momentary(BASE), "GET /o/7/items")
    assert gateway.authorize("GET", "/o/7", bearer(pool, "eva")).document(BASE) is not None


@pytest.mark.parametrize("line", ["GET /o/7", "HEAD /o/7/", "GET /o/7/items/8", "GET /o/7/items/items", "GET /o/items"])
def test_the_momentary_is_right_for_its_request(pool: LocalUserPool, verifier: Verifier, line: str) -> None:
    """Also where what spares others would deny it."""
    grant = Gateway(Authorizer(verifier, CLASHING)).authorize(*parts(line), bearer(pool, "ana"))

    assert grant.decision.allowed
    assert told(grant.momentary(BASE), line)
    assert not told(grant.momentary(BASE), "GET /z")


def test_the_momentary_refuses(pool: LocalUserPool, verifier: Verifier) -> None:
    """Everything, when the request is."""
    grant = Gateway(Authorizer(verifier, CLASHING)).authorize("GET", "/o/7/items", bearer(pool, "ana"))

    assert not any(told(grant.momentary(BASE), line) for line in ("GET /o/7/items", "GET /o/7", "GET /z"))


def test_a_method_that_no_gateway_has_is_refused(pool: LocalUserPool, verifier: Verifier) -> None:
    """The policy allows it by ANY; the document cannot, without allowing what it does not know."""
    policy = Policy(routes=[Route("ANY /x", STAFF), Route("PURGE /y", STAFF)])

    grant = Gateway(Authorizer(verifier, policy)).authorize("LINK", "/x", bearer(pool, "ana"))

    assert grant.decision.allowed
    assert not told(grant.momentary(BASE), "LINK /x")
    assert not told(grant.document(BASE), "LINK /x")
    assert told(grant.document(BASE), "PURGE /x")
    assert told(grant.document(BASE), "PURGE /y")


def test_narrow(pool: LocalUserPool, verifier: Verifier) -> None:
    """On demand, a name in the place of a value is refused, and all else is as the core says."""
    gateway = Gateway(Authorizer(verifier, CLASHING), delivers=(), narrow=True)

    document = gateway.authorize("GET", "/o/7", bearer(pool, "ana")).document(BASE)

    assert ["GET /o/7", "GET /o/7/items/8", "GET /o/items"] == [
        line
        for line in ("GET /o/7", "GET /o/7/items", "GET /o/7/items/8", "GET /o/7/items/items", "GET /o/items")
        if told(document, line)
    ]


def test_a_preflight_without_a_token(verifier: Verifier) -> None:
    """It passes by itself, and opens nothing else."""
    headers = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT")]
    policy = Policy(routes=[Route("PUT /o/{id}", STAFF, cors_preflight=True)])

    grant = Gateway(Authorizer(verifier, policy)).authorize("OPTIONS", "/o/7", headers)

    assert Reason.PREFLIGHT is grant.decision.reason
    assert told(grant.momentary(BASE), "OPTIONS /o/7")
    assert not told(grant.momentary(BASE), "PUT /o/7")
    assert not told(grant.document(BASE), "OPTIONS /o/7")


def test_a_preflight_for_no_route(verifier: Verifier) -> None:
    """It passes where all preflights do, and then there is no pattern to allow."""
    headers = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT")]

    grant = Gateway(Authorizer(verifier, Policy(cors_preflight=True))).authorize("OPTIONS", "/o/7", headers)

    assert Reason.PREFLIGHT is grant.decision.reason
    assert not told(grant.momentary(BASE), "OPTIONS /o/7")


def test_until(pool: LocalUserPool, verifier: Verifier, clock: Clock) -> None:
    """A document holds until the token ends or any rule's answer may change, whichever is first."""
    policy = Policy(routes=[Route("GET /a", SignedInWithin(60)), Route("GET /b", STAFF)])
    gateway, headers = Gateway(Authorizer(verifier, policy)), bearer(pool, "ana")

    first = gateway.authorize("GET", "/b", headers)
    clock.now += 61
    second = gateway.authorize("GET", "/b", headers)

    assert (NOW + 60, True) == (first.valid_until, told(first.document(BASE), "GET /a"))
    assert (NOW + 3600, False) == (second.valid_until, told(second.document(BASE), "GET /a"))
    assert told(second.document(BASE), "GET /b")
    dated = first.document(BASE, dated=True)
    assert dated is not None
    assert {"NumericLessThan": {"aws:EpochTime": str(NOW + 60)}} == dated["Statement"][0]["Condition"]


def test_too_large(pool: LocalUserPool, verifier: Verifier) -> None:
    """What the gateway would not take is not given."""
    grant = Gateway(Authorizer(verifier, SHOP), limit=1000).authorize("GET", "/orders", bearer(pool, "ana"))

    assert grant.document(BASE) is None
    assert "more than 1000" in (grant.why_not(BASE) or "")
    assert told(grant.momentary(BASE), "GET /orders")


def test_why_not_is_none_where_there_is_one(pool: LocalUserPool, verifier: Verifier) -> None:
    """There is a document or a reason, never both or neither."""
    grant = Gateway(Authorizer(verifier, SHOP)).authorize("GET", "/orders", bearer(pool, "ana"))

    assert grant.document(BASE) is not None
    assert grant.why_not(BASE) is None


@pytest.mark.parametrize("closed", [False, True])
def test_closed(*, pool: LocalUserPool, verifier: Verifier, closed: bool) -> None:
    """In so many words or by silence, what is allowed is the same."""
    grant = Gateway(Authorizer(verifier, SHOP)).authorize("GET", "/orders", bearer(pool, "ana"))

    document = grant.document(BASE, closed=closed)

    assert document is not None
    assert closed is any("NotResource" in statement for statement in document["Statement"])
    assert ["GET /", "GET /orders", "HEAD /orders/", "GET /orders/7", "HEAD /orders/7/", "POST /orders"] == [
        line for line in LINES if told(document, line)
    ]


def test_callers_alike_share_what_was_worked_out(pool: LocalUserPool, verifier: Verifier) -> None:
    """Most principals may use one of a few sets of routes."""
    gateway = Gateway(Authorizer(verifier, SHOP))

    grants = [gateway.authorize("GET", "/orders", bearer(pool, "ana")) for _ in range(2)]

    assert grants[0].word.resources is grants[1].word.resources


def test_what_was_worked_out_does_not_pile_up(pool: LocalUserPool, verifier: Verifier) -> None:
    """A policy of so many rules that each caller is another set is answered all the same."""
    policy = Policy(routes=[Route(f"GET /{number}", Group(f"g{number}")) for number in range(9)])
    gateway = Gateway(Authorizer(verifier, policy))
    for number in range(262):
        groups = [f"g{place}" for place in range(9) if number >> place & 1]
        token = pool.mint({"cognito:groups": groups or None}, token_use="access")
        grant = gateway.authorize("GET", "/", [("Authorization", f"Bearer {token}")])
        assert (number & 1 == 1) is told(grant.document(BASE), "GET /0")


def test_a_new_policy_is_in_force_at_once(pool: LocalUserPool, clock: Clock, tmp_path: Any) -> None:
    """After a reload, what was worked out of the old one says nothing."""
    file = tmp_path / "cogauth.json"
    text = json.dumps(
        {
            "version": 1,
            "issuer": [{"user_pool": "eu-west-1_AbCdEf123", "clients": ["app"], "jwks": pool.jwks}],
            "route": [{"match": "GET /here", "allow": "authenticated"}],
        }
    )
    file.write_text(text.replace("/here", "/old"))
    authorizer = Authorizer.from_file(file, clock=clock)
    gateway, headers = Gateway(authorizer), bearer(pool, "ana")
    assert told(gateway.authorize("GET", "/", headers).document(BASE), "GET /old")

    file.write_text(text.replace("/here", "/new"))
    authorizer.reload()

    document = gateway.authorize("GET", "/", headers).document(BASE)
    assert (True, False) == (told(document, "GET /new"), told(document, "GET /old"))


class Restless(Authorizer):
    """One whose policy is replaced while it decides, once."""

    changes: list[Policy]

    def authorize_request(self, *args: Any, **kwargs: Any) -> Any:
        decision = super().authorize_request(*args, **kwargs)
        if self.changes:
            self._rules.force = Authorizer(self.verifier, self.changes.pop())._rules.force
        return decision


def test_one_policy_decides_all_of_an_answer(pool: LocalUserPool, verifier: Verifier) -> None:
    """A request that is overtaken by a reload is decided again."""
    authorizer = Restless(verifier, Policy(routes=[Route("GET /old", STAFF)]))
    authorizer.changes = [Policy(routes=[Route("GET /new", STAFF)])]

    grant = Gateway(authorizer).authorize("GET", "/new", bearer(pool, "ana"))

    assert grant.decision.allowed
    assert told(grant.document(BASE), "GET /new")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"limit": 0}, "limit must be"),
        ({"limit": True}, "limit must be"),
        ({"limit": "1"}, "limit must be"),
        ({"delivers": "ANY /x"}, "delivers: must be a list of lines"),
        ({"delivers": ["/x"]}, "must be a method in capitals"),
    ],
)
def test_what_is_no_gateway(verifier: Verifier, options: dict[str, Any], problem: str) -> None:
    """Mistakes are told when it is made."""
    with pytest.raises(ConfigurationError, match=problem):
        Gateway(Authorizer(verifier, SHOP), **options)


def test_it_takes_an_authorizer() -> None:
    """Nothing else decides."""
    with pytest.raises(ConfigurationError, match="takes an Authorizer"):
        Gateway(SHOP)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("routes", "delivers", "uniform"),
    [
        ([Route("ANY /{rest*}", STAFF), Route("ANY /", STAFF)], None, True),
        ([Route("ANY /{rest*}", STAFF)], None, False),
        ([Route("ANY /{rest*}", STAFF)], (), True),
        ([Route("GET /a", STAFF), Route("GET /b", STAFF)], (), True),
        ([Route("GET /a", STAFF), Route("GET /b", STAFF)], None, False),
        ([Route("GET /a", STAFF), Route("GET /b", STAFF)], ("ANY /c",), False),
        ([Route("GET /a", STAFF), Route("GET /b", ADMINS)], (), False),
        ([Route("GET /a", STAFF), Route("GET /b", STAFF, deny=ADMINS)], (), False),
        ([Route("GET /a", STAFF), Route("GET /b", ADMINS, mode="shadow")], (), True),
        ([Route("GET /a", SignedInWithin(60))], (), False),
        ([Route("GET /a", STAFF, deny=ADMINS)], (), True),
        ([], (), False),
    ],
)
def test_is_uniform(
    *, verifier: Verifier, routes: list[Route], delivers: tuple[str, ...] | None, uniform: bool
) -> None:
    """Whether a yes to one request is a yes to all, for as long as the token is good."""
    assert uniform is Gateway(Authorizer(verifier, Policy(routes=routes)), delivers=delivers).is_uniform()


def test_what_the_gateway_passes_on_besides_is_refused(pool: LocalUserPool, verifier: Verifier) -> None:
    """With its own lines, and only there."""
    policy = Policy(routes=[Route("GET /o/{id}", STAFF), Route("GET /f/{x}", STAFF), Route("GET /f/{x}/y", STAFF)])
    gateway = Gateway(Authorizer(verifier, policy), delivers=["ANY /o/{rest*}", "GET /f/{x}"])

    document = gateway.authorize("GET", "/o/7", bearer(pool, "ana")).document(BASE)

    assert ["GET /o/7", "GET /f/1", "GET /f/1/y"] == [
        line for line in ("GET /o/7", "GET /o/7/8", "POST /o/7", "GET /f/1", "GET /f/1/y") if told(document, line)
    ]


@pytest.mark.parametrize("line", ["GET /orders", "GET /orders/export", "GET /nowhere", "GET /orders//7", "PUT /"])
def test_who_is_told_with_a_document(pool: LocalUserPool, verifier: Verifier, line: str) -> None:
    """The same of each request, a refused one included: it is kept with what may be used next."""
    policy = Policy(roles={"clerk": STAFF}, routes=SHOP.routes, apis=[Api("shop", [])])
    authorizer = Authorizer(verifier, policy)
    headers = bearer(pool, "ana")
    passes = authorizer.authorize_request("GET", "/orders/7", headers, api="shop").handover()
    method, path = line.split()

    told = Gateway(authorizer).authorize(method, path, headers, api="shop").handover()

    assert passes == told
    assert ('["staff"]', '["clerk"]', "shop") == (told["groups"], told["roles"], told["api"])


@pytest.mark.parametrize("api", [None, "", "other"])
@pytest.mark.parametrize("path", ["/", "/orders", "//"])
def test_nobody_is_told(verifier: Verifier, path: str, api: str | None) -> None:
    """Of nobody there is nothing to tell, nor of an api that there is not."""
    assert {""} == set(Gateway(Authorizer(verifier, SHOP)).authorize("GET", path, [], api=api).handover().values())


def test_a_grant_says_nothing_of_the_token(pool: LocalUserPool, verifier: Verifier) -> None:
    """Neither as text nor in its document."""
    headers = bearer(pool, "ana")
    grant: Grant = Gateway(Authorizer(verifier, SHOP)).authorize("GET", "/orders/secret-7", headers)

    assert grant.handover()["subject"] not in repr(grant)
    for text in (repr(grant), str(grant.document(BASE)), str(grant.momentary(BASE))):
        assert headers[0][1].split()[1] not in text
        assert "secret-7" not in text
