"""Documents of the roles of a pool: the API's, CloudFormation's and Terraform's, which say the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import pytest

from cogauth import ConfigurationError
from cogauth.identity import IdentityPoolRoles, MappingRule, RoleMapping
from tests.identity.cases import EVERYBODY, GUEST, PROVIDER, A
from tests.support.providers import IDENTITY_POOL_ID

SAME: Final = IdentityPoolRoles(
    IDENTITY_POOL_ID,
    authenticated=EVERYBODY,
    unauthenticated=GUEST,
    mappings={
        PROVIDER: RoleMapping("Rules", "Deny", [MappingRule("custom:dept", "Equals", "risk", A)]),
        "accounts.google.com": RoleMapping("Token", "AuthenticatedRole"),
    },
)

RULE: Final = {"Claim": "custom:dept", "MatchType": "Equals", "Value": "risk", "RoleARN": A}
# `GetIdentityPoolRoles`, API reference.
API: Final[dict[str, Any]] = {
    "IdentityPoolId": IDENTITY_POOL_ID,
    "Roles": {"authenticated": EVERYBODY, "unauthenticated": GUEST},
    "RoleMappings": {
        PROVIDER: {
            "Type": "Rules",
            "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": {"Rules": [RULE]},
        },
        "accounts.google.com": {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"},
    },
    "ResponseMetadata": {"RequestId": "1"},
}

# `AWS::Cognito::IdentityPoolRoleAttachment`, CloudFormation template reference.
TEMPLATE: Final[dict[str, Any]] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": {}},
        "Broken": 5,
        "Attachment": {
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "Roles": {
                    "authenticated": {"Fn::GetAtt": ["Everybody", "Arn"]},
                    "unauthenticated": {"Fn::GetAtt": "Guest.Arn"},
                },
                "RoleMappings": {
                    "users": {
                        "IdentityProvider": {"Fn::Sub": "cognito-idp.${AWS::Region}.amazonaws.com/${Users}:${Web}"},
                        "Type": "Rules",
                        "AmbiguousRoleResolution": "Deny",
                        "RulesConfiguration": {"Rules": [{**RULE, "RoleARN": {"Fn::GetAtt": ["A", "Arn"]}}]},
                    },
                    "accounts.google.com": {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"},
                },
            },
        },
    },
}
VALUES: Final = {
    "Pool": IDENTITY_POOL_ID,
    "Everybody.Arn": EVERYBODY,
    "Guest.Arn": GUEST,
    "A.Arn": A,
    "AWS::Region": "eu-west-1",
    "Users": PROVIDER.partition("/")[2].partition(":")[0],
    "Web": PROVIDER.rpartition(":")[2],
}

# `aws_cognito_identity_pool_roles_attachment`, documentation of Terraform's AWS provider.
TERRAFORM: Final[dict[str, Any]] = {
    "id": IDENTITY_POOL_ID,
    "identity_pool_id": IDENTITY_POOL_ID,
    "roles": {"authenticated": EVERYBODY, "unauthenticated": GUEST},
    "role_mapping": [
        {
            "identity_provider": PROVIDER,
            "type": "Rules",
            "ambiguous_role_resolution": "Deny",
            "mapping_rule": [{"claim": "custom:dept", "match_type": "Equals", "value": "risk", "role_arn": A}],
        },
        {
            "identity_provider": "accounts.google.com",
            "type": "Token",
            "ambiguous_role_resolution": "AuthenticatedRole",
            "mapping_rule": [],
        },
    ],
}
ATTACHMENT: Final = {"address": "a.b", "type": "aws_cognito_identity_pool_roles_attachment", "values": TERRAFORM}
OTHER: Final[dict[str, Any]] = {"address": "c.d", "type": "aws_cognito_identity_pool", "values": {}}


def of_template(data: Any) -> IdentityPoolRoles:
    return IdentityPoolRoles.from_cloudformation(data, values=VALUES)


def state(*resources: Any, children: Any = ()) -> dict[str, Any]:
    """What `terraform show -json` says of a state."""
    return {
        "format_version": "1.0",
        "values": {"root_module": {"resources": list(resources), "child_modules": list(children)}},
    }


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda: IdentityPoolRoles.from_dict(API), id="the API's answer"),
        pytest.param(lambda: of_template(TEMPLATE), id="a template"),
        pytest.param(lambda: of_template(TEMPLATE["Resources"]["Attachment"]), id="a resource"),
        pytest.param(lambda: IdentityPoolRoles.from_terraform(TERRAFORM), id="arguments"),
        pytest.param(lambda: IdentityPoolRoles.from_terraform(state(OTHER, ATTACHMENT)), id="a state"),
        pytest.param(
            lambda: IdentityPoolRoles.from_terraform(state(OTHER, children=[{"resources": [ATTACHMENT]}])),
            id="a module's",
        ),
        pytest.param(
            lambda: IdentityPoolRoles.from_terraform(
                {"planned_values": state(ATTACHMENT)["values"], "resource_changes": []}
            ),
            id="a plan",
        ),
    ],
)
def test_all_say_the_same(read: Callable[[], IdentityPoolRoles]) -> None:
    """In their own words."""
    assert SAME == read()


@pytest.mark.parametrize(
    "read", [IdentityPoolRoles.from_dict, IdentityPoolRoles.from_cloudformation, IdentityPoolRoles.from_terraform]
)
def test_how_arrays_are_read_is_said_beside_it(read: Any) -> None:
    """For no document can say it."""
    data = {
        IdentityPoolRoles.from_dict: {"IdentityPoolId": IDENTITY_POOL_ID},
        IdentityPoolRoles.from_cloudformation: {
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {"IdentityPoolId": IDENTITY_POOL_ID},
        },
        IdentityPoolRoles.from_terraform: {"identity_pool_id": IDENTITY_POOL_ID},
    }[read]
    assert IdentityPoolRoles(IDENTITY_POOL_ID, contains="substring") == read(data, contains="substring")
    assert IdentityPoolRoles(IDENTITY_POOL_ID) == read(data)


def test_a_mapping_without_a_name_of_its_own_is_the_providers() -> None:
    """Where CloudFormation's `IdentityProvider` is missing, the key is meant."""
    assert "accounts.google.com" in of_template(TEMPLATE).mappings


