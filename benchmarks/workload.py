"""The work of a decision: as many routes with rules of their own as one likes, who asks, and what must be refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from benchmarks.harness import fresh
from benchmarks.tokens import CLIENT, POOL_ID, SigningKey, json_bytes, payload_of, pool_url
from cogauth import Claim, Group, Policy, Principal, Route, Rule, Scope, UserPool, Verifier

GROUPS: Final = "cognito:groups"
TENANT: Final = "custom:tenant"
STATUS: Final = "custom:status"
READ: Final = "orders/read"
STAFF: Final = "staff"
SHARED: Final = "shared"
SUSPENDED: Final = "suspended"
TOKENS: Final = 64
ASKS: Final = 1000
"""Requests that take turns: at 10,000 routes they meet 1,000 of them, all over the table."""
FROZEN: Final = Claim(STATUS, equals=SUSPENDED, default="")


class Ask(NamedTuple):
    """A request, with all that anybody may want to know of it."""

    token: str
    method: str
    path: str
    who: Principal
    """What the token proves, for those who only decide."""
    line: str | None
    """The line of the route table that leads there, for those who know no routes; None where none does."""


class Line(NamedTuple):
    """A route that every engine is told of: one literal path, or one with a parameter at its end."""

    number: int
    team: str
    """The first segment, and a group that may."""
    tenant: str
    """One of the two tenants that may; the other is the same everywhere."""
    prefix: str | None
    """What stands before the parameter; None where there is none."""
    path: str

    @property
    def name(self) -> str:
        """Method and template."""
        return f"GET {self.path}"

    @property
    def rule(self) -> Rule:
        """Say who may: no two lines say the same."""
        return Group(self.team, STAFF) & Scope(READ) & Claim(TENANT, one_of={self.tenant, SHARED})

    @property
    def target(self) -> str:
        """Give a path that leads here."""
        return self.path.replace("{id}", "17")


def lines(count: int) -> list[Line]:
    """Make *count* routes, every other one with a parameter."""
    made: list[Line] = []
    for number in range(count):
        team = f"team-{number}"
        prefix = f"/{team}/orders/" if number % 2 else None
        made.append(Line(number, team, f"tenant-{number}", prefix, f"{prefix}{{id}}" if prefix else f"/{team}/orders"))
    return made


def policy_of(table: Sequence[Line]) -> Policy:
    """Make cogauth's policy, of Python objects."""
    return Policy(routes=[Route(line.name, line.rule, deny=FROZEN) for line in table])


def toml_of(table: Sequence[Line]) -> str:
    """Write the same as a policy file, with a role for each rule."""
    written = ["version = 1", "[roles]", f'frozen = {{ claim = "{STATUS}", equals = "{SUSPENDED}", default = "" }}']
    written += [
        f'{line.team} = {{ all = [ {{ groups = ["{line.team}", "{STAFF}"] }}, {{ scopes = ["{READ}"] }}, '
        f'{{ claim = "{TENANT}", in = ["{line.tenant}", "{SHARED}"] }} ] }}'
        for line in table
    ]
    written += [f'[[route]]\nmatch = "{line.name}"\nallow = "{line.team}"\ndeny = "frozen"' for line in table]
    return "\n".join(written) + "\n"


@dataclass(frozen=True)
class Callers:
    """Who asks: good tokens, and tokens of people who lack one thing each; and the pool that they are of."""

    pool: UserPool
    good: Sequence[tuple[str, Principal]]
    bad: Mapping[str, tuple[str, Principal]]

    @classmethod
    def of_one_pool(cls, count: int = TOKENS) -> Callers:
        """Sign *count* good tokens, and the others."""
        key = SigningKey.generate("RS256")
        pool = UserPool(POOL_ID, clients={CLIENT}, jwks=key.publish())
        verifier = Verifier(pool)

        def signed(**changes: object) -> tuple[str, Principal]:
            claims = {**payload_of(pool_url(POOL_ID)), **usual, **changes}
            token = key.sign(json_bytes({name: value for name, value in claims.items() if value is not None}))
            return token, verifier.verify(token)

        usual = {GROUPS: ["readers", STAFF], TENANT: SHARED, STATUS: "active"}
        bad = {
            "wrong group": signed(**{GROUPS: ["readers", "staffers"]}),
            "no group": signed(**{GROUPS: None}),
            "no scope": signed(scope="openid orders/write"),
            "other tenant": signed(**{TENANT: "elsewhere"}),
            "absent claim": signed(**{TENANT: None}),
            "deny": signed(**{STATUS: SUSPENDED}),
        }
        return cls(pool, [signed() for _ in range(count)], bad)

    def asks(self, table: Sequence[Line], count: int = ASKS) -> list[Ask]:
        """Give *count* requests that are allowed, of all tokens, spread over all of *table*."""
        # A stride that shares no factor with the number of routes meets all of them, and not in their order.
        size = len(table)
        stride = next(number for number in range(round(size * 0.618) or 1, 2 * size + 1) if math.gcd(number, size) == 1)
        made: list[Ask] = []
        for turn in range(count):
            token, who = self.good[turn % len(self.good)]
            line = table[turn * stride % size]
            made.append(Ask(token, "GET", line.target, who, line.name))
        return made

    def refused(self, table: Sequence[Line]) -> dict[str, Ask]:
        """Give requests that must be refused, by what is wrong; *table* has two routes at least."""
        middle = len(table) // 4 * 2
        literal, template = table[middle], table[middle + 1]
        token, who = self.good[0]
        made = {
            name: Ask(theirs, "GET", template.target, stranger, template.name)
            for name, (theirs, stranger) in self.bad.items()
        }
        made["other method"] = Ask(token, "POST", literal.target, who, None)
        made["no route"] = Ask(token, "GET", "/nowhere", who, None)
        made["path below"] = Ask(token, "GET", f"{template.target}/items", who, None)
        made["no parameter"] = Ask(token, "GET", template.prefix or "", who, None)
        made["dot segment"] = Ask(token, "GET", f"{template.prefix}..", who, None)
        return made


def renewed(ask: Ask) -> Ask:
    """Give *ask* with a new token and path, as from a request: nothing about them is cached."""
    return ask._replace(token=fresh(ask.token), path=fresh(ask.path))
