"""The spelling of rules in a file: tables become the very objects that Python code would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any as Anything, cast

from cogauth._shapes import Table, as_list, as_names, as_table
from cogauth.errors import ConfigurationError
from cogauth.expression import RESERVED
from cogauth.file.hints import meant
from cogauth.file.mistakes import Mistakes, Place
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
    IdentityProvider,
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

_MAX_DEPTH = 50
"""Conditions within conditions: far more than anybody reads, and far from what would overflow."""


def rule_of(spelled: object) -> Rule:
    """
    Make the rule that the table *spelled* says, one condition a table.

    Raises:
        ConfigurationError: an unknown key, several conditions, or a value that a condition does not take; all at once.
    """
    mistakes = Mistakes()
    rule = read_rule(spelled, Place(), mistakes)
    mistakes.check()
    # Nothing was told, so that there is one.
    return cast("Rule", rule)


def read_rule(spelled: object, place: Place, mistakes: Mistakes, depth: int = 0) -> Rule | None:
    """Make the rule that the table *spelled* in *place* says; or tell *mistakes* why not, and give None."""
    table = as_table(spelled)
    if not table:
        mistakes.tell(place, 'must be a table with one condition, such as { groups = ["admins"] }')
        return None
    kind = _kind(table, place, mistakes)
    if kind is None:
        return None
    if depth > _MAX_DEPTH:
        mistakes.tell(place, f"nested too deep; {_MAX_DEPTH} conditions within each other are the most")
        return None
    if kind in _COMBINED:
        parts = _parts(table[kind], kind, place, mistakes, depth + 1)
        if parts is None:
            return None
        form: Callable[[Table], Rule] = lambda _: _COMBINED[kind](*parts)  # noqa: E731  one of two ways to make it
    else:
        form = _FORMS[kind][0]
    try:
        return form(table)
    except ConfigurationError as error:
        mistakes.tell_all(place, error, kind)
        return None


def _kind(table: Table, place: Place, mistakes: Mistakes) -> str | None:
    """Give the key that says which condition *table* is, once it is known that nothing else stands beside it."""
    kinds = [key for key in table if key in _FORMS or key in _COMBINED]
    # `issuer` is a condition by itself, and beside groups or scopes says whose they are.
    if len(kinds) > 1 and "issuer" in kinds:
        kinds.remove("issuer")
    if len(kinds) != 1:
        stray = next(iter(table))
        said = f"{' and '.join(kinds)} in one table" if kinds else f"unknown key {stray!r}"
        known = (*_FORMS, *_COMBINED)
        mistakes.tell(
            place,
            f"{said}; one condition a table, of {', '.join(known)}; combine with any, all, not"
            f"{'' if kinds else meant(stray, known)}",
            stray,
        )
        return None
    kind = kinds[0]
    extras = _FORMS[kind][1] if kind in _FORMS else ()
    strays = [key for key in table if key != kind and key not in extras]
    for key in strays:
        hint = f"; it takes {', '.join(extras)}" if extras else ""
        mistakes.tell(place, f"unknown key {key!r} beside {kind}{hint}{meant(key, extras)}", key)
    return None if strays else kind


def _parts(value: object, kind: str, place: Place, mistakes: Mistakes, depth: int) -> list[Rule] | None:
    """Make the conditions that *kind* combines, or give None when any of them cannot be made."""
    if kind == "not":
        part = read_rule(value, place.at(kind), mistakes, depth)
        return None if part is None else [part]
    spelled = as_list(value)
    if not spelled:
        mistakes.tell(place, f"{kind}: must be a list of conditions that is not empty", kind)
        return None
    parts = [read_rule(part, place.at(kind, number), mistakes, depth) for number, part in enumerate(spelled)]
    made = [part for part in parts if part is not None]
    return made if len(made) == len(parts) else None


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
        rule = make(*_strings(table[key], key), any_issuer=_flag(table, "any_issuer"), **_default(table))
        return Issuer(*_one_or_more(table["issuer"], "issuer")) & rule if "issuer" in table else rule

    return form


def _claim(table: Table) -> Rule:
    tests = {python: table[key] for key, python in _CLAIM_TESTS.items() if key in table}
    return Claim(table["claim"], **tests, **_default(table))


def _amr(table: Table) -> Rule:
    return Amr(*_strings(table["amr"], "amr"), **_default(table))


def _acr(table: Table) -> Rule:
    return Acr(table["acr_at_least"], **_default(table))


def _role(table: Table) -> Rule:
    name = table["role"]
    # As in an expression: two names are reserved.
    return RESERVED[name] if isinstance(name, str) and name in RESERVED else Role(name)


def _default(table: Table) -> dict[str, Anything]:
    # To Python None is "not given"; in a file whoever writes null means something, and it is not that.
    if table.get("default", "") is None:
        raise ConfigurationError("default: must not be null; leave it out")
    return {"default": table["default"]} if "default" in table else {}


_FORMS: Mapping[str, tuple[Callable[[Table], Rule], tuple[str, ...]]] = {
    "groups": (_of_issuer(Group, "groups"), ("issuer", "any_issuer")),
    "scopes": (_of_issuer(Scope, "scopes"), ("issuer", "any_issuer")),
    "issuer": (lambda table: Issuer(*_one_or_more(table["issuer"], "issuer")), ()),
    "identity_provider": (
        _of_issuer(IdentityProvider, "identity_provider"),
        ("issuer", "any_issuer", "default"),
    ),
    "clients": (lambda table: Client(*_strings(table["clients"], "clients")), ()),
    "token_use": (lambda table: TokenUse(table["token_use"]), ()),
    "machine": (lambda table: MACHINE if _flag(table, "machine") else PERSON, ()),
    "amr": (_amr, ("default",)),
    "acr_at_least": (_acr, ("default",)),
    "signed_in_within": (lambda table: SignedInWithin(table["signed_in_within"]), ()),
    "role": (_role, ()),
    "claim": (_claim, (*_CLAIM_TESTS, "default")),
}

_COMBINED: Mapping[str, Callable[..., Rule]] = {"any": Any, "all": All, "not": Not}