def changed(data: Any, *path: Any, to: Any = ...) -> Any:
    """A copy with one member replaced, or left out."""
    found = copied = copy.deepcopy(data)
    for key in path[:-1]:
        found = found[key]
    if to is ...:
        del found[path[-1]]
    else:
        found[path[-1]] = to
    return copied


def problems_of(read: Callable[[Any], object], data: Any) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(ConfigurationError) as caught:
        read(data)
    return list(caught.value.problems)


MAPPING: Final = ("RoleMappings", PROVIDER)
AT: Final = f"RoleMappings.{PROVIDER}"
FIRST: Final = (*MAPPING, "RulesConfiguration", "Rules", 0)
AT_RULE: Final = f"{AT}.RulesConfiguration.Rules[1]"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(None, "must be a table", id="null"),
        pytest.param(changed(API, "IdentityPoolId"), "IdentityPoolId: not of the form", id="no pool"),
        pytest.param(changed(API, "IdentityPoolId", to=5), "IdentityPoolId: not of the form", id="a number"),
        pytest.param(changed(API, "Rolls", to={}), "unknown key 'Rolls'", id="an unknown key"),
        pytest.param(changed(API, "Roles", to=[]), "Roles: must be a table", id="roles in a list"),
        pytest.param(
            changed(API, "Roles", "Authenticated", to=A), "Roles: unknown key 'Authenticated'", id="an unknown role"
        ),
        pytest.param(
            changed(API, "Roles", "authenticated", to="A"), "Roles.authenticated: must be the ARN", id="no ARN"
        ),
        pytest.param(changed(API, "RoleMappings", to=[]), "RoleMappings: must be a table", id="mappings in a list"),
        pytest.param(changed(API, *MAPPING, to="Token"), f"{AT}: must be a table", id="a mapping that is a word"),
        pytest.param(changed(API, *MAPPING, "type", to="Token"), f"{AT}: unknown key 'type'", id="of other letters"),
        pytest.param(
            changed(API, *MAPPING, "IdentityProvider", to="x"),
            f"{AT}: unknown key 'IdentityProvider'",
            id="CloudFormation's word",
        ),
        pytest.param(changed(API, *MAPPING, "Type"), f"{AT}: Type: must be one of Token, Rules", id="no type"),
        pytest.param(
            changed(API, *MAPPING, "AmbiguousRoleResolution"),
            f"{AT}: AmbiguousRoleResolution: must be one of",
            id="no resolution",
        ),
        pytest.param(
            changed(API, *MAPPING, "RulesConfiguration"), f"{AT}: RulesConfiguration: a mapping of the", id="no rules"
        ),
        pytest.param(
            changed(API, *MAPPING, "RulesConfiguration", to=[]),
            f"{AT}.RulesConfiguration: must be a table",
            id="rules without their table",
        ),
        pytest.param(
            changed(API, *MAPPING, "RulesConfiguration", "Rules", to={}),
            f"{AT}.RulesConfiguration.Rules: must be a list",
            id="rules that are none",
        ),
        pytest.param(
            changed(API, *MAPPING, "RulesConfiguration", "rules", to=[]),
            f"{AT}.RulesConfiguration: unknown key 'rules'",
            id="rules of other letters",
        ),
        pytest.param(changed(API, *FIRST, to=A), f"{AT_RULE}: must be a table", id="a rule that is a word"),
        pytest.param(changed(API, *FIRST, "Claim"), f"{AT_RULE}: Claim: must be", id="no claim"),
        pytest.param(
            changed(API, *FIRST, "MatchType", to="equals"), f"{AT_RULE}: MatchType: must be", id="no match type"
        ),
        pytest.param(changed(API, *FIRST, "Value", to=True), f"{AT_RULE}: Value: must be a string", id="true"),
        pytest.param(
            changed(API, *FIRST, "RoleArn", to=A), f"{AT_RULE}: unknown key 'RoleArn'", id="an unknown member"
        ),
        pytest.param(changed(API, *FIRST, "RoleARN"), f"{AT_RULE}: RoleARN: must be the ARN", id="no role"),
        pytest.param(
            changed(API, *MAPPING, "RulesConfiguration", "Rules", to=[RULE] * 26),
            f"{AT}: RulesConfiguration: a mapping of the type Rules has 1 to 25",
            id="too many rules",
        ),
        pytest.param(
            changed(API, "RoleMappings", to={f"p{n}": API["RoleMappings"]["accounts.google.com"] for n in range(11)}),
            "RoleMappings: 10 are the most",
            id="too many mappings",
        ),
    ],
)
def test_mistakes_in_the_apis_words(data: Any, problem: str) -> None:
    """Each with its place; what follows from another is not told besides."""
    found = problems_of(IdentityPoolRoles.from_dict, data)
    assert any(each.startswith(problem) for each in found), found
    assert data is None or len(found) <= 2


