"""The spelling of rules, roles and routes in a file: tables become the very objects that Python code would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any as Anything

from cogauth._shapes import Table, as_list, as_names, as_table
from cogauth.errors import ConfigurationError
from cogauth.routes import Route
from cogauth.rules import (
    MACHINE,
    PERSON,
    Acr,
    All,
    Amr,
    Any,
    Claim,
    Client,
    Group,
    Issuer,
    Not,
    Role,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)

_CLAIM_TESTS = {
    "equals": "equals",
    "not_equals": "not_equals",
    "in": "one_of",
    "contains": "contains",
    "starts_with": "starts_with",
    "present": "present",
}

_ROUTE_KEYS = ("match", "allow", "deny", "mode", "cors_preflight", "encoded_slash")

Complain = Callable[[str], None]


def rule_of(spelled: object) -> Rule:
    """
    Make the rule that the table *spelled* says, one condition a table.

    Raises:
        ConfigurationError: an unknown key, several conditions, or a value that a condition does not take.
    """
    table = as_table(spelled)
    if not table:
        raise ConfigurationError('must be a table with one condition, such as { groups = ["admins"] }')
    kinds = [key for key in table if key in _FORMS]
    # `issuer` is a condition by itself, and beside groups or scopes says whose they are.
    if len(kinds) > 1 and "issuer" in kinds:
        kinds.remove("issuer")
    if len(kinds) != 1:
        said = f"{' and '.join(kinds)} in one table" if kinds else f"unknown key {next(iter(table))!r}"
        raise ConfigurationError(f"{said}; one condition a table, of {', '.join(_FORMS)}; combine with any, all, not")
    form, extras = _FORMS[kinds[0]]
    for key in table:
        if key != kinds[0] and key not in extras:
            hint = f"; it takes {', '.join(extras)}" if extras else ""
            raise ConfigurationError(f"unknown key {key!r} beside {kinds[0]}{hint}")
    return form(table)


def route_of(spelled: object) -> Route:
    """
    Make the route that the table *spelled* says.

    Raises:
        ConfigurationError: an unknown or missing key, or a value that a route does not take; all at once.
    """
    table = as_table(spelled)
    if table is None:
        raise ConfigurationError("must be a table with match and allow")
    problems = [f"unknown key {key!r}; a route has {', '.join(_ROUTE_KEYS)}" for key in table if key not in _ROUTE_KEYS]
    problems.extend(f"{key} is missing" for key in ("match", "allow") if key not in table)
    problems.extend(
        f"{key}: must be an expression of role names"
        for key in ("allow", "deny")
        if not isinstance(table.get(key, ""), str)
    )
    if problems:
        raise ConfigurationError.of(problems)
    options = {key: table[key] for key in _ROUTE_KEYS[2:] if key in table}
    return Route(_one_or_more(table["match"], "match"), table["allow"], **options)


def roles_of(spelled: object, complain: Complain) -> dict[str, Rule]:
    """Make the roles that the table *spelled* says, telling *complain* of each that cannot be made."""
    table = as_table(spelled)
    if table is None:
        complain("roles: must be a table of role names")
        return {}
    roles: dict[str, Rule] = {}
    for name, role in table.items():
        try:
            roles[name] = rule_of(role)
        except ConfigurationError as error:
            for problem in error.problems:
                complain(f"roles.{name}: {problem}")
    return roles


def routes_of(spelled: object, complain: Complain) -> list[Route]:
    """Make the routes that the list *spelled* says, telling *complain* of each that cannot be made."""
    tables = as_list(spelled)
    if tables is None:
        complain("route: must be a list of tables, as in [[route]]")
        return []
    routes: list[Route] = []
    for place, table in enumerate(tables, 1):
        try:
            routes.append(route_of(table))
        except ConfigurationError as error:
            for problem in error.problems:
                complain(f"route[{place}]: {problem}")
    return routes


def _strings(value: object, key: str) -> list[str]:
    names = as_names(value)
    if not names:
        raise ConfigurationError(f'{key}: must be a list of strings that is not empty, such as ["admins"]')
    return names


def _one_or_more(value: object, key: str) -> list[str]:
    return [value] if isinstance(value, str) and value else _strings(value, key)


def _flag(table: Table, key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key}: must be true or false")
    return value


def _of_issuer(make: Callable[..., Rule], key: str) -> Callable[[Table], Rule]:
    def form(table: Table) -> Rule:
        rule = make(*_strings(table[key], key), any_issuer=_flag(table, "any_issuer"))
        return Issuer(*_one_or_more(table["issuer"], "issuer")) & rule if "issuer" in table else rule

    return form


def _several(kind: type[All | Any], key: str) -> Callable[[Table], Rule]:
    def form(table: Table) -> Rule:
        parts = as_list(table[key])
        if not parts:
            raise ConfigurationError(f"{key}: must be a list of conditions that is not empty")
        return kind(*map(rule_of, parts))

    return form


def _claim(table: Table) -> Rule:
    options = {python: table[key] for key, python in _CLAIM_TESTS.items() if key in table}
    if "default" in table:
        options["default"] = table["default"]
    return Claim(table["claim"], **options)


def _amr(table: Table) -> Rule:
    options: dict[str, Anything] = {"default": table["default"]} if "default" in table else {}
    return Amr(*_strings(table["amr"], "amr"), **options)


_FORMS: Mapping[str, tuple[Callable[[Table], Rule], tuple[str, ...]]] = {
    "groups": (_of_issuer(Group, "groups"), ("issuer", "any_issuer")),
    "scopes": (_of_issuer(Scope, "scopes"), ("issuer", "any_issuer")),
    "issuer": (lambda table: Issuer(*_one_or_more(table["issuer"], "issuer")), ()),
    "clients": (lambda table: Client(*_strings(table["clients"], "clients")), ()),
    "token_use": (lambda table: TokenUse(table["token_use"]), ()),
    "machine": (lambda table: MACHINE if _flag(table, "machine") else PERSON, ()),
    "amr": (_amr, ("default",)),
    "acr_at_least": (lambda table: Acr(table["acr_at_least"], default=table.get("default")), ("default",)),
    "signed_in_within": (lambda table: SignedInWithin(table["signed_in_within"]), ()),
    "role": (lambda table: Role(table["role"]), ()),
    "claim": (_claim, (*_CLAIM_TESTS, "default")),
    "any": (_several(Any, "any"), ()),
    "all": (_several(All, "all"), ()),
    "not": (lambda table: Not(rule_of(table["not"])), ()),
}
