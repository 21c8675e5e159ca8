"""What is worth a look in the roles of a pool: no token reaches it, users choose it, or AWS does not document it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth import ANY_CLIENT, OIDCIssuer, UserPool
from cogauth.identity import IdentityPoolRoles, MappingRule, MatchType, RoleMapping
from cogauth.identity.review import role_findings
from tests.identity.cases import EVERYBODY, GUEST, PROVIDER, A, B
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import CLIENT, POOL_ID

STAFF = UserPool(POOL_ID, clients={CLIENT}, name="staff")
WHERE = f"identity pool {IDENTITY_POOL_ID}"
HERE = f"mapping of {PROVIDER}"
TOKEN = RoleMapping("Token", "Deny")


def found(mappings: dict[str, RoleMapping], *issuers: Any, **options: Any) -> list[tuple[str, str]]:
    """The findings, by topic and place."""
    complete: dict[str, Any] = {"authenticated": EVERYBODY, "mappings": mappings, **options}
    pool = IdentityPoolRoles(IDENTITY_POOL_ID, **complete)
    return [(str(finding.topic), finding.where) for finding in role_findings([pool], issuers)]


def rules(*spelled: tuple[str, str, str]) -> dict[str, RoleMapping]:
    """A mapping by rules, each with the same role."""
    return {PROVIDER: RoleMapping("Rules", "Deny", [MappingRule(*each, A) for each in spelled])}


@pytest.mark.parametrize(
    ("mappings", "issuers"),
    [
        pytest.param({}, [STAFF], id="nothing"),
        pytest.param({PROVIDER: TOKEN}, [], id="no issuer is known"),
        pytest.param({PROVIDER: TOKEN}, [STAFF], id="a mapping of the issuer"),
        pytest.param({PROVIDER: TOKEN}, [UserPool(POOL_ID, clients=ANY_CLIENT)], id="of any client"),
        pytest.param({PROVIDER: TOKEN}, [OIDCIssuer("https://x.example", audience={"a"})], id="beside a provider"),
        pytest.param({PROVIDER: RoleMapping("Token", "AuthenticatedRole")}, [], id="with a default"),
        pytest.param(rules(("a", "Equals", "x"), ("a", "Equals", "y"), ("b", "Equals", "x")), [], id="values"),
        pytest.param(rules(("a", "Equals", "x"), ("a", "StartsWith", "x")), [], id="from narrow to wide"),
        pytest.param(rules(("a", "StartsWith", "x"), ("a", "Contains", "x")), [], id="a part besides"),
        pytest.param(rules(("a", "NotEqual", "x"), ("a", "Equals", "x")), [], id="anything else, and it"),
        pytest.param(rules(("a", "NotEqual", "xy"), ("a", "StartsWith", "x")), [], id="what begins like it"),
        pytest.param(rules(("a", "NotEqual", "xy"), ("a", "Contains", "y")), [], id="what it contains"),
        pytest.param(rules(("a", "Equals", "x"), ("b", "NotEqual", "x"), ("a", "Equals", "y")), [], id="two claims"),
        pytest.param(rules(("a", "NotEqual", "x"), ("a", "NotEqual", "y")), [], id="not both"),
    ],
)
def test_nothing_to_look_at(mappings: dict[str, RoleMapping], issuers: list[Any]) -> None:
    """A warning that is wrong is worse than none."""
    assert [] == found(mappings, *issuers)


@pytest.mark.parametrize(
    ("mappings", "issuers", "options", "topic", "where"),
    [
        pytest.param({}, [], {"unauthenticated": EVERYBODY}, "guests", WHERE, id="guests like all"),
        pytest.param(
            {PROVIDER.partition(":")[0]: TOKEN}, [], {}, "unreachable", HERE.rpartition(":")[0], id="no client"
        ),
        pytest.param(
            {PROVIDER: TOKEN}, [UserPool("eu-west-1_Other", clients={CLIENT})], {}, "unreachable", HERE, id="pool"
        ),
        pytest.param({PROVIDER: TOKEN}, [UserPool(POOL_ID, clients={"other"})], {}, "unreachable", HERE, id="client"),
        pytest.param(
            {PROVIDER: RoleMapping("Token", "AuthenticatedRole")},
            [],
            {"authenticated": None, "unauthenticated": GUEST},
            "unreachable",
            HERE,
            id="no default",
        ),
        pytest.param(
            {"accounts.google.com": TOKEN},
            [],
            {},
            "undocumented",
            "mapping of accounts.google.com",
            id="roles in a provider's token",
        ),
        pytest.param(rules(("custom:dept", "Equals", "x")), [], {}, "user_writable", f"{HERE}: rule 1", id="writable"),
        pytest.param(rules(("email", "Equals", "x")), [], {}, "user_writable", f"{HERE}: rule 1", id="an address"),
        pytest.param(
            rules(("cognito:groups", "Contains", "x")), [], {}, "undocumented", f"{HERE}: rule 1", id="groups"
        ),
        *(
            pytest.param(rules(*spelled), [], {}, "unreachable", f"{HERE}: rule {len(spelled)}", id=name)
            for name, spelled in {
                "the same twice": (("a", "Equals", "x"), ("a", "Equals", "x")),
                "behind a beginning": (("a", "StartsWith", "x"), ("a", "Equals", "xy")),
                "behind a shorter beginning": (("a", "StartsWith", "x"), ("a", "StartsWith", "xy")),
                "behind a part": (("a", "Contains", "y"), ("a", "Equals", "xyz")),
                "behind a smaller part": (("a", "Contains", "y"), ("a", "Contains", "xyz")),
                "behind a part of the beginning": (("a", "Contains", "y"), ("a", "StartsWith", "xy")),
                "behind anything else": (("a", "NotEqual", "x"), ("a", "Equals", "y")),
                "behind any other beginning": (("a", "NotEqual", "x"), ("a", "StartsWith", "y")),
                "behind any other part": (("a", "NotEqual", "x"), ("a", "Contains", "y")),
                "behind it and anything else": (("a", "Equals", "x"), ("a", "NotEqual", "x"), ("a", "StartsWith", "x")),
            }.items()
        ),
    ],
)
def test_what_is_found(
    mappings: dict[str, RoleMapping], issuers: list[Any], options: dict[str, Any], topic: str, where: str
) -> None:
    """Where it stands."""
    assert [(topic, where)] == found(mappings, *issuers, **options)


def test_rules_on_arrays() -> None:
    """One and the same element asked for twice is found; that one element hides another is not said."""
    groups = "cognito:groups"
    said = rules(
        (groups, "Contains", "x"), (groups, "Equals", "x"), (groups, "Equals", "xy"), (groups, "NotEqual", "x")
    )
    last = rules((groups, "Equals", "x"), (groups, "NotEqual", "x"), (groups, "Equals", "y"))
    assert ["2"] == [where[-1] for topic, where in found(said) if topic == "unreachable"]
    assert [] == [where for topic, where in found(last) if topic == "unreachable"]


def test_a_client_that_no_mapping_is_for() -> None:
    """While another client of the pool has one: it was forgotten, or should be said."""
    both = UserPool(POOL_ID, clients={CLIENT, "other"}, name="staff")
    assert [("unmapped", WHERE)] == found({PROVIDER: TOKEN}, both)
    assert [] == found(
        {"accounts.google.com": RoleMapping("Rules", "Deny", [MappingRule("a", "Equals", "x", A)])}, both
    )


TEXTS = st.text("ab", min_size=1, max_size=3)
SPELLED = st.tuples(st.just("c"), st.sampled_from([str(kind) for kind in MatchType]), TEXTS)


@given(first=st.lists(SPELLED, min_size=1, max_size=3), last=SPELLED, claim=st.text("abc", max_size=4))
def test_a_rule_that_is_called_unreachable_decides_for_no_string(
    first: list[tuple[str, str, str]], last: tuple[str, str, str], claim: str
) -> None:
    """Whatever the claim says."""
    mapping = RoleMapping("Rules", "Deny", [*(MappingRule(*each, A) for each in first), MappingRule(*last, B)])
    told = found({PROVIDER: mapping})
    if ("unreachable", f"{HERE}: rule {len(mapping.rules)}") in told:
        assert len(mapping.rules) != mapping.find({"c": claim}, None, "element").rule