def test_all_mistakes_at_once() -> None:
    """Those of every part."""
    data = changed(API, "Roles", "authenticated", to="A")
    data = changed(data, *FIRST, "Value", to="")
    data = changed(data, "RoleMappings", "accounts.google.com", "Type", to="x")
    assert 3 == len(problems_of(IdentityPoolRoles.from_dict, data))


PROPERTIES: Final = ("Resources", "Attachment", "Properties")
OF: Final = "Resources.Attachment.Properties"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param([], "must be a table", id="a list"),
        pytest.param({}, "must be a template with Resources, or a resource of the Type", id="nothing"),
        pytest.param(TEMPLATE["Resources"]["Pool"], "must be a template with Resources", id="another resource"),
        pytest.param({"Resources": {}}, "Resources: must hold exactly one AWS::Cognito", id="no resource"),
        pytest.param({"Resources": 5}, "Resources: must be a table", id="no resources"),
        pytest.param(
            changed(TEMPLATE, "Resources", "Again", to=TEMPLATE["Resources"]["Attachment"]),
            "Resources: must hold exactly one AWS::Cognito::IdentityPoolRoleAttachment, and there is Attachment, Again",
            id="two of them",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "IdentityPoolId", to={"Ref": "Elsewhere"}),
            f"{OF}.IdentityPoolId: Ref: say in values what 'Elsewhere' stands for",
            id="a reference to what is unknown",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "Roles", "authenticated", to={"Fn::GetAtt": ["Elsewhere", "Arn"]}),
            f"{OF}.Roles.authenticated: Fn::GetAtt: say in values what 'Elsewhere.Arn' stands for",
            id="an attribute of what is unknown",
        ),
        pytest.param(
            changed(
                TEMPLATE, *PROPERTIES, "RoleMappings", "users", "IdentityProvider", to={"Fn::Sub": "${Users}:${X}"}
            ),
            f"{OF}.RoleMappings.users.IdentityProvider: Fn::Sub: say in values what 'X' stands for",
            id="a part that is unknown",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "IdentityPoolId", to={"Fn::ImportValue": "pool"}),
            f"{OF}.IdentityPoolId: Fn::ImportValue cannot be resolved here",
            id="another function",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "IdentityPoolId", to={"Fn::Sub": ["${X}", {"X": "1"}]}),
            f"{OF}.IdentityPoolId: Fn::Sub cannot be resolved here",
            id="a function with arguments",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "RoleMappings", to={"Fn::If": ["Prod", {}, {}]}),
            f"{OF}.RoleMappings: Fn::If cannot be resolved here",
            id="a condition",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "Extra", to=1), f"{OF}: unknown key 'Extra'", id="an unknown property"
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "RoleMappings", "users", "IdentityProvider", to=""),
            f"{OF}.RoleMappings.users: the identity provider must be a string",
            id="an empty provider",
        ),
        pytest.param(
            changed(TEMPLATE, *PROPERTIES, "RoleMappings", "users", "IdentityProvider", to="accounts.google.com"),
            f"{OF}.RoleMappings.accounts.google.com: another mapping is of accounts.google.com already",
            id="one provider twice",
        ),
        pytest.param(changed(TEMPLATE, *PROPERTIES, to=5), f"{OF}: must be a table", id="properties that are none"),
    ],
)
def test_mistakes_in_a_template(data: Any, problem: str) -> None:
    """Each with its place; an unresolved function alone, for what follows from it would mislead."""
    found = problems_of(of_template, data)
    assert [True] == [each.startswith(problem) for each in found], found


