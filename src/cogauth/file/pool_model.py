"""The part of the model that speaks of identity pools: every key of `[[identity_pool_roles]]`."""

from __future__ import annotations

from typing import Final

from cogauth.file.model import FLAG, STRING, Key, Schema

_ARN: Final[Schema] = {"type": "string", "pattern": "^arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/"}

ROLES: Final = (
    Key("identity_pool", STRING, "The id of the identity pool, `<region>:<uuid>`.", needed=True),
    Key("authenticated", _ARN, "The role of those who signed in, where no mapping says otherwise."),
    Key("unauthenticated", _ARN, "The role of guests."),
    Key(
        "role_mapping",
        {"type": "array", "items": {"$ref": "#/$defs/role_mapping"}, "maxItems": 10},
        "How the users of one provider get their roles, as `[[identity_pool_roles.role_mapping]]`.",
    ),
    Key(
        "principal_tags",
        {"type": "array", "items": {"$ref": "#/$defs/principal_tag"}},
        "Attributes for access control, as `[[identity_pool_roles.principal_tags]]`.",
    ),
    Key(
        "contains",
        {"enum": ["element", "substring"]},
        "What `Contains` asks of an array: an element, or a part of one. AWS does not say.",
        default="element",
    ),
)

ROLE_MAPPING: Final = (
    Key(
        "identity_provider",
        STRING,
        "Whose: `cognito-idp.REGION.amazonaws.com/POOL:CLIENT`, `accounts.google.com` and its like, or the provider's "
        "ARN in IAM.",
        needed=True,
    ),
    Key("type", {"enum": ["Token", "Rules"]}, "By the roles in the token, or by rules.", needed=True),
    Key(
        "ambiguous_role_resolution",
        {"enum": ["AuthenticatedRole", "Deny"]},
        "What happens where neither token nor rules decide.",
        needed=True,
    ),
    Key(
        "mapping_rule",
        {"type": "array", "items": {"$ref": "#/$defs/mapping_rule"}, "maxItems": 25},
        "With `Rules`, 1 to 25 of them; the first that matches decides.",
    ),
)

MAPPING_RULE: Final = (
    Key("claim", {**STRING, "maxLength": 64}, "The claim's name.", needed=True),
    Key(
        "match_type",
        {"enum": ["Equals", "Contains", "StartsWith", "NotEqual"]},
        "How it is compared. An absent claim matches nothing.",
        needed=True,
    ),
    Key("value", {**STRING, "maxLength": 128}, "What with.", needed=True),
    Key("role_arn", _ARN, "The role of those who match.", needed=True),
)

PRINCIPAL_TAGS: Final = (
    Key(
        "identity_provider",
        STRING,
        "Whose: `cognito-idp.REGION.amazonaws.com/POOL`, without a client, or as in a mapping.",
        needed=True,
    ),
    Key(
        "tags",
        {"type": "object", "additionalProperties": STRING, "maxProperties": 50},
        "The claims that become tags, by the keys of these.",
    ),
    Key("use_defaults", FLAG, "Take AWS's defaults, the claims `aud` and `sub`.", default="false"),
)
