"""Recipes: what is written, and what would not be right to write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cogauth import ConfigurationError
from cogauth.iam_roles import check_permissions, dynamodb_policy, s3_policy, trust_policy
from cogauth.iam_roles.recipes import Per
from tests.iam_roles.cases import GOVERNMENT, NAMESPACE, POOL, SUB, TABLE, USER_POOL


def test_trust() -> None:
    """As AWS's example has it (Amazon Cognito Developer Guide, "Role trust and permissions")."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": NAMESPACE},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{NAMESPACE}:aud": POOL},
            "ForAnyValue:StringLike": {f"{NAMESPACE}:amr": "authenticated"},
        },
    }

    assert {"Version": "2012-10-17", "Statement": [statement]} == trust_policy(POOL)


def test_s3() -> None:
    """As AWS's example has it (IAM User Guide, "Allows Amazon Cognito users to access objects in their bucket")."""
    listing, objects = s3_policy("my-bucket", "user", prefix="cognito/app/")["Statement"]

    assert {"StringLike": {"s3:prefix": f"cognito/app/{SUB}/*"}} == listing["Condition"]
    assert ("s3:ListBucket", "arn:aws:s3:::my-bucket") == (listing["Action"], listing["Resource"])
    assert ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"] == objects["Action"]
    assert f"arn:aws:s3:::my-bucket/cognito/app/{SUB}/*" == objects["Resource"]


def test_dynamodb() -> None:
    """As AWS asks for it, without Scan (DynamoDB Developer Guide, "Using IAM policy conditions")."""
    (statement,) = dynamodb_policy(TABLE, "user")["Statement"]

    assert {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": SUB},
        "Null": {"dynamodb:LeadingKeys": "false"},
    } == statement["Condition"]
    assert TABLE == statement["Resource"]
    assert not [each for each in statement["Action"] if "Scan" in each or "*" in each]


@pytest.mark.parametrize(
    ("options", "owner"),
    [
        ({"per": "user"}, SUB),
        ({"per": "group", "group": "editors"}, "editors"),
        ({"per": "tag", "tag": "team"}, "${aws:PrincipalTag/team}"),
        ({"per": "user", "identity_pool": GOVERNMENT}, "${cognito-identity-us-gov.amazonaws.com:sub}"),
    ],
)
def test_whose(options: dict[str, Any], owner: str) -> None:
    """The identity id, the group whose role it is, or a tag."""
    partition = "aws-us-gov" if "identity_pool" in options else "aws"

    assert f"arn:{partition}:s3:::my-bucket/{owner}/*" == s3_policy("my-bucket", **options)["Statement"][1]["Resource"]
    condition = dynamodb_policy(TABLE, **options)["Statement"][0]["Condition"]
    assert owner == condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]


def test_read_only() -> None:
    """Neither put nor delete."""
    assert ["s3:GetObject"] == s3_policy("my-bucket", "user", read_only=True)["Statement"][1]["Action"]
    actions = dynamodb_policy(TABLE, "user", read_only=True)["Statement"][0]["Action"]
    assert ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"] == actions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bucket": "My_Bucket"}, "bucket: "),
        ({"bucket": "b*"}, "bucket: "),
        ({"bucket": "my-bucket\n"}, "bucket: "),
        ({"bucket": None}, "bucket: "),
        ({"prefix": "home"}, "prefix: "),
        ({"prefix": "/home/"}, "prefix: "),
        ({"prefix": "a//"}, "prefix: "),
        ({"prefix": "*/"}, "prefix: "),
        ({"prefix": "${aws:userid}/"}, "prefix: "),
        ({"per": "team"}, "per: "),
        ({"per": "group"}, "group: goes with"),
        ({"per": "tag"}, "tag: goes with"),
        ({"per": "group", "group": "a", "tag": "b"}, "tag: goes with"),
        ({"group": "a"}, "group: goes with"),
        ({"per": "group", "group": "a/b"}, "group: must be"),
        ({"per": "group", "group": "*"}, "group: must be"),
        ({"per": "group", "group": ""}, "group: must be"),
        ({"per": "tag", "tag": "a}b"}, "tag: must be"),
        ({"per": "tag", "tag": ""}, "tag: must be"),
        ({"identity_pool": "eu-west-1"}, "identity pool id"),
    ],
)
def test_what_is_not_written(options: dict[str, Any], said: str) -> None:
    """What would be read as a wildcard or a variable, or would nest, is refused."""
    given: dict[str, Any] = {"bucket": "my-bucket", "per": "user", **options}

    with pytest.raises(ConfigurationError, match=said):
        s3_policy(**given)


@pytest.mark.parametrize(
    "table", ["Orders", "*", f"{TABLE}/index/*", f"{TABLE[:-6]}*", "arn:aws:s3:::my-bucket", f"{TABLE}\n", None]
)
def test_what_is_no_table(table: Any) -> None:
    """One table, by its ARN."""
    with pytest.raises(ConfigurationError, match="table: "):
        dynamodb_policy(table, "user")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"identity_pool": "eu-west-1_AbCdEf123"}, "identity pool id"),
        ({"guests": True, "provider": USER_POOL}, "guests have none"),
        ({"provider": "*"}, "provider: "),
        ({"provider": "a b"}, "provider: "),
        ({"provider": ""}, "provider: "),
    ],
)
def test_trust_that_is_not_written(options: dict[str, Any], said: str) -> None:
    """A wildcard would let in more than one provider."""
    given: dict[str, Any] = {"identity_pool": POOL, **options}

    with pytest.raises(ConfigurationError, match=said):
        trust_policy(**given)


names = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)


@settings(max_examples=50, deadline=None)
@given(
    name=names,
    read_only=st.booleans(),
    pool=st.sampled_from([POOL, GOVERNMENT, None]),
    prefix=st.sampled_from(["", "home/", "a/b/"]),
    per=st.sampled_from(["user", "group", "tag"]),
)
def test_what_is_written_passes(*, name: str, read_only: bool, pool: str | None, prefix: str, per: Per) -> None:
    """Nobody reaches what is another's; a group's things are its members', so that a user's they are not."""
    whose: dict[str, Any] = {"read_only": read_only, "identity_pool": pool} | ({} if per == "user" else {per: name})
    objects = s3_policy("my-bucket", per, prefix=prefix, **whose)
    items = dynamodb_policy(TABLE, per, **whose)

    for document in (objects, items):
        assert [] == check_permissions(document, pool, per=None if per == "group" else per)
        if per != "user":
            assert check_permissions(document, pool, per="user")