def test_values_that_are_none() -> None:
    """Count as missing; without any, all that a function stands for is."""
    attachment = TEMPLATE["Resources"]["Attachment"]
    found = problems_of(IdentityPoolRoles.from_cloudformation, attachment)
    assert 5 == len(found)
    assert all("say in values" in each for each in found)
    values: Any = {**VALUES, "Pool": 5}
    with pytest.raises(ConfigurationError, match="say in values what 'Pool' stands for"):
        IdentityPoolRoles.from_cloudformation(attachment, values=values)


def test_a_placeholder_that_is_meant_literally() -> None:
    """CloudFormation leaves `${!X}` alone, and no provider has such a name: it stays as it is."""
    data = changed(TEMPLATE, *PROPERTIES, "RoleMappings", "users", "IdentityProvider", to={"Fn::Sub": "a${!X}"})
    assert "a${!X}" in of_template(data).mappings


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(5, "must be a table", id="a number"),
        pytest.param(state(OTHER), "must hold exactly one aws_cognito_identity_pool_roles_attachment, and", id="none"),
        pytest.param({"values": {}}, "must hold exactly one", id="an empty state"),
        pytest.param({"values": {"root_module": {"resources": [5], "child_modules": [5]}}}, "must hold", id="no state"),
        pytest.param(
            state(ATTACHMENT, children=[{"resources": [{**ATTACHMENT, "address": "m.x"}]}]),
            "must hold exactly one aws_cognito_identity_pool_roles_attachment, and there is a.b, m.x",
            id="two",
        ),
        pytest.param(state({**ATTACHMENT, "values": None}), "a.b: must be a table", id="no values"),
        pytest.param(
            changed(TERRAFORM, "identity_pool_id", to="${aws_cognito_identity_pool.main.id}"),
            "identity_pool_id: a reference, which only Terraform resolves",
            id="a reference",
        ),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "mapping_rule", 0, "role_arn", to="${aws_iam_role.a.arn}"),
            "role_mapping[1].mapping_rule[1].role_arn: a reference",
            id="a reference in a rule",
        ),
        pytest.param(changed(TERRAFORM, "identity_pool_id", to=None), "identity_pool_id: not of the form", id="null"),
        pytest.param(changed(TERRAFORM, "rolls", to={}), "unknown key 'rolls'", id="an unknown argument"),
        pytest.param(changed(TERRAFORM, "roles", to=5), "roles: must be a table", id="roles that are none"),
        pytest.param(
            changed(TERRAFORM, "roles", "authenticated", to=""),
            "roles.authenticated: must be the ARN",
            id="an empty role",
        ),
        pytest.param(changed(TERRAFORM, "role_mapping", to={}), "role_mapping: must be a list", id="no list"),
        pytest.param(changed(TERRAFORM, "role_mapping", 0, to=5), "role_mapping[1]: must be a table", id="no table"),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "identity_provider"),
            "role_mapping[1]: the identity provider must be a string",
            id="no provider",
        ),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "identity_provider", to="accounts.google.com"),
            "role_mapping[2]: another mapping is of accounts.google.com already",
            id="one provider twice",
        ),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "ambiguous_role_resolution", to=""),
            "role_mapping[1]: ambiguous_role_resolution: must be one of",
            id="no resolution",
        ),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "mapping_rule", 0, "RoleARN", to=A),
            "role_mapping[1].mapping_rule[1]: unknown key 'RoleARN'",
            id="the API's word",
        ),
        pytest.param(
            changed(TERRAFORM, "role_mapping", 0, "mapping_rule", to=[]),
            "role_mapping[1]: mapping_rule: a mapping of the type Rules has 1 to 25",
            id="no rules",
        ),
    ],
)
def test_mistakes_in_terraforms_words(data: Any, problem: str) -> None:
    """Each with its place."""
    found = problems_of(IdentityPoolRoles.from_terraform, data)
    assert any(each.startswith(problem) for each in found), found
