"""A description: an OpenAPI document, read for its operations and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import click

from cogauth._shapes import Table, as_list, as_table
from cogauth.cli.exits import Mistakes
from cogauth.cli.openapi.operations import ANY_METHOD, METHODS, Operation

_MOST: Final = 32 * 1024 * 1024
_MOST_REFERENCES: Final = 8
_WITH_SCOPES: Final = frozenset({"oauth2", "openIdConnect"})
"""Types of security schemes whose requirements list scopes (OpenAPI 3.1.1, "Security Requirement Object")."""
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
"""API Gateway's authorizers are schemes of type apiKey; one of the type `cognito_user_pools` takes scopes as well."""


class Description(NamedTuple):
    """What an OpenAPI document says of an API."""

    title: str
    operations: tuple[Operation, ...]
    notes: tuple[str, ...]
    """What was not understood or not followed."""


def read_description(file: Path, base_path: str | None) -> Description:
    """
    Read the OpenAPI 3 document *file*, JSON or YAML, with *base_path* before each of its paths.

    Raises:
        Mistakes: it cannot be read, or is none.
        click.BadParameter: a base path that is none.
    """
    base = base_path or ""
    if base and (not base.startswith("/") or "?" in base or "#" in base):
        raise click.BadParameter("a path such as /v1", param_hint="--base-path")
    table = as_table(_parsed(file))
    version = None if table is None else table.get("openapi")
    if table is None or not isinstance(version, str) or not version.startswith("3."):
        raise Mistakes([f"{file}: is no OpenAPI 3 document: it must say openapi: 3.0 or later at its top"])
    return _Reader(table, base.rstrip("/"), given=base_path is not None).description()


def _parsed(file: Path) -> object:
    try:
        if file.stat().st_size > _MOST:
            raise Mistakes([f"{file}: too large"])
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise Mistakes([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise Mistakes([f"{file}: is not UTF-8 text"]) from None
    try:
        return json.loads(text) if file.suffix == ".json" else _yaml(text)
    except (ValueError, RecursionError) as error:
        raise Mistakes([f"{file}: cannot be parsed: {' '.join(str(error).split())}"]) from None


def _yaml(text: str) -> object:
    # Not as strictly as a policy is read: this document decides nothing, and others have written it.
    try:
        import yaml  # an extra, and slow to import: only who writes YAML has it
    except ImportError:
        raise Mistakes(["YAML needs an extra: pip install 'cogauth[yaml]'"]) from None
    try:
        loader: Any = (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)(text)
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


class _Reader:
    def __init__(self, table: Table, base: str, *, given: bool) -> None:
        self._table = table
        self._base = base
        self._given = given
        self._notes: dict[str, None] = {}
        self._schemes = _sub(_sub(table, "components"), "securitySchemes")

    def description(self) -> Description:
        operations = tuple(self._operations())
        self._look_at_servers()
        title = _sub(self._table, "info").get("title")
        return Description(title if isinstance(title, str) else "", operations, tuple(self._notes))

    def _operations(self) -> Iterator[Operation]:
        for path, spelled in _sub(self._table, "paths").items():
            if not path.startswith("/"):
                continue  # an extension, x-...
            item = self._followed(spelled, path)
            found = {method.upper(): item[method] for method in METHODS if method in item}
            found |= {method: each for method, each in _sub(item, "additionalOperations").items() if method.isupper()}
            if ANY_METHOD[0] in item:
                found[ANY_METHOD[1]] = item[ANY_METHOD[0]]
            for method, each in found.items():
                yield self._operation(method, path, as_table(each) or {})

    def _operation(self, method: str, path: str, table: Table) -> Operation:
        spelled = table.get("security", self._table.get("security"))
        wanted = None if spelled is None else as_list(spelled)
        tags = as_list(table.get("tags")) or []
        return Operation(
            method=method,
            path=self._base + path,
            name=_text(table.get("operationId")),
            tag=_text(tags[0]) if tags else "",
            security=None if wanted is None else tuple(some for each in wanted if (some := self._scopes(each))),
            public=wanted is not None and (not wanted or {} in wanted),
        )

    def _scopes(self, requirement: object) -> frozenset[str]:
        """Give the scopes that one way to be let in asks for, all of them together."""
        wanted: set[str] = set()
        for name, scopes in (as_table(requirement) or {}).items():
            scheme = self._followed(self._schemes.get(name), name)
            if scheme.get("type") in _WITH_SCOPES or scheme.get(_AUTHTYPE) == "cognito_user_pools":
                wanted.update(scope for scope in as_list(scopes) or () if isinstance(scope, str))
        return frozenset(wanted)

    def _followed(self, spelled: object, where: str) -> Table:
        """Follow a reference to elsewhere in the document."""
        for _ in range(_MOST_REFERENCES):
            table = as_table(spelled) or {}
            reference = table.get("$ref")
            if not isinstance(reference, str):
                return table
            if not reference.startswith("#/"):
                break
            spelled = self._table
            for key in reference.removeprefix("#/").split("/"):
                # RFC 6901 section 4: first ~1, then ~0.
                spelled = (as_table(spelled) or {}).get(key.replace("~1", "/").replace("~0", "~"))
        self._notes[f"{where}: a reference to another document is not followed"] = None
        return {}

    def _look_at_servers(self) -> None:
        urls = [_text((as_table(each) or {}).get("url")) for each in as_list(self._table.get("servers")) or ()]
        paths = {path for url in urls if (path := _path_of(url)) not in ("", "/")}
        if paths and not self._given:
            told = ", ".join(sorted(paths))
            self._notes[f"servers: paths begin with {told}; say --base-path if the application sees that"] = None


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _sub(table: Mapping[str, Any], key: str) -> Table:
    return as_table(table.get(key)) or {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
