"""
Write what is made of the model of a configuration file: its JSON Schema, and the reference in the documentation.

    python -m devtools.policy_file          writes both; a test says when that was forgotten

The reference is made where the page has the mark `<!-- generated: NAME -->`, down to `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cogauth.file.environment import OVERRIDES, variable_of
from cogauth.file.model import API, CONDITIONS, ISSUERS, ROUTE, TOP, Key
from cogauth.file.pool_model import MAPPING_RULE, PRINCIPAL_TAGS, ROLE_MAPPING, ROLES
from cogauth.file.schema import json_schema

REPOSITORY = Path(__file__).resolve().parent.parent
SCHEMA = Path("docs", "cogauth.schema.json")
PAGE = Path("docs", "policy-file.md")

_MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def schema_text() -> str:
    """Give the schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def page_text(page: str) -> str:
    """Give *page* with every part that is made of the model made anew."""
    return _MARKED.sub(lambda match: f"{match[1]}\n{_part(match[2])}\n\n{match[3]}", page)


def _part(name: str) -> str:  # noqa: PLR0911  one return for each part
    match name:
        case "top":
            return _table(TOP)
        case "issuers":
            return "\n\n".join(f"### By `{kind}`\n\n{_table(keys)}" for kind, keys in ISSUERS.items())
        case "conditions":
            rows = [
                (f"`{form}`" if key.name == form else f"beside it `{key.name}`", _takes(key.takes), key.means)
                for form, keys in CONDITIONS.items()
                for key in keys
            ]
            return _rows(("condition", "takes", "holds when, or means"), rows)
        case "route":
            return _table(ROUTE)
        case "api":
            return _table(API)
        case "identity_pool_roles":
            tables = (
                ("[[identity_pool_roles]]", ROLES),
                ("[[identity_pool_roles.role_mapping]]", ROLE_MAPPING),
                ("[[identity_pool_roles.role_mapping.mapping_rule]]", MAPPING_RULE),
                ("[[identity_pool_roles.principal_tags]]", PRINCIPAL_TAGS),
            )
            return "\n\n".join(f"### `{name}`\n\n{_table(keys)}" for name, keys in tables)
        case "overrides":
            variables = [
                (f"`{variable_of('<NAME>', key).replace('_NAME_', '<NAME>')}`", "a list" if listed else "a value")
                for key, listed in OVERRIDES.items()
            ]
            return _rows(("variable", "holds"), variables)
        case _:
            raise ValueError(f"{PAGE}: nothing is called {name!r}")


def _table(keys: Iterable[Key]) -> str:
    rows = [
        (
            f"`{key.name}`",
            _takes(key.takes),
            "must be given" if key.needed else key.default and _code(key.default),
            key.means,
        )
        for key in keys
    ]
    return _rows(("key", "takes", "if left out", "means"), rows)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _code(default: str) -> str:
    return f"`{default}`" if re.fullmatch(r'[\w"\[\]]+', default) else default


def _takes(schema: Mapping[str, Any]) -> str:  # noqa: PLR0911  one return for each shape
    """Say in words what a schema takes."""
    match schema:
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return ", ".join(f"`{json.dumps(value)}`" for value in values)
        case {"anyOf": choices}:
            return " or ".join(dict.fromkeys(map(_takes, choices)))
        case {"$ref": reference}:
            return f"a {str(reference).rpartition('/')[2]}"
        case {"type": "array", "items": {"$ref": reference}}:
            return f"a list of {str(reference).rpartition('/')[2]}s"
        case {"type": "array"}:
            return "a list of values" if isinstance(schema["items"].get("type"), list) else "a list of strings"
        case {"type": "object"}:
            return "a table"
        case {"type": str(kind)}:
            return _KINDS[kind]
        case {"type": kinds}:
            return " or ".join(map(_KINDS.__getitem__, kinds))
        case _:
            raise ValueError("a schema that this does not know how to put in words")


_KINDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "object": "a table",
}


def main() -> int:
    """Write both files."""
    (REPOSITORY / SCHEMA).write_text(schema_text(), "utf-8")
    page = REPOSITORY / PAGE
    page.write_text(page_text(page.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
