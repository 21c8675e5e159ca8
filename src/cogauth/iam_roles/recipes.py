"""Recipes: policy documents for the roles of an identity pool."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias

from cogauth.errors import ConfigurationError
from cogauth.iam_roles.callers import ASSUME, TAG
from cogauth.iam_roles.namespace import checked_pool, namespace_of, partition_of

Per: TypeAlias = Literal["user", "group", "tag"]
"""Whose alone things are: a user's, by the identity id; a group's, whose role it is; those with the same tag."""

# "Bucket naming rules" (S3), session tags' keys (IAM, "Pass session tags in AWS STS"), and for the rest nothing that a
# policy would read as a wildcard or a variable, or that would make one prefix part of another.
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"(?:[A-Za-z0-9!_.'()=@,+:-]+/)*")
_GROUP: Final = re.compile(r"[A-Za-z0-9!_.'()=@,+:-]{1,128}")
_TAG: Final = re.compile(r"[A-Za-z0-9_.:/=+@-]{1,128}")
_TABLE: Final = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}")
_PROVIDER: Final = re.compile(r"[A-Za-z0-9_.:/=+@-]{1,256}")

_READ: Final = {"s3": ["GetObject"], "dynamodb": ["BatchGetItem", "GetItem", "Query"]}
_WRITE: Final = {
    "s3": ["DeleteObject", "PutObject"],
    "dynamodb": ["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"],
}


def trust_policy(
    identity_pool: str, *, guests: bool = False, provider: str | None = None, tags: bool = False
) -> dict[str, Any]:
    """
    Write the trust policy of a role that an identity pool gives (AWS: "Role trust and permissions").

    Args:
        identity_pool: the id of the pool.
        guests: the role is for guests, otherwise for those who signed in.
        provider: the role is for those who signed in there, such as `cognito-idp.<region>.amazonaws.com/<user pool>`.
        tags: claims are mapped to tags, so that sessions are tagged.

    Raises:
        ConfigurationError: an argument is not what it should be.
    """
    namespace = namespace_of(checked_pool(identity_pool))
    if provider is not None:
        if guests:
            raise ConfigurationError("provider: guests have none")
        _checked(_PROVIDER, provider, "provider", "the name that the identity pool knows it by")
    amr = "unauthenticated" if guests else provider or "authenticated"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": namespace},
        "Action": [ASSUME, TAG] if tags else ASSUME,
        "Condition": {
            "StringEquals": {f"{namespace}:aud": identity_pool},
            "ForAnyValue:StringLike": {f"{namespace}:amr": amr},
        },
    }
    return _document(statement)


def s3_policy(
    bucket: str,
    per: Per,
    *,
    group: str | None = None,
    tag: str | None = None,
    prefix: str = "",
    read_only: bool = False,
    identity_pool: str | None = None,
) -> dict[str, Any]:
    """
    Write a permission policy by which each has a folder of a bucket.

    AWS: "Allows Amazon Cognito users to access objects in their bucket".

    Args:
        bucket: its name.
        per: whose a folder is; of a `tag`, folders nest where values have slashes, so that none should.
        group: with `group`, the folder's name; the policy is for the role of that group alone.
        tag: with `tag`, the key of the tag, which names the folder.
        prefix: where the folders are; empty, or ending in a slash.
        read_only: neither put nor delete.
        identity_pool: the id of the pool; needed outside the commercial Regions, whose variables have other names.

    Raises:
        ConfigurationError: an argument is not what it should be.
    """
    _checked(_BUCKET, bucket, "bucket", "the name of a bucket")
    _checked(_PREFIX, prefix, "prefix", "empty, or folders that each end in a slash")
    partition = partition_of(None if identity_pool is None else checked_pool(identity_pool))
    folder = f"{prefix}{_owner(per, group, tag, identity_pool)}/*"
    arn = f"arn:{partition}:s3:::{bucket}"
    return _document(
        {
            "Sid": "ListOwnFolder",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": arn,
            "Condition": {"StringLike": {"s3:prefix": folder}},
        },
        {
            "Sid": "UseOwnObjects",
            "Effect": "Allow",
            "Action": _actions("s3", read_only=read_only),
            "Resource": f"{arn}/{folder}",
        },
    )


def dynamodb_policy(
    table: str,
    per: Per,
    *,
    group: str | None = None,
    tag: str | None = None,
    read_only: bool = False,
    identity_pool: str | None = None,
) -> dict[str, Any]:
    """
    Write a permission policy by which each has the items of a table whose partition key is theirs.

    `Scan` is not in it, because it returns every item whatever the condition says (AWS: "Using IAM policy conditions
    for fine-grained access control"). ForAllValues is what AWS asks for here; that it is met without any key is undone
    by Null.

    Args:
        table: its ARN.
        per: whose items are; the partition key is the identity id, the group, or the value of the tag.
        group: with `group`, the partition key; the policy is for the role of that group alone.
        tag: with `tag`, the key of the tag.
        read_only: no writing.
        identity_pool: the id of the pool; needed outside the commercial Regions, whose variables have other names.

    Raises:
        ConfigurationError: an argument is not what it should be.
    """
    _checked(_TABLE, table, "table", "the ARN of a table")
    if identity_pool is not None:
        checked_pool(identity_pool)
    return _document(
        {
            "Sid": "UseOwnItems",
            "Effect": "Allow",
            "Action": _actions("dynamodb", read_only=read_only),
            "Resource": table,
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": _owner(per, group, tag, identity_pool)},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        }
    )


def _owner(per: Per, group: str | None, tag: str | None, identity_pool: str | None) -> str:
    if per not in ("user", "group", "tag"):
        raise ConfigurationError("per: must be user, group or tag")
    for name, given in (("group", group), ("tag", tag)):
        if (per == name) is not (given is not None):
            raise ConfigurationError(f"{name}: goes with per {name}, and with that alone")
    if group is not None:
        return _checked(_GROUP, group, "group", "a name without slashes, spaces and wildcards")
    if tag is not None:
        return f"${{aws:PrincipalTag/{_checked(_TAG, tag, 'tag', 'the key of a session tag')}}}"
    return f"${{{namespace_of(identity_pool)}:sub}}"


def _actions(service: str, *, read_only: bool) -> list[str]:
    return [f"{service}:{each}" for each in sorted(_READ[service] + ([] if read_only else _WRITE[service]))]


def _checked(form: re.Pattern[str], value: object, name: str, wanted: str) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ConfigurationError(f"{name}: must be {wanted}")
    return value


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
