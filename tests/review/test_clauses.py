"""Clauses: a rule as it is written, each part with whether it is met."""

from __future__ import annotations

import pytest

from cogauth import AUTHENTICATED, Claim, ConfigurationError, Group, Policy, Principal, Role, Rule, Scope
from cogauth.expression import parse_expression
from cogauth.review.clauses import clauses_of
from tests.support.principals import principal
from tests.support.tokens import NOW

POLICY = Policy(
    roles={
        "admin": Group("admins"),
        "boss": "admin",
        "editor": "admin | writer",
        "writer": Group("editors"),
        "frozen": Claim("custom:status", equals="suspended", default=""),
    }
)
EDITOR = principal(groups=["editors"])


def told(rule: Rule, who: Principal = EDITOR) -> list[str]:
    """The tree, a line for each clause."""
    return [
        f"{'  ' * depth}{'+' if clause.met else '-'} {clause.role or ''} {clause.kind} {clause.rule}"
        for depth, clause in clauses_of(rule, POLICY, who, NOW).walk()
    ]


def test_a_tree() -> None:
    """Roles stand where they are used, and what they say below them."""
    first, *others = told(parse_expression("editor & !frozen"))
    assert first.startswith("+  all (needs group admins or needs group editors) and must not meet: needs claim")
    assert [
        "  + editor any needs group admins or needs group editors",
        "    - admin condition needs group admins",
        "    + writer condition needs group editors",
        "  +  not must not meet: needs claim custom:status equals 'suspended'",
        "    - frozen condition needs claim custom:status equals 'suspended'",
    ] == others


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        pytest.param(Role("boss"), "- boss condition needs group admins", id="a role that is another one"),
        pytest.param(Scope("s"), "-  condition needs scope s", id="a condition"),
        pytest.param(AUTHENTICATED, "+  condition needs a token", id="nothing"),
    ],
)
def test_one_clause(rule: Rule, line: str) -> None:
    """What has no parts is one line."""
    assert [line] == told(rule)


def test_a_role_that_there_is_not() -> None:
    """It is a mistake, and not a clause that is missing."""
    with pytest.raises(ConfigurationError, match="nobody"):
        told(Role("nobody"))
