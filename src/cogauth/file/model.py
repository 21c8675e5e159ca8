"""The model of a configuration file: every key, what it takes and what it means. Schema and reference come of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec

Schema: TypeAlias = Mapping[str, Any]

STRING: Final[Schema] = {"type": "string", "minLength": 1}
STRINGS: Final[Schema] = {"type": "array", "items": STRING, "minItems": 1}
ONE_OR_MORE: Final[Schema] = {"anyOf": [STRING, STRINGS]}
FLAG: Final[Schema] = {"type": "boolean"}
SCALAR: Final[Schema] = {"type": ["string", "number", "boolean"]}
KEYS: Final[Schema] = {"type": ["string", "object"]}
CONDITION: Final[Schema] = {"$ref": "#/$defs/condition"}
ALLOWED: Final[Schema] = {"anyOf": [STRING, CONDITION]}
URL: Final[Schema] = {"type": "string", "pattern": "^https?://"}
RESOURCE: Final[Schema] = {"type": "string", "pattern": "^https?://[^A-Z?#@/]+(/[^?#]*)?$"}


class Key(msgspec.Struct, frozen=True, eq=False):
    """A key of a table."""

    name: str
    takes: Schema
    means: str
    """In a sentence, as Markdown."""
    needed: bool = False
    default: str = ""
    """What it is when it is left out, where that is not plain from the meaning."""


TOP: Final = (
    Key("version", {"const": 1}, "The version of this format: 1. It must be there.", needed=True),
    Key("issuer", {"type": "array", "items": {"$ref": "#/$defs/issuer"}, "minItems": 1}, "Whose tokens are accepted."),
    Key(
        "roles",
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_.-]*$", "not": {"enum": ["public", "authenticated"]}},
            "additionalProperties": CONDITION,
        },
        "Conditions with a name. Roles may use roles, but not in a circle.",
    ),
    Key("route", {"type": "array", "items": {"$ref": "#/$defs/route"}}, "Who may use what, in every api."),
    Key("api", {"type": "array", "items": {"$ref": "#/$defs/api"}, "minItems": 1}, "Sets of routes of their own."),
    Key("cors_preflight", FLAG, "Let CORS preflight requests pass on every route.", default="false"),
    Key("resource", RESOURCE, "The URL of the API as its clients use it (RFC 9728); it decides nothing."),
    Key(
        "identity_pool_roles",
        {"type": "array", "items": {"$ref": "#/$defs/identity_pool_role"}, "minItems": 1},
        "Which IAM roles an identity pool gives to whom; it decides no route.",
    ),
)

ROUTE: Final = (
    Key(
        "match",
        {
            "anyOf": [
                {"type": "string", "pattern": "^[A-Z][A-Z-]* /"},
                {**STRINGS, "items": {"pattern": "^[A-Z][A-Z-]* /", **STRING}},
            ]
        },
        "Method and path, or several of them: `GET /orders/{id}`. `ANY` is every method, `{x}` one segment, a last "
        "`{rest*}` one or more.",
        needed=True,
    ),
    Key(
        "allow",
        ALLOWED,
        "Role names with `&`, `|`, `!` and brackets; `public`, `authenticated`; or one condition.",
        needed=True,
    ),
    Key("deny", ALLOWED, "Likewise: whoever meets it is refused, whatever `allow` says."),
    Key(
        "mode",
        {"enum": ["enforce", "shadow"]},
        "`shadow` never decides; `Decision.shadow` tells what it would have said.",
        default="enforce",
    ),
    Key("cors_preflight", FLAG, "Let CORS preflight requests for this route pass.", default="false"),
    Key("encoded_slash", FLAG, "Accept `%2F` within a segment of the path as it was sent.", default="false"),
)

API: Final = (
    Key(
        "name",
        {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"},
        "What adapters, decisions and logs call it.",
        needed=True,
    ),
    Key("hosts", STRINGS, "Host names that it answers to, without port; case does not count."),
    Key(
        "gateway",
        STRINGS,
        "Ids of API Gateway with a stage, `a1b2c3d4e5/prod`; an id alone is every stage of it that no api names.",
    ),
    Key("resource", RESOURCE, "Its URL as clients use it (RFC 9728).", default="the one at the top"),
    Key("route", {"type": "array", "items": {"$ref": "#/$defs/route"}}, "Its own routes, as `[[api.route]]`."),
    Key(
        "include",
        STRINGS,
        "Files beside or below this one that hold nothing but `[[route]]`: more routes of this api.",
    ),
)

_NAME: Final = Key("name", STRING, "What rules, logs and variables call it.", default="the id")
_JWKS_URI: Final = Key("jwks_uri", URL, "Where the keys are; `https`, or `http` to loopback.", default="the issuer's")
_FETCHED: Final = (
    Key("jwks", KEYS, "Pinned keys: a file beside this one, the document, or its text. Nothing is fetched."),
    Key("jwks_seed", KEYS, "Keys to start with, in the same forms; refreshed like any other."),
)
_USE: Final[Schema] = {"enum": ["access", "id", "any"]}
_LEVELS: Final[Schema] = {**STRINGS, "uniqueItems": True}

ISSUERS: Final[Mapping[str, tuple[Key, ...]]] = {
    "user_pool": (
        Key("user_pool", STRING, "The id of a Cognito user pool.", needed=True),
        Key(
            "clients",
            {"anyOf": [STRINGS, {"const": "any-client"}]},
            'The app clients whose tokens are accepted; `"any-client"` accepts all of them.',
            needed=True,
        ),
        _NAME,
        Key("token_use", _USE, "Which of its tokens are accepted.", default="access"),
        Key("audience", ONE_OR_MORE, "The API's own URL or URLs, which access tokens must be bound to (RFC 8707)."),
        Key("delegation", FLAG, "Accept tokens with `act` (RFC 8693).", default="false"),
        Key("regions", {"type": "array", "items": STRING}, "Regions of the pool's replicas."),
        Key("issuer", URL, "The one accepted `iss`, for emulators and other partitions.", default="the pool's own"),
        _JWKS_URI,
        *_FETCHED,
        Key("acr_levels", _LEVELS, "The pool's names for strength of sign-in, weakest first.", default="Cognito's"),
    ),
    "oidc": (
        Key("oidc", URL, "The issuer string of an OpenID provider.", needed=True),
        Key("audience", STRINGS, "What `aud` must name one of.", needed=True),
        _NAME,
        Key("algorithms", STRINGS, "What its tokens may be signed with.", default='["RS256"]'),
        Key("groups_claim", STRING, "The claim that lists groups; without it there are none."),
        Key("token_use", _USE, "Which of its tokens are accepted.", default="any"),
        Key(
            "max_lifetime",
            {"type": "integer", "minimum": 1, "maximum": 366 * 86_400},
            "Seconds that a token may live at most.",
            default="31 days",
        ),
        _JWKS_URI,
        *_FETCHED,
        Key("acr_levels", {**_LEVELS, "minItems": 0}, "The provider's names for strength of sign-in, weakest first."),
        Key("ignore_x5c", FLAG, "Accept tokens with a certificate chain, which is not looked at.", default="false"),
    ),
    "identity_pool": (
        Key("identity_pool", STRING, "The id of a Cognito identity pool.", needed=True),
        _NAME,
        Key("issuer", URL, "The one accepted `iss`.", default="Cognito's"),
        _JWKS_URI,
        *_FETCHED,
    ),
    "load_balancer": (
        Key("load_balancer", STRING, "The ARN of an Application Load Balancer.", needed=True),
        Key("client", ONE_OR_MORE, "The client, or clients, that its listener signs users in with.", needed=True),
        Key("issuer", URL, "The `iss` of the provider that it signs users in at.", needed=True),
        _NAME,
        Key("key_url", URL, "Where its keys are.", default="the Region's"),
    ),
}
"""By the key that says of which kind an issuer is; that key comes first."""

_OF_ISSUER: Final = (
    Key("issuer", ONE_OR_MORE, "Whose they are; with several issuers this, or `any_issuer`, must be said."),
    Key("any_issuer", FLAG, "Whoever's they are.", default="false"),
)
_DEFAULT: Final = "What a token without it is taken to say; needed under `not`, `!` and in `deny`."

CONDITIONS: Final[Mapping[str, tuple[Key, ...]]] = {
    "groups": (Key("groups", STRINGS, "In any of these groups."), *_OF_ISSUER),
    "scopes": (Key("scopes", STRINGS, "Granted any of these scopes."), *_OF_ISSUER),
    "issuer": (Key("issuer", ONE_OR_MORE, "The token is of any of these issuers, by name."),),
    "identity_provider": (
        Key("identity_provider", STRINGS, "Came through any of these external providers, as the pool calls them."),
        *_OF_ISSUER,
        Key(
            "default",
            {"type": "array", "items": STRING},
            "Through which, where it cannot be told; needed under `not`, `!` and in `deny`.",
        ),
    ),
    "clients": (Key("clients", STRINGS, "The token was issued to any of these app clients."),),
    "token_use": (Key("token_use", {"enum": ["access", "id"]}, "An access token, or an ID token."),),
    "machine": (Key("machine", FLAG, "`true`: a client by itself; `false`: a person."),),
    "amr": (
        Key("amr", STRINGS, "Signed in with any of these methods."),
        Key("default", {"type": "array", "items": STRING}, _DEFAULT),
    ),
    "acr_at_least": (
        Key("acr_at_least", STRING, "Signed in at least this strongly, in the order of the issuer's `acr_levels`."),
        Key("default", {"type": "string"}, _DEFAULT),
    ),
    "signed_in_within": (
        Key("signed_in_within", {"type": "integer", "minimum": 1}, "Signed in no more than so many seconds ago."),
    ),
    "role": (Key("role", STRING, "Has this role."),),
    "claim": (
        Key("claim", STRING, "What this claim says; exactly one of the tests stands beside it."),
        Key("equals", SCALAR, "It is this very value, of the same type."),
        Key("not_equals", SCALAR, "It is there, and anything else."),
        Key("in", {"type": "array", "items": SCALAR, "minItems": 1}, "It is one of these values."),
        Key("contains", SCALAR, "It is a list with this element."),
        Key("starts_with", STRING, "It is a string that begins so."),
        Key("present", {"const": True}, "It is there, whatever it says."),
        Key("default", {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}, _DEFAULT),
    ),
    "any": (Key("any", {"type": "array", "items": CONDITION, "minItems": 1}, "At least one of these conditions."),),
    "all": (Key("all", {"type": "array", "items": CONDITION, "minItems": 1}, "Every one of these conditions."),),
    "not": (Key("not", CONDITION, "Not this condition."),),
}
"""By the key that says which condition it is; that key comes first."""


@cache
def names_of(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Give the names of *keys*."""
    return tuple(key.name for key in keys)
