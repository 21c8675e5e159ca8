"""Templates: which documents are found where, and what their functions stand for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogauth.iam_roles import check_permissions, check_trust, s3_policy, trust_policy
from cogauth.iam_roles.glob import shown
from cogauth.iam_roles.template import Found, documents_in
from tests.iam_roles.cases import GOVERNMENT, NAMESPACE, POOL, SUB, permission, trust

LAMBDA = trust({}, Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
PROPERTIES = "Properties"


def role(document: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", PROPERTIES: {"AssumeRolePolicyDocument": document, **properties}}


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": {"Pool": {"Type": "AWS::Cognito::IdentityPool"}, **resources}}


def attachment(**roles: Any) -> dict[str, Any]:
    return {"Type": "AWS::Cognito::IdentityPoolRoleAttachment", PROPERTIES: {"Roles": roles}}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(trust({}), [("trust", ())], id="a trust policy"),
        pytest.param({"Statement": trust({})["Statement"][0]}, [("trust", ())], id="of one statement"),
        pytest.param(permission("s3:GetObject", "*"), [("permissions", ())], id="a permission policy"),
        pytest.param({"Statement": "x"}, [("permissions", ())], id="a broken one"),
        pytest.param(
            {"Role": {"AssumeRolePolicyDocument": trust({})}},
            [("trust", ("Role", "AssumeRolePolicyDocument"))],
            id="aws iam get-role",
        ),
        pytest.param({"PolicyDocument": {}}, [("permissions", ("PolicyDocument",))], id="aws iam get-role-policy"),
        pytest.param(
            {"PolicyVersion": {"Document": {}}},
            [("permissions", ("PolicyVersion", "Document"))],
            id="aws iam get-policy-version",
        ),
        pytest.param({}, [], id="nothing"),
        pytest.param([], [], id="a list"),
        pytest.param({"Role": {}, "PolicyVersion": {}}, [], id="other answers"),
        pytest.param(template(Function=role(LAMBDA)), [], id="a function's role"),
        pytest.param({"Resources": {"X": "y"}}, [], id="no resource"),
    ],
)
def test_what_is_found(data: Any, found: list[tuple[str, tuple[str, ...]]]) -> None:
    """By what it is, with its place."""
    assert found == [(each.kind, each.path) for each in documents_in(data)]


def test_roles_of_a_template() -> None:
    """Those that an identity pool gives, and the policies beside them."""
    data = template(
        User=role(trust_policy(POOL), Policies=[{"PolicyName": "p", "PolicyDocument": s3_policy("my-bucket", "user")}]),
        Guest=role(trust_policy(POOL, guests=True)),
        Function=role(LAMBDA, Policies=[{"PolicyDocument": permission("s3:*", "*")}]),
        Managed={"Type": "AWS::IAM::ManagedPolicy", PROPERTIES: {"PolicyDocument": s3_policy("my-bucket", "user")}},
        Tagged={
            "Type": "AWS::IAM::Policy",
            PROPERTIES: {"PolicyDocument": s3_policy("my-bucket", "tag", tag="team")},
        },
        Others={"Type": "AWS::IAM::RolePolicy", PROPERTIES: {"PolicyDocument": permission("s3:*", "*")}},
        Roles=attachment(authenticated={"Fn::GetAtt": ["User", "Arn"]}, unauthenticated={"Fn::GetAtt": "Guest.Arn"}),
    )

    found = documents_in(data)

    assert ["User", "User", "Guest", "Managed", "Tagged"] == [each.path[1] for each in found]
    assert [False, None, True, None, None] == [each.guests for each in found]
    assert [] == check_trust(found[0].document, POOL)
    assert [] == check_trust(found[2].document, POOL, guests=True)
    assert [] == check_permissions(found[3].document, per="user")


def test_a_role_for_both_is_not_the_guests_alone() -> None:
    """What it lets guests do is told then."""
    given = {"Fn::GetAtt": ["Both", "Arn"]}
    data = template(Both=role(LAMBDA), Roles=attachment(authenticated=given, unauthenticated=given))

    (found,) = documents_in(data)

    assert found.guests is False


@pytest.mark.parametrize(
    ("properties", "tags"),
    [({"PrincipalTags": {"team": "custom:team"}}, True), ({"UseDefaults": True}, True), ({}, False)],
)
def test_tags_of_a_template(properties: dict[str, Any], *, tags: bool) -> None:
    """Where claims are mapped to tags, roles must be assumed with tags."""
    mapping = {"Type": "AWS::Cognito::IdentityPoolPrincipalTag", PROPERTIES: properties}

    (found,) = documents_in(template(User=role(trust_policy(POOL)), Tags=mapping))

    assert tags is found.tags


@pytest.mark.parametrize(
    ("spelled", "values", "expected"),
    [
        ({"Ref": "Pool"}, {}, POOL),
        ({"Fn::GetAtt": ["Pool", "Id"]}, {}, POOL),
        ({"Fn::GetAtt": "Pool.Id"}, {}, POOL),
        ({"Fn::GetAtt": ["Pool", "Name"]}, {}, "<Pool.Name>"),
        ({"Ref": "Pool"}, {"Pool": "x"}, "x"),
        ({"Ref": "Stage"}, {}, "<Stage>"),
        ({"Ref": "Stage"}, {"Stage": "prod"}, "prod"),
        ({"Fn::Sub": "${Pool}/${!cognito:sub}/${Stage}"}, {}, f"{POOL}/${{cognito:sub}}/<Stage>"),
        ({"Fn::Sub": ["${A}-${B}", {"A": {"Ref": "Pool"}, "B": 5}]}, {}, f"{POOL}-<B>"),
        ({"Fn::Sub": ["${A}", "x"]}, {"A": "a"}, "a"),
        ({"Fn::Sub": ["${A}"]}, {}, "<Fn::Sub>"),
        ({"Fn::Sub": "${AWS::Partition} ${AWS::Region} ${AWS::AccountId}"}, {}, "aws eu-west-1 <AWS::AccountId>"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "Pool"}]]}, {}, f"arn:{POOL}"),
        ({"Fn::Join": ["", ["arn:", 5]]}, {}, "<Fn::Join>"),
        ({"Fn::Join": ["", {"Fn::Split": [",", "a,b"]}]}, {}, "<Fn::Join>"),
        ({"Fn::If": ["A", "b", "c"]}, {}, "<Fn::If>"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, {}, "arn:aws:s3:::<Bucket>"),
        ({"Fn::Sub": "${Bucket.Arn}/*"}, {}, "arn:aws:s3:::<Bucket>/*"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, {}, "arn:aws:dynamodb:<AWS::Region>:<AWS::AccountId>:table/<Table>"),
        ({"Ref": ["Pool"]}, {}, "<Ref>"),
        ("plain", {}, "plain"),
    ],
)
def test_functions(spelled: Any, values: dict[str, str], expected: str) -> None:
    """What they stand for, as far as it is known; what is not keeps its name."""
    data = template(
        User=role(trust({"StringEquals": {f"{NAMESPACE}:aud": spelled}})),
        Bucket={"Type": "AWS::S3::Bucket"},
        Table={"Type": "AWS::DynamoDB::Table"},
    )

    (found,) = documents_in(data, values=values, identity_pool=POOL)

    (value,) = found.document["Statement"][0]["Condition"]["StringEquals"].values()
    assert expected == shown(value)


def test_which_pool_is_not_guessed() -> None:
    """Without one, and with two of them in the template, nobody knows."""
    document = trust({"StringEquals": {f"{NAMESPACE}:aud": {"Fn::Sub": "${Pool} ${AWS::Region}"}}})
    data = template(User=role(document))

    def audience(found: Found) -> str:
        return shown(found.document["Statement"][0]["Condition"]["StringEquals"][f"{NAMESPACE}:aud"])

    assert ["<Pool> <AWS::Region>"] == [audience(each) for each in documents_in(data)]
    data["Resources"]["Second"] = {"Type": "AWS::Cognito::IdentityPool"}
    assert ["<Pool> us-gov-west-1"] == [audience(each) for each in documents_in(data, identity_pool=GOVERNMENT)]


def _resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"address": f"{kind}.x", "type": kind, "values": values}


@pytest.mark.parametrize("top", ["values", "planned_values"])
def test_terraform(top: str) -> None:
    """A state or a plan, with modules in modules; documents are texts there."""
    resources = [
        _resource(
            "aws_iam_role",
            assume_role_policy=json.dumps(trust_policy(POOL)),
            inline_policy=[{"policy": json.dumps(s3_policy("my-bucket", "user"))}, {}],
        ),
        _resource("aws_iam_role", assume_role_policy=json.dumps(LAMBDA)),
        _resource("aws_iam_role"),
        _resource("aws_iam_policy", policy=json.dumps(permission("s3:GetObject", f"arn:aws:s3:::b/{SUB}/*"))),
        _resource("aws_iam_role_policy", policy=json.dumps(permission("s3:*", "*"))),
        _resource("aws_s3_bucket", policy="{}"),
    ]
    broken = _resource("aws_iam_role", assume_role_policy=f"{{{NAMESPACE}")
    data = {top: {"root_module": {"resources": resources, "child_modules": [{"resources": [broken]}]}}}

    found = documents_in(data)

    assert ["trust", "permissions", "permissions", "trust"] == [each.kind for each in found]
    assert (top, "root_module", "resources", 0, "values", "assume_role_policy") == found[0].path
    assert [] == check_trust(found[0].document, POOL)
    assert [] == check_permissions(found[1].document, per="user")
    assert check_trust(found[3].document, POOL)
