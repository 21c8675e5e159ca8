"""Permissions: how far they reach, held against AWS's examples, and every way to reach further."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.iam_roles import check_permissions
from cogauth.iam_roles.glob import reference
from tests.iam_roles.cases import GOVERNMENT, NOTHING, POOL, SUB, TABLE, permission

BUCKET = "arn:aws:s3:::my-bucket"
TEAM = "${aws:PrincipalTag/team}"
KEYS = "dynamodb:LeadingKeys"
GET = ["s3:GetObject"]


def own(value: str = SUB, operator: str = "ForAllValues:StringEquals") -> dict[str, Any]:
    return {operator: {KEYS: [value]}}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        # IAM User Guide, "Allows Amazon Cognito users to access objects in their bucket".
        pytest.param(permission(GET, f"{BUCKET}/cognito/app/{SUB}/*"), NOTHING, id="objects"),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": [f"cognito/app/{SUB}/*"]}}),
            NOTHING,
            id="a list",
        ),
        # "Allows row-level access to DynamoDB based on an Amazon Cognito ID".
        pytest.param(permission(["dynamodb:GetItem", "dynamodb:Query"], TABLE, own()), NOTHING, id="items"),
        pytest.param(permission("dynamodb:Query", f"{TABLE}/index/*", own()), NOTHING, id="an index"),
        # Whose objects.
        pytest.param(permission(GET, f"{BUCKET}/shared/*"), {"neighbour"}, id="everybody's"),
        pytest.param(permission(GET, f"{BUCKET}/*"), {"neighbour", "resource"}, id="the bucket"),
        pytest.param(permission(GET, "*"), {"neighbour", "resource"}, id="everything"),
        pytest.param(permission(GET, "arn:aws:s3:::*"), {"neighbour", "resource"}, id="every bucket"),
        pytest.param(permission(GET, f"arn:aws:s3:::*/{SUB}/*"), {"neighbour", "resource"}, id="in any bucket"),
        pytest.param(permission(GET, f"{BUCKET}/*/{SUB}/*"), {"neighbour"}, id="a wildcard before it"),
        pytest.param(permission(GET, f"{BUCKET}/{SUB}*"), {"neighbour"}, id="no slash"),
        pytest.param(permission(GET, f"{BUCKET}/*{SUB}/*"), {"neighbour"}, id="what ends like it"),
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}/*"), {"neighbour"}, id="a team's"),
        pytest.param(permission(GET, [f"{BUCKET}/{SUB}/*", f"{BUCKET}/all"]), {"neighbour"}, id="one object more"),
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}/{SUB}/*"), NOTHING, id="within a team"),
        pytest.param(permission(GET, f"{BUCKET}/{SUB}/{TEAM}/*"), NOTHING, id="by team within"),
        pytest.param(permission(GET, f"{BUCKET}/{SUB}"), NOTHING, id="one object each"),
        pytest.param(permission("s3:*", f"{BUCKET}/{SUB}/*"), {"action", "listing", "neighbour"}, id="every action"),
        pytest.param(permission("s3:Get*", f"{BUCKET}/{SUB}/*"), {"action"}, id="some actions"),
        pytest.param(
            permission(GET, f"{BUCKET}/{SUB}/*", Action=None, NotAction="s3:DeleteObject"),
            {"action", "listing", "neighbour"},
            id="all actions but one",
        ),
        pytest.param(
            permission(GET, "", Resource=None, NotResource=f"{BUCKET}/x"), {"resource", "neighbour"}, id="all but one"
        ),
        # Which variable.
        pytest.param(
            {**permission(GET, f"{BUCKET}/{SUB}/*"), "Version": "2008-10-17"},
            {"version", "neighbour"},
            id="no variables",
        ),
        pytest.param(permission(GET, f"{BUCKET}/${{aws:userid}}/*"), {"variable", "neighbour"}, id="one session"),
        pytest.param(permission(GET, f"{BUCKET}/${{aws:username}}/*"), {"variable", "neighbour"}, id="no IAM user"),
        pytest.param(
            permission(GET, f"{BUCKET}/${{cognito-identity.amazonaws.com:aud}}/*"),
            {"variable", "neighbour"},
            id="the pool's id",
        ),
        pytest.param(
            permission(GET, f"{BUCKET}/${{cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123:sub}}/*"),
            {"variable", "neighbour"},
            id="the user pool's sub",
        ),
        pytest.param(permission(GET, f"{BUCKET}/${{cognito:sub}}/*"), {"variable", "neighbour"}, id="an invention"),
        pytest.param(permission(GET, f"{BUCKET}/${{COGNITO-identity.amazonaws.com:sub}}/*"), NOTHING, id="letter case"),
        # What may be listed.
        pytest.param(permission("s3:ListBucket", BUCKET), {"listing", "neighbour"}, id="all keys"),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLikeIfExists": {"s3:prefix": f"{SUB}/*"}}),
            {"listing"},
            id="with no prefix",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"ForAllValues:StringLike": {"s3:prefix": f"{SUB}/*"}}),
            {"listing"},
            id="with none at all",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringNotLike": {"s3:prefix": "private/*"}}),
            {"listing", "neighbour"},
            id="all but some",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": ["", f"{SUB}/"]}}),
            {"listing"},
            id="from the top",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": f"{SUB}*"}}),
            {"neighbour"},
            id="a list without a slash",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": "home/*"}}),
            {"neighbour"},
            id="everybody's list",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringEquals": {"s3:delimiter": "/"}}),
            {"listing", "neighbour"},
            id="another condition",
        ),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": f"*{SUB}/"}}), {"neighbour"}, id="no start"
        ),
        # Whose items.
        pytest.param(permission("dynamodb:GetItem", TABLE), {"neighbour"}, id="every item"),
        pytest.param(permission("dynamodb:GetItem", TABLE, own("shared")), {"neighbour"}, id="shared items"),
        pytest.param(
            permission("dynamodb:GetItem", TABLE, own(operator="ForAnyValue:StringEquals")),
            {"neighbour"},
            id="one of several keys",
        ),
        pytest.param(
            permission("dynamodb:GetItem", TABLE, own(f"{SUB}*", "ForAllValues:StringLike")), {"neighbour"}, id="no end"
        ),
        pytest.param(
            permission("dynamodb:GetItem", TABLE, own(f"{SUB}#*", "ForAllValues:StringLike")), NOTHING, id="an end"
        ),
        pytest.param(
            permission("dynamodb:GetItem", TABLE, own(operator="ForAllValues:StringNotEquals")),
            {"neighbour"},
            id="all but one's own",
        ),
        pytest.param(permission("dynamodb:Scan", TABLE, own()), {"scan"}, id="a scan"),
        pytest.param(permission("dynamodb:PartiQLSelect", TABLE, own()), {"scan"}, id="a select"),
        pytest.param(
            permission("dynamodb:Scan", TABLE, {**own(), "Null": {KEYS: "false"}}), NOTHING, id="a scan that is refused"
        ),
        pytest.param(permission("dynamodb:*", TABLE, own()), {"action", "scan"}, id="every action on items"),
        pytest.param(permission("dynamodb:GetItem", f"{TABLE[:-6]}*", own()), {"resource"}, id="every table"),
        pytest.param(
            permission("dynamodb:GetItem", f"{TABLE[:-6]}{reference('T')}", own()),
            NOTHING,
            id="a template's table",
        ),
        pytest.param(permission("dynamodb:GetItem", f"{TABLE}-{SUB}"), NOTHING, id="a table each"),
        # What is not known.
        pytest.param(permission(GET, reference("Objects")), {"unresolved"}, id="a resource"),
        pytest.param(permission(GET, f"arn:aws:s3:::{reference('B')}/{SUB}/*"), NOTHING, id="a bucket of the template"),
        pytest.param(
            permission("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": reference("P")}}),
            {"unresolved", "listing", "neighbour"},
            id="a prefix",
        ),
        # What IAM would not take.
        pytest.param(permission(GET, f"{BUCKET}/{SUB}/*", Principal="*"), {"malformed"}, id="a principal"),
        pytest.param(permission(GET, "", Resource=None), {"malformed", "neighbour"}, id="no resource"),
        pytest.param(permission([], f"{BUCKET}/{SUB}/*"), {"malformed"}, id="no action"),
        # What is no S3 and no DynamoDB is looked at for what is plain.
        pytest.param(
            permission("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q"), NOTHING, id="another service"
        ),
        pytest.param(permission("sqs:SendMessage", "*"), {"resource"}, id="all of another"),
        pytest.param(permission("*", "*"), {"action", "resource", "listing", "neighbour"}, id="all"),
        pytest.param(permission(GET, "arn:aws:*:::my-bucket/x"), {"resource", "neighbour"}, id="any service"),
        # Denials narrow nothing here, and are not wide.
        pytest.param(permission("s3:*", "*", Effect="Deny"), NOTHING, id="a denial"),
    ],
)
def test_per_user(document: dict[str, Any], found: set[str]) -> None:
    """Where nobody shall reach what is another's; each finding says what to write."""
    findings = check_permissions(document, per="user")

    assert found == {each.topic for each in findings}
    assert all(each.fix and each.source.startswith("https://docs.aws.amazon.com/") for each in findings)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}/*"), NOTHING, id="a team's folder"),
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}/{SUB}/*"), NOTHING, id="within it"),
        pytest.param(permission(GET, f"{BUCKET}/{SUB}/*"), NOTHING, id="a user's"),
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}*"), {"neighbour"}, id="no slash"),
        pytest.param(permission(GET, f"{BUCKET}/team-{TEAM}/*"), NOTHING, id="text before it"),
        pytest.param(permission(GET, f"{BUCKET}/shared/*"), {"neighbour"}, id="everybody's"),
        pytest.param(
            permission(GET, f"{BUCKET}/${{aws:PrincipalTag/team, 'none'}}/*"), {"variable"}, id="a default value"
        ),
        pytest.param(permission("dynamodb:Query", TABLE, own(TEAM)), NOTHING, id="items"),
        pytest.param(permission("dynamodb:Query", TABLE, own("x")), {"neighbour"}, id="shared items"),
    ],
)
def test_per_tag(document: dict[str, Any], found: set[str]) -> None:
    """Where nobody shall reach what is of those with another tag."""
    assert found == {each.topic for each in check_permissions(document, per="tag")}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(permission(GET, f"{BUCKET}/shared/*"), NOTHING, id="everybody's"),
        pytest.param(permission(GET, f"{BUCKET}/*"), {"resource"}, id="the bucket"),
        pytest.param(permission(GET, f"{BUCKET}/{TEAM}*"), {"neighbour"}, id="no slash"),
        pytest.param(permission("s3:ListBucket", BUCKET), {"listing"}, id="all keys"),
        pytest.param(permission("dynamodb:GetItem", TABLE), NOTHING, id="every item"),
        pytest.param(permission("dynamodb:Scan", TABLE), NOTHING, id="every item at once"),
        pytest.param(permission("dynamodb:Scan", TABLE, own()), {"scan"}, id="a scan that seems to be limited"),
    ],
)
def test_without_saying_whose(document: dict[str, Any], found: set[str]) -> None:
    """Only what is wrong whatever was meant."""
    assert found == {each.topic for each in check_permissions(document)}


def test_another_partition() -> None:
    """Its variables have names of their own."""
    document = permission(GET, f"arn:aws-us-gov:s3:::my-bucket/{SUB}/*")

    assert {"variable", "neighbour"} == {each.topic for each in check_permissions(document, GOVERNMENT, per="user")}
    assert [] == check_permissions(document, POOL, per="user")


@pytest.mark.parametrize(
    ("options", "said"), [({"per": "group"}, "per: "), ({"identity_pool": "x"}, "identity pool id")]
)
def test_questions_that_are_none(options: dict[str, Any], said: str) -> None:
    """A group has a role of its own, so that there is nobody else to ask about."""
    with pytest.raises(ConfigurationError, match=said):
        check_permissions({}, **options)
