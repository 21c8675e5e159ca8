"""The JSON Schema of a configuration file, made of the model: editors complete and check what is written by it."""

from __future__ import annotations

from typing import Any, Final

from cogauth.file.model import API, CONDITIONS, ISSUERS, ROUTE, TOP, Key
from cogauth.file.pool_model import MAPPING_RULE, PRINCIPAL_TAGS, ROLE_MAPPING, ROLES

_CLAIM_TESTS: Final = ("equals", "not_equals", "in", "contains", "starts_with", "present")


def json_schema() -> dict[str, Any]:
    """
    Give the schema (JSON Schema 2020-12) of a configuration file.

    It knows what one table may hold. What several parts must agree on, such as roles and routes, only the reader knows:
    what the schema refuses the reader refuses, and the reader refuses more.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cogauth.toml",
        "description": "Whose tokens cogauth accepts, and who may do what.",
        **_table(TOP),
        "$defs": {
            "issuer": {"type": "object", "oneOf": [_table(keys) for keys in ISSUERS.values()]},
            "condition": {"type": "object", "oneOf": [_condition(name, keys) for name, keys in CONDITIONS.items()]},
            "route": _table(ROUTE),
            "api": _table(API),
            "identity_pool_role": _table(ROLES),
            "role_mapping": _table(ROLE_MAPPING),
            "mapping_rule": _table(MAPPING_RULE),
            "principal_tag": _table(PRINCIPAL_TAGS),
        },
    }


def _table(keys: tuple[Key, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key.name: {**key.takes, "description": key.means} for key in keys},
        "required": [key.name for key in keys if key.needed],
        "additionalProperties": False,
    }


def _condition(name: str, keys: tuple[Key, ...]) -> dict[str, Any]:
    table = {**_table(keys), "required": [name]}
    if name == "claim":
        table["oneOf"] = [{"required": [test]} for test in _CLAIM_TESTS]
    return table
