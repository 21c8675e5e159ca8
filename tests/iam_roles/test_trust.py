"""Trust: who may assume a role, held against AWS's examples, and every way to let in one more."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import ConfigurationError
from cogauth.iam_roles import RoleFinding, RoleTopic, Severity, Trusted, check_trust, trust_policy, who_may_assume
from cogauth.iam_roles.glob import reference
from cogauth.iam_roles.namespace import is_documented
from cogauth.iam_roles.trust import LIKE
from tests.iam_roles.cases import AUD, GOVERNMENT, NAMESPACE, NOTHING, OTHER, POOL, SIGNED_IN, USER_POOL, trust

NOBODY = Trusted(users=False, providers=None, guests=False, pools=())
USERS = NOBODY._replace(users=True)
GUESTS = NOBODY._replace(guests=True)
BOTH = USERS._replace(guests=True)


def amr(*values: str, operator: str = "ForAnyValue:StringLike") -> dict[str, Any]:
    return {**AUD, operator: {f"{NAMESPACE}:amr": list(values)}}


def aud(*values: str, operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {f"{NAMESPACE}:aud": list(values)}, **SIGNED_IN}


def deny(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": condition}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Amazon Cognito Developer Guide, "Role trust and permissions": the three examples there.
        pytest.param(trust(amr("unauthenticated")), GUESTS, id="guests"),
        pytest.param(trust(amr("authenticated")), USERS, id="who signed in"),
        pytest.param(
            trust(amr("graph.facebook.com")), USERS._replace(providers=("graph.facebook.com",)), id="Facebook"
        ),
        # IAM User Guide, "Policy evaluation logic": nothing is allowed by itself, and a denial beats what allows.
        pytest.param({"Version": "2012-10-17", "Statement": deny({})}, NOBODY, id="only a denial"),
        pytest.param(trust(AUD, deny({})), NOBODY, id="all denied"),
        pytest.param(trust(AUD, deny({"StringNotEquals": {f"{NAMESPACE}:aud": POOL}})), BOTH, id="others denied"),
        pytest.param(
            trust({}, deny({"StringNotEquals": {f"{NAMESPACE}:aud": POOL}})), BOTH, id="others denied and not excluded"
        ),
        pytest.param(
            trust(AUD, deny({"ForAnyValue:StringEquals": {f"{NAMESPACE}:amr": "unauthenticated"}})),
            USERS,
            id="guests denied",
        ),
        pytest.param(trust(AUD, deny({"StringEquals": {"aws:SourceIp": "x"}})), BOTH, id="a denial that may not apply"),
        pytest.param(
            trust(amr("authenticated"), trust(amr("unauthenticated"))["Statement"][0]), BOTH, id="one or other"
        ),
        # "IAM JSON policy elements: Condition": all of them must be met, and one value of each.
        pytest.param(trust(AUD), BOTH, id="no amr"),
        pytest.param(trust(amr("authenticated", "unauthenticated")), BOTH, id="either"),
        pytest.param(trust(amr("*authenticated")), BOTH, id="a wildcard"),
        pytest.param(trust(amr("*")), BOTH, id="anything"),
        pytest.param(trust(amr("Authenticated")), NOBODY, id="letter case counts"),
        pytest.param(trust(amr("authenticated", operator="ForAllValues:StringLike")), NOBODY, id="all values"),
        pytest.param(
            trust(amr("unauthenticated", operator="ForAllValues:StringLike")), GUESTS, id="all values, a guest's"
        ),
        pytest.param(trust(amr("unauthenticated", operator="ForAnyValue:StringNotEquals")), USERS, id="any but"),
        pytest.param(
            trust(amr(f"{USER_POOL}:CognitoSignIn:*")),
            USERS._replace(providers=(f"{USER_POOL}:CognitoSignIn:*",)),
            id="a user pool by its logins",
        ),
        pytest.param(
            trust(amr("cognito-idp.*/eu-west-1_?")),
            USERS._replace(providers=("cognito-idp.*/eu-west-1_?",)),
            id="a provider by a pattern",
        ),
        pytest.param(
            trust({**aud(POOL), "StringEquals": {f"{NAMESPACE}:aud": POOL, f"{NAMESPACE}:sub": "eu-west-1:x"}}),
            USERS,
            id="one identity",
        ),
        pytest.param(trust({**aud(POOL), "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), USERS, id="an address"),
        pytest.param(trust(aud(POOL), Principal={"Federated": [NAMESPACE]}), USERS, id="a list of one"),
        pytest.param(trust(aud(POOL), Action=["STS:assumerolewithwebidentity"]), USERS, id="letter case of actions"),
        # Nobody.
        pytest.param(trust(aud(OTHER)), NOBODY._replace(pools=(OTHER,)), id="another pool"),
        pytest.param(trust(aud(POOL), Action="sts:AssumeRole"), NOBODY, id="another action"),
        pytest.param(trust(aud(POOL), Principal={"Federated": "accounts.google.com"}), NOBODY, id="another issuer"),
        pytest.param(trust(aud(POOL), Principal={"Service": NAMESPACE}), NOBODY, id="a service"),
        pytest.param(trust(aud(POOL), Principal=None), NOBODY, id="no principal"),
        pytest.param(trust(aud(POOL), Effect="Deny"), NOBODY, id="denied"),
        pytest.param(trust({**aud(POOL), "Bool": {"accounts.google.com:aud": "x"}}), NOBODY, id="a foreign key"),
        # Anybody.
        pytest.param(trust(SIGNED_IN), USERS._replace(pools=("*",)), id="no aud"),
        pytest.param(trust({}), BOTH._replace(pools=("*",)), id="no condition"),
        pytest.param(trust({}, Condition=None), BOTH._replace(pools=("*",)), id="none at all"),
        pytest.param(trust(aud("*", operator="StringLike")), USERS._replace(pools=("*",)), id="any aud"),
        pytest.param(trust(aud("eu-west-1:*", operator="StringLike")), USERS._replace(pools=("*",)), id="a Region"),
        pytest.param(trust(aud(f"{POOL[:-1]}*", operator="StringLike")), USERS._replace(pools=(LIKE,)), id="a prefix"),
        pytest.param(trust(aud(f"*{POOL[11:]}", operator="StringLike")), USERS._replace(pools=(LIKE,)), id="a suffix"),
        pytest.param(trust(aud(f"*{POOL[9:]}", operator="StringLike")), USERS._replace(pools=(LIKE,)), id="a guid"),
        pytest.param(trust(aud(POOL, OTHER)), USERS._replace(pools=(OTHER,)), id="two pools"),
        pytest.param(trust(aud(OTHER, operator="StringNotEquals")), USERS._replace(pools=("*",)), id="all but one"),
        pytest.param(
            trust(aud(f"${{{NAMESPACE}:aud}}")), USERS._replace(pools=("*",)), id="a variable that is always right"
        ),
        pytest.param(trust({}, Principal="*"), BOTH._replace(pools=("*",)), id="everybody"),
        pytest.param(
            trust({}, Principal=None, NotPrincipal={"AWS": "111122223333"}), BOTH._replace(pools=("*",)), id="not one"
        ),
        pytest.param(trust({}, Principal=None, NotPrincipal={"Federated": NAMESPACE}), NOBODY, id="not these"),
        pytest.param(trust({}, Action=None, NotAction="s3:*"), BOTH._replace(pools=("*",)), id="all other actions"),
        pytest.param(trust({}, Action=None, NotAction="sts:*"), NOBODY, id="none of these actions"),
        # What is not known.
        pytest.param(trust(aud(reference("Pool"))), NOBODY._replace(users=None), id="an aud that is not resolved"),
        pytest.param(trust(amr(reference("Who"))), BOTH._replace(users=None, guests=None), id="an amr"),
        pytest.param(
            trust(AUD, Principal={"Federated": reference("X")}),
            BOTH._replace(users=None, guests=None),
            id="a principal",
        ),
    ],
)
def test_who_may_assume(document: dict[str, Any], expected: Trusted) -> None:
    """Worked out for users, for guests and for other pools."""
    assert expected == who_may_assume(document, POOL)


def topics(findings: list[RoleFinding]) -> set[str]:
    return {each.topic for each in findings}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(trust(SIGNED_IN), {"any_pool"}, id="any pool"),
        pytest.param(trust(AUD), {"guests"}, id="guests"),
        pytest.param(trust({}), {"any_pool", "guests"}, id="both"),
        pytest.param(trust(aud(POOL, OTHER)), {"other_pool"}, id="another pool"),
        pytest.param(trust(aud(OTHER)), {"other_pool", "nobody"}, id="another pool alone"),
        pytest.param(trust(aud(f"{POOL[:-2]}*", operator="StringLike")), {"other_pool"}, id="like it"),
        pytest.param(trust(aud(POOL, operator="ForAllValues:StringEquals")), {"operator"}, id="all of one"),
        pytest.param(trust(aud(POOL, operator="StringEqualsIfExists")), {"operator"}, id="if it exists"),
        pytest.param(trust(aud("false", operator="Null")), {"operator", "any_pool"}, id="some aud"),
        pytest.param(trust(aud(OTHER, operator="StringNotEquals")), {"operator", "any_pool"}, id="all but"),
        pytest.param(trust(aud(POOL, operator="ArnEquals")), {"operator", "any_pool"}, id="no ARN"),
        pytest.param(trust(amr("authenticated", operator="StringLike")), {"operator"}, id="no quantifier"),
        pytest.param(
            trust({"StringEquals": {f"{NAMESPACE}:Aude": POOL}, **SIGNED_IN}), {"key", "nobody"}, id="misspelt"
        ),
        pytest.param(
            trust({"ForAllValues:StringEquals": {"cognito-idp.amazonaws.com:aud": POOL}, **SIGNED_IN}),
            {"key", "any_pool"},
            id="misspelt, and met where it is absent",
        ),
        pytest.param(trust({**AUD, **SIGNED_IN}, Principal="*"), {"principal"}, id="everybody"),
        pytest.param(trust({**AUD, **SIGNED_IN}, Principal={"Federated": "*"}), {"principal"}, id="every federation"),
        pytest.param(
            trust({**AUD, **SIGNED_IN}, Principal={"Federated": [NAMESPACE, "accounts.google.com"]}),
            {"principal"},
            id="another issuer",
        ),
        pytest.param(
            trust({**AUD, **SIGNED_IN}, Principal={"Federated": NAMESPACE, "AWS": "111122223333"}),
            {"principal"},
            id="an account",
        ),
        pytest.param(
            trust({**AUD, **SIGNED_IN}, Principal={"Federated": reference("X")}), {"unresolved"}, id="somebody"
        ),
        pytest.param(
            trust({**AUD, **SIGNED_IN}, Principal=None, NotPrincipal={"AWS": "111122223333"}),
            {"principal"},
            id="all but one",
        ),
        pytest.param(trust({**AUD, **SIGNED_IN}, Principal=None), {"malformed", "nobody"}, id="no principal"),
        pytest.param(trust({**AUD, **SIGNED_IN}, Resource="*"), {"malformed"}, id="a resource"),
        pytest.param(trust({**AUD, **SIGNED_IN}, Action="sts:*"), {"action"}, id="every action"),
        pytest.param(trust({**AUD, **SIGNED_IN}, Action=None, NotAction="s3:*"), {"action"}, id="all but some"),
        pytest.param(trust({**AUD, **SIGNED_IN}, Action="sts:AssumeRole"), {"action", "nobody"}, id="another action"),
        pytest.param(trust(aud(reference("Pool"))), {"unresolved"}, id="not resolved"),
        pytest.param(trust(amr(reference("Who"))), {"unresolved"}, id="perhaps guests"),
        pytest.param(trust(amr("authenticated", reference("Who"))), {"unresolved"}, id="guests too, perhaps"),
        pytest.param(trust(aud(POOL, reference("Pool"))), {"unresolved"}, id="another pool, perhaps"),
        pytest.param(
            {**trust(aud(f"${{{NAMESPACE}:aud}}")), "Version": "2008-10-17"}, {"version", "nobody"}, id="no variables"
        ),
        pytest.param(trust({**AUD, **SIGNED_IN}, trust({})["Statement"][0]), {"any_pool", "guests"}, id="one too many"),
        pytest.param(trust(amr("authenticated"), {"Effect": "Allow"}), {"malformed"}, id="no statement"),
        pytest.param(trust(amr("graph.facebook.com")), NOTHING, id="those of one provider"),
        pytest.param(trust({**AUD, **SIGNED_IN}, deny({"Null": {"aws:TokenIssueTime": "true"}})), NOTHING, id="denial"),
    ],
)
def test_findings(document: dict[str, Any], found: set[str]) -> None:
    """Each is about one thing, and says what to write."""
    findings = check_trust(document, POOL)

    assert found == topics(findings)
    assert all(each.fix and each.source.startswith("https://docs.aws.amazon.com/") for each in findings)


@pytest.mark.parametrize(
    ("options", "document", "found"),
    [
        ({"guests": True}, trust(amr("unauthenticated")), NOTHING),
        ({"guests": True}, trust(amr("authenticated", "unauthenticated")), NOTHING),
        ({"guests": True}, trust(amr("authenticated")), {"nobody"}),
        ({"guests": True}, trust(amr("unauthenticated", reference("X"))), NOTHING),
        ({"provider": USER_POOL}, trust(amr(USER_POOL)), NOTHING),
        ({"provider": USER_POOL}, trust(amr("authenticated")), {"provider"}),
        ({"provider": USER_POOL}, trust(amr("cognito-idp.*")), {"provider"}),
        ({"provider": USER_POOL}, trust(amr(USER_POOL, "accounts.google.com")), {"provider"}),
        ({"provider": USER_POOL}, trust(amr("accounts.google.com")), {"nobody", "provider"}),
        ({"tags": True}, trust(amr("authenticated")), {"tags"}),
        (
            {"tags": True},
            trust(amr("authenticated"), Action=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]),
            NOTHING,
        ),
        ({"tags": True}, trust(amr("authenticated"), Action=["sts:TagSession"]), {"nobody"}),
        (
            {"tags": True},
            trust(amr("authenticated"), trust(amr("unauthenticated"), Action="sts:TagSession")["Statement"][0]),
            {"tags"},
        ),
        (
            {"tags": True},
            trust(amr("authenticated"), trust(amr("authenticated"), Action="sts:TagSession")["Statement"][0]),
            NOTHING,
        ),
    ],
)
def test_what_the_role_is_for(options: dict[str, Any], document: dict[str, Any], found: set[str]) -> None:
    """Guests, one provider, tagged sessions (AWS: "Using attributes for access control")."""
    assert found == topics(check_trust(document, POOL, **options))


def test_several_pools() -> None:
    """Each of those named may, and no other."""
    both = trust(aud(POOL, OTHER))

    assert [] == check_trust(both, [POOL, OTHER])
    (missing,) = check_trust(trust(aud(POOL)), [POOL, OTHER])
    assert (RoleTopic.NOBODY, True) == (missing.topic, OTHER in missing.text)


@pytest.mark.parametrize("pools", [[], "", "eu-west-1", ["eu-west-1:x"], [None], [POOL, GOVERNMENT], None])
def test_pools_that_are_none(pools: Any) -> None:
    """A question without a pool has no answer."""
    with pytest.raises(ConfigurationError, match="identity pool"):
        who_may_assume({}, pools)


def test_guests_have_no_provider() -> None:
    """Whoever asks for both means something else."""
    with pytest.raises(ConfigurationError, match="guests have none"):
        check_trust({}, POOL, guests=True, provider=USER_POOL)


def test_other_partitions() -> None:
    """GovCloud has names of its own (AWS GovCloud User Guide, "Amazon Cognito"), and the usual ones are none there."""
    document = trust_policy(GOVERNMENT)

    assert "cognito-identity-us-gov.amazonaws.com" == document["Statement"][0]["Principal"]["Federated"]
    assert [] == check_trust(document, GOVERNMENT)
    assert (True, False) == (is_documented(GOVERNMENT), is_documented("cn-north-1:x"))
    assert {"principal", "key", "nobody"} == topics(check_trust(trust(aud(GOVERNMENT)), GOVERNMENT))


def test_the_place_of_a_finding() -> None:
    """It is that of the statement that lets somebody in."""
    document = trust({**AUD, **SIGNED_IN}, trust(amr("unauthenticated"))["Statement"][0])

    (finding,) = check_trust(document, POOL)

    assert ("Statement[2]", Severity.ERROR) == (finding.where, finding.severity)
    assert str(finding).startswith("Statement[2]: guests may assume this role")


# -- What is written passes, and nothing wider does --------------------------------------------------------------------

guids = st.uuids(version=4).map(str)
pools = st.builds(
    "{}:{}".format, st.sampled_from(["eu-west-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "af-south-1"]), guids
)
purposes: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"guests": st.just(value=True), "tags": st.booleans()}),
    st.fixed_dictionaries({"tags": st.booleans()}),
    st.fixed_dictionaries({"provider": st.sampled_from([USER_POOL, "accounts.google.com"]), "tags": st.booleans()}),
)


@settings(max_examples=50, deadline=None)
@given(pools, purposes)
def test_what_is_written_passes(pool: str, purpose: dict[str, Any]) -> None:
    """Those whom it is for may assume the role, and nobody else."""
    document = trust_policy(pool, **purpose)
    guests = purpose.get("guests", False)
    provider = purpose.get("provider")

    assert [] == check_trust(document, pool, **purpose)
    assert Trusted(not guests, (provider,) if provider else None, guests, ()) == who_may_assume(document, pool)


def _without_aud(statement: dict[str, Any]) -> None:
    del statement["Condition"]["StringEquals"]


def _without_amr(statement: dict[str, Any]) -> None:
    del statement["Condition"]["ForAnyValue:StringLike"]


def _unconditional(statement: dict[str, Any]) -> None:
    del statement["Condition"]


def _any_aud(statement: dict[str, Any]) -> None:
    statement["Condition"]["StringLike"] = dict.fromkeys(statement["Condition"].pop("StringEquals"), "*")


def _its_region(statement: dict[str, Any]) -> None:
    ((key, pool),) = statement["Condition"].pop("StringEquals").items()
    statement["Condition"]["StringLike"] = {key: pool.partition(":")[0] + ":*"}


def _another_pool(statement: dict[str, Any]) -> None:
    ((key, pool),) = statement["Condition"]["StringEquals"].items()
    statement["Condition"]["StringEquals"] = {key: [pool, OTHER]}


def _any_amr(statement: dict[str, Any]) -> None:
    amr_key = next(iter(statement["Condition"]["ForAnyValue:StringLike"]))
    statement["Condition"]["ForAnyValue:StringLike"] = {amr_key: "*"}


def _operator(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(statement: dict[str, Any]) -> None:
        statement["Condition"][new] = statement["Condition"].pop(old)

    return change


def _element(**elements: Any) -> Callable[[dict[str, Any]], None]:
    def change(statement: dict[str, Any]) -> None:
        statement.update(elements)
        for name in ("Action", "Principal"):
            if f"Not{name}" in elements:
                del statement[name]

    return change


def _another_principal(statement: dict[str, Any]) -> None:
    statement["Principal"]["AWS"] = "111122223333"


WIDER = [
    _without_aud,
    _without_amr,
    _unconditional,
    _any_aud,
    _its_region,
    _another_pool,
    _any_amr,
    _another_principal,
    *(
        _operator("StringEquals", new)
        for new in ("StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals", "Null", "Bool")
    ),
    *(
        _operator("ForAnyValue:StringLike", new)
        for new in ("ForAnyValue:StringNotLike", "ForAllValues:StringLike", "StringNotLike", "StringLike")
    ),
    _operator("ForAnyValue:StringLike", "ForAnyValue:StringLikeIfExists"),
    _element(Principal="*"),
    _element(Principal={"Federated": "*"}),
    _element(NotPrincipal={"AWS": "111122223333"}),
    _element(Action="*"),
    _element(Action="sts:*"),
    _element(Action="sts:Assume*"),
    _element(NotAction="s3:*"),
]


@settings(max_examples=50, deadline=None)
@given(pools.filter(lambda pool: pool != OTHER), purposes, st.sampled_from(WIDER))
def test_whatever_widens_it_is_found(
    pool: str, purpose: dict[str, Any], widen: Callable[[dict[str, Any]], None]
) -> None:
    """One change at a time; that guests' roles are also users' is the one that may be meant."""
    document = deepcopy(trust_policy(pool, **purpose))
    widen(document["Statement"][0])
    if purpose.get("guests") and widen in (_without_amr, _any_amr):
        return

    assert check_trust(document, pool, **purpose)


@settings(max_examples=50, deadline=None)
@given(pools.filter(lambda pool: pool != OTHER), purposes)
def test_another_statement_that_lets_in_more_is_found(pool: str, purpose: dict[str, Any]) -> None:
    """Statements are alternatives: a right one makes a wide one no narrower."""
    document = trust_policy(pool, **purpose)
    wide = deepcopy(document["Statement"][0])
    del wide["Condition"]["StringEquals"]
    document["Statement"].append(wide)

    assert {"any_pool"} == topics(check_trust(document, pool, **purpose))
